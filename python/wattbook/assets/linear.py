"""A linear programme that maximizes: whole columns and rows under names, solved by HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.assets.program import INFINITY, Label, Program, endless_text, is_feasible, smallest
from wattbook.errors import InputError, RunError

__all__ = ["Floats", "LinearProgramme", "Numbers", "Term"]

Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.int64]
Term: TypeAlias = tuple[Numbers, ArrayLike]
"""Columns, one a row or one for all rows, and their coefficients."""

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
        self._program = Program()

    def columns(
        self,
        count: int,
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = INFINITY,
        value: ArrayLike = 0.0,
    ) -> Numbers:
        """Add columns and return their numbers."""
        low, high, worth = (np.asarray(one, np.float64) for one in (lower, upper, value))
        return self._program.columns(count, low, high, -worth)

    def reward(self, columns: Numbers, value: ArrayLike) -> None:
        """Add what a unit of columns added before is worth."""
        self._program.add_cost(columns, -np.asarray(value, np.float64))

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
        low, high = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
        wide = [
            (np.broadcast_to(columns, count), np.asarray(coefficients, np.float64))
            for columns, coefficients in terms
        ]
        self._program.rows(Label(name), low, high, wide)

    def maximum(self) -> tuple[float, Floats]:
        """Return the greatest value and the columns that reach it.

        Raises
        ------
        InputError
            If no columns meet all rows, or the value has no bound; names the rows.
        RunError
            If HiGHS ends in any other way.
        """
        solver = self._program.solver()
        solver.setOptionValue("primal_feasibility_tolerance", TOLERANCE)
        solver.setOptionValue("dual_feasibility_tolerance", TOLERANCE)
        solver.run()
        status = solver.getModelStatus()
        if status in INFEASIBLE and not is_feasible(self._program, self._labels(), is_relaxed=True):
            raise InputError(f"no schedule meets all limits; in conflict: {self._conflict()}")
        if status in {*INFEASIBLE, highspy.HighsModelStatus.kUnbounded}:
            raise InputError(
                f"the value has no bound: {endless_text(self._program)}; give a finite limit"
            )
        if status != highspy.HighsModelStatus.kOptimal:
            raise RunError(f"HiGHS ended {solver.modelStatusToString(status)!r}; check the input")
        found = np.array(solver.getSolution().col_value)
        return -float(found @ self._program.costs()), found

    def _conflict(self) -> str:
        """Return the names of rows that conflict: without any one of them, the rest do not.

        Rows of one name count as one; bounds of columns are always kept.
        """
        return "; ".join(map(str, smallest(self._program, self._labels(), is_relaxed=True)))

    def _labels(self) -> list[Label]:
        """Return the names of all rows, each once."""
        return list(dict.fromkeys(label for label, _, _ in self._program.labels))
