"""A model fitted anew beside the day: nothing missed, the same every time, and judged."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattbook.errors import ForecastError
from wattbook.forecast import Forecast, SeasonalRegression
from wattbook.forecast.refit import Refits, day_drift, unnamed
from wattbook.forecast.seasonal import FittedSeasonal
from wattbook.ingest import Series, normalize
from wattbook.sources import SOURCES

if TYPE_CHECKING:
    from numpy.typing import NDArray

MINUTE = 60 * 10**9
QUARTER = 15 * MINUTE
HORIZON = 3


@pytest.fixture(scope="module")
def series() -> Series:
    return normalize(SOURCES["generated"].read(None, 7)[0])[0]


def followed(series: Series, refits: Refits, count: int) -> list[Forecast]:
    """Return the forecasts of the newest `count` periods as their prices come."""
    made = []
    interval = series.interval_seconds * 10**9
    first = series.delivery_start.size - count
    for place in range(first, series.delivery_start.size):
        start = int(series.delivery_start[place])
        at = start + 1_000
        refits.told(start, float(series.price[place]), at)
        known = series.between(int(series.delivery_start[0]), start + interval)
        made.append(refits.forecast(known, start + HORIZON * interval, at))
    return made


def test_a_quarter_of_an_hour_refits_and_no_forecast_is_missed(series: Series) -> None:
    day = int(series.delivery_start[-72])
    base = SeasonalRegression(HORIZON).fit(series, day)
    runs = []
    for _ in range(2):
        refits = Refits(base, "day@3", QUARTER)
        made = followed(series, refits, 72)
        refits.close()
        runs.append((made, refits))
    (made, refits), (again, _) = runs
    # Six hours of five-minute prices: each quarter from the second price on, taken in by the next.
    assert refits.figures.refits == 23
    assert refits.figures.asked == refits.figures.made == 72
    assert [float(one.price[0]) for one in made] == [float(one.price[0]) for one in again]
    # The daily line trades; its challenger has learnt from what came since.
    assert {one.model for one in made} == {"seasonal"}
    warm = unnamed(refits.lines["warm"])
    assert isinstance(warm, FittedSeasonal)
    assert not np.array_equal(warm.coefficients, base.coefficients)
    assert warm.calibration is base.calibration


def test_a_later_price_changes_no_refit_before_it(series: Series) -> None:
    base = SeasonalRegression(HORIZON).fit(series, int(series.delivery_start[-40]))
    changed = series.price.copy()
    changed[-10:] = changed[-10:][::-1] + 20.0
    told = []
    for each in (series, replace(series, price=changed)):
        refits = Refits(base, "day", QUARTER)
        # The challenger is looked at as well: it is the one that refits change.
        refits.contest.champion, refits.contest.challenger = "warm", "daily"
        told.append([float(one.price[0]) for one in followed(each, refits, 40)])
        refits.close()
    assert told[0][:30] == told[1][:30]
    assert told[0][30:] != told[1][30:]


@dataclass(frozen=True)
class Constant:
    """Says one price; what it is warmed up to says another."""

    value: float
    warm: float | None = None
    hold: threading.Event | None = None

    def predict(self, series: Series, delivery_start: NDArray[np.int64]) -> Forecast:
        price = np.full(delivery_start.size, self.value)
        return Forecast("constant", delivery_start, delivery_start, price, price, price * 0.0)

    def warmed(self, series: Series, until: int) -> Constant:
        if self.hold is not None:
            assert self.hold.wait(60.0)
        if self.warm is None:
            raise ForecastError("too little history")
        return Constant(self.warm)


def test_the_better_line_is_promoted_and_loses_again_when_it_disappoints(series: Series) -> None:
    refits = Refits(Constant(10.0, warm=50.0), "day", QUARTER)
    decided = []
    for number in range(800):
        at = number * 5 * MINUTE
        # The warm line is right at first, the daily one later.
        decision = refits.told(at, 49.0 if number < 200 else 11.0, at)
        if decision is not None:
            decided.append(decision)
        refits.forecast(series, at + 5 * MINUTE, at)
    refits.close()
    assert [one.winner for one in decided if one.is_promotion] == ["warm", "daily"]
    assert decided[0].intervals >= 96
    assert unnamed(decided[0].model) == Constant(50.0)


def test_a_refit_that_is_not_done_is_waited_for_and_one_that_fails_changes_nothing(
    series: Series,
) -> None:
    hold = threading.Event()
    refits = Refits(Constant(10.0, warm=50.0, hold=hold), "day", QUARTER)
    for number in range(4):
        refits.forecast(series, number, number * 5 * MINUTE)
    # The refit has begun and holds; the next price waits for it rather than go on without.
    threading.Timer(0.05, hold.set).start()
    refits.forecast(series, 4, 4 * 5 * MINUTE)
    assert (refits.figures.refits, refits.figures.made) == (1, 5)
    assert unnamed(refits.lines["warm"]) == Constant(50.0)
    refits.close()
    broken = Refits(Constant(10.0), "day", QUARTER)
    said = [broken.forecast(series, number, number * 5 * MINUTE).price[0] for number in range(9)]
    broken.close()
    assert (broken.figures.failed, broken.figures.refits, set(said)) == (2, 0, {10.0})


def test_drift_names_the_input_that_moved(series: Series) -> None:
    start = int(series.delivery_start[-288])
    base = SeasonalRegression(HORIZON).fit(series, start)
    error = base.mean_absolute_error
    same = day_drift(base, series, start, [error] * 96)
    moved = replace(series, price=series.price + 500.0 * (series.delivery_start >= start))
    far = day_drift(base, moved, start, [2.0 * error] * 96)
    assert same is not None
    assert far is not None
    assert (same.is_worse, far.is_worse) == (False, True)
    assert far.stability["newest"] > same.stability["newest"] + 0.1
    assert day_drift(base, series, start, []) is None
