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

/// The share of the time of `terms` that has gone by at `at`, 0 to 1.
#[must_use]
pub(super) fn even_share(terms: &ParentTerms, at: Timestamp) -> f64 {
    let gone = at.nanos().saturating_sub(terms.starts.nanos());
    (gone as f64 / terms.duration_ns() as f64).clamp(0.0, 1.0)
}
