//! The state that readers see, and what each of them lacks of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;
use tokio::sync::{Notify, watch};

use crate::error::StreamError;
use crate::filter::Filter;
use crate::message::{Column, Head, array, encode};
use crate::topic::Topic;

const QUOTES: &str = "quotes";
/// Told even to a reader that filters: without it the reader could not tell silence from a lost connection.
const CLOCK: &str = "clock";

/// What a hub holds.
#[derive(Debug, Clone)]
pub struct HubPlan {
    /// Name of this life of the desk; a reader of another one starts anew.
    pub run: String,
    /// The columns of the quotes, after the instrument.
    pub columns: Vec<Column>,
    /// Topics of many rows, and how many of the newest are kept where that is bounded.
    pub lists: Vec<(String, Option<usize>)>,
    /// Topics of one value.
    pub values: Vec<String>,
}

/// A row of a topic other than the quotes.
#[derive(Debug, Clone)]
pub struct Row {
    /// One of the plan's.
    pub topic: String,
    /// It replaces the row of the same key; any for topics of one value.
    pub key: u64,
    /// What a reader may filter by.
    pub instrument: Option<u32>,
    /// The row as JSON.
    pub json: Vec<u8>,
}

/// What a reader is sent.
#[derive(Debug, Clone)]
pub struct Message {
    /// The number that the reader has afterwards.
    pub last: u64,
    /// How many deltas it holds.
    pub deltas: u64,
    /// As `wattbook.api.packed` reads it.
    pub bytes: Bytes,
}

#[derive(Debug)]
struct Document {
    instrument: Option<u32>,
    json: Box<[u8]>,
}

#[derive(Debug)]
struct Named {
    name: String,
    is_list: bool,
    rows: Topic<Document>,
}

#[derive(Debug)]
struct State {
    last: u64,
    /// The number of the last snapshot: what a reader has from before it is void.
    snapshot: u64,
    quotes: Topic<Box<[u64]>>,
    topics: Vec<Named>,
    /// Messages of this round, for the many readers that have the same number.
    made: HashMap<(Option<u64>, Filter), Message>,
}

/// State by topic and key, with numbered changes.
#[derive(Debug)]
pub struct Hub {
    plan: HubPlan,
    state: Mutex<State>,
    last: AtomicU64,
    pub(crate) pushed: Notify,
    rounds: watch::Sender<u64>,
}

impl Hub {
    /// A hub that holds nothing yet.
    #[must_use]
    pub fn new(plan: HubPlan) -> Self {
        let lists = plan.lists.iter().map(|(name, most)| Named {
            name: name.clone(),
            is_list: true,
            rows: Topic::new(*most),
        });
        let values = plan.values.iter().map(|name| Named {
            name: name.clone(),
            is_list: false,
            rows: Topic::new(None),
        });
        let state = State {
            last: 0,
            snapshot: 0,
            quotes: Topic::new(None),
            topics: lists.chain(values).collect(),
            made: HashMap::new(),
        };
        Self {
            plan,
            state: Mutex::new(state),
            last: AtomicU64::new(0),
            pushed: Notify::new(),
            rounds: watch::Sender::new(0),
        }
    }

    /// Name of this life of the desk.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.plan.run
    }

    /// The number of the last change.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// Every topic that a reader may ask for.
    pub fn topics(&self) -> impl Iterator<Item = &str> + Clone {
        let lists = self.plan.lists.iter().map(|(name, _)| name.as_str());
        let values = self.plan.values.iter().map(String::as_str);
        std::iter::once(QUOTES).chain(lists).chain(values)
    }

    /// Takes the next change and returns its number. `quotes` are rows of an instrument's number and the
    /// bits of one value each column; a snapshot replaces everything that was there.
    ///
    /// # Errors
    /// [`StreamError`] where rows do not fit the plan; then nothing has changed.
    pub fn push(
        &self,
        is_snapshot: bool,
        quotes: &[i64],
        rows: Vec<Row>,
    ) -> Result<u64, StreamError> {
        let width = 1 + self.plan.columns.len();
        if !quotes.len().is_multiple_of(width) {
            let values = quotes.len();
            return Err(StreamError::Width { values, width });
        }
        for (row, found) in quotes.iter().step_by(width).copied().enumerate() {
            u32::try_from(found).map_err(|_| StreamError::Instrument { row, found })?;
        }
        let mut state = self.lock();
        let placed: Vec<(usize, Row)> = rows
            .into_iter()
            .map(|row| {
                let place = state.topics.iter().position(|one| one.name == row.topic);
                place
                    .ok_or_else(|| StreamError::Topic(row.topic.clone()))
                    .map(|place| (place, row))
            })
            .collect::<Result<_, _>>()?;
        state.last += 1;
        let last = state.last;
        if is_snapshot {
            state.snapshot = last;
            state.quotes.clear();
            state.topics.iter_mut().for_each(|topic| topic.rows.clear());
        }
        for (place, row) in quotes.chunks_exact(width).enumerate() {
            let values = row[1..].iter().map(|bits| bits.cast_unsigned()).collect();
            let key = row[0].cast_unsigned();
            state.quotes.put((last, place as u32), key, values);
        }
        for (place, (topic, row)) in placed.into_iter().enumerate() {
            let topic = &mut state.topics[topic];
            let key = if topic.is_list { row.key } else { 0 };
            let document = Document {
                instrument: row.instrument,
                json: row.json.into_boxed_slice(),
            };
            topic.rows.put((last, place as u32), key, document);
        }
        self.last.store(last, Ordering::Release);
        drop(state);
        self.pushed.notify_one();
        Ok(last)
    }

    /// Begins a round: readers look anew, and what they lack is made anew.
    pub(crate) fn begin_round(&self) {
        let mut state = self.lock();
        state.made.clear();
        let last = state.last;
        drop(state);
        self.rounds.send_replace(last);
    }

    /// The number of each round, as it begins.
    pub(crate) fn rounds(&self) -> watch::Receiver<u64> {
        self.rounds.subscribe()
    }

    /// What a reader lacks that has `after`, or has nothing; none where it lacks nothing. It gets everything
    /// where a snapshot came since, or where `after` was never given.
    #[must_use]
    pub fn message(&self, after: Option<u64>, filter: &Filter, now_ms: u64) -> Option<Message> {
        let state = self.lock();
        let after = lacking(&state, after)?;
        Some(self.made(&state, after, filter, now_ms))
    }

    /// As [`Hub::message`], but made once a round for all readers that have the same; what came since it was
    /// made is told in the next round.
    pub(crate) fn shared(
        &self,
        after: Option<u64>,
        filter: &Filter,
        now_ms: u64,
    ) -> Option<Message> {
        let mut state = self.lock();
        let after = lacking(&state, after)?;
        let key = (after, filter.clone());
        if let Some(found) = state.made.get(&key) {
            return Some(found.clone());
        }
        let message = self.made(&state, after, filter, now_ms);
        state.made.insert(key, message.clone());
        Some(message)
    }

    fn made(&self, state: &State, after: Option<u64>, filter: &Filter, sent_ms: u64) -> Message {
        let from = after.unwrap_or(0);
        let topics: Vec<(&str, Vec<u8>)> = state
            .topics
            .iter()
            .filter(|topic| topic.name == CLOCK || filter.has_topic(&topic.name))
            .filter_map(|topic| {
                let held = topic.rows.since(from);
                let mut rows = held
                    .iter()
                    .map(|held| &held.row)
                    .filter(|row| filter.has_instrument(row.instrument))
                    .map(|row| &*row.json)
                    .peekable();
                rows.peek()?;
                let json = if topic.is_list {
                    array(rows)
                } else {
                    rows.next()?.to_vec()
                };
                Some((topic.name.as_str(), json))
            })
            .collect();
        let held = if filter.has_topic(QUOTES) {
            state.quotes.since(from)
        } else {
            Vec::new()
        };
        let quotes: Vec<(u64, &[u64])> = held
            .iter()
            .filter(|held| filter.has_instrument(Some(held.key as u32)))
            .map(|held| (held.key, &*held.row))
            .collect();
        let about = Head {
            run: &self.plan.run,
            is_snapshot: after.is_none(),
            first: from + 1,
            last: state.last,
            sent_ms,
        };
        Message {
            last: state.last,
            deltas: state.last - from,
            bytes: encode(&about, &topics, &self.plan.columns, &quotes).into(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in a locked part panics midway: what a lock protects is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From which number on a reader that has `after` is told; none where it lacks nothing.
#[allow(clippy::option_option, reason = "a reader may lack everything")]
fn lacking(state: &State, after: Option<u64>) -> Option<Option<u64>> {
    let lacks = state.last > 0 && after != Some(state.last);
    lacks.then(|| after.filter(|after| *after < state.last && *after >= state.snapshot))
}
