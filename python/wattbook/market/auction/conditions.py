"""What complex orders earn, and whether that meets their conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from wattbook.market.auction.complex_orders import Condition
from wattbook.market.auction.highs import quiet_solver
from wattbook.market.auction.network import Floats
from wattbook.market.auction.orders import Auction
from wattbook.market.auction.units import Place, Units

__all__ = ["Conditions", "Demanded"]

INFINITY = highspy.kHighsInf
MONEY_EPSILON = 1e-3
"""By how much a condition may fall short, currency: sums of many prices have no more digits."""


@dataclass(frozen=True, slots=True)
class Demanded:
    """What the prices must pay an order that is taken.

    Parameters
    ----------
    order : int
        Which.
    energy : sequence of pair of Place and float, MWh
        What it sells, below zero buys, where and when.
    least : float, currency
        What it must earn with that, below zero: may pay at most.
    """

    order: int
    energy: Sequence[tuple[Place, float]]
    least: float

    def margin(self, prices: Floats) -> float:
        """Return what the order earns beyond that, currency."""
        return sum(energy * float(prices[place]) for place, energy in self.energy) - self.least


class Conditions:
    """The conditions of an auction's complex orders.

    Parameters
    ----------
    auction : Auction
        Whose orders.
    units : Units
        With their carriers.
    """

    def __init__(self, auction: Auction, units: Units) -> None:
        self._orders = orders = auction.complex_orders
        self._blocks, self._hours = units.blocks, auction.network.hours
        self._rows = units.rows
        self._unit = np.zeros(len(orders.step_order), np.int64)
        for number, carrier in enumerate(units.carriers):
            if carrier.step is not None:
                self._unit[carrier.step] = units.blocks + number
        self._steps = [np.flatnonzero(orders.step_order == order) for order in range(len(orders))]
        side = np.array([orders.side(order) for order in range(len(orders))])
        is_scalable = np.array([one is Condition.SURPLUS for one in orders.condition], np.bool_)
        self.fixed_cost: Floats = np.where(is_scalable, side * orders.fixed_term, 0.0)
        """What taking each order costs the welfare, currency, shape (n_orders,)."""
        self.is_free: NDArray[np.bool_] = np.array(
            [one is Condition.NONE for one in orders.condition], np.bool_
        )
        """Which orders ask nothing, so that taking them never does harm."""

    def power(self, share: Floats) -> Floats:
        """Return what each order delivers, MW, shape (n_orders, n_periods); below zero: takes."""
        orders = self._orders
        found = np.zeros((len(orders), len(self._hours)))
        side = np.where(orders.is_demand, -1.0, 1.0)[orders.step_order]
        np.add.at(found, (orders.step_order, orders.step_period), side * share[self._unit])
        return found

    def demanded(self, taken: Floats, share: Floats) -> Iterator[Demanded]:
        """Yield what the prices must pay each order that is taken and asks for something."""
        power = self.power(share)
        for order in np.flatnonzero((taken > 0.5) & ~self.is_free):
            yield self._demanded(int(order), power[order], share[self._unit])

    def _demanded(self, order: int, power: Floats, steps: Floats) -> Demanded:
        """Return what the prices must pay an order, given its power and what its steps have."""
        orders, own = self._orders, self._steps[order]
        energy = power * self._hours
        least = orders.side(order) * float(orders.fixed_term[order])
        if orders.condition[order] is Condition.INCOME:
            least += float(orders.variable_term[order] * energy.sum())
        else:
            hours = self._hours[orders.step_period[own]]
            least += orders.side(order) * float((orders.step_price[own] * hours) @ steps[own])
        zone = int(orders.zone[order])
        sold = [((int(at), zone), float(energy[at])) for at in np.flatnonzero(energy)]
        return Demanded(order, sold, least)

    def margin(self, taken: Floats, share: Floats, prices: Floats) -> Floats:
        """Return what each order that is taken earns beyond its condition, currency.

        Infinite for one that asks for nothing, NaN for one that is not taken.
        """
        found = np.where(taken < 0.5, np.nan, np.inf)
        for one in self.demanded(taken, share):
            found[one.order] = one.margin(prices)
        return found

    def is_losing(self, taken: Floats, share: Floats, prices: Floats) -> NDArray[np.bool_]:
        """Return which orders are taken though the prices do not meet their condition."""
        return np.nan_to_num(self.margin(taken, share, prices)) < -MONEY_EPSILON

    def best_margin(self, order: int, prices: Floats) -> float:
        """Return what an order would earn beyond its condition, delivering what is best at prices.

        Minus infinity if it would deliver nothing.
        """
        steps = self.best_steps(order, prices)
        if not steps.sum() > 0:
            return -np.inf
        own, power = self._steps[order], np.zeros(len(self._hours))
        side = self._orders.side(order)
        np.add.at(power, self._orders.step_period[own], side * steps[own])
        return self._demanded(order, power, steps).margin(prices)

    def best_steps(self, order: int, prices: Floats) -> Floats:
        """Return what is best for an order that is taken at prices, MW, shape (n_steps,)."""
        orders, own = self._orders, self._steps[order]
        solver, side = quiet_solver(), orders.side(order)
        column = {int(self._unit[step]) - self._blocks: at for at, step in enumerate(own)}
        hours = self._hours[orders.step_period[own]]
        paid = prices[orders.step_period[own], orders.zone[order]] - orders.step_price[own]
        for gained, volume in zip(side * paid * hours, orders.step_volume[own], strict=True):
            none = np.empty(0, np.int32), np.empty(0)
            solver.addCol(-float(gained), 0.0, float(volume), 0, *none)
        for row in self._rows:
            if order in row.taken:
                on, columns = row.taken[order], [column[number] for number in row.terms]
                solver.addRow(
                    row.low - on,
                    row.high - on,
                    len(columns),
                    np.array(columns, np.int32),
                    np.array(list(row.terms.values())),
                )
        solver.run()
        steps = np.zeros(len(orders.step_order))
        steps[own] = solver.getSolution().col_value
        return steps
