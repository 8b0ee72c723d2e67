//! What can be wrong with a hedge.

use thiserror::Error;

/// Why there is no hedge.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum HedgeError {
    /// Arrays do not fit together.
    #[error("{what} has {found} values for {expected}; give one each")]
    Length {
        /// Which.
        what: &'static str,
        /// How many it has.
        found: usize,
        /// How many it needs.
        expected: usize,
    },
    /// A value is no number.
    #[error("{what} is {value} at {place}; give a finite number")]
    NotFinite {
        /// Which array.
        what: &'static str,
        /// Where.
        place: usize,
        /// What stands there.
        value: f64,
    },
    /// Bounds that leave out no position, or a cost below zero.
    #[error(
        "instrument {place}: bounds {lower} to {upper} and a cost of {cost}; give bounds around zero and a cost from zero"
    )]
    Terms {
        /// Which instrument.
        place: usize,
        /// Least position.
        lower: f64,
        /// Most.
        upper: f64,
        /// Of a unit.
        cost: f64,
    },
    /// No scenarios.
    #[error("no scenarios; give at least one")]
    Empty,
    /// No share.
    #[error("confidence {0} is no share; give one from 0 to below 1")]
    Confidence(f64),
    /// The search did not end.
    #[error("no best hedge after {0} steps; the scenarios are too much alike for this method")]
    Endless(usize),
}
