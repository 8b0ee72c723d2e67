"""What to take, as far as the clearings so far tell: a linear program in whole numbers."""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from wattbook.errors import RunError
from wattbook.market.auction.conditions import Conditions
from wattbook.market.auction.duality import PriceRows
from wattbook.market.auction.highs import quiet_solver
from wattbook.market.auction.legs import Legs
from wattbook.market.auction.network import Floats, Numbers
from wattbook.market.auction.orders import NONE, Auction
from wattbook.market.auction.units import Units

__all__ = ["PERIOD_EPSILON", "Choice", "Master"]

INFINITY = highspy.kHighsInf
SHARE_EPSILON = 1e-7
"""HiGHS's own tolerance of a whole number is a tenth of this."""
PERIOD_EPSILON = 1e-5
"""What a period may earn beyond its bound, currency, before that counts: ten times HiGHS's own
tolerance, or it would be taught the same for ever."""
KEPT = np.iinfo(np.int64).min // 2
"""A count of a row that is never forgotten: it stays below the limit for ever."""
IDLE_MAX = 8
"""After so many choices that a bound did not matter for, it is forgotten."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of blocks and complex orders, and of what carriers carry.

    Parameters
    ----------
    share : ndarray of shape (n_units,)
        How much of each is taken.
    taken : ndarray of shape (n_complex_orders,)
        Which complex orders are taken; shares, while that is left open.
    surplus : ndarray of shape (n_periods,), currency
        What the master believes that each period earns with it, at most.
    bound : float, currency
        No choice can exceed this welfare.
    values : ndarray
        Of all columns of the master.
    """

    share: Floats
    taken: Floats
    surplus: Floats
    bound: float
    values: Floats

    def is_same(self, other: Choice | None) -> bool:
        """Return whether another choice takes the same."""
        return (
            other is not None
            and np.allclose(self.share, other.share, rtol=0.0, atol=1e-12)
            and np.allclose(self.taken, other.taken, rtol=0.0, atol=1e-12)
        )


class Master:
    """Chooses under all that was learned: bounds on what periods earn, and cut-off choices.

    Columns are the share of each unit, whether each block and complex order is taken, and what each
    period earns, counted from what it earned in the first clearing, so that numbers stay small.

    Parameters
    ----------
    units : Units
        What is chosen.
    legs : Legs
        Of the units.
    fixed_cost : ndarray of shape (n_complex_orders,), currency
        What taking each complex order costs the welfare.
    is_free : ndarray of bool, shape (n_complex_orders,)
        Which complex orders are always taken.
    periods : int
        How many there are.
    """

    def __init__(
        self,
        units: Units,
        legs: Legs,
        fixed_cost: Floats,
        is_free: NDArray[np.bool_],
        periods: int,
    ) -> None:
        self._units = units
        self._legs = legs
        self._periods = periods
        self._fixed_cost = fixed_cost
        self._base: Floats | None = None
        self._solver = quiet_solver()
        self._solver.setOptionValue("mip_rel_gap", 0.0)
        self._solver.setOptionValue("mip_abs_gap", 1e-5)
        self._is_whole = False
        self._taken = len(units.orders)
        self._earned = self._taken + units.decided
        self._taken_low = np.zeros(units.decided)
        self._taken_low[units.blocks :][is_free] = 1.0
        self._taken_high = np.ones(units.decided)
        self._add_columns()
        self._add_rules()
        self._idle = np.empty(0, np.int64)
        self._first_bound = self._solver.getNumRow()
        self._prices: PriceRows | None = None
        self._welfare: int | None = None
        self.is_exhausted = False
        self.bound = INFINITY
        """What no choice can exceed, as far as the last search for the best one came."""

    def hold_income(self, auction: Auction, conditions: Conditions) -> None:
        """Hold choices to prices at which complex orders meet their conditions.

        To be called before anything is learned.
        """
        self._prices = PriceRows(
            self._solver,
            auction,
            self._units,
            self._legs,
            conditions,
            self._taken,
            self._earned,
        )
        self._welfare = self._add_welfare()
        # A program with prices is slow to begin anew, and the search has better heuristics.
        self._solver.setOptionValue("mip_allow_restart", False)  # noqa: FBT003 - by place only
        self._solver.setOptionValue("mip_heuristic_effort", 0.0)
        self._first_bound = self._solver.getNumRow()

    def _add_welfare(self) -> int:
        """Add a row for the welfare, less what its base is, without a limit; return its number."""
        costs = np.array(self._solver.getLp().col_cost_)
        columns = np.flatnonzero(costs)
        self._row(-INFINITY, INFINITY, columns.tolist(), (-costs[columns]).tolist())
        return int(self._solver.getNumRow()) - 1

    def learn_profits(self, choice: Choice) -> bool:
        """Learn where a choice believes profits at its prices too small; return whether it did."""
        count = 0 if self._prices is None else self._prices.learn(choice.values)
        self._idle = np.append(self._idle, np.full(count, KEPT))
        return count > 0

    def _add_columns(self) -> None:
        for cost in self._legs.cost[: self._units.blocks]:
            self._column(float(cost), 0.0, 1.0)
        costs = self._legs.cost[self._units.blocks :]
        for cost, carrier in zip(costs, self._units.carriers, strict=True):
            self._column(float(cost), carrier.low, carrier.high)
        for _ in range(self._units.blocks):
            self._column(0.0, 0.0, 1.0)
        for cost, low in zip(self._fixed_cost, self._taken_low[self._units.blocks :], strict=True):
            self._column(float(cost), float(low), 1.0)
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
        orders, first = self._units.orders, self._units.blocks
        for block in range(first):
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
        for number, carrier in enumerate(self._units.carriers):
            if carrier.order is not None:
                columns = [first + number, self._taken + first + carrier.order]
                more = carrier.high - carrier.high_off
                self._row(-INFINITY, carrier.high_off, columns, [1.0, -more])
        for row in self._units.rows:
            columns = [first + number for number in row.terms]
            columns += [self._taken + first + order for order in row.taken]
            self._row(row.low, row.high, columns, [*row.terms.values(), *row.taken.values()])

    def learn(
        self, share: Floats, prices: Floats, surplus: Floats, choice: Choice | None = None
    ) -> bool:
        """Learn that prices bound what each period earns, whatever the shares.

        A period earns at most ``surplus`` plus what units beyond `share` are paid at the prices.
        Of a choice only what contradicts it is learned; returns whether there was anything.
        """
        if self._base is None:
            self._base = surplus.copy()
        period, unit, paid = self._legs.paid(prices)
        numbers = np.arange(self._periods)
        first = np.searchsorted(period, np.arange(self._periods + 1))
        if choice is not None:
            beyond = paid * (choice.share - share)[unit]
            most = surplus + np.bincount(period, beyond, minlength=self._periods)
            numbers = np.flatnonzero(choice.surplus > most + PERIOD_EPSILON)
        if not len(numbers):
            return False
        starts, limits, count = [], [], 0
        columns: list[Numbers] = []
        values: list[Floats] = []
        for number in numbers:
            within = slice(first[number], first[number + 1])
            there, money = unit[within], paid[within]
            limits.append(surplus[number] - self._base[number] - share[there] @ money)
            starts.append(count)
            columns += [there, np.array([self._earned + number])]
            values += [-money, np.ones(1)]
            count += len(there) + 1
        self._solver.addRows(
            len(numbers),
            np.full(len(numbers), -INFINITY),
            np.array(limits),
            count,
            np.array(starts, np.int32),
            np.concatenate(columns).astype(np.int32),
            np.concatenate(values),
        )
        self._idle = np.append(self._idle, np.zeros(len(numbers), np.int64))
        return True

    def cut_off(self, taken: NDArray[np.bool_], *, is_alone: bool) -> None:
        """Forbid the choice of these blocks and complex orders, and if not alone all with more."""
        signs = np.where(taken, 1.0, -1.0)
        numbers = np.arange(len(taken)) if is_alone else np.flatnonzero(taken)
        columns = [self._taken + int(number) for number in numbers]
        self._row(-INFINITY, float(taken.sum()) - 1.0, columns, [*map(float, signs[numbers])])
        self._idle = np.append(self._idle, KEPT)

    def relaxed_choice(
        self,
        taken: NDArray[np.bool_] | None = None,
        until: float = INFINITY,
        *,
        is_held: bool = False,
    ) -> Choice | None:
        """Return the best choice if everything were divisible, or if just these were taken.

        There is none if just these were cut off, or by `until`. Conditions count where `is_held`
        says so.
        """
        self._demand_whole(whole=False)
        self._hold(is_held=is_held)
        if taken is not None:
            self._bound_taken(taken.astype(np.float64), taken.astype(np.float64))
        state = self._run(until)
        is_none = (
            taken is not None and state == highspy.HighsModelStatus.kInfeasible
        ) or state == highspy.HighsModelStatus.kTimeLimit
        if state != highspy.HighsModelStatus.kOptimal and not is_none:
            found = self._solver.modelStatusToString(state)
            raise RunError(f"HiGHS ended {found!r} where a choice of blocks must exist")
        choice = None
        if not is_none:
            choice = self._choice(self._solver.getInfo().objective_function_value)
        if taken is None:
            self._forget()
        else:
            self._bound_taken(self._taken_low, self._taken_high)
        return choice

    def _run(self, until: float) -> highspy.HighsModelStatus:
        """Let HiGHS run, but not beyond `until`, and return how it ended."""
        left = max(until - time.perf_counter(), 0.01)
        # HiGHS counts the time of all its runs together.
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + left)
        self._solver.run()
        state = self._solver.getModelStatus()
        self._solver.setOptionValue("time_limit", INFINITY)
        return state

    def _hold(self, *, is_held: bool) -> None:
        if self._prices is not None:
            base = None if self._base is None else float(self._base.sum())
            self._prices.hold(base if is_held else None)

    def _bound_taken(self, low: Floats, high: Floats) -> None:
        columns = np.arange(self._taken, self._earned, dtype=np.int32)
        self._solver.changeColsBounds(len(columns), columns, low, high)

    def _forget(self) -> None:
        """Delete bounds that have not mattered for long."""
        duals = np.array(self._solver.getSolution().row_dual)[self._first_bound :]
        self._idle = np.where(np.abs(duals) > 1e-9, np.minimum(self._idle, 0), self._idle + 1)
        old = np.flatnonzero(self._idle > IDLE_MAX)
        # Deleting costs a little, so they go together.
        if len(old) > max(self._periods, len(self._idle) // 4):
            rows: Numbers = old + self._first_bound
            self._solver.deleteRows(len(rows), rows.astype(np.int32))
            self._idle = np.delete(self._idle, old)

    def best_choice(self, until: float, least: float = -INFINITY) -> Choice | None:
        """Return the best choice, at `until` the best one found; none if there is none.

        `is_exhausted` says whether none is left; else the time was too short to find one, and
        `bound` is what none of those left can exceed. With prices, choices of less welfare than
        `least` are left out.
        """
        self._demand_whole(whole=True)
        self._hold(is_held=True)
        base = 0.0 if self._base is None else float(self._base.sum())
        if self._welfare is not None:
            self._solver.changeRowBounds(self._welfare, least - base, INFINITY)
        state = self._run(until)
        self.is_exhausted = state == highspy.HighsModelStatus.kInfeasible
        dual = self._solver.getInfo().mip_dual_bound
        self.bound = INFINITY if self.is_exhausted else base - dual
        is_found = not self.is_exhausted and self._solver.getSolution().value_valid
        choice = self._choice(dual) if is_found else None
        if self._welfare is not None:
            self._solver.changeRowBounds(self._welfare, -INFINITY, INFINITY)
        return choice

    def _demand_whole(self, *, whole: bool) -> None:
        if whole == self._is_whole:
            return
        self._is_whole = whole
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        for number in range(self._units.decided):
            self._solver.changeColIntegrality(self._taken + number, kind)

    def _choice(self, objective: float) -> Choice:
        assert self._base is not None, "a master chooses after it has learned"  # noqa: S101
        values = np.array(self._solver.getSolution().col_value)
        blocks, least = self._units.blocks, self._units.orders.acceptance_min
        share = values[: self._taken].copy()
        taken = np.clip(values[self._taken : self._earned], 0.0, 1.0)
        if self._is_whole:
            taken = np.round(taken)
            kept = np.where(taken[:blocks] > 0.5, np.clip(share[:blocks], least[:blocks], 1.0), 0.0)
            kept[kept > 1 - SHARE_EPSILON] = 1.0
            share[:blocks] = kept
        share[:blocks] = np.clip(share[:blocks], 0.0, 1.0)
        for number, carrier in enumerate(self._units.carriers):
            if carrier.order is not None:
                low, high = carrier.limits(taken[blocks:])
                share[blocks + number] = min(max(share[blocks + number], low), high)
        return Choice(
            share=share,
            taken=taken[blocks:],
            surplus=values[self._earned : self._earned + self._periods] + self._base,
            bound=float(self._base.sum()) - objective,
            values=values,
        )
