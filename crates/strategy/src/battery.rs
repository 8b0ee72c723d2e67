//! A battery that offers by thresholds of the forecast.

use std::collections::BTreeMap;

use wattbook_assets::{
    Battery, BatterySpec, Commitment, Period, Plan, ThresholdPolicy, Thresholds,
};
use wattbook_domain::command::Direction;
use wattbook_domain::{Event, InstrumentId, OrderId, Price, Side, SignalId, Timestamp, Volume};

use crate::Strategy;
use crate::context::Context;
use crate::error::StrategyError;
use crate::observation::{Forecast, Observation};

/// A delivery period that the battery may offer into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The period, as an instrument.
    pub instrument: InstrumentId,
    /// First instant of delivery.
    pub delivery_start: Timestamp,
    /// Length of delivery in seconds.
    pub seconds: i64,
    /// Local trading day, a number that rises by one a day.
    pub day: i64,
    /// When to offer: before the gate, after the forecast.
    pub offer_at: Timestamp,
}

/// How the battery offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferRule {
    /// Into a pool, one period at a time: to charge at the charge threshold and to discharge at the
    /// discharge threshold, both backed by what the battery holds whatever else is dispatched.
    /// Thresholds look at `horizon` periods from the offered one on, or at the last as many.
    Pool {
        /// Periods that the thresholds look at; at least one.
        horizon: usize,
    },
    /// Into a day-ahead auction, all periods with the same `offer_at` together: a plan that the battery
    /// can run, offered at any price between the two limits so that it is awarded in whole, and
    /// scheduled `lead_ns` before delivery.
    DayAhead {
        /// Lowest price of the venue, in currency per `MWh`.
        min_price: Price,
        /// Highest price of the venue, in currency per `MWh`.
        max_price: Price,
        /// How long before delivery the schedule is handed in, in ns.
        lead_ns: i64,
    },
}

/// The battery and how it trades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatteryConfig {
    /// What it can do.
    pub spec: BatterySpec,
    /// How it picks thresholds.
    pub policy: ThresholdPolicy,
    /// How it offers.
    pub rule: OfferRule,
    /// Where it may offer, in order of delivery.
    pub slots: Vec<Slot>,
}

/// An offer that has not ended.
#[derive(Debug)]
struct Offered {
    /// Index of its slot.
    slot: usize,
    side: Side,
    /// What backs it; day-ahead offers are backed by the plan instead.
    commitment: Option<Commitment>,
}

/// Offers a battery's energy; what it cannot deliver it does not offer.
#[derive(Debug)]
pub struct BatteryTrader {
    battery: Battery,
    /// The battery as it will be once all that is planned has run.
    planned: Battery,
    policy: ThresholdPolicy,
    rule: OfferRule,
    slots: Vec<Slot>,
    forecasts: BTreeMap<InstrumentId, Forecast>,
    offered: BTreeMap<OrderId, Offered>,
    /// Net award by slot, in MW, delivered above zero.
    awards: Vec<Volume>,
    next_offer: usize,
    next_schedule: usize,
}

impl BatteryTrader {
    /// A trader of one battery.
    ///
    /// # Errors
    /// [`StrategyError::Asset`] when the battery does not hold together, and
    /// [`StrategyError::Parameter`] when the slots are out of order.
    pub fn new(config: BatteryConfig) -> Result<Self, StrategyError> {
        let BatteryConfig {
            spec,
            policy,
            rule,
            slots,
        } = config;
        let battery = Battery::new(spec)?;
        let is_ordered = |pair: &[Slot]| {
            pair[0].delivery_start < pair[1].delivery_start
                && pair[0].offer_at <= pair[1].offer_at
                && pair[0].day <= pair[1].day
        };
        if let Some(at) = slots.windows(2).position(|pair| !is_ordered(pair)) {
            return Err(StrategyError::Parameter {
                strategy: "battery",
                field: "slot",
                value: at as i64 + 1,
                fix: "slots in order of delivery, offer time and day",
            });
        }
        Ok(Self {
            planned: battery.clone(),
            battery,
            policy,
            rule,
            forecasts: BTreeMap::new(),
            offered: BTreeMap::new(),
            awards: vec![Volume::ZERO; slots.len()],
            next_offer: 0,
            next_schedule: 0,
            slots,
        })
    }

    /// The battery as it is.
    #[must_use]
    pub const fn battery(&self) -> &Battery {
        &self.battery
    }

    fn price(&self, slot: &Slot) -> Option<Price> {
        self.forecasts
            .get(&slot.instrument)
            .map(|forecast| forecast.price)
    }

    /// The forecast of `slot` when it is sure enough to trade on and still holds.
    fn sure(&self, slot: &Slot, context: &Context) -> Option<Forecast> {
        let forecast = self.forecasts.get(&slot.instrument)?;
        let is_sure = context.is_sure(forecast.confidence_ppm);
        (is_sure && forecast.valid_until >= context.now()).then_some(*forecast)
    }

    fn thresholds(&self, slots: &[Slot]) -> Option<Thresholds> {
        let mut prices: Vec<Price> = slots.iter().filter_map(|slot| self.price(slot)).collect();
        self.policy.thresholds(&mut prices, self.battery.spec())
    }

    fn offer_to_pool(&mut self, index: usize, horizon: usize, context: &mut Context) {
        let slot = self.slots[index];
        let Some(forecast) = self.sure(&slot, context) else {
            return;
        };
        // Near the end the window stays where it is: a battery that waits for more than the last prices
        // offer would end full.
        let end = (index + horizon.max(1)).min(self.slots.len());
        let window = end.saturating_sub(horizon.max(1))..end;
        let Some(thresholds) = self.thresholds(&self.slots[window]) else {
            return;
        };
        let power = self.battery.spec().power;
        let mut signal = None;
        for (side, price) in [
            (Side::Buy, thresholds.charge),
            (Side::Sell, thresholds.discharge),
        ] {
            let Some(commitment) = self.battery.reserve(side, power, slot.seconds, slot.day) else {
                continue;
            };
            let signal = *signal.get_or_insert_with(|| record(context, &forecast, thresholds));
            let volume = commitment.power();
            let order_id = context.submit_offer(slot.instrument, side, price, volume, signal);
            let commitment = Some(commitment);
            self.offered.insert(
                order_id,
                Offered {
                    slot: index,
                    side,
                    commitment,
                },
            );
        }
    }

    /// Plans the slots from `index` on that are offered together; returns the first one after them.
    fn offer_day_ahead(
        &mut self,
        index: usize,
        (min_price, max_price): (Price, Price),
        context: &mut Context,
    ) -> usize {
        let offer_at = self.slots[index].offer_at;
        let together = |slot: &&Slot| slot.offer_at == offer_at;
        let end = index + self.slots[index..].iter().take_while(together).count();
        let Some(thresholds) = self.thresholds(&self.slots[index..end]) else {
            return end;
        };
        let periods = self.slots[index..end].iter().map(|slot| Period {
            price: self.sure(slot, context).map(|forecast| forecast.price),
            seconds: slot.seconds,
            day: slot.day,
        });
        let periods: Vec<Period> = periods.collect();
        let plan = Plan::run(&mut self.planned, thresholds, &periods);
        for (at, power) in (index..end).zip(plan.power) {
            let slot = self.slots[at];
            let Some(forecast) = self.sure(&slot, context) else {
                continue;
            };
            let (side, price) = match power.millionths() {
                0 => continue,
                1.. => (Side::Sell, min_price),
                _ => (Side::Buy, max_price),
            };
            let signal = record(context, &forecast, thresholds);
            let order_id = context.submit_offer(slot.instrument, side, price, power.abs(), signal);
            let offered = Offered {
                slot: at,
                side,
                commitment: None,
            };
            self.offered.insert(order_id, offered);
        }
        end
    }

    fn offer(&mut self, context: &mut Context) {
        while let Some(slot) = self.slots.get(self.next_offer) {
            if slot.offer_at > context.now() {
                return;
            }
            let index = self.next_offer;
            match self.rule {
                OfferRule::Pool { horizon } => {
                    self.next_offer += 1;
                    // After a gap in the data, a period that has begun is no longer offered.
                    if slot.delivery_start > context.now() {
                        self.offer_to_pool(index, horizon, context);
                    }
                }
                OfferRule::DayAhead {
                    min_price,
                    max_price,
                    ..
                } => {
                    self.next_offer = self.offer_day_ahead(index, (min_price, max_price), context);
                }
            }
        }
    }

    /// Hands in what the battery will do in the periods about to begin.
    fn schedule(&mut self, context: &mut Context) {
        let OfferRule::DayAhead { lead_ns, .. } = self.rule else {
            return;
        };
        while let Some(slot) = self.slots.get(self.next_schedule).copied() {
            if slot.delivery_start.plus_nanos(-lead_ns) > context.now() {
                return;
            }
            let award = self.awards[self.next_schedule];
            self.next_schedule += 1;
            if award == Volume::ZERO {
                continue;
            }
            let side = if award > Volume::ZERO {
                Side::Sell
            } else {
                Side::Buy
            };
            let commitment = self
                .battery
                .reserve(side, award.abs(), slot.seconds, slot.day);
            let metered = commitment.map_or(Ok(Volume::ZERO), |commitment| {
                let power = commitment.power();
                self.battery.deliver(commitment, power)
            });
            context.submit_schedule(slot.instrument, metered.unwrap_or(Volume::ZERO));
        }
    }

    fn observe_offer(&mut self, event: &Event) {
        match event {
            Event::OrderStateChanged(changed) if changed.has_ended() => {
                self.end_offer(changed.order_id, changed.filled);
            }
            Event::Refused(refused) => self.end_offer(refused.order_id, Volume::ZERO),
            _ => {}
        }
    }

    fn end_offer(&mut self, order_id: OrderId, awarded: Volume) {
        let Some(offered) = self.offered.remove(&order_id) else {
            return;
        };
        let signed = Volume::from_millionths(-awarded.millionths() * offered.side.sign());
        self.awards[offered.slot] += signed;
        if let Some(commitment) = offered.commitment {
            // A venue that awards more than was offered is quarantined by the engine before this.
            let power = commitment.power();
            let delivered = self.battery.deliver(commitment, awarded.min(power));
            debug_assert!(
                delivered.is_ok(),
                "every commitment here is this battery's own"
            );
        }
    }
}

/// Records the view behind an offer: the forecast against the thresholds.
fn record(context: &mut Context, forecast: &Forecast, thresholds: Thresholds) -> SignalId {
    let direction = if forecast.price <= thresholds.charge {
        Direction::Fall
    } else if forecast.price >= thresholds.discharge {
        Direction::Rise
    } else {
        Direction::Flat
    };
    context.record_forecast(direction, forecast)
}

impl Strategy for BatteryTrader {
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        match observation {
            Observation::Forecast(forecast) => {
                self.forecasts.insert(forecast.instrument, **forecast);
            }
            Observation::Event(event) => self.observe_offer(event),
            Observation::Market(_) | Observation::Time => {}
        }
        self.offer(context);
        self.schedule(context);
    }
}
