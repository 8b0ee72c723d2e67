//! How a schedule is followed: patiently at the own side, taking what runs late.

use wattbook_domain::market::Phase;
use wattbook_domain::{Price, Timestamp, Volume};

use super::children::{ChildOrder, Style};
use super::rule::{View, Wants};
use super::terms::ParentTerms;

/// Follows a schedule with children that rest at the own side of the market, and takes what it is too
/// late for. Where those who rest lose more to takers than they save of the spread, it takes on time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tracker {
    /// How far ahead of the schedule a child may rest, as a share of the parent's time.
    pub ahead: f64,
    /// How late a fill may be before it is taken, as a share of the parent's time.
    pub patience: f64,
    /// The last part of the time in which the rest is taken, as a share of the parent's time: before the
    /// closing call, where it is known when that begins.
    pub finish: f64,
    /// Ticks beyond the best price that the last takes reach; beyond the last trade in the closing call.
    pub reach: i64,
    /// Ticks of a spread from which on a child improves the best price instead of joining it.
    pub improve: i64,
}

impl Default for Tracker {
    fn default() -> Self {
        Self {
            ahead: 0.04,
            patience: 0.06,
            finish: 0.02,
            reach: 20,
            improve: 3,
        }
    }
}

impl Tracker {
    /// Adds what the share `due` of the volume by time asks for.
    pub fn follow(
        &self,
        view: &View<'_>,
        mut due: impl FnMut(Timestamp) -> f64,
        wants: &mut Wants,
    ) {
        if self.enter_call(view, wants) {
            return;
        }
        let duration = view.terms.duration_ns() as f64;
        let after = |share: f64| view.now.plus_nanos((share * duration) as i64);
        let volume = |share: f64| {
            let wanted = share.clamp(0.0, 1.0) * view.terms.volume.millionths() as f64;
            Volume::from_millionths(wanted.round() as i64 - view.filled.millionths())
        };
        let is_last = self.is_last(view);
        let rests = view.resting_pays || !Self::can_take(view);
        let must = if is_last {
            view.remaining
        } else if rests {
            volume(due(after(-self.patience)))
        } else {
            // In slices around the schedule: half of one late, half of one early.
            let half = self.patience / 8.0;
            let is_late = volume(due(after(-half))) > Volume::ZERO;
            let slice = volume(due(after(half))).min(view.remaining);
            if is_late { slice } else { Volume::ZERO }
        };
        if must > Volume::ZERO {
            self.take(view, must, is_last, wants);
        }
        let may = volume(due(after(self.ahead))).min(view.remaining);
        let rest = may - must.max(Volume::ZERO);
        if !is_last && rests && rest > Volume::ZERO {
            self.rest(view, rest, wants);
        }
        // Twenty looks within the patience are fine enough to be on time.
        let pace = (duration * self.patience.max(self.finish) / 20.0).max(20_000_000.0);
        let next = view.now.plus_nanos(pace as i64);
        // The last part begins on time; within it there is nothing to wake for sooner.
        let last_from = self.last_from(view.terms);
        wants.wake = Some(if view.now >= last_from {
            next
        } else {
            next.min(last_from)
        });
    }

    /// Whether there is something to take within the limit.
    fn can_take(view: &View<'_>) -> bool {
        let other = view.market.opposite(view.terms.side);
        other.is_some_and(|(price, _)| view.terms.allows(price))
    }

    /// Whether what is left is to be taken now.
    #[must_use]
    pub fn is_last(&self, view: &View<'_>) -> bool {
        self.finish > 0.0 && view.now >= self.last_from(view.terms)
    }

    /// From when on what is left is taken.
    #[must_use]
    pub fn last_from(&self, terms: &ParentTerms) -> Timestamp {
        let finish = (self.finish * terms.duration_ns() as f64) as i64;
        terms.matches_until().plus_nanos(-finish)
    }

    /// Takes `volume` from the other side: what is shown at its best price, or whatever is within reach
    /// when it is the last that can be done.
    pub fn take(&self, view: &View<'_>, volume: Volume, is_last: bool, wants: &mut Wants) {
        let Some((price, shown)) = view.market.opposite(view.terms.side) else {
            return;
        };
        if !view.terms.allows(price) || !view.market.is_continuous() {
            return;
        }
        let (price, volume) = if is_last {
            (view.terms.towards_market(price, self.reach), volume)
        } else {
            // A lot is the least that can be late.
            (price, volume.max(view.terms.grids.lot).min(shown))
        };
        wants.orders.push(ChildOrder {
            price,
            volume,
            style: Style::Take,
        });
    }

    /// Enters the closing auction with all that is left once its call has begun, as orders no longer
    /// match before it: at the limit, or `reach` ticks beyond the last trade. Says whether there is a call.
    pub fn enter_call(&self, view: &View<'_>, wants: &mut Wants) -> bool {
        if view.market.phase != Phase::ClosingCall {
            return false;
        }
        let known = view.market.last_trade.or(view.arrival);
        let free = known.map(|price| view.terms.towards_market(price, self.reach));
        if let Some(price) = view.terms.limit.or(free) {
            wants.orders.push(ChildOrder {
                price,
                volume: view.remaining,
                style: Style::Close,
            });
        }
        true
    }

    /// Rests `volume` at the own side.
    pub fn rest(&self, view: &View<'_>, volume: Volume, wants: &mut Wants) {
        if let Some(price) = self.rest_price(view) {
            let style = Style::Rest { display: None };
            wants.orders.push(ChildOrder {
                price,
                volume,
                style,
            });
        }
    }

    /// Where a child rests: with the best of its side, one tick better in a wide market, never across.
    #[must_use]
    pub fn rest_price(&self, view: &View<'_>) -> Option<Price> {
        let side = view.terms.side;
        let best = view.market.own(side)?.0;
        if !view.market.is_continuous() {
            return None;
        }
        let best = view.terms.within_limit(best);
        // Where ours is the best price there is nobody to be better than.
        if view.resting == Some(best) {
            return Some(best);
        }
        let Some((other, _)) = view.market.opposite(side) else {
            return Some(best);
        };
        let tick = view.terms.grids.tick.millionths();
        let spread = (other.millionths() - best.millionths()) * side.sign() / tick;
        let steps = i64::from(spread >= self.improve.max(2));
        Some(view.terms.towards_market(best, steps))
    }
}
