//! What an asset cannot be.

use wattbook_domain::Volume;

use crate::energy::Energy;

/// Why an asset or a policy cannot be built or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssetError {
    /// A parameter of a battery out of its range.
    #[error("battery {field} is {value}; give {fix}")]
    Battery {
        /// Which parameter.
        field: &'static str,
        /// As found.
        value: i64,
        /// What to do.
        fix: &'static str,
    },
    /// A quantile out of its range.
    #[error(
        "quantile {field} is {ppm} ppm; give 0 to 1000000, the charge quantile below the other"
    )]
    Quantile {
        /// Which one.
        field: &'static str,
        /// As found, in 1e-6.
        ppm: u32,
    },
    /// More was awarded than promised.
    #[error("{awarded} MW awarded, but only {committed} MW committed; check the venue's report")]
    AboveCommitment {
        /// As found.
        awarded: Volume,
        /// What had been promised.
        committed: Volume,
    },
    /// The commitment belongs to another battery or was released already.
    #[error("commitment of {energy} is not reserved here; deliver each commitment once")]
    NotReserved {
        /// What it reserved.
        energy: Energy,
    },
    /// A parameter or price of a unit out of its range.
    #[error("unit {field}: found {value}; give {fix}")]
    Unit {
        /// Which one.
        field: &'static str,
        /// As found.
        value: String,
        /// What to do.
        fix: &'static str,
    },
    /// A parameter of a storage, its price or its simulation out of its range.
    #[error("storage {field}: found {value}; give {fix}")]
    Storage {
        /// Which one.
        field: &'static str,
        /// As found.
        value: String,
        /// What to do.
        fix: &'static str,
    },
    /// A number of a model or of an input out of its range.
    #[error("{what} is {value}; give {fix}")]
    Number {
        /// Which number.
        what: String,
        /// As found.
        value: String,
        /// What to do.
        fix: &'static str,
    },
    /// Ramps that lead to too many powers.
    #[error(
        "ramps of {ramp} MW make more than {count} levels of power; round both to a common step"
    )]
    Levels {
        /// How many there may be.
        count: usize,
        /// Ramps up and down.
        ramp: String,
    },
    /// No schedule keeps every rule.
    #[error("no schedule keeps every rule: {rules}; change one of them")]
    NoSchedule {
        /// Those in conflict.
        rules: String,
    },
}

impl AssetError {
    /// [`AssetError::Number`] for `what`.
    pub(crate) fn number(what: impl Into<String>, value: f64, fix: &'static str) -> Self {
        Self::Number {
            what: what.into(),
            value: value.to_string(),
            fix,
        }
    }
}
