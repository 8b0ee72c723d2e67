"""Orders that a person enters into a run that goes on; they are part of its resumption."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from queue import Empty, SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from wattbook.errors import InputError, WattbookError

if TYPE_CHECKING:
    from pathlib import Path

    from wattbook._core import StrategyContext

__all__ = ["TIMES_IN_FORCE", "Command", "Nobody", "OrderEntry"]

STEP_NS: Final = 250_000_000
"""How often the run looks for commands, ns of its own time."""
FILE: Final = "order_entry.jsonl"
TIMES_IN_FORCE: Final = ("good_for_session", "immediate_or_cancel", "fill_or_kill")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a person asks for.

    Parameters
    ----------
    kind : str
        ``submit``, ``cancel`` or ``cancel_all``.
    by : str
        Who asks.
    instrument : int, optional
        Of an order to submit.
    side, price, volume, time_in_force : str, optional
        Likewise; price and volume as decimal texts.
    order_id : int, optional
        Of the order to cancel.
    key : str, optional
        Of the person's own; a command that comes again under its key is the same one.
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


class Nobody:
    """The person of a run that no order can be entered into."""

    def on_start(self, context: StrategyContext) -> None:
        """Ask for nothing."""


class OrderEntry:
    """A strategy whose only will is that of a person: commands in, orders out, in order.

    Commands come from any thread. The run takes them at its next look, which is at most a quarter
    of a second of its time away, and writes each down with that instant before it acts: a resumed
    run repeats them at the same instants, as it repeats its strategies.

    Parameters
    ----------
    folder : Path
        Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._waiting: SimpleQueue[tuple[Command, Future[int]]] = SimpleQueue()
        self._again = self._recorded()
        self._context: StrategyContext | None = None
        self._known: dict[tuple[str, str], tuple[Command, Future[int]]] = {}
        self._lock = Lock()

    def _recorded(self) -> dict[int, list[Command]]:
        found: dict[int, list[Command]] = {}
        if self._path.is_file():
            # A line that a kill has cut was not acted upon.
            whole, _, _ = self._path.read_text(encoding="utf-8").rpartition("\n")
            for line in whole.splitlines():
                entry: dict[str, Any] = json.loads(line)
                found.setdefault(entry.pop("at"), []).append(Command(**entry))
        return found

    def enter(self, command: Command) -> Future[int]:
        """Hand in a command; the result is the number of the order, 0 for a cancel.

        The gate may refuse the order afterwards, as it may any other; that is an event of the run.

        Raises
        ------
        InputError
            If its key is that of another command.
        """
        result: Future[int] = Future()
        with self._lock:
            if command.key is not None:
                known = self._known.setdefault((command.by, command.key), (command, result))
                if known[0] != command:
                    message = f"key {command.key!r} is that of another command; take a new one"
                    raise InputError(message)
                if known[1] is not result:
                    return known[1]
            self._waiting.put((command, result))
        return result

    def on_start(self, context: StrategyContext) -> None:
        """Keep `context`, and look for commands from now on."""
        self._context = context
        context.wake_at(context.now + STEP_NS)

    def on_time(self, ts: int) -> None:
        """Act on what is waiting at `ts` (ns UTC)."""
        assert self._context is not None, "the run begins with on_start"  # noqa: S101
        for command in self._again.pop(ts, ()):
            result: Future[int] = Future()
            if command.key is not None:
                self._known[command.by, command.key] = command, result
            self._answer(command, result)
        while True:
            try:
                command, result = self._waiting.get_nowait()
            except Empty:
                break
            self._write(ts, command)
            self._answer(command, result)
        self._context.wake_at(ts + STEP_NS)

    def _answer(self, command: Command, result: Future[int]) -> None:
        try:
            result.set_result(self._act(command))
        except (WattbookError, ValueError, OverflowError) as fault:
            result.set_exception(InputError(str(fault)))

    def _write(self, ts: int, command: Command) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": ts, **asdict(command)}) + "\n")

    def _act(self, command: Command) -> int:
        assert self._context is not None  # noqa: S101 - as above
        if command.kind == "cancel_all":
            self._context.cancel_all()
            return 0
        if command.kind == "cancel":
            assert command.order_id is not None, "a cancel names its order"  # noqa: S101
            self._context.cancel(command.order_id)
            return 0
        parts = command.instrument, command.side, command.price, command.volume
        instrument, side, price, volume = parts
        assert instrument is not None, "an order names its instrument"  # noqa: S101
        return self._context.submit(
            instrument,
            str(side),
            str(price),
            str(volume),
            time_in_force=command.time_in_force or TIMES_IN_FORCE[0],
        )
