//! Wall-clock time that never goes back.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use wattbook_domain::Timestamp;

/// UTC at its start, monotonic from there: a step of the system's clock moves no timer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    started: Instant,
    utc_nanos: i64,
}

impl Clock {
    pub(super) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanos = since_epoch.map_or(0, |elapsed| elapsed.as_nanos());
        Self {
            started: Instant::now(),
            utc_nanos: i64::try_from(nanos).unwrap_or(i64::MAX),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.started.elapsed().as_nanos()).unwrap_or(i64::MAX);
        Timestamp::from_nanos(self.utc_nanos).plus_nanos(elapsed)
    }
}
