"""The kill switch of a run that goes on: what persons stop and release, and what that did."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from wattbook.domain import CancelAll, Scope, SetTrading
from wattbook.errors import InputError, WattbookError
from wattbook.runtime.keyed import KeyedRequests

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

__all__ = ["KillSwitch", "StopAct", "StopAsked", "StopScope", "in_force"]

FILE: Final = "kill_switch.jsonl"
CLIENT_BITS: Final = 48
"""An order's number is its client's above this many bits of its own."""


class Core(Protocol):
    """What the kill switch asks of the run."""

    def ask(
        self, now: int, commands: list[CancelAll | SetTrading], /
    ) -> list[list[tuple[str, str, str]]]:
        """Apply and journal commands at `now`; return what the engine says to each."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StopScope:
    """Which orders a stop covers, by number; None means all."""

    instrument: int | None = None
    venue: int | None = None
    trading_book: int | None = None
    strategy: int | None = None
    trader: int | None = None
    counterparty: int | None = None
    member: int | None = None

    @classmethod
    def of(cls, scope: Scope) -> StopScope:
        """Return the scope of a command."""
        return cls(
            instrument=scope.instrument,
            venue=scope.venue,
            trading_book=scope.trading_book,
            strategy=scope.strategy,
            trader=scope.trader,
            counterparty=scope.counterparty,
            member=scope.member,
        )

    def command(self) -> Scope:
        """Return it as the engine takes it."""
        return Scope(**asdict(self))

    def is_within(self, outer: StopScope) -> bool:
        """Return whether everything that it covers is covered by `outer`."""
        own, other = asdict(self), asdict(outer)
        return all(value is None or value == own[name] for name, value in other.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsked:
    """What a person asks for.

    Parameters
    ----------
    by : str
        Who asks.
    scope : StopScope
        What it covers.
    allowed : bool
        Whether new orders may pass; False stops them and takes the open ones back.
    key : str, optional
        Of the person's own; a request that comes again under its key is the same one.
    """

    by: str
    scope: StopScope
    allowed: bool
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAct:
    """What was asked, and what the engine did.

    Parameters
    ----------
    at : int
        When, ns UTC.
    by : str
        Who asked.
    scope : StopScope
        What it covers.
    allowed : bool
        Whether it was a release.
    orders : tuple of int
        Numbers of the orders that it takes back; whether their venue did so, their states say.
        Known to the process that acted; a resumed one finds none.
    refused : tuple of str
        What the engine refused.
    """

    at: int
    by: str
    scope: StopScope
    allowed: bool
    orders: tuple[int, ...] = field(default=(), compare=False)
    refused: tuple[str, ...] = field(default=(), compare=False)


def in_force(acts: list[StopAct]) -> list[StopAct]:
    """Return the acts that decide what is stopped, as the gate keeps them.

    The last act that covers an order counts. It takes the place of those within its scope, and a
    release matters only above a wider stop.

    Examples
    --------
    >>> book = StopScope(trading_book=1)
    >>> stop = StopAct(at=0, by="ada", scope=book, allowed=False)
    >>> release = StopAct(at=1, by="ben", scope=StopScope(), allowed=True)
    >>> len(in_force([stop])), len(in_force([stop, release]))
    (1, 0)
    """
    rules: list[StopAct] = []
    for act in acts:
        rules = [rule for rule in rules if not rule.scope.is_within(act.scope)]
        if rules or not act.allowed:
            rules.append(act)
    return rules


class KillSwitch:
    """Stops and releases order entry; asked from any thread, it acts in the run's own.

    The commands stand in the run's journal; who asked for them is written to a file beside it.

    Parameters
    ----------
    folder : Path
        Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.requests: KeyedRequests[StopAsked, StopAct] = KeyedRequests()
        self.acts: list[StopAct] = _recorded(self._path)
        self.books: tuple[str, ...] = ()

    def name_books(self, books: tuple[str, ...]) -> None:
        """Take over what the trading books are called, the first one being number 1."""
        self.books = books

    def enter(self, asked: StopAsked) -> Future[StopAct]:
        """Hand in a request; the result is what the run did at its next look.

        Raises
        ------
        InputError
            If its key is that of another request.
        """
        return self.requests.enter(asked)

    def look(self, core: Core, now: int) -> None:
        """Act on what waits, at `now` (ns UTC)."""
        for asked, result in self.requests.take():
            try:
                result.set_result(self._act(core, now, asked))
            except (WattbookError, ValueError, OverflowError) as fault:
                result.set_exception(InputError(str(fault)))

    def note(self, now: int, by: str, command: SetTrading) -> None:
        """Take over a stop or release that was asked for by another way than the desk."""
        scope = StopScope.of(command.scope)
        self._keep(StopAct(at=now, by=by, scope=scope, allowed=command.allowed))

    def resume(self, core: Core, now: int) -> None:
        """Stop again what a resumed run has allowed at its exchange and a person had stopped."""
        for rule in in_force(self.acts):
            core.ask(now, [SetTrading(scope=rule.scope.command(), allowed=rule.allowed)])

    def _act(self, core: Core, now: int, asked: StopAsked) -> StopAct:
        scope = asked.scope.command()
        act = StopAct(at=now, by=asked.by, scope=asked.scope, allowed=asked.allowed)
        self._write(act)
        commands: list[CancelAll | SetTrading] = [SetTrading(scope=scope, allowed=asked.allowed)]
        if not asked.allowed:
            commands.append(CancelAll(scope=scope))
        said = [line for lines in core.ask(now, commands) for line in lines]
        act = StopAct(
            at=now,
            by=asked.by,
            scope=asked.scope,
            allowed=asked.allowed,
            orders=tuple(
                _number(order) for what, order, _ in said if what in ("cancel routed", "cancelled")
            ),
            refused=tuple(why for what, _, why in said if what == "refused"),
        )
        self.acts = [*self.acts, act]
        return act

    def _keep(self, act: StopAct) -> None:
        self._write(act)
        self.acts = [*self.acts, act]

    def _write(self, act: StopAct) -> None:
        entry = {"at": act.at, "by": act.by, "allowed": act.allowed, "scope": asdict(act.scope)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def _number(order: str) -> int:
    client, _, number = order.partition("-")
    return (int(client) << CLIENT_BITS) | int(number)


def _recorded(path: Path) -> list[StopAct]:
    if not path.is_file():
        return []
    # A line that a kill has cut was not acted upon.
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    entries: list[dict[str, Any]] = [json.loads(line) for line in whole.splitlines()]
    return [StopAct(**{**entry, "scope": StopScope(**entry["scope"])}) for entry in entries]
