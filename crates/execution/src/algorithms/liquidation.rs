//! Brings a position to a target before the gate.

use super::rule::{Rule, View, Wants, even_share};
use super::terms::ParentTerms;
use super::tracker::Tracker;

/// Ends a position before the gate, after which nothing but imbalance is left.
///
/// Contracts of delivery periods trade more the nearer their gate is, so the schedule bends towards it:
/// after the share `t` of the time, t^`bend` is due. The patience with children that rest shrinks with the
/// time left, so that the last of it is not left to one price.
#[derive(Debug, Clone, Copy)]
pub struct Liquidation {
    /// How the schedule is followed.
    pub tracker: Tracker,
    /// 1 is even, above it later; above zero.
    pub bend: f64,
}

impl Rule for Liquidation {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        let left = 1.0 - even_share(view.terms, view.now);
        let tracker = Tracker {
            patience: self.tracker.patience * left.max(0.1),
            ..self.tracker
        };
        let share = |at| even_share(view.terms, at).powf(self.bend);
        tracker.follow(view, share, wants);
    }

    fn planned(&self, terms: &ParentTerms, at: wattbook_domain::Timestamp) -> f64 {
        even_share(terms, at).powf(self.bend)
    }
}
