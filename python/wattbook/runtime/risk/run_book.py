"""The book that a run held at one time, with the scenarios that it knew."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import RunError
from wattbook.risk.book import Book, Factors
from wattbook.runtime.figures.ledger import Ledger
from wattbook.runtime.figures.risk import held_at, risk_path, scenario_gains
from wattbook.runtime.folder import names_from_json
from wattbook.runtime.replay import run_of
from wattbook.store import read_tables, whole_numbers

__all__ = ["LEVELS", "RunBook", "run_book", "run_ledger"]

LEVELS = ("strategy", "book", "trader", "market", "commodity", "counterparty", "delivery")


NO_SCENARIOS = "prices before it are not known"


@dataclass(frozen=True, slots=True)
class RunBook:
    """What a run held, as futures on its instruments."""

    book: Book
    moves: NDArray[np.float64]
    """Shape (instruments held, scenarios), currency per price unit."""
    units: NDArray[np.float64]
    """What a volume unit of each gains for a price up by one, in the desk's currency."""
    ts: int
    """When, ns UTC."""
    currency: str

    @property
    def headline(self) -> str:
        """Say what it is."""
        at = dt.datetime.fromtimestamp(self.ts // 10**9, dt.UTC)
        return f"{len(self.book)} positions at {at:%d %b %Y %H:%M:%S}Z, {self.currency}"


def run_ledger(path: Path) -> Ledger:
    """Return the events that a run left in its folder.

    Raises
    ------
    RunError
        If the folder holds no run, or its events cannot be read.
    """
    folder = run_of(path)
    names = names_from_json(folder.load()["names"])
    tables = {name: whole_numbers(table) for name, table in read_tables(folder.events).items()}
    return Ledger(tables, names)


def price_at(ledger: Ledger, instrument: int, ts: int) -> float:
    """Return the last mark of an instrument, or its first one where none came before `ts`.

    NaN where it never had one: the book then says which price is missing.
    """
    known = ledger.marks.get(instrument)
    if known is None:
        return float("nan")
    times, prices = known
    place = max(int(np.searchsorted(times, ts, side="right")) - 1, 0)
    return float(prices[place]) / 1e6


def worst_instant(ledger: Ledger) -> int:
    """Return when the shortfall of a run was largest, ns UTC."""
    path = risk_path(ledger)
    if path is None:
        message = (
            f"the run has no scenarios of all that it held: {NO_SCENARIOS}, or nothing was traded; "
            "ask about an order at a time with --at"
        )
        raise RunError(message)
    return int(path.ts[path.worst])


def run_book(ledger: Ledger, ts: int | None = None, *, may_be_empty: bool = False) -> RunBook:
    """Return what a run held at a time (ns UTC), by default when its shortfall was largest.

    Parameters
    ----------
    ledger : Ledger
        Of its events.
    ts : int, optional
        When, ns UTC.
    may_be_empty : bool, optional
        Whether nothing held is an answer, as for the first order of a day.

    Raises
    ------
    RunError
        If the run has no scenarios of something that it held, or nothing was held then.
    """
    when = worst_instant(ledger) if ts is None else ts
    held = held_at(ledger, when)
    if not (held.height or may_be_empty):
        at = dt.datetime.fromtimestamp(when // 10**9, dt.UTC)
        message = f"nothing was held at {at:%Y-%m-%dT%H:%M:%SZ}: choose another time with --at"
        raise RunError(message)
    gains = scenario_gains(ledger, when)
    numbers = sorted(set(held["instrument"].to_list())) if held.height else []
    unknown = [ledger.instruments[number].symbol for number in numbers if number not in gains]
    if unknown or not gains:
        message = f"the run has no scenarios of {', '.join(unknown) or 'anything'}: {NO_SCENARIOS}"
        raise RunError(message)
    places = {number: place for place, number in enumerate(numbers)}
    instruments = [ledger.instruments[number] for number in numbers]
    units = np.array(
        [one.delivery_seconds / 3_600 * ledger.rates[one.currency] / 1e9 for one in instruments]
    )
    factors = Factors(
        tuple(one.symbol for one in instruments),
        np.array([price_at(ledger, number, when) for number in numbers]),
        np.ones(len(numbers), dtype=np.bool_),
    )
    strategies = {entry.strategy: entry for entry in ledger.names.strategies}
    markets = {
        venue: entry.name
        for entry in ledger.names.markets
        for venue in (entry.venue, entry.book_venue)
    }
    rows = []
    for row in held.iter_rows(named=True):
        one = ledger.instruments[row["instrument"]]
        start = dt.datetime.fromtimestamp(one.delivery_start // 10**9, dt.UTC)
        owner = strategies.get(row["strategy"])
        own_book = "-" if owner is None else owner.book
        clearing = ledger.names.clearing_in(markets.get(one.venue, "-"), own_book)
        rows.append(
            {
                "factor": one.symbol,
                "kind": "future",
                "quantity": row["volume"] / 1e6 * float(units[places[one.number]]),
                "strategy": ledger.names.strategy(row["strategy"]),
                "book": own_book,
                "trader": (owner.trader or owner.name) if owner is not None else "-",
                "commodity": one.commodity,
                "market": "-" if owner is None else owner.market,
                "counterparty": "-" if clearing is None else clearing.counterparty,
                "delivery": f"{start:%Y-%m-%d %H:%M}Z",
            }
        )
    moves = np.array([gains[number] for number in numbers]) / units[:, None]
    book = Book.from_rows(factors, rows, LEVELS)
    return RunBook(book, moves, units, when, ledger.names.currency)
