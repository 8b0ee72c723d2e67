//! The adapter kit: what a venue must have so that orders can go to it.
//!
//! A new venue needs an [`OrderLink`]: how requests are written on its wire and how its answers are
//! read. [`OrderAdapter`] does the rest, the same for every venue: client ids, states, repeats, what a
//! lost connection leaves open. `docs/adapters.md` says how, and which suite it must pass.

use std::collections::{HashSet, VecDeque};

use wattbook_domain::report::VenueReport;
use wattbook_domain::{Event, InstrumentId, Timestamp};

use crate::fix::orders::{Answer, Backlog, OrderDesk, Outcome, Request, Told, next_routed};
use crate::fix::{Rate, RateLimit};

/// What comes over a link.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// It is up: what is sent arrives, and answers come.
    Up,
    /// It is down, and why; it comes up again by itself.
    Down(String),
    /// An answer; `repeats` where the venue says that it may have told it before.
    Answer {
        /// What it says.
        answer: Box<Answer>,
        /// Whether it may have been told before.
        repeats: bool,
    },
    /// The venue refuses our request `id` as such, in these words.
    Refused {
        /// Of the request.
        id: String,
        /// As told.
        words: String,
    },
    /// A message that says nothing that could be used.
    Unreadable {
        /// Why.
        reason: String,
        /// The message.
        message: String,
    },
}

/// The wire of one venue.
///
/// Requests arrive in the order in which they were sent, each once however often the line breaks: by
/// numbers and a store (FIX), or by a client id that the venue knows again (REST). Answers come in the
/// venue's order, none left out; they may come twice.
pub trait OrderLink {
    /// Begins to connect, and again whenever the connection is lost.
    fn connect(&mut self);

    /// Sends a request; while the link is down it waits.
    fn send(&mut self, request: &Request, now: Timestamp);

    /// Whether request `id` has not reached the venue because that takes no more for now.
    fn is_held_up(&self, id: &str) -> bool {
        let _ = id;
        false
    }

    /// What has come since.
    fn heard(&mut self) -> Option<Heard>;

    /// Ends the link.
    fn stop(&mut self);
}

impl<T: OrderLink + ?Sized> OrderLink for Box<T> {
    fn connect(&mut self) {
        (**self).connect();
    }

    fn send(&mut self, request: &Request, now: Timestamp) {
        (**self).send(request, now);
    }

    fn is_held_up(&self, id: &str) -> bool {
        (**self).is_held_up(id)
    }

    fn heard(&mut self) -> Option<Heard> {
        (**self).heard()
    }

    fn stop(&mut self) {
        (**self).stop();
    }
}

/// What an adapter tells.
#[derive(Debug, Clone, PartialEq)]
pub enum AdapterTold {
    /// For the engine, and when it happened at the venue.
    Report(VenueReport, Option<Timestamp>),
    /// For the operator: it could not be booked.
    Aside {
        /// Why.
        reason: String,
        /// The message; empty where there is none.
        message: String,
    },
}

/// How orders go to a venue: the one interface of every adapter.
pub trait VenueAdapter {
    /// Connects, and again whenever the connection is lost.
    fn connect(&mut self);

    /// Takes what the engine routed, whose input is durable. While the link is down a cancel waits and
    /// anything else is refused; beyond the limit of messages it waits.
    fn route(&mut self, event: &Event);

    /// What has come by `now`, in order.
    fn take(&mut self, now: Timestamp) -> Vec<AdapterTold>;

    /// Whether orders can go out.
    fn is_connected(&self) -> bool;

    /// Disconnects.
    fn stop(&mut self);
}

/// A [`VenueAdapter`] over any link.
#[derive(Debug)]
pub struct OrderAdapter<L> {
    desk: OrderDesk,
    link: L,
    is_up: bool,
    /// How often it came up.
    ups: u64,
    /// Why it last went down.
    last_end: Option<String>,
    now: Timestamp,
    told: VecDeque<AdapterTold>,
    /// What went out, where the venue limits it.
    limit: Option<RateLimit>,
    /// What waits until the venue takes it.
    waiting: VecDeque<Event>,
    backlog: Backlog,
    /// What is not answered when the link comes up never left.
    settles: bool,
}

impl<L: OrderLink> OrderAdapter<L> {
    /// An adapter whose client ids begin with `tag`, which must not come back within a day; `symbols`
    /// are the venue's names of what is traded.
    #[must_use]
    pub fn new(
        link: L,
        tag: impl Into<String>,
        symbols: impl IntoIterator<Item = (InstrumentId, String)>,
    ) -> Self {
        Self {
            desk: OrderDesk::new(tag, symbols),
            link,
            is_up: false,
            ups: 0,
            last_end: None,
            now: Timestamp::MIN,
            told: VecDeque::new(),
            limit: None,
            waiting: VecDeque::new(),
            backlog: Backlog::default(),
            settles: false,
        }
    }

    /// The same, for a venue that takes at most `rate` of messages; questions count, and never wait.
    #[must_use]
    pub fn with_rate(mut self, rate: Rate) -> Self {
        self.limit = Some(RateLimit::new(rate));
        self
    }

    /// Takes an order that the engine routed and took back before it left.
    pub fn withdraw(&mut self, event: &Event) {
        let ended = self.desk.withdraw(event);
        let told = ended.map(|report| AdapterTold::Report(report, None));
        self.told.extend(told);
    }

    /// When the link comes up next, what is not answered by then has not arrived and never will: it is
    /// refused. For a link that tells all that the venue answered before it is up, after an end of the
    /// process or of the session.
    pub const fn settle(&mut self) {
        self.settles = true;
    }

    /// How many requests wait for their turn, or for the link.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Whether no order is open, and none waits to go out.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.waiting.is_empty() && self.desk.open() == 0
    }

    /// The orders.
    #[must_use]
    pub const fn desk(&self) -> &OrderDesk {
        &self.desk
    }

    /// The orders, to name a contract that the venue has listed, or to see what is in doubt.
    pub const fn desk_mut(&mut self) -> &mut OrderDesk {
        &mut self.desk
    }

    /// Asks for the end of an order that the venue told of and nobody here works; `false` where it told
    /// of none. The request waits while the link is down.
    pub fn cancel_foreign(&mut self, id: &str, now: Timestamp) -> bool {
        let request = self.desk.cancel_foreign(id, now);
        if let Some(request) = &request {
            self.send(request);
        }
        request.is_some()
    }

    /// Asks after orders that the venue has long left without an answer, at `at` of a clock that goes as
    /// time does: that of a drill is faster than any venue.
    pub fn ask_after_silence(&mut self, at: Timestamp) {
        if !self.is_up {
            return;
        }
        let link = &self.link;
        let questions = self.desk.silent(at, |id, _| link.is_held_up(id));
        let told = self.desk.take_held_up();
        for reason in told
            .into_iter()
            .chain(self.backlog.look(at, self.waiting.len()))
        {
            self.aside(&reason, "");
        }
        for question in questions {
            let id = question.id();
            self.aside(&format!("{id} has no answer yet; the venue is asked"), "");
            self.send(&question);
        }
    }

    /// How often the link came up, and why it last went down.
    #[must_use]
    pub fn connections(&self) -> (u64, Option<&str>) {
        (self.ups, self.last_end.as_deref())
    }

    /// The link.
    pub const fn link(&mut self) -> &mut L {
        &mut self.link
    }

    fn answer(&mut self, answer: &Answer, repeats: bool) {
        match self.desk.told_answer(answer, repeats) {
            Ok(Told::Report(report, at)) => self.told.push_back(AdapterTold::Report(report, at)),
            Ok(Told::Nothing | Told::Repeated) => {}
            Err(reason) => self.aside(&reason.to_string(), &format!("{answer:?}")),
        }
        for report in self.desk.take_lost() {
            self.aside("the venue does not know an order that was open here", "");
            self.told.push_back(AdapterTold::Report(report, None));
        }
    }

    fn aside(&mut self, reason: &str, message: &str) {
        self.told.push_back(AdapterTold::Aside {
            reason: reason.to_owned(),
            message: message.to_owned(),
        });
    }

    fn send(&mut self, request: &Request) {
        if let Some(limit) = &mut self.limit {
            limit.pass(1, self.now);
        }
        self.link.send(request, self.now);
    }

    /// Sends what waits, as much as the venue takes now.
    fn send_waiting(&mut self) {
        while self.room() > 0
            && let Some(event) = next_routed(&mut self.waiting)
        {
            match self.desk.routed(&event) {
                Outcome::Send(request) => self.send(&request),
                Outcome::Refuse(report) => {
                    self.desk.apply(&report);
                    self.told.push_back(AdapterTold::Report(report, None));
                }
                Outcome::Nothing => {}
            }
        }
    }

    fn room(&mut self) -> usize {
        let now = self.now;
        let limit = self.limit.as_mut();
        limit.map_or(usize::MAX, |limit| limit.room(now))
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Up => {
                self.is_up = true;
                self.ups += 1;
                if std::mem::take(&mut self.settles) {
                    let never = self.desk.never_sent(&HashSet::new()).into_iter();
                    self.told
                        .extend(never.map(|report| AdapterTold::Report(report, None)));
                }
                let question = self.desk.mass_status(self.now);
                self.send(&question);
            }
            Heard::Down(why) => {
                self.is_up = false;
                self.last_end = Some(why);
                // What waited has not left: it is refused as what comes while the link is down.
                for event in std::mem::take(&mut self.waiting) {
                    self.route(&event);
                }
            }
            Heard::Answer { answer, repeats } => self.answer(&answer, repeats),
            Heard::Refused { id, words } => match self.desk.refused(&id) {
                Ok(report) => {
                    self.aside(&format!("the venue refused {id}: {words}"), "");
                    self.told.push_back(AdapterTold::Report(report, None));
                }
                Err(reason) => {
                    self.aside(&format!("the venue refused {id}: {words} ({reason})"), "");
                }
            },
            Heard::Unreadable { reason, message } => self.aside(&reason, &message),
        }
    }
}

impl<L: OrderLink> VenueAdapter for OrderAdapter<L> {
    fn connect(&mut self) {
        self.link.connect();
    }

    fn route(&mut self, event: &Event) {
        if !self.is_up && !matches!(event, Event::CancelRouted(_)) {
            let refused = self.desk.refuse(event);
            let told = refused.map(|report| AdapterTold::Report(report, None));
            return self.told.extend(told);
        }
        self.waiting.push_back(event.clone());
        if self.is_up {
            self.send_waiting();
        }
    }

    fn take(&mut self, now: Timestamp) -> Vec<AdapterTold> {
        self.now = self.now.max(now);
        while let Some(heard) = self.link.heard() {
            self.hear(heard);
        }
        if self.is_up {
            for question in self.desk.doubts(self.now) {
                self.send(&question);
            }
            self.send_waiting();
        }
        self.told.drain(..).collect()
    }

    fn is_connected(&self) -> bool {
        self.is_up
    }

    fn stop(&mut self) {
        self.link.stop();
        self.is_up = false;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wattbook_domain::event::{CancelRouted, OrderRouted};
    use wattbook_domain::{ClientId, Order, OrderId, OrderType, Price, Volume};

    use super::*;

    /// A link that keeps what it is given, and when.
    #[derive(Debug, Default)]
    struct Kept {
        sent: Vec<(Request, Timestamp)>,
        heard: VecDeque<Heard>,
    }

    impl OrderLink for Kept {
        fn connect(&mut self) {}

        fn send(&mut self, request: &Request, now: Timestamp) {
            self.sent.push((request.clone(), now));
        }

        fn heard(&mut self) -> Option<Heard> {
            self.heard.pop_front()
        }

        fn stop(&mut self) {}
    }

    const INTERVAL_NS: i64 = 1_000;

    fn adapter(messages: usize) -> OrderAdapter<Kept> {
        let rate = Rate {
            messages,
            interval_ns: INTERVAL_NS,
        };
        let symbols = [(InstrumentId(1), "H1".to_owned())];
        let mut made = OrderAdapter::new(Kept::default(), "T", symbols).with_rate(rate);
        made.link().heard.push_back(Heard::Up);
        made.take(Timestamp::from_nanos(0));
        made
    }

    fn order(number: u64) -> Event {
        Event::OrderRouted(OrderRouted {
            order_id: OrderId::new(ClientId(1), number),
            order: Order {
                instrument: InstrumentId(1),
                order_type: OrderType::Limit,
                price: Price::from_millionths(1_000_000),
                volume: Volume::from_millionths(1_000_000),
                ..Order::default()
            },
        })
    }

    fn cancel(number: u64) -> Event {
        Event::CancelRouted(CancelRouted {
            order_id: OrderId::new(ClientId(1), number),
            instrument: InstrumentId(1),
        })
    }

    proptest! {
        #[test]
        fn no_interval_has_more_than_the_venue_takes_and_nothing_is_dropped(
            messages in 1_usize..5,
            waits in prop::collection::vec(0_i64..600, 1..40),
        ) {
            let mut adapter = adapter(messages);
            let mut now = 0;
            for (number, wait) in (1..).zip(&waits) {
                now += wait;
                adapter.take(Timestamp::from_nanos(now));
                adapter.route(&order(number));
            }
            for _ in 0..=waits.len() {
                now += INTERVAL_NS;
                adapter.take(Timestamp::from_nanos(now));
            }
            let sent = &adapter.link.sent;
            let times: Vec<i64> = sent.iter().map(|(_, at)| at.nanos()).collect();
            for first in &times {
                let within = times.iter().filter(|at| (0..INTERVAL_NS).contains(&(**at - first)));
                prop_assert!(within.count() <= messages);
            }
            let ids: Vec<String> = sent.iter().filter_map(|(request, _)| match request {
                Request::New(new) => Some(new.id.clone()),
                _ => None,
            }).collect();
            let routed: Vec<String> = (1..=waits.len()).map(|number| format!("T-1-{number}")).collect();
            prop_assert_eq!(ids, routed);
        }
    }

    #[test]
    fn cancels_go_first_and_what_waits_is_refused_when_the_link_falls() {
        let mut adapter = adapter(2);
        // The question after the login was the first message.
        adapter.route(&order(1));
        adapter.route(&order(2));
        adapter.route(&cancel(1));
        assert_eq!(adapter.link.sent.len(), 2);
        assert!(!adapter.is_quiet());
        adapter.take(Timestamp::from_nanos(INTERVAL_NS));
        let asked: Vec<_> = adapter.link.sent[2..].iter().map(|(one, _)| one).collect();
        assert!(matches!(asked[..], [Request::Cancel(_), Request::New(_)]));
        adapter.route(&order(3));
        adapter.link.heard.push_back(Heard::Down("cut".into()));
        let told = adapter.take(Timestamp::from_nanos(INTERVAL_NS + 1));
        let refused = told.iter().filter(|one| {
            matches!(one, AdapterTold::Report(VenueReport::OrderRejected(no), _)
                if no.order_id == OrderId::new(ClientId(1), 3))
        });
        assert_eq!(refused.count(), 1, "{told:?}");
        assert_eq!(adapter.link.sent.len(), 4);
    }
    #[test]
    fn an_order_without_an_answer_is_asked_after_and_then_in_doubt() {
        let mut adapter = adapter(100);
        adapter.route(&order(1));
        let at = |seconds: i64| Timestamp::from_nanos(seconds * 1_000_000_000);
        for seconds in 0..=10 {
            adapter.ask_after_silence(at(seconds));
        }
        // The question after all orders, and the order.
        assert_eq!(adapter.link.sent.len(), 2);
        adapter.ask_after_silence(at(11));
        let (asked, _) = &adapter.link.sent[2];
        assert!(matches!(asked, Request::Status(_)), "{asked:?}");
        let told = adapter.take(Timestamp::from_nanos(0));
        let AdapterTold::Aside { reason, .. } = &told[0] else {
            panic!("{told:?}");
        };
        assert!(reason.contains("T-1-1 has no answer yet"), "{reason}");
        assert!(adapter.desk_mut().take_in_doubt().is_empty());
        adapter.ask_after_silence(at(22));
        assert_eq!(adapter.desk_mut().take_in_doubt().len(), 1);
    }
}
