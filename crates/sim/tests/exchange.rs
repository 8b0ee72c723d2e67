//! A member of the simulated exchange gets the answers that FIX owes it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::{Arc, Mutex};

use common::{at, hour};
use wattbook_codec::fix::{Decoder, Message};
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{
    Currency, InstrumentId, Price, Side, TimeInForce, Timestamp, VenueId, Volume,
};
use wattbook_session::fix::orders::{
    Answer, Cancel, ChangeRejected, ExecType, Execution, NewOrder, OrdStatus, QuoteUpdate, Replace,
    Request, Status, write_subscription,
};
use wattbook_session::fix::{
    Application, Declined, MemoryStore, Outbox, Role, Session, SessionConfig, SessionId, Version,
};
use wattbook_sim::{Account, Exchange, FeedLevel, Plan, Seat, Session as Day};

/// Notes what the exchange says.
#[derive(Default)]
struct Heard {
    answers: Vec<Answer>,
    quotes: Vec<QuoteUpdate>,
    declined: usize,
}

impl Application<MemoryStore> for Heard {
    fn on_message(
        &mut self,
        message: &Message<'_>,
        _outbox: &mut Outbox<MemoryStore>,
    ) -> Result<(), Declined> {
        match message.msg_type() {
            b"W" => self.quotes.push(QuoteUpdate::read(message).unwrap()),
            b"j" => self.declined += 1,
            _ => self.answers.push(Answer::read(message).unwrap()),
        }
        Ok(())
    }
}

/// An exchange with an empty book, and one member that is logged on.
struct Pair {
    exchange: Arc<Mutex<Exchange>>,
    seat: Seat,
    theirs: Session<MemoryStore>,
    ours: Session<MemoryStore>,
    heard: Heard,
    symbol: String,
}

fn session(role: Role) -> Session<MemoryStore> {
    let names = match role {
        Role::Initiator => ("DESK", "EXCHANGE"),
        Role::Acceptor => ("EXCHANGE", "DESK"),
    };
    let id = SessionId {
        version: Version::Fix44,
        sender: names.0.into(),
        target: names.1.into(),
    };
    Session::new(SessionConfig::new(id, role), MemoryStore::default())
}

const NOW: Timestamp = Timestamp::from_nanos(1_795_593_600_000_000_000);

impl Pair {
    fn new() -> Self {
        let mut plan = Plan::new(3, Currency::EUR, at(0));
        let terms = hour(0, 0);
        let symbol = terms.symbol.clone();
        plan.add_reference(ReferenceEvent::DefineInstrument(Box::new(terms)));
        let nobody = common::book::nobody();
        let points = [(at(0), Price::from_millionths(-20_000_000))];
        plan.add_book(
            InstrumentId(0),
            Day::continuous(at(0)),
            points,
            nobody,
            FeedLevel::L1,
        )
        .unwrap();
        let members = ["DESK".to_owned()];
        let exchange = plan.exchange(VenueId(0), members, at(1)).unwrap();
        let exchange = Arc::new(Mutex::new(exchange));
        let seat = Seat::new(Arc::clone(&exchange), 0, Arc::new(|| at(2)));
        let mut pair = Self {
            exchange,
            seat,
            theirs: session(Role::Acceptor),
            ours: session(Role::Initiator),
            heard: Heard::default(),
            symbol,
        };
        pair.theirs.connect(NOW).unwrap();
        pair.ours.connect(NOW).unwrap();
        pair.carry();
        assert!(pair.ours.is_logged_on());
        pair
    }

    /// Carries everything that either side has to say.
    fn carry(&mut self) {
        loop {
            self.theirs.poll(NOW, &mut self.seat).unwrap();
            let (there, back) = (to_send(&mut self.ours), to_send(&mut self.theirs));
            if there.is_empty() && back.is_empty() {
                return;
            }
            self.ours.sent(there.len());
            self.theirs.sent(back.len());
            self.theirs
                .receive(&mut Decoder::default(), &there, NOW, &mut self.seat)
                .unwrap();
            self.ours
                .receive(&mut Decoder::default(), &back, NOW, &mut self.heard)
                .unwrap();
        }
    }

    /// Sends `request`; returns the answers.
    fn ask(&mut self, request: &Request) -> Vec<Answer> {
        let outbox = self.ours.outbox(NOW).unwrap();
        outbox
            .send(request.msg_type(), &[], |body| {
                request.write(NOW, body);
            })
            .unwrap();
        self.carry();
        std::mem::take(&mut self.heard.answers)
    }

    fn new_order(&self, id: &str, side: Side, price: &str, volume: &str) -> Request {
        Request::New(NewOrder {
            id: id.into(),
            symbol: self.symbol.clone(),
            side,
            time_in_force: TimeInForce::Day,
            price: price.parse().unwrap(),
            volume: volume.parse().unwrap(),
            display_volume: None,
        })
    }

    fn status(&self, id: &str) -> Request {
        Request::Status(Status {
            id: id.into(),
            symbol: self.symbol.clone(),
            side: Side::Buy,
        })
    }

    fn cancel(&self, id: &str, original: &str) -> Request {
        Request::Cancel(Cancel {
            id: id.into(),
            original: original.into(),
            symbol: self.symbol.clone(),
            side: Side::Buy,
            volume: "2".parse().unwrap(),
        })
    }
}

fn to_send(session: &mut Session<MemoryStore>) -> Vec<u8> {
    session.to_send().unwrap().to_vec()
}

fn executions(answers: Vec<Answer>) -> Vec<Execution> {
    let execution = |answer| match answer {
        Answer::Execution(execution) => *execution,
        Answer::ChangeRejected(rejected) => panic!("{rejected:?}"),
    };
    answers.into_iter().map(execution).collect()
}

fn kinds(answers: Vec<Answer>) -> Vec<(String, ExecType, OrdStatus)> {
    let kind = |one: Execution| (one.id, one.exec_type, one.status);
    executions(answers).into_iter().map(kind).collect()
}

fn refusal(answers: Vec<Answer>) -> ChangeRejected {
    match answers.into_iter().next() {
        Some(Answer::ChangeRejected(rejected)) => rejected,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_iceberg_shows_a_part_and_the_next_one_when_that_is_gone() {
    let mut pair = Pair::new();
    let symbol = pair.symbol.clone();
    let outbox = pair.ours.outbox(NOW).unwrap();
    outbox
        .send_once("V", |body| {
            write_subscription("q", [symbol.as_str()].into_iter(), body);
        })
        .unwrap();
    let Request::New(mut iceberg) = pair.new_order("a", Side::Buy, "-20.1", "3") else {
        panic!("no order");
    };
    iceberg.display_volume = Some("1".parse().unwrap());
    pair.ask(&Request::New(iceberg));
    let best = |pair: &Pair| pair.heard.quotes.last().expect("a quote").bid;
    let shown = ("-20.1".parse().unwrap(), "1".parse().unwrap());
    assert_eq!(best(&pair), shown);
    let sold = executions(pair.ask(&pair.new_order("s", Side::Sell, "-20.1", "1")));
    let trades = sold.iter().filter(|one| one.exec_type == ExecType::Trade);
    assert_eq!(trades.count(), 2);
    assert_eq!(best(&pair), shown);
    // What takes more than is shown trades with the rest of it as well.
    let sold = executions(pair.ask(&pair.new_order("t", Side::Sell, "-20.1", "2")));
    let bought: Vec<_> = sold.iter().filter(|one| one.id == "a").collect();
    assert_eq!(
        bought.last().map(|one| one.status),
        Some(OrdStatus::Filled),
        "{sold:?}"
    );
}

#[test]
fn an_order_rests_changes_trades_and_is_told_of_at_each_step() {
    let mut pair = Pair::new();
    let outbox = pair.ours.outbox(NOW).unwrap();
    let symbol = pair.symbol.clone();
    outbox
        .send_once("V", |body| {
            write_subscription("q", [symbol.as_str()].into_iter(), body);
        })
        .unwrap();
    let buy = pair.new_order("a", Side::Buy, "-20.1", "2");
    assert_eq!(
        kinds(pair.ask(&buy)),
        [("a".into(), ExecType::New, OrdStatus::New)]
    );
    let best = pair.heard.quotes.last().expect("a quote").bid;
    assert_eq!(best, ("-20.1".parse().unwrap(), "2".parse().unwrap()));

    let change = Request::Replace(Replace {
        id: "b".into(),
        original: "a".into(),
        symbol: pair.symbol.clone(),
        side: Side::Buy,
        price: "-19.9".parse().unwrap(),
        volume: "3".parse().unwrap(),
        display_volume: None,
    });
    assert_eq!(
        kinds(pair.ask(&change)),
        [("b".into(), ExecType::Replaced, OrdStatus::New)]
    );

    // The member's own sale trades with it: two reports, each with a number of its own.
    let sell = pair.new_order("s", Side::Sell, "-19.9", "1");
    let told = executions(pair.ask(&sell));
    let trades: Vec<_> = told
        .iter()
        .filter(|one| one.exec_type == ExecType::Trade)
        .collect();
    let [bought, sold] = &trades[..] else {
        panic!("two trades: {told:?}");
    };
    assert_eq!((bought.id.as_str(), sold.id.as_str()), ("b", "s"));
    assert_ne!(bought.execution, sold.execution);
    assert_eq!((bought.is_maker, sold.is_maker), (true, false));
    assert_eq!(
        (bought.status, sold.status),
        (OrdStatus::PartiallyFilled, OrdStatus::Filled)
    );
    let one: Volume = "1".parse().unwrap();
    let two: Volume = "2".parse().unwrap();
    assert_eq!(
        (bought.filled, bought.open, sold.open),
        (one, two, Volume::ZERO)
    );
    assert_eq!(bought.mean_price, "-19.9".parse().unwrap());

    let cancel = pair.cancel("c", "b");
    let ended = executions(pair.ask(&cancel));
    assert_eq!(
        (ended[0].id.as_str(), ended[0].original.as_deref()),
        ("c", Some("b"))
    );
    assert_eq!(
        (ended[0].status, ended[0].reason),
        (OrdStatus::Cancelled, Some(VenueReason::Requested))
    );
    let exchange = pair.exchange.lock().unwrap();
    let accounts: Vec<_> = exchange.accounts().collect();
    let account = Account {
        bought: one,
        sold: one,
        fills: 2,
    };
    assert_eq!(accounts, [("DESK", pair.symbol.as_str(), account)]);
    assert_eq!(exchange.orders().collect::<Vec<_>>(), [("DESK", 2)]);
}

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    let mut pair = Pair::new();
    let order = pair.new_order("a", Side::Buy, "-20.1", "2");
    pair.ask(&order);
    // The same number again, another contract, a price off the tick.
    let again = executions(pair.ask(&order));
    assert_eq!(
        (again[0].exec_type, again[0].reason),
        (ExecType::Rejected, Some(VenueReason::InvalidTerms))
    );
    let Request::New(mut elsewhere) = pair.new_order("b", Side::Buy, "1", "2") else {
        panic!("no order");
    };
    elsewhere.symbol = "nowhere".into();
    let unknown = executions(pair.ask(&Request::New(elsewhere)));
    assert_eq!(unknown[0].reason, Some(VenueReason::NotTrading));
    let off = pair.new_order("c", Side::Buy, "-20.123456", "2");
    assert_eq!(
        executions(pair.ask(&off))[0].reason,
        Some(VenueReason::OffTick)
    );

    let late = pair.cancel("d", "nobody");
    let refused = refusal(pair.ask(&late));
    assert_eq!(
        (refused.id.as_str(), refused.reason),
        ("d", VenueReason::UnknownOrder)
    );
    // The first order stands all the same.
    let asked = pair.status("a");
    assert_eq!(
        kinds(pair.ask(&asked)),
        [("a".into(), ExecType::Status, OrdStatus::New)]
    );
    let asked = pair.status("nobody");
    let unknown = executions(pair.ask(&asked));
    assert_eq!(
        (unknown[0].status, unknown[0].reason),
        (OrdStatus::Rejected, Some(VenueReason::UnknownOrder))
    );
    let cancel = pair.cancel("e", "a");
    pair.ask(&cancel);
    let asked = pair.status("a");
    assert_eq!(executions(pair.ask(&asked))[0].status, OrdStatus::Cancelled);
    // A market order is none of its kinds.
    let outbox = pair.ours.outbox(NOW).unwrap();
    outbox
        .send("D", &[], |body| {
            body.text(11, "m").text(55, "x").char(54, b'1');
            body.timestamp(60, NOW, wattbook_codec::fix::Precision::Millis);
            body.int(38, 1).char(40, b'1');
        })
        .unwrap();
    pair.carry();
    assert_eq!(pair.heard.declined, 1);
}
