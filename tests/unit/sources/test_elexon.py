"""Great Britain's acceptances, outages and forecasts are read; nothing published is lost."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattbook.sources.catalogue import datasets, recognise
from wattbook.sources.elexon.insights import by_fuel
from wattbook.sources.elexon.messages import parse_messages
from wattbook.sources.elexon.portal import records
from wattbook.sources.payload import Parsed, Payload, Query

HALF_HOUR = 1_800 * 10**9


def utc(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def recorded(folder: Path, name: str) -> Parsed:
    payload = Payload(name, (folder / "sources/gb-elexon" / name).read_bytes())
    dataset = recognise(payload)
    assert dataset is not None
    assert dataset.source == "elexon"
    return dataset.parse(payload)


@pytest.mark.data
def test_recorded_acceptances(recorded_data: Path) -> None:
    found = recorded(recorded_data, "boalf.json")
    times = (utc("2024-12-16T10:00"), utc("2024-12-16T10:30"))
    assert found.tables["acceptance"].rows() == [
        ("CRAIGB", "CRAIGB", 1, None, *times, 120.0, 120.0, 0)
    ]
    assert found.quarantined == ()


@pytest.mark.data
def test_a_demand_forecast_is_of_its_local_settlement_period(recorded_data: Path) -> None:
    found = recorded(recorded_data, "consumption_forecast_historical.json")
    rows = found.observations
    assert (rows.height, found.quarantined) == (12, ())
    first = rows.row(0, named=True)
    # Period 11 of 17 July: 05:00 to 05:30 of British Summer Time.
    assert (first["delivery_start"], first["value"]) == (utc("2026-07-17T04:00"), 20_902.0)
    assert first["ts_event"] == utc("2026-07-16T07:33")


@pytest.mark.data
def test_recorded_wind_forecast_and_generation(recorded_data: Path) -> None:
    wind = recorded(recorded_data, "wind_day_ahead_forecast_historical.json").observations
    assert wind["delivery_start"].to_list()[:3] == [
        utc("2022-07-15T23:00") + step * HALF_HOUR for step in range(3)
    ]
    assert wind["value"].to_list() == [7_523.0, 7_656.0, 7_736.0, 15_594.0, 15_594.0, 15_594.0]
    mix = recorded(recorded_data, "production.json").observations
    assert mix.height == 20
    assert mix.filter(mix["item"] == "storage")["value"].to_list() == [0.0, 5.0]


@pytest.mark.parametrize(
    ("day", "first", "count"),
    [("2025-03-30", "2025-03-30T00:00", 46), ("2025-10-26", "2025-10-25T23:00", 50)],
)
def test_days_of_46_and_50_periods_have_that_many_half_hours(
    day: str, first: str, count: int
) -> None:
    rows = [
        {
            "Datetime": f"{day}T00:00:00",
            "Date": day,
            "Settlement_Period": period,
            "Demand_Forecast": 1,
            "Publish_Datetime": None,
        }
        for period in range(1, count + 1)
    ]
    answer = {"success": True, "result": {"records": rows}}
    found = records(Payload("r.json", json.dumps(answer).encode()))
    starts = found.observations["delivery_start"].to_list()
    assert starts == [utc(first) + step * HALF_HOUR for step in range(count)]


# No answer of REMIT was recorded: these are built after its public description.
MESSAGE: dict[str, Any] = {
    "mrid": "11XGB-NG-EP---W1-NGET-RMT-00012345",
    "revisionNumber": 2,
    "publishTime": "2026-05-06T10:15:00Z",
    "createdTime": "2026-05-06T10:14:30Z",
    "messageType": "UnavailabilitiesOfElectricityFacilities",
    "messageHeading": "REMIT Information",
    "eventType": "Production unavailability",
    "unavailabilityType": "Planned",
    "participantId": "EXAMPLE",
    "registrationCode": "A0000001B.GB",
    "assetId": "T_EXAM-1",
    "assetType": "Production",
    "affectedUnit": "EXAM-1",
    "affectedUnitEIC": "48W00000EXAM-1X0",
    "biddingZone": "10YGB----------A",
    "fuelType": "Fossil Gas",
    "normalCapacity": 400,
    "availableCapacity": 100,
    "unavailableCapacity": 300,
    "eventStatus": "Active",
    "eventStartTime": "2026-05-07T06:00:00Z",
    "eventEndTime": "2026-05-09T18:00:00Z",
    "cause": "Maintenance",
    "relatedInformation": "Extended",
    "outageProfile": [
        {"startTime": "2026-05-07T06:00:00Z", "endTime": "2026-05-08T06:00:00Z", "capacity": 100},
        {"startTime": "2026-05-08T06:00:00Z", "endTime": "2026-05-09T18:00:00Z", "capacity": 250},
    ],
}


def answer(*messages: dict[str, Any], is_stream: bool = False) -> Payload:
    body = list(messages) if is_stream else {"data": list(messages)}
    return Payload("remit.json", json.dumps(body).encode())


@pytest.mark.parametrize("is_stream", [False, True])
def test_each_step_of_a_profile_is_a_row(is_stream: bool) -> None:
    payload = answer(MESSAGE, is_stream=is_stream)
    dataset = recognise(payload)
    assert dataset is not None
    assert (dataset.source, dataset.name) == ("elexon", "message")
    found = dataset.parse(payload)
    assert found.quarantined == ()
    table = found.tables["outage"]
    assert table.select(
        "step", "capacity_start", "capacity_end", "normal", "available", "unavailable"
    ).rows() == [
        (0, utc("2026-05-07T06:00"), utc("2026-05-08T06:00"), 400.0, 100.0, 300.0),
        (1, utc("2026-05-08T06:00"), utc("2026-05-09T18:00"), 400.0, 250.0, 150.0),
    ]
    first = table.row(0, named=True)
    assert first["message"] == MESSAGE["mrid"]
    assert (first["revision"], first["ts_event"]) == (2, utc("2026-05-06T10:15"))
    assert (first["status"], first["unavailability"]) == ("Active", "Planned")
    assert first["remarks"] == "REMIT Information\nExtended"
    whole = (utc("2026-05-07T06:00"), utc("2026-05-09T18:00"))
    assert (first["event_start"], first["event_end"]) == whole


def test_equal_and_lower_revisions_are_all_kept_in_the_order_of_publication() -> None:
    plain = {key: value for key, value in MESSAGE.items() if key != "outageProfile"}
    late = plain | {"revisionNumber": 1, "publishTime": "2026-05-06T12:00:00Z"}
    same = plain | {"availableCapacity": 0, "publishTime": "2026-05-06T11:00:00Z"}
    found = parse_messages(answer(late, same, plain))
    table = found.tables["outage"]
    assert found.quarantined == ()
    assert table.select("revision", "available", "step", "place").rows() == [
        (2, 100.0, None, 2),
        (2, 0.0, None, 1),
        (1, 100.0, None, 0),
    ]
    assert table["capacity_start"].unique().to_list() == [utc("2026-05-07T06:00")]


def test_market_information_may_lack_most_fields() -> None:
    other = {
        "mrid": "M",
        "revisionNumber": 1,
        "publishTime": "2026-05-06T10:15:00Z",
        "messageType": "OtherMarketInformation",
        "eventStatus": "Active",
        "relatedInformation": "text",
        "outageProfile": None,
    }
    found = parse_messages(answer(other))
    assert found.quarantined == ()
    row = found.tables["outage"].row(0, named=True)
    assert (row["remarks"], row["unavailability"], row["capacity_start"]) == ("text", None, None)


def test_a_bad_message_takes_its_steps_with_it_and_a_bad_step_only_itself() -> None:
    bad = MESSAGE | {"revisionNumber": "two"}
    unnamed = MESSAGE | {"mrid": None}
    steps = [dict(step) for step in MESSAGE["outageProfile"]]
    steps[0]["capacity"] = "much"
    found = parse_messages(answer(MESSAGE, bad, unnamed, MESSAGE | {"outageProfile": steps}))
    table = found.tables["outage"]
    assert table.select("place", "step", "available").rows() == [
        (0, 0, 100.0),
        (0, 1, 250.0),
        (3, 0, 250.0),
    ]
    reasons = [part.reason for part in found.quarantined]
    assert len(reasons) == 3
    assert reasons[0].endswith('is "two", not a whole number')
    assert reasons[1] == "no mrid"
    assert reasons[2].endswith('is "much", not a number or the text of one')


def test_generation_by_fuel_is_over_half_hours() -> None:
    row = {
        "publishTime": "2026-05-06T10:35:00Z",
        "startTime": "2026-05-06T10:00:00Z",
        "settlementPeriod": 23,
        "fuelType": "INTFR",
        "generation": -1_502,
    }
    found = by_fuel(answer(row))
    first = found.observations.row(0, named=True)
    assert (first["item"], first["value"]) == ("interconnector/INTFR", -1_502.0)
    assert first["delivery_end"] - first["delivery_start"] == HALF_HOUR


# No answer was recorded: this one is as users of the interface show it.
SYSTEM_PRICE: dict[str, Any] = {
    "settlementDate": "2026-05-06",
    "settlementPeriod": 1,
    "startTime": "2026-05-05T23:00:00Z",
    "createdDateTime": "2026-05-06T23:44:34Z",
    "systemSellPrice": 96.79,
    "systemBuyPrice": 96.79,
    "bsadDefaulted": False,
    "priceDerivationCode": "N",
    "reserveScarcityPrice": 0.0,
    "netImbalanceVolume": -37.99166666666667,
    "replacementPrice": None,
}


def test_a_system_price_is_of_its_half_hour() -> None:
    bad = SYSTEM_PRICE | {"systemBuyPrice": "much"}
    content = {"metadata": {"datasets": ["DISEBSP"]}, "data": [SYSTEM_PRICE, bad]}
    payload = Payload("2026-05-06", json.dumps(content).encode())
    dataset = recognise(payload)
    assert dataset is not None
    assert (dataset.source, dataset.name) == ("elexon", "system_prices")
    found = dataset.parse(payload)
    assert len(found.quarantined) == 1
    assert found.observations.select("dataset", "item", "value", "unit").rows() == [
        ("imbalance_price", "buy", 96.79, "GBP/MWh"),
        ("imbalance_price", "sell", 96.79, "GBP/MWh"),
        ("imbalance_volume", None, -37.99166666666667, "MWh"),
    ]
    first = found.observations.row(0, named=True)
    assert (first["location"], first["delivery_start"]) == ("GB", utc("2026-05-05T23:00"))
    assert first["delivery_end"] - first["delivery_start"] == HALF_HOUR
    assert first["ts_event"] == utc("2026-05-06T23:44:34")
    assert dataset.requests is not None
    urls = [one.url for one in dataset.requests(Query(utc("2026-05-05T23:00"), utc("2026-05-06")))]
    assert [url[-10:] for url in urls] == ["2026-05-06"]


def test_requests_of_elexon_name_their_window() -> None:
    asked = {dataset.name: dataset for dataset in datasets("elexon")}
    query = Query(utc("2026-05-06"), utc("2026-05-07"), "T_EXAM-1")
    assert asked["message"].window_seconds == 86_400
    for name, keys in (
        ("message", ("publishDateTimeFrom", "publishDateTimeTo")),
        ("acceptances", ("from", "to")),
        ("fuel", ("publishDateTimeFrom", "publishDateTimeTo")),
    ):
        requests = asked[name].requests
        assert requests is not None
        (request,) = requests(query)
        assert [request.parameters[key] for key in keys] == [
            "2026-05-06T00:00Z",
            "2026-05-07T00:00Z",
        ]
    portal = asked["neso_portal"].requests
    assert portal is not None
    (request,) = portal(query)
    assert "\"DATETIME\" >= '2026-05-06T00:00:00'" in request.parameters["sql"]
