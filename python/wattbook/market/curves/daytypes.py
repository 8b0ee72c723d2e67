"""What kind of day a delivery day is: its weekday, or a public holiday of the place."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from wattbook.domain.calendars import PLACES, nerc_holidays
from wattbook.errors import CurveError

__all__ = ["DAY_GROUPS", "DAY_TYPES", "day_types", "public_holidays"]

DAY_TYPES = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "holiday",
)
"""Types of days, by number."""
DAY_GROUPS = np.array([0, 0, 0, 0, 0, 1, 2, 2])
"""Of each type, whose hours it shares: 0 working days, 1 Saturdays, 2 Sundays and holidays."""

NERC = ("NERC", None)
COUNTRIES: dict[str, tuple[str, str | None]] = {
    "DE-LU": ("DE", None),
    "50HZ": ("DE", None),
    "AMP": ("DE", None),
    "TBW": ("DE", None),
    "TTG": ("DE", None),
    "IT-NORD": ("IT", None),
    "GB": ("GB", "ENG"),
    "GB-SETTLEMENT": ("GB", "ENG"),
    "NSW1": ("AU", "NSW"),
    "QLD1": ("AU", "QLD"),
    "SA1": ("AU", "SA"),
    "TAS1": ("AU", "TAS"),
    "VIC1": ("AU", "VIC"),
    "TTF": ("NL", None),
    "THE": ("DE", None),
    "PEG": ("FR", None),
    "ZTP": ("BE", None),
    "CEGH": ("AT", None),
    "PSV": ("IT", None),
    "ETF": ("DK", None),
    "VOB": ("CZ", None),
    "PVB": ("ES", None),
    "NBP": ("GB", "ENG"),
}
"""Country (and part of it) whose holidays a place keeps, where its name does not begin with it."""


def country(place: str) -> tuple[str, str | None]:
    """Return whose holidays a place keeps.

    Raises
    ------
    CurveError
        If the place is unknown.
    """
    if place not in PLACES:
        raise CurveError(f"place {place!r} is unknown; use one of {', '.join(PLACES)}")
    if place in COUNTRIES:
        return COUNTRIES[place]
    if PLACES[place].calendar == "CET":
        return place[:2], None
    return NERC


@lru_cache(maxsize=256)
def public_holidays(place: str, year: int) -> frozenset[dt.date]:
    """Return the public holidays of a place in a year.

    National ones of the `holidays` package; of places in the United States the six days that NERC
    counts as off-peak.

    Raises
    ------
    CurveError
        If the place is unknown.

    Examples
    --------
    >>> dt.date(2027, 10, 3) in public_holidays("DE-LU", 2027)
    True
    """
    code, part = country(place)
    if code == "NERC":
        return frozenset(nerc_holidays(year))
    # A hundred milliseconds that only a shape with holidays needs.
    import holidays  # noqa: PLC0415

    return frozenset(holidays.country_holidays(code, subdiv=part, years=year))


def day_types(place: str, days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return the type of each day, a place in `DAY_TYPES`.

    Parameters
    ----------
    place : str
        Whose holidays.
    days : ndarray of datetime64[D], shape (n,)
        Delivery days.

    Examples
    --------
    >>> days = np.arange("2026-12-24", "2026-12-28", dtype="datetime64[D]")
    >>> [DAY_TYPES[number] for number in day_types("DE-LU", days)]
    ['Thursday', 'holiday', 'holiday', 'Sunday']
    """
    # The first day of 1970 was a Thursday.
    kind = (days.astype(np.int64) + 3) % 7
    years = np.unique(days.astype("datetime64[Y]").astype(np.int64) + 1970)
    rest = [day for year in years.tolist() for day in public_holidays(place, year)]
    kind[np.isin(days, np.array(rest, dtype="datetime64[D]"))] = len(DAY_TYPES) - 1
    return kind
