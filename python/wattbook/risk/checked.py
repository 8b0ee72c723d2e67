"""Numbers that a measure of risk takes and gives, checked once a call."""

import math
import operator
from contextlib import suppress
from numbers import Integral, Real
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError

__all__ = [
    "above",
    "finite_array",
    "finite_figure",
    "finite_figures",
    "finite_number",
    "from_zero",
    "moving",
    "numbers",
    "overflow_refused",
    "share",
    "shock_table",
    "whole",
]

STILL_DAYS: Final = 20
"""Days in a row without a move, a month of trading, after which a series is stale."""


def overflow_refused() -> np.errstate:
    """Return a context in which NumPy leaves what overflows to the check of the results."""
    return np.errstate(over="ignore", invalid="ignore")


def finite_number(name: str, value: object) -> float:
    """`value`, which is finite, or an error that names it."""
    number = math.nan
    if not isinstance(value, bool) and isinstance(value, Real):
        with suppress(OverflowError):
            number = float(value)
    if not math.isfinite(number):
        message = f"{name} is {value!r:.60}: give a finite number"
        raise InputError(message)
    return number


def above(name: str, value: object) -> float:
    """`value`, which is finite and above 0, or an error that names it."""
    number = finite_number(name, value)
    if not number > 0.0:
        message = f"{name} is {value}: give a number above 0"
        raise InputError(message)
    return number


def from_zero(name: str, value: object) -> float:
    """`value`, which is finite and not below 0, or an error that names it."""
    number = finite_number(name, value)
    if not number >= 0.0:
        message = f"{name} is {value}: give a number from 0"
        raise InputError(message)
    return number


def share(name: str, value: object) -> float:
    """`value`, which lies between 0 and 1 and is neither, or an error that names it."""
    number = finite_number(name, value)
    if not 0.0 < number < 1.0:
        message = f"{name} is {value}: give a share between 0 and 1"
        raise InputError(message)
    return number


def whole(name: str, value: object, least: int = 0, most: int = 2**53) -> int:
    """`value`, a whole number from `least` to `most`, or an error that names it."""
    if (
        isinstance(value, bool)
        or not isinstance(value, Integral)
        or not least <= (number := operator.index(value)) <= most
    ):
        message = f"{name} is {value!r:.60}: give a whole number from {least} to {most}"
        raise InputError(message)
    return number


def numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """`values` as an array of numbers, what is masked or left out as NaN, or an error."""
    try:
        given = np.asarray(values)
        if given.dtype.kind not in "biufO":
            message = f"{name} holds {given.dtype}: give numbers"
            raise InputError(message)
        array = given.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError) as fault:
        if isinstance(fault, InputError):
            raise
        message = f"{name}: {fault}: give numbers"
        raise InputError(message) from None
    if isinstance(values, np.ma.MaskedArray):
        # What is masked is missing.
        array = np.where(np.ma.getmaskarray(values), np.nan, array)
    return array


def finite_array(name: str, values: ArrayLike, *, least: int = 1) -> NDArray[np.float64]:
    """`values` as one column without gaps, at least `least` long, or an error with the place."""
    array = numbers(name, values)
    if array.ndim != 1 or array.size < least:
        message = f"{name} has shape {array.shape}: give a column of at least {least}"
        raise InputError(message)
    wrong = np.flatnonzero(~np.isfinite(array))
    if wrong.size:
        row = int(wrong[0])
        message = f"{name}, row {row}: {array[row]} is no number: leave the row out or fill it"
        raise InputError(message)
    return array


def shock_table(name: str, values: ArrayLike) -> NDArray[np.float32] | NDArray[np.float64]:
    """`values` by instrument and scenario, of 4 or 8 bytes, for the kernels, or an error.

    Gaps are left to the kernels, which pass over every number anyway.
    """
    given = values if isinstance(values, np.ndarray) else np.asarray(numbers(name, values))
    is_kept = given.dtype in (np.float32, np.float64) and not isinstance(given, np.ma.MaskedArray)
    table = given if is_kept else numbers(name, given)
    if table.ndim != 2:
        message = f"{name} have shape {table.shape}: give a row of scenarios an instrument"
        raise InputError(message)
    return np.ascontiguousarray(table)


def moving(name: str, moves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `moves`, or an error if the last are all 0: what stands still has no risk of 0.

    Oldest first; a price that has not moved for `STILL_DAYS` days is one that nobody has quoted.
    """
    if moves.size >= STILL_DAYS and not moves[-STILL_DAYS:].any():
        last = np.flatnonzero(moves)
        since = f"since row {int(last[-1])}" if last.size else "at all"
        message = f"{name} has not moved {since}: it is stale, bring it up to date or leave it out"
        raise InputError(message)
    return moves


def finite_figure(name: str, value: float, advice: str = "give smaller numbers") -> float:
    """`value`, a result, or an error if no number holds it: inputs in range may not go together."""
    if not math.isfinite(value):
        message = f"{name} is beyond what a number can hold: {advice}"
        raise InputError(message)
    # A loss of 0 is no -0.
    return float(value) + 0.0


def finite_figures(
    name: str, values: NDArray[np.float64], advice: str = "give smaller numbers"
) -> NDArray[np.float64]:
    """`values`, results, or an error with the first row of one that no number holds."""
    # A sum is finite only where all are: one pass where all is well.
    if not math.isfinite(float(values.sum())):
        wrong = np.flatnonzero(~np.isfinite(values.ravel()))
        if wrong.size:
            message = f"{name}, row {int(wrong[0])}: it is beyond what a number can hold: {advice}"
            raise InputError(message)
    return values
