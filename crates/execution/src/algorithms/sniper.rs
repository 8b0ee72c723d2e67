//! Takes what is offered cheaply, and shows nothing.

use std::collections::VecDeque;

use wattbook_domain::{Price, Volume};

use super::children::Style;
use super::rule::{Rule, View, Wants, even_share};
use super::tracker::Tracker;

/// Offers that are remembered.
const OFFERS: usize = 1_024;
/// Offers before the first take.
const LEAST: usize = 16;

/// Waits unseen until the other side is cheap, then takes all that is shown.
///
/// An offer is the better the narrower the spread is that it is taken across, the further the middle of
/// the market has strayed from its exponential mean to the side of the order, and the more its own side
/// shows. What is good enough follows from the time left: offers of late, the best first, are reckoned up
/// to the volume that is still to be filled, and the last of them is the worst that is taken. So the
/// sniper is choosy while there is time, and ever less as it runs out.
#[derive(Debug, Clone)]
pub struct Sniper {
    /// How it ends.
    pub tracker: Tracker,
    /// The least that an offer must be good for, in ticks below the mean.
    pub edge: f64,
    /// The memory of the mean, as a share of the parent's time.
    pub memory: f64,
    /// The share of a move away from the mean that is expected to be taken back.
    pub reversion: f64,
    /// How much of half the spread the imbalance of both sides is worth.
    pub imbalance: f64,
    /// The share of the offers that are expected to be got.
    pub capture: f64,
    /// How far ahead of the even schedule it takes, as a share of the parent's time; 1 for no schedule.
    pub lead: f64,
    /// Lots shown while it keeps to the schedule; 0 for none.
    pub shows: i64,
    /// Whether what is left at the end is taken.
    pub completes: bool,
    seen: Seen,
}

/// What a sniper has seen.
#[derive(Debug, Clone, Default)]
struct Seen {
    /// When, and the mean of the middle until then, in 1e-6.
    mean: Option<(i64, f64)>,
    /// The other side as it was shown last.
    shown: Option<(Price, Volume)>,
    /// When, how good in ticks, how much.
    offers: VecDeque<(i64, f64, f64)>,
    /// The worst that is taken, and until when that holds.
    worst: Option<f64>,
    holds_until: i64,
}

impl Sniper {
    /// A sniper that has seen nothing yet.
    #[must_use]
    pub fn new(
        tracker: Tracker,
        [edge, memory, reversion, imbalance, capture]: [f64; 5],
        (lead, shows): (f64, i64),
        completes: bool,
    ) -> Self {
        Self {
            tracker,
            edge,
            memory,
            reversion,
            imbalance,
            capture,
            lead,
            shows,
            completes,
            seen: Seen::default(),
        }
    }

    /// Keeps to the even schedule while nothing is cheap: what is late is taken, and little is shown.
    fn keep_pace(&self, view: &View<'_>, wants: &mut Wants) {
        let even = |at| even_share(view.terms, at);
        self.tracker.follow(view, even, wants);
        let lots = view.terms.grids.lot.millionths().saturating_mul(self.shows);
        let display = Volume::from_millionths(lots);
        wants
            .orders
            .retain(|order| order.style == Style::Take || self.shows > 0);
        for order in &mut wants.orders {
            if let Style::Rest { display: shown } = &mut order.style {
                *shown = Some(display);
            }
        }
    }

    /// What may be taken ahead of the schedule.
    fn due_early(&self, view: &View<'_>) -> Volume {
        let ahead = (self.lead * view.terms.duration_ns() as f64) as i64;
        let share = even_share(view.terms, view.now.plus_nanos(ahead));
        let due = (share * view.terms.volume.millionths() as f64).round() as i64;
        let volume = Volume::from_millionths(due) - view.filled;
        volume.clamp(Volume::ZERO, view.remaining)
    }

    /// How good it is to take now, in ticks against the middle: above zero earns.
    fn score(&mut self, view: &View<'_>) -> Option<f64> {
        let market = view.market;
        let (own, other) = (
            market.own(view.terms.side)?,
            market.opposite(view.terms.side)?,
        );
        let sign = view.terms.side.sign() as f64;
        let (best, price) = (own.0.millionths() as f64, other.0.millionths() as f64);
        let middle = f64::midpoint(best, price);
        let memory_ns = self.memory * view.terms.duration_ns() as f64;
        let mean = self.seen.follow(view.now.nanos(), middle, memory_ns);
        let (ours, theirs) = (own.1.to_f64(), other.1.to_f64());
        let half_spread = (price - best) * sign / 2.0;
        let lean = (ours - theirs) / (ours + theirs).max(1e-9);
        let score = self.reversion * (mean - middle) * sign + self.imbalance * lean * half_spread
            - half_spread;
        Some(score / view.terms.grids.tick.millionths() as f64)
    }
}

impl Seen {
    /// The mean of the middle until now, with `middle` taken in.
    fn follow(&mut self, now_ns: i64, middle: f64, memory_ns: f64) -> f64 {
        let mean = match self.mean {
            None => middle,
            Some((at, mean)) => {
                let weight = 1.0 - (-((now_ns - at) as f64) / memory_ns.max(1.0)).exp();
                mean + weight * (middle - mean)
            }
        };
        self.mean = Some((now_ns, mean));
        mean
    }

    /// Remembers what is shown now and was not before.
    fn remember(&mut self, now_ns: i64, (price, volume): (Price, Volume), sign: i64, score: f64) {
        let before = self.shown.replace((price, volume));
        let new = match before {
            Some((last, shown)) if last == price => volume - shown,
            Some((last, _)) if (price.millionths() - last.millionths()) * sign > 0 => Volume::ZERO,
            _ => volume,
        };
        if new > Volume::ZERO {
            if self.offers.len() == OFFERS {
                self.offers.pop_front();
            }
            self.offers.push_back((now_ns, score, new.to_f64()));
        }
    }

    /// The worst offer that is needed for `volume` in `left_ns`, of which the share `capture` is got; none
    /// as long as too little was seen.
    fn worst(&mut self, now_ns: i64, volume: f64, left_ns: i64, capture: f64) -> Option<f64> {
        let span_ns = now_ns - self.offers.front()?.0;
        if now_ns < self.holds_until || self.offers.len() < LEAST || span_ns <= 0 {
            return self.worst;
        }
        // Two hundred looks at the time that is left are fine enough.
        self.holds_until = now_ns + (left_ns / 200).max(1);
        let need = volume / capture * span_ns as f64 / left_ns.max(1) as f64;
        let mut offers: Vec<(f64, f64)> = self.offers.iter().map(|it| (it.1, it.2)).collect();
        offers.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
        let mut sum = 0.0;
        let worst = offers.iter().find(|(_, volume)| {
            sum += volume;
            sum >= need
        });
        self.worst = Some(worst.map_or(f64::NEG_INFINITY, |(score, _)| *score));
        self.worst
    }
}

impl Rule for Sniper {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        if self.completes && self.tracker.enter_call(view, wants) {
            return;
        }
        if self.completes && self.tracker.is_last(view) {
            // Where there is nothing to take it looks again at its pace as well.
            wants.wake = Some(view.now.plus_nanos(100_000_000));
            self.tracker.take(view, view.remaining, true, wants);
            return;
        }
        let last_from = self.tracker.last_from(view.terms);
        if self.completes {
            wants.wake = Some(last_from);
        }
        if !view.market.is_continuous() {
            return;
        }
        let is_paced = self.completes && self.lead < 1.0;
        if is_paced {
            self.keep_pace(view, wants);
        }
        let (Some(score), Some(offer)) = (self.score(view), view.market.opposite(view.terms.side))
        else {
            return;
        };
        let (now_ns, sign) = (view.now.nanos(), view.terms.side.sign());
        self.seen.remember(now_ns, offer, sign, score);
        let left_ns = last_from.nanos() - now_ns;
        let volume = view.remaining.to_f64();
        let worst = self.seen.worst(now_ns, volume, left_ns, self.capture);
        if worst.is_some_and(|worst| score >= worst.max(self.edge)) {
            let volume = if is_paced {
                self.due_early(view)
            } else {
                view.remaining
            };
            if volume > Volume::ZERO {
                wants.orders.retain(|order| order.style != Style::Take);
                self.tracker.take(view, volume, false, wants);
                // The most urgent first.
                wants.orders.rotate_right(1);
            }
        }
    }
}
