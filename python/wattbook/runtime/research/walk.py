"""Parameters of a strategy chosen on past days and judged on the days after, over and over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.runtime.research.splits import combinatorial_purged, walk_forward
from wattbook.runtime.research.statistics import (
    DeflatedSharpe,
    deflated_sharpe,
    overfit_probability,
    sharpe,
)

__all__ = ["Fold", "WalkedChoice", "block_interval", "paired", "walk_choice"]

Floats = NDArray[np.float64]
DRAWS = 2_000
GROUPS = 10
"""Stretches of the cross-validation and of the probability of overfitting."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A choice and what it then did.

    Parameters
    ----------
    row : int
        Of the set that had earned most.
    first, last : int
        Days that it was judged on, both included.
    trained, judged : float
        P&L of the days that it was chosen on, and of those that it was judged on, in currency.
    """

    row: int
    first: int
    last: int
    trained: float
    judged: float


@dataclass(frozen=True, slots=True)
class WalkedChoice:
    """Sets of parameters, judged where they were not chosen. Amounts in currency, after costs.

    Parameters
    ----------
    folds : tuple of Fold
        In order of time.
    days : ndarray of int64, shape (n_judged,)
        Places of the judged days.
    pnl : ndarray of shape (n_judged,)
        What the set chosen before each of them earned on it.
    interval : (float, float)
        95 % interval of their sum.
    above : float or None
        How much more that is than the baseline earned on the same days.
    above_interval : (float, float) or None
        95 % interval of it, days drawn together.
    best : int
        Row of the set that earned most over all days: chosen in hindsight.
    deflated : DeflatedSharpe
        Its Sharpe ratio of a day against the best of as many sets without skill.
    overfit : float or None
        How often the best set of one half of the time is below the median in the other; None of
        fewer than 20 days or one set.
    cross : float or None
        Median over the splits of the combinatorial purged cross-validation of the P&L of a day out
        of sample; None of fewer than 20 days.
    """

    folds: tuple[Fold, ...]
    days: NDArray[np.int64]
    pnl: Floats
    interval: tuple[float, float]
    above: float | None
    above_interval: tuple[float, float] | None
    best: int
    deflated: DeflatedSharpe
    overfit: float | None
    cross: float | None


def block_interval(pnl: ArrayLike, seed: int = 7) -> tuple[float, float]:
    """Return the 95 % interval of the sum of a P&L by day.

    Days are drawn in blocks of the cube root of their number, so that neighbours stay together.

    Parameters
    ----------
    pnl : array_like of shape (n_days,)
        In currency.
    seed : int, optional
        Of what is drawn.

    References
    ----------
    Politis and Romano (1992), A circular block-resampling procedure for stationary data.

    Examples
    --------
    >>> block_interval([2.0, 2.0, 2.0])
    (6.0, 6.0)
    """
    values = np.asarray(pnl, np.float64)
    count = values.size
    length = max(1, round(count ** (1.0 / 3.0)))
    starts = np.random.default_rng(seed).integers(0, count, (DRAWS, -(-count // length)))
    drawn = (starts[:, :, None] + np.arange(length)).reshape(DRAWS, -1)[:, :count] % count
    low, high = np.percentile(values[drawn].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)


def paired(pnl: ArrayLike, baseline: int) -> list[tuple[float, float, float]]:
    """Return how much more each set earned than one of them on the same days, with its interval.

    It is a fair measure of a set that was named before; of the best of many it is hindsight.

    Parameters
    ----------
    pnl : array_like of shape (n_sets, n_days)
        Of each set of parameters, after costs.
    baseline : int
        Row of the set that all are compared with.

    Returns
    -------
    list of (float, float, float)
        Of each set: sum over the days, and its 95 % interval, in currency.

    Examples
    --------
    >>> paired([[1, 1, 1], [3, 3, 3]], 0)
    [(0.0, 0.0, 0.0), (6.0, 6.0, 6.0)]
    """
    table = np.asarray(pnl, np.float64)
    more = table - table[baseline]
    return [(float(row.sum()), *block_interval(row)) for row in more]


def walk_choice(
    pnl: ArrayLike, *, train: int, test: int, baseline: int | None = None
) -> WalkedChoice:
    """Return what the set that had earned most on `train` days earned on the next `test`.

    The choice is made anew every `test` days; days at the end that fill no `test` are not judged.

    Parameters
    ----------
    pnl : array_like of shape (n_sets, n_days)
        Of each set of parameters, after costs.
    train, test : int
        Days that a choice looks back on, and days that it holds.
    baseline : int, optional
        Row of the set that the chosen ones are compared with.

    Raises
    ------
    InputError
        If the P&L has gaps, or the days are too few.

    Examples
    --------
    >>> found = walk_choice([[1, 1, 1, 0], [0, 0, 3, 5]], train=2, test=1)
    >>> [fold.row for fold in found.folds], found.pnl.tolist()
    ([0, 1], [1.0, 5.0])
    """
    table = np.asarray(pnl, np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        message = f"P&L has shape {table.shape} or gaps; give (sets, days)"
        raise InputError(message)
    days = table.shape[1]
    if train < 1 or test < 1 or train + test > days:
        message = (
            f"{days} traded days hold no {train} to choose on and {test} to judge on; give 1 or "
            "more of each, and fewer, or more days"
        )
        raise InputError(message)
    folds, places = [], []
    for split in walk_forward(days, train=train, test=test):
        past = table[:, split.train].sum(axis=1)
        row = int(np.argmax(past))
        judged = float(table[row, split.test].sum())
        places.append(split.test)
        folds.append(Fold(row, int(split.test[0]), int(split.test[-1]), float(past[row]), judged))
    at = np.concatenate(places)
    earned = np.concatenate([table[fold.row, fold.first : fold.last + 1] for fold in folds])
    more = None if baseline is None else earned - table[baseline, at]
    best = int(np.argmax(table.sum(axis=1)))
    return WalkedChoice(
        folds=tuple(folds),
        days=at,
        pnl=earned,
        interval=block_interval(earned),
        above=None if more is None else float(more.sum()),
        above_interval=None if more is None else block_interval(more),
        best=best,
        deflated=deflated_sharpe(table[best], [sharpe(row) for row in table]),
        overfit=overfit_of(table),
        cross=cross_of(table),
    )


def overfit_of(table: Floats) -> float | None:
    """Return the probability of overfitting of equal stretches; None where they are too short."""
    if len(table) < 2 or table.shape[1] < 2 * GROUPS:
        return None
    parts = np.array_split(table, GROUPS, axis=1)
    return overfit_probability(np.stack([part.sum(axis=1) for part in parts], axis=1))


def cross_of(table: Floats) -> float | None:
    """Return the median P&L of a day out of sample, one day left out around what is judged on."""
    days = table.shape[1]
    if days < 2 * GROUPS:
        return None
    found = []
    for split in combinatorial_purged(days, groups=GROUPS, tested=2, purge=1):
        row = int(np.argmax(table[:, split.train].sum(axis=1)))
        found.append(float(table[row, split.test].mean()))
    return float(np.median(found))
