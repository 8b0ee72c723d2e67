"""Gas flows, storage and messages of unavailability, by the publishers' documented examples."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.sources import entsog, gie, nordpool
from wattbook.sources.catalogue import recognise
from wattbook.sources.json import Record, gather, inside, number, records
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query

FLOW: dict[str, Any] = {
    "id": "1Physical Flowday2026-05-062026-05-07UK-TSO-0001ITP-00005exitkWh/d",
    "dataSet": 1,
    "indicator": "Physical Flow",
    "periodType": "day",
    "periodFrom": "2026-05-06T06:00:00+02:00",
    "periodTo": "2026-05-07T06:00:00+02:00",
    "operatorKey": "UK-TSO-0001",
    "pointKey": "ITP-00005",
    "directionKey": "exit",
    "unit": "kWh/d",
    "value": 203102928,
    "lastUpdateDateTime": "2026-05-08T19:57:09+02:00",
    "flowStatus": "Provisional",
    "itemRemarks": None,
}
GAS_MESSAGE: dict[str, Any] = {
    "id": "5FF6EC12250430000000000000000000038576001",
    "messageId": "0000000000000000000038576_001",
    "marketParticipantName": "Open Grid Europe",
    "messageType": "Unavailability of gas facilities",
    "publicationDateTime": "2021-01-07T12:08:29+01:00",
    "threadId": "0000000000000000000038576",
    "versionNumber": "001",
    "eventStatus": "Active",
    "eventStart": "2021-10-01T06:00:00+02:00",
    "eventStop": "2030-01-01T06:00:00+01:00",
    "unavailabilityType": "Planned",
    "unitMeasure": "kWh/h",
    "balancingZoneKey": "DE-BZN-0001",
    "affectedAssetName": "Elten",
    "unavailableCapacity": "1200",
    "availableCapacity": None,
    "technicalCapacity": "5000",
    "remarks": "",
}
STORAGE: dict[str, Any] = {
    "name": "Germany",
    "code": "DE",
    "gasDayStart": "2024-03-30",
    "gasInStorage": "163.4",
    "full": "64.11",
    "workingGasVolume": "254.9",
    "injection": "102.5",
    "withdrawal": "-",
    "injectionCapacity": "4000.1",
    "withdrawalCapacity": "7000",
    "trend": "-0.05",
    "status": "E",
    "updatedAt": "2024-03-31 19:30:00",
    "children": [{"name": "SSO", "code": "21X1", "gasDayStart": "2024-03-30", "full": "50"}],
}
TERMINAL: dict[str, Any] = {
    "name": "Spain",
    "code": "ES",
    "gasDayStart": "2024-03-31",
    "inventory": {"lng": "2898.31", "gwh": "19850"},
    "sendOut": "724.1",
    "dtmi": {"lng": "3300", "gwh": "22600"},
    "dtrs": "2132",
    "status": "C",
}
MARKET_MESSAGE: dict[str, Any] = {
    "messageId": "NOT-1",
    "version": 3,
    "isOutdated": False,
    "publicationDate": "2024-03-31T00:15:00Z",
    "messageType": 1,
    "eventStatus": 1,
    "unavailabilityType": 2,
    "unavailabilityReason": "Maintenance",
    "remarks": "",
    "publisherId": "p",
    "publisherName": "Power AB",
    "eventStart": "2024-04-01T00:00:00Z",
    "eventStop": "2024-04-03T00:00:00Z",
    "areas": [{"code": "10Y1001A1001A46L", "name": "SE3"}],
    "productionUnits": [
        {
            "name": "Block 1",
            "eic": "46WPU",
            "fuelType": 14,
            "areaName": "SE3",
            "installedCapacity": 1100.0,
            "timePeriods": [
                {
                    "unavailableCapacity": 1100.0,
                    "availableCapacity": 0.0,
                    "eventStart": "2024-04-01T00:00:00Z",
                    "eventStop": "2024-04-02T00:00:00Z",
                },
                {
                    "unavailableCapacity": 500.0,
                    "availableCapacity": 600.0,
                    "eventStart": "2024-04-02T00:00:00Z",
                    "eventStop": "2024-04-03T00:00:00Z",
                },
            ],
        }
    ],
}
DOCUMENTS = {
    "operationalData": FLOW,
    "urgentMarketMessages": GAS_MESSAGE,
    "data": STORAGE,
    "items": MARKET_MESSAGE,
}


def instant(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def parsed(key: str, *found: dict[str, Any]) -> Parsed:
    content = json.dumps({"meta": {"count": len(found)}, key: list(found)}).encode()
    payload = Payload("answer.json", content)
    dataset = recognise(payload)
    assert dataset is not None
    assert dataset.source in {"entsog", "gie", "nordpool"}
    return dataset.parse(payload)


def values(frame: pl.DataFrame) -> dict[tuple[str, str], float | None]:
    return {(row["location"], row["dataset"]): row["value"] for row in frame.iter_rows(named=True)}


def test_a_flow_is_of_its_gas_day_its_point_operator_and_direction() -> None:
    found = parsed("operationalData", FLOW)
    (row,) = found.observations.iter_rows(named=True)
    assert (row["dataset"], row["location"], row["unit"]) == ("gas_flow", "ITP-00005", "kWh/d")
    assert row["item"] == "exit/UK-TSO-0001"
    assert row["delivery_start"] == instant("2026-05-06T04:00")
    assert row["delivery_end"] == instant("2026-05-07T04:00")
    assert row["value"] == 203_102_928.0
    assert found.tables["status"]["flow_status"].to_list() == ["Provisional"]


def test_a_gas_day_on_a_change_of_clocks_has_23_hours() -> None:
    found = parsed("data", STORAGE, TERMINAL)
    assert found.quarantined == ()
    frame = found.observations
    assert values(frame)["DE", "gas_in_storage"] == 163.4
    assert values(frame)["DE", "gas_withdrawal"] is None
    assert values(frame)["21X1", "gas_storage_filling"] == 50.0
    injection = frame.row(by_predicate=pl.col("dataset") == "gas_injection", named=True)
    assert injection["delivery_start"] == instant("2024-03-30T05:00")
    assert injection["delivery_end"] == instant("2024-03-31T04:00")
    assert injection["ts_event"] == instant("2024-03-31T17:30")
    lng = frame.filter(dataset="lng_inventory", unit="GWh").row(0, named=True)
    assert lng["delivery_start"] == lng["delivery_end"] == instant("2024-04-01T04:00")
    assert lng["value"] == 19_850.0


def test_a_gas_message_is_an_outage_with_its_version() -> None:
    later = {**GAS_MESSAGE, "versionNumber": "002", "eventStatus": "Dismissed"}
    outage = parsed("urgentMarketMessages", GAS_MESSAGE, later).tables["outage"]
    assert outage["message"].n_unique() == 1
    assert outage["revision"].to_list() == [1, 2]
    row = outage.row(0, named=True)
    assert (row["normal"], row["unavailable"], row["available"]) == (5_000.0, 1_200.0, None)
    assert row["event_start"] == instant("2021-10-01T04:00")


def test_each_period_of_each_unit_is_a_row() -> None:
    outage = parsed("items", MARKET_MESSAGE).tables["outage"]
    assert outage["available"].to_list() == [0.0, 600.0]
    assert outage["step"].to_list() == [0, 1]
    row = outage.row(1, named=True)
    assert (row["revision"], row["location"], row["fuel"]) == (3, "SE3", "14")
    assert (row["status"], row["unavailability"]) == ("Active", "Planned")
    assert row["message_type"] == "ProductionUnavailability"
    assert row["capacity_start"] == instant("2024-04-02")
    without = {**MARKET_MESSAGE, "productionUnits": []}
    assert parsed("items", without).tables["outage"].height == 1


@pytest.mark.parametrize(
    ("key", "change", "reason"),
    [
        ("operationalData", {"value": "much"}, "'much' is no number"),
        ("operationalData", {"periodFrom": "2026-05-06T06:00:00"}, "no offset"),
        ("operationalData", {"periodTo": "2026-05-05T06:00:00+02:00"}, "period from"),
        ("urgentMarketMessages", {"versionNumber": "x"}, "no whole number"),
        ("urgentMarketMessages", {"versionNumber": 99_999_999_999}, "no whole number"),
        ("urgentMarketMessages", {"eventStop": "9999-12-31T00:00:00Z"}, "outside 1900 to 2261"),
        ("data", {"gasDayStart": "9998-12-31"}, "outside 1900 to 2261"),
        ("data", {"gasDayStart": "2024-02-30"}, "day"),
        ("data", {"full": "1e999"}, "no number"),
        ("items", {"publicationDate": "yesterday"}, "Invalid isoformat"),
        ("items", {"productionUnits": 7}, "not iterable"),
    ],
)
def test_a_record_that_is_not_as_documented_is_set_aside_alone(
    key: str, change: dict[str, Any], reason: str
) -> None:
    good = DOCUMENTS[key]
    found = parsed(key, good, {**good, **change}, good)
    (aside,) = found.quarantined
    assert aside.place == "record 1"
    assert reason in aside.reason
    assert json.loads(aside.raw) == {**good, **change}
    assert found.rows == 2 * parsed(key, good).rows


def test_a_document_that_breaks_off_keeps_the_records_before() -> None:
    content = json.dumps({"operationalData": [FLOW, FLOW]}).encode()
    dataset = entsog.DATASETS[0]
    for cut in range(len(content) - 1, len(content) - 200, -7):
        found = dataset.parse(Payload("x", content[:cut]))
        assert found.observations.height in {1, 2}
        (aside,) = found.quarantined
        assert "no JSON from here on" in aside.reason
        assert 0 < aside.offset <= cut


def test_offsets_count_bytes_and_not_characters() -> None:
    content = '{"é": "€", "n": [{"a": "ü"}, {"b": 1}]}'.encode()
    first, second = records(content, "n")
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert content[second.offset :].startswith(b'{"b"')
    assert first.content == '{"a": "ü"}'.encode()


def test_records_inside_a_record_are_set_aside_alone_with_their_place() -> None:
    content = '[{"é": 1, "of": [{"a": 1}, {"a": "x"}]}, {"a": 1, "a": 2}, "\\ud800", 4]'.encode()
    outer, doubled, half, last = records(content)
    assert isinstance(outer, Record)
    rows, (bad,) = gather(inside(outer, "of"), lambda value: [{"a": number(value["a"])}])
    assert rows == [{"a": 1.0, "place": 0, "offset": content.index(b'{"a": 1}')}]
    assert (bad.place, bad.reason) == ("record 0, of 1", "'x' is no number")
    assert content[bad.offset :].startswith(bad.raw)
    assert isinstance(doubled, Quarantined)
    assert "a key stands twice" in doubled.reason
    assert content[doubled.offset :].startswith(doubled.raw)
    assert isinstance(half, Quarantined)
    assert "half a character" in half.reason
    assert isinstance(last, Record)
    assert last.value == 4
    (absent,) = inside(outer, "other")
    assert isinstance(absent, Quarantined)
    assert absent.place == "record 0"


@pytest.mark.parametrize(
    ("content", "kept", "reason"),
    [
        (b'{"items": [1], "items": [2]}', 1, "the key 'items' stands twice"),
        (b'{"a": 1, "a": 2, "items": [1]}', 0, "the key 'a' stands twice"),
        (b'{"items": [1, ]}', 1, "a comma before the end of an array"),
        (b'{"items": [1]} {}', 1, "behind the end of the document"),
        (b'{[1]: 2, "items": [1]}', 0, "no JSON from here on"),
    ],
)
def test_an_envelope_that_is_unsound_is_told_with_what_stood_before(
    content: bytes, kept: int, reason: str
) -> None:
    *before, last = records(content, "items")
    assert len(before) == kept
    assert isinstance(last, Quarantined)
    assert reason in last.reason


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b'{"items": ' + b"[" * 100_000, b"\xff\xfe", b"", b'{"items": NaN}']
)
def test_hostile_json_is_set_aside(content: bytes) -> None:
    found = list(records(content, "items"))
    assert all(isinstance(part, Quarantined) for part in found)
    assert found


@given(st.floats() | st.integers() | st.text() | st.booleans() | st.none())
def test_a_number_is_finite_or_refused(value: float | str | None) -> None:
    try:
        found = number(value)
    except ValueError:
        return
    assert found is None or np.isfinite(found)


@settings(max_examples=150)
@given(st.data())
def test_no_damage_to_a_document_raises(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(DOCUMENTS)))
    content = bytearray(json.dumps({key: [DOCUMENTS[key]] * 2}).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255) | st.sampled_from(b'{}[]",:09'))
    payload = Payload("x", bytes(content[: data.draw(st.integers(0, len(content)))]))
    every: list[Dataset] = [*entsog.DATASETS, *gie.DATASETS, *nordpool.DATASETS]
    for dataset in every:
        assert isinstance(dataset.parse(payload), Parsed)


def test_requests_name_the_span_and_never_a_key() -> None:
    day = instant("2024-03-30")
    query = Query(day, day + 2 * 86_400 * 10**9, "DE")
    assert gie.DATASETS[0].requests is not None
    (request,) = gie.DATASETS[0].requests(query)
    assert request.parameters["to"] == "2024-03-31"
    assert (request.credential, request.credential_place) == ("GIE_API_KEY", "header:x-key")
    assert entsog.DATASETS[0].requests is not None
    (request,) = entsog.DATASETS[0].requests(query)
    assert (request.parameters["from"], request.parameters["pointKey"]) == ("2024-03-30", "DE")
