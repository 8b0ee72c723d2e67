"""What was traded and held, by delivery period."""

from __future__ import annotations

from typing import TypeAlias

import polars as pl

from wattbook.runtime.figures.ledger import Ledger
from wattbook.runtime.figures.money import convert

__all__ = [
    "Exposure",
    "by_period",
    "largest_held",
    "largest_positions",
    "slippage_by_strategy",
    "turnover_by_strategy",
]

Exposure: TypeAlias = tuple[int, int, float, str]
"""Start and end of a delivery period (ns UTC), largest position, and its volume unit."""


def turnover_by_strategy(fills: pl.DataFrame, ledger: Ledger) -> dict[str, int]:
    """Return price times volume of `fills` without sign, in 1 / 3.6e15 of the desk's currency.

    An award that is settled and not traded, as in a pool, is no fill and not in it. A strategy
    without a fill is left out.
    """
    totals: dict[str, int] = {}
    if fills.height:
        columns = fills.select("strategy", "instrument", "price", "volume")
        for strategy, number, price, volume in columns.iter_rows():
            instrument = ledger.instruments[number]
            units = abs(price * volume) * instrument.delivery_seconds
            name = ledger.names.strategy(strategy)
            worth = convert(units, ledger.rates[instrument.currency])
            totals[name] = totals.get(name, 0) + worth
    return totals


def slippage_by_strategy(fills: pl.DataFrame, ledger: Ledger) -> dict[str, int]:
    """Return what fills cost against the prices at arrival, in 1 / 3.6e15 of the desk's currency.

    Above zero for buying dearer or selling cheaper than the middle of the book when the order
    arrived (A. Perold, The implementation shortfall, Journal of Portfolio Management 14(3), 1988).
    A fill without such a price is left out, and so is a strategy without a fill.
    """
    totals: dict[str, int] = {}
    if fills.height:
        columns = fills.select("strategy", "instrument", "side", "price", "arrival_price", "volume")
        for strategy, number, side, price, arrival, volume in columns.drop_nulls().iter_rows():
            instrument = ledger.instruments[number]
            worse = price - arrival if side == "buy" else arrival - price
            units = worse * volume * instrument.delivery_seconds
            name = ledger.names.strategy(strategy)
            totals[name] = totals.get(name, 0) + convert(units, ledger.rates[instrument.currency])
    return totals


def largest_held(changes: pl.DataFrame) -> dict[tuple[int, int], int]:
    """Return the largest position without sign, in 1e-6, by instrument and strategy.

    Parameters
    ----------
    changes : DataFrame
        The event `position_changed`, or nothing.
    """
    if not changes.height:
        return {}
    largest = changes.group_by("instrument", "strategy").agg(pl.col("volume").abs().max())
    rows = largest.sort("instrument", "strategy").iter_rows()
    return {(number, strategy): volume for number, strategy, volume in rows}


def by_period(held: dict[tuple[int, int], int], ledger: Ledger) -> tuple[Exposure, ...]:
    """Return the position of each delivery period and volume unit, in time order.

    Positions of strategies and instruments of a period add up without sign.

    Parameters
    ----------
    held : dict of (int, int) to int
        As of `largest_held`.
    ledger : Ledger
        Knows the instruments.
    """
    found: dict[tuple[int, int, str], float] = {}
    for (number, _), volume in held.items():
        one = ledger.instruments[number]
        period = one.delivery_start, one.delivery_end, one.volume_unit
        found[period] = found.get(period, 0.0) + volume / 1e6
    return tuple(
        (start, end, volume, unit) for (start, end, unit), volume in sorted(found.items()) if volume
    )


def largest_positions(ledger: Ledger) -> tuple[Exposure, ...]:
    """Return the largest position of each delivery period and volume unit, in time order.

    Added up as in `by_period`.
    """
    return by_period(largest_held(ledger.table("position_changed")), ledger)
