"""Which blocks to take, as far as the clearings so far tell: a linear program in whole numbers."""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from wattbook.errors import RunError
from wattbook.market.auction.highs import quiet_solver
from wattbook.market.auction.legs import Legs
from wattbook.market.auction.orders import NONE, Floats
from wattbook.market.auction.units import Units

__all__ = ["Choice", "Master"]

INFINITY = highspy.kHighsInf
SHARE_EPSILON = 1e-7
"""HiGHS's own tolerance of a whole number is a tenth of this."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of blocks.

    Parameters
    ----------
    share : ndarray of shape (n_units,)
        How much of each is taken.
    surplus : ndarray of shape (n_periods,), currency
        What the master believes that each period earns with it, at most.
    bound : float, currency
        No choice can exceed this welfare.
    """

    share: Floats
    surplus: Floats
    bound: float


class Master:
    """Chooses blocks under all that was learned: bounds on what periods earn, and cut-off choices.

    Columns are the share of each unit, whether each block is taken, and what each period earns,
    counted from what it earned in the first clearing, so that numbers stay small.
    """

    def __init__(self, units: Units, legs: Legs, periods: int) -> None:
        self._units = units
        self._legs = legs
        self._periods = periods
        self._base: Floats | None = None
        self._solver = quiet_solver()
        self._solver.setOptionValue("mip_rel_gap", 0.0)
        self._solver.setOptionValue("mip_abs_gap", 1e-5)
        self._is_whole = False
        self._taken = len(units.orders)
        self._earned = self._taken + units.blocks
        self._add_columns()
        self._add_rules()

    def _add_columns(self) -> None:
        for cost in self._legs.cost[: self._units.blocks]:
            self._column(float(cost), 0.0, 1.0)
        for carrier in self._units.carriers:
            self._column(0.0, carrier.low, carrier.high)
        for _ in range(self._units.blocks):
            self._column(0.0, 0.0, 1.0)
        for _ in range(self._periods):
            self._column(-1.0, -INFINITY, INFINITY)

    def _column(self, cost: float, low: float, high: float) -> None:
        self._solver.addCol(cost, low, high, 0, np.empty(0, np.int32), np.empty(0))

    def _row(self, low: float, high: float, columns: list[int], values: list[float]) -> None:
        self._solver.addRow(
            low, high, len(columns), np.array(columns, np.int32), np.array(values, np.float64)
        )

    def _add_rules(self) -> None:
        """Add what shares must keep: least share, parent, exclusive group, limits of carriers."""
        orders = self._units.orders
        for block in range(self._units.blocks):
            taken = self._taken + block
            self._row(-INFINITY, 0.0, [block, taken], [1.0, -1.0])
            self._row(0.0, INFINITY, [block, taken], [1.0, -float(orders.acceptance_min[block])])
            parent = int(orders.parent[block])
            if parent != NONE:
                # A child's share is not above its parent's.
                self._row(-INFINITY, 0.0, [block, parent], [1.0, -1.0])
        for group in np.unique(orders.group[orders.group != NONE]):
            members = [int(block) for block in np.flatnonzero(orders.group == group)]
            self._row(-INFINITY, 1.0, members, [1.0] * len(members))
        for row in self._units.rows:
            columns = [self._units.blocks + number for number in row.terms]
            self._row(row.low, row.high, columns, list(row.terms.values()))

    def learn(
        self, share: Floats, prices: Floats, surplus: Floats, periods: NDArray[np.bool_]
    ) -> None:
        """Learn that prices bound what `periods` earn, whatever the shares.

        A period earns at most ``surplus`` plus what units beyond `share` are paid at the prices.
        """
        if self._base is None:
            self._base = surplus.copy()
        period, unit, paid = self._legs.paid(prices)
        first = np.searchsorted(period, np.arange(self._periods + 1))
        for number in np.flatnonzero(periods):
            within = slice(first[number], first[number + 1])
            there, money = unit[within], paid[within]
            constant = surplus[number] - self._base[number] - share[there] @ money
            columns = np.append(there, self._earned + number).astype(np.int32)
            values = np.append(-money, 1.0)
            self._solver.addRow(-INFINITY, float(constant), len(columns), columns, values)

    def cut_off(self, taken: NDArray[np.bool_]) -> None:
        """Forbid all choices that take at least these blocks."""
        columns = [self._taken + int(block) for block in np.flatnonzero(taken)]
        self._row(-INFINITY, len(columns) - 1.0, columns, [1.0] * len(columns))

    def relaxed_choice(self, taken: NDArray[np.bool_] | None = None) -> Choice:
        """Return the best choice if every block were divisible, or if just these were taken."""
        self._demand_whole(whole=False)
        for block in range(self._units.blocks):
            low, high = (0.0, 1.0) if taken is None else (float(taken[block]),) * 2
            self._solver.changeColBounds(self._taken + block, low, high)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            state = self._solver.modelStatusToString(self._solver.getModelStatus())
            raise RunError(f"HiGHS ended {state!r} where a choice of blocks must exist")
        choice = self._choice(self._solver.getInfo().objective_function_value)
        if taken is not None:
            for block in range(self._units.blocks):
                self._solver.changeColBounds(self._taken + block, 0.0, 1.0)
        return choice

    def best_choice(self, until: float) -> Choice | None:
        """Return the best choice, or none if there is none left; at `until` the best one found."""
        self._demand_whole(whole=True)
        left = max(until - time.perf_counter(), 0.01)
        # HiGHS counts the time of all its runs together.
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + left)
        self._solver.run()
        state = self._solver.getModelStatus()
        self._solver.setOptionValue("time_limit", INFINITY)
        if state == highspy.HighsModelStatus.kInfeasible:
            return None
        if not self._solver.getSolution().value_valid:
            raise RunError("HiGHS found no choice of blocks in the time; allow more time")
        return self._choice(self._solver.getInfo().mip_dual_bound)

    def _demand_whole(self, *, whole: bool) -> None:
        if whole == self._is_whole:
            return
        self._is_whole = whole
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        for block in range(self._units.blocks):
            self._solver.changeColIntegrality(self._taken + block, kind)

    def _choice(self, objective: float) -> Choice:
        assert self._base is not None, "a master chooses after it has learned"  # noqa: S101
        values = np.array(self._solver.getSolution().col_value)
        blocks, least = self._units.blocks, self._units.orders.acceptance_min
        share, taken = values[: self._taken].copy(), values[self._taken : self._earned]
        if self._is_whole:
            kept = np.where(taken > 0.5, np.clip(share[:blocks], least[:blocks], 1.0), 0.0)
            kept[kept > 1 - SHARE_EPSILON] = 1.0
            share[:blocks] = kept
        share[:blocks] = np.clip(share[:blocks], 0.0, 1.0)
        return Choice(
            share=share,
            surplus=values[self._earned :] + self._base,
            bound=float(self._base.sum()) - objective,
        )
