//! A half-open stretch of delivery.

use std::fmt;

use crate::error::DomainError;
use crate::time::{NANOS_PER_SECOND, Timestamp};

/// A delivery period `[start, end)` in UTC, of whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryPeriod {
    start: Timestamp,
    end: Timestamp,
}

impl DeliveryPeriod {
    /// The period from `start` up to, not including, `end`.
    ///
    /// # Errors
    /// [`DomainError::EmptyDeliveryPeriod`] unless `start < end`, and
    /// [`DomainError::DeliveryNotWholeSeconds`] when either has a fraction of a second.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, DomainError> {
        if start >= end {
            return Err(DomainError::EmptyDeliveryPeriod { start, end });
        }
        if start.nanos() % NANOS_PER_SECOND != 0 || end.nanos() % NANOS_PER_SECOND != 0 {
            return Err(DomainError::DeliveryNotWholeSeconds { start, end });
        }
        Ok(Self { start, end })
    }

    /// First instant of delivery.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// First instant after delivery.
    #[must_use]
    pub const fn end(self) -> Timestamp {
        self.end
    }

    /// Length in seconds of elapsed, not wall-clock, time.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.end.nanos_since(self.start) / NANOS_PER_SECOND
    }

    /// Whether `instant` lies in the period.
    #[must_use]
    pub fn contains(self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Whether the two periods share an instant.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl fmt::Display for DeliveryPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.end)
    }
}
