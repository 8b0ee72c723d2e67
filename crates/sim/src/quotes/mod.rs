//! Quotes of one instrument in a file that is mapped, not read: 22 bytes a quote.
//!
//! ```text
//! file    header (64 bytes), then blocks
//! header  magic "WBQUOTE1", instrument u32, flags u32 (bit 0: synthetic), tick i64, lot i64 (1e-6 units),
//!         count u64, blocks u64, reserved u64, CRC-32C u32 of the 56 bytes before it, zero u32
//! block   CRC-32C u32 of the rest of the block, count u32, ts of the first quote i64, then quotes
//! quote   ns after the first of the block u48, bid ticks i32, ask ticks i32, bid lots u32, ask lots u32
//! ```
//! All numbers are little-endian. A block holds at most 4,096 quotes and spans less than 2^48 ns (78
//! hours). The count of an unfinished file is 2^64 − 1.

mod desk;
mod reader;
mod venue;
mod writer;

pub use desk::{QuoteDesk, Replayed};
pub use reader::{Block, QuoteFile, QuoteRow};
pub use writer::{QuoteColumns, QuoteHeader, QuoteWriter};

/// The first bytes of every quote file; the last one is the version.
const MAGIC: [u8; 8] = *b"WBQUOTE1";

/// Bytes before the first block.
const HEADER_BYTES: usize = 64;

/// Bytes of a block before its quotes.
const BLOCK_HEADER_BYTES: usize = 16;

/// Bytes of a quote.
const QUOTE_BYTES: usize = 22;

/// Most quotes in a block.
const BLOCK_QUOTES: usize = 4_096;

/// The count of a file that was not finished.
const UNFINISHED: u64 = u64::MAX;
