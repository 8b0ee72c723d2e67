"""The forecast of the whole day that a battery plans on, from what is known when the run begins."""

import numpy as np

from wattbook.forecast import Forecast, day_forecast
from wattbook.ingest import NANOS_PER_SECOND, Series
from wattbook.market import TradingDay
from wattbook.runtime.desk.spec import MarketSpec
from wattbook.runtime.plan.instrument import ForecastRows
from wattbook.runtime.plan.periods import Periods
from wattbook.runtime.plan.power import HOUR_NS, model_of

__all__ = ["day_ahead_rows", "no_forecast"]

MIN_RECORD_DAYS = 7


def no_forecast() -> Forecast:
    """Return a forecast of nothing."""
    instants, prices = np.empty(0, dtype=np.int64), np.empty(0)
    return Forecast("none", instants, instants, prices, prices, prices)


def day_ahead_rows(
    spec: MarketSpec, known: Series, day: TradingDay, periods: Periods, start: int
) -> tuple[Forecast, ForecastRows]:
    """Return the forecast of every period whose gate is still open, and the same as rows.

    It is published ten periods before the first gate, or at once when the run begins later. Prices
    that become known after the run has begun are not used: the run is told of them by its feed.

    Parameters
    ----------
    spec : MarketSpec
        What the desk file says.
    known : Series
        Prices of the kind that is planned on, known at `start`.
    day : TradingDay
        The day.
    periods : Periods
        What the market settles.
    start : int
        When the run begins, ns UTC.

    Raises
    ------
    ForecastError
        If the history is too short for the model.
    """
    interval = known.interval_seconds * NANOS_PER_SECOND
    at = max(int(periods.gate.min()) - 10 * interval, start + NANOS_PER_SECOND)
    if int(periods.gate.max()) <= at:
        nothing = no_forecast()
        return nothing, ForecastRows.none()
    is_day_ahead = known.kind.value == "day_ahead"
    latest = day.start if is_day_ahead else start
    until = latest - latest % interval
    made = day_forecast(
        model_of(spec.forecast, (day.end - until) // interval),
        known,
        day.start,
        day.end,
        until,
        record_days=max(MIN_RECORD_DAYS, spec.history_days // 2),
    )
    place = np.searchsorted(periods.delivery_start, made.delivery_start)
    place = np.minimum(place, periods.delivery_start.size - 1)
    open_ = (periods.delivery_start[place] == made.delivery_start) & (periods.gate[place] > at)
    ahead = Forecast(
        made.model,
        np.full(int(open_.sum()), at, dtype=np.int64),
        made.delivery_start[open_],
        made.price[open_],
        made.last_price[open_],
        made.confidence[open_],
        made.features,
        contributions=made.contributions and made.contributions.of(open_),
    )
    about = periods.first_instrument + place[open_]
    return ahead, ForecastRows.of(ahead, about, ahead.delivery_start + HOUR_NS)
