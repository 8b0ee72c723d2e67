"""The prices that a close takes: what was delivered so far, then the curve of the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import CurveError, StoreError
from wattbook.market.curves import CurveHistory, StoredCurve
from wattbook.portfolio.book import PlacePrices
from wattbook.runtime.book.spot import SpotPrices, read_spot

__all__ = ["frozen_prices", "prices_table", "read_prices"]

Numbers = NDArray[np.int64]

PRICES = {
    "place": pl.String,
    "currency": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
    "hours": pl.Float64,
    "is_peak": pl.Boolean,
    "price": pl.Float64,
    "month": pl.Date,
    "is_marked": pl.Boolean,
    "open_from": pl.Int64,
}
"""Columns of frozen prices."""


def frozen_prices(
    places: frozenset[str],
    curves: CurveHistory,
    day: dt.date,
    before: Mapping[str, PlacePrices],
    spot: Path | None,
    currencies: Mapping[str, str],
) -> tuple[dict[str, PlacePrices], dict[str, dict[str, Any]]]:
    """Return the prices of places, and where they come from.

    Parameters
    ----------
    places : frozenset of str
        That the deals of this close or the one before name.
    curves : CurveHistory
    day : date
    before : mapping of str to PlacePrices
        Of the close before; places that no deal names any more are carried on.
    spot : Path, optional
        Published prices.
    currencies : mapping of str to str
        Of the curve of each place.

    Raises
    ------
    CurveError
        If a place has no curve by the day, or there is a gap between what was delivered and it.
    InputError
        If the file of published prices cannot be read.
    """
    published = {} if spot is None else read_spot(spot)
    prices, told = {}, {}
    for place in sorted(places | set(before)):
        if place not in places:
            prices[place] = before[place]
            continue
        curve = latest_curve(curves, place, day)
        after = DeliveryProduct(f"{place} {day + dt.timedelta(days=1)}").delivery_start
        made, counts = joined(
            place, curve, currencies[place], before.get(place), after, published.get(place)
        )
        prices[place] = made
        told[place] = {
            "version": curve.version,
            "as_of": curve.as_of.isoformat(),
            "age_days": (day - curve.as_of).days,
            **counts,
        }
    return prices, told


def latest_curve(curves: CurveHistory, place: str, day: dt.date) -> StoredCurve:
    """Return the last curve of a place as of a day or before.

    Raises
    ------
    CurveError
        If there is none.
    """
    rows = curves.versions(place).filter(pl.col("as_of") <= day)
    if not rows.height:
        raise CurveError(
            f"{curves.folder} has no curve of {place} as of {day} or before; make one with "
            "`wattbook curve … --keep`"
        )
    return curves.load(place, rows["as_of"].max())  # type: ignore[arg-type]


def joined(
    place: str,
    curve: StoredCurve,
    currency: str,
    before: PlacePrices | None,
    after: int,
    published: SpotPrices | None,
) -> tuple[PlacePrices, dict[str, int]]:
    """Return delivered periods and the curve from `after` on, end to end."""
    ahead = open_periods(place, curve, currency, after)
    if before is None:
        return ahead, {"published": 0, "last_mark": 0}
    if before.currency != currency:
        raise CurveError(
            f"{place} was priced in {before.currency} and now in {currency}; leave its currency"
        )
    done = int(np.searchsorted(before.start, after))
    if done >= len(before.start) or before.start[done] != after:
        raise CurveError(
            f"prices of {place} that the close before knew do not reach the next open period; "
            "close each day while its curve lasts, or keep longer curves"
        )
    price = before.price[:done].copy()
    # What was delivered since, and what still waits for a published price.
    waits = before.is_marked[:done] | (before.start[:done] >= before.open_from)
    counts = {"published": 0, "last_mark": int(waits.sum())}
    if published is not None and waits.any():
        found = published.means(before.start[: done + 1])
        is_told = waits & np.isfinite(found)
        price[is_told] = found[is_told]
        waits = waits & ~is_told
        counts = {"published": int(is_told.sum()), "last_mark": int(waits.sum())}
    return (
        replace(
            ahead,
            start=np.concatenate([before.start[:done], ahead.start]),
            hours=np.concatenate([before.hours[:done], ahead.hours]),
            is_peak=np.concatenate([before.is_peak[:done], ahead.is_peak]),
            price=np.concatenate([price, ahead.price]),
            month=np.concatenate([before.month[:done], ahead.month]),
            is_marked=np.concatenate([waits, ahead.is_marked]),
        ),
        counts,
    )


def open_periods(place: str, curve: StoredCurve, currency: str, after: int) -> PlacePrices:
    """Return the part of a curve from `after` on.

    Raises
    ------
    CurveError
        If it does not begin by then, or ends before.
    """
    grid = curve.grid
    first = int(np.searchsorted(grid.start, after))
    if first >= len(grid) or grid.start[first] != after:
        begins, ends, wanted = (
            np.int64(one).astype("datetime64[ns]").astype("datetime64[m]")
            for one in (grid.start[0], grid.start[-1], after)
        )
        raise CurveError(
            f"the curve of {place} as of {curve.as_of} lasts from {begins} to {ends} UTC, the open "
            f"periods begin at {wanted}; keep one that begins with the next delivery day"
        )
    months = np.repeat(grid.days.astype("datetime64[M]"), np.diff(grid.day_start))
    return PlacePrices(
        currency,
        grid.start[first:],
        grid.hours[first:],
        grid.is_peak[first:],
        curve.price[first:],
        months[first:],
        np.zeros(len(grid) - first, np.bool_),
        after,
    )


def prices_table(prices: Mapping[str, PlacePrices]) -> pl.DataFrame:
    """Return prices of all places as one table."""
    parts = [
        pl.DataFrame(
            {
                "place": [place] * len(one.hours),
                "currency": [one.currency] * len(one.hours),
                "start": one.start[:-1],
                "end": one.start[1:],
                "hours": one.hours,
                "is_peak": one.is_peak,
                "price": one.price,
                "month": one.month.astype("datetime64[D]"),
                "is_marked": one.is_marked,
                "open_from": np.full(len(one.hours), one.open_from, np.int64),
            },
            schema=PRICES,
        )
        for place, one in sorted(prices.items())
    ]
    return pl.concat([pl.DataFrame(schema=PRICES), *parts])


def read_prices(folder: Path) -> dict[str, PlacePrices]:
    """Return the prices that a close froze.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    try:
        table = pl.read_parquet(folder / "prices.parquet")
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise StoreError(
            f"{folder} cannot be read ({fault}); put back a copy of the close"
        ) from fault
    return {
        str(key[0]): PlacePrices(
            str(rows["currency"][0]),
            np.append(rows["start"].to_numpy(), rows["end"][-1]),
            rows["hours"].to_numpy(),
            rows["is_peak"].to_numpy(),
            rows["price"].to_numpy(),
            rows["month"].to_numpy().astype("datetime64[M]"),
            rows["is_marked"].to_numpy(),
            int(rows["open_from"][0]),
        )
        for key, rows in table.group_by("place", maintain_order=True)
    }
