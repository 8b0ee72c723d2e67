"""One rule with many sets of parameters over the same quotes, in a compiled loop."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.errors import InputError

__all__ = ["RULES", "Sweep", "fill_paths", "grid", "sweep"]

Floats = NDArray[np.float64]
RULES = {
    "ema_cross": ("fast", "slow"),
    "momentum": ("window", "entry"),
    "mean_reversion": ("window", "entry", "exit"),
}
"""Rules and the names of their parameters: windows in quotes, `entry` of momentum in price, `entry`
and `exit` of mean reversion in deviations."""
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

    Raises
    ------
    InputError
        Naming the parameter, or the row of the first quote that is crossed or no number.

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
    results, by_part = _core.sweep_quotes(
        column(bid), column(ask), rule, rows, fee, parts, threads or os.cpu_count() or 1
    )
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
) -> Floats:
    """Return the P&L of one set with other luck: a Monte Carlo of its fills.

    Parameters
    ----------
    bid, ask, rule, fee, threads
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
    results = _core.sweep_fills(
        column(bid),
        column(ask),
        rule,
        [float(one) for one in parameters],
        fee,
        probability,
        worse,
        list(range(seed, seed + paths)),
        threads or os.cpu_count() or 1,
    )
    found: Floats = results[:, [COLUMNS.index("pnl"), COLUMNS.index("drawdown")]]
    return found
