"""The page of five-minute forecasts: fan chart, reliability, error by hour and by regime."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattbook.forecast.five_minute import FiveMinuteForecasts, score
from wattbook.forecast.five_minute.market import SLOTS
from wattbook.forecast.reliability import reliability
from wattbook.runtime.report.contract import document
from wattbook.runtime.report.markup import card, table
from wattbook.runtime.report.svg import Frame, Line, plot
from wattbook.runtime.report.tear_sheet import section

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["forecast_page", "regimes"]

REGIMES = ("calm", "ordinary", "lively", "wild")
"""By quartile of the mean move of the hour before."""
HOUR = 12


def regimes(made: FiveMinuteForecasts) -> NDArray[np.int64]:
    """Return the regime of each interval, from moves of the hour before alone; -1 in the first."""
    move = np.nan_to_num(np.abs(made.real - made.last))
    sums = np.concatenate([[0.0], np.cumsum(move)])
    size = np.full(move.size, np.nan)
    size[HOUR:] = (sums[HOUR:-1] - sums[: -HOUR - 1]) / HOUR
    cuts = np.nanquantile(size, [0.25, 0.5, 0.75])
    return np.where(np.isfinite(size), np.searchsorted(cuts, size), -1)


def fan(made: FiveMinuteForecasts) -> str:
    """Return the fan chart of the last day: the interval's ends around forecast and price."""
    last = slice(-SLOTS, None)
    hours = np.arange(made.real[last].size) / HOUR
    lines = [
        Line("price", hours, made.real[last], 0),
        Line("forecast", hours, made.point[last], 1),
        Line("95 % interval", hours, made.lower[last], 2),
        Line("", hours, made.upper[last], 2),
    ]
    return plot(Frame("Forecasts of the last day", "hours of the day", "price per MWh"), lines)


def reliability_plot(made: FiveMinuteForecasts) -> str:
    """Return confidences against what came true."""
    seen = np.isfinite(made.real) & (made.confidence > 0.0)
    if not seen.any():
        return "<p>No confidence was earned yet: that takes a refit.</p>"
    move = made.real[seen] - made.last[seen]
    right = (np.sign(made.lean[seen]) == np.sign(move)) & (move != 0.0)
    found = reliability(made.confidence[seen], right)
    lines = [
        Line("came true", found.confidence, found.share_right, 0),
        Line("perfect", np.array([0.0, 1.0]), np.array([0.0, 1.0]), 1),
    ]
    title = f"Reliability; expected calibration error {100 * found.expected_error:.2f} points"
    caption = f"<p>{title}, {int(found.calls.sum()):,} calls.</p>"
    return plot(Frame(title, "confidence", "share right"), lines) + caption


def by_hour(made: FiveMinuteForecasts) -> str:
    """Return the mean absolute error of each hour of the day, beside persistence's."""
    hour = made.slot % SLOTS // HOUR
    ours, plain = np.abs(made.real - made.point), np.abs(made.real - made.last)
    lines = []
    for ink, (name, errors) in enumerate((("ours", ours), ("persistence", plain))):
        means = np.array([mean_at(errors, hour, each) for each in range(24)])
        lines.append(Line(name, np.arange(24.0), means, ink))
    return plot(Frame("Error by hour", "hour of the day", "mean absolute error"), lines)


def mean_at(errors: NDArray[np.float64], places: NDArray[np.int64], place: int) -> float:
    """Return the mean of the known errors at a place; NaN without any."""
    own = errors[(places == place) & np.isfinite(errors)]
    return float(own.mean()) if own.size else float("nan")


def by_regime(made: FiveMinuteForecasts) -> str:
    """Return a table of errors and coverage by regime."""
    regime = regimes(made)
    seen = np.isfinite(made.real)
    inside = (made.real >= made.lower) & (made.real <= made.upper)
    rows = []
    for number, name in enumerate(REGIMES):
        own = seen & (regime == number)
        if not own.any():
            continue
        ours = float(np.abs(made.real - made.point)[own].mean())
        plain = float(np.abs(made.real - made.last)[own].mean())
        ratio = f"{ours / plain:.3f}" if plain > 0.0 else "–"
        covered = f"{100 * float(inside[own].mean()):.2f} %"
        rows.append([name, f"{own.sum():,}", f"{ours:.3f}", f"{plain:.3f}", ratio, covered])
    headings = ["regime", "intervals", "ours", "persistence", "ratio", "inside 95 %"]
    return table("Mean absolute error by regime: moves of the hour before", headings, rows)


def forecast_page(name: str, made: FiveMinuteForecasts) -> str:
    """Return the page of a market's forecasts."""
    found = score(made)
    cards = [
        card(f"{found.mae:.3f}", "mean absolute error"),
        card(f"{found.mae / found.persistence_mae:.3f}", "of persistence's"),
        card(f"{100 * found.coverage:.2f} %", "inside the 95 % interval"),
        card(f"{100 * found.calls:.1f} %", "called with a confidence from 0.8 on"),
    ]
    parts = [
        section(fan(made), "Fan chart"),
        section(reliability_plot(made), "Reliability"),
        section(by_hour(made), "Error by hour"),
        section(by_regime(made), "Error by regime"),
    ]
    title = f"{name}: {found.intervals:,} intervals, five minutes ahead"
    return document(title, cards, "\n".join(parts), "")
