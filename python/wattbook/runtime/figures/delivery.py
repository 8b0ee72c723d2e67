"""What a battery sold, delivered and owed, by delivery period."""

from __future__ import annotations

from dataclasses import dataclass

from wattbook.runtime.figures.ledger import Ledger, MarketName
from wattbook.runtime.figures.money import convert
from wattbook.runtime.figures.split import CONTINUOUS, last_runs, sold_by_period

__all__ = ["DeliveredPeriod", "delivered_periods"]


@dataclass(frozen=True, slots=True)
class DeliveredPeriod:
    """One delivery period of a strategy; energies above zero are delivered.

    Parameters
    ----------
    start : int
        ns UTC.
    auction_mwh, continuous_mwh : float
        Sold less bought in auctions and on the continuous market.
    delivered_mwh : float
        By the meter.
    imbalance : int
        What the open balance was settled at, units of 1 / 3.6e15 of the desk's currency.
    """

    start: int
    auction_mwh: float
    continuous_mwh: float
    delivered_mwh: float
    imbalance: int

    @property
    def sold_mwh(self) -> float:
        """What was sold in the end."""
        return self.auction_mwh + self.continuous_mwh

    @property
    def open_mwh(self) -> float:
        """What was delivered and not sold: the imbalance."""
        return self.delivered_mwh - self.sold_mwh

    @property
    def missing_mwh(self) -> float:
        """What of the sold or bought energy was not run: the non-delivery, never below zero."""
        if self.sold_mwh >= 0:
            return max(self.sold_mwh - max(self.delivered_mwh, 0.0), 0.0)
        return max(min(self.delivered_mwh, 0.0) - self.sold_mwh, 0.0)


def delivered_periods(
    ledger: Ledger, market: MarketName, strategy: str
) -> tuple[DeliveredPeriod, ...]:
    """Return the periods in which a strategy sold, bought or delivered anything, in order.

    Their imbalance amounts add up to the one that `pnl_split` gives the strategy.
    """
    number = next(one.strategy for one in ledger.names.strategies if one.name == strategy)
    rate = ledger.rates[market.currency]
    owed: dict[int, int] = {}
    for instrument, amount in last_runs(ledger, "settled", number).items():
        start = ledger.instruments[instrument].delivery_start
        owed[start] = owed.get(start, 0) + amount
    sold = next(one for one in sold_by_period(ledger, market) if one.strategy == strategy)
    seconds = {one.delivery_start: one.delivery_seconds for one in ledger.instruments.values()}
    found = []
    for place, start in enumerate(sold.starts.tolist()):
        hours = seconds[start] / 3_600
        continuous = float(sold.sold[CONTINUOUS][place]) if CONTINUOUS in sold.sold else 0.0
        auctions = sum(float(line[place]) for line in sold.sold.values()) - continuous
        period = DeliveredPeriod(
            start=start,
            auction_mwh=auctions * hours,
            continuous_mwh=continuous * hours,
            delivered_mwh=float(sold.metered[place]) * hours,
            imbalance=convert(owed.get(start, 0), rate),
        )
        if any((period.auction_mwh, period.continuous_mwh, period.delivered_mwh, period.imbalance)):
            found.append(period)
    return tuple(found)
