//! What an order of several legs asks for, and what it will cost before it starts.

use wattbook_domain::{InstrumentId, Price, Side, Timestamp, Volume};

use crate::algorithms::{CostForecast, Fees, Grids, MarketModel, ParentTerms, Twap, forecast_cost};

/// One leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegTerms {
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// How much of it a unit holds, in volume units; above zero, on the lot.
    pub ratio: Volume,
    /// Beyond it no child trades, in currency per price unit.
    pub limit: Option<Price>,
    /// Steps of the instrument.
    pub grids: Grids,
    /// What its venue charges.
    pub fees: Fees,
}

impl LegTerms {
    /// The volume of so many units.
    #[must_use]
    pub const fn volume(&self, units: u32) -> Volume {
        Volume::from_millionths(self.ratio.millionths() * units as i64)
    }

    /// How many units a volume touches, begun ones counted in full.
    #[must_use]
    pub fn begun(&self, volume: Volume) -> u32 {
        let (volume, ratio) = (volume.millionths().max(0), self.ratio.millionths());
        u32::try_from((volume + ratio - 1) / ratio).unwrap_or(u32::MAX)
    }

    /// How many whole units a volume holds.
    #[must_use]
    pub fn whole(&self, volume: Volume) -> u32 {
        let whole = volume.millionths().max(0) / self.ratio.millionths();
        u32::try_from(whole).unwrap_or(u32::MAX)
    }

    /// What a unit of it costs at `price`: below zero for what is received.
    #[must_use]
    pub fn cost(&self, price: Price) -> Price {
        let product = i128::from(price.millionths()) * i128::from(self.ratio.millionths());
        let whole = i64::try_from(product / 1_000_000).unwrap_or(i64::MAX);
        Price::from_millionths(whole.saturating_mul(self.side.sign()))
    }
}

/// When units are traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegsPace {
    /// Whenever the price of a unit is within its limit: a spread.
    AtPrice,
    /// Evenly over the time: a basket.
    Even,
}

/// How careful it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegCare {
    /// So many units one leg may be ahead of another; above zero.
    pub leg_risk: u32,
    /// So long, in ns; after it what is behind is taken at any price within the limit of its leg.
    pub hang_ns: i64,
    /// How far beyond the market what is behind reaches before that, in ticks.
    pub reach_ticks: i64,
    /// Without data of a leg for so long, in ns, no unit is begun.
    pub stale_ns: i64,
    /// After so many refusals in a row it ends.
    pub refusals: u32,
}

impl Default for LegCare {
    fn default() -> Self {
        Self {
            leg_risk: 1,
            hang_ns: 10_000_000_000,
            reach_ticks: 5,
            stale_ns: 60_000_000_000,
            refusals: 8,
        }
    }
}

/// What an order of several legs asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegsTerms {
    /// Two or more, each of another instrument.
    pub legs: Vec<LegTerms>,
    /// How many units.
    pub units: u32,
    /// The most that a unit may cost when it is begun, in currency: what is paid less what is received.
    pub unit_limit: Option<Price>,
    /// When they are traded.
    pub pace: LegsPace,
    /// First instant of its children.
    pub starts: Timestamp,
    /// No child is placed from then on.
    pub ends: Timestamp,
}

/// Why an order of several legs is refused before it starts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LegsError {
    /// Too few, or an instrument twice.
    #[error("{legs} legs of {instruments} instruments; give two or more, each of another")]
    Legs {
        /// As found.
        legs: usize,
        /// As found.
        instruments: usize,
    },
    /// A ratio that cannot be traded.
    #[error("instrument {instrument}: a unit of {ratio} is not above zero and on the lot {lot}")]
    Ratio {
        /// Of which leg.
        instrument: InstrumentId,
        /// As found.
        ratio: Volume,
        /// Its lot.
        lot: Volume,
    },
    /// A limit off the tick.
    #[error("instrument {instrument}: the limit {limit} is off the tick {tick}; round it")]
    Limit {
        /// Of which leg.
        instrument: InstrumentId,
        /// As found.
        limit: Price,
        /// Its tick.
        tick: Price,
    },
    /// Nothing to trade, or nothing that may be open.
    #[error("{units} units with a leg risk of {leg_risk}; give 1 or more of both")]
    Units {
        /// As found.
        units: u32,
        /// As found.
        leg_risk: u32,
    },
    /// Too little time to follow with all legs.
    #[error("it ends at {ends}, not {hang_ns} ns after it starts at {starts}; give it time")]
    Times {
        /// As found.
        starts: Timestamp,
        /// As found.
        ends: Timestamp,
        /// How long a leg may be behind.
        hang_ns: i64,
    },
}

impl LegsTerms {
    /// Whether the terms hold together, with `care`.
    ///
    /// # Errors
    /// [`LegsError`] that names the term, its value and the fix.
    pub fn check(&self, care: &LegCare) -> Result<(), LegsError> {
        let mut instruments: Vec<_> = self.legs.iter().map(|leg| leg.instrument).collect();
        instruments.sort_unstable();
        instruments.dedup();
        let (legs, instruments) = (self.legs.len(), instruments.len());
        if legs < 2 || instruments < legs {
            return Err(LegsError::Legs { legs, instruments });
        }
        for leg in &self.legs {
            let (instrument, ratio) = (leg.instrument, leg.ratio);
            if ratio <= Volume::ZERO || leg.grids.on_lot(ratio) != ratio {
                let lot = leg.grids.lot;
                return Err(LegsError::Ratio {
                    instrument,
                    ratio,
                    lot,
                });
            }
            let is_off = |limit: &Price| leg.grids.on_tick(Side::Buy, *limit) != *limit;
            if let Some(limit) = leg.limit.filter(is_off) {
                let tick = leg.grids.tick;
                return Err(LegsError::Limit {
                    instrument,
                    limit,
                    tick,
                });
            }
        }
        let (units, leg_risk) = (self.units, care.leg_risk);
        if units == 0 || leg_risk == 0 {
            return Err(LegsError::Units { units, leg_risk });
        }
        let (starts, ends, hang_ns) = (self.starts, self.ends, care.hang_ns);
        if hang_ns < 0 || ends.nanos().saturating_sub(starts.nanos()) <= hang_ns {
            return Err(LegsError::Times {
                starts,
                ends,
                hang_ns,
            });
        }
        Ok(())
    }

    /// How many units may have been begun by `now`.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> u32 {
        if now < self.starts {
            return 0;
        }
        match self.pace {
            LegsPace::AtPrice => self.units,
            LegsPace::Even => {
                let gone = i128::from(now.nanos() - self.starts.nanos());
                let all = i128::from(self.ends.nanos() - self.starts.nanos());
                // The first at once, the last when half of its part of the time is left.
                let due = (i128::from(self.units) * gone + all) / all;
                u32::try_from(due).unwrap_or(u32::MAX).min(self.units)
            }
        }
    }
}

/// What a unit is expected to cost against the middles of its legs, in currency.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LegsForecast {
    /// Of crossing the spread of every leg.
    pub spread: f64,
    /// Of moving their markets.
    pub impact: f64,
    /// Standard deviation while it waits, the legs taken as independent.
    pub deviation: f64,
    /// Fees of the venues, on top.
    pub fees: f64,
}

impl LegsForecast {
    /// Spread and impact.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.spread + self.impact
    }
}

/// What a leg of `terms` will cost in a market like `model`, for each of its volume units: it is taken, evenly
/// over the time, as [`forecast_cost`] reckons it.
#[must_use]
pub fn forecast_leg(terms: &LegsTerms, leg: &LegTerms, model: &MarketModel) -> CostForecast {
    let parent = ParentTerms {
        instrument: leg.instrument,
        side: leg.side,
        volume: leg.volume(terms.units),
        limit: leg.limit,
        starts: terms.starts,
        ends: terms.ends,
        call_begins: None,
        grids: leg.grids,
    };
    forecast_cost(model, &parent, &Twap::default(), 1.0, leg.fees)
}

/// What a unit of `terms` will cost in markets like `models`, one a leg, each as [`forecast_leg`] reckons it.
#[must_use]
pub fn forecast_legs(terms: &LegsTerms, models: &[MarketModel]) -> LegsForecast {
    let mut sum = LegsForecast::default();
    let mut variance = 0.0;
    for (leg, model) in terms.legs.iter().zip(models) {
        let cost = forecast_leg(terms, leg, model);
        let ratio = leg.ratio.to_f64();
        sum.spread += ratio * cost.spread;
        sum.impact += ratio * cost.impact;
        sum.fees += ratio * cost.fees;
        variance += (ratio * cost.deviation).powi(2);
    }
    LegsForecast {
        deviation: variance.sqrt(),
        ..sum
    }
}
