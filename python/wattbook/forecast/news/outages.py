"""Outage messages as capacity at risk: what is said to be missing when, as known at an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["capacity_at_risk"]

ENDED = ("dismissed", "cancelled", "canceled", "withdrawn", "inactive")


def capacity_at_risk(
    outages: pl.DataFrame,
    delivery_start: NDArray[np.int64],
    as_of: int,
    *,
    location: str | None = None,
) -> NDArray[np.float64]:
    """Return the capacity that messages known at `as_of` call unavailable when each period begins.

    Of each message its newest revision known by then counts; one that was taken back counts for
    nothing. One that gives no capacity counts for nothing either: what it is worth is unknown.

    Parameters
    ----------
    outages : DataFrame
        As sources give it: see `wattbook.sources.tables.OUTAGE_COLUMNS`.
    delivery_start : ndarray of int64, shape (n,)
        ns UTC.
    as_of : int
        ns UTC.
    location : str, optional
        Only of this bidding zone, area or point.

    Returns
    -------
    ndarray of float64, shape (n,), MW
        Sum over messages in MW; those in other units are left out.
    """
    known = outages.filter(pl.col("ts_event") <= as_of)
    if location is not None:
        known = known.filter(pl.col("location") == location)
    newest = known.sort("ts_event", maintain_order=True).with_columns(
        newest=pl.col("ts_event").max().over("message"),
        highest=pl.col("revision").fill_null(0),
    )
    # Of revisions that were published at once the highest counts.
    newest = newest.filter(pl.col("ts_event") == pl.col("newest")).filter(
        pl.col("highest") == pl.col("highest").max().over("message")
    )
    counted = newest.filter(
        ~pl.col("status").fill_null("").str.to_lowercase().is_in(ENDED),
        pl.col("unavailable").is_not_null(),
        pl.col("capacity_unit").fill_null("MW").is_in(("MW", "MAW")),
    ).select(
        start=pl.coalesce("capacity_start", "event_start"),
        end=pl.coalesce("capacity_end", "event_end"),
        missing="unavailable",
    )
    made = np.zeros(delivery_start.size)
    for start, end, missing in counted.drop_nulls("start").iter_rows():
        is_on = delivery_start >= start
        if end is not None:
            is_on &= delivery_start < end
        made[is_on] += missing
    return made
