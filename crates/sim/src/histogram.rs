//! Latencies in buckets of one sixteenth.

/// Counts of durations, exact to 1/16 of their size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max_ns: u64,
}

/// Buckets in a doubling.
const STEPS: u64 = 16;

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; (64 * STEPS) as usize],
            total: 0,
            max_ns: 0,
        }
    }
}

impl Histogram {
    /// Counts a duration of `ns` ns.
    #[inline]
    pub fn add(&mut self, ns: u64) {
        self.counts[bucket(ns)] += 1;
        self.total += 1;
        self.max_ns = self.max_ns.max(ns);
    }

    /// How many durations were counted.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The longest, in ns.
    #[must_use]
    pub const fn max_ns(&self) -> u64 {
        self.max_ns
    }

    /// The smallest bucket bound that `share_ppm` 1e-6 of the durations do not pass, in ns; 0 when none
    /// were counted.
    #[must_use]
    pub fn percentile_ns(&self, share_ppm: u32) -> u64 {
        let rank = (u128::from(self.total) * u128::from(share_ppm)).div_ceil(1_000_000) as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank && *count > 0 {
                return upper_bound(index).min(self.max_ns);
            }
        }
        0
    }
}

fn bucket(ns: u64) -> usize {
    if ns < STEPS {
        return ns as usize;
    }
    let doubling = 63 - u64::from(ns.leading_zeros());
    let step = (ns >> (doubling - 4)) & (STEPS - 1);
    ((doubling - 3) * STEPS + step) as usize
}

/// The largest duration in a bucket.
fn upper_bound(index: usize) -> u64 {
    let index = index as u64;
    if index < STEPS {
        return index;
    }
    let (doubling, step) = (index / STEPS + 3, index % STEPS);
    (u128::from(STEPS + step + 1) << (doubling - 4)).saturating_sub(1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_within_a_sixteenth() {
        let mut histogram = Histogram::default();
        (1..=100_000).for_each(|ns| histogram.add(ns));
        for (ppm, exact) in [
            (500_000, 50_000.0),
            (990_000, 99_000.0),
            (1_000_000, 100_000.0),
        ] {
            let got = histogram.percentile_ns(ppm) as f64;
            assert!(got >= exact && got <= exact * 1.07, "{got} for {exact}");
        }
        assert_eq!(Histogram::default().percentile_ns(500_000), 0);
        assert_eq!((histogram.total(), histogram.max_ns()), (100_000, 100_000));
    }

    #[test]
    fn every_duration_lies_in_its_bucket() {
        for ns in (0..2_000).chain([u64::MAX, 1 << 40, (1 << 40) - 1]) {
            let index = bucket(ns);
            assert!(ns <= upper_bound(index));
            assert!(index == 0 || ns > upper_bound(index - 1));
        }
    }
}
