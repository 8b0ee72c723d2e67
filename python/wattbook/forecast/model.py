"""What a forecast is, and what a model must do to make one."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError
from wattbook.forecast.contributions import Contributions
from wattbook.ingest import NANOS_PER_SECOND, Series

__all__ = ["FittedModel", "Forecast", "Grid", "Model", "Named"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected prices of delivery periods, each from what was known at one instant.

    Parameters
    ----------
    model : str
        Which model made it.
    known_at : ndarray of int64, shape (n,)
        ns UTC; nothing that was published later was used.
    delivery_start : ndarray of int64, shape (n,)
        ns UTC; what is forecast.
    price : ndarray of float64, shape (n,)
        Expected price, currency per price unit; NaN where an input was missing.
    last_price : ndarray of float64, shape (n,)
        Newest price known then; `price` − `last_price` is the forecast move.
    confidence : ndarray of float64 in [0, 1], shape (n,)
        Share of past forecasts of such a move that had the direction right; 0 where `price` is NaN
        or names no direction.
    features : str, optional
        Hash of the definitions of the model's inputs; empty where no model made the prices.
    half_life_ns : int, optional
        In which time half of what `confidence` is above one half is lost; 0 for never.
    contributions : Contributions, optional
        What each input added to each price; None where the model does not tell.
    """

    model: str
    known_at: NDArray[np.int64]
    delivery_start: NDArray[np.int64]
    price: NDArray[np.float64]
    last_price: NDArray[np.float64]
    confidence: NDArray[np.float64]
    features: str = ""
    half_life_ns: int = 0
    contributions: Contributions | None = None


class FittedModel(Protocol):
    """A model that knows its parameters."""

    def predict(self, series: Series, delivery_start: NDArray[np.int64]) -> Forecast:
        """Return forecasts of the delivery periods that begin at `delivery_start` (ns UTC)."""
        ...


class Model(Protocol):
    """A model before it has seen prices.

    Its horizon counts delivery periods: 1 is the period that begins when the newest price becomes
    known.
    """

    @property
    def name(self) -> str:
        """As a desk file names it."""
        ...

    @property
    def horizon(self) -> int:
        """Delivery periods ahead, from 1."""
        ...

    def fit(self, series: Series, until: int) -> FittedModel:
        """Return the model fitted on the periods of `series` that end by `until` (ns UTC)."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """A fitted model whose forecasts carry the name of its version."""

    name: str
    fitted: FittedModel

    def predict(self, series: Series, delivery_start: NDArray[np.int64]) -> Forecast:
        """Return forecasts of the periods that begin at `delivery_start` (ns UTC)."""
        return replace(self.fitted.predict(series, delivery_start), model=self.name)


@dataclass(frozen=True, slots=True)
class Grid:
    """A series on its full time grid: a missing delivery period is NaN, never a guess.

    Parameters
    ----------
    first : int
        Delivery start of the first place, ns UTC.
    interval : int
        Length of a period, ns.
    price : ndarray of float64
        One place a period.
    """

    first: int
    interval: int
    price: NDArray[np.float64]

    @classmethod
    def of(cls, series: Series, until: int | None = None) -> "Grid":
        """Return `series` on its grid, with only the periods that end by `until` (ns UTC).

        Raises
        ------
        ForecastError
            If nothing is left.
        """
        interval = series.interval_seconds * NANOS_PER_SECOND
        start = series.delivery_start
        if until is not None:
            start = start[: np.searchsorted(start, until - interval, side="right")]
        if not start.size:
            message = f"{series.name} has no price before the instant asked for; load more history"
            raise ForecastError(message)
        first = int(start[0])
        price = np.full(int((start[-1] - first) // interval) + 1, np.nan)
        price[(start - first) // interval] = series.price[: start.size]
        return cls(first, interval, price)

    @property
    def per_day(self) -> int:
        """Delivery periods in 24 hours."""
        return 86_400 * NANOS_PER_SECOND // self.interval

    def places(self, delivery_start: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places of periods, which may lie beyond either end."""
        return (delivery_start - self.first) // self.interval

    def at(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the prices at `places`, NaN beyond either end."""
        inside = (places >= 0) & (places < self.price.size)
        return np.where(inside, self.price[np.clip(places, 0, self.price.size - 1)], np.nan)
