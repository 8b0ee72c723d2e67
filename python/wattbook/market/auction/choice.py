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
from wattbook.market.auction.orders import NONE, BlockOrders, Floats

__all__ = ["Choice", "Master"]

INFINITY = highspy.kHighsInf
SHARE_EPSILON = 1e-7
"""HiGHS's own tolerance of a whole number is a tenth of this."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of blocks.

    Parameters
    ----------
    share : ndarray of shape (n_blocks,)
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

    Columns are, for each block, its share and whether it is taken, then what each period earns,
    counted from what it earned in the first clearing, so that numbers stay small.
    """

    def __init__(self, blocks: BlockOrders, legs: Legs, periods: int) -> None:
        self._blocks = blocks
        self._legs = legs
        self._periods = periods
        self._base: Floats | None = None
        self._solver = quiet_solver()
        self._solver.setOptionValue("mip_rel_gap", 0.0)
        self._solver.setOptionValue("mip_abs_gap", 1e-5)
        self._is_whole = False
        self._add_columns()
        self._add_rules()

    def _add_columns(self) -> None:
        count = len(self._blocks)
        for cost in self._legs.cost:
            self._column(float(cost), 0.0, 1.0)
        for _ in range(count):
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
        """Add what shares must keep: least share, parent, exclusive group."""
        blocks, count = self._blocks, len(self._blocks)
        for block in range(count):
            taken = count + block
            self._row(-INFINITY, 0.0, [block, taken], [1.0, -1.0])
            self._row(0.0, INFINITY, [block, taken], [1.0, -float(blocks.acceptance_min[block])])
            parent = int(blocks.parent[block])
            if parent != NONE:
                # A child's share is not above its parent's.
                self._row(-INFINITY, 0.0, [block, parent], [1.0, -1.0])
        for group in np.unique(blocks.group[blocks.group != NONE]):
            members = [int(block) for block in np.flatnonzero(blocks.group == group)]
            self._row(-INFINITY, 1.0, members, [1.0] * len(members))

    def learn(
        self, share: Floats, prices: Floats, surplus: Floats, periods: NDArray[np.bool_]
    ) -> None:
        """Learn that prices bound what `periods` earn, whatever the shares.

        A period earns at most ``surplus`` plus what blocks beyond `share` are paid at the prices.
        """
        if self._base is None:
            self._base = surplus.copy()
        count = len(self._blocks)
        period, block, paid = self._legs.paid(prices)
        first = np.searchsorted(period, np.arange(self._periods + 1))
        for number in np.flatnonzero(periods):
            within = slice(first[number], first[number + 1])
            blocks, money = block[within], paid[within]
            constant = surplus[number] - self._base[number] - share[blocks] @ money
            columns = np.append(blocks, 2 * count + number).astype(np.int32)
            values = np.append(-money, 1.0)
            self._solver.addRow(-INFINITY, float(constant), len(columns), columns, values)

    def cut_off(self, taken: NDArray[np.bool_]) -> None:
        """Forbid all choices that take at least these blocks."""
        count = len(self._blocks)
        columns = [count + int(block) for block in np.flatnonzero(taken)]
        self._row(-INFINITY, len(columns) - 1.0, columns, [1.0] * len(columns))

    def relaxed_choice(self) -> Choice:
        """Return the best choice if every block were divisible."""
        self._demand_whole(whole=False)
        self._solver.run()
        return self._choice(self._solver.getInfo().objective_function_value)

    def best_choice(self, until: float) -> Choice | None:
        """Return the best choice, or none if there is none left; at `until` the best one found."""
        self._demand_whole(whole=True)
        left = max(until - time.perf_counter(), 0.01)
        # HiGHS counts the time of all its runs together.
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + left)
        self._solver.run()
        state = self._solver.getModelStatus()
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
        for block in range(len(self._blocks)):
            self._solver.changeColIntegrality(len(self._blocks) + block, kind)

    def _choice(self, objective: float) -> Choice:
        assert self._base is not None, "a master chooses after it has learned"  # noqa: S101
        values = np.array(self._solver.getSolution().col_value)
        count = len(self._blocks)
        share, taken = values[:count], values[count : 2 * count]
        if self._is_whole:
            share = np.where(taken > 0.5, np.clip(share, self._blocks.acceptance_min, 1.0), 0.0)
            share[share > 1 - SHARE_EPSILON] = 1.0
        return Choice(
            share=np.clip(share, 0.0, 1.0),
            surplus=values[2 * count :] + self._base,
            bound=float(self._base.sum()) - objective,
        )
