"""JSON of any publisher as rows, read safely.

Size (256 MiB) and depth (64) are bounded; a key that stands twice in its object, bytes behind the
value and anything that RFC 8259 does not allow are refused with their offset. A number keeps its
digits until it is read as what the caller asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from wattbook import _core
from wattbook.errors import DecodeError
from wattbook.sources.payload import Quarantined

__all__ = ["RAW_BYTES_MAX", "JsonRows", "rows"]

RAW_BYTES_MAX = 64 * 1024
"""How many bytes of a refused part are kept."""


class JsonRows(NamedTuple):
    """Rows of a text, and those that are refused.

    The frame has ``place`` (number of the row among all, from 0), ``offset`` (its first byte) and a
    column for each field; null where the row has none.
    """

    frame: pl.DataFrame
    quarantined: tuple[Quarantined, ...]


def rows(content: bytes, path: str, fields: Mapping[str, str | tuple[str, str]]) -> JsonRows:
    """Return the values of `content` at `path` as rows of `fields`.

    Parameters
    ----------
    content : bytes
        The text, UTF-8.
    path : str
        Which values are rows: a JSON Pointer (RFC 6901) in which ``*`` is each element of an array
        or each member of an object, ``/response/data/*``; empty for the whole text as one row.
    fields : mapping of str to str or tuple
        By column, what the member of that name is read as, or where it is (JSON Pointer from the
        row) and what it is read as: ``text`` (a number by its digits), ``number``,
        ``number or text`` (a number that may stand in quotes), ``whole`` (int64), ``millionths``
        (int64 in 1e-6, exact), ``instant`` (a time with its offset: ns UTC), ``wall`` (one without:
        ns of its digits as if they were UTC).

    Returns
    -------
    JsonRows
        A row with a field that is not what was asked for is quarantined; so is the whole text if
        it is no JSON or has nothing at `path`.

    Examples
    --------
    >>> found = rows(b'[{"mw": "-1.5"}, {"mw": "x"}]', "/*", {"mw": "number or text"})
    >>> found.frame.rows()
    [(0, 1, -1.5)]
    >>> found.quarantined[0].reason
    '/mw at byte 24 is "x", not a number or the text of one'
    """
    asked = []
    for name, field in fields.items():
        step = name.replace("~", "~0").replace("/", "~1")
        where, kind = (f"/{step}", field) if isinstance(field, str) else field
        asked.append((name, where, kind))
    try:
        table, faults = _core.json_rows(content, path, asked)
    except DecodeError as fault:
        whole = Quarantined("payload", 0, str(fault), content[:RAW_BYTES_MAX])
        table, _ = _core.json_rows(b"[]", "/*", asked)
        return JsonRows(pl.DataFrame(table), (whole,))
    quarantined = tuple(
        Quarantined(f"row {place}", start, reason, content[start : min(end, start + RAW_BYTES_MAX)])
        for place, start, end, reason in faults
    )
    return JsonRows(pl.DataFrame(table), quarantined)
