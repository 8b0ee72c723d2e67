"""Transport capacity: the right to ship from one place to another, for gas and for power.

References
----------
Regulation (EU) 2016/1719 (forward capacity allocation), articles 31 to 35: physical rights with
use-it-or-sell-it, financial options and obligations; holders are paid the day-ahead market spread.
Harmonised allocation rules for long-term transmission rights: what is not nominated is sold.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts.exchange_option import kirk, normal_spread_option
from wattbook.assets.contracts.periods import (
    YEAR_DAYS,
    days_of,
    delivery_columns,
    period_column,
)
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = [
    "RightValue",
    "TransportRight",
    "right_intrinsic",
    "right_value",
    "settle_right",
]

Floats: TypeAlias = NDArray[np.float64]
KINDS = ("physical", "option", "obligation")


@dataclass(frozen=True, slots=True)
class TransportRight:
    """A right to ship from one place to another, or to be paid as if.

    Parameters
    ----------
    name : str
    kind : {"physical", "option", "obligation"}
        To nominate, what is not nominated being sold (gas capacity, physical transmission right);
        to be paid the spread where it is above zero; or to be paid it and pay where it is below.
    capacity_mw : float, MW
        At the exit.
    tariff : float, money a MWh, optional
        Paid for what is shipped: commodity charge, fuel gas.
    loss : float, share, optional
        Lost on the way; a MWh at the exit takes more at the entry.
    price : float, money a MW and hour, optional
        Paid for the capacity, used or not.
    resale_share : float, optional
        Of the spread above zero that is paid for what is not nominated: all of it for power, none
        for gas capacity that lapses.
    """

    name: str
    kind: Literal["physical", "option", "obligation"]
    capacity_mw: float
    tariff: float = 0.0
    loss: float = 0.0
    price: float = 0.0
    resale_share: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(
                f"right {self.name}: kind {self.kind!r}; use one of {', '.join(KINDS)}"
            )
        if not self.capacity_mw > 0.0:
            raise InputError(f"right {self.name}: {self.capacity_mw} MW; give a capacity above 0")
        if not 0.0 <= self.loss < 1.0:
            raise InputError(f"right {self.name}: loss {self.loss}; give a share from 0 to below 1")
        if not 0.0 <= self.resale_share <= 1.0:
            raise InputError(
                f"right {self.name}: resale_share {self.resale_share}; give a share from 0 to 1"
            )
        if self.kind != "physical" and (self.tariff or self.loss):
            raise InputError(
                f"right {self.name}: a financial {self.kind} ships nothing; leave out tariff, loss"
            )

    def margin(self, here: Floats, there: Floats) -> Floats:
        """Return what shipping a MWh to the exit earns, money."""
        made: Floats = there - here / (1.0 - self.loss) - self.tariff
        return made


def right_intrinsic(right: TransportRight, grid: CurveGrid, here: Floats, there: Floats) -> Floats:
    """Return what a right earns in each period at known prices, before the capacity's price.

    Parameters
    ----------
    right : TransportRight
    grid : CurveGrid
    here, there : ndarray of shape (n,), money a MWh
        Prices at the entry and at the exit.
    """
    here, there = (period_column(grid, name, of) for name, of in (("here", here), ("there", there)))
    margin = right.margin(here, there)
    used = margin if right.kind == "obligation" else np.maximum(margin, 0.0)
    made: Floats = used * right.capacity_mw * grid.hours
    return made


@dataclass(frozen=True, slots=True)
class RightValue:
    """A transport right on two forward curves, in money.

    Parameters
    ----------
    intrinsic : float
        At the forward prices.
    value : float
        As options, one a delivery period.
    capacity_cost : float
        What the capacity's price comes to.
    """

    intrinsic: float
    value: float
    capacity_cost: float

    @property
    def time_value(self) -> float:
        """What prices that may move add."""
        return self.value - self.intrinsic


def right_value(
    right: TransportRight,
    grid: CurveGrid,
    here: Floats,
    there: Floats,
    *,
    as_of: dt.date,
    volatilities: tuple[float, float] | None = None,
    correlation: float = 0.0,
    spread_volatility: float | None = None,
    discounts: Floats | None = None,
) -> RightValue:
    """Return what a right is worth as a strip of options on the spread, one a delivery period.

    Parameters
    ----------
    right : TransportRight
    grid : CurveGrid
    here, there : ndarray of shape (n,), money a MWh
        Forward prices at the entry and at the exit.
    as_of : date
        From which prices move, until the day before each delivery.
    volatilities : (float, float), a square root of a year, optional
        Of lognormal prices here and there; with `correlation`.
    correlation : float, optional
    spread_volatility : float, money a MWh and square root of a year, optional
        Of a normal spread, for prices that may fall below zero. Give either of the two.
    discounts : ndarray of shape (n,), optional

    Raises
    ------
    InputError
        If both or neither model is given, or one does not fit the prices.
    """
    here, there = (period_column(grid, name, of) for name, of in (("here", here), ("there", there)))
    weights = np.ones(len(grid)) if discounts is None else discounts
    if (volatilities is None) == (spread_volatility is None):
        raise InputError(
            f"right {right.name}: give volatilities of both prices, or one of their spread"
        )
    energy = right.capacity_mw * grid.hours
    intrinsic = right_intrinsic(right, grid, here, there)
    elapsed = (days_of(grid) - np.datetime64(as_of, "D")).astype(np.float64) - 1.0
    years = np.maximum(elapsed, 0.0) / YEAR_DAYS
    taken = here / (1.0 - right.loss)
    if right.kind == "obligation":
        worth = intrinsic
    elif volatilities is not None:
        worth = energy * kirk(
            there,
            taken,
            right.tariff,
            years,
            volatilities=(volatilities[1], volatilities[0]),
            correlation=correlation,
        )
    else:
        worth = energy * normal_spread_option(
            there - taken, right.tariff, years, volatility=spread_volatility or 0.0
        )
    return RightValue(
        float(intrinsic @ weights),
        float(worth @ weights),
        float((energy * right.price) @ weights),
    )


def settle_right(
    right: TransportRight,
    grid: CurveGrid,
    here: Floats,
    there: Floats,
    nominated_mw: Floats | None = None,
) -> pl.DataFrame:
    """Return what a right came to, a row a delivery period.

    What is nominated is shipped, at a loss too; what is not is sold, and paid the day-ahead spread
    where that is above zero (use it or sell it). Financial rights are paid the spread.

    Parameters
    ----------
    right : TransportRight
    grid : CurveGrid
    here, there : ndarray of shape (n,), money a MWh
        Day-ahead prices at the entry and at the exit.
    nominated_mw : ndarray of shape (n,), MW, optional
        Of a physical right; none by default.

    Returns
    -------
    polars.DataFrame
        ``delivery_start``, ``delivery_end`` (UTC), ``here_price``, ``there_price``,
        ``nominated_mwh``, ``shipping_amount``, ``sold_mwh``, ``sold_amount``, ``capacity_cost``,
        ``amount``.

    Raises
    ------
    InputError
        If more than the capacity, or less than nothing, is nominated, or a financial right is.
    """
    here, there = (period_column(grid, name, of) for name, of in (("here", here), ("there", there)))
    nominated = np.zeros(len(grid)) if nominated_mw is None else nominated_mw
    nominated = period_column(grid, "nominated_mw", nominated)
    if right.kind != "physical" and nominated.any():
        raise InputError(f"right {right.name} is financial; nothing can be nominated on it")
    outside = (nominated < 0.0) | (nominated > right.capacity_mw)
    if outside.any():
        at = int(np.flatnonzero(outside)[0])
        raise InputError(
            f"right {right.name}: {nominated[at]} MW are nominated in period {at} of "
            f"{right.capacity_mw} MW; nominate 0 to the capacity"
        )
    shipped = nominated * grid.hours
    left = right.capacity_mw * grid.hours - shipped
    spread = there - here
    if right.kind == "physical":
        paid = right.resale_share * np.maximum(spread, 0.0)
    else:
        paid = spread if right.kind == "obligation" else np.maximum(spread, 0.0)
    shipping = shipped * right.margin(here, there)
    cost = right.capacity_mw * grid.hours * right.price
    return pl.DataFrame(
        {
            **delivery_columns(grid),
            "here_price": here,
            "there_price": there,
            "nominated_mwh": shipped,
            "shipping_amount": shipping,
            "sold_mwh": left,
            "sold_amount": left * paid,
            "capacity_cost": cost,
            "amount": shipping + left * paid - cost,
        }
    )
