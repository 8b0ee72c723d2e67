"""Payloads to observations by a mapping, with their doubles and gaps."""

from __future__ import annotations

import datetime as dt
import fnmatch
import io
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import polars as pl

from wattbook.sources import sheets
from wattbook.sources.clock import SECOND, at_wall, wall
from wattbook.sources.iot.mapping import EPOCHS, Mapping
from wattbook.sources.json import Record, gather, lines, number, text
from wattbook.sources.payload import (
    OBSERVATION_COLUMNS,
    Dataset,
    Parsed,
    Payload,
    Quarantined,
    aside,
)
from wattbook.sources.tabular import schema, table

__all__ = ["DUPLICATE_COLUMNS", "GAP_COLUMNS", "dataset"]

ROWS_MAX = 50_000_000
WHOLE = re.compile("-?[0-9]+")
KEY = ("dataset", "location", "item")

GAP_COLUMNS = {
    "dataset": "String",
    "location": "String",
    "item": "String",
    "gap_start": "Int64",
    "gap_end": "Int64",
    "intervals": "Int64",
}
"""Columns of the table ``gap``: between two values of a series, half-open, ns UTC. Of series of
instants there are none."""

DUPLICATE_COLUMNS = {
    "dataset": "String",
    "location": "String",
    "item": "String",
    "delivery_start": "Int64",
    "rows": "Int64",
    "is_equal": "Boolean",
    "place": "Int64",
}
"""Columns of the table ``duplicate``: an interval with several `rows`, whether their values are
equal, and the `place` of the first."""


def dataset(mapping: Mapping) -> Dataset:
    """Return the dataset that reads payloads as `mapping` says."""
    names = ", ".join(sorted({series.dataset for series in mapping.series}))
    return Dataset(
        source="iot",
        name=mapping.name,
        description=f"{names} from {mapping.file}, by a mapping",
        recognises=lambda payload: fnmatch.fnmatch(payload.name, mapping.file),
        parse=partial(parse, mapping),
    )


def parse(mapping: Mapping, payload: Payload) -> Parsed:
    """Return the observations of `payload`, and its doubles and gaps."""
    rows, quarantined = gather(_records(mapping, payload), partial(_rows, mapping))
    frame = table(OBSERVATION_COLUMNS, rows)
    tables = {"duplicate": _duplicates(frame), "gap": _gaps(frame, mapping.interval_seconds)}
    return Parsed(frame, tables, tuple(quarantined))


def _records(mapping: Mapping, payload: Payload) -> Iterator[Record | Quarantined]:
    if mapping.format == "jsonl":
        yield from lines(payload.content)
    elif mapping.format == "parquet":
        yield from _parquet(payload)
    else:
        header: list[str] | None = None
        for line in sheets.rows(payload):
            if isinstance(line, Quarantined):
                yield line
            elif header is None:
                header = line.cells
            elif len(line.cells) != len(header):
                reason = f"{len(line.cells)} fields where the header has {len(header)}"
                yield Quarantined(f"line {line.place + 1}", line.offset, reason, line.raw)
            else:
                cells = dict(zip(header, line.cells, strict=True))
                where = f"line {line.place + 1}"
                yield Record(line.place - 1, line.offset, line.raw, cells, where)


def _parquet(payload: Payload) -> Iterator[Record | Quarantined]:
    try:
        # The count stands in the footer, so a file that unpacks to more is not unpacked.
        height = pl.scan_parquet(io.BytesIO(payload.content)).select(pl.len()).collect().item()
        if height <= ROWS_MAX:
            frame = pl.read_parquet(io.BytesIO(payload.content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as fault:
        reason = f"no Parquet: {str(fault)[:200]}"
        yield aside(payload.content, reason)
        return
    if height > ROWS_MAX:
        reason = f"{height} rows, more than {ROWS_MAX}"
        yield aside(payload.content, reason)
        return
    for place, row in enumerate(frame.iter_rows(named=True)):
        yield Record(place, 0, str(row).encode(), row, f"row {place}")


def _rows(mapping: Mapping, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    stamp = _instant(row[mapping.time_column], mapping)
    length = mapping.interval_seconds * SECOND
    start = stamp - length if mapping.mark == "end" else stamp
    location = text(row[mapping.location_column]) if mapping.location_column else mapping.location
    for series in mapping.series:
        yield {
            "dataset": series.dataset,
            "location": location,
            "item": series.item or None,
            "delivery_start": start,
            "delivery_end": start + length,
            "value": number(row[series.column]),
            "unit": series.unit,
        }


def _instant(value: Any, mapping: Mapping) -> int:  # noqa: ANN401 - whatever a row holds
    """Return a time as ns UTC.

    Raises
    ------
    ValueError
        If it is none, or the clock never shows it.
    """
    if mapping.form in EPOCHS:
        scale = EPOCHS[mapping.form]
        count = number(value)
        if count is None:
            message = f"{mapping.time_column} is empty"
            raise ValueError(message)
        # Counts are whole where they are written so; a float would lose nanoseconds.
        whole = int(value) if WHOLE.fullmatch(str(value).strip()) else None
        found = whole * scale if whole is not None else round(count * scale)
        return _checked(found, value)
    if isinstance(value, dt.datetime):
        moment = value
    elif mapping.form == "iso":
        moment = dt.datetime.fromisoformat(str(value).strip())
    else:
        moment = dt.datetime.strptime(str(value).strip(), mapping.form)  # noqa: DTZ007 - see below
    if moment.tzinfo is not None:
        return _checked(wall(moment.astimezone(dt.UTC)), value)
    return _checked(
        wall(moment) if mapping.clock == "UTC" else at_wall(moment, mapping.clock), value
    )


def _checked(instant: int, value: Any) -> int:  # noqa: ANN401 - only shown
    if not 0 <= instant < 2**62:
        message = f"{value!r} lies before 1970 or beyond 2116"
        raise ValueError(message)
    return instant


def _duplicates(frame: pl.DataFrame) -> pl.DataFrame:
    found = (
        frame.group_by([*KEY, "delivery_start"], maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("rows"),
            (pl.col("value").n_unique() == 1).alias("is_equal"),
            pl.col("place").first(),
        )
        .filter(pl.col("rows") > 1)
    )
    return found.select(list(DUPLICATE_COLUMNS)).cast(schema(DUPLICATE_COLUMNS))  # type: ignore[arg-type]


def _gaps(frame: pl.DataFrame, interval_seconds: int) -> pl.DataFrame:
    if interval_seconds == 0:
        return pl.DataFrame(schema=schema(GAP_COLUMNS))
    length = interval_seconds * SECOND
    before = pl.col("delivery_end").shift(1).over(list(KEY))
    found = (
        frame.unique([*KEY, "delivery_start"], maintain_order=True)
        .sort([*KEY, "delivery_start"])
        .with_columns(before.alias("gap_start"))
        .filter(pl.col("delivery_start") > pl.col("gap_start"))
        .with_columns(
            pl.col("delivery_start").alias("gap_end"),
            ((pl.col("delivery_start") - pl.col("gap_start")) // length).alias("intervals"),
        )
    )
    return found.select(list(GAP_COLUMNS)).cast(schema(GAP_COLUMNS))  # type: ignore[arg-type]
