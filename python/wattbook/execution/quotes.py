"""Quote files: 22 bytes a quote, mapped rather than read, and their replay to a strategy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattbook._core import check_quotes as _check_quotes
from wattbook._core import replay_quotes as _replay_quotes
from wattbook._core import replay_quotes_ema_cross as _replay_quotes_ema_cross
from wattbook._core import write_quotes as _write_quotes
from wattbook.execution.planned_venues import ints

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path

    from numpy.typing import NDArray

    from wattbook._core import Owner, Price, Volume
    from wattbook.execution.simulation import Reference

__all__ = [
    "QuoteFile",
    "QuoteReplay",
    "check_quotes",
    "replay_ema_cross",
    "replay_quotes",
    "write_quotes",
]


@dataclass(frozen=True, slots=True)
class QuoteFile:
    """What a quote file says of itself.

    Parameters
    ----------
    count : int
        Quotes in it.
    instrument : int
        Whose quotes.
    tick, lot : Price, Volume
        Grids of prices and volumes.
    is_synthetic : bool
        Whether the quotes are made up.
    """

    count: int
    instrument: int
    tick: Price
    lot: Volume
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class QuoteReplay:
    """What a replay did.

    Parameters
    ----------
    quotes, orders, fills : int
        Quotes shown, orders that passed the gate, fills that were booked.
    state_hash : str
        Of the engine at the end.
    """

    quotes: int
    orders: int
    fills: int
    state_hash: str


def write_quotes(
    path: Path,
    *,
    instrument: int,
    tick: Decimal | float | str,
    lot: Decimal | float | str,
    ts: NDArray[np.integer],
    bid_price: NDArray[np.integer],
    ask_price: NDArray[np.integer],
    bid_volume: NDArray[np.integer],
    ask_volume: NDArray[np.integer],
    is_synthetic: bool = False,
) -> int:
    """Write columns of quotes to a file; return how many.

    Parameters
    ----------
    path : Path
        Of the file; one that is there is replaced.
    instrument : int
        Whose quotes.
    tick, lot : number
        Grids that every price and volume lies on.
    ts : ndarray of int64, ns UTC
        Times that never fall.
    bid_price, ask_price : ndarray of int64
        Best prices in 1e-6 currency per price unit.
    bid_volume, ask_volume : ndarray of int64
        Their volumes in 1e-6 volume units; zero for none.
    is_synthetic : bool, optional
        Whether the quotes are made up.

    Raises
    ------
    InputError
        Naming the first row that is off a grid, out of order or out of range.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> one = np.array([1_000_000])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "quotes.wbq"
    ...     _ = write_quotes(path, instrument=3, tick="0.01", lot="0.1", ts=np.array([0]),
    ...                      bid_price=-2 * one, ask_price=one, bid_volume=one, ask_volume=one)
    ...     check_quotes(path).count
    1
    """
    return _write_quotes(
        path,
        instrument=instrument,
        tick=tick,
        lot=lot,
        is_synthetic=is_synthetic,
        ts=ints(ts),
        bid_price=ints(bid_price),
        ask_price=ints(ask_price),
        bid_volume=ints(bid_volume),
        ask_volume=ints(ask_volume),
    )


def check_quotes(path: Path) -> QuoteFile:
    """Return what the file says of itself, after a check of every block.

    Raises
    ------
    InputError
        Naming the byte at which a damaged file is wrong.
    """
    return QuoteFile(*_check_quotes(path))


def replay_quotes(
    path: Path,
    strategy: object,
    *,
    owner: Owner,
    references: Sequence[Reference],
    desk_currency: str,
    latency_ns: int = 0,
    journal: Path | None = None,
) -> QuoteReplay:
    """Show every quote of a file to a strategy.

    Its orders pass the gate and a journal. They meet the quotes: an order that reaches
    the quote trades up to the quoted volume, one that rests trades when the market passes its
    price.

    Parameters
    ----------
    path : Path
        A file of `write_quotes`.
    strategy : object
        An object with ``on_quote`` or, for whole blocks of up to 4,096 quotes as arrays, with
        ``on_batch(ts, bid, ask, bid_volume, ask_volume)``; what ``on_batch`` asks for happens at
        the last quote of its block.
    owner : Owner
        Whom it trades for.
    references : sequence of records of `wattbook.domain`
        The venue, the instrument and the limits, in this order.
    desk_currency : str
        ISO 4217 code.
    latency_ns : int, optional
        Time of a message to the venue, and of its answer, in ns.
    journal : Path, optional
        Folder for the journal, made if it is not there. Without one it is kept in memory, about
        35 bytes an order, cancel or report; the quotes themselves are not journaled.

    Raises
    ------
    InputError
        If the file is damaged, or the folder holds a journal already.
    JournalError
        If the journal cannot be written.
    """
    done = _replay_quotes(
        path,
        strategy,
        owner=owner,
        references=list(references),
        desk_currency=desk_currency,
        latency_ns=latency_ns,
        journal=journal,
    )
    return QuoteReplay(*done)


def replay_ema_cross(
    path: Path,
    *,
    fast: int,
    slow: int,
    volume: Decimal | float | str,
    owner: Owner,
    references: Sequence[Reference],
    desk_currency: str,
    latency_ns: int = 0,
    journal: Path | None = None,
) -> QuoteReplay:
    """Show every quote of a file to the EMA cross in Rust.

    The parameters are those of `replay_quotes` and of `wattbook.strategy.EmaCross`.

    Raises
    ------
    InputError
        If the file is damaged or a parameter is out of range.
    """
    done = _replay_quotes_ema_cross(
        path,
        fast=fast,
        slow=slow,
        volume=volume,
        owner=owner,
        references=list(references),
        desk_currency=desk_currency,
        latency_ns=latency_ns,
        journal=journal,
    )
    return QuoteReplay(*done)
