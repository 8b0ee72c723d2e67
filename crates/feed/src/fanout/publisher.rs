//! Hands each event to every consumer.

use std::path::PathBuf;

use super::bars::{Bar, BarBuilder, BarRule};
use super::latest::{LatestReader, LatestWriter, latest};
use super::quote::FeedQuote;
use super::ring::{RingReader, RingWriter, ring};
use super::spill::{SpillReader, SpillWriter, spill};
use super::throttle::Throttle;
use crate::error::FeedError;
use crate::event::FeedEvent;

/// What happens to a consumer of all events whose ring is full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overflow {
    /// The reader of the feed waits for it, and so do all others.
    Backpressure,
    /// Its events go to a file; only when that is full too the reader waits.
    Spill {
        /// Where the file is made; it has no name and no crash leaves it behind.
        directory: PathBuf,
        /// Its most bytes.
        bytes_max: u64,
    },
}

/// Of one consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConsumerStatistics {
    /// Events, quotes or bars handed to it.
    pub delivered: u64,
    /// Those that went through its file.
    pub spilled: u64,
    /// Calls that it held up.
    pub blocked: u64,
    /// Quotes that later ones overtook; of those who asked for that only.
    pub overtaken: u64,
    /// What it has not read.
    pub waiting: u64,
    /// Quotes or bars that its ring had no room for: told, and the latest comes again.
    pub dropped: u64,
}

#[derive(Debug)]
enum Kind {
    All(RingWriter<FeedEvent>, Option<SpillWriter>),
    Latest(LatestWriter),
    Throttled(RingWriter<FeedQuote>, Throttle),
    Bars(RingWriter<Bar>, BarBuilder),
}

#[derive(Debug)]
struct Consumer {
    name: String,
    kind: Kind,
    statistics: ConsumerStatistics,
}

/// Hands each event to every consumer.
#[derive(Debug, Default)]
pub struct Publisher {
    consumers: Vec<Consumer>,
}

/// Reads all events.
#[derive(Debug)]
pub struct AllReader {
    ring: RingReader<FeedEvent>,
    spill: Option<SpillReader>,
}

impl AllReader {
    /// Appends up to `most` events to `out`, in their order; how many.
    ///
    /// # Errors
    /// [`FeedError::Io`] when the file of what was not read cannot be read.
    pub fn take(&mut self, out: &mut Vec<FeedEvent>, most: usize) -> Result<usize, FeedError> {
        // In this order: once the file is seen to hold events, all that the ring had before is seen too.
        let spilled = self.spill.as_ref().map_or(0, SpillReader::waiting);
        let count = self.ring.take(out, most);
        if count > 0 || spilled == 0 {
            return Ok(count);
        }
        match &mut self.spill {
            Some(spill) => spill.take(spilled, out, most),
            None => Ok(0),
        }
    }
}

impl Publisher {
    /// No consumers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn add(&mut self, name: &str, kind: Kind) {
        self.consumers.push(Consumer {
            name: name.to_owned(),
            kind,
            statistics: ConsumerStatistics::default(),
        });
    }

    /// A consumer of all events, with a ring of `capacity`.
    ///
    /// # Errors
    /// [`FeedError::Io`] when its file cannot be made.
    pub fn all(
        &mut self,
        name: &str,
        capacity: usize,
        overflow: Overflow,
    ) -> Result<AllReader, FeedError> {
        let (writer, ring) = ring(capacity);
        let (to, from) = match overflow {
            Overflow::Backpressure => (None, None),
            Overflow::Spill {
                directory,
                bytes_max,
            } => {
                let (to, from) = spill(&directory, bytes_max)?;
                (Some(to), Some(from))
            }
        };
        self.add(name, Kind::All(writer, to));
        Ok(AllReader { ring, spill: from })
    }

    /// A consumer of the latest quote of each instrument.
    pub fn latest(&mut self, name: &str, instruments_max: usize) -> LatestReader {
        let (writer, reader) = latest(instruments_max);
        self.add(name, Kind::Latest(writer));
        reader
    }

    /// A consumer of quotes, of each instrument at most one in `interval_ns`.
    pub fn throttled(
        &mut self,
        name: &str,
        interval_ns: i64,
        capacity: usize,
    ) -> RingReader<FeedQuote> {
        let (writer, reader) = ring(capacity);
        self.add(name, Kind::Throttled(writer, Throttle::new(interval_ns)));
        reader
    }

    /// A consumer of bars.
    pub fn bars(&mut self, name: &str, rule: BarRule, capacity: usize) -> RingReader<Bar> {
        let (writer, reader) = ring(capacity);
        self.add(name, Kind::Bars(writer, BarBuilder::new(rule)));
        reader
    }

    /// Hands `event` to every consumer of events, or to none: false when one that holds the feed up has
    /// no room; call again.
    ///
    /// # Errors
    /// [`FeedError::Io`] when the file of a consumer cannot be written.
    #[inline]
    pub fn publish(&mut self, event: &FeedEvent) -> Result<bool, FeedError> {
        for consumer in &mut self.consumers {
            if !consumer.has_room() {
                consumer.statistics.blocked += 1;
                return Ok(false);
            }
        }
        for consumer in &mut self.consumers {
            consumer.event(event)?;
        }
        Ok(true)
    }

    /// Hands a quote to those who asked for quotes.
    #[inline]
    pub fn quote(&mut self, quote: &FeedQuote, now: i64) {
        for consumer in &mut self.consumers {
            consumer.quote(quote, now);
        }
    }

    /// Tells the time, and makes visible what waits in batches; call it behind each batch of packets.
    ///
    /// # Errors
    /// [`FeedError::Io`] when the file of a consumer cannot be written.
    pub fn advance(&mut self, now: i64) -> Result<(), FeedError> {
        for consumer in &mut self.consumers {
            consumer.advance(now)?;
        }
        self.consumers.retain(|consumer| !consumer.is_abandoned());
        Ok(())
    }

    /// Names and counts of the consumers.
    pub fn statistics(&self) -> impl Iterator<Item = (&str, ConsumerStatistics)> {
        self.consumers
            .iter()
            .map(|consumer| (consumer.name.as_str(), consumer.counted()))
    }
}

impl Consumer {
    #[inline]
    fn has_room(&mut self) -> bool {
        match &mut self.kind {
            Kind::All(ring, None) => ring.has_room() || ring.is_abandoned(),
            Kind::All(ring, Some(spill)) => {
                (spill.is_drained() && ring.has_room()) || spill.has_room() || ring.is_abandoned()
            }
            _ => true,
        }
    }

    #[inline]
    fn event(&mut self, event: &FeedEvent) -> Result<(), FeedError> {
        match &mut self.kind {
            Kind::All(ring, None) => {
                ring.push(event);
                self.statistics.delivered += 1;
            }
            Kind::All(ring, Some(spill)) => {
                self.statistics.delivered += 1;
                // Behind what the file holds, so that the order is kept.
                let is_taken = spill.is_drained() && ring.push(event);
                if !is_taken && !ring.is_abandoned() {
                    spill.push(event)?;
                    self.statistics.spilled += 1;
                }
            }
            Kind::Bars(ring, builder) => {
                let counts = &mut self.statistics;
                builder.take(event, |bar| tell(ring, bar, counts));
            }
            Kind::Latest(_) | Kind::Throttled(..) => {}
        }
        Ok(())
    }

    fn quote(&mut self, quote: &FeedQuote, now: i64) {
        match &mut self.kind {
            Kind::Latest(writer) => {
                self.statistics.delivered += u64::from(writer.write(quote));
            }
            Kind::Throttled(ring, throttle) => {
                while let Some(due) = throttle.next_due(now) {
                    tell(ring, &due, &mut self.statistics);
                }
                if let Some(quote) = throttle.take(quote, now) {
                    tell(ring, &quote, &mut self.statistics);
                }
            }
            Kind::All(..) | Kind::Bars(..) => {}
        }
    }

    fn advance(&mut self, now: i64) -> Result<(), FeedError> {
        let counts = &mut self.statistics;
        match &mut self.kind {
            Kind::All(_, Some(spill)) => spill.flush()?,
            Kind::Throttled(ring, throttle) => {
                while let Some(due) = throttle.next_due(now) {
                    tell(ring, &due, counts);
                }
            }
            Kind::Bars(ring, builder) => builder.advance(now, |bar| tell(ring, bar, counts)),
            Kind::All(_, None) | Kind::Latest(_) => {}
        }
        Ok(())
    }

    fn is_abandoned(&self) -> bool {
        match &self.kind {
            Kind::All(ring, _) => ring.is_abandoned(),
            Kind::Throttled(ring, _) => ring.is_abandoned(),
            Kind::Bars(ring, _) => ring.is_abandoned(),
            Kind::Latest(_) => false,
        }
    }

    fn counted(&self) -> ConsumerStatistics {
        let mut counts = self.statistics;
        match &self.kind {
            Kind::All(ring, spill) => {
                counts.waiting = ring.waiting() + spill.as_ref().map_or(0, SpillWriter::waiting);
            }
            Kind::Latest(writer) => counts.overtaken = writer.overtaken(),
            Kind::Throttled(ring, throttle) => {
                counts.overtaken = throttle.overtaken();
                counts.waiting = ring.waiting();
            }
            Kind::Bars(ring, _) => counts.waiting = ring.waiting(),
        }
        counts
    }
}

/// Puts a quote or bar into its ring, or counts that there was no room.
fn tell<T: super::ring::Carried>(
    ring: &mut RingWriter<T>,
    value: &T,
    counts: &mut ConsumerStatistics,
) {
    if ring.push(value) {
        counts.delivered += 1;
    } else {
        counts.dropped += 1;
    }
}
