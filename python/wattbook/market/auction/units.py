"""What is chosen between clearings: blocks, and what carries power as no plain link can.

A *carrier* takes power out of one place and delivers it in others. It costs nothing, so that in the
optimum it is worth nothing either, unless a limit holds it. Carriers are

- transfers between a longer period and those that it covers,
- flows over links that lose power or may not ramp at will,
- what a zone exports into a flow-based region.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook.market.auction.orders import NONE, Auction, BlockOrders, Floats

__all__ = ["Carrier", "Place", "Row", "Units", "is_carried", "units"]

Place = tuple[int, int]
"""A period and a zone."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier.

    Parameters
    ----------
    legs : mapping of Place to float, MW
        What it injects per MW that it carries.
    low, high : float, MW
        Between what it may carry.
    link : pair of int, optional
        Period and link whose flow it is.
    """

    legs: Mapping[Place, float]
    low: float
    high: float
    link: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A linear limit on what carriers carry together.

    Parameters
    ----------
    terms : mapping of int to float
        Coefficients by number of the carrier.
    low, high : float
        Between what the sum must lie.
    """

    terms: Mapping[int, float]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Units:
    """What is chosen: blocks, then carriers.

    Parameters
    ----------
    orders : BlockOrders
        The blocks of the auction, then each carrier as one of 1 MW.
    blocks : int
        How many are blocks.
    carriers : sequence of Carrier
        The others.
    rows : sequence of Row
        What limits carriers together.
    """

    orders: BlockOrders
    blocks: int
    carriers: Sequence[Carrier]
    rows: Sequence[Row] = field(default=())


def units(auction: Auction) -> Units:
    """Return the blocks and the carriers of an auction."""
    carriers: list[Carrier] = [*transfers(auction)]
    rows: list[Row] = []
    add_links(auction, carriers, rows)
    add_region(auction, carriers, rows)
    blocks, count = auction.blocks, len(carriers)
    legs = [
        (len(blocks) + number, period, zone, volume)
        for number, carrier in enumerate(carriers)
        for (period, zone), volume in carrier.legs.items()
    ]
    columns = np.array(legs, np.float64).reshape(-1, 4).T
    orders = BlockOrders(
        names=(*blocks.names, *(f"carrier {number}" for number in range(count))),
        price=np.append(blocks.price, np.zeros(count)),
        leg_block=np.append(blocks.leg_block, columns[0].astype(np.int64)),
        leg_period=np.append(blocks.leg_period, columns[1].astype(np.int64)),
        leg_zone=np.append(blocks.leg_zone, columns[2].astype(np.int64)),
        leg_volume=np.append(blocks.leg_volume, columns[3]),
        acceptance_min=np.append(blocks.acceptance_min, np.ones(count)),
        parent=np.append(blocks.parent, np.full(count, NONE, np.int64)),
        group=np.append(blocks.group, np.full(count, NONE, np.int64)),
    )
    return Units(orders, len(blocks), carriers, rows)


def transfers(auction: Auction) -> Iterator[Carrier]:
    """Yield the transfers between each longer period and those that it covers."""
    volume = volumes(auction)
    for period, parts in auction.covers.items():
        for zone in np.flatnonzero(volume[period]):
            legs = {(period, int(zone)): -1.0, **{(part, int(zone)): 1.0 for part in parts}}
            reach = float(volume[period, zone])
            yield Carrier(legs, -reach, reach)


def volumes(auction: Auction) -> Floats:
    """Return the volume of all orders in each period and zone, MW: no transfer can be more."""
    found = np.abs(auction.injections)
    np.add.at(found, (auction.hourly.period, auction.hourly.zone), auction.hourly.volume)
    blocks = auction.blocks
    np.add.at(found, (blocks.leg_period, blocks.leg_zone), np.abs(blocks.leg_volume))
    return found


def is_carried(auction: Auction) -> NDArray[np.bool_]:
    """Return which links carriers stand for: those that lose power or may not ramp at will."""
    return (auction.network.loss > 0) | ~np.isnan(auction.network.ramp)


def add_links(auction: Auction, carriers: list[Carrier], rows: list[Row]) -> None:
    """Add the flows of links that lose power or may not ramp at will.

    With losses a flow is two carriers, one a direction, since what arrives is less than what left.
    """
    network = auction.network
    for link in np.flatnonzero(is_carried(auction)):
        start, end = (network.zone(name) for name in network.links[int(link)])
        kept = 1.0 - float(network.loss[link])
        before: dict[float, dict[int, float]] = {}
        for period in range(network.periods):
            if period in auction.covers:
                continue
            low, high = (float(side[period, link]) for side in (network.flow_min, network.flow_max))
            place = (period, int(link))
            terms = {len(carriers): 1.0}
            if kept < 1.0:
                terms[len(carriers) + 1] = -1.0
                forth, back = (
                    {(period, start): -1.0, (period, end): kept},
                    {
                        (period, start): kept,
                        (period, end): -1.0,
                    },
                )
                carriers.append(Carrier(forth, max(low, 0.0), max(high, 0.0), place))
                carriers.append(Carrier(back, max(-high, 0.0), max(-low, 0.0), place))
            else:
                carriers.append(
                    Carrier({(period, start): -1.0, (period, end): 1.0}, low, high, place)
                )
            hours, ramp = float(network.hours[period]), float(network.ramp[link])
            if hours in before and not np.isnan(ramp):
                last = {number: -value for number, value in before[hours].items()}
                rows.append(Row({**terms, **last}, -ramp, ramp))
            before[hours] = terms


def add_region(auction: Auction, carriers: list[Carrier], rows: list[Row]) -> None:
    """Add what the zones of a flow-based region export, and the limits on it."""
    limits = auction.flow_based
    if limits is None or not len(limits.period):
        return
    zones = [int(zone) for zone in np.flatnonzero(np.any(limits.ptdf != 0, axis=0))]
    reach = volumes(auction).sum(axis=1)
    for period in np.unique(limits.period):
        numbers = {zone: len(carriers) + place for place, zone in enumerate(zones)}
        most = float(reach[period])
        carriers += [Carrier({(int(period), zone): -1.0}, -most, most) for zone in zones]
        rows.append(Row(dict.fromkeys(numbers.values(), 1.0), 0.0, 0.0))
        for limit in np.flatnonzero(limits.period == period):
            terms = {numbers[zone]: float(limits.ptdf[limit, zone]) for zone in zones}
            rows.append(Row(terms, float(limits.low[limit]), float(limits.high[limit])))
