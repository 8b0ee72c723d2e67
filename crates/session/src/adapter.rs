//! The adapter kit: what a venue must have so that orders can go to it.
//!
//! A new venue needs an [`OrderLink`]: how requests are written on its wire and how its answers are
//! read. [`OrderAdapter`] does the rest, the same for every venue: client ids, states, repeats, what a
//! lost connection leaves open. `docs/adapters.md` says how, and which suite it must pass.

use std::collections::VecDeque;

use wattbook_domain::report::VenueReport;
use wattbook_domain::{Event, InstrumentId, Timestamp};

use crate::fix::orders::{Answer, OrderDesk, Outcome, Request, Told};

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

    /// What has come since.
    fn heard(&mut self) -> Option<Heard>;

    /// Ends the link.
    fn stop(&mut self);
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
    /// anything else is refused.
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
        }
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

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Up => {
                self.is_up = true;
                self.ups += 1;
                let question = self.desk.mass_status(self.now);
                self.link.send(&question, self.now);
            }
            Heard::Down(why) => {
                self.is_up = false;
                self.last_end = Some(why);
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
        match self.desk.routed(event) {
            Outcome::Send(request) => self.link.send(&request, self.now),
            Outcome::Refuse(report) => {
                self.desk.apply(&report);
                self.told.push_back(AdapterTold::Report(report, None));
            }
            Outcome::Nothing => {}
        }
    }

    fn take(&mut self, now: Timestamp) -> Vec<AdapterTold> {
        self.now = self.now.max(now);
        while let Some(heard) = self.link.heard() {
            self.hear(heard);
        }
        if self.is_up {
            for question in self.desk.doubts(self.now) {
                self.link.send(&question, self.now);
            }
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
