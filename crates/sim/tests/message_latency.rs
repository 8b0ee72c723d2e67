//! Each kind of message between us and a venue has its own latency, and no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::book::{nobody, order, run};
use common::{LOT, TICK, at, hour};
use proptest::prelude::*;
use wattbook_domain::event::{AmendRouted, CancelRouted};
use wattbook_domain::market::MarketEvent;
use wattbook_domain::report::VenueReport;
use wattbook_domain::{
    ClientId, Event, Input, InstrumentId, OrderId, Price, Side, Ticks, VenueId, Volume,
};
use wattbook_sim::{
    BookVenue, FeedLevel, Latencies, Latency, ListedBook, ReferencePath, Session, Venue,
};

fn id() -> OrderId {
    OrderId::new(ClientId(1), 1)
}

/// When something was done at the venue and when we were told, in ns after our message was sent.
type Pair = (i64, i64);

/// What came of a submission, an amendment and a cancel.
struct Times {
    /// The report on each.
    reports: [Pair; 3],
    /// Market data of all three.
    told: Vec<Pair>,
}

fn times(latencies: Latencies) -> Times {
    let listed = ListedBook {
        instrument: hour(0, 1),
        session: Session::continuous(at(0)),
        feed: FeedLevel::L3,
        reference: ReferencePath::new(vec![(at(0), Ticks::new(0))]).unwrap(),
        participants: nobody(),
    };
    let mut venue = BookVenue::new(VenueId(1), vec![listed], latencies, 11).unwrap();
    run(&mut venue, at(5));
    let amend = AmendRouted {
        order_id: id(),
        instrument: InstrumentId(0),
        price: Price::from_millionths(11 * TICK),
        volume: Volume::from_millionths(5 * LOT),
        trigger: None,
    };
    let cancel = CancelRouted {
        order_id: id(),
        instrument: InstrumentId(0),
    };
    let messages = [
        order(1, Side::Sell, 10, 5),
        Event::AmendRouted(amend),
        Event::CancelRouted(cancel),
    ];
    let mut told = Vec::new();
    let reports = [10, 20, 30].map(|second| {
        venue.on_routed(&messages[second as usize / 10 - 1], at(second));
        let after = |time: wattbook_domain::Timestamp| time.nanos() - at(second).nanos();
        let mut report = None;
        for arrival in run(&mut venue, at(second + 9)) {
            let pair = (after(arrival.ts_event), after(arrival.ts_recv));
            match (&arrival.input, second) {
                (Input::Report(VenueReport::OrderAccepted(_)), 10)
                | (Input::Report(VenueReport::OrderAmended(_)), 20)
                | (Input::Report(VenueReport::OrderCancelled(_)), 30) => report = Some(pair),
                (Input::Market(MarketEvent::Quote(_) | MarketEvent::BookDelta(_)), _) => {
                    told.push(pair);
                }
                (other, _) => panic!("{other:?}"),
            }
        }
        report.unwrap()
    });
    Times { reports, told }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_kind_of_message_takes_its_own_time(
        kinds in proptest::array::uniform5((0_i64..1_000_000_000, 0_i64..500_000_000)),
    ) {
        let [feed, submit, amend, cancel, report] =
            kinds.map(|(constant_ns, jitter_ns)| Latency { constant_ns, jitter_ns });
        let Times { reports, told } = times(Latencies { feed, submit, amend, cancel, report });
        let is_of = |latency: Latency, taken: i64| {
            (latency.constant_ns..=latency.constant_ns + latency.jitter_ns).contains(&taken)
        };
        for (kind, (there, back)) in [submit, amend, cancel].into_iter().zip(reports) {
            prop_assert!(is_of(kind, there), "{there} of {kind:?}");
            prop_assert!(is_of(report, back - there), "{} of {report:?}", back - there);
        }
        prop_assert!(told.len() >= 6, "an addition, its change and its end, each with a quote");
        for (there, here) in told {
            // What waits behind an earlier message of its line may take a little longer.
            let most = feed.constant_ns + feed.jitter_ns;
            prop_assert!((feed.constant_ns..=most).contains(&(here - there)));
        }
    }
}

#[test]
fn a_slower_line_moves_its_own_messages_only() {
    let base = times(Latencies::default());
    let slow = Latency::constant(1_000_000);
    let with = |change: fn(&mut Latencies, Latency)| {
        let mut latencies = Latencies::default();
        change(&mut latencies, slow);
        times(latencies)
    };
    let moved = |found: Times| -> (Vec<bool>, bool) {
        let kinds = found
            .reports
            .iter()
            .zip(base.reports)
            .map(|(new, old)| *new != old);
        (kinds.collect(), found.told != base.told)
    };
    let of_submit = moved(with(|all, slow| all.submit = slow));
    assert_eq!(of_submit.0, [true, false, false]);
    assert_eq!(
        moved(with(|all, slow| all.amend = slow)).0,
        [false, true, false]
    );
    assert_eq!(
        moved(with(|all, slow| all.cancel = slow)).0,
        [false, false, true]
    );
    assert_eq!(
        moved(with(|all, slow| all.report = slow)),
        (vec![true; 3], false)
    );
    assert_eq!(
        moved(with(|all, slow| all.feed = slow)),
        (vec![false; 3], true)
    );
}
