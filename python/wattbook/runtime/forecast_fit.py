"""Fits the model of a desk's market and keeps it as a version of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattbook.errors import ForecastError
from wattbook.forecast.registry import Registry, Version
from wattbook.ingest import NANOS_PER_SECOND, normalize
from wattbook.runtime.plan.power import DAY_NS, chosen_day, model_of
from wattbook.sources import SOURCES

if TYPE_CHECKING:
    from pathlib import Path

    from wattbook.forecast import FittedModel
    from wattbook.ingest import Series
    from wattbook.runtime.desk import Desk, MarketSpec

__all__ = ["fit_market", "metrics_of"]

JUDGED_DAYS = 7


def fit_market(
    desk: Desk,
    market: str | None,
    registry: Registry,
    name: str,
    *,
    data: Path | None,
    seed: int,
    made_at: str,
) -> Version:
    """Fit the model of a market on what is known when its day begins, and register it.

    Its metrics come from a fit on the history less its newest seven days, which that fit forecasts.

    Parameters
    ----------
    desk : Desk
        Names source, day, history, kind of model and horizon.
    market : str or None
        Which market; None if the desk has one with a model only.
    registry : Registry
        Where to.
    name : str
        As which model.
    data : Path or None
        The folder of recorded data.
    seed : int
        Of generated days.
    made_at : str
        When, for the card.

    Raises
    ------
    ForecastError
        If the market is not one that has a model, or its history is too short.
    SourceError
        If the data lack the day.
    """
    spec = market_of(desk, market)
    source = SOURCES[spec.source]
    series, _ = normalize(source.read(data, seed)[0])
    day = chosen_day(spec, source, series)
    known = series.between(day.start - spec.history_days * DAY_NS, day.start)
    model = model_of(spec.forecast, spec.forecast.horizon)
    judged = day.start - JUDGED_DAYS * DAY_NS
    metrics = metrics_of(model.fit(known, judged), known, judged)
    fitted = model.fit(known, day.start)
    trained = (int(known.delivery_start[0]), day.start)
    # `model_of` gives a registered model only where `champion` is set, which `market_of` refuses.
    return registry.register(name, fitted, trained=trained, metrics=metrics, made_at=made_at)  # type: ignore[arg-type]


def market_of(desk: Desk, name: str | None) -> MarketSpec:
    """Return the market whose model is to be fitted.

    Raises
    ------
    ForecastError
        If there is none of that name with a model of its own.
    """
    found = [
        spec
        for spec in desk.market
        if SOURCES[spec.source].market_model != "auction" and name in (None, spec.name)
    ]
    if len(found) != 1:
        names = ", ".join(repr(spec.name) for spec in desk.market)
        message = f"{desk.path}: name one market that is forecast with --market, of {names}"
        raise ForecastError(message)
    if found[0].forecast.champion is not None:
        message = (
            f"{desk.path}: {found[0].name!r} takes a champion; fit with a desk that names a model"
        )
        raise ForecastError(message)
    return found[0]


def metrics_of(fitted: FittedModel, series: Series, start: int) -> dict[str, float]:
    """Return how good forecasts of all periods of `series` from `start` (ns UTC) on are.

    ``mae`` and ``persistence_mae`` are in the unit of the price; ``direction`` is the share of
    moves whose direction was right, ``periods`` how many were forecast.

    Raises
    ------
    ForecastError
        If nothing could be forecast.
    """
    later = series.between(start, int(series.delivery_start[-1]) + NANOS_PER_SECOND)
    made = fitted.predict(series, later.delivery_start)
    seen = np.isfinite(made.price) & np.isfinite(made.last_price)
    if not seen.any():
        message = f"{series.name}: no period of the last days could be forecast; load more history"
        raise ForecastError(message)
    real, last, price = later.price[seen], made.last_price[seen], made.price[seen]
    right = np.sign(price - last) == np.sign(real - last)
    return {
        "mae": float(np.abs(price - real).mean()),
        "persistence_mae": float(np.abs(last - real).mean()),
        "direction": float(right.mean()),
        "periods": float(seen.sum()),
    }
