//! The hot path takes no memory: a second pass over like messages allocates nothing.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use wattbook_feed::{
    ArbiterConfig, DbnDecoder, Decoder, Handler, HandlerLimits, Line, Overflow, PacketFormat,
    PacketWriter, Publisher, Start,
};

/// The system's allocator, with a count of what each thread asks of it.
struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the pointer came from `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn order(id: u64, action: u8) -> Vec<u8> {
    let mut record = vec![14, 0xa0, 1, 0, 7, 0, 0, 0];
    record.extend_from_slice(&id.to_le_bytes());
    record.extend_from_slice(&id.to_le_bytes());
    record.extend_from_slice(&((id % 50) as i64 * 1_000_000_000).to_le_bytes());
    record.extend_from_slice(&1_u32.to_le_bytes());
    record.extend_from_slice(&[0x80, 0, action, b'B']);
    record.resize(56, 0);
    record
}

/// Packets in which a thousand orders enter and leave.
fn packets(first: u64) -> Vec<Vec<u8>> {
    let mut writer = PacketWriter::new(PacketFormat::MoldUdp64, *b"ALLOCATION");
    let mut sequence = first;
    let records = (0..1_000).map(|id| order(id, b'A'));
    let records: Vec<_> = records
        .chain((0..1_000).map(|id| order(id, b'C')))
        .collect();
    let packet = |records: &[Vec<u8>]| {
        writer.begin(sequence, 0);
        for record in records {
            writer.message(record);
        }
        sequence += records.len() as u64;
        writer.finish().to_vec()
    };
    records.chunks(20).map(packet).collect()
}

#[test]
fn packets_become_events_without_memory() {
    let mut publisher = Publisher::new();
    let mut all = publisher.all("all", 4_096, Overflow::Backpressure).unwrap();
    let mut latest = publisher.latest("latest", 8);
    let mut throttled = publisher.throttled("throttled", 1_000, 4_096);
    let config = ArbiterConfig {
        start: Start::At(1),
        ..ArbiterConfig::new(PacketFormat::MoldUdp64)
    };
    let limits = HandlerLimits::default();
    let mut handler = Handler::new(config, Decoder::Dbn(DbnDecoder), publisher, limits);
    let (mut out, mut quotes) = (Vec::with_capacity(4_096), Vec::with_capacity(64));
    let mut allocated = Vec::new();
    for round in 0..4_u64 {
        let packets = packets(round * 2_000 + 1);
        let before = COUNT.with(Cell::get);
        for (at, pair) in packets.chunks(2).enumerate() {
            let now = (round * 100_000 + at as u64 * 500) as i64;
            // The lines bring them in turn and out of order: each second packet waits for the first.
            for (line, packet) in [Line::A, Line::B].into_iter().zip(pair.iter().rev()) {
                handler.packet(line, packet, now, now);
                handler.packet(Line::B, packet, now, now);
            }
            handler.flush(now).unwrap();
            out.clear();
            quotes.clear();
            all.take(&mut out, 4_096).unwrap();
            latest.take(&mut quotes);
            while throttled.pop().is_some() {}
        }
        allocated.push(COUNT.with(Cell::get) - before);
    }
    assert_eq!(handler.statistics().messages, 8_000);
    assert!(handler.statistics().gaps > 50);
    // The book and the tables grow at first.
    assert!(allocated[0] > 0, "the count counts");
    assert_eq!(allocated[2..], [0, 0], "{allocated:?}");
}
