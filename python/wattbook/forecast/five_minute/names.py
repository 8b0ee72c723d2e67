"""What the inputs of five-minute models are called, in the order of `inputs`."""

from __future__ import annotations

from typing import Final

from wattbook.forecast.five_minute.inputs import LAGS, MEANS, MOVES, RANGES
from wattbook.forecast.five_minute.market import SLOTS

__all__ = ["CLOCK", "input_names"]

CLOCK: Final = (
    "interval of the hour",
    "interval of the half-hour",
    "interval of the day",
    "weekday",
)


def input_names(ahead_slots: int) -> list[str]:
    """Return the names of all inputs.

    Parameters
    ----------
    ahead_slots : int
        How far ahead the second quantity is known; see `FiveMinuteMarket`.

    Examples
    --------
    >>> input_names(-1)[:3]
    ['newest price', 'price 2 before, less newest', 'price 3 before, less newest']
    """
    names = ["newest price"]
    names += [f"price {lag} before, less newest" for lag in LAGS]
    names += [f"mean of {count}, less newest" for count in MEANS]
    for count in RANGES:
        names += [f"highest of {count}, less newest", f"newest less lowest of {count}"]
    names += [f"mean move of {count}" for count in MOVES]
    names += ["price a day before, less newest", "price a week before, less newest"]
    names += ["move a day before", "mean move of three days before"]
    names += CLOCK
    if ahead_slots > 0:
        return [
            *names,
            "day-ahead price",
            "day-ahead less newest",
            "day-ahead change in an hour",
            f"day-ahead change in {ahead_slots} intervals",
        ]
    return [
        *names,
        "demand",
        *(f"demand change over {lag - 1}" for lag in (2, 3, 7)),
        f"demand change {SLOTS} before",
        "demand change in a day",
    ]
