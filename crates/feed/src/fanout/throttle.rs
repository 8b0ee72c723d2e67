//! Quotes at most so often: the first at once, what came meanwhile when the time is up.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::quote::FeedQuote;

/// Holds quotes back; no clock inside.
#[derive(Debug)]
pub struct Throttle {
    interval_ns: i64,
    last: FxHashMap<u32, Last>,
    /// Instruments with a quote held back, in the order in which it is due.
    due: VecDeque<(i64, u32)>,
    held: u64,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    told: i64,
    held: Option<FeedQuote>,
}

impl Throttle {
    /// At most one quote of an instrument in `interval_ns`.
    #[must_use]
    pub fn new(interval_ns: i64) -> Self {
        Self {
            interval_ns: interval_ns.max(1),
            last: FxHashMap::default(),
            due: VecDeque::new(),
            held: 0,
        }
    }

    /// Takes a quote at `now`, ns; the quote if it is to be told at once. Tell what is due before.
    pub fn take(&mut self, quote: &FeedQuote, now: i64) -> Option<FeedQuote> {
        let due = now.saturating_add(self.interval_ns);
        let Some(last) = self.last.get_mut(&quote.instrument.0) else {
            let last = Last {
                told: now,
                held: None,
            };
            self.last.insert(quote.instrument.0, last);
            return Some(*quote);
        };
        if last.held.is_none() && now >= last.told.saturating_add(self.interval_ns) {
            last.told = now;
            return Some(*quote);
        }
        if last.held.replace(*quote).is_some() {
            self.held += 1;
        } else {
            let due = last.told.saturating_add(self.interval_ns).min(due);
            self.due.push_back((due, quote.instrument.0));
        }
        None
    }

    /// The next quote that was held back and is due at `now`.
    pub fn next_due(&mut self, now: i64) -> Option<FeedQuote> {
        let (due, instrument) = *self.due.front()?;
        if due > now {
            return None;
        }
        self.due.pop_front();
        let last = self.last.get_mut(&instrument)?;
        last.told = now;
        last.held.take()
    }

    /// When the next quote is due, ns.
    #[must_use]
    pub fn deadline(&self) -> Option<i64> {
        self.due.front().map(|(due, _)| *due)
    }

    /// Quotes that others overtook while they were held.
    #[must_use]
    pub const fn overtaken(&self) -> u64 {
        self.held
    }
}
