"""The benchmark's backtest: a forecast of each day from what its gate knew, kept week by week.

Each week of each market is one file, so a run that was stopped goes on where it was, several
processes share the weeks, and any week can be made again alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.aggregate import Aggregation
from wattbook.forecast.day_ahead.correction import Correction
from wattbook.forecast.day_ahead.gaussian_process import GaussianProcessMember
from wattbook.forecast.day_ahead.inputs import Design, design, features_hash, lear_inputs
from wattbook.forecast.day_ahead.known import Floats, Instants
from wattbook.forecast.day_ahead.market import TEST_DAYS, Market, load_market
from wattbook.forecast.day_ahead.members import LearMember, Member
from wattbook.forecast.day_ahead.network import NetworkMember
from wattbook.forecast.day_ahead.trees import TreesMember
from wattbook.workers import Workers, mapped

__all__ = ["MEMBERS", "Backtest", "Made", "combined", "ensemble"]

EPOCH = dt.date(1970, 1, 1)
LONGEST_LAG = 7
WEEK = 7

MEMBERS: tuple[Member, ...] = (
    LearMember(56),
    LearMember(84),
    LearMember(1092),
    LearMember(1456),
    NetworkMember(1456),
    TreesMember(728),
    TreesMember(1092, seed=2),
    TreesMember(1456, seed=3),
    GaussianProcessMember(1456),
    GaussianProcessMember(
        1456, penalty=None, linear=3.0, trend=0.0, length=0.96, noise=0.2, half_life_days=700.0
    ),
)
"""Chosen on days before the test of every market; docs/forecasting.md says how."""

VERSION = "day-ahead 5"
"""Of the members and their settings together; goes into signals and files."""

WARM_UP_WEEKS = 8
"""Weeks before the test whose errors give the first weights."""


@dataclass(frozen=True, slots=True)
class Made:
    """Forecasts of consecutive days.

    Parameters
    ----------
    days : ndarray of int64, shape (n_days,)
        Days since 1970-01-01 on the market's clock.
    members : dict of str to ndarray of float64, shape (n_days, 24)
        By name.
    fallbacks : dict of (int, str) to str
        What was done for want of data, by day and member.
    """

    days: Instants
    members: dict[str, Floats]
    fallbacks: dict[tuple[int, str], str]


@dataclass(frozen=True, slots=True)
class Backtest:
    """A backtest of a market of the open benchmark.

    Parameters
    ----------
    data : Path
        Folder of the market's file.
    name : str
        Such as ``NP``.
    out : Path
        Weeks are kept in its folder of this name.
    days : int, optional
        How many days of the test, from its first.
    members : tuple of Member, optional
        Who forecasts.
    warm_up_weeks : int, optional
        Weeks before the test that are forecast too, for the first weights.
    """

    data: Path
    name: str
    out: Path
    days: int = TEST_DAYS
    members: tuple[Member, ...] = MEMBERS
    warm_up_weeks: int = WARM_UP_WEEKS

    def __post_init__(self) -> None:
        """Refuse a length that the test has not."""
        if not 1 <= self.days <= TEST_DAYS:
            message = f"{self.days} days are not in the test; give 1 to {TEST_DAYS}"
            raise ForecastError(message)

    @property
    def folder(self) -> Path:
        """Where the weeks are kept."""
        return self.out / self.name

    def weeks(self, market: Market) -> list[int]:
        """Return the first day of each week, oldest first."""
        first = market.test_start - WEEK * self.warm_up_weeks
        return list(range(first, market.test_start + self.days, WEEK))

    def settings(self, market: Market) -> dict[str, Any]:
        """Return what the forecasts depend on."""
        digest = hashlib.sha256((self.data / f"{self.name}.parquet").read_bytes()).hexdigest()
        return {
            "version": VERSION,
            "features": features_hash(lear_inputs(market)),
            "data": digest[:16],
            "members": {member.name: repr(member) for member in self.members},
        }

    def begin(self, market: Market) -> list[int]:
        """Make the folder and return the weeks in which it lacks a member.

        A folder of the same version and data may hold other members beside these.

        Raises
        ------
        ForecastError
            If the folder holds weeks of other settings.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path, settings = self.folder / "settings.json", self.settings(market)
        if path.is_file():
            kept = json.loads(path.read_text(encoding="utf-8"))
            asked, held = settings.pop("members"), kept.pop("members")
            # A member of both must be the same; one of either may stand alone.
            if settings != kept or {**held, **asked} != {**asked, **held}:
                message = f"{path} tells of other models or data; give another --out or delete it"
                raise ForecastError(message)
            settings["members"] = {**held, **asked}
        path.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        return [week for week in self.weeks(market) if self.lacking(week)]

    def lacking(self, week: int) -> list[Member]:
        """Return the members whose forecasts of a week are not kept."""
        path = self.week_file(week)
        held = pl.read_parquet_schema(path) if path.is_file() else {}
        return [member for member in self.members if member.name not in held]

    def week_file(self, week: int) -> Path:
        """Return where a week is kept."""
        return self.folder / f"{EPOCH + dt.timedelta(days=week)}.parquet"

    def run(self, workers: Workers | None = None) -> Iterator[tuple[int, int]]:
        """Forecast the weeks that are missing; yield how many are done and how many there are.

        Workers on other machines need both folders at the same path.
        """
        market = load_market(self.data, self.name)
        total, left = len(self.weeks(market)), self.begin(market)
        done = total - len(left)
        yield done, total
        for _ in mapped(workers or Workers(), Worker, self, Worker.week, left):
            done += 1
            yield done, total

    def made(self, market: Market) -> Made:
        """Return the forecasts that the folder holds, up to the first week that lacks a member."""
        names = [member.name for member in self.members]
        columns = ["day", "hour", *names, *(f"{name} fallback" for name in names)]
        frames = []
        for week in self.weeks(market):
            if self.lacking(week):
                break
            frames.append(pl.read_parquet(self.week_file(week), columns=columns))
        if not frames:
            message = f"{self.folder} holds no forecasts; run `wattbook forecast backtest` first"
            raise ForecastError(message)
        frame = pl.concat(frames)
        last = market.test_start + self.days
        frame = frame.filter(pl.col("day") < last).sort("day", "hour")
        days = frame["day"].to_numpy()[::24]
        fallbacks = {
            (row["day"], name): row[f"{name} fallback"]
            for row in frame.filter(pl.col("hour") == 0).to_dicts()
            for name in names
            if row[f"{name} fallback"]
        }
        members = {name: frame[name].to_numpy().reshape(-1, 24) for name in names}
        return Made(days, members, fallbacks)


class Worker:
    """Forecasts weeks of one backtest."""

    def __init__(self, backtest: Backtest) -> None:
        self.backtest = backtest
        self.market = load_market(backtest.data, backtest.name)
        first = self.market.first_day + LONGEST_LAG
        last = self.market.first_day + self.market.days
        self.design: Design = design(self.market, lear_inputs(self.market), first, last)

    def week(self, week: int) -> None:
        """Forecast what a week lacks and keep it; the file appears whole or not at all."""
        days = np.arange(week, week + WEEK, dtype=np.int64)
        path, members = self.backtest.week_file(week), self.backtest.lacking(week)
        columns: dict[str, pl.Series] = {
            "day": pl.Series(np.repeat(days, 24)),
            "hour": pl.Series(np.tile(np.arange(24), days.size)),
        }
        if path.is_file():
            columns = pl.read_parquet(path).to_dict()
        for member in members:
            made = member.forecast(self.market, self.design, days)
            columns[member.name] = pl.Series(np.concatenate([day.price for day in made]))
            notes = [day.fallback for day in made for _ in range(24)]
            columns[f"{member.name} fallback"] = pl.Series(notes, dtype=pl.String)
        partial = path.with_suffix(".partial")
        pl.DataFrame(columns).write_parquet(partial, compression="zstd")
        partial.replace(path)


def ensemble(made: Floats, real: Floats) -> Floats:
    """Return the ensemble's forecasts: members by their weights, corrected by the newest errors.

    Parameters
    ----------
    made : ndarray of float64, shape (n_members, n_days, 24)
        Forecasts of consecutive days.
    real : ndarray of float64, shape (n_days, 24)
        Prices; those of a day count from the next day on.
    """
    return Correction().apply(Aggregation().combine(made, real)[0], real)


def combined(market: Market, made: Made) -> dict[str, Floats]:
    """Return forecasts of the test's days by model, the ensemble first.

    Families are plain means of their members. The weights of the ensemble, and what corrects it,
    come from all days before each, the weeks before the test among them.
    """
    real = market.prices(made.days)
    in_test = made.days >= market.test_start
    every = np.stack(list(made.members.values()))
    found = {"ensemble": ensemble(every, real)[in_test]}
    for family in dict.fromkeys(name.split("_")[0] for name in made.members):
        parts = [each for name, each in made.members.items() if name.startswith(f"{family}_")]
        found[family] = np.mean(parts, axis=0)[in_test]
    return found
