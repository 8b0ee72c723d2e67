"""The volume of a power purchase agreement: as produced, baseload or shaped, within bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.contracts.periods import clock_hours, days_of
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = [
    "AvailabilityGuarantee",
    "Baseload",
    "PayAsProduced",
    "PpaVolume",
    "Shaped",
    "YearBounds",
]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PayAsProduced:
    """What the plant produces, period by period.

    Parameters
    ----------
    share : float, optional
        Of the production.
    cap_mw : float, MW, optional
        Most power that is bought; what is above stays with the seller.
    """

    share: float = 1.0
    cap_mw: float = math.inf

    def __post_init__(self) -> None:
        if not 0.0 < self.share <= 1.0:
            raise InputError(f"PPA share of production is {self.share}; give above 0 to 1")
        if not self.cap_mw > 0.0:
            raise InputError(f"PPA cap_mw is {self.cap_mw} MW; give a power above 0")

    def of(self, grid: CurveGrid, production: Floats) -> Floats:
        """Return the volume of each period, MWh; what a plant takes itself is not delivered."""
        made: Floats = np.minimum(
            self.share * np.maximum(production, 0.0), self.cap_mw * grid.hours
        )
        return made


@dataclass(frozen=True, slots=True)
class Baseload:
    """The same power in every period, whatever the plant produces.

    Parameters
    ----------
    power_mw : float, MW
    """

    power_mw: float

    def __post_init__(self) -> None:
        if not self.power_mw > 0.0:
            raise InputError(f"PPA power_mw is {self.power_mw} MW; give a power above 0")

    def of(self, grid: CurveGrid, production: Floats) -> Floats:
        """Return the volume of each period, MWh."""
        del production
        made: Floats = self.power_mw * grid.hours
        return made


@dataclass(frozen=True, slots=True)
class Shaped:
    """An agreed power by month, or by month and hour of the clock.

    Parameters
    ----------
    power_mw : tuple of 12 rows of 1 or 24 floats, MW
        January first; hours by wall clock from 0, so that the hour that a clock skips delivers
        nothing and the one that it repeats delivers twice.

    Examples
    --------
    >>> import datetime as dt
    >>> from wattbook.market.curves import curve_grid
    >>> solar = Shaped(((*[0.0] * 8, *[2.0] * 8, *[0.0] * 8),) * 12)
    >>> day = curve_grid("DE-LU", dt.date(2027, 3, 28), dt.date(2027, 3, 29), "hour")
    >>> float(solar.of(day, np.zeros(23)).sum())
    16.0
    """

    power_mw: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        lengths = {len(row) for row in self.power_mw}
        if len(self.power_mw) != 12 or lengths not in ({1}, {24}):
            raise InputError(
                f"PPA profile has {len(self.power_mw)} months of {sorted(lengths)} values; give "
                "12 months of 1 or of 24 values"
            )
        if not min(value for row in self.power_mw for value in row) >= 0.0:
            raise InputError("PPA profile has a power below 0 or none; give MW from 0")

    def of(self, grid: CurveGrid, production: Floats) -> Floats:
        """Return the volume of each period, MWh."""
        del production
        power = np.array(self.power_mw)
        month = days_of(grid).astype("datetime64[M]").astype(np.int64) % 12
        hour = clock_hours(grid) if power.shape[1] == 24 else np.zeros(len(grid), np.int64)
        made: Floats = power[month, hour] * grid.hours
        return made


PpaVolume: TypeAlias = PayAsProduced | Baseload | Shaped
"""How the volume of a PPA is made."""


@dataclass(frozen=True, slots=True)
class YearBounds:
    """The least and most volume of a contract year.

    Parameters
    ----------
    least_mwh, most_mwh : float, MWh, optional
        The seller guarantees the least; what is above the most is paid at the day-ahead price.
    excess_share : float, optional
        Share of the day-ahead price that is paid for what is above.
    shortfall_price : float, money a MWh, optional
        What the seller pays for each MWh short of the least. Without it, the year's mean day-ahead
        price less its mean contract price, if above zero: what it costs to buy the rest.
    """

    least_mwh: float = 0.0
    most_mwh: float = math.inf
    excess_share: float = 1.0
    shortfall_price: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.least_mwh <= self.most_mwh:
            raise InputError(
                f"PPA guarantees {self.least_mwh} MWh and takes up to {self.most_mwh} MWh a year; "
                "give the least first, from 0"
            )

    def split(self, volume: Floats, years: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return what lies within the most of its year, and what is above it, MWh a period."""
        if math.isinf(self.most_mwh):
            return volume, np.zeros_like(volume)
        before = np.empty_like(volume)
        for year in np.unique(years):
            own = years == year
            before[..., own] = np.cumsum(volume[..., own], axis=-1) - volume[..., own]
        within = np.clip(self.most_mwh - before, 0.0, volume)
        return within, volume - within

    def price_short(self, spot_mean: Floats, price_mean: Floats) -> Floats:
        """Return what a MWh short costs the seller."""
        return price_of_short(self.shortfall_price, spot_mean, price_mean)


@dataclass(frozen=True, slots=True)
class AvailabilityGuarantee:
    """The share of what the plant could have delivered that the seller answers for.

    Availability is counted by energy (IEC 61400-26-1, production-based): what was delivered as a
    share of it and of what the plant's own outages lost. What the grid curtailed, or force majeure
    took, is agreed between the parties and no loss here.

    Parameters
    ----------
    share : float in (0, 1]
        That is guaranteed.
    over : {"year", "month"}, optional
        Contract year or calendar month that it is counted over; damages are due in its last period.
    price : float, money a MWh, optional
        For each MWh short of the share. Without it, the mean day-ahead price over that time less
        the mean contract price, if above zero: what it costs to buy the rest.

    Examples
    --------
    >>> round(float(AvailabilityGuarantee(0.97).short(np.array(90.0), np.array(10.0))), 9)
    7.0
    """

    share: float
    over: Literal["year", "month"] = "year"
    price: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.share <= 1.0:
            raise InputError(
                f"PPA guarantees an availability of {self.share}; give a share above 0, up to 1"
            )
        if self.over not in {"year", "month"}:
            raise InputError(f"PPA availability over a {self.over!r}; use year or month")
        if self.price is not None and not 0.0 <= self.price < math.inf:
            raise InputError(f"PPA availability at {self.price} a MWh; give a price from 0")

    def short(self, delivered: Floats, lost: Floats) -> Floats:
        """Return the energy short of the guarantee, MWh."""
        made: Floats = np.maximum(self.share * (delivered + lost) - delivered, 0.0)
        return made

    def price_short(self, spot_mean: Floats, price_mean: Floats) -> Floats:
        """Return what a MWh short costs the seller."""
        return price_of_short(self.price, spot_mean, price_mean)


def price_of_short(agreed: float | None, spot_mean: Floats, price_mean: Floats) -> Floats:
    """Return an agreed price, or what buying costs beyond the contract's price."""
    if agreed is not None:
        return np.full_like(spot_mean, agreed)
    made: Floats = np.maximum(spot_mean - price_mean, 0.0)
    return made
