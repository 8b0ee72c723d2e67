//! Frames are found whole, and what is no frame is passed over to the next.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_codec::fix::{Decoder, Encoder, Frame, Garbled, Kernel, Skipped};

/// Back-to-back frames and garbage, as found: message texts and skipped stretches.
fn read(kernel: Kernel, bytes: &[u8], is_last: bool) -> (Vec<Vec<u8>>, Vec<Skipped>, usize) {
    let mut decoder = Decoder::new(kernel).with_frame_bytes_max(1 << 16);
    let mut frames = if is_last {
        decoder.last_frames(bytes)
    } else {
        decoder.frames(bytes)
    };
    let (mut messages, mut skipped) = (Vec::new(), Vec::new());
    while let Some(frame) = frames.next() {
        match frame {
            Frame::Message(message) => messages.push(message.bytes().to_vec()),
            Frame::Skipped(part) => skipped.push(part),
        }
    }
    (messages, skipped, frames.offset())
}

fn fastest(bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<Skipped>, usize) {
    read(Kernel::fastest(), bytes, true)
}

fn heartbeat(id: &str) -> Vec<u8> {
    let mut encoder = Encoder::new();
    let mut message = encoder.message("FIX.4.4", "0");
    message.text(112, id);
    message.finish().unwrap().to_vec()
}

#[test]
fn a_frame_of_the_standards_own_example_is_read() {
    // Checksum worked out by hand: the bytes before it add up to 2,723 = 10 × 256 + 163.
    let frame = b"8=FIX.4.4\x019=5\x0135=0\x0110=163\x01";
    let (messages, skipped, _) = fastest(frame);
    assert_eq!(messages, [frame.to_vec()]);
    assert_eq!(skipped, []);
}

#[test]
fn a_changed_byte_is_passed_over_with_its_whole_frame() {
    let mut bytes = heartbeat("first");
    bytes[25] ^= 1;
    let first = bytes.len();
    bytes.extend(heartbeat("second"));
    let (messages, skipped, _) = fastest(&bytes);
    assert_eq!(messages, [heartbeat("second")]);
    assert!(matches!(
        skipped[..],
        [Skipped { offset: 0, bytes, reason: Garbled::CheckSum { .. } }] if bytes == first
    ));
}

proptest! {
    #[test]
    fn how_the_frame_before_began_changes_nothing(
        frames in prop::collection::vec((0_usize..4, prop_oneof![1_usize..20, 80_usize..120, 900_usize..1_100], 0_usize..40), 1..12),
    ) {
        let mut bytes = Vec::new();
        for (version, length, changed) in frames {
            let version = ["FIX.4.4", "FIX.4.2", "FIXT.1.1", "FIX.5.0SP2"][version];
            let mut encoder = Encoder::new();
            let mut message = encoder.message(version, "0");
            message.text(112, &"x".repeat(length));
            let mut frame = message.finish().unwrap().to_vec();
            // One of four frames is damaged near its beginning.
            if changed < 10 {
                frame[changed + 5] ^= 1;
            }
            bytes.extend(frame);
        }
        // One frame, and then another decoder, which knows of no frame before.
        let mut wanted = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < bytes.len() {
            let mut decoder = Decoder::new(Kernel::Plain).with_frame_bytes_max(1 << 16);
            let mut frames = decoder.last_frames(&bytes[at..]);
            match frames.next().unwrap() {
                Frame::Message(message) => wanted.0.push(message.bytes().to_vec()),
                Frame::Skipped(part) => wanted.1.push(Skipped { offset: at, ..part }),
            }
            at += frames.offset();
        }
        for kernel in Kernel::available() {
            let (messages, skipped, _) = read(kernel, &bytes, true);
            prop_assert_eq!((messages, skipped), wanted.clone());
        }
    }
}

#[test]
fn lost_bytes_cost_no_more_than_their_frame() {
    let whole = heartbeat("a heartbeat of some length");
    for cut in 1..whole.len() {
        let mut bytes = whole[..cut].to_vec();
        // Longer than the first, so that the length that the first states ends within it.
        bytes.extend(heartbeat("the next, and it is longer than the first"));
        bytes.extend(heartbeat(
            "and one more, so that the length stated can be looked for",
        ));
        let (messages, skipped, _) = fastest(&bytes);
        assert_eq!(messages.len(), 2, "cut after {cut} bytes: {skipped:?}");
        assert_eq!(skipped.iter().map(|part| part.bytes).sum::<usize>(), cut);
    }
}

#[test]
fn each_fault_has_its_reason() {
    let reason = |bytes: &[u8]| fastest(bytes).1[0].reason;
    assert_eq!(reason(b"hello"), Garbled::NoBegin);
    assert_eq!(
        reason(b"8=FIX.4.4.4.4.4.4\x019=5\x0135=0\x0110=163\x01"),
        Garbled::BeginString
    );
    assert_eq!(
        reason(b"8=FIX.4.4\x0135=0\x019=5\x0110=163\x01 and so on"),
        Garbled::NoBodyLength
    );
    assert_eq!(
        reason(b"8=FIX.4.4\x019=-5\x0135=0\x0110=163\x01 and so on"),
        Garbled::NoBodyLength
    );
    assert_eq!(
        reason(b"8=FIX.4.4\x019=5\x0149=A\x0110=163\x01 and so on"),
        Garbled::NoMsgType
    );
    assert_eq!(
        reason(b"8=FIX.4.4\x019=4\x0135=0\x0110=163\x01 and so on"),
        Garbled::BodyLength
    );
    assert_eq!(
        reason(b"8=FIX.4.4\x019=5\x0135=0\x0110=16\x01 and so on"),
        Garbled::BodyLength
    );
    let wrong = Garbled::CheckSum {
        stated: 164,
        computed: 163,
    };
    assert_eq!(reason(b"8=FIX.4.4\x019=5\x0135=0\x0110=164\x01"), wrong);
    let long = Garbled::TooLong {
        frame_bytes: 19 + 100_000 + 7,
    };
    assert_eq!(
        reason(b"8=FIX.4.4\x019=100000\x0135=0\x01 and so on and on"),
        long
    );
    assert_eq!(
        reason(b"8=FIX.4.4\x019=50\x0135=0\x01 and so on"),
        Garbled::Truncated
    );
}

#[test]
fn an_unfinished_frame_waits_for_its_rest() {
    let whole = heartbeat("one");
    for cut in 0..whole.len() {
        let (messages, skipped, offset) = read(Kernel::fastest(), &whole[..cut], false);
        assert_eq!(
            (messages.len(), skipped.len(), offset),
            (0, 0, 0),
            "cut after {cut} bytes"
        );
    }
    // The beginning of a frame behind garbage is kept as well.
    let (_, skipped, offset) = read(Kernel::fastest(), b"garbage8=F", false);
    assert_eq!((skipped[0].bytes, offset), (7, 7));
}

/// Bytes that look like FIX: whole frames, frames with a byte changed, and parts of them.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let frame = "[A-Za-z0-9=.|]{1,120}".prop_map(|id| heartbeat(&id));
    let part = prop_oneof![
        4 => frame.clone(),
        1 => (frame.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(
            |(mut frame, at, byte)| {
                let at = at.index(frame.len());
                frame[at] = byte;
                frame
            }
        ),
        1 => (frame, any::<prop::sample::Index>()).prop_map(|(frame, at)| {
            frame[..at.index(frame.len())].to_vec()
        }),
        1 => "(8=FIX|\u{1}|9=|35=|10=|[0-9]{3}){0,9}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..50),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn every_kernel_reads_the_same(bytes in streams(), is_last: bool) {
        let expected = read(Kernel::Plain, &bytes, is_last);
        for kernel in Kernel::available() {
            prop_assert_eq!(&read(kernel, &bytes, is_last), &expected);
        }
    }

    #[test]
    fn every_byte_is_part_of_a_message_or_passed_over(bytes in streams()) {
        let (messages, skipped, offset) = fastest(&bytes);
        let taken: usize = messages.iter().map(Vec::len).sum();
        let passed: usize = skipped.iter().map(|part| part.bytes).sum();
        prop_assert_eq!(offset, bytes.len());
        prop_assert_eq!(taken + passed, bytes.len());
    }

    #[test]
    fn bytes_that_come_in_pieces_give_the_same_messages(
        bytes in streams(), sizes in proptest::collection::vec(1_usize..40, 1..20),
    ) {
        let (expected, _, _) = read(Kernel::fastest(), &bytes, false);
        let mut sizes = sizes.into_iter().cycle();
        let (mut buffer, mut rest, mut messages) = (Vec::new(), &bytes[..], Vec::new());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(sizes.next().unwrap().min(rest.len()));
            buffer.extend_from_slice(piece);
            rest = after;
            let (found, _, offset) = read(Kernel::fastest(), &buffer, false);
            messages.extend(found);
            buffer.drain(..offset);
        }
        prop_assert_eq!(messages, expected);
    }
}
