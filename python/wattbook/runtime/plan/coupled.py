"""One trading day of a coupled market: auctions, continuous contracts, wind, imbalance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import GateKind, gate_closures
from wattbook.errors import DeskError, SourceError
from wattbook.market import TradingDay, trading_day
from wattbook.market.auction import Auction, Clearing, Network, clear
from wattbook.market.auction.day import AuctionDay
from wattbook.market.auction.recorded import Borders, load_recorded
from wattbook.market.intraday import IntradayDay
from wattbook.runtime.coupled.clearing import AuctionCleared, CoupledAuctions, Others
from wattbook.runtime.coupled.intraday import imbalance_offset, intraday_auction, spread_record
from wattbook.runtime.coupled.world import ZONES, World, instant, limits_of, make_world
from wattbook.runtime.desk.spec import MarketSpec, SyntheticBookSpec
from wattbook.runtime.plan.continuous import BooksPlan, continuous_day, reference_paths
from wattbook.runtime.plan.instrument import (
    ForecastRows,
    InstrumentPlan,
    Numbers,
    VenuePlan,
    millionths,
)
from wattbook.runtime.plan.periods import TENORS
from wattbook.sources import Source

__all__ = ["AuctionPlan", "CoupledPlan", "plan_coupled"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NANOS = 1_000_000_000
MINUTE_NS = 60 * NANOS
LAST_DAY = dt.date(2026, 6, 30)
FOLDER = Path("sources") / "gme-italy-2025-04"
PUBLISHED_AFTER_NS = 20 * MINUTE_NS
"""An intraday auction's result comes so long after its gate."""
OFFERS_BEFORE_NS = {"day_ahead": 30 * MINUTE_NS, "intraday_auction": 15 * MINUTE_NS}
PRICES_TO = {"coupled": 2, "gme-italy": 5}
NOON = 12.0
RECORD_DAYS = 28


@dataclass(frozen=True, slots=True)
class AuctionPlan:
    """An auction of the day.

    Parameters
    ----------
    name : str
        ``day-ahead`` or ``IDA1`` to ``IDA3``.
    kind : str
        ``day_ahead`` or ``intraday_auction``: which price it makes.
    gate, offer_at, published : int
        Last instant of an offer, when strategies offer, when the result comes; ns UTC.
    periods : ndarray of int64
        Delivery periods of the day that it sells.
    first_instrument : int
        Number of the first one's instrument; the others follow.
    limits : pair of float
        Lowest and highest price, EUR/MWh.
    """

    name: str
    kind: str
    gate: int
    offer_at: int
    published: int
    periods: Ints
    first_instrument: int
    limits: tuple[float, float]

    @property
    def instruments(self) -> Ints:
        """Its instruments, in order of delivery."""
        return self.first_instrument + np.arange(self.periods.size)


@dataclass(frozen=True, slots=True)
class CoupledPlan:
    """A day of a coupled market, ready to trade.

    Parameters
    ----------
    spec : MarketSpec
        What the desk file says.
    source : Source
        The market.
    day : TradingDay
        The delivery day.
    zone : str
        Where the desk trades.
    venue : int
        Number of the auctions' venue.
    starts : ndarray of shape (n_periods,)
        First instants of delivery, ns UTC.
    seconds : int
        Length of a period.
    auctions : tuple of AuctionPlan
        In order of their gates.
    virtuals : int or None
        The first of the day-ahead instruments that deliver nothing; None where none are traded.
    books : BooksPlan or None
        Continuous contracts.
    others : callable
        The auctions without the desk, as `CoupledAuctions` wants them.
    network : Network or None
        What the borders carry that auctions and books share; None without books.
    imbalance : ndarray of shape (n_periods,), 1e-6 EUR/MWh
        At what an open balance of each period is settled.
    wind_published : ndarray of shape (n_updates,)
        When each forecast of the wind is known, ns UTC.
    wind : ndarray of shape (n_updates, n_periods)
        Expected output as a share of the installed power.
    wind_actual : ndarray of shape (n_periods,)
        What came.
    expected : ndarray of shape (n_periods,), EUR/MWh
        Day-ahead prices of the day before; NaN where they are not known.
    forecasts : ForecastRows
        Of virtual instruments; empty without any.
    """

    spec: MarketSpec
    source: Source
    day: TradingDay
    zone: str
    venue: int
    starts: Ints
    seconds: int
    auctions: tuple[AuctionPlan, ...]
    virtuals: int | None
    books: BooksPlan | None
    others: Others
    network: Network | None
    imbalance: Ints
    wind_published: Ints
    wind: Floats
    wind_actual: Floats
    expected: Floats
    forecasts: ForecastRows

    @property
    def ends(self) -> Ints:
        """When each period has been delivered, ns UTC."""
        return self.starts + self.seconds * NANOS

    @property
    def start(self) -> int:
        """Before everything that happens, ns UTC."""
        return self.auctions[0].offer_at - 30 * MINUTE_NS

    @property
    def instruments(self) -> list[tuple[int, int]]:
        """Every physical instrument with its delivery period."""
        pairs = [
            (int(number), int(period))
            for auction in self.auctions
            for number, period in zip(auction.instruments, auction.periods, strict=True)
        ]
        if self.books is not None:
            pairs += [(self.books.first_instrument + n, n) for n in range(self.starts.size)]
        return pairs

    def sold(self, number: int) -> list[int]:
        """Return what auction `number` sells; the first one's virtual instruments come last."""
        found: list[int] = self.auctions[number].instruments.tolist()
        if number == 0 and self.virtuals is not None:
            found += range(self.virtuals, self.virtuals + len(found))
        return found

    def clearing(self, strategies: dict[int, str]) -> CoupledAuctions:
        """Return what clears the auctions of one run."""
        zone = self.source.zones.index(self.zone)
        place = {}
        for number, auction in enumerate(self.auctions):
            count = auction.periods.size
            for at, instrument in enumerate(self.sold(number)):
                place[instrument] = (at % count, zone)
        return CoupledAuctions(
            others=self.others,
            names=[auction.name for auction in self.auctions],
            instruments=[self.sold(number) for number in range(len(self.auctions))],
            place=place,
            strategies=strategies,
            decimals=PRICES_TO[self.source.name],
            network=self.network,
            periods=[auction.periods for auction in self.auctions],
            virtual=frozenset(self.sold(0)[self.starts.size :]),
        )


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


def plan_coupled(
    numbers: Numbers, spec: MarketSpec, source: Source, data: Path | None, seed: int,
    *, bids_virtual: bool,
) -> CoupledPlan:  # fmt: skip
    """Return the plan of a coupled market's day; its venues and instruments join `numbers`.

    Parameters
    ----------
    numbers : Numbers
        Of the run.
    spec : MarketSpec
        What the desk file says.
    source : Source
        ``coupled`` or ``gme-italy``.
    data : Path or None
        The data folder, for a recorded market.
    seed : int
        For what is generated.
    bids_virtual : bool
        Whether a strategy bids without delivering.

    Raises
    ------
    SourceError
        If the day cannot be had.
    """
    if isinstance(spec.day, str):
        raise DeskError(f"{spec.name}: {spec.day!r} is no day of a coupled market; give a date")
    if source.is_recorded:
        return plan_recorded(numbers, spec, source, data, seed)
    date = spec.day or LAST_DAY
    world = make_world(seed, date)
    zone = spec.zone or source.zones[0]
    at = source.zones.index(zone)
    base = clear(world.auction)
    day = trading_day(date, source.time_zone, 0)
    venue = define_venue(numbers, spec, source)
    starts, everything = world.starts, np.arange(world.starts.size)
    kinds: list[tuple[str, GateKind, Ints]] = [("day-ahead", "day-ahead", everything)]
    afternoon = everything[world.hour >= NOON]
    kinds += [
        ("IDA1", "intraday auction 1", everything),
        ("IDA2", "intraday auction 2", everything),
        ("IDA3", "intraday auction 3", afternoon),
    ]
    auctions = tuple(
        define_auction(numbers, source, venue, zone, name, kind, starts, periods, date, 900)
        for name, kind, periods in kinds
    )
    virtuals, rows = None, no_forecasts()
    expected = day_before_prices(seed, date, at, world)
    if bids_virtual:
        virtuals = define_virtuals(numbers, source, venue, zone, auctions[0], starts)
        rows = virtual_forecasts(auctions[0], virtuals, expected, seed, world, at)
    gates = gate_closures("EPEX", "intraday continuous", source.place, starts, starts + 900 * NANOS)
    imbalance = base.prices[:, at] + imbalance_offset(world, at, gates)
    low, high = limits_of("SIDC", date)
    books = None
    if spec.synthetic_book is not None:
        continuous = continuous_day(date, spec, spec.synthetic_book)
        paths = reference_paths(world, base.prices, continuous)
        books = define_books(
            numbers, spec, spec.synthetic_book, source, zone, continuous, paths, (low, high)
        )
    return CoupledPlan(
        spec=spec,
        source=source,
        day=day,
        zone=zone,
        venue=venue,
        starts=starts,
        seconds=900,
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
        imbalance=np.rint(np.clip(imbalance, low, high) * 100).astype(np.int64) * 10_000,
        wind_published=world.wind.published,
        wind=world.wind.share[:, at],
        wind_actual=world.wind.actual[at],
        expected=expected,
        forecasts=rows,
    )


def plan_recorded(
    numbers: Numbers, spec: MarketSpec, source: Source, data: Path | None, seed: int
) -> CoupledPlan:
    """Return the plan of a recorded Italian day: the desk's orders among the published ones.

    Nothing is recorded after the day-ahead auction, so what is left open is settled at the
    published day-ahead price; the wind is generated.

    Raises
    ------
    SourceError
        If the folder or the day is not there.
    """
    if data is None:
        message = f"{FOLDER} is recorded data; say where it lies with --data DIR or WATTBOOK_DATA"
        raise SourceError(message)
    recorded = load_recorded(data / FOLDER)
    date = spec.day if isinstance(spec.day, dt.date) else recorded.days[-1]
    own = recorded.day(date)
    zone = spec.zone or source.location
    at = own.zones.index(zone)
    # Zones abroad that keep their exchange leave all of the desk's volume to the Italian ones.
    borders = Borders.PRICED if spec.borders == "priced" else Borders.NEARLY_SCHEDULED
    others = own.as_auction_day(borders, recorded.rejected)
    starts = own.starts
    seconds = round(float(others.auction.network.hours[0]) * 3_600)
    venue = define_venue(numbers, spec, source)
    everything = np.arange(starts.size)
    auction = define_auction(
        numbers, source, venue, zone, "day-ahead", "day-ahead", starts, everything, date, seconds
    )
    before = date - dt.timedelta(days=1)
    expected = np.full(starts.size, np.nan)
    if before in recorded.days:
        prices = recorded.day(before).published_prices()[:, at]
        expected = prices[np.minimum(np.arange(starts.size), prices.size - 1)]
    wind = make_world(seed, date).wind
    quarters = starts.size * seconds // 900
    hourly = wind.share[:, 0, :quarters].reshape(wind.share.shape[0], starts.size, -1).mean(axis=2)
    actual = wind.actual[0, :quarters].reshape(starts.size, -1).mean(axis=1)
    published = others.published[:, at]
    return CoupledPlan(
        spec=spec,
        source=source,
        day=trading_day(date, source.time_zone, 0),
        zone=zone,
        venue=venue,
        starts=starts,
        seconds=seconds,
        auctions=(auction,),
        virtuals=None,
        books=None,
        others=lambda _number, _before, _traded: (others, None),
        network=None,
        imbalance=np.rint(published * 1e6).astype(np.int64),
        wind_published=wind.published,
        wind=hourly,
        wind_actual=actual,
        expected=expected,
        forecasts=no_forecasts(),
    )


def no_forecasts() -> ForecastRows:
    """Return no forecasts."""
    none = np.empty(0, np.int64)
    small = np.empty(0, np.uint32)
    return ForecastRows(none, small, none, small, none)


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
        price=np.rint(prices * 100).astype(np.int64) * 10_000,
        confidence_ppm=np.rint(confidence * 1e6).astype(np.uint32),
        valid_until=np.full(2 * count, auction.gate, dtype=np.int64),
    )  # fmt: skip


def define_venue(numbers: Numbers, spec: MarketSpec, source: Source) -> int:
    """Give the auctions' venue its number."""
    venue = numbers.next_venue()
    numbers.venues.append(
        VenuePlan(
            venue, f"{source.venue} auctions, {spec.name}", "auction", source.time_zone,
            is_synthetic=False,
        )
    )  # fmt: skip
    return venue


def define_auction(
    numbers: Numbers, source: Source, venue: int, zone: str, name: str, kind: GateKind,
    starts: Ints, periods: Ints, date: dt.date, seconds: int,
) -> AuctionPlan:  # fmt: skip
    """Give the instruments of an auction their numbers; its gate is the one of its kind and day."""
    begin = starts[periods]
    where = "NORD-POOL" if source.place == "IT-NORD" else "EPEX"
    gates = gate_closures(where, kind, source.place, begin, begin + seconds * NANOS)
    gate = int(gates.min())
    price = "day_ahead" if name == "day-ahead" else "intraday_auction"
    limits = limits_of("SDAC" if price == "day_ahead" else "SIDC-IDA", date)
    published = gate + PUBLISHED_AFTER_NS
    if price == "day_ahead" and source.day_ahead_published is not None:
        day_before = date - dt.timedelta(days=1)
        published = instant(day_before, source.day_ahead_published, source.time_zone)
    first = numbers.next_instrument()
    for start in begin.tolist():
        define_instrument(
            numbers, source, venue, f"{zone} {label(start)} {name}", zone, start, seconds,
            gate, limits,
        )  # fmt: skip
    return AuctionPlan(
        name=name,
        kind=price,
        gate=gate,
        offer_at=gate - OFFERS_BEFORE_NS[price],
        published=published,
        periods=periods,
        first_instrument=first,
        limits=limits,
    )


def define_virtuals(
    numbers: Numbers, source: Source, venue: int, zone: str, auction: AuctionPlan, starts: Ints
) -> int:
    """Give the day-ahead periods numbers once more, for bids that deliver nothing."""
    first = numbers.next_instrument()
    for start in starts[auction.periods].tolist():
        define_instrument(
            numbers, source, venue, f"{zone} {label(start)} virtual", zone, start, 900,
            auction.gate, auction.limits, kind="virtual",
        )  # fmt: skip
    return first


def define_books(
    numbers: Numbers, spec: MarketSpec, book: SyntheticBookSpec, source: Source, zone: str,
    day: IntradayDay, paths: tuple[Ints, Floats], limits: tuple[float, float],
) -> BooksPlan:  # fmt: skip
    """Give the continuous venue and the desk's contracts there their numbers."""
    venue, first = numbers.next_venue(), numbers.next_instrument()
    name = f"{source.venue} synthetic book, {spec.name}"
    numbers.venues.append(
        VenuePlan(venue, name, "continuous_book", source.time_zone, is_synthetic=True)
    )
    quarters = [each for each in day.contracts if each.periods == 1]
    for each in quarters:
        start, gate = each.delivery_start, each.zones[day.zone(zone)][1]
        define_instrument(
            numbers, source, venue, f"{zone} {label(start)} intraday", zone, start, 900, gate,
            limits, form="intraday", tick=millionths(book.tick), lot=millionths(book.lot),
        )  # fmt: skip
    return BooksPlan(venue, first, day, zone, *paths)


def label(start: int) -> str:
    """Return an instant (ns UTC) as symbols name it."""
    return f"{np.datetime64(start, 'ns').astype('datetime64[m]')}Z"


def define_instrument(
    numbers: Numbers, source: Source, venue: int, symbol: str, zone: str, start: int, seconds: int,
    gate: int, limits: tuple[float, float], *, kind: str = "physical", form: str = "auction",
    tick: int = 10_000, lot: int = 100_000,
) -> None:  # fmt: skip
    """Give a delivery period its instrument."""
    numbers.instruments.append(
        InstrumentPlan(
            instrument=numbers.next_instrument(),
            venue=venue,
            symbol=symbol,
            location=zone,
            form=form,
            tenor=TENORS[seconds],
            commodity="power",
            delivery_kind=kind,
            delivery_start=start,
            delivery_end=start + seconds * NANOS,
            gate_closure=gate,
            delivery_seconds=seconds,
            currency=source.currency,
            price_unit="MWh",
            volume_unit="MW",
            tick=tick,
            lot=lot,
            min_price=round(limits[0] * 1e6),
            max_price=round(limits[1] * 1e6),
        )
    )
