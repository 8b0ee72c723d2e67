"""The stream of a desk as updates: a snapshot, then what changed, without a gap over reconnects."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlencode

import polars as pl

from wattbook.api.client.tables import frame, route_of, rows_of
from wattbook.api.packed import unpack
from wattbook.errors import FetchError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from websockets.sync.client import ClientConnection

    from wattbook.api.client.asking import Asking

__all__ = ["Update", "updates"]

LISTS: Final = ("orders", "fills", "trades", "refusals", "alerts")
"""Topics whose rows are those of the route of their name."""
SILENT_S: Final = 5.0
"""The desk tells its clock ten times a second: one that is silent for so long has gone."""
WAITS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
UNAUTHORIZED: Final = 401
REFUSED: Final = frozenset({UNAUTHORIZED, 403, 422})


@dataclass(frozen=True, slots=True)
class Update:
    """What is new at a desk.

    Parameters
    ----------
    kind : str
        ``snapshot``: all there is, which replaces what was told before; ``delta``: what changed.
    run : str
        Name of the desk's life; another one after a restart.
    first, last : int
        Numbers of the changes that it holds; a delta begins one above the last update's `last`.
    now : int, ns UTC
        Instant shown.
    tables : dict of str to DataFrame
        ``quotes`` and whichever of ``orders``, ``fills``, ``trades``, ``refusals`` and ``alerts``
        have new rows, with the columns of `DeskClient.table`. A row replaces the one of its number.
    header : dict
        All else: ``clock``, ``markets`` and, once a second, ``standing``.
    """

    kind: Literal["snapshot", "delta"]
    run: str
    first: int
    last: int
    now: int
    tables: dict[str, pl.DataFrame]
    header: dict[str, Any]


def quotes_of(columns: Mapping[str, NDArray[Any]]) -> pl.DataFrame:
    """Return the packed columns of a message as rows of the route of quotes."""
    made = pl.DataFrame({name: pl.Series(values) for name, values in columns.items()})
    instants = pl.selectors.starts_with("ts_").cast(pl.Datetime("ns", "UTC"))
    return made.with_columns(pl.selectors.float().fill_nan(None), instants)


def update_of(document: dict[str, Any], message: bytes) -> Update:
    """Return a message of the stream as an update."""
    header, columns = unpack(message)
    tables = {"quotes": quotes_of(columns)} if header["rows"] else {}
    for topic in LISTS:
        if rows := header.pop(topic, None):
            tables[topic] = frame(
                document, rows, rows_of(document, route_of(document, topic), None)
            )
    return Update(
        kind=header.pop("kind"),
        run=header.pop("run"),
        first=header.pop("first"),
        last=header.pop("last"),
        now=header["clock"]["now"],
        tables=tables,
        header={name: one for name, one in header.items() if name not in ("rows", "columns")},
    )


def opened(asking: Asking, query: Mapping[str, str]) -> ClientConnection:
    """Return a connection to the stream.

    Raises
    ------
    FetchError
        If the desk is not reached (status 0) or refuses.
    InputError
        If WebSocket is not installed.
    """
    try:
        from websockets.exceptions import InvalidStatus, WebSocketException  # noqa: PLC0415 - extra
        from websockets.sync.client import connect  # noqa: PLC0415
    except ImportError as fault:
        raise InputError("the stream needs pip install 'wattbook[api]'") from fault
    address = f"{asking.address.replace('http', 'ws', 1)}/v1/stream?{urlencode(query)}"
    try:
        return connect(address, additional_headers=asking.identity(), max_size=None, ssl=asking.tls)
    except InvalidStatus as fault:
        answer = fault.response
        said = answer.body.decode("utf-8", "replace")
        raise FetchError(f"the stream: {answer.status_code}, {said}", answer.status_code) from fault
    except (OSError, WebSocketException) as fault:
        message = f"the stream of {asking.address} is not reached ({fault}); is the desk open?"
        raise FetchError(message) from fault


def opened_anew(asking: Asking, query: Mapping[str, str]) -> ClientConnection:
    """Return a connection, by a new session where the desk does not know the old one any more.

    Raises
    ------
    FetchError
        As `opened`.
    """
    try:
        return opened(asking, query)
    except FetchError as fault:
        if fault.status != UNAUTHORIZED:
            raise
    asking.begin()
    return opened(asking, query)


def told(asking: Asking, query: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the messages of one connection; each is taken once the next is asked for.

    Raises
    ------
    FetchError
        If it cannot be opened, breaks, or the desk is silent.
    """
    with opened_anew(asking, query) as socket:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - of an extra

        try:
            while True:
                message = socket.recv(timeout=SILENT_S)
                assert isinstance(message, bytes), "the stream speaks binary"  # noqa: S101
                yield message
                socket.send("taken")
        except (ConnectionClosed, TimeoutError, OSError) as fault:
            raise FetchError(f"the stream of {asking.address} has broken ({fault})") from fault


def updates(
    asking: Asking,
    document: Callable[[], dict[str, Any]],
    *,
    topics: Sequence[str],
    instruments: Sequence[int],
    after: Update | None,
    patience_seconds: float,
) -> Iterator[Update]:
    """Yield what is new for ever; a connection that breaks is made anew and goes on.

    Parameters
    ----------
    asking : Asking
        Who asks, and where.
    document : callable
        Of the routes.
    topics : sequence of str
        To be told of; of all when empty.
    instruments : sequence of int
        To be told of; of all when empty.
    after : Update or None
        The last one that is known already.
    patience_seconds : float
        How long to try to reach a desk that has gone.

    Raises
    ------
    FetchError
        If the desk refuses, or is not reached for so long.
    """
    narrowed = {"topics": ",".join(topics), "instruments": ",".join(map(str, instruments))}
    given_up, tries = time.monotonic() + patience_seconds, 0
    while True:
        query = {name: text for name, text in narrowed.items() if text}
        if after is not None:
            query |= {"run": after.run, "after": str(after.last)}
        try:
            for message in told(asking, query):
                update = update_of(document(), message)
                if update.kind == "delta" and (after is None or update.first != after.last + 1):
                    # What is between is lost; without `after` a snapshot comes.
                    after = None
                    break
                yield update
                after, tries = update, 0
                given_up = time.monotonic() + patience_seconds
        except FetchError as fault:
            if fault.status in REFUSED or time.monotonic() > given_up:
                raise
        time.sleep(WAITS_S[min(tries, len(WAITS_S) - 1)])
        tries += 1
