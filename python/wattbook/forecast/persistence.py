"""Persistence: it will be as it was, just now or in the same period a day or a week ago."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError
from wattbook.forecast.confidence import Calibration, calibrate
from wattbook.forecast.facts import features_hash
from wattbook.forecast.model import Forecast, Grid
from wattbook.ingest import Series

__all__ = ["Persistence"]

CYCLES = {"last": 0, "day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Persistence:
    """The price of the same delivery period one cycle ago.

    Parameters
    ----------
    horizon : int
        Delivery periods ahead, from 1.
    cycle : {"day", "week", "last"}, optional
        What repeats. ``last`` is the newest known price; like any cycle that the horizon covers in
        whole, it names no direction, so its confidence is 0 and no signal comes of it.
    calibration_days : int, optional
        Days before the fit whose forecasts earn the confidence.
    """

    horizon: int
    cycle: str = "day"
    calibration_days: int = 28
    name: str = "persistence"

    def __post_init__(self) -> None:
        """Refuse a cycle or horizon that means nothing."""
        if self.cycle not in CYCLES or self.horizon < 1:
            message = (
                f"persistence with cycle {self.cycle!r} and horizon {self.horizon} means nothing; "
                f"use a cycle of {', '.join(CYCLES)} and a horizon from 1"
            )
            raise ForecastError(message)

    def expected(self, grid: Grid, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the forecast of the periods at `places` of `grid`, `horizon` periods ahead."""
        days = CYCLES[self.cycle]
        if days == 0:
            return grid.at(places - self.horizon)
        cycle = days * grid.per_day
        # The newest repetition that is known when the forecast is made.
        return grid.at(places - cycle * -(-self.horizon // cycle))

    def fit(self, series: Series, until: int) -> "FittedPersistence":
        """Return the model with the confidence that its past forecasts earned by `until` (ns UTC).

        Raises
        ------
        ForecastError
            If too little history is known by then.
        """
        grid = Grid.of(series, until)
        count = min(grid.price.size, self.calibration_days * grid.per_day)
        places = np.arange(grid.price.size - count, grid.price.size)
        last = grid.at(places - self.horizon)
        move = self.expected(grid, places) - last
        if not np.nan_to_num(move).any():
            # The newest price repeated: a forecast, but of no direction.
            return FittedPersistence(self, None)
        return FittedPersistence(self, calibrate(move, grid.at(places) - last))


@dataclass(frozen=True, slots=True)
class FittedPersistence:
    """Persistence with its calibration; `calibration` is None where it names no direction."""

    model: Persistence
    calibration: Calibration | None

    def predict(self, series: Series, delivery_start: NDArray[np.int64]) -> Forecast:
        """Return forecasts of the periods that begin at `delivery_start` (ns UTC)."""
        grid = Grid.of(series)
        places = grid.places(delivery_start)
        price = self.model.expected(grid, places)
        last = grid.at(places - self.model.horizon)
        none = np.zeros(price.size)
        return Forecast(
            model=f"{self.model.name} ({self.model.cycle})",
            known_at=delivery_start - (self.model.horizon - 1) * grid.interval,
            delivery_start=delivery_start,
            price=price,
            last_price=last,
            confidence=none if self.calibration is None else self.calibration.of(price - last),
            features=features_hash(self.model),
        )
