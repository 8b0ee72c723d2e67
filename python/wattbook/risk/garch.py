"""GARCH(1,1): volatility that answers to moves and returns to a long run, fitted by likelihood."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.checked import (
    finite_array,
    finite_figure,
    finite_figures,
    from_zero,
    overflow_refused,
    whole,
)

__all__ = ["GarchLaw", "fit_garch"]

Array = NDArray[np.float64]

_LEAST = 120
"""Returns that a fit needs of each series."""
_LARGEST = 0.9999
"""Of shock and persistence together: above it there is no long run to speak of."""
_ROUNDS = 200
_SETTLED = 1e-9
_FARTHEST = 12.0
"""Of a logit: beyond it a share is 0 or 1 to five digits."""


@dataclass(frozen=True, slots=True)
class GarchLaw:
    """``v' = constant + shock r^2 + persistence v``.

    T. Bollerslev, Journal of Econometrics 31 (1986).
    """

    constant: float
    """In the unit of the returns, squared."""
    shock: float
    persistence: float

    def __post_init__(self) -> None:
        """Refuse parameters that leave no long run.

        Raises
        ------
        InputError
            If one is below zero, or shock and persistence sum to 1 or more.
        """
        for name in ("constant", "shock", "persistence"):
            from_zero(name, getattr(self, name))
        if self.shock + self.persistence >= 1.0:
            message = (
                f"shock and persistence sum to {self.shock + self.persistence}: below 1 there is a "
                "long run"
            )
            raise InputError(message)

    @property
    def long_run(self) -> float:
        """Volatility to which it returns."""
        return math.sqrt(self.constant / (1.0 - self.shock - self.persistence))

    def volatility(
        self, returns: ArrayLike, first_variance: float | None = None, target: int | None = None
    ) -> Array:
        """Volatility before each return and after the last: shape (n + 1,).

        Parameters
        ----------
        returns : array, shape (n,)
            Oldest first.
        first_variance : float, optional
            Before the first return; the long run's unless given.
        target : int, optional
            Variance targeting (R. Engle and J. Mezrich, Risk 9, 1996): the long run of each step is
            the mean square of so many returns before it, of all there are while they are fewer.
            Without it the long run stays what it was when the law was fitted, however old that is.

        Raises
        ------
        InputError
            If returns have gaps, the first variance is below zero, or no return is looked at.

        Examples
        --------
        >>> law = GarchLaw(constant=0.000002, shock=0.13, persistence=0.86)
        >>> [round(float(value), 6) for value in law.volatility([0.01], 0.016**2)]
        [0.016, 0.015335]
        """
        column = finite_array("returns", returns, least=0)
        first = self.long_run**2 if first_variance is None else first_variance
        first = from_zero("first_variance", first)
        with overflow_refused():
            squares = finite_figures("square of a return", column * column)
        constants = np.full(column.size, self.constant)
        if target is not None:
            looked = whole("target", target, 1)
            constants = (1.0 - self.shock - self.persistence) * _running_mean(squares, looked)
        variances = np.empty(column.size + 1)
        variance = variances[0] = first
        steps = zip(constants.tolist(), squares.tolist(), strict=True)
        for row, (constant, square) in enumerate(steps, start=1):
            variance = constant + self.shock * square + self.persistence * variance
            variances[row] = variance
        return finite_figures("volatility", np.sqrt(variances))


def _running_mean(values: Array, window: int) -> Array:
    """Mean of each value and those before it, `window` together or as many as there are."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, values.size + 1)
    starts = np.maximum(ends - window, 0)
    # A sum that is taken off again leaves the dust of its digits.
    means: Array = np.maximum(sums[ends] - sums[starts], 0.0) / (ends - starts)
    return means


def fit_garch(series: Sequence[ArrayLike]) -> tuple[GarchLaw, ...]:
    """Return the laws that fit all `series` best: one shock and persistence, a long run for each.

    Gaussian quasi-likelihood (T. Bollerslev and J. Wooldridge, Econometric Reviews 11, 1992). The
    long runs are a common multiple of the series' mean squares, so that no series is tuned for
    itself; of a single series that is its plain maximum likelihood. Parameters are from 0 and
    shock and persistence sum to 0.9999 at most. The search is E. Berndt, B. Hall, R. Hall and J.
    Hausman's (Annals of Economic and Social Measurement 3, 1974) from the best point of a fixed
    grid: the same series give the same laws.

    Raises
    ------
    InputError
        If a series has gaps, fewer than 120 returns, or does not move.
    """
    if not series:
        message = "give one series of returns or more"
        raise InputError(message)
    columns = [finite_array("returns", returns, least=_LEAST) for returns in series]
    with overflow_refused():
        levels = [float(np.mean(column**2)) for column in columns]
    for number, level in enumerate(levels):
        finite_figure(f"variance of series {number}", level)
        if not level > 0.0:
            message = f"series {number}: all returns are 0: there is no volatility to fit"
            raise InputError(message)
    squares = [column**2 / level for column, level in zip(columns, levels, strict=True)]
    at = _settled(squares, _start(squares))
    run, together, share = _shares(at)
    return tuple(
        GarchLaw(level * run * (1.0 - together), together * share, together * (1.0 - share))
        for level in levels
    )


def _shares(at: Array) -> tuple[float, float, float]:
    """Long run over mean square, shock and persistence together, and the shock's share of these."""
    together, share = (1.0 / (1.0 + math.exp(-float(x))) for x in at[1:])
    return math.exp(float(at[0])), _LARGEST * together, share


def _scores(squares: list[Array], at: Array) -> tuple[float, Array]:
    """Log likelihood, and its slopes by the three coordinates for each return."""
    run, together, share = _shares(at)
    kept = together * (1.0 - share)
    value, rows = 0.0, []
    for column in squares:
        variance, by_run, by_together, by_share = run, 1.0, 0.0, 0.0
        path = np.empty((column.size, 4))
        for row, square in enumerate(column.tolist()):
            path[row] = variance, by_run, by_together, by_share
            by_run = (1.0 - together) + kept * by_run
            by_together = -run + share * square + (1.0 - share) * variance + kept * by_together
            by_share = together * (square - variance) + kept * by_share
            variance = run * (1.0 - together) + together * share * square + kept * variance
        variances = path[:, 0]
        value -= 0.5 * float(np.sum(np.log(variances) + column / variances))
        rows.append((0.5 * (column / variances - 1.0) / variances)[:, None] * path[:, 1:])
    chain = [run, together * (1.0 - together / _LARGEST), share * (1.0 - share)]
    return value, np.concatenate(rows) * np.array(chain)


def _start(squares: list[Array]) -> Array:
    points = [
        np.array([0.0, math.log(together / (1.0 - together)), math.log(share / (1.0 - share))])
        for together in (0.5, 0.9, 0.97, 0.995)
        for share in (0.03, 0.1, 0.3)
    ]
    values = [_scores(squares, point)[0] for point in points]
    return points[int(np.argmax(values))]


def _settled(squares: list[Array], at: Array) -> Array:
    value, scores = _scores(squares, at)
    for _ in range(_ROUNDS):
        slope = scores.sum(axis=0)
        information = scores.T @ scores + 1e-9 * np.eye(at.size)
        step = np.linalg.solve(information, slope)
        if float(slope @ step) < _SETTLED:
            break
        for _ in range(30):
            moved = np.clip(at + step, -_FARTHEST, _FARTHEST)
            found, slopes = _scores(squares, moved)
            if found > value:
                break
            step = 0.5 * step
        else:
            break
        at, value, scores = moved, found, slopes
    return at
