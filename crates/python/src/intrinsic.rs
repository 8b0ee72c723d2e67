//! A battery on the orders of a continuous market.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_assets::{
    AssetError, IncomingOrder, IntrinsicReplay, IntrinsicRules, IntrinsicTerms, TradingCosts,
};
use wattbook_domain::Side;

use crate::battery::{LimitValues, limits, refused};

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
/// orders; `products` are the first delivery and the length of each in ms, and how many.
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
    products: (i64, i64, usize),
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
        product_ms: products.1,
        gate_ms,
        states,
        rules: if is_every_change {
            IntrinsicRules::EveryChange
        } else {
            IntrinsicRules::BitePy
        },
    };
    let replay = py.detach(|| {
        let mut replay = IntrinsicReplay::new(limits(store), terms, products.0, products.2)?;
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
