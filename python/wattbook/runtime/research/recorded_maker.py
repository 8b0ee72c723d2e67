"""A market maker in a recorded order book, block after block of the recorded time. Not energy."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from wattbook.domain import Instrument, Owner, SetFees, Venue
from wattbook.errors import DeskError, InputError
from wattbook.execution import Latencies, Simulation
from wattbook.runtime.desk.reader import Reader
from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive
from wattbook.runtime.research.recorded import RecordedRows, binance_rows, mbo_rows
from wattbook.strategy.market_maker import MarketMaker, Quoting

__all__ = ["BlocksPnl", "RecordedBook", "blocks_pnl", "books_of", "recorded_simulation"]

SECTION = "recorded_book"
SECOND = 10**9
DAY = 86_400 * SECOND
UNIT = 3.6e15
OWNER = Owner(trading_book=1, trader=1, strategy=1)
LOADERS = {"dbn_mbo": mbo_rows, "binance": binance_rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBook:
    """``[[recorded_book]]``: a capture, how it is traded, and the quoting of the maker.

    Parameters
    ----------
    name, file : str
        The file is below the folder of recorded data.
    format : str
        Of the file.
    currency : str
        Of price and fees.
    tick, lot : Decimal
        Steps of price and volume.
    multiplier : Decimal
        Currency that a move of one in price is worth for one unit of volume.
    begins : datetime
        First block.
    block_seconds : int
        Length of a block; the maker is flat at the end of each.
    latency_ms : Decimal
        One way.
    maker_fee, taker_fee : Decimal
        Currency for each unit of volume.
    volume : Decimal
        Of a quote.
    quoting : dict
        Keys of `wattbook.strategy.market_maker.Quoting`.
    """

    name: str
    file: str
    format: Literal["dbn_mbo", "binance"]
    currency: str
    tick: Positive
    lot: Positive
    begins: dt.datetime
    volume: Positive
    block_seconds: Annotated[int, Bounds(least=1, most=86_400)]
    multiplier: Positive = Decimal(1)
    latency_ms: NotNegative = Decimal("0.5")
    maker_fee: Decimal = Decimal(0)
    taker_fee: Decimal = Decimal(0)
    quoting: Mapping[str, Decimal | int | bool] = field(default_factory=dict)

    def made_quoting(self) -> Quoting:
        """Return how it quotes.

        Raises
        ------
        InputError
            For an unknown key or a value that cannot be quoted with.
        """
        given: dict[str, Any] = {
            name: float(value) if isinstance(value, Decimal) else value
            for name, value in self.quoting.items()
        }
        try:
            quoting = Quoting(tick=float(self.tick), **given)
        except TypeError as fault:
            message = f"{self.name}, quoting: {fault}; use the parameters of Quoting but the tick"
            raise InputError(message) from fault
        if quoting.takes_to_imbalance or quoting.widen_seconds >= self.block_seconds:
            message = (
                f"{self.name}, quoting: let takes_to_imbalance be false and widen_seconds shorter "
                f"than a block, {self.block_seconds} s: each block ends flat"
            )
            raise InputError(message)
        return quoting


@dataclass(frozen=True, slots=True)
class BlocksPnl:
    """What each set of parameters earned by block.

    Parameters
    ----------
    starts : tuple of datetime
        Of the blocks, UTC.
    pnl : ndarray of shape (n_sets, n_blocks)
        After spread and fees, in the book's currency.
    left : ndarray of shape (n_sets, n_blocks)
        Position at the end of each block, volume units: what could not be taken off.
    fills : ndarray of int64, shape (n_sets,)
    """

    starts: tuple[dt.datetime, ...]
    pnl: NDArray[np.float64]
    left: NDArray[np.float64]
    fills: NDArray[np.int64]


@dataclass(slots=True, kw_only=True)
class BlockMaker(MarketMaker):
    """The market maker, which waits for the first block."""

    begins: int

    def look(self, ts: int) -> None:
        """Look from the first block on."""
        if ts >= self.begins:
            MarketMaker.look(self, ts)


def books_of(
    top: Mapping[str, Any],
    text: str,
    path: str,
    changes: Mapping[str, object] | None = None,
    name: str | None = None,
) -> tuple[RecordedBook, ...]:
    """Return the recorded books of a file; `changes` are values of keys of the one that is `name`.

    Raises
    ------
    DeskError
        For a key or value that does not fit, and for other sections.
    """
    reader = Reader(path, text)
    for section in top:
        reader.choice((section,), section, [SECTION], "section of a file of recorded books")
    changed = copy.deepcopy(dict(top))
    for entry in changed[SECTION]:
        if not isinstance(entry, dict) or entry.get("name") != name:
            continue
        for dotted, value in (changes or {}).items():
            *tables, key = dotted.split(".")
            place = entry
            for table in tables:
                place = place.setdefault(table, {})
            place[key] = value
    found: tuple[RecordedBook, ...] = reader.tables(SECTION, changed, RecordedBook)
    for number, book in enumerate(found):
        if book.begins.tzinfo is None:
            raise reader.refuse((SECTION, number, "begins"), "has no time zone; end it with Z")
    return found


def recorded_simulation(
    rows: RecordedRows,
    until: int,
    *,
    name: str,
    steps: tuple[Decimal | str, Decimal | str],
    latency_ns: int,
    currency: str = "USD",
    fees: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0)),
) -> Simulation:
    """Return a simulation of a recorded book up to `until`; an hour of power stands in for it.

    Parameters
    ----------
    rows : RecordedRows
    until : int
        ns UTC.
    name : str
    steps : (Decimal, Decimal)
        Of price and volume.
    latency_ns : int
        One way.
    currency : str, optional
    fees : (Decimal, Decimal), optional
        Maker's and taker's, in price.
    """
    begins = int(rows.ts[0]) // SECOND * SECOND
    made = Simulation(seed=1, desk_currency=currency, start=begins - SECOND)
    made.add_reference(
        Venue(
            venue=0, name=name, market_model="continuous_book", time_zone="UTC", is_synthetic=False
        )
    )  # fmt: skip
    made.add_reference(
        Instrument(
            instrument=0, symbol=name, venue=0, location="DE-LU", commodity="power",
            form="intraday", tenor="hour", load="base", delivery_kind="physical",
            delivery_start=begins + 30 * DAY, delivery_end=begins + 30 * DAY + 3_600 * SECOND,
            delivery_seconds=3_600, gate_closure=begins + 29 * DAY, currency=currency,
            price_unit="megawatt_hour", volume_unit="megawatt", tick=steps[0], lot=steps[1],
            min_price=0, max_price=1_000_000,
        )
    )  # fmt: skip
    made.add_reference(SetFees(venue=0, maker=fees[0], taker=fees[1]))
    way = (latency_ns, 0)
    made.set_latencies(0, Latencies(feed=way, submit=way, amend=way, cancel=way, report=way))
    last = int(np.searchsorted(rows.ts, until, "right"))
    made.add_recorded_book(0, **{key: column[:last] for key, column in rows.columns().items()})
    return made


def block_ends(book: RecordedBook, rows: RecordedRows) -> NDArray[np.int64]:
    """Return where blocks end, ns UTC; what is left at the end of the capture fills none.

    Raises
    ------
    InputError
        If the capture holds no block.
    """
    first, length = round(book.begins.timestamp()) * SECOND, book.block_seconds * SECOND
    count = (int(rows.ts[-1]) - first) // length
    if first < int(rows.ts[0]) or count < 1:
        told = [str(np.datetime64(int(at), "ns").astype("M8[s]")) for at in rows.ts[[0, -1]]]
        message = (
            f"{book.name}: the capture lasts from {told[0]}Z to {told[1]}Z and holds no block of "
            f"{book.block_seconds} s from {book.begins}; choose another begin or length"
        )
        raise InputError(message)
    return first + length * np.arange(1, count + 1)


def played(
    book: RecordedBook, rows: RecordedRows, ends: NDArray[np.int64]
) -> tuple[list[float], list[float], int]:
    """Return P&L and position left of each block, and the number of fills."""
    begins = int(ends[0]) - book.block_seconds * SECOND
    maker = BlockMaker(
        # Each block ends as a contract does at its gate: quotes withdrawn, inventory taken off.
        instrument=0, rolls=tuple((int(end), 0) for end in ends), volume=float(book.volume),
        quoting=book.made_quoting(), begins=begins,
    )  # fmt: skip
    maker_fee, taker_fee = (
        round(fee / book.multiplier, 6) for fee in (book.maker_fee, book.taker_fee)
    )
    made = recorded_simulation(
        rows, int(ends[-1]), name=book.name, steps=(book.tick, book.lot), currency=book.currency,
        latency_ns=int(book.latency_ms * 1_000_000), fees=(maker_fee, taker_fee),
    )  # fmt: skip
    made.add_strategy(OWNER, maker)
    made.open(keeps_market=False, measures_latency=False)
    pnl, left, before = [], [], 0
    for end in ends.tolist():
        made.run_until(end)
        lines = made.pnl_by_strategy()
        total = lines[0][1] + lines[0][2] - lines[0][3] if lines else 0
        pnl.append((total - before) / UNIT * float(book.multiplier))
        left.append(maker.inventory.get(0, 0.0))
        before = total
        made.drain()
    made.close()
    return pnl, left, maker.fills


def blocks_pnl(
    top: Mapping[str, Any],
    text: str,
    path: str,
    name: str | None,
    sets: Sequence[Mapping[str, object]],
    *,
    data: Path,
    is_stopped: Callable[[], bool],
    done: Callable[[], None] | None = None,
) -> tuple[RecordedBook, BlocksPnl] | None:
    """Play one book of a file with each of `sets`; None if it was stopped.

    Parameters
    ----------
    top, text, path
        The file as TOML, as text, and its name.
    name : str or None
        Of the book; needed if there are several.
    sets : sequence of dict
        Values of its keys.
    data : Path
        Folder of recorded data.
    is_stopped : callable
        Says whether to end early.
    done : callable, optional
        Is called after each set.

    Raises
    ------
    DeskError, InputError
        If a set does not fit, or the capture cannot be read.
    """
    names = [book.name for book in books_of(top, text, path)]
    if name is None and len(names) == 1:
        name = names[0]
    if name not in names:
        message = f"{path} has the recorded books {', '.join(names)}; name one with --strategy"
        raise DeskError(message)
    at = names.index(name)
    # Every set is checked before the first one trades.
    books = [books_of(top, text, path, values, name)[at] for values in sets]
    for book in books:
        book.made_quoting()
    first = books[0]
    fixed = {(book.file, book.format, book.begins, book.block_seconds) for book in books}
    if len(fixed) > 1:
        message = f"{path}, {name!r}: --set cannot change file, format, begins or block_seconds"
        raise DeskError(message)
    rows = LOADERS[first.format](data / first.file)
    ends = block_ends(first, rows)
    found = []
    for book in books:
        if is_stopped():
            return None
        found.append(played(book, rows, ends))
        if done is not None:
            done()
    step = dt.timedelta(seconds=first.block_seconds)
    begins = first.begins.astimezone(dt.UTC)
    return first, BlocksPnl(
        starts=tuple(begins + place * step for place in range(ends.size)),
        pnl=np.array([one[0] for one in found]),
        left=np.array([one[1] for one in found]),
        fills=np.array([one[2] for one in found], np.int64),
    )
