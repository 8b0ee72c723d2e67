"""The desk of a run that goes on, served beside it from a thread of its own."""

from __future__ import annotations

import time
from contextlib import closing
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

import wattbook
from wattbook.api.desk import Desk
from wattbook.api.serve import ALERTS, DeskServer, bound, check_users, server_of
from wattbook.runtime.alerts import Alerts
from wattbook.runtime.evidence import reports_to_json
from wattbook.runtime.traces import SpanFile
from wattbook.runtime.watch import LivePlayer, Tape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

    import polars as pl

    from wattbook.api.address import Address
    from wattbook.ingest import DataReport
    from wattbook.runtime.alerts import Alerting
    from wattbook.runtime.figures import Names
    from wattbook.runtime.folder import RunFolder
    from wattbook.runtime.kill_switch import KillSwitch
    from wattbook.runtime.order_entry import OrderEntry
    from wattbook.runtime.paper import Status

__all__ = ["LiveDesk"]


class LiveDesk:
    """Opens a desk once the run knows what is traded, and closes it with the run.

    Parameters
    ----------
    folder : RunFolder
        Of the run.
    port : int
        0 for any that is free.
    address : Address
        Where it is served.
    speed : float
        Of the run's clock.
    alerting : Alerting
        What to alert of and whom to tell.
    entry : OrderEntry or None
        Where orders go.
    kill : KillSwitch or None
        What stops and releases order entry.
    on_open : callable
        Told the address once it answers.
    traces : Path, optional
        File of what requests cause.

    Raises
    ------
    RunError
        If the port is taken or nobody could sign in.
    """

    def __init__(
        self,
        folder: RunFolder,
        port: int,
        address: Address,
        speed: float,
        alerting: Alerting,
        entry: OrderEntry | None,
        kill: KillSwitch | None,
        on_open: Callable[[str], None],
        traces: Path | None = None,
    ) -> None:
        self._folder, self._speed, self._alerting = folder, speed, alerting
        self._entry, self._kill, self._on_open = entry, kill, on_open
        self._address = address
        check_users(address, folder)
        self._listening = bound(address, port)
        self._spans = None if traces is None else SpanFile(traces)
        self._names: Names | None = None
        self._data: DataReport | None = None
        self._tape: Tape | None = None
        self._player: LivePlayer | None = None
        self._server: DeskServer | None = None
        self._thread: Thread | None = None

    def plan(self, names: Names) -> None:
        """Take over what the desk calls its numbers."""
        self._names = names

    def chunk(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Take over what happened; the first chunk defines what is traded."""
        assert self._names is not None, "a run tells its plan first"  # noqa: S101
        if self._tape is None:
            self._tape = Tape({}, self._names, self._facts(), self._folder.path)
        self._tape.append(tables)

    def model(self, seen: Mapping[str, Any]) -> None:
        """Take over how the model stands, for the alerts."""
        if self._tape is not None:
            self._tape.facts["models"] = [dict(seen)]

    def status(self, status: Status) -> None:
        """Take over how far the run is; opens the desk when there is anything to show."""
        if self._player is not None:
            self._tell(self._player, status)
        elif self._tape is not None and "define_instrument" in self._tape.tables:
            self._player = LivePlayer(self._tape.first, self._speed, time.monotonic)
            self._tell(self._player, status)
            self._open(self._tape, self._player)

    def _tell(self, player: LivePlayer, status: Status) -> None:
        assert self._tape is not None, "a player has a tape"  # noqa: S101
        self._tape.facts.update(latency_ns=dict(status.latency_ns), inputs=status.inputs)
        if status.data is not None and status.data is not self._data:
            self._data = status.data
            self._tape.facts["data"] = reports_to_json([status.data])
        player.tell(status.now, is_price_stale=status.is_stale, is_connected=status.is_connected)

    def _facts(self) -> dict[str, Any]:
        asked = {"version": wattbook.__version__}
        return {"asked": asked, "state": "running", "state_hash": "", "inputs": 0}

    def _open(self, tape: Tape, player: LivePlayer) -> None:
        alerts = Alerts(self._alerting, self._folder.path / ALERTS)
        desk = Desk(tape, player, alerts, self._entry, self._kill, spans=self._spans)
        self._server = server_of(desk, self._folder, self._listening, self._address, self._on_open)
        self._thread = Thread(target=self._server.run, name="desk", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Wait for the run to begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the desk."""
        with closing(self._listening):
            if self._server is not None and self._thread is not None:
                self._server.should_exit = True
                self._thread.join()
            if self._spans is not None:
                self._spans.close()
