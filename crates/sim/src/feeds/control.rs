//! Who decides what a simulated venue does.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::market::FeedMarket;

/// What a simulated venue is told to do wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FeedFault {
    /// Makes this many changes without telling them.
    Lose(u32),
    /// Publishes these bytes among its messages.
    Publish(Vec<u8>),
    /// Closes the connections of its clients, or of itself, without a word.
    Disconnect,
    /// Says nothing at all, heartbeats included, until told otherwise.
    Silence(bool),
    /// Ends the connection within the next snapshot that it sends.
    CutSnapshot,
    /// Lets every token expire.
    ExpireTokens,
    /// Answers the next request for books with bytes that cannot be read.
    SpoilSnapshot,
}

#[derive(Debug)]
struct Shared {
    market: FeedMarket,
    /// Steps that are still to be made and published.
    steps: u64,
    faults: VecDeque<FeedFault>,
    is_over: bool,
    /// Sessions that logged in, so far.
    logins: u64,
    /// Snapshots sent, so far.
    snapshots: u64,
    /// Credentials renewed within a connection, so far.
    renewals: u64,
}

/// The handle of a simulated venue; clones steer the same one.
#[derive(Debug, Clone)]
pub struct FeedControl {
    shared: Arc<(Mutex<Shared>, Condvar)>,
}

impl FeedControl {
    /// A venue of `market`.
    #[must_use]
    pub fn new(market: FeedMarket) -> Self {
        let shared = Shared {
            market,
            steps: 0,
            faults: VecDeque::new(),
            is_over: false,
            logins: 0,
            snapshots: 0,
            renewals: 0,
        };
        Self {
            shared: Arc::new((Mutex::new(shared), Condvar::new())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the market make `count` more steps.
    pub fn step(&self, count: u64) {
        self.lock().steps += count;
        self.shared.1.notify_all();
    }

    /// Has the venue do something wrong.
    pub fn fail(&self, fault: FeedFault) {
        self.lock().faults.push_back(fault);
        self.shared.1.notify_all();
    }

    /// Ends the venue.
    pub fn end(&self) {
        self.lock().is_over = true;
        self.shared.1.notify_all();
    }

    /// The market as it is.
    #[must_use]
    pub fn market(&self) -> FeedMarket {
        self.lock().market.clone()
    }

    /// Whether every step was made and every fault done.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let shared = self.lock();
        shared.steps == 0 && shared.faults.is_empty()
    }

    /// How often a client logged in.
    #[must_use]
    pub fn logins(&self) -> u64 {
        self.lock().logins
    }

    /// How many snapshots were sent.
    #[must_use]
    pub fn snapshots(&self) -> u64 {
        self.lock().snapshots
    }

    /// How often credentials were renewed within a connection.
    #[must_use]
    pub fn renewals(&self) -> u64 {
        self.lock().renewals
    }

    pub(super) fn is_over(&self) -> bool {
        self.lock().is_over
    }

    pub(super) fn logged_in(&self) {
        self.lock().logins += 1;
    }

    pub(super) fn renewed(&self) {
        self.lock().renewals += 1;
    }

    /// What `read` makes of the market, while nobody changes it.
    pub(super) fn look<T>(&self, read: impl FnOnce(&FeedMarket) -> T) -> T {
        read(&self.lock().market)
    }

    pub(super) fn sent_snapshot(&self) {
        self.lock().snapshots += 1;
    }

    pub(super) fn take_fault(&self) -> Option<FeedFault> {
        self.lock().faults.pop_front()
    }

    /// Makes one of the steps that are to be made; `tell` publishes it under the lock, so that a
    /// snapshot is as of a step and never within one.
    pub(super) fn make_step(
        &self,
        tell: impl FnOnce(&FeedMarket, &super::market::FeedStep),
    ) -> bool {
        let mut shared = self.lock();
        if shared.steps == 0 {
            return false;
        }
        shared.steps -= 1;
        let step = shared.market.step();
        tell(&shared.market, &step);
        true
    }

    /// Makes `count` steps that nobody hears of.
    pub(super) fn lose(&self, count: u32) {
        let mut shared = self.lock();
        for _ in 0..count {
            shared.market.step();
        }
    }

    /// Waits until something is to be done, at most `wait`.
    pub(super) fn wait(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut shared = self.lock();
        while shared.steps == 0 && shared.faults.is_empty() && !shared.is_over {
            let left = until.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return;
            }
            let result = self.shared.1.wait_timeout(shared, left);
            shared = result.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
