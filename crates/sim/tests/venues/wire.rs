//! XML over AMQP without sockets: the connection in any chunks, cut at any byte.

use std::sync::OnceLock;

use proptest::prelude::*;
use wattbook_domain::Timestamp;
use wattbook_session::m7::{M7Session, M7Settings};
use wattbook_session::venue::{Secrets, SessionState, VenueEvent};
use wattbook_session::{Action, Endpoint, Input, Link, Session};
use wattbook_sim::feeds::{FeedMarket, M7Wire};

use crate::follower::Heard;

const LINK: Link = Link(0);
const AREAS: [&str; 1] = ["10YDE-EON------1"];
/// Steps of the market before the session, while it follows, and after it was live again.
const EARLIER: u32 = 3;
const FOLLOWED: u32 = 2;
const LATER: u32 = 1;
const START: Timestamp = Timestamp::from_seconds(1_764_140_000);

fn settings() -> M7Settings {
    let endpoint = Endpoint {
        host: "127.0.0.1".to_owned(),
        port: 5_672,
        is_tls: false,
    };
    let secrets = Secrets {
        user: "guest".to_owned(),
        password: "guest".to_owned(),
    };
    let mut settings = M7Settings::new(endpoint, secrets, "SIM", &["XBID_Hour_Power"]);
    settings.accounts = vec!["ACC".to_owned()];
    settings
}

/// A market of one contract in which an order of ours trades while it is followed.
fn market() -> FeedMarket {
    static FOUND: OnceLock<FeedMarket> = OnceLock::new();
    FOUND.get_or_init(find_market).clone()
}

fn find_market() -> FeedMarket {
    let markets = (0..).map(|seed| FeedMarket::new(seed, 1_764_144_000, 1, &AREAS));
    let started = markets.map(|mut market| {
        (0..EARLIER).for_each(|_| drop(market.step()));
        market
    });
    let trades_ours = |market: &FeedMarket| {
        let (mut later, before) = (market.clone(), market.own_fills().len());
        (0..FOLLOWED).for_each(|_| drop(later.step()));
        later.own_fills().len() > before
    };
    started.into_iter().find(trades_ours).unwrap()
}

/// A session and its venue, and the bytes between them.
struct Pair {
    session: M7Session,
    wire: M7Wire,
    now: Timestamp,
    events: Vec<VenueEvent>,
    heard: Heard,
    /// From the venue to the session, so far.
    delivered: usize,
    /// After how many bytes the connection is cut, once.
    cut_at: Option<usize>,
    /// How long the next chunk to the session is.
    chunk: Box<dyn FnMut() -> usize>,
}

impl Pair {
    fn new(settings: M7Settings, mechanisms: &str, chunk: Box<dyn FnMut() -> usize>) -> Self {
        Self {
            session: M7Session::new(settings),
            wire: M7Wire::new(market(), mechanisms),
            now: START,
            events: Vec::new(),
            heard: Heard::default(),
            delivered: 0,
            cut_at: None,
            chunk,
        }
    }

    /// Does what the session asks for and takes what it says.
    fn act(&mut self) {
        loop {
            while let Some(event) = self.session.event() {
                self.heard.hear(&event);
                self.events.push(event);
            }
            match self.session.action() {
                None => return,
                Some(Action::Connect(..)) => {
                    self.wire.connected();
                    self.session.handle(self.now, Input::Connected(LINK));
                }
                Some(Action::Send(_, bytes)) => self.wire.received(self.now, &bytes).unwrap(),
                Some(Action::Disconnect(_)) => self.wire.disconnected(),
            }
        }
    }

    /// Hands the venue's bytes on until neither side has anything to say.
    fn settle(&mut self) {
        self.act();
        loop {
            let bytes = self.wire.take_output();
            if bytes.is_empty() {
                return;
            }
            let left = self.cut_at.map_or(usize::MAX, |at| at - self.delivered);
            let is_cut = left < bytes.len();
            let mut rest = &bytes[..left.min(bytes.len())];
            while !rest.is_empty() {
                let (chunk, more) = rest.split_at((self.chunk)().clamp(1, rest.len()));
                self.delivered += chunk.len();
                self.session.handle(self.now, Input::Received(LINK, chunk));
                self.act();
                rest = more;
            }
            if is_cut {
                self.cut_at = None;
                self.wire.disconnected();
                self.session.handle(self.now, Input::Closed(LINK, "cut"));
                self.act();
            }
        }
    }

    /// Lets time go on to the next deadline.
    fn wait(&mut self) {
        self.now = self.session.deadline().unwrap().max(self.now);
        self.session.handle(self.now, Input::Time);
        self.settle();
    }

    fn until_live(&mut self) {
        for _ in 0..20 {
            if self.is_live() {
                return;
            }
            self.wait();
        }
        panic!("not live: {:?}", self.heard.states);
    }

    fn is_live(&self) -> bool {
        self.heard.states.last() == Some(&SessionState::Live)
    }

    fn step(&mut self, steps: u32) {
        for _ in 0..steps {
            self.wire.step(self.now);
            self.settle();
        }
    }

    /// Connects and follows the market, and goes on after whatever happened meanwhile.
    fn day(&mut self) {
        self.session.handle(self.now, Input::Time);
        self.settle();
        self.step(FOLLOWED);
        self.until_live();
        self.step(LATER);
        self.until_live();
    }

    fn agrees(&self) {
        self.heard.agrees(self.wire.market()).unwrap();
        self.heard.own_agrees(self.wire.market()).unwrap();
        assert!(self.heard.quarantined.is_empty());
    }
}

fn whole(cut_at: Option<usize>) -> Pair {
    let mut pair = Pair::new(settings(), "PLAIN", Box::new(|| usize::MAX));
    pair.cut_at = cut_at;
    pair.day();
    pair
}

#[test]
fn a_day_in_single_bytes_says_the_same() {
    let told = whole(None);
    told.agrees();
    assert_eq!((told.heard.gaps, told.heard.states.len()), (0, 3));
    assert!(!told.heard.own_trades.is_empty() && !told.heard.trades.is_empty());
    let mut single = Pair::new(settings(), "PLAIN", Box::new(|| 1));
    single.day();
    assert_eq!(single.events, told.events);
}

#[test]
fn a_connection_cut_at_any_byte_costs_no_order_and_no_trade() {
    let length = whole(None).delivered;
    assert!(length > 3_000, "{length}");
    for cut_at in 0..length {
        let pair = whole(Some(cut_at));
        let losses = |state: &&SessionState| matches!(state, SessionState::Lost { .. });
        let losses = pair.heard.states.iter().filter(losses).count();
        assert_eq!(losses, 1, "cut at {cut_at}");
        let market = pair.wire.market();
        let agrees = pair.heard.agrees(market);
        assert_eq!(agrees, Ok(()), "cut at {cut_at}");
        let agrees = pair.heard.own_agrees(market);
        assert_eq!(agrees, Ok(()), "cut at {cut_at}");
        assert!(pair.heard.quarantined.is_empty(), "cut at {cut_at}");
    }
}

/// While events wait nothing is read, so that neither broker nor venue can be heard: that is no silence.
#[test]
fn a_consumer_that_stops_for_an_hour_loses_no_connection() {
    let mut pair = Pair::new(settings(), "PLAIN", Box::new(|| usize::MAX));
    pair.day();
    while pair.session.wants_input() {
        pair.wire.step(pair.now);
        let bytes = pair.wire.take_output();
        pair.session.handle(pair.now, Input::Received(LINK, &bytes));
    }
    let until = pair.now.plus_nanos(3_600_000_000_000);
    while pair.now < until {
        pair.now = pair.session.deadline().unwrap().max(pair.now);
        pair.session.handle(pair.now, Input::Time);
        while let Some(action) = pair.session.action() {
            match action {
                Action::Send(_, bytes) => pair.wire.received(pair.now, &bytes).unwrap(),
                other => panic!("{other:?}"),
            }
        }
    }
    pair.settle();
    pair.agrees();
    assert_eq!(pair.heard.states.len(), 3, "{:?}", pair.heard.states);
}

/// By certificate: no password is sent, and requests do not name a user that the broker would check.
#[test]
fn a_certificate_stands_for_the_password() {
    let mut settings = settings();
    settings.is_external = true;
    let mut pair = Pair::new(settings.clone(), "PLAIN EXTERNAL", Box::new(|| usize::MAX));
    pair.day();
    pair.agrees();
    assert_eq!(
        pair.wire.introductions(),
        [("EXTERNAL".to_owned(), Vec::new())]
    );
    let mut plain = Pair::new(self::settings(), "PLAIN EXTERNAL", Box::new(|| usize::MAX));
    plain.day();
    let response = b"\0guest\0guest".to_vec();
    assert_eq!(plain.wire.introductions(), [("PLAIN".to_owned(), response)]);
    let mut refused = Pair::new(settings, "PLAIN AMQPLAIN", Box::new(|| usize::MAX));
    refused.session.handle(START, Input::Time);
    refused.settle();
    let Some(SessionState::Lost { error, .. }) = refused.heard.states.last() else {
        panic!("{:?}", refused.heard.states);
    };
    let words = "no SASL mechanism EXTERNAL, only PLAIN AMQPLAIN";
    assert!(error.to_string().contains(words), "{error}");
    assert!(refused.wire.introductions().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_day_in_any_chunks_says_the_same(
        chunks in prop::collection::vec(1_usize..2_000, 1..50), cut in prop::option::of(0_usize..10_000),
    ) {
        let told = whole(cut);
        let mut place = 0;
        let mut pair = Pair::new(settings(), "PLAIN", Box::new(move || {
            place += 1;
            chunks[place % chunks.len()]
        }));
        pair.cut_at = cut;
        pair.day();
        prop_assert_eq!(pair.events, told.events);
    }
}
