"""What a power purchase agreement is worth on a forward curve, and its break-even price."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts.capture import Capture, capture
from wattbook.assets.contracts.periods import group_starts, months_of, period_column
from wattbook.assets.contracts.ppa import Ppa, lines
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = ["PpaValue", "buyer_cash", "fair_level", "value_ppa"]

Floats: TypeAlias = NDArray[np.float64]
STEPS_MAX = 200
LEVEL_MAX = 1e6


@dataclass(frozen=True, slots=True)
class PpaValue:
    """An agreement at given prices, in discounted money.

    Parameters
    ----------
    buyer_value : float
        What the buyer's energy is worth in the market, less what is paid for it; the seller's
        agreement is worth the opposite.
    payment : float
        From the buyer to the seller.
    volume_mwh : float, MWh
        Not discounted.
    fair_level : float, money a MWh
        Level of the price at which the agreement is worth nothing.
    volume_capture : Capture
        Of the agreement's volume.
    months : polars.DataFrame
        ``month``, ``volume_mwh``, ``market_value``, ``payment``, ``buyer_value``.
    """

    buyer_value: float
    payment: float
    volume_mwh: float
    fair_level: float
    volume_capture: Capture
    months: pl.DataFrame

    @property
    def seller_value(self) -> float:
        """What the agreement is worth to the seller."""
        return -self.buyer_value


def buyer_cash(ppa: Ppa, grid: CurveGrid, spot: Floats, production: Floats) -> Floats:
    """Return what the buyer gains in each period, money.

    That is the market's price of what it gets, less what it pays. A contract for difference
    delivers nothing, so the gain is minus the payment.

    Parameters
    ----------
    ppa, grid, spot, production
        As in `wattbook.assets.contracts.lines`; rows are scenarios.
    """
    found = lines(ppa, grid, spot, production)
    return market_value(ppa, spot, found.volume + found.excess) - found.payment


def market_value(ppa: Ppa, spot: Floats, volume: Floats) -> Floats:
    """Return what the delivered energy is worth at the market's prices, money a period."""
    is_delivered = ppa.settlement == "physical"
    made: Floats = spot * volume * float(is_delivered)
    return made


def fair_level(
    ppa: Ppa,
    grid: CurveGrid,
    spot: Floats,
    production: Floats,
    discounts: Floats | None = None,
) -> float:
    """Return the level of the price at which the agreement is worth nothing: the fair price.

    With rows of scenarios it is worth nothing in the mean. The level is the fixed price, the first
    year's price of an escalating one, the price at the index's base, or minus the fee of a market
    price. The buyer's value falls as the level rises, so the level is found by halving, or at once
    where the value is a line of it; where a collar leaves a range of levels, it is one of them.

    Raises
    ------
    InputError
        If no level makes the value zero, as with a collar that binds everywhere or no volume.
    """
    spot = period_column(grid, "spot", spot)
    weights = np.ones(len(grid)) if discounts is None else discounts
    scenarios = max(
        len(one) if one.ndim == 2 else 1
        for one in (spot, period_column(grid, "production", production))
    )

    def value(level: float) -> float:
        cash = buyer_cash(ppa.at_level(level), grid, spot, production)
        return float((cash * weights).sum()) / scenarios

    at_zero, at_one = value(0.0), value(1.0)
    if at_zero != at_one:
        straight = at_zero / (at_zero - at_one)
        scale = max(abs(at_zero), abs(straight) * abs(at_zero - at_one), 1.0)
        if abs(value(straight)) <= 1e-9 * scale:
            return straight
    low, high = -1.0, 1.0
    while value(low) <= 0.0 and low > -LEVEL_MAX:
        low *= 4.0
    while value(high) >= 0.0 and high < LEVEL_MAX:
        high *= 4.0
    if not value(low) > 0.0 > value(high):
        raise InputError(
            f"PPA {ppa.name}: no price makes it worth nothing; its collar, bounds or volume leave "
            "the price without effect"
        )
    for _ in range(STEPS_MAX):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if value(middle) > 0.0 else (low, middle)
    return (low + high) / 2.0


def value_ppa(
    ppa: Ppa,
    grid: CurveGrid,
    forward: Floats,
    production: Floats,
    discounts: Floats | None = None,
) -> PpaValue:
    """Return what `ppa` is worth on a forward curve with an expected production.

    Expected price times expected production leaves out how both move together; where that matters,
    value scenarios of both with `wattbook.assets.contracts.scenario_values`.

    Parameters
    ----------
    ppa : Ppa
    grid : CurveGrid
    forward : ndarray of shape (n,), money a MWh
        Such as `ForwardCurve.price`.
    production : ndarray of shape (n,), MWh
        Such as `expected_production` gives.
    discounts : ndarray of shape (n,), optional
        What money of each period is worth today.

    Raises
    ------
    InputError
        As `lines`.

    Examples
    --------
    >>> import datetime as dt
    >>> from wattbook.assets.contracts import Baseload, FixedPrice
    >>> from wattbook.market.curves import curve_grid
    >>> day = curve_grid("DE-LU", dt.date(2027, 1, 4), dt.date(2027, 1, 5), "hour")
    >>> ppa = Ppa("base", dt.date(2027, 1, 1), FixedPrice(60.0), Baseload(2.0))
    >>> found = value_ppa(ppa, day, np.full(24, 70.0), np.zeros(24))
    >>> found.buyer_value, round(found.fair_level, 9)
    (480.0, 70.0)
    """
    forward = period_column(grid, "forward", forward)
    weights = (
        np.ones(len(grid)) if discounts is None else period_column(grid, "discounts", discounts)
    )
    found = lines(ppa, grid, forward, production)
    volume = found.volume + found.excess
    worth, paid = market_value(ppa, forward, volume) * weights, found.payment * weights
    months = months_of(grid)
    first = group_starts(months)
    table = pl.DataFrame(
        {
            "month": months[first].astype("datetime64[D]"),
            "volume_mwh": np.add.reduceat(volume, first),
            "market_value": np.add.reduceat(worth, first),
            "payment": np.add.reduceat(paid, first),
        }
    ).with_columns(buyer_value=pl.col("market_value") - pl.col("payment"))
    try:
        fair = fair_level(ppa, grid, forward, production, weights)
    except InputError:
        fair = math.nan
    return PpaValue(
        buyer_value=float((worth - paid).sum()),
        payment=float(paid.sum()),
        volume_mwh=float(volume.sum()),
        fair_level=fair,
        volume_capture=capture(forward, volume, grid.hours),
        months=table,
    )
