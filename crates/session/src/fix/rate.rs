//! How many messages a session may send or take.

use std::collections::VecDeque;

use wattbook_domain::Timestamp;

/// A limit: at most so many messages in any interval of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many; at least one.
    pub messages: usize,
    /// In how long, ns.
    pub interval_ns: i64,
}

/// Counts against a [`Rate`]. Unlike a bucket that fills steadily, it never lets twice the number pass
/// in one interval, so it holds however the other side counts.
#[derive(Debug)]
pub struct RateLimit {
    rate: Rate,
    /// When the last of them passed, at most `rate.messages`.
    passed: VecDeque<Timestamp>,
}

impl RateLimit {
    /// Nothing has passed yet.
    #[must_use]
    pub const fn new(rate: Rate) -> Self {
        Self {
            rate,
            passed: VecDeque::new(),
        }
    }

    /// How many messages may pass at `now`.
    #[must_use]
    pub fn room(&mut self, now: Timestamp) -> usize {
        // A clock that was set back: what passed before counts from now on, not from a time to come.
        if self.passed.back().is_some_and(|last| *last > now) {
            for at in &mut self.passed {
                *at = now.min(*at);
            }
        }
        let is_over =
            |at: &Timestamp| now.nanos().saturating_sub(at.nanos()) >= self.rate.interval_ns;
        while self.passed.front().is_some_and(is_over) {
            self.passed.pop_front();
        }
        self.rate.messages.saturating_sub(self.passed.len())
    }

    /// Notes that `count` messages pass at `now`.
    pub fn pass(&mut self, count: usize, now: Timestamp) {
        self.passed.extend(std::iter::repeat_n(now, count));
    }

    /// Lets one message pass at `now`, or not.
    #[must_use]
    pub fn take(&mut self, now: Timestamp) -> bool {
        let has_room = self.room(now) > 0;
        if has_room {
            self.pass(1, now);
        }
        has_room
    }
}

/// What an acceptor does with an application message beyond its [`Rate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// It is declined by Business Message Reject (35=j).
    Decline,
    /// The session is logged out.
    LogOut,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clock_that_is_set_back_holds_nothing_up_for_longer_than_the_interval() {
        let at = Timestamp::from_nanos;
        let mut limit = RateLimit::new(Rate {
            messages: 2,
            interval_ns: 10,
        });
        assert!(limit.take(at(1_000_000)) && limit.take(at(1_000_001)));
        assert_eq!(limit.room(at(5)), 0);
        assert_eq!(limit.room(at(14)), 0);
        assert_eq!(limit.room(at(15)), 2);
    }

    proptest! {
        #[test]
        fn no_interval_has_more_than_the_rate(
            messages in 1_usize..6,
            interval_ns in 1_i64..50,
            waits in prop::collection::vec(0_i64..30, 1..200),
        ) {
            let mut limit = RateLimit::new(Rate { messages, interval_ns });
            let (mut now, mut passed, mut refused) = (0, Vec::new(), 0);
            for wait in waits {
                now += wait;
                if limit.take(Timestamp::from_nanos(now)) {
                    passed.push(now);
                } else {
                    refused += 1;
                    // It is only ever refused for a full interval.
                    let within = passed.iter().filter(|at| now - **at < interval_ns).count();
                    prop_assert_eq!(within, messages);
                }
            }
            for first in &passed {
                let within = passed.iter().filter(|at| (0..interval_ns).contains(&(**at - first)));
                prop_assert!(within.count() <= messages, "{refused} were refused");
            }
        }
    }
}
