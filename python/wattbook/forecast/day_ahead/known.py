"""What was known when: values that carry the instant at which each became known.

A history is asked as of an instant and never answers with a value that became known later, so one
definition of an input serves training, backtest and live alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.errors import ForecastError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Floats", "History", "Instants", "Versions"]

Floats: TypeAlias = "NDArray[np.float64]"
Instants: TypeAlias = "NDArray[np.int64]"

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of one quantity by delivery period, oldest first.

    Parameters
    ----------
    first : int
        Delivery start of the first period, ns.
    interval : int
        Length of a period, ns.
    value : ndarray of float64, shape (n_versions, n_periods)
        NaN where there is no such version.
    known_at : ndarray of int64, shape (n_versions, n_periods)
        When each became known, ns; the largest integer where there is no such version.
    """

    first: int
    interval: int
    value: Floats
    known_at: Instants

    @classmethod
    def of(
        cls, name: str, delivery_start: Instants, known_at: Instants, value: Floats, interval: int
    ) -> Versions:
        """Return records in any order as versions.

        Raises
        ------
        ForecastError
            If there is no record, a period lies off the grid, a value is infinite, or two versions
            became known at once.
        """
        if not (delivery_start.shape == known_at.shape == value.shape) or not value.size:
            message = f"{name}: give one delivery period, instant and value for each record"
            raise ForecastError(message)
        first = int(delivery_start.min())
        place, off = np.divmod(delivery_start - first, interval)
        if off.any():
            message = (
                f"{name}: a period begins {int(off.max())} ns off the grid of {interval} ns; "
                "was a clock shifted?"
            )
            raise ForecastError(message)
        if np.isinf(value).any():
            message = f"{name}: record {int(np.argmax(np.isinf(value)))} is infinite; leave it out"
            raise ForecastError(message)
        order = np.lexsort((known_at, place))
        place, known, values = place[order], known_at[order], value[order]
        new = np.r_[True, place[1:] != place[:-1]]
        twice = ~new[1:] & (known[1:] == known[:-1])
        if twice.any():
            where = int(place[1:][twice][0])
            message = f"{name}: period {where} has two versions known at once; keep one"
            raise ForecastError(message)
        starts = np.flatnonzero(new)
        rank = np.arange(place.size) - np.repeat(starts, np.diff(np.r_[starts, place.size]))
        shape = (int(rank.max()) + 1, int(place.max()) + 1)
        made = cls(first, interval, np.full(shape, np.nan), np.full(shape, NEVER, dtype=np.int64))
        made.value[rank, place] = values
        made.known_at[rank, place] = known
        return made

    def at(self, delivery_start: Instants, as_of: Instants) -> Floats:
        """Return the newest versions known by `as_of`, which broadcasts; NaN where none is."""
        start, instant = np.broadcast_arrays(delivery_start, as_of)
        place = (start - self.first) // self.interval
        inside = (place >= 0) & (place < self.value.shape[1])
        place = np.where(inside, place, 0)
        found = np.full(place.shape, np.nan)
        for values, known in zip(self.value, self.known_at, strict=True):
            seen = inside & (known[place] <= instant)
            found = np.where(seen, values[place], found)
        return found

    def first_known(self, delivery_start: Instants) -> Instants:
        """Return when the first version of each period became known; the largest integer if never.

        A period outside of the record was never known.
        """
        place = (delivery_start - self.first) // self.interval
        inside = (place >= 0) & (place < self.value.shape[1])
        known = self.known_at[0, np.where(inside, place, 0)]
        return np.where(inside, known, NEVER)


@dataclass(frozen=True, slots=True)
class History:
    """Quantities by name.

    Parameters
    ----------
    quantities : mapping of str to Versions
        All on one clock.

    Examples
    --------
    >>> hour = 3_600 * 10**9
    >>> wind = Versions.of(
    ...     "wind",
    ...     np.array([5 * hour, 5 * hour]),
    ...     np.array([1 * hour, 3 * hour]),
    ...     np.array([100.0, 80.0]),
    ...     hour,
    ... )
    >>> history = History({"wind": wind})
    >>> [
    ...     float(history.at("wind", np.array(5 * hour), np.array(as_of * hour)))
    ...     for as_of in (0, 2, 3)
    ... ]
    [nan, 100.0, 80.0]
    """

    quantities: Mapping[str, Versions]

    def versions(self, name: str) -> Versions:
        """Return the versions of a quantity.

        Raises
        ------
        ForecastError
            If there is none of this name.
        """
        found = self.quantities.get(name)
        if found is None:
            message = f"no quantity {name!r}; known are {', '.join(sorted(self.quantities))}"
            raise ForecastError(message)
        return found

    def at(self, name: str, delivery_start: Instants, as_of: Instants) -> Floats:
        """Return the newest values of `name` known by `as_of`; see `Versions.at`."""
        return self.versions(name).at(delivery_start, as_of)
