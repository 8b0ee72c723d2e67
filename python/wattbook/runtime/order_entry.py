"""Orders that a person enters into a run that goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Protocol

from wattbook.domain import AmendOrder, CancelAll, CancelOrder, Order, Owner, Scope, SubmitOrder
from wattbook.errors import InputError, WattbookError
from wattbook.runtime.keyed import KeyedRequests
from wattbook.runtime.refusals import limits_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

__all__ = ["TIMES_IN_FORCE", "Command", "Entered", "OrderEntry"]

FILE: Final = "order_entry.jsonl"
TIMES_IN_FORCE: Final = ("good_for_session", "immediate_or_cancel", "fill_or_kill")
EngineCommand = AmendOrder | CancelAll | CancelOrder | SubmitOrder


class Core(Protocol):
    """What order entry asks of the run."""

    def next_by_hand(self) -> int:
        """Return the number of the next order that a person enters."""
        ...

    def ask(self, now: int, commands: list[EngineCommand], /) -> list[list[tuple[str, str, str]]]:
        """Apply and journal commands at `now`; return what the engine says to each."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a person asks for.

    Parameters
    ----------
    kind : str
        ``submit``, ``amend``, ``cancel`` or ``cancel_all``.
    by : str
        Who asks.
    instrument : int, optional
        Of an order to submit.
    side, price, volume, time_in_force : str, optional
        Likewise; price and volume as decimal texts, which an amendment has too.
    order_id : int, optional
        Of the order to amend or cancel.
    key : str, optional
        Of the person's own; a command that comes again under its key is the same one.
    trace : str, optional
        Of the request that brought it.
    """

    kind: str
    by: str
    instrument: int | None = None
    side: str | None = None
    price: str | None = None
    volume: str | None = None
    time_in_force: str | None = None
    order_id: int | None = None
    key: str | None = None
    trace: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Entered:
    """What the engine did with a command; it is durable.

    Parameters
    ----------
    order_id : int
        Number of the order; 0 for a mass cancel.
    refused : str or None
        Why the engine refused; None if it did not.
    """

    order_id: int
    refused: str | None = None


class OrderEntry:
    """Hands the commands of persons to the engine, as orders of the desk's trader.

    Commands come from any thread. The run takes all that wait at its next look, which their
    arrival brings about, and answers once the engine has accepted or refused them and its journal
    is on disk. The journal repeats them when the run resumes; the file beside it says who asked
    for which number, and under which key.

    Parameters
    ----------
    folder : Path
        Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._owner: Owner | None = None
        self._limits: Sequence[str] = ()
        self.requests: KeyedRequests[Command, Entered] = KeyedRequests()

    def enter(self, command: Command) -> Future[Entered]:
        """Hand in a command; the result is what the engine did.

        Raises
        ------
        InputError
            If its key is that of another command.
        """
        return self.requests.enter(command)

    def begin(self, owner: Owner, limits: Sequence[str] = ()) -> None:
        """Take orders from now on, as those of `owner`; `limits` names those that may refuse."""
        self._owner, self._limits = owner, limits

    def resume(self, core: Core, refused: Mapping[tuple[int, int], str]) -> None:
        """Take over what persons have asked of an earlier life of the run.

        A mass cancel after which nobody has asked anything is not known again: to ask for it once
        more takes back what it took back, and nothing else.

        Parameters
        ----------
        core : Core
            The run, which has met its journal.
        refused : mapping of (int, int) to str
            Why the engine refused, by order and instant (ns UTC).
        """
        next_number = core.next_by_hand()
        for at, number, command in _recorded(self._path):
            # What a kill has kept from the journal was never acted upon, and may come again.
            if number < next_number:
                order_id = order_of(command, number)
                self.requests.recall(command, Entered(order_id, refused.get((order_id, at))))

    def look(self, core: Core, now: int) -> None:
        """Act on what waits, at `now` (ns UTC)."""
        taken = self.requests.take()
        if not taken:
            return
        number, made = core.next_by_hand(), []
        for command, result in taken:
            try:
                made.append((command, result, number, self._asked(command, number)))
            except (WattbookError, ValueError, OverflowError) as fault:
                result.set_exception(InputError(str(fault)))
            else:
                number += command.kind != "cancel_all"
        self._write(now, [(place, command) for command, _, place, _ in made])
        said = core.ask(now, [asked for _, _, _, asked in made])
        for (command, result, place, _), words in zip(made, said, strict=True):
            why = next((why for what, _, why in words if what == "refused"), None)
            if why is not None:
                why = limits_named(why, self._limits)
            result.set_result(Entered(order_of(command, place), why))

    def _write(self, at: int, entered: list[tuple[int, Command]]) -> None:
        lines = [
            json.dumps({"at": at, "number": number, **fields_of(command)}) + "\n"
            for number, command in entered
        ]
        with self._path.open("a", encoding="utf-8") as file:
            file.write("".join(lines))

    def _asked(self, command: Command, number: int) -> EngineCommand:
        """Return a command as the engine takes it."""
        if self._owner is None:
            message = "this run has no strategy of kind trader, whose orders they would be"
            raise InputError(message)
        if command.kind == "cancel_all":
            return CancelAll(scope=Scope(strategy=self._owner.strategy))
        if command.kind == "cancel":
            assert command.order_id is not None, "a cancel names its order"  # noqa: S101
            return CancelOrder(order_id=command.order_id)
        if command.kind == "amend":
            assert command.order_id is not None, "an amendment names its order"  # noqa: S101
            return AmendOrder(
                order_id=command.order_id, price=str(command.price), volume=str(command.volume)
            )
        assert command.instrument is not None, "an order names its instrument"  # noqa: S101
        return SubmitOrder(
            order_id=number,
            order=Order(
                instrument=command.instrument,
                side=str(command.side),
                time_in_force=command.time_in_force or TIMES_IN_FORCE[0],
                owner=self._owner,
                price=str(command.price),
                volume=str(command.volume),
            ),
        )


NAMES: Final = tuple(each.name for each in fields(Command))


def fields_of(command: Command) -> dict[str, Any]:
    """Return the fields of a command, all of them plain; `asdict` would copy each."""
    return {name: getattr(command, name) for name in NAMES}


def order_of(command: Command, number: int) -> int:
    """Return the number of the order that a command is about; 0 for all of them.

    Each command of a person but a mass cancel takes a number, which is that of an order that it
    submits.
    """
    return number if command.kind == "submit" else command.order_id or 0


def _recorded(path: Path) -> list[tuple[int, int, Command]]:
    if not path.is_file():
        return []
    # A line that a kill has cut was not acted upon.
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    found = []
    for line in whole.splitlines():
        entry: dict[str, Any] = json.loads(line)
        at, number = int(entry.pop("at")), int(entry.pop("number"))
        found.append((at, number, Command(**entry)))
    return found
