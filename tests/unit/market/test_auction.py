"""Auctions refuse what makes no sense, and the recorded Italian days come out as published."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.cli import main
from wattbook.errors import InputError, SourceError
from wattbook.market.auction import Auction, BlockOrders, HourlyOrders, Network, Status, clear
from wattbook.market.auction.conflict import find_conflict
from wattbook.market.auction.recorded import load_recorded

LIMITS = (-500.0, 4_000.0)


def hourly(*rows: tuple[int, int, bool, float, float]) -> HourlyOrders:
    period, zone, is_demand, price, volume = zip(*rows, strict=True)
    prices = np.array(price, float)
    return HourlyOrders(
        np.array(period), np.array(zone), np.array(is_demand), prices, prices, np.array(volume)
    )


def block(price: float, volume: float, **rest: np.ndarray) -> BlockOrders:
    one = np.array([0])
    return BlockOrders(["block"], np.array([price]), one, one, one, np.array([volume]), **rest)


def one_zone(orders: HourlyOrders, blocks: BlockOrders) -> Auction:
    empty = np.empty((1, 0))
    return Auction(Network(["A"], [], empty, empty), orders, blocks, np.zeros((1, 1)), LIMITS)


def test_a_block_that_would_move_the_price_against_itself_is_paradoxically_rejected() -> None:
    orders = hourly((0, 0, True, 50.0, 100.0), (0, 0, False, 40.0, 95.0), (0, 0, False, 60.0, 90.0))
    cleared = clear(one_zone(orders, block(45.0, 30.0)))
    assert cleared.statuses == (Status.PARADOXICALLY_REJECTED,)
    assert cleared.prices[0, 0] == 50.0
    assert cleared.is_complete


def test_a_block_with_a_least_share_is_taken_in_part() -> None:
    orders = hourly((0, 0, True, 50.0, 100.0), (0, 0, False, 40.0, 95.0), (0, 0, False, 60.0, 90.0))
    cleared = clear(one_zone(orders, block(45.0, 10.0, acceptance_min=np.array([0.2]))))
    assert cleared.acceptance[0] == pytest.approx(0.5)
    assert cleared.prices[0, 0] == pytest.approx(45.0)
    assert cleared.surplus[0] == pytest.approx(0.0, abs=1e-6)


def test_the_length_of_a_period_weighs_what_a_block_earns() -> None:
    orders = hourly(
        (0, 0, True, 50.0, 100.0), (0, 0, False, 20.0, 100.0),
        (1, 0, True, 90.0, 100.0), (1, 0, False, 80.0, 100.0),
    )  # fmt: skip
    legs = np.array([0, 0])
    blocks = BlockOrders(
        ["block"], np.array([60.0]), legs, np.array([0, 1]), legs, np.array([1.0, 1.0])
    )
    empty = np.empty((2, 0))

    def cleared(hours: tuple[float, float]) -> Status:
        network = Network(["A"], [], empty, empty, np.array(hours))
        return clear(Auction(network, orders, blocks, np.zeros((2, 1)), LIMITS)).statuses[0]

    assert cleared((1.0, 0.25)) is Status.REJECTED
    assert cleared((0.25, 1.0)) is Status.ACCEPTED


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: one_zone(hourly((0, 0, True, 4_001.0, 1.0)), BlockOrders.none()), "price limits"),
        (lambda: one_zone(hourly((0, 0, True, 1.0, 1.0)), block(-501.0, 1.0)), "'block'"),
        (lambda: block(1.0, 1.0, acceptance_min=np.array([0.0])), "least share"),
        (lambda: block(1.0, 1.0, parent=np.array([0])), "its own ancestor"),
        (lambda: block(1.0, 1.0, parent=np.array([3])), "parent 3"),
        (lambda: Network(["A"], [("A", "B")], np.zeros((1, 1)), np.zeros((1, 1))), "'B'"),
        (lambda: Network(["A", "B"], [("A", "B")], np.ones((1, 1)), np.zeros((1, 1))), "A–B"),
        (lambda: one_zone(hourly((0, 3, True, 1.0, 1.0)), BlockOrders.none()), "hourly order 0"),
        (lambda: clear(one_zone(hourly((0, 0, True, 1.0, -1.0)), BlockOrders.none())), "row 0"),
    ],
)
def test_what_makes_no_sense_is_named(make: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        make()  # type: ignore[operator]


def test_zones_that_no_price_balances_are_named() -> None:
    orders = hourly((0, 0, True, 50.0, 10.0))
    auction = one_zone(orders, BlockOrders.none())
    forced = Auction(auction.network, orders, auction.blocks, np.array([[30.0]]), LIMITS)
    with pytest.raises(InputError, match=r"period 0 .*zone A \(injection 30 MW, orders buy 10"):
        clear(forced)


def test_a_conflict_names_no_zone_or_link_that_has_no_part_in_it() -> None:
    orders = hourly((0, 0, True, 50.0, 10.0), (0, 1, True, 50.0, 5.0), (0, 2, True, 50.0, 500.0))
    capacity = np.array([[40.0, 7.0]])
    auction = Auction(
        Network("ABC", [("A", "B"), ("B", "C")], -capacity, capacity),
        orders,
        BlockOrders.none(),
        np.array([[30.0, 0.0, 0.0]]),
        LIMITS,
    )
    # A and B take 15 of the 30, 7 get on to C, whose demand is not the matter.
    conflict = find_conflict(auction)
    assert conflict is not None
    assert conflict.parts == (("zone", 0), ("zone", 1), ("link", 1))
    with pytest.raises(InputError, match=r"link B–C \(-7 to 7 MW\)"):
        clear(auction)
    wider = np.array([[40.0, 15.0]])
    enough = replace(auction, network=Network("ABC", [("A", "B"), ("B", "C")], -wider, wider))
    assert find_conflict(enough) is None
    assert clear(enough).flows.tolist() == [[20.0, 15.0]]


def test_a_search_that_runs_out_of_time_says_how_much_it_may_miss() -> None:
    random = np.random.default_rng(7)
    rows = [
        (period, 0, bool(side), float(random.integers(0, 100)), float(random.integers(1, 40)))
        for period in range(6)
        for side in (0, 1)
        for _ in range(30)
    ]
    count = 60
    leg_block = np.repeat(np.arange(count), 3)
    blocks = BlockOrders(
        [str(number) for number in range(count)],
        random.uniform(30, 70, count),
        leg_block,
        (np.tile(np.arange(3), count) + np.repeat(random.integers(0, 4, count), 3)),
        np.zeros(len(leg_block), np.int64),
        np.repeat(random.choice([-1.0, 1.0], count) * random.integers(20, 90, count), 3),
    )
    empty = np.empty((6, 0))
    auction = Auction(
        Network(["A"], [], empty, empty), hourly(*rows), blocks, np.zeros((6, 1)), LIMITS
    )
    best = clear(auction)
    soon = clear(auction, seconds_max=0.2)
    assert soon.welfare <= best.welfare + 1e-3
    assert soon.is_complete or soon.welfare + soon.gap >= best.welfare - 1e-3
    # No time at all: no block, and a bound on what blocks could add.
    none = clear(auction, seconds_max=0.0)
    alone = clear(replace(auction, blocks=BlockOrders.none()))
    assert not none.is_complete
    assert not none.acceptance.any()
    assert none.welfare == pytest.approx(alone.welfare, abs=1e-3)
    assert best.welfare - 1e-3 <= none.welfare + none.gap < np.inf


@pytest.mark.parametrize(("hours", "periods"), [(23, 161), (24, 168), (25, 175)])
def test_quarters_halves_and_hours_of_a_day_clear_together(hours: int, periods: int) -> None:
    random = np.random.default_rng(hours)
    halves, whole = 4 * hours, 6 * hours
    covers = {halves + part: range(2 * part, 2 * part + 2) for part in range(2 * hours)}
    covers |= {whole + part: range(4 * part, 4 * part + 4) for part in range(hours)}
    lengths = np.repeat([0.25, 0.5, 1.0], [4 * hours, 2 * hours, hours])
    rows = [
        (period, zone, is_demand, float(random.integers(0, 100)), float(random.integers(1, 40)))
        for period in range(periods)
        for zone in range(2)
        for is_demand in (True, False)
        for _ in range(5)
    ]
    most = np.where(lengths == 0.25, 15.0, 0.0)[:, np.newaxis]
    auction = Auction(
        Network(["A", "B"], [("A", "B")], -most, most, lengths),
        hourly(*rows),
        BlockOrders.none(),
        np.zeros((periods, 2)),
        LIMITS,
        covers,
    )
    cleared = clear(auction)
    assert cleared.is_complete
    assert len(cleared.prices) == periods
    quarters = cleared.prices[: 4 * hours]
    assert cleared.prices[whole:] == pytest.approx(quarters.reshape(hours, 4, 2).mean(1), abs=1e-4)
    half_means = quarters.reshape(2 * hours, 2, 2).mean(1)
    assert cleared.prices[halves:whole] == pytest.approx(half_means, abs=1e-4)


@pytest.fixture(scope="module")
def italy(recorded_data: Path) -> Path:
    return recorded_data / "sources" / "gme-italy-2025-04"


@pytest.mark.long
def test_the_italian_days_come_out_as_published(
    italy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clear", str(italy), "--check", "--json"]) == 0
    days = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    total = {key: sum(day[key] for day in days) for key in days[0] if isinstance(days[0][key], int)}
    assert (total["prices_equal"], total["prices"]) == (1_344, 1_344)
    assert (total["blocks_equal"], total["blocks"]) == (299, 299)
    assert (total["paradoxically_rejected_found"], total["paradoxically_rejected"]) == (9, 9)
    assert sum(day["flow_error_mwh_mean"] for day in days) / len(days) <= 0.0012


@pytest.mark.long
def test_a_changed_order_is_seen_by_the_check(
    italy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in italy.iterdir():
        shutil.copy(file, tmp_path)
    file = tmp_path / "bid-curves.csv.gz"
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    # A thousand megawatts more of demand at any price in the first hour of the south.
    lines.insert(1, "2025-04-01T00:00:00+02:00,2025-04-01,1,SICI,demand,4000.0,3000.0")
    lines.insert(1, "2025-04-01T00:00:00+02:00,2025-04-02,1,SICI,demand,4000.0,3000.0")
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert main(["clear", str(tmp_path), "--date", "2025-04-01", "--check", "--plain"]) == 1
    said = capsys.readouterr().out
    assert "set aside: bid-curves.csv.gz" in said
    assert "price of SICI, period 1" in said


def test_a_clearing_is_left_as_tables(
    italy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["clear", str(italy), "--date", "2025-04-03", "--out", str(tmp_path), "--plain"]
    assert main(arguments) == 0
    assert "proved best" in capsys.readouterr().out
    prices = pl.read_parquet(tmp_path / "2025-04-03" / "prices.parquet")
    blocks = pl.read_parquet(tmp_path / "2025-04-03" / "blocks.parquet")
    flows = pl.read_parquet(tmp_path / "2025-04-03" / "flows.parquet")
    assert prices["price"].is_between(-500, 4_000).all()
    assert blocks.height == 34
    assert (flows["flow"] <= flows["flow_max"] + 1e-6).all()


def test_a_day_or_a_file_that_is_not_there_is_named(italy: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="2025-04-01 to 2025-04-08"):
        load_recorded(italy).day(dt.date(2025, 5, 1))
    with pytest.raises(SourceError, match=r"bid-curves\.csv\.gz"):
        load_recorded(tmp_path)


def damaged(italy: Path, folder: Path, name: str, line: int, text: str) -> None:
    """Copy the recorded auction with one line of one file changed."""
    for file in italy.iterdir():
        shutil.copy(file, folder)
    file = folder / f"{name}.csv.gz"
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    lines[line] = text
    file.write_bytes(gzip.compress("\n".join(lines).encode()))


def test_a_block_with_a_leg_that_cannot_be_read_takes_no_part(
    italy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = load_recorded(italy).tables["block-orders"]
    block = whole["block"][0]
    leg = f"2025-04-01T02:00:00+02:00,2025-04-01,{block},3,CALA,demand,none,700.0,ACC"
    damaged(italy, tmp_path, "block-orders", 1, leg)
    left = load_recorded(tmp_path).tables["block-orders"]
    assert left.height == whole.filter(whole["block"] != block).height
    assert main(["clear", str(tmp_path), "--date", "2025-04-01", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["set_aside"] == 1


@pytest.mark.parametrize("name", ["block-orders", "bid-curves"])
def test_a_table_without_a_row_that_can_be_read_is_refused(
    italy: Path, tmp_path: Path, name: str
) -> None:
    damaged(italy, tmp_path, name, 0, "nothing,known")
    with pytest.raises(SourceError, match=rf"{name}\.csv\.gz holds no row"):
        load_recorded(tmp_path)


def test_an_injection_that_is_no_number_is_named() -> None:
    orders = hourly((0, 0, True, 50.0, 10.0))
    empty = np.empty((1, 0))
    with pytest.raises(InputError, match="injection of zone 'A' in period 0 is nan"):
        Auction(
            Network(["A"], [], empty, empty),
            orders,
            BlockOrders.none(),
            np.array([[np.nan]]),
            LIMITS,
        )
