"""A curve in longer periods: its averages by day, month, quarter, season or year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import CurveError, InputError
from wattbook.market.curves.grid import CurveGrid

__all__ = ["LOADS", "TENORS", "averages"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LOADS = {"base": "Base", "peak": "Peak", "off_peak": "OffPeak"}
"""Loads and how the names of products end."""


def season(day: dt.date) -> str:
    """Return the name of a day's season, by the year that it begins in."""
    if 4 <= day.month < 10:
        return f"Sum-{day.year % 100:02d}"
    return f"Win-{(day.year - (day.month < 4)) % 100:02d}"


TENORS: dict[str, Callable[[dt.date], str]] = {
    "day": dt.date.isoformat,
    "week": lambda day: f"Wk{day.isocalendar()[1]:02d}-{day.isocalendar()[0] % 100:02d}",
    "month": lambda day: f"{MONTHS[day.month - 1]}-{day.year % 100:02d}",
    "quarter": lambda day: f"Q{(day.month + 2) // 3}-{day.year % 100:02d}",
    "season": season,
    "calendar_year": lambda day: f"Cal-{day.year % 100:02d}",
}
"""Lengths of averages, and how the market calls that of a day."""


def names(grid: CurveGrid, tenor: str) -> Iterator[str]:
    """Yield each span of a tenor that a day of the grid lies in, once."""
    last = ""
    for day in grid.days.tolist():
        name = TENORS[tenor](day)
        if name != last:
            yield name
        last = name


def averages(
    grid: CurveGrid,
    price: NDArray[np.float64],
    tenor: str,
    load: str = "base",
) -> pl.DataFrame:
    """Return the averages of a price over all deliveries of a tenor that lie wholly in a grid.

    Parameters
    ----------
    grid : CurveGrid
        Delivery periods.
    price : ndarray of float64, shape (n,)
        One each.
    tenor : str
        A key of `TENORS`.
    load : str
        A key of `LOADS`: which hours; days without such hours are left out.

    Returns
    -------
    polars.DataFrame
        ``product``, ``delivery_start``, ``delivery_end`` (UTC), ``hours``, ``price``.

    Raises
    ------
    CurveError
        If tenor or load is unknown, or no such product is traded at the place in that time.
    """
    if tenor not in TENORS:
        raise CurveError(f"tenor {tenor!r} is unknown; use one of {', '.join(TENORS)}")
    if load not in LOADS:
        raise CurveError(f"load {load!r} is unknown; use one of {', '.join(LOADS)}")
    rows, is_traded = [], False
    for name in names(grid, tenor):
        try:
            product = DeliveryProduct(f"{grid.place} {name} {LOADS[load]}")
        except InputError:
            continue  # A Sunday has no peak.
        is_traded = True
        if product.delivery_start < grid.start[0] or product.delivery_end > grid.start[-1]:
            continue
        rows.append(
            (
                str(product),
                product.delivery_start,
                product.delivery_end,
                product.delivery_seconds / 3_600,
                grid.average(product, price),
            )
        )
    if not is_traded:
        other = "another tenor" if load == "base" else "base or another tenor"
        raise CurveError(
            f"{grid.place} has no {tenor} {LOADS[load]} from {grid.first} on; take {other}"
        )
    schema = {
        "product": pl.String,
        "delivery_start": pl.Int64,
        "delivery_end": pl.Int64,
        "hours": pl.Float64,
        "price": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.from_epoch(pl.col("delivery_start", "delivery_end"), "ns").dt.replace_time_zone("UTC")
    )
