//! Where one leg stands.

use wattbook_domain::{Price, Timestamp, Volume};

use super::terms::LegTerms;
use crate::algorithms::{ChildNo, MarketState};

/// A child on its way: it takes, and ends at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    pub(super) number: ChildNo,
    pub(super) volume: Volume,
    pub(super) filled: Volume,
}

/// A leg.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) terms: LegTerms,
    pub(super) market: MarketState,
    pub(super) filled: Volume,
    /// Sum of price × volume of its fills, in 1e-12.
    paid: i128,
    pub(super) child: Option<Child>,
    /// Nothing is placed before this: the leg was refused.
    pub(super) shut_until: Timestamp,
    pub(super) refusals: u32,
}

impl Leg {
    pub(super) fn new(terms: LegTerms) -> Self {
        Self {
            terms,
            market: MarketState::default(),
            filled: Volume::ZERO,
            paid: 0,
            child: None,
            shut_until: Timestamp::MIN,
            refusals: 0,
        }
    }

    pub(super) fn fill(&mut self, price: Price, volume: Volume) {
        self.filled += volume;
        self.paid += i128::from(price.millionths()) * i128::from(volume.millionths());
    }

    /// What is on its way.
    pub(super) fn open(&self) -> Volume {
        let child = self.child.as_ref();
        child.map_or(Volume::ZERO, |child| {
            (child.volume - child.filled).max(Volume::ZERO)
        })
    }

    /// Mean price of its fills.
    pub(super) fn mean_price(&self) -> Option<Price> {
        let filled = i128::from(self.filled.millionths());
        let mean = self.paid.checked_div_euclid(filled)?;
        i64::try_from(mean).ok().map(Price::from_millionths)
    }

    /// The price at which it takes now, `reach` ticks beyond the market at most and never beyond its limit;
    /// nothing where its market shows nothing within that.
    pub(super) fn taking(&self, reach: i64) -> Option<Price> {
        let (best, _) = self.market.opposite(self.terms.side)?;
        let sign = self.terms.side.sign();
        if let Some(limit) = self.terms.limit
            && (best.millionths() - limit.millionths()) * sign > 0
        {
            return None;
        }
        let step = self.terms.grids.tick.millionths().saturating_mul(reach);
        let reached = best.millionths().saturating_add(step.saturating_mul(sign));
        let within = match self.terms.limit {
            Some(limit) if sign > 0 => reached.min(limit.millionths()),
            Some(limit) => reached.max(limit.millionths()),
            None => reached,
        };
        let price = Price::from_millionths(within);
        Some(self.terms.grids.on_tick(self.terms.side, price))
    }

    /// How many units its market shows at the best price, and what one costs there.
    pub(super) fn shown(&self) -> Option<(u32, Price)> {
        let (price, volume) = self.market.opposite(self.terms.side)?;
        Some((self.terms.whole(volume), self.terms.cost(price)))
    }
}
