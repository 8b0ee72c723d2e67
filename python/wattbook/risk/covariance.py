"""Covariances of many returns, from a window or moved by each day."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.checked import (
    finite_array,
    finite_figure,
    finite_figures,
    numbers,
    overflow_refused,
    share,
)

__all__ = ["ewma_covariance", "shrunk_covariance"]


def ewma_covariance(covariance: ArrayLike, returns: ArrayLike, decay: float) -> NDArray[np.float64]:
    """Return the covariance after one day's returns: ``C' = decay C + (1 - decay) r r'``.

    RiskMetrics Technical Document (1996), section 5.2. What was positive semi-definite stays so.

    Parameters
    ----------
    covariance : array, shape (n, n)
        Before the day; symmetric.
    returns : array, shape (n,)
        Of the day.
    decay : float
        Weight of what was, between 0 and 1.

    Raises
    ------
    InputError
        For gaps, shapes that do not fit, a matrix that is not symmetric, and numbers whose
        products no number holds.

    Examples
    --------
    >>> ewma_covariance(np.eye(2), [2.0, 0.0], 0.9).round(2).tolist()
    [[1.3, 0.0], [0.0, 0.9]]
    """
    move = finite_array("returns", returns)
    before = numbers("covariance", covariance)
    if before.shape != (move.size, move.size) or not np.all(np.isfinite(before)):
        message = f"covariance has shape {before.shape}: give {move.size} by {move.size} numbers"
        raise InputError(message)
    if not np.allclose(before, before.T):
        message = "covariance is not symmetric: give one of real returns"
        raise InputError(message)
    kept = share("decay", decay)
    with overflow_refused():
        after = kept * before + (1.0 - kept) * np.outer(move, move)
        return finite_figures("covariance", after)


def shrunk_covariance(returns: ArrayLike) -> tuple[NDArray[np.float64], float]:
    """Return the covariance of a window, drawn towards equal variances, and by which share.

    O. Ledoit and M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices",
    Journal of Multivariate Analysis 88 (2004), 365-411: the share that is best in mean square,
    estimated from the window. It is positive definite with fewer days than returns, too.

    Parameters
    ----------
    returns : array, shape (days, n)
        At least two days; means are taken off.

    Raises
    ------
    InputError
        For a gap, with its day and column, for fewer days, where nothing moves, and for returns
        whose fourth powers no number holds.
    """
    window = numbers("returns", returns)
    if window.ndim != 2 or window.shape[0] < 2 or window.shape[1] < 1:
        message = f"returns have shape {window.shape}: give at least two days, a row each"
        raise InputError(message)
    wrong = np.argwhere(~np.isfinite(window))
    if wrong.size:
        day, column = wrong[0].tolist()
        message = (
            f"returns, day {day}, column {column}: {window[day, column]}: fill it or leave the "
            "day out"
        )
        raise InputError(message)
    with overflow_refused():
        return _shrunk(window)


def _shrunk(window: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    days, count = window.shape
    moves = window - window.mean(axis=0)
    sample = moves.T @ moves / days
    target = np.trace(sample) / count * np.eye(count)
    distance = float(((sample - target) ** 2).sum())
    finite_figure("spread of the covariance", distance, "give returns in larger units")
    if float(np.trace(sample)) <= 0.0:
        message = "no return moves: a covariance of nothing would hide all risk"
        raise InputError(message)
    # Mean square error of the sample: of each day's own product, over the days.
    squares = (moves**2).sum(axis=1)
    error = (float((squares**2).sum()) / days - float((sample**2).sum())) / days
    finite_figure("error of the covariance", error, "give returns in larger units")
    drawn = 1.0 if distance <= error or distance == 0.0 else error / distance
    return drawn * target + (1.0 - drawn) * sample, drawn
