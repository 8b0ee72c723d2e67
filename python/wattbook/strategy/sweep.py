"""One rule with many sets of parameters over the same quotes, in a compiled loop."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.errors import InputError
from wattbook.workers import Workers, in_order, mapped, shares, unchanged

__all__ = ["RULES", "Sweep", "fill_paths", "grid", "sweep"]

Floats = NDArray[np.float64]
RULES = {
    "ema_cross": ("fast", "slow"),
    "momentum": ("window", "entry"),
    "mean_reversion": ("window", "entry", "exit"),
}
"""Rules and the names of their parameters: windows in quotes, `entry` of momentum in price, `entry`
and `exit` of mean reversion in deviations."""
SETS_A_TASK, PATHS_A_TASK, TASKS_MOST = 32, 25, 256
"""Of workers: how many sets or paths make a task, and how many tasks there are at most."""
COLUMNS = ("pnl", "gross", "trades", "turnover", "fees", "drawdown", "exposure")


@dataclass(frozen=True, slots=True)
class Sweep:
    """What came of each set, for one unit traded.

    Parameters
    ----------
    rule : str
        One of `RULES`.
    names : tuple of str
        Of its parameters.
    sets : ndarray of shape (n_sets, n_parameters)
        One set a row.
    by_part : ndarray of shape (n_sets, n_parts)
        Change of the equity over equal stretches of the quotes, in currency, after spread and fees.
    pnl, gross, fees, drawdown : ndarray of shape (n_sets,)
        In currency: after all costs; at the middle, before spread and fees; fees; the deepest fall.
    trades, turnover, exposure : ndarray of shape (n_sets,)
        Orders, units traded, share of the quotes with a position.
    """

    rule: str
    names: tuple[str, ...]
    sets: Floats
    by_part: Floats
    pnl: Floats
    gross: Floats
    trades: Floats
    turnover: Floats
    fees: Floats
    drawdown: Floats
    exposure: Floats

    def text(self, row: int) -> str:
        """Return the parameters of a set as a reader gives them."""
        values = self.sets[row].tolist()
        return ", ".join(f"{name}={one:g}" for name, one in zip(self.names, values, strict=True))


@dataclass(frozen=True, slots=True)
class Traded:
    """What every task of a sweep shares; parameters are those of one set, for paths."""

    bid: Floats
    ask: Floats
    rule: str
    fee: float
    parts: int = 1
    parameters: tuple[float, ...] = ()
    probability: float = 1.0
    worse: float = 0.0


def sweep_sets(traded: Traded, sets: Floats, threads: int = 1) -> tuple[Floats, Floats]:
    """Return the columns of each set, and its P&L by part."""
    return _core.sweep_quotes(
        traded.bid, traded.ask, traded.rule, sets, traded.fee, traded.parts, threads
    )


def sweep_paths(traded: Traded, seeds: list[int], threads: int = 1) -> Floats:
    """Return the columns of one set for each seed of its fills."""
    found: Floats = _core.sweep_fills(
        traded.bid,
        traded.ask,
        traded.rule,
        list(traded.parameters),
        traded.fee,
        traded.probability,
        traded.worse,
        seeds,
        threads,
    )
    return found


def parted(count: int, a_task: int) -> list[slice]:
    """Return `count` places as tasks."""
    return shares(count, min(-(-count // a_task), TASKS_MOST))


def names_of(rule: str) -> tuple[str, ...]:
    """Return the names of the parameters of `rule`."""
    if rule not in RULES:
        message = f"rule {rule!r} is not known: choose one of {', '.join(RULES)}"
        raise InputError(message)
    return RULES[rule]


def grid(rule: str, values: Mapping[str, Sequence[float]]) -> Floats:
    """Return every set of `values` that makes sense, one a row.

    Sets whose fast average is not below the slow one, or whose exit is not below the entry, are
    left out.

    Raises
    ------
    InputError
        For an unknown rule, a parameter that is missing or unknown, or if no set is left.

    Examples
    --------
    >>> grid("ema_cross", {"fast": [5, 10], "slow": [10, 20]})
    array([[ 5., 10.],
           [ 5., 20.],
           [10., 20.]])
    """
    names = names_of(rule)
    if set(values) != set(names):
        message = f"{rule} takes {', '.join(names)}, not {', '.join(values) or 'nothing'}"
        raise InputError(message)
    made = np.array(list(product(*(values[name] for name in names))), np.float64)
    made = made.reshape(-1, len(names))
    if rule == "ema_cross":
        made = made[made[:, 0] < made[:, 1]]
    elif rule == "mean_reversion":
        made = made[made[:, 2] < made[:, 1]]
    if not len(made):
        message = f"no set of {rule} is left: let fast be below slow, and exit below entry"
        raise InputError(message)
    return made


def column(values: ArrayLike) -> Floats:
    """Return values as one contiguous column."""
    return np.ascontiguousarray(values, dtype=np.float64)


def sweep(
    bid: ArrayLike,
    ask: ArrayLike,
    rule: str,
    sets: ArrayLike,
    *,
    fee: float = 0.0,
    parts: int = 1,
    threads: int | None = None,
    workers: Workers | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Trade one unit by each set of parameters at the best prices of `bid` and `ask`.

    Parameters
    ----------
    bid, ask : array_like of shape (n_quotes,)
        Best prices in currency per price unit, ascending in time, two-sided.
    rule : str
        One of `RULES`.
    sets : array_like of shape (n_sets, n_parameters)
        As `grid` makes them.
    fee : float, optional
        Paid for each unit traded, in currency.
    parts : int, optional
        Into how many equal stretches the P&L is parted, for walk-forward and cross-validation.
    threads : int, optional
        As many as processors if left out. The result does not depend on it.
    workers : Workers, optional
        Processes or a Ray cluster in place of threads. The result does not depend on them either.
    tell : callable, optional
        Told how many sets of how many are done, when workers have done some.

    Raises
    ------
    InputError
        Naming the parameter, or the row of the first quote that is crossed or no number.
    WorkersError
        If workers cannot be had or died.

    Examples
    --------
    >>> rising = np.arange(10.0)
    >>> found = sweep(rising, rising + 0.5, "momentum", [[2, 1.0]], fee=0.1, parts=2)
    >>> found.pnl.round(2), found.by_part.round(2)
    (array([6.65]), array([[1.65, 5.  ]]))
    """
    names = names_of(rule)
    rows = np.ascontiguousarray(sets, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(names) or not len(rows):
        message = f"sets have shape {rows.shape}: give one row a set of {', '.join(names)}"
        raise InputError(message)
    traded = Traded(column(bid), column(ask), rule, fee, parts)
    if workers is None or workers.is_alone:
        results, by_part = sweep_sets(traded, rows, threads or os.cpu_count() or 1)
    else:
        items = [rows[share] for share in parted(len(rows), SETS_A_TASK)]
        made, done = [], 0
        for some in in_order(mapped(workers, unchanged, traded, sweep_sets, items)):
            made.append(some)
            done += len(some[0])
            if tell is not None:
                tell(done, len(rows))
        results, by_part = (np.concatenate(every) for every in zip(*made, strict=True))
    columns = {name: results[:, at] for at, name in enumerate(COLUMNS)}
    return Sweep(rule=rule, names=names, sets=rows, by_part=by_part, **columns)


def fill_paths(
    bid: ArrayLike,
    ask: ArrayLike,
    rule: str,
    parameters: Sequence[float],
    *,
    fee: float = 0.0,
    probability: float = 0.9,
    worse: float = 0.0,
    paths: int = 200,
    seed: int = 1,
    threads: int | None = None,
    workers: Workers | None = None,
) -> Floats:
    """Return the P&L of one set with other luck: a Monte Carlo of its fills.

    Parameters
    ----------
    bid, ask, rule, fee, threads, workers
        As of `sweep`.
    parameters : sequence of float
        One set.
    probability : float in (0, 1], optional
        How likely an order fills; one that does not is tried again at the next quote.
    worse : float, optional
        A fill is worse than the best price by up to this, evenly spread, in price.
    paths, seed : int, optional
        How many, and the first seed; a path depends on its seed alone.

    Returns
    -------
    ndarray of shape (paths, 2)
        P&L and deepest fall of each path, in currency.
    """
    names_of(rule)
    traded = Traded(
        column(bid),
        column(ask),
        rule,
        fee,
        parameters=tuple(float(one) for one in parameters),
        probability=probability,
        worse=worse,
    )
    seeds = list(range(seed, seed + paths))
    if workers is None or workers.is_alone or not seeds:
        results = sweep_paths(traded, seeds, threads or os.cpu_count() or 1)
    else:
        items = [seeds[share] for share in parted(paths, PATHS_A_TASK)]
        results = np.concatenate(
            list(in_order(mapped(workers, unchanged, traded, sweep_paths, items)))
        )
    found: Floats = results[:, [COLUMNS.index("pnl"), COLUMNS.index("drawdown")]]
    return found
