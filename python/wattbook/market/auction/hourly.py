"""The convex part: hourly orders, cleared for given blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from wattbook._core import ZonalAuction
from wattbook.market.auction.network import Floats
from wattbook.market.auction.orders import Auction, HourlyOrders
from wattbook.market.auction.units import is_carried

__all__ = ["Convex", "ConvexResult"]


@dataclass(frozen=True, slots=True)
class ConvexResult:
    """A cleared auction of hourly orders and injections.

    Parameters
    ----------
    prices, prices_min, prices_max : ndarray of shape (n_periods, n_zones), currency per MWh
        The middle, the least and the greatest of the optimal prices.
    net_positions : ndarray of shape (n_periods, n_zones), MW
        What leaves each zone.
    flows : ndarray of shape (n_periods, n_links), MW
        From the first zone of each link to the second.
    surplus : ndarray of shape (n_periods,), currency per h
        What hourly orders, injections and links earn at the prices.
    """

    prices: Floats
    prices_min: Floats
    prices_max: Floats
    net_positions: Floats
    flows: Floats
    surplus: Floats


BEYOND = 10_000.0
"""How far beyond the price limits volume is curtailed, currency per MWh."""


def with_curtailment(auction: Auction) -> HourlyOrders:
    """Return the hourly orders and, in each period and zone, one to give up and one to take any."""
    hourly, blocks = auction.hourly, auction.blocks
    periods, zones = auction.injections.shape
    in_period = np.abs(auction.injections).sum(axis=1)
    np.add.at(in_period, hourly.period, hourly.volume)
    np.add.at(in_period, blocks.leg_period, np.abs(blocks.leg_volume))
    orders, network = auction.complex_orders, auction.network
    np.add.at(in_period, orders.step_period, orders.step_volume)
    for limit in (network.flow_min, network.flow_max):
        in_period += np.abs(limit[:, is_carried(auction)]).sum(axis=1)
    # No further than it can matter: sums of far greater volumes would round away small ones.
    any_volume = 1.0 + float(in_period.sum() if auction.covers else in_period.max(initial=0.0))
    places = np.tile(np.arange(periods * zones), 2)
    is_demand = np.repeat([True, False], periods * zones)
    low, high = auction.price_limits
    price = np.where(is_demand, low - BEYOND, high + BEYOND)
    return HourlyOrders(
        period=np.append(hourly.period, places // zones),
        zone=np.append(hourly.zone, places % zones),
        is_demand=np.append(hourly.is_demand, is_demand),
        price_start=np.append(hourly.price_start, price),
        price_end=np.append(hourly.price_end, price),
        volume=np.append(hourly.volume, np.full(len(places), any_volume)),
    )


class Convex:
    """The hourly orders of an auction, added up once and cleared with any injections.

    A clearing begins at the prices of the one before, so that a small change takes little time.

    Parameters
    ----------
    auction : Auction
        Whose orders.
    curtails : bool
        Whether every zone may give up or take any volume at a price far beyond the limits, so that
        choices that cannot be balanced have a clearing, whose prices say so.
    """

    def __init__(self, auction: Auction, *, curtails: bool = False) -> None:
        network = auction.network
        hourly = with_curtailment(auction) if curtails else auction.hourly
        number = {zone: index for index, zone in enumerate(network.zones)}
        self._injections = auction.injections
        self._limits = auction.price_limits
        carried = is_carried(auction)
        flow_min = np.where(carried, 0.0, network.flow_min)
        flow_max = np.where(carried, 0.0, network.flow_max)
        self._core = ZonalAuction(
            zones=len(network.zones),
            link_from=[number[first] for first, _ in network.links],
            link_to=[number[second] for _, second in network.links],
            flow_min=np.ascontiguousarray(flow_min, np.float64),
            flow_max=np.ascontiguousarray(flow_max, np.float64),
            period=np.ascontiguousarray(hourly.period, np.int64),
            zone=np.ascontiguousarray(hourly.zone, np.int64),
            is_demand=np.ascontiguousarray(hourly.is_demand, np.bool_),
            price_start=np.ascontiguousarray(hourly.price_start, np.float64),
            price_end=np.ascontiguousarray(hourly.price_end, np.float64),
            volume=np.ascontiguousarray(hourly.volume, np.float64),
            price_limits=auction.price_limits,
        )

    def clear(self, blocks: Floats) -> ConvexResult:
        """Clear with `blocks` (n_periods, n_zones), MW of accepted blocks, beside the injections.

        Raises
        ------
        InputError
            If no price balances a set of zones; names them and the period.
        """
        injections = np.ascontiguousarray(self._injections + blocks)
        return self._within(ConvexResult(*self._core.clear(injections)))

    def _within(self, found: ConvexResult) -> ConvexResult:
        """Return a result whose prices lie within the limits, if such prices are optimal.

        What is curtailed far beyond the limits leaves prices open that far where nobody trades.
        Optimal prices cut off at limits that optimal prices keep to are optimal as well.
        """
        low, high = self._limits
        least, most = found.prices_min, found.prices_max
        if (most < low).any() or (least > high).any():
            return found
        beyond = (least < low) | (most > high)
        if not beyond.any():
            return found
        least, most = np.maximum(least, low), np.minimum(most, high)
        prices = np.where(beyond, 0.5 * (least + most), found.prices)
        return replace(found, prices=prices, prices_min=least, prices_max=most)
