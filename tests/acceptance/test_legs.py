"""A spread and a basket of a desk file: legs in balance, explained in the journal."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.acceptance.runs import EXAMPLES, wattbook

from wattbook.errors import DeskError, InputError
from wattbook.execution import Simulation
from wattbook.runtime.desk import parse_desk

DESK = EXAMPLES / "legs.toml"


def test_legs_end_in_balance_and_say_what_they_cost(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = wattbook("run", DESK, "--out", out, "--plain", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    opened = pl.read_parquet(out / "events" / "parent_opened.parquet")
    # Each leg is a parent of its own, with its own volume and forecast.
    assert sorted(opened["algorithm"].to_list()) == ["basket", "basket", "spread", "spread"]
    assert opened["forecast_price"].null_count() == 0
    # Legs are taken, so each is forecast to pay the taker fee of its book.
    assert opened["forecast_fee"].cast(pl.Float64).to_list() == [0.05] * 4
    ended = pl.read_parquet(out / "events" / "parent_ended.parquet")
    assert ended["reason"].to_list() == ["filled"] * 4, ended
    fills = pl.read_parquet(out / "events" / "filled.parquet")
    held = fills.group_by("strategy", "instrument").agg(pl.col("volume").cast(pl.Float64).sum())
    # Each strategy holds as much of one leg as of the other.
    for (strategy,), rows in held.group_by("strategy"):
        assert rows["volume"].to_list() == [rows["volume"][0]] * 2, (strategy, rows)
    told = wattbook("tca", out, "--decisions", "--plain", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stdout.count("a unit is expected to cost") == 2, told.stdout
    assert told.stdout.count("no leg is ahead") == 2, told.stdout


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('side = "sell"\nmarket = "exchange B"', 'side = "sell"', "a leg already"),
        ('market = "exchange B"', 'market = "exchange C"', "exchange B"),
        ("units = 3", "units = 0", "below 1"),
        ('side = "buy"', 'side = "buy"\nvolume = 1.03', "no multiple of the lot"),
    ],
)
def test_legs_that_cannot_be_traded_are_refused(right: str, wrong: str, told: str) -> None:
    text = DESK.read_text(encoding="utf-8")
    assert right in text
    with pytest.raises(DeskError, match=told):
        parse_desk(text.replace(right, wrong, 1))


def test_an_order_of_one_leg_is_refused() -> None:
    from wattbook.domain import Owner

    sim = Simulation(seed=1, desk_currency="EUR", start=0)
    owner = Owner(trading_book=1, trader=1, strategy=1)
    with pytest.raises(InputError, match="two or more"):
        sim.add_legs(owner, legs=[], units=1, starts=0, ends=60_000_000_000)
