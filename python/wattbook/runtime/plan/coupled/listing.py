"""Gives the instruments and venues of a coupled market's day their numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.domain.calendars import GateKind, gate_closures
from wattbook.market.intraday import IntradayDay
from wattbook.runtime.coupled.world import instant, limits_of
from wattbook.runtime.desk.spec import MarketSpec, SyntheticBookSpec
from wattbook.runtime.plan.coupled.continuous import BooksPlan
from wattbook.runtime.plan.coupled.day import AuctionPlan
from wattbook.runtime.plan.instrument import InstrumentPlan, Numbers, VenuePlan, millionths
from wattbook.runtime.plan.periods import TENORS
from wattbook.sources import Source

__all__ = ["Listing"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Limits = tuple[float, float]
NANOS = 1_000_000_000
MINUTE_NS = 60 * NANOS
PUBLISHED_AFTER_NS = 20 * MINUTE_NS
"""An intraday auction's result comes so long after its gate."""
OFFERS_BEFORE_NS = {"day_ahead": 30 * MINUTE_NS, "intraday_auction": 15 * MINUTE_NS}


@dataclass(frozen=True, slots=True)
class Listing:
    """Lists what is traded in one zone on one day.

    Parameters
    ----------
    numbers : Numbers
        Of the run; what is listed joins them.
    spec : MarketSpec
        What the desk file says.
    source : Source
        The market.
    zone : str
        Where the desk trades.
    date : datetime.date
        Local delivery day.
    starts : ndarray of shape (n_periods,)
        First instants of delivery, ns UTC.
    seconds : int
        Length of a period.
    """

    numbers: Numbers
    spec: MarketSpec
    source: Source
    zone: str
    date: dt.date
    starts: Ints
    seconds: int

    def gates(self, kind: GateKind, periods: Ints) -> Ints:
        """Return when trading of each period ends, ns UTC."""
        place = self.source.place
        venue = "NORD-POOL" if place == "IT-NORD" else "EPEX"
        begin = self.starts[periods]
        return gate_closures(venue, kind, place, begin, begin + self.seconds * NANOS)

    def venue(self) -> int:
        """Give the auctions' venue its number."""
        number, source = self.numbers.next_venue(), self.source
        name = f"{source.venue} auctions, {self.spec.name}"
        self.numbers.venues.append(
            VenuePlan(number, name, "auction", source.time_zone, is_synthetic=False)
        )
        return number

    def auction(self, venue: int, name: str, kind: GateKind, periods: Ints) -> AuctionPlan:
        """List the periods of an auction; its gate is the one of its kind and day."""
        gate = int(self.gates(kind, periods).min())
        price = "day_ahead" if name == "day-ahead" else "intraday_auction"
        limits = limits_of("SDAC" if price == "day_ahead" else "SIDC-IDA", self.date)
        published, source = gate + PUBLISHED_AFTER_NS, self.source
        if price == "day_ahead" and source.day_ahead_published is not None:
            day_before = self.date - dt.timedelta(days=1)
            published = instant(day_before, source.day_ahead_published, source.time_zone)
        first = self.numbers.next_instrument()
        for start in self.starts[periods].tolist():
            self._instrument(venue, name, start, gate, limits)
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

    def virtuals(self, venue: int, auction: AuctionPlan) -> int:
        """List the periods of an auction once more, for bids that deliver nothing."""
        first = self.numbers.next_instrument()
        for start in self.starts[auction.periods].tolist():
            self._instrument(
                venue, "virtual", start, auction.gate, auction.limits, delivery_kind="virtual"
            )
        return first

    def books(
        self, book: SyntheticBookSpec, day: IntradayDay, paths: tuple[Ints, Floats], limits: Limits
    ) -> BooksPlan:
        """List the continuous venue and the desk's contracts there: quarter-hours in its zone."""
        venue, first = self.numbers.next_venue(), self.numbers.next_instrument()
        name = f"{self.source.venue} synthetic book, {self.spec.name}"
        self.numbers.venues.append(
            VenuePlan(venue, name, "continuous_book", self.source.time_zone, is_synthetic=True)
        )
        grid = millionths(book.tick), millionths(book.lot)
        for each in day.contracts:
            if each.periods == 1:
                start, gate = each.delivery_start, each.zones[day.zone(self.zone)][1]
                self._instrument(venue, "intraday", start, gate, limits, form="intraday", grid=grid)
        return BooksPlan(venue, first, day, self.zone, *paths)

    def _instrument(
        self,
        venue: int,
        name: str,
        start: int,
        gate: int,
        limits: Limits,
        *,
        delivery_kind: str = "physical",
        form: str = "auction",
        grid: tuple[int, int] = (10_000, 100_000),
    ) -> None:
        """Give a delivery period its instrument; `grid` is tick and lot, 1e-6."""
        label = f"{np.datetime64(start, 'ns').astype('datetime64[m]')}Z"
        self.numbers.instruments.append(
            InstrumentPlan(
                instrument=self.numbers.next_instrument(),
                venue=venue,
                symbol=f"{self.zone} {label} {name}",
                location=self.zone,
                form=form,
                tenor=TENORS[self.seconds],
                commodity="power",
                delivery_kind=delivery_kind,
                delivery_start=start,
                delivery_end=start + self.seconds * NANOS,
                gate_closure=gate,
                delivery_seconds=self.seconds,
                currency=self.source.currency,
                price_unit="MWh",
                volume_unit="MW",
                tick=grid[0],
                lot=grid[1],
                min_price=round(limits[0] * 1e6),
                max_price=round(limits[1] * 1e6),
            )
        )
