"""Folders with auctions are told apart, their broken rows named, their results as by hand."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.cli import main
from wattbook.errors import InputError, SourceError
from wattbook.market.auction import Condition, Status, clear
from wattbook.market.auction.iberian import load_iberian, published_energy
from wattbook.market.auction.layouts import layout_of
from wattbook.market.auction.tabled import load_tabled
from wattbook.runtime.clearing import energy_missed

HEADERS = {
    "zones": "zone",
    "periods": "period",
    "atc": "from_zone,to_zone,t,cap",
    "step_orders": "id,t,p,q,zone",
    "piecewise_linear_orders": "id,t,p0,p1,q,zone",
    "block_orders": "id,block_type,code_prm,p,q1,q2,MAR,zone",
    "complex_orders": "id,step_orders,fixed_term,variable_term,condition,load_gradient",
    "complex_step_orders": "id,complex_order_id,t,p,q,zone",
    "scalable_complex_orders": "id,step_orders,fixed_term,condition,load_gradient,MAP1,MAP2",
    "scalable_step_orders": "id,scalable_order_id,t,p,q,zone",
}
MARKET = {
    "zones": ["A", "B"],
    "periods": ["1", "2"],
    "atc": ["A,B,1,30", "B,A,1,10", "A,B,2,30"],
    "step_orders": ["s1,1,20,100,A", "s2,2,20,100,A", "d1,1,80,-60,A", "d2,2,80,-60,A"],
}


def written(folder: Path, **tables: list[str]) -> Path:
    """Write tables over those of the small market of two zones and periods."""
    for name, rows in {**MARKET, **tables}.items():
        (folder / f"{name}.csv").write_text("\n".join([HEADERS[name], *rows]) + "\n")
    return folder


@pytest.mark.parametrize("network", ["atc", "flow-based"])
@pytest.mark.parametrize(
    ("name", "prices", "welfare"),
    [
        # 100 MW at 10 and 20 serve the block, 50 MW at 100 and 40 of the 50 MW at 90.
        ("clearing-test_3node", [90.0, 90.0, 90.0], 12_400.0),
        # 70 MW get out of Z1, which keeps its price; Z2 gives on 10 of its 60 MW, not the 20 that
        # the link carries, so that it has the price of Z3.
        ("clearing-test_3node_lowcap", [10.0, 90.0, 90.0], 11_600.0),
    ],
)
def test_three_nodes_clear_as_by_hand(
    recorded_data: Path, name: str, network: str, prices: list[float], welfare: float
) -> None:
    day = load_tabled(recorded_data / "sources" / name, network)
    cleared = clear(day.auction)
    assert cleared.prices[0] == pytest.approx(prices, abs=1e-5)
    assert cleared.welfare == pytest.approx(welfare)
    assert cleared.statuses == (Status.ACCEPTED,)
    sold = 70.0 if "lowcap" in name else 80.0
    assert cleared.net_positions[0] == pytest.approx([sold, -30.0, 30.0 - sold])
    assert not day.rejected
    if network == "atc" and "lowcap" in name:
        assert cleared.flows[0] == pytest.approx([40.0, 30.0, 10.0])


def test_orders_of_every_kind_are_read(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        piecewise_linear_orders=["l1,1,10,30,20,B"],
        block_orders=[
            "b1,normal,,25,-10,-10,0.5,A", "b2,linked,b1,25,-5,-5,1,A",
            "b3,exclusive,G,40,5,,1,B", "b4,exclusive,G,41,,5,1,B", "b5,flexible,,60,-8,-8,1,A",
        ],
        complex_orders=["c1,,100,15,MIC,12.5", "c2,,,,load gradient,4"],
        complex_step_orders=["c11,c1,1,18,30,A", "c12,c1,2,18,30,A", "c21,c2,1,18,9,B"],
        scalable_complex_orders=["k1,,50,MP,,2,2"],
        scalable_step_orders=["k11,k1,1,70,-10,A", "k12,k1,2,70,-10,A"],
    )  # fmt: skip
    day = load_tabled(folder)
    assert not day.rejected
    auction, blocks, orders = day.auction, day.auction.blocks, day.auction.complex_orders
    assert auction.network.links == [("A", "B")]
    assert auction.network.flow_max.ravel().tolist() == [30.0, 30.0]
    assert auction.network.flow_min.ravel().tolist() == [-10.0, 0.0]
    assert list(blocks.names)[4:] == ["b5 in period 1", "b5 in period 2"]
    assert blocks.parent.tolist() == [-1, 0, -1, -1, -1, -1]
    assert blocks.group.tolist() == [-1, -1, 0, 0, 1, 1]
    assert list(orders.condition) == [Condition.INCOME, Condition.NONE, Condition.SURPLUS]
    assert orders.gradient_up.tolist() == pytest.approx([12.5, 4.0, np.nan], nan_ok=True)
    assert orders.power_min[2].tolist() == [2.0, 2.0]
    assert clear(auction).is_complete


@pytest.mark.parametrize(
    ("table", "row", "rule"),
    [
        ("step_orders", "x,3,20,10,A", "period 3 is not one of 1, 2"),
        ("step_orders", "x,1,20,10,C", "zone C is not one of A, B"),
        ("step_orders", "x,1,4001,10,A", "price 4001.0 lies outside of the limits"),
        ("step_orders", "x,1,20,0,A", "neither buys nor sells"),
        ("step_orders", "s1,1,20,10,A", "id s1 was given before"),
        ("step_orders", "x,1,twenty,10,A", "twenty"),
        ("piecewise_linear_orders", "x,1,30,10,5,A", "a seller's price rises"),
        ("atc", "A,C,1,5", "zone C"),
        ("atc", "A,B,1,5", "was given before"),
        ("atc", "B,A,2,-5", "negative"),
        ("block_orders", "x,normal,,20,5,-5,1,A", "sells in all its periods or buys in all"),
        ("block_orders", "x,normal,,20,5,5,1.5,A", "MAR 1.5"),
        ("block_orders", "x,round,,20,5,5,1,A", "block_type round"),
        ("block_orders", "x,linked,y,20,5,5,1,A", "its parent y takes no part"),
        ("block_orders", "x,linked,x,20,5,5,1,A", "its parent x takes no part, or is its child"),
        ("block_orders", "x,exclusive,,20,5,5,1,A", "names its parent or group"),
        ("complex_orders", "x,,1,1,MIC,", "it has no steps"),
        ("complex_step_orders", "x,y,1,20,5,A", "order y is not one of"),
    ],
)
def test_a_row_that_breaks_a_rule_takes_no_part_and_is_named(
    tmp_path: Path, table: str, row: str, rule: str
) -> None:
    folder = written(tmp_path, **{table: [*MARKET.get(table, []), row]})
    day = load_tabled(folder)
    found = [(one.file, one.rule) for one in day.rejected]
    assert len(found) == 1
    assert found[0][0] == f"{table}.csv"
    assert rule in found[0][1]
    assert day.rejected[0].place == f"line {len(MARKET.get(table, [])) + 2}"
    whole = load_tabled(written(tmp_path, **{table: MARKET.get(table, [])})).auction
    assert clear(day.auction).welfare == pytest.approx(clear(whole).welfare)


@pytest.mark.parametrize(
    ("order", "steps", "rule"),
    [
        ("x,,1,1,MIC,", ["x1,x,1,20,5,A", "x2,x,2,20,5,B"], "several zones"),
        ("x,,1,1,MIC,", ["x1,x,1,20,5,A", "x2,x,2,20,-5,A"], "buy and others sell"),
        ("x,,1,1,MP,", ["x1,x,1,20,5,A"], "condition MP is for buyers"),
        ("x,,1,1,MIN,", ["x1,x,1,20,5,A"], "'MIN' is none of"),
        ("x,,1,,,", ["x1,x,1,20,5,A"], "needs condition"),
        ("x,,-1,1,MIC,", ["x1,x,1,20,5,A"], "negative"),
        ("x,,1,1,MIC,steep", ["x1,x,1,20,5,A"], "load gradient 'steep'"),
        ("x,,1,1,MIC,", ["x1,x,1,20,5,A", "x2,x,9,20,5,A"], "a step of it breaks a rule"),
    ],
)
def test_a_complex_order_that_breaks_a_rule_is_named(
    tmp_path: Path, order: str, steps: list[str], rule: str
) -> None:
    day = load_tabled(written(tmp_path, complex_orders=[order], complex_step_orders=steps))
    assert not len(day.auction.complex_orders)
    assert rule in day.rejected[-1].rule


def test_a_minimum_power_above_the_steps_is_named(tmp_path: Path) -> None:
    folder = written(
        tmp_path, scalable_complex_orders=["x,,1,,,2,6"], scalable_step_orders=["x1,x,2,20,5,A"]
    )
    rules = [one.rule for one in load_tabled(folder).rejected]
    assert rules == ["MAP1 is 2.0 MW, its steps have 0 MW"]


def test_a_folder_of_no_layout_says_what_layouts_have(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"bid-curves.*zones\.csv.*CAB_"):
        layout_of(tmp_path)
    with pytest.raises(SourceError, match="is no folder"):
        layout_of(tmp_path / "nothing")
    (tmp_path / "zones.csv").write_text("zone\nA\n")
    with pytest.raises(SourceError, match=r"periods\.csv, atc\.csv"):
        load_tabled(tmp_path)
    with pytest.raises(SourceError, match=r"fb_constraints\.csv, fb_ptdf\.csv"):
        load_tabled(written(tmp_path), "flow-based")
    with pytest.raises(InputError, match="atc, flow-based"):
        load_tabled(tmp_path, "copper")
    (tmp_path / "step_orders.csv").write_text("number,price\n1,2\n")
    with pytest.raises(SourceError, match="other columns"):
        load_tabled(tmp_path)


class Page(HTMLParser):
    """Checks that elements of a page are closed in order, and collects what it draws."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.titles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "path", "circle"}:
            self.open.append(tag)
        named = dict(attrs)
        if tag == "svg" and named.get("role") == "img":
            self.titles.append(named["aria-label"] or "")
        assert not any(name in {"src", "href"} for name in named)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"path", "circle"}:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_report_shows_prices_merit_orders_blocks_and_flows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(
        tmp_path,
        block_orders=["b<1>,normal,,25,-10,-10,1,A", "b2,normal,,90,10,10,1,A"],
        complex_orders=["c1,,100,15,MIC,"],
        complex_step_orders=["c11,c1,1,18,30,A"],
    )
    file = tmp_path / "page.html"
    assert main(["clear", str(folder), "--plain", "--report", str(file)]) == 0
    assert "1 blocks accepted, 1 rejected" in capsys.readouterr().out
    page = Page()
    page.feed(file.read_text(encoding="utf-8"))
    assert not page.open
    assert "b<1>" in page.text
    assert "paradoxically" in " ".join(page.text)
    # Prices, a merit order for each zone and period, blocks, a map of each period, a plot a link.
    assert len(page.titles) == 1 + 4 + 1 + 2 + 1
    assert page.titles[1] == "Supply and demand of A, period 1: price 20.00"
    # Every line has a dash pattern beside its colour, but the first.
    inks = set(
        re.findall(r'stroke="(var\(--line-\d\))"[^>]*stroke-dasharray="([^"]*)"', file.read_text())
    )
    assert len({dash for _, dash in inks}) == len(inks)


@pytest.fixture(scope="module")
def omie(recorded_data: Path) -> Path:
    return recorded_data / "sources" / "omie"


def test_offers_of_omie_become_an_auction(omie: Path) -> None:
    day = load_iberian(omie, dt.date(2025, 3, 18))
    orders = day.auction.complex_orders
    assert (len(day.auction.hourly), len(orders), len(day.rejected)) == (55_010, 53, 0)
    abo = next(place for place, name in enumerate(orders.names) if name.startswith("ABO1 "))
    assert orders.fixed_term[abo] == 24_000.0
    assert orders.variable_term[abo] == 127.5
    assert orders.gradient_up[abo] == 120.0
    # Blocks that are not withdrawn with the offer, in its first three hours.
    assert orders.stop_periods[abo] == 3
    with pytest.raises(SourceError, match="2025-03-18"):
        load_iberian(omie, dt.date(2025, 3, 19))


def test_bids_to_buy_make_the_energy_that_omie_published(omie: Path) -> None:
    day = load_iberian(omie, dt.date(2025, 3, 18))
    missed = energy_missed(day, published_energy(omie, day.periods))
    assert np.round(missed, 1).tolist() == [0.0] * 24
    assert day.published.shape == (24, 2)
    assert day.published[19].tolist() == [150.79, 150.79]


def test_tables_have_nothing_to_check_against(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clear", str(written(tmp_path)), "--check", "--plain"]) == 2
    assert "no published result" in capsys.readouterr().err


def test_a_clearing_of_tables_is_left_as_tables(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert main(["clear", str(folder), "--plain", "--out", str(tmp_path / "out")]) == 0
    prices = next((tmp_path / "out").rglob("prices.parquet"))
    assert pl.read_parquet(prices)["period"].to_list() == [1, 1, 2, 2]
    assert pl.read_parquet(prices.parent / "complex-orders.parquet").height == 0
