"""What moves after the day-ahead auction: intraday auctions, prices of books, the imbalance."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from wattbook.market.auction import Auction, BlockOrders, Network
from wattbook.runtime.coupled.world import (
    IMBALANCE_PER_MW,
    LADDER,
    LADDER_MW,
    NANOS,
    OTHERS,
    PRICE_PER_MW,
    SOLAR_MW,
    WIND_MW,
    ZONES,
    World,
    limits_of,
    smooth,
    stacked,
)

__all__ = ["imbalance_offset", "intraday_auction", "path_offsets", "spread_record"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
STEP_NS = 300 * NANOS
SURPRISE_MARGIN = 40.0


def intraday_auction(
    world: World,
    number: int,
    periods: Numbers,
    *,
    at: int,
    before: int,
    prices: Floats,
    flows: Floats,
) -> Auction:
    """Return intraday auction `number` (1 to 3) of a day without the desk.

    Links carry what auctions and continuous trades before have left, in both directions. Others
    sell or buy what their forecasts of wind and sun have changed by since `before`, at prices that
    find a counterpart, and quote a ladder around the price of the auction before.

    Parameters
    ----------
    world : World
        The day.
    number : int
        Which.
    periods : ndarray of int64
        The quarter-hours that it sells, numbers from 0.
    at, before : int
        Its gate and that of the auction before, ns UTC.
    prices, flows : ndarray of shape (n_all_periods, n_zones), (n_all_periods, n_links)
        Last prices, and flows so far: of the auctions before, and of continuous trades.
    """
    limits, count = limits_of("SIDC-IDA", world.date), periods.size
    rng = world.rng(10 + number)
    was, now = world.unforeseen_mw(np.array([before, at]))
    parts = []
    for zone in range(len(ZONES)):
        base, moved = prices[periods, zone], (now - was)[zone, periods]
        more = np.clip(base - SURPRISE_MARGIN, *limits)
        less = np.clip(base + SURPRISE_MARGIN, *limits)
        parts.append((zone, False, more, np.maximum(moved, 0.0)))
        parts.append((zone, True, less, np.maximum(-moved, 0.0)))
        for distance in LADDER:
            size = LADDER_MW * rng.uniform(0.6, 1.4, (2, count))
            parts.append((zone, False, np.clip(base + distance, *limits), size[0]))
            parts.append((zone, True, np.clip(base - distance, *limits), size[1]))
    network = world.auction.network
    return Auction(
        network=Network(
            network.zones,
            network.links,
            np.minimum(network.flow_min[periods] - flows[periods], 0.0),
            np.maximum(network.flow_max[periods] - flows[periods], 0.0),
            hours=network.hours[periods],
        ),
        hourly=stacked(parts, count),
        blocks=BlockOrders.none(),
        injections=np.zeros((count, len(ZONES))),
        price_limits=limits,
    )


def premium(world: World) -> Floats:
    """Return by how much intraday prices lie above the auction's on average, EUR/MWh."""
    hour = world.hour
    high = np.where((hour >= 17) & (hour < 21), 4.0, 0.0)
    return np.where((hour >= 11) & (hour < 15), -4.0, high)


def path_offsets(world: World, zone: int, times: Numbers) -> Floats:
    """Return how far each quarter-hour's intraday price has moved from the auction's, EUR/MWh.

    Wind and sun that nobody expected lower the price of their own zone, and less so that of others.

    Parameters
    ----------
    world : World
        The day.
    zone : int
        Where.
    times : ndarray of shape (n_times,)
        When, ns UTC.

    Returns
    -------
    ndarray of shape (n_times, n_periods)
    """
    rng = world.rng(20 + zone)
    weight = np.where(np.arange(len(ZONES)) == zone, 1.0, OTHERS)
    moved = np.einsum("z,tzq->tq", weight, world.unforeseen_mw(times))
    walk = np.cumsum(rng.normal(0.0, 0.5, (times.size, 1)), axis=0)
    own = np.stack([smooth(rng, world.starts.size, 0.8) for _ in range(8)])
    fade = np.linspace(0.0, 1.0, times.size)[:, None]
    found: Floats = (
        premium(world) - PRICE_PER_MW * moved + walk - walk[0] + 2.0 * fade * own.mean(axis=0)
    )
    return found


def grid(world: World) -> Numbers:
    """Return the instants at which reference prices move: every five minutes."""
    return np.arange(world.updates[1], world.starts[-1] + 900 * NANOS, STEP_NS, dtype=np.int64)


def imbalance_offset(world: World, zone: int, gates: Numbers) -> Floats:
    """Return how far each quarter-hour's imbalance price lies from the auction's, EUR/MWh.

    The rule of this market: the last reference price of the contract before its gate, and
    `IMBALANCE_PER_MW` more for each megawatt that the zone is short at delivery, less where it is
    long.

    Parameters
    ----------
    world : World
        The day.
    zone : int
        Where.
    gates : ndarray of shape (n_periods,)
        When continuous trading of each ends, ns UTC.
    """
    rng = world.rng(40 + zone)
    times = grid(world)
    offsets = path_offsets(world, zone, times)
    place = np.maximum(np.searchsorted(times, gates, side="right") - 1, 0)
    last = offsets[place, np.arange(gates.size)]
    known = np.maximum(np.searchsorted(world.updates, gates, side="right") - 1, 0)
    short = rng.normal(0.0, 80.0, gates.size)
    for output, installed in ((world.wind, WIND_MW), (world.sun, SOLAR_MW)):
        expected = output.share[known, zone, np.arange(gates.size)]
        short += installed[zone] * (expected - output.actual[zone])
    found: Floats = last + IMBALANCE_PER_MW * short
    return found


def spread_record(
    seed: int, date: dt.date, zone: int, days: int, lead_ns: int
) -> tuple[Floats, Floats]:
    """Return the spread expected of each quarter-hour of the clock, and how sure its sign is.

    Imbalance less day-ahead price, the mean over the older half of `days` before; the confidence is
    the share of the newer half on which the spread of the quarter-hour had that sign. What is not
    known at the gate, the day before, is left out.

    Parameters
    ----------
    seed, date, zone
        Of the day that is bid for.
    days : int
        How many days before to look at.
    lead_ns : int
        How long before delivery continuous trading ends.

    Returns
    -------
    pair of ndarray of shape (96,)
        By quarter-hour of the clock: EUR/MWh, and a share.
    """
    spreads = np.full((days, 96), np.nan)
    for back in range(days):
        world = World(seed, date - dt.timedelta(days=back + 2))
        number = np.clip((world.hour * 4).astype(np.int64), 0, 95)
        spreads[back, number] = imbalance_offset(world, zone, world.starts - lead_ns)
    half = days // 2
    expected = np.nanmean(spreads[half:], axis=0)
    newer = spreads[:half]
    right = np.where(np.isnan(newer), np.nan, np.sign(newer) == np.sign(expected))
    return expected, np.nanmean(right, axis=0)
