//! A battery on the orders of a continuous market.

use std::sync::{Mutex, MutexGuard, PoisonError};

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_assets::{
    AssetError, Depth, IncomingOrder, IntrinsicReplay, IntrinsicRules, IntrinsicTerms,
    IntrinsicTrade, Level, RollingIntrinsic, TradingCosts,
};
use wattbook_domain::Side;

use crate::battery::{LimitValues, limits, refused};

pyo3::import_exception!(wattbook.errors, InputError);

/// Instants in ms, product, lots and cash of each fill.
type Fills<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<f64>>,
);

/// When each order came, until when it rests, and when delivery begins, in ms.
type Instants<'py> = (
    PyReadonlyArray1<'py, i64>,
    PyReadonlyArray1<'py, i64>,
    PyReadonlyArray1<'py, i64>,
);

/// Profit, number of looks for trades, fills, and the position of each product in lots.
type Traded<'py> = (f64, u64, Fills<'py>, Bound<'py, PyArray1<i64>>);

/// Lets a battery trade on `times` (at, valid until, delivery; in ms), `is_buy`, `prices` and `lots` of
/// orders; `products` are the first delivery in ms and how many hours.
#[pyfunction]
#[pyo3(signature = (*, store, costs, gate_ms, states, is_every_change, products, times, is_buy, prices, lots))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn battery_rolling_intrinsic<'py>(
    py: Python<'py>,
    store: LimitValues,
    costs: (f64, f64),
    gate_ms: i64,
    states: usize,
    is_every_change: bool,
    products: (i64, usize),
    times: Instants<'py>,
    is_buy: PyReadonlyArray1<'py, bool>,
    prices: PyReadonlyArray1<'py, f64>,
    lots: PyReadonlyArray1<'py, i64>,
) -> PyResult<Traded<'py>> {
    let (at, until, delivery) = (
        times.0.as_slice()?,
        times.1.as_slice()?,
        times.2.as_slice()?,
    );
    let (is_buy, prices, lots) = (is_buy.as_slice()?, prices.as_slice()?, lots.as_slice()?);
    let terms = IntrinsicTerms {
        costs: TradingCosts {
            fee: costs.0,
            wear: costs.1,
        },
        gate_ms,
        states,
        rules: if is_every_change {
            IntrinsicRules::EveryChange
        } else {
            IntrinsicRules::BitePy
        },
    };
    let replay = py.detach(|| {
        let mut replay = IntrinsicReplay::new(limits(store), terms, products.0, products.1)?;
        let rows = at
            .iter()
            .zip(until)
            .zip(delivery)
            .zip(is_buy)
            .zip(prices)
            .zip(lots);
        for (((((at, until), delivery), is_buy), price), lots) in rows {
            replay.apply(&IncomingOrder {
                at_ms: *at,
                valid_until_ms: *until,
                delivery_ms: *delivery,
                side: if *is_buy { Side::Buy } else { Side::Sell },
                price: *price,
                lots: *lots,
            })?;
        }
        let result = replay.finish();
        Ok::<_, AssetError>((replay, result))
    });
    let (replay, result) = replay.map_err(refused)?;
    let fills = replay.fills();
    let at: Vec<i64> = fills.iter().map(|fill| fill.at_ms).collect();
    let product: Vec<i64> = fills.iter().map(|fill| fill.trade.product as i64).collect();
    let lots: Vec<i64> = fills.iter().map(|fill| fill.trade.lots).collect();
    let cash: Vec<f64> = fills.iter().map(|fill| fill.cash).collect();
    let fills = (
        at.into_pyarray(py),
        product.into_pyarray(py),
        lots.into_pyarray(py),
        cash.into_pyarray(py),
    );
    let positions = replay.positions().into_pyarray(py);
    Ok((replay.profit(), result.solves, fills, positions))
}

/// A battery before delivery periods that trade at best prices; lots are 0.1 MW.
#[pyclass(frozen, module = "wattbook._core")]
#[derive(Debug)]
pub(crate) struct RollingBattery(Mutex<Rolling>);

#[derive(Debug)]
struct Rolling {
    battery: RollingIntrinsic,
    periods: usize,
    found: Vec<IntrinsicTrade>,
}

impl RollingBattery {
    fn rolling(&self) -> MutexGuard<'_, Rolling> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the battery, at a period that is there.
    fn with<T>(
        &self,
        period: usize,
        act: impl FnOnce(&mut RollingIntrinsic) -> PyResult<T>,
    ) -> PyResult<T> {
        let mut rolling = self.rolling();
        if period >= rolling.periods {
            let message = format!("period {period}: there are {}, from 0", rolling.periods);
            return Err(InputError::new_err(message));
        }
        act(&mut rolling.battery)
    }
}

#[pymethods]
impl RollingBattery {
    /// A battery with `initial_mwh` in its cells before `periods` of `hours`; costs are fee and wear a
    /// `MWh` traded.
    #[new]
    #[pyo3(signature = (*, store, costs, periods, hours, states, initial_mwh))]
    fn new(
        store: LimitValues,
        costs: (f64, f64),
        periods: usize,
        hours: f64,
        states: usize,
        initial_mwh: f64,
    ) -> PyResult<Self> {
        if !(hours > 0.0 && hours.is_finite()) {
            let message = format!("hours is {hours}; give the length of a period above 0");
            return Err(InputError::new_err(message));
        }
        let mut limits = limits(store);
        limits.floor_mwh /= hours;
        limits.ceiling_mwh /= hours;
        let costs = TradingCosts {
            fee: costs.0,
            wear: costs.1,
        };
        let rules = IntrinsicRules::EveryChange;
        let initial = initial_mwh / hours;
        let battery = RollingIntrinsic::new(limits, periods, states, costs, rules, initial);
        let rolling = Rolling {
            battery: battery.map_err(refused)?,
            periods,
            found: Vec::new(),
        };
        Ok(Self(Mutex::new(rolling)))
    }

    /// Takes over what is held of a period, bought above zero; its quote is to be given anew.
    fn set_position(&self, period: usize, lots: i64) -> PyResult<()> {
        self.with(period, |battery| {
            battery.set_position(period, lots).map_err(refused)
        })
    }

    /// Takes over the best prices of a period and the lots behind them.
    fn set_quote(
        &self,
        period: usize,
        bid: f64,
        bid_lots: i64,
        ask: f64,
        ask_lots: i64,
    ) -> PyResult<()> {
        let level = |price, lots| (lots > 0).then_some(Level { price, lots });
        let (bid, ask) = (level(bid, bid_lots), level(ask, ask_lots));
        self.with(period, |battery| {
            let depth = Depth {
                bids: bid.as_slice(),
                asks: ask.as_slice(),
            };
            battery.set_book(period, Some(depth));
            Ok(())
        })
    }

    /// Closes a period to trading; its position is run.
    fn close(&self, period: usize) -> PyResult<()> {
        self.with(period, |battery| {
            battery.set_book(period, None);
            Ok(())
        })
    }

    /// Runs all periods before `period`: their positions move the cells for good.
    fn deliver_before(&self, period: usize) {
        self.rolling().battery.deliver_before(period);
    }

    /// Period and lots, bought above zero, of the trades that earn most, counted as done; a trade that fails
    /// is taken back with `set_position`.
    fn trades(&self, py: Python<'_>) -> Vec<(usize, i64)> {
        py.detach(|| {
            let mut rolling = self.rolling();
            let Rolling { battery, found, .. } = &mut *rolling;
            battery.trades(found);
            found
                .iter()
                .map(|trade| (trade.product, trade.lots))
                .collect()
        })
    }
}
