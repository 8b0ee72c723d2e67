"""A linear programme built from whole columns and rows, solved by HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError, RunError

__all__ = ["Floats", "LinearProgramme", "Numbers", "Term"]

Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.int64]
Term: TypeAlias = tuple[Numbers, ArrayLike]
"""Columns, one a row or one for all rows, and their coefficients."""

INFINITY = highspy.kHighsInf
TOLERANCE = 1e-9
INFEASIBLE = frozenset(
    {
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    }
)


class LinearProgramme:
    """Maximizes; columns and rows are added by the array, rows under a name.

    Examples
    --------
    >>> programme = LinearProgramme()
    >>> x = programme.columns(2, upper=[3.0, 4.0], value=[1.0, 1.0])
    >>> programme.rows("sum", [(x[:1], 1.0), (x[1:], 1.0)], upper=5.0)
    >>> value, found = programme.maximum()
    >>> value
    5.0
    """

    def __init__(self) -> None:
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self._value: list[Floats] = []
        self._count = 0
        self._row_lower: list[Floats] = []
        self._row_upper: list[Floats] = []
        self._entries: list[tuple[Numbers, Numbers, Floats]] = []
        self._row_count = 0
        self._names: list[tuple[int, str]] = []

    def columns(
        self,
        count: int,
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = INFINITY,
        value: ArrayLike = 0.0,
    ) -> Numbers:
        """Add columns and return their numbers."""
        for kept, given in ((self._lower, lower), (self._upper, upper), (self._value, value)):
            kept.append(np.broadcast_to(np.asarray(given, np.float64), count).copy())
        first, self._count = self._count, self._count + count
        return np.arange(first, self._count)

    def reward(self, columns: Numbers, value: ArrayLike) -> None:
        """Add what a unit of columns added before is worth."""
        count = np.broadcast_to(np.asarray(value, np.float64), len(columns))
        values = np.concatenate(self._value)
        np.add.at(values, columns, count)
        self._value = [values]

    def rows(
        self,
        name: str,
        terms: Sequence[Term],
        *,
        lower: ArrayLike = -INFINITY,
        upper: ArrayLike = INFINITY,
    ) -> None:
        """Add one row for each place of the longest term; a term of one column is in every row."""
        count = max(len(columns) for columns, _ in terms)
        numbers = np.arange(self._row_count, self._row_count + count)
        for columns, coefficients in terms:
            self._entries.append(
                (
                    numbers,
                    np.broadcast_to(columns, count),
                    np.broadcast_to(np.asarray(coefficients, np.float64), count),
                )
            )
        for kept, given in ((self._row_lower, lower), (self._row_upper, upper)):
            kept.append(np.broadcast_to(np.asarray(given, np.float64), count).copy())
        self._names.append((self._row_count, name))
        self._row_count += count

    def maximum(self) -> tuple[float, Floats]:
        """Return the greatest value and the columns that reach it.

        Raises
        ------
        InputError
            If no columns meet all rows, or the value has no bound; names the rows in conflict.
        RunError
            If HiGHS ends in any other way.
        """
        solver = self._solver()
        solver.run()
        status = solver.getModelStatus()
        if status in INFEASIBLE:
            raise InputError(f"no schedule meets all limits; in conflict: {self._conflict()}")
        if status == highspy.HighsModelStatus.kUnbounded:
            raise InputError("the value has no bound; limit the volumes of what pays without end")
        if status != highspy.HighsModelStatus.kOptimal:
            raise RunError(f"HiGHS ended {solver.modelStatusToString(status)!r}; check the input")
        found = np.array(solver.getSolution().col_value)
        return float(found @ np.concatenate(self._value)), found

    def _solver(self) -> highspy.Highs:
        solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS's own call
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("primal_feasibility_tolerance", TOLERANCE)
        solver.setOptionValue("dual_feasibility_tolerance", TOLERANCE)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self._count, self._row_count
        model.col_cost_ = np.concatenate(self._value)
        model.col_lower_ = np.concatenate(self._lower)
        model.col_upper_ = np.concatenate(self._upper)
        model.row_lower_ = np.concatenate(self._row_lower or [np.empty(0)])
        model.row_upper_ = np.concatenate(self._row_upper or [np.empty(0)])
        model.sense_ = highspy.ObjSense.kMaximize
        rows, columns, values = self._matrix()
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        starts = np.searchsorted(rows, np.arange(self._row_count + 1))
        model.a_matrix_.start_ = starts.astype(np.int32)
        model.a_matrix_.index_ = columns.astype(np.int32)
        model.a_matrix_.value_ = values
        solver.passModel(model)
        return solver

    def _matrix(self) -> tuple[Numbers, Numbers, Floats]:
        """Return the entries by row and column, those of one place added up."""
        if not self._entries:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        rows, columns, values = (
            np.concatenate([entry[part] for entry in self._entries]) for part in range(3)
        )
        places, inverse = np.unique(rows * self._count + columns, return_inverse=True)
        sums = np.bincount(inverse, values, len(places))
        kept = sums != 0.0
        places, sums = places[kept], sums[kept]
        return places // self._count, places % self._count, sums

    def _conflict(self) -> str:
        """Return the names of rows that conflict: without any one of them, the rest do not.

        Rows of one name count as one; bounds of columns are always kept.
        """
        ends = [start for start, _ in self._names[1:]] + [self._row_count]
        groups = {start: end for (start, _), end in zip(self._names, ends, strict=True)}
        names = dict(self._names)
        solver = self._solver()
        lower, upper = np.concatenate(self._row_lower), np.concatenate(self._row_upper)
        kept = dict(groups)
        for start, end in groups.items():
            for row in range(start, end):
                solver.changeRowBounds(row, -INFINITY, INFINITY)
            solver.run()
            if solver.getModelStatus() in INFEASIBLE:
                del kept[start]
                continue
            for row in range(start, end):
                solver.changeRowBounds(row, lower[row], upper[row])
        return "; ".join(names[start] for start in kept)
