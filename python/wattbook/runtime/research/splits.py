"""Splits of a history into parts to learn on and parts to be judged on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError

__all__ = ["Split", "combinatorial_purged", "walk_forward"]

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Split:
    """Places in the history, rising: to learn on, and to be judged on."""

    train: Places
    test: Places


def checked(**values: int) -> None:
    """Raise an error for the first value that is below its least."""
    for name, value in values.items():
        least = 0 if name in ("purge", "embargo") else 1
        if value < least:
            message = f"{name} is {value}: give {least} or more"
            raise InputError(message)


def walk_forward(
    count: int, *, train: int, test: int, purge: int = 0, anchored: bool = False
) -> Iterator[Split]:
    """Yield splits that only ever learn from the past.

    Parameters
    ----------
    count : int
        Length of the history.
    train, test : int
        How many places to learn on, and then to be judged on; the next split begins `test` later.
    purge : int, optional
        Places left out between both: what a window or a holding time lets one know of the other.
    anchored : bool, optional
        Whether learning always begins at the first place.

    Raises
    ------
    InputError
        For lengths out of range, or a history that is too short for one split.

    Examples
    --------
    >>> [(split.train.tolist(), split.test.tolist())
    ...  for split in walk_forward(6, train=2, test=1, purge=1)]
    [([0, 1], [3]), ([1, 2], [4]), ([2, 3], [5])]
    """
    checked(count=count, train=train, test=test, purge=purge)
    if train + purge + test > count:
        message = f"{count} places hold no {train} + {purge} + {test}: use fewer or more data"
        raise InputError(message)
    for first in range(0, count - train - purge - test + 1, test):
        judged = first + train + purge
        yield Split(
            np.arange(0 if anchored else first, first + train), np.arange(judged, judged + test)
        )


def combinatorial_purged(
    count: int, *, groups: int, tested: int = 2, purge: int = 0, embargo: int = 0
) -> Iterator[Split]:
    """Yield every choice of `tested` among `groups` stretches to be judged on.

    What is nearer to a tested stretch than `purge` places before it, or `purge + embargo` after it,
    is not learned on: windows and holding times reach over the border.

    Parameters
    ----------
    count : int
        Length of the history.
    groups, tested : int
        Equal stretches, and how many of them are judged on at a time, fewer than `groups`.
    purge, embargo : int, optional
        In places.

    References
    ----------
    López de Prado (2018), Advances in Financial Machine Learning, chapters 7 and 12.

    Examples
    --------
    >>> splits = list(combinatorial_purged(6, groups=3, tested=1, purge=1))
    >>> [(split.train.tolist(), split.test.tolist()) for split in splits]
    [([3, 4, 5], [0, 1]), ([0, 5], [2, 3]), ([0, 1, 2], [4, 5])]
    """
    checked(count=count, groups=groups, tested=tested, purge=purge, embargo=embargo)
    if tested >= groups or groups > count:
        message = f"{tested} of {groups} groups of {count} places: test fewer than there are"
        raise InputError(message)
    borders = [count * group // groups for group in range(groups + 1)]
    for chosen in combinations(range(groups), tested):
        is_test = np.zeros(count, np.bool_)
        is_near = np.zeros(count, np.bool_)
        for group in chosen:
            first, end = borders[group], borders[group + 1]
            is_test[first:end] = True
            is_near[max(first - purge, 0) : end + purge + embargo] = True
        yield Split(np.flatnonzero(~is_near & ~is_test), np.flatnonzero(is_test))
