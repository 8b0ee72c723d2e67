"""Recorded documents of ENTSO-E become rows; what is expected was read off the files."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.sources import entsoe
from wattbook.sources.payload import Parsed, Payload, Query
from wattbook.sources.tables import OUTAGE_COLUMNS
from wattbook.sources.tabular import OBSERVATION_SCHEMA, schema

HOUR = 3_600_000_000_000

Read = Callable[[str], Parsed]


def instant(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def parse(name: str, content: bytes) -> tuple[str, Parsed]:
    payload = Payload(name, content)
    (dataset,) = [one for one in entsoe.DATASETS if one.recognises(payload)]
    return dataset.name, dataset.parse(payload)


@pytest.fixture
def read(recorded_data: Path) -> Read:
    def parsed(name: str) -> Parsed:
        return parse(name, (recorded_data / "sources" / name).read_bytes())[1]

    return parsed


def value(parsed: Parsed, start: str, item: str | None = None) -> list[float | None]:
    rows = parsed.observations.filter(pl.col("delivery_start") == instant(start))
    if item is not None:
        rows = rows.filter(pl.col("item") == item)
    return rows["value"].to_list()


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "kind", "rows", "minutes"),
    [
        ("entsoe/FR_prices.xml", "publication", 48, {60}),
        ("entsoe/ES_day_ahead_price.xml", "publication", 2 * 24 + 2 * 96, {15, 60}),
        ("entsoe/BE_NL_exchange_forecast_imports.xml", "publication", 6 * 96, {15}),
        ("entsoe/DK-DK1_GB_exchange_exports.xml", "publication", 39 + 2 + 3, {60}),
        ("entsoe/ES_FR_capacity_day_ahead_export.xml", "publication", 41, {60}),
        ("entsoe/DK-DK1_DK-DK2_capacity_week_ahead_import.xml", "publication", 41, {1440, 1380}),
        ("entsoe/DK-DK1_consumption.xml", "generation_load", 47, {60}),
        ("entsoe/DK-DK2_consumption_forecast.xml", "generation_load", 4 * 24, {60}),
        ("entsoe/FI_production.xml", "generation_load", 12 * 288, {15}),
        ("entsoe/LU_production.xml", "generation_load", 5 * (263 + 24) + 2 * 288, {15}),
        ("entsoe/NO-NO5_production-negatives.xml", "generation_load", 5 * 47, {60}),
        ("entsoe/SE-SE3_generation_forecast.xml", "generation_load", 3 * 24, {60}),
        ("entsoe/SE-SE4_production.xml", "generation_load", 5 * 71, {60}),
        ("entsoe/wind_solar_forecast_FI_CURRENT.xml", "generation_load", 6 * 96 + 64, {15}),
        ("entsoe/wind_solar_forecast_FI_DAY_AHEAD.xml", "generation_load", 6 * 96, {15}),
        ("entsoe/wind_solar_forecast_FI_INTRADAY.xml", "generation_load", 4 * 96 + 8, {15}),
        ("entsoe-documents/balancing.xml", "balancing", 10, {1}),
        ("entsoe-documents/publication.a03curvetype.xml", "publication", 6, {60}),
        ("entsoe-documents/transmissionnetwork.xml", "transmission_network", 1, {60}),
    ],
)
def test_every_point_is_a_row(
    recorded_data: Path, name: str, kind: str, rows: int, minutes: set[int]
) -> None:
    found, parsed = parse(name, (recorded_data / "sources" / name).read_bytes())
    observations = parsed.observations
    assert found == kind
    assert parsed.quarantined == ()
    assert observations.schema == OBSERVATION_SCHEMA
    assert observations.height == rows
    length = (observations["delivery_end"] - observations["delivery_start"]) // (HOUR // 60)
    assert set(length.to_list()) == minutes
    assert observations["ts_event"].null_count() == 0


@pytest.mark.data
def test_prices_are_those_of_the_file(read: Read) -> None:
    french = read("entsoe/FR_prices.xml")
    assert value(french, "2023-05-06T22:00") == [106.78]
    assert value(french, "2023-05-06T23:00") == [95.02]
    row = french.observations.row(0, named=True)
    assert (row["dataset"], row["location"], row["unit"]) == (
        "day_ahead_price",
        "10YFR-RTE------C",
        "EUR/MWh",
    )
    assert row["ts_event"] == instant("2023-05-09T11:24:10")
    sample = read("entsoe-documents/publication.a03curvetype.xml")
    assert sample.observations["value"].to_list() == [50.0, 50.0, 55.0, 55.0, 55.0, 60.0]


@pytest.mark.data
def test_repeated_prices_are_filled_from_the_230_points_of_the_file(read: Read) -> None:
    spanish = read("entsoe/ES_day_ahead_price.xml")
    assert spanish.observations["place"].n_unique() == 230
    # Position 15 of the first day of quarter-hours is left out: it repeats position 14.
    assert value(spanish, "2025-10-01T01:15") == [97.51]
    assert value(spanish, "2025-10-01T01:30") == [97.51]
    assert value(spanish, "2025-10-01T01:45") == [97.91]


@pytest.mark.data
def test_a_week_ahead_capacity_holds_over_the_clock_change(read: Read) -> None:
    capacity = read("entsoe/DK-DK1_DK-DK2_capacity_week_ahead_import.xml").observations
    assert capacity["value"].unique().to_list() == [450.0]
    last = capacity.row(-1, named=True)
    assert last["delivery_start"] == instant("2026-03-28T23:00")
    assert last["delivery_end"] == instant("2026-03-29T22:00")
    assert (last["location"], last["counterpart"]) == ("10YDK-1--------W", "10YDK-2--------M")


@pytest.mark.data
def test_generation_keeps_negatives_and_knows_its_type(read: Read) -> None:
    norwegian = read("entsoe/NO-NO5_production-negatives.xml")
    assert value(norwegian, "2023-05-09T09:00", "gas") == [-0.4]
    forecast = read("entsoe/wind_solar_forecast_FI_INTRADAY.xml").observations
    assert set(forecast["item"]) == {"solar/intraday", "wind_onshore/intraday"}


@pytest.mark.data
def test_points_that_are_missing_are_told(read: Read) -> None:
    load = read("entsoe-documents/gl.load.singlepoint.xml")
    assert value(load, "2015-12-31T23:00") == [6288.0]
    (part,) = load.quarantined
    assert part.place == "series 1, period 1"
    assert part.raw.startswith(b"<Period>")
    assert "1 of 8784 points" in part.reason
    explicit = read("entsoe-documents/publication.explicitallocations.xml")
    assert explicit.observations.select("dataset", "value").rows() == [
        ("requested_capacity", 1234.0),
        ("requested_capacity", 1235.0),
        ("allocated_capacity", 1234.0),
        ("allocated_capacity_price", 8.0),
        ("allocated_capacity", 1234.0),
        ("allocated_capacity_price", 9.0),
    ]
    assert len(explicit.quarantined) == 2


@pytest.mark.data
def test_flow_based_constraints_have_margins_and_factors(read: Read) -> None:
    found = read("entsoe-documents/criticalnetworkelement.xml").observations
    assert found.select("dataset", "location", "counterpart", "value").rows() == [
        ("flow_based_margin", "17012940000", None, 448.0),
        ("ptdf", "17012940000", "10YBE----------2", 0.0149),
    ]


@pytest.mark.data
def test_outages_have_spans_of_one_power(read: Read) -> None:
    parsed = read("entsoe-documents/unavailability.consumption.xml")
    assert parsed.observations.height == 0
    outage = parsed.tables["outage"]
    assert outage["available"].to_list() == [110.0, None, 101.0, 101.0, None] + [101.0] * 7
    assert outage.schema == schema(OUTAGE_COLUMNS)
    assert outage["unavailability"].to_list() == ["Planned"] + ["Unplanned"] * 11
    assert outage["cause"].unique().to_list() == ["A95"]
    assert outage["step"].to_list() == list(range(12))
    assert outage["capacity_start"][2] == instant("2015-09-20T01:00")
    assert outage["event_end"].unique(maintain_order=True).to_list() == [
        instant("2015-09-20T18:00"),
        instant("2015-09-20T07:00"),
    ]
    assert parsed.tables["reason"]["code"].to_list() == ["A95"]
    assert len(parsed.quarantined) == 3


GENERATION_OUTAGE = """<Unavailability_MarketDocument>
<mRID>m</mRID><revisionNumber>1</revisionNumber><type>A77</type>
<createdDateTime>2026-01-01T00:00:00Z</createdDateTime>
<unavailability_Time_Period.timeInterval>
<start>2026-01-02T00:00Z</start><end>2026-01-03T00:00Z</end>
</unavailability_Time_Period.timeInterval>
<TimeSeries><mRID>1</mRID><businessType>A54</businessType>
<biddingZone_Domain.mRID>10YFR-RTE------C</biddingZone_Domain.mRID>
<start_DateAndOrTime.date>2026-01-02</start_DateAndOrTime.date>
<start_DateAndOrTime.time>00:00:00Z</start_DateAndOrTime.time>
<end_DateAndOrTime.date>2026-01-03</end_DateAndOrTime.date>
<end_DateAndOrTime.time>00:00:00Z</end_DateAndOrTime.time>
<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name>
<production_RegisteredResource.pSRType.psrType>{code}</production_RegisteredResource.pSRType.psrType>
<Available_Period><timeInterval><start>2026-01-02T00:00Z</start><end>2026-01-03T00:00Z</end>
</timeInterval><resolution>PT60M</resolution><Point><position>1</position><quantity>5</quantity>
</Point></Available_Period></TimeSeries></Unavailability_MarketDocument>"""


@pytest.mark.parametrize(
    ("code", "asset_type", "fuel"),
    [
        ("B04", "gas", "gas"),
        ("B14", "nuclear", "nuclear"),
        ("B25", "storage", "storage"),
        ("B26", "demand_response", "demand_response"),
        ("B22", "dc_link", None),
        ("Z99", "Z99", None),
    ],
)
def test_an_outage_of_a_plant_tells_its_fuel(code: str, asset_type: str, fuel: str | None) -> None:
    kind, parsed = parse("outage.xml", GENERATION_OUTAGE.replace("{code}", code).encode())
    assert kind == "unavailability"
    (row,) = parsed.tables["outage"].select("asset_type", "fuel").rows()
    assert row == (asset_type, fuel)


@pytest.mark.data
def test_units_and_acknowledgements_are_no_observations(read: Read) -> None:
    unit = read("entsoe-documents/configuration.xml").tables["unit"].row(0, named=True)
    assert (unit["resource"], unit["nominal"], unit["nominal_unit"], unit["site"]) == (
        "27W-PU-EPLE----4",
        "111",
        "MAW",
        "Plzeňská energetika",
    )
    answer = read("entsoe-documents/acknowledgement.invalidrequest.xml")
    assert answer.observations.height == 0
    row = answer.tables["acknowledgement"].row(0, named=True)
    assert (row["code"], row["text"]) == ("999", "No matching data found")
    assert row["received_created"] == instant("2016-03-30T10:45:35")


@pytest.mark.data
def test_an_unknown_document_is_quarantined_with_its_place(read: Read) -> None:
    parsed = read("entsoe-documents/invalid.xml")
    assert parsed.rows == 0
    (part,) = parsed.quarantined
    assert part.offset == len('<?xml version="1.0" encoding="UTF-8"?>\n')
    assert "Unknown_MarketDocument" in part.reason


@pytest.mark.data
def test_an_archive_holds_several_documents(recorded_data: Path) -> None:
    folder = recorded_data / "sources" / "entsoe"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "FR_prices.xml", "1.xml")
        archive.writestr("2.xml", b"<GL_MarketDocument>")
        archive.write(folder / "ES_day_ahead_price.xml", "3.xml")
    kind, parsed = parse("many.zip", file.getvalue())
    assert kind == "publication"
    assert parsed.observations.height == 48 + 240
    assert parsed.observations["place"].to_list()[:49] == list(range(49))
    assert [part.place for part in parsed.quarantined] == ["many.zip/2.xml: document"]


@pytest.mark.data
def test_outages_of_an_archive_are_told_apart(recorded_data: Path) -> None:
    path = recorded_data / "sources" / "entsoe-documents" / "unavailability.consumption.xml"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(path, "1.xml")
        archive.write(path, "2.xml")
    kind, parsed = parse("outages.zip", file.getvalue())
    assert kind == "unavailability"
    assert parsed.tables["outage"]["place"].to_list() == [0] * 12 + [1] * 12


def test_requests_cover_at_most_a_year_and_hide_the_key() -> None:
    query = Query(instant("2023-01-01"), instant("2024-07-01"), "10YFR-RTE------C")
    (dataset,) = [one for one in entsoe.DATASETS if one.name == "publication"]
    assert dataset.requests is not None
    asked = list(
        dataset.requests(
            Query(query.start, query.end, query.location, {"series": "day_ahead_price"})
        )
    )
    assert [one.parameters["periodStart"] for one in asked] == ["202301010000", "202401010000"]
    assert asked[1].parameters["periodEnd"] == "202407010000"
    assert asked[0].parameters["documentType"] == "A44"
    assert asked[0].parameters["in_Domain"] == asked[0].parameters["out_Domain"]
    assert asked[0].credential_place == "query:securityToken"
    border = Query(
        query.start, query.end, "10YFR-RTE------C>10YBE----------2", {"series": "physical_flow"}
    )
    (first, _) = dataset.requests(border)
    assert first.parameters["in_Domain"] == "10YBE----------2"
    with pytest.raises(InputError, match="day_ahead_price"):
        list(dataset.requests(query))
    with pytest.raises(InputError, match="FROM>TO"):
        list(dataset.requests(Query(0, 1, "10YFR-RTE------C", {"series": "physical_flow"})))


@given(st.binary(max_size=300))
def test_no_bytes_raise(content: bytes) -> None:
    for one in entsoe.DATASETS:
        payload = Payload("x.xml", b"<GL_MarketDocument>" + content)
        one.recognises(Payload("x", content))
        parsed = one.parse(payload)
        assert parsed.quarantined
