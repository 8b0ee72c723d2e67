//! Trading outside: nothing leaves before it is durable, and a resumed run is the run that was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "live/by_rest.rs"]
mod by_rest;
mod common;
#[path = "common/live_run.rs"]
mod live_run;
#[path = "common/peer.rs"]
mod peer;

use std::time::{Duration, Instant};

use common::at;
use live_run::{Live, came, desk, journaled, quote};
use peer::field;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::report::{OrderAccepted, OrderFilled, VenueReport};
use wattbook_domain::{Currency, Event, Input, OrderId, Price, Sequenced, Timestamp, TradeId};
use wattbook_engine::EngineConfig;
use wattbook_journal::{JournalConfig, MemoryStorage};
use wattbook_sim::{JournalLog, LiveError, Origin, Outside, Outward, RunLog, SimError};

fn filled(order_id: OrderId, trade: u64) -> Input {
    Input::Report(VenueReport::OrderFilled(OrderFilled {
        order_id,
        trade: TradeId(trade),
        price: "-68.5".parse().unwrap(),
        volume: "0.4".parse().unwrap(),
        is_maker: false,
    }))
}

fn orders(outward: &[Outward]) -> Vec<OrderId> {
    let order = |one: &Outward| match one {
        Outward::Routed(Event::OrderRouted(routed)) => Some(routed.order_id),
        _ => None,
    };
    outward.iter().filter_map(order).collect()
}

/// A log whose disk is full when it is to be made durable.
struct FullDisk;

impl RunLog for FullDisk {
    fn append(&mut self, _input: &Sequenced) -> Result<(), SimError> {
        Ok(())
    }

    fn commit(&mut self, _now: Timestamp) -> Result<(), SimError> {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        Err(SimError::File {
            path: "journal".into(),
            error: full,
        })
    }

    fn remaining(&self) -> u64 {
        0
    }
}

#[test]
fn no_order_leaves_before_its_input_is_durable() {
    let mut desk = desk(Box::new(FullDisk));
    desk.receive(quote(-500, "-68.5"));
    assert!(desk.run_until(at(-400), 1_000).is_err());
    assert_eq!(desk.engine().orders().len(), 1);
    assert_eq!(desk.take_outward(), []);
    assert!(!desk.has_met_all());
}

#[test]
fn a_resumed_run_takes_reports_from_its_journal_and_sends_the_same_orders() {
    let storage = MemoryStorage::default();
    let open = || {
        JournalLog::open(storage.clone(), JournalConfig::default())
            .unwrap()
            .0
    };
    let mut first = desk(Box::new(open()));
    first.run_until(at(-550), 1_000).unwrap();
    first.receive(quote(-500, "-68.5"));
    first.run_until(at(-490), 1_000).unwrap();
    let mut outward = first.take_outward();
    let [order_id] = orders(&outward)[..] else {
        panic!("one order");
    };
    assert_eq!(first.take_outward(), []);
    let accepted = VenueReport::OrderAccepted(OrderAccepted { order_id });
    first.receive(came(-489, Input::Report(accepted)));
    // The same trade twice: booked once, whoever lets it through.
    for (seconds, trade) in [(-488, 7), (-487, 7), (-486, 8)] {
        first.receive(came(seconds, filled(order_id, trade)));
        assert!(!first.has_met_all());
        first.run_until(at(seconds), 1_000).unwrap();
        assert!(first.has_met_all());
    }
    first.receive(quote(-480, "-69"));
    let done = first.run_until(at(-470), 1_000).unwrap();
    outward.extend(first.take_outward());
    assert_eq!(orders(&outward).len(), 2);
    // Two orders, four reports, and the two trades that they tell of.
    assert_eq!(outward.len(), 2 + 4 + 2);

    let log = open();
    let outside = Outside::read(log.storage(), Origin::Venues).unwrap();
    assert_eq!(outside.received.len(), 6);
    let mut again = desk(Box::new(log));
    again.remember(outside);
    let met = again.run_until(Timestamp::MAX, done.sequence).unwrap();
    assert_eq!(met.sequence, done.sequence);
    assert_eq!(again.take_outward(), outward);
    assert_eq!(again.engine().state_hash(), first.engine().state_hash());

    let engine = wattbook_engine::recover(&storage, EngineConfig::new(Currency::EUR)).unwrap();
    assert_eq!(engine.engine.state_hash(), first.engine().state_hash());
}

#[test]
fn a_cancel_waits_while_the_line_is_down_and_an_order_does_not() {
    let mut live = Live::new();
    live.venue.connect();
    live.log_on(true);
    let order = live.order();
    live.peer.accept(&order, 1);
    live.peer.hang_up();
    live.until("line down", |live| !live.venue.status().is_logged_on);
    live.cancel_all();
    live.run.receive(quote(live.seconds + 1, "-68"));
    live.step();
    live.step();
    assert_eq!(live.peer.of("D").len(), 1);
    live.log_on(false);
    live.until("a cancel", |live| live.peer.of("F").len() == 1);
    let cancels = live.peer.of("F");
    assert_eq!(field(&cancels[0], 41), order);
    // The order of the time between was refused: nothing of it ever comes.
    assert_eq!(live.peer.of("D").len(), 1);
}

#[test]
fn an_order_that_left_before_a_reset_is_not_refused_by_the_next_process() {
    let mut live = Live::new();
    live.venue.connect();
    live.log_on(true);
    let order = live.order();
    live.peer.hang_up();
    live.until("line down", |live| !live.venue.status().is_logged_on);
    // The exchange begins anew at 1.
    live.log_on(true);
    live.killed().unwrap();
    assert_eq!(live.venue.status().open_orders, 1);
    let before = live.peer.of("AF").len();
    live.venue.connect();
    live.log_on(false);
    // The exchange does not answer questions after all orders: it is asked after this one.
    live.until("a question after all", |live| {
        live.peer.of("AF").len() > before
    });
    let number = field(&live.peer.of("AF")[before], 34).parse().unwrap();
    live.peer.send("j", |body| {
        body.int(45, number).text(372, "AF").int(380, 3);
    });
    live.until("a question", |live| {
        live.peer
            .of("H")
            .iter()
            .any(|asked| field(asked, 11) == order)
    });
}

#[test]
fn a_resumed_run_with_orders_and_without_its_store_is_refused() {
    let mut live = Live::new();
    live.venue.connect();
    live.log_on(true);
    live.order();
    live.peer.hang_up();
    live.venue.stop();
    std::fs::remove_file(live.folder.path().join("fix.store")).unwrap();
    let refused = live.killed();
    assert!(
        matches!(refused, Err(LiveError::StoreGone { open: 1, .. })),
        "{refused:?}"
    );
}

#[test]
fn only_the_last_quote_waits_for_the_engine() {
    let mut live = Live::new();
    live.venue.connect();
    live.log_on(true);
    for tenths in 0..50 {
        live.peer.send("W", |body| {
            body.text(55, "H0").int(268, 1).char(269, b'0');
            body.price(270, Price::from_millionths(-70_000_000 + tenths * 100_000));
            body.int(271, 5);
        });
    }
    live.peer.send("3", |body| {
        body.int(45, 900).int(373, 99).text(58, "the last message");
    });
    // The engine looks only when everything has come.
    let last = Instant::now() + Duration::from_mins(1);
    while live.venue.status().set_aside == 0 {
        assert!(Instant::now() < last, "never came");
        std::thread::yield_now();
    }
    live.step();
    live.step();
    assert_eq!(live.aside.len(), 1);
    let log = journaled(&live.storage);
    let outside = Outside::read(log.storage(), Origin::Venues).unwrap();
    let bids: Vec<_> = outside
        .received
        .iter()
        .map(|arrival| &arrival.input)
        .collect();
    let [Input::Market(MarketEvent::Quote(quote))] = bids[..] else {
        panic!("one quote, not {bids:?}");
    };
    assert_eq!(quote.bid_price, Price::from_millionths(-65_100_000));
}

#[test]
fn the_words_of_the_exchange_reach_the_operator() {
    let mut live = Live::new();
    live.venue.connect();
    live.log_on(true);
    let order = live.order();
    let number = field(&live.peer.of("D")[0], 34).parse().unwrap();
    live.peer.send("j", |body| {
        body.int(45, number).text(372, "D").int(380, 4);
        body.text(58, "product is closed");
    });
    // Of something that is no order: a heartbeat, say.
    live.peer.send("3", |body| {
        body.int(45, 900).int(373, 99).text(58, "not today");
    });
    live.until("two refusals", |live| live.aside.len() >= 2);
    assert_eq!(
        live.aside[0].reason,
        format!("the exchange refused {order}: product is closed")
    );
    assert_eq!(
        live.aside[1].reason,
        "the exchange refused our message 900: not today"
    );
    live.until("no order", |live| live.venue.status().open_orders == 0);
    live.peer.send("5", |body| {
        body.text(58, "maintenance until six");
    });
    live.until("logged out", |live| {
        let end = live.venue.status().last_end;
        end.is_some_and(|end| end == "logged out: maintenance until six")
    });
}
