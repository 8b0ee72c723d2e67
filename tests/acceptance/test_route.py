"""An order of a desk file over two exchanges: routed, its decisions stored and printed."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from tests.acceptance.runs import EXAMPLES, wattbook

from wattbook.errors import DeskError
from wattbook.runtime.desk import load_desk, parse_desk

DESK = EXAMPLES / "route.toml"


def test_an_order_meets_both_exchanges_and_says_why(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = wattbook("run", DESK, "--out", out, "--plain", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    routed = pl.read_parquet(out / "events" / "order_routed.parquet")
    assert routed["instrument"].n_unique() == 2
    opened = pl.read_parquet(out / "events" / "parent_opened.parquet")
    assert opened["algorithm"].to_list() == ["sweep"]
    explained = pl.read_parquet(out / "events" / "order_explained.parquet")
    assert set(routed["order_id"]) <= set(explained["order_id"])
    told = wattbook("tca", out, "--decisions", "--plain", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    printed = re.findall(r"order (\d+-\d+) of (\d+-\d+): (.+)", told.stdout)
    assert len(printed) == explained.height
    assert {parent for _, parent, _ in printed} == {"1-1"}
    assert any("cheapest after fees" in why for _, _, why in printed), printed
    # The exchange that is cheaper after its fee goes first.
    sweeps = [why for _, _, why in printed if why.startswith("sweep")]
    costs = [float(cost) for cost in re.findall(r"costs (-?[\d.]+)", sweeps[0])]
    assert costs == sorted(costs), sweeps[0]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('others = ["exchange C"]', "exchange B"),
        ('others = ["exchange A"]', "named twice"),
        ("others = []", "at least one more"),
        ('others = ["exchange B"]\nvolume = 25.03', "finest step"),
        ('others = ["exchange B"]\nlimit = 300.001', "finest step"),
        ('others = ["exchange B"]\ncapacities = [1, 2]', "one each"),
    ],
)
def test_markets_that_cannot_be_routed_to_are_refused(wrong: str, told: str) -> None:
    text = DESK.read_text(encoding="utf-8")
    assert load_desk(DESK).strategy[0].kind == "route"
    for key in ("volume", "limit"):
        if f"{key} =" in wrong:
            text = re.sub(rf"^{key} = .*\n", "", text, flags=re.MULTILINE)
    with pytest.raises(DeskError, match=told):
        parse_desk(text.replace('others = ["exchange B"]', wrong))
