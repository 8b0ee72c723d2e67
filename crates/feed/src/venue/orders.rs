//! Orders over a venue's session: the link of venues in the manner of M7 and of Nord Pool.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::{InstrumentId, Timestamp, TradeId};
use wattbook_gateway::tls::TlsClient;
use wattbook_session::Session;
use wattbook_session::adapter::{Heard, OrderLink};
use wattbook_session::fix::StoreError;
use wattbook_session::fix::orders::{Request, StandingOrder};
use wattbook_session::venue::{Definition, EntryDesk, SessionState, VenueBooks, VenueEvent};

use super::codes::Codes;
use super::live::LiveSession;

/// Events that may wait for the link, and that it takes at a time.
const ROOM: usize = 65_536;

/// The first and the longest pause after the venue took no more requests.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

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

/// Makes the session of a venue; none where that fails.
pub type OpenSession = Box<dyn FnMut() -> Option<Box<dyn Session>> + Send>;

/// A session by which orders are entered; it logs out when dropped.
pub struct VenueOrders {
    desk: EntryDesk,
    prices: Prices,
    /// Until it connects.
    session: Option<Box<dyn Session>>,
    /// Makes another one, to connect after a stop.
    open: Option<OpenSession>,
    tls: TlsClient,
    live: Option<LiveSession>,
    /// Why it could not begin.
    failed: Option<String>,
    /// Where the venue's codes of orders are kept, and why that failed.
    codes: Option<Codes>,
    unkept: Option<StoreError>,
    /// The venue took no more requests: until when nothing is sent, and how long that is.
    pause: Option<(Instant, Duration)>,
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
            session: Some(session),
            open: None,
            tls,
            live: None,
            failed: None,
            codes: None,
            unkept: None,
            pause: None,
        }
    }

    /// The same, which can connect again after a stop, over a session that `open` makes.
    #[must_use]
    pub fn reopened_by(mut self, open: OpenSession) -> Self {
        self.open = Some(open);
        self
    }

    /// Contracts that were listed since the last call, by the names that orders give them; a changed
    /// listing comes again.
    pub fn take_listed(&mut self) -> Vec<(String, Definition)> {
        self.prices.is_followed = true;
        std::mem::take(&mut self.prices.listed)
    }

    /// The same, which keeps the venue's codes of orders in the file `path`, for a process that goes on.
    #[must_use]
    pub fn kept_at(mut self, path: PathBuf) -> Self {
        self.codes = Some(Codes::at(path));
        self
    }

    /// Takes over orders and booked trades of an earlier process; before it connects.
    ///
    /// # Errors
    /// [`StoreError`]: the codes that it kept cannot be read.
    pub fn resume(
        &mut self,
        orders: impl IntoIterator<Item = StandingOrder>,
        booked: impl IntoIterator<Item = (String, TradeId)>,
    ) -> Result<(), StoreError> {
        let codes = self.codes.as_ref().map(Codes::read).transpose()?;
        self.desk.resume(orders, booked, codes.unwrap_or_default());
        Ok(())
    }

    /// Keeps the codes that were told. They are written before the answer that tells of them is handed
    /// over.
    fn keep_codes(&mut self) {
        let codes = self.desk.take_codes();
        if let (Some(kept), false) = (&mut self.codes, codes.is_empty())
            && let Err(error) = kept.add(&codes)
        {
            self.unkept = Some(error);
        }
    }

    /// Why the venue's codes could not be kept, if they could not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn confirm(&mut self) -> Result<(), StoreError> {
        self.unkept.take().map_or(Ok(()), Err)
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

    /// Logs out and in again where an order was left without an answer: the venue's lists then tell.
    fn clear_doubt(&mut self) {
        if self.desk.take_doubt() && self.open.is_some() {
            self.live = None;
            self.desk.log_in_again();
            self.connect();
        }
    }

    /// Sends what is due, unless the venue takes nothing for now.
    fn enter(&mut self) {
        let now = Instant::now();
        if self.desk.take_throttled() {
            let wait = self
                .pause
                .map_or(PAUSE.0, |(_, wait)| (wait * 2).min(PAUSE.1));
            self.pause = Some((now + wait, wait));
        }
        match self.pause {
            Some((until, _)) if now < until => return,
            Some((until, wait)) if now > until + wait => self.pause = None,
            _ => {}
        }
        if let Some(live) = &self.live {
            live.enter(std::iter::from_fn(|| self.desk.entry()));
        }
    }
}

impl OrderLink for VenueOrders {
    fn connect(&mut self) {
        if self.live.is_some() {
            return;
        }
        let again = || self.open.as_mut().and_then(|open| open());
        if let Some(session) = self.session.take().or_else(again) {
            match LiveSession::start_with(session, self.tls.clone(), ROOM) {
                Ok(live) => self.live = Some(live),
                Err(error) => self.failed = Some(format!("no thread: {error}")),
            }
        }
    }

    fn send(&mut self, request: &Request, _now: Timestamp) {
        self.desk.request(request);
        self.clear_doubt();
        self.enter();
    }

    fn is_held_up(&self, id: &str) -> bool {
        self.pause.is_some() && self.desk.is_unsent(id)
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
        self.keep_codes();
        self.enter();
        if self.has_listed() {
            return None;
        }
        self.desk
            .heard()
            .or_else(|| self.failed.take().map(Heard::Down))
    }

    /// Logs out. What has not arrived by now is not sent again.
    fn stop(&mut self) {
        if self.live.take().is_some() {
            self.desk.leave();
        }
    }
}
