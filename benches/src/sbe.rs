//! Orders in SBE, in the manner of CME's MDP 3.0: walked, cast and applied to a book.

use wattbook_book::{L3Book, L3Delta};
use wattbook_codec::sbe::{Block, Group, Message, Schema, Visitor};
use wattbook_domain::market::BookAction;
use wattbook_domain::{Lots, Side, Ticks};

use crate::Arguments;
use crate::harness::{self, Report, Work};
use crate::rows;

const SCHEMA: &str = include_str!("../templates/orders.xml");
/// Entries of a message.
const ENTRIES: usize = 5;
const HEADER: usize = 8;
const BLOCK: usize = 9;
const ENTRY: usize = 34;
/// Places of the fields that are read, in the schema's order.
const ORDER_ID: usize = 0;
const PRICE: usize = 2;
const VOLUME: usize = 3;
const ACTION: usize = 5;
const SIDE: usize = 6;

/// The rows of `deltas` as messages, one behind the other.
fn messages(arguments: &Arguments) -> (Vec<u8>, u64) {
    let rows = rows::read(&arguments.input);
    let mut out = Vec::new();
    for part in rows.chunks(ENTRIES) {
        for head in [BLOCK as u16, 47, 1, 9] {
            out.extend_from_slice(&head.to_le_bytes());
        }
        out.extend_from_slice(&1_700_000_000_000_000_000_u64.to_le_bytes());
        out.push(0x80);
        out.extend_from_slice(&(ENTRY as u16).to_le_bytes());
        out.push(part.len() as u8);
        for [action, order, side, price, volume] in part {
            out.extend_from_slice(&order.to_le_bytes());
            out.extend_from_slice(&order.to_le_bytes());
            out.extend_from_slice(&price.to_le_bytes());
            out.extend_from_slice(&(*volume as i32).to_le_bytes());
            out.extend_from_slice(&7_i32.to_le_bytes());
            out.push((action - 1) as u8);
            out.push(b'0' + (side - 1) as u8);
        }
    }
    (out, rows.len() as u64)
}

fn report(arguments: &Arguments, mut run: impl FnMut(&[u8]) -> Work) -> Report {
    let (bytes, count) = messages(arguments);
    let (seconds, work) = harness::measure(arguments.repeats, || (), |()| run(&bytes));
    Report {
        unit: "entries/s",
        count,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}

/// Hands every message to `visitor`.
fn walk<V: Visitor>(schema: &Schema, mut bytes: &[u8], visitor: &mut V) {
    while !bytes.is_empty() {
        let length = schema.decode(bytes, visitor).unwrap();
        bytes = &bytes[length..];
    }
}

fn field<const N: usize>(group: &Group, block: &Block<'_>, place: usize) -> [u8; N] {
    let bytes = block.bytes(&group.layout.fields[place]).unwrap();
    *bytes.first_chunk().unwrap()
}

struct Sum(i64);

impl Visitor for Sum {
    fn message(&mut self, _: &Message, _: &Block<'_>) {}

    #[inline]
    fn entry(&mut self, group: &Group, block: &Block<'_>) {
        self.0 = self
            .0
            .wrapping_add(i64::from_le_bytes(field(group, block, PRICE)));
    }
}

/// Walks every message by its schema and reads the price of every entry.
pub(crate) fn decode(arguments: &Arguments) -> Report {
    let schema = Schema::from_xml(SCHEMA, |_| None).unwrap();
    report(arguments, |bytes| {
        let mut sum = Sum(0);
        walk(&schema, bytes, &mut sum);
        vec![("price_sum", sum.0 as u64)]
    })
}

/// The floor: reads the price of every entry where it must stand and checks nothing.
pub(crate) fn cast(arguments: &Arguments) -> Report {
    report(arguments, |bytes| {
        let mut sum = 0_i64;
        for message in bytes.chunks(HEADER + BLOCK + 3 + ENTRIES * ENTRY) {
            let (entries, _) = message[HEADER + BLOCK + 3..].as_chunks::<ENTRY>();
            for entry in entries {
                let price = i64::from_le_bytes(entry[16..24].try_into().unwrap());
                sum = sum.wrapping_add(price);
            }
        }
        vec![("price_sum", sum as u64)]
    })
}

struct Apply(L3Book);

impl Visitor for Apply {
    fn message(&mut self, _: &Message, _: &Block<'_>) {}

    #[inline]
    fn entry(&mut self, group: &Group, block: &Block<'_>) {
        let [action] = field(group, block, ACTION);
        let [side] = field(group, block, SIDE);
        let delta = L3Delta {
            action: match action {
                0 => BookAction::Add,
                1 => BookAction::Modify,
                _ => BookAction::Delete,
            },
            order_id: u64::from_le_bytes(field(group, block, ORDER_ID)),
            side: if side == b'0' { Side::Buy } else { Side::Sell },
            price: Ticks::new(i64::from_le_bytes(field(group, block, PRICE))),
            volume: Lots::new(i32::from_le_bytes(field(group, block, VOLUME)).into()),
        };
        self.0.apply(&delta).unwrap();
    }
}

/// Walks every message and applies its entries to a book of single orders and levels.
pub(crate) fn book(arguments: &Arguments) -> Report {
    let schema = Schema::from_xml(SCHEMA, |_| None).unwrap();
    report(arguments, |bytes| {
        let mut apply = Apply(L3Book::new());
        walk(&schema, bytes, &mut apply);
        let top = apply.0.top();
        let price = |side: Option<(Ticks, _)>| side.map_or(0, |(price, _)| price.count() as u64);
        vec![("bid_ticks", price(top.bid)), ("ask_ticks", price(top.ask))]
    })
}
