//! Venues, where they clear and how.

use crate::id::VenueId;
use crate::record::{Record, class};

/// How a venue makes prices, which decides what can be sent to it and how it settles.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum MarketModel {
    /// Orders match as they come (EPEX intraday, futures exchanges).
    #[default]
    ContinuousBook = 1,
    /// Offers clear together at a gate (day-ahead and intraday auctions).
    Auction = 2,
    /// Offers are dispatched, the price is known afterwards (NEM).
    Pool = 3,
    /// A day-ahead award is settled at day-ahead, the deviation at real-time (ERCOT, NYISO, ISO-NE).
    TwoSettlement = 4,
    /// Two parties agree.
    Bilateral = 5,
}

/// A place where instruments trade.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Default, Record)]
pub struct Venue {
    /// Its number in the engine's registry.
    pub venue: VenueId,
    /// Its name: `EPEX`, `NEM`. Market identifier code (ISO 10383) where one exists.
    pub name: String,
    /// How it makes prices.
    pub market_model: MarketModel,
    /// IANA zone of its delivery calendar: `Europe/Berlin`.
    pub time_zone: String,
    /// Whether prices here are made up around recorded ones; shown wherever they appear.
    pub is_synthetic: bool,
}

/// Where energy is delivered.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum LocationKind {
    /// A zone of one price: `DE-LU`, `VIC1`.
    #[default]
    BiddingZone = 1,
    /// A trading hub: `TTF`, `HB_HUBAVG`, `Henry Hub`.
    Hub = 2,
    /// A point of a nodal network.
    Node = 3,
}

/// A bidding zone, hub or node.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Default, Record)]
pub struct Location {
    /// Its name at the venue.
    pub name: String,
    /// What it is.
    pub kind: LocationKind,
    /// Energy Identification Code (ENTSO-E), where it has one.
    pub eic: Option<String>,
    /// IANA zone of its delivery calendar.
    pub time_zone: String,
}
