"""ENTSOG's transparency platform: gas flows, capacities and nominations, and market messages.

Answers are JSON of the API v1. A gas day runs from 06:00 local time, which the periods say with
their offset. Points are named by ENTSOG's key and operators by theirs: one point has a row for each
operator and direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wattbook.sources.clock import instant, moment, shown
from wattbook.sources.json import gather, number, records, text, whole
from wattbook.sources.payload import OBSERVATION_COLUMNS, Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tables import OUTAGE_COLUMNS, outages
from wattbook.sources.tabular import table, tables_only

__all__ = ["DATASETS"]

ROOT = "https://transparency.entsog.eu/api/v1"
DAY = "%Y-%m-%d"
INDICATORS = {
    "Physical Flow": ("gas_flow", ""),
    "Nomination": ("gas_nomination", ""),
    "Renomination": ("gas_renomination", ""),
    "Allocation": ("gas_allocation", ""),
    "GCV": ("gas_calorific_value", ""),
    "Wobbe Index": ("gas_wobbe_index", ""),
    "Planned interruption of firm capacity": ("gas_interruption", "firm planned"),
    "Unplanned interruption of firm capacity": ("gas_interruption", "firm unplanned"),
    "Planned interruption of interruptible capacity": (
        "gas_interruption",
        "interruptible planned",
    ),
    "Actual interruption of interruptible capacity": ("gas_interruption", "interruptible actual"),
    **{
        f"{kind} {state}": ("gas_capacity", f"{kind} {state}".lower())
        for kind in ("Firm", "Interruptible")
        for state in ("Available", "Booked", "Interrupted", "Technical", "Total")
    },
}
"""Dataset and the beginning of the item by indicator; another indicator is set aside."""

SAID = dict.fromkeys(("flow_status", "capacity_type", "interruption_type", "remarks"), "String")
"""Columns of the table ``status``: what ENTSOG says of an observation besides its value, with its
``place``. ``Provisional`` flows are published again as ``Confirmed``."""


def _operational(payload: Payload) -> Parsed:
    rows, aside = gather(records(payload.content, "operationalData"), _operational_rows)
    said = [row for row in rows if any(row[key] is not None for key in SAID)]
    tables = {"status": table({**SAID, "place": "Int64"}, said)}
    return Parsed(table(OBSERVATION_COLUMNS, rows), tables, tuple(aside))


def _operational_rows(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    start, end = instant(record["periodFrom"]), instant(record["periodTo"])
    if end < start:
        message = f"period from {record['periodFrom']!r} to {record['periodTo']!r}"
        raise ValueError(message)
    indicator = str(record["indicator"]).strip()
    if indicator not in INDICATORS:
        message = f"indicator {indicator!r} is none of {', '.join(INDICATORS)}"
        raise ValueError(message)
    dataset, kind = INDICATORS[indicator]
    remarks = [text(record.get(key)) for key in ("itemRemarks", "generalRemarks")]
    yield {
        "dataset": dataset,
        "location": str(record["pointKey"]),
        "item": "/".join(
            part for part in (kind, str(record["directionKey"]), str(record["operatorKey"])) if part
        ),
        "delivery_start": start,
        "delivery_end": end,
        "value": number(record["value"]),
        "unit": text(record.get("unit")),
        "ts_event": moment(text(record.get("lastUpdateDateTime"))),
        "flow_status": text(record.get("flowStatus")),
        "capacity_type": text(record.get("capacityType")),
        "interruption_type": text(record.get("interruptionType")),
        "remarks": "\n".join(remark for remark in remarks if remark) or None,
    }


def _messages(payload: Payload) -> Parsed:
    rows, aside = gather(records(payload.content, "urgentMarketMessages"), _message_rows)
    return tables_only({"outage": outages(table(OUTAGE_COLUMNS, rows))}, aside)


def _message_rows(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    start, end = moment(text(record.get("eventStart"))), moment(text(record.get("eventStop")))
    location = text(record.get("balancingZoneKey")) or text(record.get("balancingZoneEic"))
    yield {
        # Versions of one message share its thread; their own identifier ends in the version.
        "message": text(record.get("threadId")) or str(record["messageId"]),
        "revision": whole(record["versionNumber"]),
        "ts_event": moment(text(record["publicationDateTime"])),
        "created": moment(text(record.get("lastUpdateDateTime"))),
        "status": text(record.get("eventStatus")),
        "message_type": text(record.get("messageType")),
        "event_type": text(record.get("eventType")),
        "unavailability": text(record.get("unavailabilityType")),
        "participant": text(record.get("marketParticipantName")),
        "asset": text(record.get("affectedAssetName")),
        "asset_type": text(record.get("direction")),
        "unit": text(record.get("affectedAssetIdentifier")),
        "unit_eic": text(record.get("affectedAssetEic")),
        "location": location,
        "event_start": start,
        "event_end": end,
        "capacity_start": start,
        "capacity_end": end,
        "normal": number(record.get("technicalCapacity")),
        "available": number(record.get("availableCapacity")),
        "unavailable": number(record.get("unavailableCapacity")),
        "capacity_unit": text(record.get("unitMeasure")),
        "cause": text(record.get("unavailabilityReason")),
        "remarks": text(record.get("remarks")),
    }


def _operational_requests(query: Query) -> Iterator[Request]:
    parameters = {
        "indicator": query.options.get("indicator", "Physical Flow"),
        "periodType": query.options.get("period", "day"),
        "from": shown(query.start, DAY),
        "to": shown(query.end - 1, DAY),
        "timeZone": "UCT",
        "limit": "-1",
    }
    if query.location:
        parameters["pointKey"] = query.location
    for key in ("operatorKey", "directionKey"):
        if key in query.options:
            parameters[key] = query.options[key]
    yield Request(f"{ROOT}/operationalData", parameters)


def _message_requests(query: Query) -> Iterator[Request]:
    span = {"from": shown(query.start, DAY), "to": shown(query.end - 1, DAY)}
    yield Request(f"{ROOT}/urgentMarketMessages", {**span, "timeZone": "UCT", "limit": "-1"})


def _holds(key: bytes) -> Any:  # noqa: ANN401 - a function of a payload
    def recognises(payload: Payload) -> bool:
        head = payload.content[:2_048]
        return head.lstrip().startswith(b"{") and key in head

    return recognises


DATASETS = (
    Dataset(
        source="entsog",
        name="operational",
        description="flows, nominations, capacities; options indicator, period (day or hour), "
        "operatorKey, directionKey; location is a point's key",
        recognises=_holds(b'"operationalData"'),
        parse=_operational,
        requests=_operational_requests,
        window_seconds=31 * 86_400,
        requests_per_minute=20.0,
        is_recorded=False,
    ),
    Dataset(
        source="entsog",
        name="message",
        description="urgent market messages of gas infrastructure",
        recognises=_holds(b'"urgentMarketMessages"'),
        parse=_messages,
        requests=_message_requests,
        window_seconds=31 * 86_400,
        requests_per_minute=20.0,
        is_recorded=False,
    ),
)
