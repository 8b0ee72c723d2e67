"""XML of any publisher as rows or as a tree, read safely.

No document type and no entity of the document's own is accepted, so nothing expands and nothing
is fetched; size (256 MiB), depth (64), attributes of an element (64) and text of a value (4 MiB)
are bounded. Names are local: ``m:REPORT_DATA`` is ``REPORT_DATA``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from wattbook import _core
from wattbook.errors import DecodeError
from wattbook.sources.payload import Quarantined, aside
from wattbook.sources.tabular import Rows, checked

__all__ = ["Element", "XmlRows", "rows", "table", "tree"]


class XmlRows(NamedTuple):
    """Rows of a document, and the part from where on it is refused.

    The frame has ``offset`` (first byte of the row's element), ``path`` (which of the row paths
    it follows, from 0) and a column of text for each field; null where the row has none.
    """

    frame: pl.DataFrame
    fault: Quarantined | None


def rows(
    content: bytes,
    row: str | Sequence[str],
    fields: Mapping[str, str],
    *,
    values_max: int = 64 << 20,
) -> XmlRows:
    """Return the elements of `content` at `row` as rows of the text at `fields`.

    Parameters
    ----------
    content : bytes
        The document, UTF-8.
    row : str or sequence of str
        Which elements are rows: ``REPORT_ITEM/REPORT_DATA`` is each such element right inside
        such another, ``/a/b`` only from the root, ``*`` any name. Of elements in each other the
        outer one is the row.
    fields : mapping of str to str
        By column, the path from the row: ``VALUE``, ``price/@unit``, ``.`` for all text of the
        row, ``../mRID`` for a field of the element around the row, wherever it stands in it.
        Texts have no space at their ends; several of one path are joined by line feeds.
    values_max : int, optional
        Rows times fields that are read at most; the rest is refused.

    Returns
    -------
    XmlRows
        A document that is refused at some byte keeps the rows that were whole before.

    Raises
    ------
    SchemaError
        If a path has no meaning.

    Examples
    --------
    >>> text = b"<r><t>load</t><p n='1'><v>-5.10</v></p><p n='2'/></r>"
    >>> found = rows(text, "r/p", {"position": "@n", "value": "v", "type": "../t"})
    >>> found.frame.rows()
    [(14, 0, '1', '-5.10', 'load'), (39, 0, '2', None, 'load')]
    >>> rows(b"<r><p>", "p", {}).fault.reason
    'byte 6: the document ends inside <p>, which begins at byte 3'
    """
    paths = [row] if isinstance(row, str) else list(row)
    table, fault = _core.xml_rows(content, paths, list(fields.items()), values_max)
    return XmlRows(pl.DataFrame(table), refused(content, fault))


def table(content: bytes, row: str, fields: Mapping[str, tuple[str, str]]) -> Rows:
    """Return the elements of `content` at `row` as typed columns.

    Parameters
    ----------
    content : bytes
        The document, UTF-8.
    row : str
        As in `rows`.
    fields : mapping of str to tuple
        By column, the path from the row and the kind (`wattbook.sources.tabular`).

    Examples
    --------
    >>> found = table(b"<r><p><v>1.5</v></p><p><v>x</v></p></r>", "p", {"mw": ("v", "number")})
    >>> found.frame.rows(), found.quarantined[0].reason
    ([(0, 3, 1.5)], "mw 'x' is no number")
    """
    found = rows(content, row, {name: path for name, (path, _) in fields.items()})
    numbered = found.frame.drop("path").with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("place")
    )
    kinds = {name: kind for name, (_, kind) in fields.items()}
    faults = () if found.fault is None else (found.fault,)
    return checked(content, numbered, kinds, faults, "place")


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a document.

    Parameters
    ----------
    name : str
        Without prefix.
    line : int
        On which its tag begins, from 1.
    attributes : dict of str to str
        By name without prefix; of two of one name the last. Declarations of name spaces count.
    text : str
        Its own, without the space at its ends.
    children : list of Element
        In order.
    """

    name: str
    line: int
    attributes: dict[str, str]
    text: str
    children: list[Element] = field(default_factory=list)


def tree(content: bytes, *, bytes_max: int = 16 << 20, values_max: int = 1 << 20) -> Element:
    """Return the root of a document that is short enough to be held as a whole.

    Parameters
    ----------
    content : bytes
        The document, UTF-8.
    bytes_max, values_max : int, optional
        How long it may be, and how many elements and attributes it may have.

    Raises
    ------
    DecodeError
        If it is refused; the text names line, byte and reason.

    Examples
    --------
    >>> root = tree(b"<a><b unit='MWh'>5</b></a>")
    >>> root.name, root.children[0].text, root.children[0].attributes
    ('a', '5', {'unit': 'MWh'})
    >>> tree(b"<!DOCTYPE a><a/>")
    Traceback (most recent call last):
    wattbook.errors.DecodeError: line 1, byte 0: a document type is refused, because it could ...
    """
    nodes, fault = _core.xml_elements(content, bytes_max, values_max)
    if fault is not None:
        offset, reason = fault
        line = content.count(b"\n", 0, offset) + 1
        message = f"line {line}, {reason}"
        raise DecodeError(message)
    open_elements: list[Element] = []
    line, counted = 1, 0
    for depth, offset, name, attributes, text in nodes:
        line += content.count(b"\n", counted, offset)
        counted = offset
        element = Element(name, line, dict(attributes), text)
        del open_elements[depth:]
        if open_elements:
            open_elements[-1].children.append(element)
        open_elements.append(element)
    return open_elements[0]


def refused(content: bytes, fault: tuple[int, str] | None) -> Quarantined | None:
    """Return the part of `content` from the byte of `fault` on, or none."""
    if fault is None:
        return None
    offset, reason = fault
    line = content.count(b"\n", 0, offset) + 1
    return aside(content, reason, f"line {line}", offset)
