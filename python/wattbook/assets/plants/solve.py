"""Solves a plant's programme, or says which of its rules contradict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import highspy
import numpy as np

from wattbook.assets.commitment.formulation import earlier
from wattbook.assets.program import INFINITY, Label, endless_text, is_feasible, smallest
from wattbook.errors import AssetError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattbook.assets.program import Program

__all__ = ["SECONDS", "Power", "Solved", "add_states", "per_period", "power_of", "solved"]

SECONDS = 60.0
FIRST_SECONDS = 120.0
"""How long a first solution may take when the time for a good one is over."""
GAP = 1e-6
FEASIBLE = highspy.SolutionStatus.kSolutionStatusFeasible


@dataclass(frozen=True, eq=False)
class Solved:
    """What a programme came to.

    Parameters
    ----------
    cost : float
    columns : ndarray
    duals : ndarray
        Of rows, for a programme without whole columns.
    gap : float
        Share of the cost that a better schedule could save at most; zero when none is better, to a
        millionth. Above it, time ran out.
    """

    cost: float
    columns: NDArray[np.float64]
    duals: NDArray[np.float64]
    gap: float


@dataclass(frozen=True, eq=False)
class Power:
    """What columns put into the grid: each factor times its column, in its period.

    Parameters
    ----------
    periods, columns : ndarray of int, one shape
    factors : ndarray of float, MW a unit of the column
        Below zero where power is taken.
    """

    periods: NDArray[np.int64]
    columns: NDArray[np.int64]
    factors: NDArray[np.float64]

    def at(self, values: NDArray[np.float64], periods: int) -> NDArray[np.float64]:
        """Return the power of each period, MW, at the values of all columns."""
        weights = self.factors * values[self.columns]
        return np.asarray(np.bincount(self.periods, weights, periods), np.float64)


def power_of(terms: Sequence[tuple[NDArray[np.int64], float]]) -> Power:
    """Return the power of columns that stand one a period; -1 stands for none."""
    periods = np.concatenate([np.arange(len(columns)) for columns, _ in terms])
    columns = np.concatenate([columns for columns, _ in terms])
    factors = np.concatenate([np.full(len(columns), factor) for columns, factor in terms])
    is_there = columns >= 0
    return Power(periods[is_there], columns[is_there], factors[is_there])


def solved(program: Program, name: str, *, seconds: float = SECONDS) -> Solved:
    """Return the columns of least cost, or the best in `seconds` with their gap.

    If there are none by then, the search goes on to the first ones.

    Raises
    ------
    InputError
        If rules contradict each other, or nothing bounds the earnings; names them.
    AssetError
        If nothing is found for a long while.
    """
    solver = program.solver()
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("mip_rel_gap", GAP)
    solver.run()
    if is_empty(solver):
        solver.setOptionValue("mip_max_improving_sols", 1)
        solver.setOptionValue("time_limit", solver.getRunTime() + FIRST_SECONDS)
        solver.run()
    state = solver.getModelStatus()
    infeasible = (
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    )
    if state in infeasible:
        labels = list(dict.fromkeys(label for label, _, _ in program.labels))
        if not is_feasible(program, labels, is_relaxed=False):
            found = smallest(program, labels, is_relaxed=False)
            names = "; ".join(str(label) for label in found) or "bounds of a column"
            raise InputError(f"{name}: these rules contradict each other: {names}; relax one")
    if state in {*infeasible, highspy.HighsModelStatus.kUnbounded}:
        message = f"{name}: nothing bounds what it earns: {endless_text(program)}"
        raise InputError(f"{message}; give a finite limit")
    info, solution = solver.getInfo(), solver.getSolution()
    if info.primal_solution_status != FEASIBLE:
        raise AssetError(f"{name}: no schedule found in {seconds:g} seconds; allow more seconds")
    cost, gap = float(info.objective_function_value), 0.0
    if state != highspy.HighsModelStatus.kOptimal:
        # Without whole columns there is no bound before the end.
        bound = float(info.mip_dual_bound) if info.mip_node_count >= 0 else -INFINITY
        gap = max(cost - bound, 0.0) / max(abs(cost), 1e-9)
    return Solved(cost, np.array(solution.col_value), np.array(solution.row_dual), gap)


def is_empty(solver: highspy.Highs) -> bool:
    """Return whether time ran out before any solution."""
    is_over = solver.getModelStatus() == highspy.HighsModelStatus.kTimeLimit
    return is_over and solver.getInfo().primal_solution_status != FEASIBLE


def per_period(name: str, values: NDArray[np.float64] | float, periods: int) -> NDArray[np.float64]:
    """Return one finite value a period.

    Raises
    ------
    InputError
        If there are not as many as periods, or one is no number.
    """
    found = np.asarray(values, np.float64)
    if found.ndim == 0:
        found = np.full(periods, float(found))
    if found.shape != (periods,):
        raise InputError(f"{name} has shape {found.shape}; give {periods} values, one a period")
    if not np.isfinite(found).all():
        place = int(np.flatnonzero(~np.isfinite(found))[0])
        raise InputError(f"{name} is {found[place]} in period {place}; give a number")
    return found


class Plant(Protocol):
    """What is on or off, with least times and a cost of starting."""

    @property
    def name(self) -> str: ...
    @property
    def start_cost(self) -> float: ...
    @property
    def up_min(self) -> int: ...
    @property
    def down_min(self) -> int: ...
    @property
    def is_on(self) -> bool: ...


def add_states(program: Program, plant: Plant, periods: int) -> NDArray[np.int64]:
    """Add on, start and stop of a plant with least times, and return the columns of on."""
    on = program.columns(periods, 0.0, 1.0, 0.0, whole=True)
    start = program.columns(periods, 0.0, 1.0, plant.start_cost)
    stop = program.columns(periods, 0.0, 1.0, 0.0)
    before = np.zeros(periods)
    before[0] = float(plant.is_on)
    terms = [(on, 1.0), (earlier(on, 1), -1.0), (start, -1.0), (stop, 1.0)]
    program.rows(Label("starts and stops", plant.name), before, before, terms)
    started = [(earlier(start, back), 1.0) for back in range(min(plant.up_min, periods))]
    stopped = [(earlier(stop, back), 1.0) for back in range(min(plant.down_min, periods))]
    program.rows(Label("least time on", plant.name), -INFINITY, 0.0, [*started, (on, -1.0)])
    program.rows(Label("least time off", plant.name), -INFINITY, 1.0, [*stopped, (on, 1.0)])
    return on
