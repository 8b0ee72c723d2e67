//! A parent order as its execution knows it.

use wattbook_domain::{InstrumentId, Price, Side, Timestamp, Volume};

use super::error::AlgorithmError;

/// The steps of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grids {
    /// Of prices, in currency per price unit; above zero.
    pub tick: Price,
    /// Of volumes, in volume units; above zero.
    pub lot: Volume,
}

impl Grids {
    /// `price` on the tick, moved away from the market: down for a buy, up for a sell.
    #[must_use]
    pub fn on_tick(&self, side: Side, price: Price) -> Price {
        let (tick, value) = (self.tick.millionths(), price.millionths());
        let floor = value.div_euclid(tick) * tick;
        let rounded = match side {
            Side::Buy => floor,
            Side::Sell if floor == value => floor,
            Side::Sell => floor.saturating_add(tick),
        };
        Price::from_millionths(rounded)
    }

    /// The largest volume on the lot that is not above `volume`; zero for less than a lot.
    #[must_use]
    pub fn on_lot(&self, volume: Volume) -> Volume {
        let lot = self.lot.millionths();
        Volume::from_millionths(volume.millionths().max(0) / lot * lot)
    }
}

/// What a parent order asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParentTerms {
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// How much, in volume units; above zero, on the lot.
    pub volume: Volume,
    /// Beyond it no child trades, in currency per price unit.
    pub limit: Option<Price>,
    /// First instant of its children.
    pub starts: Timestamp,
    /// When the last of them is taken back.
    pub ends: Timestamp,
    /// When the closing call of the venue begins, where that is known: from then on nothing matches before
    /// the auction.
    pub call_begins: Option<Timestamp>,
    /// Steps of the instrument.
    pub grids: Grids,
}

impl ParentTerms {
    /// Whether the terms hold together.
    ///
    /// # Errors
    /// [`AlgorithmError`] that names the term, its value and the fix.
    pub fn check(&self) -> Result<(), AlgorithmError> {
        let Self {
            volume,
            limit,
            starts,
            ends,
            grids,
            ..
        } = *self;
        if volume <= Volume::ZERO || grids.on_lot(volume) != volume {
            let lot = grids.lot;
            return Err(AlgorithmError::Volume { volume, lot });
        }
        if let Some(limit) = limit.filter(|limit| grids.on_tick(Side::Buy, *limit) != *limit) {
            let tick = grids.tick;
            return Err(AlgorithmError::Limit { limit, tick });
        }
        if ends <= starts {
            return Err(AlgorithmError::Times { starts, ends });
        }
        Ok(())
    }

    /// The worse of `price` and what the limit still allows, as far as the limit allows it.
    #[must_use]
    pub fn within_limit(&self, price: Price) -> Price {
        match (self.limit, self.side) {
            (None, _) => price,
            (Some(limit), Side::Buy) => price.min(limit),
            (Some(limit), Side::Sell) => price.max(limit),
        }
    }

    /// Whether a trade at `price` keeps the limit.
    #[must_use]
    pub fn allows(&self, price: Price) -> bool {
        self.within_limit(price) == price
    }

    /// `price` moved by `ticks` towards the other side of the market.
    #[must_use]
    pub fn towards_market(&self, price: Price, ticks: i64) -> Price {
        let step = self.grids.tick.millionths().saturating_mul(ticks);
        let moved = price
            .millionths()
            .saturating_add(step.saturating_mul(self.side.sign()));
        Price::from_millionths(moved)
    }

    /// Until when its children can match as they come: to its end, or to the closing call where that begins
    /// within its time.
    #[must_use]
    pub fn matches_until(&self) -> Timestamp {
        let within = |call: &Timestamp| *call > self.starts && *call < self.ends;
        self.call_begins.filter(within).unwrap_or(self.ends)
    }

    /// How long its children can match as they come, in ns: the time of a schedule.
    #[must_use]
    pub fn duration_ns(&self) -> i64 {
        let until = self.matches_until();
        until.nanos().saturating_sub(self.starts.nanos())
    }
}
