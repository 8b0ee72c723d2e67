"""Best prices to sweep over, from files, recorded futures or a seed."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.market.roll import roll_adjusted
from wattbook.sources.recorded.futures import PRODUCTS, contracts, settlements

__all__ = ["Quotes", "file_quotes", "futures_quotes", "made_up_quotes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quotes:
    """Best prices in time order.

    Parameters
    ----------
    name : str
        Where they come from, for a reader.
    bid, ask : ndarray of shape (n_quotes,)
        In currency per price unit.
    left_out : int
        Rows that were one-sided, crossed or no numbers.
    is_synthetic : bool
        Whether they are made up.
    """

    name: str
    bid: Floats
    ask: Floats
    left_out: int = 0
    is_synthetic: bool = False


def cleaned(name: str, bid: Floats, ask: Floats) -> Quotes:
    """Return the two-sided rows, and how many were left out."""
    sound = np.isfinite(bid) & np.isfinite(ask) & (bid <= ask)
    if sound.sum() < 2:
        message = f"{name}: no two rows with a bid at or below its ask; check the columns"
        raise InputError(message)
    return Quotes(name, bid[sound], ask[sound], int((~sound).sum()))


def file_quotes(path: Path) -> Quotes:
    """Return the quotes of a file.

    Parameters
    ----------
    path : Path
        Parquet with columns ``bid`` and ``ask`` in time order, or a gzipped capture of best-price
        messages of a Binance stream (``bookTicker``), one ``<ns> <json>`` a line.

    Raises
    ------
    InputError
        If the file is not there, is neither, or has no two sound rows.
    """
    if not path.is_file():
        message = f"{path} is not there; name a Parquet file or a gzipped capture"
        raise InputError(message)
    if path.name.endswith(".jsonl.gz"):
        bids, asks = [], []
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                if "bookTicker" in line:
                    data = json.loads(line.split(" ", 1)[1])["data"]
                    bids.append(float(data["b"]))
                    asks.append(float(data["a"]))
        return cleaned(path.name, np.array(bids), np.array(asks))
    try:
        frame = pl.read_parquet(path, columns=["bid", "ask"])
    except (pl.exceptions.PolarsError, OSError) as fault:
        message = f"{path}: no Parquet with columns bid and ask ({fault})"
        raise InputError(message) from fault
    columns = [frame[side].cast(pl.Float64).fill_null(np.nan).to_numpy() for side in ("bid", "ask")]
    return cleaned(path.name, columns[0], columns[1])


def futures_quotes(data: Path | None, prefix: str, cost: float) -> Quotes:
    """Return roll-adjusted daily settlements of a product, less and plus what a trade costs.

    Parameters
    ----------
    data : Path or None
        The folder of recorded data.
    prefix : str
        Such as ``CL``.
    cost : float
        Paid away from settlement on each trade, in USD per price unit.

    Raises
    ------
    InputError
        For an unknown product or a cost below zero.
    SourceError
        If the recorded data are not there.
    """
    product = PRODUCTS.get(prefix)
    if product is None or not 0.0 <= cost < math.inf:
        message = f"futures {prefix!r} at {cost}: give one of {', '.join(PRODUCTS)}, cost 0 or more"
        raise InputError(message)
    day, front = settlements(data, f"{prefix}01")
    other_day, second = settlements(data, f"{prefix}02")
    common, here, there = np.intersect1d(day, other_day, return_indices=True)
    last_trade = np.array([one.last_trade for one in contracts(data, product)])
    front, second = front[here], second[there]
    # A settlement of exactly zero on both days around a price is a gap of the source.
    sound = np.isfinite(front) & np.isfinite(second) & (front != 0) & (second != 0)
    rolled = roll_adjusted(common[sound], front[sound], second[sound], last_trade)
    name = f"{product.name}, {common[sound][0]} to {common[sound][-1]}, roll-adjusted"
    return Quotes(name, rolled.price - cost, rolled.price + cost, int((~sound).sum()))


def made_up_quotes(count: int, seed: int, tick: float = 0.01) -> Quotes:
    """Return a random walk of ticks with a spread of one to three ticks, from a seed.

    Raises
    ------
    InputError
        For fewer than two quotes.
    """
    if count < 2:
        message = f"{count} quotes: give 2 or more"
        raise InputError(message)
    draw = np.random.default_rng(seed)
    bid = 5_000 + np.cumsum(draw.integers(-1, 2, count))
    ask = bid + draw.integers(1, 4, count)
    name = f"random walk of {count:,} quotes from seed {seed}"
    columns = [(side * tick).astype(np.float64) for side in (bid, ask)]
    return Quotes(name, columns[0], columns[1], is_synthetic=True)
