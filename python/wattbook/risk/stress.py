"""Stress scenarios: dated, made up, drawn, and found backwards from a loss. Written as TOML.

```toml
[[scenario]]
name = "Negative WTI, April 2020"
event = "negative_WTI_2020_04"          # one of a file of dated events

[[scenario]]
name = "Gas doubles"
volatility = 0.2                         # added to each; of a normal one, times the price
moves = { NG = { relative = 1.0 }, CL = { absolute = -5.0 } }

[[scenario]]
name = "Worst of 10,000 months"
draws = 10_000
days = 21

[[scenario]]
name = "How far must gas rise to lose 5 million?"
loss = 5e6
moves = { NG = { relative = 0.1 } }      # the direction
```
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.book import Book, Factors, moved_forwards, revalued, scenario_pnl
from wattbook.risk.checked import above, finite_number, from_zero, numbers, whole

__all__ = [
    "Event",
    "LossNotReachedError",
    "Scenario",
    "StressResult",
    "load_events",
    "load_scenarios",
    "stress",
]

Array = NDArray[np.float64]

_NAMED_MAX = 10
_FIELDS = {"name", "event", "moves", "volatility", "draws", "days", "loss", "seed"}
_MONTH = re.compile("([A-Z]+)[FGHJKMNQUVXZ][0-9]{2}")
"""A contract month by its letter and year."""
_FARTHEST = 1_000.0
_FINENESS = 8
"""Multiples that a scenario which is found backwards tries in each doubling."""
_DRAWS_MAX = 1_000_000
_CENTS_MAX = 2.0**62
"""Beyond it cents of all holdings may not fit their sum."""


class LossNotReachedError(InputError):
    """No multiple of a scenario's moves loses what was asked."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens to the factors, before a book is known."""

    name: str
    event: str = ""
    moves: Mapping[str, Mapping[str, float]] | None = None
    """By factor, or by what its name begins with: ``relative`` (-0.1 is down a tenth) or
    ``absolute``."""
    volatility: float = 0.0
    draws: int = 0
    days: float = 1.0
    loss: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what is no scenario.

        Raises
        ------
        InputError
            Naming the field.
        """
        given: tuple[object, object, object] = (self.name, self.event, self.moves)
        if not isinstance(given[0], str) or not self.name:
            message = f"name is {self.name!r}: give the scenario one"
            raise InputError(message)
        if not isinstance(given[1], str) or not isinstance(given[2], Mapping | None):
            message = f"{self.name}: event is a name, moves a table of factors"
            raise InputError(message)
        moves = self.moves or {}
        if not (self.event or moves or self.draws or self.volatility):
            message = f"{self.name}: nothing moves: give event, moves, draws or volatility"
            raise InputError(message)
        for factor, move in moves.items():
            if fault := _fault(move):
                message = f"{self.name}: move of {factor}: {fault}"
                raise InputError(message)
        finite_number(f"{self.name}: volatility", self.volatility)
        from_zero(f"{self.name}: loss", self.loss)
        above(f"{self.name}: days", self.days)
        whole(f"{self.name}: draws", self.draws, most=_DRAWS_MAX)
        whole(f"{self.name}: seed", self.seed, most=2**63)
        others = ("event", "moves", "volatility", "loss")
        beside = [other for other in others if getattr(self, other)]
        if self.draws and beside:
            message = f"{self.name}: draws move every factor: leave {beside[0]} to another scenario"
            raise InputError(message)


@dataclass(frozen=True, slots=True)
class Event:
    """A dated move of series: start, end, and their difference."""

    name: str
    first: str
    last: str
    moves: Mapping[str, tuple[float, float]]
    """Level before and after, by series."""


@dataclass(frozen=True, slots=True)
class StressResult:
    """One scenario on one book; money in whole cents, so that every split sums exactly."""

    name: str
    total_cents: int
    cents: NDArray[np.int64]
    """By holding."""
    forwards: Array
    """Of each factor in the scenario."""
    marked: int
    """Holdings whose lognormal price fell to zero or below: valued by Bachelier's model."""
    unmoved: tuple[str, ...]
    """Factors that the scenario says nothing of, or moves by a share of a price of zero."""
    by_size: tuple[str, ...] = ()
    """Factors below zero that moved by a share of their size: -10 up a tenth is -9."""
    unreached: tuple[str, ...] = ()
    """Names in the scenario's moves that no factor has or begins with."""
    scale: float = 1.0
    """How far in its direction a scenario went that was found backwards."""

    def by(self, book: Book, level: str) -> dict[str, int]:
        """Cents by part of a level; they sum to the total.

        Raises
        ------
        InputError
            If the level is not held.
        """
        if level not in book.labels:
            message = f"level {level!r} is not held: choose among {sorted(book.labels)}"
            raise InputError(message)
        codes, words = book.labels[level]
        sums = [0] * len(words)
        for code in range(len(words)):
            sums[code] = int(self.cents[codes == code].sum())
        return dict(zip(words, sums, strict=True))


def load_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Read scenarios.

    Raises
    ------
    InputError
        With file, scenario and remedy.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        message = f"{path}: {fault}"
        raise InputError(message) from None
    tables = given.get("scenario", [])
    if not isinstance(tables, list) or not tables:
        message = f"{path}: give [[scenario]] tables with a name"
        raise InputError(message)
    found = tuple(_scenario(path, number, table) for number, table in enumerate(tables, start=1))
    names = [one.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        message = f"{path}: {twice!r} names two scenarios: give each its own"
        raise InputError(message)
    return found


def _scenario(path: Path, number: int, table: Mapping[str, Any]) -> Scenario:
    place = f"{path}: scenario {number}"
    if not isinstance(table, dict):
        message = f"{place}: it is {table!r}: give a table"
        raise InputError(message)
    name = table.get("name")
    if not isinstance(name, str) or not name:
        message = f"{place}: give it a name"
        raise InputError(message)
    wrong = sorted(set(table) - _FIELDS)
    if wrong:
        message = f"{place} ({name}): {wrong[0]} is not known: choose among {sorted(_FIELDS)}"
        raise InputError(message)
    try:
        return Scenario(**table)
    except InputError as fault:
        message = f"{place}: {fault}"
        raise InputError(message) from None


def _fault(move: object) -> str:
    """Return what is wrong with a move, empty for nothing."""
    if not isinstance(move, Mapping) or len(move) != 1:
        return "give relative or absolute, a number"
    kind, value = next(iter(move.items()))
    if kind not in ("relative", "absolute"):
        return f"{kind!r:.60} is not known: give relative or absolute, a number"
    try:
        value = finite_number(kind, value)
    except InputError as fault:
        return str(fault)
    if kind == "relative" and value <= -1.0:
        return f"it falls by {value}: go to 0 or below with absolute"
    return ""


def load_events(path: Path) -> dict[str, Event]:
    """Read dated events: by name ``from``, ``to`` and ``moves``, by series ``start`` and ``end``.

    Raises
    ------
    InputError
        If the file holds no such thing.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))["scenarios"]
        return {
            name: Event(
                name=name,
                first=event["from"],
                last=event["to"],
                moves={
                    series: (float(move["start"]), float(move["end"]))
                    for series, move in event["moves"].items()
                },
            )
            for name, event in given.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        message = f"{path}: {fault}: give a file of dated scenarios with start and end by series"
        raise InputError(message) from None


def _known(name: str, moves: Mapping[str, Any]) -> str | None:
    """Return the key for a factor: its own name, or the longest that it begins with."""
    found = [key for key in moves if name.startswith(key)]
    return max(found, key=len, default=None)


@dataclass(slots=True)
class _Moved:
    """Forwards in a scenario, with the factors that it does not move or moves by their size."""

    forwards: Array
    unmoved: list[str] = field(default_factory=list)
    by_size: list[str] = field(default_factory=list)

    def relative(self, place: int, name: str, growth: float, scale: float) -> bool:
        """Move a price by a share; return whether it did, as one of zero cannot."""
        price = self.forwards[place]
        # What overflows is refused where the book is valued.
        with np.errstate(over="ignore"):
            grown = np.float64(growth) ** scale
            self.forwards[place] = price * grown if price > 0.0 else price - price * (grown - 1.0)
        if price < 0.0:
            self.by_size.append(name)
        return bool(price != 0.0)

    def event(self, place: int, before: float, after: float, scale: float) -> None:
        """Move a price as a dated one did."""
        # A relative move has no meaning from or to a price at or below zero.
        if before > 0.0 and after > 0.0 and self.forwards[place] > 0.0:
            self.forwards[place] *= (after / before) ** scale
        else:
            self.forwards[place] += scale * (after - before)


def _event_of(scenario: Scenario, events: Mapping[str, Event]) -> Event | None:
    """Return the dated event of a scenario.

    Raises
    ------
    InputError
        If it is not known.
    """
    if not scenario.event:
        return None
    if scenario.event not in events:
        known = ", ".join(sorted(events)) or "none: give a file of dated events"
        message = f"{scenario.name}: event {scenario.event!r} is not among {known}"
        raise InputError(message)
    return events[scenario.event]


def _unreached(factors: Factors, scenario: Scenario) -> tuple[str, ...]:
    """Return the names in a scenario's moves that reach no factor.

    Raises
    ------
    InputError
        If none of them does, and nothing else moves.
    """
    moves = scenario.moves or {}
    missed = tuple(
        key for key in moves if not any(_known(name, moves) == key for name in factors.names)
    )
    if moves and len(missed) == len(moves):
        message = (
            f"{scenario.name}: moves of {', '.join(sorted(moves))} reach none of the factors "
            f"{', '.join(factors.names[:_NAMED_MAX])}: name those, or what they begin with"
        )
        raise InputError(message)
    return missed


def _forwards(
    factors: Factors, scenario: Scenario, event: Event | None, scale: float = 1.0
) -> _Moved:
    """Return forwards in a scenario.

    Raises
    ------
    InputError
        If a dated event reaches no factor.
    """
    found = _Moved(factors.forwards.copy())
    moves = scenario.moves or {}
    dated = [None if event is None else _dated(name, event) for name in factors.names]
    if event is not None and not moves and all(key is None for key in dated):
        message = (
            f"{scenario.name}: event {event.name!r} moved {', '.join(sorted(event.moves))}, none "
            f"of the factors {', '.join(factors.names[:_NAMED_MAX])}: choose another event"
        )
        raise InputError(message)
    for place, name in enumerate(factors.names):
        told = False
        if event is not None and (series := dated[place]) is not None:
            found.event(place, *event.moves[series], scale)
            told = True
        key = _known(name, moves)
        if key is not None and "relative" in moves[key]:
            told |= found.relative(place, name, 1.0 + moves[key]["relative"], scale)
        elif key is not None:
            found.forwards[place] += scale * moves[key]["absolute"]
            told = True
        if not told:
            found.unmoved.append(name)
    return found


def _dated(name: str, event: Event) -> str | None:
    """Return the series for a factor: its own, or the nearest place of its commodity.

    A contract month, such as CLK20, takes the first place: where it stood then is not known.
    """
    if name in event.moves:
        return name
    if month := _MONTH.fullmatch(name):
        name = f"{month[1]}01"
    commodity, place = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]
    near = [
        (abs(int(series[len(commodity) :]) - int(place)), series)
        for series in event.moves
        if place and series.startswith(commodity) and series[len(commodity) :].isdigit()
    ]
    return min(near)[1] if near else None


def stress(
    book: Book,
    scenarios: Sequence[Scenario],
    events: Mapping[str, Event],
    covariance: ArrayLike | None = None,
) -> tuple[StressResult, ...]:
    """Value a book in each scenario, all holdings in full.

    Parameters
    ----------
    covariance : array, optional
        Of the factors' daily moves, for scenarios with draws.

    Raises
    ------
    InputError
        For an event that is not known, moves or an event that reach no factor, and draws without a
        covariance in which each factor that is held moves.
    LossNotReachedError
        For a loss that no scale of the direction reaches.
    """
    matrix = None if covariance is None else numbers("covariance", covariance)
    return tuple(_stress(book, scenario, events, matrix) for scenario in scenarios)


def _stress(
    book: Book, scenario: Scenario, events: Mapping[str, Event], covariance: Array | None
) -> StressResult:
    scale = 1.0
    event = _event_of(scenario, events)
    unreached = _unreached(book.factors, scenario)
    if scenario.draws:
        moved = _Moved(_worst_draw(book, scenario, covariance))
    else:
        if scenario.loss:
            scale = _scale(book, scenario, event)
        moved = _forwards(book.factors, scenario, event, scale)
    # What overflows is refused below.
    with np.errstate(over="ignore", invalid="ignore"):
        gains, fallen = revalued(book, moved.forwards, scenario.volatility * scale)
    rounded = np.rint(100.0 * gains)
    if not np.abs(rounded).sum() < _CENTS_MAX:
        row = int(np.argmax(np.where(np.isfinite(rounded), np.abs(rounded), np.inf)))
        message = f"{scenario.name}: holding {row} gains {gains[row]:g}: move by less"
        raise InputError(message)
    cents = rounded.astype(np.int64)
    return StressResult(
        name=scenario.name,
        total_cents=int(cents.sum()),
        cents=cents,
        forwards=moved.forwards,
        marked=int(fallen.sum()),
        unmoved=tuple(moved.unmoved),
        by_size=tuple(moved.by_size),
        unreached=unreached,
        scale=scale,
    )


def _worst_draw(book: Book, scenario: Scenario, covariance: Array | None) -> Array:
    count = len(book.factors.names)
    if covariance is None or covariance.shape != (count, count):
        message = f"{scenario.name}: draws need the covariance of {count} factors' daily moves"
        raise InputError(message)
    if not np.all(np.isfinite(covariance)):
        row = int(np.flatnonzero(~np.isfinite(covariance).all(axis=1))[0])
        factor = book.factors.names[row]
        message = f"{scenario.name}: the covariance of {factor} has gaps: fill them"
        raise InputError(message)
    still = np.flatnonzero(np.diag(covariance)[book.factor] <= 0.0)
    if still.size:
        name = book.factors.names[int(book.factor[still[0]])]
        message = f"{scenario.name}: {name} has no variance: it is stale, bring it up to date"
        raise InputError(message)
    values, vectors = np.linalg.eigh(covariance)
    if values[0] < -1e-9 * max(float(values[-1]), 1e-300):
        message = f"{scenario.name}: no joint law has this covariance: repair it first"
        raise InputError(message)
    root = vectors * np.sqrt(np.maximum(values, 0.0) * scenario.days)
    random = np.random.Generator(np.random.Philox(scenario.seed))
    moves = root @ random.standard_normal((count, int(scenario.draws)))
    pnl = scenario_pnl(book, moves)
    return moved_forwards(book.factors, moves[:, int(np.argmin(pnl))])


def _scale(book: Book, scenario: Scenario, event: Event | None) -> float:
    """Find the least multiple of the direction that loses.

    Upwards by an eighth of a doubling each time, for a loss may come and go, and then by halves.
    """

    def gain(scale: float) -> float:
        forwards = _forwards(book.factors, scenario, event, scale).forwards
        with np.errstate(over="ignore", invalid="ignore"):
            return float(revalued(book, forwards, scenario.volatility * scale)[0].sum())

    low, high = 0.0, 1.0 / 64.0
    while gain(high) > -scenario.loss:
        low, high = high, 2.0 ** (1.0 / _FINENESS) * high
        if high > _FARTHEST:
            message = (
                f"{scenario.name}: no multiple up to {_FARTHEST:g} of its moves loses "
                f"{scenario.loss:,.0f}: turn the direction round, or ask for less"
            )
            raise LossNotReachedError(message)
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if gain(middle) <= -scenario.loss else (middle, high)
    return high
