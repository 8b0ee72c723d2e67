//! Orders of ours in a recorded level-3 book: where they would stand, and when they would trade.

use std::collections::VecDeque;

use wattbook_book::{Anomaly, L3Book, L3Change, L3Delta, QueuePosition};
use wattbook_domain::{Lots, OrderId, Side, Ticks, Timestamp};

use crate::latency::Latency;
use crate::rng::Rng;
use crate::venue::earlier;

/// What the replayed venue tells us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum L3Answer {
    /// The order stands in its queue behind `ahead` lots; zero for one that trades at once.
    Accepted {
        /// Which order.
        order_id: OrderId,
        /// Lots that trade before it.
        ahead: Lots,
    },
    /// Some or all of the order traded.
    Filled {
        /// Which order.
        order_id: OrderId,
        /// At which price.
        price: Ticks,
        /// How much.
        volume: Lots,
        /// Whether it rested.
        is_maker: bool,
    },
    /// The order was taken back.
    Cancelled {
        /// Which order.
        order_id: OrderId,
    },
    /// The order had ended before the cancel came.
    CancelRefused {
        /// Which order.
        order_id: OrderId,
    },
    /// The order stays as it is.
    AmendRefused {
        /// Which order.
        order_id: OrderId,
    },
}

/// What travels to the venue.
#[derive(Debug, Clone, Copy)]
enum Message {
    Submit {
        order_id: OrderId,
        side: Side,
        price: Ticks,
        volume: Lots,
    },
    Cancel {
        order_id: OrderId,
    },
    Amend {
        order_id: OrderId,
    },
}

/// An order of ours in its queue.
#[derive(Debug, Clone, Copy)]
struct Ours {
    order_id: OrderId,
    open: i64,
    position: QueuePosition,
}

/// Replays a recorded book and keeps our orders in its queues: first in, first out, by the recorded
/// orders themselves.
///
/// Recorded orders do not react to ours. A resting order of ours trades when a recorded trade at its
/// price is larger than what stands before it, or when the other side reaches beyond its price; an
/// arriving one takes what is displayed, which stays displayed for others.
#[derive(Debug)]
pub struct L3Replay {
    book: L3Book,
    orders: Vec<Ours>,
    inbound: VecDeque<(Timestamp, Message)>,
    outbound: VecDeque<(Timestamp, L3Answer)>,
    to_venue: Latency,
    to_us: Latency,
    rng: Rng,
    last_arrival: Timestamp,
    last_answer: Timestamp,
}

impl L3Replay {
    /// An empty book; messages to the venue and answers take their latencies, with jitter from `seed`.
    #[must_use]
    pub fn new(to_venue: Latency, to_us: Latency, seed: u64) -> Self {
        Self {
            book: L3Book::new(),
            orders: Vec::new(),
            inbound: VecDeque::new(),
            outbound: VecDeque::new(),
            to_venue,
            to_us,
            rng: Rng::new(seed, 0),
            last_arrival: Timestamp::MIN,
            last_answer: Timestamp::MIN,
        }
    }

    /// The recorded book.
    #[must_use]
    pub const fn book(&self) -> &L3Book {
        &self.book
    }

    /// Lots that trade before an order of ours that rests.
    #[must_use]
    pub fn ahead(&self, order_id: OrderId) -> Option<Lots> {
        let ours = self.orders.iter().find(|ours| ours.order_id == order_id)?;
        Some(ours.position.ahead())
    }

    /// Sends a limit order at `now`.
    pub fn submit(
        &mut self,
        now: Timestamp,
        order_id: OrderId,
        side: Side,
        price: Ticks,
        volume: Lots,
    ) {
        self.send(
            now,
            Message::Submit {
                order_id,
                side,
                price,
                volume,
            },
        );
    }

    /// Asks for an order back at `now`.
    pub fn cancel(&mut self, now: Timestamp, order_id: OrderId) {
        self.send(now, Message::Cancel { order_id });
    }

    /// Asks for an order to be changed at `now`, which is refused: a place in a queue has one size.
    pub fn amend(&mut self, now: Timestamp, order_id: OrderId) {
        self.send(now, Message::Amend { order_id });
    }

    /// Takes over a recorded message of `ts`, after what of ours arrived before it.
    ///
    /// # Errors
    /// The [`Anomaly`] of a message that has no effect; it is counted by the book.
    #[inline]
    pub fn apply(&mut self, ts: Timestamp, delta: &L3Delta) -> Result<(), Anomaly> {
        self.arrive(ts);
        let change = self.book.apply(delta)?;
        if !self.orders.is_empty() {
            self.follow(ts, &change);
        }
        Ok(())
    }

    /// Takes over a recorded trade of `ts`. The messages that take the traded orders out follow it.
    pub fn trade(&mut self, ts: Timestamp, aggressor: Side, price: Ticks, volume: Lots) {
        self.arrive(ts);
        let mut left = volume.count();
        for index in 0..self.orders.len() {
            let ours = self.orders[index];
            let (side, own) = (ours.position.side(), ours.position.price());
            if side == aggressor || left <= 0 {
                continue;
            }
            let is_passed = is_better(side, own, price);
            if !is_passed && own != price {
                continue;
            }
            // What trades at our price goes to those before us first.
            let reached = if is_passed {
                ours.open
            } else {
                left - ours.position.ahead().count()
            };
            let volume = reached.min(ours.open);
            if volume > 0 {
                left -= volume;
                self.fill(ts, index, volume);
            }
        }
        self.orders.retain(|ours| ours.open > 0);
    }

    /// The next answer that reaches us by `now`, with its time.
    #[inline]
    pub fn receive(&mut self, now: Timestamp) -> Option<(Timestamp, L3Answer)> {
        self.outbound.pop_front_if(|(at, _)| *at <= now)
    }

    fn send(&mut self, now: Timestamp, message: Message) {
        let arrival = now
            .plus_nanos(self.to_venue.draw(&mut self.rng))
            .max(self.last_arrival);
        self.last_arrival = arrival;
        self.inbound.push_back((arrival, message));
    }

    /// When the next message arrives at the venue, or the next answer at us.
    #[must_use]
    pub fn next_time(&self) -> Option<Timestamp> {
        let inbound = self.inbound.front().map(|(at, _)| *at);
        let outbound = self.outbound.front().map(|(at, _)| *at);
        earlier(inbound, outbound)
    }

    /// Takes what of ours arrives at the venue by `until`.
    #[inline]
    pub fn arrive(&mut self, until: Timestamp) {
        while let Some((at, message)) = self.inbound.pop_front_if(|(at, _)| *at <= until) {
            self.take(at, message);
        }
    }

    fn take(&mut self, at: Timestamp, message: Message) {
        match message {
            Message::Submit {
                order_id,
                side,
                price,
                volume,
            } => {
                self.enter(at, order_id, side, price, volume);
            }
            Message::Cancel { order_id } => {
                let known = self
                    .orders
                    .iter()
                    .position(|ours| ours.order_id == order_id);
                let answer = match known {
                    Some(index) => {
                        self.orders.remove(index);
                        L3Answer::Cancelled { order_id }
                    }
                    None => L3Answer::CancelRefused { order_id },
                };
                self.answer(at, answer);
            }
            Message::Amend { order_id } => self.answer(at, L3Answer::AmendRefused { order_id }),
        }
    }

    fn enter(&mut self, at: Timestamp, order_id: OrderId, side: Side, price: Ticks, volume: Lots) {
        let mut open = volume.count();
        let mut takes = Vec::new();
        for level in self.book.depth(side.opposite()) {
            if open == 0 || is_better(side, level.price, price) {
                break;
            }
            let volume = open.min(level.volume.count());
            open -= volume;
            takes.push((level.price, Lots::new(volume)));
        }
        let position = self.book.join_queue(side, price);
        let ahead = if takes.is_empty() {
            position.ahead()
        } else {
            Lots::new(0)
        };
        self.answer(at, L3Answer::Accepted { order_id, ahead });
        for (price, volume) in takes {
            self.answer(
                at,
                L3Answer::Filled {
                    order_id,
                    price,
                    volume,
                    is_maker: false,
                },
            );
        }
        if open > 0 {
            self.orders.push(Ours {
                order_id,
                open,
                position,
            });
        }
    }

    /// Moves our orders in their queues, and fills what the other side reaches beyond.
    fn follow(&mut self, ts: Timestamp, change: &L3Change) {
        for index in 0..self.orders.len() {
            let ours = &mut self.orders[index];
            if let Some(left) = &change.left {
                ours.position.apply(left);
            }
            let Some(joined) = &change.joined else {
                continue;
            };
            let (side, price) = (ours.position.side(), ours.position.price());
            if joined.side != side && is_better(side, price, joined.price) {
                let volume = ours.open.min(joined.volume.count());
                self.fill(ts, index, volume);
            }
        }
        self.orders.retain(|ours| ours.open > 0);
    }

    fn fill(&mut self, ts: Timestamp, index: usize, volume: i64) {
        let ours = &mut self.orders[index];
        ours.open -= volume;
        let (order_id, price) = (ours.order_id, ours.position.price());
        let volume = Lots::new(volume);
        self.answer(
            ts,
            L3Answer::Filled {
                order_id,
                price,
                volume,
                is_maker: true,
            },
        );
    }

    fn answer(&mut self, at: Timestamp, answer: L3Answer) {
        let arrival = at
            .plus_nanos(self.to_us.draw(&mut self.rng))
            .max(self.last_answer);
        self.last_answer = arrival;
        self.outbound.push_back((arrival, answer));
    }
}

/// Whether `one` is strictly better for the market than `other`, as a price of `side`: a higher bid or a
/// lower ask.
fn is_better(side: Side, one: Ticks, other: Ticks) -> bool {
    match side {
        Side::Buy => one > other,
        Side::Sell => one < other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wattbook_domain::ClientId;
    use wattbook_domain::market::BookAction;

    const OURS: OrderId = OrderId::new(ClientId(1), 1);

    fn at(nanos: i64) -> Timestamp {
        Timestamp::from_nanos(nanos)
    }

    fn delta(action: BookAction, order_id: u64, side: Side, price: i64, volume: i64) -> L3Delta {
        let (price, volume) = (Ticks::new(price), Lots::new(volume));
        L3Delta {
            action,
            order_id,
            side,
            price,
            volume,
        }
    }

    fn replay() -> L3Replay {
        let mut replay = L3Replay::new(Latency::constant(100), Latency::constant(50), 1);
        for (order, price, volume) in [(1, 10, 5), (2, 10, 7), (3, 9, 4)] {
            let add = delta(BookAction::Add, order, Side::Buy, price, volume);
            replay.apply(at(0), &add).unwrap();
        }
        replay
            .apply(at(0), &delta(BookAction::Add, 4, Side::Sell, 12, 6))
            .unwrap();
        replay
    }

    fn answers(replay: &mut L3Replay) -> Vec<(i64, L3Answer)> {
        std::iter::from_fn(|| replay.receive(Timestamp::MAX))
            .map(|(at, answer)| (at.nanos(), answer))
            .collect()
    }

    #[test]
    fn an_order_joins_the_queue_after_its_latency_and_moves_up_as_those_before_it_leave() {
        let mut replay = replay();
        replay.submit(at(1_000), OURS, Side::Buy, Ticks::new(10), Lots::new(3));
        // Joins after 1 and 2, before 5.
        replay
            .apply(at(1_099), &delta(BookAction::Add, 5, Side::Sell, 13, 9))
            .unwrap();
        assert_eq!(replay.ahead(OURS), None);
        replay
            .apply(at(1_100), &delta(BookAction::Add, 6, Side::Buy, 10, 9))
            .unwrap();
        assert_eq!(replay.ahead(OURS), Some(Lots::new(12)));
        replay
            .apply(at(1_200), &delta(BookAction::Delete, 6, Side::Buy, 10, 9))
            .unwrap();
        assert_eq!(replay.ahead(OURS), Some(Lots::new(12)));
        replay
            .apply(at(1_300), &delta(BookAction::Modify, 2, Side::Buy, 10, 2))
            .unwrap();
        assert_eq!(replay.ahead(OURS), Some(Lots::new(7)));
        replay
            .apply(at(1_400), &delta(BookAction::Delete, 1, Side::Buy, 10, 5))
            .unwrap();
        assert_eq!(replay.ahead(OURS), Some(Lots::new(2)));
        let accepted = L3Answer::Accepted {
            order_id: OURS,
            ahead: Lots::new(12),
        };
        assert_eq!(answers(&mut replay), [(1_150, accepted)]);
    }

    #[test]
    fn a_trade_fills_us_only_beyond_those_before_us() {
        let mut replay = replay();
        replay.submit(at(0), OURS, Side::Buy, Ticks::new(10), Lots::new(3));
        replay.trade(at(200), Side::Sell, Ticks::new(10), Lots::new(12));
        assert_eq!(replay.ahead(OURS), Some(Lots::new(12)));
        replay
            .apply(at(200), &delta(BookAction::Delete, 1, Side::Buy, 10, 5))
            .unwrap();
        replay
            .apply(at(200), &delta(BookAction::Delete, 2, Side::Buy, 10, 7))
            .unwrap();
        replay.trade(at(300), Side::Sell, Ticks::new(10), Lots::new(2));
        let filled = |volume| L3Answer::Filled {
            order_id: OURS,
            price: Ticks::new(10),
            volume: Lots::new(volume),
            is_maker: true,
        };
        assert_eq!(answers(&mut replay)[1..], [(350, filled(2))]);
        // A trade below our price must have met us first.
        replay.trade(at(400), Side::Sell, Ticks::new(9), Lots::new(1));
        assert_eq!(answers(&mut replay), [(450, filled(1))]);
        assert_eq!(replay.ahead(OURS), None);
    }

    #[test]
    fn an_order_through_the_market_takes_what_is_displayed() {
        let mut replay = replay();
        replay.submit(at(0), OURS, Side::Buy, Ticks::new(12), Lots::new(8));
        replay.cancel(at(0), OURS);
        replay.cancel(at(0), OURS);
        replay
            .apply(at(500), &delta(BookAction::Add, 9, Side::Sell, 20, 1))
            .unwrap();
        let order_id = OURS;
        let (price, volume) = (Ticks::new(12), Lots::new(6));
        assert_eq!(
            answers(&mut replay),
            [
                (
                    150,
                    L3Answer::Accepted {
                        order_id,
                        ahead: Lots::new(0)
                    }
                ),
                (
                    150,
                    L3Answer::Filled {
                        order_id,
                        price,
                        volume,
                        is_maker: false
                    }
                ),
                (150, L3Answer::Cancelled { order_id }),
                (150, L3Answer::CancelRefused { order_id }),
            ]
        );
    }
}
