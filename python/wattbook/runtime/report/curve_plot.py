"""A forward curve and the quotes that it was made of, in one plot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.market.curves import ForwardCurve, ForwardQuote, averages
from wattbook.runtime.report.svg import Frame, Line, plot

__all__ = ["quotes_plot"]

Floats = NDArray[np.float64]

NANOS_PER_DAY = 86_400_000_000_000
MARKS_MAX = 12
MONTHS_APART = (1, 2, 3, 6, 12)


def quotes_plot(curve: ForwardCurve, unit: str, load: str = "base") -> str:
    """Return the daily averages of a curve, and each quote over its delivery.

    Parameters
    ----------
    curve : ForwardCurve
        What to show.
    unit : str
        Of prices, such as ``EUR/MWh``.
    load : {"base", "peak", "off_peak"}
        Which hours, and which quotes.

    Returns
    -------
    str
        A plot of `wattbook.runtime.report.svg`. A price is one level line, a band one at its bid
        and one at its ask; a side that nobody quotes has none.

    Raises
    ------
    CurveError
        If the load is unknown, or no peak is traded at the place.
    """
    days = averages(curve.grid, curve.price, "day", load)
    edges = days.select("delivery_start", "delivery_end").cast(pl.Int64).to_numpy() / NANOS_PER_DAY
    quotes = [quote for quote in curve.quotes if quote.product.load == load]
    bands = [quote for quote in quotes if not quote.is_price]
    lines = [
        Line("curve, daily averages", edges.ravel(), np.repeat(days["price"].to_numpy(), 2), 1),
        levels("price", [quote for quote in quotes if quote.is_price], "bid", 0),
        levels("bid", bands, "bid", 3),
        levels("ask", bands, "ask", 2),
    ]
    frame = Frame(
        f"Curve of {curve.place} as of {curve.as_of}, {load.replace('_', '-')}, and its quotes",
        "delivery",
        unit,
        month_marks(curve.grid.first, curve.grid.after),
    )
    return plot(frame, [line for line in lines if len(line.x)])


def levels(name: str, quotes: Sequence[ForwardQuote], side: str, ink: int) -> Line:
    """Return one side of quotes as level lines over their deliveries, apart from each other."""
    told = [quote for quote in quotes if np.isfinite(getattr(quote, side))]
    x = [(quote.product.delivery_start, quote.product.delivery_end, np.nan) for quote in told]
    y = [(getattr(quote, side), getattr(quote, side), np.nan) for quote in told]
    return Line(name, np.array(x).ravel() / NANOS_PER_DAY, np.array(y).ravel(), ink)


def month_marks(first: dt.date, after: dt.date) -> list[tuple[float, str]]:
    """Return the months that begin on a curve, in equal steps, a dozen at most."""
    low, high = (12 * day.year + day.month - 1 for day in (first, after))
    begin = low if first.day == 1 else low + 1
    apart = next(
        (one for one in MONTHS_APART if (high - begin) // one < MARKS_MAX), MONTHS_APART[-1]
    )
    months = [month for month in range(begin, high + 1) if month % apart == 0]
    made = [dt.date(month // 12, month % 12 + 1, 1) for month in months]
    return [
        (float((day - dt.date(1970, 1, 1)).days), day.strftime("%b %y"))
        for day in made
        if day < after
    ]
