//! A run that trades by REST and WebSocket: within its hours, within the venue's limit.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use wattbook_domain::event::OrderState;
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::{Currency, Price, VenueId};
use wattbook_gateway::rest_orders::{RestOrders, RestOrdersConfig};
use wattbook_journal::MemoryStorage;
use wattbook_session::fix::{Rate, Schedule};
use wattbook_sim::order_venues::{RestOrderConfig, RestOrderVenue};
use wattbook_sim::{Backtest, Exchange, FeedLevel, NativeVenue, Plan, Session as Day};

use crate::common::{at, book, hour};
use crate::live_run::{FRONT, desk, journaled, quote};

struct Live {
    run: Backtest,
    venue: NativeVenue,
    exchange: Arc<Mutex<Exchange>>,
    served: RestOrderVenue,
    seconds: i64,
    /// Behind the second, ns.
    nanos: i64,
    aside: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Live {
    fn new(rate: Option<Rate>, hours: Option<Schedule>) -> Self {
        let mut plan = Plan::new(3, Currency::EUR, at(-600));
        plan.add_reference(ReferenceEvent::DefineInstrument(Box::new(hour(0, 0))));
        let points = [(at(-600), Price::from_millionths(-20_000_000))];
        plan.add_book(
            FRONT,
            Day::continuous(at(-600)),
            points,
            book::nobody(),
            FeedLevel::L1,
        )
        .unwrap();
        let exchange = plan
            .exchange(VenueId(0), ["DESK".to_owned()], at(-599))
            .unwrap();
        let exchange = Arc::new(Mutex::new(exchange));
        let config = RestOrderConfig {
            port: 0,
            key: "secret".to_owned(),
            member: 0,
            rate,
        };
        let served =
            RestOrderVenue::start(config, Arc::clone(&exchange), Arc::new(|| at(-598))).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = RestOrdersConfig {
            address: served.address(),
            key: "secret".to_owned(),
        };
        let link = RestOrders::kept_at(config, folder.path().join("rest.place")).unwrap();
        let venue = NativeVenue::by_rest(link, "T".to_owned(), [(FRONT, "H0".to_owned())]);
        let mut venue = match hours {
            Some(hours) => venue.with_hours(hours),
            None => venue,
        };
        venue.connect();
        Self {
            run: desk(Box::new(journaled(&MemoryStorage::default()))),
            venue,
            exchange,
            served,
            seconds: -550,
            nanos: 0,
            aside: Vec::new(),
            _folder: folder,
        }
    }

    /// Lets the run go on, its clock nearly standing.
    fn step(&mut self) {
        self.nanos += 1_000;
        let now = at(self.seconds).plus_nanos(self.nanos);
        let aside = self.venue.receive(&mut self.run, now).unwrap();
        self.aside
            .extend(aside.into_iter().map(|aside| aside.reason));
        self.run.run_until(now, 1_000).unwrap();
        self.venue.send(&mut self.run).unwrap();
    }

    fn until(&mut self, what: &str, is_so: impl Fn(&mut Self) -> bool) {
        let last = Instant::now() + Duration::from_mins(1);
        while !is_so(self) {
            assert!(
                Instant::now() < last,
                "never: {what}; {:?}",
                self.venue.status()
            );
            self.step();
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn until_logged_on(&mut self) {
        self.until("logged on", |live| live.venue.status().is_logged_on);
    }

    /// The strategy sends an order.
    fn order(&mut self) {
        (self.seconds, self.nanos) = (self.seconds + 1, 0);
        self.run.receive(quote(self.seconds, "-68.5"));
    }

    fn accepted(&self) -> usize {
        let orders = self.run.engine().orders();
        let accepted = orders
            .in_order()
            .into_iter()
            .filter(|order| order.state == OrderState::Accepted);
        accepted.count()
    }

    fn open_there(&self) -> usize {
        self.exchange.lock().unwrap().open_orders(0)
    }
}

#[test]
fn outside_its_hours_no_order_leaves_and_the_status_says_why() {
    // The run's clock begins at 23:50:50; the hours end at 23:52 and begin again a minute later.
    let hours = Schedule::daily("UTC", "23:53", "23:52").unwrap();
    let mut live = Live::new(None, Some(hours));
    live.until_logged_on();
    live.order();
    live.until("accepted", |live| live.accepted() == 1);
    live.seconds = -470;
    live.until("logged out", |live| !live.venue.status().is_logged_on);
    let why = live.venue.status().last_end.unwrap();
    assert_eq!(
        why,
        "outside the session's hours; they begin again at 1969-12-31T23:53:00Z"
    );
    live.order();
    live.step();
    live.step();
    assert_eq!(
        live.run.engine().orders().len(),
        1,
        "the second one was refused"
    );
    live.run
        .begin_session(at(live.seconds), &[VenueId(0)])
        .unwrap();
    live.step();
    assert_eq!(live.open_there(), 1, "the cancel waits");
    live.seconds = -420;
    live.until_logged_on();
    live.until("cancelled", |live| live.run.engine().orders().is_empty());
    assert_eq!(live.open_there(), 0);
    assert_eq!(
        live.exchange.lock().unwrap().orders().next(),
        Some(("DESK", 1))
    );
}

#[test]
fn what_is_beyond_the_venues_limit_is_asked_again_and_nothing_is_lost() {
    let rate = Rate {
        messages: 3,
        interval_ns: 50_000_000,
    };
    let mut live = Live::new(Some(rate), None);
    live.until_logged_on();
    for _ in 0..12 {
        live.order();
    }
    live.until("all accepted", |live| live.accepted() == 12);
    assert_eq!(live.open_there(), 12);
    assert!(live.served.declined() > 0);
    live.run
        .begin_session(at(live.seconds), &[VenueId(0)])
        .unwrap();
    live.until("all cancelled", |live| {
        live.run.engine().orders().is_empty()
    });
    assert_eq!(live.open_there(), 0);
    assert_eq!(
        live.exchange.lock().unwrap().orders().next(),
        Some(("DESK", 12))
    );
}
