//! Coupled zones, case by case.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use wattbook_book::{
    BookEvent, CoupledBooks, CoupledConfig, CoupledContract, CoupledEvent, CoupledFault,
    CoupledLink, CoupledRules, Display, Lifetime, NewOrder, Pricing, Quantity, Span, Terms,
    UnsupportedTerm,
};
use wattbook_domain::order::{SelfTradePrevention, Side};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, OrderId, Ticks};

const QUARTER: CoupledContract = CoupledContract {
    first: 0,
    periods: 1,
};

/// The one contract.
const ONLY: Span = Span::of(0);

/// Zones joined by links: zones, capacity there, capacity back.
fn books(zones: usize, links: &[(usize, usize, i64, i64)]) -> CoupledBooks {
    let link = |(from, to, there, back): &(usize, usize, i64, i64)| CoupledLink {
        zones: [*from, *to],
        capacity: [Lots::new(*there), Lots::new(*back)],
    };
    CoupledBooks::new(&CoupledConfig {
        zones,
        periods: 1,
        contracts: vec![QUARTER],
        links: links.iter().map(link).collect(),
        rules: CoupledRules::SIDC,
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

/// The trades that an order brings.
fn send(books: &mut CoupledBooks, zone: usize, order: NewOrder) -> Vec<(u64, u64, i64, i64)> {
    let mut events = Vec::new();
    books.submit(zone, ONLY, &order, &mut events).unwrap();
    fills(&events)
}

fn buy(books: &mut CoupledBooks, zone: usize, terms: (u64, i64, i64)) -> Vec<(u64, u64, i64, i64)> {
    send(books, zone, order(terms.0, Side::Buy, terms.1, terms.2))
}

fn sell(
    books: &mut CoupledBooks,
    zone: usize,
    terms: (u64, i64, i64),
) -> Vec<(u64, u64, i64, i64)> {
    send(books, zone, order(terms.0, Side::Sell, terms.1, terms.2))
}

/// Maker, taker, price, volume.
fn fills(events: &[CoupledEvent]) -> Vec<(u64, u64, i64, i64)> {
    let fill = |event: &CoupledEvent| match event {
        CoupledEvent::Filled { fill, .. } => Some((
            fill.maker.0,
            fill.taker.0,
            fill.price.count(),
            fill.volume.count(),
        )),
        _ => None,
    };
    events.iter().filter_map(fill).collect()
}

/// From, to, volume.
fn flows(events: &[CoupledEvent]) -> Vec<(usize, usize, i64)> {
    let flow = |event: &CoupledEvent| match *event {
        CoupledEvent::Flowed {
            from, to, volume, ..
        } => Some((from, to, volume.count())),
        _ => None,
    };
    events.iter().filter_map(flow).collect()
}

fn asks(books: &mut CoupledBooks, zone: usize) -> Vec<(i64, i64)> {
    let levels = books.depth(zone, ONLY, Side::Sell, 10).unwrap();
    let line = |level: &wattbook_book::DepthLevel| (level.price.count(), level.volume.count());
    levels.iter().map(line).collect()
}

fn rooms(books: &CoupledBooks) -> Vec<[i64; 2]> {
    books
        .links(0)
        .map(|link| link.room.map(Lots::count))
        .collect()
}

#[test]
fn a_cheaper_order_of_a_neighbour_goes_before_a_local_one() {
    let mut books = books(2, &[(0, 1, 100, 0)]);
    sell(&mut books, 1, (1, 50, 5));
    sell(&mut books, 0, (2, 40, 5));
    assert_eq!(
        buy(&mut books, 1, (3, 60, 8)),
        [(2, 3, 40, 5), (1, 3, 50, 3)]
    );
}

#[test]
fn at_one_price_the_oldest_trades_first_wherever_it_stands() {
    let mut books = books(3, &[(0, 1, 100, 100), (1, 2, 100, 100)]);
    sell(&mut books, 2, (1, 50, 2));
    sell(&mut books, 1, (2, 50, 2));
    sell(&mut books, 0, (3, 50, 2));
    let trades = buy(&mut books, 1, (4, 50, 6));
    assert_eq!(trades, [(1, 4, 50, 2), (2, 4, 50, 2), (3, 4, 50, 2)]);
}

#[test]
fn a_path_over_two_borders_carries_what_the_narrower_one_has() {
    let mut books = books(3, &[(0, 1, 7, 0), (2, 1, 0, 4)]);
    sell(&mut books, 0, (1, 30, 10));
    assert_eq!(asks(&mut books, 0), [(30, 10)]);
    assert_eq!(asks(&mut books, 1), [(30, 7)]);
    assert_eq!(asks(&mut books, 2), [(30, 4)]);
    let mut events = Vec::new();
    let taker = order(2, Side::Buy, 35, 10);
    books.submit(2, ONLY, &taker, &mut events).unwrap();
    assert_eq!(fills(&events), [(1, 2, 30, 4)]);
    assert_eq!(flows(&events), [(0, 1, 4), (1, 2, 4)]);
    assert_eq!(rooms(&books), [[3, 4], [4, 0]]);
    assert_eq!(asks(&mut books, 1), [(30, 3)]);
    // What found no capacity rests, above an offer that it cannot reach.
    assert_eq!(
        books.top(2, ONLY).unwrap().bid,
        Some((Ticks::new(35), Lots::new(6)))
    );
    assert_eq!(books.top(2, ONLY).unwrap().ask, None);
}

#[test]
fn a_trade_against_the_flow_gives_capacity_back() {
    let mut books = books(2, &[(0, 1, 5, 0)]);
    sell(&mut books, 0, (1, 30, 8));
    assert_eq!(buy(&mut books, 1, (2, 30, 5)), [(1, 2, 30, 5)]);
    assert_eq!(rooms(&books), [[0, 5]]);
    assert_eq!(asks(&mut books, 1), []);
    // Zone 0 had no way to buy from zone 1; netting makes one, and it makes room the other way.
    sell(&mut books, 1, (3, 20, 2));
    assert_eq!(buy(&mut books, 0, (4, 25, 2)), [(3, 4, 20, 2)]);
    assert_eq!(rooms(&books), [[2, 3]]);
    assert_eq!(asks(&mut books, 1), [(30, 2)]);
}

#[test]
fn the_shortest_path_goes_first_then_the_next() {
    let mut books = books(3, &[(0, 2, 3, 0), (0, 1, 100, 0), (1, 2, 4, 0)]);
    sell(&mut books, 0, (1, 10, 20));
    let mut events = Vec::new();
    books
        .submit(2, ONLY, &order(2, Side::Buy, 10, 20), &mut events)
        .unwrap();
    assert_eq!(fills(&events), [(1, 2, 10, 3), (1, 2, 10, 4)]);
    assert_eq!(flows(&events), [(0, 2, 3), (0, 1, 4), (1, 2, 4)]);
}

#[test]
fn new_capacity_lets_crossed_orders_trade_at_the_price_of_the_older() {
    let mut books = books(2, &[(0, 1, 0, 0)]);
    sell(&mut books, 0, (1, 20, 5));
    buy(&mut books, 1, (2, 30, 5));
    buy(&mut books, 1, (3, 40, 1));
    let mut events = Vec::new();
    books
        .set_capacity(0, 1, 0..1, Lots::new(3), &mut events)
        .unwrap();
    assert_eq!(fills(&events), [(1, 3, 20, 1), (1, 2, 20, 2)]);
    assert_eq!(rooms(&books), [[0, 3]]);

    let mut books = self::books(2, &[(0, 1, 9, 0)]);
    books.set_allocating([1, 0], 0, false, &mut events).unwrap();
    buy(&mut books, 1, (1, 30, 5));
    assert_eq!(sell(&mut books, 0, (2, 20, 4)), []);
    events.clear();
    books.set_allocating([0, 1], 0, true, &mut events).unwrap();
    assert_eq!(fills(&events), [(1, 2, 30, 4)]);
}

#[test]
fn less_capacity_than_flow_undoes_nothing_and_leaves_the_way_back() {
    let mut books = books(2, &[(0, 1, 9, 2)]);
    sell(&mut books, 0, (1, 20, 9));
    buy(&mut books, 1, (2, 20, 6));
    let mut events = Vec::new();
    books
        .set_capacity(0, 1, 0..1, Lots::new(0), &mut events)
        .unwrap();
    assert_eq!(fills(&events), []);
    assert_eq!(rooms(&books), [[0, 8]]);
    assert_eq!(books.links(0).next().unwrap().flow, Lots::new(6));
    assert_eq!(asks(&mut books, 1), []);
}

#[test]
fn fill_or_kill_counts_what_capacity_lets_through() {
    let mut books = books(2, &[(0, 1, 4, 0)]);
    sell(&mut books, 0, (1, 20, 9));
    sell(&mut books, 1, (2, 25, 3));
    let whole = |id, volume| NewOrder {
        lifetime: Lifetime::FillOrKill,
        ..order(id, Side::Buy, 30, volume)
    };
    assert_eq!(send(&mut books, 1, whole(3, 8)), []);
    assert_eq!(books.order(OrderId(3)), None);
    assert_eq!(rooms(&books), [[4, 0]]);
    assert_eq!(
        send(&mut books, 1, whole(4, 7)),
        [(1, 4, 20, 4), (2, 4, 25, 3)]
    );
}

#[test]
fn a_closed_gate_ends_the_orders_of_its_zone_and_lets_others_pass() {
    let mut books = books(3, &[(0, 1, 9, 9), (1, 2, 9, 9)]);
    sell(&mut books, 1, (2, 20, 1));
    buy(&mut books, 1, (1, 10, 1));
    let mut events = Vec::new();
    books.close_gate(1, 0, &mut events).unwrap();
    let ended = |id| CoupledEvent::Order {
        zone: 1,
        span: ONLY,
        event: BookEvent::Cancelled {
            order_id: OrderId(id),
            volume: Lots::new(1),
            reason: VenueReason::GateClosed,
        },
    };
    let closed = CoupledEvent::Order {
        zone: 1,
        span: ONLY,
        event: BookEvent::GateClosed,
    };
    assert_eq!(events, [ended(1), ended(2), closed]);
    sell(&mut books, 0, (3, 20, 1));
    assert_eq!(buy(&mut books, 2, (4, 20, 1)), [(3, 4, 20, 1)]);
    events.clear();
    books
        .submit(1, ONLY, &order(5, Side::Buy, 1, 1), &mut events)
        .unwrap();
    let reason = VenueReason::GateClosed;
    let order_id = OrderId(5);
    let event = BookEvent::Rejected { order_id, reason };
    assert_eq!(
        events,
        [CoupledEvent::Order {
            zone: 1,
            span: ONLY,
            event
        }]
    );
}

#[test]
fn what_is_not_there_is_refused_by_name() {
    use UnsupportedTerm as Term;
    let mut books = books(2, &[]);
    let plain = order(1, Side::Buy, 1, 5);
    let with = |quantity, display, one_cancels_other| NewOrder {
        terms: Terms {
            quantity,
            display,
            one_cancels_other,
        },
        ..plain
    };
    let least = Quantity::Minimum(Lots::new(2));
    let asked = [
        (
            with(Quantity::AllOrNone, Display::Iceberg(Lots::new(1)), None),
            Term::Iceberg,
        ),
        (with(least, Display::Full, None), Term::MinimumQuantity),
        (with(Quantity::Any, Display::Hidden, None), Term::Hidden),
        (
            with(Quantity::Any, Display::Full, Some(1)),
            Term::OneCancelsOther,
        ),
        (
            NewOrder {
                pricing: Pricing::Market,
                ..plain
            },
            Term::Pricing,
        ),
        (
            NewOrder {
                lifetime: Lifetime::Day,
                ..plain
            },
            Term::Lifetime,
        ),
        (
            NewOrder {
                self_trade: SelfTradePrevention::CancelNewest,
                ..plain
            },
            Term::SelfTradePrevention,
        ),
    ];
    let mut events = Vec::new();
    for (order, term) in asked {
        let fault = books.submit(0, ONLY, &order, &mut events).unwrap_err();
        let order_id = OrderId(1);
        assert_eq!(fault, CoupledFault::Unsupported { order_id, term });
    }
    let unknown = CoupledFault::UnknownZone { zone: 2, zones: 2 };
    assert_eq!(books.submit(2, ONLY, &plain, &mut events), Err(unknown));
    let unlinked = CoupledFault::UnknownLink { from: 0, to: 1 };
    let capacity = books.set_capacity(0, 1, 0..1, Lots::new(1), &mut events);
    assert_eq!(capacity, Err(unlinked));
    assert_eq!(events, []);
}

#[test]
fn links_that_do_not_fit_are_refused_by_name() {
    let fault = |zones, links: &[([usize; 2], i64)]| {
        let link = |(zones, lots): &([usize; 2], i64)| CoupledLink {
            zones: *zones,
            capacity: [Lots::new(*lots), Lots::new(0)],
        };
        let config = CoupledConfig {
            zones,
            periods: 1,
            contracts: vec![QUARTER],
            links: links.iter().map(link).collect(),
            rules: CoupledRules::SIDC,
            price_limits: None,
            expected_orders: 1,
        };
        CoupledBooks::new(&config).unwrap_err()
    };
    let (from, to) = (0, 1);
    assert_eq!(fault(129, &[]), CoupledFault::TooManyZones { zones: 129 });
    let unknown = CoupledFault::UnknownZone { zone: 2, zones: 2 };
    assert_eq!(fault(2, &[([0, 2], 1)]), unknown);
    assert_eq!(
        fault(2, &[([1, 1], 1)]),
        CoupledFault::LinkToItself { zone: 1 }
    );
    let (one, back) = (([1, 0], 1), ([0, 1], 1));
    assert_eq!(
        fault(2, &[one, back]),
        CoupledFault::RepeatedLink { from, to }
    );
    let capacity = Lots::new(-1);
    let below = CoupledFault::CapacityOutOfRange { from, to, capacity };
    assert_eq!(fault(2, &[([0, 1], -1)]), below);
}

#[test]
fn the_last_of_128_zones_trades_with_the_first_over_all_of_them() {
    let chain: Vec<_> = (0..127).map(|zone| (zone, zone + 1, 5, 0)).collect();
    let mut books = books(128, &chain);
    sell(&mut books, 0, (1, 20, 9));
    assert_eq!(asks(&mut books, 127), [(20, 5)]);
    assert_eq!(buy(&mut books, 127, (2, 20, 9)), [(1, 2, 20, 5)]);
    assert_eq!(rooms(&books), vec![[0, 5]; 127]);
}
