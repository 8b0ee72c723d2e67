//! What is asked of a venue about an order of ours, over its session.

use wattbook_domain::{Price, Side, TimeInForce, Volume};

/// A request about one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEntry {
    /// Our name of the request, by which its refusal is told.
    pub id: String,
    /// Which login of the session it is for, from 1: one that waited while the connection was lost is
    /// dropped, because what became of it is asked first.
    pub login: u64,
    /// The venue's code of the contract.
    pub contract: String,
    /// The venue's code of the delivery area.
    pub area: String,
    /// Our name of the order.
    pub client_order: String,
    /// Buy or sell.
    pub side: Side,
    /// Limit, in currency per price unit.
    pub price: Price,
    /// What is to be open, in volume units.
    pub volume: Volume,
    /// Iceberg: what of it is shown at a time, in volume units.
    pub display_volume: Option<Volume>,
    /// What is to be done.
    pub act: EntryAct,
}

/// Price and quantities of a request, in whole units as the venue writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) price: i64,
    pub(crate) volume: i64,
    /// Iceberg: what is shown at a time.
    pub(crate) display: Option<i64>,
}

/// What is to be done with an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryAct {
    /// Place it.
    Add {
        /// How long it lives.
        time_in_force: TimeInForce,
    },
    /// Give it new terms.
    Modify(Standing),
    /// Take it back.
    Delete(Standing),
}

/// The order as the venue knows it: a request about another revision is refused by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The venue's code of the order.
    pub order: String,
    /// The venue's revision of it.
    pub revision: u64,
}

/// The refusal of a request about an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRefused {
    /// Our name of the request.
    pub id: String,
    /// The venue's code of the reason; empty for a refusal of the session itself.
    pub code: String,
    /// In its words.
    pub words: String,
}

/// The words by which a venue says that it takes no more requests for now; a request that is refused so is
/// sent again.
pub const TOO_MANY_REQUESTS: &str = "Too many requests";
