"""Why no schedule of a storage exists: rules of which none can be left out of the contradiction.

Levels that can be reached are followed day by day through the same moves that the kernels take, so
what is found is what they refuse. Rates and capacity are the storage itself and always stand; what
is named are the start, levels asked for after days, and the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.assets.storage.storage import Storage

__all__ = ["explained", "storage_conflict"]

Flags: TypeAlias = "NDArray[np.bool_]"
Counts: TypeAlias = "NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class Rule:
    """Levels asked for after so many days: none is the start, all of them the end."""

    days: int
    allowed: Flags
    text: str


def rules_of(storage: Storage, days: int) -> list[Rule]:
    """Return the rules about levels of a storage, in the order of their days."""
    levels, step = storage.levels, storage.step_mwh
    volume = np.arange(levels) * step
    hair = 1e-6 * step
    start = np.abs(volume - storage.start_mwh) <= hair
    rules = [Rule(0, start, f"{storage.start_mwh:g} MWh at the start")]
    for day, (low, high) in enumerate(storage.bounds_mwh):
        allowed = (volume >= low - hair) & (volume <= high + hair)
        if not allowed.all():
            rules.append(Rule(day + 1, allowed, f"{low:g} to {high:g} MWh after day {day}"))
    if math.isinf(storage.end_penalty):
        low, high = storage.end_mwh or (storage.start_mwh, storage.start_mwh)
        allowed = (volume >= low - hair) & (volume <= high + hair)
        rules.append(
            Rule(days, allowed, f"{low:g} to {high:g} MWh at the end, after day {days - 1}")
        )
    return rules


def reached(lowest: Counts, highest: Counts, at: Flags) -> Flags:
    """Return the levels that a day leads to from some levels: each to all between two others."""
    held = np.flatnonzero(at)
    steps = np.bincount(lowest[held], minlength=len(at) + 1)
    steps -= np.bincount(highest[held] + 1, minlength=len(at) + 1)
    made: Flags = np.cumsum(steps)[: len(at)] > 0
    return made


def is_feasible(storage: Storage, days: int, rules: list[Rule]) -> bool:
    """Return whether some levels, from day to day, keep all of some rules."""
    moves = storage.moves()
    level = np.arange(storage.levels)
    lowest = level + np.array([low for low, _ in moves])
    highest = level + np.array([high for _, high in moves])
    asked: dict[int, list[Flags]] = {}
    for rule in rules:
        asked.setdefault(rule.days, []).append(rule.allowed)
    at: Flags = np.ones(storage.levels, np.bool_)
    for day in range(days + 1):
        if day:
            at = reached(lowest, highest, at)
        for allowed in asked.get(day, ()):
            at = at & allowed
        if not at.any():
            return False
    return True


def storage_conflict(storage: Storage, days: int) -> list[str]:
    """Return rules of which no schedule keeps all, and without any one of which one does.

    Empty if there is a schedule.

    Examples
    --------
    >>> from wattbook.assets.storage import Ratchet, Storage
    >>> cavern = Storage(100.0, 10.0, (Ratchet(0.0, 10.0, 10.0),), end_mwh=(90.0, 100.0))
    >>> storage_conflict(cavern, 5)
    ['0 MWh at the start', '90 to 100 MWh at the end, after day 4']
    """
    rules = rules_of(storage, days)
    if is_feasible(storage, days, rules):
        return []
    # What comes before the first day at which nothing is left is enough; then what comes after the
    # last day from which any level would do.
    low, high = 0, len(rules)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_feasible(storage, days, rules[:middle]) else (low, middle)
    rules = rules[:high]
    low, high = 0, len(rules)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_feasible(storage, days, rules[middle:]) else (middle, high)
    rules = rules[low:]
    for rule in list(rules):
        rest = [one for one in rules if one is not rule]
        if not is_feasible(storage, days, rest):
            rules = rest
    return [rule.text for rule in rules]


@contextmanager
def explained(storage: Storage, days: int) -> Iterator[None]:
    """Say which rules are in conflict where a kernel finds no schedule.

    Raises
    ------
    InputError
        In place of the kernel's, naming the rules; others pass.
    """
    try:
        yield
    except InputError as fault:
        lengths = {0, days}
        names = storage_conflict(storage, days) if len(storage.bounds_mwh) in lengths else []
        if not names:
            raise
        rates = max(storage.ratchets, key=lambda one: one.injection_mwh + one.withdrawal_mwh)
        message = (
            f"no schedule keeps every rule; in conflict: {'; '.join(names)}; at rates of up to "
            f"{rates.injection_mwh:g} MWh in and {rates.withdrawal_mwh:g} MWh out a day; change "
            "one of them"
        )
        raise InputError(message) from fault
