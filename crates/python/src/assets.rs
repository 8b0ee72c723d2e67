//! Assets.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use wattbook_assets::{self as assets, BatterySpec, Energy};
use wattbook_domain::{Side, Volume};

pyo3::import_exception!(wattbook.errors, InputError);

/// A battery: what it can do and its state of charge.
#[pyclass(frozen, module = "wattbook.assets")]
pub(crate) struct Battery(Mutex<assets::Battery>);

impl Battery {
    pub(crate) fn spec(&self) -> BatterySpec {
        self.with(|battery| *battery.spec())
    }

    fn with<T>(&self, act: impl FnOnce(&mut assets::Battery) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl Battery {
    /// A battery; power in MW, energies in `MWh`, efficiencies and cycles in 1e-6.
    #[new]
    #[pyo3(signature = (*, power, lot, capacity, floor, ceiling, initial, charge_efficiency_ppm,
        discharge_efficiency_ppm, cycles_per_day_ppm))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        power: Volume,
        lot: Volume,
        capacity: Volume,
        floor: Volume,
        ceiling: Volume,
        initial: Volume,
        charge_efficiency_ppm: u32,
        discharge_efficiency_ppm: u32,
        cycles_per_day_ppm: u32,
    ) -> PyResult<Self> {
        let spec = BatterySpec::from(SpecArguments {
            power,
            lot,
            energies: [capacity, floor, ceiling, initial],
            efficiencies_ppm: [charge_efficiency_ppm, discharge_efficiency_ppm],
            cycles_per_day_ppm,
        });
        let battery = assets::Battery::new(spec);
        let battery = battery.map_err(|error| InputError::new_err(error.to_string()))?;
        Ok(Self(Mutex::new(battery)))
    }

    /// Energy in the cells, in joules.
    #[getter]
    fn energy_joules(&self) -> i64 {
        self.with(|battery| battery.energy().joules())
    }

    /// Runs up to `power` MW for `seconds` on local day `day`, as far as its limits allow: above zero
    /// discharges, below zero charges. Returns the power at the meter in 1e-6 MW.
    fn run(&self, power: Volume, seconds: i64, day: i64) -> PyResult<i64> {
        let side = if power > Volume::ZERO {
            Side::Sell
        } else {
            Side::Buy
        };
        let ran = self.with(|battery| {
            let Some(commitment) = battery.reserve(side, power.abs(), seconds, day) else {
                return Ok(Volume::ZERO);
            };
            let power = commitment.power();
            battery.deliver(commitment, power)
        });
        let ran = ran.map_err(|error| InputError::new_err(error.to_string()))?;
        Ok(ran.millionths())
    }
}

/// A battery spec from its Python arguments.
struct SpecArguments {
    power: Volume,
    lot: Volume,
    energies: [Volume; 4],
    efficiencies_ppm: [u32; 2],
    cycles_per_day_ppm: u32,
}

impl From<SpecArguments> for BatterySpec {
    fn from(arguments: SpecArguments) -> Self {
        let [capacity, floor, ceiling, initial] = arguments
            .energies
            .map(|energy| Energy::from_millionth_megawatt_hours(energy.millionths()));
        let [charge_efficiency_ppm, discharge_efficiency_ppm] = arguments.efficiencies_ppm;
        Self {
            power: arguments.power,
            lot: arguments.lot,
            capacity,
            floor,
            ceiling,
            initial,
            charge_efficiency_ppm,
            discharge_efficiency_ppm,
            cycles_per_day_ppm: arguments.cycles_per_day_ppm,
        }
    }
}
