"""Serves the desk of a run until it is interrupted."""

from __future__ import annotations

import asyncio
import ctypes
import datetime as dt
import socket
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from wattbook.api.access import ApiKeys
from wattbook.api.address import Address, Certificate, certificate_in
from wattbook.api.app import desk_app
from wattbook.api.desk import Desk
from wattbook.api.guard import ALL_HEADERS
from wattbook.api.histogram import BOUNDS
from wattbook.api.problems import problem
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

__all__ = ["ALERTS", "STORE", "DeskServer", "bound", "check_users", "serve_run", "server_of"]

STORE: Final = "desk.sqlite"
LOG_FILE: Final = "desk.log.jsonl"
ALERTS: Final = "alerts.sqlite"
SPEED: Final = 60.0
M_TRIM_THRESHOLD: Final = -1
M_ARENA_MAX: Final = -8
"""Numbers of the parameters of ``mallopt`` (malloc.h of glibc)."""
TRIMMED_BYTES: Final = 131_072


def bound(address: Address, port: int) -> socket.socket:
    """Return a socket that is bound to a port of an address; 0 for any that is free.

    Raises
    ------
    RunError
        If the port is taken or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((address.host, port))
    except (OSError, OverflowError) as fault:
        made.close()
        message = f"port {port} of {address.host} cannot be had ({fault}); give another with --port"
        raise RunError(message) from fault
    return made


def check_users(address: Address, folder: RunFolder) -> None:
    """Refuse to serve beyond this machine what nobody could sign in to.

    Raises
    ------
    RunError
        If there is no key.
    """
    store = folder.path / STORE
    if not address.is_loopback and not (store.is_file() and ApiKeys(store).rows()):
        message = (
            f"nobody has a key for the desk of {folder.path}, and off loopback it has no other "
            f"user; make one first: wattbook desk {folder.path} --new-key NAME --role admin"
        )
        raise RunError(message)


def certificate_of(address: Address, folder: RunFolder) -> Certificate | None:
    """Return the certificate that a desk is served with; None where it is not encrypted.

    Raises
    ------
    RunError
        If one is to be made and cannot be written.
    """
    if not address.is_encrypted or address.certificate is not None:
        return address.certificate
    return certificate_in(folder.path, address.asked_as, dt.datetime.now(dt.UTC))


class ProblemProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """HTTP whose refusals of what is no request are problem documents too."""

    def send_400_response(self, msg: str) -> None:
        """Answer in place of the server, which would say `msg` as plain text, and hang up."""
        answer = problem(400, f"{msg} Mend its method or its address: ASCII, others as %XX")
        lines = [b"%s: %s" % header for header in (*answer.raw_headers, *ALL_HEADERS)]
        lines = [b"HTTP/1.1 400 Bad Request", *lines, b"connection: close", b"", bytes(answer.body)]
        self.transport.write(b"\r\n".join(lines))
        self.transport.close()


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
    certificate : Certificate or None
        To serve it encrypted.
    on_open : callable
        Called once it answers.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        app: FastAPI,
        desk: Desk,
        listening: socket.socket,
        certificate: Certificate | None,
        on_open: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._app, self._desk, self._listening, self._on_open = app, desk, listening, on_open
        self._certificate = certificate
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
            self._front = self._desk.stream.front(self._listening, path, BOUNDS, self._certificate)
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
    address: Address,
    on_open: Callable[[str], None],
    beside: Beside | None = None,
) -> DeskServer:
    """Return the server of a desk on a bound socket.

    Raises
    ------
    StoreError
        If the files of its keys cannot be used.
    RunError
        If nobody could sign in, or no certificate can be made.
    """
    check_users(address, folder)
    url = address.url(listening.getsockname()[1])
    newest = NewestLines()
    begin_log(folder.path / LOG_FILE, newest, ("wattbook", "uvicorn"))
    app = desk_app(desk, folder.path / STORE, url, newest, beside, address)
    config = uvicorn.Config(
        app,
        log_level="warning",
        # Its messages go into the desk's own log.
        log_config=None,
        access_log=False,
        server_header=False,
        http=ProblemProtocol,
        # The front serves the stream.
        ws="none",
        # The front keeps connections for as long as it wants them.
        timeout_keep_alive=3_600,
        timeout_graceful_shutdown=2,
    )
    certificate = certificate_of(address, folder)
    return DeskServer(config, app, desk, listening, certificate, lambda: on_open(f"{url}/"))


def give_memory_back() -> None:
    """Let the C library keep one heap, and give back what is free at its end.

    glibc gives each thread a heap of its own, which keeps what its requests have freed; a desk that
    is left open would grow by megabytes a minute. Other C libraries do as they do.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):
            libc = ctypes.CDLL(None)
            libc.mallopt(M_ARENA_MAX, 1)
            libc.mallopt(M_TRIM_THRESHOLD, TRIMMED_BYTES)


def serve_run(
    folder: RunFolder,
    *,
    port: int,
    address: Address | None = None,
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
        0 for any that is free.
    address : Address, optional
        Where to serve it; on loopback by default.
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
        If the folder holds no run that has ended, the port is taken, or nobody could sign in.
    InputError
        If the speed is none.
    """
    give_memory_back()
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
    place = address or Address()
    with closing(bound(place, port)) as listening:
        desk = Desk(tape, player, alerts, book=None if beside is None else beside.book)
        server = server_of(desk, folder, listening, place, on_open, beside)
        # The server has shut down and repeats the interrupt for its caller: it was the way to end.
        with suppress(KeyboardInterrupt):
            server.run()
