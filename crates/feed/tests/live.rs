//! The handler on real sockets of the loopback interface.
#![allow(clippy::unwrap_used, clippy::panic)]

mod net;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, UdpSocket};
use std::time::{Duration, Instant};

use net::Random;
use wattbook_domain::order::Side;
use wattbook_feed::io::{
    LiveFeed, Recorder, Recovery, RecoveryServer, RecoveryStore, Source, Stamping, TcpReceiver,
    UdpConfig, UdpReceiver, Waiting, now_ns,
};
use wattbook_feed::{
    ArbiterConfig, CaptureConfig, CaptureReader, CaptureWriter, DbnDecoder, Decoder, FeedEvent,
    Handler, HandlerLimits, Line, Overflow, PacketFormat, PacketWriter, Publisher, RetryRule,
    Session, Start, encode_snapshot,
};
use wattbook_journal::FileStorage;

const LOCAL: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
const SESSION: Session = *b"LIVE      ";
const SLEEP: Waiting = Waiting::Sleep(Duration::from_millis(5));
const LIMIT: Duration = Duration::from_secs(20);

/// A record of `mbo`: order `id` entered at `id` ticks below zero.
fn order(id: u64) -> Vec<u8> {
    let mut record = vec![14, 0xa0, 1, 0, 7, 0, 0, 0];
    record.extend_from_slice(&id.to_le_bytes());
    record.extend_from_slice(&id.to_le_bytes());
    record.extend_from_slice(&(-(id as i64) * 1_000_000).to_le_bytes());
    record.extend_from_slice(&1_u32.to_le_bytes());
    record.extend_from_slice(&[0x80, 0, b'A', b'B']);
    record.resize(56, 0);
    record
}

/// Packets of orders 1 to `count`, four in each.
fn packets(format: PacketFormat, count: u64) -> Vec<Vec<u8>> {
    let mut writer = PacketWriter::new(format, SESSION);
    let ids: Vec<u64> = (1..=count).collect();
    let packet = |(at, ids): (usize, &[u64])| {
        let sequence = match format {
            PacketFormat::Sequenced => at as u64 + 1,
            PacketFormat::MoldUdp64 => ids[0],
        };
        writer.begin(sequence, now_ns());
        for id in ids {
            writer.message(&order(*id));
        }
        writer.finish().to_vec()
    };
    ids.chunks(4).enumerate().map(packet).collect()
}

fn config(format: PacketFormat) -> ArbiterConfig {
    ArbiterConfig {
        start: Start::At(1),
        gap_wait_ns: 1_000_000,
        ..ArbiterConfig::new(format)
    }
}

fn handler(config: ArbiterConfig, publisher: Publisher) -> Handler {
    let decoder = Decoder::Dbn(DbnDecoder);
    Handler::new(config, decoder, publisher, HandlerLimits::default())
}

fn receiver(stamping: Stamping) -> (UdpReceiver, SocketAddr) {
    let receiver = UdpReceiver::open(&UdpConfig {
        stamping,
        ..UdpConfig::new(LOCAL)
    });
    let receiver = receiver.unwrap();
    let address = receiver.address().unwrap();
    (receiver, address)
}

/// Turns until `is_done`, or fails.
fn turn_until(feed: &mut LiveFeed, mut is_done: impl FnMut(&LiveFeed) -> bool) {
    let start = Instant::now();
    while !is_done(feed) {
        feed.turn(SLEEP).unwrap();
        assert!(start.elapsed() < LIMIT, "{:?}", feed.handler().statistics());
    }
}

/// Sends `packets` over two lines that each lose one in a hundred, taking what comes in between.
fn send(feed: &mut LiveFeed, packets: &[Vec<u8>], lines: [SocketAddr; 2], seed: u64) {
    let socket = UdpSocket::bind(LOCAL).unwrap();
    let mut random = Random(seed);
    for batch in packets.chunks(16) {
        for packet in batch {
            for line in lines {
                if !random.chance(0.01) {
                    socket.send_to(packet, line).unwrap();
                }
            }
        }
        feed.turn(SLEEP).unwrap();
    }
    // Without loss, so that the end is known.
    socket.send_to(packets.last().unwrap(), lines[0]).unwrap();
}

fn assert_all_orders(handler: &Handler, count: u64) {
    let (_, book) = handler.books().iter().next().unwrap();
    let orders: Vec<u64> = book
        .orders
        .as_ref()
        .unwrap()
        .orders(Side::Buy)
        .map(|order| order.order_id)
        .collect();
    assert_eq!(orders, (1..=count).collect::<Vec<_>>());
    assert_eq!(handler.books().anomalies(), 0);
}

#[test]
fn two_lossy_lines_and_a_server_of_requests_lose_nothing() {
    const COUNT: u64 = 40_000;
    for format in [PacketFormat::MoldUdp64, PacketFormat::Sequenced] {
        let ((a, to_a), (b, to_b)) = (receiver(Stamping::Kernel), receiver(Stamping::Hardware));
        let server = RecoveryServer::start(RecoveryStore::new(format, 1 << 16)).unwrap();
        let packets = packets(format, COUNT);
        for packet in &packets {
            server.store().keep(packet);
        }
        let mut publisher = Publisher::new();
        let spill = Overflow::Spill {
            directory: std::env::temp_dir(),
            bytes_max: 64 << 20,
        };
        let mut all = publisher.all("all", 1 << 10, spill).unwrap();
        let config = ArbiterConfig {
            retransmission: Some(RetryRule {
                attempts: 100,
                timeout_ns: 20_000_000,
            }),
            ..config(format)
        };
        let lines = vec![Source::Udp(a), Source::Udp(b)];
        let feed = LiveFeed::new(handler(config, publisher), lines);
        // Both ways to ask.
        let mut feed = match format {
            PacketFormat::MoldUdp64 => {
                let (socket, _) = receiver(Stamping::None);
                feed.with_mold_requests(socket, server.udp_address())
            }
            PacketFormat::Sequenced => {
                feed.with_recovery(Recovery::over_tcp(server.tcp_address()).unwrap())
            }
        };
        let before = now_ns();
        send(&mut feed, &packets, [to_a, to_b], 5);
        turn_until(&mut feed, |feed| {
            feed.handler().statistics().messages == COUNT
        });
        for line in feed.lines().iter().flatten() {
            let Source::Udp(line) = line else {
                panic!("datagrams")
            };
            assert!(
                line.stamps().0 > 9_000,
                "the kernel stamps: {:?}",
                line.stamps()
            );
        }
        let handler = feed.close().unwrap();
        let counts = handler.statistics();
        assert!(
            counts.units_recovered > 0 && server.answered() > 0,
            "{counts:?}"
        );
        assert_eq!(counts.units_lost, 0);
        assert_all_orders(&handler, COUNT);
        let mut out: Vec<FeedEvent> = Vec::new();
        while all.take(&mut out, 10_000).unwrap() > 0 {}
        let ids: Vec<u64> = out.iter().map(|event| event.venue_order).collect();
        assert_eq!(ids, (1..=COUNT).collect::<Vec<_>>());
        assert!(
            out.iter()
                .all(|event| event.ts_recv >= before && event.ts_recv <= now_ns())
        );
    }
}

#[test]
fn a_snapshot_recovers_within_a_second() {
    // The fastest of five, because what else the machine does is not ours to count.
    let took = (0..5).map(|_| recover_by_snapshot()).min().unwrap();
    assert!(took < Duration::from_secs(1), "{took:?}");
}

/// Time from the first packet behind a long gap to the end of the gap.
fn recover_by_snapshot() -> Duration {
    const COUNT: u64 = 20_000;
    let format = PacketFormat::MoldUdp64;
    let (a, to_a) = receiver(Stamping::Kernel);
    let server = RecoveryServer::start(RecoveryStore::new(format, 1)).unwrap();
    let packets = packets(format, COUNT);
    let recovery = Recovery::over_tcp(server.tcp_address()).unwrap();
    let config = ArbiterConfig {
        snapshot: Some(RetryRule {
            attempts: 20,
            timeout_ns: 400_000_000,
        }),
        ..config(format)
    };
    let handler = handler(config, Publisher::new());
    let mut feed = LiveFeed::new(handler, vec![Source::Udp(a)]).with_recovery(recovery);
    let socket = UdpSocket::bind(LOCAL).unwrap();
    // A hundred packets, then nothing for a while, then the rest from the middle on.
    for packet in &packets[..100] {
        socket.send_to(packet, to_a).unwrap();
    }
    turn_until(&mut feed, |feed| {
        feed.handler().statistics().messages == 400
    });
    let orders: Vec<Vec<u8>> = (1..=COUNT - 200).map(order).collect();
    let messages = orders.iter().map(|order| &order[..]);
    let snapshot = encode_snapshot(format, SESSION, COUNT - 200, messages);
    server.store().keep_snapshot(snapshot);
    let start = Instant::now();
    for packet in &packets[packets.len() - 300..] {
        socket.send_to(packet, to_a).unwrap();
    }
    turn_until(&mut feed, |feed| {
        feed.handler().arbiter().next_sequence() == COUNT + 1
    });
    let took = start.elapsed();
    let handler = feed.close().unwrap();
    eprintln!(
        "snapshot of {} orders and what waited: {took:?}",
        COUNT - 200
    );
    assert!(handler.arbiter().is_live() && handler.books().is_trusted());
    assert_eq!(
        (
            handler.statistics().snapshots,
            handler.statistics().units_lost
        ),
        (1, 0)
    );
    assert_all_orders(&handler, COUNT);
    took
}

#[test]
fn what_is_captured_live_replays_to_the_same_events() {
    const COUNT: u64 = 8_000;
    let format = PacketFormat::MoldUdp64;
    let folder = std::env::temp_dir().join(format!("wattbook-capture-{}", std::process::id()));
    let ((a, to_a), (b, to_b)) = (receiver(Stamping::Kernel), receiver(Stamping::Kernel));
    let lines = vec![Source::Udp(a), Source::Udp(b)];
    let capture = CaptureWriter::create(&folder, format, CaptureConfig::default()).unwrap();
    // Nobody answers, so that time alone decides what is lost.
    let handler_config = config(format);
    let mut feed =
        LiveFeed::new(handler(handler_config, Publisher::new()), lines).with_capture(capture);
    let mut packets = packets(format, COUNT);
    packets.remove(700);
    send(&mut feed, &packets, [to_a, to_b], 9);
    turn_until(&mut feed, |feed| {
        feed.handler().arbiter().next_sequence() == COUNT + 1
    });
    let live = feed.close().unwrap();
    assert!(live.statistics().units_lost >= 4);
    let storage = FileStorage::readable(&folder).unwrap();
    let mut again = handler(handler_config, Publisher::new());
    let mut reader = CaptureReader::open(&storage).unwrap();
    let replayed = reader.visit(|entry| {
        again.replay(entry);
        Ok(())
    });
    replayed.unwrap();
    // Words about the stream carry the time at which they were said; the messages' stamps are recorded.
    assert_eq!(again.statistics(), live.statistics());
    assert_eq!(again.events(), live.events());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_end_hands_on_what_waits_and_tells_what_is_lost() {
    let format = PacketFormat::MoldUdp64;
    let config = ArbiterConfig {
        retransmission: Some(RetryRule::default()),
        snapshot: Some(RetryRule::default()),
        ..config(format)
    };
    let (mut handler, packets) = (handler(config, Publisher::new()), packets(format, 16));
    for at in [0, 2, 3] {
        handler.packet(Line::A, &packets[at], 0, 0);
    }
    assert_eq!(handler.statistics().messages, 4);
    let mut moments = Vec::new();
    handler.finish(|due| moments.push(due));
    let counts = handler.statistics();
    assert_eq!((counts.messages, counts.units_lost), (12, 4));
    assert!(handler.arbiter().is_live() && !handler.books().is_trusted());
    // The other line, three requests, three snapshots.
    assert_eq!(
        (moments.len(), counts.requests, counts.snapshot_requests),
        (7, 3, 3)
    );
}

#[test]
fn a_group_is_joined_where_the_machine_allows() {
    let group = Ipv4Addr::new(239, 255, 77, 1);
    let open = |interface, port| {
        UdpReceiver::open(&UdpConfig {
            group: Some(group),
            interface,
            ..UdpConfig::new(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port))
        })
    };
    let mut line = match open(Ipv4Addr::LOCALHOST, 0) {
        Ok(line) => line,
        Err(error) => {
            eprintln!("skipped: no multicast here: {error}");
            return;
        }
    };
    let port = line.address().unwrap().port();
    // A second listener of the same group and port on the same machine.
    let mut beside = open(Ipv4Addr::LOCALHOST, port).unwrap();
    let socket = UdpSocket::bind(LOCAL).unwrap();
    if let Err(error) = socket.send_to(b"to all", (group, port)) {
        eprintln!("skipped: no route for multicast here: {error}");
        return;
    }
    let start = Instant::now();
    for line in [&mut line, &mut beside] {
        let mut found = Vec::new();
        while line
            .receive(|packet| found.extend_from_slice(packet.bytes))
            .unwrap()
            == 0
        {
            assert!(start.elapsed() < LIMIT);
        }
        assert_eq!(found, b"to all");
    }
}

#[test]
fn a_stream_is_a_line_too_and_its_end_ends_nothing_else() {
    const COUNT: u64 = 2_000;
    let format = PacketFormat::MoldUdp64;
    let listener = TcpListener::bind(LOCAL).unwrap();
    let address = listener.local_addr().unwrap();
    let sent = packets(format, COUNT);
    let half = sent.len() / 2;
    let (first, second) = (sent[..half].to_vec(), sent[half..].to_vec());
    let venue = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for packet in first {
            stream
                .write_all(&(packet.len() as u16).to_be_bytes())
                .unwrap();
            stream.write_all(&packet).unwrap();
        }
    });
    let (b, to_b) = receiver(Stamping::Kernel);
    let stream = TcpReceiver::connect(address, LIMIT).unwrap();
    let lines = vec![Source::Tcp(stream), Source::Udp(b)];
    let mut feed = LiveFeed::new(handler(config(format), Publisher::new()), lines);
    venue.join().unwrap();
    turn_until(&mut feed, |feed| feed.lines()[0].is_none());
    let socket = UdpSocket::bind(LOCAL).unwrap();
    for packet in &second {
        socket.send_to(packet, to_b).unwrap();
        feed.turn(Waiting::Spin).unwrap();
    }
    turn_until(&mut feed, |feed| {
        feed.handler().statistics().messages == COUNT
    });
    assert_all_orders(&feed.close().unwrap(), COUNT);
}

#[test]
fn a_recorder_keeps_packets_as_they_come() {
    let folder = std::env::temp_dir().join(format!("wattbook-recorder-{}", std::process::id()));
    let (a, to_a) = receiver(Stamping::Kernel);
    let format = PacketFormat::Sequenced;
    let capture = CaptureWriter::create(&folder, format, CaptureConfig::default()).unwrap();
    let mut recorder = Recorder::new(vec![Source::Udp(a)], capture);
    let socket = UdpSocket::bind(LOCAL).unwrap();
    socket.send_to(b"anything at all", to_a).unwrap();
    let start = Instant::now();
    while recorder.turn(Duration::from_millis(5)).unwrap() == 0 {
        assert!(start.elapsed() < LIMIT);
    }
    assert_eq!((recorder.kernel_drops(), recorder.close().unwrap()), (0, 1));
    let storage = FileStorage::readable(&folder).unwrap();
    let mut found = Vec::new();
    let mut reader = CaptureReader::open(&storage).unwrap();
    let visited = reader.visit(|entry| {
        found.push(entry.bytes.to_vec());
        Ok(())
    });
    visited.unwrap();
    assert_eq!(found, [b"anything at all"]);
    std::fs::remove_dir_all(&folder).unwrap();
}
