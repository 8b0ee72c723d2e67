"""A process of its own that reads payloads, so that none can take the rest down with it.

A reader may call into a C library that aborts on a corrupt file, or loop for ever on a hostile one.
The worker is ended then, the payload named, and a new worker goes on with the next.
"""

import multiprocessing
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self

from wattbook.runtime.ingest.examine import Examined, Fault, Outcome, examine, too_large
from wattbook.sources.catalogue import ISLANDS, datasets, recognise
from wattbook.sources.payload import Payload

__all__ = ["Worker"]

START_SECONDS = 120.0


def examine_file(root: Path, path: Path, islands: Sequence[str]) -> Examined:
    """Return what one file holds; a file that cannot be read is set aside."""
    name = str(path.relative_to(root)) if path != root else path.name
    try:
        reason = too_large(path.stat().st_size)
        content = b"" if reason else path.read_bytes()
    except OSError as fault:
        found = Fault("payload", 0, f"it cannot be read: {fault.strerror}")
        return Examined(name, Outcome.QUARANTINED, quarantined=1, faults=(found,))
    if reason:
        found = Fault("payload", 0, reason)
        return Examined(name, Outcome.QUARANTINED, quarantined=1, faults=(found,))
    stamp = path.stat().st_mtime_ns
    payload = Payload(path.name, content, stamp, str(path))
    found_in = examine(payload, partial(recognise, islands=islands))
    return Examined(
        name,
        found_in.outcome,
        found_in.source,
        found_in.dataset,
        found_in.rows,
        found_in.quarantined,
        found_in.faults,
        found_in.reason,
        found_in.trace,
    )


def serve(line: Connection, root: Path, islands: Sequence[str]) -> None:
    """Answer paths with what they hold until the other end closes."""
    for island in (*islands, *ISLANDS):
        # One that cannot be loaded is told with the first payload.
        with suppress(Exception):
            datasets(island)
    line.send("ready")
    while True:
        try:
            path = line.recv()
        except EOFError:
            return
        line.send(examine_file(root, path, islands))


class Worker:
    """Examines files in a process of its own, which is started anew whenever one ends it.

    Parameters
    ----------
    root : Path
        Names are relative to it.
    islands : sequence of str
        Further modules with a ``DATASETS``, asked first.
    seconds_max : float
        How long one payload may take.
    """

    def __init__(self, root: Path, islands: Sequence[str] = (), seconds_max: float = 300.0) -> None:
        self.root = root
        self.islands = tuple(islands)
        self.seconds_max = seconds_max
        self.running: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self) -> tuple[BaseProcess, Connection]:
        """Start the process and wait until it is there."""
        context = multiprocessing.get_context("spawn")
        line, other = context.Pipe()
        arguments = (other, self.root, self.islands)
        process = context.Process(target=serve, args=arguments, daemon=True)
        process.start()
        other.close()
        self.running = process, line
        if not line.poll(START_SECONDS):
            self.end()
            message = f"no worker came up within {START_SECONDS:.0f} s"
            raise TimeoutError(message)
        line.recv()
        return process, line

    def end(self) -> None:
        """End the process, whatever it does."""
        if self.running is not None:
            process, line = self.running
            line.close()
            process.kill()
            process.join()
            process.close()
        self.running = None

    def examine(self, path: Path) -> Examined:
        """Return what the file holds, also if its reader hangs or dies."""
        process, line = self.running or self.start()
        line.send(path)
        try:
            if line.poll(self.seconds_max):
                found: Examined = line.recv()
                return found
            reason = f"its reader took longer than {self.seconds_max:g} s"
        except (EOFError, ConnectionResetError):
            process.join()
            reason = f"its reader ended the process (exit code {process.exitcode})"
        self.end()
        name = str(path.relative_to(self.root)) if path != self.root else path.name
        return Examined(name, Outcome.RAISED, reason=reason)
