"""The depth of a book at an instant, true to the newest best prices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from wattbook.market import DepthLevel, L3Book
from wattbook.runtime.watch.picture import MILLIONTHS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattbook.runtime.watch.picture import Quote, Row
    from wattbook.runtime.watch.tape import Tape

__all__ = ["Depths", "depth", "with_best"]

LEVELS: Final = 20
ACTIONS: Final = {"add": 1, "modify": 2, "delete": 3, "clear": 4}
SIDES: Final = {"buy": 1, "sell": 2}


def _whole(levels: list[DepthLevel]) -> list[Row]:
    return [
        {"price": level.price / MILLIONTHS, "volume": level.volume / MILLIONTHS} for level in levels
    ]


def _published(rows: pl.DataFrame) -> tuple[list[Row], list[Row]]:
    """Return the last picture that a venue published: its rows share one instant."""
    last = rows.filter(pl.col("ts_event") == rows["ts_event"][-1])
    sides: dict[str, list[Row]] = {"buy": [], "sell": []}
    kept = last.filter(pl.col("action") == "add").sort("price")
    for side, price, volume in kept.select("side", "price", "volume").iter_rows():
        sides[side].append({"price": price / MILLIONTHS, "volume": volume / MILLIONTHS})
    return sides["buy"][::-1], sides["sell"]


def with_best(found: Row, quote: Quote | None) -> Row:
    """Return a picture of a book with its newest best prices.

    A picture is as old as its publication, best prices come as they change. What of the picture
    stands before a newer best price is gone, and the best price has the volume that was told with
    it, so a side never crosses the other. Levels behind it are those of the picture.

    Examples
    --------
    >>> bids = [{"price": 50.0, "volume": 2.0}, {"price": 49.0, "volume": 1.0}]
    >>> old = {"bids": bids, "asks": [{"price": 51.0, "volume": 3.0}], "ts_event": 0, "ts_recv": 0}
    >>> newer = with_best(old, (49.5, 50.0, 4.0, 1.0, 9, 9))
    >>> [level["price"] for level in newer["bids"]], [level["price"] for level in newer["asks"]]
    ([49.5, 49.0], [50.0, 51.0])
    """
    if quote is None or quote[4] < found["ts_event"]:
        return found
    bid, ask, bid_volume, ask_volume, ts_event, ts_recv = quote

    def side(levels: list[Row], best: float | None, volume: float, sign: int) -> list[Row]:
        if best is None:
            return []
        behind = [level for level in levels if sign * level["price"] < sign * best]
        return [{"price": best, "volume": volume}, *behind]

    return {
        **found,
        "bids": side(found["bids"], bid, bid_volume, 1),
        "asks": side(found["asks"], ask, ask_volume, -1),
        "ts_event": ts_event,
        "ts_recv": ts_recv,
    }


@dataclass(slots=True)
class _Queues:
    """The orders of one book, as far as they were read."""

    book: L3Book = field(default_factory=L3Book)
    until: int = -1
    ts_event: int = 0
    ts_recv: int = 0

    def read(self, rows: pl.DataFrame) -> None:
        columns = [
            rows["action"].replace_strict(ACTIONS, return_dtype=pl.Int64),
            # Numbers of orders are 64 bits without a sign; a reader only compares them.
            rows["venue_order"].reinterpret(signed=True),
            rows["side"].replace_strict(SIDES, return_dtype=pl.Int64),
            rows["price"],
            rows["volume"],
        ]
        messages = np.column_stack([column.to_numpy() for column in columns]).astype(np.int64)
        self.book.apply(np.ascontiguousarray(messages))
        self.ts_event, self.ts_recv = int(rows["ts_event"][-1]), int(rows["ts_recv"][-1])


class Depths:
    """Depth by instrument; where single orders are published it goes on from the last look.

    Parameters
    ----------
    tape : Tape
        The run's events.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._queues: dict[int, _Queues] = {}

    def at(
        self, instrument: int, now: int, quote: Quote | None = None, own: Iterable[int] = ()
    ) -> Row | None:
        """Return bids and asks of a book at `now` (ns UTC), best first; None if nothing is known.

        A venue that publishes pictures gives its last one under the best prices of `quote`; one
        that publishes single orders the book that they make, and for each order of `own` in it the
        volume ahead of it in the queue of its price.
        """
        held = self._queues.get(instrument)
        if held is not None and now < held.until:
            held = None
        rows = self._tape.between("book_delta", -1 if held is None else held.until, now)
        rows = rows.filter(pl.col("instrument") == instrument) if rows.height else rows
        if held is None and rows.height and rows["venue_order"][-1] == 0:
            bids, asks = _published(rows)
            last = rows.row(-1, named=True)
            picture = {
                "instrument": instrument,
                "bids": bids,
                "asks": asks,
                "queues": [],
                "ts_event": last["ts_event"],
                "ts_recv": last["ts_recv"],
            }
            return with_best(picture, quote)
        if held is None:
            if not rows.height:
                return None
            held = self._queues[instrument] = _Queues()
        if rows.height:
            held.read(rows)
        held.until = now
        ahead = ((number, held.book.volume_ahead(number)) for number in own)
        return {
            "instrument": instrument,
            "bids": _whole(held.book.depth("buy", LEVELS)),
            "asks": _whole(held.book.depth("sell", LEVELS)),
            "queues": [
                {"order_id": str(number), "ahead": volume / MILLIONTHS}
                for number, volume in ahead
                if volume is not None
            ],
            "ts_event": held.ts_event,
            "ts_recv": held.ts_recv,
        }


def depth(tape: Tape, instrument: int, now: int) -> Row | None:
    """Return what `Depths.at` does, for one look."""
    return Depths(tape).at(instrument, now)
