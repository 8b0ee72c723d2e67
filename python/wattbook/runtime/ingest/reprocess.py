"""Which payloads are worth reading again."""

from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.sources.fetch import Received
from wattbook.store.quarantine import State

__all__ = ["candidates"]


def candidates(pipeline: Pipeline, source: str = "", *, every: bool = False) -> list[Received]:
    """Return, in order, the receptions of payloads that have held parts, or of all that are kept.

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
    return sorted(seen.values(), key=lambda received: received.ts_recv)
