"""Payloads to observations by a mapping, with their doubles and gaps."""

from __future__ import annotations

import datetime as dt
import fnmatch
import io
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from wattbook.sources import sheets
from wattbook.sources.clock import NOT_A_TIME, to_utc
from wattbook.sources.documents import BAD_RECORD, Record, lines, number, text
from wattbook.sources.iot.mapping import EPOCHS, Mapping
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined
from wattbook.sources.tabular import observations

__all__ = ["DUPLICATE_COLUMNS", "GAP_COLUMNS", "dataset"]

NANOS = 1_000_000_000
RAW_BYTES_MAX = 64 * 1024
ROWS_MAX = 50_000_000
KEY = ("dataset", "location", "item")

GAP_COLUMNS = {
    "dataset": pl.String(),
    "location": pl.String(),
    "item": pl.String(),
    "gap_start": pl.Int64(),
    "gap_end": pl.Int64(),
    "intervals": pl.Int64(),
}
"""Columns of the table ``gap``: between two values of a series, half-open, ns UTC. Of series of
instants there are none."""

DUPLICATE_COLUMNS = {
    "dataset": pl.String(),
    "location": pl.String(),
    "item": pl.String(),
    "delivery_start": pl.Int64(),
    "rows": pl.Int64(),
    "is_equal": pl.Boolean(),
    "place": pl.Int64(),
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
    names = [*KEY, "delivery_start", "delivery_end", "value", "unit", "place"]
    columns: dict[str, list[Any]] = {name: [] for name in names}
    aside: list[Quarantined] = []
    for record in _records(mapping, payload):
        if isinstance(record, Quarantined):
            aside.append(record)
            continue
        try:
            rows = list(_rows(mapping, record))
        except BAD_RECORD as fault:
            reason = f"no column {fault}" if isinstance(fault, KeyError) else str(fault)
            place = f"row {record.place}"
            aside.append(Quarantined(place, record.offset, reason, record.raw))
            continue
        for row in rows:
            for name in names:
                columns[name].append(row[name])
    frame = observations(columns, len(columns["place"]))
    tables = {"duplicate": _duplicates(frame), "gap": _gaps(frame, mapping.interval_seconds)}
    return Parsed(frame, tables, tuple(aside))


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
                yield Record(line.place - 1, line.offset, line.raw, cells)


def _parquet(payload: Payload) -> Iterator[Record | Quarantined]:
    try:
        # The count stands in the footer, so a file that unpacks to more is not unpacked.
        height = pl.scan_parquet(io.BytesIO(payload.content)).select(pl.len()).collect().item()
        if height <= ROWS_MAX:
            frame = pl.read_parquet(io.BytesIO(payload.content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as fault:
        reason = f"no Parquet: {str(fault)[:200]}"
        yield Quarantined("payload", 0, reason, payload.content[:RAW_BYTES_MAX])
        return
    if height > ROWS_MAX:
        reason = f"{height} rows, more than {ROWS_MAX}"
        yield Quarantined("payload", 0, reason, payload.content[:RAW_BYTES_MAX])
        return
    for place, row in enumerate(frame.iter_rows(named=True)):
        yield Record(place, 0, str(row).encode()[:RAW_BYTES_MAX], row)


def _rows(mapping: Mapping, record: Record) -> Iterator[dict[str, Any]]:
    row = record.value
    stamp = _instant(row[mapping.time_column], mapping)
    length = mapping.interval_seconds * NANOS
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
            "place": record.place,
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
        whole = int(value) if str(value).strip().lstrip("-").isdigit() else None
        found = whole * scale if whole is not None else round(count * scale)
        return _checked(found, value)
    if isinstance(value, dt.datetime):
        moment = value
    elif mapping.form == "iso":
        moment = dt.datetime.fromisoformat(str(value).strip())
    else:
        moment = dt.datetime.strptime(str(value).strip(), mapping.form)  # noqa: DTZ007 - see below
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
        return _checked(int(np.datetime64(moment, "us").astype(np.int64)) * 1_000, value)
    wall = int(np.datetime64(moment, "us").astype(np.int64)) * 1_000
    if mapping.clock == "UTC":
        return _checked(wall, value)
    found = int(to_utc([_checked(wall, value)], mapping.clock)[0])
    if found == NOT_A_TIME:
        message = f"the clock of {mapping.clock} never shows {value!r}"
        raise ValueError(message)
    return found


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
    return found.select(list(DUPLICATE_COLUMNS)).cast(DUPLICATE_COLUMNS)  # type: ignore[arg-type]


def _gaps(frame: pl.DataFrame, interval_seconds: int) -> pl.DataFrame:
    if interval_seconds == 0:
        return pl.DataFrame(schema=GAP_COLUMNS)
    length = interval_seconds * NANOS
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
    return found.select(list(GAP_COLUMNS)).cast(GAP_COLUMNS)  # type: ignore[arg-type]
