//! What came over the wire, kept in a journal: every packet with its line and stamps, every snapshot, and
//! the moments at which time alone changed something. Replayed, it gives the same events.
//!
//! A record of the journal is a header, or a chunk of entries, plain or compressed. Blocks are checksummed
//! and a torn tail is cut by the journal; `docs/feed.md` describes the bytes.

mod chunk;
mod reader;
mod writer;

pub use chunk::{Entries, Entry, EntryKind};
pub use reader::{CaptureReader, fuzz_chunk};
pub use writer::{CaptureConfig, CaptureWriter};

use crate::packet::PacketFormat;

/// First bytes of the first record.
const MAGIC: &[u8; 8] = b"WBCAPT1\0";

fn encode_header(format: PacketFormat) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.push(match format {
        PacketFormat::Sequenced => 1,
        PacketFormat::MoldUdp64 => 2,
    });
    header
}

/// The layout of the packets of a capture whose first record is `header`; None if it is no capture.
fn decode_header(header: &[u8]) -> Option<PacketFormat> {
    match header.strip_prefix(MAGIC)? {
        [1] => Some(PacketFormat::Sequenced),
        [2] => Some(PacketFormat::MoldUdp64),
        _ => None,
    }
}
