//! Random command sequences give the same events and the same book as the plain model.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod model;
mod random;

use model::Model;
use proptest::prelude::*;
use random::{Command, apply, cases, commands, config};
use wattbook_book::{BookConfig, BookEvent, OrderBook, RestingOrder};
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, OrderId, Ticks};

fn apply_to_model(model: &mut Model, command: &Command) {
    match command {
        Command::Submit(order) => model.submit(order),
        Command::Amend(amend) => model.amend(amend),
        Command::Cancel(id) => model.cancel(*id),
        Command::CancelAll(trading_book) => model.cancel_all(*trading_book),
        Command::SetPhase(phase) => model.set_phase(*phase),
        Command::Advance(now) => model.advance(*now),
    }
}

type Line = (OrderId, Option<Ticks>, i64, i64, i64);

fn line(order: RestingOrder) -> Line {
    let lots = |lots: Lots| lots.count();
    (
        order.order_id,
        order.price,
        lots(order.displayed),
        lots(order.open),
        lots(order.filled),
    )
}

fn model_lines(entries: &[model::Entry]) -> Vec<Line> {
    let lines = entries.iter().map(|entry| {
        let price = entry.price.map(Ticks::new);
        (entry.id(), price, entry.shown, entry.open, entry.filled)
    });
    lines.collect()
}

/// The displayed orders as the events alone tell them, in order of arrival at their queues: id, side,
/// price, displayed volume.
#[derive(Default)]
struct Told(Vec<(OrderId, Side, Ticks, i64)>);

impl Told {
    fn remove(&mut self, id: OrderId) {
        self.0.retain(|order| order.0 != id);
    }

    fn shrink(&mut self, id: OrderId, volume: Lots) {
        for order in self.0.iter_mut().filter(|order| order.0 == id) {
            order.3 -= volume.count();
        }
    }

    fn hear(&mut self, event: &BookEvent) {
        match *event {
            BookEvent::Rested {
                order_id,
                side,
                price,
                volume,
            } => {
                self.remove(order_id);
                self.0.push((order_id, side, price, volume.count()));
            }
            BookEvent::Replenished { order_id, volume } => {
                let at = self.0.iter().position(|order| order.0 == order_id).unwrap();
                let (_, side, price, left) = self.0.remove(at);
                assert_eq!(left, 0, "the old slice is gone");
                self.0.push((order_id, side, price, volume.count()));
            }
            BookEvent::Filled(fill) => {
                self.shrink(fill.maker, fill.volume);
                self.shrink(fill.taker, fill.volume);
                for (id, open) in [(fill.maker, fill.maker_open), (fill.taker, fill.taker_open)] {
                    if open.count() == 0 {
                        self.remove(id);
                    }
                }
            }
            BookEvent::SelfTradeDecremented {
                maker,
                taker,
                volume,
                ..
            } => {
                self.shrink(maker, volume);
                self.shrink(taker, volume);
            }
            BookEvent::Cancelled { order_id, .. } => self.remove(order_id),
            BookEvent::Amended {
                order_id,
                displayed,
                keeps_priority,
                ..
            } => {
                if !keeps_priority {
                    self.remove(order_id);
                }
                for order in self.0.iter_mut().filter(|order| order.0 == order_id) {
                    order.3 = displayed.count();
                }
            }
            _ => {}
        }
    }

    /// The orders of `side` in priority order.
    fn queue(&self, side: Side) -> Vec<(OrderId, Ticks, i64)> {
        let mut orders: Vec<_> = self.0.iter().filter(|order| order.1 == side).collect();
        orders.sort_by_key(|order| {
            let price = order.2.count();
            if side == Side::Buy { -price } else { price }
        });
        orders
            .iter()
            .map(|order| (order.0, order.2, order.3))
            .collect()
    }
}

fn check(config: BookConfig, commands: &[Command]) -> Result<(), TestCaseError> {
    let mut book = OrderBook::new(config);
    let mut model = Model::new(config);
    let mut told = Told::default();
    for (at, command) in commands.iter().enumerate() {
        let mut events = Vec::new();
        apply(&mut book, command, &mut events);
        model.events.clear();
        apply_to_model(&mut model, command);
        prop_assert_eq!(&events, &model.events, "command {}: {:?}", at, command);
        for event in &events {
            told.hear(event);
        }
        for side in [Side::Buy, Side::Sell] {
            let shown: Vec<_> = book
                .orders(side)
                .map(|order| {
                    (
                        order.order_id,
                        order.price.unwrap(),
                        order.displayed.count(),
                    )
                })
                .collect();
            prop_assert_eq!(shown, told.queue(side), "told after {}", at);
            let lines: Vec<Line> = book.orders(side).map(line).collect();
            prop_assert_eq!(lines, model_lines(&model.displayed(side)), "after {}", at);
            let dark = book.undisplayed(side).filter(|order| order.price.is_some());
            let lines: Vec<Line> = dark.map(line).collect();
            let dark = model.queue(side).into_iter();
            let dark: Vec<_> = dark
                .filter(|entry| entry.place == model::Place::Dark)
                .collect();
            prop_assert_eq!(lines, model_lines(&dark), "after {}", at);
            let depth: i64 = book.depth(side).map(|level| level.volume.count()).sum();
            let shown: i64 = model.displayed(side).iter().map(|entry| entry.shown).sum();
            prop_assert_eq!(depth, shown);
        }
        for entry in &model.orders {
            let order = book
                .order(entry.id())
                .expect("the book knows every live order");
            prop_assert_eq!(order.open.count(), entry.open);
        }
        prop_assert_eq!(book.phase(), model.phase);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_book_does_what_the_model_does(config in config(), commands in commands()) {
        check(config, &commands)?;
    }
}

/// The name of an event and of its reason, if it has one.
fn kind(event: &BookEvent) -> String {
    let text = format!("{event:?}");
    let name = text.split([' ', '(']).next().unwrap_or_default();
    match event {
        BookEvent::Rejected { reason, .. }
        | BookEvent::Cancelled { reason, .. }
        | BookEvent::CancelRejected { reason, .. }
        | BookEvent::AmendRejected { reason, .. } => format!("{name} {reason:?}"),
        BookEvent::Amended { keeps_priority, .. } => format!("{name} {keeps_priority}"),
        BookEvent::Filled(fill) => format!("{name} {:?}", fill.aggressor),
        _ => name.to_owned(),
    }
}

/// The kinds of what one command told of self-trades before it moved to another phase: an auction's.
fn prevented_in_auction(told: &[BookEvent]) -> Vec<String> {
    let is_phase = |event: &BookEvent| matches!(event, BookEvent::PhaseChanged { .. });
    let Some(at) = told.iter().position(is_phase) else {
        return Vec::new();
    };
    let kinds = told[..at].iter().map(kind);
    let kinds = kinds.filter(|kind| kind.contains("SelfTrade"));
    kinds.map(|kind| format!("{kind} in an auction")).collect()
}

#[test]
fn the_random_sequences_reach_every_kind_of_event() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    for _ in 0..600 {
        let config = config().new_tree(&mut runner).unwrap().current();
        let commands = commands().new_tree(&mut runner).unwrap().current();
        let mut book = OrderBook::new(config);
        let mut events = Vec::new();
        for command in &commands {
            let from = events.len();
            apply(&mut book, command, &mut events);
            for kind in prevented_in_auction(&events[from..]) {
                *seen.entry(kind).or_default() += 1;
            }
        }
        for event in &events {
            *seen.entry(kind(event)).or_default() += 1;
        }
    }
    let expected = [
        "Accepted",
        "Amended false",
        "Amended true",
        "AmendRejected InvalidTerms",
        "AmendRejected NotTrading",
        "AmendRejected OutsideCollar",
        "AmendRejected UnknownOrder",
        "AuctionCleared",
        "CancelRejected UnknownOrder",
        "Cancelled Expired",
        "Cancelled GateClosed",
        "Cancelled OneCancelsOther",
        "Cancelled OutsideCollar",
        "Cancelled Requested",
        "Cancelled SelfTrade",
        "Cancelled SelfTrade in an auction",
        "Cancelled Unfilled",
        "Filled None",
        "Filled Some(Buy)",
        "Filled Some(Sell)",
        "GateClosed",
        "PhaseChanged",
        "Rejected Expired",
        "Rejected GateClosed",
        "Rejected InvalidTerms",
        "Rejected NotTrading",
        "Rejected OutsideCollar",
        "Replenished",
        "Repriced",
        "Rested",
        "SelfTradeDecremented",
        "SelfTradeDecremented in an auction",
        "TopChanged",
        "Triggered",
    ];
    for kind in expected {
        assert!(
            seen.get(kind).is_some_and(|count| *count >= 5),
            "{kind} is reached: {seen:#?}"
        );
    }
}
