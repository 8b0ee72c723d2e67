//! Random command sequences give the same events and the same book as the plain model.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod model;

use model::Model;
use proptest::prelude::*;
use wattbook_book::{
    Amend, AmendRules, BookConfig, BookEvent, CollarBreach, Collars, Display, Lifetime, NewOrder,
    OrderBook, Pricing, Quantity, RestingOrder, Terms,
};
use wattbook_domain::id::TradingBookId;
use wattbook_domain::market::Phase;
use wattbook_domain::order::{Peg, SelfTradePrevention, Side};
use wattbook_domain::{Lots, OrderId, Ticks, Timestamp};

#[derive(Debug, Clone)]
enum Command {
    Submit(NewOrder),
    Amend(Amend),
    Cancel(OrderId),
    CancelAll(Option<TradingBookId>),
    SetPhase(Phase),
    Advance(i64),
}

fn price() -> impl Strategy<Value = Ticks> {
    let far = prop_oneof![Just(-1_000_000_000_000_i64), Just(1_000_000_000_000)];
    prop_oneof![30 => -6_i64..7, 1 => far].prop_map(Ticks::new)
}

fn lots() -> impl Strategy<Value = Lots> {
    (1_i64..13).prop_map(Lots::new)
}

fn id() -> impl Strategy<Value = OrderId> {
    (1_u64..24).prop_map(OrderId)
}

fn pricing() -> impl Strategy<Value = Pricing> {
    let peg = prop_oneof![Just(Peg::Primary), Just(Peg::Market), Just(Peg::Midpoint)];
    prop_oneof![
        12 => price().prop_map(Pricing::Limit),
        2 => Just(Pricing::Market),
        2 => Just(Pricing::MarketToLimit),
        1 => price().prop_map(|trigger| Pricing::Stop { trigger }),
        1 => (price(), price()).prop_map(|(trigger, limit)| Pricing::StopLimit { trigger, limit }),
        1 => (0_i64..4, proptest::option::of(price())).prop_map(|(distance, trigger)| {
            Pricing::TrailingStop { distance: Ticks::new(distance), trigger }
        }),
        2 => (peg, -2_i64..3, proptest::option::of(price())).prop_map(|(peg, offset, limit)| {
            Pricing::Pegged { peg, offset: Ticks::new(offset), limit }
        }),
    ]
}

fn lifetime() -> impl Strategy<Value = Lifetime> {
    prop_oneof![
        8 => Just(Lifetime::Day),
        2 => Just(Lifetime::GoodTillCancelled),
        2 => (0_i64..40).prop_map(|at| Lifetime::GoodTillDate(Timestamp::from_nanos(at))),
        1 => Just(Lifetime::GoodForSession),
        2 => Just(Lifetime::ImmediateOrCancel),
        2 => Just(Lifetime::FillOrKill),
        1 => Just(Lifetime::AtOpen),
        1 => Just(Lifetime::AtClose),
    ]
}

fn terms() -> impl Strategy<Value = Terms> {
    let display = prop_oneof![
        6 => Just(Display::Full),
        2 => (0_i64..5).prop_map(|slice| Display::Iceberg(Lots::new(slice))),
        1 => Just(Display::Hidden),
    ];
    let quantity = prop_oneof![
        6 => Just(Quantity::Any),
        1 => (0_i64..9).prop_map(|least| Quantity::Minimum(Lots::new(least))),
        1 => Just(Quantity::AllOrNone),
    ];
    let group = prop_oneof![5 => Just(None), 2 => (1_u64..4).prop_map(Some)];
    (display, quantity, group).prop_map(|(display, quantity, one_cancels_other)| Terms {
        display,
        quantity,
        one_cancels_other,
    })
}

fn order() -> impl Strategy<Value = NewOrder> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let self_trade = prop_oneof![
        8 => Just(SelfTradePrevention::Allow),
        1 => Just(SelfTradePrevention::CancelNewest),
        1 => Just(SelfTradePrevention::CancelOldest),
        1 => Just(SelfTradePrevention::CancelBoth),
        1 => Just(SelfTradePrevention::Decrement),
    ];
    let terms = prop_oneof![3 => Just(Terms::PLAIN), 2 => terms()];
    let lifetime = prop_oneof![3 => Just(Lifetime::Day), 2 => lifetime()];
    (
        id(),
        side,
        lots(),
        pricing(),
        lifetime,
        0_u16..3,
        self_trade,
        terms,
    )
        .prop_map(
            |(order_id, side, volume, pricing, lifetime, book, self_trade, terms)| NewOrder {
                order_id,
                side,
                volume,
                pricing,
                lifetime,
                trading_book: TradingBookId(book),
                self_trade,
                terms,
            },
        )
}

fn command() -> impl Strategy<Value = Command> {
    let phase = prop_oneof![
        1 => Just(Phase::Closed),
        3 => Just(Phase::OpeningCall),
        12 => Just(Phase::Continuous),
        3 => Just(Phase::ClosingCall),
        1 => Just(Phase::Halted),
    ];
    let of = proptest::option::of::<proptest::strategy::BoxedStrategy<Ticks>>;
    let amend = (
        id(),
        of(price().boxed()),
        proptest::option::of(lots()),
        of(price().boxed()),
        0..5,
    )
        .prop_map(|(order_id, price, volume, trigger, with_trigger)| {
            Command::Amend(Amend {
                order_id,
                price,
                volume,
                trigger: trigger.filter(|_| with_trigger == 0),
            })
        });
    prop_oneof![
        60 => order().prop_map(Command::Submit),
        16 => amend,
        8 => id().prop_map(Command::Cancel),
        1 => proptest::option::of((0_u16..3).prop_map(TradingBookId)).prop_map(Command::CancelAll),
        6 => phase.prop_map(Command::SetPhase),
        3 => (0_i64..50).prop_map(Command::Advance),
    ]
}

fn config() -> impl Strategy<Value = BookConfig> {
    let fixed = prop_oneof![
        3 => Just(None),
        1 => Just(Some((Ticks::new(-5), Ticks::new(4)))),
    ];
    let dynamic = prop_oneof![2 => Just(None), 1 => (1_i64..5).prop_map(|d| Some(Ticks::new(d)))];
    let breach = prop_oneof![Just(CollarBreach::Reject), Just(CollarBreach::Halt)];
    let gate = prop_oneof![3 => Just(None), 1 => Just(Some(Timestamp::from_nanos(45)))];
    let amend = (any::<bool>(), any::<bool>());
    (
        fixed,
        dynamic,
        breach,
        gate,
        amend,
        any::<bool>(),
        proptest::option::of(price()),
    )
        .prop_map(
            |(fixed, dynamic, on_breach, gate, (decrease, increase), reports_top, reference)| {
                BookConfig {
                    collars: Collars {
                        fixed,
                        dynamic,
                        on_breach,
                    },
                    amend: AmendRules {
                        decrease_keeps_priority: decrease,
                        increase_keeps_priority: increase,
                    },
                    reference,
                    gate,
                    reports_top,
                    expected_orders: 4,
                }
            },
        )
}

fn apply(book: &mut OrderBook, command: &Command, events: &mut Vec<BookEvent>) {
    match command {
        Command::Submit(order) => book.submit(order, events),
        Command::Amend(amend) => book.amend(amend, events),
        Command::Cancel(id) => book.cancel(*id, events),
        Command::CancelAll(trading_book) => book.cancel_all(*trading_book, events),
        Command::SetPhase(phase) => book.set_phase(*phase, events),
        Command::Advance(now) => book.advance(Timestamp::from_nanos(*now), events),
    }
}

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
            BookEvent::SelfTradeDecremented { maker, volume, .. } => self.shrink(maker, volume),
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

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let start = prop_oneof![4 => Just(Phase::Continuous), 1 => Just(Phase::OpeningCall)];
    (start, proptest::collection::vec(command(), 1..120)).prop_map(|(start, commands)| {
        let mut all = vec![Command::SetPhase(start)];
        all.extend(commands);
        all
    })
}

fn cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: default.cases.max(1_000),
        // What was found stands in `rulebook.rs`, under its own name.
        failure_persistence: None,
        ..default
    }
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
            apply(&mut book, command, &mut events);
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
