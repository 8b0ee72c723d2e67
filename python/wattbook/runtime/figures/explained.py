"""Why the P&L of a run moved between instants, by strategy and line, exact.

A position is worth what was received for it, less what was paid, plus its volume at its mark; a
settlement takes the place of the mark. Marks are those of the engine (`Ledger.marks`): the middle
of the book, or a price of record. Each event is valued at the mark of its instant, so that the
lines of any stretch of time sum to the change of value:

- ``price``: marks, on what was held; for a delivered period up to the price that it settles at;
- ``new trades``: what a fill or an award was better than its mark: below zero by half the spread
  for who takes it;
- ``volume``: what was delivered beyond what was sold, at the price of its settlement;
- ``re-settlement``: later runs of a settlement;
- ``reserves``: what was paid for reserves held, less what was missing of them;
- ``fees``: paid, below zero;
- ``fx``: rates of exchange, on all that was earned before.

``unexplained`` is what the engine's own P&L changed by beyond them. It is zero but for a position
that never had a mark: it is held at its last trade here, and at its cost by the engine.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import Any

import polars as pl

from wattbook.portfolio.money import MONEY
from wattbook.runtime.figures.ledger import Ledger
from wattbook.runtime.figures.money import convert, to_float

__all__ = ["PNL_LINES", "UNEXPLAINED", "Explained", "explain_pnl", "explained_table", "grid"]

PNL_LINES = ("price", "new trades", "volume", "re-settlement", "reserves", "fees", "fx")
UNEXPLAINED = "unexplained"
Key = tuple[int, int, int, int]
"""Instrument, trading book, trader and strategy."""
Held = tuple[int, int, int, int, int]
"""When a position changed, ns UTC, and its volume, cost, realised P&L and fees from then on."""


class Kind(Enum):
    """What may happen to a position."""

    TRADED = 1
    AWARDED = 2
    SETTLED = 3
    RESERVES = 4


@dataclass(frozen=True, slots=True)
class Explained:
    """Why the P&L of one strategy moved in one stretch of time.

    Parameters
    ----------
    begin, end : int
        ns UTC; what happened at `begin` itself is not in it.
    strategy : str
        Its name.
    lines : dict of str to int
        By `PNL_LINES` and `UNEXPLAINED`, in units of 1 / 3.6e15 of the desk's currency.
    """

    begin: int
    end: int
    strategy: str
    lines: dict[str, int]

    @property
    def total(self) -> int:
        """By what the P&L moved."""
        return sum(self.lines.values())


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to a position; times in ns UTC, volumes and prices in 1e-6, money in units.

    Parameters
    ----------
    sequence, at : int
        Its place among all inputs, and when.
    kind : Kind
        What it was.
    volume : int
        Bought, below zero sold; of awards, what all of them sold until now.
    price : int
        Of the trade or the settlement.
    amount : int
        Received for a settlement, and for all awards until now.
    fee : int
        Paid.
    """

    sequence: int
    at: int
    kind: Kind
    volume: int = 0
    price: int = 0
    amount: int = 0
    fee: int = 0


@dataclass(slots=True)
class Holding:
    """A position on its way through time; volume and mark in 1e-6, money in units."""

    seconds: int
    volume: int = 0
    mark: int | None = None
    awarded: tuple[int, int] = (0, 0)
    """What awards have sold of it and brought."""
    settled: int | None = None
    reserves: int = 0
    lines: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PNL_LINES[:-1], 0))

    @property
    def held_by_engine(self) -> int:
        """The sum of all lines as the engine counts it: awards without their other half.

        It books what an award brings at once and what it takes to deliver it when that settles.
        """
        owed = self.awarded[0] if self.settled is None else 0
        return sum(self.lines.values()) + owed * (self.mark or 0) * self.seconds

    def revalue(self, mark: int | None) -> None:
        """Take a mark over."""
        if mark is None:
            return
        if self.mark is not None:
            self.lines["price"] += self.volume * (mark - self.mark) * self.seconds
        self.mark = mark

    def enter(self, volume: int, paid: int, price: int, mark: int | None) -> None:
        """Buy a volume for some money, at a price, while the mark may stand at another."""
        self.revalue(price if mark is None and self.mark is None else mark)
        self.lines["new trades"] += volume * (self.mark or 0) * self.seconds - paid
        self.volume += volume

    def award(self, done: Happening, mark: int | None) -> None:
        """Take over what awards have come to."""
        volume, amount = done.volume - self.awarded[0], done.amount - self.awarded[1]
        if self.settled is None:
            self.enter(-volume, -amount, done.price, mark)
        else:
            self.lines["re-settlement"] += amount
        self.awarded = (done.volume, done.amount)

    def take(self, done: Happening, mark: int | None) -> None:
        """Let something happen at the mark of its instant."""
        self.lines["fees"] -= done.fee
        if done.kind is Kind.TRADED:
            self.enter(done.volume, done.volume * done.price * self.seconds, done.price, mark)
        elif done.kind is Kind.AWARDED:
            self.award(done, mark)
        elif done.kind is Kind.RESERVES:
            self.lines["reserves"] += done.amount - self.reserves
            self.reserves = done.amount
        elif self.settled is not None:
            self.lines["re-settlement"] += done.amount - self.settled
            self.settled = done.amount
        else:
            self.revalue(done.price)
            self.lines["volume"] += done.amount - self.volume * done.price * self.seconds
            self.settled, self.volume = done.amount, 0


def happenings(ledger: Ledger) -> dict[Key, list[Happening]]:
    """Return what happened to each position, in order."""
    found: dict[Key, list[Happening]] = {}

    def add(row: dict[str, Any], instrument: int, one: Happening) -> None:
        key = (instrument, row["trading_book"], row["trader"], row["strategy"])
        found.setdefault(key, []).append(one)

    for row in rows(ledger, "filled"):
        bought = row["volume"] if row["side"] == "buy" else -row["volume"]
        one = Happening(*when(row), Kind.TRADED, bought, row["price"], fee=int(row["fee"]))
        add(row, row["instrument"], one)
    for row in rows(ledger, "cascaded"):
        price, volume = row["price"], row["volume"]
        add(row, row["from"], Happening(*when(row), Kind.TRADED, -volume, price))
        add(row, row["into"], Happening(*when(row), Kind.TRADED, volume, price))
    # What settles with the report of an award is the award itself.
    awards = {row["sequence"] for row in rows(ledger, "offer_awarded")}
    for row in rows(ledger, "settled"):
        kind = Kind.AWARDED if row["sequence"] in awards else Kind.SETTLED
        price, amount = row["price"], int(row["amount"])
        add(row, row["instrument"], Happening(*when(row), kind, row["volume"], price, amount))
    for row in rows(ledger, "reserves_settled"):
        one = Happening(*when(row), Kind.RESERVES, amount=int(row["amount"]))
        add(row, row["instrument"], one)
    for entries in found.values():
        entries.sort(key=lambda one: one.sequence)
    return found


def rows(ledger: Ledger, name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table, none where the run has none."""
    yield from ledger.table(name).iter_rows(named=True)


def when(row: dict[str, Any]) -> tuple[int, int]:
    """Return a row's sequence and instant."""
    return int(row["sequence"]), int(row["ts_recv"])


@dataclass(frozen=True, slots=True)
class MarkLine:
    """Marks of an instrument over time."""

    at: list[int]
    price: list[int]

    def known(self, instant: int) -> int | None:
        """Return the mark that stands at an instant."""
        place = bisect_right(self.at, instant)
        return self.price[place - 1] if place else None


@dataclass(frozen=True, slots=True)
class Moment:
    """A position at an instant, money in units.

    Parameters
    ----------
    lines : dict of str to int
        Since the beginning of the run.
    ours, engines : int
        Their sum as the engine counts it, and what the engine has.
    """

    lines: dict[str, int]
    ours: int
    engines: int

    def since(self, before: Moment, rates: tuple[int, int]) -> dict[str, int]:
        """Return what moved since an earlier instant, in the desk's currency.

        `rates` are those of the earlier instant and of this one, in 1e-9.
        """
        moved = {line: self.lines[line] - before.lines[line] for line in self.lines}
        moved[UNEXPLAINED] = self.engines - before.engines - (self.ours - before.ours)
        old, new = rates
        told = {line: convert(units, new) for line, units in moved.items()}
        earned = sum(before.lines.values())
        return {**told, "fx": convert(earned, new) - convert(earned, old)}


@dataclass(frozen=True, slots=True)
class RateLine:
    """What one of a currency was worth in the desk's over time, in 1e-9."""

    since: list[int]
    rates: list[int]

    @classmethod
    def of(cls, ledger: Ledger, currency: str) -> RateLine:
        """Return the rates that a run was told."""
        found = [
            (int(row["ts_recv"]), int(row["rate_billionths"]))
            for row in rows(ledger, "set_fx_rate")
            if (row["from"], row["to"]) == (currency, ledger.names.currency)
        ]
        if not found:
            return cls([0], [ledger.rates[currency]])
        return cls(*(list(column) for column in zip(*found, strict=True)))

    def at(self, instant: int) -> int:
        """Return the rate at an instant, the first one before it."""
        return self.rates[max(bisect_right(self.since, instant) - 1, 0)]


def walk(
    done: Sequence[Happening],
    held: Sequence[Held],
    marks: MarkLine,
    seconds: int,
    instants: Sequence[int],
    *,
    is_all: bool,
) -> Iterator[tuple[int, Moment]]:
    """Yield the place of each instant at which a position may have moved, and how it stands then.

    The instant before the first event comes first; with `is_all` none after it is left out.
    """
    holding, place = Holding(seconds), 0
    times = [row[0] for row in held]
    at = max(bisect_left(instants, done[0].at) - 1, 0)
    while at < len(instants):
        instant = instants[at]
        while place < len(done) and done[place].at <= instant:
            holding.take(done[place], marks.known(done[place].at))
            place += 1
        mark = marks.known(instant)
        if holding.volume:
            holding.revalue(mark)
        row = bisect_right(times, instant) - 1
        engines = 0
        if row >= 0:
            _, volume, cost, realised, fees = held[row]
            unrealised = 0 if mark is None else mark * volume * seconds - int(cost)
            engines = int(realised) + unrealised - int(fees)
        yield at, Moment(dict(holding.lines), holding.held_by_engine, engines)
        at += 1
        if not holding.volume and not is_all:
            if place == len(done):
                return
            # Nothing moves until the next event.
            at = max(at, bisect_left(instants, done[place].at))


def explain_pnl(
    ledger: Ledger, instants: Sequence[int], market: str | None = None
) -> list[Explained]:
    """Return why the P&L of each strategy moved between one instant and the next.

    Parameters
    ----------
    ledger : Ledger
        Events of a run.
    instants : sequence of int
        ns UTC, rising.
    market : str, optional
        Whose strategies alone are told.

    Returns
    -------
    list of Explained
        By stretch of time and strategy, in the order of the desk file; stretches in which nothing
        moved are left out.

    Raises
    ------
    ValueError
        If the instants do not rise.
    """
    if any(after <= before for before, after in pairwise(instants)):
        message = "instants do not rise; sort them and leave doubles out"
        raise ValueError(message)
    names = {
        one.strategy: one.name
        for one in ledger.names.strategies
        if market is None or one.market == market
    }
    moved: dict[tuple[int, str], dict[str, int]] = {}
    marked = {
        instrument: MarkLine(at.tolist(), price.tolist())
        for instrument, (at, price) in ledger.marks.items()
    }
    held = positions_held(ledger)
    for key, done in happenings(ledger).items():
        if key[3] not in names:
            continue
        instrument = ledger.instruments[key[0]]
        marks = marked.get(key[0], MarkLine([], []))
        rates = RateLine.of(ledger, instrument.currency)
        # A rate of exchange moves what a closed position earned, too.
        told = walk(
            done,
            held.get(key, ()),
            marks,
            instrument.delivery_seconds,
            instants,
            is_all=len(set(rates.rates)) > 1,
        )
        for (start, before), (place, after) in pairwise(told):
            lines = after.since(before, (rates.at(instants[start]), rates.at(instants[place])))
            if any(lines.values()):
                entry = moved.setdefault((place - 1, names[key[3]]), {})
                for line, units in lines.items():
                    entry[line] = entry.get(line, 0) + units
    order = {name: place for place, name in enumerate(names.values())}
    return [
        Explained(instants[place], instants[place + 1], strategy, lines)
        for (place, strategy), lines in sorted(
            moved.items(), key=lambda entry: (entry[0][0], order[entry[0][1]])
        )
    ]


def positions_held(ledger: Ledger) -> dict[Key, list[Held]]:
    """Return each position after each of its changes, in the engine's order."""
    changed = ledger.table("position_changed").sort("sequence", maintain_order=True)
    held: dict[Key, list[Held]] = {}
    keys = changed.select("instrument", "trading_book", "trader", "strategy").iter_rows()
    values = changed.select("ts_recv", "volume", "cost", "realised", "fees").iter_rows()
    for key, value in zip(keys, values, strict=True):
        held.setdefault(key, []).append(value)
    return held


def grid(ledger: Ledger, seconds: int) -> list[int]:
    """Return the instants of the run's clock, so many seconds apart, around all that moved."""
    times = ledger.table("position_changed")["ts_recv"].to_numpy()
    step = seconds * 1_000_000_000
    first = (int(times.min()) - 1) // step * step
    return list(range(first, int(times.max()) + step, step))


def explained_table(stretches: Sequence[Explained]) -> pl.DataFrame:
    """Return why the P&L moved as a table.

    Returns
    -------
    polars.DataFrame
        ``begin``, ``end`` (UTC), ``strategy``, ``line``, ``amount`` (desk's currency) and
        ``amount_units`` (exact, 1 / 3.6e15 of it); lines of no amount are left out.
    """
    found = [
        (one.begin, one.end, one.strategy, line, to_float(units), units)
        for one in stretches
        for line, units in one.lines.items()
        if units
    ]
    instant = pl.Datetime("ns", "UTC")
    schema = {
        "begin": pl.Int64, "end": pl.Int64, "strategy": pl.String, "line": pl.String,
        "amount": pl.Float64, "amount_units": MONEY,
    }  # fmt: skip
    return pl.DataFrame(found, schema=schema, orient="row").with_columns(
        pl.col("begin", "end").cast(instant)
    )
