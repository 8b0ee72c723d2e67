//! Bytes of market data to records and back, without I/O.

pub mod columns;
pub mod csv;
pub mod dbn;
pub mod fast;
pub mod fix;
pub mod fixed;
pub mod frame;
pub mod iec62325;
pub mod instant;
pub mod json;
#[cfg(target_arch = "x86_64")]
mod places;
pub mod sbe;
pub mod xml;
pub mod zip;
