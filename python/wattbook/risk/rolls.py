"""Moves of futures that are the same contract's on both days."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError

__all__ = ["ContractMoves", "curve_moves", "later_months", "same_contract_moves"]

MONTH_DAYS = 35
"""Between two expiries of months, at most."""
SAME_MOVES = 1e-6
"""Deviation of what one place does not explain of another, of moves of deviation 1: none."""


@dataclass(frozen=True, slots=True)
class ContractMoves:
    """Daily moves of what is at a place of the curve, in units of price."""

    dates: NDArray[np.datetime64]
    """Day of the later price."""
    moves: NDArray[np.float64]
    """Price less the same contract's price the day before: absolute, prices may be below 0."""
    after_expiry: NDArray[np.bool_]
    """Whether a contract had expired in between, so that the move is of one place to the next."""


def same_contract_moves(
    dates: ArrayLike, curve: ArrayLike, last_trades: ArrayLike, place: int = 1
) -> ContractMoves:
    """Return the moves of the contract at `place` of a curve of generic contracts.

    On the day after a contract's last trade every contract stands one place nearer. Its price the
    day before is then at the next place; the difference of the generic series is a roll, no move.

    Parameters
    ----------
    dates : array of datetime64, shape (n,)
        Days of prices, rising.
    curve : array, shape (n, m)
        Prices of the first to the m-th contract.
    last_trades : array of datetime64
        Last trading days of all contracts, from the exchange's calendar.
    place : int, optional
        1 for the nearest contract; below m, because the next one is needed.

    Raises
    ------
    InputError
        If days do not rise, a price is missing, the place has no next one, or the last trades do
        not reach over the days.

    Examples
    --------
    >>> days = np.array(["2020-01-21", "2020-01-22"], dtype="datetime64[D]")
    >>> found = same_contract_moves(days, [[58.34, 58.38], [56.74, 56.7]], ["2020-01-21"])
    >>> found.moves.round(2), found.after_expiry
    (array([-1.64]), array([ True]))
    """
    days = np.asarray(dates, dtype="datetime64[D]")
    prices = np.asarray(curve, dtype=np.float64)
    if prices.ndim != 2 or prices.shape[0] != days.size or days.size < 2:
        message = f"a curve of shape {prices.shape} for {days.size} days: give a row for each"
        raise InputError(message)
    if not 1 <= place < prices.shape[1]:
        message = f"place {place} of {prices.shape[1]}: give one that has a next one"
        raise InputError(message)
    used = prices[:, place - 1 : place + 1]
    if not np.all(np.isfinite(used)):
        row = int(np.flatnonzero(~np.isfinite(used).all(axis=1))[0])
        message = f"{days[row]}: a price at place {place} or the next is missing: leave the day out"
        raise InputError(message)
    after = days_after_expiry(days, last_trades)
    before = np.where(after, used[:-1, 1], used[:-1, 0])
    return ContractMoves(days[1:], used[1:, 0] - before, after)


def curve_moves(dates: ArrayLike, curve: ArrayLike, last_trades: ArrayLike) -> NDArray[np.float64]:
    """Return the moves of every place of a curve but the last, as `same_contract_moves` has them.

    Parameters
    ----------
    dates, curve, last_trades
        As there; a missing price is NaN.

    Returns
    -------
    ndarray of shape (m - 1, n - 1), in units of price
        By place and day; NaN where one of its two prices is missing.

    Raises
    ------
    InputError
        If days do not rise, or the last trades do not reach over them.
    """
    days = np.asarray(dates, dtype="datetime64[D]")
    prices = np.asarray(curve, dtype=np.float64)
    if prices.ndim != 2 or prices.shape[0] != days.size or min(prices.shape, default=0) < 2:
        message = f"a curve of shape {prices.shape} for {days.size} days: give two days and places"
        raise InputError(message)
    after = days_after_expiry(days, last_trades)[:, None]
    moves: NDArray[np.float64] = prices[1:, :-1] - np.where(
        after, prices[:-1, 1:], prices[:-1, :-1]
    )
    return moves.T


def later_months(near: ArrayLike, places: int) -> NDArray[np.float64]:
    """Return moves of as many `places`, those behind the last known two by a model.

    The deviation falls from place to place by what it falls between the last two known ones, never
    rises (P. Samuelson, 1965), and so does correlation with distance: neighbours have that of the
    last two known ones, places n apart its n-th power. Each place has a shock of its own, the
    second last's that the last does not explain, taken from another day for each place.

    Parameters
    ----------
    near : array of shape (at least 2, n_days), units of price
        Moves of the nearest places, the same contract's on both days.
    places : int
        How many places are wanted.

    Returns
    -------
    ndarray of shape (places, n_days)

    Raises
    ------
    InputError
        If there are fewer than two places or three days, a move is no number, or the last two
        places always move as one: a spread between later ones would seem to have no risk.

    References
    ----------
    Samuelson, P. (1965). Proof that properly anticipated prices fluctuate randomly. Industrial
    Management Review 6.
    """
    known = np.asarray(near, dtype=np.float64)
    if known.ndim != 2 or known.shape[0] < 2 or known.shape[1] < 3 or not np.isfinite(known).all():
        message = f"moves of shape {known.shape}: give two places and three days, all known"
        raise InputError(message)
    if places <= known.shape[0]:
        return known[:places]
    deviations = np.sqrt(np.mean(known[-2:] ** 2, axis=1))
    if not np.all(deviations > 0.0):
        message = "a place of the curve never moves: give histories that do, or fewer months"
        raise InputError(message)
    before, last = known[-2:] / deviations[:, None]
    correlation = float(np.mean(before * last))
    own = before - correlation * last
    scale = float(np.sqrt(np.mean(own**2)))
    if scale < SAME_MOVES:
        message = "two places of the curve move as one: give each contract's own history"
        raise InputError(message)
    fall = min(float(deviations[1] / deviations[0]), 1.0)
    weight = np.sqrt(max(1.0 - correlation**2, 0.0))
    rows = [*known]
    for back in range(1, places - known.shape[0] + 1):
        last = correlation * last + weight * np.roll(own, back) / scale
        rows.append(deviations[1] * fall**back * last)
    return np.array(rows)


def days_after_expiry(days: NDArray[np.datetime64], last_trades: ArrayLike) -> NDArray[np.bool_]:
    """Return for each day but the first whether a contract expired since the day before.

    Raises
    ------
    InputError
        If days do not rise, last trades do not reach over them, or two contracts expired at once.
    """
    if not np.all(np.diff(days) > np.timedelta64(0, "D")):
        message = "days do not rise: sort them and leave out what is repeated"
        raise InputError(message)
    expiries = np.sort(np.asarray(last_trades, dtype="datetime64[D]"))
    check_reach(days, expiries)
    passed = np.searchsorted(expiries, days, side="left")
    steps = np.diff(passed)
    if np.any(steps > 1):
        row = int(np.flatnonzero(steps > 1)[0])
        message = f"{days[row]} to {days[row + 1]}: more than one contract expired: fill the gap"
        raise InputError(message)
    after: NDArray[np.bool_] = steps == 1
    return after


def check_reach(days: NDArray[np.datetime64], expiries: NDArray[np.datetime64]) -> None:
    """Refuse last trades that leave out days at either end: a roll there would pass for a move.

    Days may lie beyond them by as much as contracts lie apart, and by a month.
    """
    apart = max([np.timedelta64(MONTH_DAYS, "D"), *np.diff(expiries)])
    is_known = expiries.size > 0 and not np.isnat(expiries).any()
    if is_known and expiries[0] - days[0] <= apart and days[-1] - expiries[-1] <= apart:
        return
    message = (
        f"last trades do not reach over the days {days[0]} to {days[-1]}: give the calendar of all "
        "contracts, or a roll would pass for a move"
    )
    raise InputError(message)
