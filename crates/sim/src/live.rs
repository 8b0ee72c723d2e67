//! The edge of a live run: what the engine routed goes out by FIX once it is durable, and what the
//! exchange answers comes in as inputs.

mod copies;
mod line;
mod link;
mod native;

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use wattbook_codec::fix::{Decoder, Frame};
use wattbook_domain::{Event, Input, InstrumentId, Timestamp};
use wattbook_gateway::fix::{Confirmer, FileStore, Initiator, InitiatorConfig, TlsPeer};
use wattbook_session::adapter::{AdapterTold, VenueAdapter};
use wattbook_session::fix::orders::{InDoubt, OrderDesk};
use wattbook_session::fix::{
    MessageStore, Rate, Role, Schedule, Session, SessionConfig, SessionId, StoreError, Version,
};

use crate::backtest::{Backtest, Outward};
use crate::error::SimError;
use crate::venue::Arrival;

pub use copies::CopyConfig;
pub use native::{NativeVenue, Period};

use copies::{DropCopy, Finding};
use line::{DeskLine, Place, Shared, What};

/// Why a run cannot go on with its exchange.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The session's store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal failed.
    #[error(transparent)]
    Run(#[from] SimError),
    /// The session's store is gone, but the run has orders.
    #[error(
        "{path:?} holds no message, but the journal has {open} orders that have not ended: nothing \
         tells which of them reached the exchange; put the file back, or settle them with the \
         exchange and begin another run"
    )]
    StoreGone {
        /// The store.
        path: PathBuf,
        /// Orders that have not ended.
        open: usize,
    },
    /// The session has ended for good.
    #[error("the session with the exchange has ended: {0}; mend it, then go on with --resume")]
    Ended(String),
}

/// The file beside the session's store in which an operator names what is to be released.
pub const RELEASE: &str = "release";

/// Whom a run trades with, and as whom.
#[derive(Debug, Clone)]
pub struct LiveConfig {
    /// The exchange's.
    pub address: SocketAddr,
    /// Our `SenderCompID` (49).
    pub sender: String,
    /// The exchange's `TargetCompID` (56).
    pub target: String,
    /// `HeartBtInt` (108), s.
    pub heartbeat_seconds: u32,
    /// Begins each `ClOrdID` (11) of the run; no other run of the day may have it.
    pub tag: String,
    /// File of sequence numbers and sent messages.
    pub store: PathBuf,
    /// Whom to speak TLS 1.3 with; none for a connection that is not encrypted.
    pub tls: Option<TlsPeer>,
    /// How many application messages the exchange takes; the rest waits. Any number without.
    pub rate: Option<Rate>,
    /// The hours of the session, after which both sides begin at 1; always without.
    pub schedule: Option<Schedule>,
    /// Copies of its reports by another way; none without.
    pub drop_copy: Option<CopyConfig>,
}

/// A message of the exchange that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Why.
    pub reason: String,
    /// The message, `|` in place of the separator.
    pub message: String,
}

/// Where the connection to the exchange stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LiveStatus {
    /// Both sides are logged on.
    pub is_logged_on: bool,
    /// Orders that have not ended, as far as the exchange has told.
    pub open_orders: usize,
    /// Requests sent by this process.
    pub sent: u64,
    /// Routed and waiting for their turn, or for a logon.
    pub waiting: usize,
    /// Reports taken over.
    pub reports: u64,
    /// Reports that were told before, and dropped.
    pub repeated: u64,
    /// Messages set aside.
    pub set_aside: u64,
    /// Logons so far.
    pub logons: u64,
    /// How the last connection ended, or why there was none.
    pub last_end: Option<String>,
    /// There will be no other connection.
    pub has_ended: bool,
    /// The drop copy, where there is one.
    pub copies: Option<CopyStatus>,
}

/// Where the drop copy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyStatus {
    /// Both sides are logged on.
    pub is_logged_on: bool,
    /// Reports that came by it in this process.
    pub copies: u64,
    /// Fills that only one side has told so far.
    pub unmatched: usize,
}

/// An exchange that a run trades with.
#[derive(Debug)]
pub struct LiveVenue {
    shared: Arc<Mutex<Shared>>,
    address: SocketAddr,
    tls: Option<TlsPeer>,
    session: Option<Session<FileStore>>,
    initiator: Option<Initiator>,
    confirmer: Confirmer,
    drop_copy: Option<DropCopy>,
    /// What was found out between two calls of `receive`.
    found: Vec<Finding>,
    /// `ClOrdID`s of everything that was ever sent.
    sent: HashSet<String>,
    /// The session's store had nothing in it.
    is_empty: bool,
    store: PathBuf,
    /// The last message of the exchange that was handed to the run.
    taken: Place,
    confirmed: Place,
}

impl LiveVenue {
    /// Opens the session's store; `symbols` are the exchange's names of what is traded. A store
    /// without messages makes both sides begin at 1.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(
        config: LiveConfig,
        symbols: impl IntoIterator<Item = (InstrumentId, String)>,
    ) -> Result<Self, StoreError> {
        let id = SessionId {
            version: Version::Fix44,
            sender: config.sender,
            target: config.target,
        };
        let mut settings = SessionConfig::new(id, Role::Initiator);
        settings.heartbeat_seconds = config.heartbeat_seconds;
        settings.schedule = config.schedule;
        let store = FileStore::open(&config.store)?;
        let confirmer = store.confirmer();
        let (is_new, is_empty) = (store.is_new(), store.is_empty());
        let (sent, numbers) = sent_before(&store)?;
        let taken = Place {
            resets: confirmer.resets(),
            sequence: store.next_in() - 1,
        };
        let symbols: Vec<(InstrumentId, String)> = symbols.into_iter().collect();
        let drop_copy = config.drop_copy.map(|copies| {
            let names = symbols.iter().map(|(number, name)| (name.clone(), *number));
            DropCopy::open(copies, config.heartbeat_seconds, names.collect())
        });
        let desk = OrderDesk::new(config.tag, symbols);
        let shared = Shared::new(desk, numbers, taken.resets, config.rate);
        let mut session = Session::new(settings, store);
        if is_new {
            session.reset_once();
        }
        Ok(Self {
            shared: Arc::new(Mutex::new(shared)),
            address: config.address,
            tls: config.tls,
            session: Some(session),
            initiator: None,
            confirmer,
            drop_copy: drop_copy.transpose()?,
            found: Vec::new(),
            sent,
            is_empty,
            store: config.store,
            taken,
            confirmed: taken,
        })
    }

    /// Takes over what a resumed run has met of its journal, at `now`: what was routed but never left
    /// the earlier process is refused.
    ///
    /// # Errors
    /// [`LiveError::StoreGone`]: what left cannot be told.
    pub fn resume(&mut self, backtest: &mut Backtest, now: Timestamp) -> Result<(), LiveError> {
        let mut shared = locked(&self.shared);
        for outward in backtest.take_outward() {
            match outward {
                // One that was taken back and whose end is not in the journal counts as one that never left.
                Outward::Routed(event) | Outward::Withdrawn(event) => {
                    drop(shared.desk.routed(&event));
                }
                Outward::Reported(report) => shared.desk.apply(&report),
                Outward::Booked(filled) => {
                    let copies = self.drop_copy.as_mut();
                    let found = copies.and_then(|copies| copies.booked(&filled));
                    self.found.extend(found);
                }
            }
        }
        let open = shared.desk.open();
        if self.is_empty && open > 0 {
            let path = self.store.clone();
            return Err(LiveError::StoreGone { path, open });
        }
        for report in shared.desk.never_sent(&self.sent) {
            backtest.receive(Arrival {
                ts_event: now,
                ts_recv: now,
                input: Input::Report(report),
            });
        }
        Ok(())
    }

    /// Connects, and again whenever the connection is lost.
    pub fn connect(&mut self) {
        let Some(session) = self.session.take() else {
            return;
        };
        let line = DeskLine::new(Arc::clone(&self.shared), self.confirmer.clone());
        let shared = Arc::clone(&self.shared);
        let on_end = move |ended: &wattbook_gateway::fix::Ended| {
            let mut shared = locked(&shared);
            shared.status.last_end = Some(ended.to_string());
            shared.status.has_ended = ended.is_final();
        };
        let mut config = InitiatorConfig::new(self.address);
        config.tls = self.tls.take();
        config.log = Some(self.store.with_extension("log"));
        self.initiator = Some(Initiator::start(config, session, line, on_end));
        if let Some(copies) = &mut self.drop_copy {
            copies.connect();
        }
    }

    /// Hands what has come to `backtest`, whose clock stands at `now` and runs `speed` times as fast as
    /// time does; returns what was set aside.
    ///
    /// # Errors
    /// [`LiveError::Run`]: the journal failed.
    pub fn receive(
        &mut self,
        backtest: &mut Backtest,
        now: Timestamp,
        speed: f64,
    ) -> Result<Vec<Aside>, LiveError> {
        let mut aside = Vec::new();
        let incoming = locked(&self.shared).take();
        let read = Instant::now();
        for came in incoming {
            if let Some(place) = came.place {
                self.taken = self.taken.max(place);
            }
            let waited = read.saturating_duration_since(came.at).as_nanos() as f64;
            let ts_recv = now.plus_nanos(-((waited * speed) as i64));
            match came.what {
                What::Input(input, ts_event) => {
                    backtest.receive(Arrival {
                        ts_event: ts_event.unwrap_or(ts_recv),
                        ts_recv,
                        input,
                    });
                }
                What::Aside(message) => aside.push(message),
            }
        }
        aside.extend(self.release(backtest, now)?);
        let mut found = self.freeze_in_doubt(backtest, now)?;
        found.extend(self.reconcile(backtest, now)?);
        locked(&self.shared).status.set_aside += found.len() as u64;
        aside.extend(found);
        Ok(aside)
    }

    /// Releases the instruments that [`RELEASE`] beside the store names, each on a line of its own.
    fn release(&self, backtest: &mut Backtest, now: Timestamp) -> Result<Vec<Aside>, LiveError> {
        let path = self.store.with_file_name(RELEASE);
        let Ok(text) = std::fs::read_to_string(&path) else {
            return Ok(Vec::new());
        };
        let mut aside = Vec::new();
        for symbol in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let found = locked(&self.shared).desk.instrument(symbol);
            let reason = match found {
                Some(instrument) if backtest.engine().gate().is_frozen(instrument) => {
                    backtest.freeze(now, instrument, false)?;
                    format!("{symbol} (instrument {instrument}) is released")
                }
                Some(_) => format!("{symbol} is not frozen: there is nothing to release"),
                None => format!("{symbol:?} is not traded in this run: nothing is released"),
            };
            let message = String::new();
            aside.push(Aside { reason, message });
        }
        // Only now: what a process that ends here has done is done once more, which changes nothing.
        if let Err(error) = std::fs::remove_file(&path) {
            return Err(StoreError(format!("{}: {error}", path.display())).into());
        }
        Ok(aside)
    }

    /// Freezes the instruments of orders and fills that this run cannot book: the position there is not
    /// the one here until somebody has looked.
    fn freeze_in_doubt(
        &self,
        backtest: &mut Backtest,
        now: Timestamp,
    ) -> Result<Vec<Aside>, LiveError> {
        let found = locked(&self.shared).desk.take_in_doubt();
        let mut aside = Vec::new();
        for InDoubt { instrument, reason } in found {
            let symbol = locked(&self.shared).desk.symbol(instrument);
            aside.push(freeze(backtest, now, (instrument, &symbol), &reason)?);
        }
        Ok(aside)
    }

    /// Asks the exchange to take back the order with `ClOrdID` (11) `id`, which it has told of and this
    /// run does not work; `false` where it has told of no such open order.
    pub fn cancel_foreign(&mut self, id: &str, now: Timestamp) -> bool {
        locked(&self.shared).cancel_foreign(id, now)
    }

    /// Holds what was booked against the drop copy; an instrument in which they differ is frozen.
    fn reconcile(
        &mut self,
        backtest: &mut Backtest,
        now: Timestamp,
    ) -> Result<Vec<Aside>, LiveError> {
        let Some(copies) = &mut self.drop_copy else {
            return Ok(Vec::new());
        };
        let trades = locked(&self.shared).status.is_logged_on;
        let mut found = std::mem::take(&mut self.found);
        found.extend(copies.look(trades));
        let mut aside = Vec::new();
        for finding in found {
            aside.push(match finding {
                Finding::Aside(message) => message,
                Finding::Freeze(instrument, why) => {
                    let symbol = locked(&self.shared).desk.symbol(instrument);
                    freeze(backtest, now, (instrument, &symbol), &why)?
                }
            });
        }
        Ok(aside)
    }

    /// Sends what `backtest` has routed and committed. While nobody is logged on, cancels wait and the
    /// rest is refused. Messages of the exchange whose inputs are durable need not come again.
    ///
    /// # Errors
    /// [`LiveError`]: the session is over.
    pub fn send(&mut self, backtest: &mut Backtest) -> Result<(), LiveError> {
        let outward = backtest.take_outward();
        let mut shared = locked(&self.shared);
        for outward in outward {
            match outward {
                Outward::Routed(event) => shared.route(event),
                Outward::Withdrawn(event) => shared.withdraw(&event),
                Outward::Booked(filled) => {
                    let copies = self.drop_copy.as_mut();
                    let found = copies.and_then(|copies| copies.booked(&filled));
                    self.found.extend(found);
                }
                Outward::Reported(_) => {}
            }
        }
        let ended = shared.status.last_end.clone();
        let ended = ended.filter(|_| shared.status.has_ended);
        drop(shared);
        if backtest.has_met_all() && self.taken > self.confirmed {
            let Place { resets, sequence } = self.taken;
            self.confirmer.confirm(resets, sequence + 1)?;
            self.confirmed = self.taken;
        }
        ended.map_or(Ok(()), |why| Err(LiveError::Ended(why)))
    }

    /// Whether everything routed was sent and answered, and every answer taken.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let shared = locked(&self.shared);
        shared.is_empty() && shared.desk.open() == 0
    }

    /// Where the connection stands.
    #[must_use]
    pub fn status(&self) -> LiveStatus {
        let shared = locked(&self.shared);
        LiveStatus {
            open_orders: shared.desk.open(),
            waiting: shared.outgoing.len(),
            copies: self.drop_copy.as_ref().map(|copies| {
                let (is_logged_on, copies, unmatched) = copies.status();
                CopyStatus {
                    is_logged_on,
                    copies,
                    unmatched,
                }
            }),
            ..shared.status.clone()
        }
    }

    /// Logs out and waits until the connection has ended.
    pub fn stop(&mut self) {
        self.initiator = None;
        if let Some(copies) = &mut self.drop_copy {
            copies.stop();
        }
    }
}

impl VenueAdapter for LiveVenue {
    fn connect(&mut self) {
        Self::connect(self);
    }

    fn route(&mut self, event: &Event) {
        locked(&self.shared).route(event.clone());
    }

    fn take(&mut self, _now: Timestamp) -> Vec<AdapterTold> {
        let came = locked(&self.shared).take().into_iter();
        let told = came.filter_map(|came| match came.what {
            What::Input(Input::Report(report), at) => Some(AdapterTold::Report(report, at)),
            What::Input(..) => None,
            What::Aside(Aside { reason, message }) => Some(AdapterTold::Aside { reason, message }),
        });
        told.collect()
    }

    fn is_connected(&self) -> bool {
        self.status().is_logged_on
    }

    fn stop(&mut self) {
        Self::stop(self);
    }
}

/// The `ClOrdID` (11) of every message that was ever sent, and by number those since the last reset.
fn sent_before(store: &FileStore) -> Result<(HashSet<String>, BTreeMap<u64, String>), StoreError> {
    let (mut sent, mut numbers) = (HashSet::new(), BTreeMap::new());
    let mut decoder = Decoder::default();
    for kept in store.kept() {
        let (number, frame) = kept?;
        if let Some(Frame::Message(message)) = decoder.last_frames(&frame).next()
            && let Some(id) = message.get(11).and_then(|id| id.text().ok())
        {
            numbers.extend(number.map(|number| (number, id.to_owned())));
            sent.insert(id.to_owned());
        }
    }
    Ok((sent, numbers))
}

/// Freezes an instrument for `reason`. Where it is frozen already the reason is told all the same: who
/// releases it must know of both.
fn freeze(
    backtest: &mut Backtest,
    now: Timestamp,
    (instrument, symbol): (InstrumentId, &str),
    reason: &str,
) -> Result<Aside, LiveError> {
    let was_frozen = backtest.engine().gate().is_frozen(instrument);
    if !was_frozen {
        backtest.freeze(now, instrument, true)?;
    }
    let state = if was_frozen {
        "stays frozen"
    } else {
        "is frozen"
    };
    Ok(Aside {
        reason: format!("{symbol} (instrument {instrument}) {state}: {reason}"),
        message: String::new(),
    })
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // The other thread has told of its panic; what it left is whole between two messages.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
