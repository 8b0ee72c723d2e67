"""A day of two batteries, a wind farm and a plant: from the auctions to the imbalance."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.acceptance.runs import EXAMPLES, ledger_of, traded_in, wattbook

from wattbook.runtime.auctions import plant_of
from wattbook.runtime.desk import load_desk
from wattbook.runtime.desk.spec import PlantSpec
from wattbook.runtime.figures import Ledger
from wattbook.runtime.figures.money import UNITS
from wattbook.runtime.figures.split import CONTINUOUS, Sold, pnl_split, sold_by_period

DESK = EXAMPLES / "portfolio_day.toml"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one run of the example."""
    return traded_in(tmp_path_factory.mktemp("portfolio"), DESK)


@pytest.fixture(scope="module")
def ledger(day: Path) -> Ledger:
    """Return its events."""
    return ledger_of(day)


@pytest.fixture(scope="module")
def sold(ledger: Ledger) -> dict[str, Sold]:
    """Return what each asset sold and delivered."""
    return {one.strategy: one for one in sold_by_period(ledger, ledger.names.markets[0])}


def spec() -> PlantSpec:
    """Return the plant of the example."""
    (found,) = [one for one in load_desk(DESK).strategy if isinstance(one, PlantSpec)]
    return found


def test_the_plant_delivers_what_it_sold_and_keeps_its_rules(sold: dict[str, Sold]) -> None:
    plant, done = plant_of(spec(), 900), sold["gas plant"]
    assert done.metered.max() == plant.power_max
    assert plant.broken(done.metered) == []
    assert plant.starts(done.metered) >= 1
    assert np.abs(done.open).max() < 1e-9


def test_the_plant_is_sold_by_blocks_that_pay_its_cost(
    ledger: Ledger, sold: dict[str, Sold]
) -> None:
    plant = plant_of(spec(), 900)
    (split,) = [one for one in pnl_split(ledger, ledger.names.markets[0])
                if one.strategy == "gas plant"]  # fmt: skip
    day_ahead = split.traded["day-ahead"] / 3.6e15
    assert day_ahead >= plant.cost(sold["gas plant"].sold["day-ahead"])
    # What came after the first auction earned more than it cost.
    assert split.total / 3.6e15 - plant.cost(sold["gas plant"].metered) >= day_ahead - plant.cost(
        sold["gas plant"].sold["day-ahead"]
    )


def test_it_buys_back_on_the_continuous_market_below_its_marginal_cost(ledger: Ledger) -> None:
    number = next(one.strategy for one in ledger.names.strategies if one.name == "gas plant")
    fills = ledger.table("filled").filter(pl.col("strategy") == number)
    book = ledger.names.markets[0].book_venue
    rows = [row for row in fills.to_dicts() if ledger.instruments[row["instrument"]].venue == book]
    bought = [row["price"] / 1e6 for row in rows if row["side"] == "buy"]
    made = [row["price"] / 1e6 for row in rows if row["side"] == "sell"]
    cost = float(spec().marginal_cost)
    assert bought
    assert max(bought) < cost
    assert all(price > cost for price in made)


def test_all_are_sold_in_the_auction_and_changed_after_it(sold: dict[str, Sold]) -> None:
    assert set(sold) == {"battery", "dispatched battery", "wind farm", "gas plant"}
    for done in sold.values():
        later = [volume for name, volume in done.sold.items() if name != "day-ahead"]
        assert np.abs(done.sold["day-ahead"]).max() > 0
        assert np.abs(np.sum(later, axis=0)).max() > 0
        assert np.abs(done.sold[CONTINUOUS]).max() > 0


def test_the_trip_is_traded_again_and_reserves_enter_the_pnl_as_they_are_settled(
    day: Path, ledger: Ledger, sold: dict[str, Sold]
) -> None:
    number = next(
        one.strategy for one in ledger.names.strategies if one.name == "dispatched battery"
    )
    splits = {one.strategy: one for one in pnl_split(ledger, ledger.names.markets[0])}
    split = splits["dispatched battery"]
    amounts = pl.read_parquet(day / "dispatch" / "dispatched-battery-reserve-amounts.parquet")
    assert split.reserves == sum(int(units) for units in amounts["amount"])
    # 4 MW up and down all day, less what the trip took away.
    assert 0 < split.reserves / 3.6e15 < 24 * 4 * (12.5 + 6)
    booked = ledger.table("position_changed").filter(pl.col("strategy") == number)
    last = booked.unique("instrument", keep="last")
    realised = sum(int(units) for units in last["realised"])
    fees = sum(int(units) for units in last["fees"])
    assert realised - fees == split.total
    assert all(one.reserves == 0 for name, one in splits.items() if name != split.strategy)
    record = json.loads((day / "dispatch" / "dispatched-battery.json").read_text())
    assert {"availability_lost", "availability_back"} <= {one["kind"] for one in record["alarms"]}
    assert record["messages"]
    assert np.abs(sold["dispatched battery"].sold[CONTINUOUS]).max() > 0


def test_the_rolling_battery_trades_all_day_and_delivers_what_it_sold(
    ledger: Ledger, sold: dict[str, Sold]
) -> None:
    done = sold["battery"]
    assert np.abs(done.open).max() < 1e-9
    number = next(one.strategy for one in ledger.names.strategies if one.name == "battery")
    book = ledger.names.markets[0].book_venue
    fills = [
        row
        for row in ledger.table("filled").filter(pl.col("strategy") == number).to_dicts()
        if ledger.instruments[row["instrument"]].venue == book
    ]
    # Also after the first delivery periods have been settled, which leaves no position of them.
    settled = ledger.table("settled").filter(pl.col("strategy") == number)
    assert sum(row["sequence"] > settled["sequence"][0] for row in fills) > 20
    # Each sequence of linked orders is filled whole, and pays for its fees at the prices taken.
    assert all(row["price"] != 0 for row in fills)
    cash = sum(
        (1 if row["side"] == "sell" else -1) * row["price"] * row["volume"] / 4e12 for row in fills
    )
    assert cash > 0


def test_the_report_shows_curves_dispatch_and_charge(day: Path) -> None:
    page = (day / "report.html").read_text(encoding="utf-8")
    for text in (
        "Supply and demand of NORTH",
        "Dispatch of battery",
        "State of charge of battery",
        "Dispatch of gas plant",
        "Dispatch of wind farm",
        "It keeps its least and most power, its ramp, and its least times on and off.",
        "Margin of gas plant",
        "Reserves of dispatched battery",
        '<th scope="col">Reserves</th>',
    ):
        assert text in page, text


def test_the_run_verifies_and_a_second_one_is_the_same(day: Path, tmp_path: Path) -> None:
    done = wattbook("verify", "run", day, "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["failed"] == 0, done.stdout
    again = traded_in(tmp_path, DESK)
    assert (again / "dispatch" / "report.json").read_bytes() == (
        day / "dispatch" / "report.json"
    ).read_bytes()


def test_the_owner_of_the_wind_farm_is_told_what_the_run_earned(
    day: Path, ledger: Ledger, tmp_path: Path
) -> None:
    (split,) = [one for one in pnl_split(ledger, ledger.names.markets[0])
                if one.strategy == "wind farm"]  # fmt: skip
    file = tmp_path / "owner.toml"
    file.write_text(
        f"""
[owner]
name = "Wind farm"
kind = "share"
start = 2026-01-01
tiers = [[0, 0.85]]
[ledger]
runs = ["{day}"]
strategy = "wind farm"
"""
    )
    told = json.loads(wattbook("asset", "owner", file, "--json", cwd=tmp_path).stdout)
    last = told["months"][-1]
    assert Decimal(told["ledger"]) == (Decimal(split.total) / UNITS).quantize(Decimal("0.01"))
    assert Decimal(last["owner"]) + Decimal(last["optimizer"]) == Decimal(told["ledger"])
    assert {"day-ahead", "imbalance"} <= set(last["by_source"])
    file.write_text(file.read_text().replace(f'["{day}"]', f'["{day}", "{day}"]'))
    twice = wattbook("asset", "owner", file, cwd=tmp_path)
    assert twice.returncode == 2
    assert "leave one of them out" in twice.stderr
