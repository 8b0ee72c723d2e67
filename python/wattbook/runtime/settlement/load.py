"""Tables of ``wattbook settle`` from CSV or Parquet, in MWh and currency, with readable times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from wattbook.domain.instants import nanoseconds
from wattbook.errors import SettlementError
from wattbook.portfolio.money import energy_from_mwh, millionths_column
from wattbook.portfolio.settlement import final_schedules
from wattbook.portfolio.tables import ASIDE, set_aside
from wattbook.runtime.settlement.config import SettlementPlan
from wattbook.runtime.settlement.generate import GeneratedMonth

__all__ = ["ercot_prices", "load_tables"]

TIMES = ("start", "published", "known", "submitted")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "schedules": ("account", "start", "mwh"),
    "meters": ("account", "start", "run", "published", "mwh"),
    "prices": ("start", "run", "published", "price | price_short, price_long"),
    "deals": ("deal", "version", "known", "book", "start", "mwh", "price", "currency", "fee"),
    "marks": ("known", "start", "price", "currency"),
    "fx": ("known", "currency", "rate"),
    "rates": ("known", "rate"),
    "reserves": (
        "account",
        "product",
        "start",
        "minutes",
        "awarded_mw",
        "available_mw",
        "price",
        "mean_price",
        "index_price",
        "is_repeated",
        "called_mwh",
        "delivered_mwh",
        "energy_price",
        "marginal_price",
    ),
}
NUMBERS = ("mwh", "price", "price_short", "price_long", "rate", "fee", "minutes")
MINUTE = 60 * 1_000_000_000
ERCOT = Path("power") / "ercot_hubavg_rt15_202401_202505.parquet"


def load_tables(plan: SettlementPlan) -> tuple[GeneratedMonth, dict[str, pl.DataFrame]]:
    """Return the plan's tables in exact units; its rates, and the schedules that came too late.

    Raises
    ------
    SettlementError
        If a file cannot be read or lacks a column.
    """
    raw = {name: timed(read(path, name), name) for name, path in plan.tables.items()}
    area = pl.lit(plan.market.key).alias("area")
    prices = raw["prices"]
    if "price" in prices.columns:
        prices = prices.with_columns(price_short="price", price_long="price")
    final, late = schedules_of(raw["schedules"], plan.gate_minutes)
    exact = {
        "schedules": final,
        "meters": needed(raw["meters"], "meters").select(
            "account", "start", "run", "published", metered=energy_from_mwh(pl.col("mwh"))
        ),
        "prices": needed(prices, "prices").select(
            "start", "run", "published",
            *(
                millionths_column(pl.col(name)).alias(name)
                for name in ("price_short", "price_long", "price_reference")
                if name in prices.columns
            ),
        ),
        "deals": pl.DataFrame(),
        "marks": pl.DataFrame(),
    }  # fmt: skip
    if "deals" in raw:
        exact["deals"] = needed(raw["deals"], "deals").select(
            "deal", "version", "known", "book", area, "start", "currency",
            energy=energy_from_mwh(pl.col("mwh")), price=millionths_column(pl.col("price")),
            fee=millionths_column(pl.col("fee")),
        )  # fmt: skip
        exact["marks"] = needed(raw["marks"], "marks").select(
            "known", area, "start", "currency", price=millionths_column(pl.col("price"))
        )
    more = {"late": late}
    if "fx" in raw:
        rate = millionths_column(pl.col("rate") * 1_000)
        more["fx"] = needed(raw["fx"], "fx").select("known", "currency", rate=rate)
    if "rates" in raw:
        more["rates"] = needed(raw["rates"], "rates").select(
            "known", pl.col("rate").cast(pl.Float64)
        )
    if "reserves" in raw:
        more["reserves"] = reserves_from(needed(raw["reserves"], "reserves"))
    return GeneratedMonth(**exact), more


def reserves_from(table: pl.DataFrame) -> pl.DataFrame:
    """Return reserves in exact units."""
    prices = ("price", "mean_price", "index_price", "energy_price", "marginal_price")
    if table["is_repeated"].dtype != pl.Boolean:
        message = f"reserves.is_repeated: {table['is_repeated'].dtype}; write true or false"
        raise SettlementError(message)
    return table.select(
        "account", "product", "start", "is_repeated",
        seconds=(pl.col("minutes") * 60).cast(pl.Int64),
        awarded=millionths_column(pl.col("awarded_mw")),
        available=millionths_column(pl.col("available_mw")),
        called=energy_from_mwh(pl.col("called_mwh")),
        delivered=energy_from_mwh(pl.col("delivered_mwh")),
        **{name: millionths_column(pl.col(name)) for name in prices},
    )  # fmt: skip


def schedules_of(table: pl.DataFrame, gate_minutes: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return final schedules, and the submissions that came too late as rows set aside."""
    exact = needed(table, "schedules").with_columns(scheduled=energy_from_mwh(pl.col("mwh")))
    if "submitted" not in table.columns:
        return exact.select("account", "start", "scheduled"), pl.DataFrame(schema=ASIDE)
    final, _ = final_schedules(exact, gate_minutes)
    is_late = pl.col("submitted") > pl.col("start") - gate_minutes * MINUTE
    reason = pl.when(is_late).then(pl.lit("submitted after the gate"))
    return final, set_aside(exact, "schedules", reason)[1]


def read(path: Path, name: str) -> pl.DataFrame:
    """Return a file as a table."""
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        if path.suffix == ".csv":
            return pl.read_csv(path, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError) as fault:
        message = f"{name}: {path} cannot be read ({str(fault).splitlines()[0]})"
        raise SettlementError(message) from fault
    message = f"{name}: {path} is neither .csv nor .parquet; give one of these"
    raise SettlementError(message)


def needed(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """Refuse a table that lacks a column or has anything but numbers where they belong."""
    wanted = [one for one in COLUMNS[name] if "|" not in one]
    wanted += ["price_short", "price_long"] if name == "prices" else []
    for column in wanted:
        if column not in table.columns:
            message = (
                f"{name}: column {column!r} is missing; it needs {', '.join(COLUMNS[name])}, and "
                f"has {', '.join(table.columns)}"
            )
            raise SettlementError(message)
        if column in NUMBERS or column.endswith(("_mw", "_mwh", "_price")):
            refuse_text(table[column], f"{name}.{column}")
    return table


def refuse_text(values: pl.Series, place: str) -> None:
    """Refuse a column without rows or with anything but finite numbers.

    Raises
    ------
    SettlementError
        Naming the first row, counted from 0.
    """
    if values.is_empty():
        message = f"{place}: the file has no rows; give at least one"
        raise SettlementError(message)
    numbers = values.cast(pl.Float64, strict=False)
    is_odd = (numbers.is_null() & values.is_not_null()) | ~numbers.is_finite().fill_null(value=True)
    if is_odd.any():
        row = is_odd.arg_true()[0]
        message = f"{place}, row {row}: {values[row]!r} is no finite number; mend the file"
        raise SettlementError(message)
    if not values.dtype.is_numeric():
        message = f"{place}: {values.dtype} where numbers belong; mend the file"
        raise SettlementError(message)


def timed(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return a table whose times are ns UTC; text must name its offset."""
    for column in TIMES:
        if column not in table.columns:
            continue
        found = table[column]
        if found.dtype == pl.String:
            table = table.with_columns(pl.Series(column, instants(found, f"{name}.{column}")))
        elif isinstance(found.dtype, pl.Datetime):
            if found.dtype.time_zone is None:
                message = f"{name}.{column}: times without a zone; give UTC"
                raise SettlementError(message)
            table = table.with_columns(pl.col(column).dt.epoch("ns"))
        elif not found.dtype.is_integer():
            message = f"{name}.{column}: {found.dtype}; give ISO 8601 with an offset, or ns UTC"
            raise SettlementError(message)
    return table


def instants(texts: pl.Series, place: str) -> list[int | None]:
    """Return ISO 8601 texts as ns UTC."""
    found: list[int | None] = []
    for row, text in enumerate(texts):
        try:
            found.append(None if text is None else nanoseconds(dt.datetime.fromisoformat(text)))
        except ValueError as fault:
            message = (
                f"{place}, row {row}: {text!r} is no instant; write it as 2026-03-01T00:00:00+01:00"
            )
            raise SettlementError(message) from fault
    return found


def ercot_prices(data: Path) -> pl.DataFrame:
    """Return ERCOT's recorded quarter-hour prices of the hub average.

    Returns
    -------
    polars.DataFrame
        ``start`` (ns UTC) and ``price`` (USD per MWh).

    Raises
    ------
    SettlementError
        If the folder does not hold them.
    """
    path = data / ERCOT
    if not path.is_file():
        message = f"{path} is not there; give the folder of recorded data with --data"
        raise SettlementError(message)
    table = pl.read_parquet(path)
    start, price = table.columns[:2]
    return table.select(start=pl.col(start).dt.epoch("ns"), price=pl.col(price))
