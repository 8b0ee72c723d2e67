"""Limits in a hierarchy: by desk, trader, commodity or delivery; soft, hard, raised for a time.

A limit holds a measure of one scope. Beyond the soft level an act goes through and is marked;
beyond the hard one it is refused, unless it brings the measure nearer to it. A breach is active if
an act made it, passive if the market did.
"""

import datetime as dt
import math
import numbers
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from wattbook.domain import LimitMeasure
from wattbook.errors import InputError

__all__ = [
    "Breach",
    "Limit",
    "LimitMeasure",
    "Raise",
    "Severity",
    "check_limits",
    "is_same_person",
    "load_limits",
]


LOSSES = (LimitMeasure.VALUE_AT_RISK, LimitMeasure.STOP_LOSS, LimitMeasure.DRAWDOWN)
"""Measures that are above 0 for a loss: a gain breaks no limit. Others count either way."""


class Severity(Enum):
    """What a breach means."""

    SOFT = "soft"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Raise:
    """A higher level for a time, asked for by one person and approved by another."""

    hard: float
    until: dt.datetime
    """With a time zone; from then on it no longer holds."""
    asked_by: str
    approved_by: str
    reason: str

    def __post_init__(self) -> None:
        """Refuse what is no raise.

        Raises
        ------
        InputError
            For a level that is no number, an instant without a zone, a missing word, and an
            approval by whoever asked.
        """
        if not _number(self.hard):
            message = f"a limit is raised to {self.hard!r}: give a number from 0"
            raise InputError(message)
        if getattr(self.until, "tzinfo", None) is None:
            message = f"until is {self.until}: give date, time and zone"
            raise InputError(message)
        for name in ("asked_by", "approved_by", "reason"):
            word = getattr(self, name)
            if not isinstance(word, str) or not word.strip():
                message = f"raised lacks {name}: give a word"
                raise InputError(message)
        if is_same_person(self.approved_by, self.asked_by):
            message = f"a raise is approved by another person than {self.asked_by}"
            raise InputError(message)


def is_same_person(one: str, other: str) -> bool:
    """Return whether two names are one person's: case and space around them count for nothing."""
    return one.strip().casefold() == other.strip().casefold()


@dataclass(frozen=True, slots=True)
class Limit:
    """One measure of one scope."""

    level: str
    """Such as ``trader``; empty for the whole desk."""
    name: str
    measure: LimitMeasure
    soft: float
    hard: float
    owner: str = ""
    raised: Raise | None = None

    def __post_init__(self) -> None:
        """Refuse levels that hold nothing.

        Raises
        ------
        InputError
            For a level that is no number from 0, and a soft one above the hard one.
        """
        if not (_number(self.soft) and _number(self.hard)):
            message = (
                f"{self.scope}: soft is {self.soft!r}, hard {self.hard!r}: give numbers from 0"
            )
            raise InputError(message)
        if self.soft > self.hard:
            message = f"{self.scope}: soft {self.soft} is above hard {self.hard}: turn them round"
            raise InputError(message)

    def hard_at(self, now: dt.datetime) -> float:
        """Return the hard level that holds now."""
        if self.raised is not None and now < self.raised.until:
            return max(self.hard, self.raised.hard)
        return self.hard

    @property
    def scope(self) -> str:
        """Words for the scope."""
        return f"{self.level} {self.name}" if self.level else "desk"


@dataclass(frozen=True, slots=True)
class Breach:
    """A measure beyond a level."""

    limit: Limit
    severity: Severity
    is_active: bool
    """Whether the act made or enlarged it; else the market did."""
    before: float
    after: float
    level: float

    @property
    def refuses(self) -> bool:
        """Whether the act must not go through."""
        return self.severity is Severity.HARD and self.is_active

    def sentence(self) -> str:
        """Say what was found, where and what to do."""
        measure = str(self.limit.measure).replace("_", " ")
        tell = f"tell {self.limit.owner or 'risk'}"
        act = "reduce it, or ask for a raise" if self.refuses else tell
        return (
            f"{self.limit.scope}: {measure} {self.after:,.0f} is beyond the "
            f"{self.severity.value} limit {self.level:,.0f}: {act}"
        )


Measures = Mapping[tuple[str, str], Mapping[LimitMeasure, float]]
"""By level and name (two empty words for the desk)."""


def check_limits(
    limits: Sequence[Limit], before: Measures, after: Measures, now: dt.datetime
) -> tuple[Breach, ...]:
    """Hold measures against limits, before and after an act.

    Pass the same twice to look at what the market did: every breach is then passive. What turns a
    position round, to beyond the level on its other side, is active.

    Raises
    ------
    InputError
        If a measure that a limit needs is missing or no number: it is never taken as 0.
    """
    found = []
    for limit in limits:
        old, new = (_size(_value(measures, limit), limit) for measures in (before, after))
        is_active = new > old or _turned(before, after, limit)
        hard = limit.hard_at(now)
        if new > hard:
            found.append(Breach(limit, Severity.HARD, is_active, old, new, hard))
        elif new > limit.soft:
            found.append(Breach(limit, Severity.SOFT, is_active, old, new, limit.soft))
    return tuple(found)


def _size(value: float, limit: Limit) -> float:
    return max(value, 0.0) if limit.measure in LOSSES else abs(value)


def _turned(before: Measures, after: Measures, limit: Limit) -> bool:
    """Return whether an act takes a measure from one side of 0 to the other."""
    return _value(before, limit) * _value(after, limit) < 0.0


def _value(measures: Measures, limit: Limit) -> float:
    value = measures.get((limit.level, limit.name), {}).get(limit.measure)
    if value is None or not math.isfinite(value):
        message = f"{limit.scope}: {limit.measure} is {value}: compute it before the limit is asked"
        raise InputError(message)
    return value


def load_limits(path: Path) -> tuple[Limit, ...]:
    """Read ``[[limit]]`` tables: ``level, name, measure, soft, hard, owner`` and ``raised``.

    Raises
    ------
    InputError
        With file, limit and remedy: for a word that is not known, a soft level above the hard one,
        or a raise that its asker approved.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("limit", [])
    except (OSError, ValueError) as fault:
        message = f"{path}: {fault}"
        raise InputError(message) from None
    if not isinstance(tables, list) or not tables:
        message = f"{path}: give [[limit]] tables"
        raise InputError(message)
    return tuple(_limit(f"{path}: limit {number}", table) for number, table in enumerate(tables, 1))


def _number(value: object) -> bool:
    """Return whether a value is a number from 0, and no truth value."""
    if isinstance(value, bool):
        return False
    return isinstance(value, numbers.Real) and 0.0 <= float(value) < math.inf


def _limit(place: str, table: Mapping[str, Any]) -> Limit:
    if not isinstance(table, dict):
        message = f"{place}: it is {table!r}: give a table"
        raise InputError(message)
    wrong = sorted(set(table) - {"level", "name", "measure", "soft", "hard", "owner", "raised"})
    if wrong:
        message = f"{place}: {wrong[0]} is not known"
        raise InputError(message)
    words = [str(measure) for measure in LimitMeasure.values()]
    if table.get("measure") not in words:
        message = f"{place}: measure is {table.get('measure')!r}: choose {', '.join(words)}"
        raise InputError(message)
    try:
        return Limit(
            level=str(table.get("level", "")),
            name=str(table.get("name", "")),
            measure=LimitMeasure.from_text(table["measure"]),
            soft=table.get("soft", math.nan),
            hard=table.get("hard", math.nan),
            owner=str(table.get("owner", "")),
            raised=_raise(table) if "raised" in table else None,
        )
    except InputError as fault:
        message = f"{place}: {fault}"
        raise InputError(message) from None


def _raise(table: Mapping[str, Any]) -> Raise:
    given, hard = table["raised"], table.get("hard")
    if not isinstance(given, dict):
        message = f"raised is {given!r}: give a table"
        raise InputError(message)
    names = Raise.__slots__
    wrong = sorted(set(given) - set(names))
    missing = [name for name in names if name not in given]
    if missing or wrong:
        message = f"raised lacks {missing[0]}" if missing else f"raised: {wrong[0]} is not known"
        raise InputError(message)
    made = Raise(**given)
    if _number(hard) and made.hard <= float(hard or 0):
        message = f"raised to {made.hard!r}: give a number above the limit's {hard:g}"
        raise InputError(message)
    return made
