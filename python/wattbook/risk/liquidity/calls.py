"""What an account calls for along paths of prices: variation margin and initial margin.

Money is in whole cents, so that accounts sum exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.checked import finite_number, share

__all__ = ["MarginTerms", "margin_needs"]

Floats: TypeAlias = NDArray[np.float64]
Cents: TypeAlias = NDArray[np.int64]
TOGETHER = 256
"""Paths whose windows are laid out at once: bounds the memory."""


@dataclass(frozen=True, slots=True)
class MarginTerms:
    """How an account is margined.

    Parameters
    ----------
    is_cleared : bool
        Variation is paid day by day and initial margin is lodged; otherwise the value beyond the
        threshold is secured, and there is no initial margin.
    threshold : float, money
        What either side may owe without collateral; only where nothing is cleared.
    minimum_transfer : float, money
        Below this nothing moves; only where nothing is cleared.
    initial_days : int
        Initial margin covers moves over so many days.
    initial_confidence : float
        With this probability.
    initial_window : int
        By so many of the last moves.
    initial_floor : float
        Share of the positions' value that it does not fall below.
    lodged : float, money
        Collateral after haircuts that counts for the initial margin, so that less cash does.

    Raises
    ------
    InputError
        If a number cannot be.
    """

    is_cleared: bool
    threshold: float = 0.0
    minimum_transfer: float = 0.0
    initial_days: int = 2
    initial_confidence: float = 0.99
    initial_window: int = 250
    initial_floor: float = 0.0
    lodged: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        for name in ("threshold", "minimum_transfer", "initial_floor", "lodged"):
            if finite_number(name, getattr(self, name)) < 0.0:
                raise InputError(f"{name} is {getattr(self, name)}; give a number from 0")
        share("initial_confidence", self.initial_confidence)
        if self.initial_days < 1 or self.initial_window < 1:
            raise InputError("initial_days and initial_window count days; give at least 1")


def margin_needs(
    terms: MarginTerms, quantities: ArrayLike, prices: ArrayLike, history: ArrayLike
) -> Cents:
    """Return the cash that an account has called for by each day, above zero if it is paid in.

    Variation counts from day 0 on, initial margin in whole, less what is lodged for it.

    Parameters
    ----------
    terms : MarginTerms
    quantities : array_like of shape (n_series,)
        Held, sold below zero.
    prices : array_like of shape (n_paths, n_days + 1, n_series), money a unit
        From day 0 on.
    history : array_like of shape (n_history, n_series), money a unit
        Of the days before day 0, the latest last.

    Returns
    -------
    ndarray of int64, shape (n_paths, n_days + 1), cents

    Raises
    ------
    InputError
        If shapes do not fit, a price is missing, or the history is too short for initial margin.
    """
    held = np.asarray(quantities, np.float64)
    paths = np.asarray(prices, np.float64)
    past = np.asarray(history, np.float64)
    if paths.ndim != 3 or past.ndim != 2 or paths.shape[2] != len(held) != past.shape[1]:
        raise InputError(
            f"prices have shape {paths.shape}, history {past.shape} and quantities {held.shape}; "
            "give (paths, days, series), (days, series) and (series,)"
        )
    if past.shape[1] != len(held) or paths.shape[2] != len(held):
        raise InputError(f"{len(held)} quantities need as many series of prices and history")
    if not (np.isfinite(paths).all() and np.isfinite(past).all()):
        raise InputError("a price is missing; leave the day out or fill it")
    worth = paths @ held
    gained = worth - worth[:, :1]
    if not terms.is_cleared:
        return in_cents(secured(terms, -gained))
    needed = terms.initial_window + terms.initial_days
    if len(past) + 1 < needed:
        raise InputError(
            f"initial margin takes {needed} days of prices and there are {len(past) + 1}; begin "
            "later or take a shorter initial_window"
        )
    initial = np.maximum(
        tails(terms, worth, past @ held), terms.initial_floor * (np.abs(paths) @ np.abs(held))
    )
    return in_cents(-gained) + np.maximum(in_cents(initial) - round(100 * terms.lodged), 0)


def in_cents(money: Floats) -> Cents:
    """Return money in whole cents, as most accounts round it."""
    return np.rint(100.0 * money).astype(np.int64)


def secured(terms: MarginTerms, owed: Floats) -> Floats:
    """Return collateral posted along paths for what is owed, beyond the threshold."""
    posted = np.zeros_like(owed)
    standing = np.zeros(len(owed))
    for day in range(owed.shape[1]):
        value = owed[:, day]
        needed = np.maximum(value - terms.threshold, 0.0) + np.minimum(value + terms.threshold, 0.0)
        moves = np.abs(needed - standing) >= terms.minimum_transfer
        standing = np.where(moves, needed, standing)
        posted[:, day] = standing
    return posted


def tails(terms: MarginTerms, worth: Floats, past: Floats) -> Floats:
    """Return the loss at the confidence over the last moves by each day, at least 0."""
    keep = terms.initial_window + terms.initial_days - 1
    window, days = terms.initial_window, terms.initial_days
    # Losses at the confidence: the least one that at least this share does not exceed.
    place = max(math.ceil(round(terms.initial_confidence * window, 9)) - 1, 0)
    found = np.empty_like(worth)
    for low in range(0, len(worth), TOGETHER):
        part = worth[low : low + TOGETHER]
        whole = np.concatenate([np.broadcast_to(past[-keep:], (len(part), keep)), part], axis=1)
        losses = whole[:, :-days] - whole[:, days:]
        windows = sliding_window_view(losses, window, axis=1)
        found[low : low + TOGETHER] = np.partition(windows, place, axis=2)[:, :, place]
    return np.maximum(found, 0.0)
