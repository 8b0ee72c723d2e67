"""A linear programme with whole columns, built array by array for HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import highspy
import numpy as np

from wattbook.market.auction.highs import quiet_solver

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

__all__ = ["INFINITY", "Label", "Program", "endless", "endless_text", "is_feasible", "smallest"]

INFINITY: float = highspy.kHighsInf
Floats: TypeAlias = "NDArray[np.float64]"
Columns: TypeAlias = "NDArray[np.int64]"
Values: TypeAlias = "Floats | float"

HAIR = 1e-7
SECONDS = 2.0
"""For which a question about rules in conflict is looked at."""


@dataclass(frozen=True)
class Label:
    """What some rows say, for a person: a rule and whose it is, where there are several."""

    rule: str
    place: str = ""

    def __str__(self) -> str:
        """Return rule and place as words."""
        return f"{self.rule} of {self.place}" if self.place else self.rule


class Program:
    """Columns and rows, added array by array; a column of -1 in a row stands for nothing."""

    def __init__(self) -> None:
        self.labels: list[tuple[Label, int, int]] = []
        self.width = 0
        self.height = 0
        self._columns: list[tuple[Floats, Floats, Floats, NDArray[np.bool_]]] = []
        self._rows: list[tuple[Floats, Floats]] = []
        self.entries: list[tuple[Columns, Columns, Floats]] = []
        self._costs: list[tuple[Columns, Floats]] = []

    def columns(
        self, count: int, low: Values, high: Values, cost: Values, *, whole: bool = False
    ) -> Columns:
        """Add `count` columns and return their numbers."""
        self._columns.append(
            (
                np.array(np.broadcast_to(low, count), float),
                np.array(np.broadcast_to(high, count), float),
                np.array(np.broadcast_to(cost, count), float),
                np.full(count, whole),
            )
        )
        self.width += count
        return np.arange(self.width - count, self.width)

    def add_cost(self, columns: Columns, cost: Values) -> None:
        """Add to what a unit of columns costs."""
        self._costs.append((columns, np.broadcast_to(np.asarray(cost, float), len(columns))))

    def costs(self) -> Floats:
        """Return what a unit of each column costs."""
        found = np.concatenate([chunk[2] for chunk in self._columns])
        for columns, cost in self._costs:
            np.add.at(found, columns, cost)
        return found

    def whole(self) -> Columns:
        """Return the numbers of the whole columns."""
        return np.flatnonzero(np.concatenate([chunk[3] for chunk in self._columns]))

    def rows(
        self,
        label: Label,
        low: Values,
        high: Values,
        terms: Sequence[tuple[Columns, Values]],
    ) -> None:
        """Add a row for each place of the terms: their sum lies from `low` to `high`."""
        count = len(terms[0][0])
        numbers = np.arange(self.height, self.height + count)
        for columns, values in terms:
            is_there = columns >= 0
            factors = np.broadcast_to(np.asarray(values, float), count)
            self.entries.append((numbers[is_there], columns[is_there], factors[is_there]))
        self._rows.append(
            (
                np.array(np.broadcast_to(low, count), float),
                np.array(np.broadcast_to(high, count), float),
            )
        )
        self.labels.append((label, self.height, self.height + count))
        self.height += count

    def sum_row(
        self, label: Label, low: float, high: float, columns: Columns, values: Values
    ) -> None:
        """Add one row: the sum of `columns` times `values`."""
        factors = np.broadcast_to(np.asarray(values, float), len(columns))
        self.entries.append((np.full(len(columns), self.height), columns, factors))
        self._rows.append((np.array([low]), np.array([high])))
        self.labels.append((label, self.height, self.height + 1))
        self.height += 1

    def lp(
        self, *, is_relaxed: bool = False, kept: Collection[Label] | None = None
    ) -> highspy.HighsLp:
        """Return the programme as HiGHS takes it, rows without a label of `kept` left loose."""
        none = np.empty(0, np.int64)
        rows = np.concatenate([none, *(entry[0] for entry in self.entries)])
        columns = np.concatenate([none, *(entry[1] for entry in self.entries)])
        values = np.concatenate([np.empty(0), *(entry[2] for entry in self.entries)])
        # A column that a row names twice counts once, with the sum.
        keys = rows * self.width + columns
        keys, places = np.unique(keys, return_inverse=True)
        summed = np.bincount(places, weights=values, minlength=len(keys))
        rows, columns = keys // self.width, keys % self.width
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.width, self.height
        low, high, whole = (
            np.concatenate([chunk[part] for chunk in self._columns]) for part in (0, 1, 3)
        )
        lp.col_lower_, lp.col_upper_, lp.col_cost_ = low, high, self.costs()
        row_low = np.concatenate([np.empty(0), *(chunk[0] for chunk in self._rows)])
        row_high = np.concatenate([np.empty(0), *(chunk[1] for chunk in self._rows)])
        for label, start, end in self.labels:
            if kept is not None and label not in kept:
                row_low[start:end], row_high[start:end] = -INFINITY, INFINITY
        lp.row_lower_, lp.row_upper_ = row_low, row_high
        matrix = lp.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.searchsorted(rows, np.arange(self.height + 1)).astype(np.int32)
        matrix.index_, matrix.value_ = columns.astype(np.int32), summed.astype(np.float64)
        if not is_relaxed:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[int(one)] for one in whole]
        return lp

    def solver(self, *, is_relaxed: bool = False) -> highspy.Highs:
        """Return a quiet solver with the programme."""
        solver = quiet_solver()
        solver.passModel(self.lp(is_relaxed=is_relaxed))
        return solver


def endless(program: Program) -> list[Label]:
    """Return the rows of columns that earn without end, of as few columns as that takes.

    A direction in which all rows and bounds let the columns go on for ever is looked for with each
    step at most one; columns without which one is left are taken out, one by one. Rows of columns
    in no row are none.
    """
    lp = program.lp(is_relaxed=True)
    low, high = np.array(lp.col_lower_), np.array(lp.col_upper_)
    lp.col_lower_ = np.where(np.isfinite(low), 0.0, -1.0)
    lp.col_upper_ = np.where(np.isfinite(high), 0.0, 1.0)
    low, high = np.array(lp.row_lower_), np.array(lp.row_upper_)
    lp.row_lower_ = np.where(np.isfinite(low), 0.0, -INFINITY)
    lp.row_upper_ = np.where(np.isfinite(high), 0.0, INFINITY)
    solver = quiet_solver()
    solver.passModel(lp)
    solver.run()
    ray = np.array(solver.getSolution().col_value)
    held = np.flatnonzero(np.abs(ray) > HAIR).tolist()
    for column in range(program.width):
        if column not in held:
            solver.changeColBounds(column, 0.0, 0.0)
    bounds = list(zip(lp.col_lower_, lp.col_upper_, strict=True))
    for column in list(held):
        solver.changeColBounds(column, 0.0, 0.0)
        solver.run()
        if solver.getInfo().objective_function_value < -HAIR:
            held.remove(column)
        else:
            solver.changeColBounds(column, *bounds[column])
    rows = {int(row) for entry in program.entries for row in entry[0][np.isin(entry[1], held)]}
    found = [label for label, start, end in program.labels if rows & set(range(start, end))]
    return list(dict.fromkeys(found))


def endless_text(program: Program) -> str:
    """Return where the columns stand that earn without end, for an error."""
    names = "; ".join(map(str, endless(program)))
    return f"what earns without end stands in: {names}" if names else "it stands in no row"


def smallest(program: Program, labels: Sequence[Label], *, is_relaxed: bool) -> list[Label]:
    """Return those of `labels` without which, one by one, there is no conflict any more."""
    left = list(labels)
    size = max(len(left) // 2, 1)
    while True:
        place = 0
        while place < len(left):
            rest = left[:place] + left[place + size :]
            if is_feasible(program, rest, is_relaxed=is_relaxed):
                place += size
            else:
                left = rest
        if size == 1:
            return left
        size //= 2


def is_feasible(program: Program, labels: Sequence[Label], *, is_relaxed: bool) -> bool:
    """Whether the rows of `labels` alone can be kept; a doubt counts as yes."""
    solver = quiet_solver()
    solver.passModel(program.lp(is_relaxed=is_relaxed, kept=set(labels)))
    solver.changeColsCost(
        program.width, np.arange(program.width, dtype=np.int32), np.zeros(program.width)
    )
    solver.setOptionValue("time_limit", SECONDS)
    solver.run()
    return bool(solver.getModelStatus() != highspy.HighsModelStatus.kInfeasible)
