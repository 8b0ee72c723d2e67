//! What the tests make.

use wattbook_domain::market::{MarketEvent, Phase, Quote, SessionPhase, Trade};
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, TradeId, Volume};
use wattbook_execution::algorithms::{Execution, Grids, ParentTerms, Setup};

pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const NAMES: [&str; 10] = [
    "twap",
    "vwap",
    "participation",
    "implementation_shortfall",
    "arrival_price",
    "iceberg",
    "peg",
    "sniper",
    "close",
    "liquidation",
];

pub(crate) fn price(ticks: i64) -> Price {
    Price::from_millionths(ticks * 10_000)
}

pub(crate) fn volume(lots: i64) -> Volume {
    Volume::from_millionths(lots * 100_000)
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(seconds * SECOND)
}

pub(crate) fn terms(side: Side, lots: i64, limit: Option<i64>) -> ParentTerms {
    ParentTerms {
        instrument: InstrumentId(0),
        side,
        volume: volume(lots),
        limit: limit.map(price),
        starts: at(10),
        ends: at(310),
        call_begins: None,
        grids: Grids {
            tick: price(1),
            lot: volume(1),
        },
    }
}

pub(crate) fn quote(bid: i64, ask: i64, lots: i64) -> MarketEvent {
    MarketEvent::Quote(Quote {
        instrument: InstrumentId(0),
        bid_price: price(bid),
        ask_price: price(ask),
        bid_volume: volume(lots),
        ask_volume: volume(lots),
    })
}

pub(crate) fn trade(ticks: i64, lots: i64, aggressor: Side) -> MarketEvent {
    MarketEvent::Trade(Trade {
        instrument: InstrumentId(0),
        trade: TradeId(0),
        aggressor,
        price: price(ticks),
        volume: volume(lots),
    })
}

pub(crate) fn phase(phase: Phase) -> MarketEvent {
    let instrument = InstrumentId(0);
    MarketEvent::SessionPhase(SessionPhase { instrument, phase })
}

pub(crate) fn execution(name: &str, terms: ParentTerms) -> Execution {
    let setup = Setup::new(name, [], None).unwrap();
    let rule = setup.build(&terms, None).unwrap();
    Execution::new(terms, rule, setup.care().unwrap()).unwrap()
}
