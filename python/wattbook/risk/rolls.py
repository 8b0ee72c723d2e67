"""Moves of futures that are the same contract's on both days."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError

__all__ = ["ContractMoves", "same_contract_moves"]

MONTH_DAYS = 35
"""Between two expiries of months, at most."""


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
    if not np.all(np.diff(days) > np.timedelta64(0, "D")):
        message = "days do not rise: sort them and leave out what is repeated"
        raise InputError(message)
    if not 1 <= place < prices.shape[1]:
        message = f"place {place} of {prices.shape[1]}: give one that has a next one"
        raise InputError(message)
    used = prices[:, place - 1 : place + 1]
    if not np.all(np.isfinite(used)):
        row = int(np.flatnonzero(~np.isfinite(used).all(axis=1))[0])
        message = f"{days[row]}: a price at place {place} or the next is missing: leave the day out"
        raise InputError(message)
    expiries = np.sort(np.asarray(last_trades, dtype="datetime64[D]"))
    check_reach(days, expiries)
    passed = np.searchsorted(expiries, days, side="left")
    steps = np.diff(passed)
    if np.any(steps > 1):
        row = int(np.flatnonzero(steps > 1)[0])
        message = f"{days[row]} to {days[row + 1]}: more than one contract expired: fill the gap"
        raise InputError(message)
    after = steps == 1
    before = np.where(after, used[:-1, 1], used[:-1, 0])
    return ContractMoves(days[1:], used[1:, 0] - before, after)


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
