//! Instants in nanoseconds UTC.

use std::fmt;
use std::str::FromStr;

use crate::error::DomainError;

/// An instant: nanoseconds since 1970-01-01T00:00:00Z, as 64-bit signed (years 1678 to 2261).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// Later than every instant that occurs.
    pub const MAX: Self = Self(i64::MAX);
    /// Earlier than every instant that occurs.
    pub const MIN: Self = Self(i64::MIN);

    /// The instant `nanos` ns after the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The instant `seconds` s after the epoch, saturating at the range.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(NANOS_PER_SECOND))
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// This instant moved by `nanos` ns, saturating at the range.
    #[must_use]
    pub const fn plus_nanos(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// Nanoseconds from `earlier` to this instant.
    #[must_use]
    pub const fn nanos_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl FromStr for Timestamp {
    type Err = DomainError;

    /// Reads ISO 8601 with a `Z` or an offset.
    fn from_str(text: &str) -> Result<Self, DomainError> {
        let instant = text.parse::<jiff::Timestamp>().ok();
        let nanos = instant.and_then(|instant| i64::try_from(instant.as_nanosecond()).ok());
        nanos.map(Self).ok_or_else(|| DomainError::TimestampText {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 with a `Z`: `2026-03-29T01:00:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(instant) => instant.fmt(f),
            Err(_) => write!(f, "{} ns", self.0),
        }
    }
}
