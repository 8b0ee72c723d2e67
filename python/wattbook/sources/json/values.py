"""Values of a record as they are meant."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["number", "text", "whole"]

ABSENT = frozenset({"", "-", "--", "n/a", "N/A", "null", "None"})


def number(value: Any) -> float | None:  # noqa: ANN401 - whatever JSON holds
    """Return a number or the text of one; none where the publisher says that it has none.

    Raises
    ------
    ValueError
        If it is something else, or not finite.

    Examples
    --------
    >>> number("-1.5"), number("-"), number(None)
    (-1.5, None, None)
    """
    if value is None or (isinstance(value, str) and value.strip() in ABSENT):
        return None
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    # Python also reads 1_000 and the digits of every script; publishers write neither.
    is_odd = isinstance(value, str) and ("_" in value or not value.strip().isascii())
    if is_odd or not math.isfinite(found):
        message = f"{value!r} is no number"
        raise ValueError(message)
    return found


def whole(value: Any) -> int:  # noqa: ANN401 - whatever JSON holds
    """Return a whole number that 32 bits hold, or the text of one.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> whole("007")
    7
    """
    digits = str(value).strip()
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        message = f"{value!r} is no whole number of at most 9 digits"
        raise ValueError(message)
    return int(digits)


def text(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    """Return a text or a number as text; none for none, an empty text, a list or an object.

    Examples
    --------
    >>> text(" a "), text(7), text("")
    ('a', '7', None)
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None
