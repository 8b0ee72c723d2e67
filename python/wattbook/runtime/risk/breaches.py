"""Limits that a run passed, and what was said of each: owner, reason, approval, cure date.

What is said is appended to ``breaches.jsonl`` in the run's folder and never changed: the last word
of each field counts, and every earlier one stays readable.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from wattbook.errors import RunError
from wattbook.risk.limits import is_same_person
from wattbook.runtime.figures.ledger import Ledger
from wattbook.runtime.figures.risk import BreachLine, breaches
from wattbook.runtime.folder import writable
from wattbook.runtime.risk.limits import run_limits, scope_words

__all__ = ["BreachCase", "BreachState", "Statement", "cases", "state"]

FILE = "breaches.jsonl"
FIELDS = ("owner", "reason", "approved_by", "cure_by")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one person said of a breach; fields left out are empty.

    Parameters
    ----------
    number : int
        Of the breach, from 1 in time order.
    at : str
        When it was said, ISO 8601 with zone.
    by : str
        Who said it.
    owner, reason, approved_by, cure_by : str
        Who has to cure it, why it happened, who accepts that, and until which day.
    """

    number: int
    at: str
    by: str
    owner: str = ""
    reason: str = ""
    approved_by: str = ""
    cure_by: str = ""


@dataclass(frozen=True, slots=True)
class BreachState:
    """What is known of a breach now, the last word of each field."""

    owner: str = ""
    reason: str = ""
    approved_by: str = ""
    cure_by: str = ""
    reason_by: str = ""
    """Who gave the reason."""


@dataclass(frozen=True, slots=True)
class BreachCase:
    """A breach with what was said of it."""

    number: int
    name: str
    """Of its limit, as the desk file has it."""
    scope: str
    limit_owner: str
    """Who is told of the limit; empty where the desk file names nobody."""
    line: BreachLine
    said: BreachState
    cured: int | None
    """When its limit was kept again, ns UTC."""

    @property
    def owner(self) -> str:
        """Who has to cure it: as was said of it, else the owner of the limit."""
        return self.said.owner or self.limit_owner

    def status(self, today: dt.date) -> str:
        """Return ``cured``, ``overdue``, ``approved``, ``explained`` or ``open``."""
        if self.cured is not None:
            return "cured"
        if self.said.cure_by and dt.date.fromisoformat(self.said.cure_by) < today:
            return "overdue"
        if self.said.approved_by:
            return "approved"
        return "explained" if self.said.reason else "open"


def read_statements(folder: Path) -> list[Statement]:
    """Return everything that was said, in order.

    Raises
    ------
    RunError
        With the line, if the file is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    found = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(_statement(json.loads(text)))
        except (ValueError, TypeError) as fault:
            message = f"{path}, line {number}: {fault}; put back a copy of it"
            raise RunError(message) from None
    return found


def _statement(given: object) -> Statement:
    """Return a line of the file as a statement.

    Raises
    ------
    ValueError
        For a field that is missing, not known or of another type than what was written.
    """
    if not isinstance(given, dict):
        message = f"it is {given!r:.60}, no object"
        raise ValueError(message)  # noqa: TRY004 - a fault of the file, told with its line
    number = given.get("number")
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        message = f"number is {number!r:.60}, no whole number from 1"
        raise ValueError(message)
    words = {name: word for name, word in given.items() if name != "number"}
    for name in ("at", "by"):
        if not str(words.get(name, "")).strip():
            message = f"{name} is missing"
            raise ValueError(message)
    for name, word in words.items():
        if not isinstance(word, str):
            message = f"{name} is {word!r:.60}, no text"
            raise ValueError(message)  # noqa: TRY004 - as above
    if dt.datetime.fromisoformat(words["at"]).tzinfo is None:
        message = f"at is {words['at']!r}, without a zone"
        raise ValueError(message)
    if words.get("cure_by"):
        dt.date.fromisoformat(words["cure_by"])
    return Statement(number=number, **words)


def last_word(said: list[Statement], number: int) -> BreachState:
    """Return the last word of each field about a breach."""
    known: dict[str, str] = {}
    for one in said:
        if one.number == number:
            if one.reason:
                # What was accepted was the reason before.
                known |= {"reason_by": one.by, "approved_by": ""}
            known |= {name: getattr(one, name) for name in FIELDS if getattr(one, name)}
    return BreachState(**known)


def cases(folder: Path, ledger: Ledger) -> tuple[BreachCase, ...]:
    """Return the breaches of the run in `folder` with their limits and what was said of them.

    Raises
    ------
    RunError
        With the line, if the file of what was said is damaged.
    """
    said, limits = read_statements(folder), run_limits(folder)
    kept = ledger.table("limit_cured")
    cures = kept.select("limit", "ts_recv").rows() if kept.height else []
    found = []
    for number, line in enumerate(breaches(ledger), start=1):
        later = [ts for limit, ts in cures if limit == line.limit and ts >= line.ts]
        spec = limits[line.limit - 1] if 0 < line.limit <= len(limits) else None
        found.append(
            BreachCase(
                number=number,
                name=f"limit {line.limit}" if spec is None else spec.name,
                scope="" if spec is None else scope_words(spec),
                limit_owner="" if spec is None else spec.owner,
                line=line,
                said=last_word(said, number),
                cured=min(later) if later else None,
            )
        )
    return tuple(found)


def state(folder: Path, known: tuple[BreachCase, ...], new: Statement) -> None:
    """Append a statement about a breach.

    Raises
    ------
    RunError
        For a breach that is not there, nothing said or by nobody, a day that is none or over, an
        approval before a reason, for somebody else, or by the owner or whoever gave the reason.
    """
    case = next((case for case in known if case.number == new.number), None)
    if case is None:
        message = f"breach {new.number} is not there: the run has {len(known)}"
        raise RunError(message)
    if not any(getattr(new, name) for name in FIELDS):
        message = "nothing is said: give an owner, a reason, an approval or a cure date"
        raise RunError(message)
    if not new.by.strip():
        message = "nobody says it: give a name"
        raise RunError(message)
    if new.cure_by:
        try:
            day = dt.date.fromisoformat(new.cure_by)
        except ValueError:
            message = f"cure date {new.cure_by!r} is no day: write it as 2026-07-01"
            raise RunError(message) from None
        if day < dt.datetime.fromisoformat(new.at).date():
            message = f"cure date {new.cure_by} is over: give today or a later day"
            raise RunError(message)
    if new.approved_by:
        if not is_same_person(new.approved_by, new.by):
            message = f"{new.by} cannot approve for {new.approved_by}: let {new.approved_by} say so"
            raise RunError(message)
        if not (new.reason or case.said.reason):
            message = f"breach {new.number} has no reason yet: give one before it is approved"
            raise RunError(message)
        gave_reason = new.by if new.reason else case.said.reason_by
        own = (new.owner or case.owner, gave_reason)
        if any(is_same_person(new.approved_by, other) for other in own):
            message = (
                f"{new.approved_by} owns breach {new.number} or gives its reason: let another "
                "person approve it"
            )
            raise RunError(message)
    if new.owner and is_same_person(new.owner, new.approved_by or case.said.approved_by):
        message = f"{new.owner} approved breach {new.number}: let another person own it"
        raise RunError(message)
    text = {name: getattr(new, name) for name in ("number", "at", "by", *FIELDS)}
    line = json.dumps({name: value for name, value in text.items() if value != ""})
    with (
        writable(folder / FILE, "give a run's folder that can be written"),
        (folder / FILE).open("a", encoding="utf-8") as file,
    ):
        file.write(line + "\n")
