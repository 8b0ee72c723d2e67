"""Signals at an instant: what each forecast, which orders it led to, and whether it came true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from wattbook.forecast.reliability import reliability
from wattbook.runtime.watch.picture import MILLIONTHS
from wattbook.runtime.watch.standing import standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.runtime.figures import Ledger
    from wattbook.runtime.watch.picture import Row
    from wattbook.runtime.watch.tape import Tape

__all__ = ["forecast_rows", "score_rows", "signal_rows"]

BANDS: Final = (0.05, 0.25, 0.75, 0.95)
ERRORS_LEAST: Final = 10
"""Fewer known errors say nothing about how wide a band is."""
BINS: Final = 5
DIRECTIONS: Final = {"rise": 1, "fall": -1}
CERTAIN: Final = MILLIONTHS
"""A rule or an asset that is certain states a limit or what it saw, not what it expects."""


def _mark(ledger: Ledger, instrument: int, ts: int) -> float | None:
    """Return the last price of record of an instrument at `ts` (ns UTC)."""
    known = ledger.marks.get(instrument)
    if known is None:
        return None
    place = int(np.searchsorted(known[0], ts, side="right")) - 1
    return None if place < 0 else float(known[1][place]) / MILLIONTHS


def _final(ledger: Ledger, instrument: int, now: int) -> float | None:
    """Return the price of a delivery period that is over."""
    if ledger.instruments[instrument].delivery_end > now:
        return None
    return _mark(ledger, instrument, now)


def _orders(ledger: Ledger) -> dict[int, list[str]]:
    """Return the orders and offers that each signal led to, as texts of their numbers."""
    found: dict[int, list[str]] = {}
    for name in ("order_routed", "offer_routed"):
        table = ledger.table(name)
        if table.height:
            for signal, order in table.select("signal", "order_id").iter_rows():
                if signal:
                    found.setdefault(signal, []).append(str(order))
    return found


def _right(row: Row, before: float | None, after: float | None) -> bool | None:
    """Return whether a call of a direction came true; None where that is not known."""
    sign = DIRECTIONS.get(row["direction"])
    if sign is None or before is None or after is None:
        return None
    return sign * (after - before) > 0.0


def _forecast(price: int, confidence_ppm: int) -> float | None:
    return None if confidence_ppm >= CERTAIN else price / MILLIONTHS


def signal_rows(tape: Tape, now: int) -> list[Row]:
    """Return every signal by `now` (ns UTC), oldest first.

    ``forecast`` is None where a signal is certain, for then its price is no forecast. ``came`` is
    the price of record of its delivery period once that is over, ``is_right`` whether it moved from
    the price at the signal the way that was called.
    """
    ledger = tape.ledger(now)
    table = ledger.table("signal_recorded")
    if not table.height:
        return []
    orders = _orders(ledger)
    made: list[Row] = []
    for row in table.iter_rows(named=True):
        came = _final(ledger, row["instrument"], now)
        before = _mark(ledger, row["instrument"], row["ts_event"])
        made.append(
            {
                "signal": str(row["signal"]),
                "strategy": ledger.names.strategy(row["strategy"]),
                "instrument": row["instrument"],
                "direction": row["direction"],
                "forecast": _forecast(row["forecast_price"], row["confidence_ppm"]),
                "confidence": row["confidence_ppm"] / MILLIONTHS,
                "valid_until": row["valid_until"],
                "orders": orders.get(row["signal"], []),
                "came": came,
                "is_right": _right(row, before, came),
                "ts_event": row["ts_event"],
                "ts_recv": row["ts_recv"],
            }
        )
    return made


def forecast_rows(tape: Tape, strategy: int, now: int) -> Row:
    """Return the newest forecast of a strategy for each delivery period, with bands around it.

    The bands are quantiles of the errors that were known at `now` (ns UTC): of each delivery
    period that is over, its price less the last forecast of it. Fewer than `ERRORS_LEAST` make
    none. ``reliability`` holds, bin by bin, what confidence was said and how often it was right.
    """
    ledger = tape.ledger(now)
    table = ledger.table("signal_recorded")
    own = table
    if table.height:
        expects = pl.col("confidence_ppm") < CERTAIN
        own = table.filter((pl.col("strategy") == strategy) & expects)
    periods: list[Row] = []
    if own.height:
        last = own.unique("instrument", keep="last", maintain_order=True)
        for number, price in last.select("instrument", "forecast_price").iter_rows():
            one = ledger.instruments[number]
            periods.append(
                {
                    "instrument": number,
                    "delivery_start": one.delivery_start,
                    "delivery_end": one.delivery_end,
                    "forecast": price / MILLIONTHS,
                    "came": _final(ledger, number, now),
                }
            )
    # A contract of an auction and one of a book may deliver in the same period: the later is known.
    by_start = {row["delivery_start"]: row for row in periods}
    kept = [by_start[start] for start in sorted(by_start)]
    errors = np.array([row["came"] - row["forecast"] for row in kept if row["came"] is not None])
    bands = np.quantile(errors, BANDS).tolist() if errors.size >= ERRORS_LEAST else None
    return {
        "periods": kept,
        "bands": bands,
        "levels": list(BANDS),
        "errors": int(errors.size),
        "mae": float(np.abs(errors).mean()) if errors.size else None,
        "reliability": _reliable(signal_rows(tape, now), ledger.names.strategy(strategy)),
    }


def score_rows(tape: Tape, now: int) -> list[Row]:
    """Return how far each strategy's forecasts were off, and what it earned; least error first.

    Only what was committed before delivery counts: of each delivery period that is over by `now`
    (ns UTC), the last forecast that the journal held before the period began. ``periods`` and
    ``mae`` are of all of them; ``compared``, ``compared_mae``, ``naive_mae`` and ``relative`` of
    those for which a price of record was known at the instant of the forecast: how many, the error
    of the forecasts, that of the known prices, and the ratio of both. ``right`` is the share of
    called directions that came true, and ``total`` the P&L in the desk's currency, of everything
    that the strategy traded.
    """
    ledger = tape.ledger(now)
    earned = {line["name"]: line["total"] for line in standing(tape, now).pnl["by_strategy"]}
    last: dict[tuple[str, int], Row] = {}
    for row in signal_rows(tape, now):
        one = ledger.instruments[row["instrument"]]
        if None not in (row["came"], row["forecast"]) and row["ts_event"] < one.delivery_start:
            last[row["strategy"], row["instrument"]] = row
    made = []
    for name in dict.fromkeys(strategy for strategy, _ in last):
        rows = [row for (strategy, _), row in last.items() if strategy == name]
        errors = [abs(row["came"] - row["forecast"]) for row in rows]
        before = [_mark(ledger, row["instrument"], row["ts_event"]) for row in rows]
        known = [
            (error, abs(row["came"] - mark))
            for error, row, mark in zip(errors, rows, before, strict=True)
            if mark is not None
        ]
        own, naive = (sum(pair[side] for pair in known) for side in (0, 1))
        called = [row["is_right"] for row in rows if row["is_right"] is not None]
        made.append(
            {
                "strategy": name,
                "periods": len(rows),
                "mae": float(np.mean(errors)),
                "compared": len(known),
                "compared_mae": own / len(known) if known else None,
                "naive_mae": naive / len(known) if known else None,
                "relative": own / naive if naive else None,
                "calls": len(called),
                "right": float(np.mean(called)) if called else None,
                "total": earned.get(name),
            }
        )
    return sorted(made, key=lambda row: row["mae"])


def _reliable(signals: list[Row], strategy: str) -> list[Row]:
    judged = [row for row in signals if row["strategy"] == strategy and row["is_right"] is not None]
    if not judged:
        return []
    said: NDArray[np.float64] = np.array([row["confidence"] for row in judged])
    found = reliability(said, np.array([row["is_right"] for row in judged]), bins=BINS)
    return [
        {"confidence": float(confidence), "share_right": float(share), "calls": int(calls)}
        for confidence, share, calls in zip(
            found.confidence, found.share_right, found.calls, strict=True
        )
    ]
