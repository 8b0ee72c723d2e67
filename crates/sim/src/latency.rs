//! How long messages travel, and that none overtakes another on its line.

use std::collections::VecDeque;

use wattbook_domain::Timestamp;

use crate::rng::Rng;

/// Time a message is under way: a constant and a uniform jitter on top, in ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    /// The least time, in ns.
    pub constant_ns: i64,
    /// The most that comes on top, in ns.
    pub jitter_ns: i64,
}

impl Latency {
    /// A latency without jitter.
    #[must_use]
    pub const fn constant(constant_ns: i64) -> Self {
        Self {
            constant_ns,
            jitter_ns: 0,
        }
    }

    /// The time that the next message takes, in ns.
    #[inline]
    pub fn draw(self, rng: &mut Rng) -> i64 {
        if self.jitter_ns == 0 {
            return self.constant_ns;
        }
        self.constant_ns
            .saturating_add(rng.between(0, self.jitter_ns))
    }
}

/// The latency of each kind of message between us and a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latencies {
    /// Market data to us.
    pub feed: Latency,
    /// New orders and offers to the venue.
    pub submit: Latency,
    /// Amendments to the venue.
    pub amend: Latency,
    /// Cancels to the venue.
    pub cancel: Latency,
    /// The venue's reports to us.
    pub report: Latency,
}

/// A line of messages in flight. A later message never arrives before an earlier one.
#[derive(Debug, Clone)]
pub struct Line<T> {
    in_flight: VecDeque<Flight<T>>,
    last_arrival: Timestamp,
    rng: Rng,
}

/// A message in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flight<T> {
    /// When it was sent.
    pub sent: Timestamp,
    /// When it arrives.
    pub arrival: Timestamp,
    /// What it says.
    pub message: T,
}

impl<T> Line<T> {
    /// An empty line that draws jitter from `rng`.
    #[must_use]
    pub fn new(rng: Rng) -> Self {
        Self {
            in_flight: VecDeque::new(),
            last_arrival: Timestamp::MIN,
            rng,
        }
    }

    /// Sends `message` at `now`.
    #[inline]
    pub fn send(&mut self, now: Timestamp, latency: Latency, message: T) {
        let arrival = now
            .plus_nanos(latency.draw(&mut self.rng))
            .max(self.last_arrival);
        self.last_arrival = arrival;
        self.in_flight.push_back(Flight {
            sent: now,
            arrival,
            message,
        });
    }

    /// When the next message arrives.
    #[must_use]
    #[inline]
    pub fn next_arrival(&self) -> Option<Timestamp> {
        self.in_flight.front().map(|flight| flight.arrival)
    }

    /// Takes the next message if it has arrived by `now`.
    #[inline]
    pub fn receive(&mut self, now: Timestamp) -> Option<Flight<T>> {
        self.in_flight.pop_front_if(|flight| flight.arrival <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_arrives_after_its_latency_and_none_overtakes() {
        let latency = Latency {
            constant_ns: 100,
            jitter_ns: 1_000,
        };
        let mut line = Line::new(Rng::new(5, 0));
        for at in 0..500 {
            line.send(Timestamp::from_nanos(at), latency, at);
        }
        let mut before = Timestamp::MIN;
        for at in 0..500 {
            let arrival = line.next_arrival().unwrap();
            assert_eq!(line.receive(arrival.plus_nanos(-1)), None);
            let flight = line.receive(arrival).unwrap();
            assert_eq!(flight.message, at);
            assert!(flight.arrival >= before && flight.arrival.nanos() >= at + 100);
            before = flight.arrival;
        }
        assert_eq!(line.next_arrival(), None);
    }

    #[test]
    fn a_slower_kind_of_message_holds_back_a_faster_one_on_the_same_line() {
        let mut line = Line::new(Rng::new(5, 0));
        line.send(Timestamp::EPOCH, Latency::constant(50), "submit");
        line.send(Timestamp::EPOCH, Latency::constant(10), "cancel");
        let flights: Vec<_> =
            std::iter::from_fn(|| line.receive(Timestamp::from_nanos(50))).collect();
        assert_eq!(flights.len(), 2);
        assert_eq!(flights[1].arrival, Timestamp::from_nanos(50));
    }
}
