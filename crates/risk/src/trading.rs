//! One order against limits and holdings.

use wattbook_domain::market::Phase;
use wattbook_domain::{
    InstrumentId, Money, OrderId, Owner, Price, Refusal, Side, SignalId, Timestamp, Volume,
};
use wattbook_portfolio::{Contract, Portfolio, PositionSlot, VOLUME_MAX};

use crate::blocks::Leg;
use crate::limits::{Limits, OpenVolume, Terms};

/// What an order, offer or amendment asks for.
pub(crate) struct Ask {
    pub(crate) order_id: OrderId,
    pub(crate) instrument: InstrumentId,
    pub(crate) owner: Owner,
    pub(crate) side: Side,
    /// Its limit, where it has one.
    pub(crate) price: Option<Price>,
    /// What wakes it, where it is a stop; checked with its conditions.
    pub(crate) trigger: Option<Price>,
    /// Total volume.
    pub(crate) volume: Volume,
    /// What it adds to the open volume.
    pub(crate) added: Volume,
    /// The block leg that it is: what it adds is known only beside the other legs of its holding.
    pub(crate) leg: Option<Leg>,
    /// An offer names the price from which it is worth it, however far from the last one.
    pub(crate) is_offer: bool,
    pub(crate) signal: SignalId,
    pub(crate) now: Timestamp,
}

impl Ask {
    /// What it adds to its own open volume: a leg of a block counts in whole.
    pub(crate) fn reserved(&self) -> Volume {
        if self.leg.is_some() {
            self.volume
        } else {
            self.added
        }
    }

    /// Tick, lot, range and sign.
    #[inline(always)]
    pub(crate) fn check_grid(&self, terms: &Terms) -> Result<(), Refusal> {
        if let Some(price) = self.price {
            terms.check_price(price)?;
        }
        let volume = self.volume;
        if volume <= Volume::ZERO {
            return Err(Refusal::VolumeNotPositive { volume });
        }
        if terms.lot.lots(volume).is_none() {
            let lot = terms.lot.step();
            return Err(Refusal::VolumeOffLot { volume, lot });
        }
        if volume > VOLUME_MAX {
            let limit = VOLUME_MAX;
            return Err(Refusal::OrderVolume { volume, limit });
        }
        Ok(())
    }

    /// Gate closure and phase.
    #[inline(always)]
    pub(crate) fn check_session(&self, terms: &Terms) -> Result<(), Refusal> {
        if self.now >= terms.gate_closure {
            return Err(Refusal::GateClosed {
                gate: terms.gate_closure,
                at: self.now,
            });
        }
        if matches!(terms.phase, Phase::Closed | Phase::Halted) {
            return Err(Refusal::NotTrading);
        }
        Ok(())
    }

    /// Distance from the last known price; an instrument without one has no collar yet.
    #[inline(always)]
    pub(crate) fn check_collar(&self, collar: Price, mark: Option<Price>) -> Result<(), Refusal> {
        let (Some(price), Some(reference), false) = (self.price, mark, self.is_offer) else {
            return Ok(());
        };
        let distance = price.millionths().abs_diff(reference.millionths());
        if i128::from(distance) > i128::from(collar.millionths()) {
            return Err(Refusal::PriceOutsideCollar {
                price,
                reference,
                collar,
            });
        }
        Ok(())
    }

    /// Whether the instrument's currency can be converted.
    #[inline(always)]
    pub(crate) fn check_rate(contract: &Contract, portfolio: &Portfolio) -> Result<(), Refusal> {
        let currencies = portfolio.currencies();
        if currencies.rate(contract.currency).is_none() {
            return Err(Refusal::NoFxRate {
                from: currencies.code(contract.currency),
                to: currencies.desk(),
            });
        }
        Ok(())
    }
}

/// What the trading book holds in the instrument, and what is open.
pub(crate) struct Trading {
    pub(crate) held: Volume,
    pub(crate) open: OpenVolume,
}

impl Trading {
    /// The position if every open order of the ask's side and the ask itself filled.
    #[inline(always)]
    fn reached(&self, ask: &Ask) -> Volume {
        match ask.side {
            Side::Buy => self.held + self.open.buy + ask.added,
            Side::Sell => self.held - self.open.sell - ask.added,
        }
    }

    /// Keeps volumes where exact sums cannot overflow.
    #[inline(always)]
    pub(crate) fn check_range(&self, ask: &Ask) -> Result<(), Refusal> {
        let position = self.reached(ask);
        if position.abs() > VOLUME_MAX {
            let limit = VOLUME_MAX;
            return Err(Refusal::PositionVolume { position, limit });
        }
        Ok(())
    }

    /// The limits of the trading book.
    #[inline(always)]
    pub(crate) fn check(
        &self,
        ask: &Ask,
        limits: &Limits,
        terms: &Terms,
        slot: PositionSlot,
        portfolio: &mut Portfolio,
    ) -> Result<(), Refusal> {
        let (volume, limit) = (ask.volume, limits.order_volume);
        if volume > limit {
            return Err(Refusal::OrderVolume { volume, limit });
        }
        let position = self.reached(ask);
        let limit = limits.position_volume;
        // What brings a position nearer to zero is let through from beyond the limit as well.
        if position.abs() > limit && !self.reduces(ask) {
            return Err(Refusal::PositionVolume { position, limit });
        }
        if let Some(value) = value(ask, terms, portfolio)
            && value > limits.order_value
        {
            let limit = limits.order_value;
            return Err(Refusal::OrderValue { value, limit });
        }
        let (loss, limit) = (portfolio.loss(slot), limits.loss);
        if loss > limit && !self.reduces(ask) {
            let trading_book = ask.owner.trading_book;
            return Err(Refusal::Loss {
                trading_book,
                loss,
                limit,
            });
        }
        Ok(())
    }

    /// Whether the ask, with every open order of its side filled, brings the position nearer to
    /// zero and not beyond.
    pub(crate) fn reduces(&self, ask: &Ask) -> bool {
        let reached = self.reached(ask);
        match ask.side {
            Side::Buy => self.held < Volume::ZERO && reached <= Volume::ZERO,
            Side::Sell => self.held > Volume::ZERO && reached >= Volume::ZERO,
        }
    }
}

/// Absolute value of the ask in the desk's currency, at its worst credible price.
#[inline(always)]
pub(crate) fn value(ask: &Ask, terms: &Terms, portfolio: &Portfolio) -> Option<Money> {
    let contract = portfolio.contract(ask.instrument)?;
    let price = worst_size(ask, terms, contract.mark());
    let value = contract.value(price, ask.volume);
    let currencies = portfolio.currencies();
    currencies.to_desk(value, contract.currency).ok()
}

/// Size of the ask's worst credible price.
#[inline(always)]
pub(crate) fn worst_size(ask: &Ask, terms: &Terms, mark: Option<Price>) -> Price {
    Price::from_millionths(match mark {
        Some(mark) => size(ask.price).max(size(ask.trigger)).max(size(Some(mark))),
        None => size_without_mark(ask, terms),
    })
}

/// Size of a price, in 1e-6; all of them passed a range before.
#[inline(always)]
fn size(price: Option<Price>) -> i64 {
    price.map_or(0, |price| price.millionths().abs())
}

/// Size of the price farthest from zero that the ask could fill at. Better than its limit is
/// without bound but the venue's: a sell limit of zero may fill at the highest price.
fn size_without_mark(ask: &Ask, terms: &Terms) -> i64 {
    let (min, max) = (Some(terms.min_price), Some(terms.max_price));
    let (worst, best) = match ask.side {
        Side::Buy => (ask.price.or(max), min),
        Side::Sell => (ask.price.or(min), max),
    };
    size(worst).max(size(best))
}
