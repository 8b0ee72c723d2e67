//! The session: token, connection, listing, books; renewal and resubscription.

use std::collections::BTreeMap;

use wattbook_domain::Timestamp;
use wattbook_domain::time::NANOS_PER_SECOND;

use super::feed::Feed;
use super::rows::{Topic, rows};
use super::settings::NordPoolSettings;
use super::token::{self, Token};
use crate::backoff::Backoff;
use crate::error::SessionError;
use crate::http;
use crate::session::{Action, Input, Link, Session};
use crate::stomp::{Client, Config, Event, Frame};
use crate::venue::{SessionState, VenueEvent};

/// To the token service.
const TOKENS: Link = Link(0);
/// To the API.
const API: Link = Link(1);
/// Longest message, bytes.
const MESSAGE_BYTES_MAX: usize = 64 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting(Timestamp),
    /// The first token is asked for.
    Authorizing,
    Connecting,
    /// WebSocket and STOMP are being opened.
    Opening,
    /// Subscribed; the first snapshots come.
    Loading,
    Live,
    Stopping,
    Stopped,
}

#[derive(Debug)]
struct Subscription {
    topic: Topic,
    area: i64,
    /// Number of the last message.
    sequence: Option<i64>,
    has_snapshot: bool,
    since: Timestamp,
}

/// A token under way.
#[derive(Debug)]
struct Fetch {
    reader: http::Reader,
    since: Timestamp,
}

/// A session with a venue in the manner of Nord Pool's intraday API.
#[derive(Debug)]
pub struct NordPoolSession {
    settings: NordPoolSettings,
    state: State,
    client: Client,
    backoff: Backoff,
    actions: Vec<Action>,
    feed: Feed,
    token: Option<Token>,
    fetch: Option<Fetch>,
    subscriptions: BTreeMap<String, Subscription>,
    next_subscription: u64,
    connections: u64,
    /// Topics to subscribe again, and when.
    again: Vec<(Topic, i64, Timestamp)>,
    again_backoff: Backoff,
}

impl NordPoolSession {
    /// A session that asks for a token with the first [`Session::handle`].
    #[must_use]
    pub fn new(settings: NordPoolSettings) -> Self {
        let (first, longest) = settings.retry_ms;
        let seed = settings.seed;
        Self {
            client: client(&settings, String::new()),
            state: State::Waiting(Timestamp::MIN),
            backoff: Backoff::new(first, longest, seed),
            actions: Vec::new(),
            feed: Feed::new(&settings),
            token: None,
            fetch: None,
            subscriptions: BTreeMap::new(),
            next_subscription: 0,
            connections: 0,
            again: Vec::new(),
            again_backoff: Backoff::new(250, 30_000, seed ^ 1),
            settings,
        }
    }

    fn fetch_token(&mut self, now: Timestamp) {
        self.fetch = Some(Fetch {
            reader: http::Reader::new(token::ANSWER_BYTES_MAX),
            since: now,
        });
        let endpoint = self.settings.token_endpoint.clone();
        self.actions.push(Action::Connect(TOKENS, endpoint));
    }

    fn lose(&mut self, now: Timestamp, error: SessionError) {
        if matches!(self.state, State::Waiting(_) | State::Stopped) {
            return;
        }
        self.send(now);
        self.actions.push(Action::Disconnect(TOKENS));
        self.actions.push(Action::Disconnect(API));
        self.fetch = None;
        self.token = None;
        self.subscriptions.clear();
        self.again.clear();
        self.feed.suspend();
        if self.state == State::Stopping {
            self.state = State::Stopped;
            return self.feed.outbox.state(SessionState::Stopped);
        }
        let retry_at = self.backoff.after_failure(now);
        self.state = State::Waiting(retry_at);
        self.feed
            .outbox
            .state(SessionState::Lost { error, retry_at });
    }

    fn send(&mut self, now: Timestamp) {
        if let Some(bytes) = self.client.take_output(now) {
            self.actions.push(Action::Send(API, bytes));
        }
    }

    fn hear_tokens(&mut self, now: Timestamp, input: Input<'_>) {
        let Some(fetch) = &mut self.fetch else {
            return;
        };
        let answer = match input {
            Input::Connected(_) => match token::request(&self.settings) {
                Ok(bytes) => return self.actions.push(Action::Send(TOKENS, bytes)),
                Err(error) => Err(error),
            },
            Input::Received(_, bytes) => {
                fetch.reader.push(bytes);
                match fetch.reader.response() {
                    Ok(None) => return,
                    Ok(Some(response)) => {
                        token::token(&response, now, self.settings.renewal_seconds)
                    }
                    Err(error) => Err(error),
                }
            }
            Input::Closed(_, reason) => Err(SessionError::Closed {
                reason: reason.to_owned(),
            }),
            Input::Time => return,
        };
        match answer {
            Ok(token) => self.take_token(token),
            Err(error) => self.lose(now, error),
        }
    }

    fn take_token(&mut self, token: Token) {
        self.fetch = None;
        self.actions.push(Action::Disconnect(TOKENS));
        let old = self.token.replace(token);
        let new = self.token.as_ref().map_or("", |token| &token.text);
        if let (Some(old), State::Loading | State::Live) = (old, self.state) {
            let body = token::renewal(&old.text, new);
            self.client.send(&command(&body));
            self.feed.outbox.state(SessionState::Renewed);
        } else if self.state == State::Authorizing {
            self.state = State::Connecting;
            self.connections += 1;
            let path = self.settings.path.clone();
            let server = format!("{:03}", self.settings.seed % 1_000);
            let session = format!(
                "wattbook{:08x}{:08x}",
                self.settings.seed as u32, self.connections
            );
            let path = path
                .replace("{server}", &server)
                .replace("{session}", &session);
            self.client = client(&self.settings, path);
            let endpoint = self.settings.endpoint.clone();
            self.actions.push(Action::Connect(API, endpoint));
        }
    }

    fn hear_api(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Connected(_) => {
                self.state = State::Opening;
                let token = self.token.as_ref().map_or("", |token| &token.text);
                self.client.connected(now, &[("X-AUTH-TOKEN", token)]);
            }
            Input::Received(_, bytes) => self.client.received(now, bytes),
            Input::Closed(_, reason) if self.state == State::Connecting => {
                let reason = reason.to_owned();
                return self.lose(now, SessionError::Closed { reason });
            }
            Input::Closed(_, reason) => self.client.disconnected(reason),
            Input::Time => self.client.tick(now),
        }
        while let Some(event) = self.client.event() {
            match event {
                Event::Open => {
                    self.state = State::Loading;
                    self.feed.outbox.state(SessionState::LoggedIn);
                    self.subscribe(now, Topic::Areas, 0);
                }
                Event::Frame(frame) => self.take(now, &frame),
                Event::Closed(error) => return self.lose(now, error),
            }
        }
    }

    fn destination(&self, topic: Topic, area: i64) -> String {
        let user = &self.settings.secrets.user;
        let mode = self.settings.mode.word();
        let topic = match topic {
            Topic::Areas => "deliveryAreas".to_owned(),
            Topic::Contracts => "contracts".to_owned(),
            Topic::LocalView => format!("localview/{area}"),
            Topic::Ticker => "ticker".to_owned(),
            Topic::Capacities => format!("capacities/{area}"),
        };
        format!("/user/{user}/v1/{mode}/{topic}")
    }

    fn subscribe(&mut self, now: Timestamp, topic: Topic, area: i64) {
        self.next_subscription += 1;
        let id = format!("sub-{}", self.next_subscription);
        let destination = self.destination(topic, area);
        self.client.send(&Frame::new(
            "SUBSCRIBE",
            &[("id", &id), ("destination", &destination)],
        ));
        self.subscriptions.insert(
            id,
            Subscription {
                topic,
                area,
                sequence: None,
                has_snapshot: false,
                since: now,
            },
        );
    }

    /// Gives up a subscription whose messages cannot be followed and begins it anew after a moment.
    fn resubscribe(&mut self, now: Timestamp, id: &str) {
        let Some(subscription) = self.subscriptions.remove(id) else {
            return;
        };
        self.client.send(&Frame::new("UNSUBSCRIBE", &[("id", id)]));
        if subscription.topic == Topic::LocalView {
            self.feed.doubt(subscription.area);
        }
        let due = self.again_backoff.after_failure(now);
        self.again
            .push((subscription.topic, subscription.area, due));
    }

    fn take(&mut self, now: Timestamp, frame: &Frame) {
        let Some(id) = frame.header("subscription") else {
            return;
        };
        let Some(subscription) = self.subscriptions.get_mut(id) else {
            // Of a subscription that was given up.
            return;
        };
        let (topic, area) = (subscription.topic, subscription.area);
        let number = frame
            .header("x-nps-sequenceNo")
            .and_then(|text| text.trim().parse::<i64>().ok());
        let is_snapshot = frame
            .header("x-nps-snapshot")
            .is_some_and(|text| text == "true");
        let last = subscription.sequence;
        if let (Some(last), Some(number)) = (last, number) {
            if number <= last {
                return;
            }
            if number != last + 1 {
                let destination = self.destination(topic, area);
                let notice = format!(
                    "messages {} to {} of {destination} were lost",
                    last + 1,
                    number - 1
                );
                self.feed.outbox.push(VenueEvent::Notice(notice));
                return self.resubscribe(now, id);
            }
        }
        subscription.sequence = number.or(last);
        let is_first = !std::mem::replace(&mut subscription.has_snapshot, true);
        let sent = frame
            .header("x-nps-sent-at")
            .and_then(|text| text.trim().parse::<i64>().ok());
        let sent = sent.and_then(|ms| ms.checked_mul(1_000_000));
        let sent = sent.map_or(now, Timestamp::from_nanos);
        let place = frame.header("destination").unwrap_or_default().to_owned();
        let mut faults = Vec::new();
        let read = rows(topic, &frame.body, &mut faults);
        let is_sound = read.is_ok() && faults.is_empty();
        for fault in faults {
            self.feed
                .outbox
                .quarantine(&place, fault.offset, fault.reason, &frame.body);
        }
        match read {
            Ok(rows) => self.feed.take(sent, area, is_snapshot, &rows),
            Err(error) => {
                self.feed
                    .outbox
                    .quarantine(&place, error.offset(), error.to_string(), &frame.body);
            }
        }
        if !is_sound && topic != Topic::Ticker {
            return self.resubscribe(now, id);
        }
        if is_first {
            self.go_on(now, topic, area);
        }
    }

    /// After the first message of a topic: what builds on it.
    fn go_on(&mut self, now: Timestamp, topic: Topic, area: i64) {
        let is_subscribed = |wanted| {
            self.subscriptions
                .values()
                .any(|known| known.topic == wanted)
        };
        match topic {
            Topic::Areas if !is_subscribed(Topic::Contracts) => {
                self.subscribe(now, Topic::Contracts, 0);
            }
            Topic::Contracts if !is_subscribed(Topic::LocalView) => {
                for area in self.settings.areas.clone() {
                    self.subscribe(now, Topic::LocalView, area);
                    self.subscribe(now, Topic::Capacities, area);
                }
                self.subscribe(now, Topic::Ticker, 0);
            }
            Topic::LocalView => {
                self.feed.open_rest(area);
                self.again_backoff.succeeded();
                let all = self.subscriptions.values();
                let is_waiting =
                    |known: &Subscription| known.topic == Topic::LocalView && !known.has_snapshot;
                if self.state == State::Loading && !all.into_iter().any(is_waiting) {
                    self.state = State::Live;
                    self.backoff.succeeded();
                    self.feed.outbox.state(SessionState::Live);
                }
            }
            _ => {}
        }
    }

    fn check_time(&mut self, now: Timestamp) {
        let patience = i64::from(self.settings.answer_seconds) * NANOS_PER_SECOND;
        let is_late = |since: Timestamp| now.nanos_since(since) >= patience;
        let what = if self
            .fetch
            .as_ref()
            .is_some_and(|fetch| is_late(fetch.since))
        {
            "the request for a token"
        } else if self.unanswered().any(is_late) {
            "a subscription"
        } else {
            let due = self
                .token
                .as_ref()
                .is_some_and(|token| token.renew_at <= now);
            if due && self.fetch.is_none() && matches!(self.state, State::Loading | State::Live) {
                self.fetch_token(now);
            }
            let (due, later) = std::mem::take(&mut self.again)
                .into_iter()
                .partition(|(_, _, due)| *due <= now);
            self.again = later;
            let due: Vec<(Topic, i64, Timestamp)> = due;
            for (topic, area, _) in due {
                self.subscribe(now, topic, area);
            }
            return;
        };
        let seconds = self.settings.answer_seconds.into();
        self.lose(now, SessionError::Unanswered { what, seconds });
    }

    /// Since when subscriptions wait for their snapshot; trades and capacities may have none.
    fn unanswered(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let must = |known: &&Subscription| {
            !known.has_snapshot
                && matches!(
                    known.topic,
                    Topic::Areas | Topic::Contracts | Topic::LocalView
                )
        };
        self.subscriptions
            .values()
            .filter(must)
            .map(|known| known.since)
    }
}

fn client(settings: &NordPoolSettings, path: String) -> Client {
    let config = Config {
        host: settings.endpoint.host.clone(),
        path,
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
        self.feed.outbox.set_now(now);
        match (input, self.state) {
            (_, State::Stopped) => return,
            (Input::Time, State::Waiting(until)) if until <= now => {
                self.state = State::Authorizing;
                self.feed.outbox.state(SessionState::Connecting);
                self.fetch_token(now);
            }
            (_, State::Waiting(_)) => {}
            (
                Input::Connected(TOKENS) | Input::Received(TOKENS, _) | Input::Closed(TOKENS, _),
                _,
            ) => {
                self.hear_tokens(now, input);
            }
            (Input::Time, _) => {
                self.hear_api(now, input);
                if !matches!(self.state, State::Waiting(_) | State::Stopped) {
                    self.check_time(now);
                }
            }
            _ => self.hear_api(now, input),
        }
        self.send(now);
    }

    fn action(&mut self) -> Option<Action> {
        (!self.actions.is_empty()).then(|| self.actions.remove(0))
    }

    fn event(&mut self) -> Option<VenueEvent> {
        self.feed.outbox.pop()
    }

    fn deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Waiting(until) => return Some(until),
            State::Stopped => return None,
            _ => {}
        }
        let patience = i64::from(self.settings.answer_seconds) * NANOS_PER_SECOND;
        let fetch = self.fetch.iter().map(|fetch| fetch.since);
        let answers = fetch
            .chain(self.unanswered())
            .map(|since| since.plus_nanos(patience));
        let is_up = matches!(self.state, State::Loading | State::Live);
        let renewal = self
            .token
            .iter()
            .map(|token| token.renew_at)
            .filter(|_| is_up && self.fetch.is_none());
        let again = self.again.iter().map(|(_, _, due)| *due);
        answers
            .chain(renewal)
            .chain(again)
            .chain(self.client.deadline())
            .min()
    }

    fn wants_input(&self) -> bool {
        self.feed.outbox.has_room()
    }

    fn stop(&mut self, now: Timestamp) {
        self.feed.outbox.set_now(now);
        if matches!(
            self.state,
            State::Waiting(_) | State::Stopped | State::Authorizing | State::Connecting
        ) {
            self.actions.push(Action::Disconnect(TOKENS));
            self.actions.push(Action::Disconnect(API));
            self.state = State::Stopped;
            return self.feed.outbox.state(SessionState::Stopped);
        }
        self.state = State::Stopping;
        self.client.send(&command("{\"type\":\"LOGOUT\"}"));
        self.client.close();
        self.send(now);
    }
}
