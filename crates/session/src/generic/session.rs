//! The session: listing, stream, snapshots; ping, silence, gaps.

use std::collections::{BTreeMap, VecDeque};

use wattbook_codec::json::{Document, Limits};
use wattbook_domain::market::{MarketEvent, Trade as MarketTrade};
use wattbook_domain::time::NANOS_PER_SECOND;
use wattbook_domain::{InstrumentId, Timestamp, TradeId};

use super::contract;
use super::description::Description;
use super::fields::{Book, Told, Trade, read, read_book};
use crate::backoff::Backoff;
use crate::error::SessionError;
use crate::http::{Headers, Reader, Request, Response};
use crate::session::{Action, Input, Link, Session};
use crate::url;
use crate::venue::{
    BookSync, Change, Listing, Outbox, Revision, Secrets, SessionState, Taken, VenueEvent, Wanted,
};
use crate::websocket::{ClientHandshake, Message, Role, Socket};

/// REST, a connection a request.
const REST: Link = Link(0);
/// The stream.
const STREAM: Link = Link(1);
/// Longest message or answer, bytes.
const BYTES_MAX: usize = 64 << 20;

#[derive(Debug)]
enum State {
    Waiting(Timestamp),
    Listing,
    Connecting,
    Handshake(ClientHandshake),
    Loading(Socket),
    Live(Socket),
    Stopping(Socket),
    Stopped,
}

/// A request to REST.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Listing,
    /// The book of a contract.
    Book(String),
}

#[derive(Debug)]
struct Fetch {
    asked: Asked,
    request: Vec<u8>,
    reader: Reader,
    since: Timestamp,
}

/// A session with a venue that a [`Description`] describes.
#[derive(Debug)]
pub struct GenericSession {
    description: Description,
    secrets: Secrets,
    state: State,
    backoff: Backoff,
    again: Backoff,
    actions: VecDeque<Action>,
    outbox: Outbox,
    listing: Listing,
    symbols: BTreeMap<InstrumentId, String>,
    sync: BookSync,
    /// Revisions of venues that count nothing.
    counts: BTreeMap<InstrumentId, u64>,
    fetch: Option<Fetch>,
    /// Contracts whose book is to be asked for, and when.
    wanted: Wanted,
    seed: u64,
    since: Timestamp,
    last_received: Timestamp,
    last_ping: Timestamp,
}

impl GenericSession {
    /// A session that connects with the first [`Session::handle`].
    #[must_use]
    pub fn new(description: Description, secrets: Secrets, seed: u64) -> Self {
        let [first, longest] = description.retry_ms;
        Self {
            state: State::Waiting(Timestamp::MIN),
            backoff: Backoff::new(first, longest, seed),
            again: Backoff::new(250, 30_000, seed ^ 1),
            actions: VecDeque::new(),
            outbox: Outbox::default(),
            listing: Listing::from(description.first_instrument),
            symbols: BTreeMap::new(),
            sync: BookSync::default(),
            counts: BTreeMap::new(),
            fetch: None,
            wanted: Wanted::default(),
            seed,
            since: Timestamp::EPOCH,
            last_received: Timestamp::EPOCH,
            last_ping: Timestamp::EPOCH,
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
        self.outbox.state(SessionState::Connecting);
        for listed in self.description.instrument.clone() {
            let made = contract::from_file(&listed, self.description.venue);
            self.define(&listed.symbol, made);
        }
        if self.description.listing.is_some() {
            self.state = State::Listing;
            self.ask(now, Asked::Listing);
        } else {
            self.connect(now);
        }
    }

    fn define(
        &mut self,
        symbol: &str,
        made: Result<wattbook_domain::instrument::Instrument, String>,
    ) {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
        let defined = made.and_then(|instrument| {
            if symbol.is_empty() || !symbol.bytes().all(is_plain) {
                return Err(
                    "a code of other characters than letters, digits and _ - . :".to_owned(),
                );
            }
            self.listing
                .define(symbol, "", instrument, &mut self.outbox)
        });
        match defined {
            Ok(id) => {
                self.symbols.insert(id, symbol.to_owned());
            }
            Err(reason) => {
                let reason = format!("contract {symbol:?}: {reason}");
                self.outbox
                    .quarantine("listing", 0, reason, symbol.as_bytes());
            }
        }
    }

    fn connect(&mut self, now: Timestamp) {
        match self.description.stream_address() {
            Ok((endpoint, _)) => {
                self.since = now;
                self.state = State::Connecting;
                self.actions.push_back(Action::Connect(STREAM, endpoint));
            }
            Err(error) => self.lose(now, error),
        }
    }

    /// Asks REST, one question at a time.
    fn ask(&mut self, now: Timestamp, asked: Asked) {
        let (url, headers) = match (
            &asked,
            &self.description.listing,
            &self.description.snapshot,
        ) {
            (Asked::Listing, Some(listing), _) => (listing.url.clone(), &listing.headers),
            (Asked::Book(symbol), _, Some(snapshot)) => {
                (snapshot.url.replace("{symbol}", symbol), &snapshot.headers)
            }
            _ => return,
        };
        let made = url::parse(&url, ["http", "https"]).and_then(|(endpoint, path)| {
            let mut headers = self.headers(&endpoint.host, headers);
            headers.push(("Accept".to_owned(), "application/json".to_owned()));
            headers.push(("Connection".to_owned(), "close".to_owned()));
            let request = Request {
                method: "GET".to_owned(),
                path,
                headers,
                body: Vec::new(),
            };
            Ok((endpoint, request.encode()?))
        });
        match made {
            Ok((endpoint, request)) => {
                self.actions.push_back(Action::Connect(REST, endpoint));
                self.fetch = Some(Fetch {
                    asked,
                    request,
                    reader: Reader::new(BYTES_MAX),
                    since: now,
                });
            }
            Err(error) => self.lose(now, error),
        }
    }

    fn lose(&mut self, now: Timestamp, error: SessionError) {
        let was_stopping = matches!(self.state, State::Stopping(_));
        if matches!(self.state, State::Waiting(_) | State::Stopped) {
            return;
        }
        self.send();
        self.actions.push_back(Action::Disconnect(REST));
        self.actions.push_back(Action::Disconnect(STREAM));
        self.fetch = None;
        self.wanted.clear();
        self.sync.suspend();
        if was_stopping {
            self.state = State::Stopped;
            return self.outbox.state(SessionState::Stopped);
        }
        let retry_at = self.backoff.after_failure(now);
        self.state = State::Waiting(retry_at);
        self.outbox.state(SessionState::Lost { error, retry_at });
    }

    const fn socket(&mut self) -> Option<&mut Socket> {
        match &mut self.state {
            State::Loading(socket) | State::Live(socket) | State::Stopping(socket) => Some(socket),
            _ => None,
        }
    }

    fn send(&mut self) {
        if let Some(bytes) = self.socket().and_then(Socket::take_output) {
            self.actions.push_back(Action::Send(STREAM, bytes));
        }
    }

    fn say(&mut self, text: String) {
        if let Some(socket) = self.socket() {
            socket.send(&Message::Text(text));
        }
    }

    fn hear_rest(&mut self, now: Timestamp, input: Input<'_>) {
        let Some(fetch) = &mut self.fetch else {
            return;
        };
        let answer = match input {
            Input::Connected(_) => {
                let request = std::mem::take(&mut fetch.request);
                return self.actions.push_back(Action::Send(REST, request));
            }
            Input::Received(_, bytes) => {
                fetch.reader.push(bytes);
                match fetch.reader.response() {
                    Ok(None) => return,
                    Ok(Some(response)) if response.status == 200 => Ok(response),
                    Ok(Some(response)) => Err(SessionError::Refused {
                        code: response.status,
                        text: String::from_utf8_lossy(&response.body)
                            .chars()
                            .take(200)
                            .collect(),
                    }),
                    Err(error) => Err(error),
                }
            }
            Input::Closed(_, reason) => Err(SessionError::Closed {
                reason: reason.to_owned(),
            }),
            Input::Time => return,
        };
        self.actions.push_back(Action::Disconnect(REST));
        let Some(Fetch { asked, .. }) = self.fetch.take() else {
            return;
        };
        match (asked, answer) {
            (Asked::Listing, Ok(response)) => self.take_listing(now, &response),
            (Asked::Book(symbol), Ok(response)) => self.take_whole(now, &symbol, &response),
            (Asked::Listing, Err(error)) => self.lose(now, error),
            (Asked::Book(symbol), Err(error)) => {
                self.outbox
                    .push(VenueEvent::Notice(format!("the book of {symbol}: {error}")));
                self.want(&symbol, now);
            }
        }
    }

    fn take_listing(&mut self, now: Timestamp, response: &Response) {
        let limits = Limits {
            bytes_max: BYTES_MAX,
            depth_max: 16,
        };
        let Some(listing) = self.description.listing.clone() else {
            return;
        };
        let read = Document::parse(&response.body, limits);
        let document = match read {
            Ok(document) => document,
            Err(error) => {
                let (offset, text) = (error.offset(), error.to_string());
                self.outbox
                    .quarantine("listing", offset, text.clone(), &response.body);
                let code = response.status;
                return self.lose(now, SessionError::Refused { code, text });
            }
        };
        let rows = document.root().at(&listing.rows);
        for row in rows
            .into_iter()
            .flat_map(wattbook_codec::json::Value::elements)
        {
            match contract::from_row(
                &listing,
                row,
                self.description.units,
                self.description.venue,
            ) {
                Ok((symbol, instrument)) => self.define(&symbol, Ok(instrument)),
                Err(reason) => {
                    self.outbox
                        .quarantine("listing", row.offset(), reason, &response.body);
                }
            }
        }
        self.connect(now);
    }

    fn take_whole(&mut self, now: Timestamp, symbol: &str, response: &Response) {
        let Some(snapshot) = &self.description.snapshot else {
            return;
        };
        match read_book(&snapshot.book, self.description.units, &response.body) {
            Ok(mut book) => {
                symbol.clone_into(&mut book.symbol);
                self.take_book(now, &book);
            }
            Err((offset, reason)) => {
                let place = format!("snapshot of {symbol}");
                self.outbox
                    .quarantine(&place, offset, reason, &response.body);
                self.want(symbol, now);
            }
        }
        self.go_live();
    }

    /// Wants the book of `symbol` again after an answer that was of no use.
    fn want(&mut self, symbol: &str, now: Timestamp) {
        let due = self.again.after_failure(now);
        self.wanted.add(symbol, due);
    }

    fn go_live(&mut self) {
        if !matches!(self.state, State::Loading(_)) {
            return;
        }
        if self.symbols.keys().all(|id| !self.sync.is_waiting(*id)) {
            if let State::Loading(socket) = std::mem::replace(&mut self.state, State::Stopped) {
                self.state = State::Live(socket);
            }
            self.backoff.succeeded();
            self.outbox.state(SessionState::Live);
        }
    }

    fn hear_stream(&mut self, now: Timestamp, input: Input<'_>) {
        let heard = match (input, &mut self.state) {
            (Input::Connected(_), State::Connecting) => self.shake_hands(now),
            (Input::Received(_, bytes), State::Handshake(handshake)) => {
                self.last_received = now;
                match handshake.receive(bytes) {
                    Ok(None) => Ok(()),
                    Ok(Some(rest)) => self.open(now, &rest),
                    Err(error) => Err(error),
                }
            }
            (
                Input::Received(_, bytes),
                State::Loading(socket) | State::Live(socket) | State::Stopping(socket),
            ) => {
                self.last_received = now;
                socket.receive(bytes)
            }
            (Input::Closed(_, reason), _) => Err(SessionError::Closed {
                reason: reason.to_owned(),
            }),
            _ => Ok(()),
        };
        if let Err(error) = heard.and_then(|()| self.take_messages(now)) {
            self.lose(now, error);
        }
    }

    fn shake_hands(&mut self, now: Timestamp) -> Result<(), SessionError> {
        let (endpoint, path) = self.description.stream_address()?;
        let headers = self.headers("", &self.description.stream.headers);
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.seed.to_be_bytes());
        nonce[8..].copy_from_slice(&(self.seed.rotate_left(29) ^ now.nanos() as u64).to_be_bytes());
        let path = self.filled(&path);
        let (handshake, bytes) = ClientHandshake::new(&endpoint.host, &path, &headers, nonce)?;
        self.state = State::Handshake(handshake);
        self.actions.push_back(Action::Send(STREAM, bytes));
        Ok(())
    }

    fn open(&mut self, now: Timestamp, rest: &[u8]) -> Result<(), SessionError> {
        let mut socket = Socket::new(Role::Client, BYTES_MAX, self.seed);
        socket.receive(rest)?;
        self.state = State::Loading(socket);
        self.last_ping = now;
        self.outbox.state(SessionState::LoggedIn);
        for text in self.description.stream.open.clone() {
            let text = self.filled(&text);
            self.say(text);
        }
        for symbol in self.symbols.values().cloned().collect::<Vec<_>>() {
            self.subscribe(&symbol);
            if self.description.snapshot.is_some() {
                self.wanted.add(&symbol, now);
            }
        }
        Ok(())
    }

    fn subscribe(&mut self, symbol: &str) {
        for text in self.description.stream.subscribe.clone() {
            let text = self.filled(&text).replace("{symbol}", symbol);
            self.say(text);
        }
    }

    fn take_messages(&mut self, now: Timestamp) -> Result<(), SessionError> {
        while let Some(message) = self.socket().and_then(Socket::message) {
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
        let mut faults = Vec::new();
        match read(&self.description, bytes, &mut faults) {
            Ok(all) => {
                for told in all {
                    match told {
                        Told::Book(book) => self.take_book(now, &book),
                        Told::Trade(trade) => self.take_trade(now, &trade, bytes),
                        Told::Refusal(text) => self.outbox.push(VenueEvent::Notice(text)),
                        Told::Nothing => {}
                    }
                }
            }
            Err(error) => {
                self.outbox
                    .quarantine("stream", error.offset(), error.to_string(), bytes);
                self.doubt(now, None);
            }
        }
        for fault in faults {
            self.outbox
                .quarantine("stream", fault.offset, fault.reason, bytes);
            self.doubt(now, fault.symbol.as_deref());
        }
        self.go_live();
    }

    /// After an unreadable message about `symbol`, or nobody knows which: where the venue counts no
    /// revisions, nothing else shows what is missing.
    fn doubt(&mut self, now: Timestamp, symbol: Option<&str>) {
        if self.counts.is_empty() {
            return;
        }
        let symbols: Vec<(InstrumentId, String)> = self
            .symbols
            .iter()
            .filter(|(_, known)| symbol.is_none_or(|symbol| symbol == known.as_str()))
            .map(|(id, known)| (*id, known.clone()))
            .collect();
        for (id, symbol) in symbols {
            self.sync.doubt(|known| known == id, &mut self.outbox);
            self.renew(now, &symbol);
        }
    }

    fn take_book(&mut self, now: Timestamp, book: &Book) {
        let Some(id) = self.listing.find(&book.symbol, "") else {
            let reason = format!("a book of {:?}, which is not listed", book.symbol);
            return self
                .outbox
                .quarantine("stream", 0, reason, book.symbol.as_bytes());
        };
        let (number, follows) = book.revision.unwrap_or_else(|| {
            let count = self.counts.entry(id).or_default();
            *count += 1;
            (*count, *count - 1)
        });
        let changes = book
            .entries
            .iter()
            .map(|(order, side, price, volume)| Change {
                order: *order,
                side: *side,
                price: *price,
                volume: *volume,
            });
        let revision = Revision {
            number,
            follows,
            ts_event: book.ts_event.unwrap_or(now),
            changes: changes.collect(),
        };
        let taken = if book.is_whole {
            self.sync.snapshot(id, &revision, &mut self.outbox)
        } else {
            self.sync.update(id, revision, &mut self.outbox)
        };
        match taken {
            Taken::Gap if book.is_whole => self.want(&book.symbol, now),
            Taken::Gap => self.renew(now, &book.symbol),
            Taken::Applied if book.is_whole => self.again.succeeded(),
            _ => {}
        }
    }

    /// Gets the whole book of `symbol` again: by REST, else by subscribing again.
    fn renew(&mut self, now: Timestamp, symbol: &str) {
        if self.description.snapshot.is_some() {
            self.wanted.add(symbol, now);
            return;
        }
        for text in self.description.stream.unsubscribe.clone() {
            let text = self.filled(&text).replace("{symbol}", symbol);
            self.say(text);
        }
        self.subscribe(symbol);
    }

    fn take_trade(&mut self, now: Timestamp, trade: &Trade, bytes: &[u8]) {
        let Some(instrument) = self.listing.find(&trade.symbol, "") else {
            let reason = format!("a trade of {:?}, which is not listed", trade.symbol);
            return self.outbox.quarantine("stream", 0, reason, bytes);
        };
        let traded = MarketTrade {
            instrument,
            trade: TradeId(trade.id),
            aggressor: trade.aggressor,
            price: trade.price,
            volume: trade.volume,
        };
        let ts_event = trade.ts_event.unwrap_or(now);
        self.outbox.market(ts_event, 0, MarketEvent::Trade(traded));
    }

    fn check_time(&mut self, now: Timestamp) {
        let patience = self.patience();
        let is_opening = matches!(self.state, State::Connecting | State::Handshake(_));
        let is_late = is_opening && now.nanos_since(self.since) >= patience
            || self
                .fetch
                .as_ref()
                .is_some_and(|fetch| now.nanos_since(fetch.since) >= patience);
        if is_late {
            let seconds = self.description.answer_seconds.into();
            let what = "the stream or a request";
            return self.lose(now, SessionError::Unanswered { what, seconds });
        }
        let is_up = matches!(self.state, State::Loading(_) | State::Live(_));
        let silence = i64::from(self.description.stream.silence_seconds) * NANOS_PER_SECOND;
        if is_up && silence > 0 && now.nanos_since(self.last_received) >= silence {
            let seconds = self.description.stream.silence_seconds.into();
            return self.lose(now, SessionError::Silent { seconds });
        }
        let ping = i64::from(self.description.stream.ping_seconds) * NANOS_PER_SECOND;
        if is_up && ping > 0 && now.nanos_since(self.last_ping) >= ping {
            self.last_ping = now;
            match self.description.stream.ping.clone() {
                Some(text) => self.say(text),
                None => {
                    if let Some(socket) = self.socket() {
                        socket.send(&Message::Ping(Vec::new()));
                    }
                }
            }
        }
        self.ask_for_wanted(now);
    }

    fn ask_for_wanted(&mut self, now: Timestamp) {
        let is_up = matches!(self.state, State::Loading(_) | State::Live(_));
        if !is_up || self.fetch.is_some() {
            return;
        }
        if let Some(symbol) = self.wanted.take_due(now) {
            self.ask(now, Asked::Book(symbol));
        }
    }

    fn patience(&self) -> i64 {
        i64::from(self.description.answer_seconds) * NANOS_PER_SECOND
    }
}

impl Session for GenericSession {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        self.outbox.set_now(now);
        match (input, &self.state) {
            (_, State::Stopped) => return,
            (Input::Time, State::Waiting(until)) if *until <= now => self.begin(now),
            (_, State::Waiting(_)) => {}
            (Input::Connected(REST) | Input::Received(REST, _) | Input::Closed(REST, _), _) => {
                self.hear_rest(now, input);
            }
            (Input::Time, _) => self.check_time(now),
            _ => self.hear_stream(now, input),
        }
        self.ask_for_wanted(now);
        self.send();
    }

    fn action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn event(&mut self) -> Option<VenueEvent> {
        self.outbox.pop()
    }

    fn deadline(&self) -> Option<Timestamp> {
        let stream = &self.description.stream;
        let seconds = |count: u16| i64::from(count) * NANOS_PER_SECOND;
        let fetch = self
            .fetch
            .iter()
            .map(|fetch| fetch.since.plus_nanos(self.patience()));
        match self.state {
            State::Waiting(until) => Some(until),
            State::Stopped => None,
            State::Listing => fetch.min(),
            State::Connecting | State::Handshake(_) => Some(self.since.plus_nanos(self.patience())),
            State::Loading(_) | State::Live(_) | State::Stopping(_) => {
                let silence = seconds(stream.silence_seconds);
                let silent = (silence > 0).then(|| self.last_received.plus_nanos(silence));
                let ping = seconds(stream.ping_seconds);
                let ping = (ping > 0).then(|| self.last_ping.plus_nanos(ping));
                let wanted = self.wanted.next_due().filter(|_| self.fetch.is_none());
                fetch.chain(silent).chain(ping).chain(wanted).min()
            }
        }
    }

    fn wants_input(&self) -> bool {
        self.outbox.has_room()
    }

    fn stop(&mut self, now: Timestamp) {
        self.outbox.set_now(now);
        self.actions.push_back(Action::Disconnect(REST));
        self.state = match std::mem::replace(&mut self.state, State::Stopped) {
            State::Loading(mut socket) | State::Live(mut socket) => {
                socket.send(&Message::Close(1000, String::new()));
                State::Stopping(socket)
            }
            _ => {
                self.actions.push_back(Action::Disconnect(STREAM));
                self.outbox.state(SessionState::Stopped);
                State::Stopped
            }
        };
        self.send();
    }
}
