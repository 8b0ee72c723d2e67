"""Tables that several islands fill: unavailabilities, news and events.

Nothing is dropped: versions that contradict each other stand beside each other, and the reader of
the table decides. `wattbook.sources.vocabulary.TABLES` names every table.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

__all__ = ["EVENT_COLUMNS", "OUTAGE_COLUMNS", "STORY_COLUMNS", "outages"]

OUTAGE_COLUMNS: Mapping[str, str] = {
    "message": "String",
    "revision": "Int32",
    "ts_event": "Int64",
    "created": "Int64",
    "status": "String",
    "message_type": "String",
    "event_type": "String",
    "unavailability": "String",
    "participant": "String",
    "asset": "String",
    "asset_type": "String",
    "unit": "String",
    "unit_eic": "String",
    "location": "String",
    "fuel": "String",
    "event_start": "Int64",
    "event_end": "Int64",
    "capacity_start": "Int64",
    "capacity_end": "Int64",
    "normal": "Float64",
    "available": "Float64",
    "unavailable": "Float64",
    "capacity_unit": "String",
    "cause": "String",
    "remarks": "String",
    "place": "Int64",
    "step": "Int32",
}
"""Name and Polars type of each column of the table ``outage``, in order.

A row is one piece of one version of a message: a message whose capacity changes over time has a row
for each step.
``message`` is the publisher's identifier (mRID, message id) and ``revision`` its version; the pair
is not unique at every publisher, and a lower revision may be published after a higher one.
``ts_event`` is when it was published, ``created`` when it was written (ns UTC). ``status`` says
``Active``, ``Dismissed``, ``Cancelled`` and the like, ``unavailability`` ``Planned`` or
``Unplanned``, in the publisher's own words; ``fuel`` is of `wattbook.sources.vocabulary.FUELS`
where that has it. ``location`` is the bidding zone, area or point.
``event_start`` to ``event_end`` is the whole event; ``capacity_start`` to ``capacity_end`` is the
step for which ``available`` and ``unavailable`` hold, in ``capacity_unit`` (half-open, ns UTC).
``normal`` is the capacity without the event. ``place`` is the message in the payload and ``step``
the piece of its profile, both from 0; ``step`` is null where the message has no profile.
"""

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


def outages(frame: pl.DataFrame) -> pl.DataFrame:
    """Return outages with every column of `OUTAGE_COLUMNS`, in the order of ``ts_event``.

    Columns that `frame` does not have are null.

    Raises
    ------
    KeyError
        If it has one that is not of them.

    Examples
    --------
    >>> found = outages(pl.DataFrame({"message": ["b", "a"], "ts_event": [2, 1]}))
    >>> found.select("message", "ts_event", "capacity_unit").rows()
    [('a', 1, None), ('b', 2, None)]
    """
    unknown = set(frame.columns) - set(OUTAGE_COLUMNS)
    if unknown:
        raise KeyError(*sorted(unknown))
    columns = (
        pl.col(name).cast(getattr(pl, kind))
        if name in frame.columns
        else pl.lit(None, getattr(pl, kind)).alias(name)
        for name, kind in OUTAGE_COLUMNS.items()
    )
    return frame.select(*columns).sort("ts_event", maintain_order=True, nulls_last=True)
