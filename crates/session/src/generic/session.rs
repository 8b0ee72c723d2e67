//! The session: listing, stream, snapshots; ping, silence, gaps.

use std::collections::BTreeMap;

use wattbook_domain::Timestamp;

use super::description::Description;
use super::feed::{Feed, Left};
use super::fields::read_book;
use crate::backoff::Backoff;
use crate::error::SessionError;
use crate::exchange::{Exchange, Progress};
use crate::http::{Headers, Request, Response};
use crate::pulse::{Pulse, nanos};
use crate::session::{Action, Endpoint, Input, Link, Session};
use crate::url;
use crate::venue::{
    Course, MESSAGE_BYTES_MAX, OrderEntry, Secrets, SessionState, VenueEvent, Wanted,
};
use crate::websocket::{Client, Message};

/// REST, a connection a request.
const REST: Link = Link(0);
/// The stream.
const STREAM: Link = Link(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Listing,
    Connecting,
    /// The WebSocket is being opened.
    Opening,
    /// Subscribed; the first books come.
    Loading,
    Live,
}

/// A request to REST.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Listing,
    /// The book of a contract.
    Book(String),
}

/// A session with a venue that a [`Description`] describes.
#[derive(Debug)]
pub struct GenericSession {
    description: Description,
    secrets: Secrets,
    course: Course<State>,
    /// When to ask again for a book after an answer that was of no use.
    again: Backoff,
    feed: Feed,
    socket: Client,
    /// The question to REST that is under way.
    fetch: Option<(Asked, Exchange)>,
    /// Contracts whose book is to be asked for, and when.
    wanted: Wanted<String>,
    /// Since when the stream is being opened.
    since: Timestamp,
    pulse: Pulse,
}

impl GenericSession {
    /// A session that connects with the first [`Session::handle`].
    #[must_use]
    pub fn new(description: Description, secrets: Secrets, seed: u64) -> Self {
        let [first, longest] = description.retry_ms;
        Self {
            course: Course::new((first, longest), seed),
            again: Backoff::new(250, 30_000, seed ^ 1),
            feed: Feed::new(&description),
            socket: Client::new(MESSAGE_BYTES_MAX, seed),
            fetch: None,
            wanted: Wanted::default(),
            since: Timestamp::EPOCH,
            pulse: Pulse::default(),
            description,
            secrets,
        }
    }

    fn filled(&self, text: &str) -> String {
        text.replace("{user}", &self.secrets.user)
            .replace("{password}", &self.secrets.password)
    }

    fn headers(&self, host: &str, given: &BTreeMap<String, String>) -> Headers {
        let given = given
            .iter()
            .map(|(name, value)| (name.clone(), self.filled(value)));
        let host = (!host.is_empty()).then(|| ("Host".to_owned(), host.to_owned()));
        host.into_iter().chain(given).collect()
    }

    fn begin(&mut self, now: Timestamp) {
        self.feed.list_described(&self.description);
        if self.description.listing.is_some() {
            self.ask(now, Asked::Listing);
        } else {
            self.connect(now);
        }
    }

    fn connect(&mut self, now: Timestamp) {
        match self.description.stream_address() {
            Ok((endpoint, _)) => {
                self.since = now;
                self.course.go_on(State::Connecting);
                self.course.connect(STREAM, endpoint);
            }
            Err(error) => self.lose(now, error),
        }
    }

    /// Asks REST, one question at a time.
    fn ask(&mut self, now: Timestamp, asked: Asked) {
        match self.request(&asked) {
            Ok(Some((endpoint, request))) => {
                self.course.connect(REST, endpoint);
                self.fetch = Some((asked, Exchange::new(now, request, MESSAGE_BYTES_MAX)));
            }
            Ok(None) => {}
            Err(error) => self.lose(now, error),
        }
    }

    /// The bytes that ask, and where; nothing where the description offers no such question.
    fn request(&self, asked: &Asked) -> Result<Option<(Endpoint, Vec<u8>)>, SessionError> {
        let description = &self.description;
        let (url, headers) = match (asked, &description.listing, &description.snapshot) {
            (Asked::Listing, Some(listing), _) => (listing.url.clone(), &listing.headers),
            (Asked::Book(symbol), _, Some(snapshot)) => {
                (snapshot.url.replace("{symbol}", symbol), &snapshot.headers)
            }
            _ => return Ok(None),
        };
        let (endpoint, path) = url::parse(&url, ["http", "https"])?;
        let mut headers = self.headers(&endpoint.host, headers);
        headers.push(("Accept".to_owned(), "application/json".to_owned()));
        headers.push(("Connection".to_owned(), "close".to_owned()));
        let request = Request {
            method: "GET".to_owned(),
            path,
            headers,
            body: Vec::new(),
        };
        Ok(Some((endpoint, request.encode()?)))
    }

    fn lose(&mut self, now: Timestamp, error: SessionError) {
        if self.course.is_running() {
            self.send();
            let out = &mut self.feed.outbox;
            self.course.lose(now, error, &[REST, STREAM], out);
            self.fetch = None;
            self.wanted.clear();
            self.socket.close();
            self.feed.suspend();
        }
    }

    fn send(&mut self) {
        let bytes = self.socket.take_output();
        self.course.send(STREAM, bytes);
    }

    fn say(&mut self, text: String) {
        self.socket.send(&Message::Text(text));
    }

    /// Says each of `texts` with who we are, and `symbol`, filled in.
    fn say_all(&mut self, texts: &[String], symbol: &str) {
        for text in texts {
            let text = self.filled(text).replace("{symbol}", symbol);
            self.say(text);
        }
    }

    fn hear_rest(&mut self, now: Timestamp, input: Input<'_>) {
        let Some((_, exchange)) = &mut self.fetch else {
            return;
        };
        let answer = match exchange.hear(input) {
            Progress::Asks(request) => return self.course.send(REST, Some(request)),
            Progress::Waits => return,
            Progress::Done(answer) => answer,
        };
        self.course.disconnect(&[REST]);
        let Some((asked, _)) = self.fetch.take() else {
            return;
        };
        match (asked, answer) {
            (Asked::Listing, Ok(response)) => self.take_listing(now, &response),
            (Asked::Book(symbol), Ok(response)) => self.take_whole(now, &symbol, &response),
            (Asked::Listing, Err(error)) => self.lose(now, error),
            (Asked::Book(symbol), Err(error)) => {
                let notice = format!("the book of {symbol}: {error}");
                self.feed.outbox.push(VenueEvent::Notice(notice));
                self.want(symbol, now);
            }
        }
    }

    fn take_listing(&mut self, now: Timestamp, response: &Response) {
        match self.feed.list(&self.description, &response.body) {
            Ok(()) => self.connect(now),
            Err(error) => {
                let (offset, text) = (error.offset(), error.to_string());
                let out = &mut self.feed.outbox;
                out.quarantine("listing", offset, text.clone(), &response.body);
                let code = response.status;
                self.lose(now, SessionError::Refused { code, text });
            }
        }
    }

    fn take_whole(&mut self, now: Timestamp, symbol: &str, response: &Response) {
        let Some(snapshot) = &self.description.snapshot else {
            return;
        };
        match read_book(&snapshot.book, self.description.units, &response.body) {
            Ok(mut book) => {
                symbol.clone_into(&mut book.symbol);
                let left = self.feed.take_book(now, &book);
                self.after_book(now, left);
            }
            Err((offset, reason)) => {
                let place = format!("snapshot of {symbol}");
                let out = &mut self.feed.outbox;
                out.quarantine(&place, offset, reason, &response.body);
                self.want(symbol.to_owned(), now);
            }
        }
        self.go_live();
    }

    /// Wants the book of `symbol` again after an answer that was of no use.
    fn want(&mut self, symbol: String, now: Timestamp) {
        let due = self.again.after_failure(now);
        self.wanted.add(symbol, due);
    }

    fn after_book(&mut self, now: Timestamp, left: Option<Left>) {
        match left {
            Some(Left::Whole) => self.again.succeeded(),
            Some(Left::LacksChange(symbol)) => self.renew(now, symbol),
            Some(Left::LacksWhole(symbol)) => self.want(symbol, now),
            None => {}
        }
    }

    /// Gets the whole book of `symbol` again: by REST, else by subscribing again.
    fn renew(&mut self, now: Timestamp, symbol: String) {
        if self.description.snapshot.is_some() {
            return self.wanted.add(symbol, now);
        }
        self.say_all(&self.description.stream.unsubscribe.clone(), &symbol);
        self.say_all(&self.description.stream.subscribe.clone(), &symbol);
    }

    fn go_live(&mut self) {
        if self.course.is(State::Loading) && self.feed.is_whole() {
            self.course.go_on(State::Live);
            self.course.succeeded();
            self.feed.outbox.state(SessionState::Live);
        }
    }

    fn hear_stream(&mut self, now: Timestamp, input: Input<'_>) {
        let heard = match input {
            Input::Connected(_) => self.shake_hands(now),
            Input::Received(_, bytes) => {
                self.pulse.received(now);
                let was_open = self.socket.is_open();
                let received = self.socket.receive(bytes);
                if self.socket.is_open() && !was_open {
                    self.open(now);
                }
                // What came before a fault is heard, however the bytes were cut.
                self.take_messages(now).and(received)
            }
            Input::Closed(_, reason) => Err(SessionError::Closed {
                reason: reason.to_owned(),
            }),
            Input::Time => Ok(()),
        };
        if let Err(error) = heard {
            self.lose(now, error);
        }
    }

    fn shake_hands(&mut self, now: Timestamp) -> Result<(), SessionError> {
        let (endpoint, path) = self.description.stream_address()?;
        let headers = self.headers("", &self.description.stream.headers);
        let path = self.filled(&path);
        self.course.go_on(State::Opening);
        self.socket.connected(now, &endpoint.host, &path, &headers)
    }

    fn open(&mut self, now: Timestamp) {
        self.course.go_on(State::Loading);
        let stream = &self.description.stream;
        self.pulse = Pulse::begin(now);
        self.pulse
            .agree(nanos(stream.silence_seconds), nanos(stream.ping_seconds));
        self.feed.outbox.state(SessionState::LoggedIn);
        self.say_all(&stream.open.clone(), "{symbol}");
        for symbol in self.feed.symbols() {
            self.say_all(&self.description.stream.subscribe.clone(), &symbol);
            if self.description.snapshot.is_some() {
                self.wanted.add(symbol, now);
            }
        }
    }

    fn take_messages(&mut self, now: Timestamp) -> Result<(), SessionError> {
        while let Some(message) = self.socket.message() {
            match message {
                Message::Text(text) => self.take_text(now, text.as_bytes()),
                Message::Binary(bytes) => self.take_text(now, &bytes),
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(code, text) => return Err(SessionError::Refused { code, text }),
            }
        }
        Ok(())
    }

    fn take_text(&mut self, now: Timestamp, bytes: &[u8]) {
        for left in self.feed.take_text(now, &self.description, bytes) {
            self.after_book(now, Some(left));
        }
        self.go_live();
    }

    /// Nothing was read for want of room: the venue was not silent.
    fn excuse(&mut self, now: Timestamp) {
        self.pulse.received(now);
        self.since = now;
        if let Some((_, fetch)) = &mut self.fetch {
            fetch.excuse(now);
        }
    }

    fn check_time(&mut self, now: Timestamp) {
        if !self.wants_input() {
            self.excuse(now);
        }
        let is_due = |due: Option<Timestamp>| due.is_some_and(|due| due <= now);
        if is_due(self.opening_due()) || is_due(self.answer_due()) {
            let seconds = self.description.answer_seconds.into();
            let what = "the stream or a request";
            return self.lose(now, SessionError::Unanswered { what, seconds });
        }
        if self.is_up() {
            match self.pulse.check(now) {
                Ok(true) => self.ping(),
                Ok(false) => {}
                Err(error) => self.lose(now, error),
            }
        }
    }

    fn ping(&mut self) {
        match self.description.stream.ping.clone() {
            Some(text) => self.say(text),
            None => self.socket.send(&Message::Ping(Vec::new())),
        }
    }

    fn ask_for_wanted(&mut self, now: Timestamp) {
        if self.is_up()
            && self.fetch.is_none()
            && let Some(symbol) = self.wanted.take_due(now)
        {
            self.ask(now, Asked::Book(symbol));
        }
    }

    /// Whether the stream is open and followed.
    fn is_up(&self) -> bool {
        self.course.is_any(&[State::Loading, State::Live])
    }

    /// When the stream must be open.
    fn opening_due(&self) -> Option<Timestamp> {
        let is_opening = self.course.is_any(&[State::Connecting, State::Opening]);
        let patience = nanos(self.description.answer_seconds);
        is_opening.then(|| self.since.plus_nanos(patience))
    }

    /// When REST must have answered.
    fn answer_due(&self) -> Option<Timestamp> {
        let (_, exchange) = self.fetch.as_ref()?;
        let patience = nanos(self.description.answer_seconds);
        Some(exchange.since().plus_nanos(patience))
    }
}

impl Session for GenericSession {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        let out = &mut self.feed.outbox;
        out.set_now(now);
        if input == Input::Time && self.course.begin_if_due(now, State::Listing, out) {
            self.begin(now);
        } else if self.course.is_running() {
            match input {
                Input::Connected(REST) | Input::Received(REST, _) | Input::Closed(REST, _) => {
                    self.hear_rest(now, input);
                }
                Input::Time if self.course.halt_if_due(now, &[REST, STREAM], out) => {}
                Input::Time => self.check_time(now),
                _ => self.hear_stream(now, input),
            }
        }
        self.ask_for_wanted(now);
        self.send();
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
        let wanted = self.wanted.next_due();
        let all = [
            self.course.deadline(),
            self.opening_due(),
            self.answer_due(),
            self.pulse.deadline().filter(|_| self.is_up()),
            wanted.filter(|_| self.is_up() && self.fetch.is_none()),
        ];
        all.into_iter().flatten().min()
    }

    fn wants_input(&self) -> bool {
        self.feed.outbox.has_room()
    }

    fn enter(&mut self, now: Timestamp, entry: &OrderEntry) {
        let out = &mut self.feed.outbox;
        out.set_now(now);
        let words = "a session of kind generic sends no orders; use the REST adapter";
        out.refuse_entry(&entry.id, "", words);
    }

    fn stop(&mut self, now: Timestamp) {
        self.feed.outbox.set_now(now);
        if !self.is_up() {
            let out = &mut self.feed.outbox;
            return self.course.halt(&[REST, STREAM], out);
        }
        self.course.disconnect(&[REST]);
        let patience = nanos(self.description.answer_seconds);
        self.course.stop(now.plus_nanos(patience));
        self.fetch = None;
        self.socket.send(&Message::Close(1000, String::new()));
        self.send();
    }
}
