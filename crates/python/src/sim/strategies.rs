//! Who trades in a simulation.

use std::collections::BTreeMap;

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use wattbook_assets::{ThresholdPolicy, TradingCosts};
use wattbook_domain::market::PriceKind;
use wattbook_domain::{InstrumentId, Owner, Price, Side, SignalId, Timestamp, Volume};
use wattbook_execution::algorithms::{Fees, Grids};
use wattbook_execution::legs::{LegCare, LegTerms, LegsPace, LegsTerms};
use wattbook_execution::router::{PlaceTerms, RouteOrder, RouterCare};
use wattbook_sim::{
    ExecuteStrategy, LegsStrategy, ParentRequest, Parents, RouteRequest, RouteStrategy,
};
use wattbook_strategy::{
    BatteryConfig, BatteryTrader, EmaCross, EmaCrossConfig, MeanReversion, Momentum, OfferRule,
    OrderStyle, Roll, RollingBattery, RollingConfig, RollingPeriod, Sampling, Slot, Strategy,
    VirtualConfig, VirtualSlot, VirtualTrader, WindowConfig,
};

use super::collector::lock;
use super::rows::rows;
use super::{Simulation, refused};
use crate::battery::{LimitValues, limits};
use crate::strategy::PythonStrategy;

#[pymethods]
impl Simulation {
    /// Adds a momentum (`reverts` false) or mean-reversion strategy on a window of prices: of the middle
    /// of the book every `step_ns`, or of every settlement when that is None. `rolls` are (ns UTC,
    /// instrument) pairs.
    #[pyo3(signature = (owner, *, reverts, instrument, window, volume, horizon_ns, step_ns=None, rolls=None))]
    #[allow(clippy::too_many_arguments)]
    fn add_window_strategy(
        &self,
        owner: Owner,
        reverts: bool,
        instrument: InstrumentId,
        window: usize,
        volume: Volume,
        horizon_ns: i64,
        step_ns: Option<i64>,
        rolls: Option<Vec<(Timestamp, InstrumentId)>>,
    ) -> PyResult<()> {
        let sampling = match step_ns {
            Some(step_ns) => Sampling::Mid { step_ns },
            None => Sampling::Record(PriceKind::Settlement),
        };
        let config = WindowConfig {
            instrument,
            rolls: chain(rolls),
            sampling,
            window,
            volume,
            horizon_ns,
            style: OrderStyle::of(sampling),
        };
        let strategy: Box<dyn Strategy + Send> = if reverts {
            Box::new(MeanReversion::new(&config).map_err(refused)?)
        } else {
            Box::new(Momentum::new(&config).map_err(refused)?)
        };
        self.enter(strategy, owner)
    }

    /// Adds a strategy that follows the crossing of two exponential averages of the quotes. `rolls` are
    /// (ns UTC, instrument) pairs.
    #[pyo3(signature = (owner, *, instrument, fast, slow, volume, rolls=None))]
    #[allow(clippy::too_many_arguments)]
    fn add_ema_cross(
        &self,
        owner: Owner,
        instrument: InstrumentId,
        fast: u32,
        slow: u32,
        volume: Volume,
        rolls: Option<Vec<(Timestamp, InstrumentId)>>,
    ) -> PyResult<()> {
        let config = EmaCrossConfig {
            instrument,
            rolls: chain(rolls),
            fast,
            slow,
            volume,
        };
        self.enter(Box::new(EmaCross::new(config).map_err(refused)?), owner)
    }

    /// Adds a battery that offers by thresholds of the forecast into `slots` of (instrument,
    /// delivery start, seconds, day, offer at) as five int64 arrays: into a pool looking `horizon`
    /// periods ahead, or, when that is None, day-ahead between `min_price` and `max_price`, scheduled
    /// `lead_ns` before delivery.
    #[pyo3(signature = (owner, *, battery, charge_quantile_ppm, discharge_quantile_ppm, cost, slots, horizon=None,
        min_price=Price::ZERO, max_price=Price::ZERO, lead_ns=0))]
    #[allow(clippy::too_many_arguments)]
    fn add_battery(
        &self,
        py: Python<'_>,
        owner: Owner,
        battery: &crate::assets::Battery,
        charge_quantile_ppm: u32,
        discharge_quantile_ppm: u32,
        cost: Price,
        slots: [PyBuffer<i64>; 5],
        horizon: Option<usize>,
        min_price: Price,
        max_price: Price,
        lead_ns: i64,
    ) -> PyResult<()> {
        let rows = rows(py, slots.each_ref())?;
        let slots = rows.map(|[number, start, seconds, day, offer_at]| Slot {
            instrument: super::rows::instrument(number),
            delivery_start: Timestamp::from_nanos(start),
            seconds,
            day,
            offer_at: Timestamp::from_nanos(offer_at),
        });
        let slots: Vec<Slot> = slots.collect();
        // Time is told when an offer or a schedule is due.
        let due = slots
            .iter()
            .flat_map(|slot| [slot.offer_at, slot.delivery_start.plus_nanos(-lead_ns)]);
        let due: Vec<Timestamp> = due.collect();
        self.plan(|plan| {
            plan.add_alarms(due);
            Ok(())
        })?;
        let rule = match horizon {
            Some(horizon) => OfferRule::Pool { horizon },
            None => OfferRule::DayAhead {
                min_price,
                max_price,
                lead_ns,
            },
        };
        let policy = ThresholdPolicy::new(charge_quantile_ppm, discharge_quantile_ppm, cost)
            .map_err(refused)?;
        let config = BatteryConfig {
            spec: battery.spec(),
            policy,
            rule,
            slots,
        };
        self.enter(
            Box::new(BatteryTrader::new(config).map_err(refused)?),
            owner,
        )
    }

    /// Adds virtual bids of `volume` for the hours `slots` of (virtual instrument, day-ahead
    /// instrument, offer at) as three int64 arrays.
    #[pyo3(signature = (owner, *, volume, slots))]
    fn add_virtual(
        &self,
        py: Python<'_>,
        owner: Owner,
        volume: Volume,
        slots: [PyBuffer<i64>; 3],
    ) -> PyResult<()> {
        let rows = rows(py, slots.each_ref())?;
        let slots = rows.map(|[number, day_ahead, offer_at]| VirtualSlot {
            instrument: super::rows::instrument(number),
            day_ahead: super::rows::instrument(day_ahead),
            offer_at: Timestamp::from_nanos(offer_at),
        });
        let slots: Vec<VirtualSlot> = slots.collect();
        let due: Vec<Timestamp> = slots.iter().map(|slot| slot.offer_at).collect();
        self.plan(|plan| {
            plan.add_alarms(due);
            Ok(())
        })?;
        let config = VirtualConfig { volume, slots };
        self.enter(
            Box::new(VirtualTrader::new(config).map_err(refused)?),
            owner,
        )
    }

    /// Adds a strategy that works one parent order in `instrument`, defined before, from `starts` to `ends`
    /// with an algorithm; see `wattbook.execution.ParentOrder`.
    #[pyo3(signature = (owner, *, instrument, side, volume, algorithm, starts, ends, limit=None,
        parameters=None, history=None, half_life=5.0))]
    #[allow(clippy::too_many_arguments)]
    fn add_execution(
        &self,
        owner: Owner,
        instrument: InstrumentId,
        side: Side,
        volume: Volume,
        algorithm: &str,
        starts: Timestamp,
        ends: Timestamp,
        limit: Option<Price>,
        parameters: Option<BTreeMap<String, f64>>,
        history: Option<Vec<Vec<f64>>>,
        half_life: f64,
    ) -> PyResult<()> {
        let setup = crate::parent::setup(algorithm, parameters, history, half_life)?;
        let request = ParentRequest {
            instrument,
            side,
            volume,
            limit,
            starts,
            ends,
            setup,
            signal: SignalId(0),
        };
        let parents = self.plan(|plan| {
            plan.add_alarms([starts]);
            let known = plan.instrument(instrument).map_err(super::to_py)?;
            Ok(Parents::new([known])
                .with_calls(plan.closing_calls())
                .with_fees(plan.fees()))
        })?;
        let strategy = ExecuteStrategy::new(parents, vec![request]).map_err(refused)?;
        self.enter(Box::new(strategy), owner)
    }

    /// Adds a strategy that routes one order at `at` over `places`: instrument, taker and maker fee of each,
    /// the first of which stands for the order; see `Simulation.add_route`.
    #[pyo3(signature = (owner, *, places, side, volume, limit, at, rests, latency_ns,
        capacities=None))]
    #[allow(clippy::too_many_arguments)]
    fn add_route(
        &self,
        owner: Owner,
        places: Vec<(InstrumentId, Price, Price)>,
        side: Side,
        volume: Volume,
        limit: Price,
        at: Timestamp,
        rests: bool,
        latency_ns: i64,
        capacities: Option<BTreeMap<InstrumentId, Volume>>,
    ) -> PyResult<()> {
        let Some((instrument, ..)) = places.first().copied() else {
            return Err(refused("an order over no place; give at least one"));
        };
        let (until, places): (Timestamp, Vec<PlaceTerms>) = self.plan(|plan| {
            plan.add_alarms([at]);
            let first = plan.instrument(instrument).map_err(super::to_py)?;
            let until = first.gate_closure;
            let place = |(instrument, taker_fee, maker_fee)| {
                let known = plan.instrument(instrument).map_err(super::to_py)?;
                Ok(PlaceTerms {
                    instrument,
                    grids: Grids {
                        tick: known.tick,
                        lot: known.lot,
                    },
                    taker_fee,
                    maker_fee,
                    latency_ns,
                })
            };
            let places = places.into_iter().map(place).collect::<PyResult<_>>()?;
            Ok((until, places))
        })?;
        let request = RouteRequest {
            at,
            until,
            instrument,
            order: RouteOrder {
                side,
                volume,
                limit,
                rests,
            },
        };
        let strategy = RouteStrategy::new(places, RouterCare::default(), vec![request]);
        let mut strategy = strategy.map_err(refused)?;
        for (place, capacity) in capacities.into_iter().flatten() {
            strategy = strategy.with_capacity(place, side, capacity);
        }
        self.enter(Box::new(strategy), owner)
    }

    /// Adds a strategy that works one order of several `legs`: instrument, side, volume of a unit and limit
    /// of each; see `Simulation.add_legs`.
    #[pyo3(signature = (owner, *, legs, units, unit_limit, is_even, starts, ends, leg_risk, hang_ns, reach_ticks))]
    #[allow(clippy::too_many_arguments)]
    fn add_legs(
        &self,
        owner: Owner,
        legs: Vec<(InstrumentId, Side, Volume, Option<Price>)>,
        units: u32,
        unit_limit: Option<Price>,
        is_even: bool,
        starts: Timestamp,
        ends: Timestamp,
        leg_risk: u32,
        hang_ns: i64,
        reach_ticks: i64,
    ) -> PyResult<()> {
        let legs = self.plan(|plan| {
            plan.add_alarms([starts]);
            let fees: BTreeMap<InstrumentId, Fees> = plan.fees().collect();
            let leg = |(instrument, side, ratio, limit)| {
                let known = plan.instrument(instrument).map_err(super::to_py)?;
                Ok(LegTerms {
                    instrument,
                    side,
                    ratio,
                    limit,
                    grids: Grids {
                        tick: known.tick,
                        lot: known.lot,
                    },
                    fees: fees.get(&instrument).copied().unwrap_or_default(),
                })
            };
            legs.into_iter().map(leg).collect::<PyResult<Vec<_>>>()
        })?;
        let terms = LegsTerms {
            legs,
            units,
            unit_limit,
            pace: if is_even {
                LegsPace::Even
            } else {
                LegsPace::AtPrice
            },
            starts,
            ends,
        };
        let care = LegCare {
            leg_risk,
            hang_ns,
            reach_ticks,
            ..LegCare::default()
        };
        let strategy = LegsStrategy::new(terms, care).map_err(refused)?;
        self.enter(Box::new(strategy), owner)
    }

    /// Adds a battery that trades continuous contracts at every change of a quote, beside the Python strategy
    /// `bidder`, which bids into its auctions and nominates: it is told the time and reference prices.
    /// `periods` are (contract, delivery start, traded until, nominated at) as four int64 arrays,
    /// `auctions` the instruments of auctions that deliver in each; `costs` are fee and wear of a `MWh`.
    #[pyo3(signature = (owner, *, bidder, store, initial_mwh, cycles, hours, costs, states, periods, auctions))]
    #[allow(clippy::too_many_arguments)]
    fn add_rolling_battery(
        &self,
        py: Python<'_>,
        owner: Owner,
        bidder: Py<PyAny>,
        store: LimitValues,
        initial_mwh: f64,
        cycles: f64,
        hours: f64,
        costs: (f64, f64),
        states: usize,
        periods: [PyBuffer<i64>; 4],
        auctions: Vec<Vec<InstrumentId>>,
    ) -> PyResult<()> {
        let known = self.plan(|plan| {
            let known = Parents::new(plan.instruments());
            Ok(known
                .with_calls(plan.closing_calls())
                .with_fees(plan.fees()))
        })?;
        let bidder = PythonStrategy::new(py, bidder, known, self.fault.clone())?;
        let rows: Vec<[i64; 4]> = rows(py, periods.each_ref())?.collect();
        if rows.len() != auctions.len() {
            let (books, sold) = (rows.len(), auctions.len());
            let message = format!("{books} contracts and auctions of {sold} periods; give as many");
            return Err(refused(message));
        }
        let periods = rows.into_iter().zip(auctions);
        let periods = periods.map(
            |([book, start, until, nominated], auctions)| RollingPeriod {
                book: super::rows::instrument(book),
                auctions,
                delivery_start: Timestamp::from_nanos(start),
                trades_until: Timestamp::from_nanos(until),
                nominated_at: Timestamp::from_nanos(nominated),
            },
        );
        let config = RollingConfig {
            limits: limits(store),
            initial_mwh,
            cycles,
            hours,
            costs: TradingCosts {
                fee: costs.0,
                wear: costs.1,
            },
            states,
            periods: periods.collect(),
        };
        let battery = RollingBattery::new(config, Box::new(bidder)).map_err(refused)?;
        *lock(&self.has_python) = true;
        self.enter(Box::new(battery), owner)
    }

    /// Adds a strategy written in Python; see `wattbook.strategy.Strategy`.
    fn add_strategy(&self, py: Python<'_>, owner: Owner, strategy: Py<PyAny>) -> PyResult<()> {
        let parents = self.plan(|plan| {
            let known = Parents::new(plan.instruments());
            Ok(known
                .with_calls(plan.closing_calls())
                .with_fees(plan.fees()))
        })?;
        let strategy = PythonStrategy::new(py, strategy, parents, self.fault.clone())?;
        *lock(&self.has_python) = true;
        self.enter(Box::new(strategy), owner)
    }
}

/// The rolls of a chain of contracts.
fn chain(rolls: Option<Vec<(Timestamp, InstrumentId)>>) -> Vec<Roll> {
    let rolls = rolls.unwrap_or_default().into_iter();
    rolls
        .map(|(at, instrument)| Roll { at, instrument })
        .collect()
}
