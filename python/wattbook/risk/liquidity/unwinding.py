"""Value at risk of what takes days to sell and costs a spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.checked import finite_array, finite_number, share
from wattbook.risk.measures import Quantile, value_at_risk

__all__ = [
    "LiquidityAdjusted",
    "MarketDepth",
    "closing_cost",
    "closing_days",
    "liquidity_adjusted_risk",
]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MarketDepth:
    """How well something sells.

    Parameters
    ----------
    spread : float, money a unit
        Between bid and offer, on average.
    spread_deviation : float, money a unit
    spread_multiple : float
        Deviations that are added: the spread when all want to sell.
    daily_volume : float, units
    participation : float
        Share of the daily volume that can be ours.

    Raises
    ------
    InputError
        If a number cannot be.
    """

    spread: float
    daily_volume: float
    spread_deviation: float = 0.0
    spread_multiple: float = 3.0
    participation: float = 0.1

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        for name in ("spread", "spread_deviation", "spread_multiple"):
            if finite_number(name, getattr(self, name)) < 0.0:
                raise InputError(f"{name} is {getattr(self, name)}; give a number from 0")
        if not finite_number("daily_volume", self.daily_volume) > 0.0:
            raise InputError(f"daily_volume is {self.daily_volume}; give a number above 0")
        if not 0.0 < self.participation <= 1.0:
            raise InputError(f"participation is {self.participation}; give a share, above 0 to 1")


@dataclass(frozen=True, slots=True, eq=False)
class LiquidityAdjusted:
    """Value at risk and what liquidity adds to it, money.

    Parameters
    ----------
    value_at_risk : float
        As if all were sold within the day.
    longer : float
        More of it over the days that selling takes.
    spread : float
        What crossing the spread costs.
    days : ndarray of float64, shape (n_positions,)
        That selling takes.
    """

    value_at_risk: float
    longer: float
    spread: float
    days: Floats

    @property
    def total(self) -> float:
        """Liquidity-adjusted value at risk."""
        return self.value_at_risk + self.longer + self.spread


def closing_days(quantity: float, depth: MarketDepth) -> int:
    """Return the days that selling takes, at least 1.

    Examples
    --------
    >>> closing_days(2_500.0, MarketDepth(spread=0.2, daily_volume=10_000.0))
    3
    """
    most = depth.participation * depth.daily_volume
    return max(math.ceil(abs(finite_number("quantity", quantity)) / most - 1e-9), 1)


def closing_cost(quantity: float, depth: MarketDepth) -> float:
    """Return half the spread in bad times on all of a quantity.

    References
    ----------
    Bangia, Diebold, Schuermann and Stroughair (1999), Liquidity on the outside.

    Examples
    --------
    >>> closing_cost(-1_000.0, MarketDepth(0.2, 10_000.0, spread_deviation=0.1))
    250.0
    """
    worst = depth.spread + depth.spread_multiple * depth.spread_deviation
    return 0.5 * abs(finite_number("quantity", quantity)) * worst


def liquidity_adjusted_risk(
    quantities: ArrayLike, pnl: ArrayLike, depths: tuple[MarketDepth, ...], confidence: float
) -> LiquidityAdjusted:
    """Return value at risk of positions that are sold in equal parts, a part at each day's end.

    Moves of a day that are independent then add up to those of ``n (1 + 1/n)(2 + 1/n) / 6`` days
    held whole (P. Jorion, Value at Risk, 2007, section 13.3), by whose root each P&L is scaled.

    Parameters
    ----------
    quantities : array_like of shape (n_positions,), units
    pnl : array_like of shape (n_scenarios, n_positions), money
        Of a day.
    depths : tuple of MarketDepth
        Of each position.
    confidence : float

    Raises
    ------
    InputError
        If shapes do not fit or a value is no number.

    Examples
    --------
    >>> depth = MarketDepth(spread=0.5, daily_volume=100.0)
    >>> found = liquidity_adjusted_risk([20.0], [[-10.0], [5.0], [2.0]], (depth,), 0.5)
    >>> found.days.tolist(), found.spread
    ([2.0], 5.0)
    """
    held = finite_array("quantities", quantities, least=0)
    moved = np.asarray(pnl, np.float64)
    if moved.ndim != 2 or moved.shape[1] != len(held) or len(depths) != len(held):
        raise InputError(
            f"P&L has shape {moved.shape} for {len(held)} quantities and {len(depths)} depths; "
            "give (scenarios, positions) and one depth each"
        )
    share("confidence", confidence)
    days = np.array([closing_days(one, of) for one, of in zip(held, depths, strict=True)], float)
    scale = np.sqrt(days * (1.0 + 1.0 / days) * (2.0 + 1.0 / days) / 6.0)
    plain, longer = (
        float(value_at_risk(moved.sum(axis=1) if whole is None else moved @ whole, confidence,
                            Quantile.INVERTED_CDF))
        for whole in (None, scale)
    )  # fmt: skip
    spread = sum(closing_cost(one, of) for one, of in zip(held, depths, strict=True))
    return LiquidityAdjusted(plain, longer - plain, float(spread), days)
