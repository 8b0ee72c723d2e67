//! Virtual bids: the spread between the two settlements of one hour.

use std::collections::BTreeMap;

use wattbook_domain::command::Direction;
use wattbook_domain::{InstrumentId, Side, Timestamp, Volume};

use crate::Strategy;
use crate::context::Context;
use crate::error::StrategyError;
use crate::observation::{Forecast, Observation};
use crate::window::check_volume;

/// An hour that may be bid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VirtualSlot {
    /// The hour as a virtual instrument; its forecast is the expected real-time price, as sure as
    /// the sign of the spread is.
    pub instrument: InstrumentId,
    /// The hour as the day-ahead market settles it; its forecast is the expected day-ahead price.
    pub day_ahead: InstrumentId,
    /// When to offer: before the gate, after the forecasts.
    pub offer_at: Timestamp,
}

/// Where and how much it bids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualConfig {
    /// Volume of each bid, in MW.
    pub volume: Volume,
    /// The hours, in order of `offer_at`.
    pub slots: Vec<VirtualSlot>,
}

/// Sells an hour day-ahead that is expected to be cheaper in real time, and buys one expected to be
/// dearer, each at the expected real-time price or better. The award is paid back at the real-time
/// price: nothing is delivered.
#[derive(Debug)]
pub struct VirtualTrader {
    volume: Volume,
    slots: Vec<VirtualSlot>,
    forecasts: BTreeMap<InstrumentId, Forecast>,
    next: usize,
}

impl VirtualTrader {
    /// A trader of virtual bids.
    ///
    /// # Errors
    /// [`StrategyError::Parameter`] for a volume not above zero or slots out of order.
    pub fn new(config: VirtualConfig) -> Result<Self, StrategyError> {
        let VirtualConfig { volume, slots } = config;
        check_volume("virtual", volume)?;
        let is_ordered = |pair: &[VirtualSlot]| pair[0].offer_at <= pair[1].offer_at;
        if let Some(at) = slots.windows(2).position(|pair| !is_ordered(pair)) {
            return Err(StrategyError::Parameter {
                strategy: "virtual",
                field: "slot",
                value: at as i64 + 1,
                fix: "slots in order of offer time",
            });
        }
        Ok(Self {
            volume,
            slots,
            forecasts: BTreeMap::new(),
            next: 0,
        })
    }

    fn offer(&self, slot: &VirtualSlot, context: &mut Context) {
        let (Some(real_time), Some(day_ahead)) = (
            self.forecasts.get(&slot.instrument),
            self.forecasts.get(&slot.day_ahead),
        ) else {
            return;
        };
        let holds = real_time.valid_until >= context.now();
        if !holds || !context.is_sure(real_time.confidence_ppm) {
            return;
        }
        let (direction, side) = match real_time.price.cmp(&day_ahead.price) {
            std::cmp::Ordering::Greater => (Direction::Rise, Side::Buy),
            std::cmp::Ordering::Less => (Direction::Fall, Side::Sell),
            std::cmp::Ordering::Equal => return,
        };
        let signal = context.record_forecast(direction, real_time);
        context.submit_offer(slot.instrument, side, real_time.price, self.volume, signal);
    }
}

impl Strategy for VirtualTrader {
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        if let Observation::Forecast(forecast) = observation {
            self.forecasts.insert(forecast.instrument, **forecast);
        }
        while let Some(slot) = self.slots.get(self.next).copied() {
            if slot.offer_at > context.now() {
                return;
            }
            self.next += 1;
            self.offer(&slot, context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Identity;
    use wattbook_domain::{Command, Price};

    const OFFER_AT: i64 = 1_000;

    /// What it offers for one hour, told the two expected prices and how sure the spread's sign is.
    fn offers(real_time: i64, day_ahead: i64, confidence_ppm: u32) -> Vec<(Side, Price)> {
        let slot = VirtualSlot {
            instrument: InstrumentId(1),
            day_ahead: InstrumentId(0),
            offer_at: Timestamp::from_seconds(OFFER_AT),
        };
        let config = VirtualConfig {
            volume: Volume::from_millionths(5_000_000),
            slots: vec![slot],
        };
        let mut strategy = VirtualTrader::new(config).unwrap();
        let mut context = Context::new(Identity::default());
        let mut found = Vec::new();
        let mut tell = |second, observation: &Observation<'_>| {
            context.observe(Timestamp::from_seconds(second), observation);
            strategy.on_event(observation, &mut context);
            found.extend(context.drain().filter_map(|command| match command {
                Command::SubmitOffer(offer) => Some((offer.side, offer.price)),
                _ => None,
            }));
        };
        for (number, price, confidence_ppm) in [(0, day_ahead, 0), (1, real_time, confidence_ppm)] {
            let forecast = Forecast {
                instrument: InstrumentId(number),
                price: Price::from_millionths(price),
                confidence_ppm,
                valid_until: Timestamp::from_seconds(OFFER_AT + 60),
                ..Forecast::default()
            };
            tell(OFFER_AT - 10, &Observation::Forecast(&forecast));
        }
        tell(OFFER_AT, &Observation::Time);
        tell(OFFER_AT + 1, &Observation::Time);
        found
    }

    #[test]
    fn it_sells_the_dearer_settlement_and_buys_the_cheaper_one_once() {
        let price = Price::from_millionths;
        assert_eq!(offers(-30, -20, 900_000), [(Side::Sell, price(-30))]);
        assert_eq!(offers(-20, -30, 900_000), [(Side::Buy, price(-20))]);
        assert_eq!(offers(7, 7, 900_000), []);
    }

    #[test]
    fn only_a_spread_above_the_confidence_threshold_is_bid_on() {
        assert_eq!(offers(50, 40, 800_000), []);
        assert_eq!(offers(50, 40, 800_001).len(), 1);
    }

    #[test]
    fn a_volume_of_zero_is_refused() {
        let config = VirtualConfig {
            volume: Volume::ZERO,
            slots: Vec::new(),
        };
        assert!(VirtualTrader::new(config).is_err());
    }
}
