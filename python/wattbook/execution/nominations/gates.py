"""Gas days, and until when which of their hours can be nominated: rules as data."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.domain.instants import nanoseconds
from wattbook.errors import NominationError

__all__ = ["LATE", "GateRule", "gate_from", "gate_rule"]

LATE: Mapping[str, Any] = {
    "buyer": pl.String, "seller": pl.String, "start": pl.Int64, "asked": pl.Decimal(38, 6),
    "kept": pl.Decimal(38, 6), "closed": pl.Int64,
}  # fmt: skip
"""Columns of changes that came too late: parties (in gas the account alone), first instant of the
period (ns UTC), what was asked and what stays (MW, kWh/h), and when the period closed (ns UTC)."""
SECOND = 1_000_000_000
HOUR = 3_600 * SECOND


@dataclass(frozen=True, slots=True)
class GateRule:
    """When a day begins and when its nominations are taken.

    Parameters
    ----------
    source : str
        Where the rule is written.
    time_zone : str
        Whose clock it counts on.
    day_begins : int
        Local hour at which the day begins: 6 for a gas day, 05:00 UTC in winter, 04:00 in summer.
    deadline, confirmed : time
        Local times of the day before: the last nomination, the confirmation.
    closes_before_end_hours : int
        How long before the end of the day the last re-nomination is taken.
    cycle_minutes : int
        A re-nomination counts from the beginning of the next cycle.
    lead_minutes : int
        How long after that it flows.
    """

    source: str
    time_zone: str
    day_begins: int
    deadline: dt.time
    confirmed: dt.time
    closes_before_end_hours: int
    cycle_minutes: int
    lead_minutes: int

    def day(self, day: dt.date) -> tuple[int, int]:
        """Return the first instant of a day and the first one after it, ns UTC.

        Examples
        --------
        >>> begin, end = gate_rule("EU_GAS").day(dt.date(2026, 3, 28))  # the clock goes forward
        >>> (end - begin) // 3_600_000_000_000
        23
        """
        return self.local(day, dt.time(self.day_begins)), self.local(
            day + dt.timedelta(1), dt.time(self.day_begins)
        )

    def hours(self, day: dt.date) -> list[int]:
        """Return the first instant of each hour of a day, ns UTC: 23, 24 or 25 of them."""
        begin, end = self.day(day)
        return list(range(begin, end, HOUR))

    def deadline_of(self, day: dt.date) -> int:
        """Return the last instant at which a day's first nomination is taken, ns UTC."""
        return self.local(day - dt.timedelta(1), self.deadline)

    def first_changeable(self, day: dt.date, at: int) -> int:
        """Return from when on a nomination received at an instant can change a day, ns UTC.

        Up to the deadline that is the whole day. Between the deadline and the confirmation a
        nomination waits for the first cycle after it.

        Raises
        ------
        NominationError
            If nothing of the day can be changed any more.
        """
        begin, end = self.day(day)
        if at <= self.deadline_of(day):
            return begin
        if at > end - self.closes_before_end_hours * HOUR:
            message = (
                f"gas day {day} closed at {utc(end - self.closes_before_end_hours * HOUR)}, "
                f"{self.closes_before_end_hours} hours before its end; it is {utc(at)}"
            )
            raise NominationError(message)
        counted = max(at, self.local(day - dt.timedelta(1), self.confirmed))
        cycle = self.cycle_minutes * 60 * SECOND
        return max(begin, -(-counted // cycle) * cycle + self.lead_minutes * 60 * SECOND)

    def local(self, day: dt.date, time: dt.time) -> int:
        """Return a local time as ns UTC."""
        return nanoseconds(dt.datetime.combine(day, time, ZoneInfo(self.time_zone)))


def utc(instant: int) -> str:
    """Return an instant for people."""
    moment = dt.datetime.fromtimestamp(instant // SECOND, dt.UTC)
    return f"{moment:%Y-%m-%d %H:%M} UTC"


@cache
def rules() -> dict[str, GateRule]:
    """Return the rules that come with the package."""
    content = (files("wattbook.execution.nominations") / "gates.toml").read_text(encoding="utf-8")
    return {
        key: gate_from(entry, f"gates.{key}")
        for key, entry in tomllib.loads(content)["gates"].items()
    }


def gate_rule(key: str) -> GateRule:
    """Return a rule that comes with the package.

    Raises
    ------
    NominationError
        If there is none of that key.
    """
    known = rules()
    if key not in known:
        message = f"no gates for {key!r}; known are {', '.join(known)}"
        raise NominationError(message)
    return known[key]


def gate_from(entry: Mapping[str, Any], place: str) -> GateRule:
    """Return a rule from plain values, in the layout of ``gates.toml``.

    Raises
    ------
    NominationError
        If a key is missing, unknown or does not fit.
    """
    fields = {
        "source", "time_zone", "day_begins", "deadline", "confirmed", "closes_before_end_hours",
        "cycle_minutes", "lead_minutes",
    }  # fmt: skip
    odd = sorted(set(entry) ^ fields)
    if odd:
        message = f"{place}.{odd[0]}: {'unknown' if odd[0] in entry else 'missing'}"
        raise NominationError(message)
    try:
        made = GateRule(
            source=str(entry["source"]),
            time_zone=ZoneInfo(entry["time_zone"]).key,
            day_begins=whole(entry["day_begins"], 0, 23),
            deadline=dt.time.fromisoformat(entry["deadline"]),
            confirmed=dt.time.fromisoformat(entry["confirmed"]),
            closes_before_end_hours=whole(entry["closes_before_end_hours"], 0, 24),
            cycle_minutes=whole(entry["cycle_minutes"], 1, 1_440),
            lead_minutes=whole(entry["lead_minutes"], 0, 1_440),
        )
    except (ValueError, TypeError, KeyError) as fault:
        message = f"{place}: {fault}; see gates.toml of the package for the layout"
        raise NominationError(message) from fault
    return made


def whole(value: object, least: int, most: int) -> int:
    """Return a whole number within bounds."""
    if type(value) is not int or not least <= value <= most:
        message = f"{value!r} is no whole number from {least} to {most}"
        raise ValueError(message)
    return value
