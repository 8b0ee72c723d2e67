"""Orders of a history as they rested: from when until when, at what price, of what volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from wattbook.market.order_history.history import Contract

__all__ = ["COMES", "ENDS", "lifetimes"]

COMES = ("A", "C", "I")
"""Actions with which an order stands anew, at the price and volume that they tell."""
ENDS = ("D", "X", "M", "H")
"""Actions after which it no longer stands."""

SCHEMA = {
    "ts_event": pl.Int64,
    "ts_end": pl.Int64,
    "side": pl.Int8,
    "price": pl.Int64,
    "lots": pl.Int64,
}


def lifetimes(contract: Contract) -> pl.DataFrame:
    """Return the orders of a contract, by the time that they came.

    An order that changes or shows its next part ends and comes anew. Parts that others matched
    are not taken off: whoever trades on these orders matches them himself.

    Returns
    -------
    polars.DataFrame
        ``ts_event`` and ``ts_end`` (ns UTC, half-open; at most the start of delivery), ``side`` (1
        buy, 2 sell), ``price`` (ticks of 0.01) and ``lots`` (0.1 MW).
    """
    rows: list[tuple[int, int, int, int, int]] = []
    standing: dict[int, tuple[int, int, int, int]] = {}
    end = contract.delivery_start

    def close(order: int, ts: int) -> None:
        """End an order, if it stands."""
        found = standing.pop(order, None)
        if found is not None and ts > found[0]:
            rows.append((found[0], min(ts, end), *found[1:]))

    for ts, order, side, action, price, lots in contract.actions.select(
        "ts_event", "order", "side", "action", "price", "lots"
    ).iter_rows():
        if action in ENDS:
            close(order, ts)
        elif action in COMES:
            close(order, ts)
            if ts < end and price is not None and lots:
                standing[order] = (ts, side, price, lots)
    for order in list(standing):
        close(order, end)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("ts_event", maintain_order=True)
