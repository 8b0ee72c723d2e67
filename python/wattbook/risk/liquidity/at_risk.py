"""Liquidity at risk: the tail of what margin asks for within a few days, and when money runs out.

Paths are stretches of past days, each day's move divided by the volatility that it met and times
the one of now (Hull and White, 1998), so that several days in a row stay as they were.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.checked import share
from wattbook.risk.volatility import ewma_volatility

__all__ = [
    "LiquidityAtRisk",
    "Shortfall",
    "first_shortfall",
    "horizon_paths",
    "liquidity_at_risk",
]

Floats: TypeAlias = NDArray[np.float64]
Cents: TypeAlias = NDArray[np.int64]
WARM_UP = 20


@dataclass(frozen=True, slots=True, eq=False)
class LiquidityAtRisk:
    """Cash that margin asks for, in cents.

    Parameters
    ----------
    now_cents : int
        On day 0.
    peak_cents : int
        At the confidence, the largest sum of a path's days.
    by_account_cents : ndarray of int64, shape (n_accounts,)
        Of the day of that path; they sum to the peak.
    day : int
        On which it comes.
    path : int
    """

    now_cents: int
    peak_cents: int
    by_account_cents: Cents
    day: int
    path: int

    @property
    def at_risk_cents(self) -> int:
        """What may come on top of now."""
        return self.peak_cents - self.now_cents


@dataclass(frozen=True, slots=True, eq=False)
class Shortfall:
    """What a path asks for, against the money there is; in cents.

    Parameters
    ----------
    day : int or None
        First day on which money runs out, from 0; none if it never does.
    lacking_cents : int
        Most that is lacking.
    peak_day : int
        Day of the largest need.
    peak_cents : int
    by_account_cents : ndarray of int64, shape (n_accounts,)
        Of the peak; they sum to it.
    """

    day: int | None
    lacking_cents: int
    peak_day: int
    peak_cents: int
    by_account_cents: Cents


def horizon_paths(history: ArrayLike, days: int, *, decay: float = 0.97) -> Floats:
    """Return what prices may do from the last of a history, one path a stretch of past days.

    Parameters
    ----------
    history : array_like of shape (n_history, n_series), money a unit
    days : int
        Of a path.
    decay : float, optional
        Of the exponentially weighted volatility.

    Returns
    -------
    ndarray of shape (n_paths, days + 1, n_series)
        Each begins with the last prices.

    Raises
    ------
    InputError
        If the history is too short, or a series never moves at first.
    """
    past = np.asarray(history, np.float64)
    if past.ndim != 2 or days < 1 or len(past) < WARM_UP + days + 1:
        raise InputError(
            f"history has shape {past.shape}; give at least {WARM_UP + days + 1} days of prices"
        )
    moves = np.diff(past, axis=0)
    scaled = np.empty_like(moves)
    for series, own in enumerate(moves.T):
        first = float(np.var(own[:WARM_UP]))
        if not first > 0.0:
            raise InputError(f"series {series} stands still at first; begin its history later")
        volatility = ewma_volatility(own, decay, first)
        scaled[:, series] = own / volatility[:-1] * volatility[-1]
    starts = np.arange(len(scaled) - days + 1)
    stretches = scaled[starts[:, None] + np.arange(days)]
    made = np.zeros((len(starts), days + 1, past.shape[1]))
    made[:, 1:] = np.cumsum(stretches, axis=1)
    made += past[-1]
    return made


def liquidity_at_risk(needs: Cents, confidence: float) -> LiquidityAtRisk:
    """Return the largest need of paths at a confidence, and what each account has in it.

    It is an observed path, so that accounts sum to it to the cent.

    Parameters
    ----------
    needs : ndarray of int64, shape (n_accounts, n_paths, n_days + 1), cents
    confidence : float

    Raises
    ------
    InputError
        If the confidence is no share or there are no paths.
    """
    level = share("confidence", confidence)
    if needs.ndim != 3 or not needs.size:
        raise InputError(f"needs have shape {needs.shape}; give accounts, paths and days")
    total = needs.sum(axis=0)
    peaks = total.max(axis=1)
    place = max(math.ceil(round(level * len(peaks), 9)) - 1, 0)
    path = int(np.argsort(peaks, kind="stable")[place])
    day = int(total[path].argmax())
    return LiquidityAtRisk(
        int(total[path, 0]), int(total[path, day]), needs[:, path, day].copy(), day, path
    )


def first_shortfall(needs: Cents, available_cents: int) -> Shortfall:
    """Return when needs go beyond the money there is, and the largest of them.

    Parameters
    ----------
    needs : ndarray of int64, shape (n_accounts, n_days + 1), cents
    available_cents : int
        Cash and credit lines.

    Examples
    --------
    >>> found = first_shortfall(np.array([[0, 500, 900, 200], [0, 0, 300, 300]]), 1_000)
    >>> found.day, found.lacking_cents, found.by_account_cents.tolist()
    (2, 200, [900, 300])
    """
    total = needs.sum(axis=0)
    short = np.flatnonzero(total > available_cents)
    peak = int(total.argmax())
    return Shortfall(
        int(short[0]) if len(short) else None,
        max(int(total[peak]) - available_cents, 0),
        peak,
        int(total[peak]),
        needs[:, peak].copy(),
    )
