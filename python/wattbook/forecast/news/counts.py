"""Events as inputs: how many, and which way they speak, of the hours before an instant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattbook.errors import ForecastError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattbook.forecast.news.events import NewsEvent

__all__ = ["NewsInputs", "news_inputs"]

HOUR_NS = 3_600 * 10**9


@dataclass(frozen=True, slots=True)
class NewsInputs:
    """Inputs by instant; arrays of shape (n,).

    Parameters
    ----------
    events : ndarray of float64
        How many became known in the hours before.
    stories : ndarray of float64
        How often they were told of.
    pressure : ndarray of float64
        Sum of what the events say of prices.
    """

    events: NDArray[np.float64]
    stories: NDArray[np.float64]
    pressure: NDArray[np.float64]


def news_inputs(
    events: Sequence[NewsEvent],
    as_of: NDArray[np.int64],
    *,
    hours: float = 24.0,
    commodity: str | None = None,
    place: str | None = None,
) -> NewsInputs:
    """Return inputs as of instants: nothing that was published later is in them.

    Parameters
    ----------
    events : sequence of NewsEvent
        As `news_events` gives them.
    as_of : ndarray of int64, shape (n,)
        ns UTC.
    hours : float, optional
        How far back.
    commodity, place : str, optional
        Only events that are about these.

    Raises
    ------
    ForecastError
        If `hours` is not above zero.
    """
    if not hours > 0.0:
        message = f"news of {hours} hours are none; give a length above zero"
        raise ForecastError(message)
    own = [
        event
        for event in events
        if commodity in (None, *event.commodities) and place in (None, *event.places)
    ]
    known = np.array([event.known_at for event in own], dtype=np.int64)
    told = np.sort(np.array([at for event in own for at in event.told_at], dtype=np.int64))
    order = np.argsort(known, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(np.array([event.pressure for event in own])[order])])
    first = as_of - int(hours * HOUR_NS)

    def between(times: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return (
            np.searchsorted(times, first, side="right"),
            np.searchsorted(times, as_of, side="right"),
        )

    low, high = between(known[order])
    told_low, told_high = between(told)
    return NewsInputs(
        (high - low).astype(np.float64),
        (told_high - told_low).astype(np.float64),
        sums[high] - sums[low],
    )
