"""Hedge paths: a load profile bought in tranches of base, peak and other products.

At each date the products that trade then are chosen so that what is hedged comes nearest to the
share of the profile that is due, hour by hour, in whole lots and inside a corridor. What is left
in delivery is told in two parts: volume, which products could have met, and shape, which none can.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError

__all__ = ["HedgePath", "Residual", "block_hedge", "hedge_path", "linear_tranches", "residual_of"]

Floats: TypeAlias = NDArray[np.float64]
ROUNDS_MAX = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class HedgePath:
    """Positions from date to date.

    Parameters
    ----------
    position : ndarray of shape (n_dates, n_products), MW
    share : ndarray of shape (n_dates,)
        Of the profile's energy that is hedged.
    """

    position: Floats
    share: Floats

    @property
    def trades(self) -> Floats:
        """What is bought on each date, sold below zero; MW."""
        return np.diff(self.position, axis=0, prepend=0.0)


@dataclass(frozen=True, slots=True)
class Residual:
    """What a hedge leaves of a load, MW.

    Parameters
    ----------
    total : float
        Root of the mean square of what is left, hour by hour.
    volume : float
        That part which the products could have met: the mean square of its projection on them.
    shape : float
        The rest, which none can; squares of both add up to that of the total.
    """

    total: float
    volume: float
    shape: float


def block_hedge(
    profile: ArrayLike, delivers: ArrayLike, lots: ArrayLike, *, start: ArrayLike = 0.0
) -> Floats:
    """Return the position in whole lots that leaves the least squares of a profile.

    From the nearest lots to the exact answer, single lots and pairs of lots are moved as long as
    that leaves less.

    Parameters
    ----------
    profile : array_like of shape (n_hours,), MW
    delivers : array_like of shape (n_hours, n_products)
        What a MW of a product delivers in each hour.
    lots : array_like of shape (n_products,) or one for all, MW
    start : array_like of shape (n_products,) or one for all, optional, MW
        Held already, from which whole lots are counted.

    Raises
    ------
    InputError
        If shapes do not fit, a number is missing, or a lot is not above zero.

    Examples
    --------
    >>> peak = np.array([0.0, 1.0, 1.0, 0.0])
    >>> block_hedge([10.2, 15.0, 16.0, 9.4], np.stack([np.ones(4), peak], axis=1), 1.0)
    array([10.,  6.])
    """
    load, shape = np.asarray(profile, np.float64), np.asarray(delivers, np.float64)
    if load.ndim != 1 or shape.ndim != 2 or len(shape) != len(load):
        raise InputError(
            f"profile has shape {load.shape} and delivers {shape.shape}; give (hours,) and "
            "(hours, products)"
        )
    if not (np.isfinite(load).all() and np.isfinite(shape).all()):
        raise InputError("an hour of the profile or of a product is missing; fill it")
    count = shape.shape[1]
    size = np.array(np.broadcast_to(np.asarray(lots, np.float64), (count,)))
    if not (size > 0).all():
        raise InputError(f"a lot is {size.min():g} MW; give sizes above zero")
    held = np.array(np.broadcast_to(np.asarray(start, np.float64), (count,)))
    left = load - shape @ held
    exact = np.linalg.lstsq(shape, left, rcond=None)[0]
    found = np.round(exact / size)
    # With the squares of products alone, an hour is looked at once.
    gram = (shape.T @ shape) * np.outer(size, size)
    aim = (shape.T @ left) * size
    steps = list(moves_of(count))
    for _ in range(ROUNDS_MAX):
        slope = gram @ found - aim
        gains = [float(step @ gram @ step / 2.0 + slope @ step) for step in steps]
        best = int(np.argmin(gains)) if gains else 0
        if not gains or gains[best] >= -1e-9 * max(float(np.abs(aim).max()), 1.0):
            break
        found = found + steps[best]
    made: Floats = held + found * size
    return made


def moves_of(count: int) -> Iterator[Floats]:
    """Yield a lot of each product either way, and a lot of one against or with a lot of another."""
    unit = np.eye(count)
    for one in range(count):
        yield unit[one]
        yield -unit[one]
        for other in range(one):
            for sign in (1.0, -1.0):
                yield unit[one] + sign * unit[other]
                yield -unit[one] - sign * unit[other]


def hedge_path(
    profiles: ArrayLike,
    delivers: ArrayLike,
    is_traded: ArrayLike,
    lots: ArrayLike,
    shares: ArrayLike,
    *,
    width: float,
) -> HedgePath:
    """Return positions that follow the newest profile, in lots, inside a corridor.

    Parameters
    ----------
    profiles : array_like of shape (n_dates, n_hours), MW
        What is expected of each hour of delivery, as known on each date.
    delivers : array_like of shape (n_hours, n_products)
    is_traded : array_like of bool, shape (n_dates, n_products)
        Others are kept as they are.
    lots : array_like of shape (n_products,) or one for all, MW
    shares : array_like of shape (n_dates,)
        Of the profile that is due on each date.
    width : float
        Share of energy by which what is hedged may be off what is due, either way.

    Raises
    ------
    InputError
        If shapes do not fit, a number is missing, a lot or the width is not above zero.
    """
    known, shape = np.asarray(profiles, np.float64), np.asarray(delivers, np.float64)
    trades, due = np.asarray(is_traded, np.bool_), np.asarray(shares, np.float64)
    if known.ndim != 2 or trades.shape != (len(known), shape.shape[-1]) or len(due) != len(known):
        raise InputError(
            f"profiles have shape {known.shape}, is_traded {trades.shape} and shares {due.shape}; "
            "give (dates, hours), (dates, products) and (dates,)"
        )
    if not width > 0:
        raise InputError(f"width is {width}; give a share above 0")
    count = shape.shape[1]
    size = np.array(np.broadcast_to(np.asarray(lots, np.float64), (count,)))
    held = np.zeros(count)
    positions = np.empty((len(known), count))
    hedged = np.empty(len(known))
    for at, (profile, share) in enumerate(zip(known, due.tolist(), strict=True)):
        open_ = np.flatnonzero(trades[at])
        rest = share * profile - shape @ np.where(trades[at], 0.0, held)
        if len(open_):
            held[open_] = block_hedge(rest, shape[:, open_], size[open_], start=held[open_])
            held = inside(held, profile, shape, size, open_, (share - width, share + width))
        positions[at] = held
        energy = float(profile.sum())
        hedged[at] = float((shape @ held).sum()) / energy if energy else 0.0
    return HedgePath(positions, hedged)


def inside(
    held: Floats,
    profile: Floats,
    shape: Floats,
    size: Floats,
    open_: NDArray[np.int64],
    corridor: tuple[float, float],
) -> Floats:
    """Return a position with lots added or taken, the least harmful first, until it is inside."""
    energy = float(profile.sum())
    hours = shape.sum(axis=0) * size
    for _ in range(ROUNDS_MAX):
        share = float((shape @ held).sum()) / energy if energy else 0.0
        low, high = corridor
        if low <= share <= high:
            break
        sign = 1.0 if (share < low) == (energy > 0) else -1.0
        middle = 0.5 * (low + high)
        left = middle * profile - shape @ held
        trials = [float(np.square(left - sign * size[one] * shape[:, one]).sum()) for one in open_]
        best = int(open_[int(np.argmin(trials))])
        step = sign * size[best]
        after = share + sign * hours[best] / energy
        # A lot that jumps over the corridor and ends further away is not traded.
        if abs(after - middle) >= abs(share - middle):
            break
        held = held.copy()
        held[best] += step
    return held


def linear_tranches(
    profile: ArrayLike, delivers: ArrayLike, lots: ArrayLike, dates: int
) -> HedgePath:
    """Return the usual path: the hedge of the first profile in equal tranches, in whole lots.

    Parameters
    ----------
    profile, delivers, lots
        As for `block_hedge`, the profile as known when buying begins.
    dates : int
        Tranches.

    Raises
    ------
    InputError
        As `block_hedge`, or if there is no tranche.
    """
    if dates < 1:
        raise InputError(f"{dates} tranches buy nothing; give at least 1")
    whole = block_hedge(profile, delivers, lots)
    size = np.array(np.broadcast_to(np.asarray(lots, np.float64), whole.shape))
    due = np.arange(1, dates + 1) / dates
    positions: Floats = np.round(due[:, None] * whole / size) * size
    load, shape = np.asarray(profile, np.float64), np.asarray(delivers, np.float64)
    energy = float(load.sum())
    hedged = (positions @ shape.sum(axis=0)) / energy if energy else np.zeros(dates)
    return HedgePath(positions, hedged)


def residual_of(load: ArrayLike, hedge: ArrayLike, products: ArrayLike) -> Residual:
    """Return what a hedge leaves of a load, in volume and shape.

    Parameters
    ----------
    load, hedge : array_like of shape (n_hours,), MW
        As it came, and as it was bought.
    products : array_like of shape (n_hours, n_products)
        What a MW of each of the products delivers that could have been traded.

    Raises
    ------
    InputError
        If shapes do not fit or a number is missing.

    Examples
    --------
    >>> residual_of([10.0, 12.0, 9.0, 13.0], np.full(4, 10.0), np.ones((4, 1)))
    Residual(total=1.8708..., volume=1.0, shape=1.5811...)
    """
    came, bought = np.asarray(load, np.float64), np.asarray(hedge, np.float64)
    shape = np.asarray(products, np.float64)
    if came.shape != bought.shape or came.ndim != 1 or shape.shape[:1] != came.shape:
        raise InputError(
            f"load has shape {came.shape}, hedge {bought.shape} and products {shape.shape}; give "
            "(hours,), (hours,) and (hours, products)"
        )
    left = came - bought
    if not len(left) or not np.isfinite(left).all():
        raise InputError("an hour is missing; fill it, or leave it out of all")
    met = shape @ np.linalg.lstsq(shape, left, rcond=None)[0]
    mean = [float(np.square(one).mean()) for one in (left, met, left - met)]
    return Residual(*(value**0.5 for value in mean))
