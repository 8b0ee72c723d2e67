"""What holds for one auction of a delivery day: its gate, its periods, its price limits.

The intraday auctions of the single intraday coupling (IDA1 to IDA3) are auctions like the one of
the day before. They trade what that left of the capacities (`Network.after`), and the third one
only the afternoon.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from wattbook.domain import MarketModel, known_markets, price_limits
from wattbook.domain.calendars import PLACES, GateKind, gate_closures
from wattbook.errors import InputError
from wattbook.market.auction.day import AuctionDay
from wattbook.market.auction.network import Floats, FlowBased, Network, Numbers
from wattbook.market.auction.orders import Auction, BlockOrders, HourlyOrders
from wattbook.sources.clock import HOUR, MINUTE, day_bounds

__all__ = ["AuctionTerms", "auction_terms"]

AUCTIONS: dict[str, tuple[str, str, GateKind, str]] = {
    "SDAC": ("SDAC", "EPEX", "day-ahead", "DE-LU"),
    "IDA1": ("SIDC-IDA", "EPEX", "intraday auction 1", "DE-LU"),
    "IDA2": ("SIDC-IDA", "EPEX", "intraday auction 2", "DE-LU"),
    "IDA3": ("SIDC-IDA", "EPEX", "intraday auction 3", "DE-LU"),
    "ERCOT": ("ERCOT", "ERCOT", "day-ahead", "ERCOT"),
    "ISO-NE": ("ISO-NE", "ISO-NE", "day-ahead", "ISO-NE"),
}
"""Of each auction the market whose price limits hold, and the gate that it closes with: venue, kind
and one place of many with the same."""


@dataclass(frozen=True, slots=True)
class AuctionTerms:
    """What holds for one auction of one delivery day.

    Parameters
    ----------
    name : str
        Of the auction, such as ``"IDA3"``.
    day : datetime.date
        Local delivery day.
    time_zone : str
        IANA zone of the market's clock.
    gate : int, ns UTC
        First instant at which no order is taken any more.
    delivery_start : ndarray of int64, shape (n_periods,), ns UTC
        Of each period that is traded, ascending.
    hours : ndarray of float64, shape (n_periods,), h
        How long each lasts.
    price_limits : pair of float, currency per MWh
        Least and greatest price.
    allows_virtual : bool
        Whether orders may be virtual: those of markets that settle twice.
    """

    name: str
    day: dt.date
    time_zone: str
    gate: int
    delivery_start: Numbers
    hours: Floats
    price_limits: tuple[float, float]
    allows_virtual: bool

    def auction_day(
        self,
        network: Network,
        hourly: HourlyOrders,
        blocks: BlockOrders | None = None,
        injections: Floats | None = None,
        flow_based: FlowBased | None = None,
    ) -> AuctionDay:
        """Return the auction on a network, ready to be cleared.

        Parameters
        ----------
        network : Network
            With the periods of the auction; for an intraday auction what is left (`Network.after`).
        hourly, blocks, injections, flow_based
            As in `Auction`; no blocks, injections and flow-based limits, if left out. For an
            intraday auction the limits are what is left too (`FlowBased.after`).

        Raises
        ------
        InputError
            If the network has other periods, or an order breaks a rule of the auction.
        """
        count = len(self.delivery_start)
        if network.periods != count or not np.allclose(network.hours, self.hours):
            raise InputError(
                f"{self.name} of {self.day} has {count} periods of {self.hours[0]} h, the network "
                f"{network.periods} of {network.hours[:1]} h; give those that it trades"
            )
        none = np.zeros((count, len(network.zones)))
        auction = Auction(
            network=network,
            hourly=hourly,
            blocks=BlockOrders.none() if blocks is None else blocks,
            injections=none if injections is None else injections,
            price_limits=self.price_limits,
            flow_based=flow_based,
            allows_virtual=self.allows_virtual,
        )
        return AuctionDay(
            title=f"{self.name} {self.day}",
            auction=auction,
            periods=pl.Series("delivery_start", self.delivery_start),
            zones=len(network.zones),
            time_zone=self.time_zone,
        )


def auction_terms(name: str, day: dt.date, *, minutes: int = 15) -> AuctionTerms:
    """Return what holds for an auction of a delivery day.

    Parameters
    ----------
    name : str
        ``SDAC``, ``IDA1``, ``IDA2``, ``IDA3``, ``ERCOT`` or ``ISO-NE``.
    day : datetime.date
        Delivery day on the market's clock.
    minutes : int
        Length of its periods: 15, 30 or 60.

    Raises
    ------
    InputError
        If there is no such auction, it is not held for that day, or its price limits are not known.

    References
    ----------
    NEMO Committee, *IDA*: gates at 15:00 and 22:00 on the day before for all of the day, at 10:00
    on the day for its second half. Rules and their validity are data of `wattbook.domain`.

    Examples
    --------
    >>> terms = auction_terms("IDA3", dt.date(2025, 10, 26))
    >>> len(terms.delivery_start), terms.price_limits, terms.allows_virtual
    (48, (-9999.0, 9999.0), False)
    """
    if name not in AUCTIONS:
        raise InputError(f"auction {name!r} is not one of {', '.join(AUCTIONS)}")
    if minutes not in {15, 30, 60}:
        raise InputError(f"periods of {minutes} minutes: give 15, 30 or 60")
    market, venue, kind, place = AUCTIONS[name]
    limits = price_limits(market, day)
    if limits is None:
        raise InputError(f"no price limits of {market} are known for {day}")
    time_zone = PLACES[place].time_zone
    length = minutes * MINUTE
    starts = np.arange(*day_bounds(day, time_zone), length, dtype=np.int64)
    closures = {int(start): gate_of(venue, kind, place, int(start), length) for start in starts}
    gates = {start: gate for start, gate in closures.items() if gate is not None}
    if not gates:
        raise InputError(f"{name} is not held for delivery on {day}; name a later day")
    models = {one.name: one.model for one in known_markets()}
    traded = np.array(list(gates), np.int64)
    return AuctionTerms(
        name=name,
        day=day,
        time_zone=time_zone,
        gate=min(gates.values()),
        delivery_start=traded,
        hours=np.full(len(traded), length / HOUR),
        price_limits=(float(limits.min_price), float(limits.max_price)),
        allows_virtual=models[market] == MarketModel.TWO_SETTLEMENT,
    )


def gate_of(venue: str, kind: GateKind, place: str, start: int, length: int) -> int | None:
    """Return the gate of a period, ns UTC; none if it is not traded."""
    begin = np.array([start])
    try:
        return int(gate_closures(venue, kind, place, begin, begin + length)[0])
    except InputError:
        return None
