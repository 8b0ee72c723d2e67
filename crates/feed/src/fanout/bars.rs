//! Bars of trades, by time or by volume.

use rustc_hash::FxHashMap;
use wattbook_domain::id::InstrumentId;
use wattbook_domain::{Price, Volume};

use super::ring::Carried;
use crate::event::{EVENT_WORDS, EventKind, FeedEvent};

/// When a bar ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarRule {
    /// With the multiple of so many ns of the venue's time that follows its start. A bar without trades
    /// is not told.
    Time {
        /// Length, ns.
        interval_ns: i64,
    },
    /// With the trade that brings its volume to this or above; a trade is never split.
    Volume {
        /// In volume units.
        volume: Volume,
    },
}

/// A bar of trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bar {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// How many trades.
    pub trades: u32,
    /// Start, ns UTC; of a bar by volume, its first trade.
    pub start: i64,
    /// End, ns UTC; of a bar by volume, its last trade.
    pub end: i64,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Sum of the volumes.
    pub volume: Volume,
}

/// Makes bars of one rule for every instrument.
#[derive(Debug)]
pub struct BarBuilder {
    rule: BarRule,
    open: FxHashMap<u32, Bar>,
}

impl BarBuilder {
    /// No bars yet.
    #[must_use]
    pub fn new(rule: BarRule) -> Self {
        Self {
            rule,
            open: FxHashMap::default(),
        }
    }

    /// Takes an event; the bars that it ends are told: one that ended before it, one that it filled.
    pub fn take(&mut self, event: &FeedEvent, mut tell: impl FnMut(&Bar)) {
        if event.kind != EventKind::Trade {
            return;
        }
        let key = event.instrument.0;
        if let (BarRule::Time { .. }, Some(bar)) = (self.rule, self.open.get(&key))
            && event.ts_event >= bar.end
            && let Some(bar) = self.open.remove(&key)
        {
            tell(&bar);
        }
        let rule = self.rule;
        let bar = self.open.entry(key).or_insert_with(|| first(rule, event));
        bar.trades += 1;
        bar.high = bar.high.max(event.price);
        bar.low = bar.low.min(event.price);
        bar.close = event.price;
        let sum = bar
            .volume
            .millionths()
            .saturating_add(event.volume.millionths());
        bar.volume = Volume::from_millionths(sum);
        if let BarRule::Volume { volume } = rule {
            bar.end = event.ts_event;
            if bar.volume >= volume
                && let Some(bar) = self.open.remove(&key)
            {
                tell(&bar);
            }
        }
    }

    /// Tells the bars by time that ended by `now`, in the order of their instruments.
    pub fn advance(&mut self, now: i64, mut tell: impl FnMut(&Bar)) {
        if matches!(self.rule, BarRule::Volume { .. }) {
            return;
        }
        let mut ended: Vec<u32> = self
            .open
            .iter()
            .filter(|(_, bar)| bar.end <= now)
            .map(|(key, _)| *key)
            .collect();
        ended.sort_unstable();
        for bar in ended.iter().filter_map(|key| self.open.remove(key)) {
            tell(&bar);
        }
    }
}

fn first(rule: BarRule, event: &FeedEvent) -> Bar {
    let start = match rule {
        BarRule::Time { interval_ns } => {
            let interval = interval_ns.max(1);
            event.ts_event.div_euclid(interval) * interval
        }
        BarRule::Volume { .. } => event.ts_event,
    };
    let end = match rule {
        BarRule::Time { interval_ns } => start.saturating_add(interval_ns.max(1)),
        BarRule::Volume { .. } => start,
    };
    Bar {
        instrument: event.instrument,
        trades: 0,
        start,
        end,
        open: event.price,
        high: event.price,
        low: event.price,
        close: event.price,
        volume: Volume::default(),
    }
}

impl Carried for Bar {
    fn to_words(&self) -> [u64; EVENT_WORDS] {
        [
            u64::from(self.instrument.0) | u64::from(self.trades) << 32,
            self.start as u64,
            self.end as u64,
            self.open.millionths() as u64,
            self.high.millionths() as u64,
            self.low.millionths() as u64,
            self.close.millionths() as u64,
            self.volume.millionths() as u64,
        ]
    }

    fn from_words(words: &[u64; EVENT_WORDS]) -> Self {
        Self {
            instrument: InstrumentId(words[0] as u32),
            trades: (words[0] >> 32) as u32,
            start: words[1] as i64,
            end: words[2] as i64,
            open: Price::from_millionths(words[3] as i64),
            high: Price::from_millionths(words[4] as i64),
            low: Price::from_millionths(words[5] as i64),
            close: Price::from_millionths(words[6] as i64),
            volume: Volume::from_millionths(words[7] as i64),
        }
    }
}
