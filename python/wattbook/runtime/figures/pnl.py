"""P&L by strategy and by delivery period, exact, in the desk's currency."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from wattbook.runtime.figures.ledger import Instrument, Ledger
from wattbook.runtime.figures.money import convert

__all__ = ["PnlLine", "pnl_by_delivery", "pnl_by_strategy", "total_pnl"]

SYNTHETIC = "~synthetic"


Key = TypeVar("Key", int, tuple[int, int, str, str])


@dataclass(frozen=True, slots=True)
class PnlLine:
    """One line of P&L; amounts in units of 1 / 3.6e15 of the desk's currency.

    Parameters
    ----------
    key : str
        What the line is about.
    market : str
        In which market, empty for several.
    realised, unrealised, fees : int
        Settlements are realised; fees are what was paid.
    is_synthetic : bool
        Whether any of it comes from a book that was made up.
    """

    key: str
    market: str
    realised: int
    unrealised: int
    fees: int
    is_synthetic: bool

    @property
    def total(self) -> int:
        """What is left after fees."""
        return self.realised + self.unrealised - self.fees


@dataclass(slots=True)
class Sum:
    """A line while it is added up."""

    realised: int = 0
    unrealised: int = 0
    fees: int = 0
    is_synthetic: bool = False


def last_positions(ledger: Ledger) -> pl.DataFrame:
    """Return the last row of each position, in order of instrument and owner."""
    table = ledger.table("position_changed")
    if not table.height:
        return table
    keys = ["instrument", "trading_book", "trader", "strategy"]
    return (
        table.sort("sequence", maintain_order=True)
        .unique(subset=keys, keep="last", maintain_order=True)
        .sort(keys)
    )


def grouped(ledger: Ledger, key: Callable[[Instrument, int], Key]) -> dict[Key, Sum]:
    """Add up the last positions by a key of instrument and strategy.

    Each position is converted by itself and rounded half to even, as the engine does it.
    """
    lines: dict[Key, Sum] = {}
    for row in last_positions(ledger).iter_rows(named=True):
        instrument = ledger.instruments[row["instrument"]]
        line = lines.setdefault(key(instrument, row["strategy"]), Sum())
        rate = ledger.rates[instrument.currency]
        mark = ledger.mark(instrument.number)
        volume, cost = row["volume"], int(row["cost"])
        unrealised = 0 if mark is None else mark * volume * instrument.delivery_seconds - cost
        line.realised += convert(int(row["realised"]), rate)
        line.unrealised += convert(unrealised, rate)
        line.fees += convert(int(row["fees"]), rate)
        line.is_synthetic |= ledger.is_synthetic(instrument.number)
    return lines


def pnl_by_strategy(ledger: Ledger) -> tuple[PnlLine, ...]:
    """Return one line a strategy, in the order of the desk file; one without a trade has zeros."""
    lines = grouped(ledger, lambda _, strategy: strategy)
    made = []
    for entry in ledger.names.strategies:
        line = lines.get(entry.strategy, Sum())
        made.append(
            PnlLine(
                key=entry.name,
                market=entry.market,
                realised=line.realised,
                unrealised=line.unrealised,
                fees=line.fees,
                is_synthetic=line.is_synthetic,
            )
        )
    return tuple(made)


def pnl_by_delivery(ledger: Ledger) -> tuple[tuple[int, int, PnlLine], ...]:
    """Return start, end (ns UTC) and P&L of each delivery period with a position, in time order.

    Five-minute periods are added up to their hour.
    """
    hour = 3_600_000_000_000
    markets = {entry.venue: entry.name for entry in ledger.names.markets}
    for entry in ledger.names.markets:
        if entry.book_venue is not None:
            markets[entry.book_venue] = entry.name

    def period(instrument: Instrument, _strategy: int) -> tuple[int, int, str, str]:
        start, end = instrument.delivery_start, instrument.delivery_end
        if end - start < hour:
            start = start // hour * hour
            end = start + hour
        name = instrument.symbol if end - start > hour else ""
        if ledger.is_synthetic(instrument.number):
            # A made-up contract and a real delivery period of the same hour are two lines.
            name = SYNTHETIC
        return start, end, markets.get(instrument.venue, ""), name

    made = []
    for key, line in sorted(grouped(ledger, period).items()):
        start, end, market, symbol = key
        made.append(
            (
                start,
                end,
                PnlLine(
                    symbol if symbol != SYNTHETIC else "",
                    market,
                    line.realised,
                    line.unrealised,
                    line.fees,
                    line.is_synthetic,
                ),
            )
        )
    return tuple(made)


def total_pnl(ledger: Ledger) -> PnlLine:
    """Return the P&L of the whole run."""
    lines = grouped(ledger, lambda _instrument, _strategy: 0)
    line = lines.get(0, Sum())
    return PnlLine(
        "total", "", line.realised, line.unrealised, line.fees, is_synthetic=line.is_synthetic
    )
