"""The tables ``news`` and ``event``: what every publisher of news is brought to.

A story keeps its identifier and version: a correction is another row, and nothing is dropped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from wattbook.sources.clock import within

__all__ = ["EVENT_COLUMNS", "STORY_COLUMNS", "instant", "table"]

NANOS = 1_000_000_000

STORY_COLUMNS: Mapping[str, str] = {
    "message": "String",
    "revision": "Int32",
    "ts_event": "Int64",
    "created": "Int64",
    "modified": "Int64",
    "embargo": "Int64",
    "kind": "String",
    "status": "String",
    "headline": "String",
    "slug": "String",
    "summary": "String",
    "body": "String",
    "language": "String",
    "provider": "String",
    "author": "String",
    "location": "String",
    "subject": "String",
    "subject_code": "String",
    "instrument": "String",
    "urgency": "Int32",
    "note": "String",
    "rights": "String",
    "link": "String",
    "place": "Int64",
}
"""Name and Polars type of each column of the table ``news``, in order.

``message`` is the publisher's identifier and ``revision`` its version. ``ts_event`` is when this
version was published, ``created`` and ``modified`` are of its content, and nothing may be shown
before ``embargo`` (ns UTC). ``kind`` and ``status`` are the publisher's own words (``ninat:text``,
``stat:usable``). ``subject``, ``subject_code`` and ``instrument`` may be several, a line each.
``urgency`` is 1 for the most urgent. ``place`` is the item in the payload, from 0.
"""

EVENT_COLUMNS: Mapping[str, str] = {
    "event": "String",
    "message": "String",
    "revision": "Int32",
    "ts_event": "Int64",
    "created": "Int64",
    "name": "String",
    "event_start": "Int64",
    "event_end": "Int64",
    "location": "String",
    "organiser": "String",
    "participant": "String",
    "part_of": "String",
    "place": "Int64",
}
"""Name and Polars type of each column of the table ``event``, in order.

``event`` is the identifier of what will happen or has happened, ``message`` and ``revision`` those
of the item that says so, ``part_of`` the event that it belongs to. ``event_end`` is null where the
publisher gives none (ns UTC). ``participant`` may be several, a line each.
"""


def table(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return `rows` with every column of `columns`; what a row does not have is null.

    Examples
    --------
    >>> table(EVENT_COLUMNS, [{"event": "e1", "place": 0}]).select("event", "name").rows()
    [('e1', None)]
    """
    schema = {name: getattr(pl, kind)() for name, kind in columns.items()}
    return pl.DataFrame([dict(row) for row in rows], schema=schema)


def instant(text: str | None) -> int | None:
    """Return a time of ISO 8601 with its offset as ns UTC; none for none.

    Raises
    ------
    ValueError
        If it is no such time, lies outside 1900 to 2261, or has no offset, so that its clock is not
        known.

    Examples
    --------
    >>> instant("2018-10-21T16:25:32-05:00")
    1540157132000000000
    """
    if text is None:
        return None
    found = dt.datetime.fromisoformat(text.strip())
    if found.tzinfo is None:
        message = f"the time {text.strip()!r} has no offset, so its clock is not known"
        raise ValueError(message)
    whole = found.astimezone(dt.UTC) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return within((whole.days * 86_400 + whole.seconds) * NANOS + whole.microseconds * 1_000)
