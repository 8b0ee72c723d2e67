"""The desk's offers as orders of an auction, and what each of them is awarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.market.auction import (
    Auction,
    BlockOrders,
    Clearing,
    HourlyOrders,
    Status,
    accepted_volume,
)

__all__ = ["Bids", "Offer", "with_offers"]

NONE = -1
LOT = 100_000
"""Awards are whole multiples of it, 1e-6 MW, rounded down."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer of the desk as the venue hands it on; price and volume in 1e-6.

    Parameters
    ----------
    instrument, strategy, client : int
        Their numbers.
    is_sale : bool
        Whether it delivers.
    price, volume : int
        1e-6 EUR/MWh and 1e-6 MW.
    block, parent_block, exclusive_group : int or None
        The client's own numbers of what it is tied to.
    """

    instrument: int
    strategy: int
    client: int
    is_sale: bool
    price: int
    volume: int
    block: int | None
    parent_block: int | None
    exclusive_group: int | None


@dataclass(frozen=True, slots=True)
class Bids:
    """An auction with the desk's offers in it.

    Parameters
    ----------
    auction : Auction
        Others' orders first, then the desk's.
    offers : sequence of Offer
        The desk's.
    order : ndarray of shape (n_offers,)
        The hourly order or the block that each has become.
    is_block : ndarray of bool, shape (n_offers,)
        Which of the two.
    own_blocks : dict of int to (int, int)
        Strategy and own number of each block of the desk.
    """

    auction: Auction
    offers: Sequence[Offer]
    order: NDArray[np.int64]
    is_block: NDArray[np.bool_]
    own_blocks: Mapping[int, tuple[int, int]]

    def awards(self, clearing: Clearing) -> list[int]:
        """Return what each offer is awarded, 1e-6 MW."""
        taken = accepted_volume(self.auction, clearing)
        hourly = np.divide(
            taken, self.auction.hourly.volume, out=np.zeros(len(taken)), where=taken > 0
        )
        share = np.where(
            self.is_block,
            np.append(clearing.acceptance, 0.0)[np.where(self.is_block, self.order, -1)],
            np.append(hourly, 0.0)[np.where(self.is_block, -1, self.order)],
        )
        # A hair below a whole lot is the lot: shares are computed in floats.
        return [
            min(int(part * offer.volume / LOT + 1e-6) * LOT, offer.volume)
            if part < 1.0
            else offer.volume
            for part, offer in zip(share.tolist(), self.offers, strict=True)
        ]

    def rejected(self, clearing: Clearing) -> list[int]:
        """Return the desk's blocks that would earn at the prices and are not taken."""
        return [
            block
            for block in self.own_blocks
            if clearing.statuses[block] is Status.PARADOXICALLY_REJECTED
        ]


def with_offers(
    auction: Auction,
    offers: Sequence[Offer],
    place: Mapping[int, tuple[int, int]],
    names: Mapping[int, str],
    virtual: frozenset[int] = frozenset(),
) -> Bids:
    """Return the auction with the desk's offers among its orders.

    Parameters
    ----------
    auction : Auction
        Without them.
    offers : sequence of Offer
        Blocks whole.
    place : mapping of int to (int, int)
        Period and zone of each instrument.
    names : mapping of int to str
        What the desk calls its strategies, by number.
    virtual : frozenset of int, optional
        Instruments that deliver nothing.

    Raises
    ------
    InputError
        If the auction takes no virtual offers, a block has virtual legs or its parent is missing.
    """
    is_block = np.array([offer.block is not None for offer in offers], np.bool_)
    single = [offer for offer in offers if offer.block is None]
    hourly = hourly_with(auction.hourly, single, place, virtual)
    blocks, number = blocks_with(auction.blocks, offers, place, names, virtual)
    order = np.zeros(len(offers), np.int64)
    order[~is_block] = len(auction.hourly) + np.arange(len(single))
    tied = [offer for offer in offers if offer.block is not None]
    order[is_block] = [number[offer.client, offer.block or 0] for offer in tied]
    own = {
        number[offer.client, offer.block or 0]: (offer.strategy, offer.block or 0) for offer in tied
    }
    return Bids(replace(auction, hourly=hourly, blocks=blocks), offers, order, is_block, own)


def hourly_with(
    others: HourlyOrders,
    offers: Sequence[Offer],
    place: Mapping[int, tuple[int, int]],
    virtual: frozenset[int],
) -> HourlyOrders:
    """Return the orders of one period with those of the desk behind them."""
    price = np.array([offer.price / 1e6 for offer in offers])
    where = np.array([place[offer.instrument] for offer in offers], np.int64).reshape(-1, 2)
    return HourlyOrders(
        period=np.append(others.period, where[:, 0]),
        zone=np.append(others.zone, where[:, 1]),
        is_demand=np.append(
            others.is_demand, np.array([not offer.is_sale for offer in offers], np.bool_)
        ),
        price_start=np.append(others.price_start, price),
        price_end=np.append(others.price_end, price),
        volume=np.append(others.volume, [offer.volume / 1e6 for offer in offers]),
        is_virtual=np.append(
            others.is_virtual, np.array([one.instrument in virtual for one in offers], np.bool_)
        ),
    )


def blocks_with(
    others: BlockOrders,
    offers: Sequence[Offer],
    place: Mapping[int, tuple[int, int]],
    names: Mapping[int, str],
    virtual: frozenset[int],
) -> tuple[BlockOrders, dict[tuple[int, int], int]]:
    """Return the blocks with those of the desk behind them, and the number of each by client."""
    heads: dict[tuple[int, int], Offer] = {}
    for offer in offers:
        if offer.block is not None:
            heads.setdefault((offer.client, offer.block), offer)
    number = {key: len(others) + at for at, key in enumerate(heads)}
    if not heads:
        return others, number
    groups: dict[tuple[int, int], int] = {}
    first_group = int(others.group.max(initial=NONE)) + 1
    for (client, _), head in heads.items():
        if head.exclusive_group is not None:
            groups.setdefault((client, head.exclusive_group), first_group + len(groups))
    tied = [offer for offer in offers if offer.block is not None]
    for offer in tied:
        if offer.instrument in virtual:
            raise InputError(
                f"block {offer.block}: instrument {offer.instrument} delivers nothing; bid for it "
                "period by period"
            )
    where = np.array([place[offer.instrument] for offer in tied], np.int64)
    made = BlockOrders(
        names=(
            *others.names,
            *(
                f"{names.get(head.strategy, f'#{head.strategy}')} {block}"
                for (_, block), head in heads.items()
            ),
        ),
        price=np.append(others.price, [head.price / 1e6 for head in heads.values()]),
        leg_block=np.append(
            others.leg_block, [number[offer.client, offer.block or 0] for offer in tied]
        ),
        leg_period=np.append(others.leg_period, where[:, 0]),
        leg_zone=np.append(others.leg_zone, where[:, 1]),
        leg_volume=np.append(
            others.leg_volume, [(1 if one.is_sale else -1) * one.volume / 1e6 for one in tied]
        ),
        acceptance_min=np.append(others.acceptance_min, np.ones(len(heads))),
        parent=np.append(
            others.parent,
            [
                parent_of(number, client, block, head.parent_block)
                for (client, block), head in heads.items()
            ],
        ).astype(np.int64),
        group=np.append(
            others.group,
            [
                NONE if head.exclusive_group is None else groups[client, head.exclusive_group]
                for (client, _), head in heads.items()
            ],
        ).astype(np.int64),
    )
    return made, number


def parent_of(
    number: Mapping[tuple[int, int], int], client: int, block: int, parent: int | None
) -> int:
    """Return the number of a block's parent.

    Raises
    ------
    InputError
        If it is not offered: without it the block would be taken alone.
    """
    if parent is None:
        return NONE
    if (client, parent) not in number:
        raise InputError(f"block {block}: its parent {parent} is not offered; leave it out too")
    return number[client, parent]
