"""Chosen fields of chosen records as typed columns.

Size (256 MiB) and depth (64) are bounded; a key that stands twice in its object, bytes behind the
value and anything that RFC 8259 does not allow are refused with their offset. A number keeps its
digits until it is read as what the caller asks for.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from wattbook import _core
from wattbook.errors import DecodeError
from wattbook.sources.payload import aside
from wattbook.sources.tabular import Rows, base, complete

__all__ = ["rows"]


def rows(content: bytes, path: str, fields: Mapping[str, str | tuple[str, str]]) -> Rows:
    """Return the values of `content` at `path` as rows of `fields`.

    Parameters
    ----------
    content : bytes
        The text, UTF-8.
    path : str
        Which values are rows: a JSON Pointer (RFC 6901) in which ``*`` is each element of an array
        or each member of an object, ``/response/data/*``; empty for the whole text as one row.
    fields : mapping of str to str or tuple
        By column, the kind of the member of that name, or where it is (JSON Pointer from the row)
        and its kind: those of `wattbook.sources.tabular`, or ``number or text`` (a number that may
        stand in quotes) and ``millionths`` (int64 in 1e-6, exact). ``text`` takes numbers by their
        digits.

    Returns
    -------
    Rows
        The frame has ``place`` (number of the row among all, from 0), ``offset`` and the fields. A
        row with a field that is not what was asked for is quarantined; so is the whole text if it
        is no JSON or has nothing at `path`.

    Examples
    --------
    >>> found = rows(b'[{"mw": "-1.5"}, {"mw": "x"}]', "/*", {"mw": "number or text"})
    >>> found.frame.rows()
    [(0, 1, -1.5)]
    >>> found.quarantined[0].reason
    '/mw at byte 24 is "x", not a number or the text of one'
    """
    asked = []
    kinds = {}
    for name, field in fields.items():
        step = name.replace("~", "~0").replace("/", "~1")
        where, kinds[name] = (f"/{step}", field) if isinstance(field, str) else field
        asked.append((name, where, base(kinds[name])))
    try:
        table, faults = _core.json_rows(content, path, asked)
    except DecodeError as fault:
        table, _ = _core.json_rows(b"[]", "/*", asked)
        return Rows(pl.DataFrame(table), (aside(content, str(fault)),))
    refused = [
        aside(content, reason, f"row {place}", start, end) for place, start, end, reason in faults
    ]
    return complete(content, pl.DataFrame(table), kinds, refused, "place")
