"""Recorded order books as rows of single orders, to be played back with orders of ours in them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.ingest.dbn import DbnFile

__all__ = ["Levels", "RecordedRows", "binance_rows", "mbo_rows"]

ADD, MODIFY, DELETE, CLEAR, TRADE = 1, 2, 3, 4, 5
BUY, SELL = 1, 2
MILLION: Final = 1_000_000
Row = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class RecordedRows:
    """A recorded book as `Simulation.add_recorded_book` takes it.

    Parameters
    ----------
    ts, action, order_id, side, price, volume : ndarray of int64, shape (n_rows,)
    """

    ts: NDArray[np.int64]
    action: NDArray[np.int64]
    order_id: NDArray[np.int64]
    side: NDArray[np.int64]
    price: NDArray[np.int64]
    volume: NDArray[np.int64]

    def columns(self) -> dict[str, NDArray[np.int64]]:
        """Return the columns by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def mbo_rows(path: Path) -> RecordedRows:
    """Return the orders and trades of a DBN file of market-by-order records, by time of receipt.

    Fills of resting orders (``F``) tell nothing that the trade and the change of the order do not.

    Raises
    ------
    InputError
        If the file cannot be read or holds no such records.
    """
    rows = DbnFile.open(path).rows("mbo")
    actions = {b"A": ADD, b"M": MODIFY, b"C": DELETE, b"R": CLEAR, b"T": TRADE}
    action = np.zeros(len(rows), np.int64)
    for letter, number in actions.items():
        action[rows["action"] == letter] = number
    # A trade without a side is one of an auction or of implied orders: nobody took.
    keeps = (action > 0) & ((action != TRADE) | np.isin(rows["side"], (b"A", b"B")))
    rows, action = rows[keeps], action[keeps]
    return RecordedRows(
        ts=rows["ts_recv"].astype(np.int64),
        action=action,
        order_id=rows["order_id"].astype(np.int64),
        # Nanounits of price.
        side=np.where(rows["side"] == b"B", BUY, SELL).astype(np.int64),
        price=rows["price"].astype(np.int64) // 1_000,
        volume=rows["size"].astype(np.int64) * MILLION,
    )


@dataclass(slots=True)
class Levels:
    """Price levels as orders: what a level gains joins its end, what it loses leaves it.

    A level says how much stands there, not who. What was traded leaves at the front, as it must;
    what was taken back leaves at the end, behind an order of ours, so that nobody moves ahead by a
    guess.
    """

    orders: dict[tuple[int, int], list[list[int]]] = field(default_factory=dict)
    traded: dict[tuple[int, int], int] = field(default_factory=dict)
    last: int = 0

    def trade(self, side: int, price: int, volume: int) -> None:
        """Note what `side` took at a price; its level tells of it later."""
        level = (BUY if side == SELL else SELL, price)
        self.traded[level] = self.traded.get(level, 0) + volume

    def set(self, side: int, price: int, volume: int) -> Iterator[tuple[int, int, int]]:
        """Yield what brings a level to `volume`: action, number and volume of an order."""
        level = self.orders.setdefault((side, price), [])
        held = sum(order[1] for order in level)
        front = min(self.traded.pop((side, price), 0), max(held - volume, 0))
        if volume > held:
            self.last += 1
            level.append([self.last, volume - held])
            yield ADD, self.last, volume - held
        for place, gone in ((0, front), (-1, held - volume - front)):
            left = gone
            while left > 0:
                number, own = level[place]
                taken = min(own, left)
                left -= taken
                if taken == own:
                    level.pop(place)
                    yield DELETE, number, 0
                else:
                    level[place][1] = own - taken
                    yield MODIFY, number, own - taken
        if not level:
            del self.orders[side, price]


def binance_rows(path: Path) -> RecordedRows:
    """Return the depth and trades of a gzipped capture of a perpetual, from its snapshot on.

    Raises
    ------
    InputError
        If it cannot be read or has no snapshot.
    """
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(from_lines(file))
    if not rows:
        message = f"{path} holds no snapshot of a book; give a capture with one"
        raise InputError(message)
    table = np.array(rows, np.int64)
    return RecordedRows(*(np.ascontiguousarray(table[:, place]) for place in range(6)))


def from_lines(lines: Iterable[str]) -> Iterator[Row]:
    """Yield rows of a capture: each line is the local time (ns) and a message."""
    levels, since = Levels(), None
    for line in lines:
        at, _, text = line.partition(" ")
        ts, message = int(at), json.loads(text)
        data: dict[str, Any] = message.get("data", message)
        if "lastUpdateId" in data:
            since = data["lastUpdateId"]
            yield ts, CLEAR, 0, BUY, 0, 0
            levels = Levels()
            yield from changes(levels, ts, data["bids"], data["asks"])
        elif since is None:
            continue
        elif data.get("e") == "depthUpdate" and data["u"] > since:
            yield from changes(levels, ts, data["b"], data["a"])
        elif data.get("e") == "trade":
            # ``m``: the buyer rested, so the seller took.
            side = SELL if data["m"] else BUY
            price, volume = millionths(data["p"]), millionths(data["q"])
            levels.trade(side, price, volume)
            yield ts, TRADE, 0, side, price, volume


def changes(levels: Levels, ts: int, bids: list[list[str]], asks: list[list[str]]) -> Iterator[Row]:
    """Yield what brings levels to what was told of them."""
    for side, told in ((BUY, bids), (SELL, asks)):
        for price, volume in told:
            at = millionths(price)
            for action, number, left in levels.set(side, at, millionths(volume)):
                yield ts, action, number, side, at, left


def millionths(text: str) -> int:
    """Return a number in 1e-6."""
    return int(Decimal(text) * MILLION)
