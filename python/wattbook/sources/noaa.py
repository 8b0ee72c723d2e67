"""NOAA's weather models GFS, NAM and RAP as NOMADS publishes them: GRIB 2 with an index beside.

Options of a query: ``model`` (``gfs``, ``nam``, ``rap``) and
``steps`` (hours of the forecast: ``0-48/3``); its time span chooses the starts of forecasts.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from wattbook.errors import InputError
from wattbook.sources.clock import wall
from wattbook.sources.grib.centre import Centre
from wattbook.sources.grib.index import Entry, runs, steps
from wattbook.sources.grib.reading import is_grib
from wattbook.sources.payload import RAW_BYTES_MAX, Payload, Quarantined, Query

__all__ = ["CENTRE", "DATASETS", "MODELS", "Model", "is_noaa"]

ROOT = "https://nomads.ncep.noaa.gov/pub/data/nccf/com"
INDEX_LINE = re.compile(r"(\d+)(?:\.\d+)?:(\d+):d=(\d{10}):([^:]*):([^:]*):([^:]*):(.*)")
NOAA_CENTRES = frozenset({7, 8, 9})
"""NCEP, the telecommunications gateway of the weather service, and its other centres."""


@dataclass(frozen=True, slots=True)
class Model:
    """Where a model's files lie: `path` takes ``{run:…}`` and ``{step}``; a run every `hours`."""

    path: str
    hours: int


MODELS = {
    "gfs": Model(
        "gfs/prod/gfs.{run:%Y%m%d}/{run:%H}/atmos/gfs.t{run:%H}z.pgrb2.0p25.f{step:03}", 6
    ),
    "nam": Model("nam/prod/nam.{run:%Y%m%d}/nam.t{run:%H}z.awphys{step:02}.tm00.grib2", 6),
    "rap": Model("rap/prod/rap.{run:%Y%m%d}/rap.t{run:%H}z.awp130pgrbf{step:02}.grib2", 1),
}
"""By name: global at 0.25°, North America at 12 km, and 13 km, on the grids that NOMADS offers."""


def is_noaa(payload: Payload) -> bool:
    """Return whether `payload` is GRIB whose first message a centre of NOAA made."""
    if not is_grib(payload):
        return False
    begin = payload.content.find(b"GRIB", 0, 256)
    head = payload.content[begin : begin + 32]
    centre = head[12:13] if head[7] == 1 else head[21:23]
    return int.from_bytes(centre) in NOAA_CENTRES


def _entries(content: bytes) -> Iterator[Entry | Quarantined]:
    """Yield each line of an index; a message ends where the next other one begins."""
    lines: list[tuple[re.Match[str], int]] = []
    at = 0
    for number, line in enumerate(content.splitlines(keepends=True)):
        text = line.decode("utf-8", "replace").strip()
        match = INDEX_LINE.fullmatch(text)
        if match and len(match[2]) <= 15:
            lines.append((match, number))
        elif text:
            reason = "no line of an index: number, offset, date, parameter, level, step"
            yield Quarantined(f"line {number + 1}", at, reason, line[:RAW_BYTES_MAX])
        at += len(line)
    offsets = sorted({int(match[2]) for match, _ in lines})
    ends = dict(pairwise(offsets))
    for match, number in lines:
        try:
            reference = wall(dt.datetime.strptime(match[3], "%Y%m%d%H").replace(tzinfo=dt.UTC))
        except ValueError:
            reason = f"{match[3]!r} is no date of a forecast"
            yield Quarantined(f"line {number + 1}", 0, reason, match[0].encode())
            continue
        begin = int(match[2])
        member = match[7].strip(":")
        yield Entry(
            *(match[4], match[5], match[6], member, reference, begin, ends.get(begin), number)
        )


def _is_index(payload: Payload) -> bool:
    first = payload.content[:200].split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    return INDEX_LINE.fullmatch(first) is not None


def _addresses(query: Query) -> Iterator[str]:
    name = query.options.get("model", "gfs")
    if name not in MODELS:
        message = f"there is no model {name!r}; use {', '.join(MODELS)}"
        raise InputError(message)
    model = MODELS[name]
    for run in runs(query, model.hours):
        for step in steps(query.options.get("steps", "0-48/3")):
            yield f"{ROOT}/{model.path.format(run=run, step=step)}"


CENTRE = Centre(
    source="noaa",
    what="GFS, NAM and RAP; options model, steps",
    file_suffix="",
    index_suffix=".idx",
    is_field=is_noaa,
    is_index=_is_index,
    entries=_entries,
    addresses=_addresses,
)
DATASETS = CENTRE.datasets()
