"""What is chosen between clearings: blocks, complex orders, and what carries power as no link can.

A *carrier* takes power out of one place and delivers it in others. In the optimum it is worth what
it costs, mostly nothing, unless a limit holds it. Carriers are

- transfers between a longer period and those that it covers,
- flows over links that lose power or may not ramp at will,
- what a zone exports into a flow-based region,
- steps of complex orders, which do cost: their limits. They carry only while the order is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook.market.auction.complex_orders import ComplexOrders
from wattbook.market.auction.network import Floats
from wattbook.market.auction.orders import NONE, Auction, BlockOrders

__all__ = ["Carrier", "Place", "Row", "Units", "is_carried", "units"]

INFINITY = np.inf
ROW_EPSILON = 1e-7
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
    price : float, currency per MWh
        What each leg asks for what it injects.
    step : int, optional
        The step of a complex order that it is.
    order : int, optional
        That order; the limits are those while it is taken.
    high_off : float, MW
        The upper limit while the order is not taken.
    is_export : bool
        Whether it is what a zone exports into a flow-based region.
    """

    legs: Mapping[Place, float]
    low: float
    high: float
    link: tuple[int, int] | None = None
    price: float = 0.0
    step: int | None = None
    order: int | None = None
    high_off: float = 0.0
    is_export: bool = False

    def limits(self, taken: Floats) -> tuple[float, float]:
        """Return between what it may carry, given the share of each complex order."""
        if self.order is None:
            return self.low, self.high
        on = float(taken[self.order])
        return self.low, on * self.high + (1.0 - on) * self.high_off


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

    def keeps_rows(self, share: Floats, taken: Floats) -> bool:
        """Return whether what carriers carry keeps to the limits on what they carry together."""
        for row in self.rows:
            used = sum(value * share[self.blocks + number] for number, value in row.terms.items())
            used += sum(value * taken[order] for order, value in row.taken.items())
            if not row.low - ROW_EPSILON <= used <= row.high + ROW_EPSILON:
                return False
        return True


def units(auction: Auction) -> Units:
    """Return the blocks, carriers and complex orders of an auction."""
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
        price=np.append(blocks.price, [carrier.price for carrier in carriers]),
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
        before: dict[float, tuple[dict[int, float], float]] = {}
        for period in range(network.periods):
            if period in auction.covers:
                continue
            low, high, flow = (
                float(side[period, link])
                for side in (network.flow_min, network.flow_max, network.flow_before)
            )
            place = (period, int(link))
            terms = {len(carriers): 1.0}
            if kept < 1.0:
                terms[len(carriers) + 1] = -1.0
                forth = {(period, start): -1.0, (period, end): kept}
                back = {(period, start): kept, (period, end): -1.0}
                carriers.append(Carrier(forth, *beside(low, high, flow), place))
                carriers.append(Carrier(back, *beside(-high, -low, -flow), place))
            else:
                legs = {(period, start): -1.0, (period, end): 1.0}
                carriers.append(Carrier(legs, low, high, place))
            hours, ramp = float(network.hours[period]), float(network.ramp[link])
            if hours in before and not np.isnan(ramp):
                last, last_flow = before[hours]
                risen = flow - last_flow
                both = {**terms, **{number: -value for number, value in last.items()}}
                rows.append(Row(both, -ramp - risen, ramp - risen))
            before[hours] = (terms, flow)


def beside(low: float, high: float, flow: float) -> tuple[float, float]:
    """Return the limits of what goes one way, beside a flow that goes there already.

    What was sent before may be taken back: its loss is not lost then.
    """
    sent = max(flow, 0.0)
    return max(low + flow, 0.0) - sent, max(high + flow, 0.0) - sent


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
        carriers += [
            Carrier({(int(period), zone): -1.0}, -most, most, is_export=True) for zone in zones
        ]
        rows.append(Row(dict.fromkeys(numbers.values(), 1.0), 0.0, 0.0))
        for limit in np.flatnonzero(limits.period == period):
            terms = {numbers[zone]: float(limits.ptdf[limit, zone]) for zone in zones}
            rows.append(Row(terms, float(limits.low[limit]), float(limits.high[limit])))


def add_complex_order(
    auction: Auction, order: int, carriers: list[Carrier], rows: list[Row]
) -> None:
    """Add the steps of a complex order, its minimum power and its load gradient."""
    orders, hours = auction.complex_orders, auction.network.hours
    zone, side = int(orders.zone[order]), orders.side(order)
    up, down = float(orders.gradient_up[order]), float(orders.gradient_down[order])
    before: dict[float, tuple[dict[int, float], float]] = {}
    for period in range(auction.network.periods):
        terms: dict[int, float] = {}
        stop = 0.0
        for step in orders.steps(order, period):
            volume = float(orders.step_volume[step])
            stays = volume if not terms and period < orders.stop_periods[order] else 0.0
            stop += stays
            terms[len(carriers)] = 1.0
            price = float(orders.step_price[step])
            carriers.append(
                Carrier({(period, zone): side}, 0.0, volume, None, price, int(step), order, stays)
            )
        least = orders.least_power(order, period)
        if least:
            rows.append(Row(terms, 0.0, INFINITY, {order: -least}))
        length = float(hours[period])
        if length in before:
            last, last_stop = before[length]
            risen = {**terms, **dict.fromkeys(last, -1.0)}
            fallen = {number: -value for number, value in risen.items()}
            # An order that is not taken keeps what its scheduled stop leaves, without a gradient.
            # A gradient of more than its steps have limits nothing.
            offered, last_offered = (
                sum(carriers[number].high for number in of) for of in (terms, last)
            )
            if up < offered and risen:
                rows.append(Row(risen, -INFINITY, stop, {order: stop - up}))
            if down < last_offered and fallen:
                rows.append(Row(fallen, -INFINITY, last_stop, {order: last_stop - down}))
        before[length] = (terms, stop)
