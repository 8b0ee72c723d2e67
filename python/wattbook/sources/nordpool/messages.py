"""Nord Pool's platform of urgent market messages (UMM).

Answers are JSON: a message has units, a unit has time periods, and each period is a row of the
table ``outage``. Numbers that stand for words are put into words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wattbook.sources.clock import instant, moment, shown
from wattbook.sources.json import gather, number, records, text, whole
from wattbook.sources.payload import Parsed, Payload, Query, Request
from wattbook.sources.tables import OUTAGE_COLUMNS, outages
from wattbook.sources.tabular import table, tables_only

__all__ = ["is_messages", "message_requests", "parse_messages"]

ADDRESS = "https://ummapi.nordpoolgroup.com/messages"

UNIT_KINDS = {
    "productionUnits": "production",
    "generationUnits": "generation",
    "consumptionUnits": "consumption",
    "transmissionUnits": "transmission",
    "otherUnits": "other",
}
MESSAGE_TYPES = {
    1: "ProductionUnavailability",
    2: "ConsumptionUnavailability",
    3: "TransmissionUnavailability",
    4: "MarketInformation",
    5: "OtherUnavailability",
}
STATUSES = {1: "Active", 2: "Dismissed", 3: "Inactive"}
UNAVAILABILITIES = {1: "Unplanned", 2: "Planned"}


def _word(value: Any, words: dict[int, str]) -> str | None:  # noqa: ANN401 - whatever JSON holds
    return words.get(value, str(value)) if isinstance(value, int) else text(value)


def parse_messages(payload: Payload) -> Parsed:
    """Return messages as table ``outage``, one row for each period of each unit."""
    rows, aside = gather(records(payload.content, "items"), _rows)
    return tables_only({"outage": outages(table(OUTAGE_COLUMNS, rows))}, aside)


def _rows(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    areas = [
        text(area.get("code")) or text(area.get("name")) for area in message.get("areas") or ()
    ]
    shared = {
        "message": str(message["messageId"]),
        "revision": whole(message["version"]),
        "ts_event": instant(message["publicationDate"]),
        "status": _word(message.get("eventStatus"), STATUSES),
        "message_type": _word(message.get("messageType"), MESSAGE_TYPES),
        "unavailability": _word(message.get("unavailabilityType"), UNAVAILABILITIES),
        "participant": text(message.get("publisherName")),
        "location": "\n".join(area for area in areas if area) or None,
        "event_start": moment(text(message.get("eventStart"))),
        "event_end": moment(text(message.get("eventStop"))),
        "cause": text(message.get("unavailabilityReason")),
        "remarks": text(message.get("remarks")) or text(message.get("cancellationReason")),
        "capacity_unit": "MW",
    }
    step = 0
    for key, kind in UNIT_KINDS.items():
        for unit in message.get(key) or ():
            periods: list[dict[str, Any]] = unit.get("timePeriods") or [{}]
            for period in periods:
                yield {**shared, **_unit(unit, kind), **_period(period), "step": step}
                step += 1
    if step == 0:
        yield shared


def _unit(unit: dict[str, Any], kind: str) -> dict[str, Any]:
    found = {
        "unit": text(unit.get("name")),
        "unit_eic": text(unit.get("eic")),
        "asset": text(unit.get("productionUnitName")) or text(unit.get("name")),
        "asset_type": kind,
        "fuel": text(unit.get("fuelType")),
        "normal": number(unit.get("installedCapacity")),
    }
    area = text(unit.get("areaName")) or text(unit.get("areaEic")) or text(unit.get("outAreaName"))
    return {**found, "location": area} if area else found


def _period(period: dict[str, Any]) -> dict[str, Any]:
    return {
        "capacity_start": moment(text(period.get("eventStart"))),
        "capacity_end": moment(text(period.get("eventStop"))),
        "available": number(period.get("availableCapacity")),
        "unavailable": number(period.get("unavailableCapacity")),
    }


def is_messages(payload: Payload) -> bool:
    """Return whether `payload` holds messages of the platform."""
    head = payload.content[:8_192]
    return (
        head.lstrip().startswith(b"{")
        and b'"items"' in head
        and b'"messageId"' in head
        and b'"publicationDate"' in head
    )


def message_requests(query: Query) -> Iterator[Request]:
    """Yield the request for the messages that were published in the window."""
    first, last = (shown(at, "%Y-%m-%dT%H:%M:%S.000Z") for at in (query.start, query.end))
    span = {"publicationStartDate": first, "publicationStopDate": last, "limit": "2000"}
    area = {"areas": query.location} if query.location else {}
    yield Request(ADDRESS, {**span, **area})
