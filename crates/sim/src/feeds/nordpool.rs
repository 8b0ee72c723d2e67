//! A venue in the manner of Nord Pool's intraday API: tokens by HTTP, STOMP in `SockJS` frames.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use wattbook_domain::Timestamp;
use wattbook_session::http::{Request, Response};
use wattbook_session::stomp::{Frame, FrameReader, Part};
use wattbook_session::websocket::Message;

use super::amqp::now;
use super::control::{FeedControl, FeedFault};
use super::floor::OrderFloor;
use super::market::{FeedContract, FeedMarket, FeedOrder, OwnChange};
use super::nordpool_json as json;
use super::nordpool_orders as orders;
use super::web::{Desk, Hub, News, SocketStream, Told, WebServer};

/// Between two messages of a conflated topic.
const CONFLATION: Duration = Duration::from_millis(50);

/// Settings of the venue.
#[derive(Debug, Clone)]
pub struct NordPoolVenueSettings {
    /// Port on loopback; 0 for any.
    pub port: u16,
    /// Who may ask for a token.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Life of a token, s.
    pub token_seconds: u16,
    /// Between two signs of life, ms.
    pub heartbeat_ms: u64,
}

/// A running venue; ends, with its connections, when dropped.
#[derive(Debug)]
pub struct NordPoolVenue {
    server: WebServer,
}

impl NordPoolVenue {
    /// Starts it in threads of its own.
    ///
    /// # Errors
    /// When it cannot listen or the system has no thread left.
    pub fn start(settings: NordPoolVenueSettings, control: FeedControl) -> std::io::Result<Self> {
        Self::start_with(settings, control, None)
    }

    /// Starts it with a floor on which orders are entered.
    ///
    /// # Errors
    /// When it cannot listen or the system has no thread left.
    pub fn start_with(
        settings: NordPoolVenueSettings,
        control: FeedControl,
        floor: Option<Arc<OrderFloor>>,
    ) -> std::io::Result<Self> {
        let desk = NordPoolDesk {
            settings,
            floor,
            tokens: Mutex::default(),
            given: AtomicU64::new(0),
        };
        let server = WebServer::start(desk.settings.port, control, desk)?;
        Ok(Self { server })
    }

    /// Where it listens, for tokens and for STOMP.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

struct NordPoolDesk {
    settings: NordPoolVenueSettings,
    /// Without it, orders and trades of the client's own are the market's.
    floor: Option<Arc<OrderFloor>>,
    /// Tokens that hold, and until when.
    tokens: Mutex<BTreeMap<String, Instant>>,
    given: AtomicU64,
}

impl NordPoolDesk {
    fn token_end(&self, token: &str) -> Option<Instant> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens
            .get(token)
            .copied()
            .filter(|end| *end > Instant::now())
    }
}

impl Desk for NordPoolDesk {
    fn answer(&self, _: &Hub, request: &Request) -> Option<Response> {
        let body = String::from_utf8_lossy(&request.body);
        let has = |field: &str| body.split('&').any(|known| known == field);
        let (user, password) = (&self.settings.user, &self.settings.password);
        if !has(&format!("username={user}")) || !has(&format!("password={password}")) {
            let body = b"{\"error\":\"invalid_grant\"}".to_vec();
            return Some(response(401, body));
        }
        let number = self.given.fetch_add(1, Ordering::SeqCst);
        let token = format!("token-{number}");
        let seconds = self.settings.token_seconds;
        let end = Instant::now() + Duration::from_secs(seconds.into());
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.retain(|_, end| *end > Instant::now());
        tokens.insert(token.clone(), end);
        let body = format!(
            "{{\"access_token\":\"{token}\",\"expires_in\":{seconds},\"token_type\":\"Bearer\"}}"
        );
        Some(response(200, body.into_bytes()))
    }

    fn serve(&self, hub: &Hub, _: &Request, stream: &mut SocketStream) -> std::io::Result<()> {
        let mut client = Serving {
            desk: self,
            hub,
            stream,
            news: hub.listen(),
            frames: FrameReader::new(1 << 20),
            subscriptions: BTreeMap::new(),
            told: 0,
            token_end: None,
            is_silent: false,
            cuts_snapshot: false,
            spoils_snapshot: false,
            last_beat: Instant::now(),
            last_flush: Instant::now(),
        };
        client.stream.socket.send(&Message::Text("o".to_owned()));
        client.run()
    }
}

fn response(status: u16, body: Vec<u8>) -> Response {
    Response {
        status,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body,
    }
}

struct Subscribed {
    destination: String,
    topic: String,
    area: usize,
    is_conflated: bool,
    sequence: u64,
    /// The last step that its snapshot holds.
    from_step: u64,
    /// Changes that wait to be told together: contract and orders.
    waiting: BTreeMap<(u64, String), (FeedContract, BTreeMap<u64, FeedOrder>)>,
}

struct Serving<'a> {
    desk: &'a NordPoolDesk,
    hub: &'a Hub,
    stream: &'a mut SocketStream,
    news: Receiver<News>,
    frames: FrameReader,
    subscriptions: BTreeMap<String, Subscribed>,
    /// How much of what the floor tells was told.
    told: usize,
    token_end: Option<Instant>,
    is_silent: bool,
    cuts_snapshot: bool,
    spoils_snapshot: bool,
    last_beat: Instant,
    last_flush: Instant,
}

impl Serving<'_> {
    fn run(&mut self) -> std::io::Result<()> {
        while !self.hub.is_over() {
            self.stream.turn()?;
            while let Some(message) = self.stream.socket.message() {
                match message {
                    Message::Text(text) => self.take_text(&text)?,
                    Message::Close(..) => return self.stream.flush(),
                    _ => {}
                }
            }
            while let Ok(news) = self.news.try_recv() {
                self.take_news(news)?;
            }
            self.tell_floor();
            if self.last_flush.elapsed() >= CONFLATION {
                self.last_flush = Instant::now();
                self.tell_conflated();
            }
            if self.token_end.is_some_and(|end| end <= Instant::now()) {
                self.write(&Frame::new("ERROR", &[("message", "token expired")]));
                return self.stream.flush();
            }
            let beat = Duration::from_millis(self.desk.settings.heartbeat_ms);
            if !self.is_silent && self.last_beat.elapsed() >= beat {
                self.last_beat = Instant::now();
                self.stream.socket.send(&Message::Text("h".to_owned()));
            }
        }
        Ok(())
    }

    fn write(&mut self, frame: &Frame) {
        if self.is_silent {
            return;
        }
        let text = String::from_utf8_lossy(&frame.encode()).into_owned();
        let mut packed = String::from("a[");
        wattbook_codec::json::text(&text, &mut packed);
        packed.push(']');
        self.stream.socket.send(&Message::Text(packed));
    }

    fn take_text(&mut self, text: &str) -> std::io::Result<()> {
        let invalid = |reason: String| std::io::Error::new(std::io::ErrorKind::InvalidData, reason);
        let limits = wattbook_codec::json::Limits::default();
        let document = wattbook_codec::json::Document::parse(text.as_bytes(), limits);
        let document = document.map_err(|error| invalid(error.to_string()))?;
        let mut parts = VecDeque::new();
        for part in document.root().elements() {
            self.frames.push(part.text().unwrap_or_default().as_bytes());
            while let Some(part) = self.frames.part().map_err(std::io::Error::other)? {
                parts.push_back(part);
            }
        }
        for part in parts {
            if let Part::Frame(frame) = part {
                self.take_frame(&frame)?;
            }
        }
        Ok(())
    }

    fn take_frame(&mut self, frame: &Frame) -> std::io::Result<()> {
        let id = frame.header("id").unwrap_or_default().to_owned();
        match frame.command.as_str() {
            "CONNECT" => {
                self.token_end = frame
                    .header("X-AUTH-TOKEN")
                    .and_then(|token| self.desk.token_end(token));
                if self.token_end.is_none() {
                    self.write(&Frame::new("ERROR", &[("message", "no valid token")]));
                    self.stream.flush()?;
                    return Err(std::io::ErrorKind::PermissionDenied.into());
                }
                self.hub.control.logged_in();
                let beat = self.desk.settings.heartbeat_ms;
                let beats = format!("{beat},{beat}");
                self.write(&Frame::new(
                    "CONNECTED",
                    &[("version", "1.2"), ("heart-beat", &beats)],
                ));
            }
            "SUBSCRIBE" => {
                let destination = frame.header("destination").unwrap_or_default().to_owned();
                return self.subscribe(&id, destination);
            }
            "UNSUBSCRIBE" => {
                self.subscriptions.remove(&id);
            }
            "SEND" => {
                let destination = frame.header("destination").unwrap_or_default();
                match &self.desk.floor {
                    Some(floor) if destination.starts_with("/v1/order") => {
                        let areas = self.areas();
                        let refused = orders::enter(floor, destination, &frame.body, &areas);
                        if let Some(report) = refused {
                            self.tell_topic("orderExecutionReport", &report);
                        }
                    }
                    _ => self.take_command(&String::from_utf8_lossy(&frame.body)),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn areas(&self) -> Vec<String> {
        let control = &self.hub.control;
        control.look(|market| {
            let areas = json::areas(market).into_iter();
            areas.map(str::to_owned).collect()
        })
    }

    /// Tells what happened to the client's orders, once it follows them.
    fn tell_floor(&mut self) {
        let Some(floor) = self.desk.floor.clone() else {
            return;
        };
        let has = |topic: &str| {
            let mut subscribed = self.subscriptions.values();
            subscribed.any(|known| known.topic == topic)
        };
        if !has("orderExecutionReport") || !has("privateTrade") {
            // What is told until then is in the snapshots of both.
            self.told = floor.told();
            return;
        }
        for news in floor.news(self.told) {
            self.told += 1;
            let (topic, body) = orders::told(&news, &self.areas());
            self.tell_topic(topic, &body);
        }
    }

    /// Tells `body` on the subscription to `topic`.
    fn tell_topic(&mut self, topic: &str, body: &str) {
        let mut subscribed = self.subscriptions.iter();
        let found = subscribed.find(|(_, known)| known.topic == topic);
        if let Some(id) = found.map(|(id, _)| id.clone()) {
            self.message(&id, body, false);
        }
    }

    fn take_command(&mut self, body: &str) {
        let limits = wattbook_codec::json::Limits::default();
        let Ok(document) = wattbook_codec::json::Document::parse(body.as_bytes(), limits) else {
            return;
        };
        let token = document
            .root()
            .get("newToken")
            .and_then(|token| Some(token.text()?.into_owned()));
        if let Some(end) = token.and_then(|token| self.desk.token_end(&token)) {
            self.token_end = Some(end);
            self.hub.control.renewed();
        }
    }

    fn subscribe(&mut self, id: &str, destination: String) -> std::io::Result<()> {
        let mut words = destination.split('/').skip(4);
        let is_conflated = words.next() == Some("conflated");
        let topic = words.next().unwrap_or_default().to_owned();
        let area: usize = words.next().and_then(|text| text.parse().ok()).unwrap_or(0);
        let hub = self.hub;
        // Under the lock of the market: the snapshot is as of exactly this step.
        let (market, from_step) = hub.control.look(|market| (market.clone(), hub.last_step()));
        let own = match (&self.desk.floor, topic.as_str()) {
            (Some(floor), "orderExecutionReport") => {
                Some(orders::orders(&floor.standing(), &self.areas()))
            }
            (Some(floor), "privateTrade") => Some(orders::trades(&floor.trades(), &self.areas())),
            _ => None,
        };
        let mut body = own.unwrap_or_else(|| snapshot(&market, &topic, area));
        let subscribed = Subscribed {
            destination,
            topic,
            area,
            is_conflated,
            sequence: 0,
            from_step,
            waiting: BTreeMap::new(),
        };
        let is_book = subscribed.topic == "localview";
        self.subscriptions.insert(id.to_owned(), subscribed);
        if is_book {
            self.hub.control.sent_snapshot();
            if std::mem::take(&mut self.spoils_snapshot) {
                body.truncate(body.len() / 2);
            }
        }
        if !body.is_empty() {
            self.message(id, &body, true);
        }
        if is_book && std::mem::take(&mut self.cuts_snapshot) {
            return Err(self.stream.cut());
        }
        Ok(())
    }

    fn message(&mut self, id: &str, body: &str, is_snapshot: bool) {
        let Some(subscribed) = self.subscriptions.get_mut(id) else {
            return;
        };
        subscribed.sequence += 1;
        let sent = (now().nanos() / 1_000_000).to_string();
        let headers = [
            ("destination", subscribed.destination.clone()),
            ("subscription", id.to_owned()),
            ("message-id", format!("{id}-{}", subscribed.sequence)),
            ("x-nps-snapshot", is_snapshot.to_string()),
            ("x-nps-sequenceNo", subscribed.sequence.to_string()),
            ("x-nps-sent-at", sent),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value));
        let frame = Frame {
            command: "MESSAGE".to_owned(),
            headers: headers.to_vec(),
            body: Vec::new(),
        };
        self.write(&frame.with_body(body.as_bytes()));
    }

    fn take_news(&mut self, news: News) -> std::io::Result<()> {
        match news {
            News::Step(told) => self.tell_step(&told),
            News::Fault(FeedFault::Disconnect) => {
                return Err(std::io::ErrorKind::ConnectionAborted.into());
            }
            News::Fault(FeedFault::Silence(is_silent)) => self.is_silent = is_silent,
            News::Fault(FeedFault::ExpireTokens) => self.token_end = Some(Instant::now()),
            News::Fault(FeedFault::CutSnapshot) => self.cuts_snapshot = true,
            News::Fault(FeedFault::SpoilSnapshot) => self.spoils_snapshot = true,
            News::Fault(FeedFault::Publish(bytes)) => {
                let is_book = |(_, known): &(&String, &Subscribed)| known.topic == "localview";
                let id = self
                    .subscriptions
                    .iter()
                    .find(is_book)
                    .map(|(id, _)| id.clone());
                let body = String::from_utf8_lossy(&bytes).into_owned();
                if let Some(id) = id {
                    self.message(&id, &body, false);
                }
            }
            News::Fault(_) => {}
        }
        Ok(())
    }

    fn tell_step(&mut self, told: &Told) {
        let control = &self.hub.control;
        let area = control.look(|market| json::area_number(market, &told.contract.area));
        let ids: Vec<String> = self.subscriptions.keys().cloned().collect();
        for id in ids {
            let Some(subscribed) = self.subscriptions.get_mut(&id) else {
                continue;
            };
            if told.number <= subscribed.from_step {
                continue;
            }
            let is_book = subscribed.topic == "localview" && subscribed.area == area;
            if is_book && subscribed.is_conflated && !told.is_lost {
                let key = (told.contract.id, told.contract.area.clone());
                let waiting = subscribed.waiting.entry(key).or_default();
                waiting.0 = told.contract.clone();
                waiting.1.extend(told.step.changes.iter().copied());
            } else if is_book && told.is_lost {
                subscribed.sequence += 1;
            } else if is_book {
                let row = json::view_row(&told.contract, &told.step.changes, area, now());
                self.message(&id, &format!("[{row}]"), false);
            } else if self.desk.floor.is_some()
                && matches!(
                    subscribed.topic.as_str(),
                    "orderExecutionReport" | "privateTrade"
                )
            {
                // The floor's, not the market's.
            } else if subscribed.topic == "orderExecutionReport" && !told.own.is_empty() {
                let own = told.own.iter();
                let own =
                    own.map(|(number, order, change)| (&told.contract, *number, *order, *change));
                let rows = control.look(|market| json::own_report(market, own, now()));
                self.message(&id, &rows, false);
            } else if subscribed.topic == "privateTrade"
                && let Some(fill) = told.own_fill
            {
                let rows = control.look(|market| json::own_trades(market, &[fill]));
                self.message(&id, &rows, false);
            } else if subscribed.topic == "ticker"
                && let Some(rows) = json::trade_rows(told, area, now())
            {
                self.message(&id, &rows, false);
            }
        }
    }

    fn tell_conflated(&mut self) {
        let ids: Vec<String> = self.subscriptions.keys().cloned().collect();
        for id in ids {
            let Some(subscribed) = self.subscriptions.get_mut(&id) else {
                continue;
            };
            let area = subscribed.area;
            let waiting = std::mem::take(&mut subscribed.waiting);
            let rows: Vec<String> = waiting
                .into_values()
                .map(|(contract, changes)| {
                    let changes: Vec<_> = changes.into_iter().collect();
                    json::view_row(&contract, &changes, area, now())
                })
                .collect();
            if !rows.is_empty() {
                self.message(&id, &format!("[{}]", rows.join(",")), false);
            }
        }
    }
}

fn snapshot(market: &FeedMarket, topic: &str, area: usize) -> String {
    let code = json::areas(market)
        .get(area.wrapping_sub(1))
        .map(|code| (*code).to_owned());
    let moment: Timestamp = now();
    match topic {
        "deliveryAreas" => json::area_rows(market),
        "contracts" => json::contract_rows(market),
        "localview" => json::view_rows(market, &code.unwrap_or_default(), moment),
        "capacities" => json::capacity_rows(market, area),
        "orderExecutionReport" => {
            let own = market.own_orders().map(|(place, number, order)| {
                (&market.contracts()[place], number, order, OwnChange::Added)
            });
            json::own_report(market, own, moment)
        }
        "privateTrade" => json::own_trades(market, market.own_fills()),
        _ => String::new(),
    }
}
