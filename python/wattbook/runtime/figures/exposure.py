"""What was traded and held, by delivery period."""

from __future__ import annotations

import polars as pl

from wattbook.runtime.figures.ledger import Ledger
from wattbook.runtime.figures.money import convert

__all__ = ["largest_positions", "turnover_by_strategy"]


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


def largest_positions(ledger: Ledger) -> tuple[tuple[int, int, float], ...]:
    """Return start, end (ns UTC) and the largest position of each delivery period, in time order.

    Positions of strategies and instruments of a period add up without sign, in volume units.
    """
    table = ledger.table("position_changed")
    if not table.height:
        return ()
    largest = table.group_by("instrument", "strategy").agg(pl.col("volume").abs().max())
    found: dict[tuple[int, int], float] = {}
    for number, _, volume in largest.sort("instrument", "strategy").iter_rows():
        instrument = ledger.instruments[number]
        period = instrument.delivery_start, instrument.delivery_end
        found[period] = found.get(period, 0.0) + volume / 1e6
    return tuple((start, end, volume) for (start, end), volume in sorted(found.items()) if volume)
