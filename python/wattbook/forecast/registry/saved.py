"""Fitted models as JSON documents with a schema version, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final, TypeAlias

import numpy as np

from wattbook.errors import ForecastError
from wattbook.forecast.confidence import Calibration
from wattbook.forecast.persistence import FittedPersistence, Persistence
from wattbook.forecast.seasonal import FittedSeasonal, Scale, SeasonalRegression

__all__ = ["SCHEMA_VERSION", "Fitted", "fitted_of", "saved"]

SCHEMA_VERSION: Final = 2
"""Of the documents; a document of another one is refused."""

Fitted: TypeAlias = FittedSeasonal | FittedPersistence


def saved(fitted: Fitted) -> dict[str, Any]:
    """Return a fitted model as a document of plain numbers and text.

    Examples
    --------
    >>> saved(FittedPersistence(Persistence(3), None))["settings"]["cycle"]
    'day'
    """
    settings = asdict(fitted.model)
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "kind": settings.pop("name"),
        "settings": settings,
        "calibration": None,
    }
    if fitted.calibration is not None:
        document["calibration"] = {
            "move": fitted.calibration.move.tolist(),
            "confidence": fitted.calibration.confidence.tolist(),
            "observations": int(fitted.calibration.observations),
        }
    if isinstance(fitted, FittedSeasonal):
        document["scale"] = asdict(fitted.scale)
        document["coefficients"] = fitted.coefficients.tolist()
        document["mean_absolute_error"] = fitted.mean_absolute_error
        document["half_life"] = fitted.half_life
        document["centre"] = None if fitted.centre is None else fitted.centre.tolist()
    return document


def fitted_of(document: dict[str, Any], where: str) -> Fitted:
    """Return the model that a document holds.

    Parameters
    ----------
    document : dict
        As `saved` makes it.
    where : str
        The file, for messages.

    Raises
    ------
    ForecastError
        If the document has another schema version, no known kind, or a number is missing or not
        finite.
    """
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        message = (
            f"{where}: schema version {version!r}, this release reads {SCHEMA_VERSION}; fit the "
            "model anew"
        )
        raise ForecastError(message)
    kind = document.get("kind")
    try:
        calibration = calibration_of(document["calibration"])
        if kind == "persistence":
            return FittedPersistence(Persistence(**document["settings"]), calibration)
        if kind == "seasonal" and calibration is not None:
            model = SeasonalRegression(**document["settings"])
            return FittedSeasonal(
                model,
                Scale(**document["scale"]),
                finite(document["coefficients"]),
                calibration,
                float(document["mean_absolute_error"]),
                float(document["half_life"]),
                # Models that were kept before it was told have none.
                finite(document["centre"]) if document.get("centre") is not None else None,
            )
    except (KeyError, TypeError, ValueError) as fault:
        message = f"{where}: not a whole model ({fault}); fit it anew"
        raise ForecastError(message) from fault
    message = f"{where}: no kind of model {kind!r}; this release reads seasonal, persistence"
    raise ForecastError(message)


def calibration_of(document: dict[str, Any] | None) -> Calibration | None:
    """Return a calibration, if there is one."""
    if document is None:
        return None
    move, confidence = finite(document["move"]), finite(document["confidence"])
    if move.shape != confidence.shape or not move.size:
        message = "a calibration needs one confidence for each move"
        raise ForecastError(message)
    return Calibration(move, confidence, int(document["observations"]))


def finite(values: list[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return numbers as an array.

    Raises
    ------
    ForecastError
        If one is not finite.
    """
    made = np.array(values, dtype=np.float64)
    if made.ndim != 1 or not np.isfinite(made).all():
        message = "a number is not finite"
        raise ForecastError(message)
    return made
