"""A Mosquitto of a test's own: its own folder and port, on loopback only."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

__all__ = ["MqttBroker", "missing"]

PATIENCE_SECONDS = 60.0
"""For a broker on a loaded machine."""


def program() -> str | None:
    """Return the broker's program; Debian puts it where a user's PATH may not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


def missing() -> str:
    """Return why no broker can be started, or nothing."""
    return "" if program() else "no mosquitto: tools/setup-debian installs it"


class MqttBroker:
    """A broker that lets in whoever reaches it; it ends with the block."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as held:
            self.port: int = held.getsockname()[1]
        self.stack = ExitStack()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.config = folder / "mosquitto.conf"
        self.config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
        )
        self.stack.callback(self.kill)
        self.start()
        return self

    def start(self) -> None:
        """Start it and wait until it listens.

        Raises
        ------
        TimeoutError
            If it does not.
        """
        self.process = subprocess.Popen(
            [program() or "mosquitto", "-c", str(self.config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(0.02)
        self.stack.close()
        message = f"no broker at {self.address} after {PATIENCE_SECONDS} s"
        raise TimeoutError(message)

    def kill(self) -> None:
        """Kill it without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __exit__(self, *_: object) -> None:
        self.stack.close()
