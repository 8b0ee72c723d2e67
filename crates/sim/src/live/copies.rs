//! The drop copy of a live run: a session of its own, whose fills are held against those booked.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wattbook_codec::fix::Message;
use wattbook_domain::InstrumentId;
use wattbook_domain::event::Filled;
use wattbook_gateway::fix::{FileStore, Initiator, InitiatorConfig, TlsPeer};
use wattbook_session::fix::orders::{Copied, CopiedFill, Disagreement, Reconciler, Teller};
use wattbook_session::fix::{
    Application, BusinessReason, Declined, MessageStore, Outbox, Role, Session, SessionConfig,
    SessionId, StoreError, Version,
};

use super::Aside;

/// How many times the patience a fill may be missing while copies keep coming.
const BUSY: u32 = 12;

/// Whom a run takes copies of its reports from.
#[derive(Debug, Clone)]
pub struct CopyConfig {
    /// Where copies are served.
    pub address: SocketAddr,
    /// Our `SenderCompID` (49) there.
    pub sender: String,
    /// The server's `TargetCompID` (56).
    pub target: String,
    /// File of the session's numbers. What came is never noted as taken: the server sends the whole
    /// day again to each process, which holds it against the whole journal.
    pub store: PathBuf,
    /// Whom to speak TLS 1.3 with; none for a connection that is not encrypted.
    pub tls: Option<TlsPeer>,
    /// How long one side may lack what the other tells.
    pub patience: Duration,
}

/// What the thread of the copies hands over.
#[derive(Debug, Default)]
struct Shared {
    came: VecDeque<Result<Copied, Aside>>,
    logged_on: Option<Instant>,
    /// When the last copy came.
    last: Option<Instant>,
    copies: u64,
}

/// What a look at the copies has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// Trade no more in this instrument, for this reason.
    Freeze(InstrumentId, String),
    /// Set aside.
    Aside(Aside),
}

#[derive(Debug)]
pub(super) struct DropCopy {
    shared: Arc<Mutex<Shared>>,
    address: SocketAddr,
    tls: Option<TlsPeer>,
    store: PathBuf,
    session: Option<Session<FileStore>>,
    initiator: Option<Initiator>,
    instruments: BTreeMap<String, InstrumentId>,
    reconciler: Reconciler,
    patience: Duration,
    began: Instant,
    was_on: bool,
}

impl DropCopy {
    pub(super) fn open(
        config: CopyConfig,
        heartbeat_seconds: u32,
        instruments: BTreeMap<String, InstrumentId>,
    ) -> Result<Self, StoreError> {
        let id = SessionId {
            version: Version::Fix44,
            sender: config.sender,
            target: config.target,
        };
        let mut settings = SessionConfig::new(id, Role::Initiator);
        settings.heartbeat_seconds = heartbeat_seconds;
        let store = FileStore::open(&config.store)?;
        // Nothing is sent over it that would be kept, and nothing noted as taken: only a reset is.
        let is_new = store.confirmer().resets() == 0;
        let mut session = Session::new(settings, store);
        if is_new {
            // A run that begins has nothing to do with what was copied before.
            session.reset_once();
        }
        Ok(Self {
            shared: Arc::default(),
            address: config.address,
            tls: config.tls,
            store: config.store,
            session: Some(session),
            initiator: None,
            instruments,
            reconciler: Reconciler::default(),
            patience: config.patience,
            began: Instant::now(),
            was_on: false,
        })
    }

    pub(super) fn connect(&mut self) {
        let Some(session) = self.session.take() else {
            return;
        };
        let mut config = InitiatorConfig::new(self.address);
        config.tls = self.tls.take();
        config.log = Some(self.store.with_extension("log"));
        let line = CopyLine(Arc::clone(&self.shared));
        self.initiator = Some(Initiator::start(config, session, line, |_| {}));
    }

    /// Takes a fill that the engine has booked.
    pub(super) fn booked(&mut self, filled: &Filled) -> Option<Finding> {
        let fill = CopiedFill {
            trade: filled.trade,
            side: filled.side,
            price: filled.price,
            volume: filled.volume,
        };
        self.take(Teller::Book, filled.instrument, fill)
    }

    fn take(
        &mut self,
        teller: Teller,
        instrument: InstrumentId,
        fill: CopiedFill,
    ) -> Option<Finding> {
        let now = self.began.elapsed();
        let found = self.reconciler.take(teller, instrument, fill, now)?;
        Some(freeze(instrument, &found))
    }

    /// What the copies have shown since the last look; `trades` tells whether the line of the orders
    /// is up. Nothing is missing while a line is down: it may bring what is missed.
    pub(super) fn look(&mut self, trades: bool) -> Vec<Finding> {
        let (came, logged_on, last) = {
            let mut shared = locked(&self.shared);
            let came = std::mem::take(&mut shared.came);
            (came, shared.logged_on, shared.last)
        };
        let mut found = Vec::new();
        for one in came {
            let one = match one {
                Ok(copied) => self.copied(copied),
                Err(aside) => Some(Finding::Aside(aside)),
            };
            found.extend(one);
        }
        let now = self.began.elapsed();
        let is_on = trades && logged_on.is_some();
        if is_on && !self.was_on {
            self.reconciler.wait_anew(now);
        }
        self.was_on = is_on;
        // A day that is being sent again comes in order, the latest fills last; a market that never
        // rests has no quiet moment.
        let is_quiet = last.is_none_or(|last| last.elapsed() >= self.patience);
        let patience = self.patience * if is_quiet { 1 } else { BUSY };
        if is_on {
            let due = self.reconciler.due(now, patience);
            found.extend(due.iter().map(|(instrument, one)| freeze(*instrument, one)));
        }
        found
    }

    fn copied(&mut self, copied: Copied) -> Option<Finding> {
        match copied {
            Copied::Nothing => None,
            Copied::Fill { symbol, fill } => match self.instruments.get(&symbol) {
                Some(instrument) => self.take(Teller::Copy, *instrument, fill),
                None => Some(Finding::Aside(Aside {
                    reason: format!(
                        "the drop copy tells of a fill of {symbol:?}, which this run does not trade"
                    ),
                    message: format!("{fill:?}"),
                })),
            },
            Copied::Changed { symbol, execution } => {
                let reason = format!(
                    "the drop copy tells that a trade was corrected or busted ({execution})"
                );
                match self.instruments.get(&symbol) {
                    Some(instrument) => Some(Finding::Freeze(*instrument, reason)),
                    None => Some(Finding::Aside(Aside {
                        reason,
                        message: symbol,
                    })),
                }
            }
        }
    }

    /// Whether both sides are logged on, copies so far, fills that only one side has told.
    pub(super) fn status(&self) -> (bool, u64, usize) {
        let shared = locked(&self.shared);
        let waiting = self.reconciler.waiting();
        (shared.logged_on.is_some(), shared.copies, waiting)
    }

    pub(super) fn stop(&mut self) {
        self.initiator = None;
    }
}

fn freeze(instrument: InstrumentId, found: &Disagreement) -> Finding {
    Finding::Freeze(instrument, found.to_string())
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // The other thread has told of its panic; what it left is whole between two messages.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The run's end of the line of the copies.
#[derive(Debug)]
struct CopyLine(Arc<Mutex<Shared>>);

impl<S: MessageStore> Application<S> for CopyLine {
    fn on_logon(&mut self) {
        locked(&self.0).logged_on = Some(Instant::now());
    }

    fn on_message(
        &mut self,
        message: &Message<'_>,
        _outbox: &mut Outbox<S>,
    ) -> Result<(), Declined> {
        if !matches!(message.msg_type(), b"8" | b"9") {
            return Err(Declined::Business(BusinessReason::UnsupportedMessageType));
        }
        let copied = Copied::read(message).map_err(|fault| Aside {
            reason: format!("drop copy: {fault}"),
            message: String::from_utf8_lossy(message.bytes()).replace('\u{1}', "|"),
        });
        let mut shared = locked(&self.0);
        shared.last = Some(Instant::now());
        shared.copies += 1;
        shared.came.push_back(copied);
        Ok(())
    }

    fn on_disconnect(&mut self) {
        locked(&self.0).logged_on = None;
    }
}
