"""Margin by filtered historical simulation, and what is called against it.

In the class of what clearing houses use: a tail of filtered scenarios, a share of stressed ones, a
floor that keeps calm times from lowering it too far, and add-ons for positions that are large
against what is traded. Each part is given apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.errors import InputError
from wattbook.risk.checked import (
    above,
    finite_array,
    finite_figure,
    finite_number,
    from_zero,
    overflow_refused,
    share,
    shock_table,
)
from wattbook.risk.measures import Shortfall, expected_shortfall

__all__ = [
    "Collateral",
    "MarginCall",
    "MarginModel",
    "MarginParts",
    "collateral_value",
    "filtered_margin",
    "margin_call",
    "scenario_margin",
    "shocked_pnl",
    "variation_margin",
]

Array = NDArray[np.float64]

STEPS_MAX = 1e15
"""Units of rounding that a call may have: more are not told apart."""


@dataclass(frozen=True, slots=True)
class MarginModel:
    """Scenarios and parameters of a margin; shocks are (instruments, scenarios), money a unit."""

    filtered: NDArray[np.float32] | Array
    """Filtered historical moves over the horizon."""
    stressed: NDArray[np.float32] | Array
    """Moves of stressed days, at least one."""
    long_run: NDArray[np.float32] | Array
    """Moves of the long history, unfiltered: those that the floor is taken of."""
    half_spread: Array
    """Cost of closing one unit of each instrument."""
    daily_volume: Array
    """Units of each that trade in a day, above 0."""
    confidence: float = 0.99
    stressed_share: float = 0.25
    """Weight of the stressed component (Regulation (EU) 153/2013, article 28, point b)."""
    floor_share: float = 1.0
    """Of the long run's tail below which the margin does not fall (point c)."""
    participation: float = 0.1
    """Share of the daily volume that can be closed in a day."""
    concentration_share: float = 1.0
    """Units beyond this many days' volume pay the concentration rate."""
    concentration_rate: float = 0.1
    """Share of a unit's worst filtered loss, for each unit beyond."""

    def __post_init__(self) -> None:
        """Refuse columns and parameters that do not fit.

        Raises
        ------
        InputError
            Naming the column or parameter.
        """
        tables = ("filtered", "stressed", "long_run")
        for name in tables:
            object.__setattr__(self, name, shock_table(name, getattr(self, name)))
        count = self.filtered.shape[0]
        for name in tables:
            shocks = getattr(self, name)
            if shocks.shape[0] != count or shocks.shape[1] < 1:
                message = f"{name} has shape {shocks.shape}: give {count} rows of scenarios"
                raise InputError(message)
        spread = finite_array("half_spread", self.half_spread)
        volume = finite_array("daily_volume", self.daily_volume)
        is_usable = np.all(spread >= 0.0) and np.all(volume > 0.0)
        if not (spread.size == volume.size == count and is_usable):
            message = f"give {count} half spreads from 0 and daily volumes above 0"
            raise InputError(message)
        object.__setattr__(self, "half_spread", spread)
        object.__setattr__(self, "daily_volume", volume)
        share("confidence", self.confidence)
        share("participation", self.participation)
        stressed_part(self.stressed_share)
        for name in ("floor_share", "concentration_share", "concentration_rate"):
            from_zero(name, getattr(self, name))


def stressed_part(value: float) -> float:
    """Return the weight of the stressed component, 0 to 1."""
    if not 0.0 <= finite_number("stressed_share", value) <= 1.0:
        message = f"stressed_share is {value}: give a share, 0 to 1"
        raise InputError(message)
    return value


@dataclass(frozen=True, slots=True)
class MarginParts:
    """Initial margin and its parts, positive."""

    filtered: float
    """Expected shortfall of the filtered scenarios."""
    stressed: float
    """That of the stressed ones."""
    blended: float
    """The two by their shares."""
    floor: float
    """What the long history asks for at least."""
    liquidity: float
    """For closing over more than a day, and for the spread."""
    concentration: float
    """For what is large against the volume."""

    @property
    def total(self) -> float:
        """The blend, not below the floor, and the add-ons."""
        return max(self.blended, self.floor, 0.0) + self.liquidity + self.concentration


def shocked_pnl(quantities: ArrayLike, shocks: NDArray[np.float32] | Array) -> Array:
    """Profit or loss in each scenario: quantities times shocks, in one pass over memory.

    Parameters
    ----------
    quantities : array, shape (positions,)
        Units held.
    shocks : array of float32 or float64, shape (positions, scenarios)
        Money that one unit gains; sums are of 8 bytes either way.

    Raises
    ------
    InputError
        For shapes that do not fit or a sum that is no number.

    Examples
    --------
    >>> shocked_pnl([2.0, -1.0], np.array([[1.0, -3.0], [0.5, 0.5]])).tolist()
    [1.5, -6.5]
    """
    column = np.ascontiguousarray(finite_array("quantities", quantities))
    pnl: Array = _core.shocked_pnl(column, shock_table("shocks", shocks))
    return pnl


def filtered_margin(quantities: ArrayLike, model: MarginModel) -> MarginParts:
    """Return the initial margin of positions; ask with an order's quantity added for a what-if.

    Raises
    ------
    InputError
        For quantities that do not fit the model, are no numbers, or are so large that a part is
        none.
    """
    column = finite_array("quantities", quantities)
    tails = [
        expected_shortfall(shocked_pnl(column, shocks), model.confidence, Shortfall.EXACT_TAIL)
        for shocks in (model.filtered, model.stressed, model.long_run)
    ]
    filtered, stressed, long_run = (max(tail, 0.0) for tail in tails)
    with overflow_refused():
        liquidity, concentration = _add_ons(np.abs(column), model)
    return MarginParts(
        filtered=filtered,
        stressed=stressed,
        blended=(1.0 - model.stressed_share) * filtered + model.stressed_share * stressed,
        floor=finite_figure("floor", model.floor_share * long_run),
        liquidity=finite_figure("liquidity add-on", liquidity),
        concentration=finite_figure("concentration add-on", concentration),
    )


def _add_ons(size: Array, model: MarginModel) -> tuple[float, float]:
    """Return what sizes cost for closing over days, and for what is large against the volume."""
    days = size / (model.participation * model.daily_volume)
    # What is left to close falls evenly: its risk over n days is the root of n / 3.
    longer = np.maximum(np.sqrt(np.maximum(days, 1.0) / 3.0) - math.sqrt(1.0 / 3.0), 0.0)
    unit_loss = np.maximum(
        -np.minimum(model.filtered.min(axis=1), -model.filtered.max(axis=1)), 0.0
    ).astype(np.float64)
    liquidity = float(size @ model.half_spread + (size * unit_loss) @ longer)
    beyond = np.maximum(size - model.concentration_share * model.daily_volume, 0.0)
    return liquidity, model.concentration_rate * float(beyond @ unit_loss)


def scenario_margin(
    pnl: ArrayLike, confidence: float = 0.99, stressed_share: float = 0.25
) -> float:
    """Return the initial margin of gains by scenario alone: their tail, and a share of the worst.

    There are no add-ons for size: `filtered_margin` has them, with volumes and spreads.

    Raises
    ------
    InputError
        If there are no scenarios or a gain is no number.

    Examples
    --------
    >>> scenario_margin([-100.0, 20.0, -40.0, 10.0], confidence=0.5)
    77.5
    """
    gains = finite_array("pnl", pnl)
    stressed_part(stressed_share)
    tail = expected_shortfall(gains, confidence, Shortfall.EXACT_TAIL)
    worst = -float(gains.min())
    return max((1.0 - stressed_share) * tail + stressed_share * worst, 0.0)


def variation_margin(quantities: ArrayLike, before: ArrayLike, after: ArrayLike) -> float:
    """Money received (above 0) or paid for the move of settlement prices.

    Raises
    ------
    InputError
        If a price is missing.

    Examples
    --------
    >>> variation_margin([1_000.0, -500.0], [60.0, 61.0], [59.0, 60.5])
    -750.0
    """
    held, old, new = (
        finite_array(name, column)
        for name, column in (("quantities", quantities), ("before", before), ("after", after))
    )
    if not held.size == old.size == new.size:
        message = f"{held.size} positions, {old.size} and {new.size} prices: give as many of each"
        raise InputError(message)
    with overflow_refused():
        return finite_figure("variation margin", float(held @ (new - old)))


@dataclass(frozen=True, slots=True)
class Collateral:
    """Something lodged."""

    name: str
    value: float
    """Market value in the currency of the margin."""
    haircut: float = 0.0
    """Share that does not count."""
    currency_haircut: float = 0.0
    """Another, where it is in another currency."""
    cap: float = math.inf
    """Most of it that counts after haircuts, in money."""


def collateral_value(lodged: Sequence[Collateral]) -> float:
    """Return what collateral counts for after haircuts and caps.

    Raises
    ------
    InputError
        For a value below 0 or missing, or a haircut that is no share.

    Examples
    --------
    >>> collateral_value([Collateral("bond", 100.0, 0.02), Collateral("USD", 50.0, 0.0, 0.08)])
    144.0
    """
    total = 0.0
    for one in lodged:
        if not finite_number(f"value of {one.name}", one.value) >= 0.0:
            message = f"value of {one.name} is {one.value}: give money from 0"
            raise InputError(message)
        for cut in (one.haircut, one.currency_haircut):
            if not 0.0 <= finite_number(f"haircut of {one.name}", cut) <= 1.0:
                message = f"haircut of {one.name} is {cut}: give a share, 0 to 1"
                raise InputError(message)
        if one.cap != math.inf:
            from_zero(f"cap of {one.name}", one.cap)
        counted = one.value * max(1.0 - one.haircut - one.currency_haircut, 0.0)
        total += min(counted, one.cap)
    return finite_figure("collateral", total)


@dataclass(frozen=True, slots=True)
class MarginCall:
    """What is to be paid in or may be taken out."""

    required: float
    held: float
    amount: float
    """Above 0 to pay in, below 0 to be returned, 0 within the transfer amount."""


def margin_call(
    required: float,
    collateral: float,
    *,
    variation: float = 0.0,
    threshold: float = 0.0,
    minimum_transfer: float = 0.0,
    rounding: float = 0.01,
) -> MarginCall:
    """Return the call for what collateral and variation do not cover.

    Parameters
    ----------
    required, collateral : float
        Initial margin; what is lodged, after haircuts.
    variation : float, optional
        Variation margin not yet settled, above 0 if it is owed to us.
    threshold : float, optional
        Exposure that needs no collateral.
    minimum_transfer : float, optional
        Below this nothing moves.
    rounding : float, optional
        Calls are rounded up to a multiple of it, returns down.

    Raises
    ------
    InputError
        If a number is missing, or the rounding is not above 0.

    Examples
    --------
    >>> margin_call(1_000.0, 800.0, variation=-150.0, rounding=100.0).amount
    400.0
    """
    for name, value in (
        ("required", required),
        ("collateral", collateral),
        ("variation", variation),
    ):
        finite_number(name, value)
    from_zero("threshold", threshold)
    from_zero("minimum_transfer", minimum_transfer)
    above("rounding", rounding)
    needed = max(required - variation - threshold, 0.0)
    gap = finite_figure("call", needed - collateral)
    if abs(gap) < minimum_transfer or gap == 0.0:
        return MarginCall(needed, collateral, 0.0)
    if abs(gap) / rounding > STEPS_MAX:
        message = f"rounding {rounding} is nothing beside {gap}: give an amount such as 0.01"
        raise InputError(message)
    steps = math.ceil(gap / rounding - 1e-9)
    return MarginCall(needed, collateral, steps * rounding)
