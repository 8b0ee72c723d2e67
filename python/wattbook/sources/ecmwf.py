"""ECMWF's open data: IFS forecasts and ensembles as GRIB 2, with an index of JSON lines beside.

Ask for the index (dataset ``index``), then for the messages that you want with `ranges`, or for
whole files (dataset ``field``). Options of a query: ``stream`` (``oper`` or ``enfo``, the ensemble)
and ``steps`` (hours of the forecast: ``0-48/3``); its time span chooses the starts of forecasts.
"""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from wattbook.errors import InputError
from wattbook.sources.clock import within
from wattbook.sources.grib.index import Entry, parsed, range_requests, runs, steps
from wattbook.sources.grib.reading import is_grib, parse
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request

__all__ = ["DATASETS", "STREAMS", "ranges"]

ROOT = "https://data.ecmwf.int/forecasts"
NANOS = 1_000_000_000
STREAMS = {"oper": "fc", "enfo": "ef"}
"""Type of forecast by stream: the high-resolution forecast, the ensemble."""


def ranges(index: Payload, wanted: str) -> Iterator[Request]:
    """Yield requests for the messages of the file that `index` is of.

    Parameters
    ----------
    index : Payload
        An index; its address ends in ``.index``.
    wanted : str
        Parameter, type of level and level as the index names them, ``;`` between several:
        ``2t:sfc;t:pl 850``. An ensemble's members all come.

    Raises
    ------
    InputError
        If the index has none of one of them.
    """
    entries = [entry for entry in _entries(index.content) if isinstance(entry, Entry)]
    yield from range_requests(index.address.removesuffix(".index") + ".grib2", entries, wanted)


def _entries(content: bytes) -> Iterator[Entry | Quarantined]:
    at = 0
    for number, line in enumerate(content.splitlines(keepends=True)):
        if line.strip():
            try:
                yield _entry(json.loads(line), number)
            except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as fault:
                reason = f"no line of an index: {type(fault).__name__}: {fault}"
                yield Quarantined(f"line {number + 1}", at, reason, line[:65_536])
        at += len(line)


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
        reference=within(int(run.timestamp()) * NANOS),
        begin=begin,
        end=begin + length,
        place=place,
    )


def _is_index(payload: Payload) -> bool:
    first = payload.content[:400].split(b"\n", 1)[0]
    return first.startswith(b"{") and b'"_offset"' in first and b'"param"' in first


def _parse_index(payload: Payload) -> Parsed:
    return parsed(_entries(payload.content))


def _requests(query: Query, suffix: str) -> Iterator[Request]:
    stream = query.options.get("stream", "oper")
    if stream not in STREAMS:
        message = f"there is no stream {stream!r}; use {', '.join(STREAMS)}"
        raise InputError(message)
    # The high-resolution forecast of 06 and 18 UTC is shorter and belongs to another stream.
    for run in runs(query, 12 if stream == "oper" else 6):
        folder = f"{ROOT}/{run:%Y%m%d}/{run:%H}z/ifs/0p25/{stream}"
        for step in steps(query.options.get("steps", "0-48/3")):
            name = f"{run:%Y%m%d%H%M%S}-{step}h-{stream}-{STREAMS[stream]}"
            yield Request(f"{folder}/{name}{suffix}")


DATASETS = (
    Dataset(
        source="ecmwf",
        name="field",
        description="GRIB of ECMWF and of centres whose data it hands on; options stream, steps",
        recognises=is_grib,
        parse=parse,
        requests=lambda query: _requests(query, ".grib2"),
    ),
    Dataset(
        source="ecmwf",
        name="index",
        description="which bytes of an open-data file hold what; options stream, steps",
        recognises=_is_index,
        parse=_parse_index,
        requests=lambda query: _requests(query, ".index"),
    ),
)
