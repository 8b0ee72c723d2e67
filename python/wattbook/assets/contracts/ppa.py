"""A power purchase agreement: what is delivered and paid in each period, by its terms.

`lines` is the one place where terms meet prices and production. Settlement rounds its rows to exact
money; valuation and risk sum them over scenarios.

References
----------
EFET, Individual Power Purchase Agreement ("CPPA", 2019): physical or financial settlement, volume
as produced or by profile, fixed or floating price are its elections.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.contracts.negative_prices import NegativePriceClause
from wattbook.assets.contracts.periods import (
    contract_years,
    days_of,
    group_starts,
    months_of,
    period_column,
    year_start,
)
from wattbook.assets.contracts.ppa_price import Collar, PpaPrice
from wattbook.assets.contracts.ppa_volume import (
    AvailabilityGuarantee,
    PayAsProduced,
    PpaVolume,
    YearBounds,
)
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = ["REFERENCES", "Ppa", "PpaLines", "lines"]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

REFERENCES = ("period", "month_base", "month_capture")
"""What a contract for difference is settled against: the day-ahead price of each period, its mean
over the month, or its mean weighted by the volume."""


@dataclass(frozen=True, slots=True)
class Ppa:
    """The terms of a power purchase agreement.

    Parameters
    ----------
    name : str
    start : date
        First day; contract years are counted from it.
    price : FixedPrice, EscalatingPrice, IndexedPrice or MarketPrice
    volume : PayAsProduced, Baseload or Shaped
    settlement : {"physical", "difference"}, optional
        The buyer gets the energy and pays the price; or nobody delivers, and the buyer pays the
        price less the reference (a contract for difference, "virtual" PPA).
    reference : {"period", "month_base", "month_capture"}, optional
        Of a contract for difference.
    collar : Collar, optional
    negative_prices : NegativePriceClause, optional
    bounds : YearBounds, optional
    availability : AvailabilityGuarantee, optional
        Of a volume as produced.

    Examples
    --------
    >>> from wattbook.assets.contracts import Baseload, FixedPrice
    >>> Ppa("base", dt.date(2027, 1, 1), FixedPrice(60.0), Baseload(5.0)).settlement
    'physical'
    """

    name: str
    start: dt.date
    price: PpaPrice
    volume: PpaVolume
    settlement: Literal["physical", "difference"] = "physical"
    reference: Literal["period", "month_base", "month_capture"] = "period"
    collar: Collar = field(default_factory=Collar)
    negative_prices: NegativePriceClause | None = None
    bounds: YearBounds = field(default_factory=YearBounds)
    availability: AvailabilityGuarantee | None = None

    def __post_init__(self) -> None:
        if self.settlement not in {"physical", "difference"}:
            raise InputError(
                f"PPA {self.name}: settlement {self.settlement!r}; use physical or difference"
            )
        if self.reference not in REFERENCES:
            raise InputError(
                f"PPA {self.name}: reference {self.reference!r}; use one of {', '.join(REFERENCES)}"
            )
        if self.settlement == "physical" and self.reference != "period":
            raise InputError(
                f"PPA {self.name}: a reference of {self.reference} needs settlement difference"
            )
        if self.availability is not None and not isinstance(self.volume, PayAsProduced):
            raise InputError(
                f"PPA {self.name}: an availability is guaranteed of what a plant produces; give a "
                "volume as produced, or leave the guarantee out"
            )

    def at_level(self, level: float) -> Ppa:
        """Return the agreement at another level of its price."""
        return replace(self, price=self.price.at_level(level))


@dataclass(frozen=True, slots=True, eq=False)
class PpaLines:
    """What an agreement comes to, one value a period; rows where prices or production have rows.

    Parameters
    ----------
    volume, excess : ndarray, MWh
        Within the year's most, and above it.
    price, excess_price : ndarray, money a MWh
        What is paid for each.
    reference : ndarray, money a MWh
        Taken off the price: the market's in a contract for difference, zero in a physical one.
    shortfall : ndarray, money
        What the seller pays for a year's guaranteed volume, in the last period of that year.
    damages : ndarray, money
        What the seller pays for its plant's availability, in the last period that it counts over.
    is_suspended : ndarray of bool
        Where the clause on negative prices ends payment.
    """

    volume: Floats
    excess: Floats
    price: Floats
    excess_price: Floats
    reference: Floats
    shortfall: Floats
    damages: Floats
    is_suspended: Flags

    @property
    def payment(self) -> Floats:
        """What the buyer pays the seller in each period, money."""
        paid = self.volume * (self.price - self.reference) + self.excess * self.excess_price
        made: Floats = np.where(self.is_suspended, 0.0, paid) - self.shortfall - self.damages
        return made


def lines(
    ppa: Ppa, grid: CurveGrid, spot: Floats, production: Floats, lost: Floats | None = None
) -> PpaLines:
    """Return what `ppa` delivers and pays in each period.

    Parameters
    ----------
    ppa : Ppa
    grid : CurveGrid
        Delivery periods: quarter-hours or hours of whole local days, clock changes included.
    spot : ndarray of shape (n,) or (scenarios, n), money a MWh
        Day-ahead prices, or forward prices.
    production : ndarray of shape (n,) or (scenarios, n), MWh
        Of the plant; not read by baseload and shaped volumes.
    lost : ndarray of shape (n,) or (scenarios, n), MWh, optional
        What outages of the plant's own kept it from producing; nothing, if left out.

    Raises
    ------
    InputError
        If a column has another length or gaps, the grid starts before the contract, or bounds of a
        year cannot be counted because the grid does not start with one.
    """
    spot = period_column(grid, "spot", spot)
    production = period_column(grid, "production", production)
    if grid.first < ppa.start:
        raise InputError(
            f"PPA {ppa.name} starts on {ppa.start}, the delivery periods on {grid.first}; leave "
            "out what is before"
        )
    days, months = days_of(grid), months_of(grid)
    asked = ppa.volume.of(grid, production)
    years = contract_years(days, ppa.start)
    counted = None if ppa.availability is None else ppa.availability.over
    if counted == "year" or ppa.bounds != YearBounds():
        check_year(ppa, grid, int(years[0]))
    if counted == "month" and grid.first.day != 1 and grid.first != ppa.start:
        raise InputError(
            f"PPA {ppa.name} counts its availability by month, the delivery periods start on "
            f"{grid.first}; start on the first of the month"
        )
    volume, excess = ppa.bounds.split(asked, years)
    price = ppa.collar.bound(ppa.price.of(days, spot), volume, months)
    shape = np.broadcast_shapes(spot.shape, volume.shape, price.shape)
    is_difference = ppa.settlement == "difference"
    reference = reference_price(ppa, grid, spot, volume) if is_difference else np.zeros(len(grid))
    # Above the most, a contract for difference covers nothing.
    excess_price = np.zeros_like(spot) if is_difference else ppa.bounds.excess_share * spot
    if ppa.negative_prices is None:
        is_suspended = np.zeros(len(grid), np.bool_)
    else:
        is_suspended = ppa.negative_prices.suspended(grid, spot)
    return PpaLines(
        volume=np.broadcast_to(volume, shape),
        excess=np.broadcast_to(excess, shape),
        price=np.broadcast_to(price, shape),
        excess_price=np.broadcast_to(excess_price, shape),
        reference=np.broadcast_to(reference, shape),
        shortfall=shortfall(ppa, grid, years, np.broadcast_to(asked, shape), spot, price),
        damages=damages(ppa, grid, production, lost, spot, price),
        is_suspended=np.broadcast_to(is_suspended, shape),
    )


def check_year(ppa: Ppa, grid: CurveGrid, years: int) -> None:
    """Refuse to count bounds of a contract year from its middle on."""
    begin = year_start(ppa.start, years)
    if grid.first != begin:
        raise InputError(
            f"PPA {ppa.name} counts by contract year, the delivery periods start on "
            f"{grid.first}; start on {begin}, from which the year counts"
        )


def reference_price(ppa: Ppa, grid: CurveGrid, spot: Floats, volume: Floats) -> Floats:
    """Return what the price of a contract for difference is held against."""
    if ppa.reference == "period":
        return spot
    weight = grid.hours if ppa.reference == "month_base" else volume
    first = group_starts(months_of(grid))
    total = np.add.reduceat(weight, first, axis=-1)
    summed = np.add.reduceat(spot * weight, first, axis=-1)
    total = np.broadcast_to(total, summed.shape)
    mean = np.divide(summed, total, out=np.zeros_like(summed), where=total > 0.0)
    made: Floats = np.repeat(mean, np.diff(np.append(first, len(grid))), axis=-1)
    return made


def shortfall(
    ppa: Ppa,
    grid: CurveGrid,
    years: NDArray[np.int64],
    asked: Floats,
    spot: Floats,
    price: Floats,
) -> Floats:
    """Return what is due for guaranteed volume, in the last period of each complete year."""
    due = np.zeros(asked.shape)
    if ppa.bounds.least_mwh == 0.0:
        return due
    spot, price = np.broadcast_to(spot, asked.shape), np.broadcast_to(price, asked.shape)
    for year in np.unique(years).tolist():
        if year_start(ppa.start, year + 1) > grid.after:
            continue  # Not over yet.
        own = np.flatnonzero(years == year)
        hours = grid.hours[own]
        short = np.maximum(ppa.bounds.least_mwh - asked[..., own].sum(axis=-1), 0.0)
        means = [np.asarray(of[..., own] @ hours / hours.sum()) for of in (spot, price)]
        due[..., own[-1]] = short * ppa.bounds.price_short(*means)
    return due


def damages(
    ppa: Ppa,
    grid: CurveGrid,
    production: Floats,
    lost: Floats | None,
    spot: Floats,
    price: Floats,
) -> Floats:
    """Return what is due for availability, in the last period of each complete year or month."""
    gone = np.zeros(len(grid)) if lost is None else period_column(grid, "lost", lost)
    if (gone < 0.0).any():
        raise InputError(f"PPA {ppa.name}: lost energy is below 0; give MWh from 0")
    shape = np.broadcast_shapes(production.shape, gone.shape, spot.shape, price.shape)
    due = np.zeros(shape)
    if ppa.availability is None or lost is None:
        return due
    delivered = np.broadcast_to(ppa.volume.of(grid, production), shape)
    missed = np.broadcast_to(ppa.volume.of(grid, production + gone), shape) - delivered
    spot, price = np.broadcast_to(spot, shape), np.broadcast_to(price, shape)
    days = days_of(grid)
    if ppa.availability.over == "year":
        spans: NDArray[np.int64] = contract_years(days, ppa.start)
    else:
        spans = days.astype("datetime64[M]").astype(np.int64)
    for span in np.unique(spans).tolist():
        own = np.flatnonzero(spans == span)
        if own[-1] == len(grid) - 1 and not is_complete(ppa, grid, span):
            continue  # Not over yet.
        hours = grid.hours[own]
        short = ppa.availability.short(
            delivered[..., own].sum(axis=-1), missed[..., own].sum(axis=-1)
        )
        means = [np.asarray(of[..., own] @ hours / hours.sum()) for of in (spot, price)]
        due[..., own[-1]] = short * ppa.availability.price_short(*means)
    return due


def is_complete(ppa: Ppa, grid: CurveGrid, span: int) -> bool:
    """Return whether the last year or month of the periods ends with them."""
    if ppa.availability is not None and ppa.availability.over == "year":
        return year_start(ppa.start, span + 1) <= grid.after
    return grid.after.day == 1
