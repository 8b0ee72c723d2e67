"""An outage message names what it must, and contradicts itself nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.compliance import OutageMessage, Participant, message_id
from wattbook.errors import InputError

HOUR = 3_600 * 10**9
UNIT = Participant("Desk", "A00000000.DE", "Battery", "11W-WATTBOOK---1", "10Y1001A1001A82H")
MESSAGE = OutageMessage(
    message=message_id("event", 1), participant=UNIT, status="Active", start=HOUR, end=3 * HOUR,
    published=HOUR, installed_mw=20.0, available_mw=12.5, reason="Failure",
)  # fmt: skip
SPACE = {"m": "http://www.acer.europa.eu/REMIT/REMITUMMElectricitySchema_V3.xsd"}


def test_what_is_missing_is_installed_less_available() -> None:
    umm = ET.fromstring(MESSAGE.xml()).find("m:UMM", SPACE)  # noqa: S314 - our own text
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


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_text_of_a_person_survives_the_xml(text: str) -> None:
    found = ET.fromstring(replace(MESSAGE, reason=text).xml())  # noqa: S314 - our own text
    assert found.findtext("m:UMM/m:unavailabilityReason", None, SPACE) == text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"end": HOUR}, "ends before it starts"),
        ({"available_mw": 21.0}, "21.0 of 20.0 MW are available"),
        ({"available_mw": float("nan")}, "nan of 20.0 MW"),
        ({"reason": ""}, "give a reason"),
        ({"reason": "x" * 501}, "give a reason"),
        ({"reason": "a\x00b"}, "cannot stand in XML"),
    ],
)
def test_a_message_that_contradicts_itself_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        replace(MESSAGE, **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": "A0.DE"}, "is no ACER code"),
        ({"unit_eic": "11W"}, "'11W' is no EIC"),
        ({"zone_eic": "10Y1001A1001A82h"}, "is no EIC"),
        ({"unit": " "}, "is empty"),
    ],
)
def test_codes_that_are_none_are_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        replace(UNIT, **changes)
