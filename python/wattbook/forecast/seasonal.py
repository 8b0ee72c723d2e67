"""A regression on hour, weekday and lagged prices, in a scale that tames spikes."""

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError
from wattbook.forecast.confidence import Calibration, calibrate
from wattbook.forecast.contributions import Contributions, along_path
from wattbook.forecast.decay import half_life
from wattbook.forecast.facts import features_hash
from wattbook.forecast.model import Forecast, Grid
from wattbook.ingest import NANOS_PER_SECOND, Series

__all__ = ["SeasonalRegression"]

DAY_NS = 86_400 * NANOS_PER_SECOND
HARMONICS = 4
WARM_DAYS = 3
AGES_MAX = 24
PRICE_INPUTS = ("newest", "period change", "hour change", "day lag", "week lag", "day move")
"""What stands first among the inputs; the rest is the clock."""
CLOCK_INPUTS = ("time of day", "weekday")
WEEKDAYS = 6
"""Columns of the weekday, which stand last; Monday needs none."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The area hyperbolic sine around the median: linear near it, logarithmic far out, signed.

    Prices cross zero and jump to 17,500; a plain regression would learn the jumps only.

    Parameters
    ----------
    middle, width : float
        Median and 1.4826 × median absolute deviation of the prices fitted on, in their unit.

    References
    ----------
    Uniejewski, Weron and Ziel (2018), Variance stabilizing transformations for electricity spot
    price forecasting.
    """

    middle: float
    width: float

    @classmethod
    def of(cls, price: NDArray[np.float64]) -> "Scale":
        """Return the scale of `price`; NaN is left out."""
        middle = float(np.nanmedian(price))
        width = 1.4826 * float(np.nanmedian(np.abs(price - middle)))
        return cls(middle, width if width > 0.0 else 1.0)

    def into(self, price: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return prices in the tame scale."""
        return np.arcsinh((price - self.middle) / self.width)

    def back(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return prices in their unit."""
        return self.middle + self.width * np.sinh(value)


def local_time(
    delivery_start: NDArray[np.int64], time_zone: str
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the local time of day in [0, 1) and the weekday (Monday is 0) of instants (ns UTC)."""
    zone = ZoneInfo(time_zone)
    hours, place = np.unique(delivery_start // (3_600 * NANOS_PER_SECOND), return_inverse=True)
    offsets = np.array(
        [
            (dt.datetime.fromtimestamp(hour * 3_600, zone).utcoffset() or dt.timedelta())
            // dt.timedelta(seconds=1)
            for hour in hours.tolist()
        ],
        dtype=np.int64,
    )
    local = delivery_start + offsets[place] * NANOS_PER_SECOND
    return (local % DAY_NS) / DAY_NS, (local // DAY_NS + 3) % 7


@dataclass(frozen=True, slots=True)
class SeasonalRegression:
    """Ridge regression on time of day, weekday and known prices.

    Of the known prices it takes the newest, its change over a period and over an hour, and the same
    delivery period of the newest known day and week.

    Parameters
    ----------
    horizon : int
        Delivery periods ahead, from 1.
    window_days : int, optional
        Days before the fit that it learns from.
    calibration_share : float, optional
        Newest share of the window whose forecasts, made by a fit on the older rest, earn the
        confidence. The final coefficients come from the whole window.
    ridge : float, optional
        Penalty on the coefficients of standardised inputs, relative to the number of rows.
    """

    horizon: int
    window_days: int = 56
    calibration_share: float = 0.4
    ridge: float = 1e-3
    name: str = "seasonal"

    def inputs(
        self, grid: Grid, scale: Scale, places: NDArray[np.int64], time_zone: str
    ) -> NDArray[np.float64]:
        """Return the inputs of the periods at `places`, shape (n, n_inputs), NaN where missing."""
        start = grid.first + places * grid.interval
        phase, weekday = local_time(start, time_zone)
        last_known = places - self.horizon
        day, week = grid.per_day, 7 * grid.per_day
        hour_back = max(1, grid.per_day // 24)
        newest = scale.into(grid.at(last_known))
        day_lag = scale.into(grid.at(places - day * -(-self.horizon // day)))
        week_lag = scale.into(grid.at(places - week * -(-self.horizon // week)))
        # How the same hour of the newest known day went on from where we are now.
        day_anchor = scale.into(grid.at(last_known - day * -(-self.horizon // day)))
        columns = [
            newest,
            newest - scale.into(grid.at(last_known - 1)),
            newest - scale.into(grid.at(last_known - hour_back)),
            day_lag,
            week_lag,
            day_lag - day_anchor,
        ]
        weekend = weekday >= 5
        for harmonic in range(1, HARMONICS + 1):
            angle = 2.0 * np.pi * harmonic * phase
            wave = (np.sin(angle), np.cos(angle))
            columns += [*wave, *(part * weekend for part in wave)]
        columns += [(weekday == number).astype(np.float64) for number in range(1, WEEKDAYS + 1)]
        return np.column_stack(columns)

    def solve(
        self, inputs: NDArray[np.float64], target: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the coefficients, intercept last; rows with NaN are left out.

        Raises
        ------
        ForecastError
            If fewer rows than twice the coefficients are complete.
        """
        whole = np.isfinite(inputs).all(axis=1) & np.isfinite(target)
        rows, count = int(whole.sum()), inputs.shape[1] + 1
        if rows < 2 * count:
            message = (
                f"{rows} complete rows are too few for {count} coefficients; load more history "
                "(8 days at least: a week's lag needs a week)"
            )
            raise ForecastError(message)
        x = inputs[whole]
        centre, width = x.mean(axis=0), x.std(axis=0)
        width[width == 0.0] = 1.0
        standard = (x - centre) / width
        mean = float(target[whole].mean())
        gram = standard.T @ standard + self.ridge * rows * np.eye(count - 1)
        slope = np.linalg.solve(gram, standard.T @ (target[whole] - mean)) / width
        return np.append(slope, mean - slope @ centre)

    def fit(self, series: Series, until: int) -> "FittedSeasonal":
        """Return the model fitted on the periods of `series` that end by `until` (ns UTC).

        Raises
        ------
        ForecastError
            If too little history is known by then.
        """
        grid = Grid.of(series, until)
        count = min(grid.price.size, self.window_days * grid.per_day)
        places = np.arange(grid.price.size - count, grid.price.size)
        newer = places[count - int(count * self.calibration_share) :]
        # The last targets of the older part end before the first newer forecast is made.
        older = places[places < newer[0] - self.horizon]
        record, error, half_life = self.earned(grid, older, newer, series)
        scale = Scale.of(grid.price[places])
        inputs = self.inputs(grid, scale, places, series.time_zone)
        coefficients = self.solve(inputs, scale.into(grid.price[places]))
        centre = inputs[np.isfinite(inputs).all(axis=1)].mean(axis=0)
        return FittedSeasonal(self, scale, coefficients, record, error, half_life, centre)

    def earned(
        self, grid: Grid, older: NDArray[np.int64], newer: NDArray[np.int64], series: Series
    ) -> tuple[Calibration, float, float]:
        """Return what a fit on `older` places earns on `newer`: calibration, mean error, half-life.

        Raises
        ------
        ForecastError
            If either part is too short.
        """
        scale = Scale.of(grid.price[older]) if older.size else Scale(0.0, 1.0)
        coefficients = self.solve(
            self.inputs(grid, scale, older, series.time_zone), scale.into(grid.price[older])
        )
        inputs = self.inputs(grid, scale, newer, series.time_zone)
        expected = inputs @ coefficients[:-1] + coefficients[-1]
        last = scale.into(grid.at(newer - self.horizon))
        record = calibrate(expected - last, scale.into(grid.price[newer]) - last)
        ages = min(self.horizon, AGES_MAX)
        known = np.stack([grid.at(newer - self.horizon + age) for age in range(ages)])
        price, real = scale.back(expected), grid.price[newer]
        error = float(np.nanmean(np.abs(price - real)))
        return record, error, half_life(price, known, real)


@dataclass(frozen=True, slots=True)
class FittedSeasonal:
    """A seasonal regression with its coefficients.

    Parameters
    ----------
    model : SeasonalRegression
        What was fitted.
    scale : Scale
        Of the prices fitted on.
    coefficients : ndarray of float64
        Per input, intercept last.
    calibration : Calibration
        From the newest part of the window.
    mean_absolute_error : float
        Of the forecasts behind the calibration, currency per price unit.
    half_life : float, optional
        Of what a signal's confidence is above one half, delivery periods; 0 where it does not fall.
    centre : ndarray of float64, optional
        Mean of each input in the window; without it a forecast does not tell what made it.
    """

    model: SeasonalRegression
    scale: Scale
    coefficients: NDArray[np.float64]
    calibration: Calibration
    mean_absolute_error: float
    half_life: float = 0.0
    centre: NDArray[np.float64] | None = None

    def warmed(self, series: Series, until: int) -> "FittedSeasonal":
        """Return the model with what it leaves of the newest three days, half of it, learnt on top.

        A ridge regression of those days' errors whose penalty is as heavy as the days themselves;
        a fit of the whole window takes thirty times as long. Scale and confidence stay those of the
        fit.

        Raises
        ------
        ForecastError
            If fewer than a day of them is known by then.
        """
        grid = Grid.of(series, until)
        places = np.arange(max(0, grid.price.size - WARM_DAYS * grid.per_day), grid.price.size)
        inputs = self.model.inputs(grid, self.scale, places, series.time_zone)
        said = inputs @ self.coefficients[:-1] + self.coefficients[-1]
        left = self.scale.into(grid.price[places]) - said
        whole = np.isfinite(left)
        if whole.sum() < grid.per_day:
            message = f"{whole.sum()} periods of the newest days are known; a day is needed"
            raise ForecastError(message)
        x = inputs[whole]
        centre, width = x.mean(axis=0), x.std(axis=0)
        width[width == 0.0] = 1.0
        standard, rows, mean = (x - centre) / width, x.shape[0], float(left[whole].mean())
        gram = standard.T @ standard + rows * np.eye(x.shape[1])
        slope = np.linalg.solve(gram, standard.T @ (left[whole] - mean)) / width
        more = np.append(slope, mean / 2.0 - slope @ centre)
        return replace(self, coefficients=self.coefficients + more)

    def predict(self, series: Series, delivery_start: NDArray[np.int64]) -> Forecast:
        """Return forecasts of the periods that begin at `delivery_start` (ns UTC)."""
        grid = Grid.of(series)
        places = grid.places(delivery_start)
        inputs = self.model.inputs(grid, self.scale, places, series.time_zone)
        value = inputs @ self.coefficients[:-1] + self.coefficients[-1]
        last = grid.at(places - self.model.horizon)
        return Forecast(
            model=self.model.name,
            known_at=delivery_start - (self.model.horizon - 1) * grid.interval,
            delivery_start=delivery_start,
            price=self.scale.back(value),
            last_price=last,
            confidence=self.calibration.of(value - self.scale.into(last)),
            features=features_hash(self.model),
            half_life_ns=round(self.half_life * grid.interval),
            contributions=self.contributions(inputs),
        )

    def contributions(self, inputs: NDArray[np.float64]) -> Contributions | None:
        """Return what each input added, the columns of the clock together."""
        if self.centre is None:
            return None
        slopes = self.coefficients[:-1]
        start = float(self.centre @ slopes + self.coefficients[-1])
        added = (inputs - self.centre) * slopes
        prices = len(PRICE_INPUTS)
        clock = (added[:, prices:-WEEKDAYS].sum(axis=1), added[:, -WEEKDAYS:].sum(axis=1))
        parts = np.column_stack((added[:, :prices], *clock))
        return Contributions(
            PRICE_INPUTS + CLOCK_INPUTS,
            float(self.scale.back(np.array([start]))[0]),
            along_path(parts, start, self.scale.back),
        )
