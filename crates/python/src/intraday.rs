//! A day of intraday trading: coupled books fed in batches, and simulated participants in them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::types::UInt8Type;
use arrow_array::{
    ArrayRef, Decimal128Array, DictionaryArray, RecordBatch, StringArray, TimestampNanosecondArray,
    UInt8Array, UInt16Array, UInt64Array,
};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use wattbook_book::{CoupledContract, CoupledRules, DepthLevel, Span};
use wattbook_domain::delivery::DeliveryPeriod;
use wattbook_domain::{LotSize, Lots, Price, Side, TickSize, Ticks, Timestamp, Volume};
use wattbook_sim::intraday::{RefusedRow, Row};
use wattbook_sim::{
    BorderTimes, ContractStatistics, Crowd, CrowdBin, EventColumns, Grids, IntradayBorder,
    IntradayContract, IntradayMarket, Participants, ReferencePath, SimulationPlan, ZoneTimes,
};

use crate::sim::{refused, to_py};
use crate::table::Table;

/// Opening and gate, ns UTC.
type PyTimes = (i64, i64);
/// Opening, gate and pauses, ns UTC.
type PyBorderTimes = (i64, i64, Vec<(i64, i64)>);
/// Name, first quarter-hour and how many, delivery (ns UTC), times by zone and by border.
type PyContract = (String, u16, u16, i64, i64, Vec<PyTimes>, Vec<PyBorderTimes>);

/// A day of intraday trading as data: zones, borders, contracts with their times.
#[pyclass(frozen, module = "wattbook.market.intraday")]
pub(crate) struct IntradayPlan(pub(crate) wattbook_sim::IntradayPlan);

#[pymethods]
impl IntradayPlan {
    /// Borders are two zones by place and the capacity there and back, in 1e-6; so are tick, lot,
    /// limits and the largest volume.
    #[new]
    #[pyo3(signature = (*, zones, borders, contracts, periods, implied_matching, tick, lot, price_limits,
        volume_max))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        zones: Vec<String>,
        borders: Vec<(usize, usize, i64, i64)>,
        contracts: Vec<PyContract>,
        periods: usize,
        implied_matching: bool,
        tick: i64,
        lot: i64,
        price_limits: (i64, i64),
        volume_max: i64,
    ) -> PyResult<Self> {
        let grids = Grids {
            tick: TickSize::new(Price::from_millionths(tick)).map_err(refused)?,
            lot: LotSize::new(Volume::from_millionths(lot)).map_err(refused)?,
        };
        let lots = |millionths: i64| on_lot(&grids, millionths);
        let border = |(from, to, there, back)| {
            Ok(IntradayBorder {
                zones: [from, to],
                capacity: [lots(there)?, lots(back)?],
            })
        };
        let borders: PyResult<Vec<IntradayBorder>> = borders.into_iter().map(border).collect();
        let contracts: PyResult<Vec<_>> = contracts.into_iter().map(contract).collect();
        let limits = (
            on_tick(&grids, price_limits.0)?,
            on_tick(&grids, price_limits.1)?,
        );
        let plan = wattbook_sim::IntradayPlan {
            zones,
            borders: borders?,
            contracts: contracts?,
            periods,
            rules: if implied_matching {
                CoupledRules::IMPLIED
            } else {
                CoupledRules::SIDC
            },
            grids,
            price_limits: limits,
            lots_max: lots(volume_max)?,
        };
        // Says now what would not fit later.
        IntradayMarket::new(plan.clone()).map_err(to_py)?;
        Ok(Self(plan))
    }
}

fn contract(row: PyContract) -> PyResult<IntradayContract> {
    let (name, first, periods, start, end, zones, borders) = row;
    let at = Timestamp::from_nanos;
    let zone = |(opens, gate)| ZoneTimes {
        opens: at(opens),
        gate: at(gate),
    };
    let border = |(opens, gate, pauses): PyBorderTimes| BorderTimes {
        opens: at(opens),
        gate: at(gate),
        pauses: pauses
            .into_iter()
            .map(|(from, to)| (at(from), at(to)))
            .collect(),
    };
    Ok(IntradayContract {
        name,
        periods: CoupledContract { first, periods },
        delivery: DeliveryPeriod::new(at(start), at(end)).map_err(refused)?,
        zones: zones.into_iter().map(zone).collect(),
        borders: borders.into_iter().map(border).collect(),
    })
}

fn on_tick(grids: &Grids, millionths: i64) -> PyResult<Ticks> {
    let price = Price::from_millionths(millionths);
    let fault = || {
        refused(format!(
            "price {price} is no multiple of the tick; round it first"
        ))
    };
    grids.tick.ticks(price).ok_or_else(fault)
}

fn on_lot(grids: &Grids, millionths: i64) -> PyResult<Lots> {
    let volume = Volume::from_millionths(millionths);
    let fault = || {
        refused(format!(
            "volume {volume} is no multiple of the lot; round it first"
        ))
    };
    grids.lot.lots(volume).ok_or_else(fault)
}

struct Fed {
    market: IntradayMarket,
    events: EventColumns,
}

/// Price and volume in 1e-6, and how many orders.
type PyLevel = (i64, i64, u32);
/// A border in 1e-6: both capacities, net flow, what can still flow both ways.
type PyBorderState = (i64, i64, i64, i64, i64);

/// Rows refused, their rules and what each says.
type PyRefused<'py> = (Bound<'py, PyArray1<u64>>, Vec<&'static str>, Vec<String>);

/// The coupled books of a day with a clock, fed in batches.
#[pyclass(frozen, module = "wattbook.market.intraday")]
pub(crate) struct IntradayBooks(Mutex<Fed>);

impl IntradayBooks {
    fn with<T>(&self, act: impl FnOnce(&mut Fed) -> T) -> T {
        // A panic elsewhere has ended that call; the books are whole between commands.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl IntradayBooks {
    /// Empty books; nothing has opened yet.
    #[new]
    fn new(plan: &IntradayPlan) -> PyResult<Self> {
        let market = IntradayMarket::new(plan.0.clone()).map_err(to_py)?;
        let events = EventColumns::new(plan.0.grids);
        Ok(Self(Mutex::new(Fed { market, events })))
    }

    /// Carries out `rows`: int64 of shape (n, 13), C order, as `wattbook_sim::intraday::Row` says.
    fn apply<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'_, i64>,
    ) -> PyResult<PyRefused<'py>> {
        if rows.shape()[1] != Row::WIDTH || !rows.is_c_contiguous() {
            let (shape, width) = (rows.shape(), Row::WIDTH);
            return Err(refused(format!(
                "rows of shape {shape:?} given; give int64 of shape (n, {width}) in C order"
            )));
        }
        let (rows, _) = rows.as_slice()?.as_chunks::<{ Row::WIDTH }>();
        let refused = py.detach(|| {
            self.with(|fed| {
                let mut refused: Vec<RefusedRow> = Vec::new();
                fed.market.apply_rows(rows, &mut fed.events, &mut refused);
                refused
            })
        });
        let numbers: Vec<u64> = refused.iter().map(|each| each.row).collect();
        let rules = refused.iter().map(|each| each.refusal.rule()).collect();
        let texts = refused
            .iter()
            .map(|each| each.refusal.to_string())
            .collect();
        Ok((numbers.into_pyarray(py), rules, texts))
    }

    /// Carries out `rows`, as of [`Self::apply`], as one basket of orders at the time of the first.
    fn basket(&self, rows: PyReadonlyArray2<'_, i64>) -> PyResult<()> {
        if rows.shape()[1] != Row::WIDTH || !rows.is_c_contiguous() {
            return Err(refused(
                "rows of a basket are int64 of 13 columns in C order",
            ));
        }
        let (rows, _) = rows.as_slice()?.as_chunks::<{ Row::WIDTH }>();
        let done = self.with(|fed| fed.market.apply_basket(rows, &mut fed.events));
        done.map_err(refused)
    }

    /// Lets everything happen that is due by `now`, ns UTC.
    fn advance(&self, py: Python<'_>, now: Timestamp) -> PyResult<()> {
        let done = py.detach(|| self.with(|fed| fed.market.advance(now, &mut fed.events)));
        done.map_err(refused)
    }

    /// Time of the last command, ns UTC.
    fn now(&self) -> i64 {
        self.with(|fed| fed.market.now().nanos())
    }

    /// The events since the last call, in columns.
    fn drain(&self, py: Python<'_>) -> PyResult<Table> {
        let (events, contracts, zones) = self.with(|fed| {
            let empty = EventColumns::new(fed.market.plan().grids);
            let events = std::mem::replace(&mut fed.events, empty);
            let plan = fed.market.plan();
            let contracts = plan.contracts.iter().map(|each| each.name.clone());
            (events, contracts.collect::<Vec<_>>(), plan.zones.clone())
        });
        py.detach(|| event_table(events, &contracts, &zones))
            .map_err(refused)
    }

    /// The best `levels` prices of the local view of a zone on `side`, best first.
    fn depth(
        &self,
        zone: usize,
        first: u16,
        count: u16,
        side: Side,
        levels: usize,
    ) -> PyResult<Vec<PyLevel>> {
        let span = Span { first, count };
        self.with(|fed| view(&mut fed.market, zone, span, side, levels))
    }

    /// The borders in a quarter-hour: both capacities, net flow and what can still flow, in 1e-6.
    fn borders(&self, period: usize) -> PyResult<Vec<PyBorderState>> {
        self.with(|fed| {
            let plan = fed.market.plan();
            if period >= plan.periods {
                let periods = plan.periods;
                return Err(refused(format!(
                    "quarter-hour {period} of {periods}; name one by its place in the day, from 0"
                )));
            }
            let lot = plan.grids.lot;
            let millionths = |lots: Lots| lot.volume(lots).millionths();
            let row = |link: wattbook_book::LinkState| {
                (
                    millionths(link.capacity[0]),
                    millionths(link.capacity[1]),
                    millionths(link.flow),
                    millionths(link.room[0]),
                    millionths(link.room[1]),
                )
            };
            Ok(fed.market.books().links(period).map(row).collect())
        })
    }

    /// Whether capacity of a border goes to a contract now.
    fn is_allocating(&self, contract: usize, border: usize) -> PyResult<bool> {
        self.with(|fed| {
            let plan = fed.market.plan();
            if contract >= plan.contracts.len() || border >= plan.borders.len() {
                return Err(refused(
                    "no such contract or border; name both by their place",
                ));
            }
            Ok(fed.market.is_allocating(contract, border))
        })
    }
}

fn view(
    market: &mut IntradayMarket,
    zone: usize,
    span: Span,
    side: Side,
    levels: usize,
) -> PyResult<Vec<PyLevel>> {
    let grids = market.plan().grids;
    let found = market.depth(zone, span, side, levels);
    let level = |level: &DepthLevel| {
        (
            grids.tick.price(level.price).millionths(),
            grids.lot.volume(level.volume).millionths(),
            level.orders,
        )
    };
    Ok(found.map_err(refused)?.iter().map(level).collect())
}

fn names<'a>(keys: Vec<u8>, names: impl IntoIterator<Item = &'a str>) -> Result<ArrayRef, String> {
    let values = Arc::new(StringArray::from_iter_values(names));
    let array = DictionaryArray::<UInt8Type>::try_new(UInt8Array::from(keys), values);
    Ok(Arc::new(array.map_err(|error| error.to_string())?))
}

fn decimals(values: Vec<i64>) -> Result<ArrayRef, String> {
    let array: Decimal128Array = values
        .into_iter()
        .map(|each| Some(i128::from(each)))
        .collect();
    let array = array.with_precision_and_scale(19, 6);
    Ok(Arc::new(array.map_err(|error| error.to_string())?))
}

fn instants(values: Vec<i64>) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from(values).with_timezone("UTC"))
}

/// A text column of `names` by place; a place beyond them is null.
fn texts(places: impl Iterator<Item = usize>, names: &[String]) -> ArrayRef {
    let array: StringArray = places.map(|at| names.get(at).map(String::as_str)).collect();
    Arc::new(array)
}

fn event_table(
    events: EventColumns,
    contracts: &[String],
    zones: &[String],
) -> Result<Table, String> {
    let place = |zone: &i16| usize::try_from(*zone).unwrap_or(usize::MAX);
    let has_contract = |kind: &u8| EventColumns::has_contract(*kind);
    let named = events.contract.iter().zip(&events.kind);
    let named = named.map(|(at, kind)| {
        if has_contract(kind) {
            usize::from(*at)
        } else {
            usize::MAX
        }
    });
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("contract", texts(named, contracts)),
        ("zone", texts(events.zone.iter().map(place), zones)),
        ("to_zone", texts(events.to_zone.iter().map(place), zones)),
        ("ts", instants(events.ts)),
        ("kind", names(events.kind, EventColumns::KINDS)?),
        ("first", Arc::new(UInt16Array::from(events.contract))),
        ("count", Arc::new(UInt16Array::from(events.count))),
        ("order", Arc::new(UInt64Array::from(events.order))),
        ("taker", Arc::new(UInt64Array::from(events.taker))),
        ("side", names(events.side, ["", "buy", "sell"])?),
        ("price", decimals(events.price)?),
        ("volume", decimals(events.volume)?),
        ("trade", Arc::new(UInt64Array::from(events.trade))),
        ("reason", names(events.reason, EventColumns::REASONS)?),
    ];
    let batch = RecordBatch::try_from_iter(columns).map_err(|error| error.to_string())?;
    Ok(Table(batch))
}

/// Names and values of the participants of a bin, and from how long before the gate, ns, it holds.
type PyBin = (i64, BTreeMap<String, i64>);

/// What a simulation is made of besides its day; also for a venue of [`crate::sim::Simulation`].
pub(crate) fn simulation_plan(
    plan: &IntradayPlan,
    bins: Vec<PyBin>,
    (ts, prices): &(Vec<i64>, Vec<i64>),
    drift: i64,
    order_events: Option<u64>,
    seed: u64,
) -> PyResult<SimulationPlan> {
    let bin = |(from_ns, values): PyBin| {
        let mut participants = Participants::default();
        for (name, value) in values {
            participants.set(&name, value).map_err(to_py)?;
        }
        Ok(CrowdBin {
            from_ns,
            participants,
        })
    };
    let bins: PyResult<Vec<CrowdBin>> = bins.into_iter().map(bin).collect();
    let mut crowd = Crowd::new(bins?).map_err(to_py)?;
    if let Some(order_events) = order_events {
        crowd = crowd.scaled(&plan.0, order_events).map_err(to_py)?;
    }
    let grids = &plan.0.grids;
    let prices: PyResult<Vec<Ticks>> = prices.iter().map(|at| on_tick(grids, *at)).collect();
    let ts = ts.iter().map(|at| Timestamp::from_nanos(*at));
    let reference = ReferencePath::side_by_side(&ts.collect::<Vec<_>>(), &prices?);
    Ok(SimulationPlan {
        market: plan.0.clone(),
        crowd,
        reference: reference.map_err(to_py)?,
        drift: on_tick(grids, drift)?.count(),
        seed,
    })
}

/// A day of intraday trading with simulated participants; equal arguments give equal days.
#[pyclass(frozen, module = "wattbook.execution")]
pub(crate) struct IntradaySimulation(Mutex<Simulated>);

struct Simulated {
    simulation: wattbook_sim::IntradaySimulation,
    events: Option<EventColumns>,
}

impl IntradaySimulation {
    fn with<T>(&self, act: impl FnOnce(&mut Simulated) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl IntradaySimulation {
    /// `reference` is int64 in 1e-6, contract by contract, zone by zone; `drift` its largest move a minute.
    /// `order_events` stretches all waiting times so that about as many come; `keeps_events` lets `drain`
    /// give them.
    #[new]
    #[pyo3(signature = (plan, *, bins, reference, drift, seed, order_events=None, keeps_events=false))]
    fn new(
        plan: &IntradayPlan,
        bins: Vec<PyBin>,
        reference: PyReadonlyArray1<'_, i64>,
        drift: i64,
        seed: u64,
        order_events: Option<u64>,
        keeps_events: bool,
    ) -> PyResult<Self> {
        let reference = (vec![i64::MIN], reference.as_slice()?.to_vec());
        let plan = simulation_plan(plan, bins, &reference, drift, order_events, seed)?;
        let grids = plan.market.grids;
        let simulation = wattbook_sim::IntradaySimulation::new(plan).map_err(to_py)?;
        let events = keeps_events.then(|| EventColumns::new(grids));
        Ok(Self(Mutex::new(Simulated { simulation, events })))
    }

    /// Trades on up to `until` (ns UTC) or `max_events` more orders and cancels: time (ns UTC), order
    /// events so far, and whether all has closed.
    fn run(&self, py: Python<'_>, until: Timestamp, max_events: u64) -> PyResult<(i64, u64, bool)> {
        let done = py.detach(|| {
            self.with(|this| match &mut this.events {
                Some(events) => this.simulation.run(until, max_events, events),
                None => this.simulation.run(until, max_events, &mut ()),
            })
        });
        let progress = done.map_err(refused)?;
        Ok((
            progress.now.nanos(),
            progress.order_events,
            progress.is_done,
        ))
    }

    /// What the day came to so far, one contract a row.
    fn statistics(&self, py: Python<'_>) -> PyResult<Table> {
        let (statistics, plan) = self.with(|this| {
            let plan = this.simulation.market().plan();
            (this.simulation.statistics().to_vec(), plan.clone())
        });
        py.detach(|| statistics_table(&statistics, &plan))
            .map_err(refused)
    }

    /// The events since the last call; none unless they are kept.
    fn drain(&self, py: Python<'_>) -> PyResult<Table> {
        let (events, plan) = self.with(|this| {
            let plan = this.simulation.market().plan();
            let empty = EventColumns::new(plan.grids);
            let events = this
                .events
                .as_mut()
                .map(|kept| std::mem::replace(kept, empty));
            (events, plan.clone())
        });
        let events = events.unwrap_or_else(|| EventColumns::new(plan.grids));
        let contracts: Vec<String> = plan.contracts.into_iter().map(|each| each.name).collect();
        py.detach(|| event_table(events, &contracts, &plan.zones))
            .map_err(refused)
    }

    /// As `IntradayBooks.depth`.
    fn depth(
        &self,
        zone: usize,
        first: u16,
        count: u16,
        side: Side,
        levels: usize,
    ) -> PyResult<Vec<PyLevel>> {
        let span = Span { first, count };
        self.with(|this| view(this.simulation.market_mut(), zone, span, side, levels))
    }
}

fn statistics_table(
    statistics: &[ContractStatistics],
    plan: &wattbook_sim::IntradayPlan,
) -> Result<Table, String> {
    use arrow_array::Float64Array;
    let (tick, lot) = (plan.grids.tick, plan.grids.lot);
    let price = |of: fn(&ContractStatistics) -> Option<Ticks>| -> ArrayRef {
        let prices = statistics
            .iter()
            .map(|each| of(each).map(|at| tick.price(at).to_f64()));
        Arc::new(prices.collect::<Float64Array>())
    };
    // A sum of ticks times lots in floats: published averages have two decimals.
    let mean = |of: fn(&ContractStatistics) -> (i128, i64)| -> ArrayRef {
        let step = tick.price(Ticks::new(1)).to_f64();
        let means = statistics.iter().map(|each| {
            let (sum, lots) = of(each);
            (lots > 0).then(|| sum as f64 / lots as f64 * step)
        });
        Arc::new(means.collect::<Float64Array>())
    };
    let hours = plan.contracts.iter().map(|each| {
        let delivery = each.delivery;
        delivery.end().nanos_since(delivery.start()) as f64 / 3.6e12
    });
    let energy = |of: fn(&ContractStatistics) -> i64| -> ArrayRef {
        let volumes = statistics.iter().zip(hours.clone());
        let volumes = volumes.map(|(each, hours)| {
            let power = lot.volume(Lots::new(of(each))).to_f64();
            Some(power * hours)
        });
        Arc::new(volumes.collect::<Float64Array>())
    };
    let count = |of: fn(&ContractStatistics) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(statistics.iter().map(of)))
    };
    let contracts = plan.contracts.iter();
    let starts = contracts.clone().map(|each| each.delivery.start().nanos());
    let ends = contracts.clone().map(|each| each.delivery.end().nanos());
    let names = StringArray::from_iter_values(contracts.clone().map(|each| each.name.as_str()));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("contract", Arc::new(names)),
        ("delivery_start", instants(starts.collect())),
        ("delivery_end", instants(ends.collect())),
        ("open", price(|each| each.open)),
        ("high", price(|each| each.high)),
        ("low", price(|each| each.low)),
        ("close", price(|each| each.close)),
        ("vwap", mean(|each| (each.ticks_lots, each.lots))),
        (
            "index",
            mean(|each| (each.index_ticks_lots, each.index_lots)),
        ),
        ("volume_mwh", energy(|each| each.lots)),
        ("cross_volume_mwh", energy(|each| each.cross_lots)),
        ("index_volume_mwh", energy(|each| each.index_lots)),
        ("trades", count(|each| each.trades)),
        ("cross_trades", count(|each| each.cross_trades)),
        ("orders", count(|each| each.orders)),
        ("cancelled", count(|each| each.cancelled)),
    ];
    let batch = RecordBatch::try_from_iter(columns).map_err(|error| error.to_string())?;
    Ok(Table(batch))
}
