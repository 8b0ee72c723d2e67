//! What the engine decides and books. Replay of the journal gives the same events again.

use crate::command::{ApproveOrder, FreezeInstrument, RecordSignal};
use crate::id::{InstrumentId, OrderId, Owner, SignalId, TradeId};
use crate::limit::{LimitBreached, LimitCured};
use crate::market::{PriceKind, SessionPhase};
use crate::money::Money;
use crate::order::{Order, Side};
use crate::parent::{EndParent, ExplainOrder, OpenParent};
use crate::price::Price;
use crate::record::{Record, class};
use crate::refusal::Refusal;
use crate::report::VenueReason;
use crate::settlement::SettlementRun;
use crate::volume::Volume;

/// One event of the engine. The input that caused it gives its sequence and times.
#[class]
#[derive(Debug, Clone, PartialEq, Record)]
#[non_exhaustive]
pub enum Event {
    /// A command was refused.
    Refused(Refused),
    /// An order passed the gate and goes to its venue.
    OrderRouted(OrderRouted),
    /// A cancel goes to the venue.
    CancelRouted(CancelRouted),
    /// An amendment passed the gate and goes to the venue.
    AmendRouted(AmendRouted),
    /// An offer passed the gate and goes to the pool or auction.
    OfferRouted(crate::command::SubmitOffer),
    /// A schedule passed the gate and goes to the system operator.
    ScheduleRouted(crate::command::SubmitSchedule),
    /// An order changed state.
    OrderStateChanged(OrderStateChanged),
    /// An order traded and the position was booked.
    Filled(Filled),
    /// A position changed.
    PositionChanged(PositionChanged),
    /// A signal was recorded.
    SignalRecorded(RecordSignal),
    /// A delivery was settled.
    Settled(Settled),
    /// A position was cascaded.
    Cascaded(Cascaded),
    /// A price of record was taken over as mark.
    Marked(Marked),
    /// An instrument changed phase.
    PhaseChanged(SessionPhase),
    /// The gate of an instrument closed.
    GateClosed(GateClosed),
    /// A venue report fits no order of ours and was set aside.
    ReportQuarantined(ReportQuarantined),
    /// A bilateral deal was booked.
    DealBooked(DealBooked),
    /// An option came to its end.
    OptionExpired(OptionExpired),
    /// A parent order began.
    ParentOpened(OpenParent),
    /// A parent order ended.
    ParentEnded(EndParent),
    /// It was said why an order was placed as it was.
    OrderExplained(ExplainOrder),
    /// An order passed the gate, but waits for a second person.
    OrderHeld(OrderHeld),
    /// A second person let a held order pass.
    OrderApproved(ApproveOrder),
    /// Order entry in an instrument was stopped or resumed.
    InstrumentFrozen(FreezeInstrument),
    /// A limit of a scope was passed.
    LimitBreached(LimitBreached),
    /// A limit of a scope is kept again.
    LimitCured(LimitCured),
}

/// A command was refused; nothing changed.
#[class]
#[derive(Debug, Clone, PartialEq, Record)]
pub struct Refused {
    /// The order concerned; zero when none.
    pub order_id: OrderId,
    /// Whose it is.
    pub owner: Owner,
    /// Why.
    pub refusal: Refusal,
}

/// An order passed the gate and goes to its venue.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Record)]
pub struct OrderRouted {
    /// Which order.
    pub order_id: OrderId,
    /// The order.
    pub order: Order,
}

/// An order passed the gate, but waits for a second person. Until then it is no exposure.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Record)]
pub struct OrderHeld {
    /// Which order.
    pub order_id: OrderId,
    /// The order.
    pub order: Order,
}

/// A cancel goes to the venue.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct CancelRouted {
    /// Which order.
    pub order_id: OrderId,
    /// Of which instrument.
    pub instrument: InstrumentId,
}

/// An amendment passed the gate and goes to the venue.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct AmendRouted {
    /// Which order.
    pub order_id: OrderId,
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// New limit, in currency per price unit.
    pub price: Price,
    /// New total volume, filled part included, in volume units.
    pub volume: Volume,
    /// New price that wakes a waiting stop; without one it stays.
    pub trigger: Option<Price>,
}

/// Where an order stands.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum OrderState {
    /// Sent, not answered.
    #[default]
    PendingNew = 1,
    /// In the book, nothing filled.
    Accepted = 2,
    /// In the book, partly filled.
    PartiallyFilled = 3,
    /// Filled in whole.
    Filled = 4,
    /// Taken back.
    Cancelled = 5,
    /// Refused by the venue.
    Rejected = 6,
    /// Its time ended.
    Expired = 7,
    /// A cancel is on its way.
    PendingCancel = 8,
    /// An amendment is on its way.
    PendingAmend = 9,
    /// The venue keeps it, but it cannot trade until it is released.
    Suspended = 10,
    /// The venue guarantees a trade at its limit or better.
    Stopped = 11,
    /// The venue works it no more today. With volume open it may work again on another day; with none
    /// it has ended.
    DoneForDay = 12,
    /// The venue looks at it for a price and has not taken it yet.
    AcceptedForBidding = 13,
}

/// An order changed state.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OrderStateChanged {
    /// Which order.
    pub order_id: OrderId,
    /// Its state from now on.
    pub state: OrderState,
    /// Filled so far, in volume units.
    pub filled: Volume,
    /// Still open, in volume units.
    pub open: Volume,
    /// Why, for an end that was not a fill.
    pub reason: Option<VenueReason>,
}

impl OrderStateChanged {
    /// Whether nothing of the order can trade any more.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        match self.state {
            OrderState::Filled
            | OrderState::Cancelled
            | OrderState::Rejected
            | OrderState::Expired => true,
            OrderState::DoneForDay => self.open.millionths() == 0,
            _ => false,
        }
    }
}

/// An order traded.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct Filled {
    /// Which order.
    pub order_id: OrderId,
    /// The venue's number of the trade.
    pub trade: TradeId,
    /// What was traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Whose it is.
    pub owner: Owner,
    /// In currency per price unit.
    pub price: Price,
    /// In volume units; above zero.
    pub volume: Volume,
    /// Charged by the venue, in the instrument's currency; below zero for a rebate.
    pub fee: Money,
    /// Whether our order rested.
    pub is_maker: bool,
    /// The signal behind the order; 0 for none.
    pub signal: SignalId,
    /// Middle of the market when the order was routed, in currency per price unit, if known.
    pub arrival_price: Option<Price>,
}

/// A position after a change.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct PositionChanged {
    /// In which instrument.
    pub instrument: InstrumentId,
    /// Whose.
    pub owner: Owner,
    /// Net, long above zero, in volume units.
    pub volume: Volume,
    /// What the open volume cost, in the instrument's currency; signed as the position.
    pub cost: Money,
    /// Realised P&L so far without fees, in the instrument's currency.
    pub realised: Money,
    /// Fees so far, in the instrument's currency.
    pub fees: Money,
}

/// A delivery was settled: award × day-ahead + (metered − award) × real-time, or position × price.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct Settled {
    /// Which delivery period.
    pub instrument: InstrumentId,
    /// Whose.
    pub owner: Owner,
    /// Which price settled it.
    pub kind: PriceKind,
    /// Which run; the amount replaces that of the run below.
    pub run: SettlementRun,
    /// Settled volume, delivered above zero, in volume units.
    pub volume: Volume,
    /// In currency per price unit.
    pub price: Price,
    /// Received (+) or paid (−), in the instrument's currency.
    pub amount: Money,
}

/// A position moved from a contract to one of its parts.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct Cascaded {
    /// The contract that ended.
    pub from: InstrumentId,
    /// The contract that it became.
    pub into: InstrumentId,
    /// Whose.
    pub owner: Owner,
    /// In volume units, signed.
    pub volume: Volume,
    /// At which price it was booked, in currency per price unit.
    pub price: Price,
}

/// A price of record was taken over as mark.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct Marked {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Which price.
    pub kind: PriceKind,
    /// In currency per price unit.
    pub price: Price,
}

/// The gate of an instrument closed.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct GateClosed {
    /// Which instrument.
    pub instrument: InstrumentId,
}

/// Why a report was set aside.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum QuarantineReason {
    /// No such order.
    #[default]
    UnknownOrder = 1,
    /// The order had ended.
    AfterEnd = 2,
    /// More was filled than ordered.
    Overfill = 3,
    /// The trade number was seen before.
    RepeatedTrade = 4,
    /// The report does not fit the state of the order: an acceptance of an accepted order, a fill of
    /// nothing, a refusal of a change that nobody asked for.
    Unexpected = 5,
    /// No such instrument.
    UnknownInstrument = 6,
    /// A run below the one that is booked.
    SupersededRun = 7,
}

/// A venue report fits no order of ours and was set aside.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct ReportQuarantined {
    /// The order that it named.
    pub order_id: OrderId,
    /// Why.
    pub reason: QuarantineReason,
    /// The trade that it reported; zero when none.
    pub trade: TradeId,
    /// At which price, in currency per price unit; zero when none.
    pub price: Price,
    /// How much, in volume units; zero when none.
    pub volume: Volume,
}

/// A bilateral deal, or a new version of one, was booked into the position.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct DealBooked {
    /// The desk's number of it.
    pub deal: u64,
    /// Part of the deal.
    pub part: u32,
    /// Version; it replaced the version below.
    pub version: u32,
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Whose it is.
    pub owner: Owner,
    /// In currency per price unit.
    pub price: Price,
    /// In volume units; zero when the new version takes the deal back.
    pub volume: Volume,
}

/// An option came to its end: it was exercised into its underlying or lapsed.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OptionExpired {
    /// The option.
    pub instrument: InstrumentId,
    /// The future that it is on.
    pub underlying: InstrumentId,
    /// Whose.
    pub owner: Owner,
    /// Options held until then, long above zero, in volume units.
    pub volume: Volume,
    /// At which price the underlying is entered, in currency per price unit.
    pub strike: Price,
    /// The settlement price of the underlying that decided, in currency per price unit.
    pub settlement_price: Price,
    /// Volume that entered the underlying, bought above zero; zero for options that lapsed.
    pub exercised: Volume,
}
