"""From topic to store, exactly once: rows and position are kept in one stroke, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from wattbook.ingest.transport.bus import Batch, Bus, Message
from wattbook.store.landing import Landing

__all__ = ["Landed", "Lander"]

Rows = TypeVar("Rows")


@dataclass(slots=True)
class Landed:
    """What a lander has done so far.

    Parameters
    ----------
    batches, messages : int
        Kept by the store.
    superseded : int
        Batches that the store refused, because another member had landed them.
    """

    batches: int = 0
    messages: int = 0
    superseded: int = 0


class Lander(Generic[Rows]):
    """A member of a group that lands what it consumes into a store.

    The store's position decides, not the group's: a member begins where the store stands, and what
    the store refuses is read again from there. So neither a crash between keeping and committing
    nor a member that was thought dead can double or lose a row. The group's own position is
    committed as well, but only for the lag.

    Parameters
    ----------
    bus, topic, group
        Where from.
    landing : Landing
        Where to.
    rows : callable
        Makes the store's rows of messages.

    Examples
    --------
    ::

        with Lander(bus, "quotes", "store", landing, decode) as lander:
            while True:
                lander.step()
    """

    def __init__(
        self,
        bus: Bus,
        topic: str,
        group: str,
        landing: Landing[Rows],
        rows: Callable[[Sequence[Message]], Rows],
    ) -> None:
        self.landed = Landed()
        self._landing = landing
        self._rows = rows
        self._consumer = bus.consumer(topic, group, lambda p: landing.position(topic, p))

    def step(self, messages_max: int = 10_000, timeout_s: float = 1.0) -> int:
        """Land what has come; return how many messages were kept.

        Raises
        ------
        TransportError
            As `Consumer.poll` does.
        """
        batches = self._consumer.poll(messages_max, timeout_s)
        kept = [batch for batch in batches if self._land(batch)]
        self._consumer.commit(kept)
        messages = sum(len(batch.messages) for batch in kept)
        self.landed.batches += len(kept)
        self.landed.messages += messages
        return messages

    def _land(self, batch: Batch) -> bool:
        """Land one batch; when the store stands elsewhere, go there."""
        topic, partition = batch.topic, batch.partition
        if self._landing.land(
            topic, partition, batch.first, batch.after, self._rows(batch.messages)
        ):
            return True
        self.landed.superseded += 1
        stands = self._landing.position(topic, partition)
        if stands is not None:
            self._consumer.seek(partition, stands)
        return False

    def close(self) -> None:
        """Leave the group; the store stays open."""
        self._consumer.close()

    def __enter__(self) -> Self:
        """Return the lander."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
