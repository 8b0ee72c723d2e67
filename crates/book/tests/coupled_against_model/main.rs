//! Random commands over random zones, borders and contracts give the same events and the same local
//! views as the plain model, and break none of the rules that need no model.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod commands;
mod model;
mod reached;

use std::collections::BTreeMap;

use proptest::prelude::*;
use wattbook_book::{
    Amend, BasketLeg, CoupledBooks, CoupledConfig, CoupledContract, CoupledEvent, CoupledLink,
    CoupledRules, NewOrder, Pricing, Span,
};
use wattbook_domain::state::State;
use wattbook_domain::{Lots, OrderId, Ticks};

use audit::{Audit, check_views, states};
use commands::{apply, commands, config, order};
use model::Model;
use reached::reached;

fn cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: default.cases.max(300),
        // What was found stands in `coupled.rs`, under its own name.
        failure_persistence: None,
        ..default
    }
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
