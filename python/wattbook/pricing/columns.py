"""Columns of numbers: broadcast as NumPy does, flat for the kernels, back in shape."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError

__all__ = [
    "Column",
    "Kind",
    "Shape",
    "flat",
    "refuse_beyond",
    "refuse_endless",
    "shaped",
    "signs",
]

Column: TypeAlias = float | NDArray[np.float64]
"""One number for all rows, or a flat array of one for each."""

Kind: TypeAlias = str | ArrayLike
"""``"call"`` or ``"put"``, or an array of these or of booleans that are true for calls."""

Shape: TypeAlias = tuple[int, ...]

_NAMES = {"call": 1.0, "put": -1.0}


def signs(kind: Kind) -> float | NDArray[np.float64]:
    """1 for each call and -1 for each put.

    Raises
    ------
    InputError
        For another word, with its row.

    Examples
    --------
    >>> signs(["call", "put"])
    array([ 1., -1.])
    """
    if isinstance(kind, str):
        if kind not in _NAMES:
            message = f"kind is {kind!r}: choose 'call' or 'put'"
            raise InputError(message)
        return _NAMES[kind]
    kinds = np.asarray(kind)
    if kinds.dtype == np.bool_:
        return np.where(kinds, 1.0, -1.0)
    wrong = ~np.isin(kinds, list(_NAMES))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        message = (
            f"row {row}: kind is {str(kinds.ravel()[row])!r}: choose 'call' or 'put', or booleans"
        )
        raise InputError(message)
    return np.where(kinds == "call", 1.0, -1.0)


def flat(fields: Mapping[str, ArrayLike]) -> tuple[Shape, list[Column]]:
    """Broadcast `fields`: their shape, and each as a number or a flat array of all rows.

    Raises
    ------
    InputError
        If a field holds no numbers, or shapes do not fit each other.
    """
    arrays = {}
    for name, values in fields.items():
        if isinstance(values, np.ma.MaskedArray) and values.mask.any():
            row = int(np.flatnonzero(values.mask)[0])
            message = f"row {row}: {name} is masked: leave the row out, or give a number"
            raise InputError(message)
        try:
            arrays[name] = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            message = f"{name}: {error}: give numbers"
            raise InputError(message) from None
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items() if array.ndim)
        message = f"shapes do not broadcast: {shapes}"
        raise InputError(message) from None
    columns: list[Column] = [
        float(array)
        if array.ndim == 0
        else np.ascontiguousarray(np.broadcast_to(array, shape)).ravel()
        for array in arrays.values()
    ]
    return shape, columns


def refuse_beyond(name: str, values: ArrayLike, least: float, most: float) -> None:
    """Refuse numbers outside of `least` to `most`, and what is none.

    Raises
    ------
    InputError
        With row, field and bounds.
    """
    numbers = np.ravel(np.asarray(values, dtype=np.float64))
    wrong = ~((numbers >= least) & (numbers <= most))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        message = f"row {row}: {name} is {numbers[row]}: give a number from {least:g} to {most:g}"
        raise InputError(message)


def refuse_wide(volatilities: Mapping[str, ArrayLike], time: ArrayLike, most: float) -> None:
    """Refuse prices that move more than a quadrature holds for: volatility times the root of time.

    Raises
    ------
    InputError
        With row, field and bound.
    """
    root = np.sqrt(np.maximum(np.asarray(time, dtype=np.float64), 0.0))
    for name, values in volatilities.items():
        moves = np.ravel(np.asarray(values, dtype=np.float64) * root)
        if np.any(moves > most):
            row = int(np.flatnonzero(moves > most)[0])
            message = (
                f"row {row}: {name} times the root of time is {moves[row]:g}, more than the sum "
                f"over shocks holds for: give at most {most:g}"
            )
            raise InputError(message)


def refuse_endless(figures: Mapping[str, ArrayLike], advice: str) -> None:
    """Refuse results that are no finite numbers: inputs that are each in range may not go together.

    Raises
    ------
    InputError
        With row, figure and `advice`.
    """
    for name, values in figures.items():
        wrong = ~np.isfinite(np.ravel(np.asarray(values, dtype=np.float64)))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            message = f"row {row}: {name} is beyond what a number can hold: {advice}"
            raise InputError(message)


def shaped(values: NDArray[np.float64], shape: Shape) -> NDArray[np.float64]:
    """Flat `values` in `shape`; a number where that is no shape at all."""
    return values.reshape(shape)[()]
