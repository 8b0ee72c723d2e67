"""When to ask again, and how long to wait before."""

import datetime as dt
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

__all__ = ["RETRIED", "Retry", "retry_after"]

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses that may pass by themselves."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential back-off with full jitter.

    Parameters
    ----------
    attempts : int, optional
        Requests in all, the first one included.
    base_seconds, cap_seconds : float, optional
        The wait before attempt n + 1 is drawn from 0 up to ``base * 2**n``, at most the cap.
    asked_seconds_max : float, optional
        Longest ``Retry-After`` that is waited for; a longer one ends the attempts.
    """

    attempts: int = 6
    base_seconds: float = 1.0
    cap_seconds: float = 60.0
    asked_seconds_max: float = 900.0

    def wait(self, attempt: int, chance: float) -> float:
        """Return the seconds to wait after failed `attempt`, from 0; `chance` from 0 up to 1.

        Examples
        --------
        >>> Retry().wait(0, 0.5), Retry().wait(3, 0.5), Retry().wait(50, 0.5)
        (0.5, 4.0, 30.0)
        """
        # Beyond 2**32 the cap holds anyway.
        return chance * min(self.cap_seconds, self.base_seconds * 2.0 ** min(attempt, 32))


def retry_after(text: str, now: int) -> float | None:
    """Return the seconds that a ``Retry-After`` asks for; none if it cannot be read.

    Parameters
    ----------
    text : str
        Seconds, or a date (RFC 9110, 10.2.3).
    now : int
        ns UTC.

    Examples
    --------
    >>> retry_after("120", 0), retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 0), retry_after("-", 0)
    (120.0, 60.0, None)
    """
    if text.strip().isascii() and text.strip().isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, when.timestamp() - now / 1e9)
