//! When to try again.

use wattbook_domain::Timestamp;

const NANOS_PER_MILLI: i64 = 1_000_000;

/// Waiting times before reconnects: doubling from `first_ms` to `longest_ms`, each drawn evenly from
/// its upper half, so that clients that lost the same venue do not all come back at once.
#[derive(Debug, Clone)]
pub struct Backoff {
    first_ms: u64,
    longest_ms: u64,
    failures: u32,
    state: u64,
}

impl Backoff {
    /// Waits from `first_ms` to `longest_ms` ms; `seed` decides the draws.
    #[must_use]
    pub const fn new(first_ms: u64, longest_ms: u64, seed: u64) -> Self {
        Self {
            first_ms,
            longest_ms,
            failures: 0,
            state: seed,
        }
    }

    /// When to try again after another failure at `now`.
    pub fn after_failure(&mut self, now: Timestamp) -> Timestamp {
        let doubled = self.first_ms.saturating_mul(1 << self.failures.min(30));
        self.failures = self.failures.saturating_add(1);
        let ceiling = doubled.min(self.longest_ms).max(1);
        let wait = ceiling - ceiling / 2 + self.draw() % (ceiling / 2 + 1);
        let nanos = i64::try_from(wait)
            .unwrap_or(i64::MAX)
            .saturating_mul(NANOS_PER_MILLI);
        now.plus_nanos(nanos)
    }

    /// Begins anew: the connection works.
    pub const fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Failures since the connection last worked.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// `SplitMix64`. Source: Steele, Lea and Flood (2014), Fast splittable pseudorandom number
    /// generators, figure 16.
    const fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_double_up_to_the_longest_and_lie_in_their_upper_half(
            seed in any::<u64>(), first in 1_u64..5_000, longest in 1_u64..100_000,
        ) {
            let mut backoff = Backoff::new(first, longest, seed);
            for failure in 0..40_u32 {
                let wait = backoff.after_failure(Timestamp::EPOCH).nanos() / NANOS_PER_MILLI;
                let ceiling = first.saturating_mul(1 << failure.min(30)).min(longest) as i64;
                prop_assert!(wait <= ceiling && wait >= ceiling - ceiling / 2, "{wait} of {ceiling}");
            }
            backoff.succeeded();
            let again = backoff.after_failure(Timestamp::EPOCH).nanos() / NANOS_PER_MILLI;
            prop_assert!(again <= first as i64);
        }
    }
}
