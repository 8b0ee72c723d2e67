//! Why the intraday market refuses a command.

use wattbook_book::CoupledFault;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, OrderId, Timestamp};

/// A command that was refused; the books did not change. Its text names the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntradayRefusal {
    /// A contract that is not of the day.
    #[error(
        "unknown contract: {first} and {count} from it of {contracts}; name contracts of the day"
    )]
    UnknownContract {
        /// The first contract named.
        first: i64,
        /// How many from it on.
        count: i64,
        /// How many there are.
        contracts: usize,
    },
    /// A zone that is not there.
    #[error("unknown zone: {zone} of {zones}; name one of the market")]
    UnknownZone {
        /// As found.
        zone: i64,
        /// How many there are.
        zones: usize,
    },
    /// Two zones without a border.
    #[error("unknown border: {from} to {to}; name two zones that a border joins")]
    UnknownBorder {
        /// One zone.
        from: String,
        /// The other.
        to: String,
    },
    /// Before the opening.
    #[error(
        "not open: {contract} opens in {zone} at {opens}, the order came at {at}; send it later"
    )]
    NotOpen {
        /// Which contract.
        contract: String,
        /// In which zone.
        zone: String,
        /// When it opens.
        opens: Timestamp,
        /// When the order came.
        at: Timestamp,
    },
    /// At or after the gate.
    #[error(
        "gate closed: {contract} closed in {zone} at {gate}, the order came at {at}; trade a later contract"
    )]
    GateClosed {
        /// Which contract.
        contract: String,
        /// In which zone.
        zone: String,
        /// When its gate closed.
        gate: Timestamp,
        /// When the order came.
        at: Timestamp,
    },
    /// A command for a border whose gate has closed.
    #[error(
        "border closed: {from} to {to} closed for {contract} at {gate}, the command came at {at}"
    )]
    BorderClosed {
        /// Which contract.
        contract: String,
        /// One zone.
        from: String,
        /// The other.
        to: String,
        /// When its gate closed.
        gate: Timestamp,
        /// When the command came.
        at: Timestamp,
    },
    /// A price off the grid.
    #[error("off tick: price {millionths} in 1e-6 is no multiple of the tick; round it first")]
    OffTick {
        /// As found.
        millionths: i64,
    },
    /// A volume off the grid.
    #[error("off lot: volume {millionths} in 1e-6 is no multiple of the lot; round it first")]
    OffLot {
        /// As found.
        millionths: i64,
    },
    /// A volume that is not above zero.
    #[error("no volume: {} lots; give 1 or more", .lots.count())]
    NoVolume {
        /// As found.
        lots: Lots,
    },
    /// A volume above the venue's largest.
    #[error("too large: {} lots, the venue takes {} in an order; split it", .lots.count(), .most.count())]
    TooLarge {
        /// As found.
        lots: Lots,
        /// The largest.
        most: Lots,
    },
    /// A price outside the limits.
    #[error("price limits: {ticks} ticks lies outside {low} to {high}; give a price within")]
    PriceLimits {
        /// As found.
        ticks: i64,
        /// The lowest.
        low: i64,
        /// The highest.
        high: i64,
    },
    /// A number that a live order has.
    #[error("order number taken: order {} is live; number orders anew", .order_id.0)]
    OrderTwice {
        /// As found.
        order_id: OrderId,
    },
    /// No live order has this number.
    #[error("unknown order: {} is not live; it has traded, ended or never was", .order_id.0)]
    UnknownOrder {
        /// As found.
        order_id: OrderId,
    },
    /// A time before that of a command before it.
    #[error("time backwards: {at} after a command at {now}; sort the rows by time")]
    TimeBackwards {
        /// As found.
        at: Timestamp,
        /// The market's time.
        now: Timestamp,
    },
    /// A number that stands for nothing.
    #[error("unknown {of}: {value}; give {allowed}")]
    UnknownCode {
        /// Of which column.
        of: &'static str,
        /// As found.
        value: i64,
        /// What there is.
        allowed: &'static str,
    },
    /// Terms that the books do not have, or that contradict each other.
    #[error("terms: {0}")]
    Terms(#[from] CoupledFault),
}

impl IntradayRefusal {
    /// The name of the rule that was broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::UnknownContract { .. } => "unknown contract",
            Self::UnknownZone { .. } => "unknown zone",
            Self::UnknownBorder { .. } => "unknown border",
            Self::NotOpen { .. } => "not open",
            Self::GateClosed { .. } => "gate closed",
            Self::BorderClosed { .. } => "border closed",
            Self::OffTick { .. } => "off tick",
            Self::OffLot { .. } => "off lot",
            Self::NoVolume { .. } => "no volume",
            Self::TooLarge { .. } => "too large",
            Self::PriceLimits { .. } => "price limits",
            Self::OrderTwice { .. } => "order number taken",
            Self::UnknownOrder { .. } => "unknown order",
            Self::TimeBackwards { .. } => "time backwards",
            Self::UnknownCode { .. } => "unknown code",
            Self::Terms(_) => "terms",
        }
    }

    /// The same as a venue reports it.
    #[must_use]
    pub const fn reason(&self) -> VenueReason {
        match self {
            Self::NotOpen { .. } | Self::UnknownContract { .. } | Self::UnknownZone { .. } => {
                VenueReason::NotTrading
            }
            Self::GateClosed { .. } | Self::BorderClosed { .. } => VenueReason::GateClosed,
            Self::OffTick { .. } => VenueReason::OffTick,
            Self::OffLot { .. } => VenueReason::OffLot,
            Self::PriceLimits { .. } => VenueReason::OutsideCollar,
            Self::UnknownOrder { .. } => VenueReason::UnknownOrder,
            _ => VenueReason::InvalidTerms,
        }
    }
}
