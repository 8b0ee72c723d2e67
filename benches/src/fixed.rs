//! Nasdaq's ITCH 5.0 by its description: walked and cast.

use wattbook_codec::fixed::{Field, ITCH_5_0, Layout, Value};

use crate::Arguments;
use crate::harness::{self, Report, Work};
use crate::rows;

/// The rows of `deltas` as messages: order entered (36 bytes), cancelled in part (23), deleted (19);
/// each behind its length in two bytes, as Nasdaq's files have them.
fn messages(arguments: &Arguments) -> (Vec<u8>, u64) {
    let rows = rows::read(&arguments.input);
    let mut out = Vec::new();
    for [action, order, side, price, volume] in &rows {
        let (kind, length) = [(b'A', 36_u16), (b'X', 23), (b'D', 19)][*action as usize - 1];
        out.extend_from_slice(&length.to_be_bytes());
        out.push(kind);
        out.extend_from_slice(&[0, 7, 0, 0]);
        out.extend_from_slice(&34_200_000_000_000_u64.to_be_bytes()[2..]);
        out.extend_from_slice(&order.to_be_bytes());
        match kind {
            b'A' => {
                out.push(if *side == 1 { b'B' } else { b'S' });
                out.extend_from_slice(&(*volume as u32).to_be_bytes());
                out.extend_from_slice(b"EEX     ");
                out.extend_from_slice(&(*price as u32).to_be_bytes());
            }
            b'X' => out.extend_from_slice(&1_u32.to_be_bytes()),
            _ => (),
        }
    }
    (out, rows.len() as u64)
}

fn report(arguments: &Arguments, mut run: impl FnMut(&[u8]) -> Work) -> Report {
    let (bytes, count) = messages(arguments);
    let (seconds, work) = harness::measure(arguments.repeats, || (), |()| run(&bytes));
    Report {
        unit: "messages/s",
        count,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}

/// The message that `bytes` begin with, without its length, and what follows it.
fn framed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(*head).into())
}

/// Walks every message by the description and reads order and price.
pub(crate) fn itch(arguments: &Arguments) -> Report {
    let layout = Layout::from_xml(ITCH_5_0).unwrap();
    let entered = layout
        .messages
        .iter()
        .find(|m| m.name == "AddOrder")
        .unwrap();
    let price: Field = entered.field("price").unwrap().clone();
    let order: Field = entered.field("order_reference").unwrap().clone();
    report(arguments, |mut bytes| {
        let (mut prices, mut orders) = (0_u64, 0_u64);
        while let Some((message, rest)) = framed(bytes) {
            let message = layout.decode(message).unwrap();
            // The order stands at the same place in all three kinds.
            if let Value::Unsigned(value) = message.value(&order) {
                orders = orders.wrapping_add(value);
            }
            if message.spec().value == u64::from(b'A')
                && let Value::Unsigned(value) = message.value(&price)
            {
                prices = prices.wrapping_add(value);
            }
            bytes = rest;
        }
        vec![("price_sum", prices), ("order_sum", orders)]
    })
}

/// The floor: reads the same where it must stand and checks nothing but the length.
pub(crate) fn cast(arguments: &Arguments) -> Report {
    report(arguments, |mut bytes| {
        let (mut prices, mut orders) = (0_u64, 0_u64);
        while let Some((message, rest)) = framed(bytes) {
            let order = u64::from_be_bytes(message[11..19].try_into().unwrap());
            orders = orders.wrapping_add(order);
            if message[0] == b'A' {
                let price = u32::from_be_bytes(message[32..36].try_into().unwrap());
                prices = prices.wrapping_add(price.into());
            }
            bytes = rest;
        }
        vec![("price_sum", prices), ("order_sum", orders)]
    })
}
