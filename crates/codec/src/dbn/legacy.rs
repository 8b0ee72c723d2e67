//! DBZ: metadata in a skippable zstd frame before the compressed records.

use super::error::DbnError;
use super::file::decompress;
use super::metadata::{Cursor, DATASET, Metadata, SYMBOL_V1};

const FIXED: usize = 96;
const RESERVED: usize = 39;
/// Length of magic and length of a skippable frame, in bytes.
const FRAME: usize = 8;

/// Whether `bytes` begin like DBZ.
pub(super) fn is_legacy(bytes: &[u8]) -> bool {
    is_skippable(bytes) && bytes.get(FRAME..FRAME + 3) == Some(b"DBZ")
}

/// Whether `bytes` begin with a skippable frame of zstd.
pub(super) fn is_skippable(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// The metadata that `bytes` begin with, and where the compressed records begin.
pub(super) fn decode(bytes: &[u8], limit: usize) -> Result<(Metadata, usize), DbnError> {
    let mut frame = Cursor::new(bytes, 0);
    frame.take(4)?;
    let length = frame.u32()? as usize;
    if length < FIXED {
        return Err(frame.refuse("shorter than its fixed part"));
    }
    let body = frame.take(length)?;
    let mut cursor = Cursor::new(body, FRAME as u64);
    let [.., version] = cursor.array::<4>()?;
    if version != 1 {
        return Err(DbnError::Version { found: version });
    }
    let mut metadata = Metadata {
        dataset: cursor.text(DATASET)?,
        schema: Some(cursor.u16()?),
        start: cursor.u64()?,
        end: Some(cursor.u64()?).filter(|end| *end != 0),
        limit: Some(cursor.u64()?).filter(|limit| *limit != 0),
        symbol_length: SYMBOL_V1,
        ..Metadata::default()
    };
    // The number of records and the compression, of which zstd was the only one.
    cursor.take(9)?;
    metadata.stype_in = Some(cursor.u8()?);
    metadata.stype_out = cursor.u8()?;
    cursor.take(RESERVED)?;
    let symbology = decompress(cursor.take(cursor.left())?, limit)?;
    Cursor::new(&symbology, 0).symbology(&mut metadata)?;
    Ok((metadata, FRAME + length))
}
