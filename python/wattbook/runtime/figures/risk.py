"""What a desk could lose, after each change of a position, and which limits it passed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.runtime.figures.ledger import Ledger

__all__ = [
    "BreachLine",
    "LimitPeak",
    "RiskPath",
    "breaches",
    "held_at",
    "risk_path",
    "scenario_gains",
]

Array = NDArray[np.float64]
CONFIDENCE = 0.99
CHUNK = 4_096
STRESSED = 0.25
"""Share of the worst scenario in the margin, as in `scenario_margin`."""


@dataclass(frozen=True, slots=True)
class RiskPath:
    """Risk after each change of a position, in the desk's currency; losses are positive."""

    ts: NDArray[np.int64]
    """ns UTC."""
    value_at_risk: Array
    expected_shortfall: Array
    margin: Array

    @property
    def worst(self) -> int:
        """Place of the largest expected shortfall."""
        return int(np.argmax(self.expected_shortfall))


@dataclass(frozen=True, slots=True)
class LimitPeak:
    """A limit of a scope at its highest use in a run.

    Parameters
    ----------
    name, scope, measure : str
        As in the desk file.
    soft, hard : float
        Its levels, in the measure's own unit.
    highest : float or None
        The highest value seen; None where it could not be told.
    owner : str
        Who is told.
    """

    name: str
    scope: str
    measure: str
    soft: float
    hard: float
    highest: float | None
    owner: str


@dataclass(frozen=True, slots=True)
class BreachLine:
    """A limit that was passed."""

    ts: int
    """ns UTC."""
    limit: int
    measure: str
    severity: str
    is_active: bool
    """Whether an order did it; else the market."""
    order_id: int
    value: float
    level: float


def scenario_gains(ledger: Ledger) -> dict[int, Array]:
    """Return by instrument what a volume unit gains in each scenario, in the desk's currency.

    Empty where the run knew no prices before it.
    """
    table = ledger.table("set_sensitivities")
    found = {}
    for number, shocks in (
        table.select("instrument", "shocks_millionths").iter_rows() if table.height else ()
    ):
        instrument = ledger.instruments[number]
        rate = ledger.rates[instrument.currency] / 1e9
        hours = instrument.delivery_seconds / 3_600
        if shocks:
            found[number] = np.array(shocks, dtype=np.float64) / 1e6 * hours * rate
    return found


def changes(ledger: Ledger) -> pl.DataFrame:
    """Return by how much each event changed a position: sequence, ts_recv, instrument, owner."""
    table = ledger.table("position_changed")
    if not table.height:
        return table
    owner = ["instrument", "trading_book", "trader", "strategy"]
    before = pl.col("volume").shift(1).over(owner).fill_null(0)
    return table.with_columns(change=pl.col("volume") - before)


def tails_of(pnl: Array) -> Array:
    """Return value at risk, expected shortfall and margin of rows of gains by scenario.

    As `wattbook.risk` has them for one row: an observation (`Quantile.INVERTED_CDF`), the exact
    tail (`Shortfall.EXACT_TAIL`) and `scenario_margin`.
    """
    count = pnl.shape[1]
    ordered = np.sort(pnl, axis=1)
    place = count - min(max(int(np.ceil(round(CONFIDENCE * count, 9))), 1), count)
    tail = max(round((1.0 - CONFIDENCE) * count, 9), 1e-9)
    weights = np.clip(tail - np.arange(count), 0.0, 1.0) / tail
    shortfall = -(ordered @ weights)
    margin = np.maximum((1.0 - STRESSED) * shortfall - STRESSED * ordered[:, 0], 0.0)
    return np.array([-ordered[:, place], shortfall, margin])


def risk_path(ledger: Ledger) -> RiskPath | None:
    """Return the desk's risk at each change of a position; None without scenarios or trades."""
    gains, moved = scenario_gains(ledger), changes(ledger)
    if not gains or not moved.height:
        return None
    numbers = moved["instrument"].to_numpy()
    if not set(np.unique(numbers).tolist()) <= gains.keys():
        return None
    volumes = moved["change"].to_numpy() / 1e6
    pnl = np.zeros(next(iter(gains.values())).size)
    tails = np.empty((3, volumes.size))
    for first in range(0, volumes.size, CHUNK):
        part = slice(first, first + CHUNK)
        steps = np.array([gains[number] for number in numbers[part].tolist()])
        held = pnl + np.cumsum(steps * volumes[part, None], axis=0)
        pnl = held[-1]
        tails[:, part] = tails_of(held)
    ts = moved["ts_recv"].to_numpy()
    # What several changes of one instant pass through is held for no time.
    lasts = np.append(ts[1:] != ts[:-1], True)
    return RiskPath(ts[lasts], *tails[:, lasts])


def held_at(ledger: Ledger, ts: int) -> pl.DataFrame:
    """Return what was held at a time (ns UTC): owner, instrument and volume in 1e-6."""
    table = ledger.table("position_changed")
    if not table.height:
        return table
    owner = ["instrument", "trading_book", "trader", "strategy"]
    known = table.filter(pl.col("ts_recv") <= ts).group_by(owner, maintain_order=True)
    return known.agg(pl.col("volume").last()).filter(pl.col("volume") != 0)


def breaches(ledger: Ledger) -> tuple[BreachLine, ...]:
    """Return the limits that were passed, in time order."""
    table = ledger.table("limit_breached")
    if not table.height:
        return ()
    return tuple(
        BreachLine(
            ts=row["ts_recv"],
            limit=row["limit"],
            measure=row["measure"],
            severity=row["severity"],
            is_active=row["order_id"] != 0,
            order_id=row["order_id"],
            value=row["value_millionths"] / 1e6,
            level=row["level_millionths"] / 1e6,
        )
        for row in table.sort("sequence").iter_rows(named=True)
    )
