"""Of all optimal prices, those at which no accepted block loses and carriers are worth nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import highspy
import numpy as np
from numpy.typing import NDArray

from wattbook.market.auction.conditions import Conditions
from wattbook.market.auction.highs import quiet_solver
from wattbook.market.auction.hourly import ConvexResult
from wattbook.market.auction.legs import Legs
from wattbook.market.auction.network import Floats
from wattbook.market.auction.orders import NONE, Auction, BlockOrders
from wattbook.market.auction.units import Place, Units, is_carried

__all__ = ["Support"]

INFINITY = highspy.kHighsInf
PRICE_EPSILON = 1e-6
VOLUME_EPSILON = 1e-6
ROUNDING = 2e-3
"""How far what carriers carry, found to a few parts of a million, may move the prices of linear
orders, currency per MWh; carriers that are not full put them right."""
MONEY_EPSILON = 1e-6
SHARE_EPSILON = 1e-7


class Support:
    """Finds prices that support choices of one auction.

    Parameters
    ----------
    auction : Auction
        Whose choices.
    units, legs, conditions
        Of the auction.
    """

    def __init__(self, auction: Auction, units: Units, legs: Legs, conditions: Conditions) -> None:
        self._auction = auction
        self._units = units
        self._legs = legs
        self._conditions = conditions
        self._is_carried = np.zeros(auction.injections.shape, np.bool_)
        if (auction.hourly.price_start != auction.hourly.price_end).any():
            for carrier in units.carriers:
                for place in carrier.legs:
                    self._is_carried[place] = True

    def prices(self, share: Floats, taken: Floats, result: ConvexResult) -> Floats | None:
        """Return optimal prices at which no accepted family of blocks or complex order loses.

        Of all such prices those are taken that lie closest to the middle, their distances added up.
        Prices are optimal if each lies between its zone's least and greatest, no link that has room
        leads to a higher one, and no carrier that could carry more, or less, is worth more, or
        less, than the limits that hold it. If there are none at which nothing loses, but there are
        carriers, prices that are optimal at least are returned; if there are none either, nothing.

        Returns
        -------
        ndarray of shape (n_periods, n_zones), currency per MWh, or None
        """
        is_open = result.prices_max - result.prices_min > PRICE_EPSILON
        room = np.where(is_open | ~self._is_carried, 0.0, ROUNDING)
        is_open |= self._is_carried
        blocks = self._auction.blocks
        part = share[: len(blocks)]
        # What holds a block that is taken in part has a worth to be found, even at known prices.
        if not is_open.any() and not ((part > 0) & (part < 1) & blocks.is_tied).any():
            return None
        program = PriceProgram(
            replace(
                result, prices_min=result.prices_min - room, prices_max=result.prices_max + room
            ),
            is_open,
        )
        add_links(program, self._auction, result)
        add_carriers(program, self._units, self._legs, self._auction.network.hours, share, taken)
        optimal = program.prices() if self._units.carriers else None
        add_blocks(program, blocks, self._legs, share, result.prices.shape[1])
        for one in self._conditions.demanded(taken, share):
            program.row(one.energy, one.least - MONEY_EPSILON, INFINITY)
        found = program.prices()
        return optimal if found is None else found


class PriceProgram:
    """Prices that are open as columns, as close to the middle as they can be."""

    def __init__(self, result: ConvexResult, is_open: NDArray[np.bool_]) -> None:
        self._result = result
        self._is_open = is_open
        self._solver = quiet_solver()
        self._columns = np.full(is_open.shape, -1, np.int64)
        self._columns[is_open] = np.arange(int(is_open.sum()))
        self._count = 0
        for low, high in zip(result.prices_min[is_open], result.prices_max[is_open], strict=True):
            self.column(float(low), float(high))
        for number, middle in enumerate(result.prices[is_open]):
            distance = self.column(0.0, INFINITY, cost=1.0)
            self._row({number: 1.0, distance: -1.0}, -INFINITY, float(middle))
            self._row({number: 1.0, distance: 1.0}, float(middle), INFINITY)

    def column(self, low: float, high: float, cost: float = 0.0) -> int:
        """Add something else to find; return its number."""
        self._solver.addCol(cost, low, high, 0, np.empty(0, np.int32), np.empty(0))
        self._count += 1
        return self._count - 1

    def _row(self, terms: Mapping[int, float], low: float, high: float) -> None:
        columns, values = np.array(list(terms), np.int32), np.array(list(terms.values()))
        self._solver.addRow(low, high, len(terms), columns, values)

    def row(
        self,
        prices: Iterable[tuple[Place, float]],
        low: float,
        high: float,
        others: Mapping[int, float] | None = None,
    ) -> None:
        """Hold a sum of prices, and of other columns, between two numbers."""
        settled, terms = 0.0, dict(others or {})
        for place, value in prices:
            column = int(self._columns[place])
            if column < 0:
                settled += value * float(self._result.prices[place])
            else:
                terms[column] = terms.get(column, 0.0) + value
        if terms:
            self._row(terms, low - settled, high - settled)

    def prices(self) -> Floats | None:
        """Return the prices, or none if nothing keeps to all rows."""
        if not self._count:
            return self._result.prices.copy()
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        prices = self._result.prices.copy()
        values = np.array(self._solver.getSolution().col_value)
        prices[self._is_open] = values[: int(self._is_open.sum())]
        return prices


def add_links(program: PriceProgram, auction: Auction, result: ConvexResult) -> None:
    """Add that a price at the end of a link with room is not above that at its beginning."""
    network = auction.network
    for link in np.flatnonzero(~is_carried(auction)):
        start, end = (network.zone(name) for name in network.links[int(link)])
        for period in range(network.periods):
            flow = result.flows[period, link]
            forth = flow < network.flow_max[period, link] - VOLUME_EPSILON
            back = flow > network.flow_min[period, link] + VOLUME_EPSILON
            if forth or back:
                program.row(
                    [((period, start), 1.0), ((period, end), -1.0)],
                    0.0 if forth else -INFINITY,
                    0.0 if back else INFINITY,
                )


def add_blocks(
    program: PriceProgram, blocks: BlockOrders, legs: Legs, share: Floats, zones: int
) -> None:
    """Add that no accepted block loses, with what its accepted descendants earn.

    One that could be taken in another share is worth what the limits that hold it are worth: its
    exclusive group's, if that is full, and its parent's share, if that is no larger.
    """
    is_block = np.arange(len(share)) < len(blocks)
    taken = share[: len(blocks)]
    held: dict[int, dict[int, float]] = {int(block): {} for block in np.flatnonzero(taken > 0)}
    for members in full_groups(blocks, taken):
        column = program.column(0.0, INFINITY)
        for block in members:
            held[block][column] = -1.0
    for block in list(held):
        parent = int(blocks.parent[block])
        if parent != NONE and taken[block] > taken[parent] - SHARE_EPSILON:
            column = program.column(0.0, INFINITY)
            held[block][column] = -1.0
            held[parent][column] = 1.0
    energies = legs.energies()
    for block, others in held.items():
        if blocks.acceptance_min[block] == 1:
            continue
        is_all = taken[block] > 1 - SHARE_EPSILON
        is_least = taken[block] < blocks.acceptance_min[block] + SHARE_EPSILON
        cost = float(legs.cost[block])
        program.row(
            energies[block],
            -INFINITY if is_least else cost - MONEY_EPSILON,
            INFINITY if is_all else cost + MONEY_EPSILON,
            others,
        )
    for energy, cost in legs.family_rows(np.where(is_block, share, 0.0)):
        sold = np.flatnonzero(energy)
        prices = [((int(at) // zones, int(at) % zones), float(energy[at])) for at in sold]
        program.row(prices, cost - MONEY_EPSILON, INFINITY)


def full_groups(blocks: BlockOrders, share: Floats) -> Iterator[list[int]]:
    """Yield the members that are taken of each exclusive group that has no share left."""
    for group in np.unique(blocks.group[blocks.group != NONE]):
        members = np.flatnonzero((blocks.group == group) & (share > 0))
        if share[members].sum() > 1 - SHARE_EPSILON:
            yield [int(block) for block in members]


def add_carriers(
    program: PriceProgram, units: Units, legs: Legs, hours: Floats, share: Floats, taken: Floats
) -> None:
    """Add that a carrier is worth what it costs and what the limits that hold it are worth."""
    carried = share[units.blocks :]
    worth: list[dict[int, float]] = [{} for _ in units.carriers]
    for row in units.rows:
        used = sum(value * carried[number] for number, value in row.terms.items())
        used += sum(value * taken[order] for order, value in row.taken.items())
        at_low, at_high = used < row.low + VOLUME_EPSILON, used > row.high - VOLUME_EPSILON
        if not at_low and not at_high:
            continue
        column = program.column(-INFINITY if at_low else 0.0, INFINITY if at_high else 0.0)
        for number, value in row.terms.items():
            worth[number][column] = -value
    costs = legs.cost[units.blocks :]
    for carrier, amount, cost, others in zip(units.carriers, carried, costs, worth, strict=True):
        low, high = carrier.limits(taken)
        at_low, at_high = amount < low + VOLUME_EPSILON, amount > high - VOLUME_EPSILON
        if at_low and at_high:
            continue
        program.row(
            [(place, volume * float(hours[place[0]])) for place, volume in carrier.legs.items()],
            -INFINITY if at_low else cost - MONEY_EPSILON,
            INFINITY if at_high else cost + MONEY_EPSILON,
            others,
        )
