//! The call auction against its definition, price by price.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_book::{BookConfig, BookEvent, NewOrder, OrderBook, Pricing};
use wattbook_domain::id::TradingBookId;
use wattbook_domain::market::Phase;
use wattbook_domain::order::{SelfTradePrevention, Side};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, OrderId, Ticks};

/// Side, limit or none for a market order, volume.
type Interest = (Side, Option<i64>, i64);

/// Price, volume, surplus of the auction, and the volume that traded.
fn clear(interests: &[Interest], reference: Option<i64>) -> (Option<(i64, i64, i64)>, i64) {
    let reference = reference.map(Ticks::new);
    let mut book = OrderBook::new(BookConfig {
        reference,
        ..BookConfig::default()
    });
    let mut events: Vec<BookEvent> = Vec::new();
    book.set_phase(Phase::OpeningCall, &mut events);
    for (at, (side, price, volume)) in interests.iter().enumerate() {
        let pricing = price.map_or(Pricing::Market, |price| Pricing::Limit(Ticks::new(price)));
        let order = NewOrder::new(OrderId(at as u64), *side, Lots::new(*volume), pricing);
        book.submit(&order, &mut events);
    }
    book.set_phase(Phase::Continuous, &mut events);
    let mut cleared = None;
    let mut traded = 0;
    for event in &events {
        match event {
            BookEvent::AuctionCleared {
                price,
                volume,
                surplus,
            } => {
                cleared = Some((price.count(), volume.count(), surplus.count()));
            }
            BookEvent::Filled(fill) => {
                assert_eq!(Some(fill.price.count()), cleared.map(|cleared| cleared.0));
                traded += fill.volume.count();
            }
            _ => {}
        }
    }
    (cleared, traded)
}

/// What is bid and asked at `price`.
fn at(interests: &[Interest], price: i64) -> (i64, i64) {
    let sum = |side, reaches: &dyn Fn(i64) -> bool| {
        let of_side = interests.iter().filter(|interest| interest.0 == side);
        of_side
            .filter(|i| i.1.is_none_or(reaches))
            .map(|i| i.2)
            .sum::<i64>()
    };
    (
        sum(Side::Buy, &|limit| limit >= price),
        sum(Side::Sell, &|limit| limit <= price),
    )
}

fn interest() -> impl Strategy<Value = Interest> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    (side, proptest::option::weighted(0.85, -8_i64..9), 1_i64..20)
}

proptest! {
    #[test]
    fn no_price_trades_more_and_none_that_trades_as_much_leaves_less_over(
        interests in proptest::collection::vec(interest(), 0..14),
        reference in proptest::option::of(-10_i64..11),
    ) {
        let (cleared, traded) = clear(&interests, reference);
        let volume = |price| { let (bid, asked) = at(&interests, price); bid.min(asked) };
        let surplus = |price| { let (bid, asked) = at(&interests, price); bid - asked };
        let all = -12_i64..13;
        let most = all.clone().map(volume).max().unwrap();
        let Some((price, told_volume, told_surplus)) = cleared else {
            let limits = interests.iter().any(|interest| interest.1.is_some());
            prop_assert!(most == 0 || (!limits && reference.is_none()));
            return Ok(());
        };
        prop_assert_eq!((told_volume, told_surplus), (volume(price), surplus(price)));
        prop_assert_eq!(traded, told_volume);
        prop_assert_eq!(told_volume, most);
        // Among limits: a price between two of them may leave nothing over when they do.
        let limits = all.filter(|price| interests.iter().any(|i| i.1 == Some(*price)));
        let best = limits.filter(|price| volume(*price) == most).map(|price| surplus(price).abs());
        if let Some(least) = best.min() {
            prop_assert!(told_surplus.abs() <= least);
        }
    }
}

const BUY: Side = Side::Buy;
const SELL: Side = Side::Sell;

#[test]
fn the_most_volume_decides_first() {
    let book = [
        (BUY, Some(202), 200),
        (BUY, Some(201), 200),
        (BUY, Some(200), 300),
        (SELL, Some(198), 200),
        (SELL, Some(199), 300),
        (SELL, Some(200), 200),
    ];
    assert_eq!(clear(&book, None), (Some((200, 700, 0)), 700));
}

#[test]
fn then_the_smallest_surplus() {
    let book = [(BUY, Some(12), 10), (SELL, Some(8), 10), (BUY, Some(9), 4)];
    // At 8 and 9 buyers of 4 are left over, at 12 none.
    assert_eq!(clear(&book, Some(8)), (Some((12, 10, 0)), 10));
}

#[test]
fn then_the_side_that_is_left_over_moves_the_price() {
    let buyers = [(BUY, Some(12), 15), (SELL, Some(8), 10)];
    assert_eq!(clear(&buyers, Some(0)), (Some((12, 10, 5)), 10));
    let sellers = [(BUY, Some(12), 10), (SELL, Some(8), 15)];
    assert_eq!(clear(&sellers, Some(20)), (Some((8, 10, -5)), 10));
}

#[test]
fn then_the_reference_price_within_the_candidates() {
    let even = [(BUY, Some(12), 10), (SELL, Some(-8), 10)];
    for (reference, price) in [(Some(20), 12), (Some(-20), -8), (Some(3), 3), (None, 2)] {
        assert_eq!(clear(&even, reference), (Some((price, 10, 0)), 10));
    }
}

#[test]
fn market_orders_alone_need_a_reference_price() {
    let book = [(BUY, None, 10), (SELL, None, 4)];
    assert_eq!(clear(&book, Some(-3)), (Some((-3, 4, 6)), 4));
    assert_eq!(clear(&book, None), (None, 0));
}

/// A call in which trading book 1 bids and asks: the orders as (id, side, price, volume, book, mode).
type Quoted = (u64, Side, i64, i64, u16, SelfTradePrevention);

/// What is told when the call of `orders` ends, but for phases and rests; and what is left open.
fn call(prevents: bool, orders: &[Quoted]) -> (Vec<BookEvent>, Vec<(u64, i64)>) {
    let mut book = OrderBook::new(BookConfig {
        auctions_prevent_self_trades: prevents,
        ..BookConfig::default()
    });
    let mut events: Vec<BookEvent> = Vec::new();
    book.set_phase(Phase::OpeningCall, &mut events);
    for &(id, side, price, volume, trading_book, self_trade) in orders {
        let plain = NewOrder::limit(OrderId(id), side, Ticks::new(price), Lots::new(volume));
        let order = NewOrder {
            trading_book: TradingBookId(trading_book),
            self_trade,
            ..plain
        };
        book.submit(&order, &mut events);
    }
    events.clear();
    book.set_phase(Phase::Continuous, &mut events);
    events.retain(|event| !matches!(event, BookEvent::PhaseChanged { .. }));
    let left = [BUY, SELL].into_iter().flat_map(|side| {
        let orders: Vec<_> = book.orders(side).collect();
        orders
    });
    let left = left.map(|order| (order.order_id.0, order.open.count()));
    (events, left.collect())
}

/// Book 1 bids 10 at 12 and asks 10 at 8; book 2 asks 4 at 8 before it and bids 10 at 9.
fn crossing(newest: SelfTradePrevention) -> [Quoted; 4] {
    [
        (1, SELL, 8, 4, 2, SelfTradePrevention::Allow),
        (2, BUY, 12, 10, 1, SelfTradePrevention::Allow),
        (3, BUY, 9, 10, 2, SelfTradePrevention::Allow),
        (4, SELL, 8, 10, 1, newest),
    ]
}

fn pairs(events: &[BookEvent]) -> Vec<(u64, u64, i64, i64)> {
    let pair = |event: &BookEvent| match event {
        BookEvent::Filled(fill) => Some((
            fill.maker.0,
            fill.taker.0,
            fill.price.count(),
            fill.volume.count(),
        )),
        _ => None,
    };
    events.iter().filter_map(pair).collect()
}

#[test]
fn an_auction_does_not_match_a_book_with_itself() {
    use SelfTradePrevention as Mode;
    // As they stand 14 trade at 9, 6 of them between the two orders of book 1.
    let (events, _) = call(false, &crossing(Mode::CancelBoth));
    assert_eq!(pairs(&events), [(2, 1, 9, 4), (2, 4, 9, 6), (3, 4, 9, 4)]);
    let (events, left) = call(true, &crossing(Mode::Allow));
    assert_eq!(pairs(&events).len(), 3);
    assert_eq!(left, [(3, 6)]);
    // The newest gone, buyers are left over at every price of most volume: the highest of them.
    let (events, left) = call(true, &crossing(Mode::CancelNewest));
    let gone = |id, volume| BookEvent::Cancelled {
        order_id: OrderId(id),
        volume: Lots::new(volume),
        reason: VenueReason::SelfTrade,
    };
    assert_eq!(events[0], gone(4, 10));
    assert_eq!(pairs(&events), [(2, 1, 12, 4)]);
    assert_eq!(left, [(2, 6), (3, 10)]);
    // The oldest gone, the newest trades with the other book.
    let (events, left) = call(true, &crossing(Mode::CancelOldest));
    assert_eq!(events[0], gone(2, 10));
    assert_eq!(pairs(&events), [(3, 1, 8, 4), (3, 4, 8, 6)]);
    assert_eq!(left, [(4, 4)]);
    let (events, left) = call(true, &crossing(Mode::CancelBoth));
    assert_eq!(events[..2], [gone(2, 10), gone(4, 10)]);
    assert_eq!(pairs(&events), [(3, 1, 9, 4)]);
    assert_eq!(left, [(3, 6)]);
}

#[test]
fn both_shrink_by_what_they_would_have_traded_with_each_other() {
    let (events, left) = call(true, &crossing(SelfTradePrevention::Decrement));
    let shrunk = BookEvent::SelfTradeDecremented {
        maker: OrderId(2),
        taker: OrderId(4),
        volume: Lots::new(6),
        maker_total: Lots::new(4),
        taker_total: Lots::new(4),
    };
    assert_eq!(events[0], shrunk);
    let cleared = BookEvent::AuctionCleared {
        price: Ticks::new(9),
        volume: Lots::new(8),
        surplus: Lots::new(6),
    };
    assert_eq!(events[1], cleared);
    assert_eq!(pairs(&events), [(2, 1, 9, 4), (3, 4, 9, 4)]);
    assert_eq!(left, [(3, 6)]);
}

#[test]
fn own_orders_that_the_auction_would_not_match_stay() {
    let mode = SelfTradePrevention::CancelBoth;
    let book = [
        (1, BUY, 10, 5, 1, mode),
        (2, SELL, 10, 5, 2, mode),
        (3, SELL, 10, 5, 1, mode),
        (4, BUY, 9, 5, 1, mode),
    ];
    let (events, left) = call(true, &book);
    assert_eq!(pairs(&events), [(1, 2, 10, 5)]);
    assert_eq!(left, [(4, 5), (3, 5)]);
}
