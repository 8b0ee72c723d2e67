//! The session: log in, ask for everything, follow the broadcasts, ask again for what is missing.

use wattbook_domain::Timestamp;
use wattbook_domain::time::NANOS_PER_SECOND;

use super::broker::{Broker, BrokerEvent, INQUIRY, Letter, MANAGEMENT, Parcel, broker};
use super::contract::phase;
use super::decode::decode;
use super::early::Early;
use super::entry;
use super::feed::Feed;
use super::groups::Groups;
use super::message::Message;
use super::request;
use super::requests::{Asked, Requests};
use super::settings::M7Settings;
use crate::error::SessionError;
use crate::pulse::nanos;
use crate::session::{Action, Input, Link, Session};
use crate::venue::{Course, OrderEntry, SessionState, VenueEvent, Wanted};

mod patience;

const LINK: Link = Link(0);
/// Shortest time between two requests for the books of a product: a venue that answers with old
/// ones is not asked without end.
const AGAIN_NANOS: i64 = NANOS_PER_SECOND / 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    /// The broker is there.
    Opening,
    LoggingIn,
    /// Requests for the first books are under way.
    Loading,
    Live,
}

/// A session with a venue in the manner of M7.
#[derive(Debug)]
pub struct M7Session {
    settings: M7Settings,
    course: Course<State>,
    broker: Box<dyn Broker>,
    feed: Feed,
    requests: Requests,
    /// Products whose books are to be asked for, and when at the earliest.
    wanted: Wanted<String>,
    groups: Groups,
    /// What came before the contracts are listed; `None` from then on.
    early: Option<Early>,
    session_number: String,
    logins: u64,
    last_broadcast: Timestamp,
    /// The last message taken and the last one that the broker was told of.
    taken_tag: u64,
    told_tag: u64,
}

impl M7Session {
    /// A session that connects with the first [`Session::handle`].
    #[must_use]
    pub fn new(settings: M7Settings) -> Self {
        Self {
            course: Course::new(settings.retry_ms, settings.seed),
            broker: broker(&settings),
            feed: Feed::new(&settings),
            requests: Requests::default(),
            wanted: Wanted::default(),
            groups: Groups::default(),
            early: Some(Early::default()),
            session_number: String::new(),
            logins: 0,
            last_broadcast: Timestamp::EPOCH,
            taken_tag: 0,
            told_tag: 0,
            settings,
        }
    }

    fn ask(&mut self, now: Timestamp, asked: Asked) {
        let (correlation_id, body) = self.requests.ask(now, asked, &self.settings);
        self.broker.request(INQUIRY, &correlation_id, &body);
    }

    fn lose(&mut self, now: Timestamp, error: SessionError) {
        let out = &mut self.feed.outbox;
        if self.course.lose(now, error, &[LINK], out) {
            self.requests.clear();
            self.wanted.clear();
            self.groups.clear();
            self.early = Some(Early::default());
            self.feed.suspend();
            (self.taken_tag, self.told_tag) = (0, 0);
        }
    }

    /// Closes in order over something that cannot be borne.
    fn give_up(&mut self, now: Timestamp, error: SessionError) {
        self.broker.connection().close(now);
        self.send(now);
        self.lose(now, error);
    }

    /// Takes what the broker tells until it has nothing more to tell, or the connection is given up.
    fn listen(&mut self, now: Timestamp) {
        while self.course.is_running()
            && let Some(event) = self.broker.event(now)
        {
            match event {
                BrokerEvent::Ready if self.course.is(State::Opening) => {
                    self.course.go_on(State::LoggingIn);
                    self.last_broadcast = now;
                    self.requests.begin(now);
                    self.ask(now, Asked::Login);
                }
                BrokerEvent::Ready => {}
                BrokerEvent::Parcel(parcel) => self.take(now, *parcel),
                BrokerEvent::Closed(error) => {
                    self.send(now);
                    return self.lose(now, error);
                }
            }
        }
        self.ask_for_wanted(now);
        self.send(now);
    }

    fn send(&mut self, now: Timestamp) {
        let bytes = self.broker.connection().take_output(now);
        self.course.send(LINK, bytes);
    }

    fn ask_for_wanted(&mut self, now: Timestamp) {
        if !self.course.is(State::Live) {
            return;
        }
        while let Some(product) = self.wanted.take_due(now) {
            self.ask(now, Asked::Books(vec![product]));
        }
    }

    fn take(&mut self, now: Timestamp, parcel: Parcel) {
        self.taken_tag = parcel.tag;
        let place = if parcel.is_broadcast {
            self.last_broadcast = now;
            self.check_group(parcel.group.as_ref());
            "m7 broadcast"
        } else {
            "m7 response"
        };
        if parcel.is_heartbeat {
            return;
        }
        if parcel.is_broadcast
            && let Some(early) = &mut self.early
        {
            if early.has_room_for(&parcel) {
                return early.push(parcel);
            }
            let reason = "no contracts were listed before this broadcast".to_owned();
            let out = &mut self.feed.outbox;
            return out.quarantine(place, 0, reason, &parcel.body);
        }
        if !parcel.is_broadcast && !self.requests.may_answer(&parcel.correlation_id) {
            // Its queue has the same name for every session of the user.
            let id = &parcel.correlation_id;
            let notice = format!("an answer to {id}, which this session did not ask");
            return self.tell(VenueEvent::Notice(notice));
        }
        self.read(now, &parcel, place);
    }

    fn read(&mut self, now: Timestamp, parcel: &Parcel, place: &str) {
        let sent = parcel.sent_ms.and_then(|ms| ms.checked_mul(1_000_000));
        let sent = sent.map_or(now, Timestamp::from_nanos);
        let out = &mut self.feed.outbox;
        let body = match parcel.unpacked() {
            Ok(body) => body,
            Err(reason) => {
                out.quarantine(place, 0, reason, &parcel.body);
                return self.after_faulty_answer(now, &parcel.correlation_id);
            }
        };
        let mut faults = Vec::new();
        match decode(&body, &mut faults) {
            Ok(message) => {
                // What is our own may come at any time, and waits for its contracts as well.
                if let (Message::OwnOrders(_) | Message::OwnTrades(_), Some(early)) =
                    (&message, &mut self.early)
                    && early.has_room_for(parcel)
                {
                    return early.push(parcel.clone());
                }
                let letter = Letter {
                    sent,
                    correlation_id: &parcel.correlation_id,
                    body: &body,
                    is_sound: faults.is_empty(),
                };
                for fault in faults {
                    out.quarantine(place, fault.offset, fault.reason, &body);
                }
                self.hear(now, &letter, message);
            }
            Err(error) => {
                out.quarantine(place, error.offset(), error.to_string(), &body);
                self.after_faulty_answer(now, &parcel.correlation_id);
            }
        }
    }

    /// An answer that cannot be read: asks again for books, lets the other requests run out.
    fn after_faulty_answer(&mut self, now: Timestamp, correlation_id: &str) {
        if let Some(products) = self.requests.answered_books(correlation_id) {
            let due = now.plus_nanos(AGAIN_NANOS);
            for product in products {
                self.wanted.add(product, due);
            }
            self.go_live();
        }
    }

    fn go_live(&mut self) {
        if self.course.is(State::Loading) {
            self.course.go_on(State::Live);
            self.feed.outbox.state(SessionState::Live);
        }
    }

    /// A group counts its broadcasts; after a lost one every book is in doubt.
    fn check_group(&mut self, group: Option<&(String, i64)>) {
        let Some((name, number)) = group else {
            return;
        };
        if let Some(last) = self.groups.take(name, *number) {
            let notice = format!("broadcasts of {name} between {last} and {number} were lost");
            self.tell(VenueEvent::Notice(notice));
            self.feed.doubt();
            let due = self.feed.outbox.now();
            for product in &self.settings.products {
                self.wanted.add(product.clone(), due);
            }
        }
    }

    fn hear(&mut self, now: Timestamp, letter: &Letter<'_>, message: Message) {
        let Letter { sent, body, .. } = *letter;
        let asked = self.requests.answered(letter.correlation_id);
        match message {
            Message::LoggedIn { session } if asked == Some(Asked::Login) => {
                self.log_in(now, session);
            }
            Message::LoggedOut => self.log_out(now),
            Message::Products(products) => self.feed.take_products(&products, body),
            Message::Contracts(contracts) => {
                self.feed.take_contracts(sent, &contracts, body);
                if asked == Some(Asked::Contracts) {
                    self.after_contracts(now);
                }
            }
            Message::Books { is_whole, books } => {
                let how = [is_whole, self.course.is(State::Live)];
                for book in books {
                    let lacking = self.feed.take_book(sent, &book, how, body);
                    if let Some(product) = lacking.filter(|name| !self.requests.has_books_of(name))
                    {
                        self.wanted.add(product, now);
                    }
                }
                if let Some(Asked::Books(products)) = asked {
                    self.after_books(now, &products);
                }
            }
            Message::Trades(trades) => {
                for trade in &trades {
                    self.feed.take_trade(trade, body);
                }
            }
            Message::OwnOrders(orders) => {
                for order in orders {
                    self.feed.take_own_order(sent, order, body);
                }
                if asked == Some(Asked::OwnOrders) && letter.is_sound {
                    self.tell(VenueEvent::OwnOrdersWhole);
                }
            }
            Message::OwnTrades(trades) => {
                for trade in trades {
                    self.feed.take_own_trade(trade, body);
                }
                if asked == Some(Asked::OwnTrades) && letter.is_sound {
                    self.tell(VenueEvent::OwnTradesWhole);
                }
            }
            Message::Capacities(capacities) => {
                for capacity in capacities {
                    self.feed.take_capacity(capacity, body);
                }
            }
            Message::Market(state) => self.tell(VenueEvent::VenuePhase(phase(state))),
            Message::Notices(notices) => {
                for notice in notices {
                    self.tell(VenueEvent::Notice(notice));
                }
            }
            Message::Refused(code, words) => self.take_refusal(now, asked.as_ref(), &code, words),
            Message::LoggedIn { .. } | Message::Acknowledged | Message::Other(_) => {}
        }
    }

    fn tell(&mut self, event: VenueEvent) {
        self.feed.outbox.push(event);
    }

    fn log_in(&mut self, now: Timestamp, session: String) {
        self.session_number = session;
        self.logins += 1;
        self.course.go_on(State::Loading);
        self.course.succeeded();
        self.feed.outbox.state(SessionState::LoggedIn);
        for asked in [
            Asked::Market,
            Asked::Products,
            Asked::Contracts,
            Asked::Capacities,
        ] {
            self.ask(now, asked);
        }
    }

    fn log_out(&mut self, now: Timestamp) {
        if self.is_up() {
            let text = "the venue logged us out".to_owned();
            self.give_up(now, SessionError::Refused { code: 403, text });
        } else {
            self.broker.connection().close(now);
        }
    }

    fn take_refusal(&mut self, now: Timestamp, asked: Option<&Asked>, code: &str, text: String) {
        if let Some(Asked::Entry(id)) = asked {
            return self.feed.outbox.refuse_entry(id, code, &text);
        }
        let code = code.parse().unwrap_or(0);
        match asked {
            // What the venue does not offer is done without.
            Some(
                Asked::Market
                | Asked::Products
                | Asked::Capacities
                | Asked::OwnOrders
                | Asked::OwnTrades
                | Asked::Entry(_),
            )
            | None => {
                self.tell(VenueEvent::Notice(text));
            }
            Some(Asked::Login | Asked::Contracts | Asked::Books(_)) => {
                self.give_up(now, SessionError::Refused { code, text });
            }
        }
    }

    /// In order after the listing, so that every book finds its contract.
    fn after_contracts(&mut self, now: Timestamp) {
        self.ask(now, Asked::Books(self.settings.products.clone()));
        if !self.settings.accounts.is_empty() {
            self.ask(now, Asked::OwnOrders);
            self.ask(now, Asked::OwnTrades);
        }
        for parcel in self.early.take().unwrap_or_default().into_parcels() {
            // One of them may end the connection.
            if self.course.is_running() {
                self.read(now, &parcel, "m7 broadcast");
            }
        }
    }

    /// Books with a gap still: the answer was older than it, or set aside.
    fn after_books(&mut self, now: Timestamp, products: &[String]) {
        self.go_live();
        let due = now.plus_nanos(AGAIN_NANOS);
        for product in self.feed.held(products) {
            self.wanted.add(product.clone(), due);
        }
    }

    /// Whether broadcasts are to be expected.
    fn is_followed(&self) -> bool {
        self.course.is_any(&[State::Loading, State::Live])
    }

    fn is_up(&self) -> bool {
        self.is_followed() || self.course.is(State::LoggingIn)
    }
}

impl Session for M7Session {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        let out = &mut self.feed.outbox;
        out.set_now(now);
        if input == Input::Time && self.course.begin_if_due(now, State::Connecting, out) {
            let endpoint = self.settings.endpoint.clone();
            self.course.connect(LINK, endpoint);
        } else if self.course.is_running() {
            match input {
                Input::Connected(_) => {
                    self.course.go_on(State::Opening);
                    self.broker.connection().connected(now);
                }
                Input::Received(_, bytes) => self.broker.connection().received(now, bytes),
                Input::Closed(_, reason) if self.course.is(State::Connecting) => {
                    let reason = reason.to_owned();
                    self.lose(now, SessionError::Closed { reason });
                }
                Input::Closed(_, reason) => self.broker.connection().disconnected(reason),
                Input::Time if self.course.halt_if_due(now, &[LINK], out) => {}
                Input::Time => {
                    if !self.wants_input() {
                        self.excuse(now);
                    }
                    self.broker.connection().tick(now);
                    self.check_time(now);
                }
            }
        }
        if self.course.is_running() {
            self.listen(now);
        }
    }

    fn action(&mut self) -> Option<Action> {
        self.course.action()
    }

    fn event(&mut self) -> Option<VenueEvent> {
        let event = self.feed.outbox.pop();
        // All that was delivered is processed: the broker may forget it.
        if self.feed.outbox.is_empty() && self.taken_tag > self.told_tag {
            self.told_tag = self.taken_tag;
            self.broker.acknowledge(self.taken_tag);
            self.send(self.feed.outbox.now());
        }
        event
    }

    fn deadline(&self) -> Option<Timestamp> {
        if !self.course.is_running() {
            return self.course.deadline();
        }
        let wanted = self.wanted.next_due();
        let wanted = wanted.filter(|_| self.course.is(State::Live));
        let all = [
            self.course.deadline(),
            self.answer_due(),
            self.broadcast_due(),
            wanted,
            self.broker.deadline(),
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
        let account = self.settings.accounts.first();
        let written = account
            .ok_or("name the account that trades in accounts")
            .and_then(|account| {
                let written = self.feed.written(entry)?;
                Ok(entry::request_of(
                    &self.settings.market,
                    account,
                    entry,
                    written,
                ))
            });
        match written {
            Ok(body) => {
                let id = entry.id.clone();
                let correlation_id = self.requests.note(now, Asked::Entry(id));
                self.broker.request(MANAGEMENT, &correlation_id, &body);
                self.send(now);
            }
            Err(words) => self.feed.outbox.refuse_entry(&entry.id, "", words),
        }
    }

    fn stop(&mut self, now: Timestamp) {
        let out = &mut self.feed.outbox;
        out.set_now(now);
        if !self.course.is_running() || self.course.is(State::Connecting) {
            return self.course.halt(&[LINK], out);
        }
        if self.is_followed() {
            let body = request::logout(&self.settings.market, &self.session_number);
            self.broker
                .request(INQUIRY, &self.requests.last_id(), &body);
        }
        let patience = nanos(self.settings.answer_seconds);
        self.course.stop(now.plus_nanos(patience));
        self.requests.clear();
        self.wanted.clear();
        self.broker.connection().close(now);
        self.send(now);
    }
}
