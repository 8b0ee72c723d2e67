"""Hedges of many exposures at once: delta and vega by delivery month, or a profile hour by hour.

What is least is the weighted size of what each exposure leaves, and the cost of trading:

    sum_i weight_i |exposure_i + sum_j instrument_ij position_j| + sum_j cost_j |position_j|

in whole lots, within what each instrument may be traded. The sizes are taken without squares, so
that the programme is linear and the answer with its lots is the best one, to the gap it states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.assets.plants.solve import solved
from wattbook.assets.program import INFINITY, Label, Program
from wattbook.errors import InputError

__all__ = ["ExposureHedge", "hedge_exposure"]

Floats: TypeAlias = NDArray[np.float64]
SECONDS = 30.0
SMALLEST, LARGEST = 1e-6, 1e9
"""Beyond them a programme is no longer told apart from its rounding."""


@dataclass(frozen=True)
class ExposureHedge:
    """A hedge of exposures.

    Parameters
    ----------
    position : ndarray of shape (n_instruments,)
        Units of each instrument, sold below zero, in whole lots.
    left : ndarray of shape (n_exposures,)
        What each exposure is with it.
    before, after : float
        Weighted size of all exposures, without cost.
    cost : float
        Of trading.
    gap : float
        Share of the objective that a better hedge could save at most; above zero, time ran out.
    """

    position: Floats
    left: Floats
    before: float
    after: float
    cost: float
    gap: float


def hedge_exposure(
    exposure: ArrayLike,
    instruments: ArrayLike,
    *,
    weight: ArrayLike = 1.0,
    lot: ArrayLike = 1.0,
    most: ArrayLike = np.inf,
    cost: ArrayLike = 0.0,
    seconds: float = SECONDS,
) -> ExposureHedge:
    """Return what to trade so that least is left of some exposures, with the cost of trading.

    Parameters
    ----------
    exposure : array of shape (n_exposures,)
        Such as delta and vega by delivery month, or energy hour by hour.
    instruments : array of shape (n_exposures, n_instruments)
        What a unit of each instrument adds to each exposure.
    weight : array of shape (n_exposures,), optional
        What a unit of each exposure is worth, in the money of the cost; above or at zero.
    lot, most : array of shape (n_instruments,), optional
        Units in a lot, and units that may be traded either way: what the market has.
    cost : array of shape (n_instruments,), optional
        Money for each unit that is traded.
    seconds : float, optional
        After which the best hedge so far is returned with its gap.

    Raises
    ------
    InputError
        If shapes do not fit, a value is not finite, or a lot, weight, limit or cost is out of
        range.

    Examples
    --------
    Three hours of which two are peak, hedged with base and peak in lots of 5 MW:

    >>> found = hedge_exposure([-12.0, -20.0, -20.0], [[1, 0], [1, 1], [1, 1]], lot=5.0)
    >>> found.position.tolist(), found.left.tolist()
    ([10.0, 10.0], [-2.0, 0.0, 0.0])
    """
    base = np.asarray(exposure, np.float64)
    shapes = np.asarray(instruments, np.float64)
    if base.ndim != 1 or shapes.ndim != 2 or len(shapes) != base.size:
        raise InputError(
            f"exposure has shape {base.shape} and instruments {shapes.shape}; give (exposures,) "
            "and (exposures, instruments)"
        )
    if not np.isfinite(base).all() or not np.isfinite(shapes).all():
        raise InputError("exposures and instruments must be finite; leave out what is not known")
    worth = each("weight", weight, base.size, least=0.0)
    size = each("lot", lot, shapes.shape[1], least=0.0, is_above=True)
    limit = each("most", most, shapes.shape[1], least=0.0)
    price = each("cost", cost, shapes.shape[1], least=0.0)
    before = float(worth @ np.abs(base))
    position, gap = least_left(base, shapes, worth, size, limit, price, seconds)
    left = base + shapes @ position
    after = float(worth @ np.abs(left))
    return ExposureHedge(position, left, before, after, float(price @ np.abs(position)), gap)


def each(
    name: str, values: ArrayLike, count: int, *, least: float, is_above: bool = False
) -> Floats:
    """Return one value for each of `count`, from `least` on.

    Raises
    ------
    InputError
        If there are not as many, or one is out of range.
    """
    given = np.asarray(values, np.float64)
    if given.shape not in ((), (count,)):
        raise InputError(f"{name} has shape {given.shape}; give one value or {count} of them")
    found = np.array(np.broadcast_to(given, count))
    is_good = (found > least if is_above else found >= least) & (
        np.isinf(found) | (found <= LARGEST) & ((found == 0.0) | (found >= SMALLEST))
    )
    if name != "most":
        is_good &= np.isfinite(found)
    if not is_good.all():
        place = int(np.flatnonzero(~is_good)[0])
        words = "above" if is_above else "at or above"
        raise InputError(
            f"{name} {place} is {found[place]:g}; give numbers {words} {least:g}, and from "
            f"{SMALLEST:g} to {LARGEST:g}"
        )
    return found


def least_left(
    base: Floats,
    shapes: Floats,
    weight: Floats,
    lot: Floats,
    most: Floats,
    cost: Floats,
    seconds: float,
) -> tuple[Floats, float]:
    """Return the position of least objective and its gap."""
    program, count = Program(), lot.size
    # A position beyond the largest exposure that any unit could square is never of use.
    reach = np.abs(shapes).max(axis=0, initial=0.0)
    useful = np.where(reach > 0.0, 2.0 * np.abs(base).sum() / np.where(reach > 0.0, reach, 1.0), 0)
    lots = np.floor(np.minimum(most, useful + lot) / lot + 1e-9)
    bought = program.columns(count, 0.0, lots, cost * lot, whole=True)
    sold = program.columns(count, 0.0, lots, cost * lot, whole=True)
    above = program.columns(base.size, 0.0, INFINITY, weight)
    below = program.columns(base.size, 0.0, INFINITY, weight)
    terms = [(above, -1.0), (below, 1.0)]
    for place in range(count):
        step = shapes[:, place] * lot[place]
        for columns, sign in ((bought, 1.0), (sold, -1.0)):
            terms.append((np.full(base.size, columns[place]), sign * step))
    program.rows(Label("what is left"), -base, -base, terms)
    found = solved(program, "hedge", seconds=seconds)
    whole = np.round(found.columns[bought]) - np.round(found.columns[sold])
    return whole * lot, found.gap
