//! Databento's `mbo` records: walked, cast and applied to a book.

use wattbook_book::{L3Book, L3Delta};
use wattbook_codec::dbn::{Mbo, Records};
use wattbook_domain::market::BookAction;
use wattbook_domain::{Lots, Side, Ticks};

use crate::Arguments;
use crate::harness::{self, Report, Work};

/// A tick of `feed.py`, in 1e-9.
const TICK: i64 = 250_000_000;
const RECORD: usize = 56;

fn report(
    arguments: &Arguments,
    unit: &'static str,
    bytes: &[u8],
    mut run: impl FnMut() -> Work,
) -> Report {
    let (seconds, work) = harness::measure(arguments.repeats, || (), |()| run());
    Report {
        unit,
        count: (bytes.len() / RECORD) as u64,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}

fn read(arguments: &Arguments) -> Vec<u8> {
    std::fs::read(&arguments.input).unwrap()
}

/// Walks every record, checks its length and type, and reads its price.
pub(crate) fn decode(arguments: &Arguments) -> Report {
    let bytes = read(arguments);
    report(arguments, "records/s", &bytes, || {
        let mut sum = 0_i64;
        for record in Records::new(&bytes, false) {
            if let Some(order) = Mbo::of(&record.unwrap()) {
                sum = sum.wrapping_add(order.price());
            }
        }
        vec![("price_sum", sum as u64)]
    })
}

/// The floor: reads the price of every 56 bytes and checks nothing.
pub(crate) fn cast(arguments: &Arguments) -> Report {
    let bytes = read(arguments);
    report(arguments, "records/s", &bytes, || {
        let (records, _) = bytes.as_chunks::<RECORD>();
        let price = |record: &[u8; RECORD]| i64::from_le_bytes(record[24..32].try_into().unwrap());
        let sum = records
            .iter()
            .fold(0_i64, |sum, record| sum.wrapping_add(price(record)));
        vec![("price_sum", sum as u64)]
    })
}

/// Walks every record and applies it to a book of single orders and levels.
pub(crate) fn book(arguments: &Arguments) -> Report {
    let bytes = read(arguments);
    report(arguments, "records/s", &bytes, || {
        let mut book = L3Book::new();
        for record in Records::new(&bytes, false) {
            if let Some(delta) = Mbo::of(&record.unwrap()).and_then(delta) {
                book.apply(&delta).unwrap();
            }
        }
        let top = book.top();
        let price = |side: Option<(Ticks, _)>| side.map_or(0, |(price, _)| price.count() as u64);
        vec![("bid_ticks", price(top.bid)), ("ask_ticks", price(top.ask))]
    })
}

/// What an order of the feed does to the book; None for trades, which its changes tell again.
fn delta(order: Mbo<'_>) -> Option<L3Delta> {
    let action = match order.action() {
        b'A' => BookAction::Add,
        b'M' => BookAction::Modify,
        b'C' => BookAction::Delete,
        _ => return None,
    };
    Some(L3Delta {
        action,
        order_id: order.order_id(),
        side: if order.side() == b'B' {
            Side::Buy
        } else {
            Side::Sell
        },
        price: Ticks::new(order.price() / TICK),
        volume: Lots::new(i64::from(order.size())),
    })
}
