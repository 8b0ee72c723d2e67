"""What a storage is worth: at known prices, and at prices that move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.storage.conflict import explained
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.assets.spot import SpotModel
    from wattbook.assets.storage.storage import Storage

__all__ = [
    "Estimate",
    "SimulatedValue",
    "StorageSchedule",
    "intrinsic",
    "rolling_intrinsic",
    "simulated_value",
    "tree_value",
]

Floats: TypeAlias = "NDArray[np.float64]"
SEED = 1


@dataclass(frozen=True, eq=False)
class StorageSchedule:
    """A schedule at known prices.

    Parameters
    ----------
    value : float
        Discounted money.
    change_mwh : ndarray of shape (days,), MWh
        Into the storage above zero, out of it below.
    level_mwh : ndarray of shape (days,), MWh
        After each day.
    """

    value: float
    change_mwh: Floats
    level_mwh: Floats


@dataclass(frozen=True)
class Estimate:
    """A mean over paths, in discounted money, and its standard error."""

    mean: float
    error: float


@dataclass(frozen=True)
class SimulatedValue:
    """The value from both sides.

    Parameters
    ----------
    lower : Estimate
        What the learnt policy earns on new paths: in the mean no more than the value.
    upper : Estimate
        What foresight earns on them less a martingale: in the mean no less than the value.
    """

    lower: Estimate
    upper: Estimate

    @property
    def gap(self) -> float:
        """Share of the upper bound that lies between the two."""
        return (self.upper.mean - self.lower.mean) / max(abs(self.upper.mean), 1e-12)


def discounts_of(discounts: Floats | None, days: int) -> Floats:
    """Return the discount factors as the compiled module takes them."""
    if discounts is None:
        return np.ones(days)
    return np.ascontiguousarray(discounts, np.float64)


def intrinsic(storage: Storage, prices: Floats, discounts: Floats | None = None) -> StorageSchedule:
    """Return the schedule that earns most at `prices`, exactly on the storage's lattice.

    Parameters
    ----------
    storage : Storage
    prices : ndarray of shape (days,), money a MWh
    discounts : ndarray of shape (days,), optional
        What money of each day is worth today.

    Raises
    ------
    InputError
        If a price is no number, or no schedule keeps every rule; names those in conflict.

    Examples
    --------
    >>> from wattbook.assets.storage import Ratchet, Storage
    >>> cavern = Storage(30.0, 10.0, (Ratchet(0.0, 10.0, 20.0),))
    >>> found = intrinsic(cavern, np.array([10.0, 12.0, 30.0, 20.0]))
    >>> found.value, found.change_mwh
    (380.0, array([ 10.,  10., -20.,   0.]))
    """
    prices = np.ascontiguousarray(prices, np.float64)
    with explained(storage, len(prices)):
        found = storage.core().intrinsic(prices, discounts_of(discounts, len(prices)))
    value, change, level = found
    return StorageSchedule(value, change * storage.step_mwh, level * storage.step_mwh)


def tree_value(
    storage: Storage, model: SpotModel, discounts: Floats | None = None, *, substeps: int = 4
) -> float:
    """Return the value on a trinomial tree of `substeps` steps a day (Hull and White 1994).

    Raises
    ------
    InputError
        If the model has more than one factor, a season, jumps, or prices that are sums.
    """
    factors = discounts_of(discounts, len(model.forward))
    with explained(storage, len(factors)):
        return storage.core().tree_value(model.core(), factors, substeps)


def rolling_intrinsic(
    storage: Storage,
    model: SpotModel,
    discounts: Floats | None = None,
    *,
    paths: int = 1_000,
    seed: int = SEED,
) -> Estimate:
    """Return what the intrinsic schedule earns if made anew every day on that day's curve."""
    factors = discounts_of(discounts, len(model.forward))
    with explained(storage, len(factors)):
        return Estimate(*storage.core().rolling_intrinsic(model.core(), factors, paths, seed))


def simulated_value(
    storage: Storage,
    model: SpotModel,
    discounts: Floats | None = None,
    *,
    paths: int = 10_000,
    seed: int = SEED,
    threads: int = 2,
) -> SimulatedValue:
    """Return the value by least-squares Monte Carlo, from below and from above.

    The number of threads changes no digit of the result.

    References
    ----------
    Boogert and de Jong (2008), Gas storage valuation using a Monte Carlo method.
    Glasserman and Yu (2004), Simulation for American options: regression now or regression later?
    Rogers (2002), Monte Carlo valuation of American options.
    """
    if threads < 1:
        raise InputError(f"{threads} threads; give at least one")
    factors = discounts_of(discounts, len(model.forward))
    with explained(storage, len(factors)):
        lower, upper = storage.core().least_squares(model.core(), factors, paths, seed, threads)
    return SimulatedValue(Estimate(*lower), Estimate(*upper))
