//! Messages of every venue format to the same events and books.
#![allow(clippy::unwrap_used, clippy::panic)]

use wattbook_book::DepthLevel;
use wattbook_codec::sbe::Schema;
use wattbook_domain::id::InstrumentId;
use wattbook_domain::order::Side;
use wattbook_feed::{
    Books, Decoder, FeedEvent, FeedEventKind as Kind, FixBook, FixDecoder, ItchDecoder, Line,
    Message, MessageError, SbeDecoder,
};

const MARKET: &str = include_str!("market.xml");
const INSTRUMENT: InstrumentId = InstrumentId(7);

/// A decoder with the books that its events make.
struct Feed {
    decoder: Decoder,
    books: Books,
}

impl Feed {
    fn new(decoder: Decoder) -> Self {
        Self {
            decoder,
            books: Books::new(10),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<Vec<FeedEvent>, MessageError> {
        let message = Message {
            generation: 2,
            sequence: 5,
            is_snapshot: false,
            line: Line::A,
            ts_event: 11,
            ts_recv: 12,
            bytes,
        };
        let mut out = Vec::new();
        let decoded = self.decoder.decode(&message, &self.books, &mut out);
        for event in &out {
            self.books.apply(event);
        }
        decoded.map(|()| out)
    }

    fn kinds(&mut self, bytes: &[u8]) -> Vec<Kind> {
        self.take(bytes)
            .unwrap()
            .iter()
            .map(|event| event.kind)
            .collect()
    }

    /// Price, volume and orders of each level, in 1e-6, best first.
    fn depth(&self, instrument: InstrumentId, side: Side) -> Vec<(i64, i64, u32)> {
        let level = |level: DepthLevel| (level.price.count(), level.volume.count(), level.orders);
        let book = self.books.get(instrument).unwrap();
        match (&book.orders, &book.levels) {
            (Some(orders), _) => orders.depth(side).map(level).collect(),
            (None, Some(levels)) => levels.depth(side).map(level).collect(),
            (None, None) => Vec::new(),
        }
    }
}

fn itch(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut message = vec![kind, 0, 7, 0, 0, 0, 0, 0, 0, 0, 5];
    for part in parts {
        message.extend_from_slice(part);
    }
    message
}

fn lots(count: u32) -> [u8; 4] {
    count.to_be_bytes()
}

fn number(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}

#[test]
fn itch_orders_live_and_die() {
    let decoder = Decoder::Itch(Box::new(ItchDecoder::new(1_000).unwrap()));
    let mut feed = Feed::new(decoder);
    let add = itch(
        b'A',
        &[&number(9), b"B", &lots(100), b"WATT    ", &lots(12_345)],
    );
    let events = feed.take(&add).unwrap();
    assert_eq!(
        (events[0].ts_event, events[0].ts_recv, events[0].generation),
        (1_005, 12, 2)
    );
    assert_eq!(
        feed.depth(INSTRUMENT, Side::Buy),
        [(1_234_500, 100_000_000, 1)]
    );
    let with_name = itch(
        b'F',
        &[
            &number(8),
            b"S",
            &lots(10),
            b"WATT    ",
            &lots(12_400),
            b"DESK",
        ],
    );
    assert_eq!(feed.kinds(&with_name), [Kind::Add]);
    let executed = itch(b'E', &[&number(9), &lots(30), &number(77)]);
    let events = feed.take(&executed).unwrap();
    assert_eq!((events[0].kind, events[0].venue_order), (Kind::Trade, 77));
    assert_eq!(
        (events[0].side, events[0].volume.millionths()),
        (Some(Side::Sell), 30_000_000)
    );
    assert_eq!(
        feed.depth(INSTRUMENT, Side::Buy),
        [(1_234_500, 70_000_000, 1)]
    );
    let at_price = itch(
        b'C',
        &[&number(9), &lots(20), &number(78), b"Y", &lots(12_300)],
    );
    let events = feed.take(&at_price).unwrap();
    assert_eq!(events[0].price.millionths(), 1_230_000);
    assert_eq!(events[1].price.millionths(), 1_234_500);
    assert_eq!(
        feed.kinds(&itch(b'X', &[&number(9), &lots(10)])),
        [Kind::Modify]
    );
    let replaced = itch(b'U', &[&number(9), &number(10), &lots(5), &lots(12_346)]);
    assert_eq!(feed.kinds(&replaced), [Kind::Delete, Kind::Add]);
    assert_eq!(
        feed.depth(INSTRUMENT, Side::Buy),
        [(1_234_600, 5_000_000, 1)]
    );
    assert_eq!(feed.kinds(&itch(b'D', &[&number(10)])), [Kind::Delete]);
    assert_eq!(feed.depth(INSTRUMENT, Side::Buy), []);
    assert_eq!(
        feed.depth(INSTRUMENT, Side::Sell),
        [(1_240_000, 10_000_000, 1)]
    );
    assert_eq!(feed.books.anomalies(), 0);
    assert_eq!(
        feed.take(&itch(b'D', &[&number(10)])),
        Err(MessageError::Unknown { venue_order: 10 })
    );
    assert!(matches!(feed.take(b"D"), Err(MessageError::Fixed(_))));
    assert!(
        feed.take(&itch(b'S', &[b"O"])).unwrap().is_empty(),
        "a system event"
    );
}

fn fix(body: &str) -> Vec<u8> {
    let body = body.replace('|', "\u{1}");
    let message = format!("8=FIX.4.4\u{1}9={}\u{1}{body}", body.len());
    let sum: u32 = message.bytes().map(u32::from).sum();
    format!("{message}10={:03}\u{1}", sum % 256).into_bytes()
}

const HEAD: &str = "49=A|56=B|34=1|52=20240101-00:00:00|";

#[test]
fn fix_levels_follow_a_snapshot() {
    let mut feed = Feed::new(Decoder::Fix(Box::new(FixDecoder::new(FixBook::Levels, 2))));
    let snapshot = fix(&format!(
        "35=W|{HEAD}55=WATT|268=3|269=0|270=-1.5|271=3|269=0|270=-2|271=4|269=1|270=1|271=5|"
    ));
    assert_eq!(
        feed.kinds(&snapshot),
        [Kind::Clear, Kind::Level, Kind::Level, Kind::Level]
    );
    let change = fix(&format!(
        "35=X|{HEAD}268=3|279=2|269=0|55=WATT|270=-1.5|279=1|269=1|55=WATT|270=1|271=6|\
         279=0|269=2|55=WATT|270=0.5|271=1|"
    ));
    assert_eq!(feed.kinds(&change), [Kind::Level, Kind::Level, Kind::Trade]);
    let watt = InstrumentId(1);
    assert_eq!(feed.depth(watt, Side::Buy), [(-2_000_000, 4_000_000, 0)]);
    assert_eq!(feed.depth(watt, Side::Sell), [(1_000_000, 6_000_000, 0)]);
    // Another snapshot stands for all.
    let again = fix(&format!("35=W|{HEAD}55=WATT|268=1|269=0|270=7|271=1|"));
    assert_eq!(feed.kinds(&again), [Kind::Clear, Kind::Level]);
    assert_eq!(feed.depth(watt, Side::Sell), []);
    for symbol in ["GAS", "COAL"] {
        let quote = fix(&format!("35=W|{HEAD}55={symbol}|268=1|269=0|270=7|271=1|"));
        assert_eq!(
            feed.take(&quote).is_ok(),
            symbol == "GAS",
            "two symbols are kept"
        );
    }
    let range = fix(&format!("35=X|{HEAD}268=1|279=3|269=0|55=WATT|270=7|"));
    assert_eq!(feed.take(&range), Err(MessageError::Action { found: 3 }));
    assert!(matches!(
        feed.take(b"8=FIX.4.4"),
        Err(MessageError::Fix { .. })
    ));
}

#[test]
fn fix_orders_are_known_by_their_number() {
    let mut feed = Feed::new(Decoder::Fix(Box::new(FixDecoder::new(FixBook::Orders, 2))));
    let enter = fix(&format!(
        "35=X|{HEAD}268=2|279=0|269=0|278=5|55=WATT|270=10|271=3|279=0|269=1|278=S-6|55=WATT|270=11|271=2|"
    ));
    assert_eq!(feed.kinds(&enter), [Kind::Add, Kind::Add]);
    // A change names what is another, a deletion its order alone.
    let change = fix(&format!(
        "35=X|{HEAD}268=2|279=1|269=0|278=5|55=WATT|271=1|279=2|269=1|278=S-6|55=WATT|"
    ));
    assert_eq!(feed.kinds(&change), [Kind::Modify, Kind::Delete]);
    let watt = InstrumentId(1);
    assert_eq!(feed.depth(watt, Side::Buy), [(10_000_000, 1_000_000, 1)]);
    assert_eq!(feed.depth(watt, Side::Sell), []);
    assert_eq!(feed.books.anomalies(), 0);
    let nameless = fix(&format!(
        "35=X|{HEAD}268=1|279=0|269=0|55=WATT|270=10|271=3|"
    ));
    assert_eq!(
        feed.take(&nameless),
        Err(MessageError::Missing { field: "278" })
    );
}

fn sbe(template: u16, block: &[u8], entry_bytes: u16, entries: &[Vec<u8>]) -> Vec<u8> {
    let mut message = Vec::new();
    for word in [block.len() as u16, template, 1, 9] {
        message.extend_from_slice(&word.to_le_bytes());
    }
    message.extend_from_slice(block);
    message.extend_from_slice(&entry_bytes.to_le_bytes());
    message.push(entries.len() as u8);
    for entry in entries {
        message.extend_from_slice(entry);
    }
    message
}

fn level(price: i64, size: i32, action: u8, kind: u8) -> Vec<u8> {
    let mut entry = price.to_le_bytes().to_vec();
    for number in [size, 7, 3] {
        entry.extend_from_slice(&number.to_le_bytes());
    }
    entry.extend_from_slice(&[action, kind]);
    entry
}

#[test]
fn sbe_levels_orders_and_snapshots_are_read_by_their_tags() {
    let schema = Schema::from_xml(MARKET, |_| None).unwrap();
    let mut feed = Feed::new(Decoder::Sbe(Box::new(SbeDecoder::new(schema))));
    let time = 99_u64.to_le_bytes();
    let entries = [
        level(-1_500_000_000, 3, 0, b'0'),
        level(2_000_000_000, 4, 0, b'1'),
    ];
    let events = feed.take(&sbe(46, &time, 22, &entries)).unwrap();
    assert_eq!((events[0].ts_event, events[0].instrument), (99, INSTRUMENT));
    assert_eq!(
        feed.depth(INSTRUMENT, Side::Buy),
        [(-1_500_000, 3_000_000, 3)]
    );
    assert_eq!(
        feed.depth(INSTRUMENT, Side::Sell),
        [(2_000_000, 4_000_000, 3)]
    );
    assert_eq!(
        feed.kinds(&sbe(46, &time, 22, &[level(2_000_000_000, 4, 2, b'1')])),
        [Kind::Level]
    );
    assert_eq!(feed.depth(INSTRUMENT, Side::Sell), []);
    let mut block = time.to_vec();
    block.extend_from_slice(&7_i32.to_le_bytes());
    let mut entry = 5_000_000_000_i64.to_le_bytes().to_vec();
    entry.extend_from_slice(&9_i32.to_le_bytes());
    entry.push(b'1');
    assert_eq!(
        feed.kinds(&sbe(52, &block, 13, &[entry])),
        [Kind::Clear, Kind::Level]
    );
    assert_eq!(feed.depth(INSTRUMENT, Side::Buy), []);
    assert_eq!(
        feed.depth(INSTRUMENT, Side::Sell),
        [(5_000_000, 9_000_000, 0)]
    );
    let null = level(i64::MAX, 3, 0, b'0');
    let missing = MessageError::Missing { field: "MDEntryPx" };
    assert_eq!(feed.take(&sbe(46, &time, 22, &[null])), Err(missing));
    let fine = feed.take(&sbe(46, &time, 22, &[level(1, 3, 0, b'0')]));
    assert!(matches!(
        fine,
        Err(MessageError::Price {
            mantissa: 1,
            exponent: -9
        })
    ));
    assert!(matches!(feed.take(&[1]), Err(MessageError::Sbe(_))));
}

#[test]
fn sbe_orders_are_read_by_their_tags() {
    let schema = Schema::from_xml(MARKET, |_| None).unwrap();
    let mut feed = Feed::new(Decoder::Sbe(Box::new(SbeDecoder::new(schema))));
    let order = |id: u64, price: i64, size: i32, action| {
        let mut entry = id.to_le_bytes().to_vec();
        entry.extend_from_slice(&price.to_le_bytes());
        entry.extend_from_slice(&size.to_le_bytes());
        entry.extend_from_slice(&7_i32.to_le_bytes());
        entry.extend_from_slice(&[action, b'0']);
        entry
    };
    let time = 1_u64.to_le_bytes();
    let entries = [
        order(1, 1_000_000_000, 5, 0),
        order(2, 1_000_000_000, 6, 0),
        order(1, 1_000_000_000, 4, 1),
        order(2, i64::MAX, 0, 2),
    ];
    let kinds = feed.kinds(&sbe(47, &time, 26, &entries));
    assert_eq!(kinds, [Kind::Add, Kind::Add, Kind::Modify, Kind::Delete]);
    assert_eq!(
        feed.depth(INSTRUMENT, Side::Buy),
        [(1_000_000, 4_000_000, 1)]
    );
    assert_eq!(feed.books.anomalies(), 0);
}
