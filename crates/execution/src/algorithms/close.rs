//! Towards the close and in its auction.

use wattbook_domain::Timestamp;

use super::rule::{Rule, View, Wants};
use super::terms::ParentTerms;
use super::tracker::Tracker;

/// Takes part in the closing auction, at the limit or `reach` ticks beyond the market.
///
/// An order moves the price at which the auction clears, the more the larger it is. A part of it may be
/// worked before the call instead, shortly enough that its price is still near that of the close. The
/// rest is entered when the closing call begins, so that nobody sees it earlier.
#[derive(Debug, Clone, Copy)]
pub struct Close {
    /// How the part before the call is worked, and how far the order in the call reaches.
    pub tracker: Tracker,
    /// The share of the volume that is kept for the call.
    pub auction: f64,
    /// Between which shares of the parent's time the other part is worked.
    pub works: (f64, f64),
}

impl Close {
    /// The share that is due before the call.
    fn due(&self, terms: &ParentTerms, at: Timestamp) -> f64 {
        let (from, until) = self.works;
        let all = terms.ends.nanos().saturating_sub(terms.starts.nanos()) as f64;
        let share = at.nanos().saturating_sub(terms.starts.nanos()) as f64 / all;
        let gone = (share - from) / (until - from);
        (1.0 - self.auction) * gone.clamp(0.0, 1.0)
    }

    fn work(&self, view: &View<'_>, wants: &mut Wants) {
        let span = self.works.1 - self.works.0;
        let tracker = Tracker {
            ahead: self.tracker.ahead * span,
            patience: self.tracker.patience * span,
            // What is left is for the call.
            finish: 0.0,
            ..self.tracker
        };
        tracker.follow(view, |at| self.due(view.terms, at), wants);
    }
}

impl Rule for Close {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        if !self.tracker.enter_call(view, wants) && self.auction < 1.0 {
            self.work(view, wants);
        }
    }

    /// What is kept for the call at the end.
    fn planned(&self, terms: &ParentTerms, at: Timestamp) -> f64 {
        if at >= terms.ends {
            1.0
        } else {
            self.due(terms, at)
        }
    }
}
