//! Feed handlers: packets of two lines to books and consumers, and the time from the wire to an event.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use wattbook_domain::Ticks;
use wattbook_feed::io::{
    LiveFeed, Source, Stamping, UdpConfig, UdpReceiver, Waiting, now_ns, pin_to_core,
};
use wattbook_feed::{
    AllReader, ArbiterConfig, DbnDecoder, Decoder, FeedEvent, Handler, HandlerLimits, Line,
    Overflow, PacketFormat, PacketWriter, Publisher, Start, ring,
};

use crate::Arguments;
use crate::harness::{self, Latency, Report, Work};

const RECORD: usize = 56;
/// Records in a packet: as many as fit an Ethernet frame.
const BATCH: usize = 24;
/// Packets that the second line is behind the first.
const BEHIND: usize = 4;

fn handler() -> (Handler, AllReader) {
    let mut publisher = Publisher::new();
    let all = publisher
        .all("bench", 1 << 12, Overflow::Backpressure)
        .unwrap();
    let config = ArbiterConfig {
        start: Start::At(1),
        ..ArbiterConfig::new(PacketFormat::MoldUdp64)
    };
    let decoder = Decoder::Dbn(DbnDecoder);
    (
        Handler::new(config, decoder, publisher, HandlerLimits::default()),
        all,
    )
}

fn packets(records: &[u8]) -> Vec<Vec<u8>> {
    let mut writer = PacketWriter::new(PacketFormat::MoldUdp64, *b"BENCH     ");
    let mut sequence = 1;
    let batches = records.chunks(RECORD * BATCH);
    batches
        .map(|batch| {
            writer.begin(sequence, 0);
            for record in batch.chunks_exact(RECORD) {
                writer.message(record);
                sequence += 1;
            }
            writer.finish().to_vec()
        })
        .collect()
}

/// Whether a line loses packet `at`: one in a hundred, never both lines the same.
fn is_lost(line: Line, at: usize) -> bool {
    at % 100 == if line == Line::A { 37 } else { 71 }
}

/// Arbitrates two lines that each lose one packet in a hundred, decodes, rebuilds the book and hands every
/// event to a consumer.
pub(crate) fn handle(arguments: &Arguments) -> Report {
    let records = std::fs::read(&arguments.input).unwrap();
    let packets = packets(&records);
    let prepare = || (handler(), Vec::with_capacity(1 << 12));
    let (seconds, work) = harness::measure(arguments.repeats, prepare, |((handler, all), out)| {
        let mut now = 1;
        for at in 0..packets.len() + BEHIND {
            now += 1_000;
            for (line, at) in [(Line::A, at), (Line::B, at.wrapping_sub(BEHIND))] {
                if let Some(bytes) = packets.get(at)
                    && !is_lost(line, at)
                {
                    handler.packet(line, bytes, now, now);
                }
            }
            out.clear();
            all.take(out, usize::MAX).unwrap();
        }
        work(handler)
    });
    Report {
        unit: "messages/s",
        count: (records.len() / RECORD) as u64,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}

fn work(handler: &Handler) -> Work {
    assert_eq!(handler.statistics().units_lost, 0);
    let (_, book) = handler.books().iter().next().unwrap();
    let top = book.top();
    let price = |side: Option<(Ticks, _)>| side.map_or(0, |(price, _)| price.count() as u64);
    let (events, hash) = handler.events();
    vec![
        ("bid", price(top.bid)),
        ("ask", price(top.ask)),
        ("events", events),
        ("hash", hash),
    ]
}

/// Moves events from one thread to another.
pub(crate) fn transport(arguments: &Arguments) -> Report {
    const COUNT: u64 = 4_000_000;
    let (seconds, work) = harness::measure(
        arguments.repeats,
        || (),
        |()| {
            let (mut writer, mut reader) = ring::<FeedEvent>(1 << 12);
            let taker = thread::spawn(move || {
                let (mut out, mut count, mut sum) = (Vec::with_capacity(1 << 12), 0, 0_u64);
                while count < COUNT {
                    out.clear();
                    if reader.take(&mut out, 1 << 12) == 0 {
                        thread::yield_now();
                    }
                    count += out.len() as u64;
                    sum = out
                        .iter()
                        .fold(sum, |sum, event| sum.wrapping_add(event.sequence));
                }
                sum
            });
            let mut event = FeedEvent::default();
            for sequence in 0..COUNT {
                event.sequence = sequence;
                while !writer.push(&event) {
                    thread::yield_now();
                }
            }
            vec![("sum", taker.join().unwrap())]
        },
    );
    Report {
        unit: "events/s",
        count: COUNT,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}

/// Loopback UDP to an event, the receiver spinning on a processor of its own.
pub(crate) fn spin(arguments: &Arguments) -> Report {
    latency(arguments, Waiting::Spin)
}

/// Loopback UDP to an event, the receiver sleeping in the kernel between packets.
pub(crate) fn sleep(arguments: &Arguments) -> Report {
    latency(arguments, Waiting::Sleep(Duration::from_millis(50)))
}

const SENT: u64 = 20_000;

/// Sends packets of one order each over two lines, stamped by the sender, and reads the clock when the
/// event has passed arbitration, decoding, the book and the consumer's ring.
fn latency(arguments: &Arguments, waiting: Waiting) -> Report {
    let mut nanos = Vec::new();
    // Asked once: a pinned thread and what it starts see its own processor only.
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (seconds, work) = harness::measure(
        arguments.repeats.min(2),
        || (),
        |()| {
            let (times, work) = run(waiting, cores);
            nanos.extend(times);
            work
        },
    );
    Report {
        unit: "packets/s",
        count: SENT,
        seconds,
        work,
        latency_ns: Some(Latency::of(nanos)),
        extra: Vec::new(),
    }
}

fn line() -> UdpReceiver {
    let local = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    UdpReceiver::open(&UdpConfig {
        stamping: Stamping::Kernel,
        ..UdpConfig::new(local)
    })
    .unwrap()
}

fn run(waiting: Waiting, cores: usize) -> (Vec<u64>, Work) {
    let (a, b) = (line(), line());
    let addresses = [a.address().unwrap(), b.address().unwrap()];
    let (handler, mut all) = handler();
    let mut feed = LiveFeed::new(handler, vec![Source::Udp(a), Source::Udp(b)]);
    let is_done = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&is_done);
    let ready = Arc::new(Barrier::new(2));
    let pinned = Arc::clone(&ready);
    let sender = thread::spawn(move || {
        // The last processor sends; the first receives. On one processor both share it.
        let _ = pin_to_core(cores - 1);
        pinned.wait();
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut writer = PacketWriter::new(PacketFormat::MoldUdp64, *b"BENCH     ");
        for sequence in 1..=SENT {
            let now = now_ns();
            writer.begin(sequence, now);
            writer.message(&order(sequence, now));
            let packet = writer.finish();
            for address in addresses {
                socket.send_to(packet, address).unwrap();
            }
            thread::sleep(Duration::from_micros(50));
        }
        done.store(true, Ordering::Release);
    });
    ready.wait();
    let _ = pin_to_core(0);
    let (mut nanos, mut out) = (Vec::with_capacity(SENT as usize), Vec::with_capacity(64));
    while nanos.len() < SENT as usize {
        let was_done = is_done.load(Ordering::Acquire);
        let count = feed.turn(waiting).unwrap();
        out.clear();
        all.take(&mut out, usize::MAX).unwrap();
        let now = now_ns();
        nanos.extend(out.iter().map(|event| (now - event.ts_event).max(0) as u64));
        assert!(
            count > 0 || !was_done || nanos.len() == SENT as usize,
            "packets were dropped"
        );
    }
    sender.join().unwrap();
    let messages = feed.handler().statistics().messages;
    (nanos, vec![("messages", messages)])
}

/// A record of `mbo`: an order entered, and in every second one it leaves.
fn order(sequence: u64, now: i64) -> Vec<u8> {
    let mut record = vec![14, 0xa0, 1, 0, 7, 0, 0, 0];
    record.extend_from_slice(&now.to_le_bytes());
    record.extend_from_slice(&(sequence / 2).to_le_bytes());
    record.extend_from_slice(&(5_000_000_000_i64 + sequence as i64 % 64 * 1_000_000).to_le_bytes());
    record.extend_from_slice(&1_u32.to_le_bytes());
    let action = if sequence.is_multiple_of(2) {
        b'A'
    } else {
        b'C'
    };
    record.extend_from_slice(&[0x80, 0, action, b'B']);
    record.resize(RECORD, 0);
    record
}
