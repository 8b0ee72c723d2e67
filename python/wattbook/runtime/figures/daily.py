"""What a strategy of a coupled market earned on each day, by where it was made."""

from __future__ import annotations

import datetime as dt

from wattbook.domain.instants import local_time
from wattbook.runtime.figures.ledger import Ledger, MarketName
from wattbook.runtime.figures.money import convert
from wattbook.runtime.figures.split import last_runs, of, places

__all__ = ["IMBALANCE", "daily_pnl"]

IMBALANCE = "imbalance"
RESERVES = "reserves"
FEES = "fees"


def daily_pnl(ledger: Ledger, market: MarketName, strategy: str) -> dict[tuple[dt.date, str], int]:
    """Return what a strategy earned by local day of delivery and source, in 1 / 3.6e15 currency.

    Sources are the auctions and the continuous market by name, ``imbalance``, ``reserves`` and,
    below zero, ``fees``. Their sum is the total that `pnl_split` gives the strategy, up to a unit
    for each entry where the market's currency is not the desk's.
    """
    where, rate = places(ledger, market), ledger.rates[market.currency]
    number = next(one.strategy for one in ledger.names.strategies if one.name == strategy)

    def day_of(instrument: int) -> dt.date:
        start = ledger.instruments[instrument].delivery_start
        return local_time(start, market.time_zone).date()

    units: dict[tuple[dt.date, str], int] = {}

    def book(instrument: int, source: str, amount: int) -> None:
        key = (day_of(instrument), source)
        units[key] = units.get(key, 0) + amount

    for row in of(ledger, "filled", number):
        instrument = row["instrument"]
        sign = 1 if row["side"] == "sell" else -1
        seconds = ledger.instruments[instrument].delivery_seconds
        book(instrument, where[instrument], sign * row["price"] * row["volume"] * seconds)
        book(instrument, FEES, -int(row["fee"]))
    for table, source in (("settled", IMBALANCE), ("reserves_settled", RESERVES)):
        for instrument, amount in last_runs(ledger, table, number).items():
            book(instrument, source, amount)
    return {key: convert(amount, rate) for key, amount in sorted(units.items()) if amount}
