"""Tests of a value at risk by the days on which the loss exceeded it."""

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from wattbook.errors import InputError
from wattbook.risk.checked import share, whole

__all__ = [
    "Christoffersen",
    "Kupiec",
    "TrafficLight",
    "Zone",
    "basel_traffic_light",
    "christoffersen",
    "kupiec",
]


@dataclass(frozen=True, slots=True)
class Kupiec:
    """Whether there are as many exceptions as the level says."""

    likelihood_ratio: float
    p_value: float
    """Of chi-squared with one degree of freedom."""


@dataclass(frozen=True, slots=True)
class Christoffersen:
    """Whether exceptions are as many as they should be and come one by one."""

    transitions: tuple[tuple[int, int], tuple[int, int]]
    """``transitions[before][after]``: pairs of days, 1 where the loss exceeded the measure."""
    coverage_ratio: float
    independence_ratio: float
    conditional_ratio: float
    """Sum of the two before it."""
    independence_p_value: float
    """Of chi-squared with one degree of freedom."""
    conditional_p_value: float
    """Of chi-squared with two."""


class Zone(Enum):
    """Verdict of the Basel framework."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class TrafficLight:
    """Zone of a year's exceptions and what it adds to the capital multiplier."""

    cumulative: float
    """Probability of so many exceptions or fewer under a right model."""
    zone: Zone
    multiplier_add_on: float


def _log_likelihood(hits: int, misses: int, chance: float) -> float:
    """Of `hits` and `misses` independent days; what did not happen adds nothing at any chance."""
    hit = hits * math.log(chance) if hits else 0.0
    miss = misses * math.log1p(-chance) if misses else 0.0
    return hit + miss


def _counts(observations: int, exceptions: int) -> tuple[int, int]:
    days, beyond = whole("observations", observations, 1), whole("exceptions", exceptions)
    if beyond > days:
        message = f"{beyond} exceptions of {days} days: give days, and no more exceptions"
        raise InputError(message)
    return days, beyond


def kupiec(observations: int, exceptions: int, level: float) -> Kupiec:
    """Test the number of exceptions (P. Kupiec, Journal of Derivatives 3, 1995).

    Parameters
    ----------
    observations, exceptions : int
        Days, and those whose loss exceeded the measure.
    level : float
        Probability of an exception under a right model, such as 0.01.

    Raises
    ------
    InputError
        If there are no days or more exceptions than days, or the level is no share.

    Examples
    --------
    >>> round(kupiec(255, 6, 0.01).p_value, 4)
    0.0646
    """
    observations, exceptions = _counts(observations, exceptions)
    level = share("level", level)
    misses = observations - exceptions
    found = _log_likelihood(exceptions, misses, exceptions / observations)
    ratio = max(0.0, 2.0 * (found - _log_likelihood(exceptions, misses, level)))
    return Kupiec(ratio, math.erfc(math.sqrt(ratio / 2.0)))


def christoffersen(hits: ArrayLike, level: float) -> Christoffersen:
    """Test number and independence of exceptions together.

    P. Christoffersen, International Economic Review 39 (1998): coverage over all days,
    independence over the pairs of neighbours.

    Parameters
    ----------
    hits : array of bool, shape (n,)
        True on each day whose loss exceeded the measure, in order; at least two days.
    level : float
        Probability of an exception under a right model.

    Raises
    ------
    InputError
        If there are fewer than two days, or the level is no share.
    """
    days = np.asarray(hits)
    if days.dtype != np.bool_:
        message = f"hits are of type {days.dtype}: give booleans, one a day"
        raise InputError(message)
    if days.ndim != 1 or days.size < 2:
        message = f"hits have shape {days.shape}: give a column of at least two days"
        raise InputError(message)
    coverage = kupiec(days.size, int(days.sum()), level)
    before, after = days[:-1], days[1:]
    counts = [
        [int(np.sum((before == old) & (after == new))) for new in (False, True)]
        for old in (False, True)
    ]
    together = (counts[0][1] + counts[1][1]) / (days.size - 1)
    apart = [row[1] / sum(row) if sum(row) else 0.0 for row in counts]
    dependent = sum(
        _log_likelihood(row[1], row[0], chance) for row, chance in zip(counts, apart, strict=True)
    )
    independent = sum(_log_likelihood(row[1], row[0], together) for row in counts)
    ratio = max(0.0, 2.0 * (dependent - independent))
    conditional = coverage.likelihood_ratio + ratio
    return Christoffersen(
        transitions=((counts[0][0], counts[0][1]), (counts[1][0], counts[1][1])),
        coverage_ratio=coverage.likelihood_ratio,
        independence_ratio=ratio,
        conditional_ratio=conditional,
        independence_p_value=math.erfc(math.sqrt(ratio / 2.0)),
        conditional_p_value=math.exp(-conditional / 2.0),
    )


_ADD_ONS = (0.4, 0.5, 0.65, 0.75, 0.85)
"""For 5 to 9 exceptions of 250 days at 1 %."""


def basel_traffic_light(observations: int, exceptions: int, level: float = 0.01) -> TrafficLight:
    """Zone of the Basel Committee's framework for back-testing (January 1996, table 2).

    Yellow begins where so many exceptions or fewer have a probability of 95 % under a right model,
    red at 99.99 %. The add-ons are those of 250 days at 1 %, by the number of exceptions.

    Raises
    ------
    InputError
        If there are no days or more exceptions than days, or the level is no share.

    Examples
    --------
    >>> basel_traffic_light(250, 5).zone
    <Zone.YELLOW: 'yellow'>
    """
    observations, exceptions = _counts(observations, exceptions)
    level = share("level", level)
    cumulative = min(
        1.0,
        math.fsum(
            math.exp(
                math.lgamma(observations + 1)
                - math.lgamma(count + 1)
                - math.lgamma(observations - count + 1)
                + _log_likelihood(count, observations - count, level)
            )
            for count in range(exceptions + 1)
        ),
    )
    if cumulative < 0.95:
        return TrafficLight(cumulative, Zone.GREEN, 0.0)
    if cumulative < 0.9999:
        place = min(max(exceptions - 5, 0), len(_ADD_ONS) - 1)
        return TrafficLight(cumulative, Zone.YELLOW, _ADD_ONS[place])
    return TrafficLight(cumulative, Zone.RED, 1.0)
