//! What coupled books take and tell beyond the orders of one book.

use wattbook_domain::id::{OrderId, TradeId};
use wattbook_domain::{Lots, Ticks};

use crate::event::{BookEvent, BookFill};
use crate::rank::MAX_LOTS;

/// Most zones of one set of coupled books: a set of zones is one integer.
pub(crate) const MAX_ZONES: usize = 128;

/// How the books of one delivery period are coupled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoupledConfig {
    /// How many bidding zones there are; a zone is named by its place, from 0. At most 128.
    pub zones: usize,
    /// The borders with capacity, each pair of zones once.
    pub links: Vec<CoupledLink>,
    /// Lowest and highest limit of any order; others are rejected.
    pub price_limits: Option<(Ticks, Ticks)>,
    /// Live orders to make room for; more are taken at the price of a growth.
    pub expected_orders: usize,
}

/// A border: two zones and the capacity in each direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoupledLink {
    /// One zone and the other.
    pub zones: [usize; 2],
    /// From the first to the second, and back; zero or above.
    pub capacity: [Lots; 2],
}

/// What a border has now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkState {
    /// One zone and the other.
    pub zones: [usize; 2],
    /// From the first to the second, and back.
    pub capacity: [Lots; 2],
    /// Net flow of all trades so far from the first to the second; negative the other way.
    pub flow: Lots,
    /// What can still flow from the first to the second, and back: capacity less net flow, and
    /// nothing while the allocation is paused or where an update took capacity that was in use.
    pub room: [Lots; 2],
    /// Whether capacity is allocated to trades.
    pub is_allocating: bool,
}

/// Receives the events of coupled books while a command runs.
pub trait CoupledSink {
    /// Takes the next event.
    fn on_event(&mut self, event: &CoupledEvent);
}

impl CoupledSink for Vec<CoupledEvent> {
    fn on_event(&mut self, event: &CoupledEvent) {
        self.push(*event);
    }
}

/// One change of coupled books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CoupledEvent {
    /// Something about an order of `zone`, or its gate; never a fill.
    Zone {
        /// Where the order stands or came to.
        zone: usize,
        /// What happened.
        event: BookEvent,
    },
    /// Two orders traded. The maker is the older one and the price is its limit.
    Filled {
        /// The trade; its numbers rise over all zones.
        fill: BookFill,
        /// Zone of the older order.
        maker_zone: usize,
        /// Zone of the younger order.
        taker_zone: usize,
    },
    /// A trade took capacity of a border, or gave it back; told after its fill, border by border
    /// from the seller's zone to the buyer's.
    Flowed {
        /// Which trade.
        trade: TradeId,
        /// The zone that delivers.
        from: usize,
        /// The zone that receives.
        to: usize,
        /// How much; above zero.
        volume: Lots,
    },
    /// The capacity of one direction of a border is another.
    CapacityChanged {
        /// The zone that delivers.
        from: usize,
        /// The zone that receives.
        to: usize,
        /// The capacity from now on, what is in use included.
        capacity: Lots,
    },
    /// A border began or ceased to allocate capacity to trades.
    AllocationChanged {
        /// The zones as the link names them.
        zones: [usize; 2],
        /// Whether it allocates from now on.
        is_allocating: bool,
    },
}

/// A command that makes no sense; nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoupledFault {
    /// More zones than fit.
    #[error("{zones} zones; coupled books take at most {MAX_ZONES}")]
    TooManyZones {
        /// How many.
        zones: usize,
    },
    /// A zone that is not there.
    #[error("zone {zone} of {zones}; name a zone by its place, from 0")]
    UnknownZone {
        /// Which.
        zone: usize,
        /// How many there are.
        zones: usize,
    },
    /// A link from a zone to itself.
    #[error("a link from zone {zone} to itself; leave it out, a zone needs none")]
    LinkToItself {
        /// Which.
        zone: usize,
    },
    /// A second link of two zones.
    #[error("a second link of zones {from} and {to}; add its capacity to the first")]
    RepeatedLink {
        /// One zone.
        from: usize,
        /// The other.
        to: usize,
    },
    /// Two zones without a link.
    #[error("zones {from} and {to} have no link; name two that a link joins")]
    UnknownLink {
        /// One zone.
        from: usize,
        /// The other.
        to: usize,
    },
    /// A capacity that cannot be.
    #[error("capacity of {} lots from zone {from} to zone {to}; give 0 to {MAX_LOTS}", .capacity.count())]
    CapacityOutOfRange {
        /// The zone that delivers.
        from: usize,
        /// The zone that receives.
        to: usize,
        /// The capacity.
        capacity: Lots,
    },
    /// An order asks for what coupled books do not have.
    #[error("order {} asks for {term}, which coupled books do not have; send a plain limit order, good for session, immediate or cancel, or fill or kill", .order_id.0)]
    Unsupported {
        /// Which order.
        order_id: OrderId,
        /// What it asks for.
        term: UnsupportedTerm,
    },
}

/// What coupled books do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedTerm {
    /// Another pricing than a limit.
    #[error("a pricing other than a limit")]
    Pricing,
    /// Another lifetime than good for session, immediate or cancel, fill or kill.
    #[error("another lifetime")]
    Lifetime,
    /// All or none.
    #[error("all or none")]
    AllOrNone,
    /// A least volume.
    #[error("a minimum quantity")]
    MinimumQuantity,
    /// Iceberg or hidden.
    #[error("undisplayed volume")]
    Display,
    /// One cancels other.
    #[error("one cancels other")]
    OneCancelsOther,
    /// A mode of self-trade prevention.
    #[error("self-trade prevention")]
    SelfTradePrevention,
}
