"""Elexon Insights: bid-offer acceptances, generation by fuel, and system prices."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from wattbook.sources.clock import MINUTE, days, shown
from wattbook.sources.json import rows
from wattbook.sources.payload import Parsed, Payload, Query, Request
from wattbook.sources.tabular import Measure, measured, observations, set_aside, tables_only
from wattbook.sources.vocabulary import FUEL_CODES

__all__ = [
    "ADDRESS",
    "acceptance_requests",
    "acceptances",
    "by_fuel",
    "fuel_requests",
    "is_acceptances",
    "is_fuel",
    "is_prices",
    "price_requests",
    "prices",
    "row_path",
    "written",
]

HALF_HOUR = 30 * MINUTE
ADDRESS = "https://data.elexon.co.uk/bmrs/api/v1"


def row_path(content: bytes) -> str:
    """Return where the rows of an answer are: it is a list, or an object whose ``data`` is one."""
    return "/*" if content.lstrip()[:1] == b"[" else "/data/*"


def written(at: int) -> str:
    """Return an instant (ns UTC) as Elexon takes it."""
    return shown(at, "%Y-%m-%dT%H:%MZ")


def is_acceptances(payload: Payload) -> bool:
    """Return whether `payload` holds bid-offer acceptances."""
    start = payload.content[:2_000]
    return b'"acceptanceNumber"' in start and b'"levelFrom"' in start


def acceptances(payload: Payload) -> Parsed:
    """Return acceptances as table ``acceptance``, one row for each piece of a unit's profile.

    Between ``delivery_start`` and ``delivery_end`` the accepted level goes straight from
    ``level_from`` to ``level_to``, MW. ``ts_event`` is when it was accepted, where it is told.
    """
    content = payload.content
    read = rows(
        content,
        row_path(content),
        {
            "nationalGridBmUnit": "text?",
            "bmUnit": "text?",
            "acceptanceNumber": "whole?",
            "acceptanceTime": "instant?",
            "timeFrom": "instant",
            "timeTo": "instant",
            "levelFrom": "number",
            "levelTo": "number",
        },
    )
    nameless = pl.coalesce("bmUnit", "nationalGridBmUnit").is_null()
    frame, bad = set_aside(
        read.frame,
        read.frame.select(nameless).to_series(),
        "a row without unit",
        content,
        "place",
    )
    table = frame.select(
        location=pl.coalesce("bmUnit", "nationalGridBmUnit"),
        unit="nationalGridBmUnit",
        acceptance="acceptanceNumber",
        ts_event="acceptanceTime",
        delivery_start="timeFrom",
        delivery_end="timeTo",
        level_from="levelFrom",
        level_to="levelTo",
        place="place",
    )
    return tables_only({"acceptance": table}, (*read.quarantined, *bad))


def acceptance_requests(query: Query) -> Iterator[Request]:
    """Yield the request for the acceptances of a balancing unit (``location``)."""
    yield Request(
        f"{ADDRESS}/balancing/acceptances",
        {
            "bmUnit": query.location,
            "from": written(query.start),
            "to": written(query.end),
            "format": "json",
        },
    )


def is_fuel(payload: Payload) -> bool:
    """Return whether `payload` holds generation by fuel."""
    start = payload.content[:2_000]
    return b'"fuelType"' in start and b'"generation"' in start and b'"startTime"' in start


def by_fuel(payload: Payload) -> Parsed:
    """Return generation by fuel over half-hours, MW; interconnectors (``INTFR``) are fuels here."""
    content = payload.content
    kinds = {
        "startTime": "instant",
        "publishTime": "instant?",
        "fuelType": "text",
        "generation": "number?",
    }
    found = rows(content, row_path(content), kinds)
    frame = found.frame
    columns = {
        "dataset": "generation",
        "location": "GB",
        "item": frame["fuelType"].replace(FUEL_CODES["elexon"]),
        "delivery_start": frame["startTime"],
        "delivery_end": frame["startTime"] + HALF_HOUR,
        "value": frame["generation"],
        "unit": "MW",
        "ts_event": frame["publishTime"],
        "place": frame["place"],
        "offset": frame["offset"],
    }
    return Parsed(observations(columns, frame.height), {}, found.quarantined)


def fuel_requests(query: Query) -> Iterator[Request]:
    """Yield the request for generation by fuel that was published in the window."""
    yield Request(
        f"{ADDRESS}/datasets/FUELHH",
        {
            "publishDateTimeFrom": written(query.start),
            "publishDateTimeTo": written(query.end),
            "format": "json",
        },
    )


PRICES = {
    "systemBuyPrice": Measure("imbalance_price", "buy", "GBP/MWh"),
    "systemSellPrice": Measure("imbalance_price", "sell", "GBP/MWh"),
    "netImbalanceVolume": Measure("imbalance_volume", "", "MWh"),
}


def is_prices(payload: Payload) -> bool:
    """Return whether `payload` holds system prices."""
    start = payload.content[:2_000]
    return b'"systemBuyPrice"' in start and b'"systemSellPrice"' in start


def prices(payload: Payload) -> Parsed:
    """Return the prices and the volume of imbalance of half-hours.

    Buy and sell price have been equal since November 2015. A volume above zero is what the system
    was short of. ``ts_event`` is when the price was made, which happens several times.
    """
    content = payload.content
    kinds = {"startTime": "instant", "createdDateTime": "instant?"}
    found = rows(content, row_path(content), kinds | dict.fromkeys(PRICES, "number?"))
    start = found.frame["startTime"]
    shared = {
        "location": "GB",
        "delivery_start": start,
        "delivery_end": start + HALF_HOUR,
        "ts_event": found.frame["createdDateTime"],
        "place": found.frame["place"],
        "offset": found.frame["offset"],
    }
    return Parsed(measured(found.frame, PRICES, shared), {}, found.quarantined)


def price_requests(query: Query) -> Iterator[Request]:
    """Yield the request for the prices of each settlement day."""
    for day in days(query.start, query.end, "Europe/London"):
        address = f"{ADDRESS}/balancing/settlement/system-prices/{day.isoformat()}"
        yield Request(address, {"format": "json"})
