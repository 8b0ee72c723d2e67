"""What every source hands on: bytes as they came, and the rows or faults that they hold.

A source turns a `Payload` into `Parsed`: observations in the one shape that all share, tables of
its own for what is no observation (outages, news, offers), and `Quarantined` parts with place and
reason. It converts no unit, mends nothing and fills nothing: that is `wattbook.ingest`'s. It does
put time stamps into UTC, because only the source knows which clock they follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "OBSERVATION_COLUMNS",
    "RAW_BYTES_MAX",
    "Dataset",
    "Parsed",
    "Payload",
    "Quarantined",
    "Query",
    "Request",
    "aside",
]

RAW_BYTES_MAX = 64 * 1024
"""How many bytes of a part that is set aside are kept."""

OBSERVATION_COLUMNS: Mapping[str, str] = {
    "dataset": "String",
    "location": "String",
    "counterpart": "String",
    "item": "String",
    "delivery_start": "Int64",
    "delivery_end": "Int64",
    "value": "Float64",
    "unit": "String",
    "ts_event": "Int64",
    "revision": "Int32",
    "place": "Int64",
    "offset": "Int64",
}
"""Name and Polars type of each column of observations, in order.

``dataset`` is what was observed (``day_ahead_price``), the same word whichever source says it;
``location`` is the source's own code of the bidding zone, node, unit, station or instrument, and
``counterpart`` the other end of a border or path (flow and capacity count from ``location`` to
``counterpart``); ``item`` tells apart what shares a location (production type, process, ensemble
member, level). ``delivery_start`` and ``delivery_end`` are half-open, ns UTC; equal for an instant.
``value`` is in ``unit`` as published (``EUR/MWh``, ``MW``, ``MWh``, ``tCO2``, ``K``); null where
the source itself says that it has none. ``ts_event`` is when the source published or created it
(ns UTC) and ``revision`` its version, null where it says neither. ``place`` is the row, element or
message in the payload, from 0, and ``offset`` the first byte of the record that tells the row, in
the unpacked payload (several members count as one behind the other, see
`wattbook.sources.packed.first_bytes`); null where the reader knows no byte.
"""


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes from a source as they came, and where they came from.

    Parameters
    ----------
    name : str
        File name, or last part of the address.
    content : bytes
        As received, still compressed if it was.
    ts_recv : int
        When it was received, ns UTC; 0 if not known.
    address : str
        Full address or path, without credentials: the provenance of every row.
    """

    name: str
    content: bytes
    ts_recv: int = 0
    address: str = ""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A part of a payload that cannot be trusted.

    Parameters
    ----------
    place : str
        Where in the payload, for a person: ``line 12``, ``message 3 at byte 4096``, ``payload``.
    offset : int
        The first byte of the part in the unpacked payload; 0 when the whole of it is set aside.
    reason : str
        What was found and what was expected.
    raw : bytes
        The part itself, at most the first 64 KiB of it.
    """

    place: str
    offset: int
    reason: str
    raw: bytes = b""


def aside(
    content: bytes,
    reason: str,
    place: str = "payload",
    offset: int = 0,
    end: int | None = None,
) -> Quarantined:
    """Return the part of `content` from `offset` to `end` (or its end) as quarantined.

    Examples
    --------
    >>> aside(b"a,b", "no table").place
    'payload'
    """
    last = len(content) if end is None else end
    return Quarantined(place, offset, reason, content[offset : min(last, offset + RAW_BYTES_MAX)])


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a payload holds.

    Parameters
    ----------
    observations : polars.DataFrame
        With `OBSERVATION_COLUMNS`, in payload order; may be empty.
    tables : dict of str to polars.DataFrame
        Rows that are no observations, by kind: ``outage``, ``news``, ``offer``.
    quarantined : tuple of Quarantined
        What was set aside, in payload order.
    """

    observations: pl.DataFrame
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    quarantined: tuple[Quarantined, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows of all tables."""
        return self.observations.height + sum(table.height for table in self.tables.values())


@dataclass(frozen=True, slots=True)
class Query:
    """What to fetch.

    Parameters
    ----------
    start, end : int
        Half-open, ns UTC.
    location : str
        In the source's own code; empty for all.
    options : mapping of str to str
        What else the dataset asks for; its description names them.
    """

    start: int
    end: int
    location: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request that answers a part of a query.

    Parameters
    ----------
    url : str
        Without query string and without credentials.
    parameters : mapping of str to str
        The query string.
    headers : mapping of str to str
        Without credentials.
    credential : str
        Name of the environment variable that holds the key; empty for open data. The fetcher puts
        the key where `credential_place` says and never writes it down.
    credential_place : str
        ``query:NAME`` or ``header:NAME``.
    body : bytes
        Empty for GET, else sent by POST.
    """

    url: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    credential: str = ""
    credential_place: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of payload of a source: how to know it, read it and ask for it.

    Parameters
    ----------
    source : str
        The island: ``entsoe``.
    name : str
        Within the source: ``publication``.
    description : str
        One line for a person, with the options that a query takes.
    recognises : callable
        Whether a payload is of this kind, by its name and first bytes; cheap, raises nothing.
    parse : callable
        Takes a payload that it recognises; bad parts come back quarantined, nothing is raised.
    requests : callable, optional
        Takes a query, gives the requests that answer it, in time order; none for what is only read
        from files.
    window_seconds : int
        The longest span that one request may cover; 0 for no bound.
    requests_per_minute : float
        What the publisher allows.
    is_recorded : bool
        Whether it was tried on recorded payloads; else its description says that only documented
        examples were read.
    """

    source: str
    name: str
    description: str
    recognises: Callable[[Payload], bool]
    parse: Callable[[Payload], Parsed]
    requests: Callable[[Query], Iterator[Request]] | None = None
    window_seconds: int = 0
    requests_per_minute: float = 60.0
    is_recorded: bool = True

    def __post_init__(self) -> None:
        """Let the description say what was tried."""
        if not self.is_recorded:
            told = f"{self.description}; tried on documented examples only"
            object.__setattr__(self, "description", told)
