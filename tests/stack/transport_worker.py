"""A member of a group as a process of its own, which may kill itself where it hurts most.

``transport_worker.py BROKERS TOPIC GROUP FILE PLACE COUNT``: lands messages ``instrument, number``
into FILE until COUNT of them have passed, then ends by kill -9 at PLACE: ``before`` the store,
``within`` its transaction, ``behind`` it with the bus not told yet, or ``told``. With COUNT 0 it
runs until it is stopped.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection

from wattbook.ingest.transport import KafkaBus, Lander, Message
from wattbook.store.landing import SqliteLanding

CREATE = "CREATE TABLE IF NOT EXISTS row (instrument TEXT NOT NULL, number INTEGER NOT NULL)"
INSERT = "INSERT INTO row VALUES (?, ?)"


def kill_self() -> None:
    """End as by kill -9: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)


class Doomed:
    """Writes rows, and dies at the place and count that it is given."""

    def __init__(self, place: str, count: int) -> None:
        self.place = place
        self.left = count
        self.mortal = count > 0

    def write(self, connection: Connection, rows: Sequence[Message]) -> None:
        """Insert `rows`; ``within`` dies with half of them inserted."""
        self.left -= len(rows)
        if self.is_due("within"):
            connection.executemany(INSERT, rows[: (len(rows) + 1) // 2])
            kill_self()
        connection.executemany(INSERT, rows)

    def rows(self, messages: Sequence[Message]) -> list[Message]:
        """Return rows of messages; ``before`` dies with them in hand."""
        if self.mortal and self.place == "before" and self.left <= len(messages):
            kill_self()
        return [Message(key, value.decode()) for key, value in messages]  # type: ignore[arg-type]

    def is_due(self, place: str) -> bool:
        """Return whether it is time to die at `place`."""
        return self.mortal and place == self.place and self.left <= 0


def main(brokers: str, topic: str, group: str, file: str, place: str, count: str) -> None:
    """Land until stopped or dead."""
    doomed = Doomed(place, int(count))
    with SqliteLanding(Path(file), doomed.write, CREATE) as landing:
        lander = Lander(KafkaBus(brokers), topic, group, landing, doomed.rows)
        if place == "behind":
            commit = lander._consumer.commit
            lander._consumer.commit = lambda batches: (  # type: ignore[method-assign]
                kill_self() if doomed.is_due("behind") else commit(batches)
            )
        while True:
            lander.step(messages_max=64, timeout_s=0.1)
            if doomed.is_due("told"):
                kill_self()


if __name__ == "__main__":
    main(*sys.argv[1:])
