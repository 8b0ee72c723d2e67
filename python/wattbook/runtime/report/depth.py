"""The made-up book at some moments: as published, or rebuilt from single orders."""

from typing import Any

import numpy as np
import polars as pl

from wattbook.market import DepthLevel, L3Book
from wattbook.runtime.figures import Ledger, MarketName

__all__ = ["moments"]

MOMENTS = 289
LEVELS = 10
INTERVAL_NS = 300 * 10**9
ACTIONS = {"add": 1, "modify": 2, "delete": 3, "clear": 4}
SIDES = {"buy": 1, "sell": 2}

Moment = dict[str, Any]


def published(rows: pl.DataFrame) -> list[Moment]:
    """Return the pictures that a venue published: those of one instant make a moment."""
    made = []
    kept = rows.filter(pl.col("action") == "add")
    for key, part in kept.partition_by("ts_event", as_dict=True, maintain_order=True).items():
        sides: dict[str, list[tuple[float, float]]] = {"buy": [], "sell": []}
        for row in part.iter_rows(named=True):
            sides[row["side"]].append((row["price"] / 1e6, row["volume"] / 1e6))
        made.append(
            {
                "t": int(key[0]) / 1e9,
                "bids": sorted(sides["buy"], reverse=True),
                "asks": sorted(sides["sell"]),
            }
        )
    return made


def whole(levels: list[DepthLevel]) -> list[tuple[float, float]]:
    """Return price and volume of levels that are in 1e-6."""
    return [(level.price / 1e6, level.volume / 1e6) for level in levels]


def rebuilt(rows: pl.DataFrame) -> list[Moment]:
    """Return the best levels of one instrument's book every five minutes, from its single orders.

    A book that gathers orders for an auction may cross; it makes no picture.
    """
    ts = rows["ts_event"].to_numpy()
    columns = [
        rows["action"].replace_strict(ACTIONS, return_dtype=pl.Int64),
        # Numbers of orders are 64 bits without a sign; a reader only compares them.
        rows["venue_order"].reinterpret(signed=True),
        rows["side"].replace_strict(SIDES, return_dtype=pl.Int64),
        rows["price"],
        rows["volume"],
    ]
    messages = np.column_stack([column.to_numpy() for column in columns]).astype(np.int64)
    book, made, done = L3Book(), [], 0
    for instant in range(int(ts[0]) // INTERVAL_NS + 1, int(ts[-1]) // INTERVAL_NS + 1):
        until = int(np.searchsorted(ts, instant * INTERVAL_NS, side="right"))
        book.apply(np.ascontiguousarray(messages[done:until]))
        done = until
        bid, ask = book.top()
        if bid is not None and ask is not None and bid[0] < ask[0]:
            bids, asks = book.depth("buy", LEVELS), book.depth("sell", LEVELS)
            made.append(
                {"t": instant * INTERVAL_NS / 1e9, "bids": whole(bids), "asks": whole(asks)}
            )
    return made


def moments(ledger: Ledger, market: MarketName) -> list[Moment]:
    """Return the made-up book's depth about every five minutes, evenly thinned.

    Parameters
    ----------
    ledger : Ledger
        The run's events.
    market : MarketName
        Of which market.

    Returns
    -------
    list of dict
        Time (s UTC), bids and asks as (currency per MWh, MW), best first; empty without a book.
    """
    table = ledger.table("book_delta")
    if market.book_venue is None or not table.height:
        return []
    own = [number for number, one in ledger.instruments.items() if one.venue == market.book_venue]
    rows = table.filter(pl.col("instrument").is_in(own)).sort("sequence")
    made = published(rows.filter(pl.col("venue_order") == 0))
    single = rows.filter(pl.col("venue_order") != 0)
    for part in single.partition_by("instrument", maintain_order=True):
        made += rebuilt(part)
    made.sort(key=lambda moment: moment["t"])
    if len(made) > MOMENTS:
        chosen = np.unique(np.linspace(0, len(made) - 1, MOMENTS).astype(np.int64))
        made = [made[place] for place in chosen.tolist()]
    return made
