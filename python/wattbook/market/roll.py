"""Daily futures joined across expiries by difference.

A generic series such as CL01 changes contract after each last trading day, and its jump on that
day is no profit to anyone. Prices before a roll are shifted by the difference between the new and
the old contract on the old one's last day, so that every daily change is that of one contract. A
ratio would be wrong: prices cross zero (CL, 20 April 2020).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError

__all__ = ["Rolled", "roll_adjusted", "roll_places"]


@dataclass(frozen=True, slots=True)
class Rolled:
    """A continuous series of daily settlements.

    Parameters
    ----------
    day : ndarray of datetime64[D], shape (n,)
        Trading days, rising.
    price : ndarray of float64, shape (n,)
        Adjusted settlement: the last contract's own level, earlier ones shifted.
    settlement : ndarray of float64, shape (n,)
        Settlement of the front contract as published.
    rolls : ndarray of int64
        Places in `day` at which a new contract begins.
    """

    day: NDArray[np.datetime64]
    price: NDArray[np.float64]
    settlement: NDArray[np.float64]
    rolls: NDArray[np.int64]


def roll_places(
    day: NDArray[np.datetime64], last_trade: NDArray[np.datetime64]
) -> NDArray[np.int64]:
    """Return the places in `day` that trade another front contract than the day before.

    Parameters
    ----------
    day : ndarray of datetime64[D], shape (n,)
        Trading days, rising.
    last_trade : ndarray of datetime64[D]
        Last trading day of each contract, rising.

    Examples
    --------
    >>> days = np.array(["2020-04-20", "2020-04-21", "2020-04-22"], dtype="datetime64[D]")
    >>> roll_places(days, np.array(["2020-04-21", "2020-05-19"], dtype="datetime64[D]"))
    array([2])
    """
    # A contract still trades on its last day, so the front contract is the first not before it.
    front = np.searchsorted(last_trade, day, side="left")
    return np.flatnonzero(np.diff(front) > 0) + 1


def roll_adjusted(
    day: NDArray[np.datetime64],
    front: NDArray[np.float64],
    second: NDArray[np.float64],
    last_trade: NDArray[np.datetime64],
) -> Rolled:
    """Return the front series with every roll taken out by difference.

    Parameters
    ----------
    day : ndarray of datetime64[D], shape (n,)
        Trading days, rising.
    front, second : ndarray of float64, shape (n,)
        Settlements of the nearest and the next contract.
    last_trade : ndarray of datetime64[D]
        Last trading day of each contract, rising.

    Raises
    ------
    InputError
        If days do not rise or the lengths differ.

    Examples
    --------
    The old contract ends at 18; the new one stood at 20 that day and is at 21 the day after: +1.

    >>> days = np.array(["2020-04-20", "2020-04-21", "2020-04-22"], dtype="datetime64[D]")
    >>> expiry = np.array(["2020-04-21"], dtype="datetime64[D]")
    >>> roll_adjusted(days, np.array([17.0, 18, 21]), np.array([19.0, 20, 23]), expiry).price
    array([19., 20., 21.])
    """
    if not day.size == front.size == second.size:
        message = f"lengths differ: {day.size} days, {front.size} and {second.size} settlements"
        raise InputError(message)
    if day.size and (np.diff(day).astype(np.int64) <= 0).any():
        message = "trading days do not rise; sort them and drop repeated ones first"
        raise InputError(message)
    rolls = roll_places(day, last_trade)
    steps = np.zeros(day.size)
    steps[rolls] = second[rolls - 1] - front[rolls - 1]
    # Later rolls lift a day's level; summed from the end, so that the last price is exactly itself.
    shift = np.cumsum(steps[::-1])[::-1] - steps
    return Rolled(day=day, price=front + shift, settlement=front, rolls=rolls)
