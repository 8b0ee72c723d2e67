"""Spark and dark spreads, with and without CO2: forward curve arithmetic by delivery period.

Efficiencies, prices and emission factors of a fuel stand for its higher (HHV, gross) or lower (LHV,
net) heating value; gas is priced on the higher, coal on the lower, and plants are rated on either.
Every number here says which, and `Conversion` brings them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts.periods import delivery_columns, period_column
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = [
    "API2_COAL",
    "FUELS",
    "GAS_MMBTU",
    "GAS_MWH",
    "GAS_THERM",
    "LIGNITE_MWH",
    "MWH_PER_MMBTU",
    "Conversion",
    "Fuel",
    "HeatingValue",
    "on_periods",
    "spread_table",
]

Floats: TypeAlias = NDArray[np.float64]
HeatingValue: TypeAlias = Literal["HHV", "LHV"]
HEATING_VALUES = ("HHV", "LHV")

MWH_PER_MMBTU = 1.05505585262 / 3.6
"""Megawatt-hours in a million British thermal units (International Table)."""
MWH_PER_GJ = 1.0 / 3.6


@dataclass(frozen=True, slots=True)
class Fuel:
    """A fuel as it is priced.

    Parameters
    ----------
    name : str
    unit : str
        What a price is for, such as ``MWh HHV``.
    unit_mwh : float, MWh
        Energy in one unit, on the heating value `basis`.
    basis : {"HHV", "LHV"}
    lower_share : float
        Lower heating value as a share of the higher.
    emission_t_mwh : float, t CO2 a MWh of the lower heating value

    References
    ----------
    IPCC (2006), Guidelines for National Greenhouse Gas Inventories, volume 2, chapter 1: default
    emission factors by lower heating value (table 1.4); the lower is about 5 % less than the higher
    for coal and about 10 % less for gas.
    """

    name: str
    unit: str
    unit_mwh: float
    basis: HeatingValue
    lower_share: float
    emission_t_mwh: float

    def __post_init__(self) -> None:
        if not self.unit_mwh > 0.0:
            raise InputError(f"fuel {self.name}: unit_mwh {self.unit_mwh}; give MWh above 0")
        if self.basis not in HEATING_VALUES:
            raise InputError(f"fuel {self.name}: heating value {self.basis!r}; use HHV or LHV")
        if not 0.0 < self.lower_share <= 1.0:
            raise InputError(
                f"fuel {self.name}: lower_share {self.lower_share}; give LHV over HHV, above 0 to 1"
            )
        if not self.emission_t_mwh >= 0.0:
            raise InputError(
                f"fuel {self.name}: emission_t_mwh {self.emission_t_mwh}; give t CO2 a MWh from 0"
            )

    @property
    def lower_mwh(self) -> float:
        """Energy in one unit by the lower heating value, MWh."""
        return self.unit_mwh * (self.lower_share if self.basis == "HHV" else 1.0)

    @property
    def emission_t_unit(self) -> float:
        """CO2 of one unit, t."""
        return self.emission_t_mwh * self.lower_mwh


GAS_EMISSION = 56.1e-3 / MWH_PER_GJ
COAL_EMISSION = 94.6e-3 / MWH_PER_GJ
LIGNITE_EMISSION = 101.0e-3 / MWH_PER_GJ
GAS_LOWER_SHARE = 0.9
COAL_LOWER_SHARE = 0.95
KCAL_MWH = 4.1868e-6 * MWH_PER_GJ

GAS_MWH = Fuel("natural gas", "MWh HHV", 1.0, "HHV", GAS_LOWER_SHARE, GAS_EMISSION)
"""Gas as Europe's hubs price it."""
GAS_MMBTU = Fuel("natural gas", "MMBtu HHV", MWH_PER_MMBTU, "HHV", GAS_LOWER_SHARE, GAS_EMISSION)
"""Gas as Henry Hub prices it."""
GAS_THERM = Fuel(
    "natural gas", "therm HHV", MWH_PER_MMBTU / 10.0, "HHV", GAS_LOWER_SHARE, GAS_EMISSION
)
"""Gas as the NBP prices it."""
API2_COAL = Fuel("coal", "t", 6e6 * KCAL_MWH, "LHV", COAL_LOWER_SHARE, COAL_EMISSION)
"""Coal of 6,000 kcal/kg net as received, as API 2 prices it; bituminous."""
LIGNITE_MWH = Fuel("lignite", "MWh LHV", 1.0, "LHV", COAL_LOWER_SHARE, LIGNITE_EMISSION)
FUELS = {
    "gas_mwh": GAS_MWH,
    "gas_mmbtu": GAS_MMBTU,
    "gas_therm": GAS_THERM,
    "api2_coal": API2_COAL,
    "lignite_mwh": LIGNITE_MWH,
}
"""Fuels by the names that files use."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a plant makes power of a fuel.

    Parameters
    ----------
    fuel : Fuel
    efficiency : float
        Power over fuel energy.
    basis : {"HHV", "LHV"}
        The heating value that the efficiency is stated on.
    operation_cost : float, money a MWh of power, optional

    Examples
    --------
    Half of the lower heating value is 45 % of the higher, in which gas is priced:

    >>> plant = Conversion(GAS_MWH, 0.5, "LHV")
    >>> round(plant.fuel_per_mwh, 6), round(plant.emission_t_mwh, 6)
    (2.222222, 0.40392)
    >>> round(plant.heat_rate, 4)
    7.5825
    >>> round(float(plant.clean_spread(80.0, 30.0, co2_price=75.0)), 4)
    -16.9607
    """

    fuel: Fuel
    efficiency: float
    basis: HeatingValue
    operation_cost: float = 0.0

    def __post_init__(self) -> None:
        if self.basis not in HEATING_VALUES:
            raise InputError(f"efficiency on {self.basis!r}; use HHV or LHV")
        limit = 1.0 if self.basis == "HHV" else 1.0 / self.fuel.lower_share
        if not 0.0 < self.efficiency <= limit:
            raise InputError(
                f"efficiency {self.efficiency} on {self.basis}; give a share above 0 to {limit:.4g}"
            )

    @classmethod
    def of_heat_rate(
        cls, heat_rate: float, fuel: Fuel = GAS_MMBTU, *, operation_cost: float = 0.0
    ) -> Conversion:
        """Return the conversion of a heat rate, MMBtu HHV a MWh, as the United States state it.

        Examples
        --------
        >>> round(Conversion.of_heat_rate(7.0).efficiency, 6)
        0.487449
        """
        if not heat_rate >= 1.0 / MWH_PER_MMBTU:
            raise InputError(
                f"heat rate {heat_rate} MMBtu/MWh; give {1.0 / MWH_PER_MMBTU:.4g} or more"
            )
        efficiency = 1.0 / (heat_rate * MWH_PER_MMBTU)
        return cls(fuel, efficiency, "HHV", operation_cost)

    @property
    def lower_efficiency(self) -> float:
        """The efficiency on the lower heating value."""
        return self.efficiency / (self.fuel.lower_share if self.basis == "HHV" else 1.0)

    @property
    def fuel_per_mwh(self) -> float:
        """Units of fuel for a MWh of power."""
        return 1.0 / (self.lower_efficiency * self.fuel.lower_mwh)

    @property
    def heat_rate(self) -> float:
        """Fuel energy for a MWh of power, MMBtu HHV."""
        return 1.0 / (self.lower_efficiency * self.fuel.lower_share * MWH_PER_MMBTU)

    @property
    def emission_t_mwh(self) -> float:
        """CO2 of a MWh of power, t."""
        return self.fuel.emission_t_mwh / self.lower_efficiency

    def spread(
        self, power_price: Floats | float, fuel_price: Floats | float, *, fx: Floats | float = 1.0
    ) -> Floats:
        """Return the spread of power over fuel, money of the power's price a MWh.

        Parameters
        ----------
        power_price : array_like, money a MWh
        fuel_price : array_like, money a unit of the fuel
        fx : array_like, optional
            Money of the power's currency for one of the fuel's.
        """
        fuel = self.fuel_per_mwh * np.asarray(fuel_price, np.float64) * fx
        made: Floats = np.asarray(power_price, np.float64) - fuel - self.operation_cost
        return made

    def clean_spread(
        self,
        power_price: Floats | float,
        fuel_price: Floats | float,
        *,
        co2_price: Floats | float,
        fx: Floats | float = 1.0,
        co2_fx: Floats | float = 1.0,
    ) -> Floats:
        """Return the spread less the cost of CO2, money of the power's price a MWh.

        Parameters
        ----------
        power_price, fuel_price, fx
            As in `spread`.
        co2_price : array_like, money a t
        co2_fx : array_like, optional
            Money of the power's currency for one of the CO2 price's.
        """
        emitted = self.emission_t_mwh * np.asarray(co2_price, np.float64) * co2_fx
        made: Floats = self.spread(power_price, fuel_price, fx=fx) - emitted
        return made


def on_periods(curve: CurveGrid, price: Floats, grid: CurveGrid) -> Floats:
    """Return the price of one curve on the periods of another, such as gas days on hours of power.

    Raises
    ------
    InputError
        If a period is not wholly in one of the curve's; names it.
    """
    price = period_column(curve, "price", price)
    place = np.searchsorted(curve.start, grid.start[:-1], side="right") - 1
    inside = (place >= 0) & (place < len(curve))
    held = np.clip(place, 0, len(curve) - 1)
    whole = inside & (grid.start[1:] <= curve.start[held + 1])
    if not whole.all():
        at = int(np.flatnonzero(~whole)[0])
        when = grid.start[at].astype("datetime64[ns]").astype("datetime64[m]")
        raise InputError(
            f"the curve of {curve.place} from {curve.first} to before {curve.after} has no price "
            f"for all of the period from {when} UTC at {grid.place}; make it longer or finer"
        )
    return price[held]


def spread_table(
    grid: CurveGrid,
    conversion: Conversion,
    power_price: Floats,
    fuel_price: Floats | float,
    *,
    co2_price: Floats | float = 0.0,
    fx: Floats | float = 1.0,
    co2_fx: Floats | float = 1.0,
) -> pl.DataFrame:
    """Return the spread of each delivery period.

    Parameters
    ----------
    grid : CurveGrid
    conversion : Conversion
    power_price, fuel_price, co2_price, fx, co2_fx
        As in `Conversion.clean_spread`, one value or one a period (`on_periods` brings a curve of
        another place onto the periods).

    Returns
    -------
    polars.DataFrame
        ``delivery_start``, ``delivery_end`` (UTC), ``power_price``, ``fuel_cost``, ``co2_cost``,
        ``spread``, ``clean_spread``; money a MWh of power.
    """
    power = period_column(grid, "power_price", power_price)
    columns = {
        name: period_column(grid, name, np.broadcast_to(values, len(grid)))
        for name, values in (
            ("fuel_price", fuel_price),
            ("co2_price", co2_price),
            ("fx", fx),
            ("co2_fx", co2_fx),
        )
    }
    spread = conversion.spread(power, columns["fuel_price"], fx=columns["fx"])
    emitted = conversion.emission_t_mwh * columns["co2_price"] * columns["co2_fx"]
    return pl.DataFrame(
        {
            **delivery_columns(grid),
            "power_price": power,
            "fuel_cost": conversion.fuel_per_mwh * columns["fuel_price"] * columns["fx"],
            "co2_cost": emitted,
            "spread": spread,
            "clean_spread": spread - emitted,
        }
    )
