"""How much of a backtest is luck."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.cli.main import main
from wattbook.errors import InputError
from wattbook.runtime.report.tear_sheet import drawdown
from wattbook.runtime.research import (
    combinatorial_purged,
    deflated_sharpe,
    expected_best_sharpe,
    overfit_probability,
    probabilistic_sharpe,
    study,
    walk_forward,
)
from wattbook.runtime.research.quotes import file_quotes, made_up_quotes
from wattbook.strategy.sweep import grid


def test_the_deflated_sharpe_ratio_is_that_of_the_paper() -> None:
    # Bailey and López de Prado (2014), "A numerical example": annual ratio 2.5 over 5 years of 250
    # days, 100 trials of annual variance 1/2, skewness -3, kurtosis 10: 90 %.
    best = expected_best_sharpe(0.5 / 250, 100)
    found = probabilistic_sharpe(2.5 / 250**0.5, best, 1_250, -3, 10)
    assert best == pytest.approx(0.1132, abs=5e-5)
    assert found == pytest.approx(0.9004, abs=5e-4)


def test_what_chance_finds_is_not_taken_for_skill() -> None:
    draw = np.random.default_rng(5)
    noise = draw.normal(size=(200, 100))
    ratios = noise.mean(axis=1) / noise.std(axis=1, ddof=1)
    best = int(np.argmax(ratios))
    assert probabilistic_sharpe(ratios[best], 0, 100, 0, 3) > 0.98
    assert deflated_sharpe(noise[best], ratios).probability < 0.9
    skill = noise + 1.0 * (np.arange(200) == 7)[:, None]
    ratios = skill.mean(axis=1) / skill.std(axis=1, ddof=1)
    assert deflated_sharpe(skill[7], ratios).probability > 0.99


def test_the_choice_among_noise_is_overfit_about_half_of_the_time() -> None:
    draw = np.random.default_rng(9)
    found = [overfit_probability(draw.normal(size=(30, 8))) for _ in range(60)]
    assert 0.35 < float(np.mean(found)) < 0.65


@given(
    count=st.integers(20, 120),
    groups=st.integers(3, 7),
    tested=st.integers(1, 2),
    purge=st.integers(0, 3),
    embargo=st.integers(0, 3),
)
def test_nothing_is_learned_near_what_is_judged(
    count: int, groups: int, tested: int, purge: int, embargo: int
) -> None:
    times = np.zeros(count, np.int64)
    for split in combinatorial_purged(
        count, groups=groups, tested=tested, purge=purge, embargo=embargo
    ):
        times[split.test] += 1
        distance = split.train[:, None] - split.test[None, :]
        assert not ((distance >= -purge) & (distance <= purge + embargo)).any()
    # Each place is judged on as often as any other.
    assert len(set(times.tolist())) == 1


@given(
    count=st.integers(10, 100),
    train=st.integers(1, 5),
    test=st.integers(1, 3),
    anchored=st.booleans(),
)
def test_a_walk_forward_learns_from_the_past_only(
    count: int, train: int, test: int, anchored: bool
) -> None:
    judged = []
    for split in walk_forward(count, train=train, test=test, purge=1, anchored=anchored):
        assert split.train.max() + 1 < split.test.min()
        judged += split.test.tolist()
    assert judged == sorted(set(judged))


def test_splits_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="5 places hold no 4"):
        list(walk_forward(5, train=4, test=1, purge=1))
    with pytest.raises(InputError, match="3 of 3 groups"):
        list(combinatorial_purged(9, groups=3, tested=3))


def test_a_study_of_noise_finds_nothing() -> None:
    quotes = made_up_quotes(20_000, 2)
    sets = grid("ema_cross", {"fast": [5, 10, 20], "slow": [30, 60]})
    found = study(quotes.bid, quotes.ask, "ema_cross", sets, parts=20, paths=20)
    # Every set pays the spread and earns nothing for it.
    assert (found.found.pnl < 0).all()
    assert found.walk_pnl.sum() < 0
    assert found.deflated.probability < 0.5
    assert found.paths.shape == (20, 2)


def test_the_command_leaves_a_page_and_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quotes = made_up_quotes(5_000, 4)
    frame = pl.DataFrame({"bid": quotes.bid, "ask": quotes.ask})
    frame = pl.concat([frame, pl.DataFrame({"bid": [9.0, None], "ask": [8.0, 1.0]})])
    path, page = tmp_path / "quotes.parquet", tmp_path / "page.html"
    frame.write_parquet(path)
    arguments = [
        "sweep", str(path), "--set", "fast=5:15:5", "--set", "slow=30,60", "--parts", "20",
        "--tear-sheet", str(page), "--json",
    ]  # fmt: skip
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["count"], told["left_out"], told["sets"]) == (5_000, 2, 6)
    assert told["best_pnl"] < told["best_before_costs"]
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "Walk-forward" in text
    assert "http" not in text.replace("http://www.w3.org", "")
    asked = ["sweep", "--made-up", "1000", "--set", "fast=5", "--set", "slow=20"]
    for wrong, told in (("--fee=inf", "fee is inf"), ("--worse=-1", "worse is -1")):
        assert main([*asked, wrong]) == 2
        assert told in capsys.readouterr().err
    for more, told in (
        (["--fill", "0"], "--fill 0"),
        (["--parts", "7"], "--parts 7"),
        (["--parts", "2000"], "fewer than --parts 2000"),
        (["--set", "fast=6"], "name each parameter once"),
    ):
        assert main([*asked, *more]) == 2
        assert told in capsys.readouterr().err
    for values in ("a", "1:inf:1", "nan", "0:1e9:1e-9", "5:1:1"):
        assert main(["sweep", "--made-up", "100", "--set", f"fast={values}"]) == 2
        assert "NAME=FIRST:LAST:STEP" in capsys.readouterr().err


def test_a_file_that_is_no_quotes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pl.DataFrame({"price": [1.0]}).write_parquet(path)
    with pytest.raises(InputError, match="no Parquet with columns bid and ask"):
        file_quotes(path)
    with pytest.raises(InputError, match="is not there"):
        file_quotes(tmp_path / "none")


def test_a_drawdown_begins_at_nothing() -> None:
    np.testing.assert_allclose(drawdown(np.array([-1.0, 3.0, -2.0])), [-1, 0, -2])


def test_futures_are_those_of_the_folder_around(
    recorded_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WATTBOOK_DATA", str(recorded_data))
    asked = ["sweep", "--futures", "NG", "--set", "fast=5,6", "--set", "slow=20", "--plain"]
    assert main(asked) == 0
    assert "Henry Hub" in capsys.readouterr().out
    assert main([*asked, "--cost", "nan"]) == 2
    assert "cost 0 or more" in capsys.readouterr().err
