"""Rows from a topic in the store of observations, with the position that they came from."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from wattbook.errors import InputError
from wattbook.store.observations import Batch, ObservationStore
from wattbook.store.observations.store import check

__all__ = ["ObservationLanding"]


class ObservationLanding:
    """A `Landing` into an `ObservationStore`.

    A batch of messages is stored as one payload, named ``topic/partition/first-after``. The store
    makes its rows and that name count in one transaction, so the latest name is the position.

    Parameters
    ----------
    store : ObservationStore
        Where to.
    source, dataset : str
        Of the rows: who read them, and their kind.
    clock : callable
        Gives the time of reception, ns UTC.
    """

    def __init__(
        self, store: ObservationStore, source: str, dataset: str, clock: Callable[[], int]
    ) -> None:
        self._store = store
        self._source = source
        self._dataset = dataset
        self._clock = clock

    def position(self, topic: str, partition: int) -> int | None:
        """Return the offset to go on from; see `Landing.position`."""
        begin = f"{topic}/{partition}/"
        found = self._store.catalogue.rows(
            "SELECT payload FROM batch WHERE source = ? AND substr(payload, 1, ?) = ? "
            "ORDER BY number DESC LIMIT 1",
            (self._source, len(begin), begin),
        )
        return int(str(found[0][0]).rsplit("-", 1)[1]) if found else None

    def land(self, topic: str, partition: int, first: int, after: int, rows: pl.DataFrame) -> bool:
        """Keep `rows` and the position `after`, both or neither; see `Landing.land`."""
        if after <= first:
            message = f"rows of {topic!r} from {first} to {after} end before they begin"
            raise InputError(message)
        ts_recv = self._clock()
        payload = f"{topic}/{partition}/{first}-{after}"
        batch = Batch(self._source, self._dataset, payload, ts_recv, rows)
        check(batch)
        with self._store.writing():
            stands = self.position(topic, partition)
            if stands is not None and stands != first:
                return False
            self._store.commit(batch, ts_recv)
        return True
