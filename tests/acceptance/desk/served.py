"""A desk in a process of its own, as a user starts it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ORIGIN", "Served", "serving"]

WITHIN = 60.0
ORIGIN = "http://127.0.0.1:8765"
"""Of a desk that is asked without a server."""


@dataclass
class Served:
    """A desk that answers at `address`, such as ``http://127.0.0.1:40001/``."""

    address: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rpartition(":")[2])

    def end(self) -> int:
        """Interrupt it and return its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(WITHIN)


@contextmanager
def serving(folder: Path, *arguments: str, port: int = 0) -> Iterator[Served]:
    command = [sys.executable, "-m", "wattbook", "desk", str(folder), "--port", str(port)]
    process = subprocess.Popen([*command, "--plain", *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"https?://[\d.:]+/", line)
        assert found, line
        yield Served(found[0], process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(WITHIN)
        if process.stdout is not None:
            process.stdout.close()
