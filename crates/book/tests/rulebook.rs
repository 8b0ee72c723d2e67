//! Worked examples of the rules that exchanges print for their order types.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod venue;

use venue::{Venue, limit};
use wattbook_book::{
    Amend, BookConfig, BookEvent, CollarBreach, Collars, Display, Lifetime, LinkedBooks,
    LinkedFault, LinkedLeg, NewOrder, OrderBook, Pricing, Quantity,
};
use wattbook_domain::id::TradingBookId;
use wattbook_domain::market::Phase;
use wattbook_domain::order::{Peg, SelfTradePrevention, Side};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, OrderId, Ticks, Timestamp};

use Side::{Buy, Sell};

#[test]
fn price_comes_before_time_and_trades_are_at_the_price_of_the_resting_order() {
    let mut venue = Venue::open();
    let late_but_better = {
        venue.send(Sell, 5, limit(-3));
        venue.send(Sell, 5, limit(-3));
        venue.send(Sell, 5, limit(-4))
    };
    let taker = venue.send(Buy, 12, limit(0));
    assert_eq!(
        venue.trades(),
        [
            (late_but_better, taker, -4, 5),
            (1, taker, -3, 5),
            (2, taker, -3, 2)
        ]
    );
}

#[test]
fn each_slice_of_an_iceberg_queues_behind_what_came_before_it() {
    let mut venue = Venue::open();
    let iceberg = venue.send_with(Sell, 30, limit(10), |order| {
        order.terms.display = Display::Iceberg(Lots::new(10));
    });
    let plain = venue.send(Sell, 10, limit(10));
    let taker = venue.send(Buy, 25, limit(10));
    assert_eq!(
        venue.trades(),
        [
            (iceberg, taker, 10, 10),
            (plain, taker, 10, 10),
            (iceberg, taker, 10, 5)
        ]
    );
    assert_eq!(venue.queue(Sell), [(iceberg, 5)]);
    assert_eq!(
        venue.book.order(OrderId(iceberg)).unwrap().open,
        Lots::new(15)
    );
}

#[test]
fn hidden_orders_stand_behind_displayed_ones_of_their_price() {
    let mut venue = Venue::open();
    let hidden = venue.send_with(Sell, 5, limit(10), |order| {
        order.terms.display = Display::Hidden;
    });
    let shown = venue.send(Sell, 5, limit(10));
    let taker = venue.send(Buy, 8, limit(10));
    assert_eq!(
        venue.trades(),
        [(shown, taker, 10, 5), (hidden, taker, 10, 3)]
    );
    assert_eq!(venue.book.top().ask, None);
}

#[test]
fn a_woken_stop_can_wake_the_next() {
    let mut venue = Venue::open();
    for price in [100, 99, 98] {
        venue.send(Buy, 1, limit(price));
    }
    let second = venue.send(
        Sell,
        1,
        Pricing::Stop {
            trigger: Ticks::new(99),
        },
    );
    let first = venue.send(
        Sell,
        1,
        Pricing::Stop {
            trigger: Ticks::new(100),
        },
    );
    let seller = venue.send(Sell, 1, limit(100));
    assert_eq!(
        venue.trades(),
        [(1, seller, 100, 1), (2, first, 99, 1), (3, second, 98, 1)]
    );
}

#[test]
fn a_trailing_stop_follows_the_market_and_never_retreats() {
    let mut venue = Venue::open();
    let trade_at = |venue: &mut Venue, price| {
        venue.send(Sell, 1, limit(price));
        venue.send(Buy, 1, limit(price));
    };
    trade_at(&mut venue, 100);
    let distance = Ticks::new(5);
    let stop = venue.send(
        Sell,
        2,
        Pricing::TrailingStop {
            distance,
            trigger: None,
        },
    );
    trade_at(&mut venue, 110);
    trade_at(&mut venue, 106);
    assert!(!venue.events.contains(&BookEvent::Triggered {
        order_id: OrderId(stop)
    }));
    venue.send(Buy, 2, limit(104));
    trade_at(&mut venue, 105);
    assert_eq!(venue.trades().last(), Some(&(8, stop, 104, 2)));
}

#[test]
fn fill_or_kill_takes_all_or_nothing_at_once() {
    let mut venue = Venue::open();
    venue.send(Sell, 5, limit(1));
    venue.send_with(Sell, 9, limit(2), |order| {
        order.terms.display = Display::Iceberg(Lots::new(1));
    });
    let kill = |order: &mut NewOrder| order.lifetime = Lifetime::FillOrKill;
    let too_large = venue.send_with(Buy, 15, limit(2), kill);
    assert_eq!(venue.ended(too_large), Some(VenueReason::Unfilled));
    assert_eq!(venue.trades(), []);
    venue.send_with(Buy, 14, limit(2), kill);
    assert_eq!(venue.trades().iter().map(|trade| trade.3).sum::<i64>(), 14);
}

#[test]
fn an_all_or_none_order_waits_unseen_until_it_can_trade_in_whole() {
    let mut venue = Venue::open();
    let all = venue.send_with(Buy, 10, limit(5), |order| {
        order.terms.quantity = Quantity::AllOrNone;
    });
    venue.send(Sell, 6, limit(5));
    assert_eq!(venue.trades(), []);
    assert_eq!(venue.queue(Sell), [(2, 6)]);
    venue.send(Sell, 6, limit(4));
    assert_eq!(venue.trades(), [(3, all, 4, 6), (2, all, 5, 4)]);
}

#[test]
fn a_minimum_quantity_holds_for_the_first_execution_only() {
    let mut venue = Venue::open();
    let least = venue.send_with(Buy, 10, limit(5), |order| {
        order.terms.quantity = Quantity::Minimum(Lots::new(4));
    });
    let small = venue.send(Sell, 3, limit(5));
    assert_eq!(venue.trades(), []);
    venue.book.cancel(OrderId(small), &mut venue.events);
    let enough = venue.send(Sell, 4, limit(5));
    assert_eq!(venue.trades(), [(least, enough, 5, 4)]);
    assert_eq!(venue.queue(Buy), [(least, 6)]);
}

#[test]
fn the_first_fill_of_one_order_cancels_the_other() {
    let mut venue = Venue::open();
    let pair = |order: &mut NewOrder| order.terms.one_cancels_other = Some(9);
    let high = venue.send_with(Sell, 5, limit(10), pair);
    let low = venue.send_with(
        Sell,
        5,
        Pricing::Stop {
            trigger: Ticks::new(2),
        },
        pair,
    );
    venue.send(Buy, 1, limit(10));
    assert_eq!(venue.ended(low), Some(VenueReason::OneCancelsOther));
    assert_eq!(venue.queue(Sell), [(high, 4)]);
}

#[test]
fn no_taker_fills_two_orders_of_one_group() {
    let mut venue = Venue::open();
    let pair = |order: &mut NewOrder| order.terms.one_cancels_other = Some(9);
    let first = venue.send_with(Sell, 5, limit(10), pair);
    venue.send_with(Sell, 5, limit(11), pair);
    let taker = venue.send_with(Buy, 10, limit(11), |order| {
        order.lifetime = Lifetime::ImmediateOrCancel;
    });
    assert_eq!(venue.trades(), [(first, taker, 10, 5)]);
    let kill = venue.send_with(Buy, 10, limit(11), |order| {
        order.lifetime = Lifetime::FillOrKill;
    });
    assert_eq!(venue.ended(kill), Some(VenueReason::Unfilled));
}

#[test]
fn each_mode_prevents_a_self_trade_in_its_way() {
    let own = |order: &mut NewOrder| order.trading_book = TradingBookId(7);
    let meet = |mode| {
        let mut venue = Venue::open();
        venue.send_with(Sell, 4, limit(1), own);
        venue.send(Sell, 4, limit(1));
        venue.send_with(Buy, 6, limit(1), |order| {
            own(order);
            order.self_trade = mode;
        });
        let volumes: Vec<(u64, i64)> = venue.trades().iter().map(|t| (t.0, t.3)).collect();
        (volumes, venue.ended(1), venue.ended(3), venue.queue(Buy))
    };
    let prevented = Some(VenueReason::SelfTrade);
    assert_eq!(
        meet(SelfTradePrevention::Allow),
        (vec![(1, 4), (2, 2)], None, None, vec![])
    );
    assert_eq!(
        meet(SelfTradePrevention::CancelNewest),
        (vec![], None, prevented, vec![])
    );
    assert_eq!(
        meet(SelfTradePrevention::CancelOldest),
        (vec![(2, 4)], prevented, None, vec![(3, 2)])
    );
    assert_eq!(
        meet(SelfTradePrevention::CancelBoth),
        (vec![], prevented, prevented, vec![])
    );
    assert_eq!(
        meet(SelfTradePrevention::Decrement),
        (vec![(2, 2)], prevented, None, vec![])
    );
}

#[test]
fn market_to_limit_takes_the_best_price_and_rests_there() {
    let mut venue = Venue::open();
    venue.send(Sell, 3, limit(-7));
    venue.send(Sell, 3, limit(-6));
    let order = venue.send(Buy, 5, Pricing::MarketToLimit);
    assert_eq!(venue.trades(), [(1, order, -7, 3)]);
    assert_eq!(venue.book.top().bid, Some((Ticks::new(-7), Lots::new(2))));
    let mut empty = Venue::open();
    let order = empty.send(Buy, 5, Pricing::MarketToLimit);
    assert_eq!(empty.ended(order), Some(VenueReason::Unfilled));
}

#[test]
fn a_midpoint_peg_rounds_away_from_the_market_and_moves_with_it() {
    let mut venue = Venue::open();
    venue.send(Buy, 1, limit(-5));
    venue.send(Sell, 1, limit(2));
    let peg = Pricing::Pegged {
        peg: Peg::Midpoint,
        offset: Ticks::new(0),
        limit: None,
    };
    let buy = venue.send(Buy, 4, peg);
    let price = |venue: &Venue| venue.book.order(OrderId(buy)).unwrap().price;
    assert_eq!(price(&venue), Some(Ticks::new(-2)));
    venue.send(Buy, 1, limit(-1));
    assert_eq!(price(&venue), Some(Ticks::new(0)));
    let taker = venue.send(Sell, 3, limit(0));
    assert_eq!(venue.trades(), [(buy, taker, 0, 3)]);
}

#[test]
fn a_smaller_volume_keeps_the_place_and_a_larger_or_a_new_price_loses_it() {
    let mut venue = Venue::open();
    let amend = |venue: &mut Venue, id, price: Option<i64>, volume: Option<i64>| {
        let amend = Amend {
            order_id: OrderId(id),
            price: price.map(Ticks::new),
            volume: volume.map(Lots::new),
            trigger: None,
        };
        venue.book.amend(&amend, &mut venue.events);
    };
    for _ in 0..3 {
        venue.send(Buy, 5, limit(1));
    }
    amend(&mut venue, 1, None, Some(3));
    assert_eq!(venue.queue(Buy), [(1, 3), (2, 5), (3, 5)]);
    amend(&mut venue, 1, None, Some(4));
    assert_eq!(venue.queue(Buy), [(2, 5), (3, 5), (1, 4)]);
    amend(&mut venue, 2, Some(2), None);
    amend(&mut venue, 2, Some(1), None);
    assert_eq!(venue.queue(Buy), [(3, 5), (1, 4), (2, 5)]);
}

#[test]
fn the_book_halts_when_a_command_would_trade_beyond_the_collar() {
    let collars = Collars {
        fixed: None,
        dynamic: Some(Ticks::new(10)),
        on_breach: CollarBreach::Halt,
    };
    let reference = Some(Ticks::new(100));
    let mut venue = Venue::new(BookConfig {
        collars,
        reference,
        ..BookConfig::default()
    });
    venue.send(Sell, 1, limit(108));
    venue.send(Sell, 1, limit(115));
    let buyer = venue.send(Buy, 2, limit(120));
    assert_eq!(venue.trades(), [(1, buyer, 108, 1)]);
    assert_eq!(venue.book.phase(), Phase::Halted);
    assert_eq!(venue.queue(Buy), [(buyer, 1)]);
    let refused = venue.send(Buy, 1, limit(100));
    assert_eq!(venue.ended(refused), Some(VenueReason::NotTrading));
    venue.phase(Phase::Continuous);
    assert_eq!(venue.trades().len(), 2);
}

#[test]
fn a_cancel_measures_the_collar_from_the_last_trade() {
    // Found by the model: a plain cancel once kept the collar of an older command, so that a pegged
    // order freed by it could not trade.
    let collars = Collars {
        dynamic: Some(Ticks::new(1)),
        ..Collars::default()
    };
    let mut venue = Venue::new(BookConfig {
        collars,
        ..BookConfig::default()
    });
    venue.send(Buy, 7, limit(0));
    venue.send(Sell, 1, limit(0));
    venue.send(Sell, 10, limit(2));
    let peg = Pricing::Pegged {
        peg: Peg::Market,
        offset: Ticks::new(0),
        limit: None,
    };
    let peg = venue.send(Buy, 1, peg);
    venue.phase(Phase::OpeningCall);
    venue.send(Buy, 1, limit(2));
    let other = venue.send(Buy, 1, limit(0));
    venue.phase(Phase::Continuous);
    venue.book.cancel(OrderId(other), &mut venue.events);
    assert_eq!(venue.trades().last(), Some(&(3, peg, 2, 1)));
}

#[test]
fn a_woken_stop_enters_though_the_last_waiting_stop_has_just_been_cancelled() {
    // Found by the model: the cancel of the waiting stop by its group once hid the woken one.
    let mut venue = Venue::open();
    let pair = |order: &mut NewOrder| order.terms.one_cancels_other = Some(1);
    venue.send_with(Buy, 1, limit(0), pair);
    let far = Pricing::Stop {
        trigger: Ticks::new(9),
    };
    let waiting = venue.send_with(Buy, 1, far, pair);
    let near = Pricing::Stop {
        trigger: Ticks::new(0),
    };
    let woken = venue.send(Sell, 1, near);
    venue.send(Sell, 1, limit(0));
    assert_eq!(venue.ended(waiting), Some(VenueReason::OneCancelsOther));
    assert_eq!(venue.ended(woken), Some(VenueReason::Unfilled));
}

#[test]
fn day_orders_end_with_the_day_and_all_orders_at_the_gate() {
    let gate = Some(Timestamp::from_nanos(50));
    let mut venue = Venue::new(BookConfig {
        gate,
        ..BookConfig::default()
    });
    let day = venue.send(Buy, 1, limit(1));
    let session = venue.send_with(Buy, 1, limit(1), |order| {
        order.lifetime = Lifetime::GoodForSession;
    });
    let dated = venue.send_with(Buy, 1, limit(1), |order| {
        order.lifetime = Lifetime::GoodTillDate(Timestamp::from_nanos(20));
    });
    venue.phase(Phase::Closed);
    assert_eq!(venue.ended(day), Some(VenueReason::Expired));
    venue
        .book
        .advance(Timestamp::from_nanos(19), &mut venue.events);
    assert_eq!(venue.ended(dated), None);
    venue
        .book
        .advance(Timestamp::from_nanos(20), &mut venue.events);
    assert_eq!(venue.ended(dated), Some(VenueReason::Expired));
    venue
        .book
        .advance(Timestamp::from_nanos(50), &mut venue.events);
    assert_eq!(venue.ended(session), Some(VenueReason::GateClosed));
    let late = venue.send(Buy, 1, limit(1));
    assert_eq!(venue.ended(late), Some(VenueReason::GateClosed));
}

#[test]
fn orders_for_an_auction_take_part_in_it_alone() {
    let mut venue = Venue {
        book: OrderBook::new(BookConfig::default()),
        events: vec![],
        next: 0,
    };
    venue.phase(Phase::OpeningCall);
    let opening = venue.send_with(Buy, 5, limit(10), |order| order.lifetime = Lifetime::AtOpen);
    let closing = venue.send_with(Buy, 5, limit(9), |order| order.lifetime = Lifetime::AtClose);
    let seller = venue.send(Sell, 3, limit(8));
    venue.phase(Phase::Continuous);
    assert_eq!(venue.trades(), [(opening, seller, 10, 3)]);
    assert_eq!(venue.ended(opening), Some(VenueReason::Expired));
    assert_eq!(venue.queue(Buy), []);
    venue.phase(Phase::ClosingCall);
    assert_eq!(venue.queue(Buy), [(closing, 5)]);
}

#[test]
fn linked_legs_trade_all_in_whole_or_none() {
    let mut books = [
        OrderBook::new(BookConfig::default()),
        OrderBook::new(BookConfig::default()),
    ];
    let mut quiet: Vec<BookEvent> = Vec::new();
    for (book, volume) in books.iter_mut().zip([5, 4]) {
        book.set_phase(Phase::Continuous, &mut quiet);
        let order = NewOrder::limit(OrderId(1), Sell, Ticks::new(-1), Lots::new(volume));
        book.submit(&order, &mut quiet);
    }
    let leg = |book, volume| {
        let mut order = NewOrder::limit(OrderId(2), Buy, Ticks::new(0), Lots::new(volume));
        order.lifetime = Lifetime::FillOrKill;
        LinkedLeg { book, order }
    };
    let mut set = LinkedBooks { books: &mut books };
    let mut events = Vec::new();
    assert_eq!(set.submit(&[leg(0, 5), leg(1, 5)], &mut events), Ok(false));
    let unfilled = |event: &(usize, BookEvent)| {
        matches!(
            event.1,
            BookEvent::Cancelled {
                reason: VenueReason::LinkedUnfilled,
                ..
            }
        )
    };
    assert_eq!(events.iter().filter(|event| unfilled(event)).count(), 2);
    assert_eq!(set.books[0].trades(), 0);
    assert_eq!(set.submit(&[leg(0, 5), leg(1, 4)], &mut events), Ok(true));
    assert_eq!((set.books[0].trades(), set.books[1].trades()), (1, 1));
    assert_eq!(
        set.submit(&[leg(0, 1), leg(0, 1)], &mut events),
        Err(LinkedFault::RepeatedBook { leg: 1, book: 0 })
    );
}
