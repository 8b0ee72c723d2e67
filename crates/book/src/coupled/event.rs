//! What coupled books take and tell beyond the orders of one book.

use wattbook_domain::Lots;
use wattbook_domain::id::{OrderId, TradeId};

use crate::coupled::config::{
    CoupledContract, MAX_CONTRACTS, MAX_LEGS, MAX_PERIODS, MAX_ZONES, Span,
};
use crate::event::{BookEvent, BookFill};
use crate::rank::MAX_LOTS;

/// What a border has now in one market time unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkState {
    /// One zone and the other.
    pub zones: [usize; 2],
    /// From the first to the second, and back.
    pub capacity: [Lots; 2],
    /// Net flow of all trades so far from the first to the second; negative the other way.
    pub flow: Lots,
    /// What can still flow from the first to the second, and back: capacity less net flow, and
    /// nothing where an update took capacity that was in use.
    pub room: [Lots; 2],
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
    /// Something about an order of `zone`, or the gate of a contract there; never a fill.
    Order {
        /// Where the order stands or came to.
        zone: usize,
        /// What it delivers; the contract of the gate.
        span: Span,
        /// What happened.
        event: BookEvent,
    },
    /// A cancel or an amendment names no live order.
    Unknown {
        /// Which it names.
        order_id: OrderId,
    },
    /// Two orders traded, at the limit of the maker. A block that trades with the orders of its
    /// contracts has one fill a contract; then what is left of it is told alike in each.
    Filled {
        /// What was traded: what both orders deliver, or one contract of a block.
        span: Span,
        /// The trade; its numbers rise over all zones and contracts.
        fill: BookFill,
        /// Zone of the order that rested.
        maker_zone: usize,
        /// Zone of the order that took.
        taker_zone: usize,
    },
    /// A trade took capacity of a border in each market time unit that it delivers, or gave it back;
    /// told after its fill, border by border from the seller's zone to the buyer's.
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
        /// From this market time unit on.
        first_period: usize,
        /// In how many.
        periods: usize,
        /// The capacity from now on, what is in use included.
        capacity: Lots,
    },
    /// A border began or ceased to allocate capacity to trades of a contract.
    AllocationChanged {
        /// The zones as the link names them.
        zones: [usize; 2],
        /// Which contract.
        contract: usize,
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
    /// More market time units than fit.
    #[error("{periods} market time units; coupled books take at most {MAX_PERIODS}")]
    TooManyPeriods {
        /// How many.
        periods: usize,
    },
    /// More contracts than fit.
    #[error("{contracts} contracts; coupled books take at most {MAX_CONTRACTS}")]
    TooManyContracts {
        /// How many.
        contracts: usize,
    },
    /// A contract that delivers nothing, or after the day.
    #[error("contract {contract} delivers {} market time units from {} on, of {periods}; keep it within the day", .delivery.periods, .delivery.first)]
    ContractOutsideDay {
        /// Which.
        contract: usize,
        /// What it delivers.
        delivery: CoupledContract,
        /// How many market time units the day has.
        periods: usize,
    },
    /// Contracts that make no block.
    #[error("{} contracts from {} on are no contract and no block; name neighbours of one length, from 0", .span.count, .span.first)]
    UnknownSpan {
        /// Which.
        span: Span,
    },
    /// Market time units that are not there.
    #[error("market time units {first} to {end} of {periods}; name some, from 0")]
    UnknownPeriods {
        /// The first.
        first: usize,
        /// The one after the last.
        end: usize,
        /// How many the day has.
        periods: usize,
    },
    /// A basket of too few or too many orders.
    #[error("a basket of {legs} orders; give 2 to {MAX_LEGS}")]
    BasketSize {
        /// How many.
        legs: usize,
    },
    /// Two orders of a basket have one contract, or one id.
    #[error("order {} of a basket has the contract or the id of one before it; merge the two", .order_id.0)]
    RepeatedLeg {
        /// Which order.
        order_id: OrderId,
    },
    /// Orders of a basket live for different times.
    #[error("order {} of a basket lives otherwise than the first; give all the same lifetime", .order_id.0)]
    MixedLegs {
        /// Which order.
        order_id: OrderId,
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
    #[error("order {} asks for {term}, which coupled books do not take there; send a limit order, good for session, immediate or cancel, or fill or kill", .order_id.0)]
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
    /// A block that may trade in parts, where blocks do not.
    #[error("a block in parts, where blocks are all or none")]
    BlockInParts,
    /// An iceberg that is a block, all or none, or in a basket.
    #[error("an iceberg that is a block, all or none, or in a basket")]
    Iceberg,
    /// A basket that waits, where baskets do not; or one that is immediate or cancel.
    #[error("a basket with this lifetime, where baskets fill or are killed")]
    Basket,
    /// A least volume.
    #[error("a minimum quantity")]
    MinimumQuantity,
    /// Hidden.
    #[error("hidden volume")]
    Hidden,
    /// One cancels other.
    #[error("one cancels other")]
    OneCancelsOther,
    /// A mode of self-trade prevention.
    #[error("self-trade prevention")]
    SelfTradePrevention,
}
