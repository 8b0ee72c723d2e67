"""Parameters are chosen on the past alone, in the engine, and every wrong word names its fix."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wattbook.cli.main import main
from wattbook.errors import DeskError, InputError
from wattbook.runtime.desk.spec import PythonSpec
from wattbook.runtime.desk.vary import varied
from wattbook.runtime.research.walk import block_interval, walk_choice
from wattbook.runtime.user import load_strategy
from wattbook.runtime.walk import sets_of, values_of

DESK = """\
[desk]
name = "Walk"
currency = "EUR"

[[book]]
name = "b"
order_volume = 10
order_value = 20_000
position_volume = 20
loss = 20_000
price_collar = 400

[[market]]
name = "day"
source = "generated"
history_days = 28

[[market]]
name = "other"
source = "generated"

[[strategy]]
name = "virtual"
kind = "virtual"
market = "day"
book = "b"
volume = 1
confidence_threshold = 0.1

[[strategy]]
name = "battery"
kind = "battery"
market = "other"
book = "b"
power = 5
energy = 10

[[limit]]
name = "battery volume"
measure = "volume"
strategy = "battery"
soft = 5
hard = 9

[netting]
strategies = ["virtual", "battery"]
"""

TABLES = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(6, 30)),
    elements=st.floats(-1e3, 1e3),
)


@given(TABLES, st.integers(1, 4), st.integers(1, 2))
def test_a_choice_does_not_change_with_what_comes_later(
    pnl: np.ndarray, train: int, test: int
) -> None:
    found = walk_choice(pnl, train=train, test=test)
    fold = found.folds[0]
    later = pnl.copy()
    later[:, fold.first :] = later[::-1, fold.first :]
    assert walk_choice(later, train=train, test=test).folds[0].row == fold.row
    assert fold.trained == pytest.approx(pnl[:, :train].sum(axis=1).max())
    assert found.days.tolist() == list(range(train, train + len(found.days)))
    assert found.pnl.sum() == pytest.approx(sum(one.judged for one in found.folds), abs=1e-6)


def test_the_baseline_is_compared_on_judged_days_only() -> None:
    pnl = [[100.0, 0.0, 1.0, 1.0], [0.0, 50.0, 2.0, 3.0]]
    found = walk_choice(pnl, train=2, test=1, baseline=1)
    assert [fold.row for fold in found.folds] == [0, 1]
    assert (found.pnl.tolist(), found.above) == ([1.0, 3.0], -1.0)


def test_an_interval_holds_its_sum_and_grows_with_the_noise() -> None:
    rng = np.random.default_rng(3)
    calm, wild = rng.normal(1.0, 1.0, 60), rng.normal(1.0, 10.0, 60)
    (low, high), (lower, higher) = block_interval(calm), block_interval(wild)
    assert low < calm.sum() < high
    assert higher - lower > 5 * (high - low)


def test_days_too_few_and_gaps_are_refused() -> None:
    with pytest.raises(InputError, match=r"3 traded days hold no 3 to choose on and 1"):
        walk_choice(np.ones((2, 3)), train=3, test=1)
    with pytest.raises(InputError, match="gaps"):
        walk_choice([[1.0, np.nan]], train=1, test=1)


def test_one_strategy_is_left_alone_with_its_market_and_limits() -> None:
    desk = varied(DESK, "desk.toml", "virtual", {"volume": 3})
    assert [str(one.volume) for one in desk.strategy if one.name == "virtual"] == ["3"]  # type: ignore[attr-defined]
    assert [market.name for market in desk.market] == ["day"]
    assert (desk.limit, desk.netting) == ((), None)


@pytest.mark.parametrize(
    ("strategy", "values", "said"),
    [
        ("virtul", {}, "'virtul' is no strategy of this file; did you mean 'virtual'"),
        ("virtual", {"volum": 1}, "did you mean 'volume'"),
        ("virtual", {"volume": -1}, "-1 is not above 0"),
        ("virtual", {"kind": "wind"}, "vary another key"),
        ("virtual", {"book.x": 1}, "'book' is no table"),
    ],
)
def test_what_does_not_fit_is_refused_as_if_it_stood_in_the_file(
    strategy: str, values: dict[str, object], said: str
) -> None:
    with pytest.raises(DeskError, match=said):
        varied(DESK, "desk.toml", strategy, values)


@pytest.mark.parametrize(
    "text", ["a", "a=", "=1", "a=1:2", "a=1:2:0", "a=2:1:1", "a=1:2:x", "a=0:1e9:1", "a=0:nan:1"]
)
def test_values_that_are_none_name_the_form(text: str) -> None:
    with pytest.raises(InputError, match="FIRST:LAST:STEP"):
        values_of(text)


def test_parameters_are_handed_to_a_class_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "class Own:\n"
        "    def __init__(self, *, instrument, rolls, volume, follow, quiet=False):\n"
        "        self.given = follow, quiet\n"
    )
    own = """[[strategy]]
name = "own"
kind = "python"
file = "own.py"
strategy_class = "Own"
market = "day"
book = "b"

[strategy.parameters]
follow = 0.5
quiet = true
"""
    text = DESK.replace("history_days = 28", "[market.synthetic_book]") + own
    path = str(tmp_path / "desk.toml")
    (spec,) = varied(text, path, "own", {"parameters.follow": 1}).strategy
    assert isinstance(spec, PythonSpec)
    made: Any = load_strategy(tmp_path, spec, 0, ())
    assert made.given == (1, True)
    (wrong,) = varied(text, path, "own", {"parameters.folow": 1}).strategy
    assert isinstance(wrong, PythonSpec)
    with pytest.raises(DeskError, match="let it take instrument, rolls, volume, follow, quiet, fo"):
        load_strategy(tmp_path, wrong, 0, ())
    with pytest.raises(DeskError, match="not finite"):
        varied(text, path, "own", {"parameters.follow": Decimal("nan")})
    with pytest.raises(DeskError, match="is no table"):
        varied(text, path, "own", {"parameters": 1})


def test_sets_are_every_combination_of_distinct_keys() -> None:
    assert len(sets_of(["a=1:5:1", "b=0.5,1", "c=x"])) == 10
    with pytest.raises(InputError, match="each key once"):
        sets_of(["a=1", "a=2"])
    with pytest.raises(InputError, match="10,000 at most"):
        sets_of(["a=1:200:1", "b=1:200:1"])


def test_the_command_chooses_on_past_days_and_tells_what_came(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(DESK)
    asked = ["walk", str(path), "--strategy", "virtual", "--set", "volume=1,2"]
    asked += ["--from", "2026-06-20", "--to", "2026-06-25", "--train", "2", "--test", "2"]
    assert main([*asked, "--baseline", "volume=1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    one, two = told["sets"]
    # Twice the volume earns twice as much at prices that nobody moves.
    assert one["pnl"] != 0.0
    assert two["pnl"] == pytest.approx(2 * one["pnl"])
    # Beside the set of one it earned as much again; the baseline is no better than itself.
    assert two["above_baseline"][0] == pytest.approx(one["pnl"])
    assert one["above_baseline"] == [0.0, 0.0, 0.0]
    assert [(fold["from"], fold["to"]) for fold in told["folds"]] == [
        ("2026-06-22", "2026-06-23"),
        ("2026-06-24", "2026-06-25"),
    ]
    for fold in told["folds"]:
        assert fold["set"] == ("volume=2" if fold["trained"] > 0 else "volume=1")
    assert told["pnl"] == pytest.approx(sum(fold["judged"] for fold in told["folds"]))
    assert dt.date.fromisoformat(told["folds"][0]["from"]) == dt.date(2026, 6, 22)
    assert main([*asked, "--plain"]) == 0
    assert "none seen by its choice" in capsys.readouterr().out
    for wrong, said in (
        (["--baseline", "volume=9"], "0 of the sets"),
        (["--train", "90"], "fewer than --train 90"),
        (["--to", "2026-06-01"], "swap them"),
    ):
        assert main([*asked, *wrong]) == 2
        assert said in capsys.readouterr().err
    assert main([*asked[:2], *asked[4:]]) == 2
    assert "give --strategy, one of: virtual, battery" in capsys.readouterr().err
