//! FIX as a function of any bytes.

use wattbook_codec::fix::{Decoder, Dictionary, Encoder, Frame, Kernel, Message, Rules};

/// Reads FIX frames with every kernel, which must agree, and each message to every depth. Sound
/// fields that are written anew must be read as they were.
pub(crate) fn decode(bytes: &[u8]) {
    // Bars stand for SOH, so that a corpus can be read and written by hand.
    let bytes: Vec<u8> = bytes
        .iter()
        .map(|byte| if *byte == b'|' { 1 } else { *byte })
        .collect();
    let expected = found(Kernel::Plain, &bytes);
    for kernel in Kernel::available() {
        assert_eq!(found(kernel, &bytes), expected, "{kernel:?} differs");
    }
    let mut decoder = Decoder::default();
    let mut frames = decoder.last_frames(&bytes);
    let mut encoder = Encoder::new();
    while let Some(frame) = frames.next() {
        let Frame::Message(message) = frame else {
            continue;
        };
        let _ = message
            .book_entries()
            .map(|entries| entries.map(Iterator::count));
        for dictionary in Dictionary::all() {
            let _ = dictionary.validate(&message, Rules::default());
            for field in message.fields().flatten() {
                for entry in message.group(dictionary, field.tag).into_iter().flatten() {
                    assert!(entry.fields().next().is_some(), "an entry without a field");
                }
                let value = field.value;
                let _ = (
                    value.int(),
                    value.price(),
                    value.timestamp(),
                    value.float(),
                    value.text(),
                );
            }
        }
        write_again(&mut encoder, &message);
    }
}

/// Writes the fields of `message` anew; what comes back must be the same.
fn write_again(encoder: &mut Encoder, message: &Message<'_>) {
    let fields: Option<Vec<_>> = message.fields().map(Result::ok).collect();
    let begin_string = std::str::from_utf8(message.begin_string());
    let msg_type = std::str::from_utf8(message.msg_type());
    let (Some(fields), Ok(begin_string), Ok(msg_type)) = (fields, begin_string, msg_type) else {
        return;
    };
    let body = &fields[3..fields.len() - 1];
    let mut writer = encoder.message(begin_string, msg_type);
    for field in body {
        writer.bytes(field.tag, field.value.bytes());
    }
    // A value with an SOH, or none, is not written this way.
    let Ok(written) = writer.finish() else {
        return;
    };
    let mut decoder = Decoder::default();
    let mut frames = decoder.last_frames(written);
    let again: Vec<_> = match frames.next() {
        Some(Frame::Message(again)) => again.fields().flatten().collect(),
        _ => Vec::new(),
    };
    assert!(
        !again.is_empty(),
        "what was written is not read: {}",
        written.escape_ascii()
    );
    assert_eq!(&again[3..again.len() - 1], body);
}

/// Everything that is in `bytes`, as text.
fn found(kernel: Kernel, bytes: &[u8]) -> Vec<String> {
    let mut decoder = Decoder::new(kernel);
    let mut frames = decoder.last_frames(bytes);
    let mut all = Vec::new();
    while let Some(frame) = frames.next() {
        all.push(match frame {
            Frame::Message(message) => format!("{:?}", message.fields().collect::<Vec<_>>()),
            Frame::Skipped(skipped) => format!("{skipped:?}"),
        });
    }
    assert_eq!(frames.offset(), bytes.len(), "bytes were left");
    all
}
