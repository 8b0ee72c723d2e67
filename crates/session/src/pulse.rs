//! Signs of life of a connection.

use wattbook_domain::Timestamp;
use wattbook_domain::time::NANOS_PER_SECOND;

use crate::error::SessionError;

/// `seconds` in ns.
pub(crate) const fn nanos(seconds: u16) -> i64 {
    seconds as i64 * NANOS_PER_SECOND
}

/// How long both sides of a connection have been silent, and for how long they may.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pulse {
    last_received: Timestamp,
    last_sent: Timestamp,
    silence_nanos: i64,
    beat_nanos: i64,
}

impl Pulse {
    /// Begins with the connection; nothing is bounded yet.
    pub(crate) const fn begin(now: Timestamp) -> Self {
        Self {
            last_received: now,
            last_sent: now,
            silence_nanos: 0,
            beat_nanos: 0,
        }
    }

    /// From now on the peer may be silent for `silence_nanos`, and we for `beat_nanos`; 0 for no bound.
    pub(crate) const fn agree(&mut self, silence_nanos: i64, beat_nanos: i64) {
        self.silence_nanos = silence_nanos;
        self.beat_nanos = beat_nanos;
    }

    pub(crate) const fn received(&mut self, now: Timestamp) {
        self.last_received = now;
    }

    pub(crate) const fn sent(&mut self, now: Timestamp) {
        self.last_sent = now;
    }

    /// Whether a sign of life is due, which counts as sent then.
    ///
    /// # Errors
    /// [`SessionError::Silent`] when the peer was silent for too long.
    pub(crate) fn check(&mut self, now: Timestamp) -> Result<bool, SessionError> {
        let silent = now.nanos_since(self.last_received);
        if self.silence_nanos > 0 && silent >= self.silence_nanos {
            let seconds = (silent / NANOS_PER_SECOND) as u64;
            return Err(SessionError::Silent { seconds });
        }
        let is_due = self.beat_nanos > 0 && now.nanos_since(self.last_sent) >= self.beat_nanos;
        if is_due {
            self.last_sent = now;
        }
        Ok(is_due)
    }

    /// When [`Pulse::check`] has something to tell.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        let bound = |since: Timestamp, nanos: i64| (nanos > 0).then(|| since.plus_nanos(nanos));
        let lost = bound(self.last_received, self.silence_nanos);
        let beat = bound(self.last_sent, self.beat_nanos);
        lost.into_iter().chain(beat).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_beats_and_notices_silence() {
        let at = Timestamp::from_seconds;
        let mut pulse = Pulse::begin(at(100));
        assert_eq!((pulse.check(at(900)), pulse.deadline()), (Ok(false), None));
        pulse.agree(nanos(20), nanos(5));
        pulse.received(at(100));
        assert_eq!(pulse.deadline(), Some(at(105)));
        assert_eq!(pulse.check(at(104)), Ok(false));
        assert_eq!(pulse.check(at(105)), Ok(true));
        assert_eq!(pulse.check(at(106)), Ok(false));
        pulse.sent(at(116));
        assert_eq!(pulse.deadline(), Some(at(120)));
        let silent = SessionError::Silent { seconds: 20 };
        assert_eq!(pulse.check(at(120)), Err(silent));
    }
}
