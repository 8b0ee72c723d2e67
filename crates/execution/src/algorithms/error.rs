//! What an execution cannot be.

use wattbook_domain::{InstrumentId, Price, Timestamp, Volume};

/// Why a parent order is refused before it starts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AlgorithmError {
    /// An instrument whose steps are not known.
    #[error("instrument {instrument} is unknown; define it before the strategy is added")]
    UnknownInstrument {
        /// As found.
        instrument: InstrumentId,
    },
    /// Zero or below, or off the lot.
    #[error("the volume {volume} is not above zero and on the lot {lot}; round it to the lot")]
    Volume {
        /// As found.
        volume: Volume,
        /// The instrument's lot.
        lot: Volume,
    },
    /// Off the tick.
    #[error("the limit {limit} is off the tick {tick}; round it to the tick")]
    Limit {
        /// As found.
        limit: Price,
        /// The instrument's tick.
        tick: Price,
    },
    /// Ends before it starts.
    #[error("it ends at {ends}, not after it starts at {starts}; give it time")]
    Times {
        /// As found.
        starts: Timestamp,
        /// As found.
        ends: Timestamp,
    },
    /// A parameter out of its range.
    #[error("{algorithm}: {field} is {value}; give {fix}")]
    Parameter {
        /// Of which algorithm.
        algorithm: &'static str,
        /// Which one.
        field: &'static str,
        /// As found.
        value: f64,
        /// What to do.
        fix: &'static str,
    },
    /// A parameter that the algorithm does not have.
    #[error("{algorithm} has no parameter {name:?}; it has {known}")]
    UnknownParameter {
        /// Which algorithm.
        algorithm: &'static str,
        /// As found.
        name: String,
        /// Those that it has.
        known: String,
    },
    /// A name of no algorithm.
    #[error("{name:?} is no algorithm of one instrument; use one of {known}")]
    UnknownAlgorithm {
        /// As found.
        name: String,
        /// Those that there are.
        known: &'static str,
    },
}
