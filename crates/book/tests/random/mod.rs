//! Random configurations and command sequences of every order type.
#![allow(dead_code)]

use proptest::prelude::*;
use wattbook_book::{
    Amend, AmendRules, BookConfig, BookEvent, CollarBreach, Collars, Display, Lifetime, NewOrder,
    OrderBook, Pricing, Quantity, Terms,
};
use wattbook_domain::id::TradingBookId;
use wattbook_domain::market::Phase;
use wattbook_domain::order::{Peg, SelfTradePrevention, Side};
use wattbook_domain::{Lots, OrderId, Ticks, Timestamp};

#[derive(Debug, Clone)]
pub(crate) enum Command {
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

pub(crate) fn config() -> impl Strategy<Value = BookConfig> {
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
        (any::<bool>(), proptest::bool::weighted(0.8)),
        proptest::option::of(price()),
    )
        .prop_map(
            |(fixed, dynamic, on_breach, gate, (decrease, increase), tells, reference)| {
                let (reports_top, auctions_prevent_self_trades) = tells;
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
                    auctions_prevent_self_trades,
                    reports_top,
                    expected_orders: 4,
                }
            },
        )
}

pub(crate) fn apply(book: &mut OrderBook, command: &Command, events: &mut Vec<BookEvent>) {
    match command {
        Command::Submit(order) => book.submit(order, events),
        Command::Amend(amend) => book.amend(amend, events),
        Command::Cancel(id) => book.cancel(*id, events),
        Command::CancelAll(trading_book) => book.cancel_all(*trading_book, events),
        Command::SetPhase(phase) => book.set_phase(*phase, events),
        Command::Advance(now) => book.advance(Timestamp::from_nanos(*now), events),
    }
}

pub(crate) fn commands() -> impl Strategy<Value = Vec<Command>> {
    let start = prop_oneof![4 => Just(Phase::Continuous), 1 => Just(Phase::OpeningCall)];
    (start, proptest::collection::vec(command(), 1..120)).prop_map(|(start, commands)| {
        let mut all = vec![Command::SetPhase(start)];
        all.extend(commands);
        all
    })
}

pub(crate) fn cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: default.cases.max(1_000),
        // What was found stands in `rulebook.rs`, under its own name.
        failure_persistence: None,
        ..default
    }
}
