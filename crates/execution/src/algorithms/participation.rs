//! At a share of the market's volume as it trades.

use wattbook_domain::{Timestamp, Volume};

use super::rule::{Rule, View, Wants, even_share};
use super::tracker::Tracker;

/// Percentage of volume: own fills follow a share of what the market trades, own trades included.
#[derive(Debug, Clone, Copy)]
pub struct Participation {
    /// How the volume is followed.
    pub tracker: Tracker,
    /// Own volume over the market's, above 0 and below 1.
    pub rate: f64,
    /// Whether what is left at the end is taken, above the rate.
    pub completes: bool,
}

impl Rule for Participation {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        let tracker = Tracker {
            // Without completion the end is like any other time.
            finish: if self.completes {
                self.tracker.finish
            } else {
                0.0
            },
            ..self.tracker
        };
        if !self.completes && !view.market.is_continuous() {
            return;
        }
        let volume = view.terms.volume.to_f64();
        let traded = view.market.traded.to_f64();
        let gone = even_share(view.terms, view.now).max(1e-9);
        // What the market trades while a child rests is expected at the pace so far.
        let pace = traded / gone;
        let share = |at: Timestamp| {
            let time = even_share(view.terms, at);
            let by = if at >= view.now {
                traded + pace * (time - gone)
            } else {
                pace * time
            };
            self.rate * by / volume
        };
        tracker.follow(view, share, wants);
        let is_quiet = view.market.traded == Volume::ZERO && view.market.is_continuous();
        if is_quiet && !tracker.is_last(view) {
            wants.orders.clear();
        }
    }
}
