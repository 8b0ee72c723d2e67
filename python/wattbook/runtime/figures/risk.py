"""What a desk could lose, as positions and scenarios change, and which limits it passed."""

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
    """Risk after each change of a position or of scenarios; desk's currency, losses positive."""

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


def scenario_gains(ledger: Ledger, ts: int | None = None) -> dict[int, Array]:
    """Return by instrument what a volume unit gains in each scenario, in the desk's currency.

    Of the scenarios in force at a time (ns UTC), by default the last ones. Empty where the run knew
    no prices before it.
    """
    found: dict[int, Array] = {}
    for day in scenario_days(ledger):
        if ts is None or day.ts <= ts or not found:
            found |= day.gains
    return found


@dataclass(frozen=True, slots=True)
class ScenarioDay:
    """Scenarios that became known at one instant, by instrument."""

    ts: int
    """ns UTC."""
    sequence: int
    """Of the last of them."""
    gains: dict[int, Array]


def scenario_days(ledger: Ledger) -> tuple[ScenarioDay, ...]:
    """Return the scenarios of a run in the order in which they became known."""
    table = ledger.table("set_sensitivities")
    if not table.height:
        return ()
    made: list[ScenarioDay] = []
    columns = ("ts_recv", "sequence", "instrument", "shocks_millionths")
    for ts, sequence, number, shocks in table.sort("sequence").select(columns).iter_rows():
        instrument = ledger.instruments[number]
        rate = ledger.rates[instrument.currency] / 1e9
        hours = instrument.delivery_seconds / 3_600
        gains = made[-1].gains if made and made[-1].ts == ts else {}
        if shocks:
            gains[number] = np.array(shocks, dtype=np.float64) / 1e6 * hours * rate
        if gains and made and made[-1].ts == ts:
            made[-1] = ScenarioDay(ts, sequence, gains)
        elif gains:
            made.append(ScenarioDay(ts, sequence, gains))
    return tuple(made)


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
    """Return the desk's risk at each change of a position or of the scenarios it is told by.

    None without scenarios or trades. What was held before scenarios changed is valued anew in them.
    """
    days, moved = scenario_days(ledger), changes(ledger)
    if not days or not moved.height:
        return None
    if not set(moved["instrument"].unique().to_list()) <= days[0].gains.keys():
        return None
    gains: dict[int, Array] = {}
    held: dict[int, int] = {}
    times, tails = [], []
    sequence = moved["sequence"].to_numpy()
    # What was traded before the first scenarios is told in them.
    firsts = [0, *np.searchsorted(sequence, [day.sequence for day in days[1:]]).tolist()]
    for day, first, last in zip(days, firsts, [*firsts[1:], moved.height], strict=True):
        gains |= day.gains
        pnl = held_pnl(gains, held)
        if first:
            times.append(np.array([day.ts]))
            tails.append(tails_of(pnl[None, :]))
        part = moved.slice(first, last - first)
        if part.height:
            times.append(part["ts_recv"].to_numpy())
            tails.append(path_tails(gains, pnl, part))
        for number, change in part.group_by("instrument").agg(pl.col("change").sum()).iter_rows():
            held[number] = held.get(number, 0) + change
    ts, found = np.concatenate(times), np.concatenate(tails, axis=1)
    # What several changes of one instant pass through is held for no time.
    lasts = np.append(ts[1:] != ts[:-1], True)
    return RiskPath(ts[lasts], *found[:, lasts])


def held_pnl(gains: dict[int, Array], held: dict[int, int]) -> Array:
    """Return gains by scenario of volumes (1e-6) by instrument."""
    pnl = np.zeros(next(iter(gains.values())).size)
    for number, volume in held.items():
        if volume:
            pnl += volume / 1e6 * gains[number]
    return pnl


def path_tails(gains: dict[int, Array], pnl: Array, moved: pl.DataFrame) -> Array:
    """Return `tails_of` what is held after each change of a position, from gains `pnl` before."""
    numbers, volumes = moved["instrument"].to_list(), moved["change"].to_numpy() / 1e6
    tails = np.empty((3, volumes.size))
    for first in range(0, volumes.size, CHUNK):
        part = slice(first, first + CHUNK)
        steps = np.array([gains[number] for number in numbers[part]])
        held = pnl + np.cumsum(steps * volumes[part, None], axis=0)
        pnl = held[-1]
        tails[:, part] = tails_of(held)
    return tails


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
