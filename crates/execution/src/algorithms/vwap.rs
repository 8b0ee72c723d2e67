//! Along a forecast of the market's volume.

use wattbook_domain::Timestamp;

use super::curve::VolumeCurve;
use super::rule::{Rule, View, Wants, even_share};
use super::terms::ParentTerms;
use super::tracker::Tracker;

/// Days of history that the day's own volume counts against.
const PRIOR: f64 = 0.25;

/// Volume-weighted: the share of the volume that the market is expected to have traded.
///
/// Where the curve knows the volume of an ordinary day, the forecast is corrected as the day goes on:
/// the volume still to come is the curve's, times how busy the day has been so far.
#[derive(Debug, Clone)]
pub struct Vwap {
    /// How the schedule is followed.
    pub tracker: Tracker,
    /// When the market trades.
    pub curve: VolumeCurve,
}

impl Vwap {
    /// The share that should be filled at `at` as seen now: traded by then over traded in all.
    fn due(&self, view: &View<'_>, at: Timestamp) -> f64 {
        let by = self.curve.share(even_share(view.terms, at));
        let Some(total) = self.curve.total() else {
            return by;
        };
        let now = self.curve.share(even_share(view.terms, view.now));
        let traded = view.market.traded.to_f64();
        // How busy the day is, against an ordinary one; a little history keeps the start steady.
        let busy = (PRIOR + traded / total) / (PRIOR + now);
        let at_end = traded + busy * total * (1.0 - now);
        let by_then = traded + busy * total * (by - now);
        (by_then / at_end).clamp(0.0, 1.0)
    }
}

impl Rule for Vwap {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        let tracker = self.tracker;
        tracker.follow(view, |at| self.due(view, at), wants);
    }

    fn planned(&self, terms: &ParentTerms, at: Timestamp) -> f64 {
        self.curve.share(even_share(terms, at))
    }
}
