"""The book that a task of ``wattbook risk`` is about: of a run, or made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattbook.errors import InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from wattbook.risk.book import Book
    from wattbook.runtime.figures import Ledger
    from wattbook.runtime.watch.picture import Row

__all__ = ["LEVELS", "RUN_LEVELS", "AskedBook", "asked_book"]

LEVELS = ("trader", "commodity", "delivery")
RUN_LEVELS = ("strategy", "book", "trader", "market", "commodity", "counterparty", "delivery")
RUNGS = ("delivery", "commodity")
RUN_RUNGS = ("delivery", "market")


@dataclass(frozen=True, slots=True)
class AskedBook:
    """The book that a task is about."""

    book: Book
    moves: NDArray[np.float64]
    gains: Mapping[str, NDArray[np.float64]]
    """What a lot or volume unit of each instrument that may be traded gains in each scenario."""
    levels: tuple[str, ...]
    rungs: tuple[str, ...]
    """Levels of its ladder of Greeks."""
    headline: str
    limits: Sequence[Row] = ()
    """Use of the limits of a run at that instant."""
    ledger: Ledger | None = None
    """Of a run."""
    ts: int = 0
    """The instant of a run's book, ns UTC."""

    def unit_of(self, symbol: str) -> str:
        """Return what an order of an instrument counts."""
        if self.ledger is None:
            return "lots"
        units = {one.symbol: one.volume_unit for one in self.ledger.instruments.values()}
        return units[symbol]


def asked_book(chosen: argparse.Namespace) -> AskedBook:
    """Return the book of a run, or a made-up one."""
    if chosen.run is not None:
        from wattbook.runtime.figures.risk import scenario_gains  # noqa: PLC0415
        from wattbook.runtime.risk.run_book import run_book, run_ledger  # noqa: PLC0415

        ledger = run_ledger(chosen.run)
        held = run_book(ledger, instant(chosen.at), may_be_empty=chosen.task == "what-if")
        gains = {
            ledger.instruments[number].symbol: each
            for number, each in scenario_gains(ledger, held.ts).items()
        }
        limits = run_limit_use(chosen.run, held.ts, held.currency)
        return AskedBook(
            held.book, held.moves, gains, RUN_LEVELS, RUN_RUNGS, held.headline, limits,
            ledger, held.ts,
        )  # fmt: skip
    from wattbook.runtime.risk.generated import UNITS, generated_book  # noqa: PLC0415

    made = generated_book(chosen.data, chosen.holdings, chosen.seed)
    return AskedBook(
        made.book,
        made.market.moves,
        {
            name: UNITS[name[:2]] * moves
            for name, moves in zip(made.market.factors.names, made.market.moves, strict=True)
        },
        LEVELS,
        RUNGS,
        f"A made-up book of {chosen.holdings:,} holdings as of {made.market.as_of}, USD",
    )


def run_limit_use(run: Path, ts: int, currency: str) -> list[Row]:
    """Return how much of each limit a run used at `ts` (ns UTC)."""
    from wattbook.runtime.replay import run_of  # noqa: PLC0415 - light `--help`
    from wattbook.runtime.watch import ScopeLimits  # noqa: PLC0415

    return ScopeLimits(run_of(run), currency).rows(ts)


def instant(text: str | None) -> int | None:
    """Return a time given on the command line, ns UTC.

    Raises
    ------
    InputError
        If it is no time with a zone.
    """
    import datetime as dt  # noqa: PLC0415 - light `--help`

    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        message = f"--at {text!r}: give date, time and zone, such as 2026-06-30T12:00Z"
        raise InputError(message)
    return round(found.timestamp() * 1e6) * 1_000
