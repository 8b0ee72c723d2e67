"""A backtest goes on where it stopped, in one process or several, and publishes what it made."""

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead import (
    Backtest,
    GaussianProcessMember,
    LearMember,
    Market,
    NetworkMember,
    TreesMember,
    combined,
    load_market,
    mae,
)
from wattbook.runtime.forecast_board import board, publish
from wattbook.workers import Workers

MEMBERS = (LearMember(56), LearMember(84), NetworkMember(84, networks=2, epochs=8))


@pytest.fixture
def backtest(benchmark_folder: Path, tmp_path: Path) -> Backtest:
    return Backtest(benchmark_folder, "XX", tmp_path, 16, MEMBERS, warm_up_weeks=1)


@pytest.mark.long
def test_it_resumes_by_the_week_and_makes_the_same_again(
    backtest: Backtest, market: Market
) -> None:
    steps = backtest.run()
    assert [next(steps), next(steps), next(steps)] == [(0, 4), (1, 4), (2, 4)]
    del steps
    kept = backtest.week_file(market.test_start - 7).read_bytes()
    assert list(backtest.run()) == [(2, 4), (3, 4), (4, 4)]
    assert backtest.week_file(market.test_start - 7).read_bytes() == kept
    made = backtest.made(market)
    assert made.days.tolist() == list(range(market.test_start - 7, market.test_start + 16))
    backtest.week_file(market.test_start).unlink()
    assert list(backtest.run()) == [(3, 4), (4, 4)]
    again = backtest.made(market)
    for name, prices in made.members.items():
        np.testing.assert_array_equal(prices, again.members[name])


@pytest.mark.long
def test_processes_share_the_weeks_and_agree_with_one(backtest: Backtest, market: Market) -> None:
    few = dataclasses.replace(backtest, days=7, out=backtest.out / "two")
    assert list(few.run(Workers(2)))[-1] == (2, 2)
    one = dataclasses.replace(few, out=backtest.out / "one")
    list(one.run())
    first, second = (each.made(market).members["lear_56"] for each in (few, one))
    np.testing.assert_array_equal(first, second)


@pytest.mark.long
def test_a_member_that_joins_is_forecast_alone_and_the_others_are_kept(
    backtest: Backtest, market: Market
) -> None:
    first = dataclasses.replace(backtest, days=7, members=MEMBERS[:1])
    list(first.run())
    more = (MEMBERS[1], GaussianProcessMember(84))
    joined = dataclasses.replace(first, members=(*MEMBERS[:1], *more))
    assert joined.begin(market) == joined.weeks(market)
    # What is kept is not forecast anew: a trace left in it stays.
    path = joined.week_file(market.test_start)
    pl.read_parquet(path).with_columns(pl.lit(77.0).alias("lear_56")).write_parquet(path)
    assert list(joined.run())[-1] == (2, 2)
    made = joined.made(market)
    assert list(made.members) == ["lear_56", "lear_84", "gp_84"]
    assert (made.members["lear_56"][7:14] == 77.0).all()
    alone = dataclasses.replace(first, members=more, out=backtest.out / "alone")
    list(alone.run())
    for name, prices in alone.made(market).members.items():
        np.testing.assert_array_equal(prices, made.members[name])
    # Who asks for fewer reads the same folder.
    assert first.begin(market) == []
    assert list(first.made(market).members) == ["lear_56"]


def test_weeks_of_other_models_are_refused(backtest: Backtest, market: Market) -> None:
    backtest.begin(market)
    other = dataclasses.replace(backtest, members=(NetworkMember(84, networks=3, epochs=8),))
    with pytest.raises(ForecastError, match="tells of other models or data"):
        other.begin(market)
    settings = backtest.folder / "settings.json"
    settings.write_text(settings.read_text().replace("day-ahead", "week-ahead"))
    with pytest.raises(ForecastError, match="tells of other models or data"):
        backtest.begin(market)
    settings.unlink()
    with pytest.raises(ForecastError, match="holds no forecasts"):
        backtest.made(market)
    with pytest.raises(ForecastError, match="800 days are not in the test"):
        dataclasses.replace(backtest, days=800)


def test_the_board_holds_what_was_published_and_no_real_price(
    backtest: Backtest, market: Market, tmp_path: Path
) -> None:
    list(backtest.run())
    path = publish(backtest, tmp_path / "published")
    frame = pl.read_parquet(path)
    assert frame.columns == ["ts_local", "ensemble", "lear", "network"]
    assert frame.height == 16 * 24
    found = board(backtest.data, "XX", tmp_path / "published")
    assert (found.days, found.gain) == (16, None)
    lines = {entry.model: entry for entry in found.entries}
    made = combined(market, backtest.made(market))
    real = market.prices(np.arange(market.test_start, market.test_start + 16))
    assert lines["ensemble"].mae == pytest.approx(mae(real, made["ensemble"]), abs=0.01)
    assert lines["ensemble"].mae < 0.5 * lines["weekly naive"].mae
    assert lines["weekly naive"].revenue < lines["ensemble"].revenue <= 100.0
    assert found.entries[0].mae == min(entry.mae for entry in found.entries)


def test_files_that_do_not_fit_are_refused_with_their_place(
    benchmark_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(ForecastError, match=r"ZZ.parquet does not exist; markets of .*: XX"):
        load_market(benchmark_folder, "ZZ")
    frame = pl.read_parquet(benchmark_folder / "XX.parquet")
    shifted = frame.with_columns(
        pl.when(pl.int_range(pl.len()) >= 50)
        .then(pl.col("ts_local").dt.offset_by("1h"))
        .otherwise(pl.col("ts_local"))
    )
    shifted.write_parquet(tmp_path / "XX.parquet")
    with pytest.raises(ForecastError, match="row 50 is no hour after the row before"):
        load_market(tmp_path, "XX")
    frame.with_columns(pl.lit(float("inf")).alias("price")).write_parquet(tmp_path / "XX.parquet")
    with pytest.raises(ForecastError, match="price: record 0 is infinite"):
        load_market(tmp_path, "XX")
    frame.rename({"price": "eur"}).write_parquet(tmp_path / "XX.parquet")
    with pytest.raises(ForecastError, match="give ts_local, price"):
        load_market(tmp_path, "XX")


@pytest.mark.data
def test_lear_is_that_of_the_published_file(recorded_data: Path) -> None:
    folder = recorded_data / "epf"
    market = load_market(folder, "NP")
    days = np.arange(market.test_start, market.test_start + 5)
    # The published windows count back from the day; the design begins where all lags exist.
    from wattbook.forecast.day_ahead import design, lear_inputs

    made = design(market, lear_inputs(market), market.first_day + 7, market.test_start + 5)
    ours = np.array([day.price for day in LearMember(1456).forecast(market, made, days)])
    file = pl.read_parquet(folder / "published_forecasts_NP.parquet")
    theirs = file["lear_1456"].to_numpy().reshape(-1, 24)[:5]
    assert mae(theirs, ours) < 0.1


@pytest.mark.long
@pytest.mark.data
def test_sixty_days_of_the_benchmark_beat_the_published_lear(
    recorded_data: Path, tmp_path: Path
) -> None:
    members = (LearMember(56), LearMember(84), TreesMember(1092, trees=120))
    backtest = Backtest(recorded_data / "epf", "NP", tmp_path, 60, members, warm_up_weeks=1)
    list(backtest.run())
    publish(backtest, tmp_path)
    found = board(recorded_data / "epf", "NP", tmp_path)
    lines = {entry.model: entry.mae for entry in found.entries}
    assert found.days == 60
    assert found.gain is not None
    assert lines["ensemble"] < lines["lear_ensemble"]
    assert lines["ensemble"] < 0.6 * lines["weekly naive"]
