"""The delivery periods of a curve: quarter-hours to gas days of one place, with peak hours."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattbook.domain.calendars import PLACES, DeliveryProduct, load_periods, zone_intervals
from wattbook.errors import CurveError, InputError

__all__ = ["DAY_MINUTES", "STEPS", "CurveGrid", "curve_grid"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

DAY_MINUTES = 1_440
STEPS = {"quarter_hour": 15, "half_hour": 30, "hour": 60, "day": DAY_MINUTES}
"""Lengths of a curve's delivery periods, min; a day has 23 to 25 hours."""
NANOS_PER_HOUR = 3_600_000_000_000
ONE_DAY = dt.timedelta(days=1)
CENTURY = (dt.date(2000, 1, 1), dt.date(2100, 1, 1))
"""Curves lie in it: names of products have two digits of the year."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveGrid:
    """Consecutive delivery periods of whole delivery days at one place.

    Parameters
    ----------
    place : str
        A name of `wattbook.domain.calendars.PLACES`.
    minutes : int, min
        Length of a period; 1,440 for delivery days.
    first, after : datetime.date
        First delivery day, and the first after the last.
    start : ndarray of int64, shape (n + 1,), ns UTC
        First instant of each period, and the end of the last.
    hours : ndarray of float64, shape (n,)
        Length of each period.
    slot : ndarray of int64, shape (n,)
        Place in the day by wall clock, from 0; a repeated hour repeats its slots.
    day_start : ndarray of int64, shape (n_days + 1,)
        Index of each day's first period, and `n`.
    is_peak : ndarray of bool, shape (n,)
        Peak hours; nowhere where no peak is traded or its rule is not known.
    """

    place: str
    minutes: int
    first: dt.date
    after: dt.date
    start: Numbers
    hours: Floats
    slot: Numbers
    day_start: Numbers
    is_peak: Flags

    def __len__(self) -> int:
        return len(self.hours)

    @property
    def days(self) -> NDArray[np.datetime64]:
        """The delivery days, as datetime64[D] of the place's calendar."""
        first, after = (np.datetime64(day, "D") for day in (self.first, self.after))
        return np.arange(first, after)

    @property
    def step(self) -> str:
        """Name of the period's length, a key of `STEPS`."""
        return next(name for name, minutes in STEPS.items() if minutes == self.minutes)

    def span(self, product: DeliveryProduct) -> tuple[int, int]:
        """Return the indexes of the first period of `product` and of the first after it.

        Raises
        ------
        CurveError
            If it delivers elsewhere, leaves the grid, or cuts a period.
        """
        if product.place != self.place:
            raise CurveError(
                f"{product} delivers at {product.place}, the curve at {self.place}; "
                f"make a curve for {product.place}"
            )
        bounds = np.array([product.delivery_start, product.delivery_end])
        if bounds[0] < self.start[0] or bounds[1] > self.start[-1]:
            raise CurveError(
                f"{product} leaves the curve, which has the delivery days {self.first} to "
                f"{self.after - ONE_DAY}; make the curve longer or leave the product out"
            )
        if product.load != "base" and self.minutes == DAY_MINUTES:
            raise CurveError(
                f"{product} delivers in parts of days, the curve has whole ones; take a finer step"
            )
        low, high = np.searchsorted(self.start, bounds).tolist()
        if self.start[low] != bounds[0] or self.start[high] != bounds[1]:
            raise CurveError(
                f"{product} cuts a period of the curve, which has one a {self.step}; "
                "take a finer step"
            )
        return low, high

    def delivers(self, product: DeliveryProduct) -> tuple[int, int, Flags]:
        """Return the span of `product` and which of its periods deliver."""
        low, high = self.span(product)
        peak = self.is_peak[low:high]
        if product.load == "base":
            return low, high, np.ones(high - low, np.bool_)
        return low, high, peak if product.load == "peak" else ~peak

    def average(self, product: DeliveryProduct, price: Floats) -> float:
        """Return the average of a price of each period over a delivery, by hours."""
        low, high, delivers = self.delivers(product)
        hours = self.hours[low:high] * delivers
        return float(hours @ price[low:high] / hours.sum())


def local_start(place: str, day: dt.date) -> dt.timedelta:
    """Return when a delivery day of `place` starts, in wall-clock time after its midnight."""
    zone = ZoneInfo(PLACES[place].time_zone)
    start = DeliveryProduct(f"{place} {day}").delivery_start
    local = dt.datetime.fromtimestamp(start // 10**9, zone).replace(tzinfo=None)
    return local - dt.datetime.combine(day, dt.time())


def peak_flags(place: str, first: dt.date, after: dt.date, start: Numbers) -> Flags:
    """Return which periods, given by their starts and the last end, are peak hours."""
    edge = np.zeros(len(start) + 1, np.int64)
    for year in range(first.year, (after - ONE_DAY).year + 1):
        try:
            stretches = load_periods(DeliveryProduct(f"{place} Cal-{year % 100:02d} Peak"))
        except InputError:
            continue  # No peak is traded here, or no rule is known for that year.
        instants = [[round(at.timestamp()) * 10**9 for at in pair] for pair in stretches]
        low, high = np.searchsorted(start, np.array(instants)).T
        # Stretches outside the grid meet at its ends and cancel.
        np.add.at(edge, low, 1)
        np.add.at(edge, high, -1)
    return np.cumsum(edge)[: len(start) - 1] > 0


@lru_cache(maxsize=32)
def curve_grid(place: str, first: dt.date, after: dt.date, step: str) -> CurveGrid:
    """Return the delivery periods of `place` from `first` up to, not including, `after`.

    Parameters
    ----------
    place : str
        Bidding zone or hub.
    first, after : datetime.date
        Delivery days of its calendar: gas days begin at 06:00 (05:00 in GB), power days of GB at
        23:00 on the evening before.
    step : {"quarter_hour", "half_hour", "hour", "day"}
        How long a period is.

    Raises
    ------
    CurveError
        If the place or the step is unknown, no day is asked for or one of another century, or the
        start of the day moves.

    Examples
    --------
    >>> grid = curve_grid("DE-LU", dt.date(2026, 10, 24), dt.date(2026, 10, 26), "quarter_hour")
    >>> np.diff(grid.day_start).tolist(), int(grid.is_peak.sum())
    ([96, 100], 0)
    >>> gas = curve_grid("TTF", dt.date(2026, 3, 27), dt.date(2026, 3, 30), "day")
    >>> gas.hours.tolist()
    [24.0, 23.0, 24.0]
    """
    if place not in PLACES:
        raise CurveError(f"place {place!r} is unknown; use one of {', '.join(PLACES)}")
    if step not in STEPS:
        raise CurveError(f"step {step!r} is unknown; use one of {', '.join(STEPS)}")
    if not first < after:
        raise CurveError(f"no delivery day lies between {first} and {after}; give a later end")
    if first < CENTURY[0] or after > CENTURY[1]:
        raise CurveError(
            f"delivery days {first} to {after - ONE_DAY}: products are named within "
            f"{CENTURY[0]} to {CENTURY[1] - ONE_DAY}; give an end, or a beginning, in it"
        )
    at = local_start(place, first)
    if local_start(place, after - ONE_DAY) != at:
        raise CurveError(
            f"days of {place} start at another hour on {after - ONE_DAY} than on {first}; "
            "make a curve for each part"
        )
    minutes = STEPS[step]
    zone = PLACES[place].time_zone
    parts = zone_intervals(first, after, zone, minutes=min(minutes, 60), day_start=at)
    start = np.append(parts.delivery_start, parts.delivery_end[-1:]).astype(np.int64)
    day_start = np.flatnonzero((parts.number == 1) & (parts.occurrence <= 1))
    slot = parts.number.astype(np.int64) - 1
    if minutes == DAY_MINUTES:
        start = np.append(start[day_start], start[-1])
        slot = np.zeros(len(day_start), np.int64)
        day_start = np.arange(len(day_start))
        is_peak = np.zeros(len(day_start), np.bool_)
    else:
        is_peak = peak_flags(place, first, after, start)
    made = CurveGrid(
        place=place,
        minutes=minutes,
        first=first,
        after=after,
        start=start,
        hours=np.diff(start) / NANOS_PER_HOUR,
        slot=slot,
        day_start=np.append(day_start, len(slot)),
        is_peak=is_peak,
    )
    for column in (made.start, made.hours, made.slot, made.day_start, made.is_peak):
        column.flags.writeable = False  # Grids are shared.
    return made
