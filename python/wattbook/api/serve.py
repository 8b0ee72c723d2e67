"""Serves the desk of a run on loopback until it is interrupted."""

from __future__ import annotations

import socket
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

import uvicorn

from wattbook.api.app import desk_app
from wattbook.api.desk import Desk
from wattbook.errors import RunError
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.watch import Player, Tape

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattbook.runtime.alerts import Alerting
    from wattbook.runtime.folder import RunFolder

__all__ = ["ALERTS", "DeskServer", "bound", "serve_run", "server_of"]

HOST: Final = "127.0.0.1"
STORE: Final = "desk.sqlite"
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
    """A server that says when it can be opened.

    Parameters
    ----------
    config : uvicorn.Config
        What it serves.
    on_open : callable
        Called once it answers.
    """

    def __init__(self, config: uvicorn.Config, on_open: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_open = on_open

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            self._on_open()


def server_of(
    desk: Desk,
    folder: RunFolder,
    listening: socket.socket,
    on_open: Callable[[str], None],
    book: Path | None = None,
) -> DeskServer:
    """Return the server of a desk on a bound socket.

    Raises
    ------
    StoreError
        If the files of its keys cannot be used.
    """
    address = f"http://{HOST}:{listening.getsockname()[1]}/"
    config = uvicorn.Config(
        desk_app(desk, folder.path / STORE, book),
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=4_096,
        # Compressing each message anew for each reader costs more than loopback gains.
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
    return DeskServer(config, lambda: on_open(address))


def serve_run(
    folder: RunFolder,
    *,
    port: int,
    alerting: Alerting | None = None,
    at: int | None = None,
    speed: float = SPEED,
    is_playing: bool = True,
    book: Path | None = None,
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
    book : Path, optional
        Folder of the book of bilateral deals to show beside it.
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
        server = server_of(Desk(tape, player, alerts), folder, listening, on_open, book)
        # The server has shut down and repeats the interrupt for its caller: it was the way to end.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
