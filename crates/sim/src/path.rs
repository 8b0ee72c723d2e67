//! The price that participants of a book believe in.

use wattbook_domain::{Ticks, Timestamp};

use crate::error::SimError;

/// A reference price over time: from each point on it holds until the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencePath {
    points: Vec<(Timestamp, Ticks)>,
    current: usize,
}

impl ReferencePath {
    /// The path through `points`.
    ///
    /// # Errors
    /// [`SimError::EmptyPath`] for none and [`SimError::PathOrder`] when the times do not rise.
    pub fn new(points: Vec<(Timestamp, Ticks)>) -> Result<Self, SimError> {
        if points.is_empty() {
            return Err(SimError::EmptyPath);
        }
        if let Some(at) = points.windows(2).position(|pair| pair[0].0 >= pair[1].0) {
            return Err(SimError::PathOrder {
                row: at + 1,
                ts: points[at + 1].0,
            });
        }
        Ok(Self { points, current: 0 })
    }

    /// Paths that change together: `prices` has one row a time of `times`, one column a path.
    ///
    /// # Errors
    /// [`SimError::EmptyPath`] for no times, [`SimError::PathOrder`] when they do not rise, and
    /// [`SimError::Parameter`] for a row that is longer or shorter than others.
    pub fn side_by_side(times: &[Timestamp], prices: &[Ticks]) -> Result<Vec<Self>, SimError> {
        if times.is_empty() {
            return Err(SimError::EmptyPath);
        }
        if !prices.len().is_multiple_of(times.len()) {
            let (field, value) = ("count of reference prices", prices.len() as i64);
            let fix = "as many at every time";
            return Err(SimError::Parameter { field, value, fix });
        }
        let paths = prices.len() / times.len();
        let path = |at: usize| {
            let column = prices.iter().skip(at).step_by(paths);
            Self::new(times.iter().copied().zip(column.copied()).collect())
        };
        (0..paths).map(path).collect()
    }

    /// Lets `price` hold from `at` on; a time at or before the last point's replaces that point.
    pub fn push(&mut self, at: Timestamp, price: Ticks) {
        match self.points.last_mut() {
            Some(last) if last.0 >= at => last.1 = price,
            _ => self.points.push((at, price)),
        }
    }

    /// The price at `now`, which never falls from call to call. Before the first point the first holds.
    pub fn at(&mut self, now: Timestamp) -> Ticks {
        while self
            .points
            .get(self.current + 1)
            .is_some_and(|(from, _)| *from <= now)
        {
            self.current += 1;
        }
        self.points[self.current].1
    }
}
