"""A version of the registry as a model that a trading day forecasts with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wattbook.forecast.model import Named

if TYPE_CHECKING:
    from wattbook.forecast.model import FittedModel
    from wattbook.forecast.registry.saved import Fitted
    from wattbook.ingest import Series

__all__ = ["Champion"]


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
