"""Until when a power schedule is taken, and which of its periods can still be changed.

Rules are data, dated by the first day of delivery that they hold for (``power_gates.toml``).
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.domain.instants import nanoseconds
from wattbook.errors import NominationError
from wattbook.execution.nominations.gates import LATE, utc, whole
from wattbook.execution.nominations.power import PowerSchedule, PowerSeries
from wattbook.execution.nominations.schema import Coded

__all__ = ["PowerGate", "power_gate", "power_gates_from", "within_gates"]

MINUTE = 60 * 1_000_000_000
DAY_AHEAD, INTRADAY = "A01", "A02"
Key: TypeAlias = tuple[Coded | None, Coded | None, str, Coded | None, Coded | None]


@dataclass(frozen=True, slots=True)
class PowerGate:
    """When a market takes schedules of a day.

    Parameters
    ----------
    start : date
        First day of delivery that the rule holds for.
    source : str
        Where it is written.
    time_zone : str
        Whose clock it counts on; days are its local days.
    deadline : time
        Of the day before: the last day-ahead schedule.
    intraday_from : time
        Of the day before: changes that come in earlier are only looked at then.
    lead_minutes : int
        How long before its start a period can be changed for the last time.
    period_minutes : int
        Length of a period.
    after_deadline : time or None
        Until when, on the next working day, what is within one area can be changed afterwards.
    after_days_most : int
        How many calendar days that may be after the day of delivery.
    holidays : str
        Country whose holidays are no working days, wherever in it they are; empty for none.

    Examples
    --------
    >>> gate = power_gate("DE_POWER", dt.date(2026, 3, 29))
    >>> utc(gate.deadline_of(dt.date(2026, 3, 29)))
    '2026-03-28 13:30 UTC'
    """

    start: dt.date
    source: str
    time_zone: str
    deadline: dt.time
    intraday_from: dt.time
    lead_minutes: int
    period_minutes: int
    after_deadline: dt.time | None
    after_days_most: int
    holidays: str

    def local(self, day: dt.date, time: dt.time) -> int:
        """Return a local time as ns UTC."""
        return nanoseconds(dt.datetime.combine(day, time, ZoneInfo(self.time_zone)))

    def day(self, day: dt.date) -> tuple[int, int]:
        """Return the first instant of a day and the first one after it, ns UTC."""
        return self.local(day, dt.time()), self.local(day + dt.timedelta(1), dt.time())

    def deadline_of(self, day: dt.date) -> int:
        """Return the last instant at which a day-ahead schedule is taken, ns UTC."""
        return self.local(day - dt.timedelta(1), self.deadline)

    def looked_at_from(self, day: dt.date) -> int:
        """Return from when on changes of a day are looked at, ns UTC."""
        return self.local(day - dt.timedelta(1), self.intraday_from)

    def closes(self, start: int) -> int:
        """Return the last instant at which the period that starts then can be changed, ns UTC."""
        return start - self.lead_minutes * MINUTE

    def after_until(self, day: dt.date) -> int | None:
        """Return until when a day can be changed afterwards within one area, ns UTC.

        Examples
        --------
        >>> gate = power_gate("DE_POWER", dt.date(2026, 4, 2))
        >>> utc(gate.after_until(dt.date(2026, 4, 2)))  # Maundy Thursday: three calendar days
        '2026-04-05 14:00 UTC'
        >>> utc(gate.after_until(dt.date(2026, 3, 2)))
        '2026-03-03 15:00 UTC'
        """
        if self.after_deadline is None:
            return None
        on = day + dt.timedelta(1)
        while self.is_free(on) and (on - day).days < self.after_days_most:
            on += dt.timedelta(1)
        return self.local(on, self.after_deadline)

    def is_free(self, day: dt.date) -> bool:
        """Return whether a day is a weekend, or a holiday anywhere in the country."""
        return day.weekday() >= 5 or (
            bool(self.holidays) and day in free_anywhere(self.holidays, day.year)
        )


@cache
def free_anywhere(country: str, year: int) -> frozenset[dt.date]:
    """Return the days of a year that are holidays in some part of a country."""
    import holidays  # noqa: PLC0415 - slow to load

    whole_country = holidays.country_holidays(country, years=year)
    found = set(whole_country)
    for part in whole_country.subdivisions:
        found |= set(holidays.country_holidays(country, subdiv=part, years=year))
    return frozenset(found)


@cache
def markets() -> dict[str, tuple[PowerGate, ...]]:
    """Return the rules that come with the package."""
    place = files("wattbook.execution.nominations") / "power_gates.toml"
    found = tomllib.loads(place.read_text(encoding="utf-8"))["gates"]
    return {key: power_gates_from(entries, f"gates.{key}") for key, entries in found.items()}


def power_gate(key: str, day: dt.date) -> PowerGate:
    """Return the rule of a market that holds for a day of delivery.

    Raises
    ------
    NominationError
        If there is no market of that name, or none of its rules had begun.
    """
    known = markets()
    if key not in known:
        message = f"no gates for {key!r}; known are {', '.join(known)}"
        raise NominationError(message)
    return of_day(known[key], key, day)


def of_day(rules: Sequence[PowerGate], key: str, day: dt.date) -> PowerGate:
    """Return the rule that holds for a day of delivery.

    Raises
    ------
    NominationError
        If none had begun.
    """
    begun = [rule for rule in rules if rule.start <= day]
    if not begun:
        message = f"{key} has gates from {rules[0].start} on, not for {day}; give its rule"
        raise NominationError(message)
    return begun[-1]


def power_gates_from(entries: object, place: str) -> tuple[PowerGate, ...]:
    """Return rules from plain values, in the layout of ``power_gates.toml``.

    Raises
    ------
    NominationError
        If a key is missing, unknown or does not fit, or the rules are not in order.
    """
    if not isinstance(entries, list) or not entries:
        message = f"{place}: write it as [[{place}]], one block a rule"
        raise NominationError(message)
    made = tuple(rule_from(entry, f"{place}[{number}]") for number, entry in enumerate(entries))
    for before, after in pairwise(made):
        if not before.start < after.start:
            message = f"{place}: {after.start} does not follow {before.start}; put them in order"
            raise NominationError(message)
    return made


def rule_from(entry: Mapping[str, Any], place: str) -> PowerGate:
    """Return a rule from plain values.

    Raises
    ------
    NominationError
        If a key is missing, unknown or does not fit.
    """
    needed = {
        "start", "source", "time_zone", "deadline", "intraday_from", "lead_minutes",
        "period_minutes",
    }  # fmt: skip
    optional = {"after_deadline", "after_days_most", "holidays"}
    odd = sorted((set(entry) - needed - optional) | (needed - set(entry)))
    if odd:
        message = f"{place}.{odd[0]}: {'unknown' if odd[0] in entry else 'missing'}"
        raise NominationError(message)
    if type(entry["start"]) is not dt.date:
        message = f"{place}: start {entry['start']!r} is no date; write it as 2026-03-02"
        raise NominationError(message)
    try:
        after = entry.get("after_deadline")
        made = PowerGate(
            start=entry["start"],
            source=str(entry["source"]),
            time_zone=ZoneInfo(entry["time_zone"]).key,
            deadline=dt.time.fromisoformat(entry["deadline"]),
            intraday_from=dt.time.fromisoformat(entry["intraday_from"]),
            lead_minutes=whole(entry["lead_minutes"], 0, 1_440),
            period_minutes=whole(entry["period_minutes"], 1, 60),
            after_deadline=None if after is None else dt.time.fromisoformat(after),
            after_days_most=whole(entry.get("after_days_most", 1), 1, 31),
            holidays=str(entry.get("holidays", "")),
        )
    except (ValueError, TypeError, KeyError) as fault:
        message = f"{place}: {fault}; see power_gates.toml of the package for the layout"
        raise NominationError(message) from fault
    return made


def within_gates(
    gate: PowerGate,
    day: dt.date,
    wanted: PowerSchedule,
    at: int,
    before: PowerSchedule | None = None,
    *,
    is_after: bool = False,
) -> tuple[PowerSchedule, pl.DataFrame]:
    """Return what can still be sent of a schedule, and the changes that came too late.

    A day-ahead schedule (process ``A01``) is whole or refused. Of an intraday one (``A02``) periods
    that have closed stay as they were sent before. Afterwards (`is_after`) all periods can be
    changed, of series within one area alone.

    Parameters
    ----------
    gate : PowerGate
        That holds for the day.
    day : date
        Of delivery.
    wanted : PowerSchedule
        All of the day as it should be.
    at : int
        When it is received, ns UTC.
    before : PowerSchedule, optional
        That was sent last; nothing was, if left out.
    is_after : bool, optional
        Whether the day is over and changed afterwards.

    Returns
    -------
    tuple of PowerSchedule and polars.DataFrame
        The schedule, with the revision after that of `before`; rows as `LATE`.

    Raises
    ------
    NominationError
        If the gate of the process has closed, all periods have, or periods that have closed are
        asked for without saying what was sent before; names gate and instant.
    """
    if before is not None and before.interval != wanted.interval:
        message = (
            f"{before.identification} is of {utc(before.interval[0])} to "
            f"{utc(before.interval[1])}, not of {day}; give the schedule of that day"
        )
        raise NominationError(message)
    if wanted.process == DAY_AHEAD and at > gate.deadline_of(day):
        message = (
            f"day-ahead schedules of {day} were taken until {utc(gate.deadline_of(day))}; it is "
            f"{utc(at)}: send the change intraday, process = 'A02'"
        )
        raise NominationError(message)
    if is_after:
        check_after(gate, day, wanted, at)
        return raised(wanted, before), pl.DataFrame(schema=LATE)
    starts = range(*wanted.interval, gate.period_minutes * MINUTE)
    if starts and at > gate.closes(starts[-1]):
        message = (
            f"the last period of {day} closed at {utc(gate.closes(starts[-1]))}; it is {utc(at)}: "
            "nothing of the day can be changed any more, except afterwards (after = true)"
        )
        raise NominationError(message)
    return merged_schedule(gate, wanted, before, at)


def check_after(gate: PowerGate, day: dt.date, wanted: PowerSchedule, at: int) -> None:
    """Refuse a change afterwards that comes too early, too late, or crosses areas."""
    until, end = gate.after_until(day), gate.day(day)[1]
    if until is None or not end <= at <= until:
        bounds = "never" if until is None else f"from {utc(end)} to {utc(until)}"
        message = f"schedules of {day} are changed afterwards {bounds}; it is {utc(at)}"
        raise NominationError(message)
    for one in wanted.series:
        if one.area_in != one.area_out:
            message = (
                f"series {one.name} goes from one area to another, which is never changed "
                "afterwards; leave it as it was sent"
            )
            raise NominationError(message)


def key_of(one: PowerSeries) -> Key:
    """Return what makes two series of two documents the same."""
    return one.buyer, one.seller, one.business, one.area_in, one.area_out


def raised(wanted: PowerSchedule, before: PowerSchedule | None) -> PowerSchedule:
    """Return a schedule with the revision that follows the one before."""
    return wanted if before is None else replace(wanted, revision=before.revision + 1)


def merged_schedule(
    gate: PowerGate, wanted: PowerSchedule, before: PowerSchedule | None, at: int
) -> tuple[PowerSchedule, pl.DataFrame]:
    """Return a schedule whose closed periods are as before, and what was asked of them."""
    old = {key_of(one): one for one in before.series} if before else {}
    new = {key_of(one): one for one in wanted.series}
    late: list[tuple[Any, ...]] = []
    series: list[PowerSeries] = []
    for key in dict.fromkeys((*old, *new)):
        shape = new.get(key) or old[key]
        if key in old and (old[key].minutes, old[key].start) != (shape.minutes, shape.start):
            message = (
                f"series {old[key].name} was sent in periods of {old[key].minutes} minutes, not of "
                f"{shape.minutes}; keep its periods"
            )
            raise NominationError(message)
        was, asked = (one.get(key) for one in (old, new))
        kept: list[Decimal] = []
        for place in range(len(shape.quantities)):
            start = shape.start + place * shape.minutes * MINUTE
            before_mw, asked_mw = (
                one.quantities[place] if one else Decimal(0) for one in (was, asked)
            )
            is_closed = at > gate.closes(start)
            if is_closed and before_mw != asked_mw:
                names = (one.value if one else None for one in key[:2])
                late.append((*names, start, asked_mw, before_mw, gate.closes(start)))
            kept.append(before_mw if is_closed else asked_mw)
        if any(kept) or was:
            series.append(replace(shape, quantities=tuple(kept)))
    if late and before is None:
        first = min(row[2] for row in late)
        message = (
            f"{len(late)} periods had closed, the first at {utc(gate.closes(first))}; it is "
            f"{utc(at)}: give what was sent before, with --previous, whose closed periods stay"
        )
        raise NominationError(message)
    named = tuple(replace(one, name=f"TS{number:04}") for number, one in enumerate(series, start=1))
    made = replace(raised(wanted, before), series=named if before else wanted.series)
    return made, pl.DataFrame(late, schema=LATE, orient="row").sort("start", "buyer", "seller")
