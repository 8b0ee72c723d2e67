//! Why an option was not priced.

/// A row that its model cannot price; rows count from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PricingError {
    /// A value that is missing (NaN) or that the model has no meaning for.
    #[error("row {row}: {field} is {value}: {rule}")]
    OutOfRange {
        /// Row of the batch.
        row: usize,
        /// Name of the field.
        field: &'static str,
        /// What was given.
        value: f64,
        /// What is taken instead.
        rule: &'static str,
    },
    /// Two columns of different lengths, neither of them one value.
    #[error(
        "{field} has {found} rows where {expected} are priced: give as many, or one value for all"
    )]
    Length {
        /// Name of the field.
        field: &'static str,
        /// Its rows.
        found: usize,
        /// Rows of the batch.
        expected: usize,
    },
}

impl PricingError {
    /// This error with the field `from` under the name that the caller knows it by.
    pub(crate) fn of(self, from: &str, name: &'static str) -> Self {
        match self {
            Self::OutOfRange {
                row,
                field,
                value,
                rule,
            } if field == from => Self::OutOfRange {
                row,
                field: name,
                value,
                rule,
            },
            other => other,
        }
    }
}
