"""Auctions of a run at an instant: those whose prices were published, as the report shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from wattbook.runtime.watch.picture import Row
    from wattbook.runtime.watch.tape import Tape

__all__ = ["auction_page", "auction_periods", "auction_picture", "auction_rows"]

FILE = "auctions.json"
PERIODS = "auction_periods.json"


def auction_rows(tape: Tape, now: int) -> list[Row]:
    """Return the auctions whose prices had been received by `now` (ns UTC)."""
    table = tape.table("reference_price", now)
    awarded = tape.table("offer_awarded", now)
    made: list[Row] = []
    for market in tape.names.markets:
        for auction in market.auctions:
            numbers = list(auction.instruments)
            kinds = pl.col("kind").is_in(["day_ahead", "intraday_auction"])
            prices = (
                table.filter(pl.col("instrument").is_in(numbers) & kinds) if table.height else table
            )
            if not prices.height:
                continue
            ts_recv = int(prices["ts_recv"][0])
            awards = awarded.filter(pl.col("ts_recv") == ts_recv) if awarded.height else awarded
            made.append(
                {
                    "market": market.name,
                    "auction": auction.name,
                    "ts_recv": ts_recv,
                    "periods": prices.height,
                    "lowest": int(prices.select(pl.col("price").min()).item()) / 1e6,
                    "mean": float(prices.select(pl.col("price").mean()).item()) / 1e6,
                    "highest": int(prices.select(pl.col("price").max()).item()) / 1e6,
                    "awarded": awards.filter(pl.col("volume") != 0).height if awards.height else 0,
                }
            )
    return made


def auction_page(tape: Tape, market: str, auction: str) -> str | None:
    """Return what the report shows of an auction, as HTML; None if the run keeps nothing of it.

    Prices of all zones, merit order and clearing point, blocks, flows between their limits. A run
    writes it when it ends.
    """
    path = tape.folder / FILE
    if not path.is_file():
        return None
    pages: list[tuple[str, str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return next((page for of, name, page in pages if (of, name) == (market, auction)), None)


def auction_periods(tape: Tape, market: str, auction: str) -> Row | None:
    """Return start (ns UTC) and prices of each period; None if the run keeps nothing of it."""
    found = kept_periods(tape, market, auction)
    return {name: each for name, each in found.items() if name != "pictures"} if found else None


def auction_picture(tape: Tape, market: str, auction: str, period: int) -> str | None:
    """Return merit order with clearing point and map of zones of a period, from 0, as HTML."""
    found = kept_periods(tape, market, auction)
    pictures = found["pictures"] if found else []
    return pictures[period] if 0 <= period < len(pictures) else None


def kept_periods(tape: Tape, market: str, auction: str) -> Row | None:
    """Return what the run wrote of the periods of an auction when it ended."""
    path = tape.folder / PERIODS
    if not path.is_file():
        return None
    kept: list[tuple[str, str, Row]] = json.loads(path.read_text(encoding="utf-8"))
    return next((found for of, name, found in kept if (of, name) == (market, auction)), None)
