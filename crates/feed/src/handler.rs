//! A feed from packets to events, books and consumers.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::arbiter::{Arbiter, ArbiterConfig, Request};
use crate::books::Books;
use crate::capture::{Entry, EntryKind};
use crate::decode::Decoder;
use crate::error::FeedError;
use crate::event::{EventKind, FeedEvent};
use crate::fanout::{FeedQuote, Publisher};
use crate::sink::{Line, Message, Notice, Sink};
use crate::snapshot::Snapshot;
use crate::statistics::Statistics;

/// A part of the feed that cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its message's sequence; 0 for a packet.
    pub sequence: u64,
    /// Where it came from.
    pub line: Line,
    /// When it was received, ns UTC.
    pub ts_recv: i64,
    /// What is wrong, and at which byte.
    pub reason: String,
    /// The first bytes of it.
    pub bytes: Vec<u8>,
}

/// Bytes that are kept of a quarantined part.
const QUARANTINED_BYTES: usize = 2_048;

/// What a handler keeps at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandlerLimits {
    /// Instruments with a book.
    pub instruments_max: usize,
    /// Parts that were set aside; later ones are counted only.
    pub quarantined_max: usize,
}

impl Default for HandlerLimits {
    /// 4,096 instruments, 1,000 parts.
    fn default() -> Self {
        Self {
            instruments_max: 4_096,
            quarantined_max: 1_000,
        }
    }
}

/// From messages to events, books and consumers.
#[derive(Debug)]
struct Pipeline {
    decoder: Decoder,
    books: Books,
    publisher: Publisher,
    events: Vec<FeedEvent>,
    count: u64,
    hash: u64,
    now: i64,
    limits: HandlerLimits,
    quarantined: Vec<Quarantined>,
    quarantined_count: u64,
    failure: Option<FeedError>,
}

/// A feed from packets to events, books and consumers. No I/O but that of its consumers' files.
#[derive(Debug)]
pub struct Handler {
    arbiter: Arbiter,
    pipeline: Pipeline,
}

impl Handler {
    /// A handler that has seen nothing; `publisher` knows its consumers.
    #[must_use]
    pub fn new(
        config: ArbiterConfig,
        decoder: Decoder,
        publisher: Publisher,
        limits: HandlerLimits,
    ) -> Self {
        Self {
            arbiter: Arbiter::new(config),
            pipeline: Pipeline {
                decoder,
                books: Books::new(limits.instruments_max),
                publisher,
                events: Vec::with_capacity(256),
                count: 0,
                hash: 0,
                now: 0,
                limits,
                quarantined: Vec::new(),
                quarantined_count: 0,
                failure: None,
            },
        }
    }

    /// Takes a packet of `line`, received at `ts_recv` (ns UTC) and handed over at `now`.
    #[inline]
    pub fn packet(&mut self, line: Line, bytes: &[u8], ts_recv: i64, now: i64) {
        self.pipeline.now = now;
        self.arbiter
            .receive(line, bytes, ts_recv, now, &mut self.pipeline);
    }

    /// Takes a snapshot; whether it was applied.
    pub fn snapshot(&mut self, bytes: &[u8], ts_recv: i64, now: i64) -> bool {
        self.pipeline.now = now;
        match Snapshot::parse(self.arbiter.format(), bytes) {
            Ok(snapshot) => self
                .arbiter
                .snapshot(&snapshot, ts_recv, now, &mut self.pipeline),
            Err(error) => {
                let reason = error.to_string();
                self.pipeline
                    .set_aside(0, Line::RECOVERY, ts_recv, reason, bytes);
                false
            }
        }
    }

    /// Tells the time; whether that mattered to the arbiter.
    pub fn advance(&mut self, now: i64) -> bool {
        self.pipeline.now = now;
        self.arbiter.advance(now, &mut self.pipeline)
    }

    /// Ends the stream: what waits is handed on, what is missing before it is told as lost. `moment` hears
    /// every time that mattered, for a capture.
    pub fn finish(&mut self, mut moment: impl FnMut(i64)) {
        while let Some(due) = self.arbiter.deadline() {
            if self.advance(due) {
                moment(due);
            }
            // Nobody answers any more.
            self.arbiter.take_request();
        }
    }

    /// Takes an entry of a capture as it was taken when it was recorded.
    pub fn replay(&mut self, entry: &Entry<'_>) {
        match entry.kind {
            EntryKind::Packet => self.packet(entry.line, entry.bytes, entry.ts_recv, entry.now),
            EntryKind::Snapshot => {
                self.snapshot(entry.bytes, entry.ts_recv, entry.now);
            }
            EntryKind::Moment => {
                self.advance(entry.now);
            }
        }
        // Nobody answers: the answers are in the capture.
        self.arbiter.take_request();
    }

    /// Makes visible to consumers what waits in batches; call it behind each batch of packets.
    ///
    /// # Errors
    /// [`FeedError::Io`] when the file of a consumer could not be written, now or before.
    pub fn flush(&mut self, now: i64) -> Result<(), FeedError> {
        if let Some(failure) = self.pipeline.failure.take() {
            return Err(failure);
        }
        self.pipeline.publisher.advance(now)
    }

    /// What the arbiter needs from outside, once.
    pub const fn take_request(&mut self) -> Option<Request> {
        self.arbiter.take_request()
    }

    /// When [`advance`](Self::advance) is to be called at the latest, ns UTC.
    #[must_use]
    pub const fn deadline(&self) -> Option<i64> {
        self.arbiter.deadline()
    }

    /// The arbiter, to look at.
    #[must_use]
    pub const fn arbiter(&self) -> &Arbiter {
        &self.arbiter
    }

    /// What was counted.
    #[must_use]
    pub const fn statistics(&self) -> &Statistics {
        self.arbiter.statistics()
    }

    /// The books.
    #[must_use]
    pub const fn books(&self) -> &Books {
        &self.pipeline.books
    }

    /// The consumers.
    #[must_use]
    pub const fn publisher(&self) -> &Publisher {
        &self.pipeline.publisher
    }

    /// The consumers, to add one.
    pub const fn publisher_mut(&mut self) -> &mut Publisher {
        &mut self.pipeline.publisher
    }

    /// Events so far, and a hash over all of them in their order.
    #[must_use]
    pub const fn events(&self) -> (u64, u64) {
        (self.pipeline.count, self.pipeline.hash)
    }

    /// What was set aside, the first ones, and how many in all.
    #[must_use]
    pub fn quarantined(&self) -> (&[Quarantined], u64) {
        (&self.pipeline.quarantined, self.pipeline.quarantined_count)
    }
}

impl Pipeline {
    #[inline]
    fn event(&mut self, event: &FeedEvent) {
        let top = self.books.apply(event);
        self.count += 1;
        let mut bytes = [0; 64];
        for (out, word) in bytes
            .as_chunks_mut::<8>()
            .0
            .iter_mut()
            .zip(event.to_words())
        {
            *out = word.to_le_bytes();
        }
        self.hash = xxh3_64_with_seed(&bytes, self.hash);
        loop {
            match self.publisher.publish(event) {
                Ok(true) => break,
                // A consumer asked to hold the feed up rather than miss anything.
                Ok(false) => std::thread::yield_now(),
                Err(error) => {
                    self.failure.get_or_insert(error);
                    break;
                }
            }
        }
        if let Some(top) = top {
            self.publisher.quote(&FeedQuote::new(event, &top), self.now);
        }
    }

    #[cold]
    fn set_aside(&mut self, sequence: u64, line: Line, ts_recv: i64, reason: String, bytes: &[u8]) {
        self.quarantined_count += 1;
        if self.quarantined.len() < self.limits.quarantined_max {
            let kept = bytes.len().min(QUARANTINED_BYTES);
            self.quarantined.push(Quarantined {
                sequence,
                line,
                ts_recv,
                reason,
                bytes: bytes[..kept].to_vec(),
            });
        }
    }

    /// An event about the stream as a whole.
    fn word(&mut self, kind: EventKind, sequence: u64, generation: u32) {
        let event = FeedEvent {
            sequence,
            generation,
            kind,
            ts_recv: self.now,
            ..FeedEvent::default()
        };
        self.event(&event);
    }
}

impl Sink for Pipeline {
    #[inline]
    fn message(&mut self, message: &Message<'_>) {
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        let decoded = self.decoder.decode(message, &self.books, &mut events);
        for event in &events {
            self.event(event);
        }
        self.events = events;
        if let Err(error) = decoded {
            let (sequence, line, ts_recv) = (message.sequence, message.line, message.ts_recv);
            self.set_aside(sequence, line, ts_recv, error.to_string(), message.bytes);
        }
    }

    fn notice(&mut self, notice: &Notice<'_>) {
        match *notice {
            Notice::Lost { to, .. } => self.word(EventKind::Lost, to.saturating_sub(1), 0),
            Notice::SnapshotBegan { last_sequence } => {
                self.word(EventKind::SnapshotBegan, last_sequence, 0);
            }
            Notice::SnapshotEnded { last_sequence } => {
                self.word(EventKind::SnapshotEnded, last_sequence, 0);
            }
            Notice::SessionChanged { generation, .. } => {
                self.word(EventKind::SessionChanged, 0, generation);
            }
            Notice::Malformed {
                line,
                ts_recv,
                error,
                bytes,
            } => self.set_aside(0, line, ts_recv, error.to_string(), bytes),
            _ => {}
        }
    }
}
