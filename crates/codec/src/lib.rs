//! Bytes of market data to records and back, without I/O.

pub mod fix;
