//! Records as lines of JSON, field for field what the format's owner prints.

use std::fmt::Write;

use super::layout::{Field, Kind};
use super::record::Record;

/// Appends `record` as one JSON object, without the end of the line: numbers of eight bytes as text,
/// an absent character as null, text up to its NUL.
pub fn write_json(record: &Record<'_>, out: &mut String) {
    let fields = record.layout().map_or(&[][..], |layout| layout.fields);
    out.push('{');
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        key(field.name, out);
        value(record.bytes(), field, out);
    }
    if let Some(ts_out) = record.ts_out() {
        // Writing to a string cannot fail.
        let _ = write!(out, ",\"ts_out\":\"{ts_out}\"");
    }
    out.push('}');
}

fn key(name: &str, out: &mut String) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
}

/// `N` bytes at `offset`; zeros behind the end, which the layout's check rules out.
fn bytes<const N: usize>(record: &[u8], offset: usize) -> [u8; N] {
    let found = record.get(offset..).and_then(<[u8]>::first_chunk);
    found.copied().unwrap_or([0; N])
}

fn value(record: &[u8], field: &Field, out: &mut String) {
    let at = field.offset;
    let _ = match field.kind {
        Kind::Header => write!(
            out,
            "{{\"ts_event\":\"{}\",\"rtype\":{},\"publisher_id\":{},\"instrument_id\":{}}}",
            u64::from_le_bytes(bytes(record, at + 8)),
            bytes::<1>(record, at + 1)[0],
            u16::from_le_bytes(bytes(record, at + 2)),
            u32::from_le_bytes(bytes(record, at + 4)),
        ),
        Kind::U8 => write!(out, "{}", bytes::<1>(record, at)[0]),
        Kind::I8 => write!(out, "{}", i8::from_le_bytes(bytes(record, at))),
        Kind::U16 => write!(out, "{}", u16::from_le_bytes(bytes(record, at))),
        Kind::I16 => write!(out, "{}", i16::from_le_bytes(bytes(record, at))),
        Kind::U32 => write!(out, "{}", u32::from_le_bytes(bytes(record, at))),
        Kind::I32 => write!(out, "{}", i32::from_le_bytes(bytes(record, at))),
        Kind::U64 | Kind::Time => write!(out, "\"{}\"", u64::from_le_bytes(bytes(record, at))),
        Kind::I64 | Kind::Price => write!(out, "\"{}\"", i64::from_le_bytes(bytes(record, at))),
        Kind::Char => {
            character(bytes::<1>(record, at)[0], out);
            Ok(())
        }
        Kind::Text(length) => {
            text(record.get(at..at + length).unwrap_or_default(), out);
            Ok(())
        }
        Kind::Levels(count) => {
            levels(
                record,
                at,
                count,
                ["bid_ct", "ask_ct"],
                u32::from_le_bytes,
                out,
            );
            Ok(())
        }
        Kind::Consolidated(count) => {
            // The publisher takes the lower half; the upper one is reserved.
            levels(
                record,
                at,
                count,
                ["bid_pb", "ask_pb"],
                |bytes| u32::from(u16::from_le_bytes([bytes[0], bytes[1]])),
                out,
            );
            Ok(())
        }
    };
}

fn levels(
    record: &[u8],
    at: usize,
    count: usize,
    last: [&str; 2],
    number: impl Fn([u8; 4]) -> u32,
    out: &mut String,
) {
    out.push('[');
    for level in 0..count {
        let at = at + level * 32;
        let _ = write!(
            out,
            "{}{{\"bid_px\":\"{}\",\"ask_px\":\"{}\",\"bid_sz\":{},\"ask_sz\":{},\"{}\":{},\"{}\":{}}}",
            if level > 0 { "," } else { "" },
            i64::from_le_bytes(bytes(record, at)),
            i64::from_le_bytes(bytes(record, at + 8)),
            u32::from_le_bytes(bytes(record, at + 16)),
            u32::from_le_bytes(bytes(record, at + 20)),
            last[0],
            number(bytes(record, at + 24)),
            last[1],
            number(bytes(record, at + 28)),
        );
    }
    out.push(']');
}

/// A character; one outside printable ASCII as `\xff`, its backslash escaped, so that the line stays
/// valid JSON.
fn character(byte: u8, out: &mut String) {
    match byte {
        0 => out.push_str("null"),
        b'\'' => out.push_str("\"'\""),
        b'"' | b'\\' | b'\t' | b'\r' | b'\n' | b' '..=b'~' => {
            out.push('"');
            out.extend(std::ascii::escape_default(byte).map(char::from));
            out.push('"');
        }
        _ => {
            let _ = write!(out, "\"\\\\x{byte:02x}\"");
        }
    }
}

fn text(bytes: &[u8], out: &mut String) {
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    crate::json::text(std::str::from_utf8(&bytes[..end]).unwrap_or_default(), out);
}
