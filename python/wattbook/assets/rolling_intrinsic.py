"""A battery on the orders of a continuous market: the rolling intrinsic at every update."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook._core import battery_rolling_intrinsic
from wattbook.assets.foresight import StoreLimits
from wattbook.errors import InputError

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import ArrayLike, NDArray

    from wattbook.assets.foresight import Floats

__all__ = [
    "ContinuousOrders",
    "IntrinsicRules",
    "IntrinsicRun",
    "fitting_states",
    "rolling_intrinsic",
]

Integers: TypeAlias = "NDArray[np.int64]"
LOTS_IN_MW = 10
STATES = 11
CELLS_MOST = 60
MINUTE_MS = 60_000


class IntrinsicRules(Enum):
    """Whose rules a battery trades by.

    Attributes
    ----------
    EVERY_CHANGE
        It looks for trades after the orders of each instant, and after orders that expire and gates
        that close. Trades pay for their fee and wear; the cells are never fuller than full.
    BITEPY
        Those of BitePy 0.6.16, to compare: it looks after each order that betters the best of its
        side, provided that each product with a book has twice the power of the battery on both
        sides. Trades pay for their fee, whatever they wear; the last lot may overfill the cells.
    """

    EVERY_CHANGE = "every-change"
    BITEPY = "bitepy"


@dataclass(frozen=True, slots=True)
class ContinuousOrders:
    """Orders of products of one length, by rising time. All arrays have one value an order.

    Parameters
    ----------
    time, valid_until, delivery : array_like of int, ms since 1970 UTC
        When it came, until when it rests, and start of delivery.
    is_buy : array_like of bool
    price : array_like of float, currency per MWh
    power : array_like of float, MW
        In whole steps of 0.1.

    Raises
    ------
    InputError
        If lengths differ, or a power is not a step; names it.
    """

    time: ArrayLike
    valid_until: ArrayLike
    delivery: ArrayLike
    is_buy: ArrayLike
    price: ArrayLike
    power: ArrayLike

    def columns(
        self,
    ) -> tuple[tuple[Integers, Integers, Integers], NDArray[np.bool_], Floats, Integers]:
        """Return times, sides, prices and lots of 0.1 MW as the compiled module takes them."""
        times = (
            np.ascontiguousarray(self.time, np.int64),
            np.ascontiguousarray(self.valid_until, np.int64),
            np.ascontiguousarray(self.delivery, np.int64),
        )
        is_buy = np.ascontiguousarray(self.is_buy, np.bool_)
        price, power = (np.ascontiguousarray(one, np.float64) for one in (self.price, self.power))
        lengths = {len(one) for one in (*times, is_buy, price, power)}
        if len(lengths) != 1:
            raise InputError(f"columns of orders have {sorted(lengths)} rows; give one a row each")
        lots = np.rint(power * LOTS_IN_MW).astype(np.int64)
        wrong = np.flatnonzero(np.abs(lots - power * LOTS_IN_MW) > 1e-6)
        if len(wrong):
            raise InputError(
                f"order {wrong[0]}: {power[wrong[0]]} MW; give a whole number of steps of 0.1 MW"
            )
        return times, is_buy, price, lots


@dataclass(frozen=True, slots=True)
class IntrinsicRun:
    """What a battery did on a stream of orders.

    Parameters
    ----------
    profit : float
        Cash of all trades less fees, and less the wear of what runs in the end.
    solves : int
        How often it looked for trades.
    time : ndarray of shape (n_fills,), int, ms since 1970 UTC
    product : ndarray of shape (n_fills,), int
        How many products after the first one.
    power_mw : ndarray of shape (n_fills,), MW
        Bought above zero, sold below.
    cash : ndarray of shape (n_fills,)
        At the prices of the orders taken, before fees.
    position_mw : ndarray of shape (n_products,), MW
        In the end: charged above zero, discharged below.
    """

    profit: float
    solves: int
    time: Integers
    product: Integers
    power_mw: Floats
    cash: Floats
    position_mw: Floats


def fitting_states(limits: StoreLimits, product_minutes: int = 60) -> int:
    """Return the fewest points of energy, from 11 to 61, that a battery needs.

    Their distance is a whole number of lots, so that without losses nothing that can be reached
    lies off the lots between them, and no more than a period moves. Where no number up to 61 is
    both, as for a capacity that is no whole number of lots, it is what a period moves alone.

    Examples
    --------
    >>> battery = StoreLimits.symmetric(1.0, 2.5)
    >>> fitting_states(battery), fitting_states(battery, product_minutes=15)
    (26, 11)
    >>> fitting_states(StoreLimits.symmetric(0.1, 5.0))
    51
    """
    hours = max(product_minutes, 1) / 60
    capacity = limits.ceiling_mwh - limits.floor_mwh
    moved = hours * min(
        limits.charge_mw * limits.charge_efficiency,
        limits.discharge_mw / limits.discharge_efficiency,
    )
    needed = CELLS_MOST if moved <= 0.0 else math.ceil(capacity / moved - 1e-9)
    least = min(max(STATES - 1, needed), CELLS_MOST)
    lots = capacity * LOTS_IN_MW / hours
    whole = round(lots)
    if abs(lots - whole) > 1e-6:
        return 1 + least
    if 0 < whole < STATES - 1:
        return 1 + whole
    return 1 + next((cells for cells in range(least, CELLS_MOST + 1) if whole % cells == 0), least)


def rolling_intrinsic(
    limits: StoreLimits,
    orders: ContinuousOrders,
    *,
    first_delivery: dt.datetime,
    products: int,
    product_minutes: int = 60,
    fee: float = 0.0,
    wear: float = 0.0,
    gate_minutes: int = 30,
    states: int | None = None,
    rules: IntrinsicRules = IntrinsicRules.EVERY_CHANGE,
) -> IntrinsicRun:
    """Return what a battery earns that takes resting orders whenever its plan gains.

    Parameters
    ----------
    limits : StoreLimits
        Of the battery; it begins at its floor.
    orders : ContinuousOrders
        Of the market; what the battery takes is no longer there for others.
    first_delivery : aware datetime
        Start of the first product; each other one starts where the one before ends.
    products : int
        How many.
    product_minutes : int, optional
        How long each is delivered.
    fee, wear : float, optional
        Paid for each MWh traded, and lost for each MWh that runs. Plans count wear for each MWh
        traded.
    gate_minutes : int, optional
        How long before delivery trading ends.
    states : int, optional
        Points of the grid on which energy is valued; `fitting_states` if left out.
    rules : IntrinsicRules, optional
        When it looks for trades, and which it takes.

    Raises
    ------
    InputError
        If a parameter or an order is out of its range, or orders step back in time; names it.
    """
    if first_delivery.tzinfo is None:
        raise InputError(f"first delivery {first_delivery} has no time zone; give one")
    if products < 1:
        raise InputError(f"{products} products; give one or more")
    times, is_buy, price, lots = orders.columns()
    profit, solves, fills, position = battery_rolling_intrinsic(
        store=limits.values(),
        costs=(fee, wear),
        gate_ms=gate_minutes * 60_000,
        states=fitting_states(limits, product_minutes) if states is None else states,
        is_every_change=rules is IntrinsicRules.EVERY_CHANGE,
        products=(
            round(first_delivery.timestamp() * 1000),
            product_minutes * MINUTE_MS,
            products,
        ),
        times=times,
        is_buy=is_buy,
        prices=price,
        lots=lots,
    )
    time, product, traded, cash = fills
    return IntrinsicRun(
        profit, solves, time, product, traded / LOTS_IN_MW, cash, position / LOTS_IN_MW
    )
