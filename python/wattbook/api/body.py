"""What the reader of JSON passes over: a key that an object gives twice."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["doubled_key"]


class _Doubled(Exception):  # noqa: N818 - no fault: it leaves the reader of JSON
    """A key that is given twice."""


def _once(pairs: list[tuple[str, Any]]) -> None:
    """Raise the first key of an object that is given twice."""
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _Doubled(key)
        seen.add(key)


def doubled_key(body: bytes) -> str | None:
    """Return a key that an object of a JSON text gives twice; None if none does.

    Readers keep the last of such a key, or the first, so sender and desk may mean different
    orders (RFC 8259, section 4). A text that is no JSON has none: its reader says what is wrong.

    Examples
    --------
    >>> doubled_key(b'{"volume": 1, "legs": [{"price": 2, "price": 3}]}')
    'price'
    """
    try:
        json.loads(body, object_pairs_hook=_once)
    except _Doubled as found:
        return str(found)
    except (ValueError, RecursionError):
        return None
    return None
