"""Answers of the North American operators and of the EIA are read with their clocks."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.sources.catalogue import datasets, recognise
from wattbook.sources.eia import parse as eia
from wattbook.sources.ercot import parse_wind as wind
from wattbook.sources.miso import parse_forecast as miso
from wattbook.sources.nyiso import parse as nyiso
from wattbook.sources.payload import Parsed, Payload, Query

MINUTE = 60 * 10**9
HOUR = 60 * MINUTE
ISLANDS = ("caiso", "eia", "ercot", "ieso", "isone", "miso", "nyiso", "pjm", "spp")


def utc(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def recorded(folder: Path, name: str) -> Parsed:
    path = folder / "sources" / name
    payload = Payload(path.name, path.read_bytes(), address=str(path))
    dataset = recognise(payload)
    assert dataset is not None
    return dataset.parse(payload)


# Rows of observations: lines of the files by `wc -l`, elements by `jq length` or `grep -c`, times
# the values of each.
COUNTS = {
    "caiso_oasis_SLD_FCST_7DA.zip": ("caiso", 33 * 192 + 96),
    "caiso_oasis_SLD_REN_FCST_DAM.zip": ("caiso", 6 * 168),
    "ercot_load_forecast_by_forecast_zone.json": ("ercot", 0),
    "ercot_wind_report.zip": ("ercot", 216 * 17),
    "ieso_vgforecast_20250228.xml": ("ieso", 1_008),
    "isone_day_ahead_load_forecast_20250317.xml": ("isone", 5 * 131 + 48 + 48 + 24),
    "isone_exchange_CA-QC.json": ("isone", 2 * 2 * 211),
    "miso_wind_forecast.json": ("miso", 48),
    "nyiso_20250201rtfuelmix_csv.zip": ("nyiso", 57_722),
    "nyiso_20250219isolf.csv": ("nyiso", 12 * 144),
    "pjm_5min_solar_forecast_response.json": ("pjm", 2 * 2),
    "pjm_gen_by_fuel.json": ("pjm", 220),
    "pjm_load_forecast_2025-03-19.json.gz": ("pjm", 168),
    "spp_RTBM-LMP-SL-202503310840.csv": ("spp", 4 * 1_234),
    "spp_RTBM-LMP-SL-202503310850.csv": ("spp", 4 * 1_234),
    "spp_grid-conditions-20210215.html": ("spp", 0),
}


@pytest.mark.data
@pytest.mark.parametrize("name", COUNTS)
def test_every_recorded_answer_is_known_and_read_whole(recorded_data: Path, name: str) -> None:
    path = recorded_data / "sources/us-iso" / name
    payload = Payload(path.name, path.read_bytes())
    dataset = recognise(payload)
    assert dataset is not None
    source, rows = COUNTS[name]
    found = dataset.parse(payload)
    assert (dataset.source, found.observations.height) == (source, rows)
    told = [part.reason for part in found.quarantined]
    pages = ["totalRows is 10368, 2 are here; fetch the other pages"]
    assert told == (pages if name.startswith("pjm_5min") else [])
    if rows:
        lengths = found.observations["delivery_end"] - found.observations["delivery_start"]
        assert set(lengths.unique()) <= {5 * MINUTE, HOUR}
        assert found.observations["delivery_start"].is_between(utc("2024"), utc("2026")).all()


# First rows as the raw files have them, by eye: place, item, start in UTC, value.
SPOTS: dict[str, tuple[str, str | None, str, float]] = {
    "caiso_oasis_SLD_FCST_7DA.zip": ("AVA", "7DA", "2025-02-19T08:00", 1_275.14),
    "caiso_oasis_SLD_REN_FCST_DAM.zip": ("NP15", "solar/DAM", "2025-02-04T18:00", 772.69),
    # Hour ending 14 of 11 March, daylight time: 13:00 CDT.
    "ercot_wind_report.zip": ("ERCOT", "wind", "2025-03-11T18:00", 15_527.49),
    # Hour 10 of 28 February on Eastern Standard Time.
    "ieso_vgforecast_20250228.xml": (
        "NORTHEAST",
        "solar/market participant",
        "2025-02-28T14:00",
        19.6,
    ),
    "isone_day_ahead_load_forecast_20250317.xml": (
        "ISO-NE",
        "native",
        "2025-03-17T04:00",
        10_080.906,
    ),
    "isone_exchange_CA-QC.json": ("ISO-NE", None, "2025-03-26T04:00", 0.0),
    "miso_wind_forecast.json": ("MISO", "wind", "2025-03-10T05:00", 17_716.0),
    "nyiso_20250201rtfuelmix_csv.zip": ("NYISO", "mixed", "2025-02-01T05:00", 4_613.0),
    "nyiso_20250219isolf.csv": ("Capitl", None, "2025-02-19T05:00", 1_492.0),
    "pjm_5min_solar_forecast_response.json": ("PJM", "solar", "2024-10-01T04:00", 0.0),
    "pjm_gen_by_fuel.json": ("PJM", "coal", "2025-02-09T00:00", 16_908.0),
    "pjm_load_forecast_2025-03-19.json.gz": ("RTO_COMBINED", None, "2025-03-19T04:00", 76_305.0),
    "spp_RTBM-LMP-SL-202503310840.csv": ("AEC", "total", "2025-03-31T13:35", 35.6875),
    "spp_RTBM-LMP-SL-202503310850.csv": ("AEC", "total", "2025-03-31T13:45", 29.0038),
}


@pytest.mark.data
@pytest.mark.parametrize("name", SPOTS)
def test_the_first_value_of_each_answer_is_the_one_in_the_file(
    recorded_data: Path, name: str
) -> None:
    location, item, start, value = SPOTS[name]
    rows = recorded(recorded_data, f"us-iso/{name}").observations
    found = rows.filter(
        pl.col("location") == location,
        pl.col("item").eq_missing(pl.lit(item)),
        pl.col("delivery_start") == utc(start),
    )
    assert found["value"][0] == value


@pytest.mark.data
def test_price_components_of_spp_add_up(recorded_data: Path) -> None:
    for minute in (840, 850):
        rows = recorded(recorded_data, f"us-iso/spp_RTBM-LMP-SL-202503310{minute}.csv").observations
        wide = rows.pivot(on="item", index=["location", "place"], values="value")
        gap = wide["total"] - wide["losses"] - wide["congestion"] - wide["energy"]
        assert np.abs(gap.to_numpy()).max() < 3e-4
        assert wide.height == 1_234


@pytest.mark.data
def test_zones_of_nyiso_add_up_to_the_whole(recorded_data: Path) -> None:
    rows = recorded(recorded_data, "us-iso/nyiso_20250219isolf.csv").observations
    is_whole = pl.col("location") == "NYISO"
    whole = rows.filter(is_whole).sort("delivery_start")["value"]
    zones = rows.filter(~is_whole).group_by("delivery_start").agg(pl.col("value").sum())
    gap = zones.sort("delivery_start")["value"] - whole
    # Each of eleven zones is rounded to 1 MW.
    assert np.abs(gap.to_numpy()).max() <= 6


@pytest.mark.data
def test_wind_of_ercot_is_the_sum_of_its_zones_and_null_in_hours_to_come(
    recorded_data: Path,
) -> None:
    rows = recorded(recorded_data, "us-iso/ercot_wind_report.zip").observations
    seen = rows.filter(pl.col("dataset") == "generation")
    assert seen["value"].null_count() > 0
    wide = seen.pivot(on="location", index="delivery_start", values="value").drop_nulls()
    zones = [name for name in wide.columns if name.startswith("LZ_")]
    gap = wide.select(pl.sum_horizontal(zones) - pl.col("ERCOT")).to_series()
    assert len(zones) == 3
    assert np.abs(gap.to_numpy()).max() < 0.02


@pytest.mark.data
def test_the_recorded_alerts_of_february_2021(recorded_data: Path) -> None:
    found = recorded(recorded_data, "us-iso/spp_grid-conditions-20210215.html")
    table = found.tables["grid_condition"]
    assert table["eea_level"].to_list()[:2] == [3, 2]
    assert table["text"][0].startswith("Current Grid Conditions (last updated Feb. 15 at 11:08")
    assert table["ts_event"].unique().to_list() == [utc("2021-02-15T17:08")]


@pytest.mark.data
def test_the_recorded_list_of_documents(recorded_data: Path) -> None:
    name = "us-iso/ercot_load_forecast_by_forecast_zone.json"
    table = recorded(recorded_data, name).tables["document"]
    assert table.height == 360
    first = table.row(0, named=True)
    assert first["address"].endswith("doclookupId=1085273815")
    assert (first["ts_event"], first["bytes"]) == (utc("2025-03-13T17:30"), 10_563)


EIA: dict[str, tuple[int, str, str | None, float | None, str]] = {
    "US-FLA-FPC_US-FLA-FPL_exchange": (25, "physical_flow", None, -329.0, "2020-01-06T05:00"),
    "US-NW-PGE-with-nulls": (2, "generation", "gas", None, "2022-10-31T10:00"),
    "US_CAL_IID-battery_storage": (1, "generation", "storage/battery", 1.0, "2024-02-27T10:00"),
    "US_NW_AVRN-wind": (2, "generation", "wind", 1.0, "2022-10-31T10:00"),
    "US_NW_BPAT-consumption": (2, "load", None, 6_215.0, "2023-05-01T10:00"),
    "US_NW_PACW-gas": (2, "generation", "gas", 30.0, "2022-10-31T10:00"),
    "US_SMTH-coal": (2, "generation", "coal", 300.0, "2022-10-31T10:00"),
    "US_SW_SRP-hydro": (2, "generation", "hydro", -5.0, "2022-10-31T10:00"),
}


@pytest.mark.data
@pytest.mark.parametrize("name", EIA)
def test_recorded_answers_of_the_eia(recorded_data: Path, name: str) -> None:
    found = recorded(recorded_data, f"eia/{name}.json")
    rows, dataset, item, value, start = EIA[name]
    assert found.observations.height == rows
    first = found.observations.row(0, named=True)
    assert (first["dataset"], first["item"], first["value"]) == (dataset, item, value)
    assert (first["delivery_start"], first["delivery_end"]) == (utc(start), utc(start) + HOUR)
    assert first["unit"] == "MWh"
    # Whoever recorded most answers cut rows out and left the total.
    whole = {"US-FLA-FPC_US-FLA-FPL_exchange", "US_CAL_IID-battery_storage"}
    told = [part.reason for part in found.quarantined]
    pages = ["total is 3, 2 rows are here; fetch the other pages by offset"]
    assert told == ([] if name in whole else pages)


def eia_answer(frequency: str, *rows: dict[str, object]) -> Payload:
    response = {"total": len(rows), "dateFormat": "-", "frequency": frequency, "data": list(rows)}
    return Payload("eia.json", json.dumps({"response": response}).encode())


def test_numbers_of_the_eia_may_stand_in_quotes_and_hours_be_local() -> None:
    row: dict[str, object] = {
        "respondent": "BPAT",
        "type": "D",
        "value": "6215.5",
        "value-units": "megawatthours",
    }
    found = eia(eia_answer("local-hourly", row | {"period": "2022-10-31T11-07"}))
    assert found.quarantined == ()
    first = found.observations.row(0, named=True)
    assert (first["value"], first["delivery_end"]) == (6_215.5, utc("2022-10-31T18:00"))
    found = eia(eia_answer("monthly", row | {"period": "2022-10"}))
    assert found.observations.height == 0
    assert "only hourly and local-hourly" in found.quarantined[0].reason
    found = eia(eia_answer("hourly", row | {"period": "2022-10-31T11", "type": "XX"}))
    assert found.quarantined[0].place == "place 0"


def test_the_flag_of_ercot_tells_the_repeated_hour_apart() -> None:
    rows = "".join(
        f"11/02/2025,{hour},{value},{flag}\n"
        for hour, value, flag in ((1, 1, "N"), (2, 2, "N"), (2, 3, "Y"), (3, 4, "N"))
    )
    text = "DELIVERY_DATE,HOUR_ENDING,STWPF_SYSTEM_WIDE,DSTFlag\n" + rows
    found = wind(Payload("w.csv", text.encode()))
    starts = found.observations["delivery_start"].to_list()
    assert starts == [utc("2025-11-02T05:00") + hour * HOUR for hour in range(4)]
    spring = text.replace("11/02/2025", "03/09/2025").replace(",Y", ",N")
    found = wind(Payload("w.csv", spring.encode()))
    assert [part.reason for part in found.quarantined] == ["an hour that the clock leaves out"]
    assert found.quarantined[0].place == "line 5"


def test_the_zone_of_nyiso_tells_the_repeated_hour_apart_and_else_the_order() -> None:
    head = "Time Stamp,Time Zone,Fuel Category,Gen MW\n"
    rows = [f"11/02/2025 01:30:00,{zone},Wind,7\n" for zone in ("EDT", "EST")]
    found = nyiso(Payload("f.csv", (head + "".join(rows)).encode()))
    assert found.observations["delivery_end"].to_list() == [
        utc("2025-11-02T05:30"),
        utc("2025-11-02T06:30"),
    ]
    hours = ("00", "01", "01", "02")
    lines = "".join(f'"11/02/2025 {hour}:00",1\n' for hour in hours)
    found = nyiso(Payload("i.csv", f'"Time Stamp","NYISO"\n{lines}'.encode()))
    starts = found.observations["delivery_start"].to_list()
    assert starts == [utc("2025-11-02T04:00") + hour * HOUR for hour in range(4)]


def test_a_zone_of_nyiso_that_has_its_stamp_already_is_in_the_second_hour() -> None:
    head = (
        '"Time Stamp","Name","PTID","LBMP ($/MWHr)","Marginal Cost Losses ($/MWHr)",'
        '"Marginal Cost Congestion ($/MWHr)"\n'
    )
    stamps = ("00:00", "01:00", "01:00", "02:00")
    rows = [f'"11/02/2025 {at}","{name}",1,9.5,0.5,0\n' for at in stamps for name in ("A", "B")]
    found = nyiso(Payload("20251102damlbmp_zone.csv", (head + "".join(rows)).encode()))
    assert found.quarantined == ()
    prices = found.observations.filter(pl.col("item") == "total", pl.col("location") == "B")
    starts = [utc("2025-11-02T04:00") + hour * HOUR for hour in range(4)]
    assert prices["delivery_start"].to_list() == starts
    assert prices["dataset"].unique().to_list() == ["day_ahead_price"]


def test_miso_keeps_standard_time_in_summer() -> None:
    row = {"DateTimeEST": "2025-07-01 12:00:00 AM", "HourEndingEST": "1", "Value": "17716.00"}
    made = "01-Jul-2025 - Interval 04:00 EST"
    answer = {"MktDay": "07-01-2025", "RefId": made, "Forecast": [row]}
    found = miso(Payload("miso_solar.json", json.dumps(answer).encode()))
    assert found.observations.select("item", "delivery_start", "value", "ts_event").rows() == [
        ("solar", utc("2025-07-01T05:00"), 17_716.0, utc("2025-07-01T09:00"))
    ]


# Prices of MISO, ERCOT and ISO New England: no answer was recorded. The texts follow the layouts
# that users of the publishers document; values are of those examples where they have some.
MISO_DAY = """Day Ahead Market ExPost LMPs
07/14/2026

,,,All Hours-Ending are Eastern Standard Time (EST)
Node,Type,Value,{}
INDIANA.HUB,Hub,LMP,{}
INDIANA.HUB,Hub,MCC,{}
AECI,Interface,LMP,{}
AECI,Interface,LMP,x
"""


def miso_day() -> bytes:
    rows = [",".join(f"{base + hour}.5" for hour in range(24)) for base in (20, 0)]
    gap = ",".join("" if hour == 3 else str(hour) for hour in range(24))
    return MISO_DAY.format(",".join(f"HE {hour}" for hour in range(1, 25)), *rows, gap).encode()


def read(name: str, content: bytes, address: str = "") -> tuple[str, Parsed]:
    payload = Payload(name, content, address=address)
    dataset = recognise(payload)
    assert dataset is not None
    return f"{dataset.source} {dataset.name}", dataset.parse(payload)


def test_prices_of_miso_are_by_hour_ending_on_standard_time() -> None:
    known, found = read("20260714_da_expost_lmp.csv", miso_day())
    assert known == "miso prices"
    assert [(part.place, part.reason) for part in found.quarantined] == [
        ("line 9", "4 fields, the header has 27")
    ]
    assert miso_day()[found.quarantined[0].offset :] == b"AECI,Interface,LMP,x\n"
    rows = found.observations
    assert rows.height == 3 * 24
    assert rows.drop("offset").row(0, named=True) | {"place": 0} == {
        "dataset": "day_ahead_price",
        "location": "INDIANA.HUB",
        "counterpart": None,
        "item": "total",
        "delivery_start": utc("2026-07-14T05:00"),
        "delivery_end": utc("2026-07-14T06:00"),
        "value": 20.5,
        "unit": "USD/MWh",
        "ts_event": None,
        "revision": None,
        "place": 0,
    }
    assert rows["place"].unique().to_list() == [6, 7, 8]
    assert rows["item"].unique(maintain_order=True).to_list() == ["total", "congestion"]
    assert rows.filter(location="AECI")["value"].to_list()[2:5] == [2.0, None, 4.0]
    ante = miso_day().replace(b"ExPost", b"ExAnte")
    assert read("a.csv", ante)[1].observations["item"][0] == "total/ex ante"
    final = miso_day().replace(b"Day Ahead Market ExPost", b"Real-Time Final Market")
    assert read("a.csv", final)[1].observations["dataset"][0] == "real_time_price"
    for lost in (b"Day Ahead Market ExPost LMPs", b"07/14/2026"):
        (part,) = read("a.csv", miso_day().replace(lost, b""))[1].quarantined
        assert "name a market of MISO and a day" in part.reason


ERCOT_DAY_AHEAD = """DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag
11/02/2025,01:00,HB_NORTH, 23.94,N
11/02/2025,02:00,HB_NORTH, 24.67,N
11/02/2025,02:00,HB_NORTH, -3,Y
11/02/2025,24:00,HB_NORTH,,N
11/02/2025,25:00,HB_NORTH,1,N
"""
ERCOT_REAL_TIME = """DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,\
SettlementPointType,SettlementPointPrice,DSTFlag
07/30/2025,9,3,LZ_HOUSTON,LZ,19.27,N
07/30/2025,9,3,LZ_HOUSTON,LZEW,19.5,N
07/30/2025,9,5,LZ_HOUSTON,LZ,19.27,N
"""


def test_prices_of_ercot_are_of_hours_and_of_quarter_hours() -> None:
    known, found = read("cdr.00012331.DAMSPNP4190.csv", ERCOT_DAY_AHEAD.encode())
    assert known == "ercot prices"
    rows = found.observations
    assert rows.select("dataset", "location", "item", "unit").unique().rows() == [
        ("day_ahead_price", "HB_NORTH", "total", "USD/MWh")
    ]
    assert rows.select("delivery_start", "value").rows() == [
        (utc("2025-11-02T05:00"), 23.94),
        (utc("2025-11-02T06:00"), 24.67),
        (utc("2025-11-02T07:00"), -3.0),
        (utc("2025-11-03T05:00"), None),
    ]
    assert [part.place for part in found.quarantined] == ["line 6"]
    # Older files have no flag, but their rows in order.
    unflagged = ERCOT_DAY_AHEAD.replace(",DSTFlag", "").replace(",N\n", "\n").replace(",Y", "")
    same = read("a.csv", unflagged.encode())[1].observations
    assert same.drop("offset").equals(rows.drop("offset"))
    known, found = read("SPPHLZNP6905.csv", ERCOT_REAL_TIME.encode())
    assert known == "ercot prices"
    quarter = (utc("2025-07-30T13:30"), utc("2025-07-30T13:45"))
    rows = found.observations.select("dataset", "item", "delivery_start", "delivery_end", "value")
    assert rows.rows() == [
        ("real_time_price", "total", *quarter, 19.27),
        ("real_time_price", "total/energy weighted", *quarter, 19.5),
    ]
    assert [part.place for part in found.quarantined] == ["line 4"]


ISONE_ROW = {
    "BeginDate": "2024-01-01T08:00:00.000-05:00",
    "Location": {"@LocId": "321", "@LocType": "NETWORK NODE", "$": "UN.FRNKLNSQ13.810CC"},
    "LmpTotal": 24.46,
    "EnergyComponent": 24.63,
    "CongestionComponent": 0,
    "LossComponent": -0.17,
}
ISONE_XML = b"""<?xml version="1.0"?><HourlyLmps xmlns="http://WEBSERV.iso-ne.com"><HourlyLmp>
<BeginDate>2024-01-01T08:00:00.000-05:00</BeginDate>
<Location LocId="321" LocType="NETWORK NODE">UN.FRNKLNSQ13.810CC</Location>
<LmpTotal>24.46</LmpTotal><EnergyComponent>24.63</EnergyComponent>
<CongestionComponent>0</CongestionComponent><LossComponent>-0.17</LossComponent></HourlyLmp>
<HourlyLmp><BeginDate>soon</BeginDate><Location>X</Location></HourlyLmp></HourlyLmps>"""


def test_prices_of_iso_new_england_are_the_same_from_json_and_xml() -> None:
    content = json.dumps({"HourlyLmps": {"HourlyLmp": [ISONE_ROW]}}).encode()
    site = "https://webservices.iso-ne.com/api/v1.1/hourlylmp"
    known, found = read("20240101", content, f"{site}/da/final/day/20240101")
    assert known == "isone prices"
    assert found.quarantined == ()
    rows = found.observations
    assert rows.select("dataset", "location", "item", "value").rows() == [
        ("day_ahead_price", "UN.FRNKLNSQ13.810CC", "total", 24.46),
        ("day_ahead_price", "UN.FRNKLNSQ13.810CC", "energy", 24.63),
        ("day_ahead_price", "UN.FRNKLNSQ13.810CC", "congestion", 0.0),
        ("day_ahead_price", "UN.FRNKLNSQ13.810CC", "losses", -0.17),
    ]
    assert rows["delivery_start"][0] == utc("2024-01-01T13:00")
    assert rows["delivery_end"][0] == utc("2024-01-01T14:00")
    known, same = read("20240101", ISONE_XML, f"{site}/da/final/day/20240101")
    assert known == "isone prices"
    assert same.observations.drop("offset").equals(rows.drop("offset"))
    assert "'soon' is no time with its offset" in same.quarantined[0].reason
    assert read("rt.json", content)[1].observations["dataset"][0] == "real_time_price"
    (part,) = read("prices.json", content)[1].quarantined
    assert "da or rt" in part.reason
    five = json.dumps({"FiveMinLmps": {"FiveMinLmp": [ISONE_ROW]}}).encode()
    rows = read("current.json", five)[1].observations
    assert rows["delivery_end"][0] - rows["delivery_start"][0] == 5 * MINUTE


SAMPLES = {
    "miso.csv": miso_day(),
    "ercot_da.csv": ERCOT_DAY_AHEAD.encode(),
    "ercot_rt.csv": ERCOT_REAL_TIME.encode(),
    "isone_da.xml": ISONE_XML,
    "isone_da.json": json.dumps({"HourlyLmps": {"HourlyLmp": [ISONE_ROW]}}).encode(),
}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_to_prices_raises(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SAMPLES)))
    dataset = recognise(Payload(name, SAMPLES[name]))
    assert dataset is not None
    content = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255) | st.sampled_from(b'{}[]",:09-\n'))
    cut = data.draw(st.just(len(content)) | st.integers(0, len(content)))
    found = dataset.parse(Payload(name, bytes(content[:cut])))
    assert found.observations["value"].drop_nulls().is_finite().all()
    assert found.observations["location"].null_count() == 0
    assert all(part.reason for part in found.quarantined)


@pytest.mark.parametrize("island", ISLANDS)
def test_requests_name_their_window_and_hold_no_secret(island: str) -> None:
    asked = [dataset.requests for dataset in datasets(island) if dataset.requests is not None]
    assert asked
    for requests in asked:
        found = list(requests(Query(utc("2025-06-01T12:00"), utc("2025-06-01T12:10"))))
        assert found
        for request in found:
            assert request.url.startswith("https://")
            assert bool(request.credential) == (island in {"eia", "isone", "pjm"})
            assert "key" not in "".join(request.parameters).lower()


def only_request(island: str, start: str, end: str, **options: str) -> tuple[str, dict[str, str]]:
    dataset = datasets(island)[0]
    assert dataset.requests is not None
    (request,) = dataset.requests(Query(utc(start), utc(end), options=options))
    return request.url, dict(request.parameters)


def test_windows_are_written_as_each_publisher_takes_them() -> None:
    window = ("2025-02-04T08:00", "2025-02-05T08:00")
    _, caiso = only_request("caiso", *window, report="SLD_REN_FCST")
    assert (caiso["startdatetime"], caiso["enddatetime"]) == (
        "20250204T08:00-0000",
        "20250205T08:00-0000",
    )
    _, pjm = only_request("pjm", "2025-02-09T05:00", "2025-02-10T05:00", feed="gen_by_fuel")
    assert pjm["datetime_beginning_ept"] == "02/09/2025 00:00to02/09/2025 23:59"
    _, hours = only_request("eia", "2022-10-31T10:00", "2022-10-31T12:00")
    assert (hours["start"], hours["end"]) == ("2022-10-31T11", "2022-10-31T12")
    url, _ = only_request("nyiso", "2025-02-19T05:00", "2025-02-20T05:00", folder="isolf")
    assert url.endswith("/isolf/20250219isolf.csv")
    url, _ = only_request("ieso", "2025-02-28T05:00", "2025-03-01T05:00")
    assert url.endswith("PUB_VGForecastSummary_20250228.xml")
    url, parameters = only_request("spp", "2025-03-31T13:35", "2025-03-31T13:40")
    assert parameters["path"] == "/2025/03/By_Interval/31/RTBM-LMP-SL-202503310840.csv"
