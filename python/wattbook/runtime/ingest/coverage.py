"""How much of the time a set of series covers: gaps, and their share day by day.

Measured as time and not as a count of rows, so that a day of 23 or 25 hours, and hours beside
quarter-hours in one series, need no case of their own.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["day_edges", "gaps", "overlap_seconds", "series"]

NANOS = 1_000_000_000
SERIES_KEY = ["source", "dataset", "location", "counterpart", "item"]


def series(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one line a series: rows, first start, last end, resolution (ns), values missing.

    Parameters
    ----------
    rows : DataFrame
        One version of each row, as `ObservationStore.as_known` gives them. Rows of an instant
        have no length, and cover nothing: their resolution is 0.
    """
    length = pl.col("delivery_end") - pl.col("delivery_start")
    return rows.group_by(SERIES_KEY, maintain_order=True).agg(
        pl.len().alias("rows"),
        pl.col("delivery_start").min().alias("first"),
        pl.col("delivery_end").max().alias("last"),
        # Of two lengths that are as frequent, the shorter one.
        length.mode().min().alias("resolution"),
        pl.col("value").null_count().alias("values_missing"),
    )


def gaps(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return every stretch between two rows of a series that no row covers.

    Parameters
    ----------
    rows : DataFrame
        As for `series`.
    known : DataFrame
        What `series` gives for them.

    Returns
    -------
    DataFrame
        The key of the series, ``start`` and ``end`` (ns UTC), ``resolution`` (ns) and ``periods``:
        how many delivery periods of that length are missing.
    """
    covered_to = pl.col("delivery_end").cum_max().shift(1).over(SERIES_KEY)
    joined = rows.select(*SERIES_KEY, "delivery_start", "delivery_end").join(
        known.select(*SERIES_KEY, "resolution"), on=SERIES_KEY, nulls_equal=True
    )
    return (
        joined.filter(pl.col("resolution") > 0)
        .sort(*SERIES_KEY, "delivery_start", "delivery_end")
        .with_columns(covered_to.alias("start"))
        .filter(pl.col("delivery_start") > pl.col("start"))
        .with_columns(
            pl.col("delivery_start").alias("end"),
            # A gap that ends within a period lacks a part of it.
            (-((pl.col("start") - pl.col("delivery_start")) // pl.col("resolution"))).alias(
                "periods"
            ),
        )
        .select(*SERIES_KEY, "start", "end", "resolution", "periods")
    )


def day_edges(first: int, last: int, zone: str) -> tuple[list[dt.date], NDArray[np.int64]]:
    """Return the local days that touch ``[first, last)`` and the instants at which they begin.

    Returns
    -------
    list of date, ndarray of int64
        Of n days, and n + 1 instants in ns UTC: the last one ends the last day.

    Examples
    --------
    >>> first = 1_743_289_200_000_000_000  # 30 March 2025 in Berlin: 23 hours
    >>> days, edges = day_edges(first, first + 1, "Europe/Berlin")
    >>> days, int(edges[1] - edges[0]) // 3_600_000_000_000
    ([datetime.date(2025, 3, 30)], 23)
    """
    clock = ZoneInfo(zone)
    day = dt.datetime.fromtimestamp(first // NANOS, clock).date()
    days: list[dt.date] = []
    edges = [midnight(day, clock)]
    while edges[-1] < last or not days:
        days.append(day)
        day += dt.timedelta(days=1)
        edges.append(midnight(day, clock))
    return days, np.array(edges, np.int64)


def midnight(day: dt.date, clock: ZoneInfo) -> int:
    """Return the beginning of a local day, ns UTC."""
    local = dt.datetime.combine(day, dt.time(), clock)
    return int(local.timestamp()) * NANOS


def overlap_seconds(
    edges: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how many seconds of the intervals lie between each two neighbouring edges.

    What lies before an edge is, summed over the intervals, ``Σ max(0, edge - start)`` less
    ``Σ max(0, edge - end)``; both follow from sorted bounds and their running sums, so that a year
    of days and a million intervals take a moment.

    Parameters
    ----------
    edges : ndarray of shape (n + 1,)
        Rising, ns UTC.
    starts, ends : ndarray of shape (m,)
        Half-open intervals, ns UTC.

    Returns
    -------
    ndarray of shape (n,)
        Seconds.
    """
    base = edges[0]
    at = (edges - base) / NANOS

    def before(bounds: NDArray[np.int64]) -> NDArray[np.float64]:
        ordered = np.sort((bounds - base) / NANOS)
        sums = np.concatenate(([0.0], np.cumsum(ordered)))
        count = np.searchsorted(ordered, at)
        return np.asarray(count * at - sums[count], np.float64)

    return np.diff(before(starts) - before(ends))
