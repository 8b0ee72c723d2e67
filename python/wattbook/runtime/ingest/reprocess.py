"""Which payloads are worth reading again."""

from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.sources.fetch import Received
from wattbook.store.quarantine import State

__all__ = ["candidates"]


def candidates(pipeline: Pipeline, source: str = "", *, every: bool = False) -> list[Received]:
    """Return the receptions of payloads that have held parts, or of all that are kept.

    In the order in which they came to the store, so that what a normalizer remembers of each
    follows from the one before.

    Parameters
    ----------
    pipeline : Pipeline
        The stores.
    source : str, optional
        Only payloads of this source, and those that no source had recognised.
    every : bool, optional
        All payloads that are kept, with held parts or without.
    """
    if every:
        found = list(pipeline.cache.receptions())
        wanted = [entry for entry in found if source in ("", entry.source) or not entry.source]
    else:
        entries = [
            entry
            for entry in pipeline.quarantine.entries(State.HELD)
            if source in ("", entry.part.source) or not entry.part.source
        ]
        # One that was too large to be read was not kept either.
        wanted = [
            pipeline.reception(entry)
            for entry in entries
            if pipeline.cache.object_path(entry.part.payload).exists()
        ]
    seen: dict[tuple[str, str, int], Received] = {}
    for received in wanted:
        seen.setdefault((received.source, received.sha256, received.ts_recv), received)
    order = {
        (entry.source, entry.payload, entry.ts_recv): entry.arrival
        for entry in pipeline.observations.catalogue.since(0, -1)
    }

    def arrival(received: Received) -> tuple[int, int]:
        key = (received.source, received.sha256, received.ts_recv)
        return order.get(key, 2**63), received.ts_recv

    return sorted(seen.values(), key=arrival)
