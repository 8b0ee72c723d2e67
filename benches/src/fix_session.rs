//! Order entry over FIX 4.4 and loopback TCP: a session that trades with one that confirms every order.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use wattbook_codec::fix::Message;
use wattbook_domain::{Price, Side, TimeInForce, Volume};
use wattbook_gateway::fix::{Acceptor, Connection, Ended, FileStore};
use wattbook_gateway::wall_clock;
use wattbook_session::fix::orders::{Answer, ExecType, Execution, NewOrder, OrdStatus, Request};
use wattbook_session::fix::{
    Application, Declined, MemoryStore, MessageStore, Outbox, Role, Session, SessionConfig,
    SessionError, SessionId, Version,
};

use crate::Arguments;
use crate::harness::{self, Latency, Report, Work};

/// Orders of one run that are answered one by one.
const IN_TURN: u64 = 20_000;
/// Orders of one run that are under way together, and how many of them at most.
const TOGETHER: u64 = 200_000;
const WINDOW: u64 = 2_000;
/// Bytes of an order and of its report on the wire, for the exchange of bare bytes.
const ORDER_BYTES: usize = 160;
const REPORT_BYTES: usize = 220;

/// Confirms each order.
struct Exchange(u64);

impl<S: MessageStore> Application<S> for Exchange {
    fn on_message(
        &mut self,
        message: &Message<'_>,
        outbox: &mut Outbox<S>,
    ) -> Result<(), Declined> {
        let Ok(Request::New(order)) = Request::read(message) else {
            panic!("an order that cannot be read");
        };
        self.0 += 1;
        let answer = Answer::Execution(Box::new(Execution {
            order: self.0.to_string(),
            execution: self.0.to_string(),
            id: order.id,
            original: None,
            exec_type: ExecType::New,
            status: OrdStatus::New,
            symbol: order.symbol,
            side: order.side,
            price: Some(order.price),
            volume: Some(order.volume),
            last: None,
            filled: Volume::ZERO,
            open: order.volume,
            mean_price: Price::ZERO,
            is_maker: false,
            reason: None,
            at: Some(outbox.now()),
            mass: None,
        }));
        outbox.send(answer.msg_type(), &[], |body| answer.write(body))?;
        Ok(())
    }
}

/// Sends orders, at most `window` of them without a report.
struct Desk {
    sent: u64,
    answered: u64,
    count: u64,
    window: u64,
    /// When each order went out; only of those sent one by one.
    begun: Instant,
    nanos: Vec<u64>,
    stop: Arc<AtomicBool>,
}

impl Desk {
    fn new(count: u64, window: u64) -> Self {
        Self {
            sent: 0,
            answered: 0,
            count,
            window,
            begun: Instant::now(),
            nanos: Vec::with_capacity(count as usize),
            stop: Arc::new(AtomicBool::new(false)),
        }
    }

    fn send<S: MessageStore>(&mut self, outbox: &mut Outbox<S>) -> Result<(), SessionError> {
        self.begun = Instant::now();
        while self.sent < self.count && self.sent - self.answered < self.window {
            self.sent += 1;
            let order = Request::New(NewOrder {
                id: self.sent.to_string(),
                symbol: "DE-LU-2026-12-01T10:00/PT1H".to_owned(),
                side: Side::Buy,
                time_in_force: TimeInForce::Day,
                price: Price::from_millionths(45_120_000),
                volume: Volume::from_millionths(5_000_000),
                display_volume: None,
            });
            let now = outbox.now();
            outbox.send(order.msg_type(), &[], |body| order.write(now, body))?;
        }
        Ok(())
    }
}

impl<S: MessageStore> Application<S> for Desk {
    fn on_message(
        &mut self,
        message: &Message<'_>,
        outbox: &mut Outbox<S>,
    ) -> Result<(), Declined> {
        let Ok(Answer::Execution(report)) = Answer::read(message) else {
            panic!("a report that cannot be read");
        };
        assert_eq!(report.exec_type, ExecType::New);
        self.answered += 1;
        if self.window == 1 {
            self.nanos.push(self.begun.elapsed().as_nanos() as u64);
        }
        if self.answered == self.count {
            self.stop.store(true, Ordering::Relaxed);
        }
        // Half a window together, so that a store can keep them together.
        if self.sent - self.answered <= self.window / 2 {
            self.send(outbox)?;
        }
        Ok(())
    }

    fn on_time(&mut self, outbox: &mut Outbox<S>) -> Result<(), SessionError> {
        if self.sent == 0 {
            self.send(outbox)?;
        }
        Ok(())
    }
}

fn config(role: Role, sender: &str, target: &str) -> SessionConfig {
    let id = SessionId {
        version: Version::Fix44,
        sender: sender.to_owned(),
        target: target.to_owned(),
    };
    SessionConfig::new(id, role)
}

/// Trades `count` orders; what the desk has measured.
fn trade<S>(desk_store: S, exchange_store: S, count: u64, window: u64) -> Desk
where
    S: MessageStore + Send + 'static,
{
    let exchange = Session::new(config(Role::Acceptor, "EXCHANGE", "DESK"), exchange_store);
    let mut acceptor = Acceptor::start(0, vec![(exchange, Exchange(0))]).unwrap();
    let mut session = Session::new(config(Role::Initiator, "DESK", "EXCHANGE"), desk_store);
    let mut connection = Connection::new(TcpStream::connect(acceptor.address()).unwrap()).unwrap();
    session.connect(wall_clock()).unwrap();
    let mut desk = Desk::new(count, window);
    let stop = Arc::clone(&desk.stop);
    let ended = connection.run(&mut session, &mut desk, &stop);
    assert!(matches!(ended, Err(Ended::Closed(_))), "{ended:?}");
    assert_eq!(desk.answered, count);
    acceptor.stop();
    desk
}

fn work(desk: &Desk) -> Work {
    vec![("orders", desk.sent), ("reports", desk.answered)]
}

/// An order after the report on the one before it: the time from order to report.
pub(crate) fn round_trip(arguments: &Arguments) -> Report {
    let mut nanos = Vec::new();
    let (seconds, work) = harness::measure(
        arguments.repeats,
        || (),
        |()| {
            let desk = trade(MemoryStore::default(), MemoryStore::default(), IN_TURN, 1);
            nanos.extend_from_slice(&desk.nanos);
            work(&desk)
        },
    );
    Report {
        unit: "orders/s",
        count: IN_TURN,
        seconds,
        work,
        latency_ns: Some(Latency::of(nanos)),
        extra: Vec::new(),
    }
}

/// The floor: as many bytes there and back, without a word of FIX.
pub(crate) fn ping_pong(arguments: &Arguments) -> Report {
    let mut nanos = Vec::new();
    let (seconds, work) = harness::measure(
        arguments.repeats,
        || (),
        |()| {
            nanos.extend(exchange_bytes());
            vec![("orders", IN_TURN), ("reports", IN_TURN)]
        },
    );
    Report {
        unit: "orders/s",
        count: IN_TURN,
        seconds,
        work,
        latency_ns: Some(Latency::of(nanos)),
        extra: Vec::new(),
    }
}

fn exchange_bytes() -> Vec<u64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut desk = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    desk.set_nodelay(true).unwrap();
    let exchange = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut order, report) = ([0; ORDER_BYTES], [0; REPORT_BYTES]);
        while stream.read_exact(&mut order).is_ok() {
            stream.write_all(&report).unwrap();
        }
    });
    let (order, mut report) = ([0; ORDER_BYTES], [0; REPORT_BYTES]);
    let nanos = (0..IN_TURN)
        .map(|_| {
            let begun = Instant::now();
            desk.write_all(&order).unwrap();
            desk.read_exact(&mut report).unwrap();
            begun.elapsed().as_nanos() as u64
        })
        .collect();
    drop(desk);
    exchange.join().unwrap();
    nanos
}

/// Orders under way together, both sides' messages in memory.
pub(crate) fn memory(arguments: &Arguments) -> Report {
    let (seconds, work) = harness::measure(
        arguments.repeats,
        || (),
        |()| {
            let stores = (MemoryStore::default(), MemoryStore::default());
            work(&trade(stores.0, stores.1, TOGETHER, WINDOW))
        },
    );
    together(seconds, work)
}

/// The same, both sides' messages on disk before they are on the wire.
pub(crate) fn durable(arguments: &Arguments) -> Report {
    let open = |name: &str| {
        let path = Path::new(&arguments.input).join(name);
        drop(std::fs::remove_file(&path));
        FileStore::open(&path).unwrap()
    };
    let (seconds, work) = harness::measure(
        arguments.repeats,
        || (open("desk.fix"), open("exchange.fix")),
        |_stores| {
            let stores = (open("desk.fix"), open("exchange.fix"));
            work(&trade(stores.0, stores.1, TOGETHER, WINDOW))
        },
    );
    together(seconds, work)
}

fn together(seconds: Vec<harness::Seconds>, work: Work) -> Report {
    Report {
        unit: "orders/s",
        count: TOGETHER,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}
