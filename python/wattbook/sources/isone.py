"""ISO New England: the web page's own JSON, and its web services' XML and JSON; times with offset.

Prices are tried on documented examples only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from wattbook.sources import json, xml
from wattbook.sources.clock import HOUR, MINUTE, days
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request, aside
from wattbook.sources.tabular import Measure, Rows, empty, gathered, measured, observations
from wattbook.sources.vocabulary import FUEL_CODES

__all__ = ["DATASETS", "parse", "parse_prices"]

ADDRESS = "https://webservices.iso-ne.com/api/v1.1"
AREA = "ISO-NE"


class Series(NamedTuple):
    """One list of the page's answer: its measures by field, and length of interval."""

    measures: Mapping[str, Measure]
    length: int


LOADS: Mapping[str, Series] = {
    "actual": Series(
        {
            "Mw": Measure("load", "native", "MW"),
            "NativeLoadBtmPv": Measure("load", "native with solar behind the meter", "MW"),
            "LoadMw": Measure("load", "system", "MW"),
            "SystemLoadBtmPv": Measure("load", "system with solar behind the meter", "MW"),
            "PumpMw": Measure("load", "pumping", "MW"),
        },
        5 * MINUTE,
    ),
    "forecast": Series({"Mw": Measure("load_forecast", "", "MW")}, HOUR),
    "priorDay": Series({"Mw": Measure("load_forecast", "of the day before", "MW")}, HOUR),
    "cleared": Series({"Mw": Measure("load_cleared", "day_ahead", "MW")}, HOUR),
}
"""Lists of the load graph by name."""
FLOWS = {
    "Actual": Measure("physical_flow", "", "MW"),
    "Current": Measure("scheduled_exchange", "", "MW"),
}
PARTS = {
    "LmpTotal": "total",
    "EnergyComponent": "energy",
    "CongestionComponent": "congestion",
    "LossComponent": "losses",
}
"""Component of a price by its field."""
PRICES = {"HourlyLmp": HOUR, "FiveMinLmp": 5 * MINUTE}
"""Length of interval by the record of a list of prices."""


def is_xml(content: bytes) -> bool:
    """Return whether `content` begins as XML does."""
    return content.lstrip()[:1] == b"<"


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is an answer of ISO New England that is no list of prices."""
    start = payload.content[:2_000]
    if is_xml(start):
        return b"iso-ne.com" in start and not is_prices(payload)
    return start.startswith(b'[{"data":{') and b'"BeginDate"' in start


def parse(payload: Payload) -> Parsed:
    """Return loads and their forecasts, flows over external interfaces, or generation by fuel.

    A flow counts from New England to the interface (``counterpart``): imports are negative, as the
    publisher has them.
    """
    content = payload.content
    if is_xml(content):
        return services(content)
    known = [name for name in LOADS if f'"{name}":['.encode() in content]
    found = [load(content, name, LOADS[name]) for name in known] or [exchange(content)]
    quarantined = tuple(part for rows in found for part in rows.quarantined)
    return Parsed(gathered([rows.frame for rows in found]), {}, quarantined)


def load(content: bytes, name: str, series: Series) -> Rows:
    """Return one list of the load graph as observations."""
    fields = {"BeginDate": "instant", "CreationDate": "instant?"}
    read = json.rows(
        content, f"/*/data/{name}/*", fields | dict.fromkeys(series.measures, "number?")
    )
    shared = {
        "location": AREA,
        "delivery_start": read.frame["BeginDate"],
        "delivery_end": read.frame["BeginDate"] + series.length,
        "ts_event": read.frame["CreationDate"],
        "place": read.frame["place"],
        "offset": read.frame["offset"],
    }
    return Rows(measured(read.frame, series.measures, shared), read.quarantined)


def exchange(content: bytes) -> Rows:
    """Return flows over external interfaces: actual and scheduled, at five minutes."""
    fields: dict[str, str | tuple[str, str]] = {
        "BeginDate": "instant",
        **dict.fromkeys(FLOWS, "number?"),
        "name": ("/Location/$", "text"),
    }
    read = json.rows(content, "/*/data/*/*", fields)
    shared = {
        "location": AREA,
        "counterpart": read.frame["name"],
        "delivery_start": read.frame["BeginDate"],
        "delivery_end": read.frame["BeginDate"] + 5 * MINUTE,
        "place": read.frame["place"],
        "offset": read.frame["offset"],
    }
    return Rows(measured(read.frame, FLOWS, shared), read.quarantined)


def services(content: bytes) -> Parsed:
    """Return generation by fuel and hourly load forecasts of the web services' XML."""
    parts: list[pl.DataFrame] = []
    quarantined = []
    for element, dataset, value, length in (
        ("GenFuelMix", "generation", "GenMw", 5 * MINUTE),
        ("HourlyLoadForecast", "load_forecast", "LoadMw", HOUR),
    ):
        fields = {"at": ("BeginDate", "instant"), "value": (value, "number")}
        if element == "GenFuelMix":
            fields["fuel"] = ("FuelCategory", "text?")
        read = xml.table(content, element, fields)
        quarantined += [part for part in read.quarantined if part not in quarantined]
        frame = read.frame
        columns = {
            "dataset": dataset,
            "location": AREA,
            "item": frame["fuel"].replace(FUEL_CODES["isone"]) if "fuel" in frame.columns else None,
            "delivery_start": frame["at"],
            "delivery_end": frame["at"] + length,
            "value": frame["value"],
            "unit": "MW",
            "place": frame["place"],
            "offset": frame["offset"],
        }
        parts.append(observations(columns, frame.height))
    found = gathered(parts)
    if not found.height and not quarantined:
        reason = "no table of ISO New England that is known: GenFuelMix, HourlyLoadForecast"
        quarantined.append(aside(content, reason))
    return Parsed(found, {}, tuple(quarantined))


def is_prices(payload: Payload) -> bool:
    """Return whether `payload` is a list of locational prices, as JSON or XML."""
    start = payload.content[:2_000]
    return b"LmpTotal" in start and any(name.encode() in start for name in PRICES)


def parse_prices(payload: Payload) -> Parsed:
    """Return locational prices and their components, USD/MWh.

    Whether hourly prices are of the day-ahead market or of real time only the address or the name
    says (``hourlylmp/da/final``); of five minutes they are of real time.
    """
    content = payload.content
    record = next((name for name in PRICES if name.encode() in content[:2_000]), "HourlyLmp")
    named = f"{payload.address}/{payload.name}".lower()
    market = re.search(r"(?<![a-z])(da|rt)(?![a-z])", named)
    if market is None and record == "HourlyLmp":
        reason = "neither address nor name says of which market the prices are: da or rt"
        return Parsed(empty(), {}, (aside(content, reason),))
    is_day_ahead = record == "HourlyLmp" and market is not None and market[1] == "da"
    if is_xml(content):
        fields = {"at": ("BeginDate", "instant"), "name": ("Location", "text")}
        fields |= {field: (field, "number?") for field in PARTS}
        read = xml.table(content, record, fields)
    else:
        read = json.rows(
            content,
            f"/{record}s/{record}/*",
            {
                "at": ("/BeginDate", "instant"),
                "name": ("/Location/$", "text"),
                **dict.fromkeys(PARTS, "number?"),
            },
        )
    dataset = "day_ahead_price" if is_day_ahead else "real_time_price"
    shared = {
        "location": read.frame["name"],
        "delivery_start": read.frame["at"],
        "delivery_end": read.frame["at"] + PRICES[record],
        "place": read.frame["place"],
        "offset": read.frame["offset"],
    }
    measures = {field: Measure(dataset, part, "USD/MWh") for field, part in PARTS.items()}
    return Parsed(measured(read.frame, measures, shared), {}, read.quarantined)


def ask(table: str, query: Query) -> Iterator[Request]:
    """Yield a request for each day of a table; option ``table`` names another one.

    The account's name and password go into ``ISONE_AUTHORIZATION`` as the whole header of Basic
    authentication.
    """
    table = query.options.get("table", table)
    for day in days(query.start, query.end, "America/New_York"):
        yield Request(
            f"{ADDRESS}/{table}/day/{day:%Y%m%d}",
            headers={"Accept": "application/xml"},
            credential="ISONE_AUTHORIZATION",
            credential_place="header:Authorization",
        )


DATASETS = (
    Dataset(
        "isone",
        "web_services",
        "load, forecasts, flows and the fuel mix (option table: genfuelmix, hourlyloadforecast)",
        recognises,
        parse,
        lambda query: ask("genfuelmix", query),
        window_seconds=86_400,
        requests_per_minute=30.0,
    ),
    Dataset(
        "isone",
        "prices",
        "locational prices (option table: hourlylmp/da/final, hourlylmp/rt/final, fiveminutelmp)",
        is_prices,
        parse_prices,
        lambda query: ask("hourlylmp/da/final", query),
        window_seconds=86_400,
        requests_per_minute=30.0,
        is_recorded=False,
    ),
)
"""What can be read of ISO New England."""
