"""The close of each local day of a run: P&L explained, what is open, what may be lost.

All of it follows from the run's events, so that a close made again is the same to the byte.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from wattbook.domain.instants import local_time, nanoseconds
from wattbook.runtime.figures.explained import Explained, explain_pnl
from wattbook.runtime.figures.ledger import Ledger
from wattbook.runtime.figures.risk import RiskPath, held_at, risk_path

__all__ = ["DayClose", "OpenPosition", "closes_text", "day_closes"]


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """What a strategy holds of a delivery period at a close.

    Parameters
    ----------
    strategy, contract : str
        Names of the strategy and of what it holds.
    begin, end : int
        Delivery, ns UTC.
    volume, mark : int
        Bought above zero, and at what it is valued; 1e-6 volume unit and currency per price unit.
    """

    strategy: str
    contract: str
    begin: int
    end: int
    volume: int
    mark: int


@dataclass(frozen=True, slots=True)
class DayClose:
    """A local day of a market, closed.

    Parameters
    ----------
    market : str
        Its name.
    day : date
        On the market's clock.
    at : int
        The instant of the close, ns UTC: midnight, or the end of the run.
    explained : tuple of Explained
        By strategy, since the close before.
    positions : tuple of OpenPosition
        By strategy and start of delivery.
    value_at_risk, expected_shortfall, margin : float or None
        Of the whole desk (`risk_path`), its currency; None where no prices before it are known.
    """

    market: str
    day: dt.date
    at: int
    explained: tuple[Explained, ...]
    positions: tuple[OpenPosition, ...]
    value_at_risk: float | None
    expected_shortfall: float | None
    margin: float | None

    @property
    def total(self) -> int:
        """P&L of the day, units of 1 / 3.6e15 of the desk's currency."""
        return sum(one.total for one in self.explained)

    @property
    def unexplained(self) -> int:
        """What of it no line explains."""
        return sum(one.lines["unexplained"] for one in self.explained)

    @property
    def digest(self) -> str:
        """SHA-256 of all that it says."""
        return hashlib.sha256(json.dumps(document(self)).encode()).hexdigest()


def midnights(first: int, last: int, time_zone: str) -> list[int]:
    """Return the local midnights around (first, last], ns UTC: one before, and up to the last."""
    day = local_time(first - 1, time_zone).date()
    zone = ZoneInfo(time_zone)
    found: list[int] = []
    while not found or found[-1] < last:
        found.append(nanoseconds(dt.datetime.combine(day, dt.time(), zone)))
        day += dt.timedelta(days=1)
    return [*found[:-1], last]


def day_closes(ledger: Ledger) -> tuple[DayClose, ...]:
    """Return the closes of all days on which something moved, by market and day.

    Parameters
    ----------
    ledger : Ledger
        Events of a run.
    """
    positions = ledger.table("position_changed")
    if not positions.height:
        return ()
    times = positions["ts_recv"].to_numpy()
    first, last = int(times.min()), int(times.max())
    path = risk_path(ledger)
    made = []
    for market in ledger.names.markets:
        own = {one.name for one in ledger.names.strategies if one.market == market.name}
        days: dict[int, list[Explained]] = {}
        for one in explain_pnl(ledger, midnights(first, last, market.time_zone), market.name):
            days.setdefault(one.end, []).append(one)
        for at, explained in days.items():
            risk = risk_at(ledger, path, at)
            day = local_time(at - 1, market.time_zone).date()
            held = open_positions(ledger, at, own)
            made.append(DayClose(market.name, day, at, tuple(explained), held, *risk))
    return tuple(made)


def risk_at(
    ledger: Ledger, path: RiskPath | None, at: int
) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return value at risk, expected shortfall and margin of the whole desk at an instant."""
    if path is None:
        return None, None, None
    place = int(np.searchsorted(path.ts, at, side="right")) - 1
    if place < 0 or not held_at(ledger, at).height:
        return 0.0, 0.0, 0.0
    return (
        float(path.value_at_risk[place]),
        float(path.expected_shortfall[place]),
        float(path.margin[place]),
    )


def open_positions(ledger: Ledger, at: int, strategies: set[str]) -> tuple[OpenPosition, ...]:
    """Return what some strategies hold at an instant."""
    found = []
    for row in held_at(ledger, at).iter_rows(named=True):
        strategy = ledger.names.strategy(row["strategy"])
        if strategy in strategies:
            one = ledger.instruments[row["instrument"]]
            times, prices = ledger.marks.get(one.number, (np.empty(0), np.empty(0)))
            place = int(np.searchsorted(times, at, side="right")) - 1
            mark = int(prices[place]) if place >= 0 else 0
            found.append(
                OpenPosition(
                    strategy, one.symbol, one.delivery_start, one.delivery_end, row["volume"], mark
                )
            )
    return tuple(sorted(found, key=lambda one: (one.strategy, one.begin, one.contract)))


def document(close: DayClose) -> dict[str, Any]:
    """Return a close as plain values; exact amounts as text of whole units."""
    return {
        "market": close.market,
        "day": close.day.isoformat(),
        "at": close.at,
        "pnl_units": {
            one.strategy: {line: str(units) for line, units in one.lines.items()}
            for one in close.explained
        },
        "positions": [
            [one.strategy, one.contract, one.begin, one.end, one.volume, one.mark]
            for one in close.positions
        ],
        "value_at_risk": close.value_at_risk,
        "expected_shortfall": close.expected_shortfall,
        "margin": close.margin,
    }


def closes_text(closes: tuple[DayClose, ...]) -> str:
    """Return the closes of a run as ``closes.json`` keeps them, each with its digest."""
    entries = [{**document(one), "digest": one.digest} for one in closes]
    return json.dumps(entries, indent=1) + "\n"
