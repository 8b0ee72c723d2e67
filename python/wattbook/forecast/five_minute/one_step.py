"""The five-minute model as one thing that is fitted, warmed up on new data, and served."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wattbook._core import BoostedTrees
from wattbook.errors import ForecastError
from wattbook.forecast.five_minute.backtest import FiveMinuteBacktest

__all__ = ["ANSWERS", "OneStep", "fit_one_step", "warmed"]

Floats = NDArray[np.float64]

ANSWERS = ("move", "lean", "lower", "upper")
"""What the model says: median move, direction, and both ends of the move."""

WARM_TREES = 12
WARM_DAYS = 30
SLOTS = 288


@dataclass(frozen=True, slots=True)
class OneStep:
    """Groups of trees one after the other: a base, and what new data added to it.

    Parameters
    ----------
    version : str
        As answers carry it.
    width : float
        Of the tame scale on which moves are learnt.
    base : tuple of BoostedTrees
        One group for each of `ANSWERS`.
    further : tuple of BoostedTrees
        Groups fitted on what the base leaves of newer days; empty before the first.
    """

    version: str
    width: float
    base: tuple[BoostedTrees, ...]
    further: tuple[BoostedTrees, ...] = ()

    @property
    def columns(self) -> int:
        """Inputs of a row."""
        return self.base[0].columns

    def tame(self, rows: Floats) -> list[Floats]:
        """Return what the groups say, on the tame scale."""
        made: list[Floats] = [group.predict(rows) for group in self.base]
        for place, group in enumerate(self.further):
            made[place] = made[place] + group.predict(rows)
        return made

    def predict(self, rows: Floats) -> NDArray[np.float32]:
        """Return answers, shape (n_rows, 4) in the order of `ANSWERS`, moves in the price's unit.

        Raises
        ------
        ForecastError
            If a row has another width.
        """
        move, lean, lower, upper = self.tame(np.ascontiguousarray(rows))
        size = self.width * np.sinh(np.column_stack([move, lower, upper]))
        low, high = np.minimum(size[:, 1], size[:, 0]), np.maximum(size[:, 2], size[:, 0])
        return np.column_stack([size[:, 0], lean, low, high]).astype(np.float32)


def targets_of(move: Floats, width: float) -> list[Floats]:
    """Return what the groups learn: tame moves, and their direction."""
    tame = np.arcsinh(move / width)
    return [tame, np.sign(move), tame, tame]


def quantiles_of(how: FiveMinuteBacktest) -> list[float | None]:
    """Return the level of each group; the direction is learnt by squares."""
    tail = (1.0 - how.level) / 2.0
    return [0.5, None, tail, 1.0 - tail]


def fit_one_step(how: FiveMinuteBacktest, rows: Floats, move: Floats, version: str) -> OneStep:
    """Return the model fitted on intervals whose move is known.

    Parameters
    ----------
    how : FiveMinuteBacktest
        Sizes and rates.
    rows : ndarray of float64, shape (n, n_inputs)
        As `inputs` gives them.
    move : ndarray of float64, shape (n,)
        Price less the newest one known; NaN where one is missing.
    version : str
        As answers carry it.

    Raises
    ------
    ForecastError
        If too few moves are known.
    """
    width = max(1.4826 * float(np.nanmedian(np.abs(move))), 1e-3)
    groups = zip(targets_of(move, width), quantiles_of(how), strict=True)
    return OneStep(version, width, tuple(how.fit(rows, goal, level) for goal, level in groups))


def warmed(
    model: OneStep, how: FiveMinuteBacktest, rows: Floats, move: Floats, version: str
) -> OneStep:
    """Return the model with a few further trees on what its base leaves of the newest days.

    The base is kept, so this takes a second where a fit takes ten; trees of the last warm-up are
    left behind rather than piled up.

    Parameters
    ----------
    model : OneStep
        The one before.
    how, rows, move, version
        As in `fit_one_step`; the newest thirty days of rows are used.

    Raises
    ------
    ForecastError
        If too few moves are known.
    """
    newest = slice(max(0, rows.shape[0] - WARM_DAYS * SLOTS), None)
    known = np.isfinite(move[newest])
    if known.sum() < 2 * how.leaf_rows:
        message = f"{known.sum()} moves are known, {2 * how.leaf_rows} are needed to warm up"
        raise ForecastError(message)
    table = np.ascontiguousarray(rows[newest][known])
    base = replace(model, further=()).tame(table)
    small = replace(how, trees=WARM_TREES, depth=min(how.depth, 4))
    goals = zip(targets_of(move[newest][known], model.width), base, quantiles_of(how), strict=True)
    further = tuple(small.fit(table, goal - said, level) for goal, said, level in goals)
    return replace(model, version=version, further=further)
