"""Numbers that a measure of risk can take, checked once."""

import sys
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError

__all__ = ["above", "finite_array", "finite_number", "from_zero", "share"]


def finite_number(name: str, value: object) -> float:
    """`value`, which is finite, or an error that names it."""
    # Not `math.isfinite`, which a whole number beyond any float overflows.
    if (
        isinstance(value, bool)
        or not isinstance(value, Real)
        or not abs(value) <= sys.float_info.max  # type: ignore[operator]
    ):
        message = f"{name} is {value}: give a finite number"
        raise InputError(message)
    return float(value)


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


def share(name: str, value: float) -> float:
    """`value`, which lies between 0 and 1 and is neither, or an error that names it."""
    if not 0.0 < value < 1.0:
        message = f"{name} is {value}: give a share between 0 and 1"
        raise InputError(message)
    return float(value)


def finite_array(name: str, values: ArrayLike, *, least: int = 1) -> NDArray[np.float64]:
    """`values` as one column without gaps, at least `least` long, or an error with the place."""
    array = np.asarray(values, dtype=np.float64)
    if isinstance(values, np.ma.MaskedArray):
        # What is masked is missing.
        array = np.where(np.ma.getmaskarray(values), np.nan, array)
    if array.ndim != 1 or array.size < least:
        message = f"{name} has shape {array.shape}: give a column of at least {least}"
        raise InputError(message)
    wrong = np.flatnonzero(~np.isfinite(array))
    if wrong.size:
        row = int(wrong[0])
        message = f"{name}, row {row}: {array[row]} is no number: leave the row out or fill it"
        raise InputError(message)
    return array
