//! Takes what is offered at its price or better, and shows nothing.

use super::rule::{Rule, View, Wants};
use super::tracker::Tracker;

/// Waits unseen until the other side is cheap, then takes all that is shown.
///
/// Cheap is `edge` ticks better than the other side has been of late, an exponential mean over `memory`
/// of the parent's time.
#[derive(Debug, Clone, Copy)]
pub struct Sniper {
    /// How it ends.
    pub tracker: Tracker,
    /// Ticks better than the mean.
    pub edge: f64,
    /// The memory of the mean, as a share of the parent's time.
    pub memory: f64,
    /// Whether what is left at the end is taken.
    pub completes: bool,
    mean: Option<(i64, f64)>,
}

impl Sniper {
    /// A sniper that has seen nothing yet.
    #[must_use]
    pub const fn new(tracker: Tracker, edge: f64, memory: f64, completes: bool) -> Self {
        Self {
            tracker,
            edge,
            memory,
            completes,
            mean: None,
        }
    }

    /// The mean of the other side's price until now, in 1e-6, with `price` taken in.
    fn update(&mut self, now_ns: i64, price: f64, memory_ns: f64) -> f64 {
        let mean = match self.mean {
            None => price,
            Some((at, mean)) => {
                let gone = (now_ns - at) as f64;
                let weight = 1.0 - (-gone / memory_ns.max(1.0)).exp();
                mean + weight * (price - mean)
            }
        };
        self.mean = Some((now_ns, mean));
        mean
    }
}

impl Rule for Sniper {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        if self.completes && self.tracker.is_last(view) {
            // Where there is nothing to take it looks again at its pace as well.
            wants.wake = Some(view.now.plus_nanos(100_000_000));
            self.tracker.take(view, view.remaining, true, wants);
            return;
        }
        if self.completes {
            wants.wake = Some(self.tracker.last_from(view.terms));
        }
        let Some((price, _)) = view.market.opposite(view.terms.side) else {
            return;
        };
        let value = price.millionths() as f64;
        let memory = self.memory * view.terms.duration_ns() as f64;
        let mean = self.update(view.now.nanos(), value, memory);
        let better = (mean - value) * view.terms.side.sign() as f64;
        if better >= self.edge * view.terms.grids.tick.millionths() as f64 {
            self.tracker.take(view, view.remaining, false, wants);
        }
    }
}
