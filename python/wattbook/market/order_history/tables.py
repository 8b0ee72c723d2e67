"""A fit and its error as tables, and as a section of a desk file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from wattbook.errors import InputError
from wattbook.market.order_history.compare import MEASURES, FitError
from wattbook.market.order_history.history import LOTS_PER_MW, TICKS_PER_EUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattbook.market.order_history.rates import HistoryFit
    from wattbook.market.order_history.rebuild import Rebuilt

__all__ = ["error_table", "path_table", "rate_table", "synthetic_book"]

SIDES = ("buy", "sell")
MAKERS, NOISE = 4, 6
"""Participants of `[market.synthetic_book.participants]` unless it says otherwise."""


def rate_table(fit: HistoryFit) -> pl.DataFrame:
    """Return every rate of `fit`, one a row.

    Columns: ``minutes_from`` and ``minutes_to`` (to gate), ``rate`` (``limit``, ``market``,
    ``cancel``, ``trade``), ``side`` and ``eur_from``, ``eur_to`` (distance from the other side;
    null where there is none), ``count``, ``hours`` (exposure; of resting orders for ``cancel``),
    ``per_hour`` and ``standard_error`` (NaN without exposure).
    """
    rows: list[tuple[object, ...]] = []
    ticks = [each / TICKS_PER_EUR for each in fit.grid.ticks]
    bounds = list(zip(fit.grid.minutes[:-1], fit.grid.minutes[1:], strict=True))

    def add(
        name: str, counts: NDArray[np.float64], hours: NDArray[np.float64], *, distances: bool
    ) -> None:
        values, errors = fit.estimate(name)
        for place in np.ndindex(counts.shape):
            side = SIDES[place[1]] if len(place) > 1 else None
            span = ticks[place[2] : place[2] + 2] if distances else (None, None)
            spent = hours[place[:2]]
            told = int(counts[place]), float(spent), float(values[place]), float(errors[place])
            rows.append((*bounds[place[0]], name, side, *span, *told))

    add("limit", fit.limit_counts, fit.limit_hours, distances=True)
    add("market", fit.market_counts, fit.market_hours, distances=False)
    add("cancel", fit.cancel_counts, fit.order_hours, distances=False)
    add("trade", fit.trade_counts, fit.hours, distances=False)
    types = {
        "minutes_from": pl.Float64,
        "minutes_to": pl.Float64,
        "rate": pl.String,
        "side": pl.String,
        "eur_from": pl.Float64,
        "eur_to": pl.Float64,
        "count": pl.Int64,
        "hours": pl.Float64,
        "per_hour": pl.Float64,
        "standard_error": pl.Float64,
    }
    return pl.DataFrame(rows, schema=types, orient="row")


def error_table(fit: HistoryFit, error: FitError) -> pl.DataFrame:
    """Return what was observed and simulated, by bin and measure, one a row."""
    grid = fit.grid
    rows = [
        (
            *(grid.minutes[k], grid.minutes[k + 1], name),
            *(float(each[place, k]) for each in (error.observed, error.simulated)),
            *(float(each[place, k]) for each in (error.deviation, error.relative)),
        )
        for place, name in enumerate(MEASURES)
        for k in range(grid.bins)
    ]
    names = ["minutes_from", "minutes_to", "measure"]
    numbers = ["observed", "simulated", "deviation", "relative_error"]
    types = {name: pl.String if name == "measure" else pl.Float64 for name in names + numbers}
    return pl.DataFrame(rows, schema=types, orient="row")


def path_table(books: Sequence[Rebuilt]) -> pl.DataFrame:
    """Return the tops and depths of all `books`, each row with its ``delivery_start``."""
    return pl.concat(
        book.path.with_columns(pl.lit(book.delivery_start).alias("delivery_start"))
        for book in books
    )


def synthetic_book(fit: HistoryFit, k: int) -> str:
    """Return bin `k` of `fit` as ``[market.synthetic_book]`` of a desk file.

    Half the mean spread; the mean volume of a best price; makers that requote at the rate at which
    orders are cancelled; takers at random as often, and of as much volume, as market orders. The
    step between levels is what spreads the volume within 1 EUR/MWh evenly. Followers of moves and
    the wander of makers cannot be told from these rates: none of the first, the usual second.

    Raises
    ------
    InputError
        If the bin lacks a spread, a cancellation or a market order.
    """
    bounds = f"{fit.grid.minutes[k]:g} to {fit.grid.minutes[k + 1]:g} minutes to gate"
    market = float(fit.market_counts[k].sum())
    cancels = float(fit.cancel_counts[k].sum())
    if not (market and cancels and fit.spread_ticks[k] > 0):
        message = f"{bounds} has no spread, cancellation or market order; take a wider bin"
        raise InputError(message)
    best, near = (float(each[k].mean()) / LOTS_PER_MW for each in (fit.best_lots, fit.near_lots))
    per_hour = float(np.nansum(fit.estimate("market")[0][k]))
    half_spread = max(fit.spread_ticks[k] / 2 / TICKS_PER_EUR, 0.01)
    # Volumes are drawn evenly up to the largest, so their mean is half of it and of one lot.
    largest = max(2 * float(fit.lots("market")[0][k]) - 1, 1) / LOTS_PER_MW
    interval = fit.order_hours[k].sum() / cancels * 3_600
    return "\n".join(
        [
            f"# {bounds}: fitted from {fit.contracts} contracts.",
            "[market.synthetic_book]",
            "tick = 0.01",
            "lot = 0.1",
            f"half_spread = {half_spread:.2f}",
            f"level_volume = {max(best, 0.1):.1f}",
            "",
            "[market.synthetic_book.participants]",
            f"makers = {MAKERS}",
            f"noise = {NOISE}",
            "momentum = 0",
            f"maker_interval_seconds = {max(round(interval), 1)}",
            f"level_step = {max(best / near, 0.01):.2f}",
            f"noise_interval_seconds = {max(round(NOISE / per_hour * 3_600), 1)}",
            f"noise_volume = {largest:.1f}",
            "",
        ]
    )
