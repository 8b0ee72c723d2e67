"""A process of its own that reads payloads, so that none can take the rest down with it.

A reader may call into a C library that aborts on a corrupt file, loop for ever on a hostile one, or
unpack a small one into all memory there is. The worker is ended then, the payload named, and a new
worker goes on with the next.
"""

import faulthandler
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self

from wattbook.errors import RunError
from wattbook.runtime.ingest.reading import (
    NO_RECORD,
    OUT_OF_MEMORY,
    Read,
    Record,
    Task,
    cut_task,
    read_task,
)
from wattbook.sources.catalogue import ISLANDS, datasets

__all__ = ["Limits", "Worker"]

START_SECONDS = 120.0
END_SECONDS = 5.0
ORPHAN_SECONDS = 30.0
KIB = 1024
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one payload may take.

    Parameters
    ----------
    seconds : float
        Of time.
    memory_mb : float
        Of memory beyond what the idle process has, MiB.
    """

    seconds: float = 300.0
    memory_mb: float = 4_096


def data_bytes() -> int:
    """Return the private writable memory of this process, which `RLIMIT_DATA` bounds on Linux."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * KIB for line in lines if line.startswith("VmData:")), 0)


def serve(line: Connection, islands: Sequence[str], limits: Limits) -> None:
    """Answer tasks with what they hold until the other end closes.

    Two messages answer one: source and dataset once they are known, so that a crash has a name, and
    what was read.
    """
    # Ctrl-C reaches the whole group of processes; the other end decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for island in (*islands, *ISLANDS):
        # One that cannot be loaded is told with the first payload.
        with suppress(Exception):
            datasets(island)
    if idle := data_bytes():
        most = resource.getrlimit(resource.RLIMIT_DATA)[1]
        wanted = idle + round(limits.memory_mb * MIB)
        allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, most))
    line.send("ready")
    with Path(os.devnull).open("wb") as nowhere:
        while True:
            try:
                task, offsets = line.recv()
            except EOFError:
                return
            # Ends the process also if the other end was killed and this one loops with the lock of
            # the interpreter in its hands.
            faulthandler.dump_traceback_later(
                limits.seconds + ORPHAN_SECONDS, exit=True, file=nowhere
            )
            if offsets is None:
                answer_read(line, task, islands)
            else:
                line.send(cut_task(task, offsets))
            faulthandler.cancel_dump_traceback_later()


def answer_read(line: Connection, task: Task, islands: Sequence[str]) -> None:
    """Send what a payload holds, and before that who reads it."""
    found = read_task(task, islands, lambda source, name: line.send((source, name)))
    try:
        line.send(found)
    except MemoryError:
        line.send(Read(found.source, found.dataset, reason=OUT_OF_MEMORY, is_bug=True))
    except (TypeError, AttributeError) as fault:
        reason = f"what its reader gave cannot be handed on: {fault}"
        line.send(Read(found.source, found.dataset, reason=reason, is_bug=True))


class Worker:
    """Reads payloads in a process of its own, which is started anew whenever one ends it.

    The process starts with the first payload.

    Parameters
    ----------
    islands : sequence of str, optional
        Further modules with a ``DATASETS``, asked first.
    limits : Limits, optional
        What one payload may take.
    """

    def __init__(self, islands: Sequence[str] = (), limits: Limits | None = None) -> None:
        self.islands = tuple(islands)
        self.limits = limits or Limits()
        self.running: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> tuple[BaseProcess, Connection]:
        """Start the process and wait until it is there.

        Raises
        ------
        RunError
            If it does not come up.
        """
        context = multiprocessing.get_context("spawn")
        line, other = context.Pipe()
        arguments = (other, self.islands, self.limits)
        process = context.Process(target=serve, args=arguments, daemon=True)
        process.start()
        other.close()
        self.running = process, line
        with suppress(EOFError, ConnectionResetError):
            if line.poll(START_SECONDS):
                line.recv()
                return process, line
        self.close()
        message = (
            "no process came up to read payloads; begin a script of your own with "
            "`if __name__ == '__main__':`, and see that memory is left"
        )
        raise RunError(message)

    def ready(self) -> tuple[BaseProcess, Connection]:
        """Return the process; another one if it ended while it had nothing to do."""
        if self.running is not None and not self.running[0].is_alive():
            self.close()
        return self.running or self.start()

    def close(self) -> None:
        """End the process, whatever it does."""
        if self.running is not None:
            process, line = self.running
            line.close()
            process.kill()
            process.join()
            process.close()
        self.running = None

    def cut(self, task: Task, offsets: Sequence[int]) -> list[Record]:
        """Return the records of a payload that begin at `offsets`; `NO_RECORD` where that fails."""
        _, line = self.ready()
        with suppress(EOFError, ConnectionResetError, BrokenPipeError):
            line.send((task, list(offsets)))
            if line.poll(self.limits.seconds):
                found: list[Record] = line.recv()
                return found
        self.close()
        return [NO_RECORD] * len(offsets)

    def read(self, task: Task) -> Read:
        """Return what a payload holds, also if its reader hangs, dies or eats all memory."""
        process, line = self.ready()
        source, dataset = task.source, task.dataset
        deadline = time.monotonic() + self.limits.seconds
        try:
            line.send((task, None))
            while line.poll(max(deadline - time.monotonic(), 0.0)):
                found: Read | tuple[str, str] = line.recv()
                if isinstance(found, Read):
                    if found.reason == OUT_OF_MEMORY:
                        # What is left of it is not the next payload's trouble.
                        self.close()
                    return found
                source, dataset = found
            reason = f"its reader took longer than {self.limits.seconds:g} s"
        except (EOFError, ConnectionResetError, BrokenPipeError):
            process.join(END_SECONDS)
            reason = (
                f"its reader ended the process (exit code {process.exitcode}; "
                f"it may use {self.limits.memory_mb:,.0f} MiB)"
            )
        self.close()
        return Read(source, dataset, reason=reason, is_bug=True)
