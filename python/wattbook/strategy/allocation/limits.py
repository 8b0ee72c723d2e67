"""What a desk may hold and trade, as rows of a programme for HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.assets.program import INFINITY, Label, Program
from wattbook.errors import InputError

__all__ = ["Allocation", "AllocationLimits", "Floats", "covariance_of", "vector"]

Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.int64]


def vector(name: str, values: ArrayLike, count: int) -> Floats:
    """Return one number a product.

    Raises
    ------
    InputError
        If they do not fit or one is missing; names it.
    """
    try:
        made = np.array(np.broadcast_to(np.asarray(values, np.float64), (count,)))
    except ValueError as fault:
        shape = np.asarray(values).shape
        raise InputError(f"{name} has shape {shape}; give {count}, or one for all") from fault
    if np.isnan(made).any():
        place = int(np.flatnonzero(np.isnan(made))[0])
        raise InputError(f"{name} of product {place} is missing; give a number")
    return made


def covariance_of(values: ArrayLike) -> Floats:
    """Return a covariance.

    Raises
    ------
    InputError
        If it is no square, symmetric, positive semidefinite array of numbers.
    """
    made = np.asarray(values, np.float64)
    if made.ndim != 2 or made.shape[0] != made.shape[1] or not np.isfinite(made).all():
        raise InputError(f"covariance has shape {made.shape} or gaps; give (products, products)")
    largest = max(float(np.abs(made).max(initial=0.0)), 1e-300)
    if np.abs(made - made.T).max(initial=0.0) > 1e-12 * largest:
        raise InputError("covariance is not symmetric; give the same for a pair in both orders")
    if len(made) and float(np.linalg.eigvalsh(made)[0]) < -1e-10 * largest:
        raise InputError("covariance is not positive semidefinite; repair it first")
    return made


@dataclass(frozen=True, eq=False)
class AllocationLimits:
    """What may be held and traded; units are those of the products, such as MW.

    Parameters
    ----------
    lower, upper : array_like of shape (n,) or one for all
        Least and most of each product, sold below zero.
    current : array_like of shape (n,) or one for all, optional
        Held now.
    cost : array_like of shape (n,) or one for all, optional
        Money of each unit that is traded.
    trade_most : array_like of shape (n,) or one for all, optional
        Units that can be traded at most either way: what the market takes.
    delivery : array_like of shape (n_periods, n), optional
        What a unit of a product delivers in each period, such as 1 MW for base in peak hours.
    delivery_lower, delivery_upper : array_like of shape (n_periods,) or one for all, optional
        Between which the sum of all deliveries of a period lies: a corridor, a line's capacity, a
        plant's power.
    margin : array_like of shape (n,), optional
        Money that a unit ties up, bought or sold.
    margin_most : float, optional
        What all of it may tie up.
    lot : array_like of shape (n,) or one for all, optional
        Units that are traded together: what is bought or sold is a whole number of lots. 0 for
        what may be split.

    Raises
    ------
    InputError
        If shapes do not fit, or a bound lies above its own upper one.
    """

    lower: ArrayLike
    upper: ArrayLike
    current: ArrayLike = 0.0
    cost: ArrayLike = 0.0
    trade_most: ArrayLike = INFINITY
    delivery: ArrayLike | None = None
    delivery_lower: ArrayLike = -INFINITY
    delivery_upper: ArrayLike = INFINITY
    margin: ArrayLike = 0.0
    margin_most: float = INFINITY
    lot: ArrayLike = 0.0

    def program(self, count: int) -> tuple[Program, Numbers]:
        """Return a programme with all rows, and its columns of positions.

        Costs of trading are in its objective, which is least.

        Raises
        ------
        InputError
            If shapes do not fit, or a bound lies above its own upper one; names it.
        """
        lower, upper = vector("lower", self.lower, count), vector("upper", self.upper, count)
        current, cost = vector("current", self.current, count), vector("cost", self.cost, count)
        most, margin = (
            vector("trade_most", self.trade_most, count), vector("margin", self.margin, count),
        )  # fmt: skip
        lot = vector("lot", self.lot, count)
        if (lower > upper).any():
            place = int(np.flatnonzero(lower > upper)[0])
            raise InputError(
                f"product {place}: lower {lower[place]:g} is above upper {upper[place]:g}; swap "
                "them"
            )
        for name, values in (
            ("cost", cost), ("trade_most", most), ("margin", margin), ("lot", lot),
        ):  # fmt: skip
            if (values < 0).any():
                place = int(np.flatnonzero(values < 0)[0])
                raise InputError(f"{name} of product {place} is {values[place]:g}; give 0 or more")
        made = Program()
        position = made.columns(count, -INFINITY, INFINITY, 0.0)
        bought = made.columns(count, 0.0, most, cost)
        sold = made.columns(count, 0.0, most, cost)
        made.rows(Label("least and most of a product"), lower, upper, [(position, 1.0)])
        made.rows(
            Label("what can be traded"), current, current,
            [(position, 1.0), (bought, -1.0), (sold, 1.0)],
        )  # fmt: skip
        if np.isinf(lot).any():
            raise InputError("a lot has no end; give units, or 0 for what may be split")
        in_lots = np.flatnonzero(lot)
        if in_lots.size:
            lots = made.columns(in_lots.size, -INFINITY, INFINITY, 0.0, whole=True)
            made.rows(
                Label("whole lots"), current[in_lots], current[in_lots],
                [(position[in_lots], 1.0), (lots, -lot[in_lots])],
            )  # fmt: skip
        if self.delivery is not None:
            self.add_deliveries(made, position, count)
        if np.isfinite(self.margin_most):
            size = made.columns(count, 0.0, INFINITY, 0.0)
            made.rows(Label("size"), 0.0, INFINITY, [(size, 1.0), (position, -1.0)])
            made.rows(Label("size"), 0.0, INFINITY, [(size, 1.0), (position, 1.0)])
            made.sum_row(Label("margin"), -INFINITY, self.margin_most, size, margin)
        return made, position

    def add_deliveries(self, made: Program, position: Numbers, count: int) -> None:
        """Add the rows of the periods."""
        share = np.asarray(self.delivery, np.float64)
        if share.ndim != 2 or share.shape[1] != count or not np.isfinite(share).all():
            raise InputError(f"delivery has shape {share.shape}; give (periods, {count})")
        low = vector("delivery_lower", self.delivery_lower, len(share))
        high = vector("delivery_upper", self.delivery_upper, len(share))
        for at, row in enumerate(share):
            label = Label("deliveries", f"period {at}")
            made.sum_row(label, float(low[at]), float(high[at]), position, row)

    def cost_of(self, position: Floats) -> float:
        """Return what trading to a position costs."""
        count = len(position)
        moved = np.abs(position - vector("current", self.current, count))
        return float(vector("cost", self.cost, count) @ moved)


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """What to hold.

    Parameters
    ----------
    position : ndarray of shape (n,), units
    expected : float, money
        Mean return, without costs.
    risk : float, money
        Deviation or conditional value at risk, as the function says.
    cost : float, money
        Of trading.
    gap : float
        In whole lots, what a better position could be worth at most, as a share of gains and risk;
        0 where none is better, to a millionth. Above, time ran out.
    """

    position: Floats
    expected: float
    risk: float
    cost: float
    gap: float = 0.0
