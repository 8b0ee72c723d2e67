//! Bilateral and structured deals beside exchange trades.

use crate::id::{InstrumentId, Owner};
use crate::order::Side;
use crate::price::Price;
use crate::record::{Record, class};
use crate::time::Timestamp;
use crate::volume::Volume;

/// A deal agreed with a counterparty outside a venue, or a part of a structured one.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Default, Record)]
pub struct Deal {
    /// The desk's number of it; a structured deal repeats it for each part.
    pub deal: u64,
    /// Part of the deal, from 1.
    pub part: u32,
    /// Version; an amendment replaces the version below.
    pub version: u32,
    /// The other party's legal entity identifier (ISO 17442) or name.
    pub counterparty: String,
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Whose it is.
    pub owner: Owner,
    /// In currency per price unit.
    pub price: Price,
    /// In volume units; above zero.
    pub volume: Volume,
    /// When it was agreed.
    pub agreed: Timestamp,
}
