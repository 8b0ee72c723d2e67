"""What each hourly order gets, and what virtual ones earn."""

from __future__ import annotations

import numpy as np

from wattbook.errors import InputError
from wattbook.market.auction.legs import Legs
from wattbook.market.auction.network import Floats
from wattbook.market.auction.orders import Auction
from wattbook.market.auction.outcome import Clearing

__all__ = ["accepted_volume", "virtual_earnings"]

PRICE_EPSILON = 1e-6


def accepted_volume(auction: Auction, cleared: Clearing) -> Floats:
    """Return how much of each hourly order is taken.

    Orders better than their zone's price are taken in full, linear ones in proportion. Of those at
    the price the most is traded that the zone's net position allows: all that buy or all that sell,
    and of the other side an equal share each.

    Parameters
    ----------
    auction : Auction
        What was cleared.
    cleared : Clearing
        With what result.

    Returns
    -------
    ndarray of shape (n_hourly,), MW
    """
    hourly, orders, shape = auction.hourly, auction.complex_orders, auction.injections.shape
    sign = np.where(hourly.is_demand, -1.0, 1.0)
    beyond = sign * (cleared.prices[hourly.period, hourly.zone] - hourly.price_start)
    width = np.abs(hourly.price_end - hourly.price_start)
    is_step = width <= PRICE_EPSILON
    full: Floats = np.where(beyond > PRICE_EPSILON, 1.0, 0.0)
    accepted: Floats = hourly.volume * np.clip(
        np.divide(beyond, width, where=~is_step, out=full), 0.0, 1.0
    )
    legs = Legs(auction.blocks, auction.network.hours, shape[1])
    rest = cleared.net_positions - auction.injections - legs.injections(cleared.acceptance)
    for order, power in enumerate(cleared.complex_power):
        rest[:, orders.zone[order]] -= power
    is_marginal = is_step & (np.abs(beyond) <= PRICE_EPSILON)
    at = hourly.period * shape[1] + hourly.zone

    def summed(values: Floats) -> Floats:
        found: Floats = np.zeros(rest.size)
        np.add.at(found, at, values)
        return found.reshape(shape)

    rest -= summed(np.where(is_marginal, 0.0, sign * accepted))
    bought = summed(np.where(is_marginal & hourly.is_demand, hourly.volume, 0.0))
    sold = summed(np.where(is_marginal & ~hourly.is_demand, hourly.volume, 0.0))
    # Of the side that is short all, of the other what keeps the balance.
    taken = np.clip(np.minimum(bought, sold - rest), 0.0, bought)
    given = np.clip(rest + taken, 0.0, sold)
    for is_demand, part, whole in ((True, taken, bought), (False, given, sold)):
        share = np.divide(part, whole, where=whole > 0, out=np.zeros(shape)).ravel()[at]
        here = is_marginal & (hourly.is_demand == is_demand)
        accepted[here] = (hourly.volume * share)[here]
    return accepted


def virtual_earnings(
    auction: Auction, accepted: Floats, prices: Floats, real_time: Floats
) -> Floats:
    """Return what virtual orders earn, since they deliver nothing.

    Who sells is paid the auction's price and buys back at the real-time one; who buys the reverse.

    Parameters
    ----------
    auction : Auction
        Whose orders.
    accepted : ndarray of shape (n_hourly,), MW
        How much of each is taken (`accepted_volume`).
    prices, real_time : ndarray of shape (n_periods, n_zones), currency per MWh
        Of the auction, and those at which deviations are settled.

    Returns
    -------
    ndarray of shape (n_hourly,), currency
        0 for orders that deliver. NaN where a real-time price that is needed is missing.

    Raises
    ------
    InputError
        If the prices have another shape than the auction.
    """
    shape, hourly = auction.injections.shape, auction.hourly
    for name, values in (("prices", prices), ("real-time prices", real_time)):
        if values.shape != shape:
            raise InputError(f"{name} have shape {values.shape}; give {shape}, as the auction has")
    spread = (prices - real_time)[hourly.period, hourly.zone]
    energy = accepted * auction.network.hours[hourly.period]
    sign = np.where(hourly.is_demand, -1.0, 1.0)
    return np.where(hourly.is_virtual & (accepted > 0), sign * energy * spread, 0.0)
