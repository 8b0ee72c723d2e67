//! What the run and the thread of the connection share.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use wattbook_codec::fix::{Message, Value};
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::report::VenueReport;
use wattbook_domain::{Event, Input, InstrumentId, Timestamp};
use wattbook_gateway::fix::Confirmer;
use wattbook_session::fix::orders::{
    Backlog, OrderDesk, Outcome, QuoteUpdate, Request, Told, next_routed, write_subscription,
};
use wattbook_session::fix::{
    Application, BusinessReason, Declined, MessageStore, Outbox, Rate, RateLimit, SessionError,
};

use super::{Aside, LiveStatus, locked};

/// How often the line is looked at for orders to send, in ns.
const INTERVAL_NS: i64 = 1_000_000;

/// What came, when, and with which message.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) at: Instant,
    /// None for what was not told by the exchange.
    pub(super) place: Option<Place>,
    pub(super) what: What,
}

/// A message of the exchange: how often both sides had begun at 1 by then, and its number since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) resets: u64,
    pub(super) sequence: u64,
}

#[derive(Debug)]
pub(super) enum What {
    /// An input, and when it happened at the exchange.
    Input(Input, Option<Timestamp>),
    Aside(Aside),
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) desk: OrderDesk,
    pub(super) outgoing: VecDeque<Event>,
    pub(super) incoming: VecDeque<Came>,
    /// The last best prices of each instrument that were not taken yet: those before are worth nothing.
    quotes: BTreeMap<InstrumentId, Came>,
    /// `ClOrdID`s (11) by the number of their message.
    pub(super) sent: BTreeMap<u64, String>,
    pub(super) status: LiveStatus,
    /// How often both sides have begun at 1.
    resets: u64,
    /// A logon is to be followed by a subscription, and by questions after open orders.
    is_new_logon: bool,
    /// Questions after orders that wait for their turn.
    questions: VecDeque<Request>,
    /// The number of the question after all orders.
    mass_status: Option<u64>,
    /// What went out, where the exchange limits it.
    limit: Option<RateLimit>,
    backlog: Backlog,
    /// Requests are on their way to the store, outside the lock.
    is_sending: bool,
}

impl Shared {
    pub(super) fn new(
        desk: OrderDesk,
        sent: BTreeMap<u64, String>,
        resets: u64,
        rate: Option<Rate>,
    ) -> Self {
        Self {
            desk,
            outgoing: VecDeque::new(),
            incoming: VecDeque::new(),
            quotes: BTreeMap::new(),
            sent,
            status: LiveStatus::default(),
            resets,
            is_new_logon: false,
            questions: VecDeque::new(),
            mass_status: None,
            limit: rate.map(RateLimit::new),
            backlog: Backlog::default(),
            is_sending: false,
        }
    }

    /// Takes what the engine routed. A cancel waits for the next logon: nobody asks for it twice.
    pub(super) fn route(&mut self, event: Event) {
        if self.status.is_logged_on || matches!(event, Event::CancelRouted(_)) {
            self.outgoing.push_back(event);
        } else if let Some(report) = self.desk.refuse(&event) {
            self.report(report, None, None);
        }
    }

    /// Takes an order that the engine routed and took back before it left.
    pub(super) fn withdraw(&mut self, event: &Event) {
        if let Some(report) = self.desk.withdraw(event) {
            self.report(report, None, None);
        }
    }

    /// Refuses what waits to go out, other than cancels.
    fn refuse_waiting(&mut self) {
        for event in std::mem::take(&mut self.outgoing) {
            self.route(event);
        }
    }

    /// What has come since the last call, in the order in which it came.
    pub(super) fn take(&mut self) -> Vec<Came> {
        let quotes = std::mem::take(&mut self.quotes).into_values();
        let mut came: Vec<Came> = self.incoming.drain(..).chain(quotes).collect();
        came.sort_by_key(|came| came.at);
        came
    }

    /// Whether everything routed was sent, and everything that came was taken.
    pub(super) fn is_empty(&self) -> bool {
        let came = self.incoming.is_empty() && self.quotes.is_empty();
        came && self.outgoing.is_empty() && !self.is_sending
    }

    fn place(&self, message: &Message<'_>) -> Option<Place> {
        let resets = self.resets;
        let sequence = number(message, 34)?;
        Some(Place { resets, sequence })
    }

    fn report(&mut self, report: VenueReport, at: Option<Timestamp>, place: Option<Place>) {
        self.status.reports += 1;
        self.came(What::Input(Input::Report(report), at), place);
    }

    fn came(&mut self, what: What, place: Option<Place>) {
        let at = Instant::now();
        self.incoming.push_back(Came { at, place, what });
    }

    fn set_aside(&mut self, reason: &impl ToString, message: &Message<'_>) {
        self.status.set_aside += 1;
        let text = String::from_utf8_lossy(message.bytes()).replace('\u{1}', "|");
        let aside = Aside {
            reason: reason.to_string(),
            message: text,
        };
        let place = self.place(message);
        self.came(What::Aside(aside), place);
    }

    /// Takes the refusal of a message of ours: the engine is told when it was a request, and the
    /// operator reads the exchange's words in any case.
    fn refused(&mut self, message: &Message<'_>) {
        let refers = number(message, 45);
        let id = refers
            .and_then(|sequence| self.sent.get(&sequence))
            .cloned();
        let words = message
            .get(58)
            .map_or(&b"no reason given"[..], Value::bytes);
        let words = String::from_utf8_lossy(words);
        if refers.is_some() && refers == self.mass_status {
            // It does not answer such questions: it is asked after each order.
            self.mass_status = None;
            return self.desk.mass_refused();
        }
        let Some(id) = id else {
            let named = refers.map_or_else(String::new, |number| format!(" {number}"));
            let reason = format!("the exchange refused our message{named}: {words}");
            return self.set_aside(&reason, message);
        };
        let place = self.place(message);
        let reason = match self.desk.refused(&id) {
            Ok(report) => {
                self.report(report, None, place);
                format!("the exchange refused {id}: {words}")
            }
            Err(reason) => format!("the exchange refused {id}: {words} ({reason})"),
        };
        self.set_aside(&reason, message);
    }

    /// Ends the orders that the exchange does not know, and says so.
    fn end_lost(&mut self, message: &Message<'_>) {
        for report in self.desk.take_lost() {
            let order_id = match &report {
                VenueReport::OrderRejected(ended) => ended.order_id,
                VenueReport::OrderCancelled(ended) => ended.order_id,
                _ => continue,
            };
            let place = self.place(message);
            self.report(report, None, place);
            let reason =
                format!("the exchange does not know order {order_id}, which was open here");
            self.set_aside(&reason, message);
        }
    }

    fn quote(&mut self, message: &Message<'_>) {
        match QuoteUpdate::read(message) {
            Ok(update) => {
                let Some(instrument) = self.desk.instrument(&update.symbol) else {
                    let reason = format!("symbol {:?} was not asked for", update.symbol);
                    return self.set_aside(&reason, message);
                };
                let quote = Quote {
                    instrument,
                    bid_price: update.bid.0,
                    bid_volume: update.bid.1,
                    ask_price: update.ask.0,
                    ask_volume: update.ask.1,
                };
                let input = Input::Market(MarketEvent::Quote(quote));
                let came = Came {
                    at: Instant::now(),
                    place: self.place(message),
                    what: What::Input(input, None),
                };
                self.quotes.insert(instrument, came);
            }
            Err(fault) => self.set_aside(&fault, message),
        }
    }

    /// Asks for the end of an order that this run does not work.
    pub(super) fn cancel_foreign(&mut self, id: &str, now: Timestamp) -> bool {
        let request = self.desk.cancel_foreign(id, now);
        let is_known = request.is_some();
        self.questions.extend(request);
        is_known
    }

    /// Turns what waits to go out into requests, `count` at most; what cannot be sent is refused.
    fn requests(&mut self, count: usize) -> Vec<Request> {
        let mut requests = Vec::new();
        while requests.len() < count
            && let Some(event) = next_routed(&mut self.outgoing)
        {
            match self.desk.routed(&event) {
                Outcome::Send(request) => requests.push(request),
                Outcome::Refuse(report) => {
                    self.desk.apply(&report);
                    self.report(report, None, None);
                }
                Outcome::Nothing => {}
            }
        }
        requests
    }

    /// Asks after orders that have no answer yet; one whose question has not left is not silent.
    fn ask_after_silence(&mut self, now: Timestamp) {
        let questions = &self.questions;
        let is_held_up = |id: &str, is_asked: bool| {
            let waits = |one: &Request| matches!(one, Request::Status(_)) && one.id() == id;
            is_asked && questions.iter().any(waits)
        };
        let silent = self.desk.silent(now, is_held_up);
        self.questions.extend(silent);
        let told = self.desk.take_held_up();
        for reason in told
            .into_iter()
            .chain(self.backlog.look(now, self.outgoing.len()))
        {
            self.status.set_aside += 1;
            let message = String::new();
            self.came(What::Aside(Aside { reason, message }), None);
        }
    }

    /// Room for the first question that waits: orders that never stop would keep it back for ever. A
    /// cancel goes before it.
    fn kept_for_question(&self, room: usize) -> usize {
        let has_cancel = || {
            self.outgoing
                .iter()
                .any(|one| matches!(one, Event::CancelRouted(_)))
        };
        let is_kept = !self.questions.is_empty() && (room > 1 || (room == 1 && !has_cancel()));
        usize::from(is_kept)
    }

    /// How many messages may go out now.
    fn room(&mut self, now: Timestamp) -> usize {
        self.limit
            .as_mut()
            .map_or(usize::MAX, |limit| limit.room(now))
    }

    /// Counts what goes out against the exchange's limit.
    fn pass(&mut self, count: usize, now: Timestamp) {
        if let Some(limit) = &mut self.limit {
            limit.pass(count, now);
        }
    }
}

fn number(message: &Message<'_>, tag: u32) -> Option<u64> {
    message.get(tag)?.count().ok()
}

/// The desk's end of the connection.
#[derive(Debug)]
pub(super) struct DeskLine {
    shared: Arc<Mutex<Shared>>,
    confirmer: Confirmer,
}

impl DeskLine {
    pub(super) const fn new(shared: Arc<Mutex<Shared>>, confirmer: Confirmer) -> Self {
        Self { shared, confirmer }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        locked(&self.shared)
    }
}

impl<S: MessageStore> Application<S> for DeskLine {
    fn on_logon(&mut self) {
        let mut shared = self.shared();
        shared.status.is_logged_on = true;
        shared.status.logons += 1;
        shared.is_new_logon = true;
    }

    fn on_message(
        &mut self,
        message: &Message<'_>,
        _outbox: &mut Outbox<S>,
    ) -> Result<(), Declined> {
        let mut shared = self.shared();
        let place = shared.place(message);
        match message.msg_type() {
            b"8" | b"9" => match shared.desk.told(message) {
                Ok(Told::Report(report, at)) => shared.report(report, at, place),
                Ok(Told::Repeated) => shared.status.repeated += 1,
                Ok(Told::Nothing) => {}
                Err(reason) => shared.set_aside(&reason, message),
            },
            b"j" => shared.refused(message),
            b"W" => shared.quote(message),
            _ => return Err(Declined::Business(BusinessReason::UnsupportedMessageType)),
        }
        shared.end_lost(message);
        Ok(())
    }

    fn on_reset(&mut self) {
        let resets = self.confirmer.resets();
        let mut shared = self.shared();
        shared.resets = resets;
        shared.mass_status = None;
        shared.sent.clear();
    }

    fn on_reject(&mut self, reject: &Message<'_>) {
        self.shared().refused(reject);
    }

    fn on_time(&mut self, outbox: &mut Outbox<S>) -> Result<(), SessionError> {
        let now = outbox.now();
        let mut shared = self.shared();
        let is_new_logon = std::mem::take(&mut shared.is_new_logon);
        if is_new_logon {
            shared.questions = [shared.desk.mass_status(now)].into();
        } else {
            let doubts = shared.desk.doubts(now);
            shared.questions.extend(doubts);
            shared.ask_after_silence(now);
        }
        let symbols: Vec<String> = if is_new_logon {
            shared.desk.symbols().map(str::to_owned).collect()
        } else {
            Vec::new()
        };
        // A subscription goes out at once: it is one message after a logon.
        let room = shared.room(now).saturating_sub(usize::from(is_new_logon));
        let kept = shared.kept_for_question(room);
        let requests = shared.requests(room - kept);
        let asked = (room - requests.len()).min(shared.questions.len());
        let questions: Vec<Request> = shared.questions.drain(..asked).collect();
        shared.pass(usize::from(is_new_logon) + asked + requests.len(), now);
        shared.is_sending = !requests.is_empty();
        // The engine goes on while the store brings the requests to disk.
        drop(shared);
        if is_new_logon {
            let symbols = symbols.iter().map(String::as_str);
            outbox.send_once("V", |body| write_subscription("quotes", symbols, body))?;
        }
        for question in questions {
            if matches!(question, Request::MassStatus(_)) {
                self.shared().mass_status = Some(outbox.next_sequence());
            }
            outbox.send_once(question.msg_type(), |body| question.write(now, body))?;
        }
        if requests.is_empty() {
            return Ok(());
        }
        let first = outbox.send_all(&requests, Request::msg_type, |request, body| {
            request.write(now, body);
        })?;
        let mut shared = self.shared();
        shared.status.sent += requests.len() as u64;
        let ids = requests.iter().map(|request| request.id().to_owned());
        shared.sent.extend((first..).zip(ids));
        shared.is_sending = false;
        Ok(())
    }

    fn interval_ns(&self) -> Option<i64> {
        Some(INTERVAL_NS)
    }

    fn on_disconnect(&mut self) {
        let mut shared = self.shared();
        shared.status.is_logged_on = false;
        shared.is_sending = false;
        shared.refuse_waiting();
    }
}
