//! A desk whose inputs follow from their sequence numbers alone, so that any process can say what
//! the state after each must be.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use wattbook_domain::command::{CancelOrder, SubmitOrder};
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::report::{OrderAccepted, OrderFilled, VenueReport};
use wattbook_domain::venue::Venue;
use wattbook_domain::{
    ClientId, Command, Currency, Input, InstrumentId, Order, OrderId, Owner, Price, Side, Stamp,
    StrategyId, Timestamp, TradeId, TraderId, TradingBookId, VenueId, Volume,
};
use wattbook_engine::{Engine, EngineConfig, NoEvents};
use wattbook_sim::Rng;

use super::common;

pub const CONFIG: EngineConfig = EngineConfig::new(Currency::EUR);
const CLIENT: ClientId = ClientId(1);
/// Reports and cancels name one of so many inputs before them, whether that was an order or not.
const RECENT: u64 = 60;

/// When input `sequence` comes.
pub fn time(sequence: u64) -> Timestamp {
    Timestamp::from_nanos(sequence as i64 * 100)
}

/// Input `sequence`, from 1.
pub fn input(sequence: u64) -> Input {
    let mut random = Rng::new(9, sequence);
    let recent = OrderId::new(CLIENT, sequence.saturating_sub(1 + random.below(RECENT)));
    match (sequence, random.below(100)) {
        (1, _) => Input::Reference(ReferenceEvent::DefineVenue(Venue {
            venue: VenueId(1),
            name: "continuous".to_owned(),
            ..Venue::default()
        })),
        (2, _) => Input::Reference(ReferenceEvent::DefineInstrument(Box::new(common::hour(
            0, 1,
        )))),
        (_, 0..40) => {
            let order_id = OrderId::new(CLIENT, sequence);
            let order = order(&mut random);
            command(
                sequence,
                Command::SubmitOrder(SubmitOrder { order_id, order }),
            )
        }
        (_, 40..60) => Input::Report(VenueReport::OrderAccepted(OrderAccepted {
            order_id: recent,
        })),
        (_, 60..75) => Input::Report(VenueReport::OrderFilled(OrderFilled {
            order_id: recent,
            trade: TradeId(sequence),
            price: price(&mut random),
            volume: Volume::from_millionths(common::LOT),
            is_maker: random.below(2) == 0,
        })),
        (_, 75..90) => command(
            sequence,
            Command::CancelOrder(CancelOrder { order_id: recent }),
        ),
        (_, 90..99) => Input::Market(MarketEvent::Quote(Quote {
            instrument: InstrumentId(0),
            bid_price: price(&mut random),
            ask_price: Price::from_millionths(60_000_000),
            bid_volume: Volume::from_millionths(common::LOT),
            ask_volume: Volume::from_millionths(common::LOT),
        })),
        _ => Input::TimeAdvanced,
    }
}

/// Applies the inputs after the engine's own up to `last`.
pub fn apply_until(engine: &mut Engine, last: u64) {
    for sequence in engine.sequence() + 1..=last {
        let at = time(sequence);
        let stamp = Stamp {
            sequence,
            ts_event: at,
            ts_recv: at,
        };
        engine
            .apply(stamp, &input(sequence), &mut NoEvents)
            .unwrap();
    }
}

fn command(client_sequence: u64, command: Command) -> Input {
    Input::Command {
        client: CLIENT,
        client_sequence,
        command,
    }
}

fn order(random: &mut Rng) -> Order {
    Order {
        instrument: InstrumentId(0),
        side: if random.below(2) == 0 {
            Side::Buy
        } else {
            Side::Sell
        },
        owner: Owner {
            trading_book: TradingBookId(1 + random.below(3) as u16),
            trader: TraderId(1),
            strategy: StrategyId(random.below(2) as u16),
        },
        price: price(random),
        volume: Volume::from_millionths(random.between(1, 20) * common::LOT),
        ..Order::default()
    }
}

/// Around −5, so that the sign changes.
fn price(random: &mut Rng) -> Price {
    Price::from_millionths(random.between(-2_000, 1_000) * common::TICK)
}
