"""Fields from frames, by a worker process that damaged messages cannot take the program down with.

ecCodes decodes; `wattbook.sources.grib.worker` says why it runs apart. One worker serves a program
and is started when first needed; when a message ends it, another one is started for the next.
"""

import atexit
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import SourceError

__all__ = ["DECODE_SECONDS_MAX", "Answer", "DecodeFault", "is_installed", "shared"]

DECODE_SECONDS_MAX = 20.0
"""A message that keeps the worker busy for longer is set aside: some damaged ones never end."""

START_SECONDS_MAX = 60.0
READY = b"ready"


class DecodeFault(Exception):  # noqa: N818 - the reason of a quarantined part, not an error
    """Why a message has no field."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the worker says of a message: its head by key, and its numbers in message order."""

    head: dict[str, Any]
    body: NDArray[np.float64]


def is_installed() -> bool:
    """Return whether ecCodes is there: the extra ``weather``."""
    return find_spec("eccodes") is not None


class Worker:
    """One process of ``worker.py`` and its pipes.

    Raises
    ------
    SourceError
        If it does not start.
    """

    def __init__(self) -> None:
        program = Path(__file__).with_name("worker.py")
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        try:
            self._read(len(READY), time.monotonic() + START_SECONDS_MAX)
        except (EOFError, TimeoutError):
            status = self.close()
            message = f"the GRIB worker does not start (status {status}); run {program} to see why"
            raise SourceError(message) from None

    def ask(self, kind: bytes, message: bytes) -> Answer:
        """Return the answer to one request.

        Raises
        ------
        DecodeFault
            If ecCodes refuses the message.
        EOFError
            If the worker has ended.
        TimeoutError
            If it has not answered in `DECODE_SECONDS_MAX`.
        """
        assert self._process.stdin is not None  # noqa: S101 - opened above
        deadline = time.monotonic() + DECODE_SECONDS_MAX
        try:
            _send(self._process.stdin.fileno(), kind + struct.pack("<I", len(message)) + message)
        except BrokenPipeError as fault:
            raise EOFError from fault
        head_bytes, body_bytes = struct.unpack("<IQ", self._read(12, deadline))
        head = json.loads(bytes(self._read(head_bytes, deadline)))
        body = np.frombuffer(self._read(body_bytes, deadline), np.float64)
        if "fault" in head:
            raise DecodeFault(head["fault"])
        return Answer(head, body)

    def _read(self, count: int, deadline: float) -> bytearray:
        assert self._process.stdout is not None  # noqa: S101 - opened above
        file = self._process.stdout.fileno()
        taken = bytearray(count)
        view = memoryview(taken)
        while view:
            if not select.select([file], [], [], max(deadline - time.monotonic(), 0.0))[0]:
                raise TimeoutError
            got = os.readv(file, [view])
            if got == 0:
                raise EOFError
            view = view[got:]
        return taken

    def close(self) -> int:
        """End the process and return its exit status."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.kill()
        return self._process.wait()


def _send(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


class Decoder:
    """Answers requests with a worker, and starts another one when it has ended."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._lock = threading.Lock()
        self._owner = os.getpid()

    def ask(self, kind: bytes, message: bytes) -> Answer:
        """Return the worker's answer: ``F`` for header and values, ``G`` for the grid's points.

        Raises
        ------
        DecodeFault
            If ecCodes refuses the message, ends by it or does not come to an end.
        SourceError
            If there is no ecCodes, or it does not start.
        """
        with self._lock:
            if self._owner != os.getpid():  # A forked child must not share its parent's pipes.
                self._worker, self._owner = None, os.getpid()
            if self._worker is None:
                if not is_installed():
                    text = "GRIB needs ecCodes; install it with pip install 'wattbook[weather]'"
                    raise SourceError(text)
                self._worker = Worker()
            try:
                return self._worker.ask(kind, message)
            except EOFError:
                status = self._close()
                raise DecodeFault(f"ecCodes ended by it (status {status})") from None
            except TimeoutError:
                self._close()
                raise DecodeFault(f"ecCodes came to no end in {DECODE_SECONDS_MAX:.0f} s") from None
            except BaseException:
                # Interrupted half way, its pipes hold half an answer.
                if not isinstance(sys.exception(), DecodeFault):
                    self._close()
                raise

    def _close(self) -> int:
        worker, self._worker = self._worker, None
        return worker.close() if worker is not None else 0

    def close(self) -> None:
        """End the worker, if there is one of this process."""
        with self._lock:
            if self._owner == os.getpid():
                self._close()


_SHARED = Decoder()
atexit.register(_SHARED.close)


def shared() -> Decoder:
    """Return the decoder of this program."""
    return _SHARED
