"""What a mapping file says: columns, clock, units."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wattbook.errors import SourceError

__all__ = ["EPOCHS", "Mapping", "Series", "load"]

FORMATS = ("csv", "jsonl", "parquet")
EPOCHS = {"epoch s": 10**9, "epoch ms": 10**6, "epoch us": 10**3, "epoch ns": 1}
"""Nanoseconds of one step of the counts since 1970 that a time may be."""


@dataclass(frozen=True, slots=True)
class Series:
    """A column of values: what it observes, its unit, and what tells it apart at a location."""

    dataset: str
    column: str
    unit: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the payloads of one device or provider are read.

    Parameters
    ----------
    name : str
        Of the dataset.
    file : str
        Names of payloads that it is for, with ``*``.
    format : str
        ``csv``, ``jsonl`` (an object a line) or ``parquet``.
    time_column : str
        Where the time stands.
    form : str
        ``iso``, ``epoch s``, ``epoch ms``, ``epoch us``, ``epoch ns``, or a pattern of strptime.
    clock : str
        ``UTC`` or an IANA zone; of times that bear an offset, the offset counts.
    interval_seconds : int
        How long a value holds; 0 for an instant.
    mark : str
        ``start`` or ``end``: which end of the interval the time names.
    location_column, location : str
        The column that names the location, or the location of all rows.
    series : tuple of Series
        The columns of values.
    """

    name: str
    file: str
    format: str
    time_column: str
    form: str
    clock: str
    interval_seconds: int
    mark: str
    location_column: str
    location: str
    series: tuple[Series, ...]


def load(path: Path) -> Mapping:
    """Return the mapping in the TOML file `path`.

    Raises
    ------
    SourceError
        If it cannot be read, or a key is missing, unknown or of no meaning.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        message = f"{path} is no mapping ({fault}); docs/sources-fundamentals.md shows one"
        raise SourceError(message) from fault
    try:
        return _mapping(table)
    except (KeyError, TypeError, ValueError, ZoneInfoNotFoundError) as fault:
        reason = f"lacks {fault}" if isinstance(fault, KeyError) else str(fault)
        message = f"{path}: {reason}; docs/sources-fundamentals.md shows a mapping"
        raise SourceError(message) from fault


def _mapping(table: dict[str, Any]) -> Mapping:
    _known(table, {"name", "file", "format", "time", "location", "series"}, "the mapping")
    time, location = table["time"], table["location"]
    _known(time, {"column", "form", "clock", "interval_seconds", "mark"}, "[time]")
    _known(location, {"column", "value"}, "[location]")
    for one in table["series"]:
        _known(one, {"dataset", "column", "unit", "item"}, "[[series]]")
    _one_of(table["format"], FORMATS, "format")
    mark = _one_of(time.get("mark", "start"), ("start", "end"), "mark")
    seconds = time.get("interval_seconds", 0)
    if not isinstance(seconds, int) or seconds < 0:
        message = f"interval_seconds is {seconds!r}, not a whole number of seconds"
        raise ValueError(message)
    if len(location) != 1:
        message = "[location] has either column or value"
        raise ValueError(message)
    clock = str(time["clock"])
    if clock != "UTC":
        ZoneInfo(clock)
    if not table["series"]:
        message = "no [[series]]"
        raise ValueError(message)
    return Mapping(
        name=str(table["name"]),
        file=str(table["file"]),
        format=table["format"],
        time_column=str(time["column"]),
        form=str(time.get("form", "iso")),
        clock=clock,
        interval_seconds=seconds,
        mark=mark,
        location_column=str(location.get("column", "")),
        location=str(location.get("value", "")),
        series=tuple(Series(**one) for one in table["series"]),
    )


def _known(table: dict[str, Any], keys: set[str], where: str) -> None:
    if unknown := set(table) - keys:
        message = f"{where} has no key {min(unknown)!r}; it has {', '.join(sorted(keys))}"
        raise ValueError(message)


def _one_of(value: str, allowed: tuple[str, ...], key: str) -> str:
    if value not in allowed:
        message = f"{key} is {value!r}, not one of {', '.join(allowed)}"
        raise ValueError(message)
    return value
