//! A running session together with its books and its counts.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wattbook_domain::market::MarketEvent;
use wattbook_session::venue::{SessionState, VenueBooks, VenueEvent};

use super::live::LiveSession;

/// What a session has said so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VenueStatistics {
    /// Events taken.
    pub events: u64,
    /// Instruments listed, and listings that changed.
    pub instruments: u64,
    /// Changes of books, the clear before a snapshot among them.
    pub book_changes: u64,
    /// Trades.
    pub trades: u64,
    /// Trades that the venue took back.
    pub trades_cancelled: u64,
    /// Phases, of contracts and of the venue.
    pub phases: u64,
    /// Transfer capacities.
    pub capacities: u64,
    /// Words on orders of our own.
    pub own_orders: u64,
    /// How often every order of ours that stands was told.
    pub own_orders_whole: u64,
    /// Trades of our own, each revision of them.
    pub own_trades: u64,
    /// Words of the venue.
    pub notices: u64,
    /// Messages set aside.
    pub set_aside: u64,
    /// Books that became whole.
    pub snapshots: u64,
    /// Books that lacked a change.
    pub gaps: u64,
    /// Logins.
    pub logins: u64,
    /// Connections lost, or not made.
    pub losses: u64,
    /// How far the session is: `connecting`, `logged_in`, `live`, `lost` or `stopped`.
    pub state: &'static str,
    /// Why the last connection was lost; empty if none was.
    pub last_loss: String,
}

impl VenueStatistics {
    fn count(&mut self, event: &VenueEvent) {
        self.events += 1;
        let counted = match event {
            VenueEvent::State(state) => return self.note(state),
            VenueEvent::Market { event, .. } => match event {
                MarketEvent::BookDelta(_) => &mut self.book_changes,
                MarketEvent::Trade(_) => &mut self.trades,
                MarketEvent::SessionPhase(_) => &mut self.phases,
                _ => return,
            },
            VenueEvent::Defined(_) => &mut self.instruments,
            VenueEvent::VenuePhase(_) => &mut self.phases,
            VenueEvent::Synced { .. } => &mut self.snapshots,
            VenueEvent::Gap { .. } => &mut self.gaps,
            VenueEvent::Capacity(_) => &mut self.capacities,
            VenueEvent::TradeCancelled(_) => &mut self.trades_cancelled,
            VenueEvent::OwnOrder(_) => &mut self.own_orders,
            VenueEvent::OwnOrdersWhole => &mut self.own_orders_whole,
            VenueEvent::OwnTrade(_) => &mut self.own_trades,
            VenueEvent::Notice(_) => &mut self.notices,
            VenueEvent::Quarantined(_) => &mut self.set_aside,
            _ => return,
        };
        *counted += 1;
    }

    fn note(&mut self, state: &SessionState) {
        match state {
            SessionState::LoggedIn => self.logins += 1,
            SessionState::Lost { error, .. } => {
                self.losses += 1;
                self.last_loss = error.to_string();
            }
            _ => {}
        }
        // Renewed credentials leave the session as far as it was.
        if *state != SessionState::Renewed {
            self.state = word(state);
        }
    }
}

/// A state in one word.
pub(super) const fn word(state: &SessionState) -> &'static str {
    match state {
        SessionState::Connecting => "connecting",
        SessionState::LoggedIn => "logged_in",
        SessionState::Live => "live",
        SessionState::Renewed => "renewed",
        SessionState::Lost { .. } => "lost",
        SessionState::Stopped => "stopped",
        _ => "other",
    }
}

/// What whoever follows a session is told: all but answers about orders that it enters itself.
#[must_use]
pub fn told(mut events: Vec<VenueEvent>) -> Vec<VenueEvent> {
    let is_of_entry = |event: &VenueEvent| {
        matches!(
            event,
            VenueEvent::OwnTradesWhole | VenueEvent::EntryRefused(_)
        )
    };
    events.retain(|event| !is_of_entry(event));
    events
}

#[derive(Default)]
struct Kept {
    books: VenueBooks,
    statistics: VenueStatistics,
}

/// A running session whose books and counts are as of the events that were taken; any thread may ask
/// for them while another waits.
pub struct VenueFollower {
    live: LiveSession,
    /// How many events were taken; held while they are, so that two consumers cannot mix their order.
    taken: Mutex<u64>,
    kept: Mutex<Kept>,
}

impl VenueFollower {
    /// Follows `live`.
    #[must_use]
    pub fn new(live: LiveSession) -> Self {
        let kept = Kept {
            statistics: VenueStatistics {
                state: "connecting",
                ..VenueStatistics::default()
            },
            ..Kept::default()
        };
        Self {
            live,
            taken: Mutex::default(),
            kept: Mutex::new(kept),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to `most` events and the number of the first, from 1; waits up to `wait` for it. `None`
    /// once the session is over and all was taken.
    #[must_use]
    pub fn take(&self, most: usize, wait: Duration) -> Option<(u64, Vec<VenueEvent>)> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let events = told(self.live.take(most, wait)?);
        let first = *taken + 1;
        *taken += events.len() as u64;
        let mut kept = self.kept();
        for event in &events {
            kept.books.apply(event);
            kept.statistics.count(event);
        }
        Some((first, events))
    }

    /// What `read` makes of the books.
    pub fn books<T>(&self, read: impl FnOnce(&VenueBooks) -> T) -> T {
        read(&self.kept().books)
    }

    /// What was said so far.
    #[must_use]
    pub fn statistics(&self) -> VenueStatistics {
        self.kept().statistics.clone()
    }

    /// Asks the session to log out; what it still says can be taken.
    pub fn stop(&self) {
        self.live.stop();
    }
}
