"""Requests of persons to a run that goes on: each is answered once, whatever its thread."""

from __future__ import annotations

from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Keyed", "KeyedRequests"]


class Keyed(Protocol):
    """What is asked, by whom, and under which key of theirs."""

    @property
    def by(self) -> str:
        """Return who asks."""
        ...

    @property
    def key(self) -> str | None:
        """Return the key; None where a request that comes again is another one."""
        ...


Request = TypeVar("Request", bound=Keyed)
Answer = TypeVar("Answer")


class KeyedRequests(Generic[Request, Answer]):
    """Requests that wait for the run, which takes all of them at its next look.

    A request that comes again under its key is the same one: it gets the first one's answer.
    """

    def __init__(self) -> None:
        self._waiting: SimpleQueue[tuple[Request, Future[Answer]]] = SimpleQueue()
        self._known: dict[tuple[str, str], tuple[Request, Future[Answer]]] = {}
        self._lock = Lock()
        self._ring: Callable[[], None] = lambda: None

    def on_arrival(self, ring: Callable[[], None]) -> None:
        """Call `ring` whenever a request has come, so that the run need not wait for its time."""
        self._ring = ring

    def enter(self, asked: Request) -> Future[Answer]:
        """Hand in a request; the result is what the run did.

        Raises
        ------
        InputError
            If its key is that of another request.
        """
        result: Future[Answer] = Future()
        with self._lock:
            if asked.key is not None:
                known = self._known.setdefault((asked.by, asked.key), (asked, result))
                if known[0] != asked:
                    message = f"key {asked.key!r} is that of another request; take a new one"
                    raise InputError(message)
                if known[1] is not result:
                    return known[1]
            self._waiting.put((asked, result))
        self._ring()
        return result

    def knows(self, by: str, key: str) -> bool:
        """Whether a request of `by` has come under `key`."""
        with self._lock:
            return (by, key) in self._known

    def recall(self, asked: Request, answer: Answer) -> None:
        """Take over a request that an earlier life of the run has answered."""
        if asked.key is not None:
            result: Future[Answer] = Future()
            result.set_result(answer)
            self._known[asked.by, asked.key] = asked, result

    @property
    def are_waiting(self) -> bool:
        """Whether there is anything to take."""
        return not self._waiting.empty()

    @property
    def depth(self) -> int:
        """How many wait."""
        return self._waiting.qsize()

    def take(self) -> list[tuple[Request, Future[Answer]]]:
        """Return what waits, in order, with where its answer goes."""
        taken = []
        while True:
            try:
                taken.append(self._waiting.get_nowait())
            except Empty:
                return taken
