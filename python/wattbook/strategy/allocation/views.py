"""Views joined to an equilibrium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from wattbook.errors import InputError
from wattbook.strategy.allocation.limits import Floats, covariance_of, vector

__all__ = ["BlackLitterman", "black_litterman"]


@dataclass(frozen=True, slots=True, eq=False)
class BlackLitterman:
    """What is expected once views are heard.

    Parameters
    ----------
    mean : ndarray of shape (n,), money a unit
    covariance : ndarray of shape (n, n)
        Of returns, with what is not known of their mean.
    """

    mean: Floats
    covariance: Floats


def black_litterman(
    prior: ArrayLike,
    covariance: ArrayLike,
    views: ArrayLike,
    returns: ArrayLike,
    doubt: ArrayLike,
    *,
    tau: float = 0.05,
) -> BlackLitterman:
    """Return mean and covariance of returns after views on some of them.

    Parameters
    ----------
    prior : array_like of shape (n,), money a unit
        Expected without views, such as a risk premium, or ``aversion * covariance @ held`` of an
        equilibrium.
    covariance : array_like of shape (n, n), squared money a unit
    views : array_like of shape (n_views, n)
        What each view is about: 1 and -1 for the difference of two products.
    returns : array_like of shape (n_views,), money a unit
        What each view expects.
    doubt : array_like of shape (n_views,) or one for all, squared money a unit
        Variance of each view, from 0: a view without doubt holds exactly.
    tau : float, optional
        Variance of the prior's mean as a share of that of returns.

    Raises
    ------
    InputError
        If shapes do not fit, or views without doubt say the same thing twice.

    References
    ----------
    Black and Litterman (1992), Global portfolio optimization; He and Litterman (1999), The
    intuition behind Black-Litterman model portfolios.

    Examples
    --------
    >>> found = black_litterman([1.0, 1.0], np.eye(2), [[1.0, -1.0]], [2.0], 0.0)
    >>> found.mean.round(6)
    array([2., 0.])
    """
    matrix = covariance_of(covariance)
    count = len(matrix)
    first = vector("prior", prior, count)
    about = np.asarray(views, np.float64)
    if about.ndim != 2 or about.shape[1] != count or not np.isfinite(about).all():
        raise InputError(f"views have shape {about.shape}; give (views, {count})")
    said, own_doubt = vector("returns", returns, len(about)), vector("doubt", doubt, len(about))
    if (own_doubt < 0).any() or not tau > 0:
        raise InputError("doubt is from 0 and tau above 0; give such")
    spread = tau * matrix
    # This form needs no inverse of the covariance, and takes views without doubt.
    middle = about @ spread @ about.T + np.diag(own_doubt)
    try:
        gain = np.linalg.solve(middle, about @ spread).T
    except np.linalg.LinAlgError as fault:
        raise InputError("views without doubt say one thing twice; leave one out") from fault
    mean = first + gain @ (said - about @ first)
    left = spread - gain @ about @ spread
    return BlackLitterman(mean, matrix + 0.5 * (left + left.T))
