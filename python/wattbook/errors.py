"""Every error that Wattbook raises, in one tree.

An error says what was found, where, and what to do. Catch `WattbookError` for all of them. Bad
market data raises nothing: it is set aside with its source, place and reason, and counted.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

__all__ = [
    "AssetError",
    "ContradictionError",
    "CurveError",
    "DecodeError",
    "DeskError",
    "DeviceError",
    "FeedError",
    "FetchError",
    "ForecastError",
    "InputError",
    "JournalError",
    "NominationError",
    "RunError",
    "SchemaError",
    "SettlementError",
    "SourceError",
    "StaleCurveError",
    "StoreError",
    "TransportError",
    "VerifyError",
    "WattbookError",
    "WorkersError",
]


class WattbookError(Exception):
    """Anything that Wattbook refuses or cannot do.

    Examples
    --------
    >>> issubclass(JournalError, WattbookError)
    True
    """


class InputError(WattbookError, ValueError):
    """A bad argument: its text names the place, the value and the fix.

    Examples
    --------
    >>> raise InputError("volume 0.05 MW is off the lot of 0.1 MW; use a multiple of 0.1")
    Traceback (most recent call last):
    wattbook.errors.InputError: volume 0.05 MW is off the lot of 0.1 MW; use a multiple of 0.1
    """


class DeskError(InputError):
    """A desk file with a key that does not exist or a value that does not fit."""


class SchemaError(InputError):
    """Templates or a message schema that break a rule of their standard; names line and rule."""


class DecodeError(InputError):
    """Bytes that do not follow their format; its text names the offset and the reason."""


class SourceError(InputError):
    """Market data that is not where it should be, or lacks a column or a day that was asked for."""


class FetchError(WattbookError):
    """An answer that could not be had; its text names address, status and fix, and no credential.

    Parameters
    ----------
    message : str
        For a person.
    status : int, optional
        HTTP status of the last answer; 0 if there was none.
    body : bytes, optional
        Beginning of the last answer.
    """

    def __init__(self, message: str, status: int = 0, body: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class StoreError(WattbookError):
    """A store on disk that cannot be read or written; its text names the file and the fix."""


class CurveError(InputError):
    """A quote, shape or delivery that a forward curve cannot be made of or asked for."""


class ContradictionError(CurveError):
    """Quotes that no curve can meet together.

    Parameters
    ----------
    message : str
        Names the quotes and the smallest band that would reconcile them.
    conflicts : sequence of wattbook.market.curves.Conflict
        The same as values: without any one of its quotes, a conflict is none.
    """

    def __init__(self, message: str, conflicts: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.conflicts: tuple[Any, ...] = tuple(conflicts)


class StaleCurveError(CurveError):
    """A curve or rate that is too old, or not made yet, for the instant that it is asked at."""

    def __init__(self, name: str, made: dt.datetime, oldest: dt.timedelta, at: dt.datetime) -> None:
        age = f"{at - made} old" if at >= made else "not made yet"
        super().__init__(
            f"{name} of {made.isoformat()} is {age} at {at.isoformat()}, where at most {oldest} is "
            "allowed: give a newer one, or allow more"
        )
        self.name, self.made, self.oldest, self.at = name, made, oldest, at


class ForecastError(InputError):
    """A model that was given too little history, or asked before it was fitted."""


class SettlementError(InputError):
    """A rule, table or run that cannot be settled or explained; names the table, row and fix."""


class DocumentError(InputError):
    """A document that breaks its description; names the element, its line and what was expected."""


class NominationError(InputError):
    """A nomination that cannot be made, or a document that breaks its schema.

    The text of a document's fault names the element, its line and what was expected.
    """


class AssetError(WattbookError):
    """A schedule of assets that could not be found in the time allowed; its text names the fix."""


class DeviceError(WattbookError):
    """A device that is not reached, refuses or reads back otherwise; names it, value and fix."""


class RunError(WattbookError):
    """A run that cannot be started, resumed or replayed; its text names the folder and the fix."""


class WorkersError(WattbookError):
    """Workers that cannot be had, or died with their task; its text names where and the fix."""


class VerifyError(InputError):
    """A known-answer file that is not in a format that ``wattbook verify`` knows."""


class JournalError(WattbookError):
    """A journal that cannot be read or written; its text names the file and the offset."""


class TransportError(WattbookError):
    """A bus or registry that cannot be reached or refuses; its text names the topic and the fix."""


class FeedError(WattbookError):
    """A feed that cannot go on: a socket, a capture or a file of events refused; names which."""
