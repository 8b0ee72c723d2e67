//! The session: token, connection, listing, books; renewal and resubscription.

use wattbook_domain::Timestamp;

use super::entry::Entries;
use super::feed::Feed;
use super::rows::{Row, Topic, rows};
use super::settings::NordPoolSettings;
use super::subscriptions::{Numbered, Subject, Subscriptions};
use super::token::{self, Token};
use crate::connection::Connection;
use crate::error::SessionError;
use crate::exchange::{Exchange, Progress};
use crate::pulse::nanos;
use crate::session::{Action, Input, Link, Session};
use crate::stomp::{Client, Config, Event, Frame};
use crate::venue::{Course, MESSAGE_BYTES_MAX, OrderEntry, SessionState, VenueEvent};

/// To the token service.
const TOKENS: Link = Link(0);
/// To the API.
const API: Link = Link(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The first token is asked for.
    Authorizing,
    Connecting,
    /// WebSocket and STOMP are being opened.
    Opening,
    /// Subscribed; the first snapshots come.
    Loading,
    Live,
}

/// A session with a venue in the manner of Nord Pool's intraday API.
#[derive(Debug)]
pub struct NordPoolSession {
    settings: NordPoolSettings,
    course: Course<State>,
    client: Client,
    feed: Feed,
    token: Option<Token>,
    /// A token under way.
    fetch: Option<Exchange>,
    subscriptions: Subscriptions,
    entries: Entries,
    logins: u64,
    connections: u64,
}

impl NordPoolSession {
    /// A session that asks for a token with the first [`Session::handle`].
    #[must_use]
    pub fn new(settings: NordPoolSettings) -> Self {
        Self {
            course: Course::new(settings.retry_ms, settings.seed),
            client: client(&settings, String::new(), ""),
            feed: Feed::new(&settings),
            token: None,
            fetch: None,
            subscriptions: Subscriptions::new(settings.seed ^ 1),
            entries: Entries::default(),
            logins: 0,
            connections: 0,
            settings,
        }
    }

    fn fetch_token(&mut self, now: Timestamp) {
        match token::request(&self.settings) {
            Ok(request) => {
                self.fetch = Some(Exchange::new(now, request, token::ANSWER_BYTES_MAX));
                let endpoint = self.settings.token_endpoint.clone();
                self.course.connect(TOKENS, endpoint);
            }
            Err(error) => self.lose(now, error),
        }
    }

    fn lose(&mut self, now: Timestamp, error: SessionError) {
        if self.course.is_running() {
            self.send(now);
            let out = &mut self.feed.outbox;
            self.course.lose(now, error, &[TOKENS, API], out);
            self.fetch = None;
            self.token = None;
            self.subscriptions.clear();
            self.entries.clear();
            self.feed.suspend();
        }
    }

    fn send(&mut self, now: Timestamp) {
        let bytes = self.client.take_output(now);
        self.course.send(API, bytes);
    }

    /// Whether the venue knows us.
    fn is_up(&self) -> bool {
        self.course.is_any(&[State::Loading, State::Live])
    }

    fn hear_tokens(&mut self, now: Timestamp, input: Input<'_>) {
        let Some(fetch) = &mut self.fetch else {
            return;
        };
        let answer = match fetch.hear(input) {
            Progress::Asks(request) => return self.course.send(TOKENS, Some(request)),
            Progress::Waits => return,
            Progress::Done(answer) => answer,
        };
        let token =
            answer.and_then(|answer| token::token(&answer, now, self.settings.renewal_seconds));
        match token {
            Ok(token) => self.take_token(token),
            Err(error) => self.lose(now, error),
        }
    }

    fn take_token(&mut self, token: Token) {
        self.fetch = None;
        self.course.disconnect(&[TOKENS]);
        let new = token.text.clone();
        let old = self.token.replace(token);
        if let Some(old) = old.filter(|_| self.is_up()) {
            let body = token::renewal(&old.text, &new);
            self.client.send(&command(&body));
            self.feed.outbox.state(SessionState::Renewed);
        } else if self.course.is(State::Authorizing) {
            self.course.go_on(State::Connecting);
            self.connections += 1;
            let path = path(&self.settings, self.connections);
            self.client = client(&self.settings, path, &new);
            let endpoint = self.settings.endpoint.clone();
            self.course.connect(API, endpoint);
        }
    }

    fn hear_api(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Connected(_) => {
                self.course.go_on(State::Opening);
                self.client.connected(now);
            }
            Input::Received(_, bytes) => self.client.received(now, bytes),
            Input::Closed(_, reason) if self.course.is(State::Connecting) => {
                let reason = reason.to_owned();
                return self.lose(now, SessionError::Closed { reason });
            }
            Input::Closed(_, reason) => self.client.disconnected(reason),
            Input::Time => self.client.tick(now),
        }
        while let Some(event) = self.client.event() {
            match event {
                Event::Open if self.course.is(State::Opening) => {
                    self.course.go_on(State::Loading);
                    self.logins += 1;
                    self.feed.outbox.state(SessionState::LoggedIn);
                    self.subscribe(now, (Topic::Areas, 0));
                }
                Event::Open => {}
                Event::Frame(frame) => self.take(now, &frame),
                Event::Closed(error) => return self.lose(now, error),
            }
        }
    }

    fn destination(&self, (topic, area): Subject) -> String {
        let user = &self.settings.secrets.user;
        let mode = self.settings.mode.word();
        let topic = match topic {
            Topic::Areas => "deliveryAreas".to_owned(),
            Topic::Contracts => "contracts".to_owned(),
            Topic::LocalView => format!("localview/{area}"),
            Topic::Ticker => "ticker".to_owned(),
            Topic::Capacities => format!("capacities/{area}"),
            Topic::OwnOrders => "orderExecutionReport".to_owned(),
            Topic::OwnTrades => "privateTrade".to_owned(),
        };
        format!("/user/{user}/v1/{mode}/{topic}")
    }

    fn subscribe(&mut self, now: Timestamp, subject: Subject) {
        let destination = self.destination(subject);
        let frame = self.subscriptions.begin(now, subject, &destination);
        self.client.send(&frame);
    }

    /// Gives up a subscription whose messages cannot be followed and begins it anew after a moment.
    fn resubscribe(&mut self, now: Timestamp, id: &str) {
        if let Some(((topic, area), frame)) = self.subscriptions.give_up(now, id) {
            self.client.send(&frame);
            if topic == Topic::LocalView {
                self.feed.doubt(area);
            }
        }
    }

    fn take(&mut self, now: Timestamp, frame: &Frame) {
        if frame.command != "MESSAGE" {
            return;
        }
        let whole = |name: &str| frame.header(name)?.trim().parse::<i64>().ok();
        let number = whole("x-nps-sequenceNo");
        let sent = whole("x-nps-sent-at").and_then(|ms| ms.checked_mul(1_000_000));
        let sent = sent.map_or(now, Timestamp::from_nanos);
        let id = frame.header("subscription").unwrap_or_default();
        let Some((subject, numbered)) = self.subscriptions.count(id, number) else {
            return match self.subscriptions.was_about(id) {
                Some(subject) => self.read_late(sent, subject, frame),
                None => self.set_aside_stray(id, frame),
            };
        };
        match numbered {
            Numbered::First | Numbered::Next => {}
            Numbered::Duplicate => return,
            Numbered::Lost(first, last) => {
                let destination = self.destination(subject);
                let notice = format!("messages {first} to {last} of {destination} were lost");
                self.feed.outbox.push(VenueEvent::Notice(notice));
                self.read_late(sent, subject, frame);
                return self.resubscribe(now, id);
            }
        }
        let is_sound = self.read(sent, subject, frame);
        if !is_sound && builds_a_state(subject.0) {
            return self.resubscribe(now, id);
        }
        if numbered == Numbered::First && is_sound {
            self.go_on(now, subject);
        }
    }

    /// Takes what a message tells; whether all of it could be read.
    fn read(&mut self, sent: Timestamp, (topic, area): Subject, frame: &Frame) -> bool {
        let (rows, is_sound) = self.rows(topic, frame);
        let is_snapshot = frame.header("x-nps-snapshot") == Some("true");
        let rows = rows
            .into_iter()
            .filter(|row| !self.is_answer(row))
            .collect();
        self.feed.take(sent, (area, is_snapshot), rows, &frame.body);
        is_sound
    }

    /// Takes the answer to a request about an order, where `row` is one.
    fn is_answer(&mut self, row: &Row) -> bool {
        match row {
            Row::Answered(request) => {
                self.entries.answered(request);
                true
            }
            Row::Refusal(refusal) => {
                let Some(id) = self.entries.answered(&refusal.request) else {
                    return false;
                };
                let (code, words) = (&refusal.code, &refusal.words);
                self.feed.outbox.refuse_entry(&id, code, words);
                true
            }
            _ => false,
        }
    }

    /// Takes a message that comes behind one that was lost or could not be read: what builds on it is
    /// told again by the next snapshot, the rest counts, and what cannot be read is set aside.
    fn read_late(&mut self, sent: Timestamp, subject: Subject, frame: &Frame) {
        if builds_a_state(subject.0) {
            self.rows(subject.0, frame);
        } else {
            self.read(sent, subject, frame);
        }
    }

    /// The rows of a message, and whether nothing of it was set aside.
    fn rows(&mut self, topic: Topic, frame: &Frame) -> (Vec<Row>, bool) {
        let place = frame.header("destination").unwrap_or_default();
        let mut faults = Vec::new();
        let read = rows(topic, &frame.body, &mut faults);
        let is_sound = read.is_ok() && faults.is_empty();
        let out = &mut self.feed.outbox;
        for fault in faults {
            out.quarantine(place, fault.offset, fault.reason, &frame.body);
        }
        let rows = read.unwrap_or_else(|error| {
            out.quarantine(place, error.offset(), error.to_string(), &frame.body);
            Vec::new()
        });
        (rows, is_sound)
    }

    /// Sets aside a message of a subscription that is not known.
    fn set_aside_stray(&mut self, id: &str, frame: &Frame) {
        let place = frame.header("destination").unwrap_or_default();
        let reason =
            format!("a message of subscription {id:.40?}, which this session has not made");
        let out = &mut self.feed.outbox;
        out.quarantine(place, 0, reason, &frame.body);
    }

    /// After the first message of a topic: what builds on it.
    fn go_on(&mut self, now: Timestamp, (topic, area): Subject) {
        match topic {
            Topic::Areas if !self.subscriptions.has(Topic::Contracts) => {
                self.subscribe(now, (Topic::Contracts, 0));
            }
            Topic::Contracts if !self.subscriptions.has(Topic::LocalView) => {
                for area in self.settings.areas.clone() {
                    self.subscribe(now, (Topic::LocalView, area));
                    self.subscribe(now, (Topic::Capacities, area));
                }
                self.subscribe(now, (Topic::Ticker, 0));
                if self.settings.follows_own {
                    self.subscribe(now, (Topic::OwnOrders, 0));
                    self.subscribe(now, (Topic::OwnTrades, 0));
                }
            }
            Topic::OwnOrders => self.feed.outbox.push(VenueEvent::OwnOrdersWhole),
            Topic::OwnTrades => self.feed.outbox.push(VenueEvent::OwnTradesWhole),
            Topic::LocalView => {
                self.feed.open_rest(area);
                self.subscriptions.succeeded();
                if self.course.is(State::Loading) && !self.subscriptions.awaits_books() {
                    self.course.go_on(State::Live);
                    self.course.succeeded();
                    self.feed.outbox.state(SessionState::Live);
                }
            }
            _ => {}
        }
    }

    /// Nothing was read for want of room: the venue was not silent.
    fn excuse(&mut self, now: Timestamp) {
        self.client.excuse(now);
        self.subscriptions.excuse(now);
        self.entries.excuse(now);
        if let Some(fetch) = &mut self.fetch {
            fetch.excuse(now);
        }
    }

    fn check_time(&mut self, now: Timestamp) {
        let is_due = |due: Option<Timestamp>| due.is_some_and(|due| due <= now);
        let what = if is_due(self.token_due()) {
            "the request for a token"
        } else if is_due(self.snapshot_due()) {
            "a subscription"
        } else if is_due(self.entry_due()) {
            "a request about an order"
        } else {
            if is_due(self.renewal_due()) {
                self.fetch_token(now);
            }
            while let Some(subject) = self.subscriptions.take_due(now) {
                self.subscribe(now, subject);
            }
            return;
        };
        let seconds = self.settings.answer_seconds.into();
        self.lose(now, SessionError::Unanswered { what, seconds });
    }

    /// When a token that was asked for must be there.
    fn token_due(&self) -> Option<Timestamp> {
        let since = self.fetch.as_ref()?.since();
        Some(since.plus_nanos(nanos(self.settings.answer_seconds)))
    }

    /// When a snapshot that was subscribed to must be there.
    fn snapshot_due(&self) -> Option<Timestamp> {
        let since = self.subscriptions.since()?;
        Some(since.plus_nanos(nanos(self.settings.answer_seconds)))
    }

    /// When a request about an order must be answered.
    fn entry_due(&self) -> Option<Timestamp> {
        let since = self.entries.since()?;
        Some(since.plus_nanos(nanos(self.settings.answer_seconds)))
    }

    /// When another token is to be asked for.
    fn renewal_due(&self) -> Option<Timestamp> {
        let token = self.token.as_ref()?;
        (self.is_up() && self.fetch.is_none()).then_some(token.renew_at)
    }
}

/// Whether what a topic tells builds on what it told before, so that a part that cannot be read leaves
/// the rest in doubt. Trades, and orders of our own, are told whole one by one.
const fn builds_a_state(topic: Topic) -> bool {
    !matches!(topic, Topic::Ticker | Topic::OwnOrders | Topic::OwnTrades)
}

/// The path of a connection, by its number.
fn path(settings: &NordPoolSettings, connection: u64) -> String {
    let server = format!("{:03}", settings.seed % 1_000);
    let session = format!("wattbook{:08x}{connection:08x}", settings.seed as u32);
    settings
        .path
        .replace("{server}", &server)
        .replace("{session}", &session)
}

fn client(settings: &NordPoolSettings, path: String, token: &str) -> Client {
    let config = Config {
        host: settings.endpoint.host.clone(),
        path,
        headers: vec![("X-AUTH-TOKEN".to_owned(), token.to_owned())],
        is_sockjs: settings.is_sockjs,
        heartbeat_seconds: settings.heartbeat_seconds,
        message_bytes_max: MESSAGE_BYTES_MAX,
        answer_seconds: settings.answer_seconds,
    };
    Client::new(config, settings.seed)
}

fn command(body: &str) -> Frame {
    let headers = [
        ("destination", "/v1/command"),
        ("content-type", "application/json;charset=UTF-8"),
    ];
    Frame::new("SEND", &headers).with_body(body.as_bytes())
}

impl Session for NordPoolSession {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        if input == Input::Time && !self.wants_input() {
            self.excuse(now);
        }
        let out = &mut self.feed.outbox;
        out.set_now(now);
        if input == Input::Time && self.course.begin_if_due(now, State::Authorizing, out) {
            self.fetch_token(now);
        } else if self.course.is_running() {
            match input {
                Input::Connected(TOKENS)
                | Input::Received(TOKENS, _)
                | Input::Closed(TOKENS, _) => self.hear_tokens(now, input),
                Input::Time if self.course.halt_if_due(now, &[TOKENS, API], out) => {}
                _ => self.hear_api(now, input),
            }
            if input == Input::Time && self.course.is_running() {
                self.check_time(now);
            }
        }
        self.send(now);
    }

    fn action(&mut self) -> Option<Action> {
        self.course.action()
    }

    fn event(&mut self) -> Option<VenueEvent> {
        self.feed.outbox.pop()
    }

    fn deadline(&self) -> Option<Timestamp> {
        if !self.course.is_running() {
            return self.course.deadline();
        }
        let all = [
            self.course.deadline(),
            self.token_due(),
            self.snapshot_due(),
            self.entry_due(),
            self.renewal_due(),
            self.subscriptions.next_due(),
            self.client.deadline(),
        ];
        all.into_iter().flatten().min()
    }

    fn wants_input(&self) -> bool {
        self.feed.outbox.has_room()
    }

    fn enter(&mut self, now: Timestamp, entry: &OrderEntry) {
        self.feed.outbox.set_now(now);
        if !self.course.is(State::Live) || entry.login != self.logins {
            return;
        }
        let written = if self.settings.portfolio.is_empty() {
            Err("name the portfolio that trades in portfolio")
        } else {
            self.feed.written(entry)
        };
        match written {
            Ok(written) => {
                let portfolio = &self.settings.portfolio;
                let frame = self.entries.ask(now, entry, portfolio, written);
                self.client.send(&frame);
                self.send(now);
            }
            Err(words) => self.feed.outbox.refuse_entry(&entry.id, "", words),
        }
    }

    fn stop(&mut self, now: Timestamp) {
        self.feed.outbox.set_now(now);
        let is_connected = self.course.is(State::Opening) || self.is_up();
        if !is_connected {
            let out = &mut self.feed.outbox;
            return self.course.halt(&[TOKENS, API], out);
        }
        let patience = nanos(self.settings.answer_seconds);
        self.course.stop(now.plus_nanos(patience));
        self.client.send(&command("{\"type\":\"LOGOUT\"}"));
        self.client.close(now);
        self.send(now);
    }
}

#[cfg(test)]
mod tests;
