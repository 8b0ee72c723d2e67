//! What a session does with each message: FIX 4.4, volume 2, "Session protocol".

use wattbook_codec::fix::{Defaults, Message, RejectReason, Rejected, Value};

use super::config::{Role, SECOND_NS};
use super::events::{SessionEvent, shortened};
use super::outbox::SessionError;
use super::rate::Excess;
use super::reject::{BusinessReason, Fault, reverse_route, write_business_reject, write_reject};
use super::session::{Application, Closed, Declined, Session};
use super::store::MessageStore;

/// How the number of a message is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// It must be the next one.
    Next,
    /// It may be too high, but not too low.
    NotTooLow,
    /// It may be any.
    Any,
}

/// Whether a message goes on to be handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    /// It was answered, held or dropped.
    Done,
}

/// What a logon is told whose `HeartBtInt` (108) is missing or no interval.
const HEART_BT_INT: &str = "HeartBtInt (108) is no number from 0 up";
/// What a logon is told that asks for encryption: TLS encrypts, FIX's own ways do not.
const ENCRYPT_METHOD: &str = "EncryptMethod (98) is not 0: no encryption but TLS";

fn number(message: &Message<'_>, tag: u32) -> Option<u64> {
    message.get(tag)?.count().ok()
}

fn flag(message: &Message<'_>, tag: u32) -> bool {
    message.get(tag).is_some_and(|value| value.bytes() == b"Y")
}

fn text(message: &Message<'_>, tag: u32) -> String {
    let value = message.get(tag).map_or(&b""[..], Value::bytes);
    String::from_utf8_lossy(value).into_owned()
}

impl<S: MessageStore> Session<S> {
    /// Handles one message that has just come.
    pub(super) fn process(
        &mut self,
        message: &Message<'_>,
        application: &mut impl Application<S>,
    ) -> Result<(), SessionError> {
        if message.begin_string() != self.config.id.version.begin_string().as_bytes() {
            return self.wrong_version(message);
        }
        if number(message, 34).is_none() {
            return self.no_sequence();
        }
        let dictionary = self.config.id.version.dictionary();
        let said = self.progress.application.as_ref();
        let default = said.map_or(Some(dictionary), |said| said.of(message.msg_type()));
        if let Err(rejected) = dictionary.validate_over(message, default, self.config.rules) {
            // A first logon with these at fault is answered with the reason, once it is known whose it is.
            let is_answered = message.msg_type() == b"A" && matches!(rejected.tag, 98 | 108);
            if is_answered && !self.progress.logon_received {
                return self.on_logon(message, application);
            }
            return self.invalid(message, rejected);
        }
        match message.msg_type() {
            b"A" => self.on_logon(message, application),
            b"0" => self.on_plain(message),
            b"1" => self.on_test_request(message),
            b"2" => self.on_resend_request(message),
            b"3" => self.on_reject(message, application),
            b"4" => self.on_sequence_reset(message),
            b"5" => self.on_logout(message),
            _ => self.on_application(message, application),
        }
    }

    /// Handles a message that was held until its turn. What a logon or a resend request asked for was
    /// done when it came.
    pub(super) fn process_held(
        &mut self,
        message: &Message<'_>,
        application: &mut impl Application<S>,
    ) -> Result<(), SessionError> {
        self.is_taking_held = true;
        let done = match message.msg_type() {
            b"A" | b"2" => self.advance(),
            _ => self.process(message, application),
        };
        self.is_taking_held = false;
        done
    }

    fn on_logon(
        &mut self,
        message: &Message<'_>,
        application: &mut impl Application<S>,
    ) -> Result<(), SessionError> {
        let is_acceptor = self.config.role == Role::Acceptor;
        self.progress.reset_received = flag(message, 141);
        // Only a logon of the other side itself, now, may take the numbers away.
        if self.verify_header(message)? == Verdict::Done {
            return Ok(());
        }
        if is_acceptor && !self.knows(message) {
            return self.refuse_unknown(message);
        }
        if (self.progress.reset_received && !self.progress.reset_sent)
            || (is_acceptor && self.config.resets_on_logon)
        {
            self.outbox.store.reset()?;
            self.held.clear();
            self.missing_until = None;
        }
        if self.verify(message, Order::NotTooLow)? == Verdict::Done {
            return Ok(());
        }
        if number(message, 108).is_none() {
            return self.refuse_logon(HEART_BT_INT);
        }
        if number(message, 98) != Some(0) {
            return self.refuse_logon(ENCRYPT_METHOD);
        }
        self.progress.logon_received = true;
        let has_reset = self.progress.reset_received || self.progress.reset_sent;
        let begins_anew = std::mem::take(&mut self.has_begun_anew);
        if has_reset || begins_anew || (is_acceptor && self.config.resets_on_logon) {
            application.on_reset();
        }
        self.resets_once = false;
        let says_version = message.get(1137).is_some();
        self.progress.application = says_version.then(|| Defaults::of_logon(message));
        if is_acceptor || (self.progress.reset_received && !self.progress.reset_sent) {
            let seconds = number(message, 108).unwrap_or(0).min(86_400) as i64;
            self.heartbeat_ns = seconds * SECOND_NS;
            self.send_logon()?;
        }
        let is_reset = self.progress.reset_received;
        self.progress.reset_sent = false;
        self.progress.reset_received = false;
        self.events.push(SessionEvent::LoggedOn);
        application.on_logon();
        match number(message, 34) {
            Some(sequence) if sequence > self.outbox.store.next_in() && !is_reset => {
                self.too_high(message, sequence)
            }
            _ => self.advance(),
        }
    }

    /// Ends a connection whose logon cannot be taken, and says why.
    fn refuse_logon(&mut self, reason: &str) -> Result<(), SessionError> {
        self.send_logout(reason)?;
        self.close(Closed::NoLogon(reason.into()));
        Ok(())
    }

    /// Ends a connection whose logon does not show who it is; the numbers stay as they are, also where
    /// every logon begins at 1.
    fn refuse_unknown(&mut self, message: &Message<'_>) -> Result<(), SessionError> {
        if self.verify(message, Order::Any)? == Verdict::Good {
            self.send_logout("Username or Password is wrong")?;
            self.close(Closed::NoLogon("wrong credentials".into()));
        }
        Ok(())
    }

    /// Whether a logon names itself as it must.
    fn knows(&self, message: &Message<'_>) -> bool {
        self.config.credentials.as_ref().is_none_or(|wanted| {
            text(message, 553) == wanted.username && text(message, 554) == wanted.password
        })
    }

    fn on_plain(&mut self, message: &Message<'_>) -> Result<(), SessionError> {
        match self.verify(message, Order::Next)? {
            Verdict::Good => self.advance(),
            Verdict::Done => Ok(()),
        }
    }

    fn on_test_request(&mut self, message: &Message<'_>) -> Result<(), SessionError> {
        if self.verify(message, Order::Next)? == Verdict::Done {
            return Ok(());
        }
        let id = message.get(112).map_or(&b""[..], Value::bytes);
        self.outbox.administer("0", &[], |body| {
            body.bytes(112, id);
        })?;
        self.advance()
    }

    fn on_resend_request(&mut self, message: &Message<'_>) -> Result<(), SessionError> {
        if self.verify(message, Order::Any)? == Verdict::Done {
            return Ok(());
        }
        let last = self.outbox.store.next_out() - 1;
        let from = number(message, 7).unwrap_or(1).max(1);
        // Zero stands for all that there is; 999,999 did before FIX 4.2 and is still seen.
        let to = match number(message, 16) {
            None | Some(0 | 999_999) => last,
            Some(to) => to.min(last),
        };
        self.repeating = Some((from, to));
        self.repeat()?;
        self.events.push(SessionEvent::SentAgain { from, to });
        if number(message, 34) == Some(self.outbox.store.next_in()) {
            self.advance()?;
        }
        Ok(())
    }

    fn on_reject(
        &mut self,
        message: &Message<'_>,
        application: &mut impl Application<S>,
    ) -> Result<(), SessionError> {
        if self.verify(message, Order::NotTooLow)? == Verdict::Done {
            return Ok(());
        }
        application.on_reject(message);
        self.events.push(SessionEvent::RefusedByPeer {
            sequence: number(message, 45),
            text: shortened(&text(message, 58)),
        });
        self.advance()
    }

    fn on_sequence_reset(&mut self, message: &Message<'_>) -> Result<(), SessionError> {
        let order = if flag(message, 123) {
            Order::Next
        } else {
            Order::Any
        };
        if self.verify(message, order)? == Verdict::Done {
            return Ok(());
        }
        let expected = self.outbox.store.next_in();
        match number(message, 36) {
            Some(next) if next > expected => {
                self.outbox.store.set_next_in(next)?;
                self.satisfy(next);
                Ok(())
            }
            Some(next) if next == expected => Ok(()),
            _ => self.reject(message, Fault::Value),
        }
    }

    fn on_logout(&mut self, message: &Message<'_>) -> Result<(), SessionError> {
        if self.verify(message, Order::Any)? == Verdict::Done {
            return Ok(());
        }
        if self.progress.logout_sent.is_none() {
            self.send_logout("")?;
        }
        self.advance()?;
        self.close(Closed::LoggedOut {
            text: shortened(&text(message, 58)),
        });
        Ok(())
    }

    fn on_application(
        &mut self,
        message: &Message<'_>,
        application: &mut impl Application<S>,
    ) -> Result<(), SessionError> {
        if self.verify(message, Order::Next)? == Verdict::Done {
            return Ok(());
        }
        if self.is_beyond_rate(message) {
            return self.refuse_excess(message);
        }
        if message.msg_type() == b"j" {
            self.events.push(SessionEvent::RefusedByPeer {
                sequence: number(message, 45),
                text: shortened(&text(message, 58)),
            });
        }
        match application.on_message(message, &mut self.outbox) {
            Ok(()) => {}
            Err(Declined::Session(error)) => return Err(error),
            Err(Declined::Business(reason)) => self.decline(message, reason)?,
        }
        self.advance()
    }

    /// Whether a message is one more than the session takes; a gap's messages were counted when they
    /// were held or asked for.
    fn is_beyond_rate(&mut self, message: &Message<'_>) -> bool {
        let now = self.outbox.now;
        let counts = !self.is_taking_held && !flag(message, 43);
        let limit = self.taken.as_mut().filter(|_| counts);
        limit.is_some_and(|limit| !limit.take(now))
    }

    fn refuse_excess(&mut self, message: &Message<'_>) -> Result<(), SessionError> {
        if let Some((_, Excess::LogOut)) = self.config.taken {
            self.send_logout(BusinessReason::Throttled.text())?;
        } else {
            self.decline(message, BusinessReason::Throttled)?;
        }
        self.advance()
    }

    /// Checks what the state of the session, not the dictionary, says of a message but its number.
    fn verify_header(&mut self, message: &Message<'_>) -> Result<Verdict, SessionError> {
        if !self.is_allowed(message) {
            self.close(Closed::NotAllowed(text(message, 35)));
            return Ok(Verdict::Done);
        }
        let sending_time = message.get(52).and_then(|value| value.timestamp().ok());
        let is_near = sending_time.is_some_and(|sent| {
            let apart = self.outbox.now.nanos().saturating_sub(sent.nanos());
            apart.saturating_abs() <= self.config.latency_ns_max
        });
        if !is_near {
            return self.refuse_and_log_out(message, Fault::SendingTime);
        }
        let id = &self.config.id;
        let is = |tag, name: &str| {
            message
                .get(tag)
                .is_some_and(|value| value.bytes() == name.as_bytes())
        };
        if !is(49, &id.target) || !is(56, &id.sender) {
            return self.refuse_and_log_out(message, Fault::CompId);
        }
        Ok(Verdict::Good)
    }

    /// Checks what the state of the session, not the dictionary, says of a message.
    fn verify(&mut self, message: &Message<'_>, order: Order) -> Result<Verdict, SessionError> {
        if self.verify_header(message)? == Verdict::Done {
            return Ok(Verdict::Done);
        }
        let (sequence, expected) = (
            number(message, 34).unwrap_or(0),
            self.outbox.store.next_in(),
        );
        if order == Order::Next && sequence > expected {
            self.too_high(message, sequence)?;
            return Ok(Verdict::Done);
        }
        if order != Order::Any && sequence < expected {
            self.too_low(message, sequence, expected)?;
            return Ok(Verdict::Done);
        }
        if order != Order::Any {
            self.satisfy(sequence);
        }
        self.last_received = self.outbox.now;
        self.tests_sent = 0;
        Ok(Verdict::Good)
    }

    /// Whether a message may come now: a logon first and once, then anything; after our logout,
    /// anything until the other side's.
    fn is_allowed(&self, message: &Message<'_>) -> bool {
        let progress = &self.progress;
        match message.msg_type() {
            b"A" => !progress.logon_received || progress.reset_received,
            b"5" => progress.logon_received || progress.logon_sent,
            _ => progress.logon_received,
        }
    }

    /// The messages that were asked for again have come once `sequence` has.
    fn satisfy(&mut self, sequence: u64) {
        if self.missing_until.is_some_and(|until| sequence >= until) {
            self.missing_until = None;
        }
    }

    /// Holds a message that came too early, and asks for what is missing, once.
    fn too_high(&mut self, message: &Message<'_>, sequence: u64) -> Result<(), SessionError> {
        self.held.insert(sequence, message.bytes());
        if self.missing_until.is_some() {
            return Ok(());
        }
        let from = self.outbox.store.next_in();
        self.outbox.administer("2", &[], |body| {
            body.int(7, from as i64).int(16, 0);
        })?;
        self.missing_until = Some(sequence - 1);
        self.events.push(SessionEvent::GapFound {
            from,
            received: sequence,
        });
        Ok(())
    }

    /// Drops a message that was seen before; without `PossDupFlag` (43) the sides disagree, and the
    /// session ends.
    fn too_low(
        &mut self,
        message: &Message<'_>,
        sequence: u64,
        expected: u64,
    ) -> Result<(), SessionError> {
        if !flag(message, 43) {
            let text = format!("MsgSeqNum too low, expecting {expected} but received {sequence}");
            if self.progress.logon_received {
                self.send_logout(&text)?;
            }
            self.close(Closed::SequenceTooLow(text));
            return Ok(());
        }
        if message.msg_type() == b"4" {
            return Ok(());
        }
        let Some(first_sent) = message.get(122) else {
            let missing = Fault::Dictionary(RejectReason::RequiredTagMissing, b"122");
            return self.reject(message, missing);
        };
        let sent = message.get(52).and_then(|value| value.timestamp().ok());
        if first_sent.timestamp().ok() > sent {
            self.refuse_and_log_out(message, Fault::SendingTime)?;
        }
        Ok(())
    }

    /// Answers a message of another version.
    fn wrong_version(&mut self, message: &Message<'_>) -> Result<(), SessionError> {
        if !self.progress.logon_received {
            self.close(Closed::NoLogon(
                "BeginString (8) is not the session's".into(),
            ));
            return Ok(());
        }
        if message.msg_type() == b"5" {
            return self.on_logout(message);
        }
        self.send_logout("Incorrect BeginString")?;
        self.advance()
    }

    /// Ends a session in which a message has no number: FIX 4.4, volume 2, "Logout".
    fn no_sequence(&mut self) -> Result<(), SessionError> {
        if self.progress.logon_received {
            self.send_logout("Received message without MsgSeqNum")?;
        }
        self.close(Closed::NoSequence);
        Ok(())
    }

    /// Answers a message that the dictionary refuses.
    fn invalid(&mut self, message: &Message<'_>, rejected: Rejected) -> Result<(), SessionError> {
        if message.msg_type() == b"A" && !self.progress.logon_received {
            self.close(Closed::NoLogon(rejected.to_string()));
            return Ok(());
        }
        let number;
        let tag = if rejected.tag == 0 {
            malformed_tag(message)
        } else {
            number = rejected.tag.to_string();
            number.as_bytes()
        };
        self.reject(message, Fault::Dictionary(rejected.reason, tag))
    }

    /// Refuses a message and goes on with the next one.
    fn reject(&mut self, message: &Message<'_>, fault: Fault<'_>) -> Result<(), SessionError> {
        if !self.progress.logon_received {
            self.close(Closed::NoLogon(fault.text().into()));
            return Ok(());
        }
        self.last_received = self.outbox.now;
        if !matches!(message.msg_type(), b"A" | b"4")
            && number(message, 34) == Some(self.outbox.store.next_in())
        {
            self.advance()?;
        }
        let version = self.config.id.version;
        let header = reverse_route(message);
        self.outbox.administer("3", &header, |body| {
            write_reject(version, message, fault, body);
        })?;
        self.note_refused(message, fault.text());
        Ok(())
    }

    fn refuse_and_log_out(
        &mut self,
        message: &Message<'_>,
        fault: Fault<'_>,
    ) -> Result<Verdict, SessionError> {
        self.reject(message, fault)?;
        if self.closed.is_none() {
            self.send_logout("")?;
        }
        Ok(Verdict::Done)
    }

    fn decline(
        &mut self,
        message: &Message<'_>,
        reason: BusinessReason,
    ) -> Result<(), SessionError> {
        let version = self.config.id.version;
        let header = reverse_route(message);
        self.outbox.send("j", &header, |body| {
            write_business_reject(version, message, reason, body);
        })?;
        self.note_refused(message, reason.text());
        Ok(())
    }

    fn note_refused(&mut self, message: &Message<'_>, reason: &str) {
        self.events.push(SessionEvent::Refused {
            msg_type: shortened(&text(message, 35)),
            reason: reason.into(),
        });
    }

    /// Expects the next message.
    fn advance(&mut self) -> Result<(), SessionError> {
        let next = self.outbox.store.next_in() + 1;
        Ok(self.outbox.store.set_next_in(next)?)
    }

    pub(super) fn send_logon(&mut self) -> Result<(), SessionError> {
        self.progress.logon_sent = true;
        let is_reset = self.progress.reset_received || self.progress.reset_sent;
        let seconds = self.heartbeat_ns / SECOND_NS;
        let version = self.config.id.version;
        let named = (self.config.role == Role::Initiator)
            .then_some(self.config.credentials.as_ref())
            .flatten();
        self.outbox.administer("A", &[], |body| {
            body.int(98, 0).int(108, seconds);
            if is_reset {
                body.bool(141, true);
            }
            if let Some(credentials) = named {
                body.text(553, &credentials.username);
                body.text(554, &credentials.password);
            }
            if let Some(application_version) = version.default_appl_ver_id() {
                body.text(1137, application_version);
            }
        })
    }

    pub(super) fn send_logout(&mut self, text: &str) -> Result<(), SessionError> {
        self.progress.logout_sent = Some(self.outbox.now);
        self.outbox.administer("5", &[], |body| {
            if !text.is_empty() {
                body.text(58, text);
            }
        })
    }
}

/// What stands where the first malformed field should have its tag number; empty unless it is a
/// number, as in `-1=`.
fn malformed_tag<'a>(message: &Message<'a>) -> &'a [u8] {
    use wattbook_codec::fix::FieldError;

    let malformed = message.fields().find_map(|field| match field {
        Err(FieldError::NoTag { place }) => Some(place),
        _ => None,
    });
    let rest = malformed.map_or(&b""[..], |place| &message.bytes()[place..]);
    let end = rest.iter().position(|byte| *byte == b'=').unwrap_or(0);
    let tag = &rest[..end];
    let digits = tag.strip_prefix(b"-").unwrap_or(tag);
    if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        tag
    } else {
        b""
    }
}
