"""Recorded payloads sent through the pipeline again, as fast as can be or as they once arrived."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wattbook.runtime.ingest.doctor import DOCUMENTATION, payload_files
from wattbook.runtime.ingest.pipeline import Ingested, Pipeline
from wattbook.sources.fetch import Cache, Received, World

__all__ = ["Recording", "recordings", "replay"]

NANOS = 1_000_000_000
COMPACT_EVERY = 256


@dataclass(frozen=True, slots=True)
class Recording:
    """A payload that was received once.

    Parameters
    ----------
    ts_recv : int
        When, ns UTC; the last change of a file that does not say.
    path : Path
        The file, or the cache that holds it.
    received : Received or None
        Its reception, if it lies in a cache.
    size : int
        Bytes.
    """

    ts_recv: int
    path: Path
    received: Received | None
    size: int


def recordings(path: Path) -> list[Recording]:
    """Return every payload at `path` in order of reception: files, or a cache's receptions.

    Raises
    ------
    SourceError
        If `path` is neither file nor folder.
    """
    root = path / "payloads" if (path / "payloads" / "received").is_dir() else path
    if (root / "received").is_dir():
        found = [
            Recording(entry.ts_recv, root, entry, entry.size) for entry in Cache(root).receptions()
        ]
    else:
        found = [
            Recording(stat.st_mtime_ns, file, None, stat.st_size)
            for file in payload_files(path)
            if not DOCUMENTATION.search(file.name)
            for stat in (file.stat(),)
        ]
    return sorted(found, key=lambda recording: (recording.ts_recv, str(recording.path)))


def replay(
    pipeline: Pipeline, found: list[Recording], world: World, speed: float = 0.0
) -> Iterator[Ingested]:
    """Ingest recordings in order; yield what became of each.

    Parameters
    ----------
    pipeline : Pipeline
        Where to.
    found : list of Recording
        In order of reception.
    world : World
        Time and sleep.
    speed : float, optional
        Recorded seconds in a second; 0 for no wait.

    Raises
    ------
    Stopped
        If a stop was asked for during a wait.
    """
    began = world.monotonic()
    for place, recording in enumerate(found, start=1):
        if speed > 0:
            due = (recording.ts_recv - found[0].ts_recv) / NANOS / speed
            wait = began + due - world.monotonic()
            if wait > 0:
                world.sleep(wait)
        if recording.received is None:
            yield pipeline.take_file(recording.path, recording.ts_recv)
        else:
            content = Cache(recording.path).content(recording.received.sha256)
            yield pipeline.take(pipeline.cache.keep(recording.received, content))
        if place % COMPACT_EVERY == 0:
            pipeline.observations.compact()
