//! What can be wrong with a cascade or a settlement.

use wattbook_domain::{DomainError, Timestamp};

/// A cascade or settlement that cannot be computed; says what was found and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CurveError {
    /// An exchange that does not cascade such a contract.
    #[error("{exchange} has no cascade for {product}; settle it on the spot average or deliver it")]
    NoCascadeRule {
        /// As found.
        exchange: String,
        /// As found.
        product: String,
    },
    /// Legs that do not deliver what the contract did.
    #[error(
        "the legs deliver {legs} s, the contract that ends {contract} s; give legs that partition it"
    )]
    LegsUnequal {
        /// Seconds of delivery of the legs together.
        legs: i64,
        /// Seconds of delivery of the contract that ends.
        contract: i64,
    },
    /// Hours of delivery without a spot price.
    #[error(
        "no spot price from {start} to {end}; fetch it before settling, nothing is interpolated"
    )]
    SpotMissing {
        /// First instant without.
        start: Timestamp,
        /// First instant with one again, or the end of delivery.
        end: Timestamp,
    },
    /// Spot prices that overlap or go back in time.
    #[error("the spot price from {start} starts before its predecessor ends; sort and deduplicate")]
    SpotOutOfOrder {
        /// Its start.
        start: Timestamp,
    },
    /// A step of zero or less.
    #[error(
        "rounding step {step_millionths} is not above zero; give the exchange's price step in 1e-6"
    )]
    StepNotPositive {
        /// As found, in 1e-6 currency.
        step_millionths: i64,
    },
    /// A delivery that does not exist.
    #[error(transparent)]
    Domain(#[from] DomainError),
}
