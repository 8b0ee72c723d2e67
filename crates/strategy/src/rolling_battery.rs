//! A battery on the continuous market by its rolling intrinsic: a look at every change of a quote.
//!
//! Löhndorf and Wozabal (2021), Gas storage valuation in incomplete markets, European Journal of
//! Operational Research 288(1), of the rolling intrinsic; [`RollingIntrinsic`] is the programme.

use std::collections::BTreeMap;

use wattbook_assets::{
    Depth, IntrinsicRules, IntrinsicTrade, LOT_MW, Level, RollingIntrinsic, StoreLimits,
    TradingCosts,
};
use wattbook_domain::command::Direction;
use wattbook_domain::event::OrderState;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::{
    Conditions, Event, InstrumentId, Order, OrderId, Price, Side, TimeInForce, Timestamp, Volume,
};

use crate::Strategy;
use crate::context::Context;
use crate::error::StrategyError;
use crate::observation::Observation;

/// Rounding of floats, in MW.
const HAIR: f64 = 1e-6;
/// A battery takes what the book pays: its rule is its whole view.
const SURE_PPM: u32 = 1_000_000;
/// Orders of one linked set at most.
const LEGS_MOST: usize = 100;
/// A lot, in 1e-6 MW.
const LOT_MILLIONTHS: i64 = 100_000;

/// A delivery period that the battery may trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollingPeriod {
    /// Its continuous contract.
    pub book: InstrumentId,
    /// What auctions deliver in it.
    pub auctions: Vec<InstrumentId>,
    /// When it begins.
    pub delivery_start: Timestamp,
    /// Until when its contract is traded.
    pub trades_until: Timestamp,
    /// When what is sold of it is nominated; it no longer follows the position then.
    pub nominated_at: Timestamp,
}

/// A battery and what it may trade.
#[derive(Debug, Clone, PartialEq)]
pub struct RollingConfig {
    /// Power and energy.
    pub limits: StoreLimits,
    /// In the cells before the first period, in `MWh`.
    pub initial_mwh: f64,
    /// Most energy that leaves the cells in all periods, in multiples of the ceiling.
    pub cycles: f64,
    /// Length of a period.
    pub hours: f64,
    /// Of trading.
    pub costs: TradingCosts,
    /// Points of the grid of stored energy.
    pub states: usize,
    /// In order of delivery.
    pub periods: Vec<RollingPeriod>,
}

/// Trades a battery's contracts whenever a quote makes another programme pay.
///
/// What it trades at an instant is one set of linked orders, filled in whole or not at all; while one
/// is on its way it waits. Auctions and nominations are another strategy's, which shares its
/// identity and is told everything but quotes and its own events.
pub struct RollingBattery {
    bidder: Box<dyn Strategy + Send>,
    config: RollingConfig,
    core: RollingIntrinsic,
    /// Period of each instrument, by its number.
    period_of: Vec<Option<u32>>,
    nominated: Vec<Volume>,
    closed: usize,
    begun: usize,
    sets: u64,
    /// Orders on their way, with their periods.
    waits: BTreeMap<OrderId, usize>,
    found: Vec<IntrinsicTrade>,
}

impl RollingBattery {
    /// A battery with nothing sold and no quotes, beside the `bidder` of its auctions.
    ///
    /// # Errors
    /// [`StrategyError`] naming a limit, cost or length that is out of its range.
    pub fn new(
        config: RollingConfig,
        bidder: Box<dyn Strategy + Send>,
    ) -> Result<Self, StrategyError> {
        let hours = config.hours;
        if !(hours > 0.0 && hours.is_finite()) {
            return Err(StrategyError::Parameter {
                strategy: "rolling battery",
                field: "hours",
                value: hours as i64,
                fix: "the length of a period above 0",
            });
        }
        // Periods of another length are hours to a battery whose energies are divided by theirs.
        let mut limits = config.limits;
        limits.floor_mwh /= hours;
        limits.ceiling_mwh /= hours;
        let core = RollingIntrinsic::new(
            limits,
            config.periods.len(),
            config.states,
            config.costs,
            IntrinsicRules::EveryChange,
            config.initial_mwh / hours,
        )?;
        let mut period_of = Vec::new();
        for (period, of) in config.periods.iter().enumerate() {
            for instrument in of.auctions.iter().chain([&of.book]) {
                let number = instrument.0 as usize;
                if number >= period_of.len() {
                    period_of.resize(number + 1, None);
                }
                period_of[number] = u32::try_from(period).ok();
            }
        }
        Ok(Self {
            bidder,
            core,
            period_of,
            nominated: Vec::with_capacity(config.periods.len()),
            config,
            closed: 0,
            begun: 0,
            sets: 0,
            waits: BTreeMap::new(),
            found: Vec::new(),
        })
    }

    fn period(&self, instrument: InstrumentId) -> Option<usize> {
        let period = self.period_of.get(instrument.0 as usize)?;
        period.map(|period| period as usize)
    }

    /// The period whose contract this is, if it can still be traded.
    fn traded_period(&self, instrument: InstrumentId) -> Option<usize> {
        let period = self.period(instrument)?;
        let is_open = self.config.periods[period].book == instrument && period >= self.closed;
        is_open.then_some(period)
    }

    /// Sold of a period less bought; as nominated from then on, since what is settled leaves the position.
    fn sold(&self, period: usize, context: &Context) -> Volume {
        if let Some(nominated) = self.nominated.get(period) {
            return *nominated;
        }
        let of = &self.config.periods[period];
        let held = of.auctions.iter().chain([&of.book]);
        let held: i64 = held.map(|one| context.position(*one).millionths()).sum();
        Volume::from_millionths(-held)
    }

    /// Closes what has no time left before its gate, and runs what has begun.
    fn pass_time(&mut self, now: Timestamp) {
        let periods = &self.config.periods;
        while self.closed < periods.len() && periods[self.closed].trades_until <= now {
            self.core.set_book(self.closed, None);
            self.closed += 1;
        }
        while self.begun < self.closed && periods[self.begun].delivery_start <= now {
            self.begun += 1;
        }
        self.core.deliver_before(self.begun);
    }

    /// Takes over what is sold of a period, and its quote anew.
    fn hold(&mut self, period: usize, context: &Context) {
        if period >= self.begun {
            let lots = (self.sold(period, context).to_f64() / LOT_MW).round_ties_even();
            // More than the power bears cannot be planned with: the period keeps what it had, closed.
            if self.core.set_position(period, -(lots as i64)).is_err() {
                self.core.set_book(period, None);
                return;
            }
        }
        self.show(period, context);
    }

    /// Takes over the best prices of a period that can be traded; crossed or missing ones close it.
    fn show(&mut self, period: usize, context: &Context) {
        if period < self.closed {
            return;
        }
        let top = context.top(self.config.periods[period].book);
        let level = |(price, volume): (Price, Volume)| Level {
            price: price.to_f64(),
            lots: (volume.to_f64() / LOT_MW + HAIR) as i64,
        };
        let depth = match (top.bid, top.ask) {
            (Some(bid), Some(ask)) if bid.0 <= ask.0 => Some((level(bid), level(ask))),
            _ => None,
        };
        let Some((bid, ask)) = depth else {
            self.core.set_book(period, None);
            return;
        };
        let side = |level: Level| [level].into_iter().find(|level| level.lots > 0);
        let (bid, ask) = (side(bid), side(ask));
        let depth = Depth {
            bids: bid.as_slice(),
            asks: ask.as_slice(),
        };
        self.core.set_book(period, Some(depth));
    }

    /// Takes over a quote and trades if that pays.
    fn see(&mut self, period: usize, context: &mut Context) {
        self.pass_time(context.now());
        self.show(period, context);
        if !self.waits.is_empty() {
            return;
        }
        let mut found = std::mem::take(&mut self.found);
        self.core.trades(&mut found);
        let is_sent = found.is_empty()
            || (found.len() <= LEGS_MOST
                && self.can_run(&found, context)
                && self.send(&found, context));
        if !is_sent {
            for trade in &found {
                self.hold(trade.product, context);
            }
        }
        self.found = found;
    }

    /// Whether cells and cycles bear what is sold with these trades.
    fn can_run(&self, found: &[IntrinsicTrade], context: &Context) -> bool {
        let count = self.config.periods.len();
        let sold = (0..count).map(|period| self.sold(period, context).to_f64());
        let mut programme: Vec<f64> = sold.collect();
        for trade in found {
            programme[trade.product] -= trade.lots as f64 * LOT_MW;
        }
        runs(&self.config, &programme)
    }

    /// Sends trades at the best prices as one set; false when a price is gone.
    fn send(&mut self, found: &[IntrinsicTrade], context: &mut Context) -> bool {
        let mut legs = Vec::with_capacity(found.len());
        for trade in found {
            let side = if trade.lots > 0 {
                Side::Buy
            } else {
                Side::Sell
            };
            let top = context.top(self.config.periods[trade.product].book);
            let best = if side == Side::Sell { top.bid } else { top.ask };
            let Some((price, _)) = best else {
                return false;
            };
            legs.push((trade, side, price));
        }
        self.sets += 1;
        let linked = (legs.len() > 1).then(|| Conditions {
            linked: Some(self.sets),
            linked_orders: u32::try_from(legs.len()).ok(),
            ..Conditions::default()
        });
        for (trade, side, price) in legs {
            let RollingPeriod {
                book: instrument,
                delivery_start,
                ..
            } = self.config.periods[trade.product];
            let direction = match side {
                Side::Buy => Direction::Rise,
                Side::Sell => Direction::Fall,
            };
            let view = (direction, SURE_PPM);
            let signal = context.record_signal(instrument, view, price, delivery_start);
            let order_id = context.submit(Order {
                instrument,
                side,
                time_in_force: TimeInForce::FillOrKill,
                price,
                volume: Volume::from_millionths(trade.lots.abs() * LOT_MILLIONTHS),
                signal,
                conditions: linked.clone().map(Box::new),
                ..Order::default()
            });
            self.waits.insert(order_id, trade.product);
        }
        true
    }

    /// Follows own orders and positions.
    fn observe(&mut self, event: &Event, context: &Context) {
        match event {
            Event::PositionChanged(changed) => {
                if let Some(period) = self.period(changed.instrument) {
                    self.hold(period, context);
                }
            }
            Event::OrderStateChanged(changed) if changed.state == OrderState::Filled => {
                self.waits.remove(&changed.order_id);
            }
            Event::OrderStateChanged(changed) if changed.has_ended() => {
                self.take_back(changed.order_id, context);
            }
            Event::Refused(refused) => self.take_back(refused.order_id, context),
            _ => {}
        }
    }

    /// Plans again with what is held where an order came to nothing.
    fn take_back(&mut self, order_id: OrderId, context: &Context) {
        if let Some(period) = self.waits.remove(&order_id) {
            self.hold(period, context);
        }
    }

    /// Remembers what is nominated of each period by now.
    fn nominate(&mut self, context: &Context) {
        while let Some(of) = self.config.periods.get(self.nominated.len()) {
            if of.nominated_at > context.now() {
                return;
            }
            let sold = self.sold(self.nominated.len(), context);
            self.nominated.push(sold);
        }
    }
}

/// Whether a battery can run a programme, one period after the other; sold above zero, in MW.
fn runs(config: &RollingConfig, programme: &[f64]) -> bool {
    let RollingConfig { limits, hours, .. } = config;
    let mut energy = config.initial_mwh;
    let mut left = config.cycles * limits.ceiling_mwh;
    for wanted in programme {
        let out = (energy - limits.floor_mwh).min(left).max(0.0) * limits.discharge_efficiency;
        let into = (limits.ceiling_mwh - energy).max(0.0) / limits.charge_efficiency;
        let most = limits.discharge_mw.min(out / hours);
        let least = -limits.charge_mw.min(into / hours);
        if !(least - HAIR..=most + HAIR).contains(wanted) {
            return false;
        }
        let run = wanted.clamp(least, most);
        let cells = if run < 0.0 {
            run * hours * limits.charge_efficiency
        } else {
            run * hours / limits.discharge_efficiency
        };
        energy -= cells;
        left -= cells.max(0.0);
    }
    true
}

impl Strategy for RollingBattery {
    fn on_start(&mut self, context: &mut Context) {
        self.bidder.on_start(context);
    }

    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        match observation {
            Observation::Market(MarketEvent::Quote(quote)) => {
                if let Some(period) = self.traded_period(quote.instrument) {
                    self.see(period, context);
                }
            }
            Observation::Event(event) => self.observe(event, context),
            _ => {
                self.bidder.on_event(observation, context);
                if matches!(observation, Observation::Time) {
                    self.nominate(context);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
