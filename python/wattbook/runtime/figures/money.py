"""Exact amounts as whole numbers of 1 / 3.6e15 currency, as the engine keeps them."""

from wattbook.portfolio.money import FX_SCALE, UNITS, half_even

__all__ = ["UNITS", "convert", "decimal_text", "money_text", "to_float"]


def convert(units: int, rate_billionths: int) -> int:
    """Return `units` at a rate in 1e-9, rounded half to even to the unit."""
    return half_even(units * rate_billionths, FX_SCALE)


def to_float(units: int) -> float:
    """Return an amount as a float of whole currency, for plots."""
    whole, rest = divmod(units, UNITS)
    return whole + rest / UNITS


def money_text(units: int, decimals: int = 2) -> str:
    """Return an amount with thousands grouped, rounded half to even.

    Examples
    --------
    >>> money_text(-1_234_565 * UNITS // 100)
    '-12,345.65'
    """
    scaled = half_even(units * 10**decimals, UNITS)
    sign = "-" if scaled < 0 else ""
    whole, part = divmod(abs(scaled), 10**decimals)
    return f"{sign}{whole:,}.{part:0{decimals}}" if decimals else f"{sign}{whole:,}"


def decimal_text(millionths: int, decimals: int | None = None) -> str:
    """Return a price or volume in 1e-6 as decimal text; all its digits if `decimals` is left out.

    Examples
    --------
    >>> decimal_text(-37_630_000), decimal_text(1_234_567_000_000, 0)
    ('-37.63', '1,234,567')
    """
    if decimals is not None:
        return money_text(millionths * (UNITS // 1_000_000), decimals)
    sign = "-" if millionths < 0 else ""
    whole, part = divmod(abs(millionths), 1_000_000)
    return f"{sign}{whole:,}" + (f".{part:06}".rstrip("0") if part else "")
