"""Boosted trees over all hours at once: an hour of a day is a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wattbook._core import BoostedTrees
from wattbook.forecast.day_ahead.inputs import WEEKDAYS, Design
from wattbook.forecast.day_ahead.known import Floats, Instants
from wattbook.forecast.day_ahead.lesson import lesson, told
from wattbook.forecast.day_ahead.market import Market
from wattbook.forecast.day_ahead.members import DayPrices, weekly_naive
from wattbook.forecast.day_ahead.ridge import ridge
from wattbook.forecast.day_ahead.tame import Tame, ready

__all__ = ["TreesMember"]


def hourly(rows: Floats, inputs: int) -> Floats:
    """Return the inputs of each hour of each day, shape (n_days * 24, n_columns).

    Of every input: its value in the same hour, its mean over the day, and its change from the hour
    before and to the hour after; the last price of the newest day; hour and weekday.
    """
    blocks = rows[:, :-WEEKDAYS].reshape(rows.shape[0], inputs, 24)
    before = np.concatenate([blocks[:, :, :1], blocks[:, :, :-1]], axis=2)
    after = np.concatenate([blocks[:, :, 1:], blocks[:, :, -1:]], axis=2)
    mean = np.broadcast_to(blocks.mean(axis=2, keepdims=True), blocks.shape)
    parts = [blocks, mean, blocks - before, after - blocks]
    table = np.concatenate([part.transpose(0, 2, 1) for part in parts], axis=2)
    shape = (rows.shape[0], 24, 1)
    last = np.broadcast_to(blocks[:, 0, -1][:, None, None], shape)
    hour = np.broadcast_to(np.arange(24.0)[None, :, None], shape)
    weekday = np.broadcast_to(rows[:, -WEEKDAYS:].argmax(axis=1)[:, None, None], shape)
    whole = np.concatenate([table, last, hour, weekday.astype(np.float64)], axis=2)
    return np.ascontiguousarray(whole.reshape(-1, whole.shape[2]))


@dataclass(frozen=True, slots=True)
class TreesMember:
    """Boosted trees on what a ridge regression of the tame prices leaves.

    Trees find steps and products and miss what is straight; the ridge has that. Each past day is
    shown to the trees with the ridge's forecast by a fit without it, as days ahead will be.

    Parameters
    ----------
    window_days : int
        Newest days that they learn from.
    refit_days : int, optional
        How many days one fit forecasts.
    penalty : float, optional
        Of the ridge.
    trees, depth, leaf_rows : int, optional
        How many, how deep, and how many hours a leaf needs.
    learning_rate, share : float, optional
        Of each tree's answer; of the rows and columns that a tree sees.
    seed : int, optional
        Of the choice of rows and columns.
    """

    window_days: int
    refit_days: int = 7
    penalty: float = 20.0
    trees: int = 300
    depth: int = 5
    leaf_rows: int = 100
    learning_rate: float = 0.06
    share: float = 0.5
    seed: int = 1

    @property
    def name(self) -> str:
        """As files and tables name it."""
        return f"trees_{self.window_days}"

    def forecast(self, market: Market, design: Design, days: Instants) -> list[DayPrices]:
        """Return forecasts of `days`; each fit is made at the gate of the first of its days."""
        starts = range(0, days.size, self.refit_days)
        parts = (self.part(market, design, days[at : at + self.refit_days]) for at in starts)
        return [day for part in parts for day in part]

    def part(self, market: Market, design: Design, days: Instants) -> list[DayPrices]:
        """Return the forecasts of one fit."""
        shown = lesson(market, design, days, self.window_days)
        if shown is None:
            return [weekly_naive(market, int(day)) for day in days]
        made = self.prices(shown.inputs, shown.targets, shown.asked)
        return told(design, days, made, "medians and branches for missing")

    def prices(self, inputs: Floats, targets: Floats, asked: Floats) -> Floats:
        """Return forecasts for the rows of `asked`, fitted on the others."""
        scale, goal = Tame.of(inputs[:, :-WEEKDAYS]), Tame.of(targets)
        left_out, straight = ridge(
            ready(scale, inputs).astype(np.float64),
            goal.into(targets).astype(np.float64),
            self.penalty,
        )
        outside = goal.back(left_out)
        ahead = goal.back(straight.predict(ready(scale, asked).astype(np.float64)))
        model = BoostedTrees.fit(
            with_base(inputs, outside),
            np.ascontiguousarray((targets - outside).ravel()),
            quantile=0.5,
            trees=self.trees,
            depth=self.depth,
            learning_rate=self.learning_rate,
            leaf_rows=self.leaf_rows,
            share=self.share,
            seed=self.seed,
        )
        price: Floats = ahead + model.predict(with_base(asked, ahead)).reshape(-1, 24)
        return price


def with_base(rows: Floats, base: Floats) -> Floats:
    """Return the hourly inputs with the ridge's forecast, and its distance to yesterday's mean."""
    away = base - rows[:, :24].mean(axis=1, keepdims=True)
    inputs = (rows.shape[1] - WEEKDAYS) // 24
    parts = [hourly(rows, inputs), base.reshape(-1, 1), away.reshape(-1, 1)]
    return np.ascontiguousarray(np.hstack(parts))
