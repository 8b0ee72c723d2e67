"""FERC's reports, EEX's auctions and mapped series, by documented examples."""

import io
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import SourceError
from wattbook.sources import eex, ferc, iot, sheets
from wattbook.sources.catalogue import recognise
from wattbook.sources.payload import Parsed, Payload

SALES = (
    "transaction_unique_id,seller_company_name,customer_company_name,contract_service_agreement,"
    "transaction_begin_date,transaction_end_date,trade_date,exchange_brokerage_service,"
    "type_of_rate,time_zone,point_of_delivery_balancing_authority,"
    "point_of_delivery_specific_location,class_name,term_name,increment_name,"
    "increment_peaking_name,product_name,transaction_quantity,price,rate_units,"
    "total_transmission_charge,total_transaction_charge\n"
    'T1,"Seller, LLC",PJM Settlement,C1,202403100100,202403100400,20240309,ICE,Fixed,EP,PJM,'
    "West Hub,F,ST,H,OP,ENERGY,50,-3.25,$/MWH,0,-162.5\n"
    "T2,Seller B,Buyer,C2,202407010000,202407010100,,,Fixed,ES,PJM,,F,ST,H,P,ENERGY,1,20,$/MWH,0,"
    "20\n"
)
AUCTIONS = """EEX Primary Market Auction Results
"Source: EEX"

Date,Time,Auction Name,Contract,Status,Auction Price €/tCO2,Minimum Bid €/tCO2,Maximum Bid €/tCO2,\
Mean €/tCO2,Median €/tCO2,Auction Volume tCO2,Total Amount of Bids,Number of bids submitted,\
Number of successful bids,Total Number of Bidders,Number of Successful Bidders,Total Revenue €
2023-02-14,11:00,Auction 4. Period CAP3 EU,T3PA,successful,89.96,60,95,88.1,89.5,"2,409,000",\
"4,100,000",120,70,25,18,216713640
"""
MAPPING = """
name = "feeder"
file = "feeder-*.csv"
format = "csv"
[time]
column = "stamp"
form = "%Y-%m-%d %H:%M"
clock = "Europe/Berlin"
interval_seconds = 900
mark = "end"
[location]
column = "meter"
[[series]]
dataset = "load"
column = "kw"
unit = "kW"
"""
FEEDER = b"""stamp,meter,kw
2024-01-01 00:15,M1,1.5
2024-01-01 00:30,M1,-
2024-01-01 00:30,M1,2.5
2024-01-01 01:15,M1,3.5
2024-03-31 02:30,M1,1
2024-01-01 00:15,M2,x
2024-01-01 00:15,M2
"""


def instant(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def workbook(lines: list[list[str]]) -> bytes:
    """Return a workbook as EEX writes it: words in the shared strings, numbers in the cells."""
    words = sorted({cell for line in lines for cell in line if not cell.replace(".", "").isdigit()})
    cells = []
    for number, line in enumerate(lines, start=1):
        row = ""
        for column, cell in enumerate(line):
            where = f"{chr(65 + column)}{number}"
            if cell in words:
                row += f'<c r="{where}" t="s"><v>{words.index(cell)}</v></c>'
            else:
                row += f'<c r="{where}"><v>{cell}</v></c>'
        cells.append(f'<row r="{number}">{row}</row>')
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        shared = "".join(f"<si><t>{word}</t></si>" for word in words)
        archive.writestr("xl/sharedStrings.xml", f"<sst>{shared}</sst>")
        sheet = f"<worksheet><sheetData>{''.join(cells)}</sheetData></worksheet>"
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return packed.getvalue()


def parsed(name: str, content: bytes) -> Parsed:
    payload = Payload(name, content)
    dataset = recognise(payload)
    assert dataset is not None
    return dataset.parse(payload)


def mapped(tmp_path: Path, text: str = MAPPING) -> iot.Mapping:
    file = tmp_path / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    return iot.load(file)


def test_a_sale_over_the_lost_hour_lasts_two_hours() -> None:
    found = parsed("eqr.csv", SALES.encode())
    assert found.quarantined == ()
    first, second = found.tables["transaction"].iter_rows(named=True)
    assert first["seller"] == "Seller, LLC"
    assert first["delivery_start"] == instant("2024-03-10T06:00")
    assert first["delivery_end"] == instant("2024-03-10T08:00")
    # Standard time stays an hour behind the wall clock in summer.
    assert second["delivery_start"] == instant("2024-07-01T05:00")
    (price, _) = found.observations.iter_rows(named=True)
    assert (price["value"], price["unit"], price["location"]) == (-3.25, "USD/MWH", "PJM")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (",EP,", ",XX,", "time zone 'XX'"),
        ("202403100100", "202403100230", "never shows"),
        ("202403100400", "202403090400", "before"),
        ("202403100400", "999903090400", "outside 1900 to 2261"),
        ("-3.25", "cheap", 'price is "cheap", not a number'),
        (",ENERGY,50", ",ENERGY", "21 fields, the header has 22"),
    ],
)
def test_a_sale_that_makes_no_sense_is_set_aside_alone(old: str, new: str, reason: str) -> None:
    found = parsed("eqr.csv", SALES.replace(old, new, 1).encode())
    (aside,) = found.quarantined
    assert reason in aside.reason
    assert aside.place == "line 2"
    assert SALES.encode()[: aside.offset].count(b"\n") == 1
    assert found.tables["transaction"]["transaction"].to_list() == ["T2"]


def test_sales_without_some_columns_are_read_and_without_times_are_not() -> None:
    short = (
        "Transaction_Unique_ID,Seller_Company_Name,Time_Zone,Transaction_Begin_Date,"
        "Transaction_End_Date,Price\nT3,S,UT,202401010000,202401010100,7\n"
    )
    found = parsed("eqr.csv", short.encode())
    assert found.quarantined == ()
    (row,) = found.tables["transaction"].iter_rows(named=True)
    assert (row["price"], row["charge"], row["delivery_start"]) == (
        7.0,
        None,
        instant("2024-01-01"),
    )
    (part,) = parsed("eqr.csv", short.replace("Time_Zone", "Zone").encode()).quarantined
    assert 'the header has column "time_zone" 0 times' in part.reason


def test_filings_come_as_a_feed() -> None:
    feed = b"""<rss version="2.0"><channel><link>https://elibrary.ferc.gov/x</link><item>
    <title>Order</title><guid>20240331-3001</guid></item></channel></rss>"""
    found = parsed("feed.xml", feed)
    assert found.tables["news"]["message"].to_list() == ["20240331-3001"]


def check_auction(found: Parsed) -> None:
    assert found.quarantined == ()
    (row,) = found.tables["auction"].iter_rows(named=True)
    assert (row["price"], row["volume"], row["bidders_successful"]) == (89.96, 2_409_000.0, 18.0)
    assert row["ts_event"] == instant("2023-02-14T10:00")
    prices = found.observations.filter(dataset="allowance_auction_price")
    assert prices["unit"].to_list() == ["EUR/tCO2"]
    assert found.observations.height == 5


def test_an_auction_is_the_same_from_csv_and_from_a_workbook() -> None:
    check_auction(parsed("report.csv", AUCTIONS.encode()))
    lines = [
        line.cells
        for line in sheets.rows(Payload("a", AUCTIONS.encode()))
        if isinstance(line, sheets.Line)
    ]
    cells = [[cell.replace(",", "") for cell in line] for line in lines]
    cells[-1][0], cells[-1][1] = "44971", "0.458333333"
    check_auction(parsed("emission-spot-primary-market-auction-report-2023.xlsx", workbook(cells)))


@pytest.mark.data
def test_every_recorded_auction_survives_the_way_through_a_report(recorded_data: Path) -> None:
    known = pl.read_parquet(recorded_data / "futures" / "eua_primary_auctions_2012_2023.parquet")
    known = known.filter(pl.col("price_eur_tco2").is_not_null())
    report = "Date;Auction Name;Auction Price €/tCO2;Auction Volume tCO2\n" + "".join(
        f"{date:%d.%m.%Y};{name};{price!r};{volume!r}\n"
        for date, name, price, volume in known.rows()
    )
    table = parsed("report.csv", report.encode()).tables["auction"]
    assert table["price"].to_list() == known["price_eur_tco2"].to_list()
    assert table["volume"].to_list() == known["volume_tco2"].to_list()


def test_a_mapped_series_reports_its_doubles_and_gaps(tmp_path: Path) -> None:
    dataset = iot.dataset(mapped(tmp_path))
    payload = Payload("feeder-7.csv", FEEDER)
    assert dataset.recognises(payload)
    assert not dataset.recognises(Payload("other.csv", FEEDER))
    found = dataset.parse(payload)
    assert found.observations["value"].to_list() == [1.5, None, 2.5, 3.5]
    assert found.observations["delivery_start"][0] == instant("2023-12-31T23:00")
    (double,) = found.tables["duplicate"].iter_rows(named=True)
    assert (double["rows"], double["is_equal"], double["place"]) == (2, False, 1)
    (gap,) = found.tables["gap"].iter_rows(named=True)
    assert (gap["intervals"], gap["gap_start"]) == (2, instant("2023-12-31T23:30"))
    reasons = [part.reason for part in found.quarantined]
    assert [part.place for part in found.quarantined] == ["line 6", "line 7", "line 8"]
    assert "never shows" in reasons[0]
    assert "'x' is no number" in reasons[1]
    assert "2 fields where the header has 3" in reasons[2]


def test_json_lines_and_parquet_give_the_same_observations(tmp_path: Path) -> None:
    text = MAPPING.replace('"%Y-%m-%d %H:%M"', '"epoch ms"').replace('"end"', '"start"')
    lines = b'{"stamp": 1704067200000, "meter": "M1", "kw": 1.5}\n{"stamp": null}\nx\n'
    lines += '{"stamp": "١٧٠٤٠٦٧٢٠٠٠٠٠", "kw": 1}\n{"stamp": "²", "kw": 1}\n'.encode()
    found = iot.dataset(mapped(tmp_path, text.replace('"csv"', '"jsonl"'))).parse(
        Payload("feeder-1.csv", lines)
    )
    assert len(found.quarantined) == 4
    assert "'²' is no number" in found.quarantined[3].reason
    packed = io.BytesIO()
    pl.DataFrame({"stamp": [1_704_067_200_000], "meter": ["M1"], "kw": [1.5]}).write_parquet(packed)
    same = iot.dataset(mapped(tmp_path, text.replace('"csv"', '"parquet"')))
    other = same.parse(Payload("feeder-1.csv", packed.getvalue()))
    assert found.observations.equals(other.observations)
    assert found.observations["delivery_start"].to_list() == [instant("2024-01-01")]
    damaged = same.parse(Payload("feeder-1.csv", packed.getvalue()[:-9]))
    assert "no Parquet" in damaged.quarantined[0].reason


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Europe/Berlin", "Berlin", "Berlin"),
        ('"end"', '"middle"', "mark is 'middle'"),
        ("mark =", "edge =", "no key 'edge'"),
        ('column = "stamp"', "", "lacks 'column'"),
        ("900", '"900"', "whole number of seconds"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    with pytest.raises(SourceError, match=reason):
        mapped(tmp_path, MAPPING.replace(old, new, 1))


@pytest.mark.long
@settings(max_examples=150)
@given(st.data())
def test_no_damage_to_a_table_raises(data: st.DataObject) -> None:
    sheet = workbook([["Date", "Auction Name", "Auction Price"], ["44971", "EU", "89.96"]])
    packed = io.BytesIO()
    pl.DataFrame({"stamp": [1], "meter": ["M1"], "kw": [1.5]}).write_parquet(packed)
    samples = (SALES.encode(), AUCTIONS.encode(), sheet, packed.getvalue(), FEEDER)
    content = bytearray(data.draw(st.sampled_from(samples)))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    payload = Payload("auction.xlsx", cut)
    series = (iot.Series("load", "kw", "kW"),)
    found = [dataset.parse(payload) for dataset in (*ferc.DATASETS, *eex.DATASETS)]
    for form in ("csv", "jsonl", "parquet"):
        mapping = iot.Mapping(
            "m", "*", form, "stamp", "iso", "UTC", 900, "start", "meter", "", series
        )
        found.append(iot.dataset(mapping).parse(payload))
    assert all(isinstance(one, Parsed) for one in found)
