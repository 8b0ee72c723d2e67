"""The book of a contract, rebuilt from the actions on its orders."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import polars as pl

from wattbook.errors import InputError
from wattbook.market.order_book import L3Book
from wattbook.market.order_history.history import TICKS_PER_EUR
from wattbook.market.order_history.matching import BUY, SELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.market.order_history.history import Contract

__all__ = ["ANOMALIES", "PartialVolume", "Rebuilt", "rebuild"]

PartialVolume = Literal["open", "executed"]
"""What the quantity of a partial match says: what is left open, or what was executed."""

ANOMALIES = (
    "unknown_order",
    "added_twice",
    "negative_open",
    "volume_grew",
    "parent_still_there",
    "crossed",
)
"""What may not fit. But for the last two, such an action has no effect on the book.

``unknown_order``: an action on an order that is not there. ``added_twice``: an order that is there
already. ``negative_open``: more executed than was open. ``volume_grew``: a partial match that
leaves no less than before. ``parent_still_there``: an iceberg shown again while the part before it
still stood; that part is taken out. ``crossed``: instants after which the bid reaches the ask.
"""

ADD, MODIFY, DELETE = 1, 2, 3
NEAR = 1 * TICKS_PER_EUR
"""Depth counts to 1 EUR/MWh behind the best price."""

LEVELS = NEAR + 1
PATH_TYPES = {
    "ts_event": pl.Int64,
    "bid": pl.Int64,
    "bid_lots": pl.Int64,
    "ask": pl.Int64,
    "ask_lots": pl.Int64,
    "bid_depth": pl.Int64,
    "ask_depth": pl.Int64,
}


class Open(NamedTuple):
    """An order as it stands, and since when."""

    side: int
    price: int
    lots: int
    since: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A contract's book over time, and what happened to it.

    Parameters
    ----------
    delivery_start, delivery_end : int
        Half-open, ns UTC.
    path : polars.DataFrame
        After each instant: ``ts_event``, ``bid``, ``ask`` (ticks, null without orders),
        ``bid_lots`` and ``ask_lots`` at them, ``bid_depth`` and ``ask_depth`` within 1 EUR/MWh.
    arrivals : polars.DataFrame
        Orders that came: ``ts_event``, ``side``, ``distance`` (ticks from the best price of the
        other side, the last known if it has none; 0 or less reaches it; null before any),
        ``lots``, ``is_market`` (whether it reached a price that was there).
    stays : polars.DataFrame
        Orders that rested: ``begin``, ``end`` (null: still there), ``side``, ``how`` it ended
        (EPEX's letter, null for still there); a change of price or of more volume ends a stay.
    trades : ndarray of int64
        Instants at which volume was matched, ns UTC.
    matched_lots : (int, int)
        Lots that buy and sell orders lost to matches. They agree when both sides of all trades are
        in the file and the quantity of partial matches was read rightly.
    anomalies : dict of str to int
        By kind of `ANOMALIES`.
    """

    delivery_start: int
    delivery_end: int
    path: pl.DataFrame
    arrivals: pl.DataFrame
    stays: pl.DataFrame
    trades: np.ndarray[tuple[int], np.dtype[np.int64]]
    matched_lots: tuple[int, int]
    anomalies: dict[str, int]


def rebuild(contract: Contract, partial: PartialVolume = "open") -> Rebuilt:
    """Replay the actions of `contract` on a book of single orders.

    Parameters
    ----------
    contract : Contract
        From `load_history` or `simulate`.
    partial : str, default "open"
        What the quantity of a partial match says; `Rebuilt.matched_lots` tells which fits.

    Raises
    ------
    InputError
        If `partial` is neither reading.
    """
    if partial not in {"open", "executed"}:
        raise InputError(f"partial is {partial!r}; give 'open' or 'executed'")
    replay = Replay(partial)
    for ts, actions in groupby(contract.actions.iter_rows(), itemgetter(0)):
        replay.instant(ts, list(actions))
    return replay.rebuilt(contract)


class Replay:
    """The state of a replay: open and hibernated orders, the book, what was seen."""

    def __init__(self, partial: PartialVolume) -> None:
        self.partial = partial
        self.book = L3Book()
        self.open: dict[int, Open] = {}
        self.hibernated: set[int] = set()
        self.anomalies = dict.fromkeys(ANOMALIES, 0)
        self.matched = {BUY: 0, SELL: 0}
        self.top: dict[int, int | None] = {BUY: None, SELL: None}
        self.known: dict[int, int | None] = {BUY: None, SELL: None}
        self.near = {BUY: 0, SELL: 0}
        self.path: list[tuple[int | None, ...]] = []
        self.arrivals: list[tuple[int, int, int | None, int, bool]] = []
        self.stays: list[tuple[int, int | None, int, str | None]] = []
        self.trades: list[int] = []
        self._batch: list[tuple[int, int, int, int, int]] = []

    def instant(self, ts: int, actions: Sequence[tuple[int, ...]]) -> None:
        """Apply all actions of one instant, then note the top and the depth of the book."""
        before = sum(self.matched.values())
        for _, order, parent, side, code, price, lots in actions:
            self.act(ts, order, parent, side, str(code), price, lots)
        if sum(self.matched.values()) > before:
            self.trades.append(ts)
        if self._batch:
            self.book.apply(np.array(self._batch, dtype=np.int64))
            for touched in {row[2] for row in self._batch}:
                self.near[touched] = self.near_lots(touched)
            self._batch.clear()
        bid, ask = self.book.top()
        if bid and ask and bid[0] >= ask[0]:
            self.anomalies["crossed"] += 1
        self.path.append(
            (ts, *(bid or (None, 0)), *(ask or (None, 0)), self.near[BUY], self.near[SELL])
        )
        for one, found in ((BUY, bid), (SELL, ask)):
            self.top[one] = found[0] if found else None
            self.known[one] = found[0] if found else self.known[one]

    def near_lots(self, side: int) -> int:
        """Return the lots of `side` within 1 EUR/MWh of its best price."""
        levels = self.book.depth("buy" if side == BUY else "sell", LEVELS)
        return sum(level.volume for level in levels if abs(level.price - levels[0].price) <= NEAR)

    def act(
        self, ts: int, order: int, parent: int | None, side: int, code: str, price: int, lots: int
    ) -> None:
        """Apply one action."""
        if code == "A":
            self.hibernated.discard(order)
            if order in self.open:
                self.anomalies["added_twice"] += 1
            else:
                self.add(ts, order, side, price, lots)
        elif code == "I":
            self.show_again(ts, order, parent, side, price, lots)
        elif code == "C":
            self.change(ts, order, parent, side, price, lots)
        elif order not in self.open:
            # The end of a hibernated order is no surprise; anything else on it is.
            if order in self.hibernated and code in "DX":
                self.hibernated.discard(order)
            else:
                self.anomalies["unknown_order"] += 1
        elif code == "P":
            self.match_part(ts, order, lots)
        elif code == "M":
            self.match_whole(ts, order)
        else:
            if code == "H":
                self.hibernated.add(order)
            self.end(ts, order, code)

    def add(
        self, ts: int, order: int, side: int, price: int, lots: int, *, arrives: bool = True
    ) -> None:
        """Put an order into the book, and count its arrival."""
        self.open[order] = Open(side, price, lots, ts)
        self._batch.append((ADD, order, side, price, lots))
        if arrives:
            other = BUY + SELL - side
            known, there = self.known[other], self.top[other]
            distance = None
            if known is not None:
                distance = known - price if side == BUY else price - known
            is_market = there is not None and distance is not None and distance <= 0
            self.arrivals.append((ts, side, distance, lots, is_market))

    def end(self, ts: int, order: int, how: str) -> None:
        """Take an order out of the book."""
        found = self.open.pop(order)
        self._batch.append((DELETE, order, found.side, 0, 0))
        if ts > found.since:
            self.stays.append((found.since, ts, found.side, how))

    def show_again(
        self, ts: int, order: int, parent: int | None, side: int, price: int, lots: int
    ) -> None:
        """Show the next part of an iceberg order: it queues again, but nobody has arrived."""
        for earlier in (order, parent):
            if earlier is not None and earlier in self.open:
                self.anomalies["parent_still_there"] += 1
                self.end(ts, earlier, "I")
        self.add(ts, order, side, price, lots, arrives=False)

    def change(
        self, ts: int, order: int, parent: int | None, side: int, price: int, lots: int
    ) -> None:
        """Change an order, or follow the one that it was before with a new number."""
        found = self.open.get(order)
        if found is not None and found.price == price and lots <= found.lots:
            self.set_lots(order, lots)
            return
        earlier = order if found is not None or parent is None else parent
        if earlier not in self.open:
            if order not in self.hibernated:
                self.anomalies["unknown_order"] += 1
            return
        self.end(ts, earlier, "C")
        self.add(ts, order, side, price, lots)

    def match_part(self, ts: int, order: int, lots: int) -> None:
        """Leave of an order what a partial match left."""
        found = self.open[order]
        left = lots if self.partial == "open" else found.lots - lots
        if left < 0:
            self.anomalies["negative_open"] += 1
        elif left >= found.lots:
            self.anomalies["volume_grew"] += 1
        elif left == 0:
            self.match_whole(ts, order)
        else:
            self.matched[found.side] += found.lots - left
            self.set_lots(order, left)

    def match_whole(self, ts: int, order: int) -> None:
        """Take out an order of which nothing is left."""
        found = self.open[order]
        self.matched[found.side] += found.lots
        self.end(ts, order, "M")

    def set_lots(self, order: int, lots: int) -> None:
        """Lower the volume of an order, which keeps its place."""
        found = self.open[order]
        self.open[order] = found._replace(lots=lots)
        self._batch.append((MODIFY, order, found.side, found.price, lots))

    def rebuilt(self, contract: Contract) -> Rebuilt:
        """Return what was seen."""
        stays = self.stays + [(one.since, None, one.side, None) for one in self.open.values()]
        return Rebuilt(
            contract.delivery_start,
            contract.delivery_end,
            pl.DataFrame(self.path, schema=PATH_TYPES, orient="row"),
            pl.DataFrame(
                self.arrivals,
                schema={
                    "ts_event": pl.Int64,
                    "side": pl.Int8,
                    "distance": pl.Int64,
                    "lots": pl.Int64,
                    "is_market": pl.Boolean,
                },
                orient="row",
            ),
            pl.DataFrame(
                stays,
                schema={"begin": pl.Int64, "end": pl.Int64, "side": pl.Int8, "how": pl.String},
                orient="row",
            ),
            np.array(self.trades, dtype=np.int64),
            (self.matched[BUY], self.matched[SELL]),
            self.anomalies,
        )
