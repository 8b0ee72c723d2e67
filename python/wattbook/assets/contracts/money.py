"""Exact money of settlements: volume times price in whole units, cents that add up."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.numbers import millionths

__all__ = ["CENT_UNITS", "EXACT_SCALE", "cents", "decimals", "products", "rounded"]

Floats: TypeAlias = NDArray[np.float64]
EXACT_SCALE = 12
"""Decimals of a product of a price and a volume, each exact to 1e-6."""
CENT_UNITS = 10 ** (EXACT_SCALE - 2)


def products(volume: Floats, price: Floats) -> list[int]:
    """Return volume times price, exactly, in 1e-12 money.

    Examples
    --------
    >>> products(np.array([0.25]), np.array([-37.63]))
    [-9407500000000]
    """
    volumes, prices = millionths(volume).tolist(), millionths(price).tolist()
    return [one * other for one, other in zip(volumes, prices, strict=True)]


def rounded(units: int, step: int = CENT_UNITS) -> int:
    """Return how many steps `units` are, half to even.

    Examples
    --------
    >>> rounded(15, 10), rounded(25, 10), rounded(-15, 10)
    (2, 2, -2)
    """
    whole, rest = divmod(units, step)
    return whole + (2 * rest > step or (2 * rest == step and whole % 2 == 1))


def cents(units: Iterable[int], step: int = CENT_UNITS) -> list[int]:
    """Return amounts in cents whose sum is the rounded sum of the exact ones.

    Each is what its addition moves the rounded total by, so none is off by a cent or more. A cent
    has `step` units.

    Examples
    --------
    >>> cents([4 * 10**9, 4 * 10**9, 4 * 10**9])  # three times 0.4 of a cent
    [0, 1, 0]
    """
    total, told, made = 0, 0, []
    for one in units:
        total += one
        now = rounded(total, step)
        made.append(now - told)
        told = now
    return made


def decimals(units: Iterable[int], scale: int) -> pl.Series:
    """Return whole units as a column of exact decimals.

    Examples
    --------
    >>> decimals([1, -250], 2).to_list()
    [Decimal('0.01'), Decimal('-2.50')]
    """
    values = [Decimal(one).scaleb(-scale) for one in units]
    return pl.Series(values, dtype=pl.Decimal(38, scale))
