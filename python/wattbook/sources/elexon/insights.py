"""Elexon Insights: bid-offer acceptances, and generation by fuel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import polars as pl

from wattbook.sources.clock import MINUTE
from wattbook.sources.json import rows
from wattbook.sources.payload import Parsed, Payload, Query, Request
from wattbook.sources.tabular import observations, set_aside

__all__ = [
    "ADDRESS",
    "acceptance_requests",
    "acceptances",
    "fuel",
    "fuel_requests",
    "is_acceptances",
    "is_fuel",
    "row_path",
    "written",
]

ADDRESS = "https://data.elexon.co.uk/bmrs/api/v1"


def row_path(content: bytes) -> str:
    """Return where the rows of an answer are: it is a list, or an object whose ``data`` is one."""
    return "/*" if content.lstrip()[:1] == b"[" else "/data/*"


def written(at: int) -> str:
    """Return an instant (ns UTC) as Elexon takes it."""
    return f"{dt.datetime.fromtimestamp(at // 10**9, dt.UTC):%Y-%m-%dT%H:%MZ}"


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
            "nationalGridBmUnit": "text",
            "bmUnit": "text",
            "acceptanceNumber": "whole",
            "acceptanceTime": "instant",
            "timeFrom": "instant",
            "timeTo": "instant",
            "levelFrom": "number",
            "levelTo": "number",
        },
    )
    lacks = pl.any_horizontal(pl.col("timeFrom", "timeTo", "levelFrom", "levelTo").is_null())
    nameless = pl.coalesce("bmUnit", "nationalGridBmUnit").is_null()
    frame, bad = set_aside(
        read.frame,
        read.frame.select(lacks | nameless).to_series(),
        "a row without unit, times or levels",
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
    return Parsed(observations({}, 0), {"acceptance": table}, (*read.quarantined, *bad))


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


def fuel(payload: Payload) -> Parsed:
    """Return generation by fuel over half-hours, MW; interconnectors (``INTFR``) are fuels here."""
    content = payload.content
    read = rows(
        content,
        row_path(content),
        {
            "startTime": "instant",
            "publishTime": "instant",
            "fuelType": "text",
            "generation": "number",
        },
    )
    lacks = read.frame.select(pl.any_horizontal(pl.col("startTime", "fuelType").is_null()))
    frame, bad = set_aside(
        read.frame, lacks.to_series(), "a row without time or fuel", content, "place"
    )
    found = observations(
        {
            "dataset": "generation",
            "location": "GB",
            "item": frame["fuelType"],
            "delivery_start": frame["startTime"],
            "delivery_end": frame["startTime"] + 30 * MINUTE,
            "value": frame["generation"],
            "unit": "MW",
            "ts_event": frame["publishTime"],
            "place": frame["place"],
            "offset": frame["offset"],
        },
        frame.height,
    )
    return Parsed(found, {}, (*read.quarantined, *bad))


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
