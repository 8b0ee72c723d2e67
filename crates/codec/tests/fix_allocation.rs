//! Decoding, validating and encoding allocate nothing a message.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use wattbook_codec::fix::{Decoder, Dictionary, Encoder, Frame, Precision, Rules};
use wattbook_domain::{Price, Timestamp, Volume};

/// Counts what is asked of the system's allocator.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's word.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's word.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's word.
        unsafe { System.realloc(place, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One refresh, written into `encoder`'s buffer.
fn refresh(encoder: &mut Encoder, number: i64) -> &[u8] {
    let mut message = encoder.message("FIX.4.4", "X");
    message.text(49, "EXCH").text(56, "CLIENT1").int(34, number);
    message.timestamp(
        52,
        Timestamp::from_nanos(number * 1_000_003),
        Precision::Nanos,
    );
    message.int(268, 2);
    for side in [b'0', b'1'] {
        message
            .char(279, b'1')
            .char(269, side)
            .text(278, "12")
            .text(55, "TTF-JAN26");
        message.price(270, Price::from_millionths(number * 1_001));
        message.volume(271, Volume::from_millionths(number * 1_000_000));
    }
    message.finish().unwrap()
}

#[test]
fn no_message_allocates() {
    let mut encoder = Encoder::new();
    let mut decoder = Decoder::default();
    let mut bytes = Vec::with_capacity(1 << 20);
    let mut pass = |from: i64| {
        bytes.clear();
        for number in from..from + 1_000 {
            bytes.extend_from_slice(refresh(&mut encoder, number));
        }
        bytes.extend_from_slice(b"garbage");
        let (mut fields, mut entries, mut skipped) = (0, 0, 0);
        let mut frames = decoder.last_frames(&bytes);
        while let Some(frame) = frames.next() {
            let Frame::Message(message) = frame else {
                skipped += 1;
                continue;
            };
            fields += message.fields().map(Result::unwrap).count();
            entries += message
                .book_entries()
                .unwrap()
                .unwrap()
                .map(Result::unwrap)
                .count();
            let dictionary = Dictionary::fix44();
            dictionary.validate(&message, Rules::default()).unwrap();
            entries += message.group(dictionary, 268).unwrap().count();
        }
        assert_eq!((fields, entries, skipped), (21_000, 4_000, 1));
    };
    // The first pass makes buffers as large as they need to be.
    pass(1_000_000);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    pass(2_000_000);
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed) - before, 0);
}
