"""A version of the registry as a model that a trading day forecasts with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.forecast.model import FittedModel, Forecast, Model
    from wattbook.forecast.registry.saved import Fitted
    from wattbook.ingest import Series

__all__ = ["Champion", "features_hash"]

DEFINITIONS: Final = {
    "seasonal": "newest, period and hour change, day lag, week lag, day move, harmonics 4, weekday",
    "persistence": "newest price, price one cycle ago",
}
"""What goes into each kind; a change of a definition changes the hash."""


def features_hash(model: Model) -> str:
    """Return the hash of the definitions of a model's inputs.

    Examples
    --------
    >>> from wattbook.forecast import Persistence, SeasonalRegression
    >>> features_hash(Persistence(3)) == features_hash(Persistence(3, calibration_days=7))
    True
    >>> features_hash(SeasonalRegression(3)) == features_hash(SeasonalRegression(4))
    False
    """
    cycle = getattr(model, "cycle", "")
    text = f"{model.name};{DEFINITIONS[model.name]};horizon {model.horizon};{cycle}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Champion:
    """A promoted model at a horizon.

    Where the version was fitted for this horizon on prices known by then, its own coefficients
    forecast. Otherwise its settings are fitted anew on what was known, so that no forecast rests on
    later prices; `Forecast.model` says so.

    Parameters
    ----------
    version : str
        As orders name it, such as ``vic1-hour@3``.
    fitted : FittedSeasonal or FittedPersistence
        What the version holds.
    trained_until : int
        ns UTC; no later price was learnt from.
    horizon : int
        Delivery periods ahead.
    """

    version: str
    fitted: Fitted
    trained_until: int
    horizon: int

    @property
    def name(self) -> str:
        """As forecasts name it."""
        return self.version

    def fit(self, series: Series, until: int) -> FittedModel:
        """Return the version itself if it fits `until` (ns UTC), or its settings fitted by then.

        Raises
        ------
        ForecastError
            If settings are to be fitted and too little history is known.
        """
        is_same = self.fitted.model.horizon == self.horizon
        if is_same and self.trained_until <= until:
            return Named(self.version, self.fitted)
        model = replace(self.fitted.model, horizon=self.horizon)
        return Named(f"{self.version} refitted", model.fit(series, until))


@dataclass(frozen=True, slots=True)
class Named:
    """A fitted model whose forecasts carry the name of its version."""

    name: str
    fitted: FittedModel

    def predict(self, series: Series, delivery_start: NDArray[np.int64]) -> Forecast:
        """Return forecasts of the periods that begin at `delivery_start` (ns UTC)."""
        return replace(self.fitted.predict(series, delivery_start), model=self.name)
