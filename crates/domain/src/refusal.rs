//! Why the engine refuses a command: the place, the value and the fix.

use crate::currency::Currency;
use crate::id::{ClientId, InstrumentId, OrderId, SignalId, TraderId, TradingBookId};
use crate::limit::LimitMeasure;
use crate::money::Money;
use crate::price::Price;
use crate::record::Record;
use crate::time::Timestamp;
use crate::volume::Volume;

/// A refused command. The run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Record)]
#[non_exhaustive]
pub enum Refusal {
    /// No such instrument.
    #[error("instrument {instrument} is unknown; define it before the first order")]
    UnknownInstrument {
        /// As found.
        instrument: InstrumentId,
    },
    /// Off the price grid.
    #[error("price {price} is off the tick {tick}; round it to the tick")]
    PriceOffTick {
        /// As found.
        price: Price,
        /// The instrument's tick.
        tick: Price,
    },
    /// Off the volume grid.
    #[error("volume {volume} is off the lot {lot}; round it to the lot")]
    VolumeOffLot {
        /// As found.
        volume: Volume,
        /// The instrument's lot.
        lot: Volume,
    },
    /// Zero or below.
    #[error("volume {volume} is not above zero; give the side separately")]
    VolumeNotPositive {
        /// As found.
        volume: Volume,
    },
    /// Outside the instrument's price limits.
    #[error("price {price} is outside the venue's limits {min} to {max}; check sign and unit")]
    PriceOutsideLimits {
        /// As found.
        price: Price,
        /// Lowest allowed.
        min: Price,
        /// Highest allowed.
        max: Price,
    },
    /// Too far from the last known price.
    #[error("price {price} is more than {collar} from the reference {reference}; check it")]
    PriceOutsideCollar {
        /// As found.
        price: Price,
        /// The price compared with.
        reference: Price,
        /// Distance allowed.
        collar: Price,
    },
    /// After the gate.
    #[error("the gate closed at {gate}, the order came at {at}; trade a later delivery period")]
    GateClosed {
        /// When the gate closed.
        gate: Timestamp,
        /// When the order came.
        at: Timestamp,
    },
    /// One order too large.
    #[error("order volume {volume} is above the limit {limit}; split it or ask for a higher limit")]
    OrderVolume {
        /// As found.
        volume: Volume,
        /// The limit.
        limit: Volume,
    },
    /// One order worth too much.
    #[error("order value {value} is above the limit {limit}; split it or ask for a higher limit")]
    OrderValue {
        /// As found, absolute, in the desk's currency.
        value: Money,
        /// The limit.
        limit: Money,
    },
    /// The position could become too large.
    #[error("position could reach {position}, the limit is {limit}; reduce or cancel orders first")]
    PositionVolume {
        /// With every open order of the side filled.
        position: Volume,
        /// The limit.
        limit: Volume,
    },
    /// The day's loss is too large.
    #[error(
        "loss {loss} in trading book {trading_book} is above the limit {limit}; only reducing \
             orders pass"
    )]
    Loss {
        /// The book.
        trading_book: TradingBookId,
        /// Loss so far, positive, in the desk's currency.
        loss: Money,
        /// The limit.
        limit: Money,
    },
    /// Too many commands in a second.
    #[error("client {client} sent more than {limit} orders in a second; slow down")]
    OrderRate {
        /// Who.
        client: ClientId,
        /// Orders a second.
        limit: u32,
    },
    /// Order entry is stopped.
    #[error("order entry is stopped for this scope; resume trading first")]
    TradingStopped,
    /// The venue's session is not open for this order.
    #[error("the instrument is not trading now; wait for its session to open")]
    NotTrading,
    /// A repeated or falling order number.
    #[error("order {order_id} is not above the client's last order {last}; number orders upwards")]
    OrderNumber {
        /// As found.
        order_id: OrderId,
        /// The last one.
        last: OrderId,
    },
    /// No such order, or one that has ended.
    #[error("order {order_id} is unknown or has ended; nothing to change")]
    UnknownOrder {
        /// As found.
        order_id: OrderId,
    },
    /// An amendment below what is filled.
    #[error("new volume {volume} is not above the filled {filled}; cancel the order instead")]
    BelowFilled {
        /// As found.
        volume: Volume,
        /// Filled so far.
        filled: Volume,
    },
    /// A currency that cannot be converted.
    #[error("no rate from {from} to {to}; record one before trading in {from}")]
    NoFxRate {
        /// The instrument's currency.
        from: Currency,
        /// The desk's currency.
        to: Currency,
    },
    /// No such signal, or one that no longer holds.
    #[error("signal {signal} is unknown or no longer valid; hand in a new one")]
    UnknownSignal {
        /// As found.
        signal: SignalId,
    },
    /// A signal that is not sure enough to trade on.
    #[error("confidence {confidence_ppm} ppm of signal {signal} is not above {threshold_ppm} ppm")]
    Confidence {
        /// Which.
        signal: SignalId,
        /// How sure, in 1e-6.
        confidence_ppm: u32,
        /// The threshold, in 1e-6.
        threshold_ppm: u32,
    },
    /// An order numbered in another client's series.
    #[error("order {order_id} is not of client {client}; number orders in the client's own series")]
    ForeignOrder {
        /// As found.
        order_id: OrderId,
        /// Who sent it.
        client: ClientId,
    },
    /// A signal that is in use already.
    #[error("signal {signal} was handed in before; number signals upwards")]
    RepeatedSignal {
        /// As found.
        signal: SignalId,
    },
    /// Shorter contracts that deliver more or less than the contract that ends.
    #[error(
        "instrument {from} delivers {from_seconds} s, the contracts it becomes {into_seconds} s; \
             name all of them, once"
    )]
    CascadeDelivery {
        /// The contract that ends.
        from: InstrumentId,
        /// Its seconds with delivery.
        from_seconds: i64,
        /// Theirs together.
        into_seconds: i64,
    },
    /// A deal version that is not above the booked one.
    #[error("version {version} of deal {deal} part {part} is not above {booked}; count it up")]
    DealVersion {
        /// Which deal.
        deal: u64,
        /// Which part.
        part: u32,
        /// As found.
        version: u32,
        /// The version that is booked.
        booked: u32,
    },
    /// Reference data that contradicts itself or what is known.
    #[error("reference data of {number}: {field} cannot be used; {fix}")]
    Reference {
        /// Number of the instrument, venue or book.
        number: u32,
        /// The field at fault.
        field: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// Terms that contradict each other.
    #[error("{field} does not fit the order type; {fix}")]
    Terms {
        /// The field at fault.
        field: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// A schedule for a delivery that has begun; schedules outlive the gate for offers.
    #[error(
        "delivery began at {delivery_start}, the schedule came at {at}; schedule a later delivery \
             period"
    )]
    DeliveryBegan {
        /// First instant of delivery.
        delivery_start: Timestamp,
        /// When the schedule came.
        at: Timestamp,
    },
    /// A rate that does not end in the desk's currency.
    #[error(
        "rate from {from} to {to} does not end in the desk's currency; record what one of each \
             currency is worth in {desk}"
    )]
    FxRateDirection {
        /// As found.
        from: Currency,
        /// As found.
        to: Currency,
        /// The desk's currency.
        desk: Currency,
    },
    /// A schedule that would leave too much to the balance.
    #[error(
        "schedule would leave a balance of {balance}, the limit is {limit}; schedule what was sold \
             or trade the difference first"
    )]
    ScheduleBalance {
        /// What it opens of scheduled less awarded plus traded, or what that would reach with every
        /// open order of its side filled.
        balance: Volume,
        /// The limit.
        limit: Volume,
    },
    /// A schedule of what is not metered.
    #[error("instrument {instrument} settles in cash; schedule the contract that delivers")]
    NotDelivered {
        /// As found.
        instrument: InstrumentId,
    },
    /// A leg that contradicts its block.
    #[error("block {block}: {field} cannot be used; {fix}")]
    BlockTerms {
        /// The client's number of the block.
        block: u64,
        /// The field at fault.
        field: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// What we hold of the instrument is in doubt.
    #[error(
        "instrument {instrument} is frozen: our position and its venue's differ; settle them, then \
             release it"
    )]
    Frozen {
        /// Which.
        instrument: InstrumentId,
    },
    /// Four eyes are two persons.
    #[error("order {order_id} is of trader {trader}, who cannot approve it; ask a second person")]
    SecondPerson {
        /// Which order.
        order_id: OrderId,
        /// Who asked.
        trader: TraderId,
    },
    /// An order is not enlarged past the eyes of the second person.
    #[error(
        "an amendment to {volume} needs a second person; cancel the order and enter a new one, \
             which waits for approval"
    )]
    AmendNeedsApproval {
        /// As asked for.
        volume: Volume,
    },
    /// A limit of a scope would be passed, or passed further.
    #[error(
        "{measure} of limit {limit} would be {}, the hard level is {}; reduce it, or ask for a raise",
        Price::from_millionths(*value_millionths),
        Price::from_millionths(*level_millionths)
    )]
    ScopeLimit {
        /// Which limit.
        limit: u32,
        /// What it holds.
        measure: LimitMeasure,
        /// What the order would make of it, in 1e-6.
        value_millionths: i64,
        /// The hard level, in 1e-6.
        level_millionths: i64,
    },
    /// Value at risk cannot be told.
    #[error(
        "limit {limit} holds value at risk, and instrument {instrument} has no shocks; set its \
             sensitivities first"
    )]
    NoShocks {
        /// Which limit.
        limit: u32,
        /// Which instrument.
        instrument: InstrumentId,
    },
}
