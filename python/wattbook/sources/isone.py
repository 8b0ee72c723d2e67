"""ISO New England: the web page's own JSON, and its web services' XML; times with their offset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.sources.clock import HOUR, MINUTE
from wattbook.sources.csv import RAW_BYTES_MAX
from wattbook.sources.json import rows
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request
from wattbook.sources.tabular import gathered, observations, set_aside
from wattbook.sources.xml import rows as xml_rows

__all__ = ["DATASETS", "parse"]

ADDRESS = "https://webservices.iso-ne.com/api/v1.1"


class Series(NamedTuple):
    """One list of the page's answer: which dataset, item by field, and length of interval."""

    dataset: str
    items: Mapping[str, str]
    length: int


LOADS: Mapping[str, Series] = {
    "actual": Series(
        "load",
        {
            "Mw": "native",
            "NativeLoadBtmPv": "native with solar behind the meter",
            "LoadMw": "system",
            "SystemLoadBtmPv": "system with solar behind the meter",
            "PumpMw": "pumping",
        },
        5 * MINUTE,
    ),
    "forecast": Series("load_forecast", {"Mw": ""}, HOUR),
    "priorDay": Series("load_forecast", {"Mw": "of the day before"}, HOUR),
    "cleared": Series("load_cleared", {"Mw": "day-ahead"}, HOUR),
}
"""Lists of the load graph by name."""


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is an answer of ISO New England."""
    start = payload.content[:2_000]
    if start.lstrip()[:1] == b"<":
        return b"iso-ne.com" in start
    return start.startswith(b'[{"data":{') and b'"BeginDate"' in start


def parse(payload: Payload) -> Parsed:
    """Return loads and their forecasts, flows over external interfaces, or generation by fuel.

    A flow counts from New England to the interface (``counterpart``): imports are negative, as the
    publisher has them.
    """
    content = payload.content
    if content.lstrip()[:1] == b"<":
        return services(content)
    parts: list[pl.DataFrame] = []
    aside: list[Quarantined] = []
    known = [name for name in LOADS if f'"{name}":['.encode() in content]
    for name in known:
        found, bad = load(content, name, LOADS[name])
        parts.append(found)
        aside += bad
    if not known:
        found, bad = exchange(content)
        parts.append(found)
        aside += bad
    return Parsed(gathered(parts), {}, tuple(aside))


def load(content: bytes, name: str, series: Series) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return one list of the load graph as observations."""
    fields = {"BeginDate": "instant", "CreationDate": "instant"}
    read = rows(content, f"/*/data/{name}/*", fields | dict.fromkeys(series.items, "number"))
    frame, bad = set_aside(
        read.frame, read.frame["BeginDate"].is_null(), "a row without time", content, "place"
    )
    parts = [
        observations(
            {
                "dataset": series.dataset,
                "location": "NEPOOL AREA",
                "item": item or None,
                "delivery_start": frame["BeginDate"],
                "delivery_end": frame["BeginDate"] + series.length,
                "value": frame[field],
                "unit": "MW",
                "ts_event": frame["CreationDate"],
                "place": frame["place"],
                "offset": frame["offset"],
            },
            frame.height,
        )
        for field, item in series.items.items()
    ]
    return gathered(parts), (*read.quarantined, *bad)


def exchange(content: bytes) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return flows over external interfaces: actual and scheduled, at five minutes."""
    fields: dict[str, str | tuple[str, str]] = {
        "BeginDate": "instant",
        "Actual": "number",
        "Current": "number",
        "id": ("/Location/@LocId", "text"),
        "name": ("/Location/$", "text"),
    }
    read = rows(content, "/*/data/*/*", fields)
    lacks = read.frame.select(pl.any_horizontal(pl.col("BeginDate", "name").is_null())).to_series()
    frame, bad = set_aside(read.frame, lacks, "a row without time or place", content, "place")
    parts = [
        observations(
            {
                "dataset": dataset,
                "location": "NEPOOL AREA",
                "counterpart": frame["name"],
                "delivery_start": frame["BeginDate"],
                "delivery_end": frame["BeginDate"] + 5 * MINUTE,
                "value": frame[field],
                "unit": "MW",
                "place": frame["place"],
                "offset": frame["offset"],
            },
            frame.height,
        )
        for field, dataset in (("Actual", "physical_flow"), ("Current", "scheduled_exchange"))
    ]
    return gathered(parts), (*read.quarantined, *bad)


def services(content: bytes) -> Parsed:
    """Return generation by fuel and hourly load forecasts of the web services' XML."""
    parts: list[pl.DataFrame] = []
    aside: list[Quarantined] = []
    for element, dataset, value, item, length in (
        ("GenFuelMix", "generation", "GenMw", "FuelCategory", 5 * MINUTE),
        ("HourlyLoadForecast", "load_forecast", "LoadMw", "", HOUR),
    ):
        fields = {"at": "BeginDate", "value": value} | ({"item": item} if item else {})
        read = xml_rows(content, element, fields)
        if read.fault is not None:
            aside = [read.fault]
        frame = read.frame.with_row_index("row").with_columns(
            pl.col("at")
            .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_unit="ns")
            .cast(pl.Int64),
            pl.col("value").cast(pl.Float64, strict=False),
            pl.col("row").cast(pl.Int64),
        )
        lacks = frame.select(pl.any_horizontal(pl.col("at", "value").is_null())).to_series()
        frame, bad = set_aside(frame, lacks, "a row without time or value", content, "row")
        aside += bad
        parts.append(
            observations(
                {
                    "dataset": dataset,
                    "location": "NEPOOL AREA",
                    "item": frame["item"] if item else None,
                    "delivery_start": frame["at"],
                    "delivery_end": frame["at"] + length,
                    "value": frame["value"],
                    "unit": "MW",
                    "place": frame["row"],
                    "offset": frame["offset"],
                },
                frame.height,
            )
        )
    found = gathered(parts)
    if not found.height and not aside:
        reason = "no table of ISO New England that is known: GenFuelMix, HourlyLoadForecast"
        aside.append(Quarantined("payload", 0, reason, content[:RAW_BYTES_MAX]))
    return Parsed(found, {}, tuple(aside))


def requests(query: Query) -> Iterator[Request]:
    """Yield a request for each day of a ``table``: ``genfuelmix``, ``hourlyloadforecast``.

    The account's name and password go into ``ISONE_AUTHORIZATION`` as the whole header of Basic
    authentication.
    """
    table = query.options.get("table", "genfuelmix")
    zone = ZoneInfo("America/New_York")
    day = dt.datetime.fromtimestamp(query.start // 10**9, zone).date()
    last = dt.datetime.fromtimestamp((query.end - 1) // 10**9, zone).date()
    while day <= last:
        yield Request(
            f"{ADDRESS}/{table}/day/{day:%Y%m%d}",
            headers={"Accept": "application/xml"},
            credential="ISONE_AUTHORIZATION",
            credential_place="header:Authorization",
        )
        day += dt.timedelta(days=1)


DATASETS = (
    Dataset(
        "isone",
        "web services",
        "load, forecasts, flows and the fuel mix (option table)",
        recognises,
        parse,
        requests,
        window_seconds=86_400,
        requests_per_minute=30.0,
    ),
)
"""What can be read of ISO New England."""
