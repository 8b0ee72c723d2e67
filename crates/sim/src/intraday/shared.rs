//! What auctions and continuous trading know of each other: the borders that they share.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use wattbook_domain::{Timestamp, Volume};

/// What a border carries in a market time unit: from its first zone to its second, and back.
pub type BorderCapacity = [Volume; 2];

/// The borders of a day that auctions and continuous trading share: what flows by trades on one side,
/// what the auctions leave on the other. Rows are market time units, columns borders, one row after the
/// other.
#[derive(Debug, Clone, Default)]
pub struct SharedBorders(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Net flow of continuous trades from the first zone of a border to its second.
    flows: Vec<Volume>,
    /// What auctions left, not taken over yet.
    left: VecDeque<(Timestamp, Vec<BorderCapacity>)>,
}

impl SharedBorders {
    /// Borders without flow; `places` is market time units times borders.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            flows: vec![Volume::ZERO; places],
            left: VecDeque::new(),
        })))
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        // A venue that panicked ends the run, whatever it left here.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What continuous trades let flow so far.
    #[must_use]
    pub fn flows(&self) -> Vec<Volume> {
        self.with(|state| state.flows.clone())
    }

    /// Notes that a continuous trade let `volume`, which may be negative, flow at some places.
    pub(crate) fn flow(&self, places: impl Iterator<Item = usize>, volume: Volume) {
        self.with(|state| {
            for place in places {
                let sum = state.flows[place].millionths() + volume.millionths();
                state.flows[place] = Volume::from_millionths(sum);
            }
        });
    }

    /// Notes what an auction published at `at` leaves to continuous trades, what they use included.
    pub fn leave(&self, at: Timestamp, capacity: Vec<BorderCapacity>) {
        self.with(|state| state.left.push_back((at, capacity)));
    }

    /// When the next of them counts.
    pub(crate) fn next_time(&self) -> Option<Timestamp> {
        self.with(|state| state.left.front().map(|(at, _)| *at))
    }

    /// Takes the next that counts by `now`.
    pub(crate) fn take(&self, now: Timestamp) -> Option<(Timestamp, Vec<BorderCapacity>)> {
        self.with(|state| state.left.pop_front_if(|(at, _)| *at <= now))
    }
}
