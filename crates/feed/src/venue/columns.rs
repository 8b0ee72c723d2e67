//! Events as columns, for consumers that take many at once.

use wattbook_domain::market::MarketEvent;
use wattbook_session::SessionError;
use wattbook_session::venue::{
    Capacity, Definition, OwnOrder, OwnTrade, Quarantined, SessionState, VenueEvent,
};

/// Kinds of rows in [`VenueColumns::kind`].
pub const BOOK_CHANGE: i8 = 1;
/// A trade.
pub const TRADE: i8 = 2;
/// Another phase of an instrument.
pub const PHASE: i8 = 3;

/// Book changes, trades and phases in columns of equal length, and everything else by kind.
#[derive(Debug, Default)]
pub struct VenueColumns {
    /// [`BOOK_CHANGE`], [`TRADE`] or [`PHASE`].
    pub kind: Vec<i8>,
    /// The session's number of the instrument.
    pub instrument: Vec<u32>,
    /// Of a book change: 1 add, 2 modify, 3 delete, 4 clear; else 0.
    pub action: Vec<i8>,
    /// 1 buy, 2 sell; of a trade, who took.
    pub side: Vec<i8>,
    /// The venue's number of the order or trade; 0 for a price level.
    pub number: Vec<u64>,
    /// 1e-6 currency per price unit.
    pub price: Vec<i64>,
    /// 1e-6 volume units.
    pub volume: Vec<i64>,
    /// The phase by its number; else 0.
    pub phase: Vec<i8>,
    /// The venue's revision of the book; 0 where it has none.
    pub revision: Vec<u64>,
    /// Time at the venue, ns UTC.
    pub ts_event: Vec<i64>,
    /// When the bytes came, ns UTC.
    pub ts_recv: Vec<i64>,
    /// Contracts listed.
    pub definitions: Vec<Definition>,
    /// How the session got on: a word, and for a loss its reason.
    pub states: Vec<(&'static str, String)>,
    /// Books that became whole: instrument and revision.
    pub synced: Vec<(u32, u64)>,
    /// Books that lack a change: instrument, revision expected and found.
    pub gaps: Vec<(u32, u64, u64)>,
    /// Transfer capacities.
    pub capacities: Vec<Capacity>,
    /// Numbers of trades that are no longer valid.
    pub cancelled: Vec<u64>,
    /// Orders of our own.
    pub own_orders: Vec<OwnOrder>,
    /// How often every order of our own that stands was told.
    pub own_orders_whole: u64,
    /// Trades of our own.
    pub own_trades: Vec<OwnTrade>,
    /// Words of the venue, and phases of all of it.
    pub notices: Vec<String>,
    /// What was set aside.
    pub quarantined: Vec<Quarantined>,
}

impl VenueColumns {
    /// The columns of `events`.
    #[must_use]
    pub fn new(events: Vec<VenueEvent>) -> Self {
        let mut columns = Self::default();
        for event in events {
            columns.take(event);
        }
        columns
    }

    fn take(&mut self, event: VenueEvent) {
        match event {
            VenueEvent::Market {
                ts_event,
                ts_recv,
                revision,
                event,
            } if self.take_market(&event) => {
                self.revision.push(revision);
                self.ts_event.push(ts_event.nanos());
                self.ts_recv.push(ts_recv.nanos());
            }
            VenueEvent::Defined(definition) => self.definitions.push(*definition),
            VenueEvent::State(state) => self.states.push(words(&state)),
            VenueEvent::Synced {
                instrument,
                revision,
            } => self.synced.push((instrument.0, revision)),
            VenueEvent::Gap {
                instrument,
                expected,
                found,
            } => self.gaps.push((instrument.0, expected, found)),
            VenueEvent::Capacity(capacity) => self.capacities.push(capacity),
            VenueEvent::TradeCancelled(number) => self.cancelled.push(number),
            VenueEvent::OwnOrder(order) => self.own_orders.push(*order),
            VenueEvent::OwnOrdersWhole => self.own_orders_whole += 1,
            VenueEvent::OwnTrade(trade) => self.own_trades.push(*trade),
            VenueEvent::VenuePhase(phase) => self.notices.push(format!("market phase {phase:?}")),
            VenueEvent::Notice(text) => self.notices.push(text),
            VenueEvent::Quarantined(part) => self.quarantined.push(part),
            _ => {}
        }
    }

    /// Whether the event made a row.
    fn take_market(&mut self, event: &MarketEvent) -> bool {
        let row = match event {
            MarketEvent::BookDelta(delta) => (
                BOOK_CHANGE,
                delta.instrument,
                [delta.action as i8, delta.side as i8, 0],
                delta.venue_order,
                delta.price.millionths(),
                delta.volume.millionths(),
            ),
            MarketEvent::Trade(trade) => (
                TRADE,
                trade.instrument,
                [0, trade.aggressor as i8, 0],
                trade.trade.0,
                trade.price.millionths(),
                trade.volume.millionths(),
            ),
            MarketEvent::SessionPhase(phase) => {
                (PHASE, phase.instrument, [0, 0, phase.phase as i8], 0, 0, 0)
            }
            _ => return false,
        };
        let (kind, instrument, [action, side, phase], number, price, volume) = row;
        self.kind.push(kind);
        self.instrument.push(instrument.0);
        self.action.push(action);
        self.side.push(side);
        self.phase.push(phase);
        self.number.push(number);
        self.price.push(price);
        self.volume.push(volume);
        true
    }
}

fn words(state: &SessionState) -> (&'static str, String) {
    let lost = |error: &SessionError| error.to_string();
    match state {
        SessionState::Connecting => ("connecting", String::new()),
        SessionState::LoggedIn => ("logged in", String::new()),
        SessionState::Live => ("live", String::new()),
        SessionState::Renewed => ("renewed", String::new()),
        SessionState::Lost { error, .. } => ("lost", lost(error)),
        SessionState::Stopped => ("stopped", String::new()),
        _ => ("other", format!("{state:?}")),
    }
}
