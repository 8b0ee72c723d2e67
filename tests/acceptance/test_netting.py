"""Two strategies of one desk cross within it: booked on both sides, seen by no venue."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from tests.acceptance.runs import EXAMPLES, wattbook

from wattbook.errors import DeskError
from wattbook.runtime.desk import load_desk, parse_desk

DESK = EXAMPLES / "netting.toml"


@pytest.mark.long
def test_opposite_orders_cross_and_the_close_explains_all_of_it(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = wattbook("run", DESK, "--out", out, "--plain", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    netted = pl.read_parquet(out / "events" / "orders_netted.parquet")
    fills = pl.read_parquet(out / "events" / "filled.parquet")
    assert netted.height > 0
    middle = (netted["bid"] + netted["ask"]).cast(pl.Float64) / 2
    assert ((netted["price"].cast(pl.Float64) - middle).abs() < 2e-6).all()
    for side, order in (("buy", "buy"), ("sell", "sell")):
        booked = netted.join(fills, left_on=[order, "trade"], right_on=["order_id", "trade"])
        assert booked.height == netted.height
        assert set(booked["side"]) == {side}
        assert booked["fee"].to_list() == [0] * booked.height
        assert (booked["price"] == booked["price_right"]).all()
    closes = json.loads((out / "closes.json").read_text(encoding="utf-8"))
    assert closes, "a day that was closed"
    told = wattbook("tca", out, "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert sum(row["deals"] for row in found["netted"]) == netted.height
    assert all(row["spread_saved"] > 0 for row in found["netted"])
    replayed = wattbook("replay", out, cwd=tmp_path)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


def test_netting_names_strategies_of_the_desk_and_is_off_by_default() -> None:
    text = DESK.read_text(encoding="utf-8")
    netting = load_desk(DESK).netting
    assert netting is not None
    assert netting.strategies == ("follow", "fade")
    assert netting.wait_seconds == 0
    waits = parse_desk(text.replace("[netting]", "[netting]\nwait_seconds = 0.25")).netting
    assert waits is not None
    assert float(waits.wait_seconds) == 0.25
    with pytest.raises(DeskError, match="wait_seconds"):
        parse_desk(text.replace("[netting]", "[netting]\nwait_seconds = -1"))
    everybody = parse_desk(text.replace('strategies = ["follow", "fade"]', "")).netting
    assert everybody is not None
    assert everybody.strategies == ()
    assert parse_desk(text.replace("[netting]\nstrategies", "[fx]\n# strategies")).netting is None
    with pytest.raises(DeskError, match="follow"):
        parse_desk(text.replace('["follow", "fade"]', '["folow"]'))
