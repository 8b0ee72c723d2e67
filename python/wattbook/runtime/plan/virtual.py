"""The hours of a two-settlement day once more, for bids that deliver nothing."""

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.forecast import Forecast, Model, spread_forecast
from wattbook.ingest import NANOS_PER_SECOND, Series
from wattbook.market import TradingDay, spread
from wattbook.runtime.plan.instrument import Numbers
from wattbook.runtime.plan.periods import Periods

__all__ = ["VirtualPlan", "plan_virtuals"]

HOUR_NS = 3_600 * NANOS_PER_SECOND
DAY_NS = 24 * HOUR_NS


@dataclass(frozen=True, slots=True)
class VirtualPlan:
    """Virtual instruments of a day.

    Parameters
    ----------
    periods : Periods
        The hours; prices and gates are those of the physical ones.
    forecast : Forecast
        Of the real-time price, as sure as the sign of the spread to the day-ahead price is.
    known : Series
        Hourly spreads, real-time less day-ahead, that are known when bids are made.
    """

    periods: Periods
    forecast: Forecast
    known: Series

    def instrument_of(self, delivery_start: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the virtual instruments of the hours that begin at `delivery_start` (ns UTC)."""
        place = np.searchsorted(self.periods.delivery_start, delivery_start)
        return self.periods.first_instrument + place


def plan_virtuals(
    numbers: Numbers,
    periods: Periods,
    ahead: Forecast,
    model: Model,
    series: tuple[Series, Series],
    day: TradingDay,
    record_days: int,
) -> VirtualPlan:
    """Return the virtual hours of a day and the forecast that bids for them follow.

    Parameters
    ----------
    numbers : Numbers
        Of the run.
    periods : Periods
        The physical hours.
    ahead : Forecast
        Of their day-ahead prices.
    model : Model
        Whose horizon reaches from the last hour back to when the forecast is made.
    series : (Series, Series)
        Real-time and day-ahead prices.
    day : TradingDay
        Which day.
    record_days : int
        Days of forecasts behind the confidence.

    Raises
    ------
    ForecastError
        If the history is too short for the model.
    """
    until = periods.forecast_at // HOUR_NS * HOUR_NS
    spreads = spread(*series)
    made = spread_forecast(model, spreads, day.start, day.end, until, record_days)
    place = np.searchsorted(made.delivery_start, ahead.delivery_start)
    return VirtualPlan(
        periods=dataclasses.replace(periods, first_instrument=numbers.next_instrument()),
        forecast=Forecast(
            model=made.model,
            known_at=ahead.known_at,
            delivery_start=ahead.delivery_start,
            price=ahead.price + made.price[place],
            last_price=ahead.price,
            confidence=made.confidence[place],
            features=made.features,
        ),
        known=spreads.between(day.start - 2 * record_days * DAY_NS, until),
    )
