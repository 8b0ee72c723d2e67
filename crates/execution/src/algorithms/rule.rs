//! What an algorithm is to its execution.

use wattbook_domain::{Price, Timestamp, Volume};

use super::children::ChildOrder;
use super::market::MarketState;
use super::terms::ParentTerms;

/// What a rule decides on.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The parent order.
    pub terms: &'a ParentTerms,
    /// The time.
    pub now: Timestamp,
    /// The market.
    pub market: &'a MarketState,
    /// Middle of the market when the execution began.
    pub arrival: Option<Price>,
    /// Filled so far.
    pub filled: Volume,
    /// Still to fill; above zero.
    pub remaining: Volume,
    /// Price of the best child that rests.
    pub resting: Option<Price>,
    /// What the market sees of the children at that price.
    pub shown: Volume,
    /// Whether resting orders of the market cost no more of late than takes would have.
    pub resting_pays: bool,
}

/// Where the best price of the own side is nobody's but ours: who follows the best price would otherwise
/// follow itself, up with the market and never down again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone {
    /// What was left last, and what was shown there: the feed may tell it a while longer.
    left: Option<(Price, Volume)>,
}

impl Alone {
    /// Whether nobody else is at the best price of the own side.
    pub fn is_at_best(&mut self, view: &View<'_>) -> bool {
        let Some((best, volume)) = view.market.own(view.terms.side) else {
            return false;
        };
        if view.resting == Some(best) && volume <= view.shown {
            self.left = Some((best, view.shown));
            return true;
        }
        let is_left = |(left, shown): (Price, Volume)| left == best && volume <= shown;
        self.left = self.left.filter(|left| is_left(*left));
        self.left.is_some()
    }
}

/// What should be in the market now. Reused from call to call.
#[derive(Debug, Clone, Default)]
pub struct Wants {
    /// Child orders, most urgent first; what rests already is kept where it is wanted.
    pub orders: Vec<ChildOrder>,
    /// When the rule wants to be asked again though nothing happens.
    pub wake: Option<Timestamp>,
}

/// Says what should be in the market. It may ask for too much, too dear or at the wrong time: the
/// execution cuts it to the parent's terms.
pub trait Rule: std::fmt::Debug + Send {
    /// Fills the empty `wants`.
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants);

    /// The share of the volume that is planned to be filled at `at`, from 0 to 1, as seen before the
    /// start: what the cost forecast is made from.
    fn planned(&self, terms: &ParentTerms, at: Timestamp) -> f64 {
        even_share(terms, at)
    }
}

/// The share of the time in which children of `terms` match that has gone by at `at`, 0 to 1.
#[must_use]
pub(super) fn even_share(terms: &ParentTerms, at: Timestamp) -> f64 {
    let gone = at.nanos().saturating_sub(terms.starts.nanos());
    (gone as f64 / terms.duration_ns() as f64).clamp(0.0, 1.0)
}
