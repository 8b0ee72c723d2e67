//! A feed on a thread of its own, for who would rather take batches than turn a loop.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wattbook_journal::FileStorage;

use super::clock::now_ns;
use super::live::{LiveFeed, Waiting};
use crate::capture::CaptureReader;
use crate::error::FeedError;
use crate::event::FeedEvent;
use crate::fanout::{AllReader, ConsumerStatistics};
use crate::handler::{Handler, Quarantined};
use crate::statistics::Statistics;

/// How long a turn sleeps at most, so that a stop is heard.
const TURN: Duration = Duration::from_millis(20);
/// How often the view is made anew.
const VIEW: Duration = Duration::from_millis(50);
/// Longest sleep of a paced replay before it looks whether to stop.
const PACE: Duration = Duration::from_millis(20);

/// A feed as it was a moment ago.
#[derive(Debug, Clone, Default)]
pub struct FeedView {
    /// What the arbiter counts.
    pub statistics: Statistics,
    /// Events so far.
    pub events: u64,
    /// A hash over them in their order.
    pub hash: u64,
    /// The first parts that were set aside.
    pub quarantined: Vec<Quarantined>,
    /// How many were.
    pub quarantined_count: u64,
    /// What the reader of events is behind, and how.
    pub consumer: ConsumerStatistics,
    /// Packets that the kernel dropped.
    pub kernel_drops: u64,
    /// Instruments with a book.
    pub instruments: u64,
    /// Changes that fit no book.
    pub anomalies: u64,
    /// Changes after which the bid reached the ask.
    pub crossed: u64,
    /// Whether nothing is missing.
    pub is_live: bool,
    /// Whether nothing was lost since the beginning or the last snapshot.
    pub is_trusted: bool,
    /// Sequence to come next.
    pub next_sequence: u64,
}

impl FeedView {
    fn refresh(&mut self, handler: &Handler, kernel_drops: u64) {
        let (events, hash) = handler.events();
        let (quarantined, count) = handler.quarantined();
        if quarantined.len() > self.quarantined.len() {
            let known = self.quarantined.len();
            self.quarantined.extend_from_slice(&quarantined[known..]);
        }
        let consumer = handler.publisher().statistics().next();
        let consumer = consumer.map_or_else(ConsumerStatistics::default, |(_, counts)| counts);
        *self = Self {
            statistics: *handler.statistics(),
            events,
            hash,
            quarantined: std::mem::take(&mut self.quarantined),
            quarantined_count: count,
            consumer,
            kernel_drops,
            instruments: handler.books().iter().count() as u64,
            anomalies: handler.books().anomalies(),
            crossed: handler.books().crossed(),
            is_live: handler.arbiter().is_live(),
            is_trusted: handler.books().is_trusted(),
            next_sequence: handler.arbiter().next_sequence(),
        };
    }
}

/// Events that are not taken yet.
#[derive(Debug)]
struct Unread {
    reader: AllReader,
    /// What was read when the feed stopped.
    rest: Vec<FeedEvent>,
}

/// A feed on a thread of its own.
#[derive(Debug)]
pub struct FeedService {
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<Result<(), FeedError>>>>,
    unread: Mutex<Unread>,
    view: Arc<Mutex<FeedView>>,
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FeedService {
    fn start(
        reader: AllReader,
        run: impl FnOnce(&AtomicBool, &Mutex<FeedView>) -> Result<(), FeedError> + Send + 'static,
    ) -> Result<Self, FeedError> {
        let stop = Arc::new(AtomicBool::new(false));
        let view = Arc::new(Mutex::new(FeedView::default()));
        let (its_stop, its_view) = (Arc::clone(&stop), Arc::clone(&view));
        let thread = std::thread::Builder::new().name("feed".to_owned());
        let thread = thread.spawn(move || run(&its_stop, &its_view));
        let thread = thread.map_err(FeedError::io("start", &"the feed's thread"))?;
        let rest = Vec::new();
        Ok(Self {
            stop,
            thread: Mutex::new(Some(thread)),
            unread: Mutex::new(Unread { reader, rest }),
            view,
        })
    }

    /// Turns `feed` until it is stopped; `reader` is its consumer of all events.
    ///
    /// # Errors
    /// [`FeedError::Io`] when no thread can be started.
    pub fn live(mut feed: LiveFeed, reader: AllReader) -> Result<Self, FeedError> {
        Self::start(reader, move |stop, view| {
            let mut next_view = Instant::now();
            let mut turned = Ok(0);
            while turned.is_ok() && !stop.load(Ordering::Acquire) {
                turned = feed.turn(Waiting::Sleep(TURN));
                if Instant::now() >= next_view {
                    next_view = Instant::now() + VIEW;
                    locked(view).refresh(feed.handler(), feed.kernel_drops());
                }
            }
            let drops = feed.kernel_drops();
            let handler = feed.close()?;
            locked(view).refresh(&handler, drops);
            turned.map(drop)
        })
    }

    /// Replays the capture in the folder `path` through `handler`: `factor` times as fast as it was
    /// recorded, or as fast as can be for 0.
    ///
    /// # Errors
    /// [`FeedError::Io`] when the folder cannot be read or no thread be started.
    pub fn replay(
        path: &Path,
        mut handler: Handler,
        reader: AllReader,
        factor: f64,
    ) -> Result<Self, FeedError> {
        let storage = FileStorage::readable(path);
        let storage = storage.map_err(FeedError::io("read", &path.display()))?;
        Self::start(reader, move |stop, view| {
            let result = replay(&storage, &mut handler, factor, stop, view);
            // A capture of packets alone may end with some that wait.
            handler.finish(|_| ());
            let flushed = handler.flush(now_ns());
            locked(view).refresh(&handler, 0);
            result.and(flushed)
        })
    }

    /// Appends up to `most` events to `out`; how many.
    ///
    /// # Errors
    /// [`FeedError::Io`] when the file of what was not read cannot be read.
    pub fn take(&self, out: &mut Vec<FeedEvent>, most: usize) -> Result<usize, FeedError> {
        let mut unread = locked(&self.unread);
        let before = out.len();
        let kept = unread.rest.len().min(most);
        out.extend(unread.rest.drain(..kept));
        while out.len() - before < most {
            let left = most - (out.len() - before);
            if unread.reader.take(out, left)? == 0 {
                break;
            }
        }
        Ok(out.len() - before)
    }

    /// The feed as it was a moment ago.
    #[must_use]
    pub fn view(&self) -> FeedView {
        locked(&self.view).clone()
    }

    /// Whether the thread has ended.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let thread = locked(&self.thread);
        thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends the thread; what was not taken can be taken still.
    ///
    /// # Errors
    /// What ended the thread before.
    pub fn stop(&self) -> Result<(), FeedError> {
        self.stop.store(true, Ordering::Release);
        let Some(thread) = locked(&self.thread).take() else {
            return Ok(());
        };
        while !thread.is_finished() {
            // A feed that waits for its reader would never end.
            let mut unread = locked(&self.unread);
            let Unread { reader, rest } = &mut *unread;
            if reader.take(rest, usize::MAX)? == 0 {
                drop(unread);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        thread.join().unwrap_or(Err(FeedError::Peer {
            place: "the feed's thread".to_owned(),
            reason: "it panicked",
        }))
    }
}

impl Drop for FeedService {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Why a replay ended before its capture.
const STOPPED: &str = "stopped";

fn replay(
    storage: &FileStorage,
    handler: &mut Handler,
    factor: f64,
    stop: &AtomicBool,
    view: &Mutex<FeedView>,
) -> Result<(), FeedError> {
    let mut reader = CaptureReader::open(storage)?;
    if reader.format() != handler.arbiter().format() {
        return Err(FeedError::Setting {
            setting: "format",
            reason: format!("the capture holds packets of {:?}", reader.format()),
        });
    }
    let began = Instant::now();
    let (mut first, mut next_view) = (None, began);
    let visited = reader.visit(|entry| {
        let first = *first.get_or_insert(entry.now);
        let due = entry.now.saturating_sub(first).max(0) as f64 / factor;
        while factor > 0.0 && !stop.load(Ordering::Acquire) {
            let due = Duration::try_from_secs_f64(due / 1e9).unwrap_or(Duration::MAX);
            let left = due.saturating_sub(began.elapsed());
            if left.is_zero() {
                break;
            }
            handler.flush(entry.now)?;
            std::thread::sleep(left.min(PACE));
        }
        if stop.load(Ordering::Acquire) {
            return Err(FeedError::Setting {
                setting: STOPPED,
                reason: String::new(),
            });
        }
        handler.replay(entry);
        handler.flush(entry.now)?;
        if Instant::now() >= next_view {
            next_view = Instant::now() + VIEW;
            locked(view).refresh(handler, 0);
        }
        Ok(())
    });
    match visited {
        Err(FeedError::Setting {
            setting: STOPPED, ..
        }) => Ok(()),
        result => result,
    }
}
