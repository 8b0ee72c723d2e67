//! A desk with one contract on a continuous book, and what clients and venue tell its engine.

use wattbook_domain::command::{CancelOrder, SubmitOrder};
use wattbook_domain::instrument::{ContractForm, Instrument};
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::report::{
    OrderAccepted, OrderCancelled, OrderFilled, VenueReason, VenueReport,
};
use wattbook_domain::venue::Venue;
use wattbook_domain::{
    ClientId, Command, Currency, Input, InstrumentId, Money, Order, OrderId, Owner, Price, Side,
    StrategyId, TimeInForce, Timestamp, TradeId, TraderId, TradingBookId, Unit, VenueId, Volume,
};

/// The client that sends everything.
pub(crate) const CLIENT: ClientId = ClientId(1);
/// Price of a tick, in 1e-6.
pub(crate) const TICK: i64 = 10_000;
/// Volume of a lot, in 1e-6.
pub(crate) const LOT: i64 = 100_000;

const OWNER: Owner = Owner {
    trading_book: TradingBookId(1),
    trader: TraderId(1),
    strategy: StrategyId(0),
};

/// An input in few bytes, so that reading it costs little.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// A client enters an order.
    Submit {
        order: u32,
        side: Side,
        ticks: u32,
        lots: u32,
        takes: bool,
    },
    /// A client takes one back.
    Cancel { order: u32 },
    /// The venue took an order in.
    Accepted { order: u32 },
    /// The venue matched an order.
    Filled {
        order: u32,
        trade: u32,
        ticks: u32,
        lots: u32,
        is_maker: bool,
    },
    /// The venue ended an order.
    Cancelled { order: u32, reason: VenueReason },
}

impl Step {
    pub(crate) const fn is_command(self) -> bool {
        matches!(self, Self::Submit { .. } | Self::Cancel { .. })
    }

    /// The input, as an edge makes it; `client_sequence` counts the commands.
    #[inline]
    pub(crate) fn input(self, client_sequence: &mut u64) -> Input {
        match self {
            Self::Submit {
                order,
                side,
                ticks,
                lots,
                takes,
            } => command(client_sequence, submit(order, side, ticks, lots, takes)),
            Self::Cancel { order } => {
                let order_id = order_id(order);
                command(
                    client_sequence,
                    Command::CancelOrder(CancelOrder { order_id }),
                )
            }
            Self::Accepted { order } => {
                let order_id = order_id(order);
                Input::Report(VenueReport::OrderAccepted(OrderAccepted { order_id }))
            }
            Self::Filled {
                order,
                trade,
                ticks,
                lots,
                is_maker,
            } => Input::Report(VenueReport::OrderFilled(OrderFilled {
                order_id: order_id(order),
                trade: TradeId(u64::from(trade)),
                price: Price::from_millionths(i64::from(ticks) * TICK),
                volume: Volume::from_millionths(i64::from(lots) * LOT),
                is_maker,
            })),
            Self::Cancelled { order, reason } => {
                let order_id = order_id(order);
                Input::Report(VenueReport::OrderCancelled(OrderCancelled {
                    order_id,
                    reason,
                }))
            }
        }
    }
}

#[inline]
pub(crate) fn command(client_sequence: &mut u64, command: Command) -> Input {
    *client_sequence += 1;
    Input::Command {
        client: CLIENT,
        client_sequence: *client_sequence,
        command,
    }
}

#[inline]
fn submit(order: u32, side: Side, ticks: u32, lots: u32, takes: bool) -> Command {
    let time_in_force = if takes {
        TimeInForce::ImmediateOrCancel
    } else {
        TimeInForce::GoodTillCancelled
    };
    Command::SubmitOrder(SubmitOrder {
        order_id: order_id(order),
        order: Order {
            instrument: InstrumentId(0),
            side,
            time_in_force,
            owner: OWNER,
            price: Price::from_millionths(i64::from(ticks) * TICK),
            volume: Volume::from_millionths(i64::from(lots) * LOT),
            ..Order::default()
        },
    })
}

#[inline]
const fn order_id(order: u32) -> OrderId {
    OrderId::new(CLIENT, order as u64)
}

/// What the engine must know first: venue, contract, and limits that are checked and never reached.
pub(crate) fn reference() -> Vec<Input> {
    let venue = Venue {
        venue: VenueId(1),
        name: "continuous".to_owned(),
        ..Venue::default()
    };
    let limits = SetLimits {
        trading_book: OWNER.trading_book,
        order_volume: Volume::from_millionths(1_000_000 * LOT),
        order_value: Money::from_millionths(1 << 60),
        position_volume: Volume::from_millionths(1 << 60),
        loss: Money::from_millionths(1 << 60),
        price_collar: Price::from_millionths(1 << 40),
    };
    [
        ReferenceEvent::DefineVenue(venue),
        ReferenceEvent::DefineInstrument(Box::new(contract())),
        ReferenceEvent::SetLimits(limits),
    ]
    .map(Input::Reference)
    .into()
}

/// An hour of power, far in the future.
pub(crate) fn contract() -> Instrument {
    let start = Timestamp::from_seconds(1_900_000_000);
    Instrument {
        instrument: InstrumentId(0),
        symbol: "H12".to_owned(),
        venue: VenueId(1),
        location: "DE-LU".to_owned(),
        commodity: wattbook_domain::instrument::Commodity::Power,
        form: ContractForm::Intraday,
        tenor: wattbook_domain::instrument::Tenor::Hour,
        load: wattbook_domain::instrument::Load::Base,
        delivery_kind: wattbook_domain::instrument::DeliveryKind::Physical,
        delivery_start: start,
        delivery_end: Timestamp::from_seconds(1_900_003_600),
        delivery_seconds: 3_600,
        gate_closure: start,
        currency: Currency::EUR,
        price_unit: Unit::MegawattHour,
        volume_unit: Unit::Megawatt,
        tick: Price::from_millionths(TICK),
        lot: Volume::from_millionths(LOT),
        min_price: Price::from_millionths(-9_999_000_000),
        max_price: Price::from_millionths(9_999_000_000),
        option: None,
        spread: None,
        swap: None,
    }
}
