//! Every adapter against the suite of the adapter kit: in the process, by FIX, by REST and WebSocket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/cable.rs"]
mod cable;
mod common;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cable::Cable;
use common::{at, hour};
use wattbook_domain::event::{CancelRouted, OrderRouted};
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::report::{VenueReason, VenueReport};
use wattbook_domain::{
    ClientId, Currency, Event, InstrumentId, Order, OrderId, Price, Side, TimeInForce, Timestamp,
    VenueId, Volume,
};
use wattbook_feed::venue::{TlsClient, VenueOrders};
use wattbook_gateway::fix::Acceptor;
use wattbook_gateway::rest_orders::{RestOrders, RestOrdersConfig};
use wattbook_session::adapter::{AdapterTold, OrderAdapter, VenueAdapter};
use wattbook_session::fix::orders::{NewOrder, Request};
use wattbook_session::fix::{MemoryStore, Rate, Role, Session, SessionConfig, SessionId, Version};
use wattbook_session::venue::Secrets;
use wattbook_sim::conformance::{Broken, Terms, VenueUnderTest, Way, check};
use wattbook_sim::feeds::{
    FeedControl, FeedMarket, M7Server, M7Wire, NordPoolVenue, NordPoolVenueSettings, OrderFloor,
};
use wattbook_sim::order_venues::{InProcess, RestOrderConfig, RestOrderVenue};
use wattbook_sim::{Exchange, FeedLevel, LiveConfig, LiveVenue, Plan, Seat, Session as Day};

const FRONT: InstrumentId = InstrumentId(0);

fn terms() -> Terms {
    Terms {
        instrument: FRONT,
        price: Price::from_millionths(-20_000_000),
        tick: Price::from_millionths(common::TICK),
        lot: Volume::from_millionths(common::LOT),
    }
}

/// An exchange with an empty book, a desk and another participant; its clock can be wrong.
struct Floor {
    exchange: Arc<Mutex<Exchange>>,
    ahead: Arc<AtomicI64>,
    began: Instant,
    others: u64,
}

impl Floor {
    fn new() -> Self {
        let mut plan = Plan::new(3, Currency::EUR, at(0));
        plan.add_reference(ReferenceEvent::DefineInstrument(Box::new(hour(0, 0))));
        let points = [(at(0), terms().price)];
        plan.add_book(
            FRONT,
            Day::continuous(at(0)),
            points,
            common::book::nobody(),
            FeedLevel::L1,
        )
        .unwrap();
        let members = ["DESK".to_owned(), "OTHER".to_owned()];
        let exchange = plan.exchange(VenueId(0), members, at(1)).unwrap();
        Self {
            exchange: Arc::new(Mutex::new(exchange)),
            ahead: Arc::default(),
            began: Instant::now(),
            others: 0,
        }
    }

    fn clock(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let (began, ahead) = (self.began, Arc::clone(&self.ahead));
        Arc::new(move || {
            let elapsed = began.elapsed().as_nanos() as i64;
            at(1).plus_nanos(elapsed + ahead.load(Ordering::SeqCst))
        })
    }

    fn now(&self) -> Timestamp {
        at(1).plus_nanos(self.began.elapsed().as_nanos() as i64)
    }

    fn other(&mut self, side: Side, price: Price, volume: Volume) {
        self.others += 1;
        let request = Request::New(NewOrder {
            id: format!("other-{}", self.others),
            symbol: "H0".to_owned(),
            side,
            time_in_force: TimeInForce::ImmediateOrCancel,
            price,
            volume,
            display_volume: None,
        });
        let now = (self.clock())();
        self.exchange.lock().unwrap().request(1, &request, now);
    }

    fn open_orders(&self) -> usize {
        self.exchange.lock().unwrap().open_orders(0)
    }

    fn repeat_fill(&self) {
        assert!(self.exchange.lock().unwrap().repeat_fill(0));
    }

    fn skew(&self, ns: i64) {
        self.ahead.store(ns, Ordering::SeqCst);
    }
}

/// What the harnesses have in common.
macro_rules! on_the_floor {
    () => {
        fn now(&self) -> Timestamp {
            self.floor.now()
        }

        fn other(&mut self, side: Side, price: Price, volume: Volume) {
            self.floor.other(side, price, volume);
        }

        fn open_orders(&mut self) -> usize {
            self.floor.open_orders()
        }

        fn repeat_fill(&mut self) {
            self.floor.repeat_fill();
        }

        fn skew(&mut self, ns: i64) {
            self.floor.skew(ns);
        }
    };
}

/// The simulated venue in this process.
struct Inside {
    floor: Floor,
    adapter: OrderAdapter<InProcess>,
}

impl VenueUnderTest for Inside {
    on_the_floor!();

    fn adapter(&mut self) -> &mut dyn VenueAdapter {
        &mut self.adapter
    }

    fn stall(&mut self, way: Way) {
        self.adapter.link().stall(way);
    }

    fn cut(&mut self) {
        self.adapter.link().set_up(false);
    }

    fn mend(&mut self) {
        self.adapter.link().set_up(true);
    }
}

/// A venue behind a cable.
struct Outside<A> {
    floor: Floor,
    adapter: A,
    cable: Cable,
    served: Box<dyn std::any::Any>,
}

impl<A: VenueAdapter> VenueUnderTest for Outside<A> {
    on_the_floor!();

    fn adapter(&mut self) -> &mut dyn VenueAdapter {
        &mut self.adapter
    }

    fn stall(&mut self, way: Way) {
        self.cable.stall(way == Way::Out);
    }

    fn cut(&mut self) {
        self.cable.cut();
    }

    fn mend(&mut self) {
        self.cable.mend();
    }
}

fn symbols() -> [(InstrumentId, String); 1] {
    [(FRONT, "H0".to_owned())]
}

fn rest() -> Outside<OrderAdapter<RestOrders>> {
    let floor = Floor::new();
    let config = RestOrderConfig {
        port: 0,
        key: "secret".to_owned(),
        member: 0,
        rate: None,
    };
    let venue = RestOrderVenue::start(config, Arc::clone(&floor.exchange), floor.clock()).unwrap();
    let cable = Cable::to(venue.address());
    let link = RestOrders::new(RestOrdersConfig {
        address: cable.address(),
        key: "secret".to_owned(),
    });
    Outside {
        adapter: OrderAdapter::new(link, "T", symbols()),
        cable,
        floor,
        served: Box::new(venue),
    }
}

/// A market of one contract without orders; its books are not those in which is traded.
fn feed() -> FeedControl {
    FeedControl::new(FeedMarket::new(1, 7_200, 1, &["DE-LU"]))
}

fn order_floor(floor: &Floor) -> Arc<OrderFloor> {
    let symbols = [((1_000, "DE-LU".to_owned()), "H0".to_owned())];
    OrderFloor::new(Arc::clone(&floor.exchange), 0, floor.clock(), symbols)
}

fn secrets() -> Secrets {
    Secrets {
        user: "trader".to_owned(),
        password: "anything".to_owned(),
    }
}

type SessionVenue = Outside<OrderAdapter<VenueOrders>>;
type MakeFloor<'a> = dyn Fn(&Floor) -> Arc<OrderFloor> + 'a;

fn m7(orders: &MakeFloor<'_>) -> SessionVenue {
    let floor = Floor::new();
    let wire = M7Wire::new(feed().market(), "PLAIN").with_floor(orders(&floor));
    let venue = M7Server::start(wire, 0).unwrap();
    let cable = Cable::to(venue.address());
    let file = format!(
        "kind = 'm7'\nurl = 'amqp://{}/'\nmarket = 'SIM'\nproducts = ['XBID_Hour_Power']\n\
         accounts = ['ACC']\nretry_ms = [20, 200]",
        cable.address()
    );
    native(floor, cable, &file, "1000@DE-LU", Box::new(venue))
}

fn nordpool(orders: &MakeFloor<'_>) -> SessionVenue {
    let floor = Floor::new();
    let settings = NordPoolVenueSettings {
        port: 0,
        user: "trader".to_owned(),
        password: "anything".to_owned(),
        token_seconds: 600,
        heartbeat_ms: 500,
    };
    let orders = Some(orders(&floor));
    let venue = NordPoolVenue::start_with(settings, feed(), orders).unwrap();
    let cable = Cable::to(venue.address());
    let address = cable.address();
    let file = format!(
        "kind = 'nordpool'\nurl = 'ws://{address}/user/{{server}}/{{session}}/websocket'\n\
         token_url = 'http://{address}/connect/token'\nareas = [1]\nfollows_own = true\n\
         portfolio = 'P'\nretry_ms = [20, 200]"
    );
    native(floor, cable, &file, "NX_1000@1", Box::new(venue))
}

/// An adapter over the session that `file` describes.
fn native(
    floor: Floor,
    cable: Cable,
    file: &str,
    symbol: &str,
    served: Box<dyn std::any::Any>,
) -> Outside<OrderAdapter<VenueOrders>> {
    let session = wattbook_session::open(file, secrets(), 3).unwrap();
    let again = file.to_owned();
    let link = VenueOrders::new(session, TlsClient::default()).reopened_by(Box::new(move || {
        wattbook_session::open(&again, secrets(), 4).ok()
    }));
    Outside {
        adapter: OrderAdapter::new(link, "T", [(FRONT, symbol.to_owned())]),
        cable,
        floor,
        served,
    }
}

fn fix(folder: &tempfile::TempDir) -> Outside<LiveVenue> {
    let floor = Floor::new();
    let seat = Seat::new(Arc::clone(&floor.exchange), 0, floor.clock());
    let id = SessionId {
        version: Version::Fix44,
        sender: "EXCHANGE".to_owned(),
        target: "DESK".to_owned(),
    };
    let session = Session::new(
        SessionConfig::new(id, Role::Acceptor),
        MemoryStore::default(),
    );
    let acceptor = Acceptor::start(0, vec![(session, seat)]).unwrap();
    let cable = Cable::to(acceptor.address());
    let config = LiveConfig {
        address: cable.address(),
        sender: "DESK".to_owned(),
        target: "EXCHANGE".to_owned(),
        heartbeat_seconds: 5,
        tag: "T".to_owned(),
        store: folder.path().join("fix.store"),
        tls: None,
        rate: None,
        schedule: None,
        drop_copy: None,
    };
    Outside {
        adapter: LiveVenue::open(config, symbols()).unwrap(),
        cable,
        floor,
        served: Box::new(acceptor),
    }
}

fn passes(checked: Result<Vec<&'static str>, Broken>) {
    match checked {
        Ok(rules) => assert_eq!(rules.len(), 11, "{rules:?}"),
        Err(broken) => panic!("{broken}"),
    }
}

#[test]
fn the_simulated_venue_in_the_process_conforms() {
    let floor = Floor::new();
    let link = InProcess::new(Arc::clone(&floor.exchange), 0, floor.clock());
    let adapter = OrderAdapter::new(link, "T", symbols());
    passes(check(&mut Inside { floor, adapter }, terms()));
}

#[test]
fn rest_and_websocket_conform() {
    passes(check(&mut rest(), terms()));
}

#[test]
fn xml_over_amqp_conforms() {
    passes(check(&mut m7(&order_floor), terms()));
}

#[test]
fn json_over_stomp_conforms() {
    passes(check(&mut nordpool(&order_floor), terms()));
}

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

#[test]
fn an_order_that_a_venue_takes_after_its_lists_were_read_is_taken_back() {
    for (mut venue, floor) in sessions() {
        floor.hold();
        venue.adapter.route(&order(1));
        let now = venue.now();
        venue.adapter.take(now);
        // It has arrived, and is carried out after the next login only.
        until(&mut venue, |_, _| floor.holds() == 1);
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
        floor.hold();
        venue.adapter.route(&order(1));
        let now = venue.now();
        venue.adapter.take(now);
        until(&mut venue, |_, _| floor.holds() == 1);
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

#[test]
fn fix_conforms() {
    let folder = tempfile::tempdir().unwrap();
    passes(check(&mut fix(&folder), terms()));
}

#[test]
fn an_adapter_that_books_a_fill_twice_is_found_out() {
    struct Twice(OrderAdapter<InProcess>);
    impl VenueAdapter for Twice {
        fn connect(&mut self) {
            self.0.connect();
        }
        fn route(&mut self, event: &wattbook_domain::Event) {
            self.0.route(event);
        }
        fn take(&mut self, now: Timestamp) -> Vec<wattbook_session::adapter::AdapterTold> {
            let told = self.0.take(now);
            let twice = told.iter().flat_map(|one| {
                use wattbook_domain::report::VenueReport::OrderFilled;
                use wattbook_session::adapter::AdapterTold::Report;
                let count = if matches!(one, Report(OrderFilled(_), _)) {
                    2
                } else {
                    1
                };
                std::iter::repeat_n(one.clone(), count)
            });
            twice.collect()
        }
        fn is_connected(&self) -> bool {
            self.0.is_connected()
        }
        fn stop(&mut self) {
            self.0.stop();
        }
    }
    struct Faulty {
        floor: Floor,
        adapter: Twice,
    }
    impl VenueUnderTest for Faulty {
        on_the_floor!();
        fn adapter(&mut self) -> &mut dyn VenueAdapter {
            &mut self.adapter
        }
        fn stall(&mut self, way: Way) {
            self.adapter.0.link().stall(way);
        }
        fn cut(&mut self) {
            self.adapter.0.link().set_up(false);
        }
        fn mend(&mut self) {
            self.adapter.0.link().set_up(true);
        }
    }
    let floor = Floor::new();
    let link = InProcess::new(Arc::clone(&floor.exchange), 0, floor.clock());
    let adapter = Twice(OrderAdapter::new(link, "T", symbols()));
    let refused = check(&mut Faulty { floor, adapter }, terms()).unwrap_err();
    assert_eq!(refused.rule, "a part of an order fills, the rest stays");
}
