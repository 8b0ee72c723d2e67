"""A small market of our own: prices follow load and wind, with a weekend and some noise."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.forecast.day_ahead import Market, load_market
from wattbook.forecast.deep import TrainSettings, launch
from wattbook.workers import Workers

FIRST_DAY = "2020-01-06"


def write_market(folder: Path, days: int) -> pl.DataFrame:
    """Write ``XX.parquet`` and return it."""
    rng = np.random.default_rng(5)
    hours = np.arange(days * 24)
    hour, weekday = hours % 24, hours // 24 % 7
    load = 40.0 + 8.0 * np.sin((hour - 8) / 24 * 2 * np.pi) - 5.0 * (weekday >= 5)
    load += np.repeat(rng.normal(0.0, 2.0, days), 24)
    wind = np.repeat(np.abs(rng.normal(8.0, 4.0, days)), 24)
    price = 1.2 * load - 0.9 * wind + rng.normal(0.0, 0.5, hours.size)
    start = np.datetime64(FIRST_DAY, "us") + hours * np.timedelta64(3_600_000_000, "us")
    frame = pl.DataFrame(
        {
            "ts_local": start,
            "price": price,
            "load_mw": load,
            "wind_mw": wind,
        }
    )
    frame.write_parquet(folder / "XX.parquet")
    return frame


@pytest.fixture(scope="session")
def benchmark_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("epf")
    write_market(folder, 728 + 120)
    return folder


@pytest.fixture(scope="session")
def long_market(benchmark_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of the same market with a year more before."""
    frame = pl.read_parquet(benchmark_folder / "XX.parquet")
    early = frame.head(330 * 24).with_columns(pl.col("ts_local") - pl.duration(days=330))
    folder = tmp_path_factory.mktemp("long")
    pl.concat([early, frame]).write_parquet(folder / "XX.parquet")
    return folder


@pytest.fixture(scope="session")
def market(benchmark_folder: Path) -> Market:
    return load_market(benchmark_folder, "XX")


@pytest.fixture(scope="session")
def undisturbed(
    benchmark_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainSettings, Path]:
    """Return a training by two processes, and the folder that it has left."""
    asked = TrainSettings(
        str(benchmark_folder), "XX", net="lstm", width=16, layers=1, steps=400, batch=16,
        checkpoint_steps=5, judged_days=28,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("whole")
    launch(asked, folder, Workers(2))
    return asked, folder


@pytest.fixture
def changed(market: Market) -> Callable[..., Market]:
    """Return the market with values of one quantity replaced."""

    def change(quantity: str, where: np.ndarray, value: np.ndarray | float) -> Market:
        versions = market.history.versions(quantity)
        values = versions.value.copy()
        values[where] = value
        quantities = {
            **market.history.quantities,
            quantity: dataclasses.replace(versions, value=values),
        }
        history = dataclasses.replace(market.history, quantities=quantities)
        return dataclasses.replace(market, history=history)

    return change
