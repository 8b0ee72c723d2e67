//! Along the Almgren–Chriss trajectory.

use wattbook_domain::Timestamp;

use super::error::AlgorithmError;
use super::rule::{Rule, View, Wants, even_share};
use super::terms::ParentTerms;
use super::tracker::Tracker;

/// The optimal trajectory of Almgren and Chriss (2000), "Optimal execution of portfolio transactions",
/// eq. (18): what is left falls as sinh(κ(T − t)) / sinh(κT).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trajectory {
    /// κT: zero is an even schedule, large is at once.
    urgency: f64,
}

impl Trajectory {
    /// The trajectory with κT = `urgency`.
    ///
    /// # Errors
    /// [`AlgorithmError::Parameter`] when it is below zero or no number.
    pub fn new(urgency: f64) -> Result<Self, AlgorithmError> {
        if urgency.is_finite() && urgency >= 0.0 {
            // Beyond this the first instant holds everything anyway, and sinh overflows.
            return Ok(Self {
                urgency: urgency.min(300.0),
            });
        }
        Err(AlgorithmError::Parameter {
            algorithm: "implementation shortfall",
            field: "urgency",
            value: urgency,
            fix: "0 or more",
        })
    }

    /// The optimal one for a risk aversion λ (1 / currency), a volatility σ (price per √s), an impact η of
    /// the rate of trading (price per volume unit and second) over `seconds`: κ² = λσ² / η.
    ///
    /// # Errors
    /// [`AlgorithmError::Parameter`] as in [`Self::new`].
    pub fn optimal(
        risk_aversion: f64,
        volatility: f64,
        impact: f64,
        seconds: f64,
    ) -> Result<Self, AlgorithmError> {
        let squared = risk_aversion * volatility * volatility / impact.max(1e-12);
        Self::new(squared.max(0.0).sqrt() * seconds)
    }

    /// κT.
    #[must_use]
    pub const fn urgency(&self) -> f64 {
        self.urgency
    }

    /// The share that is filled in the first `time` of the time, both 0 to 1.
    #[must_use]
    pub fn share(&self, time: f64) -> f64 {
        let left = 1.0 - time.clamp(0.0, 1.0);
        if self.urgency < 1e-6 {
            return 1.0 - left;
        }
        1.0 - (self.urgency * left).sinh() / self.urgency.sinh()
    }
}

/// Implementation shortfall: trades faster at first, by how much the risk of waiting outweighs the
/// impact of trading.
#[derive(Debug, Clone, Copy)]
pub struct ImplementationShortfall {
    /// How the schedule is followed.
    pub tracker: Tracker,
    /// The schedule.
    pub trajectory: Trajectory,
}

impl Rule for ImplementationShortfall {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        let share = |at| self.trajectory.share(even_share(view.terms, at));
        self.tracker.follow(view, share, wants);
    }

    fn planned(&self, terms: &ParentTerms, at: Timestamp) -> f64 {
        self.trajectory.share(even_share(terms, at))
    }
}
