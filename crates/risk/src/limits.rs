//! Limits of a trading book, and the terms of an instrument that orders are held against.

use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::Phase;
use wattbook_domain::reference::SetLimits;
use wattbook_domain::state::State;
use wattbook_domain::{
    LotSize, Money, Price, Refusal, TickSize, Timestamp, VenueId, Volume, state,
};

/// What the gate holds orders in an instrument against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) tick: TickSize,
    pub(crate) lot: LotSize,
    pub(crate) min_price: Price,
    pub(crate) max_price: Price,
    pub(crate) gate_closure: Timestamp,
    pub(crate) delivery_start: Timestamp,
    pub(crate) venue: VenueId,
    pub(crate) phase: Phase,
}

impl Terms {
    /// Terms of `instrument`, which trades until its venue says otherwise.
    pub(crate) fn new(instrument: &Instrument) -> Result<Self, Refusal> {
        let number = instrument.instrument.0;
        let refused = |field| Refusal::Reference {
            number,
            field,
            fix: "set it above zero",
        };
        Ok(Self {
            tick: TickSize::new(instrument.tick).map_err(|_| refused("tick"))?,
            lot: LotSize::new(instrument.lot).map_err(|_| refused("lot"))?,
            min_price: instrument.min_price,
            max_price: instrument.max_price,
            gate_closure: instrument.gate_closure,
            delivery_start: instrument.delivery_start,
            venue: instrument.venue,
            phase: Phase::Continuous,
        })
    }
}

impl Terms {
    /// The price farthest from zero that the venue takes.
    pub(crate) fn farthest_price(&self) -> Price {
        let size = |price: Price| price.millionths().abs();
        Price::from_millionths(size(self.min_price).max(size(self.max_price)))
    }

    /// Tick and range of a price.
    #[inline(always)]
    pub(crate) fn check_price(&self, price: Price) -> Result<(), Refusal> {
        if self.tick.ticks(price).is_none() {
            let tick = self.tick.step();
            return Err(Refusal::PriceOffTick { price, tick });
        }
        let (min, max) = (self.min_price, self.max_price);
        if price < min || price > max {
            return Err(Refusal::PriceOutsideLimits { price, min, max });
        }
        Ok(())
    }
}

impl State for Terms {
    fn save(&self, out: &mut Vec<u8>) {
        self.tick.step().save(out);
        self.lot.step().save(out);
        self.min_price.save(out);
        self.max_price.save(out);
        self.gate_closure.save(out);
        self.delivery_start.save(out);
        self.venue.save(out);
        self.phase.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            tick: TickSize::new(State::load(input)?).ok()?,
            lot: LotSize::new(State::load(input)?).ok()?,
            min_price: State::load(input)?,
            max_price: State::load(input)?,
            gate_closure: State::load(input)?,
            delivery_start: State::load(input)?,
            venue: State::load(input)?,
            phase: State::load(input)?,
        })
    }
}

/// Limits of a trading book.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) order_volume: Volume,
    pub(crate) order_value: Money,
    pub(crate) position_volume: Volume,
    pub(crate) loss: Money,
    pub(crate) price_collar: Price,
}

state!(Limits {
    order_volume,
    order_value,
    position_volume,
    loss,
    price_collar
});

impl From<&SetLimits> for Limits {
    fn from(set: &SetLimits) -> Self {
        Self {
            order_volume: set.order_volume,
            order_value: set.order_value,
            position_volume: set.position_volume,
            loss: set.loss,
            price_collar: set.price_collar,
        }
    }
}

/// Open volume of a trading book in an instrument, by side.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OpenVolume {
    pub(crate) buy: Volume,
    pub(crate) sell: Volume,
}

state!(OpenVolume { buy, sell });
