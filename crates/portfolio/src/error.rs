//! What a portfolio cannot answer.

use wattbook_domain::{Currency, InstrumentId};

/// A question to the portfolio that has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PortfolioError {
    /// No such instrument.
    #[error("instrument {instrument} is unknown; define it first")]
    UnknownInstrument {
        /// As found.
        instrument: InstrumentId,
    },
    /// A currency that cannot be converted.
    #[error("no rate from {from} to {to}; record one before asking for P&L in {to}")]
    NoFxRate {
        /// The instrument's currency.
        from: Currency,
        /// The desk's currency.
        to: Currency,
    },
}
