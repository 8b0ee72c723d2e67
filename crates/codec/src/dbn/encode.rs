//! Metadata to bytes; records are written as they are.

use super::metadata::{DATASET, FIXED, Metadata, NONE_SCHEMA, NONE_STYPE, PRELUDE, RESERVED};

/// Appends `text` in `length` bytes, cut or padded with NUL.
fn fixed(text: &str, length: usize, out: &mut Vec<u8>) {
    let shown = text.len().min(length);
    out.extend_from_slice(&text.as_bytes()[..shown]);
    out.resize(out.len() + length - shown, 0);
}

fn count(number: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(number as u32).to_le_bytes());
}

/// The bytes of `metadata` in its version; one of 1, 2 and 3. Names beyond their place are cut.
#[must_use]
pub fn encode_metadata(metadata: &Metadata) -> Vec<u8> {
    let mut out = b"DBN".to_vec();
    out.extend_from_slice(&[metadata.version, 0, 0, 0, 0]);
    fixed(&metadata.dataset, DATASET, &mut out);
    out.extend_from_slice(&metadata.schema.unwrap_or(NONE_SCHEMA).to_le_bytes());
    out.extend_from_slice(&metadata.start.to_le_bytes());
    out.extend_from_slice(&metadata.end.unwrap_or(u64::MAX).to_le_bytes());
    out.extend_from_slice(&metadata.limit.unwrap_or(0).to_le_bytes());
    if metadata.version == 1 {
        out.extend_from_slice(&u64::MAX.to_le_bytes());
    }
    out.push(metadata.stype_in.unwrap_or(NONE_STYPE));
    out.push(metadata.stype_out);
    out.push(u8::from(metadata.has_ts_out));
    if metadata.version > 1 {
        out.extend_from_slice(&metadata.symbol_length.to_le_bytes());
    }
    let reserved = RESERVED[usize::from(metadata.version > 1)];
    out.resize(out.len() + reserved, 0);
    debug_assert_eq!(out.len(), PRELUDE + FIXED);
    count(0, &mut out);
    let length = usize::from(metadata.symbol_length);
    for symbols in [&metadata.symbols, &metadata.partial, &metadata.not_found] {
        count(symbols.len(), &mut out);
        for symbol in symbols {
            fixed(symbol, length, &mut out);
        }
    }
    count(metadata.mappings.len(), &mut out);
    for mapping in &metadata.mappings {
        fixed(&mapping.raw_symbol, length, &mut out);
        count(mapping.intervals.len(), &mut out);
        for interval in &mapping.intervals {
            out.extend_from_slice(&interval.start_date.to_le_bytes());
            out.extend_from_slice(&interval.end_date.to_le_bytes());
            fixed(&interval.symbol, length, &mut out);
        }
    }
    if metadata.version == 3 {
        // Records are aligned to 8 bytes from version 3 on.
        out.resize(out.len().next_multiple_of(8), 0);
    }
    let body = (out.len() - PRELUDE) as u32;
    out[4..PRELUDE].copy_from_slice(&body.to_le_bytes());
    out
}
