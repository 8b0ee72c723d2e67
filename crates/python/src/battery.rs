//! Bounds and offers of batteries.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_assets::{
    AssetError, OfferPlan, OfferStep, PriceModel, PricedInterval, Sharing, StoreLimits, foresight,
};

pyo3::import_exception!(wattbook.errors, InputError);

/// Values and energies as arrays.
type Floats<'py> = Bound<'py, PyArray1<f64>>;

pub(crate) fn refused(error: AssetError) -> PyErr {
    InputError::new_err(error.to_string())
}

/// Charge and discharge in MW, floor and ceiling in `MWh`, efficiencies of charge and discharge.
pub(crate) type LimitValues = (f64, f64, f64, f64, f64, f64);

pub(crate) fn limits(values: LimitValues) -> StoreLimits {
    let (charge_mw, discharge_mw, floor_mwh, ceiling_mwh, charge_efficiency, discharge_efficiency) =
        values;
    StoreLimits {
        charge_mw,
        discharge_mw,
        floor_mwh,
        ceiling_mwh,
        charge_efficiency,
        discharge_efficiency,
    }
}

/// The best schedule at known prices: its value, energy charged and discharged at the meter and
/// energy in the cells after each interval, in `MWh`.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn battery_foresight<'py>(
    py: Python<'py>,
    store: LimitValues,
    charge_prices: PyReadonlyArray1<'py, f64>,
    discharge_prices: PyReadonlyArray1<'py, f64>,
    hours: PyReadonlyArray1<'py, f64>,
    is_shared: bool,
    initial_mwh: f64,
    terminal_price: f64,
) -> PyResult<(f64, Floats<'py>, Floats<'py>, Floats<'py>)> {
    let charge_prices = charge_prices.as_slice()?;
    let discharge_prices = discharge_prices.as_slice()?;
    let hours = hours.as_slice()?;
    let sharing = if is_shared {
        Sharing::Shared
    } else {
        Sharing::Apart
    };
    let intervals = charge_prices.iter().zip(discharge_prices).zip(hours);
    let intervals: Vec<PricedInterval> = intervals
        .map(|((charge_price, discharge_price), hours)| PricedInterval {
            hours: *hours,
            charge_price: *charge_price,
            discharge_price: *discharge_price,
        })
        .collect();
    let store = limits(store);
    let schedule =
        py.detach(|| foresight(&store, &intervals, sharing, initial_mwh, terminal_price));
    let schedule = schedule.map_err(refused)?;
    Ok((
        schedule.value,
        schedule.charge_mwh.into_pyarray(py),
        schedule.discharge_mwh.into_pyarray(py),
        schedule.energy_mwh.into_pyarray(py),
    ))
}

/// Offers of one day under uncertain real-time prices.
#[pyclass(frozen, module = "wattbook.assets")]
pub(crate) struct BatteryOfferPlan {
    model: PriceModel,
    plan: OfferPlan,
}

/// Prices and powers of the steps that charge, then of those that discharge.
type Steps = (Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>);

#[pymethods]
impl BatteryOfferPlan {
    /// A plan for a day of `day_ahead` prices, learned from past days of as many intervals.
    #[new]
    #[pyo3(signature = (*, store, past_day_ahead, past_real_time, day_ahead, hours, terminal_price))]
    fn new(
        py: Python<'_>,
        store: LimitValues,
        past_day_ahead: PyReadonlyArray1<'_, f64>,
        past_real_time: PyReadonlyArray1<'_, f64>,
        day_ahead: PyReadonlyArray1<'_, f64>,
        hours: f64,
        terminal_price: f64,
    ) -> PyResult<Self> {
        let past_day_ahead = past_day_ahead.as_slice()?;
        let past_real_time = past_real_time.as_slice()?;
        let day_ahead = day_ahead.as_slice()?;
        let store = limits(store);
        py.detach(|| {
            let model = PriceModel::fit(past_day_ahead, past_real_time, day_ahead.len())?;
            let plan = OfferPlan::new(store, model.clone(), day_ahead, hours, terminal_price)?;
            Ok(Self { model, plan })
        })
        .map_err(refused)
    }

    /// The offer of interval `place`: prices and powers of what charges, then of what discharges.
    fn offer(&self, place: usize, level: f64, energy_mwh: f64) -> PyResult<Steps> {
        let offer = self.plan.offer(place, level, energy_mwh).map_err(refused)?;
        let prices = |steps: &[OfferStep]| steps.iter().map(|step| step.price).collect();
        let powers = |steps: &[OfferStep]| steps.iter().map(|step| step.power_mw).collect();
        Ok((
            prices(&offer.charge),
            powers(&offer.charge),
            prices(&offer.discharge),
            powers(&offer.discharge),
        ))
    }

    /// What the offer of interval `place` runs at `price`, in MW; below zero charges.
    fn power_at(&self, place: usize, level: f64, energy_mwh: f64, price: f64) -> PyResult<f64> {
        let offer = self.plan.offer(place, level, energy_mwh).map_err(refused)?;
        Ok(offer.power_at(price))
    }

    /// The price level after a real-time price.
    fn level_after(&self, level: f64, day_ahead: f64, real_time: f64) -> f64 {
        self.model.level_after(level, day_ahead, real_time)
    }
}
