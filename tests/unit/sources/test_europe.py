"""Recorded files of European markets become rows; what is expected was read off the files."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.sources.catalogue import datasets
from wattbook.sources.clock import day_bounds
from wattbook.sources.jao.read import product_period
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request

HOUR = 3_600_000_000_000
Read = Callable[[str], Parsed]


def instant(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def dataset(island: str, name: str) -> Dataset:
    (found,) = [one for one in datasets(island) if one.name == name]
    return found


def asked(island: str, name: str, query: Query) -> list[Request]:
    requests = dataset(island, name).requests
    assert requests is not None
    return list(requests(query))


@pytest.fixture
def read(recorded_data: Path) -> Read:
    def parsed(name: str) -> Parsed:
        path = recorded_data / "sources" / name
        payload = Payload(path.name, path.read_bytes())
        island = name.split("/", 1)[0].split("-", 1)[0]
        (found,) = [one for one in datasets(island) if one.recognises(payload)]
        result = found.parse(payload)
        assert result.quarantined == ()
        return result

    return parsed


def rows(parsed: Parsed, name: str, *columns: str) -> list[tuple[Any, ...]]:
    found = parsed.observations.filter(pl.col("dataset") == name)
    return found.sort("delivery_start", maintain_order=True).select(columns).rows()


# JAO -------------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "hours", "first", "last"),
    [
        ("auctions-dst-long-if1-fr-gb.json", [25], 0.03, 2.11),
        ("auctions-dst-short-if1-fr-gb.json", [23, 24, 24], 9.1, None),
        ("auctions-el1-fr-gb.json", [24, 24], 1.0, None),
        ("auctions-if1-fr-gb.json", [24, 24], 0.43, None),
    ],
)
def test_an_auction_has_each_hour_of_its_day_once(
    read: Read, name: str, hours: list[int], first: float, last: float | None
) -> None:
    parsed = read(f"jao/{name}")
    auctions = parsed.tables["auction"]
    assert auctions.height == len(hours)
    prices = rows(parsed, "allocated_capacity_price", "delivery_start", "delivery_end", "value")
    expected = [
        auction["market_start"] + hour * HOUR
        for auction, count in zip(auctions.iter_rows(named=True), hours, strict=True)
        for hour in range(count)
    ]
    assert [start for start, _, _ in prices] == expected
    assert {end - start for start, end, _ in prices} == {HOUR}
    assert prices[0][2] == first
    if last is not None:
        assert prices[-1][2] == last
    assert parsed.observations.height == 8 * sum(hours)


@pytest.mark.data
def test_the_repeated_hour_is_told_apart(read: Read) -> None:
    parsed = read("jao/auctions-dst-long-if1-fr-gb.json")
    asked_for = dict(rows(parsed, "requested_capacity", "delivery_start", "value"))
    # 02:00-03:00, the same again with an asterisk, and 03:00-04:00 on the clock.
    assert asked_for[instant("2025-10-26T00:00")] == 2144.0
    assert asked_for[instant("2025-10-26T01:00")] == 2122.0
    assert asked_for[instant("2025-10-26T02:00")] == 2145.0
    short = read("jao/auctions-dst-short-if1-fr-gb.json")
    prices = dict(rows(short, "allocated_capacity_price", "delivery_start", "value"))
    # 01:00-02:00 and the next hour, 03:00-04:00 on the clock.
    assert prices[instant("2026-03-29T00:00")] == 9.46
    assert prices[instant("2026-03-29T01:00")] == 32.0


@given(st.dates(dt.date(2015, 1, 1), dt.date(2035, 12, 31)))
def test_products_tile_every_market_day(day: dt.date) -> None:
    start, end = day_bounds(day, "Europe/Brussels")
    found = []
    for hour in range(24):
        for star in ("", "*"):
            try:
                found.append(product_period(f"{hour:02}:00-{hour + 1:02}:00{star}", start, end))
            except ValueError:
                continue
    assert [begin for begin, _ in found] == list(range(start, end, HOUR))
    assert found[-1][1] == end


@pytest.mark.data
def test_flow_based_domains_are_by_border(read: Read) -> None:
    external = read("jao/core_external_atc.json").observations
    assert external.height == 192 * 14
    assert external["value"].null_count() == 192 * 4
    first = external.row(0, named=True)
    assert (first["dataset"], first["location"], first["counterpart"], first["value"]) == (
        "external_capacity",
        "DE",
        "DK1",
        3500.0,
    )
    assert first["delivery_end"] - first["delivery_start"] == HOUR // 4
    greatest = read("jao/core_max_bex.json").observations
    assert greatest.height == 48 * 132
    assert greatest.row(0)[:3] == ("max_exchange", "AT", "BE")
    assert greatest["value"][0] == 4346.0
    assert read("jao/shadow_auction_atc.json").observations.height == 72 * 38
    message = read("jao/auctions-no-data.json").tables["acknowledgement"]
    assert message.rows() == [("400", "No Data found")]


def test_jao_is_asked_within_its_windows() -> None:
    query = Query(instant("2026-01-01"), instant("2026-03-01"), "IF1-FR-GB")
    first, second = asked("jao", "auction", query)
    assert first.parameters["fromdate"] == "2026-01-01-00:00:00"
    assert first.parameters["todate"] == second.parameters["fromdate"] == "2026-02-01-00:00:00"
    assert first.credential_place == "header:AUTH_API_KEY"
    borders = Query(query.start, query.end, options={"series": "atc"})
    found = asked("jao", "borders", borders)
    assert len(found) == 30
    assert found[0].url.endswith("/core/api/data/atc")
    with pytest.raises(InputError, match="IF1-FR-GB"):
        asked("jao", "auction", Query(0, 1))


# Nord Pool -------------------------------------------------------------------------------------


@pytest.mark.data
def test_nord_pool_prices_are_those_of_the_file(read: Read) -> None:
    prices = read("nordpool/se_current_day_price.json")
    found = rows(prices, "day_ahead_price", "delivery_start", "value", "location", "unit")
    assert len(found) == 24
    assert found[0] == (instant("2024-07-07T22:00"), 79.67, "SE4", "EUR/MWh")
    assert found[-1] == (instant("2024-07-08T21:00"), 27.99, "SE4", "EUR/MWh")
    blocks = rows(prices, "day_ahead_price_block", "item", "value")
    assert len(blocks) == 9
    assert ("Peak/average", 30.16) in blocks
    portal = read("nordpool/delivery_period.json")
    found = rows(portal, "day_ahead_price", "delivery_start", "value", "revision")
    assert found[0] == (instant("2024-11-04T23:00"), 21.54, 3)
    assert len(found) == 24
    assert portal.observations["ts_event"][0] == instant("2024-11-04T12:15:03.883240400")
    assert read("nordpool/se_next_day_price.json").observations["value"].max() == 112.8


@pytest.mark.data
def test_nord_pool_flows_have_a_direction(read: Read) -> None:
    today = read("nordpool/fi_se1_current_day_exchange.json").observations
    assert today.height == 2 * 164
    exported = today.filter((pl.col("location") == "FI") & (pl.col("counterpart") == "SE1")).row(
        0, named=True
    )
    assert (exported["value"], exported["delivery_start"]) == (667.0, instant("2024-12-01T23:00"))
    assert read("nordpool/fi_se1_previous_day_exchange.json").observations.height == 2 * 480
    offered = read("nordpool/ger_target_day_capacity.json")
    found = rows(offered, "offered_capacity", "location", "counterpart", "value")
    assert found[:2] == [("NO2_NK", "GER", 1444.0), ("GER", "NO2_NK", 1100.0)]
    assert len(found) == 6
    missing = read("nordpool/ger_next_day_capacity.json")
    assert missing.observations.height == 0
    assert missing.tables["acknowledgement"].rows() == [("Missing", "DayAhead GER 2025-05-11")]


@pytest.mark.data
def test_nord_pool_statistics_keep_contracts_without_trades(read: Read) -> None:
    parsed = read("nordpool/stats_ger_2026-05-09.json")
    assert parsed.observations.height == 334 * 10
    volumes = parsed.observations.filter(pl.col("item").str.ends_with("/total"))
    assert (volumes["value"] > 0).sum() == 189
    traded = dict(rows(parsed, "intraday_price", "item", "value"))
    assert traded["QH-20260509-01/NX_586134/low"] == -45.99
    assert traded["QH-20260509-01/NI_721166/low"] is None


def test_nord_pool_is_asked_by_delivery_date() -> None:
    query = Query(instant("2024-03-30T23:00"), instant("2024-03-31T22:00"), "SE3")
    (one,) = asked("nordpool", "prices", query)
    assert one.parameters["date"] == "2024-03-31"
    (portal,) = asked("nordpool", "delivery_period", query)
    assert (portal.credential, portal.parameters["deliveryArea"]) == ("", "SE3")
    longer = Query(query.start, query.end + 1, "SE3")
    assert [each.parameters["date"] for each in asked("nordpool", "exchange", longer)] == [
        "2024-03-31",
        "2024-04-01",
    ]


# OMIE ------------------------------------------------------------------------------------------


@pytest.mark.data
def test_omie_offers_have_their_steps_and_terms(read: Read) -> None:
    steps = read("omie/DET_20250318.1.gz").tables["offer"]
    assert steps.height == 59_882
    assert round(steps["volume_mwh"].sum(), 1) == 2_380_068.2
    first, last = steps.row(0, named=True), steps.row(-1, named=True)
    assert (first["offer"], first["version"], first["period"], first["price_eur_mwh"]) == (
        1696149,
        6,
        22,
        0.01,
    )
    assert first["delivery_start"] == instant("2025-03-18T20:00")
    assert (last["offer"], last["period"], last["price_eur_mwh"]) == (9509760, 17, -150.0)
    terms = read("omie/CAB_20250318.1.gz").tables["offer_header"]
    assert terms["side"].value_counts().sort("side").rows() == [("C", 520), ("V", 1934)]
    ribatejo = terms.row(by_predicate=pl.col("offer") == 9508117, named=True)
    assert (ribatejo["unit"], ribatejo["description"]) == ("RIBATE1", "C.C. RIBATEJO 1")
    assert (ribatejo["fixed_term_eur"], ribatejo["variable_term_eur_mwh"]) == (150_000.0, 124.8)
    assert (ribatejo["power_max"], ribatejo["entered"]) == (392.0, "20250317115748")
    # Every step belongs to an offer of the same version.
    pairs = steps.select("offer", "version").unique().join(terms, on=["offer", "version"])
    assert pairs.height == terms.height


@pytest.mark.data
def test_omie_prices_lie_among_the_offers(read: Read) -> None:
    daily = read("omie/prices.csv")
    assert daily.observations.height == 4 * 24
    prices = rows(daily, "day_ahead_price", "delivery_start", "value", "location")
    assert prices[0] == (instant("2025-03-17T23:00"), 70.79, "ES")
    assert prices[-1] == (instant("2025-03-18T22:00"), 79.43, "PT")
    assert rows(daily, "cleared_volume", "value")[0] == (21487.1,)


def daily(day: str, hours: int) -> bytes:
    names = ",".join(f"H{hour}" for hour in range(1, 26))
    values = ",".join(str(hour) if hour <= hours else "" for hour in range(1, 26))
    return f"DATE,CONCEPT,{names}\n{day},PRICE_SP,{values}\n".encode()


@pytest.mark.parametrize(("day", "hours"), [("2025-03-30", 23), ("2025-10-26", 25)])
def test_omie_days_have_the_hours_of_their_day(day: str, hours: int) -> None:
    parse = dataset("omie", "daily").parse
    parsed = parse(Payload("prices.csv", daily(day, hours)))
    assert parsed.quarantined == ()
    assert parsed.observations["value"].to_list() == list(range(1, hours + 1))
    if hours == 23:
        (part,) = parse(Payload("prices.csv", daily(day, 24))).quarantined
        assert "has 23 hours, but H24 has a value" in part.reason
        assert part.place == "line 2"


def test_omie_marginal_prices_are_read_to_their_end() -> None:
    parse = dataset("omie", "marginal_price").parse
    text = b"MARGINALPDBC;\r\n2025;03;18;1;70.79;70.80;\r\n2025;03;18;25;1;1;\r\n*\r\n"
    parsed = parse(Payload("marginalpdbc_20250318.1", text))
    assert parsed.observations.select("location", "value").rows() == [("PT", 70.79), ("ES", 70.8)]
    (part,) = parsed.quarantined
    assert (part.place, part.offset) == ("line 3", text.index(b"2025;03;18;25"))
    cut = parse(Payload("marginalpdbc_20250318.1", text[:40])).quarantined
    assert cut[-1].reason == "the file does not end with *"
    found = asked(
        "omie", "marginal_price", Query(instant("2025-03-17T23:00"), instant("2025-03-18T23:00"))
    )
    assert [one.parameters["filename"] for one in found] == ["marginalpdbc_20250318.1"]
    monthly = Query(instant("2025-03-17"), instant("2025-04-02"))
    names = [one.parameters["filename"] for one in asked("omie", "offer", monthly)]
    assert names == ["det_202503.zip", "det_202504.zip"]


# GME -------------------------------------------------------------------------------------------


@pytest.mark.data
def test_the_italian_price_of_a_workbook_is_that_of_the_zones(read: Read) -> None:
    national = read("gme/20250403_20250403_PUN.xlsx")
    found = rows(national, "day_ahead_price", "delivery_start", "value", "location")
    assert len(found) == 24
    assert found[0] == (instant("2025-04-02T22:00"), 120.36, "PUN")
    assert found[7] == (instant("2025-04-03T05:00"), 167.29635, "PUN")
    assert found[-1] == (instant("2025-04-03T21:00"), 130.0, "PUN")
    zones = read("gme-italy-2025-04/published-prices.csv.gz").observations
    assert zones.height == 4_416
    north = zones.filter(
        (pl.col("location") == "NORD") & (pl.col("delivery_start") == instant("2025-04-03T05:00"))
    )
    assert north["value"].to_list() == [167.29635]


@pytest.mark.data
def test_italian_offers_become_a_table(read: Read) -> None:
    blocks = read("gme/block_offers_original_format.csv").tables["offer"]
    assert blocks.height == 266
    assert blocks.row(0) == (2, 2, 121.88, 367_500.0)
    legs = read("gme-italy-2025-04/block-orders.csv.gz").tables["offer"]
    assert legs["status"].value_counts().sort("status").rows() == [
        ("ACC", 1926),
        ("PREJ", 72),
        ("REJ", 1160),
    ]
    for name, count in (("bid-curves", 143_840), ("simple-bid-curves", 143_804)):
        offers = read(f"gme-italy-2025-04/{name}.csv.gz").tables["offer"]
        assert offers.height == count
        last = offers.row(-1, named=True)
        assert (last["location"], last["side"], last["price_eur_mwh"], last["volume_mwh"]) == (
            "SUD",
            "supply",
            3000.0,
            0.1,
        )
        assert last["delivery_start"] == instant("2025-04-08T21:00")


@pytest.mark.data
def test_italian_limits_and_flows_are_by_border(read: Read) -> None:
    links = read("gme-italy-2025-04/internal-transfer-capacities.csv.gz").observations
    assert links.height == 2 * 1_152
    assert links.select("location", "counterpart", "value", "unit").rows()[:2] == [
        ("CALA", "SICI", 1567.0, "MW"),
        ("SICI", "CALA", 1048.0, "MW"),
    ]
    limits = read("gme-italy-2025-04/transfer-capacities.csv.gz").observations
    assert limits.height == 2 * 4_032
    assert limits.select("location", "counterpart", "item", "value").rows()[2:4] == [
        ("BSP", "COUP", "min", -680.0),
        ("BSP", "COUP", "max", 582.0),
    ]
    flows = read("gme-italy-2025-04/published-flows.csv.gz").observations
    assert (flows.height, flows["value"][1]) == (1_152, -400.62)
    exchanges = read("gme-italy-2025-04/published-exchanges.csv.gz").observations
    assert (exchanges.height, exchanges["value"][1]) == (2_304, -516.0)


def test_times_that_disagree_are_set_aside() -> None:
    text = (
        b"timestamp,delivery_day,period,zone,price_eur_per_mwh\n"
        b"2025-03-30T03:00:00+02:00,2025-03-30,3,NORD,1.5\n"
        b"2025-03-30T03:00:00+02:00,2025-03-30,4,NORD,1.5\n"
        b"2025-03-30T23:00:00+02:00,2025-03-30,24,NORD,1.5\n"
    )
    parsed = dataset("gme", "published_prices").parse(Payload("published-prices.csv", text))
    # On the day of 23 hours, 03:00 begins the third.
    assert parsed.observations["delivery_start"].to_list() == [instant("2025-03-30T01:00")]
    assert [part.place for part in parsed.quarantined] == ["line 3", "line 4"]


# Clearing and EPEX -----------------------------------------------------------------------------


@pytest.mark.data
def test_a_clearing_is_read_table_by_table(read: Read) -> None:
    steps = read("clearing-test_3node/step_orders.csv").tables["offer_step"]
    assert steps.drop("line").rows() == [
        ("1", 1, 10.0, 80.0, "Z1"),
        ("2", 1, 20.0, 20.0, "Z2"),
        ("3", 1, 100.0, -50.0, "Z2"),
        ("4", 1, 90.0, -50.0, "Z3"),
    ]
    assert read("clearing-test_3node_lowcap/atc.csv").tables["transfer_capacity"][
        "capacity"
    ].to_list() == [40.0, 40.0, 30.0, 30.0, 20.0, 20.0]
    block = read("clearing-test_3node/block_orders.csv").tables["offer_block"]
    assert block.select("id", "price", "q1", "acceptance_min").rows() == [("B1", 500.0, -10.0, 1.0)]
    assert read("clearing-test_3node/complex_orders.csv").tables["offer_complex"].height == 0
    ptdf = read("clearing-test_3node/fb_ptdf.csv").tables["flow_based_ptdf"]
    assert (ptdf.height, ptdf["ptdf"].sum()) == (9, 3.0)


@pytest.mark.data
def test_epex_orders_come_out_of_their_archive(read: Read) -> None:
    orders = read("epex-orderbook/orderbook_2022-01-02.csv.zip").tables["offer"]
    assert orders.select("order", "side", "price_eur_mwh", "volume_mwh").rows() == [
        ("647017", "SELL", 42.12, 5.4),
        ("647143", "BUY", -452.0, 50.8),
        ("542418", "BUY", -0.85, 4.2),
        ("542448", "SELL", -1.2, 5.3),
    ]
    assert orders["ts_event"][0] == instant("2022-01-02T00:00:00.002")
    assert orders["ts_end"].to_list() == [instant("2022-01-02T00:05:12.947"), None, None, None]
