//! What a session heard and said, kept and played again.
//!
//! A recording is `WBSR1\n` and entries: time (int64 ns UTC), kind (one byte), link (one byte), length
//! (uint32) and bytes, little-endian.

use wattbook_domain::Timestamp;

use crate::error::SessionError;
use crate::session::{Action, Input, Link, Session};
use crate::venue::{OrderEntry, VenueEvent};

const MAGIC: &[u8] = b"WBSR1\n";
const HEAD_BYTES: usize = 14;

/// What an entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// The edge told the session.
    Input(Input<'a>),
    /// The session sent these bytes.
    Sent(Link, &'a [u8]),
    /// The session was asked to log out.
    Stopped,
}

/// Takes a recording piece by piece, into a file say.
pub type Sink = Box<dyn FnMut(&[u8]) + Send>;

/// A session whose inputs and sent bytes are kept. Secrets are among what is sent: keep the recording
/// as you keep them.
pub struct Recorder {
    session: Box<dyn Session>,
    sink: Sink,
    now: Timestamp,
}

impl Recorder {
    /// Records `session` into `sink`.
    #[must_use]
    pub fn new(session: Box<dyn Session>, mut sink: Sink) -> Self {
        sink(MAGIC);
        Self {
            session,
            sink,
            now: Timestamp::EPOCH,
        }
    }

    fn add(&mut self, kind: u8, link: Link, bytes: &[u8]) {
        let mut head = self.now.nanos().to_le_bytes().to_vec();
        head.extend_from_slice(&[kind, link.0]);
        head.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        (self.sink)(&head);
        (self.sink)(bytes);
    }
}

impl Session for Recorder {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        self.now = now;
        match input {
            Input::Time => self.add(0, Link(0), &[]),
            Input::Connected(link) => self.add(1, link, &[]),
            Input::Received(link, bytes) => self.add(2, link, bytes),
            Input::Closed(link, reason) => self.add(3, link, reason.as_bytes()),
        }
        self.session.handle(now, input);
    }

    fn action(&mut self) -> Option<Action> {
        let action = self.session.action();
        if let Some(Action::Send(link, bytes)) = &action {
            self.add(4, *link, bytes);
        }
        action
    }

    fn event(&mut self) -> Option<VenueEvent> {
        self.session.event()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.session.deadline()
    }

    fn wants_input(&self) -> bool {
        self.session.wants_input()
    }

    /// What is asked is kept as what was sent; it is not asked again when the recording is played, so
    /// that a recording with order entry gives the events of a session that only listened.
    fn enter(&mut self, now: Timestamp, entry: &OrderEntry) {
        self.now = now;
        self.session.enter(now, entry);
    }

    fn stop(&mut self, now: Timestamp) {
        self.now = now;
        self.add(5, Link(0), &[]);
        self.session.stop(now);
    }
}

/// The entries of a recording, in order; the first fault ends them.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Entries<'a> {
    /// The entries of `recording`.
    ///
    /// # Errors
    /// [`SessionError::Protocol`] when it is none.
    pub fn new(recording: &'a [u8]) -> Result<Self, SessionError> {
        match recording.strip_prefix(MAGIC) {
            Some(rest) => Ok(Self {
                rest,
                offset: MAGIC.len() as u64,
            }),
            None => Err(fault(0, "no recording begins so".to_owned())),
        }
    }

    fn entry(&mut self) -> Result<Option<(Timestamp, Heard<'a>)>, SessionError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let cut = || fault(self.offset, "the recording ends within an entry".to_owned());
        let (head, rest) = self
            .rest
            .split_first_chunk::<HEAD_BYTES>()
            .ok_or_else(cut)?;
        let (time, head) = head.split_first_chunk::<8>().ok_or_else(cut)?;
        let &[kind, link, l0, l1, l2, l3] = head else {
            return Err(cut());
        };
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let (bytes, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        let link = Link(link);
        let told = match kind {
            0 => Heard::Input(Input::Time),
            1 => Heard::Input(Input::Connected(link)),
            2 => Heard::Input(Input::Received(link, bytes)),
            3 => {
                let reason = std::str::from_utf8(bytes);
                let reason = reason
                    .map_err(|_| fault(self.offset, "a reason that is not UTF-8".to_owned()))?;
                Heard::Input(Input::Closed(link, reason))
            }
            4 => Heard::Sent(link, bytes),
            5 => Heard::Stopped,
            kind => {
                return Err(fault(
                    self.offset,
                    format!("an entry of the unknown kind {kind}"),
                ));
            }
        };
        self.rest = rest;
        self.offset += (HEAD_BYTES + length) as u64;
        Ok(Some((
            Timestamp::from_nanos(i64::from_le_bytes(*time)),
            told,
        )))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<(Timestamp, Heard<'a>), SessionError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entry().transpose();
        if matches!(entry, Some(Err(_))) {
            self.rest = &[];
        }
        entry
    }
}

fn fault(offset: u64, reason: String) -> SessionError {
    SessionError::Protocol {
        protocol: "recording",
        offset,
        reason,
    }
}

/// What `session`, set up as the recorded one was, says to the inputs of `recording`, whose received
/// bytes come in chunks of at most `chunk_bytes`.
///
/// # Errors
/// [`SessionError::Protocol`] where the recording cannot be read.
pub fn replay(
    recording: &[u8],
    session: &mut dyn Session,
    chunk_bytes: usize,
) -> Result<Vec<VenueEvent>, SessionError> {
    let mut events = Vec::new();
    for entry in Entries::new(recording)? {
        let (now, heard) = entry?;
        match heard {
            Heard::Input(Input::Received(link, bytes)) => {
                for chunk in bytes.chunks(chunk_bytes.max(1)) {
                    session.handle(now, Input::Received(link, chunk));
                    drain(session, &mut events);
                }
            }
            Heard::Input(input) => session.handle(now, input),
            Heard::Stopped => session.stop(now),
            Heard::Sent(..) => {}
        }
        drain(session, &mut events);
    }
    Ok(events)
}

fn drain(session: &mut dyn Session, events: &mut Vec<VenueEvent>) {
    // What it sends was sent when it was recorded.
    while session.action().is_some() {}
    events.extend(std::iter::from_fn(|| session.event()));
    while session.action().is_some() {}
}
