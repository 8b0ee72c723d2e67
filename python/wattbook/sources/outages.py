"""The table ``outage``: what every publisher of unavailabilities is brought to.

A row is one piece of one version of a message: a message whose capacity changes over time has a row
for each step. Nothing is dropped: versions that contradict each other stand beside each other, in
the order of ``ts_event``, and the reader of the table decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from wattbook.sources.tabular import filled, schema

__all__ = ["OUTAGE_COLUMNS", "OUTAGE_SCHEMA", "outages"]

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
"""Name and Polars type of each column of outages, in order.

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

OUTAGE_SCHEMA: Mapping[str, pl.DataType] = schema(OUTAGE_COLUMNS)
"""Polars type by column of outages."""


def outages(columns: Mapping[str, Sequence[Any] | Any], rows: int) -> pl.DataFrame:
    """Return `rows` outages with every column, in the order of ``ts_event``; those not given null.

    Parameters
    ----------
    columns : mapping of str to sequence or scalar
        By name of `OUTAGE_COLUMNS`; a scalar, text or none stands in every row.
    rows : int
        How many.

    Raises
    ------
    KeyError
        If a column is not of `OUTAGE_COLUMNS`.

    Examples
    --------
    >>> found = outages({"message": ["b", "a"], "ts_event": [2, 1], "capacity_unit": "MW"}, 2)
    >>> found.select("message", "ts_event", "capacity_unit", "step").rows()
    [('a', 1, 'MW', None), ('b', 2, 'MW', None)]
    """
    unknown = set(columns) - set(OUTAGE_COLUMNS)
    if unknown:
        raise KeyError(*sorted(unknown))
    found = filled(OUTAGE_SCHEMA, columns, rows)
    return found.sort("ts_event", maintain_order=True, nulls_last=True)
