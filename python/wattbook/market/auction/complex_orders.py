"""Complex orders: steps of one zone over many periods that stand under one condition.

The rules follow the EUPHEMIA public description of the NEMO Committee, sections on complex orders
(minimum income condition, scheduled stop, load gradient) and on scalable complex orders, and its
annex C for what enters the welfare.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError

__all__ = ["ComplexOrders", "Condition"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Condition(enum.Enum):
    """What an order asks of the prices before it is taken."""

    NONE = "none"
    """Nothing: it only keeps to its load gradient."""
    INCOME = "income"
    """Classic: a seller earns at least, a buyer pays at most, fixed + variable × energy. The
    fixed term is no part of welfare."""
    SURPLUS = "surplus"
    """Scalable: what a seller earns beyond the limits of its steps covers the fixed term, what a
    buyer pays is at most the limits of its steps and the fixed term. Welfare counts the term."""


@dataclass(frozen=True, slots=True)
class ComplexOrders:
    """Orders whose steps are taken together or not at all, each step in any share.

    Parameters
    ----------
    names : sequence of str
        One an order, each once.
    zone : ndarray of int64, shape (n_orders,)
        Where it delivers.
    is_demand : ndarray of bool, shape (n_orders,)
        Whether it buys.
    condition : sequence of Condition
        One an order.
    fixed_term : ndarray of float64, shape (n_orders,), currency
        See `Condition`.
    step_order, step_period : ndarray of int64, shape (n_steps,)
        Whose step it is, and when.
    step_price : ndarray of float64, shape (n_steps,), currency per MWh
        Limits.
    step_volume : ndarray of float64, shape (n_steps,), MW
        Not negative, of buyers as well.
    variable_term : ndarray of float64, shape (n_orders,), currency per MWh, optional
        Of the condition on income.
    gradient_up, gradient_down : ndarray of float64, shape (n_orders,), MW, optional
        By how much the power of an accepted order may rise and fall from a period to the next of
        the same length; NaN: by any. The first period is free.
    power_min : ndarray of float64, shape (n_orders, n_periods), MW, optional
        Minimum acceptance power (MAP) of an accepted order.
    stop_periods : ndarray of int64, shape (n_orders,), optional
        Scheduled stop: in so many first periods the cheapest step of a seller that is not taken
        stays, as an hourly order, so that a plant that runs can come down.

    Raises
    ------
    InputError
        If lengths differ, a step names no order, or an order breaks a rule; names the order.
    """

    names: Sequence[str]
    zone: Numbers
    is_demand: NDArray[np.bool_]
    condition: Sequence[Condition]
    fixed_term: Floats
    step_order: Numbers
    step_period: Numbers
    step_price: Floats
    step_volume: Floats
    variable_term: Floats = field(default_factory=lambda: np.empty(0))
    gradient_up: Floats = field(default_factory=lambda: np.empty(0))
    gradient_down: Floats = field(default_factory=lambda: np.empty(0))
    power_min: Floats = field(default_factory=lambda: np.empty((0, 0)))
    stop_periods: Numbers = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        """Fill in what was left out and check the rest."""
        count = len(self.names)
        for name, value in (
            ("variable_term", np.zeros(count)),
            ("gradient_up", np.full(count, np.nan)),
            ("gradient_down", np.full(count, np.nan)),
            ("stop_periods", np.zeros(count, np.int64)),
            ("power_min", np.zeros((count, 0))),
        ):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, value)
        for name in (
            "zone", "is_demand", "condition", "fixed_term", "variable_term", "gradient_up",
            "gradient_down", "power_min", "stop_periods",
        ):  # fmt: skip
            if len(getattr(self, name)) != count:
                found = len(getattr(self, name))
                raise InputError(f"complex orders: {found} of {name} given for {count} names")
        if len(set(self.names)) != count:
            raise InputError("complex orders: each name may be given once")
        steps = len(self.step_order)
        if not steps == len(self.step_period) == len(self.step_price) == len(self.step_volume):
            raise InputError("complex orders: the columns of the steps have different lengths")
        if steps and not 0 <= self.step_order.min() <= self.step_order.max() < count:
            raise InputError(f"complex orders: a step names an order that is none of the {count}")
        for order in range(count):
            self._check(order)

    def _check(self, order: int) -> None:
        name = f"complex order {self.names[order]!r}"
        condition = self.condition[order]
        if not (self.step_order == order).any():
            raise InputError(f"{name} has no steps")
        if not np.isfinite([self.fixed_term[order], self.variable_term[order]]).all():
            raise InputError(f"{name}: fixed and variable term must be numbers")
        if condition is not Condition.INCOME and self.variable_term[order]:
            raise InputError(f"{name}: a variable term stands with the condition on income only")
        if condition is Condition.NONE and self.fixed_term[order]:
            raise InputError(f"{name}: a fixed term stands with a condition; name one")
        if self.gradient_up[order] < 0 or self.gradient_down[order] < 0:
            raise InputError(f"{name}: a load gradient may not be negative")
        if (self.step_volume[self.step_order == order] < 0).any():
            raise InputError(f"{name}: a step has a negative volume; `is_demand` tells the side")
        if self.stop_periods[order] and (
            condition is not Condition.INCOME or self.is_demand[order]
        ):
            raise InputError(
                f"{name}: a scheduled stop is for sellers with the condition on income"
            )
        least = self.power_min[order]
        if not (least >= 0).all():
            raise InputError(f"{name}: a minimum acceptance power may not be negative")
        if least.any() and condition is not Condition.SURPLUS:
            raise InputError(
                f"{name}: a minimum acceptance power stands with the condition on surplus only"
            )
        for period in np.flatnonzero(least):
            offered = self.volume(order, int(period))
            if least[period] > offered + 1e-9:
                raise InputError(
                    f"{name}, period {period}: its minimum acceptance power is {least[period]} MW, "
                    f"its steps have {offered} MW"
                )

    def __len__(self) -> int:
        return len(self.names)

    def volume(self, order: int, period: int) -> float:
        """Return what the steps of an order have in a period, MW."""
        there = (self.step_order == order) & (self.step_period == period)
        return float(self.step_volume[there].sum())

    def steps(self, order: int, period: int) -> Numbers:
        """Return the steps of an order in a period, the best first."""
        there = np.flatnonzero((self.step_order == order) & (self.step_period == period))
        ordered = np.argsort(self.side(order) * self.step_price[there], kind="stable")
        found: Numbers = there[ordered]
        return found

    def side(self, order: int) -> float:
        """Return 1 of an order that sells, -1 of one that buys."""
        return -1.0 if self.is_demand[order] else 1.0

    def least_power(self, order: int, period: int) -> float:
        """Return the minimum acceptance power, MW."""
        return float(self.power_min[order, period]) if self.power_min.shape[1] else 0.0

    def check_within(self, periods: int, zones: int, limits: tuple[float, float]) -> None:
        """Check what an auction says of its orders.

        Raises
        ------
        InputError
            If an order or step lies outside of the periods, the zones or the price limits.
        """
        if self.power_min.shape[1] not in {0, periods}:
            raise InputError(
                f"complex orders: power_min has {self.power_min.shape[1]} periods, not {periods}"
            )
        for order, name in enumerate(self.names):
            if not 0 <= self.zone[order] < zones:
                raise InputError(f"complex order {name!r}: there is no zone {self.zone[order]}")
        low, high = limits
        for step in np.flatnonzero(
            (self.step_period < 0)
            | (self.step_period >= periods)
            | ~((low <= self.step_price) & (self.step_price <= high))
        ):
            raise InputError(
                f"complex order {self.names[int(self.step_order[step])]!r}: a step in period "
                f"{self.step_period[step]} at {self.step_price[step]}; periods lie below {periods} "
                f"and prices between {low} and {high}"
            )

    @classmethod
    def none(cls) -> ComplexOrders:
        """Return no orders."""
        whole, part = np.empty(0, np.int64), np.empty(0)
        return cls((), whole, np.empty(0, np.bool_), (), part, whole, whole, part, part)
