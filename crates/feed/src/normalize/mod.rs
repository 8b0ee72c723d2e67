//! The normalization of what sources tell: one name a place, one unit a dataset, delivery periods on
//! their market's grid, rules as data, and what cannot be trusted set aside with a reason.
//!
//! [`Normalizer::apply`] takes the rows of a batch one after the other and allocates nothing for
//! them. Codes, units and series are worked out at first sight and kept.

#[cfg(feature = "arrow")]
pub mod arrow;
mod code;
mod columns;
mod convert;
mod error;
mod explain;
mod fill;
pub mod flag;
mod grid;
mod group;
mod kernel;
mod local;
mod names;
mod product;
mod rates;
mod resolve;
mod rule;
mod rule_file;
mod seen;
mod series;
mod symbology;
mod table;
mod unit;
mod window;

pub use code::{CodeFault, code_fault, eic_check, eic_type, is_isin, isin_check, nearest};
pub use columns::{
    Correction, Fault, NO_REVISION, NO_TIME, Normalized, Observations, Reason, Rows,
};
pub use error::NormalizationError;
pub use fill::{Filled, Method, filled};
pub use grid::Grid;
pub use group::{GroupFault, Told};
pub use kernel::{Memory, Normalizer};
pub use local::{Fold, LocalPeriods, Mark, local_periods, midnight};
pub use names::{NONE, Names};
pub use product::Products;
pub use rates::{Factor, Rates};
pub use rule::{Action, DatasetRule, Preference, Rule, RuleKind, Rules};
pub use series::SeriesName;
pub use symbology::{Dated, Meaning, Symbology, Unknown};
pub use unit::{Conversion, OWN, PerTime, UnitFault, Units};
pub use window::Window;
