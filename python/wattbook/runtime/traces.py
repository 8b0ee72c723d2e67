"""One id for all that a request causes, from the API over the engine to the venue."""

from __future__ import annotations

import json
import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final, NamedTuple

from wattbook.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["SERVER", "TRACE", "SpanFile", "Trace", "begun"]

PARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")
INTERNAL: Final = 1
SERVER: Final = 2
"""Kinds of spans in OTLP."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Where something stands in a trace.

    Parameters
    ----------
    trace : str
        Of all that belongs together, 32 hexadecimal digits.
    span : str
        Of this part, 16 hexadecimal digits.
    parent : str
        Span of what caused it; empty if nothing that is known did.
    """

    trace: str
    span: str
    parent: str = ""

    @property
    def header(self) -> str:
        """Return it as the header ``traceparent`` (W3C Trace Context, section 3.2)."""
        return f"00-{self.trace}-{self.span}-01"

    def part(self) -> Trace:
        """Return a new part that this one causes."""
        return Trace(self.trace, secrets.token_hex(8), self.span)


TRACE: Final[ContextVar[Trace | None]] = ContextVar("trace", default=None)
"""Of the request that is answered."""


def begun(traceparent: str) -> Trace:
    """Return the part of a request, of its sender's trace if it names one.

    Examples
    --------
    >>> begun("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").trace
    '0af7651916cd43dd8448eb211c80319c'
    >>> begun("nonsense").parent
    ''
    """
    found = PARENT.fullmatch(traceparent)
    trace, parent = found.groups() if found else (secrets.token_hex(16), "")
    return Trace(trace, secrets.token_hex(8), parent)


class _Part(NamedTuple):
    name: str
    trace: Trace
    times: tuple[int, int]
    said: Mapping[str, str]
    kind: int


class SpanFile:
    """A file of spans, a line each, as OTLP's JSON has them and a collector reads them.

    A thread of its own writes them, so that the engine does not wait for it; `close` waits until
    all are written.

    Parameters
    ----------
    path : Path
        Of the file, which is appended to.

    Raises
    ------
    StoreError
        If it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("a", encoding="utf-8", buffering=1)
        except OSError as fault:
            message = f"{path} cannot be written ({fault.strerror}); give another file"
            raise StoreError(message) from fault
        self._parts: SimpleQueue[_Part | None] = SimpleQueue()
        self._writer = Thread(target=self._run, name="spans", daemon=True)
        self._writer.start()

    def write(
        self,
        name: str,
        trace: Trace,
        times: tuple[int, int],
        said: Mapping[str, str],
        *,
        kind: int = INTERNAL,
    ) -> None:
        """Write a part with its begin and end (ns, Unix time), and what is said of it."""
        self._parts.put(_Part(name, trace, times, said, kind))

    def close(self) -> None:
        """Write what is left, and close the file. Spans that come later are lost."""
        self._parts.put(None)
        self._writer.join()

    def _run(self) -> None:
        with self._file:
            while (part := self._parts.get()) is not None:
                self._file.write(json.dumps(_line(part)) + "\n")


def _line(part: _Part) -> dict[str, object]:
    """Return the document of a line."""
    start, end = part.times
    span = {
        "traceId": part.trace.trace,
        "spanId": part.trace.span,
        "parentSpanId": part.trace.parent,
        "name": part.name,
        "kind": part.kind,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(end),
        "attributes": [
            {"key": key, "value": {"stringValue": one}} for key, one in part.said.items()
        ],
    }
    service = {"key": "service.name", "value": {"stringValue": "wattbook"}}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [service]},
                "scopeSpans": [{"scope": {"name": "wattbook"}, "spans": [span]}],
            }
        ]
    }
