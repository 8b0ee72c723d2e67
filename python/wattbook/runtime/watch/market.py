"""What is traded, and what its price did until an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from wattbook.runtime.watch.picture import MILLIONTHS, whole_trades

if TYPE_CHECKING:
    from wattbook.runtime.watch.picture import Row
    from wattbook.runtime.watch.tape import Tape

__all__ = ["CONTINUOUS", "instruments", "price_line", "trade_rows", "traded_at_prices"]

CONTINUOUS: Final = "continuous"
"""What a contract of a continuous book is listed under; an auction's under its name."""
POINTS: Final = 600


def instruments(tape: Tape) -> list[Row]:
    """Return every instrument of a run in the order of its delivery.

    Each names its market, and its segment: the auction that sells it, ``continuous`` for a
    continuous book, else what its market is.
    """
    markets = {market.venue: market for market in tape.names.markets}
    for one in tape.names.markets:
        if one.book_venue is not None:
            markets[one.book_venue] = one
    models = {
        row["venue"]: (row["market_model"], row["is_synthetic"])
        for row in tape.table("define_venue", tape.end).iter_rows(named=True)
    }
    made: list[Row] = []
    latest: dict[int, Row] = {}
    for entry in tape.table("define_instrument", tape.end).iter_rows(named=True):
        # A later definition may only change when trading ends.
        latest[entry["instrument"]] = entry
    for number, entry in latest.items():
        market = markets.get(entry["venue"])
        model, is_synthetic = models[entry["venue"]]
        auction = market.auction_of(number) if market is not None else ""
        segment = CONTINUOUS if model == "continuous_book" else (auction or model)
        made.append(
            {
                "instrument": number,
                "symbol": entry["symbol"],
                "market": market.name if market is not None else "",
                "segment": segment,
                "venue": entry["venue"],
                "location": entry["location"],
                "commodity": entry["commodity"],
                "tenor": entry["tenor"],
                "is_synthetic": is_synthetic,
                "delivery_start": entry["delivery_start"],
                "delivery_end": entry["delivery_end"],
                "gate_closure": entry["gate_closure"],
                "currency": entry["currency"],
                "price_unit": entry["price_unit"],
                "volume_unit": entry["volume_unit"],
                "tick": entry["tick"] / MILLIONTHS,
                "lot": entry["lot"] / MILLIONTHS,
            }
        )
    made.sort(key=lambda row: (row["delivery_start"], row["instrument"]))
    return made


def trade_rows(tape: Tape, instrument: int, now: int) -> list[Row]:
    """Return the trades of others in an instrument by `now` (ns UTC), oldest first."""
    table = tape.table("trade", now)
    return whole_trades(table.filter(pl.col("instrument") == instrument)) if table.height else []


def traded_at_prices(tape: Tape, instrument: int, now: int) -> list[Row]:
    """Return the volume that others traded in an instrument by `now` (ns UTC), by price, rising."""
    table = tape.table("trade", now)
    if not table.height:
        return []
    own = table.filter(pl.col("instrument") == instrument)
    sums = own.group_by("price").agg(pl.col("volume").sum()).sort("price")
    return [
        {"price": price / MILLIONTHS, "volume": volume / MILLIONTHS}
        for price, volume in sums.iter_rows()
    ]


def price_line(tape: Tape, instrument: int, now: int) -> Row:
    """Return what an instrument's price did until `now` (ns UTC), at most `POINTS` instants.

    The middle of bid and ask while both are there, prices of trades, and our own fills.
    """
    columns = ("ts_event", "bid_price", "ask_price", "bid_volume", "ask_volume")
    table = tape.table("quote", now)
    times: list[int] = []
    middles: list[float] = []
    if table.height:
        rows = table.filter(
            (pl.col("instrument") == instrument)
            & (pl.col("bid_volume") > 0)
            & (pl.col("ask_volume") > 0)
        ).select(columns)
        if rows.height:
            chosen = np.unique(
                np.linspace(0, rows.height - 1, min(POINTS, rows.height)).astype(np.int64)
            )
            kept = rows[chosen]
            times = kept["ts_event"].to_list()
            middles = ((kept["bid_price"] + kept["ask_price"]) / (2 * MILLIONTHS)).to_list()
    fills = tape.table("filled", now)
    own = fills.filter(pl.col("instrument") == instrument) if fills.height else fills
    return {
        "instrument": instrument,
        "ts_event": times,
        "middle": middles,
        "fills": [
            {
                "ts_event": row["ts_event"],
                "price": row["price"] / MILLIONTHS,
                "volume": row["volume"] / MILLIONTHS,
                "side": row["side"],
                "strategy": tape.names.strategy(row["strategy"]),
            }
            for row in own.iter_rows(named=True)
        ],
    }
