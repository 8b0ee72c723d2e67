//! Random commands over random zones, borders and contracts give the same events and the same local
//! views as the plain model, and break none of the rules that need no model.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod coupled_model;

use std::collections::BTreeMap;

use coupled_model::Model;
use proptest::prelude::*;
use wattbook_book::{
    Amend, BasketLeg, BookEvent, CoupledBooks, CoupledConfig, CoupledContract, CoupledEvent,
    CoupledLink, CoupledRules, Display, Lifetime, LinkState, NewOrder, Pricing, Quantity, Span,
    Terms,
};
use wattbook_domain::order::Side;
use wattbook_domain::state::State;
use wattbook_domain::{Lots, OrderId, Ticks};

/// Quarter-hours of the short day that is traded: an hour, two half-hours, four quarter-hours.
const PERIODS: usize = 4;

#[derive(Debug, Clone)]
enum Command {
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

const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

/// Every contract and block of the short day.
fn spans() -> Vec<Span> {
    let mut spans: Vec<Span> = (0..7).map(Span::of).collect();
    spans.push(Span::block(1, 2));
    for first in 3..7 {
        spans.extend((2..=7 - first).map(|count| Span::block(first, count)));
    }
    spans
}

fn capacity() -> impl Strategy<Value = i64> {
    prop_oneof![2 => Just(0_i64), 5 => 1_i64..14, 1 => Just(1 << 40)]
}

fn config() -> impl Strategy<Value = CoupledConfig> {
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

fn order() -> impl Strategy<Value = NewOrder> {
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
fn fitting(span: Span, order: NewOrder, rules: CoupledRules) -> NewOrder {
    let mut order = order;
    if span.is_block() {
        order.terms.display = Display::Full;
        if !rules.blocks_in_parts {
            order.terms.quantity = Quantity::AllOrNone;
        }
    }
    order
}

fn command() -> impl Strategy<Value = Command> {
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

fn commands() -> impl Strategy<Value = Vec<Command>> {
    proptest::collection::vec(command(), 0..90)
}

fn cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: default.cases.max(300),
        // What was found stands in `coupled.rs`, under its own name.
        failure_persistence: None,
        ..default
    }
}

/// Gives `command` to both; zones and borders beyond the last begin again at the first.
fn apply(books: &mut CoupledBooks, model: &mut Model, command: &Command) {
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

/// What an order asked for and what became of it, from the events alone.
#[derive(Debug)]
struct Told {
    zone: usize,
    span: Span,
    side: Side,
    volume: i64,
    filled: i64,
    gone: i64,
}

/// Holds what is told against rules that need no model.
#[derive(Debug, Default)]
struct Audit {
    told: BTreeMap<OrderId, Told>,
    /// By zone and market time unit: bought less sold, and received less delivered.
    net: BTreeMap<(usize, u16), (i64, i64)>,
}

fn periods(span: Span) -> std::ops::Range<u16> {
    let contracts = CoupledContract::day(PERIODS as u16);
    let first = contracts[usize::from(span.first)];
    first.first..first.first + first.periods * span.count
}

impl Audit {
    fn hear(&mut self, events: &[CoupledEvent]) {
        let mut traded = Span::of(0);
        for event in events {
            match *event {
                CoupledEvent::Order { zone, span, event } => self.hear_order(zone, span, &event),
                CoupledEvent::Filled { span, fill, .. } => {
                    traded = span;
                    for (id, open) in [(fill.maker, fill.maker_open), (fill.taker, fill.taker_open)]
                    {
                        self.hear_fill(id, span, fill.volume.count(), open.count());
                    }
                }
                CoupledEvent::Flowed {
                    from, to, volume, ..
                } => {
                    for period in periods(traded) {
                        self.net.entry((from, period)).or_default().1 -= volume.count();
                        self.net.entry((to, period)).or_default().1 += volume.count();
                    }
                }
                _ => {}
            }
        }
    }

    fn hear_order(&mut self, zone: usize, span: Span, event: &BookEvent) {
        match *event {
            BookEvent::Accepted {
                order_id,
                side,
                volume,
            } => {
                let told = Told {
                    zone,
                    span,
                    side,
                    volume: volume.count(),
                    filled: 0,
                    gone: 0,
                };
                self.told.insert(order_id, told);
            }
            BookEvent::Cancelled {
                order_id, volume, ..
            } => self.told.get_mut(&order_id).unwrap().gone = volume.count(),
            BookEvent::Amended {
                order_id, volume, ..
            } => self.told.get_mut(&order_id).unwrap().volume = volume.count(),
            _ => {}
        }
    }

    fn hear_fill(&mut self, id: OrderId, span: Span, volume: i64, open: i64) {
        let told = self.told.get_mut(&id).unwrap();
        assert!(volume > 0);
        let signed = if told.side == Side::Buy {
            volume
        } else {
            -volume
        };
        for period in periods(span) {
            self.net.entry((told.zone, period)).or_default().0 += signed;
        }
        // A block in its contracts fills once for all of them.
        if span == told.span {
            told.filled += volume;
            assert_eq!(told.volume - told.filled, open, "{id:?}");
        } else {
            told.filled = told.volume - open;
        }
    }

    fn check(&self, books: &CoupledBooks, before: &[LinkState]) {
        for (id, told) in &self.told {
            let open = books.order(*id).map_or(0, |found| found.2.open.count());
            assert_eq!(
                told.volume,
                told.filled + told.gone + open,
                "{id:?}: {told:?}"
            );
        }
        for (place, (bought, received)) in &self.net {
            assert_eq!(bought, received, "{place:?} receives what it bought");
        }
        for (link, before) in states(books).iter().zip(before) {
            let flows = [link.flow.count(), -link.flow.count()];
            let earlier = [before.flow.count(), -before.flow.count()];
            for direction in 0..2 {
                let is_within = flows[direction] <= link.capacity[direction].count();
                // A smaller capacity undoes no trade; what is over it may not grow.
                assert!(
                    is_within || flows[direction] <= earlier[direction],
                    "{link:?}"
                );
            }
        }
    }
}

/// The borders in every market time unit.
fn states(books: &CoupledBooks) -> Vec<LinkState> {
    (0..PERIODS)
        .flat_map(|period| books.links(period))
        .collect()
}

fn check_views(books: &mut CoupledBooks, model: &Model) {
    let zones = model.config.zones;
    let mut spans: Vec<Span> = model.orders.iter().map(|order| order.span).collect();
    spans.sort();
    spans.dedup();
    for (zone, side) in (0..zones).flat_map(|zone| SIDES.map(|side| (zone, side))) {
        for span in &spans {
            let view = books.depth(zone, *span, side, usize::MAX).unwrap();
            let levels = view.iter().map(|level| {
                let (price, volume) = (level.price.count(), level.volume.count());
                (price, volume, level.orders)
            });
            let levels: Vec<(i64, i64, u32)> = levels.collect();
            assert_eq!(
                levels,
                model.view(zone, *span, side),
                "{span:?} {side:?} in {zone}"
            );
            let top = books.top(zone, *span).unwrap();
            let best = if side == Side::Buy { top.bid } else { top.ask };
            let first = view.first().map(|level| (level.price, level.volume));
            assert_eq!(best, first);
            if let (Some(bid), Some(ask)) = (top.bid, top.ask) {
                assert!(bid.0 < ask.0, "{span:?} in zone {zone} is crossed: {top:?}");
            }
            let queue = books.orders(zone, *span, side).unwrap();
            let queue = queue.map(|order| {
                let price = order.price.unwrap().count();
                let (displayed, open) = (order.displayed.count(), order.open.count());
                (order.order_id, price, displayed, open)
            });
            assert_eq!(queue.collect::<Vec<_>>(), model.queue(zone, *span, side));
        }
    }
    let expected = (0..PERIODS).flat_map(|period| {
        let borders = model.borders.iter();
        borders.map(move |border| border.state(period))
    });
    assert_eq!(states(books), expected.collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn coupled_books_do_what_the_model_does(config in config(), commands in commands()) {
        let mut books = CoupledBooks::new(&config).unwrap();
        let mut model = Model::new(&config);
        let mut audit = Audit::default();
        for command in &commands {
            let before = states(&books);
            model.events.clear();
            apply(&mut books, &mut model, command);
            audit.hear(&model.events);
            audit.check(&books, &before);
            check_views(&mut books, &model);
        }
    }
}

/// What is worth reaching of one command, by name.
fn reached(
    command: &Command,
    model: &Model,
    before: &Model,
    links: [&[LinkState]; 2],
) -> Vec<&'static str> {
    let events = &model.events;
    let mut names = Vec::new();
    let mut note = |is_reached: bool, name| names.extend(is_reached.then_some(name));
    let fills: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            CoupledEvent::Filled { span, fill, .. } => Some((*span, *fill)),
            _ => None,
        })
        .collect();
    let hops = |trade| {
        let of_trade = |event: &&CoupledEvent| matches!(event, CoupledEvent::Flowed { trade: of, .. } if *of == trade);
        events.iter().filter(of_trade).count()
    };
    let has = |wanted: fn(&BookEvent) -> bool| {
        let is_wanted = |event: &CoupledEvent| matches!(event, CoupledEvent::Order { event, .. } if wanted(event));
        events.iter().any(is_wanted)
    };
    note(
        fills.iter().any(|fill| hops(fill.1.trade) == 0),
        "local trade",
    );
    note(
        fills.iter().any(|fill| hops(fill.1.trade) == 1),
        "one border",
    );
    note(
        fills.iter().any(|fill| hops(fill.1.trade) > 1),
        "more borders",
    );
    let shrinks = |(before, after): (&LinkState, &LinkState)| {
        after.flow.count().abs() < before.flow.count().abs()
    };
    note(links[0].iter().zip(links[1]).any(shrinks), "netting");
    let is_over = |link: &LinkState| link.flow > link.capacity[0];
    note(links[1].iter().any(is_over), "less capacity than flow");
    let pairs: Vec<_> = fills
        .iter()
        .map(|(_, fill)| (fill.maker, fill.taker))
        .collect();
    let is_split = pairs.windows(2).any(|pair| pair[0] == pair[1]);
    note(is_split, "one pair again");
    note(
        fills.iter().any(|(span, _)| span.is_block()),
        "block with its equal",
    );
    note(
        has(|e| matches!(e, BookEvent::Replenished { .. })),
        "next slice",
    );
    note(has(|e| matches!(e, BookEvent::Rejected { .. })), "rejected");
    note(has(|e| matches!(e, BookEvent::GateClosed)), "gate closed");
    names.extend(reached_by(command, model, before, &fills));
    names
}

/// As [`reached`], by what kind of command.
fn reached_by(
    command: &Command,
    model: &Model,
    before: &Model,
    fills: &[(Span, wattbook_book::BookFill)],
) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut note = |is_reached: bool, name| names.extend(is_reached.then_some(name));
    let has = |wanted: fn(&BookEvent) -> bool| {
        let is_wanted = |event: &CoupledEvent| matches!(event, CoupledEvent::Order { event, .. } if wanted(event));
        model.events.iter().any(is_wanted)
    };
    let pairs: Vec<_> = fills
        .iter()
        .map(|(_, fill)| (fill.maker, fill.taker))
        .collect();
    let was = |id: OrderId| before.orders.iter().find(|order| order.id == id);
    let old_taker = fills.iter().find(|(_, fill)| was(fill.taker).is_some());
    match command {
        Command::Submit(_, span, order) => {
            let is_whole = order.lifetime == Lifetime::FillOrKill;
            note(is_whole && pairs.len() > 1, "fill or kill filled in parts");
            let is_killed = has(|event| matches!(event, BookEvent::Cancelled { .. }));
            note(is_whole && is_killed, "fill or kill killed");
            let own = |fill: &(Span, wattbook_book::BookFill)| fill.1.taker == order.order_id;
            let by_parts = fills.iter().any(|fill| own(fill) && fill.0 != *span);
            note(by_parts, "block with its parts");
            let other = fills.iter().any(|fill| fill.0 != *span && !own(fill));
            note(other && !span.is_block(), "another contract trades for it");
            let waited = old_taker.and_then(|(span, fill)| Some((*span, was(fill.taker)?)));
            let block_waited = waited.is_some_and(|(span, taker)| taker.span != span);
            note(block_waited, "a waiting block meets its parts");
            let whole_waited =
                waited.is_some_and(|(span, taker)| taker.span == span && taker.shown > 0);
            note(whole_waited, "a waiting order takes");
            let filled_whole = pairs.iter().any(|(maker, _)| {
                was(*maker).is_some_and(|maker| maker.stands == coupled_model::Stands::Waiting)
            });
            note(filled_whole, "all or none is taken");
        }
        Command::Basket(legs) => {
            note(!pairs.is_empty(), "basket fills");
            let rests = legs
                .iter()
                .any(|leg| model.orders.iter().any(|o| o.id == leg.order.order_id));
            note(rests && pairs.is_empty(), "basket waits");
            note(
                has(|e| matches!(e, BookEvent::Rejected { .. })),
                "basket refused",
            );
        }
        Command::Amend(..) => {
            note(!pairs.is_empty(), "an amendment trades");
            note(
                has(|e| {
                    matches!(
                        e,
                        BookEvent::Amended {
                            keeps_priority: true,
                            ..
                        }
                    )
                }),
                "an amendment keeps the place",
            );
        }
        Command::SetCapacity(..) => note(!pairs.is_empty(), "an update lets orders trade"),
        Command::SetAllocating(..) => note(!pairs.is_empty(), "the end of a pause does"),
        _ => {}
    }
    names
}

#[test]
fn the_random_commands_reach_what_coupling_is_about() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeMap::<&'static str, u32>::new();
    for _ in 0..600 {
        let config = config().new_tree(&mut runner).unwrap().current();
        let commands = commands().new_tree(&mut runner).unwrap().current();
        let mut books = CoupledBooks::new(&config).unwrap();
        let mut model = Model::new(&config);
        for command in &commands {
            let before = states(&books);
            model.events.clear();
            let model_before = model.clone();
            apply(&mut books, &mut model, command);
            let after = states(&books);
            for name in reached(command, &model, &model_before, [&before, &after]) {
                *seen.entry(name).or_default() += 1;
            }
        }
    }
    let expected = [
        "a waiting block meets its parts",
        "a waiting order takes",
        "all or none is taken",
        "an amendment keeps the place",
        "an amendment trades",
        "an update lets orders trade",
        "another contract trades for it",
        "basket fills",
        "basket refused",
        "basket waits",
        "block with its equal",
        "block with its parts",
        "fill or kill filled in parts",
        "fill or kill killed",
        "gate closed",
        "less capacity than flow",
        "local trade",
        "more borders",
        "netting",
        "next slice",
        "one border",
        "one pair again",
        "rejected",
        "the end of a pause does",
    ];
    for name in expected {
        assert!(
            seen.get(name).is_some_and(|count| *count >= 5),
            "{name} is reached: {seen:#?}"
        );
    }
}

proptest! {
    #[test]
    fn no_input_panics(
        zones in 0_usize..5,
        periods in 0_usize..7,
        contracts in proptest::collection::vec((any::<u16>(), 0_u16..9), 0..6),
        small in proptest::collection::vec((0_u16..6, 1_u16..3), 0..6),
        links in proptest::collection::vec(([0_usize..6, 0_usize..6], any::<i64>(), 0_i64..9), 0..5),
        orders in proptest::collection::vec(
            (0_usize..6, 0_u16..9, 0_u16..5, order(), any::<i64>(), any::<i64>(), any::<bool>()),
            0..40,
        ),
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let contract = |(first, periods): &(u16, u16)| CoupledContract { first: *first, periods: *periods };
        let mut config = CoupledConfig {
            zones,
            periods,
            contracts: contracts.iter().map(contract).collect(),
            links: links
                .iter()
                .map(|(zones, there, back)| CoupledLink {
                    zones: *zones,
                    capacity: [Lots::new(*there), Lots::new(*back)],
                })
                .collect(),
            rules: CoupledRules::IMPLIED,
            price_limits: None,
            expected_orders: 0,
        };
        let _ = CoupledBooks::new(&config);
        let _ = CoupledBooks::load(&mut bytes.as_slice());
        config.contracts = small.iter().map(contract).filter(|c| {
            usize::from(c.first + c.periods) <= periods
        }).collect();
        config.links.retain(|link| link.zones[0] < link.zones[1] && link.zones[1] < zones);
        config.links.dedup_by_key(|link| link.zones);
        config.links.iter_mut().for_each(|link| link.capacity[0] = Lots::new(1 << 40));
        let Ok(mut books) = CoupledBooks::new(&config) else { return Ok(()) };
        let mut events: Vec<CoupledEvent> = Vec::new();
        for (zone, first, count, order, price, volume, is_wild) in orders {
            let mut order = order;
            if is_wild {
                order.volume = Lots::new(volume);
                order.pricing = Pricing::Limit(Ticks::new(price));
            }
            let span = Span { first, count };
            let _ = books.submit(zone, span, &order, &mut events);
            let _ = books.depth(zone, span, order.side, 3);
            let (from, to) = (zone, usize::from(first));
            let range = usize::from(first)..usize::from(count);
            let _ = books.set_capacity(from, to, range, Lots::new(volume), &mut events);
            let _ = books.set_allocating([from, to], usize::from(count), is_wild, &mut events);
            let leg = BasketLeg { zone, contract: usize::from(first), order };
            let other = BasketLeg {
                contract: usize::from(count),
                order: NewOrder { order_id: OrderId(77), ..order },
                ..leg
            };
            let _ = books.submit_basket(&[leg, other], &mut events);
            let amend = Amend {
                order_id: order.order_id,
                price: Some(Ticks::new(price)),
                volume: Some(Lots::new(volume)),
                trigger: None,
            };
            books.amend(&amend, &mut events);
        }
        // Bytes that are cut or changed load as other books or not at all.
        let mut saved = Vec::new();
        books.save(&mut saved);
        for (at, byte) in bytes.iter().enumerate() {
            let mut changed = saved.clone();
            let place = (at * 257 + usize::from(*byte)) % changed.len().max(1);
            changed[place] ^= byte | 1;
            if let Some(mut other) = CoupledBooks::load(&mut changed.as_slice()) {
                other.cancel(OrderId(u64::from(*byte % 40)), &mut events);
            }
            let _ = CoupledBooks::load(&mut &saved[..place]);
        }
    }
}
