//! How long broker and venue may take, and may say nothing.

use wattbook_domain::Timestamp;

use super::M7Session;
use crate::error::SessionError;
use crate::pulse::nanos;

impl M7Session {
    /// Nothing was read for want of room: neither broker nor venue was silent.
    pub(super) fn excuse(&mut self, now: Timestamp) {
        self.broker.connection().excuse(now);
        self.requests.excuse(now);
        self.last_broadcast = now;
    }

    pub(super) fn check_time(&mut self, now: Timestamp) {
        let error = if self.answer_due().is_some_and(|due| due <= now) {
            SessionError::Unanswered {
                what: "a request to the venue",
                seconds: self.settings.answer_seconds.into(),
            }
        } else if self.broadcast_due().is_some_and(|due| due <= now) {
            SessionError::Silent {
                seconds: self.settings.venue_heartbeat_seconds.into(),
            }
        } else {
            return;
        };
        self.give_up(now, error);
    }

    pub(super) fn answer_due(&self) -> Option<Timestamp> {
        let patience = nanos(self.settings.answer_seconds);
        Some(self.requests.since()?.plus_nanos(patience))
    }

    /// When the venue must have been heard of again.
    pub(super) fn broadcast_due(&self) -> Option<Timestamp> {
        let silence = nanos(self.settings.venue_heartbeat_seconds);
        (silence > 0 && self.is_followed()).then(|| self.last_broadcast.plus_nanos(silence))
    }
}
