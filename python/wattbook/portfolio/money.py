"""Exact money in columns: whole units of 1 / 3.6e15 of a currency, as the engine keeps it.

Price (1e-6 currency per MWh) times energy (1e-6 MW s) gives that unit without a rest, so amounts
add up to the last unit. Energy of a delivery period is its power in 1e-6 MW times its seconds.
"""

from __future__ import annotations

import polars as pl

__all__ = [
    "FX_SCALE",
    "MONEY",
    "UNITS",
    "at_rate",
    "energy_from_mw",
    "energy_from_mwh",
    "half_even",
    "half_even_column",
    "millionths_column",
]

UNITS = 3_600_000_000_000_000
"""Units in one whole of a currency."""
MONEY = pl.Int128
"""Type of a column of money."""
FX_SCALE = 1_000_000_000
"""A rate of exchange of one, which is kept in 1e-9."""


def half_even(numerator: int, denominator: int) -> int:
    """Return `numerator` / `denominator` rounded half to even.

    Examples
    --------
    >>> half_even(5, 2), half_even(7, 2), half_even(-5, 2)
    (2, 4, -2)
    """
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and whole % 2):
        whole += 1
    return whole


def half_even_column(numerator: pl.Expr, denominator: int) -> pl.Expr:
    """Return a column of whole numbers divided by one, rounded half to even, of the same type.

    Examples
    --------
    >>> frame = pl.DataFrame({"n": [5, 7, -5, 4]}, schema={"n": pl.Int128})
    >>> frame.select(half_even_column(pl.col("n"), 2))["n"].to_list()
    [2, 4, -2, 2]
    """
    whole = numerator // denominator
    twice = (numerator - whole * denominator) * 2
    is_up = (twice > denominator) | ((twice == denominator) & (whole % 2 != 0))
    return whole + is_up.cast(MONEY)


def at_rate(amount: pl.Expr, rate: pl.Expr) -> pl.Expr:
    """Return money at a rate in 1e-9, rounded half to even to the unit, as the engine does."""
    return half_even_column(amount.cast(MONEY) * rate.cast(MONEY), FX_SCALE)


def millionths_column(values: pl.Expr) -> pl.Expr:
    """Return numbers as whole 1e-6, the nearest, ties to even; null stays null."""
    return (values.cast(pl.Float64) * 1e6).round(0, mode="half_to_even").cast(pl.Int64)


def energy_from_mwh(values: pl.Expr) -> pl.Expr:
    """Return energy in MWh as whole 1e-6 MW s, after rounding to 1e-6 MWh.

    Examples
    --------
    >>> pl.select(energy_from_mwh(pl.lit(0.25))).item()
    900000000
    """
    return millionths_column(values) * 3600


def energy_from_mw(values: pl.Expr, seconds: pl.Expr) -> pl.Expr:
    """Return power in MW over `seconds` as whole 1e-6 MW s, after rounding to 1e-6 MW.

    Examples
    --------
    >>> pl.select(energy_from_mw(pl.lit(1.0), pl.lit(900))).item()
    900000000
    """
    return millionths_column(values) * seconds.cast(pl.Int64)
