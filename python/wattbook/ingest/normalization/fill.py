"""Values for delivery periods of which none was observed: made up by a stated method, flagged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wattbook import _core
from wattbook.errors import InputError
from wattbook.ingest.normalization.flag import Flag

if TYPE_CHECKING:
    import polars as pl

__all__ = ["METHODS", "fill"]

METHODS = ("linear", "last_known", "day_before", "week_before", "shape")
"""How a missing value is made up: on the straight line between the observations around the gap; the
last observation; the observation 24 hours or seven times 24 hours before; or the shape of the week
before, moved so that it meets the observations around the gap."""

SERIES = ("source", "dataset", "location", "counterpart", "item")


def fill(
    rows: pl.DataFrame,
    *,
    method: Literal["linear", "last_known", "day_before", "week_before", "shape"],
    interval_seconds: int,
    longest: int,
) -> pl.DataFrame:
    """Return `rows` with a row for every missing delivery period, flagged ``Flag.FILLED``.

    Only gaps between the first and the last row of a series are filled, and only from observations,
    never from what was filled. A filled row has the unit of its series, no ``ts_event``, no
    ``revision``, ``place`` -1 and the latest ``ts_recv`` of its series: it could not be known
    before. `wattbook.ingest.normalization.reference_prices`, the way of rows to settlement and
    matching, refuses it.

    Parameters
    ----------
    rows : polars.DataFrame
        With `ROW_COLUMNS`; of several publications of a period the last row counts.
    method : str
        One of `METHODS`.
    interval_seconds : int
        Length of the delivery periods; rows of another length are left as they are.
    longest : int
        Delivery periods of the longest gap that is filled; a longer one stays a gap.

    Raises
    ------
    InputError
        If the method does not exist or a series has more than ten million periods.
    """
    import polars as pl  # noqa: PLC0415 - heavy; loaded when first used

    if method not in METHODS:
        message = f"method {method!r} is unknown; use one of {', '.join(METHODS)}"
        raise InputError(message)
    step = interval_seconds * 1_000_000_000
    superseded = pl.col("flags") & int(Flag.SUPERSEDED | Flag.FILLED) != 0
    of_length = pl.col("delivery_end") - pl.col("delivery_start") == step
    series = rows.filter(of_length, ~superseded).partition_by(SERIES, maintain_order=True)
    made = [_filled_rows(part, method, step, longest) for part in series]
    if not made:
        return rows
    return pl.concat([rows, *made]).sort(*SERIES, "delivery_start", maintain_order=True)


def _filled_rows(part: pl.DataFrame, method: str, step: int, longest: int) -> pl.DataFrame:
    """Return the rows that are made up for one series."""
    import polars as pl  # noqa: PLC0415 - heavy; loaded when first used

    known = part.unique("delivery_start", keep="last").sort("delivery_start")
    value = known["value"].fill_null(float("nan"))
    starts, values, made_up = _core.filled(
        known["delivery_start"].to_numpy(), value.to_numpy(), step, method, longest
    )
    start = pl.Series("delivery_start", starts[made_up], dtype=pl.Int64)
    first = part.row(0, named=True)
    constants = {name: first[name] for name in (*SERIES, "unit")}
    constants |= {"ts_event": None, "revision": None, "place": -1, "flags": int(Flag.FILLED)}
    constants["ts_recv"] = part["ts_recv"].max()
    columns = [
        pl.lit(value, dtype=part.schema[name]).alias(name) for name, value in constants.items()
    ]
    filled = pl.DataFrame(
        {
            "delivery_start": start,
            "delivery_end": start + step,
            "value": pl.Series(values[made_up], dtype=pl.Float64),
        }
    )
    return filled.with_columns(columns).select(part.columns)
