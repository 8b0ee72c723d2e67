"""How good five-minute forecasts are, against persistence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.forecast.five_minute.backtest import FiveMinuteForecasts
from wattbook.forecast.five_minute.market import SLOTS
from wattbook.forecast.reliability import reliability

__all__ = ["FiveMinuteScore", "score"]

ABSTAIN_BELOW = 0.8


@dataclass(frozen=True, slots=True)
class FiveMinuteScore:
    """A year in numbers.

    Parameters
    ----------
    intervals : int
        With a price.
    mae, persistence_mae : float
        Mean absolute errors, currency per MWh.
    coverage, worst_month_low, worst_month_high : float
        Share of prices inside: all, and the least and most of any calendar month.
    winkler, width, plain_winkler, plain_width : float
        Mean interval score and width, ours and persistence's.
    plain_coverage : float
        Share inside persistence's interval.
    right_top_1, right_top_10 : float
        Share of right directions among the surest 1 % and 10 % of the intervals that moved.
    near, persistence_near : float
        Share of prices within 10 or 10 % of the forecast, whichever is more.
    calls, right_calls : float
        Share of intervals with a confidence from 0.8 on, and how many of them were right; an
        interval that did not move counts as wrong.
    calibration_error : float
        Expected calibration error of the confidences.
    """

    intervals: int
    mae: float
    persistence_mae: float
    coverage: float
    worst_month_low: float
    worst_month_high: float
    winkler: float
    width: float
    plain_coverage: float
    plain_winkler: float
    plain_width: float
    right_top_1: float
    right_top_10: float
    near: float
    persistence_near: float
    calls: float
    right_calls: float
    calibration_error: float


def score(made: FiveMinuteForecasts, level: float = 0.95) -> FiveMinuteScore:
    """Return the score of forecasts; intervals without a price are left out."""
    seen = np.isfinite(made.real)
    real, last, point = made.real[seen], made.last[seen], made.point[seen]
    inside = (real >= made.lower[seen]) & (real <= made.upper[seen])
    days = made.slot[seen] // SLOTS
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    by_month = [float(inside[months == month].mean()) for month in np.unique(months)]
    move, lean = real - last, made.lean[seen]
    right = (np.sign(lean) == np.sign(move)) & (move != 0.0)
    moved = np.flatnonzero(move != 0.0)
    surest = moved[np.argsort(-np.abs(lean[moved]), kind="stable")]
    tenth, hundredth = (surest[: max(surest.size // part, 1)] for part in (10, 100))
    confidence = made.confidence[seen]
    known = confidence > 0.0
    called = confidence >= ABSTAIN_BELOW
    found = reliability(confidence[known], right[known]) if known.any() else None
    near_enough = np.maximum(10.0, 0.1 * np.abs(real))
    ours = interval_score(real, made.lower[seen], made.upper[seen], level)
    plain = interval_score(real, made.plain_lower[seen], made.plain_upper[seen], level)
    plain_inside = (real >= made.plain_lower[seen]) & (real <= made.plain_upper[seen])
    return FiveMinuteScore(
        intervals=int(seen.sum()),
        mae=float(np.abs(point - real).mean()),
        persistence_mae=float(np.abs(move).mean()),
        coverage=float(inside.mean()),
        worst_month_low=min(by_month),
        worst_month_high=max(by_month),
        winkler=ours[0],
        width=ours[1],
        plain_coverage=float(plain_inside.mean()),
        plain_winkler=plain[0],
        plain_width=plain[1],
        right_top_1=float(right[hundredth].mean()),
        right_top_10=float(right[tenth].mean()),
        near=float((np.abs(point - real) <= near_enough).mean()),
        persistence_near=float((np.abs(move) <= near_enough).mean()),
        calls=float(called.mean()),
        right_calls=float(right[called].mean()) if called.any() else float("nan"),
        calibration_error=found.expected_error if found else float("nan"),
    )


def interval_score(
    real: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    level: float,
) -> tuple[float, float]:
    """Return the mean Winkler score and the mean width."""
    outside = np.maximum(lower - real, 0.0) + np.maximum(real - upper, 0.0)
    width = float(np.mean(upper - lower))
    return width + float(np.mean(outside)) * 2.0 / (1.0 - level), width
