"""What one trading day of a coupled market is: its auctions, its books, its prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.market import TradingDay
from wattbook.market.auction import Network
from wattbook.runtime.coupled.clearing import CoupledAuctions, Others
from wattbook.runtime.desk.spec import MarketSpec, SolarSpec, WindSpec
from wattbook.runtime.plan.coupled.continuous import BooksPlan
from wattbook.runtime.plan.instrument import ForecastRows
from wattbook.sources import Source

__all__ = ["AuctionPlan", "CoupledPlan"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NANOS = 1_000_000_000
MINUTE_NS = 60 * NANOS
PRICES_TO = {"coupled": 2, "gme-italy": 5}


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
    output_published : ndarray of shape (n_updates,)
        When each forecast of wind and sun is known, ns UTC.
    wind, solar : ndarray of shape (n_updates, n_periods)
        Expected output as a share of the installed power.
    wind_actual, solar_actual : ndarray of shape (n_periods,)
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
    output_published: Ints
    wind: Floats
    wind_actual: Floats
    solar: Floats
    solar_actual: Floats
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

    def output_of(self, spec: WindSpec) -> tuple[Floats, Floats]:
        """Return what is expected of a farm, (n_updates, n_periods), and what came, as shares."""
        if isinstance(spec, SolarSpec):
            return self.solar, self.solar_actual
        return self.wind, self.wind_actual

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
