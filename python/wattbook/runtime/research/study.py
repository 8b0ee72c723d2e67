"""A sweep, judged on what it was not chosen on."""

from __future__ import annotations

import math
from collections.abc import Callable
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
from wattbook.strategy.sweep import Sweep, fill_paths, sweep
from wattbook.workers import Workers

__all__ = ["Chosen", "Study", "study"]

Floats = NDArray[np.float64]
GROUPS = 10
"""Stretches of the combinatorial purged cross-validation, and of the probability of overfitting."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The set that was best on the past, and what it then did.

    Parameters
    ----------
    row : int
        Of the set.
    first, last : int
        Parts that it was judged on, both included.
    trained, judged : float
        P&L of the parts that it was chosen on and of those that it was judged on, in currency.
    """

    row: int
    first: int
    last: int
    trained: float
    judged: float


@dataclass(frozen=True, slots=True)
class Study:
    """A sweep with its judgement.

    Parameters
    ----------
    found : Sweep
        Every set.
    best : int
        Row of the set with the largest Sharpe ratio over all parts: chosen in hindsight.
    deflated : DeflatedSharpe
        Its ratio against the best that chance would have found.
    overfit : float in [0, 1]
        How often the best set of one half of the time is below the median in the other.
    walk : tuple of Chosen
        Walk-forward: sets chosen on the past only, one after another.
    walk_pnl : ndarray of shape (n_judged_parts,)
        P&L of the walk-forward by part, in currency, after costs.
    cross : ndarray of shape (n_splits,)
        Sharpe ratio per part out of sample of each split of the combinatorial purged
        cross-validation.
    paths : ndarray of shape (n_paths, 2)
        P&L and deepest fall of the best set with other luck in its fills.
    """

    found: Sweep
    best: int
    deflated: DeflatedSharpe
    overfit: float
    walk: tuple[Chosen, ...]
    walk_pnl: Floats
    cross: Floats
    paths: Floats


def ratios(by_part: Floats) -> Floats:
    """Return the Sharpe ratio of each row per part, zero where nothing moved."""
    deviation = by_part.std(axis=1, ddof=1)
    mean = by_part.mean(axis=1)
    found: Floats = np.divide(mean, deviation, out=np.zeros_like(mean), where=deviation > 0)
    return found


def study(
    bid: ArrayLike,
    ask: ArrayLike,
    rule: str,
    sets: ArrayLike,
    *,
    fee: float = 0.0,
    parts: int = 40,
    train: int = 10,
    test: int = 2,
    fill_probability: float = 0.9,
    worse: float = 0.0,
    paths: int = 200,
    seed: int = 1,
    threads: int | None = None,
    workers: Workers | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Study:
    """Sweep `sets` and judge the choice among them.

    Parameters
    ----------
    bid, ask, rule, sets, fee, threads, workers, tell
        As of `wattbook.strategy.sweep.sweep`.
    parts : int, optional
        Equal stretches of the quotes; a multiple of 10, 20 or more.
    train, test : int, optional
        Parts that a set is chosen on, and then judged on. One part between both is left out.
    fill_probability, worse, paths, seed
        Of the Monte Carlo of fills, as of `wattbook.strategy.sweep.fill_paths`.

    Raises
    ------
    InputError
        For parts or parameters that do not fit.
    WorkersError
        If workers cannot be had or died.
    """
    if parts < 2 * GROUPS or parts % GROUPS:
        message = f"parts is {parts}: give a multiple of {GROUPS}, {2 * GROUPS} or more"
        raise InputError(message)
    for name, given in (("fee", fee), ("worse", worse)):
        if not 0.0 <= given < math.inf:
            message = f"{name} is {given:g}: give an amount in price of 0 or more"
            raise InputError(message)
    if not 0.0 < fill_probability <= 1.0:
        message = f"fill_probability is {fill_probability:g}: give a number above 0, at most 1"
        raise InputError(message)
    with (workers or Workers()).held():
        found = sweep(
            bid, ask, rule, sets, fee=fee, parts=parts, threads=threads, workers=workers, tell=tell
        )
        table = found.by_part
        whole = ratios(table)
        best = int(np.argmax(whole))
        luck = fill_paths(
            bid,
            ask,
            rule,
            found.sets[best].tolist(),
            fee=fee,
            probability=fill_probability,
            worse=worse,
            paths=paths,
            seed=seed,
            threads=threads,
            workers=workers,
        )
    walk = []
    judged: list[Floats] = []
    for split in walk_forward(parts, train=train, test=test, purge=1):
        row = int(np.argmax(ratios(table[:, split.train])))
        pnl = table[row, split.test]
        judged.append(pnl)
        walk.append(
            Chosen(
                row=row,
                first=int(split.test[0]),
                last=int(split.test[-1]),
                trained=float(table[row, split.train].sum()),
                judged=float(pnl.sum()),
            )
        )
    cross = []
    for split in combinatorial_purged(parts, groups=GROUPS, tested=2, purge=1):
        row = int(np.argmax(ratios(table[:, split.train])))
        cross.append(sharpe(table[row, split.test]))
    by_group = table.reshape(len(table), GROUPS, -1).sum(axis=2)
    return Study(
        found=found,
        best=best,
        deflated=deflated_sharpe(table[best], whole),
        overfit=overfit_probability(by_group) if len(table) > 1 else 0.0,
        walk=tuple(walk),
        walk_pnl=np.concatenate(judged),
        cross=np.array(cross),
        paths=luck,
    )
