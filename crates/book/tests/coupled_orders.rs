//! Kinds of orders in coupled zones, one example each: blocks, baskets, icebergs, all or none, implied
//! matching, and days of 23 and 25 hours.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use wattbook_book::{
    BasketLeg, BookEvent, CoupledBooks, CoupledConfig, CoupledContract, CoupledEvent, CoupledLink,
    CoupledRules, Display, Lifetime, NewOrder, Quantity, Span,
};
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, OrderId, Ticks};

/// A day of two zones with six lots between them both ways.
fn day(quarter_hours: u16, rules: CoupledRules) -> CoupledBooks {
    CoupledBooks::new(&CoupledConfig {
        zones: 2,
        periods: usize::from(quarter_hours),
        contracts: CoupledContract::day(quarter_hours),
        links: vec![CoupledLink {
            zones: [0, 1],
            capacity: [Lots::new(6); 2],
        }],
        rules,
        price_limits: None,
        expected_orders: 16,
    })
    .unwrap()
}

fn order(id: u64, side: Side, price: i64, volume: i64) -> NewOrder {
    NewOrder {
        lifetime: Lifetime::GoodForSession,
        ..NewOrder::limit(OrderId(id), side, Ticks::new(price), Lots::new(volume))
    }
}

fn whole(mut order: NewOrder) -> NewOrder {
    order.terms.quantity = Quantity::AllOrNone;
    order
}

/// Contract, price and volume of each trade that an order brings.
fn send(
    books: &mut CoupledBooks,
    zone: usize,
    span: Span,
    order: &NewOrder,
) -> Vec<(u16, i64, i64)> {
    let mut events = Vec::new();
    books.submit(zone, span, order, &mut events).unwrap();
    fills(&events)
}

fn fills(events: &[CoupledEvent]) -> Vec<(u16, i64, i64)> {
    let fill = |event: &CoupledEvent| match event {
        CoupledEvent::Filled { span, fill, .. } => {
            Some((span.first, fill.price.count(), fill.volume.count()))
        }
        _ => None,
    };
    events.iter().filter_map(fill).collect()
}

fn room(books: &CoupledBooks, period: usize) -> [i64; 2] {
    books.links(period).next().unwrap().room.map(Lots::count)
}

#[test]
fn a_block_of_three_hours_of_ones_own_uses_the_border_in_all_of_them() {
    let mut books = day(96, CoupledRules::SIDC);
    let block = Span::block(5, 3);
    assert_eq!(
        send(&mut books, 0, block, &whole(order(1, Side::Sell, 40, 5))),
        []
    );
    let taken = send(&mut books, 1, block, &whole(order(2, Side::Buy, 45, 5)));
    assert_eq!(taken, [(5, 40, 5)]);
    for period in 0..96 {
        let expected = if (20..32).contains(&period) {
            [1, 11]
        } else {
            [6, 6]
        };
        assert_eq!(room(&books, period), expected, "quarter-hour {period}");
    }
    // What the block uses, the hours have no more.
    send(&mut books, 0, Span::of(6), &order(3, Side::Sell, 10, 4));
    let rest = send(&mut books, 1, Span::of(6), &order(4, Side::Buy, 20, 4));
    assert_eq!(rest, [(6, 10, 1)]);
}

#[test]
fn a_basket_is_filled_in_every_contract_or_in_none() {
    let mut books = day(96, CoupledRules::SIDC);
    send(&mut books, 0, Span::of(1), &order(1, Side::Sell, 10, 4));
    send(&mut books, 1, Span::of(9), &order(2, Side::Buy, 50, 2));
    let leg = |id, contract, side, price, volume| BasketLeg {
        zone: 1,
        contract,
        order: NewOrder {
            lifetime: Lifetime::FillOrKill,
            ..order(id, side, price, volume)
        },
    };
    let mut events = Vec::new();
    let too_much = [leg(3, 1, Side::Buy, 20, 4), leg(4, 9, Side::Sell, 30, 3)];
    books.submit_basket(&too_much, &mut events).unwrap();
    assert_eq!(fills(&events), []);
    assert_eq!(room(&books, 4), [6, 6], "nothing is kept of the border");
    events.clear();
    let fits = [leg(5, 1, Side::Buy, 20, 4), leg(6, 9, Side::Sell, 30, 2)];
    books.submit_basket(&fits, &mut events).unwrap();
    assert_eq!(fills(&events), [(1, 10, 4), (9, 50, 2)]);
    assert_eq!(room(&books, 4), [2, 10]);
}

#[test]
fn an_iceberg_shows_a_slice_and_goes_to_the_end_of_its_queue() {
    let mut books = day(96, CoupledRules::SIDC);
    let span = Span::of(0);
    let mut iceberg = order(1, Side::Sell, 10, 5);
    iceberg.terms.display = Display::Iceberg(Lots::new(2));
    send(&mut books, 0, span, &iceberg);
    send(&mut books, 0, span, &order(2, Side::Sell, 10, 1));
    let asks = books.depth(1, span, Side::Sell, 5).unwrap();
    assert_eq!((asks[0].volume.count(), asks[0].orders), (3, 2));
    let mut events = Vec::new();
    let taker = order(3, Side::Buy, 10, 4);
    books.submit(1, span, &taker, &mut events).unwrap();
    let makers = events.iter().filter_map(|event| match event {
        CoupledEvent::Filled { fill, .. } => Some((fill.maker.0, fill.volume.count())),
        _ => None,
    });
    assert_eq!(makers.collect::<Vec<_>>(), [(1, 2), (2, 1), (1, 1)]);
}

#[test]
fn an_all_or_none_order_waits_unseen_until_all_of_it_fits_through_the_border() {
    let mut books = day(96, CoupledRules::SIDC);
    let span = Span::of(0);
    send(&mut books, 0, span, &whole(order(1, Side::Sell, 10, 8)));
    assert_eq!(books.depth(0, span, Side::Sell, 5).unwrap(), []);
    assert_eq!(send(&mut books, 1, span, &order(2, Side::Buy, 20, 8)), []);
    let mut events = Vec::new();
    books
        .set_capacity(0, 1, 0..4, Lots::new(8), &mut events)
        .unwrap();
    assert_eq!(fills(&events).iter().map(|fill| fill.2).sum::<i64>(), 8);
}

#[test]
fn a_block_meets_its_hours_where_the_venue_implies_and_nowhere_else() {
    for (rules, expected) in [
        (CoupledRules::SIDC, vec![]),
        (CoupledRules::IMPLIED, vec![(5, 10, 3), (6, 30, 3)]),
    ] {
        let mut books = day(96, rules);
        send(&mut books, 0, Span::of(5), &order(1, Side::Sell, 10, 4));
        send(&mut books, 0, Span::of(6), &order(2, Side::Sell, 30, 3));
        let block = whole(order(3, Side::Buy, 20, 3));
        let traded = send(&mut books, 1, Span::block(5, 2), &block);
        assert_eq!(traded, expected);
    }
}

#[test]
fn the_last_hour_of_a_day_of_23_or_25_hours_trades_and_uses_its_own_quarter_hours() {
    for (quarter_hours, contracts) in [(92_u16, 161), (100, 175)] {
        let mut books = day(quarter_hours, CoupledRules::SIDC);
        assert_eq!(books.config().contracts.len(), contracts);
        let last = quarter_hours / 4 - 1;
        send(&mut books, 0, Span::of(last), &order(1, Side::Sell, 10, 9));
        let traded = send(&mut books, 1, Span::of(last), &order(2, Side::Buy, 10, 9));
        assert_eq!(traded, [(last, 10, 6)]);
        for period in 0..usize::from(quarter_hours) {
            let is_used = period >= usize::from(last) * 4;
            let expected = if is_used { [0, 12] } else { [6, 6] };
            assert_eq!(room(&books, period), expected);
        }
        // The last quarter-hour finds the border full; a block over the last three hours too.
        let quarter = Span::of(contracts as u16 - 1);
        send(&mut books, 0, quarter, &order(3, Side::Sell, 10, 1));
        assert_eq!(
            send(&mut books, 1, quarter, &order(4, Side::Buy, 10, 1)),
            []
        );
        let block = Span::block(last - 2, 3);
        send(&mut books, 0, block, &whole(order(5, Side::Sell, 10, 1)));
        let taken = send(&mut books, 1, block, &whole(order(6, Side::Buy, 10, 1)));
        assert_eq!(taken, []);
        let mut events = Vec::new();
        books.close_gate(0, usize::from(last), &mut events).unwrap();
        let ended = |event: &&CoupledEvent| {
            matches!(
                event,
                CoupledEvent::Order {
                    event: BookEvent::Cancelled { .. },
                    ..
                }
            )
        };
        // What was left of the hour, and the block that holds it.
        assert_eq!(events.iter().filter(ended).count(), 2);
    }
}
