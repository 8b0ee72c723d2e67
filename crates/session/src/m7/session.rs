//! The session: log in, ask for everything, follow the broadcasts, ask again for what is missing.

use std::collections::{BTreeMap, BTreeSet};

use wattbook_domain::market::{MarketEvent, SessionPhase, Trade};
use wattbook_domain::time::NANOS_PER_SECOND;
use wattbook_domain::{InstrumentId, Side, Timestamp, TradeId};

use super::broker::{Broker, BrokerEvent, Parcel, broker};
use super::contract::{Scale, Scales, instrument, phase};
use super::decode::decode;
use super::message::{BookEntries, Contract, HubToHub, Message, Product, PublicTrade};
use super::request;
use super::settings::M7Settings;
use crate::backoff::Backoff;
use crate::error::SessionError;
use crate::gunzip::gunzip;
use crate::session::{Action, Input, Link, Session};
use crate::venue::{
    BookSync, Capacity, Change, Listing, Outbox, Revision, SessionState, Taken, VenueEvent, Wanted,
};

const LINK: Link = Link(0);
/// Longest message once unpacked, bytes.
const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// Shortest time between two requests for the books of a product: a venue that answers with old
/// ones is not asked without end.
const AGAIN_NANOS: i64 = NANOS_PER_SECOND / 4;
/// Broadcasts that may come before the contracts are listed.
const EARLY_MAX: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not connected until the time; at once when it has passed.
    Waiting(Timestamp),
    Connecting,
    LoggingIn,
    /// Requests for the first books are under way.
    Loading,
    Live,
    Stopping,
    Stopped,
}

/// What is asked for and not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Login,
    Market,
    Products,
    Contracts,
    Capacities,
    Books(Vec<String>),
}

/// A session with a venue in the manner of M7.
#[derive(Debug)]
pub struct M7Session {
    settings: M7Settings,
    state: State,
    broker: Box<dyn Broker>,
    backoff: Backoff,
    actions: Vec<Action>,
    outbox: Outbox,
    listing: Listing,
    products: BTreeMap<InstrumentId, String>,
    scales: Scales,
    sync: BookSync,
    asked: BTreeMap<String, (Asked, Timestamp)>,
    next_request: u64,
    /// Products whose books are to be asked for, and when at the earliest.
    wanted: Wanted,
    groups: BTreeMap<String, i64>,
    /// Broadcasts before the contracts are listed; `None` from then on.
    early: Option<Vec<Parcel>>,
    session_number: String,
    last_broadcast: Timestamp,
    /// The last message taken and the last one that the broker was told of.
    taken_tag: u64,
    told_tag: u64,
}

impl M7Session {
    /// A session that connects with the first [`Session::handle`].
    #[must_use]
    pub fn new(settings: M7Settings) -> Self {
        let (first, longest) = settings.retry_ms;
        let mut scales = Scales::default();
        for name in &settings.products {
            let product = Product {
                name: name.clone(),
                ..Product::default()
            };
            // Only settings beyond 6 decimals are refused, and then the product must tell its own.
            let _refused = scales.set(&product, settings.decimals);
        }
        Self {
            state: State::Waiting(Timestamp::MIN),
            broker: broker(&settings),
            backoff: Backoff::new(first, longest, settings.seed),
            actions: Vec::new(),
            outbox: Outbox::default(),
            listing: Listing::from(settings.first_instrument),
            products: BTreeMap::new(),
            scales,
            sync: BookSync::default(),
            asked: BTreeMap::new(),
            next_request: 0,
            wanted: Wanted::default(),
            groups: BTreeMap::new(),
            early: Some(Vec::new()),
            session_number: String::new(),
            last_broadcast: Timestamp::EPOCH,
            taken_tag: 0,
            told_tag: 0,
            settings,
        }
    }

    fn connect(&mut self) {
        self.state = State::Connecting;
        self.outbox.state(SessionState::Connecting);
        let endpoint = self.settings.endpoint.clone();
        self.actions.push(Action::Connect(LINK, endpoint));
    }

    fn ask(&mut self, now: Timestamp, asked: Asked) {
        let market = &self.settings.market;
        let body = match &asked {
            Asked::Login => request::login(market, &self.settings.secrets.user),
            Asked::Market => request::market_state(market),
            Asked::Products => request::product_info(market, &self.settings.products),
            Asked::Contracts => request::contract_info(market, &self.settings.products),
            Asked::Capacities => request::hub_to_hub(market),
            Asked::Books(products) => request::order_books(market, products),
        };
        self.next_request += 1;
        let correlation_id = format!("wb-{}", self.next_request);
        self.broker.request(&correlation_id, &body);
        self.asked.insert(correlation_id, (asked, now));
    }

    fn lose(&mut self, now: Timestamp, error: SessionError) {
        if matches!(self.state, State::Stopped | State::Waiting(_)) {
            return;
        }
        self.actions.push(Action::Disconnect(LINK));
        self.asked.clear();
        self.wanted.clear();
        self.groups.clear();
        self.early = Some(Vec::new());
        self.sync.suspend();
        (self.taken_tag, self.told_tag) = (0, 0);
        if self.state == State::Stopping {
            self.state = State::Stopped;
            return self.outbox.state(SessionState::Stopped);
        }
        let retry_at = self.backoff.after_failure(now);
        self.state = State::Waiting(retry_at);
        self.outbox.state(SessionState::Lost { error, retry_at });
    }

    /// Takes what the broker tells until it has nothing more to tell.
    fn listen(&mut self, now: Timestamp) {
        while let Some(event) = self.broker.event(now) {
            match event {
                BrokerEvent::Ready => {
                    self.state = State::LoggingIn;
                    self.last_broadcast = now;
                    self.ask(now, Asked::Login);
                }
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
        if let Some(bytes) = self.broker.take_output(now) {
            self.actions.push(Action::Send(LINK, bytes));
        }
    }

    fn ask_for_wanted(&mut self, now: Timestamp) {
        if self.state != State::Live {
            return;
        }
        while let Some(product) = self.wanted.take_due(now) {
            self.ask(now, Asked::Books(vec![product]));
        }
    }

    /// Wants the books of the product of `id`, unless they are asked for already.
    fn want(&mut self, id: InstrumentId, due: Timestamp) {
        let Some(product) = self.products.get(&id) else {
            return;
        };
        let is_asked = |(asked, _): &(Asked, Timestamp)| matches!(asked, Asked::Books(products) if products.contains(product));
        if !self.asked.values().any(is_asked) {
            self.wanted.add(product, due);
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
            if early.len() < EARLY_MAX {
                return early.push(parcel);
            }
            let reason = "no contracts were listed before this broadcast".to_owned();
            return self.outbox.quarantine(place, 0, reason, &parcel.body);
        }
        self.read(now, &parcel, place);
    }

    fn read(&mut self, now: Timestamp, parcel: &Parcel, place: &str) {
        let sent = parcel.sent_ms.and_then(|ms| ms.checked_mul(1_000_000));
        let sent = sent.map_or(now, Timestamp::from_nanos);
        let unpacked = if parcel.is_gzip {
            gunzip(&parcel.body, MESSAGE_BYTES_MAX)
        } else {
            Ok(parcel.body.clone())
        };
        let body = match unpacked {
            Ok(body) => body,
            Err(reason) => {
                self.outbox.quarantine(place, 0, reason, &parcel.body);
                return self.after_faulty_answer(now, &parcel.correlation_id);
            }
        };
        let mut faults = Vec::new();
        match decode(&body, &mut faults) {
            Ok(message) => {
                for fault in faults {
                    self.outbox
                        .quarantine(place, fault.offset, fault.reason, &body);
                }
                self.hear(now, sent, &parcel.correlation_id, message, &body);
            }
            Err(error) => {
                self.outbox
                    .quarantine(place, error.offset(), error.to_string(), &body);
                self.after_faulty_answer(now, &parcel.correlation_id);
            }
        }
    }

    /// An answer that cannot be read: asks again for books, lets the other requests run out.
    fn after_faulty_answer(&mut self, now: Timestamp, correlation_id: &str) {
        let Some((Asked::Books(_), _)) = self.asked.get(correlation_id) else {
            return;
        };
        if let Some((Asked::Books(products), _)) = self.asked.remove(correlation_id) {
            let due = now.plus_nanos(AGAIN_NANOS);
            for product in &products {
                self.wanted.add(product, due);
            }
            self.go_live();
        }
    }

    fn go_live(&mut self) {
        if self.state == State::Loading {
            self.state = State::Live;
            self.outbox.state(SessionState::Live);
        }
    }

    /// A group counts its broadcasts; after a lost one every book is in doubt.
    fn check_group(&mut self, group: Option<&(String, i64)>) {
        let Some((name, number)) = group else {
            return;
        };
        let last = self.groups.insert(name.clone(), *number);
        if last.is_some_and(|last| last + 1 != *number) {
            let notice = format!(
                "broadcasts of {name} between {} and {number} were lost",
                last.unwrap_or(0)
            );
            self.outbox.push(VenueEvent::Notice(notice));
            self.sync.doubt(|_| true, &mut self.outbox);
            let due = self.outbox.now();
            for product in &self.settings.products {
                self.wanted.add(product, due);
            }
        }
    }

    fn hear(
        &mut self,
        now: Timestamp,
        sent: Timestamp,
        correlation_id: &str,
        message: Message,
        body: &[u8],
    ) {
        let asked = self.asked.remove(correlation_id).map(|(asked, _)| asked);
        match message {
            Message::LoggedIn { session } if asked == Some(Asked::Login) => {
                self.session_number = session;
                self.state = State::Loading;
                self.backoff.succeeded();
                self.outbox.state(SessionState::LoggedIn);
                for asked in [
                    Asked::Market,
                    Asked::Products,
                    Asked::Contracts,
                    Asked::Capacities,
                ] {
                    self.ask(now, asked);
                }
            }
            Message::LoggedOut => self.log_out(now),
            Message::Products(products) => self.take_products(&products, body),
            Message::Contracts(contracts) => {
                self.take_contracts(sent, &contracts, body);
                if asked == Some(Asked::Contracts) {
                    // In order after the listing, so that every book finds its contract.
                    self.ask(now, Asked::Books(self.settings.products.clone()));
                    for parcel in self.early.take().unwrap_or_default() {
                        self.read(now, &parcel, "m7 broadcast");
                    }
                }
            }
            Message::Books { is_whole, books } => {
                for book in books {
                    self.take_book(now, sent, is_whole, &book, body);
                }
                if let Some(Asked::Books(products)) = asked {
                    self.after_books(now, &products);
                }
            }
            Message::Trades(trades) => {
                for trade in &trades {
                    self.take_trade(trade, body);
                }
            }
            Message::Capacities(capacities) => {
                for capacity in capacities {
                    self.take_capacity(capacity);
                }
            }
            Message::Market(state) => self.outbox.push(VenueEvent::VenuePhase(phase(state))),
            Message::Notices(notices) => {
                for notice in notices {
                    self.outbox.push(VenueEvent::Notice(notice));
                }
            }
            Message::Refused(code, words) => self.take_refusal(now, asked.as_ref(), &code, words),
            Message::LoggedIn { .. } | Message::Acknowledged | Message::Other(_) => {}
        }
    }

    fn log_out(&mut self, now: Timestamp) {
        self.broker.close(now);
        if self.state != State::Stopping {
            let text = "the venue logged us out".to_owned();
            self.send(now);
            self.lose(now, SessionError::Refused { code: 403, text });
        }
    }

    fn take_refusal(&mut self, now: Timestamp, asked: Option<&Asked>, code: &str, text: String) {
        let code = code.parse().unwrap_or(0);
        match asked {
            // What the venue does not offer is done without.
            Some(Asked::Market | Asked::Products | Asked::Capacities) | None => {
                self.outbox.push(VenueEvent::Notice(text));
            }
            Some(Asked::Login | Asked::Contracts | Asked::Books(_)) => {
                self.broker.close(now);
                self.send(now);
                self.lose(now, SessionError::Refused { code, text });
            }
        }
    }

    fn take_products(&mut self, products: &[Product], body: &[u8]) {
        for product in products {
            if let Err(reason) = self.scales.set(product, self.settings.decimals) {
                self.outbox.quarantine("m7 product", 0, reason, body);
            }
        }
    }

    fn take_contracts(&mut self, sent: Timestamp, contracts: &[Contract], body: &[u8]) {
        for contract in contracts {
            let Some(scale) = self.scales.get(&contract.product) else {
                continue;
            };
            for area in &contract.areas {
                let listed =
                    instrument(contract, area, &scale, self.settings.venue).and_then(|listed| {
                        self.listing
                            .define(&contract.id, &area.area, listed, &mut self.outbox)
                    });
                match listed {
                    Ok(instrument) => {
                        self.products.insert(instrument, contract.product.clone());
                        let phase = phase(area.state);
                        let event = MarketEvent::SessionPhase(SessionPhase { instrument, phase });
                        self.outbox.market(sent, 0, event);
                    }
                    Err(reason) => {
                        let reason = format!("contract {}: {reason}", contract.id);
                        self.outbox.quarantine("m7 contract", 0, reason, body);
                    }
                }
            }
        }
    }

    fn scale_of(&self, id: InstrumentId) -> Option<Scale> {
        self.scales.get(self.products.get(&id)?)
    }

    fn take_book(
        &mut self,
        now: Timestamp,
        sent: Timestamp,
        is_whole: bool,
        book: &BookEntries,
        body: &[u8],
    ) {
        let place = "m7 book";
        let id = self.listing.find(&book.contract, &book.area);
        let Some((id, scale)) = id.and_then(|id| Some((id, self.scale_of(id)?))) else {
            let reason = format!(
                "a book of contract {} in {}, which is not listed",
                book.contract, book.area
            );
            return self.outbox.quarantine(place, book.offset, reason, body);
        };
        let changes: Option<Vec<Change>> = book
            .entries
            .iter()
            .map(|entry| change(entry, &scale))
            .collect();
        let Some(changes) = changes else {
            let reason = "a price or quantity beyond the range".to_owned();
            return self.outbox.quarantine(place, book.offset, reason, body);
        };
        let revision = Revision {
            number: book.revision,
            follows: book.revision.saturating_sub(1),
            ts_event: book.ts_event.unwrap_or(sent),
            changes,
        };
        if is_whole {
            self.sync.snapshot(id, &revision, &mut self.outbox);
            return;
        }
        // A contract that was listed after the snapshot begins with its first revision.
        if book.revision == 1 && self.state == State::Live && self.sync.is_waiting(id) {
            self.sync.open(id, 0, &mut self.outbox);
        }
        if matches!(
            self.sync.update(id, revision, &mut self.outbox),
            Taken::Gap | Taken::Held
        ) {
            self.want(id, now);
        }
    }

    fn after_books(&mut self, now: Timestamp, products: &[String]) {
        self.go_live();
        // Books with a gap still: the answer was older than it, or set aside.
        let due = now.plus_nanos(AGAIN_NANOS);
        let waiting: BTreeSet<&String> = self
            .products
            .iter()
            .filter(|(id, product)| products.contains(product) && self.sync.is_held(**id))
            .map(|(_, product)| product)
            .collect();
        for product in waiting {
            self.wanted.add(product, due);
        }
    }

    fn take_trade(&mut self, trade: &PublicTrade, body: &[u8]) {
        if !trade.is_valid {
            return self.outbox.push(VenueEvent::TradeCancelled(trade.id));
        }
        let buyer = self.listing.find(&trade.contract, &trade.buy_area);
        let id = buyer.or_else(|| self.listing.find(&trade.contract, &trade.sell_area));
        let found = id.and_then(|id| {
            let scale = self.scale_of(id)?;
            Some((id, scale.price(trade.price)?, scale.volume(trade.volume)?))
        });
        let Some((instrument, price, volume)) = found else {
            let reason = format!(
                "trade {} of contract {}, which is not listed",
                trade.id, trade.contract
            );
            return self.outbox.quarantine("m7 trade", 0, reason, body);
        };
        let traded = Trade {
            instrument,
            trade: TradeId(trade.id),
            // M7 does not tell who took; buy stands for unknown.
            aggressor: Side::Buy,
            price,
            volume,
        };
        self.outbox
            .market(trade.ts_event, 0, MarketEvent::Trade(traded));
    }

    fn take_capacity(&mut self, capacity: HubToHub) {
        // Capacities are in the unit of quantities, the same for all products.
        let product = Product::default();
        let scale = Scale::new(&product, self.settings.decimals);
        let volumes = scale.ok().and_then(|scale| {
            Some((
                scale.volume(capacity.forward)?,
                scale.volume(capacity.backward)?,
            ))
        });
        if let Some((forward, backward)) = volumes {
            self.outbox.push(VenueEvent::Capacity(Capacity {
                from: capacity.from,
                to: capacity.to,
                delivery_start: capacity.delivery_start,
                delivery_end: capacity.delivery_end,
                forward,
                backward,
            }));
        }
    }

    fn check_time(&mut self, now: Timestamp) {
        let patience = i64::from(self.settings.answer_seconds) * NANOS_PER_SECOND;
        let is_late = |(_, since): &(Asked, Timestamp)| now.nanos_since(*since) >= patience;
        let silence = i64::from(self.settings.venue_heartbeat_seconds) * NANOS_PER_SECOND;
        let error = if self.asked.values().any(is_late) {
            SessionError::Unanswered {
                what: "a request to the venue",
                seconds: self.settings.answer_seconds.into(),
            }
        } else if silence > 0 && self.is_up() && now.nanos_since(self.last_broadcast) >= silence {
            SessionError::Silent {
                seconds: self.settings.venue_heartbeat_seconds.into(),
            }
        } else {
            return;
        };
        self.broker.close(now);
        self.send(now);
        self.lose(now, error);
    }

    const fn is_up(&self) -> bool {
        matches!(self.state, State::Live | State::Loading)
    }
}

fn change(
    &(order, is_buy, price, volume): &(u64, bool, i64, i64),
    scale: &Scale,
) -> Option<Change> {
    Some(Change {
        order,
        side: if is_buy { Side::Buy } else { Side::Sell },
        price: scale.price(price)?,
        volume: scale.volume(volume)?,
    })
}

impl Session for M7Session {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        self.outbox.set_now(now);
        match (input, self.state) {
            (_, State::Stopped) => return,
            (Input::Time, State::Waiting(until)) if until <= now => self.connect(),
            (_, State::Waiting(_)) => {}
            (Input::Connected(_), _) => self.broker.connected(now),
            (Input::Received(_, bytes), _) => self.broker.received(now, bytes),
            (Input::Closed(_, reason), State::Connecting) => {
                self.broker.disconnected(reason);
                let reason = reason.to_owned();
                self.lose(now, SessionError::Closed { reason });
            }
            (Input::Closed(_, reason), _) => self.broker.disconnected(reason),
            (Input::Time, _) => {
                self.broker.tick(now);
                self.check_time(now);
            }
        }
        if !matches!(self.state, State::Waiting(_) | State::Stopped) {
            self.listen(now);
        }
    }

    fn action(&mut self) -> Option<Action> {
        (!self.actions.is_empty()).then(|| self.actions.remove(0))
    }

    fn event(&mut self) -> Option<VenueEvent> {
        let event = self.outbox.pop();
        // All that was delivered is processed: the broker may forget it.
        if self.outbox.is_empty() && self.taken_tag > self.told_tag {
            self.told_tag = self.taken_tag;
            self.broker.acknowledge(self.taken_tag);
            self.send(self.outbox.now());
        }
        event
    }

    fn deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Waiting(until) => return Some(until),
            State::Stopped => return None,
            _ => {}
        }
        let patience = i64::from(self.settings.answer_seconds) * NANOS_PER_SECOND;
        let asked = self
            .asked
            .values()
            .map(|(_, since)| since.plus_nanos(patience));
        let silence = i64::from(self.settings.venue_heartbeat_seconds) * NANOS_PER_SECOND;
        let silent = (silence > 0 && self.is_up()).then(|| self.last_broadcast.plus_nanos(silence));
        let wanted = self.wanted.next_due().filter(|_| self.state == State::Live);
        let all = asked
            .chain(silent)
            .chain(wanted)
            .chain(self.broker.deadline());
        all.min()
    }

    fn wants_input(&self) -> bool {
        self.outbox.has_room()
    }

    fn stop(&mut self, now: Timestamp) {
        self.outbox.set_now(now);
        if self.is_up() {
            let body = request::logout(&self.settings.market, &self.session_number);
            self.broker.request("wb-logout", &body);
        }
        if matches!(self.state, State::Waiting(_) | State::Stopped) {
            self.state = State::Stopped;
            return self.outbox.state(SessionState::Stopped);
        }
        self.state = State::Stopping;
        self.asked.clear();
        self.wanted.clear();
        self.broker.close(now);
        self.send(now);
    }
}
