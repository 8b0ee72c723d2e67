"""A forecast of the spread between two settlements, for bids that pay when its sign is right.

The confidence is that of the sign: the share of past hours, forecast with a spread as large, whose
real spread had the sign that was forecast.
"""

import numpy as np

from wattbook.forecast.confidence import calibrate
from wattbook.forecast.model import Forecast, Grid, Model
from wattbook.ingest import NANOS_PER_SECOND, Series

__all__ = ["spread_forecast"]

DAY_NS = 86_400 * NANOS_PER_SECOND


def spread_forecast(
    model: Model, spread: Series, start: int, end: int, until: int, record_days: int
) -> Forecast:
    """Return forecasts of the spread in every hour from `start` to `end`.

    The model is fitted twice: up to `record_days` before `until`, to forecast those days and learn
    how often it had the sign right, and up to `until`, to forecast the day itself.

    Parameters
    ----------
    model : Model
        Its horizon must reach from the last hour back to `until`.
    spread : Series
        Real-time less day-ahead price; see `wattbook.market.spread`.
    start, end : int
        The day, half-open, ns UTC.
    until : int
        When the forecast is made, ns UTC; hours that end later are not used.
    record_days : int
        Days of forecasts behind the confidence.

    Returns
    -------
    Forecast
        `last_price` is zero: `price` itself is the forecast move.

    Raises
    ------
    ForecastError
        If the history is too short for the model.
    """
    interval = spread.interval_seconds * NANOS_PER_SECOND
    first = until - until % interval - record_days * DAY_NS
    past = np.arange(first, first + record_days * DAY_NS, interval, dtype=np.int64)
    older = model.fit(spread, first).predict(spread, past)
    real = Grid.of(spread, until)
    record = calibrate(older.price, real.at(real.places(past)))
    target = np.arange(start, end, interval, dtype=np.int64)
    made = model.fit(spread, until).predict(spread, target)
    return Forecast(
        model=made.model,
        known_at=np.full(target.size, until, dtype=np.int64),
        delivery_start=target,
        price=made.price,
        last_price=np.zeros(target.size),
        confidence=record.of(made.price),
        features=made.features,
    )
