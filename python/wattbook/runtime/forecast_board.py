"""The leaderboard of day-ahead forecasts: errors, tests, and what a battery earns on each."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.foresight import StoreLimits, foresight
from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead import (
    Backtest,
    Market,
    combined,
    diebold_mariano,
    load_market,
    mae,
    rmae,
    smape,
)

__all__ = ["BATTERY", "Board", "Entry", "board", "publish", "published", "read_forecasts"]

BATTERY = StoreLimits.symmetric(1.0, 2.0, round_trip=0.85)
"""The battery of the revenue column: 1 MW, 2 MWh, 85 % there and back."""

OURS = "ensemble"
RIVAL = "dnn_ensemble"
RESAMPLES = 2_000
BLOCK_DAYS = 7
EPOCH = dt.date(1970, 1, 1)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the leaderboard.

    Parameters
    ----------
    model : str
        Whose forecasts.
    mae, rmae, smape : float
        In the price's unit; relative to the weekly naive; per cent.
    dm_dnn, dm_lear : float or None
        p-values of Diebold and Mariano's test that this is better than the published ensemble;
        None against itself or where it is not at hand.
    revenue : float
        Per cent of what the battery would have earned, had it known the prices.
    """

    model: str
    mae: float
    rmae: float
    smape: float
    dm_dnn: float | None
    dm_lear: float | None
    revenue: float


@dataclass(frozen=True, slots=True)
class Board:
    """All lines of a market, and how sure the difference in revenue is.

    Parameters
    ----------
    market, first_day, last_day : str
        What was forecast, ISO days, both included.
    days : int
        How many.
    entries : tuple of Entry
        Best error first.
    gain : tuple of float or None
        Our ensemble's revenue less the published DNN ensemble's, points of foresight: the
        difference, and the 2.5 % and 97.5 % quantiles of a bootstrap over blocks of a week.
    """

    market: str
    first_day: str
    last_day: str
    days: int
    entries: tuple[Entry, ...]
    gain: tuple[float, float, float] | None


def published(folder: Path, name: str) -> tuple[NDArray[np.int64], dict[str, Floats]]:
    """Return the days and published forecasts of a market; they are compared with, never used."""
    path = folder / f"published_forecasts_{name}.parquet"
    if not path.is_file():
        return np.empty(0, dtype=np.int64), {}
    frame = pl.read_parquet(path)
    days = (frame["ts_local"].dt.date() - EPOCH).dt.total_days().to_numpy()[::24]
    names = [column for column in frame.columns if column.endswith("_ensemble")]
    return days, {name: frame[name].to_numpy().reshape(-1, 24) for name in names}


def publish(backtest: Backtest, folder: Path) -> Path:
    """Write the forecasts of the days that were made to ``NAME.parquet``, without real prices."""
    market = load_market(backtest.data, backtest.name)
    made = backtest.made(market)
    days = made.days[made.days >= market.test_start]
    if not days.size:
        message = f"{backtest.folder} holds no day of the test; run the backtest further"
        raise ForecastError(message)
    start = np.repeat(days * 24, 24) + np.tile(np.arange(24), days.size)
    columns = {"ts_local": pl.Series(start * 3_600_000_000).cast(pl.Datetime("us"))}
    for name, price in combined(market, made).items():
        columns[name] = pl.Series(np.round(price.ravel(), 2), dtype=pl.Float32)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{backtest.name}.parquet"
    pl.DataFrame(columns).write_parquet(path, compression="zstd", compression_level=19)
    settings = {**backtest.settings(market), "fallbacks": len(made.fallbacks)}
    text = json.dumps(settings, indent=1) + "\n"
    (folder / f"{backtest.name}.settings.json").write_text(text, encoding="utf-8")
    return path


def read_forecasts(path: Path) -> tuple[NDArray[np.int64], dict[str, Floats]]:
    """Return the days and forecasts of a file that `publish` wrote.

    Raises
    ------
    ForecastError
        If it lacks the ensemble or days are not whole.
    """
    frame = pl.read_parquet(path)
    if OURS not in frame.columns or frame.height % 24 or not frame.height:
        message = f"{path} holds no whole days of an {OURS!r}; publish it again"
        raise ForecastError(message)
    days = (frame["ts_local"].dt.date() - EPOCH).dt.total_days().to_numpy()[::24]
    names = [name for name in frame.columns if name != "ts_local"]
    made = {name: frame[name].cast(pl.Float64).to_numpy().reshape(-1, 24) for name in names}
    return days, made


def daily_revenue(real: Floats, made: Floats) -> Floats:
    """Return what the battery earns each day, scheduled on `made` and settled at `real`."""
    schedules = (foresight(BATTERY, day, hours=1.0) for day in made)
    return np.array([float(s.net_mwh @ day) for s, day in zip(schedules, real, strict=True)])


def bootstrap(ours: Floats, rival: Floats, best: Floats) -> tuple[float, float, float]:
    """Return the difference in points of foresight, and its 95 % interval by blocks of a week."""
    rng = np.random.default_rng(20_260_101)
    count = ours.size
    blocks = -(-count // BLOCK_DAYS)
    starts = rng.integers(0, max(count - BLOCK_DAYS, 0) + 1, (RESAMPLES, blocks, 1))
    rows = np.minimum(starts + np.arange(BLOCK_DAYS), count - 1).reshape(RESAMPLES, -1)[:, :count]
    gains = 100.0 * (ours - rival)[rows].sum(axis=1) / best[rows].sum(axis=1)
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(100.0 * (ours - rival).sum() / best.sum()), float(low), float(high)


def naive(market: Market, days: NDArray[np.int64]) -> Floats:
    """Return the prices of a week before."""
    return market.prices(days - 7)


def board(data: Path, name: str, forecasts: Path) -> Board:
    """Return the leaderboard of a market over the days that `forecasts` holds."""
    market = load_market(data, name)
    days, made = read_forecasts(forecasts / f"{name}.parquet")
    real = market.prices(days)
    made = {**made, "weekly naive": naive(market, days)}
    known, rivals = published(data, name)
    if rivals:
        if not np.isin(days, known).all():
            message = f"{forecasts / name}.parquet has days that the published forecasts lack"
            raise ForecastError(message)
        rows = np.searchsorted(known, days)
        made |= {rival: price[rows] for rival, price in rivals.items()}
    best = np.array([foresight(BATTERY, day, hours=1.0).value for day in real])
    revenue = {model: daily_revenue(real, price) for model, price in made.items()}

    def p_value(model: str, rival: str) -> float | None:
        if rival == model or rival not in made:
            return None
        return diebold_mariano(real, made[rival], made[model]).p_value

    entries = [
        Entry(
            model,
            mae(real, price),
            rmae(real, price) if days.size > 7 else float("nan"),
            smape(real, price),
            p_value(model, RIVAL),
            p_value(model, "lear_ensemble"),
            float(100.0 * revenue[model].sum() / best.sum()),
        )
        for model, price in made.items()
    ]
    entries.sort(key=lambda entry: entry.mae)
    gain = bootstrap(revenue[OURS], revenue[RIVAL], best) if RIVAL in made else None
    first, last = (str(EPOCH + dt.timedelta(days=int(day))) for day in (days[0], days[-1]))
    return Board(name, first, last, days.size, tuple(entries), gain)


def document(found: Board) -> dict[str, object]:
    """Return a board as JSON takes it."""
    return asdict(found)
