"""Settings are searched before the test alone, and a search goes on where it stopped."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.errors import ForecastError
from wattbook.forecast.tuning import SPACES, Tuning, member_of, tune

pytest.importorskip("optuna")


@pytest.mark.long
def test_a_search_resumes_and_never_sees_the_test(long_market: Path, tmp_path: Path) -> None:
    whole = pl.read_parquet(long_market / "XX.parquet")
    search = Tuning(long_market, "XX", "lear", tmp_path / "trials.db", judged_days=14, every=2)
    told: list[int] = []
    first = tune(search, 2, lambda done, _: told.append(done))
    again = tune(search, 3, lambda done, _: told.append(done))
    assert told == [1, 2, 3]
    assert (first.trials, again.trials) == (2, 3)
    assert again.error <= first.error <= first.default_error
    assert again.default_error == first.default_error
    # With other prices in the test, all trials come out the same.
    last = whole.height - 728 * 24
    price = whole["price"].to_numpy().copy()
    price[last:] = np.random.default_rng(1).permutation(price[last:]) + 500.0
    other = tmp_path / "other"
    other.mkdir()
    whole.with_columns(price=price).write_parquet(other / "XX.parquet")
    changed = dataclasses.replace(search, data=other, path=tmp_path / "other.db")
    assert dataclasses.astuple(tune(changed, 2)) == dataclasses.astuple(first)
    with pytest.raises(ForecastError, match="holds a search on other data"):
        tune(dataclasses.replace(search, data=other), 4)


@pytest.mark.long
def test_a_search_that_was_stopped_at_once_still_judges_the_member_as_it_stands(
    long_market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Tuning(long_market, "XX", "lear", tmp_path / "trials.db", judged_days=14, every=2)

    def stopped(*_: object) -> float:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("wattbook.forecast.tuning.error_of", stopped)
        with pytest.raises(KeyboardInterrupt):
            tune(search, 1)
    found = tune(search, 2)
    whole = tune(dataclasses.replace(search, path=tmp_path / "whole.db"), 1)
    assert found.default_error == whole.default_error


@pytest.mark.parametrize("kind", ["lear", "network", "trees"])
def test_every_space_makes_a_member(kind: str) -> None:
    for end in (0, 1):
        settings = {name: space[end] for name, space in SPACES[kind].items()}  # type: ignore[index]
        member = member_of(kind, settings)  # type: ignore[arg-type]
        assert isinstance(getattr(member, "window_days"), int)  # noqa: B009


def test_a_market_without_a_year_before_is_refused(benchmark_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ForecastError, match="364 are needed"):
        tune(Tuning(benchmark_folder, "XX", "lear", tmp_path / "trials.db"), 1)
