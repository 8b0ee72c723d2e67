"""A made-up power system: sun or wind, and prices that fall with it, from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.contracts.periods import clock_hours, days_of
from wattbook.market.curves import CurveGrid

__all__ = ["GeneratedPlant", "Technology", "generated_outages", "generated_plant"]

Floats: TypeAlias = NDArray[np.float64]
Technology: TypeAlias = Literal["solar", "wind"]
WIND_MEMORY_HOURS = 30.0
OUTAGE_CHANCE = 0.04
"""That the whole plant is out on a day."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedPlant:
    """Made-up prices, and a plant's production in them.

    Parameters
    ----------
    price : ndarray of shape (n,), EUR/MWh
    production : ndarray of shape (n,), MWh
    """

    price: Floats
    production: Floats


def generated_plant(
    grid: CurveGrid, *, capacity_mw: float, technology: Technology = "wind", seed: int = 7
) -> GeneratedPlant:
    """Return made-up prices and production over the periods of `grid`, the same for one seed.

    Winters are dear, mornings and evenings too; sun and wind of the whole system press prices, at
    times below zero. The plant sees the weather of the system.

    Examples
    --------
    >>> import datetime as dt
    >>> from wattbook.market.curves import curve_grid
    >>> year = curve_grid("DE-LU", dt.date(2027, 1, 1), dt.date(2028, 1, 1), "hour")
    >>> made = generated_plant(year, capacity_mw=10.0)
    >>> bool((made.price < 0).any()), bool((made.production <= 10.0).all())
    (True, True)
    """
    chance = np.random.default_rng(seed)
    days = days_of(grid)
    of_year = (days - days.astype("datetime64[Y]")).astype(np.float64) / 365.2425
    hour = clock_hours(grid) + (grid.slot * grid.minutes % 60) / 60.0
    winter = np.cos(2.0 * np.pi * (of_year - 0.04))
    wind = wind_share(grid, winter, chance)
    sun = sun_share(grid, winter, hour, chance)
    peaks = 12 * np.exp(-(((hour - 8) / 2.5) ** 2)) + 20 * np.exp(-(((hour - 19) / 2.5) ** 2))
    noise = chance.normal(0.0, 6.0, len(grid))
    price = 84.0 + 8.0 * winter + peaks - 70.0 * wind - 62.0 * sun + noise
    share = wind if technology == "wind" else sun
    return GeneratedPlant(np.round(price, 2), share * capacity_mw * grid.hours)


def generated_outages(grid: CurveGrid, *, seed: int = 7) -> NDArray[np.bool_]:
    """Return in which periods the whole plant is out: a few days a year, the same for one seed.

    Examples
    --------
    >>> import datetime as dt
    >>> from wattbook.market.curves import curve_grid
    >>> year = curve_grid("DE-LU", dt.date(2027, 1, 1), dt.date(2028, 1, 1), "hour")
    >>> 0.01 < float(generated_outages(year).mean()) < 0.1
    True
    """
    chance = np.random.default_rng((seed, 1))
    out = chance.random(len(grid.days)) < OUTAGE_CHANCE
    made: NDArray[np.bool_] = np.repeat(out, np.diff(grid.day_start))
    return made


def wind_share(grid: CurveGrid, winter: Floats, chance: np.random.Generator) -> Floats:
    """Return the share of the wind's capacity that runs: long spells, stronger in winter."""
    kept = np.exp(-grid.hours / WIND_MEMORY_HOURS)
    shocks = chance.standard_normal(len(grid)) * np.sqrt(1.0 - kept**2)
    state = np.empty(len(grid))
    at = chance.standard_normal()
    for place, (keeps, shock) in enumerate(zip(kept.tolist(), shocks.tolist(), strict=True)):
        at = keeps * at + shock
        state[place] = at
    made: Floats = 1.0 / (1.0 + np.exp(1.35 - 0.4 * winter - 1.1 * state))
    return made


def sun_share(grid: CurveGrid, winter: Floats, hour: Floats, chance: np.random.Generator) -> Floats:
    """Return the share of the sun's capacity that runs: by hour and season, clouds by day."""
    half = 6.0 - 2.0 * winter
    height = np.cos(np.clip((hour + 0.5 - 13.0) / half, -1.0, 1.0) * np.pi / 2.0)
    clear = np.repeat(chance.beta(3.0, 1.6, len(grid.days)), np.diff(grid.day_start))
    made: Floats = np.maximum(height, 0.0) ** 1.3 * (0.78 - 0.3 * winter) * clear
    return made
