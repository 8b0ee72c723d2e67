"""Chosen fields of many messages as NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Column", "to_columns"]

Compiled = tuple[str, Any, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Column:
    """One field of many messages.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        int64 for whole numbers (those of 64 bits without a sign keep their bits: use
        ``values.view(np.uint64)``), float64 for decimals, bytes for text; zero or empty where
        there is no value.
    is_there : ndarray of bool, shape (n_rows,)
        Whether the row has a value.
    """

    values: NDArray[Any]
    is_there: NDArray[np.bool_]


def to_columns(found: list[Compiled]) -> dict[str, Column]:
    """Return what the compiled decoders give, by name."""

    def column(values: Any, is_there: NDArray[np.bool_]) -> Column:  # noqa: ANN401 - list or array
        if values is None:
            return Column(np.zeros(is_there.size, dtype=np.int64), is_there)
        return Column(np.asarray(values), is_there)

    return {name: column(values, is_there) for name, values, is_there in found}
