//! Median and median absolute deviation of the last values, exact at every step.

/// The last values, in order of arrival and in order of size.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    arrived: Box<[f64]>,
    sorted: Box<[f64]>,
    length: usize,
    next: usize,
}

impl Window {
    /// A window of the last `capacity` values, at least one.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let zeros = vec![0.0; capacity.max(1)].into_boxed_slice();
        Self {
            arrived: zeros.clone(),
            sorted: zeros,
            length: 0,
            next: 0,
        }
    }

    /// How many values it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// How many values it can hold.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.arrived.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Takes in a finite value and forgets the oldest when full.
    pub fn push(&mut self, value: f64) {
        let capacity = self.arrived.len();
        if self.length == capacity {
            let old = self.arrived[self.next];
            let at = self.sorted[..self.length].partition_point(|it| *it < old);
            let to = self.sorted[..self.length].partition_point(|it| *it < value);
            // One move of the values between the place that falls free and the one that is taken.
            if to > at {
                self.sorted.copy_within(at + 1..to, at);
                self.sorted[to - 1] = value;
            } else {
                self.sorted.copy_within(to..at, to + 1);
                self.sorted[to] = value;
            }
        } else {
            let to = self.sorted[..self.length].partition_point(|it| *it < value);
            self.sorted.copy_within(to..self.length, to + 1);
            self.sorted[to] = value;
            self.length += 1;
        }
        self.arrived[self.next] = value;
        self.next = (self.next + 1) % capacity;
    }

    /// The middle value, or the mean of the two in the middle; NaN when empty.
    #[must_use]
    pub fn median(&self) -> f64 {
        middle(self.length, |at| self.sorted[at])
    }

    /// The median of the distances from `median`; NaN when empty.
    #[must_use]
    pub fn deviation(&self, median: f64) -> f64 {
        let sorted = &self.sorted[..self.length];
        // Distances rise to both sides of the median: merge the two sides from the inside.
        let mut right = sorted.partition_point(|it| *it < median);
        let mut left = right;
        let mut distances = (f64::NAN, f64::NAN);
        for _ in 0..=self.length / 2 {
            let below = left.checked_sub(1).map(|at| median - sorted[at]);
            let above = sorted.get(right).map(|it| it - median);
            let next = match (below, above) {
                (Some(below), Some(above)) if below < above => {
                    left -= 1;
                    below
                }
                (_, Some(above)) => {
                    right += 1;
                    above
                }
                (Some(below), None) => {
                    left -= 1;
                    below
                }
                (None, None) => break,
            };
            distances = (distances.1, next);
        }
        if self.length % 2 == 1 {
            distances.1
        } else {
            f64::midpoint(distances.0, distances.1)
        }
    }
}

/// The middle of `length` sorted values.
fn middle(length: usize, value: impl Fn(usize) -> f64) -> f64 {
    match (length, length % 2) {
        (0, _) => f64::NAN,
        (_, 1) => value(length / 2),
        _ => f64::midpoint(value(length / 2 - 1), value(length / 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slow_median(values: &[f64]) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        middle(sorted.len(), |at| sorted[at])
    }

    proptest! {
        #[test]
        fn the_window_equals_sorting_every_time(
            values in prop::collection::vec(-9_i32..9, 1..80), capacity in 1_usize..20,
        ) {
            let mut window = Window::new(capacity);
            let values: Vec<f64> = values.iter().map(|it| f64::from(*it) / 2.0).collect();
            for upto in 1..=values.len() {
                window.push(values[upto - 1]);
                let last = &values[upto.saturating_sub(capacity)..upto];
                let median = slow_median(last);
                prop_assert_eq!(window.median().to_bits(), median.to_bits());
                let distances: Vec<f64> = last.iter().map(|it| (it - median).abs()).collect();
                prop_assert_eq!(window.deviation(median).to_bits(), slow_median(&distances).to_bits());
            }
        }
    }

    #[test]
    fn an_empty_window_has_no_median() {
        let window = Window::new(4);
        assert!(window.median().is_nan() && window.deviation(0.0).is_nan());
    }
}
