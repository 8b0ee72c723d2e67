"""The made-up book of a power market: its day, its participants and its latencies."""

import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from wattbook.errors import DeskError
from wattbook.execution import Latencies, Participants, Session, Simulation
from wattbook.ingest import NANOS_PER_SECOND, Series
from wattbook.runtime.desk.reader import Reader
from wattbook.runtime.desk.spec import SyntheticBookSpec
from wattbook.runtime.plan import PowerPlan, SyntheticChain

__all__ = ["add_books", "believed", "first_call", "load_participants"]

NANOS_PER_MS = 1_000_000


def steps(value: Decimal, step: Decimal) -> int:
    """Return a distance or volume in whole steps, at least one."""
    return max(1, round(value / step))


def nanos(seconds: Decimal | int) -> int:
    """Return seconds in ns, at least one."""
    return max(1, int(seconds * NANOS_PER_SECOND))


def session_of(book: SyntheticBookSpec) -> Session:
    """Return the calls and halts of a book."""
    found = book.session
    return Session(
        opening_call_ns=found.opening_call_seconds * NANOS_PER_SECOND,
        closing_call_ns=found.closing_call_seconds * NANOS_PER_SECOND,
        collar=steps(found.collar, book.tick) if found.collar else 0,
        halt_ns=found.halt_seconds * NANOS_PER_SECOND,
        reopening_call_ns=found.reopening_call_seconds * NANOS_PER_SECOND,
    )


def latencies_of(book: SyntheticBookSpec) -> Latencies:
    """Return how long each kind of message travels to and from a book."""
    usual = (Decimal(book.latency_ms) * 8 / 10, Decimal(book.latency_ms) * 4 / 10)

    def travel(given: tuple[Decimal, Decimal] | None) -> tuple[int, int]:
        constant, jitter = given or usual
        return int(constant * NANOS_PER_MS), int(jitter * NANOS_PER_MS)

    found = book.latency
    return Latencies(
        feed=travel(found.feed_ms),
        submit=travel(found.submit_ms),
        amend=travel(found.amend_ms),
        cancel=travel(found.cancel_ms),
        report=travel(found.report_ms),
    )


def participants_of(book: SyntheticBookSpec) -> Participants:
    """Return who trades in a book; what is left out follows half spread and level volume."""
    found = book.participants
    half_spread = steps(book.half_spread, book.tick)
    lots = steps(book.level_volume, book.lot)

    def ticks(given: Decimal | None, usual: int) -> int:
        return max(1, usual) if given is None else steps(given, book.tick)

    def volume(given: Decimal | None) -> int:
        return max(1, lots // 2) if given is None else steps(given, book.lot)

    return Participants(
        makers=found.makers,
        maker_interval_ns=nanos(found.maker_interval_seconds),
        half_spread=half_spread,
        levels=found.levels,
        level_step=ticks(found.level_step, half_spread // 2),
        maker_lots=lots,
        wander=0 if found.wander == 0 else ticks(found.wander, half_spread // 2),
        noise=found.noise,
        noise_interval_ns=nanos(found.noise_interval_seconds),
        noise_lots=volume(found.noise_volume),
        momentum=found.momentum,
        momentum_interval_ns=nanos(found.momentum_interval_seconds),
        momentum_ticks=ticks(found.momentum_move, 6 * half_spread),
        momentum_lots=volume(found.momentum_volume),
    )


def load_participants(path: Path, tick: float, lot: float) -> Participants:
    """Return who trades by the section ``[market.synthetic_book]`` alone in a file.

    ``wattbook history`` leaves such files, one a bin of time to gate.

    Parameters
    ----------
    path : Path
        The file.
    tick, lot : float
        Steps of the market that they are for, currency per MWh and MW.

    Raises
    ------
    DeskError
        If it cannot be read, has another section or a key that does not fit, or other steps.
    """
    try:
        text = path.read_text(encoding="utf-8")
        top = tomllib.loads(text, parse_float=Decimal)
    except (OSError, ValueError) as fault:
        message = f"{path}: {fault}; give a file that `wattbook history --out` left"
        raise DeskError(message) from fault
    reader, key = Reader(str(path), text), ("market", "synthetic_book")
    market = top.get("market")
    section = market.get("synthetic_book") if isinstance(market, dict) else None
    if not isinstance(section, dict):
        raise reader.refuse((), "section [market.synthetic_book] is missing; add it")
    book: SyntheticBookSpec = reader.table(key, section, SyntheticBookSpec)
    for name, given, needed in (("tick", book.tick, tick), ("lot", book.lot, lot)):
        if float(given) != needed:
            raise reader.refuse((*key, name), f"{given} is not the {needed} of the market; use it")
    return participants_of(book)


def first_call(part: PowerPlan) -> int | None:
    """Return when the first contract of the made-up book takes orders, ns UTC; None without one."""
    if part.spec.synthetic_book is None or part.chain is None:
        return None
    return min(part.chain.opens) - session_of(part.spec.synthetic_book).opening_call_ns


def believed(part: PowerPlan, book: SyntheticBookSpec, calls: int) -> Series:
    """Return the prices that a book trades around in a backtest, each from when it is known there.

    Until the first price of the day those hold that are known from `calls` on, ns UTC.
    """
    if book.price_known == "start":
        return part.series
    known = part.history.delivery_start[part.history.delivery_end <= calls]
    before = part.history.between(int(known[-1]), part.day.start)
    return replace(
        part.series,
        delivery_start=np.concatenate([before.delivery_end, part.series.delivery_end]),
        price=np.concatenate([before.price, part.series.price]),
        covariates={},
    )


def add_books(
    made: Simulation, path: Series, book: SyntheticBookSpec, chain: SyntheticChain
) -> None:
    """Add the made-up book: each hour's contract trades around the price of its time in `path`."""
    made.set_latencies(chain.venue, latencies_of(book))
    session, participants = session_of(book), participants_of(book)
    for number, opens in zip(chain.instruments, chain.opens, strict=True):
        made.add_book(
            number,
            opens=opens,
            ts=path.delivery_start,
            price=path.price_millionths,
            session=session,
            participants=participants,
            feed=book.feed,
        )
    made.add_alarms(np.array([at for at, _ in chain.rolls], dtype=np.int64))
    # What is still open when the hour has been delivered settles at the market's own price.
    known = np.isfinite(chain.settlement)
    ends = np.array(chain.ends, dtype=np.int64)[known]
    made.add_prices(
        "real_time",
        instrument=np.array(chain.instruments)[known],
        ts_event=ends,
        ts_recv=ends,
        price=np.rint(chain.settlement[known] * 1e6).astype(np.int64),
    )
