//! Encodes and decodes, as the journal keeps them, the messages of a busy second: plain orders, cancels and fills, stamped.
//!
//! `cargo bench -p wattbook-domain --bench record` prints ns and bytes per message, best of several
//! rounds over messages that stay in the processor's cache.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use wattbook_domain::command::{CancelOrder, SubmitOrder};
use wattbook_domain::report::{OrderAccepted, OrderFilled, VenueReport};
use wattbook_domain::{
    ClientId, Command, Input, InstrumentId, Order, OrderId, Price, Sequenced, Side, Timestamp,
    TradeId, Volume,
};

const MESSAGES: u64 = 500;
const PASSES: u32 = 100;

/// Makes an input of its number and the order that it concerns.
type Make = fn(u64, OrderId) -> Input;

fn command(number: u64, command: Command) -> Input {
    Input::Command {
        client: ClientId(3),
        client_sequence: number,
        command,
    }
}

fn submit(number: u64, order_id: OrderId) -> Input {
    let order = Order {
        instrument: InstrumentId(17),
        side: if number.is_multiple_of(2) {
            Side::Buy
        } else {
            Side::Sell
        },
        price: Price::from_millionths(50_000_000 + (number % 512) as i64 * 10_000),
        volume: Volume::from_millionths(1_000_000 * (1 + number % 64) as i64),
        ..Order::default()
    };
    command(
        number,
        Command::SubmitOrder(SubmitOrder { order_id, order }),
    )
}

fn cancel(number: u64, order_id: OrderId) -> Input {
    command(number, Command::CancelOrder(CancelOrder { order_id }))
}

fn accepted(_: u64, order_id: OrderId) -> Input {
    Input::Report(VenueReport::OrderAccepted(OrderAccepted { order_id }))
}

fn filled(number: u64, order_id: OrderId) -> Input {
    Input::Report(VenueReport::OrderFilled(OrderFilled {
        order_id,
        trade: TradeId(number),
        price: Price::from_millionths(50_000_000 + (number % 512) as i64 * 10_000),
        volume: Volume::from_millionths(1_000_000),
        is_maker: true,
    }))
}

/// Least ns per message over the rounds.
fn best(mut work: impl FnMut()) -> f64 {
    let rounds = (0..50).map(|_| {
        let start = Instant::now();
        for _ in 0..PASSES {
            work();
        }
        start.elapsed().as_nanos() as f64 / (MESSAGES * u64::from(PASSES)) as f64
    });
    rounds.fold(f64::INFINITY, f64::min)
}

fn main() {
    let kinds: [(&str, Make); 4] = [
        ("submit", submit),
        ("cancel", cancel),
        ("accepted", accepted),
        ("filled", filled),
    ];
    for (name, input) in kinds {
        let start = 1_774_746_000_000_000_000;
        let messages: Vec<Sequenced> = (0..MESSAGES)
            .map(|number| Sequenced {
                sequence: 1_000_000 + number,
                ts_event: Timestamp::from_nanos(start + number as i64 * 1_000),
                ts_recv: Timestamp::from_nanos(start + number as i64 * 1_000 + 250_000),
                input: input(number, OrderId::new(ClientId(3), number)),
            })
            .collect();
        let mut bytes = Vec::new();
        let encode = best(|| {
            bytes.clear();
            for message in black_box(&messages) {
                message.input.encode_payload(message.stamp(), &mut bytes);
            }
            black_box(&bytes);
        });
        // Payloads of one kind are of one length.
        let length = bytes.len() / messages.len();
        let decode = best(|| {
            for payload in black_box(&bytes).chunks(length) {
                black_box(&Sequenced::decode_payload(1, payload).expect("own bytes"));
            }
        });
        let size = bytes.len() as f64 / MESSAGES as f64;
        println!("{name:9} encode {encode:5.1} ns  decode {decode:5.1} ns  {size:5.1} bytes");
    }
}
