"""Bloomberg: daily histories over BLPAPI, in the terms of its published interface.

`history` works on a session that the caller has started: any object with the methods of `Session`,
which those of Bloomberg's package `blpapi` have. That package is on no public registry, so Wattbook
neither installs nor imports it. What comes back is kept as a payload, so that a day can be read
again without a terminal.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from wattbook.errors import SourceError
from wattbook.sources.clock import DAY, shown, wall
from wattbook.sources.json import gather, number, records
from wattbook.sources.payload import (
    OBSERVATION_COLUMNS,
    Dataset,
    Parsed,
    Payload,
    Quarantined,
    Query,
)
from wattbook.sources.tabular import table

__all__ = ["DATASETS", "Event", "Message", "Request", "Service", "Session", "history"]

SERVICE = "//blp/refdata"
RESPONSE, PARTIAL_RESPONSE, TIMEOUT = 5, 6, 10
"""Types of event, as blpapi numbers them."""
SESSION_STATUS = 2
TIMEOUT_MS = 30_000
EVENTS_MAX = 100_000


class Message(Protocol):
    """What a message of blpapi is asked for."""

    def toPy(self) -> Any:  # noqa: ANN401, N802 - the name is Bloomberg's
        """Return the message as dictionaries, lists and values."""


class Event(Protocol):
    """What an event of blpapi is asked for."""

    def eventType(self) -> int:  # noqa: N802
        """Return its type."""

    def __iter__(self) -> Iterator[Message]:
        """Return its messages, one after the other."""


class Request(Protocol):
    """What a request of blpapi is told."""

    def append(self, name: str, value: Any) -> None:  # noqa: ANN401
        """Add `value` to the array `name`."""

    def set(self, name: str, value: Any) -> None:  # noqa: ANN401
        """Set the element `name`."""


class Service(Protocol):
    """What a service of blpapi is asked for."""

    def createRequest(self, operation: str) -> Request:  # noqa: N802
        """Return a request for `operation`."""


class Session(Protocol):
    """What a started session of blpapi is asked for."""

    def openService(self, serviceName: str) -> bool:  # noqa: N802, N803
        """Return whether the service could be opened."""

    def getService(self, serviceName: str) -> Any:  # noqa: ANN401, N802, N803 - a `Service`
        """Return an open service."""

    def sendRequest(self, request: Any) -> Any:  # noqa: ANN401, N802
        """Send `request` and return its correlation identifier."""

    def nextEvent(self, timeout: int) -> Any:  # noqa: ANN401, N802 - an `Event`
        """Return the next event; one of type TIMEOUT after so many milliseconds."""


def history(
    session: Session, securities: Sequence[str], fields: Sequence[str], query: Query
) -> Payload:
    """Return the daily history of `securities`, by a HistoricalDataRequest.

    Parameters
    ----------
    session : Session
        Started.
    securities : sequence of str
        As Bloomberg names them: ``TTFG1MON Index``.
    fields : sequence of str
        ``PX_LAST``, …
    query : Query
        Its span gives first and last day; its options go into the request as they are
        (``currency``, ``periodicitySelection``).

    Returns
    -------
    Payload
        JSON with the messages as they came.

    Raises
    ------
    SourceError
        If the service does not open, or no answer comes in 30 s.
    """
    if not session.openService(SERVICE):
        message = f"Bloomberg's service {SERVICE} does not open; is the session started?"
        raise SourceError(message)
    service: Service = session.getService(SERVICE)
    request = service.createRequest("HistoricalDataRequest")
    for security in securities:
        request.append("securities", security)
    for field in fields:
        request.append("fields", field)
    request.set("startDate", shown(query.start, "%Y%m%d"))
    request.set("endDate", shown(query.end - 1, "%Y%m%d"))
    for name, value in query.options.items():
        request.set(name, value)
    session.sendRequest(request)
    messages = list(_answers(session))
    content = json.dumps({"historicalDataResponse": messages}, default=str).encode()
    return Payload("historicalDataResponse.json", content, address=f"blpapi:{SERVICE}")


def _answers(session: Session) -> Iterator[Any]:
    """Yield the messages of each part of the response, to its last."""
    for _ in range(EVENTS_MAX):
        event: Event = session.nextEvent(TIMEOUT_MS)
        kind = event.eventType()
        if kind == TIMEOUT:
            message = f"Bloomberg gave no answer in {TIMEOUT_MS // 1_000} s; ask again"
            raise SourceError(message)
        if kind in {RESPONSE, PARTIAL_RESPONSE}:
            yield from (found.toPy() for found in event)
        if kind == RESPONSE:
            return
    message = f"Bloomberg sent {EVENTS_MAX} events and no last part of the response"
    raise SourceError(message)


def _parse(payload: Payload) -> Parsed:
    aside: list[Quarantined] = []

    def build(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
        inner = message.get("HistoricalDataResponse", message)
        if "responseError" in inner:
            error = f"Bloomberg refused the request: {_said(inner['responseError'])}"
            raise ValueError(error)
        data = inner["securityData"]
        if "securityError" in data:
            error = f"{data.get('security')}: {_said(data['securityError'])}"
            raise ValueError(error)
        aside.extend(_exceptions(data))
        yield from _rows(str(data["security"]), data["fieldData"])

    rows, refused = gather(records(payload.content, "historicalDataResponse"), build)
    return Parsed(table(OBSERVATION_COLUMNS, rows), {}, (*refused, *aside))


def _exceptions(data: dict[str, Any]) -> Iterator[Quarantined]:
    for fault in data.get("fieldExceptions") or ():
        reason = f"{fault.get('fieldId')}: {_said(fault.get('errorInfo') or {})}"
        yield Quarantined(f"security {data.get('security')}", 0, reason, json.dumps(fault).encode())


def _said(error: dict[str, Any]) -> str:
    return str(error.get("message") or error.get("category") or error)


def _rows(security: str, days: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for day in days:
        date = dt.date.fromisoformat(str(day["date"])[:10])
        start = wall(date)
        for field, value in day.items():
            if field != "date":
                yield {
                    "dataset": "vendor_field",
                    "item": field,
                    "location": security,
                    "delivery_start": start,
                    "delivery_end": start + DAY,
                    "value": number(value),
                }


DATASETS = (
    Dataset(
        source="bloomberg",
        name="history",
        description="daily values of fields, by BLPAPI; a day is the exchange's, as if it were UTC",
        recognises=lambda payload: b'"historicalDataResponse"' in payload.content[:64],
        parse=_parse,
        is_recorded=False,
    ),
)
