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
