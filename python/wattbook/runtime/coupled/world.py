"""A day of coupled zones made from a seed: network, the orders of others, wind, sun.

Every day is drawn from the seed and its own date. No such market exists; its rules are stated in
`docs/desk-file.md`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattbook.domain import price_limits
from wattbook.domain.calendars import Intervals, zone_intervals
from wattbook.errors import SourceError
from wattbook.market.auction import Auction, BlockOrders, HourlyOrders, Network

__all__ = ["LINKS", "TIME_ZONE", "ZONES", "Output", "World", "instant", "make_world"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
NANOS = 1_000_000_000
TIME_ZONE = "Europe/Berlin"
ZONES = ("NORTH", "WEST", "EAST", "SOUTH")
LINKS = (
    ("NORTH", "WEST"),
    ("NORTH", "EAST"),
    ("WEST", "EAST"),
    ("WEST", "SOUTH"),
    ("EAST", "SOUTH"),
)
CAPACITY_MW = (1_100.0, 600.0, 450.0, 800.0, 500.0)
DEMAND_MW = (5_000.0, 9_000.0, 4_500.0, 8_000.0)
WIND_MW = (9_000.0, 2_500.0, 3_500.0, 800.0)
SOLAR_MW = (1_500.0, 5_000.0, 4_000.0, 11_000.0)
# Cost and size of the stack: name of nothing real, EUR/MWh from and to, share of the demand.
STACK = ((6.0, 18.0, 0.25), (32.0, 70.0, 0.35), (62.0, 115.0, 0.35), (130.0, 420.0, 0.25))
STEPS = 6
LADDER = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
LADDER_MW = 60.0
# A megawatt of wind or sun that nobody expected moves the price of its zone by so much, EUR/MWh.
PRICE_PER_MW = 0.012
OTHERS = 0.3
IMBALANCE_PER_MW = 0.05
UPDATE_SIGMA = 0.03
SUN_SIGMA = 0.04


def instant(date: dt.date, time: dt.time, time_zone: str = TIME_ZONE) -> int:
    """Return a time of the market's clock, ns UTC."""
    return round(dt.datetime.combine(date, time, ZoneInfo(time_zone)).timestamp()) * NANOS


@dataclass(frozen=True, slots=True)
class Output:
    """What was expected of the wind or the sun, forecast after forecast, and what came.

    Parameters
    ----------
    published : ndarray of shape (n_updates,)
        When each forecast is known, ns UTC, ascending.
    share : ndarray of shape (n_updates, n_zones, n_periods)
        Expected output as a share of the installed power.
    actual : ndarray of shape (n_zones, n_periods)
        What came.
    """

    published: Numbers
    share: Floats
    actual: Floats

    def known_at(self, at: int) -> Floats:
        """Return the newest forecast known at `at` (ns UTC), (n_zones, n_periods).

        Before the first one, that is what is expected.
        """
        place = int(np.searchsorted(self.published, at, side="right")) - 1
        newest: Floats = self.share[max(place, 0)]
        return newest


@dataclass(frozen=True)
class World:
    """One delivery day.

    Parameters
    ----------
    seed : int
        Everything is drawn from it and the date.
    date : datetime.date
        Local delivery day.
    """

    seed: int
    date: dt.date

    def rng(self, stream: int) -> np.random.Generator:
        """Return the numbers of one purpose; no two share any."""
        return np.random.default_rng([self.seed, self.date.toordinal(), stream])

    @cached_property
    def intervals(self) -> Intervals:
        """The quarter-hours of the day: 92, 96 or 100."""
        return zone_intervals(self.date, self.date + dt.timedelta(days=1), TIME_ZONE)

    @cached_property
    def starts(self) -> Numbers:
        """First instant of each quarter-hour, ns UTC."""
        return self.intervals.delivery_start.astype(np.int64)

    @cached_property
    def hour(self) -> Floats:
        """Hour of the local clock at which each begins; on the autumn day some occur twice."""
        return (self.intervals.number.astype(np.float64) - 1.0) / 4.0

    @cached_property
    def updates(self) -> Numbers:
        """When forecasts of wind and sun are published: before each auction, then every hour."""
        before = self.date - dt.timedelta(days=1)
        first = [
            instant(before, dt.time(11, 15)),
            instant(before, dt.time(14, 30)),
            instant(before, dt.time(21, 30)),
        ]
        hourly = np.arange(self.starts[0], self.starts[-1], 3_600 * NANOS) + 1_800 * NANOS
        return np.concatenate([np.array(first, np.int64), hourly])

    def weights(self) -> Iterator[Floats]:
        """Yield how far each update moves each quarter-hour: what is near is known better."""
        for number, at in enumerate(self.updates[1:].tolist()):
            until = (self.starts - at) / (3_600 * NANOS)
            weight = np.where(until < 0, 0.0, np.exp(-np.maximum(until, 0.0) / 6.0))
            yield np.maximum(weight, 0.5) if number < 2 else weight

    @cached_property
    def wind(self) -> Output:
        """Forecasts that move by independent steps, so that none can be foreseen."""
        rng, count, zones = self.rng(1), self.starts.size, len(ZONES)
        common = rng.uniform(0.25, 0.55) + 0.15 * smooth(rng, count, 0.98)
        own = np.stack([0.08 * smooth(rng, count, 0.96) for _ in ZONES])
        path = common + own
        shares = [np.clip(path, 0.02, 0.95)]
        for weight in self.weights():
            # Two thirds are the same everywhere.
            both = smooth(rng, count, 0.95)
            step = np.stack([0.8 * both + 0.6 * smooth(rng, count, 0.9) for _ in range(zones)])
            path = path + UPDATE_SIGMA * weight * step
            shares.append(np.clip(path, 0.0, 1.0))
        last = path + 0.01 * rng.normal(size=path.shape)
        return Output(self.updates, np.stack(shares), np.clip(last, 0.0, 1.0))

    @cached_property
    def clear_sky(self) -> Floats:
        """Solar output of a clear day as a share of the installed power, (n_periods,)."""
        day = self.date.timetuple().tm_yday
        length = 12.0 + 4.3 * np.sin(2 * np.pi * (day - 80) / 365.0)
        at = np.clip(np.sin(np.pi * (self.hour - 13.3 + length / 2) / length), 0.0, None)
        up: Floats = np.where(np.abs(self.hour - 13.3) < length / 2, at, 0.0) ** 1.3
        return up

    @cached_property
    def sun(self) -> Output:
        """Forecasts of clouds that move by independent steps, half of each everywhere."""
        orders, rng, count = self.rng(3), self.rng(5), self.starts.size
        self.demand(orders)
        path = np.repeat(clearness(orders)[:, None], count, axis=1)
        clear = [path]
        for weight in self.weights():
            both = smooth(rng, count, 0.95)
            step = np.stack([0.7 * both + 0.7 * smooth(rng, count, 0.9) for _ in ZONES])
            path = path + SUN_SIGMA * weight * step
            clear.append(path)
        last = path + 0.01 * rng.normal(size=path.shape)
        shares = np.clip(np.stack([*clear, last]), 0.05, 1.0) * self.clear_sky
        return Output(self.updates, shares[:-1], shares[-1])

    def unforeseen_mw(self, times: Numbers) -> Floats:
        """Return wind and sun that the forecast of the day-ahead gate did not have, MW.

        Parameters
        ----------
        times : ndarray of shape (n_times,)
            As known then, ns UTC.

        Returns
        -------
        ndarray of shape (n_times, n_zones, n_periods)
        """
        place = np.maximum(np.searchsorted(self.updates, times, side="right") - 1, 0)
        found: Floats = np.zeros((times.size, len(ZONES), self.starts.size))
        for output, installed in ((self.wind, WIND_MW), (self.sun, SOLAR_MW)):
            moved = (output.share - output.share[0]) * np.array(installed)[:, None]
            found += moved[place]
        return found

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Harmonized price limits of the day-ahead auction on this day, EUR/MWh."""
        return limits_of("SDAC", self.date)

    @cached_property
    def auction(self) -> Auction:
        """The day-ahead auction without the desk."""
        count, zones = self.starts.size, len(ZONES)
        rng = self.rng(2)
        capacity = np.array(CAPACITY_MW) * rng.uniform(0.8, 1.2, len(LINKS))
        most = np.round(np.tile(capacity, (count, 1)), 1).astype(np.float64)
        least = -np.round(most * rng.uniform(0.7, 1.0, len(LINKS)), 1)
        return Auction(
            network=Network(ZONES, LINKS, least, most, hours=np.full(count, 0.25)),
            hourly=self.orders(),
            blocks=self.blocks(),
            injections=np.zeros((count, zones)),
            price_limits=self.limits,
            allows_virtual=True,
        )

    def demand(self, rng: np.random.Generator) -> Floats:
        """Return what is needed whatever it costs, MW, (n_zones, n_periods)."""
        hour = self.hour
        shape = (
            0.72
            + 0.17 * np.exp(-(((hour - 9.0) / 2.6) ** 2))
            + 0.30 * np.exp(-(((hour - 19.0) / 2.2) ** 2))
            + 0.09 * np.exp(-(((hour - 13.0) / 3.0) ** 2))
        )
        weekend = 0.86 if self.date.weekday() >= 5 else 1.0
        own = np.stack([1.0 + 0.015 * smooth(rng, hour.size, 0.9) for _ in ZONES])
        needed: Floats = np.array(DEMAND_MW)[:, None] * shape * weekend * own
        return needed

    def orders(self) -> HourlyOrders:
        """Return the steps of the others in every zone and quarter-hour."""
        rng, wind, count = self.rng(3), self.wind.share[0], self.starts.size
        needed = self.demand(rng)
        sunny = np.array(SOLAR_MW)[:, None] * clearness(rng)[:, None] * self.clear_sky
        high = self.limits[1]
        parts: list[tuple[int, bool, Floats, Floats]] = []
        for zone in range(len(ZONES)):
            for low, top, share in STACK:
                cost = np.round(np.sort(rng.uniform(low, top, STEPS)), 2)
                size = DEMAND_MW[zone] * share / STEPS * rng.uniform(0.7, 1.3, STEPS)
                parts += [(zone, False, np.full(count, c), np.full(count, s))
                          for c, s in zip(cost, size, strict=True)]  # fmt: skip
            blows = WIND_MW[zone] * wind[zone]
            for price, share in ((-60.0, 0.2), (-15.0, 0.4), (0.0, 0.25), (2.5, 0.15)):
                parts.append((zone, False, np.full(count, price), blows * share))
            parts.append((zone, False, np.full(count, -5.0), 0.5 * sunny[zone]))
            parts.append((zone, False, np.full(count, 0.0), 0.5 * sunny[zone]))
            parts.append((zone, True, np.full(count, high), 0.9 * needed[zone]))
            for price in np.round(np.sort(rng.uniform(30.0, 260.0, STEPS)), 2):
                parts.append((zone, True, np.full(count, price), 0.03 * needed[zone]))
        return stacked(parts, count)

    def blocks(self) -> BlockOrders:
        """Return the blocks of the others: plants, a linked family, a buyer, an exclusive group."""
        rng, made = self.rng(4), Blocks(self.hour)
        for number, zone in enumerate(ZONES):
            level = rng.uniform(0.9, 1.1)
            size = np.round(rng.uniform(100.0, 260.0, 4), 1)
            base = made.add(f"{zone} base", number, (0, 24), float(size[0]), 54.0 * level)
            made.add(f"{zone} evening", number, (17, 22), float(size[1]), 92.0 * level)
            made.add(f"{zone} day", number, (7, 20), float(size[2]), 66.0 * level, parent=base)
            made.add(f"{zone} load", number, (1, 6), -float(size[3]), 58.0 * level)
        for first in (1, 9, 13, 20):
            made.add(f"SOUTH shift {first}", 3, (first, first + 3), -150.0, 62.0, group=0)
        return made.orders()


def make_world(seed: int, date: dt.date) -> World:
    """Return the generated day `date` of `seed`.

    Raises
    ------
    SourceError
        If no price limits are known for the day.
    """
    limits_of("SDAC", date)
    return World(seed, date)


def limits_of(market: str, date: dt.date) -> tuple[float, float]:
    """Return the price limits of a market on a day, EUR/MWh.

    Raises
    ------
    SourceError
        If none are known.
    """
    found = price_limits(market, date)
    if found is None:
        message = f"no price limits of {market} are known for {date}; choose another day"
        raise SourceError(message)
    return float(found.min_price), float(found.max_price)


def clearness(rng: np.random.Generator) -> Floats:
    """Return how clear the sky is over each zone, as a share of a clear day's output."""
    found: Floats = np.clip(rng.normal(0.6, 0.2, len(ZONES)), 0.15, 0.95)
    return found


def smooth(rng: np.random.Generator, count: int, memory: float) -> Floats:
    """Return a stationary path with standard deviation 1 that forgets by `memory` a step."""
    shocks = rng.normal(size=count) * np.sqrt(1.0 - memory**2)
    path = np.empty(count)
    value = float(rng.normal())
    for place, shock in enumerate(shocks.tolist()):
        value = memory * value + shock
        path[place] = value
    return path


def stacked(parts: list[tuple[int, bool, Floats, Floats]], count: int) -> HourlyOrders:
    """Return orders of every period; prices to the cent, volumes to 0.1 MW, none of nothing."""
    price = np.round(np.concatenate([part[2] for part in parts]), 2)
    volume = np.round(np.concatenate([part[3] for part in parts]), 1)
    kept = volume > 0
    zone = np.repeat(np.array([part[0] for part in parts], np.int64), count)
    is_demand = np.repeat(np.array([part[1] for part in parts], np.bool_), count)
    return HourlyOrders(
        period=np.tile(np.arange(count), len(parts))[kept],
        zone=zone[kept],
        is_demand=is_demand[kept],
        price_start=price[kept],
        price_end=price[kept],
        volume=volume[kept],
    )


class Blocks:
    """Gathers block orders.

    Parameters
    ----------
    hour : ndarray of shape (n_periods,)
        Local hour of each period.
    """

    def __init__(self, hour: Floats) -> None:
        self._hour = hour
        self._heads: list[tuple[str, float, int, int]] = []
        self._legs: list[tuple[int, int, int, float]] = []

    def add(
        self,
        name: str,
        zone: int,
        hours: tuple[int, int],
        volume: float,
        price: float,
        *,
        parent: int = -1,
        group: int = -1,
    ) -> int:
        """Add a block over local `hours`, selling above zero; return its number."""
        number = len(self._heads)
        self._heads.append((name, round(price, 2), parent, group))
        within = (self._hour >= hours[0]) & (self._hour < hours[1])
        self._legs += [(number, int(at), zone, volume) for at in np.flatnonzero(within)]
        return number

    def orders(self) -> BlockOrders:
        """Return them all."""
        block, period, zone, volume = zip(*self._legs, strict=True)
        return BlockOrders(
            names=tuple(head[0] for head in self._heads),
            price=np.array([head[1] for head in self._heads]),
            leg_block=np.array(block, np.int64),
            leg_period=np.array(period, np.int64),
            leg_zone=np.array(zone, np.int64),
            leg_volume=np.array(volume),
            parent=np.array([head[2] for head in self._heads], np.int64),
            group=np.array([head[3] for head in self._heads], np.int64),
        )
