//! Auctions: periods of coupled zones, cleared again and again with other blocks accepted.

use std::sync::{Mutex, PoisonError};

use numpy::ndarray::Array2;
use numpy::{
    IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use wattbook_auction::{
    AuctionError, Cleared, Curve, Link, Market, Network, Order, clear, uniform_price,
};

pyo3::import_exception!(wattbook.errors, InputError);

fn refused(error: &AuctionError) -> PyErr {
    InputError::new_err(error.to_string())
}

/// Curves of each period and zone on one network.
#[pyclass(frozen, module = "wattbook.market.auction")]
pub(crate) struct ZonalAuction {
    network: Network,
    /// Period by period, zone by zone.
    curves: Vec<Curve>,
    flow_min: Vec<f64>,
    flow_max: Vec<f64>,
    price_limits: (f64, f64),
    /// Prices of the last clearing, from which the next one begins.
    start: Mutex<Vec<f64>>,
}

/// Prices, least and greatest prices, net positions (periods by zones), flows (periods by links)
/// and what all earn in each period.
type Outcome<'py> = (
    Bound<'py, PyArray2<f64>>,
    Bound<'py, PyArray2<f64>>,
    Bound<'py, PyArray2<f64>>,
    Bound<'py, PyArray2<f64>>,
    Bound<'py, PyArray2<f64>>,
    Bound<'py, PyArray1<f64>>,
);

#[pymethods]
impl ZonalAuction {
    /// Adds up hourly orders, one row each. Links are pairs of zone numbers; the limits of their
    /// flows are of shape (periods, links).
    #[new]
    #[pyo3(signature = (*, zones, link_from, link_to, flow_min, flow_max, period, zone, is_demand,
        price_start, price_end, volume, price_limits))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        zones: usize,
        link_from: Vec<usize>,
        link_to: Vec<usize>,
        flow_min: PyReadonlyArray2<'_, f64>,
        flow_max: PyReadonlyArray2<'_, f64>,
        period: PyReadonlyArray1<'_, i64>,
        zone: PyReadonlyArray1<'_, i64>,
        is_demand: PyReadonlyArray1<'_, bool>,
        price_start: PyReadonlyArray1<'_, f64>,
        price_end: PyReadonlyArray1<'_, f64>,
        volume: PyReadonlyArray1<'_, f64>,
        price_limits: (f64, f64),
    ) -> PyResult<Self> {
        let links = link_from.into_iter().zip(link_to);
        let links: Vec<Link> = links.map(|(from, to)| Link { from, to }).collect();
        let periods = flow_min.shape()[0];
        let width = links.len();
        if flow_min.shape() != [periods, width] || flow_max.shape() != [periods, width] {
            return Err(InputError::new_err(format!(
                "flow limits of shape {:?} and {:?} given, {width} links need (periods, {width})",
                flow_min.shape(),
                flow_max.shape()
            )));
        }
        let network = Network::new(zones, links).map_err(|error| refused(&error))?;
        let columns = Columns {
            period: period.as_slice()?,
            zone: zone.as_slice()?,
            is_demand: is_demand.as_slice()?,
            price_start: price_start.as_slice()?,
            price_end: price_end.as_slice()?,
            volume: volume.as_slice()?,
        };
        let curves = py.detach(|| columns.curves(periods, zones));
        let curves = curves.map_err(InputError::new_err)?;
        Ok(Self {
            network,
            curves,
            flow_min: flow_min.as_slice()?.to_vec(),
            flow_max: flow_max.as_slice()?.to_vec(),
            price_limits,
            start: Mutex::new(Vec::new()),
        })
    }

    /// Clears every period with `injections` (periods, zones) at any price.
    fn clear<'py>(
        &self,
        py: Python<'py>,
        injections: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<Outcome<'py>> {
        let zones = self.network.zones();
        let periods = self.curves.len() / zones.max(1);
        if injections.shape() != [periods, zones] {
            return Err(InputError::new_err(format!(
                "injections of shape {:?} given, the auction has ({periods}, {zones})",
                injections.shape()
            )));
        }
        let injections = injections.as_slice()?;
        let cleared = py
            .detach(|| self.clear_all(injections, periods))
            .map_err(InputError::new_err)?;
        let rows = |width: usize, values: fn(&Cleared) -> &[f64]| {
            let flat: Vec<f64> = cleared.iter().flat_map(values).copied().collect();
            let array = Array2::from_shape_vec((periods, width), flat);
            let array = array.map_err(|error| InputError::new_err(error.to_string()))?;
            Ok::<_, PyErr>(array.into_pyarray(py))
        };
        Ok((
            rows(zones, |period| &period.prices)?,
            rows(zones, |period| &period.prices_min)?,
            rows(zones, |period| &period.prices_max)?,
            rows(zones, |period| &period.net_positions)?,
            rows(self.network.links().len(), |period| &period.flows)?,
            cleared
                .iter()
                .map(|period| period.surplus)
                .collect::<Vec<_>>()
                .into_pyarray(py),
        ))
    }
}

impl ZonalAuction {
    fn clear_all(&self, injections: &[f64], periods: usize) -> Result<Vec<Cleared>, String> {
        let (zones, links) = (self.network.zones(), self.network.links().len());
        let mut start = self.start.lock().unwrap_or_else(PoisonError::into_inner);
        let cleared = (0..periods)
            .map(|period| {
                let market = Market {
                    network: &self.network,
                    curves: &self.curves[period * zones..(period + 1) * zones],
                    injections: &injections[period * zones..(period + 1) * zones],
                    flow_min: &self.flow_min[period * links..(period + 1) * links],
                    flow_max: &self.flow_max[period * links..(period + 1) * links],
                    price_limits: self.price_limits,
                };
                let begin = match start.get(period * zones..(period + 1) * zones) {
                    Some(prices) => prices.to_vec(),
                    None => vec![uniform_price(&market); zones],
                };
                clear(&market, &begin).map_err(|error| format!("period {period}: {error}"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        *start = cleared
            .iter()
            .flat_map(|one| &one.prices)
            .copied()
            .collect();
        Ok(cleared)
    }
}

/// Orders as columns.
struct Columns<'a> {
    period: &'a [i64],
    zone: &'a [i64],
    is_demand: &'a [bool],
    price_start: &'a [f64],
    price_end: &'a [f64],
    volume: &'a [f64],
}

impl Columns<'_> {
    fn curves(&self, periods: usize, zones: usize) -> Result<Vec<Curve>, String> {
        let rows = self.period.len();
        let lengths = [
            self.zone.len(),
            self.is_demand.len(),
            self.price_start.len(),
            self.price_end.len(),
            self.volume.len(),
        ];
        if lengths.iter().any(|length| *length != rows) {
            return Err(format!(
                "columns of {rows} and {lengths:?} rows given; they must be equal"
            ));
        }
        let mut orders: Vec<Vec<(usize, Order)>> = vec![Vec::new(); periods * zones];
        for row in 0..rows {
            let place = usize::try_from(self.period[row])
                .ok()
                .zip(usize::try_from(self.zone[row]).ok())
                .filter(|(period, zone)| *period < periods && *zone < zones);
            let Some((period, zone)) = place else {
                return Err(format!(
                    "row {row}: period {} and zone {} must lie below {periods} and {zones}",
                    self.period[row], self.zone[row]
                ));
            };
            let order = Order {
                is_demand: self.is_demand[row],
                price_start: self.price_start[row],
                price_end: self.price_end[row],
                volume: self.volume[row],
            };
            orders[period * zones + zone].push((row, order));
        }
        orders.iter().map(|orders| curve(orders)).collect()
    }
}

/// Adds up orders that know their rows, which a refusal names.
fn curve(orders: &[(usize, Order)]) -> Result<Curve, String> {
    let plain: Vec<Order> = orders.iter().map(|(_, order)| *order).collect();
    Curve::new(&plain).map_err(|error| match error {
        AuctionError::OrderNotFinite { order, .. }
        | AuctionError::PriceRangeReversed { order, .. } => {
            format!("row {}: {error}", orders[order].0)
        }
        other => other.to_string(),
    })
}
