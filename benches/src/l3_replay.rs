//! A recorded level-3 book, replayed with an order of ours in its queues.

use wattbook_book::L3Delta;
use wattbook_domain::market::BookAction;
use wattbook_domain::{ClientId, Lots, OrderId, Side, Ticks, Timestamp};
use wattbook_sim::{L3Answer, L3Replay, Latency};

use crate::Arguments;
use crate::harness::{self, Report, Work};
use crate::rows;

/// First instant, and ns between two messages: those of the peer's script.
const T0: i64 = 1_700_000_000_000_000_000;
const PACE: i64 = 1_000;

/// Messages after which our order is taken back and put at the best bid anew.
const MOVE: usize = 1_000;

fn deltas(arguments: &Arguments) -> Vec<L3Delta> {
    let action = |code| match code {
        1 => BookAction::Add,
        2 => BookAction::Modify,
        _ => BookAction::Delete,
    };
    let delta = |[code, order, side, price, volume]: [i64; 5]| L3Delta {
        action: action(code),
        order_id: order as u64,
        side: if side == 1 { Side::Buy } else { Side::Sell },
        price: Ticks::new(price),
        volume: Lots::new(volume),
    };
    rows::read(&arguments.input)
        .into_iter()
        .map(delta)
        .collect()
}

/// Every message through the book, one order of ours always in a queue, answers received.
pub(crate) fn wattbook(arguments: &Arguments) -> Report {
    let deltas = deltas(arguments);
    let latency = Latency::constant(PACE);
    let (seconds, work) = harness::measure(
        arguments.repeats,
        || L3Replay::new(latency, latency, 1),
        |replay| -> Work {
            let (mut number, mut fills) = (0, 0);
            for (index, delta) in deltas.iter().enumerate() {
                let now = Timestamp::from_nanos(T0 + index as i64 * PACE);
                replay.apply(now, delta).unwrap();
                while let Some((_, answer)) = replay.receive(now) {
                    fills += u64::from(matches!(answer, L3Answer::Filled { .. }));
                }
                if index % MOVE == 0
                    && let Some((price, _)) = replay.book().top().bid
                {
                    replay.cancel(now, OrderId::new(ClientId(1), number));
                    number += 1;
                    let order_id = OrderId::new(ClientId(1), number);
                    replay.submit(now, order_id, Side::Buy, price, Lots::new(1));
                }
            }
            let top = replay.book().top();
            let ticks = |side: Option<(Ticks, Lots)>| side.map_or(0, |(price, _)| price.count());
            assert_eq!(fills, 0, "the feed has no trades");
            vec![
                ("rows", deltas.len() as u64),
                ("bid_ticks", ticks(top.bid) as u64),
                ("ask_ticks", ticks(top.ask) as u64),
            ]
        },
    );
    let count = deltas.len() as u64;
    Report {
        unit: "events/s",
        count,
        seconds,
        work,
        latency_ns: None,
        extra: vec![],
    }
}
