"""A linear programme with whole columns, built array by array for HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import highspy
import numpy as np

from wattbook.market.auction.highs import quiet_solver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["INFINITY", "Label", "Program"]

INFINITY: float = highspy.kHighsInf
Floats: TypeAlias = "NDArray[np.float64]"
Columns: TypeAlias = "NDArray[np.int64]"
Values: TypeAlias = "Floats | float"


@dataclass(frozen=True)
class Label:
    """What some rows say, for a person: a rule and whose it is."""

    rule: str
    place: str

    def __str__(self) -> str:
        """Return rule and place as words."""
        return f"{self.rule} of {self.place}"


class Program:
    """Columns and rows, added array by array; a column of -1 in a row stands for nothing."""

    def __init__(self) -> None:
        self.labels: list[tuple[Label, int, int]] = []
        self.width = 0
        self.height = 0
        self._columns: list[tuple[Floats, Floats, Floats, NDArray[np.bool_]]] = []
        self._rows: list[tuple[Floats, Floats]] = []
        self._entries: list[tuple[Columns, Columns, Floats]] = []

    def columns(
        self, count: int, low: Values, high: Values, cost: Values, *, whole: bool = False
    ) -> Columns:
        """Add `count` columns and return their numbers."""
        self._columns.append(
            (
                np.broadcast_to(np.asarray(low, float), count),
                np.broadcast_to(np.asarray(high, float), count),
                np.broadcast_to(np.asarray(cost, float), count),
                np.full(count, whole),
            )
        )
        self.width += count
        return np.arange(self.width - count, self.width)

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
            self._entries.append((numbers[is_there], columns[is_there], factors[is_there]))
        self._rows.append(
            (
                np.broadcast_to(np.asarray(low, float), count),
                np.broadcast_to(np.asarray(high, float), count),
            )
        )
        self.labels.append((label, self.height, self.height + count))
        self.height += count

    def sum_row(
        self, label: Label, low: float, high: float, columns: Columns, values: Values
    ) -> None:
        """Add one row: the sum of `columns` times `values`."""
        factors = np.broadcast_to(np.asarray(values, float), len(columns))
        self._entries.append((np.full(len(columns), self.height), columns, factors))
        self._rows.append((np.array([low]), np.array([high])))
        self.labels.append((label, self.height, self.height + 1))
        self.height += 1

    def lp(self, *, is_relaxed: bool = False) -> highspy.HighsLp:
        """Return the programme as HiGHS takes it."""
        rows = np.concatenate([entry[0] for entry in self._entries])
        columns = np.concatenate([entry[1] for entry in self._entries])
        values = np.concatenate([entry[2] for entry in self._entries])
        # A column that a row names twice counts once, with the sum.
        keys = rows * self.width + columns
        keys, places = np.unique(keys, return_inverse=True)
        summed = np.bincount(places, weights=values, minlength=len(keys))
        rows, columns = keys // self.width, keys % self.width
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.width, self.height
        low, high, cost, whole = (
            np.concatenate([chunk[part] for chunk in self._columns]) for part in range(4)
        )
        lp.col_lower_, lp.col_upper_, lp.col_cost_ = low, high, cost
        lp.row_lower_ = np.concatenate([chunk[0] for chunk in self._rows])
        lp.row_upper_ = np.concatenate([chunk[1] for chunk in self._rows])
        matrix = lp.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        starts = np.searchsorted(rows, np.arange(self.height + 1))
        matrix.start_, matrix.index_, matrix.value_ = starts, columns, summed
        if not is_relaxed:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[int(one)] for one in whole]
        return lp

    def solver(self, *, is_relaxed: bool = False) -> highspy.Highs:
        """Return a quiet solver with the programme."""
        solver = quiet_solver()
        solver.passModel(self.lp(is_relaxed=is_relaxed))
        return solver
