"""The prices that a close takes: what was delivered so far, then the curve of the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import CurveError, InputError, StoreError
from wattbook.market.curves import CurveHistory, StoredCurve
from wattbook.portfolio.book.valuation import PlacePrices
from wattbook.runtime.contract.data import read_table

__all__ = ["frozen_prices", "prices_table", "read_prices"]

Numbers = NDArray[np.int64]
NANOS_PER_HOUR = 3_600_000_000_000


def frozen_prices(
    deals: pl.DataFrame,
    curves: CurveHistory,
    day: dt.date,
    before: Mapping[str, PlacePrices],
    spot: Path | None,
) -> tuple[dict[str, PlacePrices], dict[str, dict[str, Any]]]:
    """Return the prices of each place that deals name, and where they come from.

    Raises
    ------
    CurveError
        If a place has no curve by the day, or there is a gap between what was delivered and it.
    InputError
        If the file of published prices cannot be read.
    """
    places = sorted({DeliveryProduct(name).place for name in deals["product"].unique().to_list()})
    published = {} if spot is None else spot_prices(spot)
    prices, told = {}, {}
    for place in places:
        curve = latest_curve(curves, place, day)
        after = DeliveryProduct(f"{place} {day + dt.timedelta(days=1)}").delivery_start
        made, counts = joined(place, curve, before.get(place), after, published.get(place))
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
    before: PlacePrices | None,
    after: int,
    published: Mapping[int, float] | None,
) -> tuple[PlacePrices, dict[str, int]]:
    """Return delivered periods and the curve from `after` on, end to end."""
    grid = curve.grid
    first = int(np.searchsorted(grid.start, after))
    if first > len(grid) - 1 or grid.start[first] != after:
        begins = grid.start[0].astype("datetime64[ns]").astype("datetime64[m]")
        ends = grid.start[-1].astype("datetime64[ns]").astype("datetime64[m]")
        raise CurveError(
            f"the curve of {place} as of {curve.as_of} lasts from {begins} to {ends} UTC, the open "
            f"periods begin at {np.int64(after).astype('datetime64[ns]').astype('datetime64[m]')}; "
            "keep one that begins with the next delivery day"
        )
    months = np.repeat(grid.days.astype("datetime64[M]"), np.diff(grid.day_start))
    ahead = PlacePrices(
        grid.start[first:],
        grid.hours[first:],
        grid.is_peak[first:],
        curve.price[first:],
        months[first:],
        after,
    )
    if before is None:
        return ahead, {"published": 0, "last_mark": 0}
    done = int(np.searchsorted(before.start, after))
    if before.start[done] != after:
        raise CurveError(
            f"prices of {place} that the close before knew do not reach the next open period; "
            "keep its curve as long as this one"
        )
    price = before.price[:done].copy()
    fresh = before.start[:done] >= before.open_from
    counts = {"published": 0, "last_mark": int(fresh.sum())}
    for at in np.flatnonzero(fresh).tolist():
        value = None if published is None else published.get(int(before.start[at]))
        if value is not None:
            price[at] = value
            counts["published"] += 1
            counts["last_mark"] -= 1
    return (
        PlacePrices(
            np.concatenate([before.start[:done], ahead.start]),
            np.concatenate([before.hours[:done], ahead.hours]),
            np.concatenate([before.is_peak[:done], ahead.is_peak]),
            np.concatenate([price, ahead.price]),
            np.concatenate([before.month[:done], ahead.month]),
            after,
        ),
        counts,
    )


def spot_prices(path: Path) -> dict[str, dict[int, float]]:
    """Return published prices by place and start.

    Raises
    ------
    InputError
        If a column is missing or a value is no price.
    """
    table = read_table(path)
    lacking = [name for name in ("place", "delivery_start", "price") if name not in table.columns]
    if lacking:
        raise InputError(f"{path} lacks the column {lacking[0]}; give place, delivery_start, price")
    try:
        rows = table.select(
            pl.col("place").cast(pl.String),
            pl.col("delivery_start").cast(pl.Datetime("ns", "UTC")).dt.epoch("ns"),
            pl.col("price").cast(pl.Float64),
        )
    except pl.exceptions.PolarsError as fault:
        raise InputError(
            f"{path}: {str(fault).splitlines()[0]}; give times in UTC and numbers"
        ) from fault
    bad = rows.with_row_index("row", offset=2).filter(
        pl.col("price").is_null() | ~pl.col("price").is_finite()
    )
    if bad.height:
        raise InputError(f"{path}, row {bad['row'][0]}: the price is no number; give one")
    found: dict[str, dict[int, float]] = {}
    for place, start, price in rows.iter_rows():
        found.setdefault(place, {})[start] = price
    return found


def prices_table(prices: Mapping[str, PlacePrices]) -> pl.DataFrame:
    """Return prices of all places as one table."""
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "place": [place] * len(one.hours),
                    "start": one.start[:-1],
                    "end": one.start[1:],
                    "hours": one.hours,
                    "is_peak": one.is_peak,
                    "price": one.price,
                    "month": one.month.astype("datetime64[D]"),
                    "open_from": np.full(len(one.hours), one.open_from, np.int64),
                }
            )
            for place, one in sorted(prices.items())
        ]
    )


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
            np.append(rows["start"].to_numpy(), rows["end"][-1]),
            rows["hours"].to_numpy(),
            rows["is_peak"].to_numpy(),
            rows["price"].to_numpy(),
            rows["month"].to_numpy().astype("datetime64[M]"),
            int(rows["open_from"][0]),
        )
        for key, rows in table.group_by("place", maintain_order=True)
    }
