"""Risk over the days that each instrument takes to be closed or hedged: liquidity horizons."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.book import Book, scenario_pnl
from wattbook.risk.checked import above, finite_array, finite_figure, numbers, share
from wattbook.risk.measures import Shortfall, expected_shortfall

__all__ = ["HorizonShortfall", "HorizonStep", "factor_horizons", "horizon_shortfall", "mixed_moves"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HorizonStep:
    """What is still held between two horizons."""

    from_days: float
    to_days: float
    holdings: int
    shortfall: float
    """Of one day, of the holdings whose horizon reaches `to_days`."""
    scaled: float
    """The same times the root of the days between."""


@dataclass(frozen=True, slots=True)
class HorizonShortfall:
    """Expected shortfall over liquidity horizons, positive for a loss."""

    total: float
    """Root of the sum of the steps' squares."""
    steps: tuple[HorizonStep, ...]


def factor_horizons(names: tuple[str, ...], by_prefix: Mapping[str, float], rest: float) -> Array:
    """Return the horizon of each factor, in days: that of the longest prefix of its name.

    Raises
    ------
    InputError
        For a horizon that is not above 0 or a prefix that no factor has.

    Examples
    --------
    >>> factor_horizons(("NG01", "NG12", "CL01"), {"NG": 10.0, "NG12": 20.0}, rest=1.0)
    array([10., 20.,  1.])
    """
    for prefix, days in {**by_prefix, "the others": rest}.items():
        above(f"horizon of {prefix}", days)
    for prefix in by_prefix:
        if not any(name.startswith(prefix) for name in names):
            message = f"horizon of {prefix}: no factor begins so: choose among {', '.join(names)}"
            raise InputError(message)

    def of(name: str) -> float:
        fitting = [prefix for prefix in by_prefix if name.startswith(prefix)]
        return by_prefix[max(fitting, key=len)] if fitting else rest

    return np.array([of(name) for name in names])


def _checked(horizons: ArrayLike, factors: int) -> Array:
    days = finite_array("horizons", horizons)
    if days.size != factors or not np.all(days > 0.0):
        message = f"horizons are {days}: give days above 0 for each of {factors} factors"
        raise InputError(message)
    return days


def mixed_moves(moves: ArrayLike, horizons: ArrayLike) -> Array:
    """Return moves of one day as moves over each factor's own horizon, by its root.

    Shape (factors, scenarios), for `scenario_pnl` and `book_risk`: each holding is revalued in full
    at the move of its horizon.

    Parameters
    ----------
    moves : array, shape (factors, scenarios)
        Of one day.
    horizons : array, shape (factors,)
        Days.

    Raises
    ------
    InputError
        For shapes that do not fit, gaps and horizons that are not above 0.
    """
    one_day = numbers("moves", moves)
    if one_day.ndim != 2:
        message = f"moves have shape {one_day.shape}: give factors times scenarios"
        raise InputError(message)
    scaled: Array = one_day * np.sqrt(_checked(horizons, one_day.shape[0]))[:, None]
    return scaled


def horizon_shortfall(
    book: Book, moves: ArrayLike, horizons: ArrayLike, confidence: float, threads: int = 1
) -> HorizonShortfall:
    """Return the expected shortfall with a liquidity horizon for each factor: a cascade of roots.

    Basel Committee on Banking Supervision, Minimum capital requirements for market risk (2019),
    MAR33.4 and 33.5: the shortfall of all holdings to the shortest horizon, then of those with a
    longer one over the days to the next, and so on; the root of the sum of squares. There it begins
    at ten days and has five horizons; here any, from scenarios of one day. The shortfall is exactly
    the tail (`Shortfall.EXACT_TAIL`).

    Parameters
    ----------
    book, moves, threads
        As for `scenario_pnl`; moves are of one day.
    horizons : array, shape (factors,)
        Days to close or hedge what is held of each factor.
    confidence : float
        Such as 0.975.

    Raises
    ------
    InputError
        If the book is empty or a horizon is not above 0; else as `scenario_pnl`.
    """
    share("confidence", confidence)
    if not len(book):
        message = "the book is empty: there is nothing at risk, which is no shortfall of 0"
        raise InputError(message)
    days = _checked(horizons, len(book.factors.names))[book.factor]
    steps, before = [], 0.0
    for level in np.unique(days).tolist():
        left = days >= level
        pnl = scenario_pnl(book.rows(left), moves, threads)
        shortfall = expected_shortfall(pnl, confidence, Shortfall.EXACT_TAIL)
        # What gains in every scenario adds no loss.
        scaled = max(shortfall, 0.0) * math.sqrt(level - before)
        steps.append(HorizonStep(before, level, int(left.sum()), shortfall, scaled))
        before = level
    total = finite_figure("shortfall", math.hypot(*(step.scaled for step in steps)))
    return HorizonShortfall(total, tuple(steps))
