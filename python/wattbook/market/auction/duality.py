"""What prices may be beside a choice, as rows of the program that chooses.

The fixed term of a classic complex order is no part of welfare, so bounds on welfare alone want
them all. What an order earns is its accepted steps at their limits and its profit, and by strong
duality all profits together are no more than the welfare: that makes the conditions on income
linear in what is carried, profits and prices (Madani and Van Vyve 2018, *Revisiting minimum profit
conditions in uniform price day-ahead electricity auctions*). Profits are bounded from below by
lines, learned where they miss, and switched off with their order by the largest value that they can
have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import highspy
import numpy as np

from wattbook.market.auction.complex_orders import ComplexOrders, Condition
from wattbook.market.auction.conditions import Conditions
from wattbook.market.auction.hourly import Convex
from wattbook.market.auction.legs import Legs
from wattbook.market.auction.merged import place_surplus
from wattbook.market.auction.network import Floats
from wattbook.market.auction.orders import Auction, HourlyOrders
from wattbook.market.auction.units import Units

__all__ = ["PriceRows", "price_box"]

INFINITY = highspy.kHighsInf
ROOM = 0.01
"""By how much prices may leave the box, currency per MWh: those of linear orders are rounded."""
LEVELS = 8
"""At so many prices the profit of hourly orders is known from the start."""
PLACE_EPSILON = 1e-4
"""What a place may earn beyond its lines, currency, before that counts."""
SLACK = 0.05
"""What all profits together may exceed the welfare by, currency: sums of the above."""
MONEY_EPSILON = 2e-3


def price_box(auction: Auction, units: Units) -> tuple[Floats, Floats]:
    """Return between what every choice leaves each price.

    Prices of hourly orders on plain links fall in each injection, wherever it is (Murota 2003,
    *Discrete Convex Analysis*, chapter 7), so they are least with all that could sell and nothing
    that could buy, and greatest the other way round.

    Returns
    -------
    low, high : ndarray of shape (n_periods, n_zones), currency per MWh
    """
    orders, hourly = auction.complex_orders, auction.hourly
    held = {order for row in units.rows for order in row.taken}
    is_free = np.array([order not in held for order in orders.step_order], np.bool_)
    is_demand, zone = orders.is_demand[orders.step_order], orders.zone[orders.step_order]
    stays = np.zeros(len(is_free), np.bool_)
    for carrier in units.carriers:
        if carrier.step is not None:
            stays[carrier.step] = carrier.high_off > 0
    found = []
    for sells in (True, False):
        # Steps that go with their price stand among the hourly orders; all else is at any price.
        is_there = is_free & ((is_demand != sells) | stays)
        merged = HourlyOrders(
            np.append(hourly.period, orders.step_period[is_there]),
            np.append(hourly.zone, zone[is_there]),
            np.append(hourly.is_demand, is_demand[is_there]),
            np.append(hourly.price_start, orders.step_price[is_there]),
            np.append(hourly.price_end, orders.step_price[is_there]),
            np.append(hourly.volume, orders.step_volume[is_there]),
        )
        sign = 1.0 if sells else -1.0
        others = np.zeros(auction.injections.shape)
        blocks, place = auction.blocks, (orders.step_period, zone)
        most = sign * np.maximum(sign * blocks.leg_volume, 0.0)
        np.add.at(others, (blocks.leg_period, blocks.leg_zone), most)
        most = np.where(~is_free & (is_demand != sells), sign * orders.step_volume, 0.0)
        np.add.at(others, place, most)
        plain = replace(auction, hourly=merged, complex_orders=ComplexOrders.none())
        found.append(Convex(plain, curtails=True).clear(others))
    return found[0].prices_min - ROOM, found[1].prices_max + ROOM


class PriceRows:
    """Prices, profits and the conditions on them, as columns and rows of a solver.

    Only for auctions whose carriers are all steps of complex orders.

    Parameters
    ----------
    solver : highspy.Highs
        With the columns of the master.
    auction, units, legs, conditions
        Of the auction.
    first_taken, first_earned : int
        Columns of what is taken and of what periods earn.
    """

    def __init__(
        self,
        solver: highspy.Highs,
        auction: Auction,
        units: Units,
        legs: Legs,
        conditions: Conditions,
        first_taken: int,
        first_earned: int,
    ) -> None:
        self._solver, self._auction, self._units = solver, auction, units
        self._legs, self._conditions = legs, conditions
        self._taken = first_taken + units.blocks
        self._first_taken = first_taken
        self._low, self._high = price_box(auction, units)
        self._hours = auction.network.hours
        self._profits: list[int] = []
        self._conditional: list[tuple[int, float]] = []
        self._held: dict[int, int] = {}
        self._responses: set[tuple[int, bytes]] = set()
        shape = auction.injections.shape
        self._price = self._columns(self._low, self._high)
        self._own = self._columns(np.full(shape, -INFINITY), np.full(shape, INFINITY))
        middle = 0.5 * (self._low + self._high)
        self._middle_value = place_surplus(auction, middle)[0] * self._hours[:, None]
        self._profits += [int(number) for number in self._own.ravel()]
        for level in np.linspace(0.0, 1.0, LEVELS):
            at = self._low + level * (self._high - self._low)
            self._add_lines(at, np.ones(shape, np.bool_))
        self._add_rents()
        self._add_blocks()
        held = {order for row in units.rows for order in row.taken}
        for order in range(len(auction.complex_orders)):
            self._add_order(order, is_held=order in held)
        self._add_welfare(first_earned)
        self.hold(None)

    def _columns(self, low: Floats, high: Floats) -> np.ndarray:
        first = self._solver.getNumCol()
        for least, most in zip(low.ravel(), high.ravel(), strict=True):
            self._column(float(least), float(most))
        return np.arange(first, first + low.size).reshape(low.shape)

    def _column(self, low: float, high: float) -> int:
        self._solver.addCol(0.0, low, high, 0, np.empty(0, np.int32), np.empty(0))
        return int(self._solver.getNumCol()) - 1

    def _row(self, low: float, terms: Mapping[int, float]) -> int:
        columns, values = np.array(list(terms), np.int32), np.array(list(terms.values()))
        self._solver.addRow(low, INFINITY, len(terms), columns, values)
        return int(self._solver.getNumRow()) - 1

    def _add_lines(self, prices: Floats, where: np.ndarray) -> int:
        """Add what hourly orders earn at least, as lines that touch it at `prices`."""
        value, slope = (
            found * self._hours[:, None] for found in place_surplus(self._auction, prices)
        )
        beyond = value - self._middle_value - slope * prices
        for place in zip(*np.nonzero(where), strict=True):
            terms = {int(self._own[place]): 1.0, int(self._price[place]): -float(slope[place])}
            self._row(float(beyond[place]), terms)
        return int(where.sum())

    def _add_rents(self) -> None:
        network = self._auction.network
        for link, (first, second) in enumerate(network.links):
            ends = network.zone(first), network.zone(second)
            for period, hours in enumerate(self._hours):
                rent = self._column(-INFINITY, INFINITY)
                self._profits.append(rent)
                start, end = (int(self._price[period, zone]) for zone in ends)
                for limit in (network.flow_min[period, link], network.flow_max[period, link]):
                    flow = float(limit * hours)
                    self._row(0.0, {rent: 1.0, end: -flow, start: flow})

    def _most(self, terms: Mapping[int, float], cost: float) -> float:
        """Return the greatest value of a line in prices."""
        low, high = self._low.ravel(), self._high.ravel()
        first = int(self._price.ravel()[0])
        ends = ((value, number - first) for number, value in terms.items())
        return float(sum(max(value * low[at], value * high[at]) for value, at in ends)) - cost

    def _line(
        self, profit: int, prices: Mapping[int, float], cost: float, taken: int, *, is_on: bool
    ) -> None:
        """Add that a profit is at least a line in prices while something is taken, or is not."""
        most = max(self._most(prices, cost), 0.0)
        terms = {profit: 1.0, **{number: -value for number, value in prices.items()}}
        terms[taken] = -most if is_on else most
        self._row(-cost - (most if is_on else 0.0), terms)

    def _add_blocks(self) -> None:
        blocks = self._auction.blocks
        energies, is_tied = self._legs.energies(), blocks.is_tied
        for block in range(len(blocks)):
            prices: dict[int, float] = {}
            for place, energy in energies[block]:
                column = int(self._price[place])
                prices[column] = prices.get(column, 0.0) + energy
            cost, taken = float(self._legs.cost[block]), self._first_taken + block
            least = 0.0
            if is_tied[block]:
                # A parent may lose, and what limits hold is worth less than it earns.
                reverse = {number: -value for number, value in prices.items()}
                least = -max(self._most(reverse, -cost), 0.0)
            profit = self._column(least, INFINITY)
            self._profits.append(profit)
            if least:
                self._row(0.0, {profit: 1.0, taken: -least})
            if not is_tied[block] or blocks.acceptance_min[block] == 1:
                self._line(profit, prices, cost, taken, is_on=True)

    def _add_order(self, order: int, *, is_held: bool) -> None:
        """Add what an order earns, and what it must."""
        orders, taken = self._auction.complex_orders, self._taken + order
        side, condition = orders.side(order), orders.condition[order]
        fixed, variable = float(orders.fixed_term[order]), float(orders.variable_term[order])
        earned: dict[int, float] = {}
        least_off = 0.0
        if is_held:
            # With a minimum power it may lose on steps what its condition allows.
            has_least = any(orders.least_power(order, at) > 0 for at in range(len(self._hours)))
            self._held[order] = profit = self._column(-INFINITY if has_least else 0.0, INFINITY)
            self._profits.append(profit)
            earned[profit] = 1.0
            for level in (0.0, 0.5, 1.0):
                self._add_response(order, self._low + level * (self._high - self._low))
            if has_least:
                self._row(0.0, {profit: 1.0, taken: -min(side * fixed, 0.0)})
        for period in range(len(self._hours)):
            profits, off = self._add_period(order, period, is_held=is_held)
            least_off += off
            if not is_held:
                earned |= dict.fromkeys(profits, 1.0)
        if condition is Condition.NONE:
            return
        if condition is Condition.INCOME:
            for number, carrier in enumerate(self._units.carriers):
                if carrier.order == order and carrier.step is not None:
                    hours = float(self._hours[orders.step_period[carrier.step]])
                    cost = float(self._legs.cost[self._units.blocks + number])
                    earned[self._units.blocks + number] = cost - side * variable * hours
        else:
            least_off = 0.0
        earned[taken] = -side * fixed - least_off
        row = self._row(-INFINITY, earned)
        self._conditional.append((row, -MONEY_EPSILON - least_off))

    def _add_period(self, order: int, period: int, *, is_held: bool) -> tuple[list[int], float]:
        """Add what steps earn in a period; return the columns, and what a stop may lack."""
        orders, hours = self._auction.complex_orders, float(self._hours[period])
        steps, side, zone = orders.steps(order, period), orders.side(order), int(orders.zone[order])
        if not len(steps):
            return [], 0.0
        price, taken = int(self._price[period, zone]), self._taken + order
        energy = np.cumsum(side * orders.step_volume[steps]) * hours
        cost = np.cumsum(side * orders.step_volume[steps] * orders.step_price[steps]) * hours
        stays = period < orders.stop_periods[order]
        lacks = 0.0
        if stays:
            lacks = max(float(orders.variable_term[order] * energy[0] - cost[0]), 0.0)
        if is_held and not stays:
            return [], 0.0
        profit = self._column(0.0, INFINITY)
        self._profits.append(profit)
        if is_held:
            self._line(profit, {price: float(energy[0])}, float(cost[0]), taken, is_on=False)
            return [], lacks
        best, worst = self._low[period, zone], self._high[period, zone]
        best, worst = (worst, best) if side > 0 else (best, worst)
        gained = side * orders.step_price[steps]
        reached = int((gained < side * best).sum())
        always = int((gained <= side * worst).sum())
        for last in range(max(always, 1), reached + 1):
            line = {price: float(energy[last - 1])}
            if stays and last == 1:
                terms = {profit: 1.0, **{number: -value for number, value in line.items()}}
                self._row(-float(cost[0]), terms)
            else:
                self._line(profit, line, float(cost[last - 1]), taken, is_on=True)
        if stays and max(always, 1) > 1:
            self._row(-float(cost[0]), {profit: 1.0, price: -float(energy[0])})
        return [profit], lacks

    def _add_response(self, order: int, prices: Floats) -> int:
        """Add what an order earns with what is best for it at prices; return whether it is new."""
        orders = self._auction.complex_orders
        steps = self._conditions.best_steps(order, prices)
        known = (order, np.round(steps, 6).tobytes())
        if known in self._responses:
            return 0
        self._responses.add(known)
        delivered = np.flatnonzero(steps)
        energy = orders.side(order) * steps * self._hours[orders.step_period]
        line: dict[int, float] = {}
        for step in delivered:
            column = int(self._price[orders.step_period[step], orders.zone[order]])
            line[column] = line.get(column, 0.0) + float(energy[step])
        cost = float(energy @ orders.step_price)
        self._line(self._held[order], line, cost, self._taken + order, is_on=True)
        return 1

    def _add_welfare(self, first_earned: int) -> None:
        """Add that all profits together are no more than the welfare."""
        terms = dict.fromkeys(range(first_earned, first_earned + len(self._hours)), 1.0)
        terms |= {unit: -float(cost) for unit, cost in enumerate(self._legs.cost) if cost}
        terms |= dict.fromkeys(self._profits, -1.0)
        self._welfare = self._row(-INFINITY, terms)

    def hold(self, base: float | None) -> None:
        """Hold profits and conditions, or let them go.

        Parameters
        ----------
        base : float, currency
            What the columns of what periods earn are counted from, in sum; none lets go.
        """
        least = -INFINITY if base is None else float(self._middle_value.sum()) - base - SLACK
        self._solver.changeRowBounds(self._welfare, least, INFINITY)
        for row, least in self._conditional:
            self._solver.changeRowBounds(row, -INFINITY if base is None else least, INFINITY)

    def learn(self, values: Floats) -> int:
        """Add lines where a solution believes profits too small; return how many."""
        prices = values[self._price]
        value = place_surplus(self._auction, prices)[0] * self._hours[:, None]
        missed = value - self._middle_value > values[self._own] + PLACE_EPSILON
        count = self._add_lines(prices, missed) if missed.any() else 0
        for order in self._held:
            count += self._add_response(order, prices)
        return count
