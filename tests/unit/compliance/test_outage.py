"""An outage message names what it must, and contradicts itself nowhere."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.compliance import (
    OutageMessage,
    Participant,
    message_id,
    outage_xml,
    read_outage,
)
from wattbook.errors import DocumentError, InputError

HOUR = 3_600 * 10**9
UNIT = Participant("Desk", "A00000000.DE", "Battery", "11W-WATTBOOK---X", "10Y1001A1001A82H")
MESSAGE = OutageMessage(
    message=message_id("event", 1), participant=UNIT, status="Active", start=HOUR, end=3 * HOUR,
    published=HOUR, installed_mw=20.0, available_mw=12.5, reason="Failure",
)  # fmt: skip
SPACE = {"m": "http://www.acer.europa.eu/REMIT/REMITUMMElectricitySchema_V3.xsd"}


def test_what_is_missing_is_installed_less_available() -> None:
    umm = ET.fromstring(outage_xml(MESSAGE)).find("m:UMM", SPACE)  # noqa: S314 - our own text
    assert umm is not None
    found = {
        key: umm.findtext(f"m:capacity/m:{path}", None, SPACE)
        for key, path in (
            ("unit", "unitMeasure"),
            ("missing", "capacityInterval/m:unavailableCapacity"),
            ("left", "capacityInterval/m:availableCapacity"),
            ("start", "capacityInterval/m:intervalStart"),
            ("stop", "capacityInterval/m:intervalStop"),
            ("all", "installedCapacity"),
        )
    }
    assert found == {
        "unit": "MW", "missing": "7.5", "left": "12.5", "start": "1970-01-01T01:00:00Z",
        "stop": "1970-01-01T03:00:00Z", "all": "20",
    }  # fmt: skip
    assert umm.findtext("m:event/m:eventType", None, SPACE) == "Other unavailability"


TEXTS = (
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=40)
    .map(str.strip)
    .filter(bool)
)
SECONDS = st.integers(0, 4_000_000_000)


@given(TEXTS)
def test_any_text_of_a_person_survives_the_xml(text: str) -> None:
    found = ET.fromstring(outage_xml(replace(MESSAGE, reason=text)))  # noqa: S314 - our own text
    assert found.findtext("m:UMM/m:unavailabilityReason", None, SPACE) == text


@given(
    TEXTS, st.one_of(st.just(""), TEXTS), SECONDS, st.integers(1, 10**8), SECONDS,
    st.integers(1, 10**9), st.data(),
)  # fmt: skip
def test_a_message_is_read_back_as_it_was_written(
    reason: str, remarks: str, start: int, length: int, published: int, kw: int, data: st.DataObject
) -> None:
    left = data.draw(st.integers(0, kw))
    message = OutageMessage(
        message=message_id("event", data.draw(st.integers(1, 5_000))),
        participant=replace(UNIT, name=data.draw(TEXTS), unit=data.draw(TEXTS)),
        status=data.draw(st.sampled_from(["Active", "Inactive"])),
        start=start * 10**9, end=(start + length) * 10**9, published=published * 10**9,
        installed_mw=kw / 1_000, available_mw=left / 1_000, reason=reason, remarks=remarks,
    )  # fmt: skip
    assert read_outage(outage_xml(message).encode()) == message


ELEMENTS = (
    "messageId", "event", "eventStatus", "eventType", "eventStart", "eventStop",
    "unavailabilityType", "publicationDateTime", "capacity", "unitMeasure", "capacityInterval",
    "intervalStart", "intervalStop", "unavailableCapacity", "availableCapacity",
    "installedCapacity", "unavailabilityReason", "fuelType", "biddingZone", "affectedAsset",
    "marketParticipant", "eic", "acerCode",
)  # fmt: skip


@pytest.mark.parametrize("name", ELEMENTS)
def test_an_element_that_is_missing_empty_twice_or_unknown_is_named(name: str) -> None:
    text = outage_xml(MESSAGE)
    whole = re.search(rf"(?s)<((?:c:)?{name})>.*?</\1>", text)
    assert whole is not None
    cases = {
        "missing": text.replace(whole[0], ""),
        "twice": text.replace(whole[0], whole[0] * 2),
        "empty": text.replace(whole[0], f"<{whole[1]}></{whole[1]}>"),
        "unknown": text.replace(whole[0], f"<other/>{whole[0]}"),
    }
    for case, changed in cases.items():
        assert changed != text
        with pytest.raises(DocumentError, match=r"line [0-9]+, REMITUrgentMarketMessages/UMM"):
            pytest.fail(f"{case}: {read_outage(changed.encode())}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((">20<", ">21<"), "7.5 MW missing and 12.5 MW available are not the 21 MW installed"),
        (("<intervalStop>1970-01-01T03", "<intervalStop>1970-01-01T04"), "interval is not its ev"),
        (("<eventStop>1970-01-01T03", "<eventStop>1970-01-01T00"), "interval is not its event"),
        (("T03:00:00Z", "T00:00:00Z"), "the event ends before it starts"),
        ((">Active<", ">Open<"), "'Open' is no one of Active, Inactive"),
        (("01:00:00Z", "01:00:00"), "is no UTC instant as"),
        ((">7.5<", ">7.50001<"), "'7.50001' is no number with at most 9 digits and 3 decimals"),
        (("event_001", "event"), "is no identification that ends in _ and its version"),
        (("Schema_V3", "Schema_V9"), "other versions are not read"),
        (("REMITUrgentMarketMessages", "Messages"), "<Messages> where one of REMITUrgent"),
        (("<?xml", "<!DOCTYPE a><?xml"), "no document"),
    ],
)
def test_a_document_that_does_not_fit_is_named(change: tuple[str, str], said: str) -> None:
    text = outage_xml(MESSAGE)
    assert change[0] in text
    with pytest.raises(DocumentError, match=re.escape(said)):
        read_outage(text.replace(*change).encode())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"end": HOUR}, "ends before it starts"),
        ({"available_mw": 21.0}, "21.0 of 20.0 MW are available"),
        ({"available_mw": float("nan")}, "nan of 20.0 MW"),
        ({"reason": ""}, "give a reason"),
        ({"reason": "x" * 501}, "give a reason"),
        ({"reason": "a\x00b"}, "cannot stand in XML"),
        ({"reason": " "}, "has space at its ends"),
        ({"message": "event"}, "does not end in the number of its version"),
        ({"status": "Open"}, "status 'Open'; use Active"),
        ({"start": 1}, "1 ns is no whole second"),
    ],
)
def test_a_message_that_contradicts_itself_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        replace(MESSAGE, **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": "A0.DE"}, "is no ACER code"),
        ({"unit_eic": "11W"}, "unit '11W' is no EIC: it has 3 characters"),
        ({"unit_eic": "11W-WATTBOOK---Y"}, "that of its first 15 characters is X"),
        ({"unit_eic": "10Y1001A1001A82H"}, r"Y \(area\); give W \(resource\) or A"),
        ({"zone_eic": "10Y1001A1001A82h"}, "bidding zone .* it holds 'h'"),
        ({"zone_eic": "11W-WATTBOOK---X"}, r"W \(resource\); give Y \(area\)"),
        ({"unit": " "}, "is empty"),
    ],
)
def test_codes_that_are_none_are_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        replace(UNIT, **changes)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("11W-WATTBOOK---X", "11W-WATTB00K---X", "/eic: .* EIC of a resource"),
        ("10Y1001A1001A82H", "10Y1001A1001A28H", "/biddingZone: .* EIC of an area"),
    ],
)
def test_a_typing_error_in_a_code_of_a_document_is_told_with_its_element(
    before: str, after: str, said: str
) -> None:
    text = outage_xml(MESSAGE)
    assert before in text
    with pytest.raises(DocumentError, match=said):
        read_outage(text.replace(before, after).encode())
