"""Tables of a collected auction: offers, limits, and what was published of the result.

The layout is that of OpenEUPHEMIA's Italian data. ``timestamp`` is the begin of the hour with its
offset, ``period`` the hour of the local day; a line in which they disagree is set aside.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from wattbook.sources.clock import instant, period
from wattbook.sources.csv import line_aside, rows
from wattbook.sources.packed import parse_members
from wattbook.sources.payload import Parsed, Payload
from wattbook.sources.tabular import observations, tables_only

__all__ = ["TABLES", "Table", "parse_table"]

ZONE = "Europe/Rome"
TIME = {"timestamp": "text", "delivery_day": "text", "period": "whole"}
PRICED = {"zone": "text", "side": "text"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an auction.

    Parameters
    ----------
    description : str
        In words.
    kinds : mapping of str to str
        Its columns, with their kinds.
    rows : callable
        Takes the frame with ``delivery_start`` and ``delivery_end``; gives observations without
        those that stay null, or none where it is a table of offers.
    """

    description: str
    kinds: Mapping[str, str]
    rows: Callable[[pl.DataFrame], pl.DataFrame] | None = None


def prices(frame: pl.DataFrame) -> pl.DataFrame:
    """Return zonal prices."""
    return frame.select(
        "delivery_start",
        "delivery_end",
        place(),
        "offset",
        pl.lit("day_ahead_price").alias("dataset"),
        pl.col("zone").alias("location"),
        pl.col("price_eur_per_mwh").alias("value"),
        pl.lit("EUR/MWh").alias("unit"),
    )


def place() -> pl.Expr:
    """Return the place of a line: its number behind that of the names."""
    return (pl.col("line") - 2).alias("place")


def flows(dataset: str, start: str, end: str, value: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return what makes energy between two zones of a table, positive from the first."""

    def made(frame: pl.DataFrame) -> pl.DataFrame:
        return border(frame, dataset, start, end, pl.col(value))

    return made


def border(
    frame: pl.DataFrame, dataset: str, start: str, end: str, value: pl.Expr, item: str | None = None
) -> pl.DataFrame:
    """Return a value for each border and period: MWh, or MW of what limits a flow.

    The columns of limits are called ``_mwh`` for the energy that an hour of them would be.
    """
    is_energy = dataset == "scheduled_exchange"
    return frame.select(
        "delivery_start",
        "delivery_end",
        place(),
        "offset",
        pl.lit(dataset).alias("dataset"),
        pl.col(start).alias("location"),
        pl.col(end).alias("counterpart"),
        pl.lit(item, dtype=pl.String).alias("item"),
        value.alias("value"),
        pl.lit("MWh" if is_energy else "MW").alias("unit"),
    )


def limits(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the least and the greatest flow of each link, both from the first zone."""
    ends = ("from_zone", "to_zone")
    return pl.concat(
        [
            border(frame, "flow_limit", *ends, pl.col("min_flow_mwh"), "min"),
            border(frame, "flow_limit", *ends, pl.col("max_flow_mwh"), "max"),
        ]
    ).sort("place", maintain_order=True)


def capacities(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the capacity of each link in both directions."""
    forward, reverse = pl.col("forward_capacity_mwh"), pl.col("reverse_capacity_mwh")
    return pl.concat(
        [
            border(frame, "transfer_capacity", "from_zone", "to_zone", forward),
            border(frame, "transfer_capacity", "to_zone", "from_zone", reverse),
        ]
    ).sort("place", maintain_order=True)


CURVE = {**TIME, **PRICED, "price_eur_per_mwh": "number", "quantity_mwh": "number"}
TABLES: Mapping[str, Table] = {
    "bid-curves": Table(
        "Offers by zone, side and price with decided blocks, to table offer", CURVE
    ),
    "simple-bid-curves": Table(
        "Offers by zone, side and price without blocks, to table offer", CURVE
    ),
    "block-orders": Table(
        "Legs of block offers with their published status, to table offer",
        {
            "timestamp": "text",
            "delivery_day": "text",
            "block_id": "text",
            "period": "whole",
            **PRICED,
            "quantity_mwh": "number",
            "price_eur_per_mwh": "number",
            "published_status": "text",
        },
    ),
    "internal-transfer-capacities": Table(
        "Capacity of the links between Italian zones",
        {
            **TIME,
            "from_zone": "text",
            "to_zone": "text",
            "forward_capacity_mwh": "number",
            "reverse_capacity_mwh": "number",
        },
        capacities,
    ),
    "transfer-capacities": Table(
        "Least and greatest flow of links and borders",
        {
            **TIME,
            "id": "text",
            "from_zone": "text",
            "to_zone": "text",
            "min_flow_mwh": "number",
            "max_flow_mwh": "number",
        },
        limits,
    ),
    "published-exchanges": Table(
        "Schedules over the borders, positive out of the Italian zone",
        {**TIME, "zone": "text", "external_zone": "text", "exchange_mwh": "number"},
        flows("scheduled_exchange", "zone", "external_zone", "exchange_mwh"),
    ),
    "published-flows": Table(
        "Cleared flows between Italian zones, positive from the first",
        {**TIME, "from_zone": "text", "to_zone": "text", "flow_mwh": "number"},
        flows("scheduled_exchange", "from_zone", "to_zone", "flow_mwh"),
    ),
    "published-prices": Table(
        "Zonal prices, also of the borders",
        {**TIME, "zone": "text", "price_eur_per_mwh": "number"},
        prices,
    ),
}
"""By name of the file."""
NAMES = {
    "price_eur_per_mwh": "price_eur_mwh",
    "quantity_mwh": "volume_mwh",
    "zone": "location",
    "block_id": "block",
    "published_status": "status",
}
SIDES = ("demand", "supply")


def parse_table(name: str, payload: Payload) -> Parsed:
    """Return a table of an auction, as observations or as table ``offer``."""
    return parse_members(payload, lambda member: read(name, member))


def read(name: str, payload: Payload) -> Parsed:
    """Return a table of an auction."""
    table = TABLES[name]
    found = rows(payload.content, table.kinds)
    quarantined = list(found.quarantined)

    def refuse(line: int, offset: int, reason: str) -> None:
        quarantined.append(line_aside(payload.content, line, offset, reason))

    frame = with_instants(found.frame, refuse)
    if table.rows is not None:
        made = table.rows(frame)
        observed = observations({one: made[one] for one in made.columns}, made.height)
        return Parsed(observed, {}, tuple(quarantined))
    is_side = frame["side"].is_in(SIDES)
    for line, offset, side in frame.filter(~is_side).select("line", "offset", "side").iter_rows():
        refuse(line, offset, f"side {side!r} is neither demand nor supply")
    offers = (
        frame.filter(is_side)
        .drop("timestamp", "delivery_day", "offset")
        .rename(NAMES, strict=False)
    )
    offers = offers.with_columns(pl.lit(name).alias("kind"))
    return tables_only({"offer": offers}, quarantined)


def agreed(stamp: str, day: str, number: int) -> tuple[int, int]:
    """Return begin and end of a period that two columns tell.

    Raises
    ------
    ValueError
        If they disagree, or one cannot be read.
    """
    start, end = period(dt.date.fromisoformat(day), number, ZONE)
    if instant(stamp) != start:
        message = f"{stamp} is not the begin of period {number} of {day}"
        raise ValueError(message)
    return start, end


def with_instants(frame: pl.DataFrame, refuse: Callable[[int, int, str], None]) -> pl.DataFrame:
    """Return the lines with begin and end, ns UTC; those whose times disagree are set aside."""
    times = frame.select("timestamp", "delivery_day", "period").unique(maintain_order=True)
    starts: list[int | None] = []
    ends: list[int | None] = []
    reasons: list[str | None] = []
    for stamp, day, number in times.iter_rows():
        try:
            start, end = agreed(stamp, day, number)
        except ValueError as fault:
            starts.append(None)
            ends.append(None)
            reasons.append(str(fault))
        else:
            starts.append(start)
            ends.append(end)
            reasons.append(None)
    known = times.with_columns(
        pl.Series("delivery_start", starts, dtype=pl.Int64),
        pl.Series("delivery_end", ends, dtype=pl.Int64),
        pl.Series("reason", reasons, dtype=pl.String),
    )
    joined = frame.join(
        known, on=["timestamp", "delivery_day", "period"], how="left", maintain_order="left"
    )
    for line, offset, reason in (
        joined.drop_nulls("reason").select("line", "offset", "reason").iter_rows()
    ):
        refuse(line, offset, reason)
    return joined.filter(pl.col("reason").is_null()).drop("reason")
