//! What random commands reach, by name.

use wattbook_book::{BookEvent, BookFill, CoupledEvent, Lifetime, LinkState, Span};
use wattbook_domain::OrderId;

use crate::commands::Command;
use crate::model::{Model, Stands};

/// What is worth reaching of one command, by name.
pub(crate) fn reached(
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
pub(crate) fn reached_by(
    command: &Command,
    model: &Model,
    before: &Model,
    fills: &[(Span, BookFill)],
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
            let own = |fill: &(Span, BookFill)| fill.1.taker == order.order_id;
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
            let filled_whole = pairs
                .iter()
                .any(|(maker, _)| was(*maker).is_some_and(|maker| maker.stands == Stands::Waiting));
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
