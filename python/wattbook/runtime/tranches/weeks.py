"""Weeks of a load, as they are expected on the Friday before they begin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.runtime.tranches.forecast import Months, expected
from wattbook.runtime.tranches.load import BlockLoad

__all__ = ["Weeks", "weeks_of"]

Floats = NDArray[np.float64]
KNOWN_BEFORE = 3
"""Days before its Monday until whose begin a week's load is recorded when it is traded."""
SPANS = (7, 28)
"""Days back over which the load is held against what was expected of it."""
WHOLE_HOURS = 7 * 24 - 1
"""Of a week, less the one that clocks may leave out."""


@dataclass(frozen=True, eq=False)
class Weeks:
    """Hours beside what was expected of them, and by how much weeks were off it.

    Parameters
    ----------
    load : BlockLoad
    past : Months
    monday : ndarray of datetime64[D], shape (n_hours,)
        Of the week of each hour.
    normal : ndarray of shape (n_hours,), MW
        As expected when its month began, NaN before there was a past.
    week : ndarray of datetime64[D], shape (n_weeks,)
    recent : ndarray of shape (n_weeks, 2)
        By which share the load was above the expected in the last days that are known, by `SPANS`.
    came : ndarray of shape (n_weeks,)
        The same of the week itself.
    """

    load: BlockLoad
    past: Months
    monday: NDArray[np.datetime64]
    normal: Floats
    week: NDArray[np.datetime64]
    recent: Floats
    came: Floats

    def within(self, inside: NDArray[np.bool_]) -> NDArray[np.datetime64]:
        """Return the Mondays of the weeks that lie whole in some hours and have a past."""
        monday, count = np.unique(self.monday[inside], return_counts=True)
        found: NDArray[np.datetime64] = monday[
            (count >= WHOLE_HOURS) & np.isin(monday, self.week[1:])
        ]
        return found

    def above(self, week: np.datetime64) -> float:
        """Return by which share a week is expected above the usual.

        The least squares of all weeks that were over by then on what was recent to them.
        """
        known = self.week + 7 <= week - KNOWN_BEFORE
        weights = np.linalg.lstsq(self.recent[known], self.came[known], rcond=None)[0]
        return float((self.recent[self.week == week] @ weights)[0])

    def expected(self, inside: NDArray[np.bool_], week: np.datetime64) -> Floats:
        """Return hours as known before a week: those recorded, and what is expected of others."""
        last = week - KNOWN_BEFORE
        month = last.astype("datetime64[M]")
        made = self.normal[inside].copy()
        is_later = self.load.month[inside] > month
        # What the month that has not begun will have told is not known yet.
        made[is_later] = expected(self.load, self.past, inside, month)[is_later]
        made *= 1.0 + self.above(week)
        is_past = self.load.hour[inside] < last.astype("datetime64[h]")
        made[is_past] = self.load.load_mw[inside][is_past]
        return made


def weeks_of(load: BlockLoad, past: Months) -> Weeks:
    """Return the weeks of a load beside what was expected of them."""
    normal = np.full(len(load.hour), np.nan)
    for month in np.unique(load.month):
        known = (past.month < month) & np.isfinite(past.year_mean)
        if (past.month[known].astype(int) % 12 == int(month.astype(int)) % 12).any():
            inside = load.month == month
            normal[inside] = expected(load, past, inside, month)
    day = load.hour.astype("datetime64[D]")
    monday = np.asarray(day - (day.astype(np.int64) + 3) % 7, "datetime64[D]")
    rows: list[tuple[np.datetime64, list[float], float]] = []
    for week in np.unique(monday):
        last = week - KNOWN_BEFORE
        recent = [share_above(load, normal, last - span, last) for span in SPANS]
        came = share_above(load, normal, week, week + 7)
        if np.isfinite([*recent, came]).all():
            rows.append((week, recent, came))
    return Weeks(
        load,
        past,
        monday,
        normal,
        np.array([week for week, _, _ in rows], "datetime64[D]"),
        np.array([recent for _, recent, _ in rows]).reshape(-1, len(SPANS)),
        np.array([came for _, _, came in rows]),
    )


def share_above(load: BlockLoad, normal: Floats, first: np.datetime64, end: np.datetime64) -> float:
    """Return by which share days were above the expected, NaN if one was expected to be nothing."""
    begin, until = np.searchsorted(load.hour, np.array([first, end]).astype("datetime64[h]"))
    if until - begin < 24 * int((end - first).astype(int)) - 1:
        return float("nan")
    return float(load.load_mw[begin:until].sum() / normal[begin:until].sum()) - 1.0
