"""Serves the desk of a run on loopback until it is interrupted."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import uvicorn

from wattbook.api.app import desk_app
from wattbook.api.desk import Desk
from wattbook.api.histogram import BOUNDS
from wattbook.errors import RunError
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.log import NewestLines, begin_log
from wattbook.runtime.watch import Player, Tape

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from wattbook.api.beside import Beside
    from wattbook.api.stream import Front
    from wattbook.runtime.alerts import Alerting
    from wattbook.runtime.folder import RunFolder

__all__ = ["ALERTS", "DeskServer", "bound", "serve_run", "server_of"]

HOST: Final = "127.0.0.1"
STORE: Final = "desk.sqlite"
LOG_FILE: Final = "desk.log.jsonl"
ALERTS: Final = "alerts.sqlite"
SPEED: Final = 60.0


def bound(port: int) -> socket.socket:
    """Return a socket that is bound to a port of this machine; 0 for any that is free.

    Raises
    ------
    RunError
        If the port is taken.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except (OSError, OverflowError) as fault:
        made.close()
        message = f"port {port} of {HOST} cannot be had ({fault}); give another with --port"
        raise RunError(message) from fault
    return made


class DeskServer(uvicorn.Server):
    """A desk's application on a socket of its own, with its front on the desk's address.

    Parameters
    ----------
    config : uvicorn.Config
        How.
    app : FastAPI
        What it serves.
    desk : Desk
        Whose stream the front serves.
    listening : socket
        The desk's address, bound.
    on_open : callable
        Called once it answers.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        app: FastAPI,
        desk: Desk,
        listening: socket.socket,
        on_open: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._app, self._desk, self._listening, self._on_open = app, desk, listening, on_open
        self._front: Front | None = None

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until it is to exit."""
        assert sockets is None, "it makes its own"  # noqa: S101
        # Only this user may enter the folder, so that nobody walks around the front.
        with TemporaryDirectory(prefix="wattbook-") as place:
            path = Path(place) / "desk"
            with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as behind:
                behind.bind(str(path))
                super().run(sockets=[behind])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started and sockets:
            path = Path(sockets[0].getsockname())
            self._front = self._desk.stream.front(self._listening, path, BOUNDS)
            self._app.state.front = self._front
            self._on_open()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the desk's address, then what is behind it."""
        if self._front is not None:
            await asyncio.to_thread(self._front.stop)
        await super().shutdown(sockets)


def server_of(
    desk: Desk,
    folder: RunFolder,
    listening: socket.socket,
    on_open: Callable[[str], None],
    beside: Beside | None = None,
) -> DeskServer:
    """Return the server of a desk on a bound socket.

    Raises
    ------
    StoreError
        If the files of its keys cannot be used.
    """
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    newest = NewestLines()
    begin_log(folder.path / LOG_FILE, newest, ("wattbook", "uvicorn"))
    app = desk_app(desk, folder.path / STORE, address, newest, beside)
    config = uvicorn.Config(
        app,
        log_level="warning",
        # Its messages go into the desk's own log.
        log_config=None,
        access_log=False,
        server_header=False,
        # The front serves the stream.
        ws="none",
        # The front keeps connections for as long as it wants them.
        timeout_keep_alive=3_600,
        timeout_graceful_shutdown=2,
    )
    return DeskServer(config, app, desk, listening, lambda: on_open(f"{address}/"))


def serve_run(
    folder: RunFolder,
    *,
    port: int,
    alerting: Alerting | None = None,
    at: int | None = None,
    speed: float = SPEED,
    is_playing: bool = True,
    beside: Beside | None = None,
    on_open: Callable[[str], None],
) -> None:
    """Serve the desk of a run that has ended, until Ctrl-C.

    Parameters
    ----------
    folder : RunFolder
        The run.
    port : int
        Of loopback; 0 for any that is free.
    alerting : Alerting, optional
        What to alert of and whom to tell; by default the rules that come with the package.
    at : int, optional
        Which instant to show first, ns UTC; by default the beginning of the first delivery.
    speed : float
        Seconds of the day a second.
    is_playing : bool
        Whether time goes on at once.
    beside : Beside, optional
        Folders to show beside it.
    on_open : callable
        Told the address once it answers.

    Raises
    ------
    RunError
        If the folder holds no run that has ended, or the port is taken.
    InputError
        If the speed is none.
    """
    tape = Tape.load(folder)
    player = Player(
        tape.first,
        tape.end,
        at=tape.delivery_start if at is None else at,
        speed=1.0,
        wall=time.monotonic,
    )
    player.set_speed(speed)
    if is_playing:
        player.play()
    alerts = Alerts(alerting or load_rules(), folder.path / ALERTS)
    with closing(bound(port)) as listening:
        server = server_of(Desk(tape, player, alerts), folder, listening, on_open, beside)
        # The server has shut down and repeats the interrupt for its caller: it was the way to end.
        with suppress(KeyboardInterrupt):
            server.run()
