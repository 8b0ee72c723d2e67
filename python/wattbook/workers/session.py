"""One session of Ray: a small cluster on this machine, or one that runs already.

A cluster of our own listens on loopback alone, behind a token that nobody else has and that is
written nowhere (without one Ray leaves its own in the user's home), reports nothing to its makers,
and keeps everything in one temporary folder that goes with it.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import signal
import socket
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wattbook.errors import InputError, WorkersError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LOCAL", "Session", "checked_address", "ray_session"]

Session = Any
"""The module `ray`, connected: its types are loaded by whoever has it."""

LOCAL: Final = "local"
OBJECTS_BYTES: Final = 256 * 2**20
"""Shared memory of a cluster of our own; what is beyond goes to its folder."""
PATIENCE_SECONDS: Final = 10.0
STARTS: Final = 3
FOLDER_LONGEST: Final = 40
"""Ray's sockets lie 63 characters below the folder, and Linux takes paths of 107."""
QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_TRAIN_ENABLE_V2_MIGRATION_WARNINGS": "0",
    "RAY_AIR_NEW_OUTPUT": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
}
LOOPBACK: Final = ("127.0.0.1", "localhost")
STAYS_HERE: Final = {
    # Otherwise Ray takes the machine's own address for a loopback one.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "GLOO_SOCKET_IFNAME": "lo",
    "NCCL_SOCKET_IFNAME": "lo",
}


def checked_address(address: str) -> tuple[str, int] | None:
    """Return host and port of a cluster's head, or None for one of our own.

    Raises
    ------
    InputError
        If it is neither.

    Examples
    --------
    >>> checked_address("10.0.0.4:6379"), checked_address("local")
    (('10.0.0.4', 6379), None)
    """
    if address == LOCAL:
        return None
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
        message = f"Ray's address {address!r}: give HOST:PORT of its head, or {LOCAL}"
        raise InputError(message)
    return host, int(port)


@contextmanager
def ray_session(address: str, processes: int) -> Iterator[Session]:
    """Connect to a cluster, or start one on this machine and end it afterwards.

    A session that this process holds already is used and left as it is.

    Parameters
    ----------
    address : str
        ``HOST:PORT`` of a cluster's head, or ``local``.
    processes : int
        How many workers a cluster of our own has.

    Raises
    ------
    WorkersError
        If Ray is missing, its head does not answer, or a cluster cannot be started.
    InputError
        If the address is none.
    """
    head = checked_address(address)
    if importlib.util.find_spec("ray") is None:
        message = "workers on Ray need Ray; install `wattbook[ray]`"
        raise WorkersError(message)
    if head is not None:
        ask(*head)
    # Ray reads its environment when it is imported.
    settings = QUIET
    if head is None or head[0] in LOOPBACK:
        settings = settings | STAYS_HERE
    if head is None:
        settings = settings | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    is_late = "ray" in sys.modules and any(name not in os.environ for name in settings)
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    import ray  # noqa: PLC0415 - an extra, and a second

    if ray.is_initialized():
        yield ray
        return
    if is_late:
        message = (
            "Ray was imported before its settings were made, so that it would not stay on this "
            "machine; import it later, or begin a session of your own by `ray.init`"
        )
        raise WorkersError(message)
    with ExitStack() as stack:
        start = own_cluster(stack, processes) if head is None else {"address": address}
        stack.callback(ray.shutdown)
        connect(ray, address, start)
        yield ray


def connect(ray: Session, address: str, start: dict[str, Any]) -> None:
    """Begin the session; on a machine with much else to do a start may take more than one try."""
    # Ray raises plain exceptions as well.
    for tried in range(STARTS):
        try:
            ray.init(**start, log_to_driver=False, configure_logging=False)
        except Exception as fault:
            ray.shutdown()
            end_processes(start.get("_temp_dir"))
            if tried + 1 == STARTS:
                first = str(fault).strip().partition("\n")[0]
                message = f"Ray at {address} cannot be used: {first}"
                raise WorkersError(message) from fault
        else:
            return


def ask(host: str, port: int) -> None:
    """Raise an error if nobody answers: Ray itself would wait for minutes."""
    try:
        with socket.create_connection((host, port), PATIENCE_SECONDS):
            pass
    except OSError as fault:
        message = (
            f"Ray does not answer at {host}:{port} ({fault}); start it by `ray start --head "
            f"--port {port}`, or give --ray {LOCAL}"
        )
        raise WorkersError(message) from fault


def end_processes(folder: str | None) -> None:
    """End what a start that failed has left: it names our folder, and Ray itself forgets it."""
    for place in Path("/proc").glob("[0-9]*") if folder is not None else ():
        try:
            if str(folder) in (place / "cmdline").read_text(encoding="utf-8", errors="replace"):
                os.kill(int(place.name), signal.SIGKILL)
        except OSError:
            # It has ended, or is somebody else's.
            continue


def own_cluster(stack: ExitStack, processes: int) -> dict[str, Any]:
    """Return how Ray is started on this machine; its folder goes with `stack`."""
    folder = stack.enter_context(
        tempfile.TemporaryDirectory(prefix="wattbook-ray-", ignore_cleanup_errors=True)
    )
    if len(folder) > FOLDER_LONGEST:
        message = (
            f"the path of Ray's folder {folder} has more than {FOLDER_LONGEST} characters, too many"
            " for its sockets; let TMPDIR name a shorter one"
        )
        raise WorkersError(message)
    return {
        "address": LOCAL,
        "num_cpus": processes,
        "include_dashboard": False,
        "object_store_memory": OBJECTS_BYTES,
        "_node_ip_address": "127.0.0.1",
        "_temp_dir": folder,
    }
