//! Random commands over random zones and borders give the same events and the same local views as
//! the plain model, and break none of the rules that need no model.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod coupled_model;

use std::collections::BTreeMap;

use coupled_model::Model;
use proptest::prelude::*;
use wattbook_book::{
    BookEvent, CoupledBooks, CoupledConfig, CoupledEvent, CoupledLink, Lifetime, LinkState,
    NewOrder, Pricing,
};
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, OrderId, Ticks};

#[derive(Debug, Clone)]
enum Command {
    Submit(usize, NewOrder),
    Cancel(usize, OrderId),
    /// Border by its place, direction, lots.
    SetCapacity(usize, usize, i64),
    SetAllocating(usize, bool),
    CloseGate(usize),
}

const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

fn capacity() -> impl Strategy<Value = i64> {
    prop_oneof![2 => Just(0_i64), 5 => 1_i64..14, 1 => Just(1 << 40)]
}

fn config() -> impl Strategy<Value = CoupledConfig> {
    (2_usize..6).prop_flat_map(|zones| {
        let pairs = zones * (zones - 1) / 2;
        let link = proptest::option::weighted(0.6, ([capacity(), capacity()], any::<bool>()));
        let limits = proptest::option::weighted(0.2, Just((Ticks::new(-4), Ticks::new(5))));
        (proptest::collection::vec(link, pairs), limits).prop_map(move |(links, price_limits)| {
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
            CoupledConfig {
                zones,
                links: links.collect(),
                price_limits,
                expected_orders: 8,
            }
        })
    })
}

fn command() -> impl Strategy<Value = Command> {
    let lifetime = prop_oneof![
        8 => Just(Lifetime::GoodForSession),
        1 => Just(Lifetime::ImmediateOrCancel),
        2 => Just(Lifetime::FillOrKill),
    ];
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let submit = (1_u64..40, 0_usize..6, side, -6_i64..7, 1_i64..13, lifetime).prop_map(
        |(id, zone, side, price, volume, lifetime)| {
            let order = NewOrder::limit(OrderId(id), side, Ticks::new(price), Lots::new(volume));
            Command::Submit(zone, NewOrder { lifetime, ..order })
        },
    );
    prop_oneof![
        40 => submit,
        6 => (0_usize..6, 1_u64..40).prop_map(|(zone, id)| Command::Cancel(zone, OrderId(id))),
        8 => (0_usize..15, 0_usize..2, capacity())
            .prop_map(|(border, direction, lots)| Command::SetCapacity(border, direction, lots)),
        4 => (0_usize..15, any::<bool>()).prop_map(|(border, on)| Command::SetAllocating(border, on)),
        1 => (0_usize..60).prop_map(Command::CloseGate),
    ]
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    proptest::collection::vec(command(), 0..70)
}

fn cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: default.cases.max(1_000),
        // What was found stands in `coupled.rs`, under its own name.
        failure_persistence: None,
        ..default
    }
}

/// Gives `command` to both; zones and borders beyond the last begin again at the first.
fn apply(books: &mut CoupledBooks, model: &mut Model, zones: usize, command: &Command) {
    let mut events = Vec::new();
    let borders = model.borders.len();
    match *command {
        Command::Submit(zone, order) => {
            books.submit(zone % zones, &order, &mut events).unwrap();
            model.submit(zone % zones, &order);
        }
        Command::Cancel(zone, id) => {
            // Half of the cancels name the zone that has the order.
            let zone = match books.order(id) {
                Some((there, _)) if zone < 3 => there,
                _ => zone % zones,
            };
            books.cancel(zone, id, &mut events);
            model.cancel(zone, id);
        }
        Command::SetCapacity(at, direction, lots) if borders > 0 => {
            let pair = model.borders[at % borders].zones;
            let (from, to) = (pair[direction], pair[1 - direction]);
            let capacity = Lots::new(lots);
            books.set_capacity(from, to, capacity, &mut events).unwrap();
            model.set_capacity(at % borders, direction, lots);
        }
        Command::SetAllocating(at, on) if borders > 0 => {
            let pair = model.borders[at % borders].zones;
            books.set_allocating(pair, on, &mut events).unwrap();
            model.set_allocating(at % borders, on);
        }
        Command::CloseGate(zone) if zone < zones => {
            books.close_gate(zone, &mut events).unwrap();
            model.close_gate(zone);
        }
        _ => {}
    }
    assert_eq!(events, model.events, "{command:?}");
}

/// What an order asked for and what became of it, from the events alone.
#[derive(Debug)]
struct Told {
    zone: usize,
    side: Side,
    limit: i64,
    volume: i64,
    filled: i64,
    gone: i64,
}

/// Holds what is told against rules that need no model.
#[derive(Debug, Default)]
struct Audit {
    told: BTreeMap<OrderId, Told>,
    /// By zone: bought less sold, and received less delivered.
    net: BTreeMap<usize, (i64, i64)>,
}

impl Audit {
    fn hear(&mut self, command: &Command, events: &[CoupledEvent]) {
        for event in events {
            match *event {
                CoupledEvent::Zone { zone, event } => self.hear_zone(command, zone, &event),
                CoupledEvent::Filled { fill, .. } => {
                    if let Command::Submit(_, order) = command {
                        // What an arriving order nets lets no others meet.
                        assert_eq!(fill.taker, order.order_id);
                    }
                    for (id, open) in [(fill.maker, fill.maker_open), (fill.taker, fill.taker_open)]
                    {
                        self.hear_fill(id, fill.price.count(), fill.volume.count(), open.count());
                    }
                }
                CoupledEvent::Flowed {
                    from, to, volume, ..
                } => {
                    self.net.entry(from).or_default().1 -= volume.count();
                    self.net.entry(to).or_default().1 += volume.count();
                }
                _ => {}
            }
        }
    }

    fn hear_zone(&mut self, command: &Command, zone: usize, event: &BookEvent) {
        match (*event, command) {
            (BookEvent::Accepted { order_id, side, .. }, Command::Submit(_, order)) => {
                let Pricing::Limit(limit) = order.pricing else {
                    panic!("limit orders only");
                };
                let told = Told {
                    zone,
                    side,
                    limit: limit.count(),
                    volume: order.volume.count(),
                    filled: 0,
                    gone: 0,
                };
                self.told.insert(order_id, told);
            }
            (
                BookEvent::Cancelled {
                    order_id, volume, ..
                },
                _,
            ) => self.told.get_mut(&order_id).unwrap().gone = volume.count(),
            _ => {}
        }
    }

    fn hear_fill(&mut self, id: OrderId, price: i64, volume: i64, open: i64) {
        let told = self.told.get_mut(&id).unwrap();
        assert!(volume > 0);
        told.filled += volume;
        assert_eq!(told.volume - told.filled, open, "{id:?}");
        let net = self.net.entry(told.zone).or_default();
        match told.side {
            Side::Buy => {
                assert!(price <= told.limit, "{id:?} pays {price}: {told:?}");
                net.0 += volume;
            }
            Side::Sell => {
                assert!(price >= told.limit, "{id:?} gets {price}: {told:?}");
                net.0 -= volume;
            }
        }
    }

    fn check(&self, books: &CoupledBooks, zones: usize, before: &[LinkState]) {
        for (id, told) in &self.told {
            let open = books.order(*id).map_or(0, |(_, order)| order.open.count());
            assert_eq!(
                told.volume,
                told.filled + told.gone + open,
                "{id:?}: {told:?}"
            );
        }
        for (zone, (bought, received)) in &self.net {
            assert_eq!(bought, received, "zone {zone} receives what it bought");
        }
        for (link, before) in books.links().zip(before) {
            let flows = [link.flow.count(), -link.flow.count()];
            let earlier = [before.flow.count(), -before.flow.count()];
            for direction in 0..2 {
                let is_within = flows[direction] <= link.capacity[direction].count();
                // A smaller capacity undoes no trade; what is over it may not grow.
                assert!(
                    is_within || flows[direction] <= earlier[direction],
                    "{link:?}"
                );
                assert!(link.is_allocating || flows[direction] == earlier[direction]);
            }
        }
        for zone in 0..zones {
            let top = books.top(zone).unwrap();
            if let (Some(bid), Some(ask)) = (top.bid, top.ask) {
                assert!(bid.0 < ask.0, "zone {zone} is crossed: {top:?}");
            }
        }
    }
}

fn check_views(books: &CoupledBooks, model: &Model, zones: usize) {
    for (zone, side) in (0..zones).flat_map(|zone| SIDES.map(|side| (zone, side))) {
        let view = books.depth(zone, side, usize::MAX).unwrap();
        let levels = view.iter().map(|level| {
            let (price, volume) = (level.price.count(), level.volume.count());
            (price, volume, level.orders)
        });
        let levels: Vec<(i64, i64, u32)> = levels.collect();
        assert_eq!(levels, model.view(zone, side), "{side:?} seen in {zone}");
        let top = books.top(zone).unwrap();
        let best = if side == Side::Buy { top.bid } else { top.ask };
        let first = view.first().map(|level| (level.price, level.volume));
        assert_eq!(best, first);
        let queue = books.orders(zone, side).unwrap();
        let queue = queue.map(|order| {
            let price = order.price.unwrap().count();
            (order.order_id, price, order.open.count())
        });
        assert_eq!(queue.collect::<Vec<_>>(), model.queue(zone, side));
    }
    let states: Vec<LinkState> = books.links().collect();
    let expected: Vec<LinkState> = model
        .borders
        .iter()
        .map(coupled_model::Border::state)
        .collect();
    assert_eq!(states, expected);
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn coupled_books_do_what_the_model_does(config in config(), commands in commands()) {
        let mut books = CoupledBooks::new(&config).unwrap();
        let mut model = Model::new(&config);
        let mut audit = Audit::default();
        for command in &commands {
            let before: Vec<LinkState> = books.links().collect();
            model.events.clear();
            apply(&mut books, &mut model, config.zones, command);
            audit.hear(command, &model.events);
            audit.check(&books, config.zones, &before);
            check_views(&books, &model, config.zones);
        }
    }
}

/// What is worth reaching of one command, by name.
fn reached(
    command: &Command,
    events: &[CoupledEvent],
    before: &[LinkState],
    after: &[LinkState],
) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut note = |is_reached: bool, name| names.extend(is_reached.then_some(name));
    let fills = || {
        events.iter().filter_map(|event| match event {
            CoupledEvent::Filled { fill, .. } => Some(fill),
            _ => None,
        })
    };
    let hops = |trade| {
        let of_trade = |event: &&CoupledEvent| matches!(event, CoupledEvent::Flowed { trade: of, .. } if *of == trade);
        events.iter().filter(of_trade).count()
    };
    let has = |wanted: fn(&BookEvent) -> bool| {
        let is_wanted = |event: &CoupledEvent| matches!(event, CoupledEvent::Zone { event, .. } if wanted(event));
        events.iter().any(is_wanted)
    };
    note(fills().any(|fill| hops(fill.trade) == 0), "local trade");
    note(fills().any(|fill| hops(fill.trade) == 1), "one border");
    note(fills().any(|fill| hops(fill.trade) == 2), "two borders");
    note(fills().any(|fill| hops(fill.trade) > 2), "more borders");
    let shrinks = |(before, after): (&LinkState, &LinkState)| {
        after.flow.count().abs() < before.flow.count().abs()
    };
    note(before.iter().zip(after).any(shrinks), "netting");
    let is_over = |link: &LinkState| link.flow > link.capacity[0];
    note(after.iter().any(is_over), "less capacity than flow");
    let pairs: Vec<_> = fills().map(|fill| (fill.maker, fill.taker)).collect();
    let is_split = pairs.windows(2).any(|pair| pair[0] == pair[1]);
    note(is_split, "one pair over two paths");
    match command {
        Command::Submit(_, order) => {
            let is_whole = order.lifetime == Lifetime::FillOrKill;
            note(is_whole && pairs.len() > 1, "fill or kill filled in parts");
            let is_killed = has(|event| matches!(event, BookEvent::Cancelled { .. }));
            note(is_whole && is_killed, "fill or kill killed");
        }
        Command::SetCapacity(..) => note(!pairs.is_empty(), "an update lets orders trade"),
        Command::SetAllocating(..) => note(!pairs.is_empty(), "the end of a pause does"),
        _ => {}
    }
    note(has(|e| matches!(e, BookEvent::Rejected { .. })), "rejected");
    note(
        has(|e| matches!(e, BookEvent::CancelRejected { .. })),
        "cancel rejected",
    );
    note(has(|e| matches!(e, BookEvent::GateClosed)), "gate closed");
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
            let before: Vec<LinkState> = books.links().collect();
            model.events.clear();
            apply(&mut books, &mut model, config.zones, command);
            let after: Vec<LinkState> = books.links().collect();
            for name in reached(command, &model.events, &before, &after) {
                *seen.entry(name).or_default() += 1;
            }
        }
    }
    let expected = [
        "an update lets orders trade",
        "cancel rejected",
        "fill or kill filled in parts",
        "fill or kill killed",
        "gate closed",
        "less capacity than flow",
        "local trade",
        "more borders",
        "netting",
        "one border",
        "one pair over two paths",
        "rejected",
        "the end of a pause does",
        "two borders",
    ];
    for name in expected {
        assert!(
            seen.get(name).is_some_and(|count| *count >= 5),
            "{name} is reached: {seen:#?}"
        );
    }
}
