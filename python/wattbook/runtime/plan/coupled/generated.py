"""A generated day of a coupled market: four zones, four auctions, books until the gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import GateKind
from wattbook.market import trading_day
from wattbook.market.auction import Auction, Clearing, clear
from wattbook.market.auction.day import AuctionDay
from wattbook.runtime.coupled.clearing import AuctionCleared
from wattbook.runtime.coupled.intraday import imbalance_offset, intraday_auction, spread_record
from wattbook.runtime.coupled.world import ZONES, World, limits_of, make_world
from wattbook.runtime.desk.spec import MarketSpec
from wattbook.runtime.plan.coupled.continuous import continuous_day, reference_paths
from wattbook.runtime.plan.coupled.day import AuctionPlan, CoupledPlan
from wattbook.runtime.plan.coupled.listing import Listing
from wattbook.runtime.plan.instrument import ForecastRows, Numbers
from wattbook.sources import Source

__all__ = ["plan_generated"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MINUTE_NS = 60_000_000_000
QUARTER_SECONDS = 900
LAST_DAY = dt.date(2026, 6, 30)
NOON = 12.0
RECORD_DAYS = 28


@dataclass(frozen=True, slots=True)
class Generated:
    """The generated market without the desk.

    Parameters
    ----------
    world : World
        The day.
    gates : tuple of int
        Of its auctions, ns UTC.
    periods : tuple of ndarray of int64
        What each sells.
    base : Clearing
        The day-ahead auction, cleared.
    """

    world: World
    gates: tuple[int, ...]
    periods: tuple[Ints, ...]
    base: Clearing

    def __call__(
        self, number: int, before: Sequence[AuctionCleared], traded: Floats
    ) -> tuple[AuctionDay, Clearing | None]:
        """Return auction `number` beside continuous flows and, of the first, its clearing."""
        world, chosen = self.world, self.periods[number]
        title = f"Generated zones {world.date}, {'day-ahead' if not number else f'IDA{number}'}"
        if number == 0:
            return self._day(title, world.auction, chosen), self.base
        flows = traded.copy() if traded.size else np.zeros_like(self.base.flows)
        prices = self.base.prices.copy()
        for cleared, periods in zip(before, self.periods, strict=False):
            flows[periods] += cleared.clearing.flows
            prices[periods] = cleared.clearing.prices
        auction = intraday_auction(
            world, number, chosen, at=self.gates[number], before=self.gates[number - 1],
            prices=prices, flows=flows,
        )  # fmt: skip
        return self._day(title, auction, chosen), None

    def _day(self, title: str, auction: Auction, periods: Ints) -> AuctionDay:
        return AuctionDay(
            title=title,
            auction=auction,
            periods=pl.Series("delivery_start", self.world.starts[periods]),
            zones=len(ZONES),
            time_zone="Europe/Berlin",
        )


def plan_generated(
    numbers: Numbers, spec: MarketSpec, source: Source, seed: int, *, bids_virtual: bool
) -> CoupledPlan:
    """Return the plan of a generated day.

    Raises
    ------
    SourceError
        If the day is none of those that are generated.
    """
    date = spec.day if isinstance(spec.day, dt.date) else LAST_DAY
    world = make_world(seed, date)
    zone = spec.zone or source.zones[0]
    at = source.zones.index(zone)
    base = clear(world.auction)
    starts, everything = world.starts, np.arange(world.starts.size)
    listing = Listing(numbers, spec, source, zone, date, starts, QUARTER_SECONDS)
    venue = listing.venue()
    kinds: list[tuple[str, GateKind, Ints]] = [
        ("day-ahead", "day-ahead", everything),
        ("IDA1", "intraday auction 1", everything),
        ("IDA2", "intraday auction 2", everything),
        ("IDA3", "intraday auction 3", everything[world.hour >= NOON]),
    ]
    auctions = tuple(listing.auction(venue, *kind) for kind in kinds)
    virtuals, rows = None, ForecastRows.none()
    expected = day_before_prices(seed, date, at, world)
    if bids_virtual:
        virtuals = listing.virtuals(venue, auctions[0])
        rows = virtual_forecasts(auctions[0], virtuals, expected, seed, world, at)
    gates = listing.gates("intraday continuous", everything)
    imbalance = base.prices[:, at] + imbalance_offset(world, at, gates)
    low, high = limits_of("SIDC", date)
    books = None
    if spec.synthetic_book is not None:
        continuous = continuous_day(date, spec, spec.synthetic_book)
        paths = reference_paths(world, base.prices, continuous)
        books = listing.books(spec.synthetic_book, continuous, paths, (low, high))
    return CoupledPlan(
        spec=spec,
        source=source,
        day=trading_day(date, source.time_zone, 0),
        zone=zone,
        venue=venue,
        starts=starts,
        seconds=QUARTER_SECONDS,
        auctions=auctions,
        virtuals=virtuals,
        books=books,
        others=Generated(
            world,
            tuple(auction.gate for auction in auctions),
            tuple(auction.periods for auction in auctions),
            base,
        ),
        network=None if books is None else world.auction.network,
        imbalance=cents(np.clip(imbalance, low, high)),
        output_published=world.updates,
        wind=world.wind.share[:, at],
        wind_actual=world.wind.actual[at],
        solar=world.sun.share[:, at],
        solar_actual=world.sun.actual[at],
        expected=expected,
        forecasts=rows,
    )


def cents(price: Floats) -> Ints:
    """Return prices to the cent, in 1e-6."""
    return np.rint(price * 100).astype(np.int64) * 10_000


def day_before_prices(seed: int, date: dt.date, zone: int, world: World) -> Floats:
    """Return the prices of the day before by quarter-hour of the clock: known at the gate."""
    past = make_world(seed, date - dt.timedelta(days=1))
    prices = np.round(clear(past.auction).prices[:, zone], 2)
    number = np.minimum(np.searchsorted(past.hour, world.hour), prices.size - 1)
    found: Floats = prices[number]
    return found


def virtual_forecasts(
    auction: AuctionPlan, virtuals: int, expected: Floats, seed: int, world: World, zone: int
) -> ForecastRows:
    """Return the forecasts that virtual bids follow: day-ahead and imbalance prices."""
    lead = 5 * MINUTE_NS
    spread, sure = spread_record(seed, world.date, zone, RECORD_DAYS, lead)
    number = np.clip((world.hour * 4).astype(np.int64), 0, spread.size - 1)
    count = expected.size
    prices = np.concatenate([expected, expected + spread[number]])
    confidence = np.concatenate([np.ones(count), sure[number]])
    return ForecastRows(
        published=np.full(2 * count, auction.offer_at - 15 * MINUTE_NS, dtype=np.int64),
        instrument=np.concatenate(
            [auction.instruments, virtuals + np.arange(count)]
        ).astype(np.uint32),
        price=cents(prices),
        confidence_ppm=np.rint(confidence * 1e6).astype(np.uint32),
        valid_until=np.full(2 * count, auction.gate, dtype=np.int64),
        model=np.full(2 * count, -1, dtype=np.int64),
        models=(),
        half_lives=(),
    )  # fmt: skip
