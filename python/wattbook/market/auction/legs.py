"""The legs of blocks as columns: what they inject, earn and cost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from wattbook.market.auction.network import Floats, Numbers
from wattbook.market.auction.orders import NONE, BlockOrders

__all__ = ["Legs"]


def added(place: Numbers, values: Floats, size: int) -> Floats:
    """Return the sums of the values at each place."""
    return np.bincount(place, weights=values, minlength=size).astype(np.float64)


class Legs:
    """The legs of blocks, with the lengths of the periods in which they deliver.

    Parameters
    ----------
    blocks : BlockOrders
        Whose legs.
    hours : ndarray of shape (n_periods,), h
        Lengths of the periods.
    zones : int
        How many there are.
    """

    def __init__(self, blocks: BlockOrders, hours: Floats, zones: int) -> None:
        self._blocks = blocks
        self._shape = (len(hours), zones)
        self._energy = blocks.leg_volume * hours[blocks.leg_period]
        asked = self._energy * blocks.price[blocks.leg_block]
        self._cost = added(blocks.leg_block, asked, len(blocks))
        # Children stand before their parents, so that one pass adds up families.
        depth = np.array([self._depth(block) for block in range(len(blocks))], np.int64)
        self._leaves_first = np.argsort(-depth, kind="stable")
        pairs = blocks.leg_period * len(blocks) + blocks.leg_block
        found, self._pair_of_leg = np.unique(pairs, return_inverse=True)
        self._pair_block = found % max(len(blocks), 1)
        self._pair_period = found // max(len(blocks), 1)

    def _depth(self, block: int) -> int:
        depth = 0
        while (block := int(self._blocks.parent[block])) != NONE:
            depth += 1
        return depth

    def injections(self, share: Floats) -> Floats:
        """Return what blocks taken in these shares inject, MW, shape (n_periods, n_zones)."""
        periods, zones = self._shape
        place = self._blocks.leg_period * zones + self._blocks.leg_zone
        volume = self._blocks.leg_volume * share[self._blocks.leg_block]
        return added(place, volume, periods * zones).reshape(self._shape)

    def surplus(self, prices: Floats) -> Floats:
        """Return what each block would earn, taken in full, at prices (n_periods, n_zones)."""
        paid = self._energy * prices[self._blocks.leg_period, self._blocks.leg_zone]
        return added(self._blocks.leg_block, paid, len(self._blocks)) - self._cost

    def cost_of(self, share: Floats) -> float:
        """Return what the legs that sell ask for, less what those that buy offer, currency."""
        return float(self._cost @ share)

    @property
    def cost(self) -> Floats:
        """What each block asks for in full, shape (n_blocks,); below zero: what it offers."""
        return self._cost

    def paid(self, prices: Floats) -> tuple[Numbers, Numbers, Floats]:
        """Return what each block is paid in each of its periods, ordered by period.

        Returns
        -------
        period, block : ndarray of int64, shape (n_pairs,)
        paid : ndarray of shape (n_pairs,), currency
            For the block taken in full; below zero: what it pays.
        """
        paid = self._energy * prices[self._blocks.leg_period, self._blocks.leg_zone]
        summed = added(self._pair_of_leg, paid, len(self._pair_block))
        return self._pair_period, self._pair_block, summed

    def energies(self) -> list[list[tuple[tuple[int, int], float]]]:
        """Return what each block sells, taken in full: period and zone, MWh."""
        found: list[list[tuple[tuple[int, int], float]]] = [[] for _ in range(len(self._blocks))]
        blocks = self._blocks
        for leg, energy in enumerate(self._energy):
            place = int(blocks.leg_period[leg]), int(blocks.leg_zone[leg])
            found[int(blocks.leg_block[leg])].append((place, float(energy)))
        return found

    def family_surplus(self, share: Floats, surplus: Floats) -> Floats:
        """Return what each accepted block earns with its accepted descendants, currency."""
        earned = share * surplus
        for block in self._leaves_first:
            above = self._blocks.parent[block]
            if above != NONE:
                earned[above] += earned[block]
        return earned

    def family_rows(self, share: Floats) -> Iterator[tuple[Floats, float]]:
        """Yield what the prices must pay each accepted block with its accepted descendants.

        Yields
        ------
        energy : ndarray of shape (n_periods * n_zones,), MWh
            What they sell in each period and zone.
        cost : float, currency
            What they ask for it.
        """
        periods, zones = self._shape
        place = self._blocks.leg_period * zones + self._blocks.leg_zone
        energy: dict[int, Floats] = {}
        cost = share * self._cost
        for block in self._leaves_first:
            if share[block] == 0:
                continue
            own = np.flatnonzero(self._blocks.leg_block == block)
            sold = added(place[own], self._energy[own] * share[block], periods * zones)
            energy[block] = energy[block] + sold if block in energy else sold
            above = int(self._blocks.parent[block])
            if above != NONE:
                known = energy.get(above)
                energy[above] = energy[block] if known is None else known + energy[block]
                cost[above] += cost[block]
            yield energy[block], float(cost[block])

    def with_parents_only(self, share: Floats) -> Floats:
        """Return the shares without blocks whose parent is not taken."""
        kept = share.copy()
        for block in self._leaves_first[::-1]:
            above = self._blocks.parent[block]
            if above != NONE and kept[above] <= 0:
                kept[block] = 0.0
        return kept
