"""ECMWF's open data: IFS forecasts and ensembles as GRIB 2, with an index of JSON lines beside.

Options of a query: ``stream`` (``oper`` or ``enfo``, the ensemble)
and ``steps`` (hours of the forecast: ``0-48/3``); its time span chooses the starts of forecasts.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from wattbook.errors import InputError
from wattbook.sources.clock import wall
from wattbook.sources.grib.centre import Centre
from wattbook.sources.grib.index import Entry, runs, steps
from wattbook.sources.grib.reading import is_grib
from wattbook.sources.json import BAD_RECORD, lines, refused
from wattbook.sources.payload import Payload, Quarantined, Query

__all__ = ["CENTRE", "DATASETS", "STREAMS"]

ROOT = "https://data.ecmwf.int/forecasts"
STREAMS = {"oper": "fc", "enfo": "ef"}
"""Type of forecast by stream: the high-resolution forecast, the ensemble."""


def _entries(content: bytes) -> Iterator[Entry | Quarantined]:
    for record in lines(content):
        if isinstance(record, Quarantined):
            yield record
            continue
        try:
            yield _entry(record.value, record.place)
        except BAD_RECORD as fault:
            yield refused(record, f"no line of an index: {type(fault).__name__}: {fault}")


def _entry(line: dict[str, Any], place: int) -> Entry:
    text = f"{line['date']} {line['time']:>04}"
    run = dt.datetime.strptime(text, "%Y%m%d %H%M").replace(tzinfo=dt.UTC)
    begin, length = int(line["_offset"]), int(line["_length"])
    if not (0 <= begin < 1 << 60 and 0 < length < 1 << 60):
        message = f"bytes from {begin}, {length} of them"
        raise ValueError(message)
    return Entry(
        parameter=str(line["param"]),
        level=" ".join(str(line[key]) for key in ("levtype", "levelist") if key in line),
        step=str(line["step"]),
        member=str(line.get("number", "")),
        reference=wall(run),
        begin=begin,
        end=begin + length,
        place=place,
    )


def _is_index(payload: Payload) -> bool:
    first = payload.content[:400].split(b"\n", 1)[0]
    return first.startswith(b"{") and b'"_offset"' in first and b'"param"' in first


def _addresses(query: Query) -> Iterator[str]:
    stream = query.options.get("stream", "oper")
    if stream not in STREAMS:
        message = f"there is no stream {stream!r}; use {', '.join(STREAMS)}"
        raise InputError(message)
    # The high-resolution forecast of 06 and 18 UTC is shorter and belongs to another stream.
    for run in runs(query, 12 if stream == "oper" else 6):
        folder = f"{ROOT}/{run:%Y%m%d}/{run:%H}z/ifs/0p25/{stream}"
        for step in steps(query.options.get("steps", "0-48/3")):
            yield f"{folder}/{run:%Y%m%d%H%M%S}-{step}h-{stream}-{STREAMS[stream]}"


CENTRE = Centre(
    source="ecmwf",
    what="ECMWF's open data, and files of centres that it hands on; options stream, steps",
    file_suffix=".grib2",
    index_suffix=".index",
    is_field=is_grib,
    is_index=_is_index,
    entries=_entries,
    addresses=_addresses,
)
DATASETS = CENTRE.datasets()
