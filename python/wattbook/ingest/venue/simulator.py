"""A venue of our own on loopback, for trying sessions without an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from wattbook import _core
from wattbook.ingest.venue.secrets import Secrets, environment_secrets

__all__ = ["AREAS", "FAULTS", "SimulatedVenue"]

AREAS = ("10YDE-EON------1", "10YFR-RTE------C")
FAULTS = {
    "lose": "makes changes without telling them",
    "publish": "tells bytes that are no message",
    "disconnect": "closes its connections without a word",
    "silence": "says nothing any more",
    "speak": "ends a silence",
    "cut_snapshot": "ends the connection within the next snapshot",
    "spoil_snapshot": "answers the next request for books with half of them",
    "expire_tokens": "lets every token expire",
}
"""What a venue can do wrong, and what that is."""


class SimulatedVenue:
    """A venue whose seeded market makes orders, changes and trades when it is told to.

    Parameters
    ----------
    kind : str
        How it talks: ``generic`` (REST and WebSocket), ``nordpool`` (STOMP) or ``m7`` (AMQP,
        through a broker that runs already).
    seed : int, optional
        Of the market; the same seed and number of changes give the same books.
    start : datetime, optional
        First hour of delivery; the next full hour by default.
    hours : int, optional
        Contracts in each area.
    areas : sequence of str, optional
        Delivery areas.
    port : int, optional
        On 127.0.0.1; 0 for a free one.
    broker : str, optional
        ``ADDRESS:PORT`` of the AMQP 0-9-1 broker, for ``m7``.
    secrets : callable, optional
        User and password that let a session in; of ``m7``, those of the broker.

    Raises
    ------
    InputError
        If it is of no such kind.
    FeedError
        If it cannot listen.
    """

    def __init__(
        self,
        kind: str = "generic",
        *,
        seed: int = 1,
        start: dt.datetime | None = None,
        hours: int = 24,
        areas: Sequence[str] = AREAS,
        port: int = 0,
        broker: str = "127.0.0.1:5672",
        secrets: Secrets | None = None,
    ) -> None:
        this_hour = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
        first = start or this_hour + dt.timedelta(hours=1)
        market = (seed, int(first.timestamp()), hours, list(areas))
        given = (secrets or environment_secrets())()
        self._venue = _core.SimulatedVenue(kind, market, port, broker, given)

    @property
    def port(self) -> int | None:
        """The port on 127.0.0.1; none behind a broker."""
        return self._venue.port

    @property
    def file(self) -> str:
        """The text of the file that describes it to a session, without secrets."""
        return self._venue.file

    @property
    def is_idle(self) -> bool:
        """Whether every change and fault that was asked for has been made."""
        return self._venue.is_idle()

    @property
    def logins(self) -> int:
        """How often a session logged in."""
        return self._venue.logins()

    @property
    def snapshots(self) -> int:
        """How many snapshots of books it sent."""
        return self._venue.snapshots()

    def step(self, count: int = 1) -> None:
        """Let the market make `count` more changes."""
        self._venue.step(count)

    def fail(self, fault: str, *, count: int = 10, content: bytes = b'{"torn":') -> None:
        """Have it do something wrong.

        Parameters
        ----------
        fault : str
            One of `FAULTS`.
        count : int, optional
            Changes that ``lose`` loses.
        content : bytes, optional
            What ``publish`` tells.

        Raises
        ------
        InputError
            If there is no such fault.
        """
        self._venue.fail(fault, count, content)

    def orders(self) -> dict[tuple[str, int], dict[int, tuple[bool, int, int]]]:
        """Return its own books: by area and start of delivery (s UTC), then by order's number.

        An order is whether it buys, its price and its volume, both in 1e-6.
        """
        return {
            (area, start): {
                number: (is_buy, price, volume) for number, is_buy, price, volume in orders
            }
            for area, start, _, orders in self._venue.books()
        }

    def close(self) -> None:
        """End it and its connections. A second time does nothing."""
        self._venue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
