//! Parent orders: how they are asked for and where they stand.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use wattbook_domain::Price;
use wattbook_domain::parent::ParentEndReason;
use wattbook_execution::algorithms::{Setup, VolumeCurve};
use wattbook_sim::ParentReport;

use crate::sim::refused;

/// Where a parent order stands. Volumes in volume units, prices and costs in currency per price unit.
#[pyclass(frozen, get_all, module = "wattbook.execution")]
pub(crate) struct ParentStatus {
    /// Which parent.
    parent: u64,
    /// What is traded.
    instrument: u32,
    /// How much is asked for.
    volume: f64,
    /// Filled so far.
    filled: f64,
    /// What its children in the market could still fill.
    open: f64,
    /// Not filled yet.
    remaining: f64,
    /// Mean price of its fills.
    mean_price: Option<f64>,
    /// Middle of the market when it began.
    arrival_price: Option<f64>,
    /// Children placed so far.
    children: u32,
    /// Refusals so far.
    refused: u32,
    /// Traded in the market since it began.
    market_volume: f64,
    /// Why it ended; None while it goes on.
    ended: Option<ParentEndReason>,
    /// What each unit was expected to cost against the price of arrival; None where the market was not
    /// known well enough.
    forecast_cost: Option<f64>,
    /// What each unit was expected to pay in fees on top.
    forecast_fee: Option<f64>,
    /// Standard deviation of that cost.
    forecast_deviation: Option<f64>,
    /// Expected share of the market's volume.
    forecast_participation: Option<f64>,
}

impl ParentStatus {
    pub(crate) fn new(report: &ParentReport) -> Self {
        let (terms, progress) = (report.terms, report.progress);
        Self {
            parent: report.parent.0,
            instrument: terms.instrument.0,
            volume: terms.volume.to_f64(),
            filled: progress.filled.to_f64(),
            open: progress.open.to_f64(),
            remaining: progress.remaining.to_f64(),
            mean_price: progress.mean_price.map(Price::to_f64),
            arrival_price: progress.arrival_price.map(Price::to_f64),
            children: progress.children,
            refused: progress.refused,
            market_volume: progress.market_volume.to_f64(),
            ended: progress.ended,
            forecast_cost: report.forecast.map(|forecast| forecast.mean()),
            forecast_fee: report.forecast.map(|forecast| forecast.fees),
            forecast_deviation: report.forecast.map(|forecast| forecast.deviation),
            forecast_participation: report
                .forecast
                .map(|forecast| forecast.participation)
                .filter(|share| share.is_finite()),
        }
    }
}

/// How a parent order is worked: an algorithm by name, its parameters, and the volumes of days before.
pub(crate) fn setup(
    algorithm: &str,
    parameters: Option<BTreeMap<String, f64>>,
    history: Option<Vec<Vec<f64>>>,
    half_life: f64,
) -> PyResult<Setup> {
    let curve = history.map(|history| VolumeCurve::forecast(&history, half_life));
    let curve = curve.transpose().map_err(refused)?;
    Setup::new(algorithm, parameters.unwrap_or_default(), curve).map_err(refused)
}
