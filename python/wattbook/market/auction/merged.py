"""A quick start: what complex orders deliver if each step were an hourly order of its zone.

Where no minimum and no gradient holds, that is what they deliver, and one bound at these prices
says so; elsewhere it is close.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wattbook.market.auction.complex_orders import ComplexOrders
from wattbook.market.auction.hourly import Convex
from wattbook.market.auction.network import Floats
from wattbook.market.auction.orders import Auction, HourlyOrders
from wattbook.market.auction.units import Units, is_carried

__all__ = ["Merged", "dual_surplus", "place_surplus"]

PRICE_EPSILON = 1e-7


class Merged:
    """An auction with the steps of complex orders among its hourly orders.

    Parameters
    ----------
    auction : Auction
        To be cleared.
    units : Units
        Of it.
    """

    def __init__(self, auction: Auction, units: Units) -> None:
        self._auction, self._units, self._orders = auction, units, auction.complex_orders
        self._stays = np.zeros(len(self._orders.step_order), np.bool_)
        for carrier in units.carriers:
            if carrier.step is not None:
                self._stays[carrier.step] = carrier.high_off > 0

    def start(self, taken: Floats, injections: Floats) -> tuple[Floats, Floats]:
        """Return what carriers of complex orders carry, MW, and prices at which that is best.

        Parameters
        ----------
        taken : ndarray of shape (n_orders,)
            Share of each.
        injections : ndarray of shape (n_periods, n_zones), MW
            Of all other units.

        Returns
        -------
        carried : ndarray of shape (n_carriers,), MW
            0 of other carriers.
        prices : ndarray of shape (n_periods, n_zones), currency per MWh
        """
        auction, orders, hourly = self._auction, self._orders, self._auction.hourly
        share = taken[orders.step_order]
        volume = orders.step_volume * np.where(self._stays, 1.0, share)
        zone = orders.zone[orders.step_order]
        merged = HourlyOrders(
            np.append(hourly.period, orders.step_period),
            np.append(hourly.zone, zone),
            np.append(hourly.is_demand, orders.is_demand[orders.step_order]),
            np.append(hourly.price_start, orders.step_price),
            np.append(hourly.price_end, orders.step_price),
            np.append(hourly.volume, volume),
        )
        plain = replace(auction, hourly=merged, complex_orders=ComplexOrders.none())
        cleared = Convex(plain, curtails=True).clear(injections)
        prices = cleared.prices
        place = (orders.step_period, zone)
        sign = np.where(orders.is_demand[orders.step_order], -1.0, 1.0)
        distance = sign * (prices[place] - orders.step_price)
        accepted = np.where(distance > PRICE_EPSILON, 1.0, 0.0)
        # What is at the price balances what the rest leaves open.
        rest = cleared.net_positions - injections - auction.injections
        np.subtract.at(rest, (hourly.period, hourly.zone), firm(hourly, prices))
        np.subtract.at(rest, place, sign * volume * accepted)
        is_marginal = np.abs(distance) <= PRICE_EPSILON
        for side in (1.0, -1.0):
            at_price = is_marginal & (sign == side)
            there = np.zeros_like(rest)
            np.add.at(there, place, np.where(at_price, volume, 0.0))
            part = np.clip(np.divide(side * rest, there, where=there > 0, out=0 * rest), 0.0, 1.0)
            accepted[at_price] = part[place][at_price]
        delivered, carried = volume * accepted, np.zeros(len(self._units.carriers))
        for number, carrier in enumerate(self._units.carriers):
            if carrier.step is not None:
                carried[number] = np.clip(delivered[carrier.step], *carrier.limits(taken))
        return carried, prices


def firm(hourly: HourlyOrders, prices: Floats) -> Floats:
    """Return what hourly orders supply at prices, less what they take; at the limit nothing."""
    sign = np.where(hourly.is_demand, -1.0, 1.0)
    beyond = sign * (prices[hourly.period, hourly.zone] - hourly.price_start)
    width = np.abs(hourly.price_end - hourly.price_start)
    part = np.divide(beyond, width, where=width > 0, out=np.where(beyond > PRICE_EPSILON, 1.0, 0.0))
    supplied: Floats = sign * hourly.volume * np.clip(part, 0.0, 1.0)
    return supplied


def place_surplus(auction: Auction, prices: Floats) -> tuple[Floats, Floats]:
    """Return what hourly orders and injections of each place earn at best at any prices.

    Returns
    -------
    surplus : ndarray of shape (n_periods, n_zones), currency per h
    slope : ndarray of shape (n_periods, n_zones), MW
        What it changes by per unit of price: what they supply, less what they take.
    """
    hourly, shape = auction.hourly, auction.injections.shape
    sign = np.where(hourly.is_demand, -1.0, 1.0)
    beyond = sign * (prices[hourly.period, hourly.zone] - hourly.price_start)
    width = np.abs(hourly.price_end - hourly.price_start)
    inside = np.clip(beyond, 0.0, width)
    bent = np.divide(inside**2, 2.0 * width, where=width > 0, out=np.zeros_like(beyond))
    gained = hourly.volume * (bent + np.maximum(beyond - width, 0.0))
    place = hourly.period * shape[1] + hourly.zone
    size = shape[0] * shape[1]
    surplus = np.bincount(place, gained, minlength=size).reshape(shape)
    slope = np.bincount(place, firm(hourly, prices), minlength=size).reshape(shape)
    return surplus + prices * auction.injections, slope + auction.injections


def dual_surplus(auction: Auction, prices: Floats) -> Floats:
    """Return what hourly orders, injections and plain links earn at best at any prices.

    With that every prices bound what a period can earn, not just those of a clearing.

    Returns
    -------
    ndarray of shape (n_periods,), currency per h
    """
    network = auction.network
    earned: Floats = place_surplus(auction, prices)[0].sum(axis=1)
    for link in np.flatnonzero(~is_carried(auction)):
        first, second = (network.zone(name) for name in network.links[int(link)])
        spread = prices[:, second] - prices[:, first]
        rents = network.flow_max[:, link] * spread, network.flow_min[:, link] * spread
        earned += np.maximum(*rents)
    return earned
