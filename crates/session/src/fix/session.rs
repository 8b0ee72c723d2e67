//! The state machine of a session: bytes and time in, bytes and events out.

use wattbook_codec::fix::{Decoder, Defaults, Frame, Garbled, Message};
use wattbook_domain::Timestamp;

use super::config::{Role, SECOND_NS, SessionConfig};
use super::events::{Events, SessionEvent};
use super::held::Held;
use super::outbox::{Outbox, SessionError};
use super::rate::RateLimit;
use super::reject::BusinessReason;
use super::store::MessageStore;

/// What takes the application messages of a session, each once and in their order.
pub trait Application<S> {
    /// Notes that both sides are logged on; ids that need be unique within a logon begin anew.
    fn on_logon(&mut self) {}

    /// Takes a message and may send others.
    ///
    /// # Errors
    /// Why it takes no part in it; the session then sends a Business Message Reject (35=j).
    fn on_message(&mut self, message: &Message<'_>, outbox: &mut Outbox<S>)
    -> Result<(), Declined>;

    /// Notes that both sides begin at 1: numbers of messages before mean nothing any more.
    fn on_reset(&mut self) {}

    /// Notes that the other side refused a message of ours with `reject` (35=3), which names it in
    /// `RefSeqNum` (45).
    fn on_reject(&mut self, reject: &Message<'_>) {
        let _ = reject;
    }

    /// Sends what the application has to say by itself; both sides are logged on.
    ///
    /// # Errors
    /// [`SessionError`]: the session must then be closed.
    fn on_time(&mut self, outbox: &mut Outbox<S>) -> Result<(), SessionError> {
        let _ = outbox;
        Ok(())
    }

    /// How often [`Self::on_time`] is to be called, in ns; none for an application that only answers.
    fn interval_ns(&self) -> Option<i64> {
        None
    }

    /// Notes that the connection has ended.
    fn on_disconnect(&mut self) {}
}

/// An application's refusal of a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Declined {
    /// Told to the other side.
    #[error("declined: {}", .0.text())]
    Business(BusinessReason),
    /// The answer could not be sent.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// Why a session closes its connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Closed {
    /// Both sides have logged out; what the other side said of it, or nothing.
    #[error("logged out{}{text}", if text.is_empty() { "" } else { ": " })]
    LoggedOut {
        /// `Text` (58) of its Logout.
        text: String,
    },
    /// The other side closed the connection.
    #[error("the connection was closed by the other side")]
    ByPeer,
    /// The first message is no Logon that this session can take.
    #[error("no logon: {0}")]
    NoLogon(String),
    /// A message that the state does not allow.
    #[error("message type {0:?} is not allowed before logon or after logout")]
    NotAllowed(String),
    /// The number of a message was seen before, and it is not marked as a possible duplicate.
    #[error("{0}")]
    SequenceTooLow(String),
    /// A message without a usable `MsgSeqNum` (34).
    #[error("a message came without MsgSeqNum (34)")]
    NoSequence,
    /// The hours of the session are over, or have not begun.
    #[error("outside the hours of this session")]
    OutOfHours,
    /// Nothing came for too long.
    #[error("no {0} came in time")]
    TimedOut(&'static str),
}

/// How far logon and logout have come on this connection.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each comes true on its own")]
pub(super) struct Progress {
    pub(super) logon_sent: bool,
    pub(super) logon_received: bool,
    pub(super) reset_sent: bool,
    pub(super) reset_received: bool,
    /// What the other side's logon made the versions of messages that say none; FIXT 1.1.
    pub(super) application: Option<Defaults>,
    /// When our logout went out.
    pub(super) logout_sent: Option<Timestamp>,
}

/// A session of one connection after another; its store outlives them.
#[derive(Debug)]
pub struct Session<S> {
    pub(super) config: SessionConfig,
    pub(super) outbox: Outbox<S>,
    pub(super) progress: Progress,
    pub(super) heartbeat_ns: i64,
    pub(super) connected: Timestamp,
    pub(super) last_received: Timestamp,
    /// Test requests that are not answered yet.
    pub(super) tests_sent: i64,
    /// The number that ends the messages which were asked for again.
    pub(super) missing_until: Option<u64>,
    pub(super) held: Held,
    /// The message at hand waited for its turn.
    pub(super) is_taking_held: bool,
    /// First and last number of what is still to be sent again.
    pub(super) repeating: Option<(u64, u64)>,
    pub(super) events: Events,
    pub(super) closed: Option<Closed>,
    /// Logons reset both sides until one is answered.
    pub(super) resets_once: bool,
    /// The application is to be told at the next logon that both sides have begun at 1.
    pub(super) has_begun_anew: bool,
    /// What has come, where that is limited; a later connection goes on counting.
    pub(super) taken: Option<RateLimit>,
    /// When the hours end that this connection came in.
    period_end: Option<Timestamp>,
}

impl<S: MessageStore> Session<S> {
    /// A session that goes on where `store` stands.
    #[must_use]
    pub fn new(config: SessionConfig, store: S) -> Self {
        Self {
            outbox: Outbox::new(config.id.clone(), store),
            heartbeat_ns: i64::from(config.heartbeat_seconds) * SECOND_NS,
            held: Held::new(config.held_bytes_max),
            events: Events::new(config.events_max),
            taken: config.taken.map(|(rate, _)| RateLimit::new(rate)),
            config,
            progress: Progress::default(),
            connected: Timestamp::EPOCH,
            last_received: Timestamp::EPOCH,
            tests_sent: 0,
            missing_until: None,
            is_taking_held: false,
            repeating: None,
            closed: Some(Closed::ByPeer),
            resets_once: false,
            has_begun_anew: false,
            period_end: None,
        }
    }

    /// The session that behaves as `config` says and goes on with the numbers of this one, which is not
    /// connected.
    #[must_use]
    pub fn reconfigured(self, config: SessionConfig) -> Self {
        Self::new(config, self.outbox.store)
    }

    /// Begins a connection; an initiator logs on.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn connect(&mut self, now: Timestamp) -> Result<(), SessionError> {
        self.progress = Progress::default();
        self.connected = now;
        self.outbox.now = now;
        self.last_received = now;
        self.outbox.last_sent = now;
        self.tests_sent = 0;
        self.missing_until = None;
        self.held.clear();
        self.repeating = None;
        self.outbox.clear();
        self.closed = None;
        self.period_end = None;
        if let Some(schedule) = &self.config.schedule {
            let Some(period) = schedule.period(now) else {
                self.close(Closed::OutOfHours);
                return Ok(());
            };
            self.period_end = Some(period.end);
            self.has_begun_anew |= self.outbox.store.begin_period(period.start)?;
        }
        if self.config.role == Role::Initiator {
            if self.config.resets_on_logon || self.resets_once {
                self.outbox.store.reset()?;
                self.progress.reset_sent = true;
            }
            self.send_logon()?;
        }
        Ok(())
    }

    /// Takes the bytes that came and returns how many are done with; the rest is the beginning of a
    /// frame, or what waits until there [is room](Self::has_room), and belongs before the bytes that
    /// come next.
    ///
    /// # Errors
    /// [`SessionError`]: the session must then be closed.
    pub fn receive(
        &mut self,
        decoder: &mut Decoder,
        bytes: &[u8],
        now: Timestamp,
        application: &mut impl Application<S>,
    ) -> Result<usize, SessionError> {
        self.outbox.now = now;
        self.repeat()?;
        self.take_held(application)?;
        let mut frames = decoder.frames(bytes);
        while self.closed.is_none() && self.has_room() {
            let Some(frame) = frames.next() else { break };
            match frame {
                Frame::Message(message) => self.take(&message, application)?,
                Frame::Skipped(part) => self.pass_over(part.bytes, part.reason),
            }
        }
        Ok(frames.offset())
    }

    /// Takes one message, and then those that waited for it.
    ///
    /// # Errors
    /// [`SessionError`]: the session must then be closed.
    pub fn take(
        &mut self,
        message: &Message<'_>,
        application: &mut impl Application<S>,
    ) -> Result<(), SessionError> {
        self.process(message, application)?;
        self.take_held(application)
    }

    /// Takes the messages that waited for their turn, while there is room for what they cause.
    fn take_held(&mut self, application: &mut impl Application<S>) -> Result<(), SessionError> {
        let mut decoder = None;
        while self.closed.is_none() && self.has_room() {
            let Some(frame) = self.held.remove(self.outbox.store.next_in()) else {
                break;
            };
            // Only after a gap; a decoder takes its memory when it reads.
            let decoder = decoder.get_or_insert_with(Decoder::default);
            if let Some(Frame::Message(held)) = decoder.last_frames(&frame).next() {
                self.process_held(&held, application)?;
            }
        }
        Ok(())
    }

    /// Sends again what was asked for, as much as there is room for.
    pub(super) fn repeat(&mut self) -> Result<(), SessionError> {
        if let Some((from, to)) = self.repeating.take()
            && self.closed.is_none()
        {
            let bytes_max = self.config.send_bytes_max;
            let next = self.outbox.send_again(from, to, bytes_max)?;
            self.repeating = (next <= to).then_some((next, to));
        }
        Ok(())
    }

    /// Whether the session takes messages: what it is to send is less than it may keep, and nothing
    /// that is to be sent again waits. Where it is not, send what there is and call
    /// [`Self::receive`] again.
    #[must_use]
    pub const fn has_room(&self) -> bool {
        self.repeating.is_none() && self.outbox.has_room(self.config.send_bytes_max)
    }

    /// Ignores what is no message (FIX 4.4, volume 2, "Garbled message"); nothing but a logon may
    /// come first, so before one it ends the connection.
    fn pass_over(&mut self, bytes: usize, reason: Garbled) {
        self.events.push(SessionEvent::Garbled { bytes, reason });
        if !self.progress.logon_received && self.config.role == Role::Acceptor {
            self.close(Closed::NoLogon(reason.to_string()));
        }
    }

    /// Lets time go on: heartbeats, test requests, and what was waited for too long.
    ///
    /// # Errors
    /// [`SessionError`]: the session must then be closed.
    pub fn tick(&mut self, now: Timestamp) -> Result<(), SessionError> {
        self.outbox.now = now;
        if self.closed.is_some() {
            return Ok(());
        }
        self.not_after(now);
        if self.period_end.is_some_and(|end| now >= end) && self.progress.logout_sent.is_none() {
            if !self.is_logged_on() {
                self.close(Closed::OutOfHours);
                return Ok(());
            }
            self.send_logout("the hours of this session are over")?;
        }
        if !self.progress.logon_received {
            if since(self.connected, now) >= self.config.logon_timeout_ns {
                self.close(Closed::TimedOut("logon"));
            }
            return Ok(());
        }
        if let Some(sent) = self.progress.logout_sent
            && since(sent, now) >= self.config.logout_timeout_ns
        {
            self.close(Closed::TimedOut("logout"));
            return Ok(());
        }
        if self.heartbeat_ns == 0 {
            return Ok(());
        }
        let silent = since(self.last_received, now);
        // A fifth of the interval is the "reasonable transmission time" of FIX 4.4, volume 2,
        // "Heartbeat"; the test request has as long again for its answer, and no heartbeat follows
        // it: what comes next on a silent line is its answer or the end.
        if silent >= self.heartbeat_ns * 12 / 5 {
            self.close(Closed::TimedOut("heartbeat"));
            return Ok(());
        }
        if self.tests_sent == 0 && since(self.outbox.last_sent, now) >= self.heartbeat_ns {
            self.outbox.administer("0", &[], |_| {})?;
        }
        if silent >= self.heartbeat_ns * 6 / 5 * (self.tests_sent + 1) {
            self.tests_sent += 1;
            self.outbox.administer("1", &[], |body| {
                body.text(112, "TEST");
            })?;
        }
        Ok(())
    }

    /// Counts from `now` what lies after it: a clock that was set back would hold heartbeats and
    /// timeouts up for as long as it was set back.
    fn not_after(&mut self, now: Timestamp) {
        let progress = &mut self.progress;
        for at in [
            &mut self.connected,
            &mut self.last_received,
            &mut self.outbox.last_sent,
        ] {
            *at = now.min(*at);
        }
        progress.logout_sent = progress.logout_sent.map(|sent| now.min(sent));
    }

    /// Lets `application` say what it has to say by itself, while both sides are logged on.
    ///
    /// # Errors
    /// [`SessionError`]: the session must then be closed.
    pub fn poll(
        &mut self,
        now: Timestamp,
        application: &mut impl Application<S>,
    ) -> Result<(), SessionError> {
        self.outbox.now = now;
        if self.is_logged_on() && self.has_room() {
            application.on_time(&mut self.outbox)?;
        }
        Ok(())
    }

    /// When [`Self::tick`] next has something to do, at the latest.
    #[must_use]
    pub fn next_tick(&self) -> Option<Timestamp> {
        if self.closed.is_some() {
            return None;
        }
        let after = |from: Timestamp, ns: i64| from.nanos().saturating_add(ns);
        let mut next = i64::MAX;
        if !self.progress.logon_received {
            next = after(self.connected, self.config.logon_timeout_ns);
        } else if self.heartbeat_ns > 0 {
            let tests = (self.tests_sent + 1).min(2);
            next = after(self.last_received, self.heartbeat_ns * 6 / 5 * tests);
            if self.tests_sent == 0 {
                next = next.min(after(self.outbox.last_sent, self.heartbeat_ns));
            }
        }
        if let Some(sent) = self.progress.logout_sent {
            next = next.min(after(sent, self.config.logout_timeout_ns));
        } else if let Some(end) = self.period_end {
            next = next.min(end.nanos());
        }
        Some(Timestamp::from_nanos(next))
    }

    /// When the session may next be connected: none while it may.
    #[must_use]
    pub fn opens(&self, now: Timestamp) -> Option<Timestamp> {
        let schedule = self.config.schedule.as_ref()?;
        match schedule.period(now) {
            Some(_) => None,
            None => schedule.next_start(now),
        }
    }

    /// Asks to end the session; the connection closes when the other side has answered, and at once
    /// when nobody is logged on.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn log_out(&mut self, now: Timestamp, text: &str) -> Result<(), SessionError> {
        self.outbox.now = now;
        if self.is_logged_on() {
            self.send_logout(text)?;
        } else if self.progress.logout_sent.is_none() {
            self.close(Closed::LoggedOut {
                text: String::new(),
            });
        }
        Ok(())
    }

    /// Lets both sides begin at 1 with the next logon that is answered, and no later one.
    pub const fn reset_once(&mut self) {
        self.resets_once = true;
    }

    /// Notes that the connection is gone.
    pub fn disconnected(&mut self) {
        self.close(Closed::ByPeer);
    }

    /// What to send with, while logged on.
    pub fn outbox(&mut self, now: Timestamp) -> Option<&mut Outbox<S>> {
        self.outbox.now = now;
        self.is_logged_on().then_some(&mut self.outbox)
    }

    /// Both sides are logged on and neither is logging out.
    #[must_use]
    pub const fn is_logged_on(&self) -> bool {
        self.closed.is_none()
            && self.progress.logon_received
            && self.progress.logon_sent
            && self.progress.logout_sent.is_none()
    }

    /// Whether both sides were logged on over the last connection.
    #[must_use]
    pub const fn has_logged_on(&self) -> bool {
        self.progress.logon_received && self.progress.logon_sent
    }

    /// Why the connection is to be closed, once what is to be sent has been sent.
    #[must_use]
    pub const fn closed(&self) -> Option<&Closed> {
        self.closed.as_ref()
    }

    /// The bytes to send, once the store has made durable what must not be lost of them: all messages
    /// since the last call together.
    ///
    /// # Errors
    /// [`SessionError`]: the session must then be closed; what the store could not keep is not sent.
    pub fn to_send(&mut self) -> Result<&[u8], SessionError> {
        self.outbox.commit()?;
        Ok(self.outbox.bytes())
    }

    /// Notes that the first `count` bytes of [`Self::to_send`] are on their way.
    pub fn sent(&mut self, count: usize) {
        self.outbox.take(count);
    }

    /// What happened since the last call: the newest, at most `events_max` of the session's settings.
    pub fn take_events(&mut self) -> Vec<SessionEvent> {
        self.events.take()
    }

    /// How many events gave way to later ones because nobody took them.
    #[must_use]
    pub const fn events_dropped(&self) -> u64 {
        self.events.dropped()
    }

    /// What it was told.
    #[must_use]
    pub const fn config(&self) -> &SessionConfig {
        &self.config
    }

    /// Sequence numbers and sent messages.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.outbox.store
    }

    pub(super) fn close(&mut self, reason: Closed) {
        self.closed.get_or_insert(reason);
    }
}

/// Nanoseconds from `earlier` to `later`.
fn since(earlier: Timestamp, later: Timestamp) -> i64 {
    later.nanos().saturating_sub(earlier.nanos())
}
