"""How fast a signal grows old: the half-life of what its confidence is above that of a coin.

A signal says which way the price goes until a delivery. The longer one waits, the more of that has
happened, and the less often what is left goes that way. The half-life is learned from forecasts of
one horizon; the engine's gate applies it to every order that names an old signal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["confidence_at", "half_life"]

COIN = 0.5
LEAST = 200
"""Forecasts at an age from which its share of right directions counts."""
LONGEST = 10_000.0
"""Delivery periods; what falls more slowly does not fall."""


def half_life(
    forecast: NDArray[np.float64], known: NDArray[np.float64], real: NDArray[np.float64]
) -> float:
    """Return the half-life of signals, in delivery periods; 0 where none can be learned.

    Of the surer half of forecasts, those of the larger moves, it takes the share whose direction
    was right from the price known at each age on, less one half, and fits a power of two to these
    by least squares, weighing each age by how many moves are known. A share that does not fall
    gives no half-life.

    Parameters
    ----------
    forecast : ndarray of float64, shape (n,)
        Prices that were forecast.
    known : ndarray of float64, shape (n_ages, n)
        The newest price when the forecast was 0, 1, … periods old.
    real : ndarray of float64, shape (n,)
        What came.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> move = rng.normal(size=4_000)
    >>> steps = np.cumsum(rng.normal(size=(6, 4_000)) * 2.0 + move / 3.0, axis=0)
    >>> known = np.vstack([np.zeros(4_000), steps[:-1]])
    >>> 0.0 < half_life(move, known, steps[-1])
    True
    """
    move = forecast - known[0]
    size = np.abs(move)
    usable = np.isfinite(move) & np.isfinite(real)
    if not usable.any():
        return 0.0
    sure = usable & (size >= np.median(size[usable])) & (size > 0.0)
    counts, above = [], []
    for price in known:
        left = np.sign(real - price)[sure & np.isfinite(price)]
        said = np.sign(move)[sure & np.isfinite(price)]
        moved = left != 0.0
        counts.append(int(moved.sum()))
        above.append(float((left == said)[moved].mean()) - COIN if moved.any() else 0.0)
    weight, share = np.array(counts, dtype=np.float64), np.array(above)
    seen = (weight >= LEAST) & (share > 0.0)
    if seen.sum() < 2 or not seen[0]:
        return 0.0
    ages = np.flatnonzero(seen).astype(np.float64)
    # Logarithms of small shares are noisy; a share weighs by its square (delta method).
    heft = weight[seen] * share[seen] ** 2
    value = np.log2(share[seen])
    middle = np.average(ages, weights=heft)
    slope = float((heft * (ages - middle) * value).sum() / (heft * (ages - middle) ** 2).sum())
    life = -1.0 / slope if slope < 0.0 else 0.0
    return life if life <= LONGEST else 0.0


def confidence_at(confidence: float, age: float, half_life: float) -> float:
    """Return what is left of a confidence at an age, in the unit of the half-life; 0 for none.

    Examples
    --------
    >>> confidence_at(0.9, 10.0, 10.0), confidence_at(0.9, 10.0, 0.0), confidence_at(0.4, 9.0, 1.0)
    (0.7, 0.9, 0.4)
    """
    if half_life <= 0.0 or confidence <= COIN:
        return confidence
    left: float = COIN + (confidence - COIN) * 2.0 ** (-age / half_life)
    return round(left, 12)
