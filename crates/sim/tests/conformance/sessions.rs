//! Lines that break, close, open again or never answer, over the sessions of real venues.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::common::at;
use wattbook_domain::event::{CancelRouted, OrderRouted};
use wattbook_domain::report::{VenueReason, VenueReport};
use wattbook_domain::{ClientId, Event, Order, OrderId, TimeInForce};
use wattbook_session::adapter::{AdapterTold, VenueAdapter};
use wattbook_session::fix::Rate;
use wattbook_sim::conformance::VenueUnderTest;
use wattbook_sim::feeds::OrderFloor;
use wattbook_sim::order_venues::RestOrderVenue;

use crate::made::{
    FRONT, MakeFloor, Outside, SessionVenue, m7, nordpool, order_floor, rest, terms,
};

fn order(number: u64) -> Event {
    Event::OrderRouted(OrderRouted {
        order_id: OrderId::new(ClientId(1), number),
        order: Order {
            instrument: FRONT,
            time_in_force: TimeInForce::Day,
            price: terms().price,
            volume: terms().lot,
            ..Order::default()
        },
    })
}

/// Takes what the adapter tells until it is as asked; returns all of it.
fn until<A: VenueAdapter>(
    venue: &mut Outside<A>,
    is_so: impl Fn(&mut Outside<A>, &[AdapterTold]) -> bool,
) -> Vec<AdapterTold> {
    let (mut told, last) = (Vec::new(), Instant::now() + Duration::from_mins(1));
    while !is_so(venue, &told) {
        assert!(Instant::now() < last, "never; {told:?}");
        let now = venue.now();
        told.extend(venue.adapter.take(now));
        std::thread::sleep(Duration::from_millis(1));
    }
    told
}

/// The two venues over sessions, each with its floor.
fn sessions() -> [(SessionVenue, Arc<OrderFloor>); 2] {
    let venues: [fn(&MakeFloor<'_>) -> SessionVenue; 2] = [m7, nordpool];
    venues.map(|made| {
        let kept = std::cell::OnceCell::new();
        let mut venue = made(&|floor| Arc::clone(kept.get_or_init(|| order_floor(floor))));
        venue.adapter.connect();
        until(&mut venue, |venue, _| venue.adapter.is_connected());
        (venue, kept.into_inner().unwrap())
    })
}

/// Places an order that has arrived, and is carried out once the floor releases it.
fn place_held(venue: &mut SessionVenue, floor: &OrderFloor) {
    floor.hold();
    venue.adapter.route(&order(1));
    let now = venue.now();
    venue.adapter.take(now);
    until(venue, |_, _| floor.holds() == 1);
}

#[test]
fn an_order_that_a_venue_takes_after_its_lists_were_read_is_taken_back() {
    for (mut venue, floor) in sessions() {
        place_held(&mut venue, &floor);
        venue.cable.cut();
        until(&mut venue, |venue, _| !venue.adapter.is_connected());
        venue.cable.mend();
        let told = until(&mut venue, |venue, _| venue.adapter.is_connected());
        assert!(
            matches!(
                told[..],
                [AdapterTold::Report(VenueReport::OrderRejected(_), _)]
            ),
            "{told:?}"
        );
        floor.release();
        let told = until(&mut venue, |_, told| !told.is_empty());
        assert!(
            matches!(&told[0], AdapterTold::Aside { reason, .. } if reason.contains("it is taken back")),
            "{told:?}"
        );
        let told = until(&mut venue, |venue, _| venue.floor.open_orders() == 0);
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn an_order_without_an_answer_is_looked_for_by_another_login() {
    for (mut venue, floor) in sessions() {
        place_held(&mut venue, &floor);
        venue.adapter.ask_after_silence(at(0));
        venue.adapter.ask_after_silence(at(9));
        let now = venue.now();
        assert!(
            venue.adapter.take(now).is_empty(),
            "a slow venue is not asked"
        );
        venue.adapter.ask_after_silence(at(11));
        let told = until(&mut venue, |venue, _| {
            venue.adapter.connections().0 == 2 && venue.adapter.is_connected()
        });
        assert!(
            matches!(
                &told[..],
                [AdapterTold::Aside { reason, .. }, AdapterTold::Report(VenueReport::OrderRejected(_), _)]
                    if reason.contains("has no answer yet")
            ),
            "{told:?}"
        );
        // What the venue takes after all is taken back.
        floor.release();
        until(&mut venue, |venue, told| {
            !told.is_empty() && venue.floor.open_orders() == 0
        });
    }
}

#[test]
fn a_line_that_was_closed_takes_orders_and_cancels_when_it_opens_again() {
    for (mut venue, _) in sessions() {
        let accepts = |told: &[AdapterTold]| {
            matches!(
                told,
                [AdapterTold::Report(VenueReport::OrderAccepted(_), _)]
            )
        };
        venue.adapter.route(&order(1));
        until(&mut venue, |_, told| accepts(told));
        venue.adapter.stop();
        venue.adapter.settle();
        until(&mut venue, |venue, _| !venue.adapter.is_connected());
        assert_eq!(venue.floor.open_orders(), 1);
        venue.adapter.connect();
        until(&mut venue, |venue, _| venue.adapter.is_connected());
        venue.adapter.route(&order(2));
        until(&mut venue, |_, told| accepts(told));
        venue.adapter.route(&Event::CancelRouted(CancelRouted {
            order_id: OrderId::new(ClientId(1), 1),
            instrument: FRONT,
        }));
        until(&mut venue, |_, told| {
            matches!(
                told,
                [AdapterTold::Report(VenueReport::OrderCancelled(_), _)]
            )
        });
        assert_eq!(venue.floor.open_orders(), 1);
    }
}

#[test]
fn an_order_without_an_answer_by_rest_is_asked_after_by_its_name() {
    let mut venue = rest();
    venue.adapter.connect();
    until(&mut venue, |venue, _| venue.adapter.is_connected());
    let hold = |venue: &Outside<_>, holds: bool| {
        let served: &RestOrderVenue = venue.served.downcast_ref().unwrap();
        if holds {
            served.hold();
        } else {
            served.release();
        }
    };
    hold(&venue, true);
    venue.adapter.route(&order(1));
    venue.adapter.ask_after_silence(at(0));
    venue.adapter.ask_after_silence(at(11));
    let told = until(&mut venue, |_, told| told.len() >= 2);
    let [
        AdapterTold::Aside { reason, .. },
        AdapterTold::Report(VenueReport::OrderRejected(ended), _),
    ] = &told[..]
    else {
        panic!("{told:?}");
    };
    assert!(reason.contains("has no answer yet"), "{reason}");
    assert_eq!(ended.reason, VenueReason::UnknownOrder);
    // What the venue takes after all is taken back.
    hold(&venue, false);
    let told = until(&mut venue, |venue, told| {
        !told.is_empty() && venue.floor.open_orders() == 0
    });
    let taken_back = |told: &AdapterTold| matches!(told, AdapterTold::Aside { reason, .. } if reason.contains("it is taken back"));
    assert!(taken_back(&told[0]), "{told:?}");
}

#[test]
fn what_is_beyond_a_sessions_limit_is_sent_again_and_nothing_is_lost() {
    for (mut venue, floor) in sessions() {
        floor.limit(Rate {
            messages: 3,
            interval_ns: 40_000_000,
        });
        for number in 1..=9 {
            venue.adapter.route(&order(number));
        }
        let told = until(&mut venue, |_, told| told.len() == 9);
        let accepted = |told: &AdapterTold| {
            matches!(told, AdapterTold::Report(VenueReport::OrderAccepted(_), _))
        };
        assert!(told.iter().all(accepted), "{told:?}");
        assert_eq!(venue.floor.open_orders(), 9);
        assert!(floor.declined() > 0);
    }
}
