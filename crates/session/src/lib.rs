//! Venue sessions as state machines without I/O: bytes and time in, bytes and events out.

pub mod fix;
