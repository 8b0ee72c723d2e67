"""A RabbitMQ of a test's own: its own folder, name, ports and port mapper, on loopback only."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

__all__ = ["RabbitBroker", "missing"]

SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
PATIENCE_SECONDS = 300.0
"""For a broker on a loaded machine."""


def missing() -> str:
    """Return why no broker can be started, or nothing."""
    return "" if SCRIPT.exists() else f"no {SCRIPT}: tools/setup-debian installs rabbitmq-server"


def free_ports(count: int) -> list[int]:
    """Return free ports; held all at once, so that they differ."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [found.getsockname()[1] for found in sockets]


class RabbitBroker:
    """A broker for user ``guest`` with password ``guest``; it, and its folder, end with the block.

    It is started and stopped by the numbers of its own processes, never by a name.
    """

    def __init__(self) -> None:
        self.port, self.inner_port, self.mapper_port = free_ports(3)
        self.stack = ExitStack()
        self.script: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        (self.folder / "plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = {self.address}\n")
        mapper = subprocess.Popen(
            ["epmd", "-port", str(self.mapper_port)],
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.stack.callback(mapper.wait)
        self.stack.callback(mapper.kill)
        self.stack.callback(self.kill)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def environment(self) -> dict[str, str]:
        """Return its environment: nothing of the user's own settings, cookie included."""
        at = {name: str(self.folder / name) for name in ("mnesia", "log", "pid", "plugins")}
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"wattbook{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": at["plugins"],
            "RABBITMQ_MNESIA_BASE": at["mnesia"],
            "RABBITMQ_LOG_BASE": at["log"],
            "RABBITMQ_PID_FILE": at["pid"],
            "RABBITMQ_DIST_PORT": str(self.inner_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.mapper_port),
        }

    def start(self) -> None:
        """Start it in its folder and wait until it listens.

        Raises
        ------
        TimeoutError
            If it does not, with what it said.
        """
        with (self.folder / "out").open("wb") as out:
            self.script = subprocess.Popen(
                [SCRIPT],
                env=self.environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(0.1)
        message = f"RabbitMQ does not listen: {(self.folder / 'out').read_text()!r}"
        raise TimeoutError(message)

    def kill(self) -> None:
        """Kill it without a word. The script only waits for the broker, whose number it wrote."""
        if self.script is None:
            return
        with suppress(OSError, ValueError):
            os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)
            (self.folder / "pid").unlink()
        self.script.kill()
        self.script.wait()
        self.script = None
