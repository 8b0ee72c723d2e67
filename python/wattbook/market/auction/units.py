"""What is chosen between clearings: blocks, complex orders, and what carries power as no link can.

A *carrier* takes power out of one place and delivers it in others. It costs nothing, so that in the
optimum it is worth nothing either, unless a limit holds it. Carriers are

- transfers between a longer period and those that it covers,
- flows over links that lose power or may not ramp at will,
- what a zone exports into a flow-based region,
- what a complex order delivers: its steps trade in a zone of their own, out of which power gets
  only while the order is taken, and within its limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wattbook.market.auction.complex_orders import ComplexOrders
from wattbook.market.auction.orders import (
    NONE,
    Auction,
    BlockOrders,
    Floats,
    HourlyOrders,
    Network,
)

__all__ = ["Carrier", "Place", "Row", "Units", "is_carried", "units", "with_own_zones"]

INFINITY = np.inf
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
    order : int, optional
        Complex order whose power it is; the limits are those while it is taken.
    low_off, high_off : float, MW
        Limits while the order is not taken.
    """

    legs: Mapping[Place, float]
    low: float
    high: float
    link: tuple[int, int] | None = None
    order: int | None = None
    low_off: float = 0.0
    high_off: float = 0.0

    def limits(self, taken: Floats) -> tuple[float, float]:
        """Return between what it may carry, given the share of each complex order."""
        if self.order is None:
            return self.low, self.high
        on = float(taken[self.order])
        return (
            on * self.low + (1.0 - on) * self.low_off,
            on * self.high + (1.0 - on) * self.high_off,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A linear limit on what carriers carry together.

    Parameters
    ----------
    terms : mapping of int to float
        Coefficients by number of the carrier.
    low, high : float
        Between what the sum must lie.
    taken : mapping of int to float
        What complex orders that are taken add to it, by their number.
    """

    terms: Mapping[int, float]
    low: float
    high: float
    taken: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Units:
    """What is chosen: blocks, then carriers; and complex orders.

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
    complex_orders : ComplexOrders
        Whose powers are among the carriers.
    """

    orders: BlockOrders
    blocks: int
    carriers: Sequence[Carrier]
    rows: Sequence[Row]
    complex_orders: ComplexOrders

    @property
    def decided(self) -> int:
        """How many are taken or not: blocks, then complex orders."""
        return self.blocks + len(self.complex_orders)


def with_own_zones(auction: Auction) -> Auction:
    """Return an auction in which each complex order trades its steps in a zone of its own."""
    orders = auction.complex_orders
    if not len(orders):
        return auction
    network, hourly, count = auction.network, auction.hourly, len(orders)
    first = len(network.zones)
    own = tuple(f"complex order {name}" for name in orders.names)
    flow_based = auction.flow_based
    if flow_based is not None:
        none = np.zeros((len(flow_based.period), count))
        flow_based = replace(flow_based, ptdf=np.hstack([flow_based.ptdf, none]))
    return replace(
        auction,
        network=Network(
            (*network.zones, *own),
            network.links,
            network.flow_min,
            network.flow_max,
            network.hours,
            network.loss,
            network.ramp,
        ),
        hourly=HourlyOrders(
            np.append(hourly.period, orders.step_period),
            np.append(hourly.zone, first + orders.step_order),
            np.append(hourly.is_demand, orders.is_demand[orders.step_order]),
            np.append(hourly.price_start, orders.step_price),
            np.append(hourly.price_end, orders.step_price),
            np.append(hourly.volume, orders.step_volume),
        ),
        injections=np.hstack([auction.injections, np.zeros((network.periods, count))]),
        flow_based=flow_based,
    )


def units(auction: Auction) -> Units:
    """Return what is chosen in an auction whose complex orders have zones of their own."""
    carriers: list[Carrier] = [*transfers(auction)]
    rows: list[Row] = []
    add_links(auction, carriers, rows)
    add_region(auction, carriers, rows)
    for order in range(len(auction.complex_orders)):
        add_complex_order(auction, order, carriers, rows)
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
    return Units(orders, len(blocks), carriers, rows, auction.complex_orders)


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
    blocks, complex_orders = auction.blocks, auction.complex_orders
    np.add.at(found, (blocks.leg_period, blocks.leg_zone), np.abs(blocks.leg_volume))
    zone = complex_orders.zone[complex_orders.step_order]
    np.add.at(found, (complex_orders.step_period, zone), complex_orders.step_volume)
    own = len(auction.network.zones) - len(complex_orders)
    # What an order's own zone offers leaves it by the order's carriers only.
    found[:, own:] = 0.0
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
                forth = {(period, start): -1.0, (period, end): kept}
                back = {(period, start): kept, (period, end): -1.0}
                carriers.append(Carrier(forth, max(low, 0.0), max(high, 0.0), place))
                carriers.append(Carrier(back, max(-high, 0.0), max(-low, 0.0), place))
            else:
                legs = {(period, start): -1.0, (period, end): 1.0}
                carriers.append(Carrier(legs, low, high, place))
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


def add_complex_order(
    auction: Auction, order: int, carriers: list[Carrier], rows: list[Row]
) -> None:
    """Add what a complex order delivers, above zero a sale, and its load gradient."""
    orders, network = auction.complex_orders, auction.network
    own = len(network.zones) - len(orders) + order
    zone, side = int(orders.zone[order]), orders.side(order)
    before: dict[float, tuple[dict[int, float], float]] = {}
    for period in range(network.periods):
        _, volume = orders.steps(order, period)
        terms: dict[int, float] = {}
        stop = 0.0
        if len(volume):
            if period < orders.stop_periods[order]:
                stop = float(volume[0])
            least, most = orders.least_power(order, period), float(volume.sum())
            low, high = (least, most) if side > 0 else (-most, -least)
            legs = {(period, own): -1.0, (period, zone): 1.0}
            terms[len(carriers)] = side
            carriers.append(Carrier(legs, low, high, order=order, high_off=stop))
        hours = float(network.hours[period])
        if hours in before:
            last, last_stop = before[hours]
            up, down = float(orders.gradient_up[order]), float(orders.gradient_down[order])
            fallen = {number: -value for number, value in last.items()}
            risen = {number: -value for number, value in terms.items()}
            # An order that is not taken keeps what its scheduled stop leaves, without a gradient.
            if not np.isnan(up) and (terms or fallen):
                rows.append(Row({**terms, **fallen}, -INFINITY, stop, {order: stop - up}))
            if not np.isnan(down) and (terms or fallen):
                on = {order: last_stop - down}
                rows.append(Row({**risen, **last}, -INFINITY, last_stop, on))
        before[hours] = (terms, stop)
