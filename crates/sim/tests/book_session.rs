//! The trading day of a simulated book: opening call, trading, halts, closing call, gate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::book::{fills, nobody, order, quotes, run};
use common::{LOT, TICK, at, hour};
use wattbook_domain::event::OrderRouted;
use wattbook_domain::market::{MarketEvent, Phase, Trade};
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::report::{OrderFilled, VenueReason, VenueReport};
use wattbook_domain::{
    Currency, Event, Input, InstrumentId, OrderType, Price, Side, Ticks, TimeInForce, Timestamp,
    VenueId, Volume,
};
use wattbook_sim::{
    Arrival, BookVenue, FeedLevel, Latencies, ListedBook, Participants, Plan, ReferencePath,
    Session, SimError, Venue,
};

const SECOND: i64 = 1_000_000_000;

/// Opens at 600 s after a call of 120 s, closes at the gate, 3,600 s, after a call of 60 s.
fn day() -> Session {
    Session {
        opening_call_ns: 120 * SECOND,
        closing_call_ns: 60 * SECOND,
        ..Session::continuous(at(600))
    }
}

fn listed(session: Session, participants: Participants) -> ListedBook {
    ListedBook {
        instrument: hour(0, 1),
        session,
        feed: FeedLevel::L1,
        reference: ReferencePath::new(vec![(at(0), Ticks::new(50))]).unwrap(),
        participants,
    }
}

fn venue(session: Session, participants: Participants) -> BookVenue {
    let books = vec![listed(session, participants)];
    BookVenue::new(VenueId(1), books, Latencies::default(), 3).unwrap()
}

fn phases(arrivals: &[Arrival]) -> Vec<(i64, Phase)> {
    let phase = |arrival: &Arrival| match &arrival.input {
        Input::Market(MarketEvent::SessionPhase(change)) => {
            Some((arrival.ts_event.nanos() / SECOND, change.phase))
        }
        _ => None,
    };
    arrivals.iter().filter_map(phase).collect()
}

fn trades(arrivals: &[Arrival]) -> Vec<(Timestamp, Trade)> {
    let trade = |arrival: &Arrival| match &arrival.input {
        Input::Market(MarketEvent::Trade(trade)) => Some((arrival.ts_event, *trade)),
        _ => None,
    };
    arrivals.iter().filter_map(trade).collect()
}

fn ends(arrivals: &[Arrival], number: u64) -> Vec<VenueReason> {
    let reason = |arrival: &Arrival| match &arrival.input {
        Input::Report(VenueReport::OrderRejected(end)) if end.order_id.number() == number => {
            Some(end.reason)
        }
        Input::Report(VenueReport::OrderCancelled(end)) if end.order_id.number() == number => {
            Some(end.reason)
        }
        _ => None,
    };
    arrivals.iter().filter_map(reason).collect()
}

fn timed(event: Event, time_in_force: TimeInForce) -> Event {
    let Event::OrderRouted(mut routed) = event else {
        panic!("an order")
    };
    routed.order.time_in_force = time_in_force;
    Event::OrderRouted(routed)
}

fn market(event: Event) -> Event {
    let Event::OrderRouted(OrderRouted { order_id, order }) = event else {
        panic!("an order")
    };
    let mut order = order;
    order.order_type = OrderType::Market;
    Event::OrderRouted(OrderRouted { order_id, order })
}

#[test]
fn a_day_goes_through_its_phases_and_says_so() {
    let mut venue = venue(day(), nobody());
    let all = run(&mut venue, at(4_000));
    let expected = [
        (480, Phase::OpeningCall),
        (600, Phase::Continuous),
        (3_540, Phase::ClosingCall),
        (3_600, Phase::Closed),
    ];
    assert_eq!(phases(&all), expected);
}

#[test]
fn the_opening_call_clears_at_the_price_of_the_largest_volume() {
    let mut venue = venue(day(), nobody());
    for (number, side, ticks, lots) in [
        (1, Side::Buy, 55, 10),
        (2, Side::Buy, 52, 10),
        (3, Side::Sell, 48, 12),
        (4, Side::Sell, 52, 5),
    ] {
        venue.on_routed(&order(number, side, ticks, lots), at(500));
    }
    let before = run(&mut venue, at(599));
    assert_eq!(
        (trades(&before).len(), quotes(&before).len()),
        (0, 0),
        "a call has no quote"
    );
    let after = run(&mut venue, at(600));
    // At 52 all 17 lots asked find buyers; at any other price fewer do.
    let traded: i64 = trades(&after)
        .iter()
        .map(|(_, trade)| trade.volume.millionths())
        .sum();
    assert_eq!(traded, 17 * LOT);
    assert!(
        trades(&after)
            .iter()
            .all(|(at_, trade)| { *at_ == at(600) && trade.price.millionths() == 52 * TICK })
    );
    let left = quotes(&after).last().copied().unwrap();
    assert_eq!(left.bid_volume, Volume::from_millionths(3 * LOT));
    assert_eq!(left.ask_volume, Volume::ZERO);
}

#[test]
fn at_open_and_at_close_orders_trade_in_their_call_and_end_with_it() {
    let mut venue = venue(day(), nobody());
    venue.on_routed(
        &timed(order(1, Side::Buy, 60, 4), TimeInForce::AtOpen),
        at(500),
    );
    venue.on_routed(
        &market(timed(order(2, Side::Buy, 0, 3), TimeInForce::AtOpen)),
        at(500),
    );
    venue.on_routed(
        &timed(order(3, Side::Sell, 50, 5), TimeInForce::AtOpen),
        at(500),
    );
    let opening = run(&mut venue, at(600));
    let filled = fills(&opening);
    assert_eq!(filled.len(), 4);
    assert!(
        filled.iter().all(|fill| !fill.is_maker),
        "an auction has no maker"
    );
    assert_eq!(
        ends(&opening, 1),
        [VenueReason::Expired],
        "two lots found no seller"
    );
    assert_eq!(ends(&opening, 2), []);

    venue.on_routed(
        &timed(order(4, Side::Buy, 60, 4), TimeInForce::AtClose),
        at(700),
    );
    venue.on_routed(
        &timed(order(5, Side::Sell, 40, 4), TimeInForce::GoodForSession),
        at(700),
    );
    assert!(
        fills(&run(&mut venue, at(3_599))).is_empty(),
        "it waits for the closing call"
    );
    let closing = run(&mut venue, at(3_600));
    assert_eq!(fills(&closing).len(), 2);
}

#[test]
fn immediate_orders_are_refused_in_a_call_and_all_are_before_it() {
    let mut venue = venue(day(), nobody());
    venue.on_routed(&order(1, Side::Buy, 50, 1), at(479));
    let immediate = timed(order(2, Side::Buy, 50, 1), TimeInForce::ImmediateOrCancel);
    venue.on_routed(&immediate, at(500));
    let all = run(&mut venue, at(700));
    assert_eq!(ends(&all, 1), [VenueReason::NotTrading]);
    assert_eq!(ends(&all, 2), [VenueReason::NotTrading]);
}

#[test]
fn what_the_venue_does_comes_before_orders_of_the_same_instant() {
    let mut venue = venue(day(), nobody());
    // At the start of the call, at the opening, and at the gate, as at their other sides.
    venue.on_routed(&order(1, Side::Buy, 50, 1), at(480).plus_nanos(-1));
    venue.on_routed(&order(2, Side::Buy, 50, 2), at(480));
    let immediate = |number| {
        timed(
            order(number, Side::Sell, 50, 1),
            TimeInForce::ImmediateOrCancel,
        )
    };
    venue.on_routed(&immediate(3), at(600).plus_nanos(-1));
    venue.on_routed(&immediate(4), at(600));
    venue.on_routed(&order(5, Side::Sell, 50, 1), at(3_600).plus_nanos(-1));
    venue.on_routed(&order(6, Side::Sell, 50, 1), at(3_600));
    let all = run(&mut venue, at(3_700));
    for number in [1, 3] {
        assert_eq!(ends(&all, number), [VenueReason::NotTrading], "{number}");
    }
    assert_eq!(ends(&all, 6), [VenueReason::GateClosed]);
    let traded = |number| {
        let own = |fill: &&OrderFilled| fill.order_id.number() == number;
        fills(&all).iter().filter(own).count()
    };
    // Order 2 meets order 4 as soon as the book opens, and order 5 as it closes.
    assert_eq!([2, 4, 5, 6].map(traded), [2, 1, 1, 0]);
}

#[test]
fn participants_take_part_in_both_calls() {
    let mut venue = venue(day(), Participants::default());
    let all = run(&mut venue, at(4_000));
    let at_instant = |seconds| {
        trades(&all)
            .iter()
            .filter(|(when, _)| *when == at(seconds))
            .count()
    };
    assert!(at_instant(600) > 3, "the opening auction trades");
    assert!(at_instant(3_600) > 3, "the closing auction trades");
    let in_calls = |when: Timestamp| {
        (at(480)..at(600)).contains(&when) || (at(3_540)..at(3_600)).contains(&when)
    };
    assert!(
        trades(&all).iter().all(|(when, _)| !in_calls(*when)),
        "nothing trades in a call"
    );
}

/// A book of ours with sellers at 50 and, far away, at 90.
fn with_a_gap(collar: i64, halt_ns: i64) -> BookVenue {
    let session = Session {
        collar: Some(Ticks::new(collar)),
        halt_ns,
        reopening_call_ns: 30 * SECOND,
        ..Session::continuous(at(600))
    };
    let mut venue = venue(session, nobody());
    venue.on_routed(&order(1, Side::Sell, 50, 5), at(700));
    venue.on_routed(&order(2, Side::Sell, 90, 5), at(700));
    venue.on_routed(&order(3, Side::Buy, 100, 10), at(701));
    venue
}

#[test]
fn a_jump_beyond_the_collar_halts_the_book_until_a_call_has_cleared() {
    let mut venue = with_a_gap(10, 60 * SECOND);
    venue.on_routed(&order(4, Side::Buy, 50, 1), at(710));
    venue.on_routed(&order(5, Side::Sell, 80, 2), at(770));
    let all = run(&mut venue, at(1_000));
    let expected = [
        (600, Phase::Continuous),
        (701, Phase::Halted),
        (761, Phase::OpeningCall),
        (791, Phase::Continuous),
    ];
    assert_eq!(phases(&all), expected);
    assert_eq!(
        ends(&all, 4),
        [VenueReason::NotTrading],
        "a halted book takes no order"
    );
    let prices: Vec<_> = trades(&all)
        .iter()
        .map(|(when, trade)| (when.nanos() / SECOND, trade.price.millionths() / TICK))
        .collect();
    // Five lots within the collar at once; the rest in the auction, where 5 are bid at 100 and 7 asked.
    assert_eq!(prices[0], (701, 50));
    assert!(
        prices[1..]
            .iter()
            .all(|(when, price)| *when == 791 && (90..=100).contains(price))
    );
    let quote = |seconds| {
        let quote = all.iter().rfind(|arrival| {
            matches!(arrival.input, Input::Market(MarketEvent::Quote(_)))
                && arrival.ts_event <= at(seconds)
        });
        match &quote.unwrap().input {
            Input::Market(MarketEvent::Quote(quote)) => *quote,
            _ => unreachable!(),
        }
    };
    assert_eq!(
        quote(760).bid_volume,
        Volume::ZERO,
        "a halted book shows no price"
    );
}

#[test]
fn every_halt_lasts_its_own_time() {
    let mut venue = with_a_gap(10, 60 * SECOND);
    // What is left of the first halt trades at 90 to 100, or ends.
    venue.on_routed(&order(4, Side::Sell, 100, 1), at(900));
    venue.on_routed(&order(5, Side::Sell, 150, 1), at(900));
    venue.on_routed(&order(6, Side::Buy, 160, 2), at(901));
    let all = run(&mut venue, at(1_500));
    let expected = [
        (600, Phase::Continuous),
        (701, Phase::Halted),
        (761, Phase::OpeningCall),
        (791, Phase::Continuous),
        (901, Phase::Halted),
        (961, Phase::OpeningCall),
        (991, Phase::Continuous),
    ];
    assert_eq!(phases(&all), expected);
}

#[test]
fn without_a_halt_what_would_trade_beyond_the_collar_is_cancelled() {
    let mut venue = with_a_gap(10, 0);
    let all = run(&mut venue, at(1_000));
    assert_eq!(phases(&all), [(600, Phase::Continuous)]);
    assert_eq!(fills(&all).len(), 2);
    assert_eq!(ends(&all, 3), [VenueReason::OutsideCollar]);
}

#[test]
fn a_halt_that_meets_the_closing_call_does_not_open_the_book_again() {
    let session = Session {
        closing_call_ns: 2_870 * SECOND,
        collar: Some(Ticks::new(10)),
        halt_ns: 60 * SECOND,
        ..Session::continuous(at(600))
    };
    let mut venue = venue(session, nobody());
    venue.on_routed(&order(1, Side::Sell, 50, 5), at(700));
    venue.on_routed(&order(2, Side::Sell, 90, 5), at(700));
    venue.on_routed(&order(3, Side::Buy, 100, 10), at(701));
    let all = run(&mut venue, at(4_000));
    let expected = [
        (600, Phase::Continuous),
        (701, Phase::Halted),
        (730, Phase::ClosingCall),
        (3_600, Phase::Closed),
    ];
    assert_eq!(phases(&all), expected);
}

#[test]
fn the_closing_call_of_a_venue_outside_is_known_as_that_of_a_book() {
    let mut plan = Plan::new(3, Currency::EUR, at(0));
    for instrument in 0..2 {
        let hour = Box::new(hour(instrument, 1));
        plan.add_reference(ReferenceEvent::DefineInstrument(hour));
    }
    let points = [(at(0), Price::from_millionths(50_000_000))];
    let book = InstrumentId(0);
    plan.add_book(book, day(), points, nobody(), FeedLevel::L1)
        .unwrap();
    plan.set_closing_call(InstrumentId(1), 300 * SECOND)
        .unwrap();
    let known: Vec<_> = plan.closing_calls().collect();
    assert_eq!(known, [(book, at(3_540)), (InstrumentId(1), at(3_300))]);
    assert!(matches!(
        plan.set_closing_call(InstrumentId(7), SECOND),
        Err(SimError::UnknownInstrument { .. })
    ));
}

#[test]
fn a_closing_call_before_the_opening_is_refused() {
    let session = Session {
        closing_call_ns: 3_001 * SECOND,
        ..Session::continuous(at(600))
    };
    let books = vec![listed(session, nobody())];
    let refused = BookVenue::new(VenueId(1), books, Latencies::default(), 3);
    assert!(matches!(refused, Err(SimError::ShortSession { .. })));
    let mut session = Session::continuous(at(600));
    assert!(matches!(
        session.set("halt_ns", -1),
        Err(SimError::Parameter { .. })
    ));
    assert!(matches!(
        session.set("halt", 1),
        Err(SimError::UnknownParameter { .. })
    ));
    session.set("collar", 7).unwrap();
    assert_eq!(session.collar, Some(Ticks::new(7)));
}
