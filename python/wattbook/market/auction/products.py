"""Products of different length in one auction: what a longer one trades, its parts deliver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wattbook.market.auction.orders import NONE, Auction, BlockOrders, Floats

__all__ = ["Units", "units"]


@dataclass(frozen=True, slots=True)
class Units:
    """What is chosen: blocks, then transfers.

    A transfer takes power out of a longer period and delivers it in each period that it covers, or
    the other way round. It costs nothing, so that in the optimum both sides have one price.

    Parameters
    ----------
    orders : BlockOrders
        The blocks of the auction, then each transfer as one of 1 MW.
    blocks : int
        How many are blocks.
    reach : ndarray of shape (n_transfers,), MW
        How much each transfer can be at most, either way.
    """

    orders: BlockOrders
    blocks: int
    reach: Floats


def units(auction: Auction) -> Units:
    """Return the blocks of an auction and the transfers between its products."""
    blocks = auction.blocks
    volume = volumes(auction)
    legs: list[tuple[int, int, int, float]] = []
    reach: list[float] = []
    for period, parts in auction.covers.items():
        for zone in np.flatnonzero(volume[period]):
            number = len(blocks) + len(reach)
            reach.append(float(volume[period, zone]))
            legs.append((number, period, int(zone), -1.0))
            legs += [(number, part, int(zone), 1.0) for part in parts]
    columns = np.array(legs, np.float64).reshape(-1, 4).T
    count = len(reach)
    orders = BlockOrders(
        names=(*blocks.names, *(f"transfer {number}" for number in range(count))),
        price=np.append(blocks.price, np.zeros(count)),
        leg_block=np.append(blocks.leg_block, columns[0].astype(np.int64)),
        leg_period=np.append(blocks.leg_period, columns[1].astype(np.int64)),
        leg_zone=np.append(blocks.leg_zone, columns[2].astype(np.int64)),
        leg_volume=np.append(blocks.leg_volume, columns[3]),
        acceptance_min=np.append(blocks.acceptance_min, np.ones(count)),
        parent=np.append(blocks.parent, np.full(count, NONE, np.int64)),
        group=np.append(blocks.group, np.full(count, NONE, np.int64)),
    )
    return Units(orders, len(blocks), np.array(reach))


def volumes(auction: Auction) -> Floats:
    """Return the volume of all orders in each period and zone, MW: no transfer can be more."""
    found = np.abs(auction.injections)
    np.add.at(found, (auction.hourly.period, auction.hourly.zone), auction.hourly.volume)
    blocks = auction.blocks
    np.add.at(found, (blocks.leg_period, blocks.leg_zone), np.abs(blocks.leg_volume))
    return found
