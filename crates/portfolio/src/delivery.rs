//! What is known of one owner's delivery in one contract.

use wattbook_domain::market::PriceKind;
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{Money, Price, Volume, state};

/// A settled amount; that of a later run replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) kind: PriceKind,
    pub(crate) run: SettlementRun,
    pub(crate) volume: Volume,
    pub(crate) price: Price,
    pub(crate) amount: Money,
}

state!(Leg {
    kind,
    run,
    volume,
    price,
    amount
});

/// Awards, meter readings and what they were settled at. Volumes are delivered above zero.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delivery {
    /// Awarded by the auction or dispatched by the pool.
    pub(crate) awarded: Volume,
    /// What the awards are worth at their own prices.
    pub(crate) award: Money,
    pub(crate) scheduled: Option<Volume>,
    pub(crate) metered: Option<(SettlementRun, Volume)>,
    /// Traded volume that was open when the contract settled: bought above zero.
    pub(crate) traded: Volume,
    /// The settled balance of meter, awards and trades.
    pub(crate) balance: Option<Leg>,
    /// What was paid for reserves.
    pub(crate) reserves: Option<(SettlementRun, Money)>,
}

state!(Delivery {
    awarded,
    award,
    scheduled,
    metered,
    traded,
    balance,
    reserves
});

impl Delivery {
    /// Whether something was promised to be delivered, which only a meter can settle.
    pub(crate) fn is_promised(&self) -> bool {
        self.awarded != Volume::ZERO || self.scheduled.is_some()
    }
}
