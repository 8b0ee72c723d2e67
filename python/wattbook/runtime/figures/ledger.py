"""The events of a run as tables, and the names that the desk gave to its numbers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["AuctionName", "Ledger", "MarketName", "Names", "StrategyName"]


@dataclass(frozen=True, slots=True)
class StrategyName:
    """A strategy of the desk.

    Parameters
    ----------
    strategy : int
        Its number in the events.
    name, kind, market, book : str
        As in the desk file.
    battery : dict of str to float or None
        Power (MW), energy, initial energy (MWh) and one-way efficiencies of a battery.
    trader : str
        Who is responsible; empty where orders name their own.
    """

    strategy: int
    name: str
    kind: str
    market: str
    book: str
    battery: dict[str, float] | None = None
    trader: str = ""


@dataclass(frozen=True, slots=True)
class AuctionName:
    """An auction of a coupled market and what it sells.

    Parameters
    ----------
    name : str
        ``day-ahead`` or ``IDA1`` to ``IDA3``.
    instruments : tuple of int
        Numbers of its delivery periods.
    """

    name: str
    instruments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MarketName:
    """A market of the desk.

    Parameters
    ----------
    name : str
        As in the desk file.
    description : str
        One line.
    venue, book_venue : int or None
        Numbers of its real market, if one was traded, and of its synthetic book.
    time_zone, currency, price_unit, volume_unit : str
        Of its contracts.
    start, end : int
        The time that it was traded, ns UTC.
    interval_seconds : int
        Distance of the points of its plots; 0 for one a settlement.
    auctions : tuple of AuctionName
        Of a coupled market, in order of their gates.
    """

    name: str
    description: str
    venue: int
    book_venue: int | None
    time_zone: str
    currency: str
    price_unit: str
    volume_unit: str
    start: int
    end: int
    interval_seconds: int
    auctions: tuple[AuctionName, ...] = ()

    def auction_of(self, instrument: int) -> str:
        """Return the auction that sells an instrument; empty if none does."""
        return next((one.name for one in self.auctions if instrument in one.instruments), "")


@dataclass(frozen=True, slots=True)
class ClearingName:
    """Whom trades of a market, or of one trading book in it, are made with.

    Parameters
    ----------
    market, counterparty : str
        As the desk file names them.
    member : str or None
        The member that clears for the desk.
    book : str or None
        Of this trading book only.
    """

    market: str
    counterparty: str
    member: str | None = None
    book: str | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What the desk calls the numbers of the events.

    Parameters
    ----------
    title : str
        Of the run.
    currency : str
        Of the desk.
    strategies : tuple of StrategyName
        In the order of the desk file.
    markets : tuple of MarketName
        In the order of the desk file.
    counterparties : tuple of str
        Counterparties and clearing members; the first one is number 1.
    clearing : tuple of ClearingName
        Whom trades are made with, in the order of the desk file.
    limits : tuple of str
        Limits of scopes; the first one is number 1.
    """

    title: str
    currency: str
    strategies: tuple[StrategyName, ...]
    markets: tuple[MarketName, ...]
    counterparties: tuple[str, ...] = ()
    clearing: tuple[ClearingName, ...] = ()
    limits: tuple[str, ...] = ()

    def clearing_in(self, market: str, book: str) -> ClearingName | None:
        """Return whom trades of a book in a market are made with, if the desk file says so."""
        found = {one.book: one for one in self.clearing if one.market == market}
        return found.get(book) or found.get(None)

    def strategy(self, number: int) -> str:
        """Return the name of a strategy."""
        return next(
            (entry.name for entry in self.strategies if entry.strategy == number), f"#{number}"
        )


@dataclass(frozen=True)
class Instrument:
    """What the events say of an instrument; prices and volumes in 1e-6, times in ns UTC."""

    number: int
    symbol: str
    venue: int
    commodity: str
    currency: str
    price_unit: str
    volume_unit: str
    delivery_start: int
    delivery_end: int
    delivery_seconds: int


@dataclass(frozen=True)
class Ledger:
    """Tables of a run's events and inputs by record name, each row with its sequence and times.

    Parameters
    ----------
    tables : dict of str to polars.DataFrame
        ``filled``, ``position_changed``, ``quote`` and so on; prices and volumes in 1e-6, money in
        units of 1 / 3.6e15 currency, times in ns UTC.
    names : Names
        What the desk calls the numbers.
    """

    tables: dict[str, pl.DataFrame]
    names: Names

    def table(self, name: str) -> pl.DataFrame:
        """Return the table of a record, empty without columns if the run has none."""
        return self.tables.get(name, pl.DataFrame())

    def count(self, name: str) -> int:
        """Return how many records of a name the run has."""
        return self.table(name).height

    @cached_property
    def instruments(self) -> dict[int, Instrument]:
        """Instruments by number, as they were defined."""
        return {
            row["instrument"]: Instrument(
                number=row["instrument"],
                symbol=row["symbol"],
                venue=row["venue"],
                commodity=row["commodity"],
                currency=row["currency"],
                price_unit=row["price_unit"],
                volume_unit=row["volume_unit"],
                delivery_start=row["delivery_start"],
                delivery_end=row["delivery_end"],
                delivery_seconds=row["delivery_seconds"],
            )
            for row in self.table("define_instrument").iter_rows(named=True)
        }

    @cached_property
    def synthetic_venues(self) -> frozenset[int]:
        """Venues whose prices are made up."""
        return frozenset(
            row["venue"]
            for row in self.table("define_venue").iter_rows(named=True)
            if row["is_synthetic"]
        )

    def is_synthetic(self, instrument: int) -> bool:
        """Return whether an instrument trades on a book that was made up."""
        return self.instruments[instrument].venue in self.synthetic_venues

    @cached_property
    def quoted(self) -> frozenset[int]:
        """Instruments with quotes of bid and ask."""
        table = self.table("quote")
        return frozenset(table["instrument"].unique().to_list()) if table.height else frozenset()

    @cached_property
    def rates(self) -> dict[str, int]:
        """What one of a currency is worth in the desk's, in 1e-9; the last rate set."""
        rates = {self.names.currency: 1_000_000_000}
        for row in self.table("set_fx_rate").iter_rows(named=True):
            if row["to"] == self.names.currency:
                rates[row["from"]] = row["rate_billionths"]
        return rates

    @cached_property
    def marks(self) -> dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Times (ns UTC) and marks (1e-6) of each instrument, as the engine takes them over.

        The middle of bid and ask, rounded down, whenever both are there; trades while they are not;
        prices of record; until the first of them what we traded at first.
        """
        columns = ["sequence", "ts_recv", "instrument", "price"]
        parts = []
        if self.count("quote"):
            quotes = self.table("quote").with_columns(
                has_middle=(pl.col("bid_volume") > 0) & (pl.col("ask_volume") > 0),
                price=(pl.col("bid_price") + pl.col("ask_price")).floordiv(2),
            )
            parts.append(quotes.filter("has_middle").select(columns))
            known = quotes.select("sequence", "instrument", "has_middle").sort("sequence")
        else:
            known = None
        if self.count("trade"):
            trades = self.table("trade").select(columns).sort("sequence")
            if known is not None:
                trades = trades.join_asof(
                    known, on="sequence", by="instrument", check_sortedness=False
                ).filter(~pl.col("has_middle").fill_null(value=False))
            parts.append(trades.select(columns))
        if self.count("reference_price"):
            parts.append(self.table("reference_price").select(columns))
        if self.count("filled"):
            parts.append(unmarked(self.table("filled").select(columns), parts))
        if not parts:
            return {}
        rows = pl.concat(parts).sort("sequence")
        return {
            int(key[0]): (part["ts_recv"].to_numpy(), part["price"].to_numpy())
            for key, part in rows.partition_by("instrument", as_dict=True).items()
        }

    def mark(self, instrument: int) -> int | None:
        """Return the last mark of an instrument, 1e-6."""
        found = self.marks.get(instrument)
        return int(found[1][-1]) if found else None


def unmarked(fills: pl.DataFrame, marked: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the first fill of each instrument that nothing marks earlier, one row each."""
    first = fills.sort("sequence").unique("instrument", keep="first")
    if not marked:
        return first
    begins = pl.concat(marked).group_by("instrument").agg(pl.col("sequence").min())
    later = first.join(begins, on="instrument", how="left", suffix="_marked")
    is_first = (pl.col("sequence") < pl.col("sequence_marked")).fill_null(value=True)
    return later.filter(is_first).select(fills.columns)
