//! Along the trajectory, faster while the price is better than at arrival.

use wattbook_domain::Timestamp;

use super::rule::{Rule, View, Wants, even_share};
use super::shortfall::Trajectory;
use super::terms::ParentTerms;
use super::tracker::Tracker;

/// Arrival price: the Almgren–Chriss trajectory whose clock runs faster while the market is better than
/// at arrival and slower while it is worse (Almgren and Lorenz 2007, "Adaptive arrival price").
#[derive(Debug, Clone, Copy)]
pub struct ArrivalPrice {
    /// How the schedule is followed.
    pub tracker: Tracker,
    /// The schedule at the price of arrival.
    pub trajectory: Trajectory,
    /// Ticks by which a better price doubles the pace.
    pub scale: f64,
    /// How far behind the trajectory a worse price may leave it, as a share of the volume.
    pub slack: f64,
}

impl ArrivalPrice {
    /// How much better than at arrival what could be taken is, in multiples of `scale`, −1 to 1.
    fn favour(&self, view: &View<'_>) -> f64 {
        let (Some(arrival), Some(mid)) = (view.arrival, view.market.mid()) else {
            return 0.0;
        };
        let moved = (arrival.millionths() - mid.millionths()) * view.terms.side.sign();
        let ticks = moved as f64 / view.terms.grids.tick.millionths() as f64;
        (ticks / self.scale).clamp(-1.0, 1.0)
    }
}

impl Rule for ArrivalPrice {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        let favour = self.favour(view);
        // At the end everything is due whatever the price.
        let share = |at| {
            let time = even_share(view.terms, at);
            let planned = self.trajectory.share(time);
            let room = self.slack * (1.0 - time);
            (planned + favour * room).clamp(0.0, 1.0)
        };
        self.tracker.follow(view, share, wants);
    }

    fn planned(&self, terms: &ParentTerms, at: Timestamp) -> f64 {
        self.trajectory.share(even_share(terms, at))
    }
}
