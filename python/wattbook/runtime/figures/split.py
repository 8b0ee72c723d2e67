"""The P&L of a coupled market by where it was made, and positions from auction to meter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.runtime.figures.ledger import Ledger, MarketName
from wattbook.runtime.figures.money import convert

__all__ = ["CONTINUOUS", "PnlSplit", "Sold", "pnl_split", "sold_by_period"]

Floats = NDArray[np.float64]
CONTINUOUS = "intraday"


@dataclass(frozen=True, slots=True)
class PnlSplit:
    """What a strategy earned, exact amounts in units of 1 / 3.6e15 of the desk's currency.

    Parameters
    ----------
    strategy : str
        Its name.
    traded : dict of str to int
        What it was paid less what it paid in each auction and on the continuous market.
    imbalance : int
        What its open balance was settled at.
    reserves : int
        What was paid for reserves held, less what was missing of them.
    fees : int
        Paid.
    """

    strategy: str
    traded: dict[str, int]
    imbalance: int
    reserves: int
    fees: int

    @property
    def total(self) -> int:
        """All of it: the P&L of the strategy once everything is settled."""
        return sum(self.traded.values()) + self.imbalance + self.reserves - self.fees


@dataclass(frozen=True, slots=True)
class Sold:
    """What a strategy sold of each delivery period, net, MW.

    Parameters
    ----------
    strategy : str
        Its name.
    starts : ndarray of shape (n_periods,)
        First instants of delivery, ns UTC.
    sold : dict of str to ndarray of shape (n_periods,)
        In each auction and on the continuous market, in order.
    metered : ndarray of shape (n_periods,)
        What was delivered.
    """

    strategy: str
    starts: NDArray[np.int64]
    sold: dict[str, Floats]
    metered: Floats

    @property
    def open(self) -> Floats:
        """What was delivered and not sold: the imbalance, MW."""
        left: Floats = self.metered - np.sum(list(self.sold.values()), axis=0)
        return left


def places(ledger: Ledger, market: MarketName) -> dict[int, str]:
    """Return where each instrument of a coupled market trades."""
    found = {}
    for number, entry in ledger.instruments.items():
        if entry.venue == market.venue:
            found[number] = market.auction_of(number)
        elif entry.venue == market.book_venue:
            found[number] = CONTINUOUS
    return found


def names_of(market: MarketName) -> list[str]:
    """Return where a coupled market trades, in order of time."""
    names = [auction.name for auction in market.auctions]
    return names if market.book_venue is None else [*names, CONTINUOUS]


def pnl_split(ledger: Ledger, market: MarketName) -> list[PnlSplit]:
    """Return the P&L of each strategy of a coupled market by where it was made."""
    where, rate = places(ledger, market), ledger.rates[market.currency]
    made = []
    for strategy in ledger.names.strategies:
        if strategy.market != market.name:
            continue
        traded = dict.fromkeys(names_of(market), 0)
        fees = 0
        for row in of(ledger, "filled", strategy.strategy):
            sign = 1 if row["side"] == "sell" else -1
            seconds = ledger.instruments[row["instrument"]].delivery_seconds
            paid = sign * row["price"] * row["volume"] * seconds
            traded[where[row["instrument"]]] += paid
            fees += int(row["fee"])
        imbalance = sum(last_runs(ledger, "settled", strategy.strategy).values())
        reserves = sum(last_runs(ledger, "reserves_settled", strategy.strategy).values())
        made.append(
            PnlSplit(
                strategy.name,
                {name: convert(units, rate) for name, units in traded.items()},
                convert(imbalance, rate),
                convert(reserves, rate),
                convert(fees, rate),
            )
        )
    return made


def last_runs(ledger: Ledger, name: str, strategy: int) -> dict[int, int]:
    """Return a strategy's settled amount by instrument; a later run replaces an earlier one."""
    return {row["instrument"]: int(row["amount"]) for row in of(ledger, name, strategy)}


def of(ledger: Ledger, name: str, strategy: int) -> list[dict[str, Any]]:
    """Return the rows of a table that belong to a strategy."""
    table = ledger.table(name)
    if not table.height:
        return []
    return table.filter(pl.col("strategy") == strategy).to_dicts()


def sold_by_period(ledger: Ledger, market: MarketName) -> list[Sold]:
    """Return what each strategy of a coupled market sold of each period, and what was metered."""
    where = places(ledger, market)
    starts = np.array(sorted({ledger.instruments[number].delivery_start for number in where}))
    place = {start: at for at, start in enumerate(starts.tolist())}
    made = []
    for strategy in ledger.names.strategies:
        if strategy.market != market.name:
            continue
        sold = {name: np.zeros(starts.size) for name in names_of(market)}
        metered = np.zeros(starts.size)
        for row in of(ledger, "filled", strategy.strategy):
            sign = 1.0 if row["side"] == "sell" else -1.0
            at = place[ledger.instruments[row["instrument"]].delivery_start]
            sold[where[row["instrument"]]][at] += sign * row["volume"] / 1e6
        for row in of(ledger, "meter_read", strategy.strategy):
            at = place[ledger.instruments[row["instrument"]].delivery_start]
            metered[at] += row["volume"] / 1e6
        made.append(Sold(strategy.name, starts, sold, metered))
    return made
