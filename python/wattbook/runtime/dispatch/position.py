"""The net position that a battery is run by, from a CSV file that a trading system writes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from wattbook.assets.dispatch import Delivery
from wattbook.assets.dispatch.replan import Outlook
from wattbook.domain.instants import nanoseconds
from wattbook.errors import InputError

__all__ = ["Position", "SoldPeriod", "load_position"]

NANOS = 1_000_000_000
NEEDED = ("delivery_start", "delivery_end", "sold_mw")
OPTIONAL = ("bid", "ask")
ROWS_MOST = 10_000


@dataclass(frozen=True, slots=True)
class SoldPeriod:
    """A delivery period, what is sold of it, and at what more of it trades.

    Parameters
    ----------
    start, end : int
        Half-open, ns UTC.
    sold_mw : float
        Sold less bought, mean power.
    bid, ask : float, currency per MWh
        NaN where it does not trade.
    """

    start: int
    end: int
    sold_mw: float
    bid: float
    ask: float


@dataclass(frozen=True, slots=True)
class Position:
    """Delivery periods in order, without overlaps."""

    periods: tuple[SoldPeriod, ...]

    def at(self, now: int) -> Delivery | None:
        """Return what is to be delivered at an instant (ns UTC)."""
        for one in self.periods:
            if one.start <= now < one.end:
                return Delivery(one.start, one.end, one.sold_mw)
        return None

    def after(self, now: int) -> tuple[SoldPeriod, ...]:
        """Return the periods that have not begun."""
        return tuple(one for one in self.periods if one.start > now)

    def outlook(self, now: int, share: float) -> Outlook | None:
        """Return the periods to come as a new plan needs them; None without any.

        Raises
        ------
        InputError
            If a period is not as long as the others.
        """
        later = self.after(now)
        if not later:
            return None
        length = later[0].end - later[0].start
        if any(one.end - one.start != length for one in later):
            raise InputError("periods of different lengths cannot be planned anew; split them")
        return Outlook(
            hours=length / NANOS / 3_600,
            sold_mw=np.array([one.sold_mw for one in later]),
            available=np.full(len(later), share),
            bid=np.array([one.bid for one in later]),
            ask=np.array([one.ask for one in later]),
        )


def load_position(path: Path) -> Position:
    """Return the position of a CSV file: delivery_start, delivery_end, sold_mw, and bid, ask.

    Instants are ISO 8601 with their offset from UTC.

    Raises
    ------
    InputError
        If it cannot be read, or a row does not fit; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{path} cannot be read ({fault}); give a CSV file in UTF-8") from fault
    rows = csv.DictReader(io.StringIO(text))
    names = rows.fieldnames or []
    for name in NEEDED:
        if name not in names:
            raise InputError(f"{path}: column {name!r} is missing; its header is {list(names)}")
    periods: list[SoldPeriod] = []
    try:
        for row in rows:
            if len(periods) >= ROWS_MOST:
                raise InputError(f"{path} has more than {ROWS_MOST} rows; leave out what is past")
            periods.append(period(f"{path}, line {rows.line_num}", row))
    except csv.Error as fault:
        raise InputError(f"{path}, line {rows.line_num}: {fault}") from fault
    periods.sort(key=lambda one: one.start)
    for before, one in pairwise(periods):
        if one.start < before.end:
            moment = np.datetime64(one.start, "ns").astype("datetime64[s]")
            raise InputError(f"{path}: two periods overlap at {moment}Z; give each once")
    return Position(tuple(periods))


def period(where: str, row: dict[str, str | None]) -> SoldPeriod:
    """Return one row.

    Raises
    ------
    InputError
        If a value is none.
    """
    start, end = (instant(where, name, row.get(name) or "") for name in NEEDED[:2])
    if end <= start:
        raise InputError(f"{where}: the period ends before it starts; swap the two")
    bid, ask = (
        number(where, name, text) if (text := (row.get(name) or "").strip()) else math.nan
        for name in OPTIONAL
    )
    if bid > ask:
        raise InputError(f"{where}: bid {bid:g} is above ask {ask:g}; swap the two")
    return SoldPeriod(start, end, number(where, NEEDED[2], row.get(NEEDED[2]) or ""), bid, ask)


def instant(where: str, name: str, text: str) -> int:
    """Return an instant, ns UTC.

    Raises
    ------
    InputError
        If it is none, or bears no offset.
    """
    try:
        return nanoseconds(dt.datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError) as fault:
        message = f"{where}: {name} {text!r} is no instant; write 2026-06-29T12:00:00+00:00"
        raise InputError(message) from fault


def number(where: str, name: str, text: str) -> float:
    """Return a finite number.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        found = float(text)
    except ValueError as fault:
        raise InputError(f"{where}: {name} {text!r} is no number") from fault
    if not math.isfinite(found):
        raise InputError(f"{where}: {name} {text!r} is not finite; give a number")
    return found
