//! Bytes of market data to records and back, without I/O.

pub mod dbn;
pub mod fast;
pub mod fixed;
pub mod sbe;

mod json;
