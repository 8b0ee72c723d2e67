"""Volatility that rises as delivery nears.

The volatility of a forward at time t for delivery at U is ``near * exp(-decay * (U - t)) + far``
(P. Samuelson, Industrial Management Review 6, 1965; the form is that of L. Clewlow and C.
Strickland, Energy Derivatives, 2000). One shock moves all forwards.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError

__all__ = ["SamuelsonVolatility", "fit_samuelson"]

Array = NDArray[np.float64]

_DECAYS = np.geomspace(0.02, 50.0, 120)


@dataclass(frozen=True, slots=True)
class SamuelsonVolatility:
    """Volatility of forwards by the time to their delivery, per square root of a year."""

    near: float
    """What is added at delivery."""
    far: float
    """Volatility of a delivery that is far away."""
    decay: float
    """Per year: how fast what is added fades with the time to delivery."""

    def __post_init__(self) -> None:
        """Refuse numbers below zero.

        Raises
        ------
        InputError
            Naming the field.
        """
        for field in ("near", "far", "decay"):
            value = getattr(self, field)
            if not 0.0 <= value <= 100.0:
                message = f"{field} is {value}: give a number from 0 to 100"
                raise InputError(message)

    def slopes(self, expiry: float, delivery: ArrayLike) -> tuple[Array, Array]:
        """How logarithms of forwards move, until `expiry`, with two independent normal variables.

        The first is the end of the shock's path, the second what its time course adds.

        Raises
        ------
        InputError
            For an expiry that is not above 0, or a delivery before it.
        """
        left = np.asarray(delivery, float) - expiry
        if not expiry > 0.0 or not np.all(left >= 0.0):
            message = (
                f"expiry {expiry}, delivery {delivery!r}: give one above 0, not after delivery"
            )
            raise InputError(message)
        fading = np.exp(-self.decay * left)
        own, joint = _moments(self.decay, expiry)
        root = math.sqrt(expiry)
        first = self.near * fading * joint / root + self.far * root
        second = self.near * fading * math.sqrt(max(own - joint * joint / expiry, 0.0))
        return first, second

    def covariance(self, expiry: float, first: ArrayLike, second: ArrayLike) -> Array:
        """Covariance of the logarithms of two forwards until `expiry`, years; both deliver later.

        Parameters
        ----------
        expiry : float
            Years from now.
        first, second : array
            Years from now to the deliveries, not before the expiry.
        """
        one, other = self.slopes(expiry, first), self.slopes(expiry, second)
        found: Array = one[0] * other[0] + one[1] * other[1]
        return found

    def average(self, expiry: ArrayLike, delivery: ArrayLike) -> Array:
        """Volatility until `expiry` of forwards for `delivery`, both years: what options quote."""
        expiries, deliveries = np.broadcast_arrays(
            np.asarray(expiry, float), np.asarray(delivery, float)
        )
        flat = [
            math.sqrt(float(self.covariance(end, when, when)) / end)
            for end, when in zip(
                expiries.ravel().tolist(), deliveries.ravel().tolist(), strict=True
            )
        ]
        found: Array = np.array(flat).reshape(expiries.shape)[()]
        return found


def _moments(decay: float, expiry: float) -> tuple[float, float]:
    """Integrals of ``exp(-2 decay t)`` and ``exp(-decay t)`` over the time to expiry."""
    if decay * expiry < 1e-9:
        return expiry, expiry
    return -math.expm1(-2.0 * decay * expiry) / (2.0 * decay), -math.expm1(-decay * expiry) / decay


def fit_samuelson(
    expiry: ArrayLike, delivery: ArrayLike, volatility: ArrayLike
) -> SamuelsonVolatility:
    """Return the volatility by time to delivery whose averages are nearest to quoted ones.

    Least squares of variances: for each of 120 decays from 0.02 to 50 a year the two levels by
    Gauss and Newton from the quotes' range, the best of all taken.

    Parameters
    ----------
    expiry, delivery, volatility : array, shape (n,)
        Of three quotes or more: years to the option's expiry and to its future's delivery, and the
        implied volatility.

    Raises
    ------
    InputError
        For fewer than three quotes, or one that is no number above 0, by its row.

    Examples
    --------
    >>> true = SamuelsonVolatility(near=0.5, far=0.2, decay=3.0)
    >>> expiries = np.array([0.1, 0.5, 1.0, 2.0])
    >>> found = fit_samuelson(expiries, expiries + 0.05, true.average(expiries, expiries + 0.05))
    >>> round(found.near, 2), round(found.far, 2), round(found.decay, 1)
    (0.5, 0.2, 3.0)
    """
    ends, whens, quoted = (
        np.atleast_1d(np.asarray(v, float)) for v in (expiry, delivery, volatility)
    )
    if not ends.shape == whens.shape == quoted.shape or ends.size < 3:
        message = "give expiry, delivery and volatility of three quotes or more"
        raise InputError(message)
    for row, numbers in enumerate(zip(ends.tolist(), whens.tolist(), quoted.tolist(), strict=True)):
        if not (0.0 < numbers[0] <= numbers[1] and 0.0 < numbers[2] < 100.0):
            message = (
                f"row {row}: expiry, delivery, volatility are {numbers}: give numbers above 0, the "
                "delivery not before the expiry"
            )
            raise InputError(message)
    decays = list(_DECAYS)
    best = min((_levels(decay, ends, whens, quoted) for decay in decays), key=lambda one: one[0])
    # A finer grid around the best, twice.
    for width in (0.06, 0.004, 0.0003):
        around = best[1].decay * np.exp(np.linspace(-width, width, 31))
        best = min(
            (best, *(_levels(decay, ends, whens, quoted) for decay in around.tolist())),
            key=lambda one: one[0],
        )
    return best[1]


def _levels(
    decay: float, ends: Array, whens: Array, quoted: Array
) -> tuple[float, SamuelsonVolatility]:
    """Error and volatility of the best two levels for one decay."""
    moments = np.array([_moments(decay, end) for end in ends.tolist()])
    fading = np.exp(-decay * (whens - ends))
    own, joint = fading**2 * moments[:, 0] / ends, fading * moments[:, 1] / ends
    near, far = float(quoted.max() - quoted.min()) + 0.01, float(quoted.min())
    for _ in range(12):
        rest = quoted**2 - (near**2 * own + 2.0 * near * far * joint + far**2)
        slopes = np.stack(
            [2.0 * near * own + 2.0 * far * joint, 2.0 * near * joint + 2.0 * far], axis=1
        )
        step = np.linalg.lstsq(slopes, rest, rcond=None)[0]
        near = min(max(near + float(step[0]), 0.0), 50.0)
        far = min(max(far + float(step[1]), 0.0), 50.0)
    rest = quoted**2 - (near**2 * own + 2.0 * near * far * joint + far**2)
    return float(rest @ rest), SamuelsonVolatility(near, far, float(decay))
