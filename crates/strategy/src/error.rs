//! What a strategy cannot be configured as.

use wattbook_assets::AssetError;

/// Why a strategy cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StrategyError {
    /// The asset behind it cannot be built.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// A parameter out of its range.
    #[error("{strategy} {field} is {value}; give {fix}")]
    Parameter {
        /// Which strategy.
        strategy: &'static str,
        /// Which parameter.
        field: &'static str,
        /// As found.
        value: i64,
        /// What to do.
        fix: &'static str,
    },
}
