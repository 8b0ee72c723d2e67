//! Why a model was not fitted.

/// What a model cannot be fitted on; rows and columns count from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// Values that do not fill their rows.
    #[error("{what} hold {found} values where {expected} are needed: give a whole table")]
    Length {
        /// Which table.
        what: &'static str,
        /// Its values.
        found: usize,
        /// Rows times columns.
        expected: usize,
    },
    /// A value that is missing (NaN) or infinite.
    #[error("{what} have {value} in row {row}, column {column}: leave the row or the column out")]
    NotFinite {
        /// Which table.
        what: &'static str,
        /// Row of the value.
        row: usize,
        /// Column of the value.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Too little to learn from.
    #[error("{rows} rows are too few to fit on: give {least} or more")]
    TooFewRows {
        /// Rows given.
        rows: usize,
        /// Rows needed.
        least: usize,
    },
    /// Bytes that are no saved model.
    #[error("the model cannot be read at byte {offset}: {reason}")]
    Saved {
        /// Where reading stopped.
        offset: usize,
        /// What was found there.
        reason: &'static str,
    },
    /// What ONNX Runtime refused.
    #[error("ONNX Runtime: {reason}")]
    Onnx {
        /// In its own words.
        reason: String,
    },
    /// A setting out of its range.
    #[error("{name} is {value}: {rule}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is taken instead.
        rule: &'static str,
    },
}

/// Checks that `values` are `rows` × `columns` finite numbers.
pub(crate) fn check_table(
    what: &'static str,
    values: &[f64],
    rows: usize,
    columns: usize,
) -> Result<(), ModelError> {
    let expected = rows.saturating_mul(columns);
    if values.len() != expected {
        let found = values.len();
        return Err(ModelError::Length {
            what,
            found,
            expected,
        });
    }
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(place) => Err(ModelError::NotFinite {
            what,
            row: place / columns,
            column: place % columns,
            value: values[place],
        }),
    }
}
