"""A forecast of a whole day, for assets that choose the cheap and the dear periods in it.

What matters to a battery is on which side of the day's middle a period falls, so the confidence is
that of the side: the share of past periods, forecast as far from their day's median, that lay on
the same side of the real median.
"""

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError
from wattbook.forecast.confidence import calibrate
from wattbook.forecast.model import Forecast, Grid, Model
from wattbook.ingest import NANOS_PER_SECOND, Series

__all__ = ["day_forecast"]

DAY_NS = 86_400 * NANOS_PER_SECOND


def from_median(price: NDArray[np.float64], per_day: int) -> NDArray[np.float64]:
    """Return each price less the median of its block of `per_day`; NaN for a block without any."""
    blocks = price.reshape(-1, per_day)
    known = np.isfinite(blocks).any(axis=1)
    middle = np.full(blocks.shape[0], np.nan)
    middle[known] = np.nanmedian(blocks[known], axis=1)
    away: NDArray[np.float64] = (blocks - middle[:, None]).ravel()
    return away


def day_forecast(
    model: Model, series: Series, start: int, end: int, until: int, record_days: int = 21
) -> Forecast:
    """Return forecasts of every delivery period from `start` to `end`.

    The model is fitted twice: up to `record_days` before `until`, to forecast those days and learn
    how often it had the side right, and up to `until`, to forecast the day itself.

    Parameters
    ----------
    model : Model
        Its horizon must reach from every period of the day back to `until`.
    series : Series
        Prices that settle the asset.
    start, end : int
        The day, half-open, ns UTC.
    until : int
        When the forecast is made, ns UTC; prices of periods that end later are not used.
    record_days : int, optional
        Days of forecasts behind the confidence.

    Returns
    -------
    Forecast
        `last_price` holds the day's median forecast; `price` − `last_price` says dear or cheap.

    Raises
    ------
    ForecastError
        If the horizon is too short for the day or the history too short for the model.
    """
    interval = series.interval_seconds * NANOS_PER_SECOND
    per_day = DAY_NS // interval
    newest_used = end - interval - (model.horizon - 1) * interval
    if newest_used > until:
        need = int((end - until) // interval)
        message = (
            f"horizon {model.horizon} would use prices from after the forecast is made; "
            f"use {need} periods or more"
        )
        raise ForecastError(message)
    first = until - until % interval - record_days * per_day * interval
    past = first + interval * np.arange(record_days * per_day, dtype=np.int64)
    older = model.fit(series, first).predict(series, past)
    real = Grid.of(series, until)
    record = calibrate(
        from_median(older.price, per_day), from_median(real.at(real.places(past)), per_day)
    )
    target = np.arange(start, end, interval, dtype=np.int64)
    made = model.fit(series, until).predict(series, target)
    middle = float(np.nanmedian(made.price)) if np.isfinite(made.price).any() else float("nan")
    return Forecast(
        model=made.model,
        known_at=np.full(target.size, until, dtype=np.int64),
        delivery_start=target,
        price=made.price,
        last_price=np.full(target.size, middle),
        confidence=record.of(made.price - middle),
        features=made.features,
        contributions=made.contributions,
    )
