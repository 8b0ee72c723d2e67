//! Why a risk was not computed.

/// What a computation of risk cannot take; rows count from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RiskError {
    /// A confidence outside of 0 and 1.
    #[error("confidence is {confidence}: give a share between 0 and 1")]
    Confidence {
        /// What was given.
        confidence: f64,
    },
    /// Nothing to take a tail of.
    #[error("there are no scenarios: give at least one")]
    NoScenarios,
    /// A number that is missing or infinite.
    #[error("{field}, row {row}: {value} is no number: leave the row out or fill it")]
    NotFinite {
        /// Name of the column.
        field: &'static str,
        /// Its row.
        row: usize,
        /// What was given.
        value: f64,
    },
    /// An instrument that no shocks are held for.
    #[error("instrument {instrument} of {held} is not held: number instruments from 0")]
    UnknownInstrument {
        /// What was asked for.
        instrument: usize,
        /// How many there are.
        held: usize,
    },
    /// Columns that do not fit each other.
    #[error("{field} has {found} entries where {expected} are needed")]
    Length {
        /// Name of the column.
        field: &'static str,
        /// Its entries.
        found: usize,
        /// What fits the others.
        expected: usize,
    },
    /// A place in another column that has no such row.
    #[error("{field}, row {row}: {found} is beyond {most}: number from 0")]
    OutOfRange {
        /// Name of the column.
        field: &'static str,
        /// Its row.
        row: usize,
        /// What was given.
        found: usize,
        /// What there is.
        most: usize,
    },
}
