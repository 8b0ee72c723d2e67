//! Orders over a venue's session: the link of venues in the manner of M7 and of Nord Pool.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::{InstrumentId, Timestamp, TradeId};
use wattbook_gateway::tls::TlsClient;
use wattbook_session::Session;
use wattbook_session::adapter::{Heard, OrderLink};
use wattbook_session::fix::orders::{Request, StandingOrder};
use wattbook_session::venue::{Definition, EntryDesk, SessionState, VenueBooks, VenueEvent};

use super::live::LiveSession;

/// Events that may wait for the link, and that it takes at a time.
const ROOM: usize = 65_536;

/// What a session tells of the market, as far as whoever trades needs it.
#[derive(Debug, Default)]
struct Prices {
    books: VenueBooks,
    listed: Vec<(String, Definition)>,
    /// Whether somebody asks what was listed.
    is_followed: bool,
    symbols: BTreeMap<InstrumentId, String>,
    changed: BTreeSet<InstrumentId>,
}

impl Prices {
    fn take(&mut self, event: &VenueEvent) {
        self.books.apply(event);
        match event {
            VenueEvent::Defined(definition) => {
                let name = definition.symbol();
                let instrument = definition.instrument.instrument;
                self.symbols.insert(instrument, name.clone());
                self.listed.push((name, (**definition).clone()));
            }
            VenueEvent::Synced { instrument, .. } | VenueEvent::Gap { instrument, .. } => {
                self.changed.insert(*instrument);
            }
            VenueEvent::Market {
                event: MarketEvent::BookDelta(delta),
                ..
            } => {
                self.changed.insert(delta.instrument);
            }
            VenueEvent::State(SessionState::Lost { .. }) => {
                self.changed.extend(self.symbols.keys());
            }
            _ => {}
        }
    }

    /// Best prices of the books that have changed; none where a book is not whole.
    fn quotes(&mut self) -> Vec<(String, Quote)> {
        let changed = std::mem::take(&mut self.changed).into_iter();
        let quotes = changed.filter_map(|instrument| {
            let quote = self.books.book(instrument)?.quote(instrument);
            Some((self.symbols.get(&instrument)?.clone(), quote))
        });
        quotes.collect()
    }
}

/// A session by which orders are entered; it logs out when dropped.
pub struct VenueOrders {
    desk: EntryDesk,
    prices: Prices,
    /// Until it connects.
    session: Option<(Box<dyn Session>, TlsClient)>,
    live: Option<LiveSession>,
    /// Why it could not begin.
    failed: Option<String>,
}

impl std::fmt::Debug for VenueOrders {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VenueOrders")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

impl VenueOrders {
    /// A link over `session`, which follows orders and trades of our own, and whose TLS connections are
    /// made by `tls`.
    #[must_use]
    pub fn new(session: Box<dyn Session>, tls: TlsClient) -> Self {
        Self {
            desk: EntryDesk::default(),
            prices: Prices::default(),
            session: Some((session, tls)),
            live: None,
            failed: None,
        }
    }

    /// Contracts that were listed since the last call, by the names that orders give them; a changed
    /// listing comes again.
    pub fn take_listed(&mut self) -> Vec<(String, Definition)> {
        self.prices.is_followed = true;
        std::mem::take(&mut self.prices.listed)
    }

    /// Takes over orders and booked trades of an earlier process; before it connects.
    pub fn resume(
        &mut self,
        orders: impl IntoIterator<Item = StandingOrder>,
        booked: impl IntoIterator<Item = (String, TradeId)>,
    ) {
        self.desk.resume(orders, booked);
    }

    /// Whether a listing waits to be taken: an answer behind it may be about what it names.
    fn has_listed(&self) -> bool {
        self.prices.is_followed && !self.prices.listed.is_empty()
    }

    /// Best prices of the contracts whose books have changed since the last call, by the names that
    /// orders give them; both sides are empty where a book is not whole.
    pub fn take_quotes(&mut self) -> Vec<(String, Quote)> {
        self.prices.quotes()
    }

    fn enter(&mut self) {
        if let Some(live) = &self.live {
            live.enter(std::iter::from_fn(|| self.desk.entry()));
        }
    }
}

impl OrderLink for VenueOrders {
    fn connect(&mut self) {
        if let Some((session, tls)) = self.session.take() {
            match LiveSession::start_with(session, tls, ROOM) {
                Ok(live) => self.live = Some(live),
                Err(error) => self.failed = Some(format!("no thread: {error}")),
            }
        }
    }

    fn send(&mut self, request: &Request, _now: Timestamp) {
        self.desk.request(request);
        self.enter();
    }

    fn heard(&mut self) -> Option<Heard> {
        if self.has_listed() {
            return None;
        }
        if let Some(heard) = self.desk.heard() {
            return Some(heard);
        }
        let events = self.live.as_ref()?.take(ROOM, Duration::ZERO);
        for event in events.unwrap_or_default() {
            self.prices.take(&event);
            self.desk.told(event);
        }
        self.enter();
        if self.has_listed() {
            return None;
        }
        self.desk
            .heard()
            .or_else(|| self.failed.take().map(Heard::Down))
    }

    fn stop(&mut self) {
        self.live = None;
    }
}
