//! Bytes of market data to records and back, without I/O.

pub mod columns;
pub mod dbn;
pub mod fast;
pub mod fix;
pub mod fixed;
pub mod frame;
pub mod json;
pub mod sbe;
pub mod xml;
