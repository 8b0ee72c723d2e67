"""The tables ``news`` and ``event``: what every publisher of news is brought to.

A story keeps its identifier and version: a correction is another row, and nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["EVENT_COLUMNS", "STORY_COLUMNS"]

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
