//! The harnesses: an exchange with an empty book, and each adapter to it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::cable::Cable;
use crate::common::{at, hour};
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::{
    Currency, InstrumentId, Lots, Price, Side, TimeInForce, Timestamp, VenueId, Volume,
};
use wattbook_feed::venue::{TlsClient, VenueOrders};
use wattbook_gateway::fix::Acceptor;
use wattbook_gateway::rest_orders::{RestOrders, RestOrdersConfig};
use wattbook_session::adapter::{OrderAdapter, VenueAdapter};
use wattbook_session::fix::orders::{NewOrder, Request};
use wattbook_session::fix::{MemoryStore, Role, Session, SessionConfig, SessionId, Version};
use wattbook_session::venue::Secrets;
use wattbook_sim::conformance::{Terms, VenueUnderTest, Way};
use wattbook_sim::feeds::{
    FeedControl, FeedMarket, M7Server, M7Wire, NordPoolVenue, NordPoolVenueSettings, OrderFloor,
};
use wattbook_sim::order_venues::{InProcess, RestOrderConfig, RestOrderVenue};
use wattbook_sim::{Exchange, FeedLevel, LiveConfig, LiveVenue, Plan, Seat, Session as Day};

pub(crate) const FRONT: InstrumentId = InstrumentId(0);

pub(crate) fn terms() -> Terms {
    Terms {
        instrument: FRONT,
        price: Price::from_millionths(-20_000_000),
        tick: Price::from_millionths(crate::common::TICK),
        lot: Volume::from_millionths(crate::common::LOT),
    }
}

/// An exchange with an empty book, a desk and another participant; its clock can be wrong.
pub(crate) struct Floor {
    pub(crate) exchange: Arc<Mutex<Exchange>>,
    ahead: Arc<AtomicI64>,
    began: Instant,
    others: u64,
}

impl Floor {
    pub(crate) fn new() -> Self {
        let mut plan = Plan::new(3, Currency::EUR, at(0));
        plan.add_reference(ReferenceEvent::DefineInstrument(Box::new(hour(0, 0))));
        let points = [(at(0), terms().price)];
        plan.add_book(
            FRONT,
            Day::continuous(at(0)),
            points,
            crate::common::book::nobody(),
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

    pub(crate) fn clock(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let (began, ahead) = (self.began, Arc::clone(&self.ahead));
        Arc::new(move || {
            let elapsed = began.elapsed().as_nanos() as i64;
            at(1).plus_nanos(elapsed + ahead.load(Ordering::SeqCst))
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        at(1).plus_nanos(self.began.elapsed().as_nanos() as i64)
    }

    pub(crate) fn other(&mut self, side: Side, price: Price, volume: Volume) {
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

    pub(crate) fn open_orders(&self) -> usize {
        self.exchange.lock().unwrap().open_orders(0)
    }

    pub(crate) fn shown(&self) -> Volume {
        let exchange = self.exchange.lock().unwrap();
        let lots: i64 = exchange.shown(0).map(Lots::count).sum();
        Volume::from_millionths(lots * crate::common::LOT)
    }

    pub(crate) fn repeat_fill(&self) {
        assert!(self.exchange.lock().unwrap().repeat_fill(0));
    }

    pub(crate) fn skew(&self, ns: i64) {
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

        fn shown(&mut self) -> Volume {
            self.floor.shown()
        }

        fn repeat_fill(&mut self) {
            self.floor.repeat_fill();
        }

        fn skew(&mut self, ns: i64) {
            self.floor.skew(ns);
        }
    };
}

pub(crate) use on_the_floor;

/// The simulated venue in this process.
pub(crate) struct Inside {
    pub(crate) floor: Floor,
    pub(crate) adapter: OrderAdapter<InProcess>,
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
pub(crate) struct Outside<A> {
    pub(crate) floor: Floor,
    pub(crate) adapter: A,
    pub(crate) cable: Cable,
    pub(crate) served: Box<dyn std::any::Any>,
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

pub(crate) fn symbols() -> [(InstrumentId, String); 1] {
    [(FRONT, "H0".to_owned())]
}

pub(crate) fn rest() -> Outside<OrderAdapter<RestOrders>> {
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
pub(crate) fn feed() -> FeedControl {
    FeedControl::new(FeedMarket::new(1, 7_200, 1, &["DE-LU"]))
}

pub(crate) fn order_floor(floor: &Floor) -> Arc<OrderFloor> {
    let symbols = [((1_000, "DE-LU".to_owned()), "H0".to_owned())];
    OrderFloor::new(Arc::clone(&floor.exchange), 0, floor.clock(), symbols)
}

pub(crate) fn secrets() -> Secrets {
    Secrets {
        user: "trader".to_owned(),
        password: "anything".to_owned(),
    }
}

pub(crate) type SessionVenue = Outside<OrderAdapter<VenueOrders>>;
pub(crate) type MakeFloor<'a> = dyn Fn(&Floor) -> Arc<OrderFloor> + 'a;

pub(crate) fn m7(orders: &MakeFloor<'_>) -> SessionVenue {
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

pub(crate) fn nordpool(orders: &MakeFloor<'_>) -> SessionVenue {
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
pub(crate) fn native(
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

pub(crate) fn fix(folder: &tempfile::TempDir) -> Outside<LiveVenue> {
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
