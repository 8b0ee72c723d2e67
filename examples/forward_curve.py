"""A forward curve of German power in quarter-hours, on the shape of two years of past prices.

`python examples/forward_curve.py` runs it. The past prices are made up from one seed; the quotes
stand beside this file, where `wattbook curve examples/forward_quotes.csv --zone DE-LU` reads them.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from wattbook.market.curves import (
    ForwardCurve,
    Shape,
    averages,
    build_curve,
    curve_grid,
    fit_shape,
    read_quotes,
)

QUOTES = Path(__file__).with_name("forward_quotes.csv")


def past_shape() -> Shape:
    """Return the shape of made-up prices: solar noons, two peaks a day, dear winters."""
    grid = curve_grid("DE-LU", dt.date(2024, 1, 1), dt.date(2026, 1, 1), "hour")
    random = np.random.default_rng(27)
    winter = np.cos(2 * np.pi * (grid.start[:-1] / 86_400e9) / 365.2425)
    hour = grid.slot
    two_peaks = 14 * np.exp(-(((hour - 8) / 2.5) ** 2)) + 22 * np.exp(-(((hour - 19) / 2.5) ** 2))
    noon = -25 * (1 - 0.8 * winter) * np.exp(-(((hour - 13) / 2.8) ** 2))
    price = 75 + 12 * winter + two_peaks + noon + random.normal(0, 15, len(grid))
    return fit_shape("DE-LU", grid.start[:-1], price, "hour")


def example_curve() -> ForwardCurve:
    """Return the curve of the quotes as of a day, until the end of 2031."""
    quotes, _ = read_quotes(QUOTES, "DE-LU")
    return build_curve(
        "DE-LU",
        quotes,
        as_of=dt.date(2026, 11, 25),
        after=dt.date(2032, 1, 1),
        shape=past_shape(),
        tick=0.01,
        age_hours_max=168,
    )


def main() -> None:
    """Print how the quotes are met, years, and what an evening of July costs."""
    curve = example_curve()
    print(curve.fits())
    print(averages(curve.grid, curve.price, "calendar_year"))
    print(averages(curve.grid, curve.price, "calendar_year", "peak"))
    for hour in (13, 19):
        product = f"DE-LU 2027-07-14 H{hour + 1:02d}"
        print(product, round(curve.average(product), 2))


if __name__ == "__main__":
    main()
