//! Connections under the sessions: sockets, clocks and threads. What a session decides is in
//! `wattbook-session`, which knows none of them.

pub mod fix;
pub mod rest_orders;
pub mod tls;

use std::time::{SystemTime, UNIX_EPOCH};

use wattbook_domain::Timestamp;

/// The wall clock, ns UTC.
#[must_use]
pub fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}
