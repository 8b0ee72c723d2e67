//! Who asked for all gets all, whoever else is slow; who asked for less gets the latest.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::thread;

use proptest::prelude::*;
use wattbook_domain::id::InstrumentId;
use wattbook_domain::order::Side;
use wattbook_domain::{Price, Volume};
use wattbook_feed::{
    Bar, BarBuilder, BarRule, Carried, FeedEvent, FeedEventKind, FeedQuote, Overflow, Publisher,
    Throttle, latest, ring,
};

fn event(sequence: u64) -> FeedEvent {
    FeedEvent {
        sequence,
        venue_order: sequence.wrapping_mul(3),
        price: Price::from_millionths(-(sequence as i64)),
        ..FeedEvent::default()
    }
}

fn quote(instrument: u32, sequence: u64) -> FeedQuote {
    FeedQuote {
        sequence,
        instrument: InstrumentId(instrument),
        bid_price: Price::from_millionths(-(sequence as i64)),
        ask_volume: Volume::from_millionths(sequence as i64),
        ..FeedQuote::default()
    }
}

fn trade(at: i64, price: i64, volume: i64) -> FeedEvent {
    FeedEvent {
        kind: FeedEventKind::Trade,
        ts_event: at,
        instrument: InstrumentId(7),
        price: Price::from_millionths(price),
        volume: Volume::from_millionths(volume),
        ..FeedEvent::default()
    }
}

proptest! {
    #[test]
    fn an_event_survives_its_words(
        numbers: [u64; 3], times: [i64; 4], orders: u32, generation: u32, instrument: u32,
        kind in 0_usize..10, side in 0_u8..3,
    ) {
        use FeedEventKind as Kind;
        let kinds = [
            Kind::Add, Kind::Modify, Kind::Delete, Kind::Clear, Kind::Level, Kind::Trade, Kind::Lost,
            Kind::SnapshotBegan, Kind::SnapshotEnded, Kind::SessionChanged,
        ];
        let event = FeedEvent {
            sequence: numbers[0], ts_event: times[0], ts_recv: times[1],
            instrument: InstrumentId(instrument), kind: kinds[kind],
            side: [None, Some(Side::Buy), Some(Side::Sell)][usize::from(side)],
            venue_order: numbers[1], price: Price::from_millionths(times[2]),
            volume: Volume::from_millionths(times[3]), orders, generation,
        };
        prop_assert_eq!(FeedEvent::from_words(&event.to_words()), event);
        let quote = FeedQuote { ts_event: times[3], ..quote(instrument, numbers[0]) };
        prop_assert_eq!(FeedQuote::from_words(&quote.to_words()), quote);
        let bar = Bar { instrument: InstrumentId(instrument), trades: orders, start: times[0],
            close: Price::from_millionths(times[1]), ..Bar::default() };
        prop_assert_eq!(Bar::from_words(&bar.to_words()), bar);
    }

    #[test]
    fn a_ring_hands_on_what_it_took(steps in prop::collection::vec(any::<(bool, u8)>(), 0..500)) {
        let (mut writer, mut reader) = ring(8);
        let (mut next, mut expected, mut out) = (0, 0, Vec::new());
        for (is_write, count) in steps {
            if is_write {
                let room = 8 - (next - expected);
                for at in 0..u64::from(count % 12) {
                    let is_taken = writer.push(&event(next));
                    prop_assert_eq!(is_taken, at < room);
                    next += u64::from(is_taken);
                }
            } else {
                out.clear();
                reader.take(&mut out, usize::from(count % 12));
                out.extend((count % 2 == 0).then(|| reader.pop()).flatten());
                for got in &out {
                    prop_assert_eq!(*got, event(expected));
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn whoever_spills_gets_all_in_order(
        steps in prop::collection::vec((any::<bool>(), 0_usize..3_000), 1..40),
    ) {
        let mut publisher = Publisher::new();
        let directory = std::env::temp_dir();
        let overflow = Overflow::Spill { directory, bytes_max: 1_500 * 64 };
        let mut reader = publisher.all("slow", 16, overflow).unwrap();
        let (mut next, mut out) = (0, Vec::new());
        for (is_write, count) in steps {
            if is_write {
                for _ in 0..count {
                    // Full: ring and file hold what they may; nothing is lost, the feed waits.
                    if !publisher.publish(&event(next)).unwrap() {
                        break;
                    }
                    next += 1;
                }
                publisher.advance(0).unwrap();
            } else {
                reader.take(&mut out, count).unwrap();
            }
        }
        while reader.take(&mut out, 10_000).unwrap() > 0 {}
        prop_assert_eq!(out.len() as u64, next);
        prop_assert!(out.iter().enumerate().all(|(at, got)| *got == event(at as u64)));
    }

    #[test]
    fn bars_add_up(
        trades in prop::collection::vec((0_i64..40, -50_i64..50, 1_i64..30), 0..200),
        interval_ns in 1_i64..60,
        threshold in 1_i64..100,
    ) {
        for rule in [
            BarRule::Time { interval_ns },
            BarRule::Volume { volume: Volume::from_millionths(threshold) },
        ] {
            let (mut builder, mut bars) = (BarBuilder::new(rule), Vec::new());
            let (mut at, mut sum) = (-500, 0);
            for (wait, price, volume) in &trades {
                at += wait;
                sum += volume;
                builder.take(&trade(at, *price, *volume), |bar| bars.push(*bar));
            }
            builder.advance(i64::MAX, |bar| bars.push(*bar));
            let told: i64 = bars.iter().map(|bar| bar.volume.millionths()).sum();
            match rule {
                BarRule::Time { .. } => {
                    prop_assert_eq!(told, sum);
                    prop_assert!(bars.iter().all(|bar| bar.end - bar.start == interval_ns));
                    prop_assert!(bars.iter().all(|bar| bar.start.rem_euclid(interval_ns) == 0));
                    prop_assert!(bars.windows(2).all(|pair| pair[0].end <= pair[1].start));
                }
                BarRule::Volume { volume } => {
                    prop_assert!(bars.iter().all(|bar| bar.volume >= volume));
                    prop_assert!(sum - told < threshold);
                }
            }
            for bar in &bars {
                prop_assert!(bar.low <= bar.open && bar.open <= bar.high);
                prop_assert!(bar.low <= bar.close && bar.close <= bar.high && bar.trades > 0);
            }
        }
    }

    #[test]
    fn a_throttle_never_tells_too_often_and_ends_with_the_last(
        steps in prop::collection::vec((0_i64..30, 0_u32..3), 1..200), interval_ns in 1_i64..50,
    ) {
        let mut throttle = Throttle::new(interval_ns);
        let (mut now, mut told) = (0, Vec::new());
        let mut last = [None; 3];
        for (sequence, (wait, instrument)) in steps.iter().enumerate() {
            now += wait;
            while let Some(due) = throttle.next_due(now) {
                told.push((now, due));
            }
            let quote = quote(*instrument, sequence as u64);
            last[*instrument as usize] = Some(quote);
            told.extend(throttle.take(&quote, now).map(|quote| (now, quote)));
        }
        while let Some(due) = throttle.deadline() {
            now = now.max(due);
            while let Some(quote) = throttle.next_due(now) {
                told.push((now, quote));
            }
        }
        for instrument in 0..3_u32 {
            let of: Vec<_> = told.iter().filter(|(_, told)| told.instrument.0 == instrument).collect();
            prop_assert!(of.windows(2).all(|pair| pair[1].0 - pair[0].0 >= interval_ns));
            prop_assert!(of.windows(2).all(|pair| pair[0].1.sequence < pair[1].1.sequence));
            prop_assert_eq!(of.last().map(|(_, quote)| *quote), last[instrument as usize]);
        }
    }
}

#[test]
fn slow_consumers_slow_nobody_and_lose_nothing() {
    const COUNT: u64 = 200_000;
    let mut publisher = Publisher::new();
    let spill = Overflow::Spill {
        directory: std::env::temp_dir(),
        bytes_max: 64 << 20,
    };
    let mut slow = publisher.all("slow", 64, spill).unwrap();
    let mut fast = publisher
        .all("fast", 1 << 12, Overflow::Backpressure)
        .unwrap();
    let reader = thread::spawn(move || {
        let mut out = Vec::new();
        while out.len() < COUNT as usize {
            if fast.take(&mut out, 4_096).unwrap() == 0 {
                thread::yield_now();
            }
        }
        out
    });
    for sequence in 0..COUNT {
        while !publisher.publish(&event(sequence)).unwrap() {
            thread::yield_now();
        }
    }
    publisher.advance(0).unwrap();
    let out = reader.join().unwrap();
    assert!(
        out.iter()
            .enumerate()
            .all(|(at, got)| *got == event(at as u64))
    );
    // Only now does the slow one read at all.
    let counts: Vec<_> = publisher.statistics().map(|(_, counts)| counts).collect();
    assert_eq!((counts[0].waiting, counts[0].blocked), (COUNT, 0));
    assert!(counts[0].spilled >= COUNT - 64);
    let mut out = Vec::new();
    while slow.take(&mut out, 10_000).unwrap() > 0 {}
    assert!(
        out.len() == COUNT as usize
            && out
                .iter()
                .enumerate()
                .all(|(at, got)| *got == event(at as u64))
    );
}

#[test]
fn a_consumer_that_is_gone_holds_nobody_up() {
    let mut publisher = Publisher::new();
    let gone = publisher.all("gone", 2, Overflow::Backpressure).unwrap();
    drop(gone);
    for sequence in 0..10 {
        assert!(publisher.publish(&event(sequence)).unwrap());
    }
    publisher.advance(0).unwrap();
    assert_eq!(publisher.statistics().count(), 0);
}

#[test]
fn the_latest_quote_is_whole_and_last() {
    let (mut writer, mut reader) = latest(100);
    let thread = thread::spawn(move || {
        let (mut out, mut last) = (Vec::new(), [0_u64; 100]);
        while last.iter().sum::<u64>() < 100 * 2_000 {
            out.clear();
            if reader.take(&mut out) == 0 {
                thread::yield_now();
            }
            for got in &out {
                // Torn quotes would not fit themselves.
                assert_eq!(*got, quote(got.instrument.0, got.sequence));
                let last = &mut last[got.instrument.0 as usize];
                assert!(*last <= got.sequence);
                *last = got.sequence;
            }
        }
    });
    for sequence in 1..=2_000 {
        for instrument in 0..100 {
            assert!(writer.write(&quote(instrument, sequence)));
        }
    }
    assert!(!writer.write(&quote(100, 1)), "no room for one more");
    assert_eq!(writer.refused(), 1);
    thread.join().unwrap();
}
