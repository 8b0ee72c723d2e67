"""The card of a version: what it is, what it learnt from, how good it was, what it is not for."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from wattbook.forecast.registry.saved import Fitted
    from wattbook.forecast.registry.version import Version

__all__ = ["card_of"]


def card_of(version: Version, fitted: Fitted, made_at: str) -> str:
    """Return the card as Markdown."""
    first, last = (
        str(np.datetime64(instant, "ns").astype("datetime64[m]"))
        for instant in (version.trained_from, version.trained_until)
    )
    settings = [f"| {key} | {value} |" for key, value in asdict(fitted.model).items()]
    metrics = [f"| {key} | {value:.6g} |" for key, value in version.metrics.items()]
    record = fitted.calibration.observations if fitted.calibration is not None else 0
    lines = [
        f"# {version.identity}",
        "",
        f"A {version.kind} model, {version.horizon} delivery periods ahead. Registered {made_at}.",
        f"It learnt from prices of {first}Z to {last}Z.",
        f"Features {version.features}, model file {version.sha256}.",
        "",
        "| setting | |",
        "|---|---|",
        *settings,
        "",
        "| measured out of sample | |",
        "|---|---|",
        *metrics,
        "",
        "## Limits",
        "",
        f"Its confidence rests on {record} forecasts. It knows no outages, no weather and no other",
        "market. A regime that its span does not hold is new to it; a missing lag gives no",
        "forecast, with confidence 0.",
        "",
    ]
    return "\n".join(lines)
