//! Random days, and commands on them that books and model are both given.

use proptest::prelude::*;
use wattbook_book::{
    Amend, BasketLeg, CoupledBooks, CoupledConfig, CoupledContract, CoupledLink, CoupledRules,
    Display, Lifetime, NewOrder, Pricing, Quantity, Span, Terms,
};
use wattbook_domain::order::Side;
use wattbook_domain::state::State;
use wattbook_domain::{Lots, OrderId, Ticks};

use crate::model::Model;

/// Quarter-hours of the short day that is traded: an hour, two half-hours, four quarter-hours.
pub(crate) const PERIODS: usize = 4;

#[derive(Debug, Clone)]
pub(crate) enum Command {
    Submit(usize, Span, NewOrder),
    Basket(Vec<BasketLeg>),
    /// The order by its id or, if it is above all ids, a live one.
    Cancel(u64),
    Amend(u64, Option<i64>, Option<i64>),
    /// Border by its place, direction, market time units, lots.
    SetCapacity(usize, usize, (usize, usize), i64),
    /// Border, contract.
    SetAllocating(usize, usize, bool),
    CloseGate(usize, usize),
    /// Goes on from what was saved.
    Reload,
}

pub(crate) const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

/// Every contract and block of the short day.
pub(crate) fn spans() -> Vec<Span> {
    let mut spans: Vec<Span> = (0..7).map(Span::of).collect();
    spans.push(Span::block(1, 2));
    for first in 3..7 {
        spans.extend((2..=7 - first).map(|count| Span::block(first, count)));
    }
    spans
}

pub(crate) fn capacity() -> impl Strategy<Value = i64> {
    prop_oneof![2 => Just(0_i64), 5 => 1_i64..14, 1 => Just(1 << 40)]
}

pub(crate) fn config() -> impl Strategy<Value = CoupledConfig> {
    (2_usize..5).prop_flat_map(|zones| {
        let pairs = zones * (zones - 1) / 2;
        let link = proptest::option::weighted(0.6, ([capacity(), capacity()], any::<bool>()));
        let limits = proptest::option::weighted(0.2, Just((Ticks::new(-4), Ticks::new(5))));
        let links = proptest::collection::vec(link, pairs);
        let rules = [any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()];
        (links, limits, rules).prop_map(move |(links, price_limits, rules)| {
            let pairs = (0..zones).flat_map(|one| (one + 1..zones).map(move |other| [one, other]));
            let links = pairs.zip(links).filter_map(|(mut pair, link)| {
                let (capacity, turned) = link?;
                if turned {
                    pair.reverse();
                }
                Some(CoupledLink {
                    zones: pair,
                    capacity: capacity.map(Lots::new),
                })
            });
            let mut config = CoupledConfig {
                zones,
                periods: PERIODS,
                contracts: CoupledContract::day(PERIODS as u16),
                links: links.collect(),
                rules: CoupledRules::SIDC,
                price_limits,
                expected_orders: 8,
            };
            config.rules.implied_matching = rules[0];
            config.rules.blocks_in_parts = rules[1];
            config.rules.baskets_rest = rules[2];
            config.rules.amend.increase_keeps_priority = rules[3];
            config
        })
    })
}

pub(crate) fn order() -> impl Strategy<Value = NewOrder> {
    let lifetime = prop_oneof![
        10 => Just(Lifetime::GoodForSession),
        1 => Just(Lifetime::ImmediateOrCancel),
        2 => Just(Lifetime::FillOrKill),
    ];
    let terms = prop_oneof![
        8 => Just(Terms::PLAIN),
        2 => (1_i64..4).prop_map(|slice| Terms {
            display: Display::Iceberg(Lots::new(slice)),
            ..Terms::PLAIN
        }),
        2 => Just(Terms { quantity: Quantity::AllOrNone, ..Terms::PLAIN }),
    ];
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    (1_u64..400, side, -6_i64..7, 1_i64..13, lifetime, terms).prop_map(
        |(id, side, price, volume, lifetime, terms)| {
            let order = NewOrder::limit(OrderId(id), side, Ticks::new(price), Lots::new(volume));
            NewOrder {
                lifetime,
                terms,
                ..order
            }
        },
    )
}

/// An order for `span` as a venue with `rules` takes it.
pub(crate) fn fitting(span: Span, order: NewOrder, rules: CoupledRules) -> NewOrder {
    let mut order = order;
    if span.is_block() {
        order.terms.display = Display::Full;
        if !rules.blocks_in_parts {
            order.terms.quantity = Quantity::AllOrNone;
        }
    }
    order
}

pub(crate) fn command() -> impl Strategy<Value = Command> {
    // A few contracts and blocks that overlap, so that they meet.
    let span = prop_oneof![
        3 => Just(Span::of(0)),
        3 => Just(Span::of(1)),
        2 => Just(Span::of(2)),
        3 => Just(Span::of(3)),
        2 => Just(Span::of(4)),
        1 => Just(Span::of(5)),
        3 => Just(Span::block(1, 2)),
        3 => Just(Span::block(3, 2)),
        1 => Just(Span::block(3, 3)),
        1 => proptest::sample::select(spans()),
    ];
    let submit = (0_usize..5, span, order())
        .prop_map(|(zone, span, order)| Command::Submit(zone, span, order));
    let legs = proptest::collection::vec((0_usize..5, 0_usize..7, order()), 2..4);
    let basket = (legs, any::<bool>()).prop_map(|(legs, rests)| {
        let legs = legs.into_iter().map(|(zone, contract, mut order)| {
            order.terms.display = Display::Full;
            // Baskets need everyone, so they ask for little at a good price.
            order.volume = Lots::new(1 + order.volume.count() % 3);
            if let Pricing::Limit(limit) = order.pricing {
                let better = if order.side == Side::Buy { 4 } else { -4 };
                order.pricing = Pricing::Limit(Ticks::new((limit.count() + better).clamp(-4, 5)));
            }
            order.lifetime = if rests {
                Lifetime::GoodForSession
            } else {
                Lifetime::FillOrKill
            };
            BasketLeg {
                zone,
                contract,
                order,
            }
        });
        Command::Basket(legs.collect())
    });
    let range = (0..PERIODS, 1..=PERIODS);
    let change = |of: std::ops::Range<i64>| proptest::option::of(of);
    prop_oneof![
        60 => submit,
        7 => basket,
        6 => (1_u64..80).prop_map(Command::Cancel),
        8 => (1_u64..80, change(-6..7), change(1..15))
            .prop_map(|(id, price, volume)| Command::Amend(id, price, volume)),
        8 => (0_usize..15, 0_usize..2, range, capacity()).prop_map(
            |(border, direction, range, lots)| {
                Command::SetCapacity(border, direction, range, lots)
            }
        ),
        14 => (0_usize..15, 0_usize..7, prop_oneof![2 => Just(true), 1 => Just(false)])
            .prop_map(|(border, contract, on)| Command::SetAllocating(border, contract, on)),
        1 => (0_usize..30, 0_usize..7)
            .prop_map(|(zone, contract)| Command::CloseGate(zone, contract)),
        2 => Just(Command::Reload),
    ]
}

pub(crate) fn commands() -> impl Strategy<Value = Vec<Command>> {
    proptest::collection::vec(command(), 0..90)
}

/// Gives `command` to both; zones and borders beyond the last begin again at the first.
pub(crate) fn apply(books: &mut CoupledBooks, model: &mut Model, command: &Command) {
    let mut events = Vec::new();
    let (zones, rules) = (model.config.zones, model.config.rules);
    let borders = model.borders.len();
    let named = |model: &Model, id: u64| {
        let live = model.orders.get(id as usize % model.orders.len().max(1));
        live.map_or(OrderId(id), |order| order.id)
    };
    match command {
        Command::Submit(zone, span, order) => {
            let order = fitting(*span, *order, rules);
            books
                .submit(zone % zones, *span, &order, &mut events)
                .unwrap();
            model.submit(zone % zones, *span, &order);
        }
        Command::Basket(legs) => {
            let mut legs = legs.clone();
            for leg in &mut legs {
                leg.zone %= zones;
            }
            // Faults have their own test.
            if books.submit_basket(&legs, &mut events).is_ok() {
                model.submit_basket(&legs);
            }
        }
        Command::Cancel(id) => {
            let id = named(model, *id);
            books.cancel(id, &mut events);
            model.cancel(id);
        }
        Command::Amend(id, price, volume) => {
            let amend = Amend {
                order_id: named(model, *id),
                price: price.map(Ticks::new),
                volume: volume.map(Lots::new),
                trigger: None,
            };
            books.amend(&amend, &mut events);
            model.amend(&amend);
        }
        Command::SetCapacity(at, direction, (first, count), lots) if borders > 0 => {
            let pair = model.borders[at % borders].zones;
            let (from, to) = (pair[*direction], pair[1 - direction]);
            let periods = *first..(first + count).min(PERIODS);
            let capacity = Lots::new(*lots);
            books
                .set_capacity(from, to, periods.clone(), capacity, &mut events)
                .unwrap();
            model.set_capacity(at % borders, *direction, periods, *lots);
        }
        Command::SetAllocating(at, contract, on) if borders > 0 => {
            let pair = model.borders[at % borders].zones;
            books
                .set_allocating(pair, *contract, *on, &mut events)
                .unwrap();
            model.set_allocating(at % borders, *contract, *on);
        }
        Command::CloseGate(zone, contract) if *zone < zones => {
            books.close_gate(*zone, *contract, &mut events).unwrap();
            model.close_gate(*zone, *contract);
        }
        Command::Reload => {
            let mut bytes = Vec::new();
            books.save(&mut bytes);
            let mut input = bytes.as_slice();
            *books = State::load(&mut input).expect("what was saved loads");
            assert!(input.is_empty());
            let mut again = Vec::new();
            books.save(&mut again);
            assert_eq!(bytes, again);
        }
        _ => {}
    }
    assert_eq!(events, model.events, "{command:?}");
}
