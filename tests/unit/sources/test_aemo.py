"""AEMO's reports are read with their clock, their versions and their last line."""

import io
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.ingest.normalization import Normalizer
from wattbook.sources.aemo import DATASETS, parse
from wattbook.sources.aemo.files import archive_requests, file_name, table_requests
from wattbook.sources.catalogue import recognise
from wattbook.sources.payload import Parsed, Payload, Query

MINUTE = 60 * 10**9
DAY = 86_400 * 10**9

PRICE = (
    b"C,NEMP.WORLD,DISPATCHIS,AEMO,PUBLIC,2018/04/01,00:00:18,1,,2\r\n"
    b"I,DISPATCH,PRICE,1,SETTLEMENTDATE,RUNNO,REGIONID,INTERVENTION,RRP,RAISE6SECRRP\r\n"
    b'D,DISPATCH,PRICE,1,"2018/04/01 00:05:00",1,NSW1,0,67.58327,19.99\r\n'
    b"D,DISPATCH,PRICE,1,2018/04/01 00:05:00,1,NSW1,1,-1000,\r\n"
)


def instant(text: str) -> int:
    """A time of the market's clock, UTC+10, as ns UTC."""
    return int(np.datetime64(text, "ns").astype(np.int64)) - 10 * 60 * MINUTE


def zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def report(*tables: bytes) -> bytes:
    text = b"".join(tables)
    return text + b'C,"END OF REPORT",%d\r\n' % (text.count(b"\n") + 1)


def recorded(folder: Path, name: str) -> Parsed:
    path = folder / "sources" / name
    payload = Payload(path.name, path.read_bytes(), address=str(path))
    dataset = recognise(payload)
    assert dataset is not None
    assert dataset.source == "aemo"
    return dataset.parse(payload)


def test_a_dispatch_interval_ends_at_its_stamp_on_a_clock_ten_hours_ahead() -> None:
    found = parse(Payload("PUBLIC_DISPATCHIS.CSV", report(PRICE)))
    assert found.quarantined == ()
    assert found.observations.select(
        "dataset", "location", "item", "delivery_start", "delivery_end", "value", "place"
    ).rows() == [
        ("real_time_price", "NSW1", item, instant("2018-04-01"), instant("2018-04-01T00:05"), *rest)
        for item, *rest in (
            ("energy", 67.58327, 3),
            ("energy/intervention", -1000.0, 4),
            ("RAISE6SEC", 19.99, 3),
            ("RAISE6SEC/intervention", None, 4),
        )
    ]
    assert found.observations["ts_event"].unique().to_list() == [instant("2018-04-01T00:00:18")]


def test_what_a_trading_interval_had_is_told_apart_from_the_dispatch() -> None:
    tables = b"".join(
        b"I,%s,INTERCONNECTORRES,2,SETTLEMENTDATE,INTERCONNECTORID,METEREDMWFLOW,MWFLOW\n"
        b"D,%s,INTERCONNECTORRES,2,2026/04/29 05:25:00,VIC1-NSW1,%s\n" % (name, name, values)
        for name, values in ((b"DISPATCH", b"218.73892,166.29"), (b"TRADING", b"218.74,166.29"))
    )
    found = parse(Payload("t.csv", report(b"C,X,Y,AEMO\n", tables))).observations
    assert found.select("dataset", "item", "value").rows() == [
        ("physical_flow", "VIC1-NSW1", 218.73892),
        ("scheduled_exchange", "target/VIC1-NSW1", 166.29),
        ("physical_flow", "trading/VIC1-NSW1", 218.74),
        ("scheduled_exchange", "target/trading/VIC1-NSW1", 166.29),
    ]


def test_trading_intervals_are_thirty_minutes_before_october_2021_and_five_after() -> None:
    rows = b"".join(
        b"D,TRADING,PRICE,2,%s,SA1,1\n" % stamp
        for stamp in (b"2021/10/01 00:00:00", b"2021/10/01 00:05:00")
    )
    head = b"I,TRADING,PRICE,2,SETTLEMENTDATE,REGIONID,RRP\n"
    found = parse(Payload("t.csv", report(b"C,X,Y,AEMO\n", head, rows))).observations
    lengths = (found["delivery_end"] - found["delivery_start"]) // MINUTE
    assert lengths.to_list() == [30, 5]


def test_a_wrong_count_of_lines_is_told_and_the_rows_are_kept() -> None:
    found = parse(Payload("t.csv", PRICE + b'C,"END OF REPORT",68073\r\n'))
    assert found.observations.height == 4
    (part,) = found.quarantined
    assert (part.place, part.offset, part.raw) == ("line 5", len(PRICE), b'C,"END OF REPORT",68073')
    assert part.reason == "END OF REPORT counts 68073 lines, there are 5; rows are missing"
    (part,) = parse(Payload("t.csv", PRICE)).quarantined
    assert part.reason == "no END OF REPORT after 4 lines; the file was cut short"


def test_a_row_that_cannot_be_read_is_set_aside_with_its_line() -> None:
    bad = PRICE.replace(b"-1000", b"x1000").replace(b"NSW1,0", b",0")
    found = parse(Payload("t.csv", report(bad)))
    assert found.observations.height == 0
    told = [(part.place, part.reason) for part in found.quarantined]
    assert told == [
        ("line 4", 'RRP is "x1000", not a number'),
        ("line 3", "a row without REGIONID or SETTLEMENTDATE"),
    ]
    assert found.quarantined[1].raw.startswith(b"D,DISPATCH,PRICE,1,")


def test_an_archive_of_archives_is_read_and_its_faults_name_the_file() -> None:
    inner = zipped(**{"A.CSV": report(PRICE)})
    broken = zipped(**{"B.CSV": PRICE})
    archive = zipped(**{"A.zip": inner, "B.zip": broken, "C.zip": inner[: len(inner) // 2]})
    found = parse(Payload("PUBLIC_DISPATCHIS_20180401.zip", archive))
    assert found.observations.height == 8
    places = [part.place for part in found.quarantined]
    assert len(places) == 2
    assert any("C.zip" in place for place in places)
    assert any("B.CSV: end" in place for place in places)


def test_offers_carry_the_intervals_that_they_are_for() -> None:
    day = (
        b"I,BID,BIDDAYOFFER_D,2,SETTLEMENTDATE,DUID,OFFERDATE,REBIDEXPLANATION,PRICEBAND1\n"
        b'D,BID,BIDDAYOFFER_D,2,2018/04/01 00:00:00,A,2018/03/23 13:55:03,"rain, ""heavy""",-982\n'
    )
    period = (
        b"I,BID,BIDPEROFFER_D,2,SETTLEMENTDATE,DUID,OFFERDATE,PERIODID,INTERVAL_DATETIME,BANDAVAIL1\n"
        b"D,BID,BIDPEROFFER_D,2,2018/04/01 00:00:00,A,2018/03/23 13:55:03,2,2018/04/01 05:00:00,7\n"
    )
    link = (
        b"I,OFFER,MNSP_PEROFFER,1,SETTLEMENTDATE,LINKID,PERIODID,BANDAVAIL1\n"
        b"D,OFFER,MNSP_PEROFFER,1,2018/04/01 00:00:00,BLNKTAS,48,8\n"
    )
    found = parse(Payload("t.csv", report(b"C,X,Y,AEMO\n", day, period, link)))
    assert found.quarantined == ()
    offer = found.tables["offer"]
    assert offer.select("kind", "location", "delivery_start", "delivery_end").rows() == [
        ("day", "A", instant("2018-04-01T04:00"), instant("2018-04-02T04:00")),
        ("period", "A", instant("2018-04-01T04:30"), instant("2018-04-01T05:00")),
        ("period", "BLNKTAS", instant("2018-04-02T03:30"), instant("2018-04-02T04:00")),
    ]
    assert offer["ts_event"].to_list() == [*[instant("2018-03-23T13:55:03")] * 2, None]
    assert offer["REBIDEXPLANATION"][0] == 'rain, "heavy"'
    assert offer["BANDAVAIL1"].to_list() == [None, 7.0, 8.0]


def test_files_are_named_in_both_forms() -> None:
    april = file_name("PUBLIC_ARCHIVE%23DISPATCH_UNIT_SCADA%23FILE01%23202604010000.zip")
    assert april == ("DISPATCH_UNIT_SCADA", 2026, 4, 1)
    assert file_name("PUBLIC_DVD_BIDPEROFFER_D_201804010000.CSV") == ("BIDPEROFFER_D", 2018, 4, 1)
    assert file_name("PUBLIC_DISPATCHIS_20240101.zip") is None
    query = Query(instant("2024-07-31"), instant("2024-08-01"), options={"table": "TRADINGPRICE"})
    (july,) = table_requests(query)
    assert july.url.endswith("MMSDM_2024_07/MMSDM_Historical_Data_SQLLoader/DATA/"
                             "PUBLIC_DVD_TRADINGPRICE_202407010000.zip")  # fmt: skip
    query = Query(instant("2024-08-01"), instant("2024-08-01T00:05"))
    (august,) = table_requests(query)
    assert august.url.endswith("PUBLIC_ARCHIVE%23DISPATCHPRICE%23FILE01%23202408010000.zip")
    days = [request.url[-12:] for request in archive_requests(Query(query.start, query.end + DAY))]
    assert days == ["20240801.zip", "20240802.zip"]


def test_every_dataset_of_aemo_is_described() -> None:
    assert [dataset.name for dataset in DATASETS] == [
        "report",
        "daily_archive",
        "recalculated_prices",
        "causer_pays_variables",
    ]


# Rows of observations and of each table, counted in the files by `grep -c ^D`; measures that a
# version lacks are left out.
COUNTS = {
    "ARCHIVE%23BIDDAYOFFER_D%23FILE01%23202604": {"offer": 40},
    "ARCHIVE%23BIDPEROFFER_D%23FILE01%23202604": {"offer": 11_520},
    "ARCHIVE%23DISPATCHCONSTRAINT%23FILE01%23202604": {"dispatch_constraint": 1_440},
    "ARCHIVE%23DISPATCHINTERCONNECTORRES%23FILE01%23202604": {"": 5 * 1_440},
    "ARCHIVE%23DISPATCHLOAD%23FILE01%23202604": {"dispatch_unit_solution": 2_880},
    "ARCHIVE%23DISPATCHPRICE%23FILE01%23202604": {"": 11 * 2_880},
    "ARCHIVE%23DISPATCHREGIONSUM%23FILE01%23202604": {"": 7 * 2_880},
    "ARCHIVE%23DISPATCH_UNIT_SCADA%23FILE01%23202604": {"": 2_880},
    "ARCHIVE%23MNSP_DAYOFFER%23FILE01%23202604": {"offer": 3_066},
    "ARCHIVE%23ROOFTOP_PV_ACTUAL%23FILE01%23202604": {"": 960},
    "ARCHIVE%23TRADINGINTERCONNECT%23FILE01%23202604": {"": 3 * 1_440},
    "ARCHIVE%23TRADINGPRICE%23FILE01%23202604": {"": 11 * 2_880},
    "DVD_BIDDAYOFFER_D_201804": {"offer": 40},
    "DVD_BIDPEROFFER_D_201804": {"offer": 11_520},
    "DVD_DISPATCHCONSTRAINT_201804": {"dispatch_constraint": 2_671},
    "DVD_DISPATCHINTERCONNECTORRES_201804": {"": 5 * 2_671},
    "DVD_DISPATCHLOAD_201804": {"dispatch_unit_solution": 5_342},
    "DVD_DISPATCHPRICE_201804": {"": 9 * 5_342},
    "DVD_DISPATCHREGIONSUM_201804": {"": 7 * 5_342},
    "DVD_DISPATCH_UNIT_SCADA_201804": {"": 2_880},
    "DVD_MNSP_DAYOFFER_201804": {"offer": 22},
    "DVD_MNSP_PEROFFER_201804": {"offer": 1_056},
    "DVD_PARTICIPANT_201804": {"participant_registration_participant": 3},
    "DVD_ROOFTOP_PV_ACTUAL_201912": {"": 1_152},
    "DVD_ROOFTOP_PV_ACTUAL_202001": {"": 1_152},
    "DVD_ROOFTOP_PV_ACTUAL_202104": {"": 1_152},
    "DVD_ROOFTOP_PV_ACTUAL_202105": {"": 1_152},
    "DVD_ROOFTOP_PV_ACTUAL_202112": {"": 1_152},
    "DVD_ROOFTOP_PV_ACTUAL_202201": {"": 1_152},
    "DVD_ROOFTOP_PV_ACTUAL_202407": {"": 1_152},
    "DVD_TRADINGINTERCONNECT_201804": {"": 3 * 240},
    "DVD_TRADINGLOAD_201804": {"trading_unit_solution": 480},
    "DVD_TRADINGPRICE_201804": {"": 9 * 480},
    "DVD_TRADINGREGIONSUM_201804": {"": 7 * 480},
}


@pytest.mark.data
@pytest.mark.parametrize("name", COUNTS)
def test_every_recorded_table_is_read_and_its_wrong_count_told(
    recorded_data: Path, name: str
) -> None:
    found = recorded(recorded_data, f"aemo/PUBLIC_{name}010000.zip")
    rows = {kind: table.height for kind, table in found.tables.items()}
    rows |= {"": found.observations.height} if found.observations.height else {}
    assert rows == COUNTS[name]
    # Whoever recorded the files took rows out and left the last line as it was.
    (part,) = found.quarantined
    assert part.reason.startswith("END OF REPORT counts ")


@pytest.mark.data
def test_the_recorded_demand_forecast_is_whole(recorded_data: Path) -> None:
    name = "PUBLIC_FORECAST_OPERATIONAL_DEMAND_HH_202504011800_20250401173353.zip"
    found = recorded(recorded_data, f"aemo/{name}")
    assert (found.observations.height, found.quarantined) == (3 * 1_985, ())
    first = found.observations.filter(pl.col("place") == 3)
    assert first["value"].to_list() == [8_525.0, 8_407.0, 8_290.0]
    assert first["delivery_end"].unique().to_list() == [instant("2025-04-01T18:00")]
    assert first["ts_event"].unique().to_list() == [instant("2025-04-01T17:27:41")]


def energy(found: Parsed) -> pl.DataFrame:
    return found.observations.filter(pl.col("item") == "energy").select(
        "location", "delivery_start", "delivery_end", "value"
    )


@pytest.mark.data
def test_a_trading_price_of_2018_is_the_mean_of_its_six_dispatch_prices(
    recorded_data: Path,
) -> None:
    dispatch = energy(recorded(recorded_data, "aemo/PUBLIC_DVD_DISPATCHPRICE_201804010000.zip"))
    trading = energy(recorded(recorded_data, "aemo/PUBLIC_DVD_TRADINGPRICE_201804010000.zip"))
    half_hour = 30 * MINUTE
    means = dispatch.group_by("location", pl.col("delivery_start") // half_hour * half_hour).agg(
        pl.col("value").mean().alias("mean"), pl.len()
    )
    both = trading.join(means.filter(pl.col("len") == 6), on=["location", "delivery_start"])
    # The last half-hour of each region has one dispatch price only.
    assert (trading.height, both.height) == (480, 478)
    # It is published in cents.
    assert np.abs((both["value"] - both["mean"]).to_numpy()).max() <= 0.005 + 1e-9


@pytest.mark.data
def test_a_trading_interval_does_not_contradict_the_dispatch_of_its_five_minutes(
    recorded_data: Path,
) -> None:
    # Both are written at the same instant; the trading table is rounded to two decimals.
    normalizer = Normalizer.default()
    kept = []
    for table in ("DISPATCHINTERCONNECTORRES", "TRADINGINTERCONNECT"):
        name = f"aemo/PUBLIC_ARCHIVE%23{table}%23FILE01%23202604010000.zip"
        rows = recorded(recorded_data, name).observations
        found = normalizer.apply(rows, source="aemo", ts_recv=instant("2026-05-09"))
        assert found.quarantined == ()
        kept.append(found.rows)
    dispatch, trading = (
        rows.filter(pl.col("dataset") == "physical_flow").with_columns(
            pl.col("item").str.strip_prefix("trading/")
        )
        for rows in kept
    )
    keys = ["location", "counterpart", "item", "delivery_start", "delivery_end"]
    both = trading.join(dispatch, on=keys)
    assert both.height == trading.height == 1_440
    apart = (both["value"] - both["value_right"]).to_numpy()
    assert np.abs(apart).max() <= 0.005 + 1e-9


@pytest.mark.data
@pytest.mark.parametrize("month", ["ARCHIVE%23{}%23FILE01%23202604", "DVD_{}_201804"])
def test_prices_and_demand_are_of_the_same_regions_and_intervals(
    recorded_data: Path, month: str
) -> None:
    keys = ["location", "delivery_start", "delivery_end"]
    of = {}
    for table, item in (("DISPATCHPRICE", "energy"), ("DISPATCHREGIONSUM", "total")):
        name = f"aemo/PUBLIC_{month.format(table)}010000.zip"
        rows = recorded(recorded_data, name).observations
        of[table] = rows.filter(pl.col("item") == item).select(keys).sort(keys)
    assert of["DISPATCHPRICE"].equals(of["DISPATCHREGIONSUM"])
    assert of["DISPATCHPRICE"].height == 2_880
    assert sorted(of["DISPATCHPRICE"]["location"].unique()) == ["NSW1", "SA1"]


@pytest.mark.data
def test_recalculated_prices_are_as_far_from_the_historical_ones_as_the_file_says(
    recorded_data: Path,
) -> None:
    for intervals in (10, 100):
        name = f"{intervals}_interval_benchmark.csv"
        found = recorded(recorded_data, f"aemo-dispatch-reference/{name}")
        assert found.quarantined == ()
        rows = found.observations
        assert rows.height == 2 * 45 * intervals
        told = pl.read_csv(recorded_data / "sources/aemo-dispatch-reference" / name)["error"]
        past, again = (
            rows.filter(pl.col("dataset") == dataset)["value"]
            for dataset in ("real_time_price", "recalculated_price")
        )
        assert np.abs((again - past - told).to_numpy()).max() < 1e-9
    assert set(rows["item"]) == {"energy"} | {
        f"{way}{service}"
        for way in ("RAISE", "LOWER")
        for service in ("6SEC", "60SEC", "5MIN", "REG")
    }


@pytest.mark.data
def test_the_recorded_names_of_frequency_variables(recorded_data: Path) -> None:
    name = "aemo/ancillary-services-market-causer-pays-variables-file.csv"
    found = recorded(recorded_data, name)
    table = found.tables["causer_pays_variable"]
    assert table.height == 19
    assert table.row(18) == (19.0, "SPD_MWB", 19)


def test_a_table_without_its_key_or_with_a_name_of_ours_is_set_aside_whole() -> None:
    unkeyed = PRICE.replace(b"SETTLEMENTDATE", b"SETTLEMENTDAT ")
    found = parse(Payload("t.csv", report(unkeyed)))
    assert found.rows == 0
    assert "has no column SETTLEMENTDATE" in found.quarantined[0].reason
    for name in (b"line", b"a\0b"):
        found = parse(Payload("t.csv", report(PRICE.replace(b"RUNNO", name))))
        assert found.rows == 0
        assert "columns that no table of AEMO has" in found.quarantined[0].reason
