//! Whatever two lines lose, repeat or mix up, consumers get every message once and in its order.
#![allow(clippy::unwrap_used, clippy::panic)]

mod net;

use net::{Got, Net, Random, Weather, number_of};
use proptest::prelude::*;
use wattbook_feed::{
    Arbiter, ArbiterConfig, Line, PacketFormat, PacketWriter, Request, RetryRule, Session,
    Snapshot, Start, encode_snapshot,
};

const FORMATS: [PacketFormat; 2] = [PacketFormat::Sequenced, PacketFormat::MoldUdp64];
const ONE_PERCENT: Weather = Weather {
    loss: 0.01,
    burst: 0.0,
    reorder: 0.0,
    duplicate: 0.0,
    recovery_loss: 0.0,
};

fn config(format: PacketFormat) -> ArbiterConfig {
    ArbiterConfig {
        start: Start::At(1),
        packets_pending_max: 512,
        packet_bytes_max: 600,
        gap_wait_ns: 250_000,
        ..ArbiterConfig::new(format)
    }
}

const PATIENT: RetryRule = RetryRule {
    attempts: 30,
    timeout_ns: 1_000_000,
};

fn format() -> impl Strategy<Value = PacketFormat> {
    prop::sample::select(&FORMATS[..])
}

#[test]
fn one_percent_loss_on_each_of_two_lines_loses_nothing() {
    for format in FORMATS {
        let config = ArbiterConfig {
            retransmission: Some(PATIENT),
            ..config(format)
        };
        let mut net = Net::new(config, ONE_PERCENT, 11);
        for packet in 0..100_000 {
            net.send(1 + packet % 3);
            net.run(net.venue.now);
        }
        net.heartbeat();
        net.finish();
        net.assert_complete();
        let counts = net.arbiter.statistics();
        assert!(counts.lines[0].first > 0 && counts.lines[1].first > 0);
        assert!(counts.units_waited_for > 500, "{counts:?}");
        assert!(counts.units_recovered > 0, "{counts:?}");
        assert_eq!(counts.units_lost, 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_lost_in_bad_weather(
        format in format(),
        seed: u64,
        loss in 0.0..0.3,
        burst in 0.0..0.01,
        reorder in 0.0..0.2,
        duplicate in 0.0..0.2,
        recovery_loss in 0.0..0.2,
    ) {
        let weather = Weather { loss, burst, reorder, duplicate, recovery_loss };
        let config = ArbiterConfig {
            retransmission: Some(PATIENT), packets_pending_max: 2_048, ..config(format)
        };
        let mut net = Net::new(config, weather, seed);
        for _ in 0..1_500 {
            let messages = net.random.below(4);
            net.send(messages);
            net.run(net.venue.now);
        }
        net.heartbeat();
        net.finish();
        net.assert_complete();
    }

    #[test]
    fn sessions_follow_each_other_without_loss(
        seed: u64, loss in 0.0..0.1, reorder in 0.0..0.1, resets in 1_usize..5,
    ) {
        let weather = Weather { loss, burst: 0.0, reorder, duplicate: 0.05, recovery_loss: 0.1 };
        for format in FORMATS {
            let config = ArbiterConfig { retransmission: Some(PATIENT), ..config(format) };
            let mut net = Net::new(config, weather, seed);
            for _ in 0..resets {
                for _ in 0..200 {
                    net.send(2);
                    net.run(net.venue.now);
                }
                // Nothing tells the end of what both lines lost last, but a heartbeat.
                net.heartbeat();
                net.run(net.venue.now + 100_000_000);
                net.venue.now += 2_000_000_000;
                net.venue.reset();
            }
            net.send(2);
            net.send(2);
            net.heartbeat();
            net.finish();
            net.assert_complete();
            prop_assert_eq!(net.got.sessions as usize, resets);
            prop_assert_eq!(net.arbiter.generation() as usize, resets);
        }
    }

    #[test]
    fn a_snapshot_stands_for_what_was_lost(
        format in format(), seed: u64, loss in 0.01..0.2, recovery_loss in 0.0..0.2,
    ) {
        let weather = Weather { loss, burst: 0.01, reorder: 0.05, duplicate: 0.02, recovery_loss };
        let config = ArbiterConfig { snapshot: Some(PATIENT), ..config(format) };
        let mut net = Net::new(config, weather, seed);
        for _ in 0..1_000 {
            net.send(2);
            net.run(net.venue.now);
        }
        net.heartbeat();
        net.finish();
        prop_assert_eq!(&net.got.lost, &vec![]);
        // What a consumer holds, rebuilt from the last snapshot and what came behind it, is everything.
        let last = net.got.in_snapshot.last().copied();
        let mut held: Vec<u64> = net.got.in_snapshot.clone();
        held.extend(net.got.numbers.iter().map(|got| got.2).filter(|number| last < Some(*number)));
        let expected: Vec<u64> = (0..net.venue.number).collect();
        prop_assert_eq!(held, expected);
        // And nothing was handed on twice or out of order.
        prop_assert!(net.got.numbers.windows(2).all(|pair| pair[0].2 < pair[1].2));
    }

    #[test]
    fn without_recovery_what_is_lost_is_told_exactly(
        format in format(), seed: u64, loss in 0.05..0.5,
    ) {
        let weather = Weather { loss, burst: 0.005, reorder: 0.1, duplicate: 0.1, recovery_loss: 0.0 };
        let mut net = Net::new(config(format), weather, seed);
        for _ in 0..800 {
            net.send(1);
            net.run(net.venue.now);
        }
        net.heartbeat();
        net.finish();
        let mut told: Vec<u64> = net.got.numbers.iter().map(|got| got.1).collect();
        for (from, to) in &net.got.lost {
            told.extend(*from..*to);
        }
        told.sort_unstable();
        let expected: Vec<u64> = (1..net.venue.sequence).collect();
        prop_assert_eq!(told, expected);
        prop_assert!(net.got.numbers.windows(2).all(|pair| pair[0].2 < pair[1].2));
    }

    #[test]
    fn any_packets_are_borne_in_bounded_memory(
        format in format(),
        packets in prop::collection::vec(
            (0_u8..5, any::<u64>(), 0_u16..5, any::<u8>(), any::<i32>(), any::<bool>()), 0..400),
        has_recovery: bool,
        junk in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let rule = has_recovery.then_some(RetryRule { attempts: 2, timeout_ns: 1_000 });
        let config = ArbiterConfig {
            retransmission: rule, snapshot: rule, packets_pending_max: 8, gap_max: 100,
            ..config(format)
        };
        let (mut arbiter, mut got, mut now) = (Arbiter::new(config), Got::default(), 0);
        for (line, sequence, count, session, wait, is_near) in packets {
            let mut writer = PacketWriter::new(format, [session % 3; 10]);
            writer.begin(if is_near { sequence % 300 } else { sequence }, now);
            (0..count).for_each(|_| writer.message(&sequence.to_le_bytes()));
            now += i64::from(wait.unsigned_abs());
            arbiter.receive(Line(line), writer.finish(), now, now, &mut got);
            arbiter.receive(Line(line), &junk, now, now, &mut got);
            arbiter.advance(now, &mut got);
            arbiter.take_request();
        }
        // No stamp out of order: within a generation the sequence never goes back.
        for pair in got.numbers.windows(2) {
            prop_assert!((pair[0].0, pair[0].1) <= (pair[1].0, pair[1].1));
        }
        prop_assert!(arbiter.statistics().pending_max <= 8);
    }
}

fn packet(format: PacketFormat, session: Session, sequence: u64, numbers: &[u64]) -> Vec<u8> {
    let mut writer = PacketWriter::new(format, session);
    writer.begin(sequence, sequence as i64);
    for number in numbers {
        writer.message(&number.to_le_bytes());
    }
    writer.finish().to_vec()
}

fn mold(sequence: u64, numbers: &[u64]) -> Vec<u8> {
    packet(PacketFormat::MoldUdp64, *b"0123456789", sequence, numbers)
}

#[test]
fn packets_cut_elsewhere_are_handed_on_once() {
    let (mut arbiter, mut got) = (
        Arbiter::new(config(PacketFormat::MoldUdp64)),
        Got::default(),
    );
    let mut take = |line, bytes: &[u8]| arbiter.receive(line, bytes, 0, 0, &mut got);
    take(Line::A, &mold(4, &[4, 5]));
    take(Line::B, &mold(2, &[2, 3, 4, 5, 6]));
    take(Line::A, &mold(1, &[1, 2, 3]));
    take(Line::A, &mold(6, &[6, 7]));
    let numbers: Vec<u64> = got.numbers.iter().map(|got| got.2).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn one_wild_packet_changes_nothing() {
    for (sequence, session) in [(u64::MAX - 9, *b"0123456789"), (1, *b"elsewhere!")] {
        let (mut arbiter, mut got) = (
            Arbiter::new(config(PacketFormat::MoldUdp64)),
            Got::default(),
        );
        arbiter.receive(Line::A, &mold(1, &[1]), 0, 0, &mut got);
        let wild = packet(PacketFormat::MoldUdp64, session, sequence, &[9]);
        arbiter.receive(Line::A, &wild, 1, 1, &mut got);
        arbiter.receive(Line::A, &mold(2, &[2]), 2, 2, &mut got);
        assert!(arbiter.is_live());
        assert_eq!((got.numbers.len(), got.lost.len(), got.sessions), (2, 0, 0));
    }
}

#[test]
fn a_full_buffer_is_told_and_goes_on() {
    let small = ArbiterConfig {
        packets_pending_max: 4,
        ..config(PacketFormat::MoldUdp64)
    };
    let (mut arbiter, mut got) = (Arbiter::new(small), Got::default());
    for sequence in 2..12 {
        arbiter.receive(Line::A, &mold(sequence, &[sequence]), 0, 0, &mut got);
    }
    let numbers: Vec<u64> = got.numbers.iter().map(|got| got.2).collect();
    assert_eq!(numbers, (2..12).collect::<Vec<_>>());
    assert_eq!((got.lost, got.overflows), (vec![(1, 2)], 1));
}

#[test]
fn a_damaged_copy_does_not_win() {
    let (mut arbiter, mut got) = (
        Arbiter::new(config(PacketFormat::MoldUdp64)),
        Got::default(),
    );
    let whole = mold(1, &[1, 2]);
    arbiter.receive(Line::A, &whole[..whole.len() - 1], 0, 0, &mut got);
    arbiter.receive(Line::B, &whole, 0, 0, &mut got);
    assert_eq!((got.malformed, got.numbers.len()), (1, 2));
    assert_eq!(arbiter.statistics().lines[0].malformed, 1);
}

#[test]
fn a_late_joiner_begins_with_a_snapshot_and_what_waited() {
    let late = ArbiterConfig {
        start: Start::Snapshot,
        snapshot: Some(RetryRule::default()),
        ..config(PacketFormat::MoldUdp64)
    };
    let (mut arbiter, mut got) = (Arbiter::new(late), Got::default());
    for sequence in 100..110 {
        arbiter.receive(Line::A, &mold(sequence, &[sequence]), 0, 0, &mut got);
    }
    let session = *b"0123456789";
    assert_eq!(
        arbiter.take_request(),
        Some(Request::Snapshot {
            session,
            sequence: 0
        })
    );
    assert!(got.numbers.is_empty() && !arbiter.is_live());
    let content = [7_u64.to_le_bytes()];
    let messages = content.iter().map(|message| &message[..]);
    let bytes = encode_snapshot(PacketFormat::MoldUdp64, session, 104, messages);
    let snapshot = Snapshot::parse(PacketFormat::MoldUdp64, &bytes).unwrap();
    assert!(arbiter.snapshot(&snapshot, 1, 1, &mut got));
    assert_eq!(got.in_snapshot, [7]);
    let numbers: Vec<u64> = got.numbers.iter().map(|got| got.2).collect();
    assert_eq!(numbers, [105, 106, 107, 108, 109]);
    assert!(arbiter.is_live());
    assert!(!arbiter.snapshot(&snapshot, 1, 1, &mut got), "nobody asked");
}

#[test]
fn the_end_of_a_session_shows_what_is_missing_of_it() {
    let (mut arbiter, mut got) = (
        Arbiter::new(config(PacketFormat::MoldUdp64)),
        Got::default(),
    );
    arbiter.receive(Line::A, &mold(1, &[1]), 0, 0, &mut got);
    let mut writer = PacketWriter::new(PacketFormat::MoldUdp64, *b"0123456789");
    writer.begin(5, 0);
    writer.end_of_session();
    arbiter.receive(Line::B, writer.finish(), 0, 0, &mut got);
    assert!(!arbiter.is_live());
    arbiter.advance(arbiter.deadline().unwrap(), &mut got);
    assert_eq!(got.lost, [(2, 5)]);
}

#[test]
fn a_heartbeat_behind_what_was_seen_confirms_a_reset() {
    let (mut arbiter, mut got) = (
        Arbiter::new(config(PacketFormat::Sequenced)),
        Got::default(),
    );
    let late = 2_000_000_000;
    let mut take = |sequence: u64, ts_event: i64, numbers: &[u64]| {
        let mut writer = PacketWriter::new(PacketFormat::Sequenced, Session::default());
        writer.begin(sequence, ts_event);
        for number in numbers {
            writer.message(&number.to_le_bytes());
        }
        arbiter.receive(Line::A, writer.finish(), ts_event, ts_event, &mut got);
    };
    take(1, 1, &[1]);
    take(2, 2, &[2]);
    take(3, late, &[]); // A quiet venue: the same session goes on.
    take(1, 2 * late, &[3]);
    take(2, 2 * late + 1, &[]);
    let numbers: Vec<u64> = got.numbers.iter().map(|got| got.2).collect();
    assert_eq!((numbers, got.sessions), (vec![1, 2, 3], 1));
}

#[test]
fn the_helpers_of_these_tests_are_not_idle() {
    assert_eq!(number_of(&5_u64.to_le_bytes()), 5);
    assert!(!Random(1).chance(0.0) && Random(1).chance(1.0));
}
