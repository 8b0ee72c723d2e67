//! Evenly over time.

use super::rule::{Rule, View, Wants, even_share};
use super::tracker::Tracker;

/// Time-weighted: the same volume in every part of the time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Twap {
    /// How the schedule is followed.
    pub tracker: Tracker,
}

impl Rule for Twap {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        self.tracker
            .follow(view, |at| even_share(view.terms, at), wants);
    }
}
