"""Outage messages as documents: one description writes, reads and checks them.

The elements are those of ACER's electricity schema for urgent market messages as inside information
platforms use it in public, in the order in which they stand there. That schema was not at hand: a
document that fits this description is no proof that it fits ACER's. What the fields may hold is
after ACER's answers to questions: the number of the version ends the identification (III.5.1.9), a
storage is "Other unavailability" (III.5.1.4), capacity stands in intervals in one unit (III.4.1.9,
III.5.1.6).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

from wattbook.compliance.outage import (
    ACER_CODE,
    MESSAGE,
    REASON_MOST,
    UNIT_KINDS,
    OutageMessage,
    Participant,
)
from wattbook.domain.eic import eic_fault
from wattbook.errors import DocumentError, InputError
from wattbook.ingest.documents import (
    Document,
    Group,
    Kind,
    Leaf,
    Part,
    code,
    decimal,
    instant,
    read,
    text,
)

__all__ = ["COMMON", "NAMESPACE", "OUTAGE", "outage_xml", "read_outage"]

NAMESPACE = "http://www.acer.europa.eu/REMIT/REMITUMMElectricitySchema_V3.xsd"
COMMON = "http://www.acer.europa.eu/REMIT/REMITUMMCommonSchema_V2.xsd"
IN_COMMON = ("affectedAsset", "marketParticipant")
"""Elements whose own elements are of the common schema."""


def matched(pattern: re.Pattern[str], expected: str) -> Leaf:
    """Return an element whose text is a pattern's."""

    def parse(found: str) -> str:
        if not pattern.fullmatch(found):
            raise ValueError(found)
        return found

    return Leaf(Kind(expected, parse, parse))


def eic(kinds: str, expected: str) -> Leaf:
    """Return an element whose text is an EIC of a kind."""

    def parse(found: str) -> str:
        if eic_fault(found, kinds):
            raise ValueError(found)
        return found

    return Leaf(Kind(f"EIC of {expected} with its check character", parse, parse))


POWER = Leaf(decimal(9, 3))
EVENT = Group(
    (
        Part("eventStatus", Leaf(code("Active", "Inactive"))),
        Part("eventType", Leaf(code("Other unavailability"))),
        Part("eventStart", Leaf(instant())),
        Part("eventStop", Leaf(instant())),
    )
)
INTERVAL = Group(
    (
        Part("intervalStart", Leaf(instant())),
        Part("intervalStop", Leaf(instant())),
        Part("unavailableCapacity", POWER),
        Part("availableCapacity", POWER),
    )
)
CAPACITY = Group(
    (
        Part("unitMeasure", Leaf(code("MW"))),
        Part("capacityInterval", INTERVAL),
        Part("installedCapacity", POWER),
    )
)
ZONE = eic("Y", "an area")
UNIT = eic(UNIT_KINDS, "a resource, substation or tie line")
UMM = Group(
    (
        Part("messageId", matched(MESSAGE, "identification that ends in _ and its version")),
        Part("event", EVENT),
        Part("unavailabilityType", Leaf(code("Unplanned"))),
        Part("publicationDateTime", Leaf(instant())),
        Part("capacity", CAPACITY),
        Part("unavailabilityReason", Leaf(text(REASON_MOST))),
        Part("remarks", Leaf(text(10_000)), 0),
        Part("fuelType", Leaf(code("Other"))),
        Part("biddingZone", ZONE),
        Part("affectedAsset", Group((Part("name", Leaf(text(1_000))), Part("eic", UNIT)))),
        Part(
            "marketParticipant",
            Group(
                (
                    Part("name", Leaf(text(1_000))),
                    Part("acerCode", matched(ACER_CODE, "ACER code such as A00000000.DE")),
                )
            ),
        ),
    )
)
OUTAGE = Document("REMITUrgentMarketMessages", (NAMESPACE,), Group((Part("UMM", UMM),)), {})


def values_of(message: OutageMessage) -> dict[str, Any]:
    """Return the values of a message by element; powers to the kW, what is missing their rest."""
    installed, available = (
        Decimal(round(power * 1_000)).scaleb(-3)
        for power in (message.installed_mw, message.available_mw)
    )
    values = {
        "messageId": message.message,
        "event": {
            "eventStatus": message.status,
            "eventType": "Other unavailability",
            "eventStart": message.start,
            "eventStop": message.end,
        },
        "unavailabilityType": "Unplanned",
        "publicationDateTime": message.published,
        "capacity": {
            "unitMeasure": "MW",
            "capacityInterval": {
                "intervalStart": message.start,
                "intervalStop": message.end,
                "unavailableCapacity": (installed - available).normalize(),
                "availableCapacity": available.normalize(),
            },
            "installedCapacity": installed.normalize(),
        },
        "unavailabilityReason": message.reason,
        "remarks": message.remarks,
        "fuelType": "Other",
        "biddingZone": message.participant.zone_eic,
        "affectedAsset": {"name": message.participant.unit, "eic": message.participant.unit_eic},
        "marketParticipant": {
            "name": message.participant.name,
            "acerCode": message.participant.code,
        },
    }
    return values if message.remarks else {key: one for key, one in values.items() if one != ""}


def outage_xml(message: OutageMessage) -> str:
    """Return a message as XML, read back before it is handed out.

    Raises
    ------
    DocumentError
        If a value does not fit its element; names it.
    """
    ET.register_namespace("", NAMESPACE)
    ET.register_namespace("c", COMMON)
    top = ET.Element(f"{{{NAMESPACE}}}{OUTAGE.root}")
    fill(ET.SubElement(top, f"{{{NAMESPACE}}}UMM"), UMM, values_of(message), NAMESPACE)
    ET.indent(top)
    made: str = ET.tostring(top, encoding="unicode")
    document = '<?xml version="1.0" encoding="UTF-8"?>\n' + made + "\n"
    read_outage(document.encode())
    return document


def fill(parent: ET.Element, group: Group, values: Mapping[str, Any], space: str) -> None:
    """Add the elements of a group, in its order."""
    for part in group.parts:
        if part.name not in values:
            continue
        value = values[part.name]
        made = ET.SubElement(parent, f"{{{space}}}{part.name}")
        if isinstance(part.node, Group):
            fill(made, part.node, value, COMMON if part.name in IN_COMMON else space)
            continue
        try:
            made.text = part.node.kind.form(value)
        except (ValueError, TypeError) as fault:
            message = f"{part.name}: {value!r} is no {part.node.kind.expected}"
            raise DocumentError(message) from fault


def read_outage(content: bytes) -> OutageMessage:
    """Return the message of a document.

    Raises
    ------
    DocumentError
        If it is none, an element is missing, unknown, out of its order or no value of its kind, or
        the capacities do not add up; names line and element.
    """
    umm = read(content, (OUTAGE,))[1]["UMM"]
    event, capacity = umm["event"], umm["capacity"]
    interval = capacity["capacityInterval"]
    missing, left = interval["unavailableCapacity"], interval["availableCapacity"]
    if missing + left != capacity["installedCapacity"]:
        message = (
            f"message {umm['messageId']}: {missing} MW missing and {left} MW available are not the "
            f"{capacity['installedCapacity']} MW installed; mend one of them"
        )
        raise DocumentError(message)
    if (interval["intervalStart"], interval["intervalStop"]) != (
        event["eventStart"],
        event["eventStop"],
    ):
        message = f"message {umm['messageId']}: its interval is not its event; give one interval"
        raise DocumentError(message)
    asset, market = umm["affectedAsset"], umm["marketParticipant"]
    try:
        return OutageMessage(
            message=umm["messageId"],
            participant=Participant(
                market["name"],
                market["acerCode"],
                asset["name"],
                asset["eic"],
                umm["biddingZone"],
            ),
            status=event["eventStatus"],
            start=event["eventStart"],
            end=event["eventStop"],
            published=umm["publicationDateTime"],
            installed_mw=float(capacity["installedCapacity"]),
            available_mw=float(left),
            reason=umm["unavailabilityReason"],
            remarks=umm.get("remarks", ""),
        )
    except InputError as fault:
        raise DocumentError(str(fault)) from fault
