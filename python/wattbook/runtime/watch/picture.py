"""What is known at an instant: best prices, trades, prices of record, orders, fills.

A picture only goes forward, by the rows that were received since; to show an earlier instant, make
a new one. Rows are plain values for JSON: prices and volumes in whole units, times in ns UTC.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wattbook.runtime.refusals import refusal_words
from wattbook.runtime.watch.trading_days import TradingDays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattbook.runtime.watch.tape import Tape

__all__ = ["QUOTE_COLUMNS", "REQUESTED", "Change", "Picture", "Row"]

Row = dict[str, Any]
MILLIONTHS: Final = 1e6
TRADES_KEPT: Final = 500
QUOTE_COLUMNS: Final = (
    "bid_price",
    "ask_price",
    "bid_volume",
    "ask_volume",
    "ts_event",
    "ts_recv",
)
ENDED: Final = frozenset({"filled", "cancelled", "expired", "rejected"})
REQUESTED: Final = frozenset({"pending_new", "pending_amend", "pending_cancel"})
"""States of an order of which its venue has yet to say something."""

Quote = tuple[float | None, float | None, float, float, int, int]


@dataclass(slots=True)
class Change:
    """What changed on the way to an instant: new values by key."""

    quotes: dict[int, Quote] = field(default_factory=dict)
    markets: dict[int, Row] = field(default_factory=dict)
    orders: dict[int, Row] = field(default_factory=dict)
    fills: dict[int, Row] = field(default_factory=dict)
    trades: dict[int, Row] = field(default_factory=dict)
    refusals: dict[int, Row] = field(default_factory=dict)
    breaches: dict[int, Row | None] = field(default_factory=dict)
    has_position: bool = False

    @property
    def is_alerting(self) -> bool:
        """Whether there is anything that a rule of alerts looks at as soon as it happens."""
        return bool(self.orders or self.fills or self.refusals or self.breaches)

    def __bool__(self) -> bool:
        """Whether anything did."""
        parts = (self.quotes, self.markets, self.orders, self.fills, self.trades, self.refusals)
        return self.has_position or any(parts)


def quote_of(bid: int, ask: int, bid_volume: int, ask_volume: int, event: int, recv: int) -> Quote:
    """Return best prices in whole units; a side without volume has no price."""
    return (
        bid / MILLIONTHS if bid_volume else None,
        ask / MILLIONTHS if ask_volume else None,
        bid_volume / MILLIONTHS,
        ask_volume / MILLIONTHS,
        event,
        recv,
    )


TRADE_COLUMNS: Final = (
    "sequence",
    "instrument",
    "aggressor",
    "price",
    "volume",
    "ts_event",
    "ts_recv",
)


def whole_trades(table: pl.DataFrame) -> list[Row]:
    """Return trades of others, in whole units."""
    rows = table.select(TRADE_COLUMNS).iter_rows(named=True)
    return [
        {**row, "price": row["price"] / MILLIONTHS, "volume": row["volume"] / MILLIONTHS}
        for row in rows
    ]


class Picture:
    """What is known of a run at an instant.

    Parameters
    ----------
    tape : Tape
        The run's events.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.now = tape.first - 1
        self.quotes: dict[int, Quote] = {}
        self.markets: dict[int, Row] = {}
        self.orders: dict[int, Row] = {}
        self.fills: dict[int, Row] = {}
        self.refusals: dict[int, Row] = {}
        self.breaches: dict[int, Row] = {}
        self._days = TradingDays(tape)
        self._amendments: dict[int, tuple[int, float, float]] = {}
        self.trades: deque[Row] = deque(maxlen=TRADES_KEPT)

    def advance(self, until: int) -> Change:
        """Take over what was received by `until` (ns UTC) and return what it changed."""
        change = Change()
        if until <= self.now:
            return change
        for take in (
            self._quotes,
            self._trades,
            self._references,
            self._phases,
            self._routed,
            self._states,
            self._fills,
            self._refusals,
            self._breaches,
        ):
            take(change, until)
        change.has_position = any(
            self.tape.count(name, until) > self.tape.count(name, self.now)
            for name in ("position_changed", "settled", "schedule_routed", "meter_read")
        )
        self.now = until
        return change

    def _rows(self, name: str, until: int, *columns: str) -> Iterator[tuple[Any, ...]]:
        table = self.tape.between(name, self.now, until)
        return table.select(columns).iter_rows() if table.height else iter(())

    def _quotes(self, change: Change, until: int) -> None:
        table = self.tape.between("quote", self.now, until)
        if not table.height:
            return
        last = table.unique("instrument", keep="last", maintain_order=True)
        for number, *values in last.select("instrument", *QUOTE_COLUMNS).iter_rows():
            change.quotes[number] = quote_of(*values)
        self.quotes.update(change.quotes)

    def _market(self, change: Change, number: int) -> Row:
        row = self.markets.setdefault(number, {"instrument": number})
        change.markets[number] = row
        return row

    def _trades(self, change: Change, until: int) -> None:
        table = self.tape.between("trade", self.now, until)
        if not table.height:
            return
        for row in whole_trades(table.tail(TRADES_KEPT)):
            self.trades.append(row)
            change.trades[row["sequence"]] = row
        self._days.take(table, lambda number: self._market(change, number))
        by_instrument = table.group_by("instrument", maintain_order=True).agg(
            pl.col("price").last(), pl.col("ts_event").last(), pl.col("volume").sum()
        )
        for number, price, event, volume in by_instrument.iter_rows():
            row = self._market(change, number)
            row["last_price"] = price / MILLIONTHS
            row["last_ts_event"] = event
            row["traded_volume"] = round(row.get("traded_volume", 0.0) + volume / MILLIONTHS, 6)

    def _references(self, change: Change, until: int) -> None:
        rows = self._rows("reference_price", until, "instrument", "kind", "price", "ts_recv")
        for number, kind, price, recv in rows:
            row = self._market(change, number)
            row["reference"] = {**row.get("reference", {}), kind: price / MILLIONTHS}
            row["reference_ts_recv"] = recv

    def _phases(self, change: Change, until: int) -> None:
        for number, phase in self._rows("phase_changed", until, "instrument", "phase"):
            self._market(change, number)["phase"] = phase
        for (number,) in self._rows("gate_closed", until, "instrument"):
            self._market(change, number)["is_closed"] = True

    def _order(self, change: Change, number: int) -> Row:
        row = self.orders.setdefault(number, {"order_id": str(number)})
        change.orders[number] = row
        return row

    def _routed(self, change: Change, until: int) -> None:
        for name, kind in (("order_routed", "order"), ("offer_routed", "offer")):
            for entry in self.tape.between(name, self.now, until).iter_rows(named=True):
                self._order(change, entry["order_id"]).update(
                    kind=kind,
                    instrument=entry["instrument"],
                    side=entry["side"],
                    order_type=entry.get("order_type", "limit"),
                    time_in_force=entry.get("time_in_force"),
                    strategy=self.tape.names.strategy(entry["strategy"]),
                    price=None if entry["price"] is None else entry["price"] / MILLIONTHS,
                    volume=entry["volume"] / MILLIONTHS,
                    filled=0.0,
                    open=entry["volume"] / MILLIONTHS,
                    state="pending_new" if kind == "order" else "offered",
                    reason=None,
                    ts_event=entry["ts_event"],
                    ts_recv=entry["ts_recv"],
                )

    def _amends(self, until: int) -> None:
        """Keep amendments that go to a venue until it has answered."""
        columns = ("order_id", "sequence", "price", "volume")
        for number, *asked in self._rows("amend_routed", until, *columns):
            sequence, price, volume = asked
            self._amendments[number] = sequence, price / MILLIONTHS, volume / MILLIONTHS

    def _answered(self, row: Row, number: int, sequence: int) -> None:
        """Give an order its new price and volume once its venue has taken the amendment.

        The venue's answer is the first state after the amendment that is not about a request on
        its way: with a reason the amendment was refused, without one it holds.
        """
        asked, price, volume = self._amendments.get(number, (sequence, 0.0, 0.0))
        if sequence <= asked or row["state"] in REQUESTED:
            return
        del self._amendments[number]
        # An order may end by a fill that was on its way before the amendment.
        if row["reason"] is None and (row["open"] > 0 or row["filled"] == volume):
            row.update(price=price, volume=volume)

    def _states(self, change: Change, until: int) -> None:
        self._amends(until)
        columns = ("order_id", "sequence", "state", "filled", "open", "reason", "ts_recv")
        for number, sequence, state, filled, left, reason, recv in self._rows(
            "order_state_changed", until, *columns
        ):
            row = self._order(change, number)
            row.update(
                state=state,
                filled=filled / MILLIONTHS,
                open=0.0 if state in ENDED else left / MILLIONTHS,
                reason=reason,
                ts_recv=recv,
            )
            self._answered(row, number, sequence)

    def _fills(self, change: Change, until: int) -> None:
        rows = self.tape.between("filled", self.now, until).iter_rows(named=True)
        for number, entry in enumerate(rows, start=len(self.fills) + 1):
            arrival = entry["arrival_price"]
            change.fills[number] = {
                "fill": number,
                "sequence": entry["sequence"],
                "order_id": str(entry["order_id"]),
                "trade": str(entry["trade"]),
                "instrument": entry["instrument"],
                "side": entry["side"],
                "strategy": self.tape.names.strategy(entry["strategy"]),
                "price": entry["price"] / MILLIONTHS,
                "volume": entry["volume"] / MILLIONTHS,
                "arrival_price": None if arrival is None else arrival / MILLIONTHS,
                "is_maker": entry["is_maker"],
                "ts_event": entry["ts_event"],
                "ts_recv": entry["ts_recv"],
            }
        self.fills.update(change.fills)

    def _breaches(self, change: Change, until: int) -> None:
        """Follow which limits of scopes are passed: by number, until they are kept again."""
        passed = self.tape.between("limit_breached", self.now, until).iter_rows(named=True)
        cured = self.tape.between("limit_cured", self.now, until).iter_rows(named=True)
        happened: list[tuple[int, int, Row | None]] = [
            *((row["sequence"], row["limit"], row) for row in passed),
            *((row["sequence"], row["limit"], None) for row in cured),
        ]
        for _, limit, row in sorted(happened, key=lambda one: one[0]):
            if row is None:
                self.breaches.pop(limit, None)
                change.breaches[limit] = None
                continue
            change.breaches[limit] = self.breaches[limit] = {
                "limit": limit,
                "measure": row["measure"],
                "severity": row["severity"],
                "value": row["value_millionths"] / MILLIONTHS,
                "level": row["level_millionths"] / MILLIONTHS,
                "ts_recv": row["ts_recv"],
            }

    def _refusals(self, change: Change, until: int) -> None:
        rows = self.tape.between("refused", self.now, until).iter_rows(named=True)
        for number, entry in enumerate(rows, start=len(self.refusals) + 1):
            change.refusals[number] = {
                "refusal": number,
                "sequence": entry["sequence"],
                "reason": entry["refusal_kind"],
                "text": refusal_words(entry["refusal"], self.tape.names.limits),
                "ts_event": entry["ts_event"],
                "ts_recv": entry["ts_recv"],
            }
        self.refusals.update(change.refusals)
