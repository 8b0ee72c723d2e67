//! Settlement runs: results come in versions.

use crate::record::{Record, class};

/// Which run of a settlement a result belongs to; a later run replaces an earlier one.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum SettlementRun {
    /// First result, from operational data.
    #[default]
    Initial = 1,
    /// Result after verification.
    Final = 2,
    /// Result after late meter readings.
    TrueUp = 3,
}
