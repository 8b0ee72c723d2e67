"""What complex orders earn, and whether that meets their conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from wattbook.market.auction.complex_orders import Condition
from wattbook.market.auction.highs import quiet_solver
from wattbook.market.auction.orders import Auction, Floats
from wattbook.market.auction.units import Place, Units

__all__ = ["Conditions", "Demanded"]

INFINITY = highspy.kHighsInf
MONEY_EPSILON = 1e-3
"""By how much a condition may fall short, currency: sums of many prices have no more digits."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a complex order can deliver in one period."""

    carrier: int
    period: int
    prices: Floats
    volumes: Floats


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
        self._deliveries: list[list[Delivery]] = [[] for _ in orders.names]
        for number, carrier in enumerate(units.carriers):
            if carrier.order is not None:
                period = next(iter(carrier.legs))[0]
                found = Delivery(number, period, *orders.steps(carrier.order, period))
                self._deliveries[carrier.order].append(found)
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
        found = np.zeros((len(self._orders), len(self._hours)))
        for order, deliveries in enumerate(self._deliveries):
            for one in deliveries:
                found[order, one.period] = share[self._blocks + one.carrier]
        return found

    def demanded(self, taken: Floats, share: Floats) -> Iterator[Demanded]:
        """Yield what the prices must pay each order that is taken and asks for something."""
        orders = self._orders
        for order, deliveries in enumerate(self._deliveries):
            if taken[order] < 0.5 or self.is_free[order]:
                continue
            side = orders.side(order)
            least = side * float(orders.fixed_term[order])
            energy = []
            for one in deliveries:
                power = float(share[self._blocks + one.carrier])
                hours = float(self._hours[one.period])
                if orders.condition[order] is Condition.INCOME:
                    least += float(orders.variable_term[order]) * power * hours
                else:
                    least += side * asked(one, abs(power)) * hours
                energy.append(((one.period, int(orders.zone[order])), power * hours))
            yield Demanded(order, energy, least)

    def margin(self, taken: Floats, share: Floats, prices: Floats) -> Floats:
        """Return what each order that is taken earns beyond its condition, currency.

        Infinite for one that asks for nothing, NaN for one that is not taken.
        """
        found = np.where(taken < 0.5, np.nan, np.inf)
        for one in self.demanded(taken, share):
            earned = sum(energy * float(prices[place]) for place, energy in one.energy)
            found[one.order] = earned - one.least
        return found

    def is_losing(self, taken: Floats, share: Floats, prices: Floats) -> NDArray[np.bool_]:
        """Return which orders are taken though the prices do not meet their condition."""
        return np.nan_to_num(self.margin(taken, share, prices)) < -MONEY_EPSILON

    def best_margin(self, order: int, prices: Floats) -> float:
        """Return what an order would earn beyond its condition, delivering what is best at prices.

        Minus infinity if it would deliver nothing.
        """
        orders, deliveries = self._orders, self._deliveries[order]
        solver, at = quiet_solver(), {}
        side, zone = orders.side(order), int(orders.zone[order])
        none, count = (np.empty(0, np.int32), np.empty(0)), 0
        for one in deliveries:
            hours = float(self._hours[one.period])
            columns = range(count, count + len(one.prices))
            at[one.carrier] = dict.fromkeys(columns, side)
            for price, volume in zip(one.prices, one.volumes, strict=True):
                gained = side * (float(prices[one.period, zone]) - float(price)) * hours
                solver.addCol(-gained, 0.0, float(volume), 0, *none)
            count += len(one.prices)
            least = orders.least_power(order, one.period)
            if least:
                add_row(solver, dict.fromkeys(columns, 1.0), least, INFINITY)
        for row in self._rows:
            if order in row.taken:
                terms = {
                    column: value * sign
                    for number, value in row.terms.items()
                    for column, sign in at[number].items()
                }
                add_row(solver, terms, row.low, row.high - row.taken[order])
        solver.run()
        steps = np.array(solver.getSolution().col_value)
        share = np.zeros(self._blocks + 1 + max((one.carrier for one in deliveries), default=0))
        for number, columns_of in at.items():
            share[self._blocks + number] = side * sum(steps[column] for column in columns_of)
        if not np.abs(share).sum() > 0:
            return -np.inf
        taken = np.zeros(len(orders))
        taken[order] = 1.0
        return float(self.margin(taken, share, prices)[order])


def asked(one: Delivery, power: float) -> float:
    """Return the limits of the steps that deliver a power, currency per h."""
    before = np.cumsum(one.volumes) - one.volumes
    return float(one.prices @ np.clip(power - before, 0.0, one.volumes))


def add_row(solver: highspy.Highs, terms: dict[int, float], low: float, high: float) -> None:
    """Add a row to a linear program."""
    columns = np.array(list(terms), np.int32)
    solver.addRow(low, high, len(terms), columns, np.array(list(terms.values())))
