"""Documents of nominations: as `wattbook.ingest.documents`, their faults `NominationError`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wattbook.errors import DocumentError, NominationError
from wattbook.ingest import documents
from wattbook.ingest.documents import (
    Coded,
    Document,
    Group,
    Kind,
    Leaf,
    Part,
    code,
    decimal,
    instant,
    integer,
    interval,
    minute,
    text,
)

__all__ = [
    "Coded",
    "Document",
    "Group",
    "Kind",
    "Leaf",
    "Part",
    "code",
    "decimal",
    "instant",
    "integer",
    "interval",
    "minute",
    "read",
    "text",
    "write",
]


def read(content: bytes, known: Sequence[Document]) -> tuple[Document, dict[str, Any]]:
    """Return which of some documents `content` is, and its values by element.

    Raises
    ------
    NominationError
        If it is no XML, another document, or breaks its description.
    """
    try:
        return documents.read(content, known)
    except DocumentError as fault:
        raise NominationError(str(fault)) from fault


def write(document: Document, values: Mapping[str, Any]) -> bytes:
    """Return a document as XML.

    Raises
    ------
    NominationError
        If a value is missing, has no place or does not fit; names the element.
    """
    try:
        return documents.write(document, values)
    except DocumentError as fault:
        raise NominationError(str(fault)) from fault
