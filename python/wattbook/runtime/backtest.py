"""A desk over a range of days, each day a run of its own, journaled in memory."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from wattbook.errors import DeskError, SourceError
from wattbook.ingest import DataReport, Series
from wattbook.runtime.desk import Desk
from wattbook.runtime.figures import Ledger, orders, pnl_by_strategy, total_pnl
from wattbook.runtime.names import names_of
from wattbook.runtime.plan import plan
from wattbook.runtime.run import Progress, Stop, check_engine, simulate
from wattbook.runtime.simulate import simulation
from wattbook.store import whole_numbers

__all__ = ["BacktestDay", "backtest_days"]


@dataclass(frozen=True, slots=True)
class BacktestDay:
    """What came of one day; amounts in units of 1 / 3.6e15 of the desk's currency.

    Parameters
    ----------
    date : datetime.date
        Local day.
    pnl : int
        Of all strategies, after fees.
    by_strategy : dict of str to int
        Of each.
    fills, inputs : int
        Trades and awards; inputs of the engine.
    state_hash : str
        After the last input.
    left_out : tuple of str
        Markets that the data lack on this day.
    """

    date: dt.date
    pnl: int
    by_strategy: dict[str, int]
    fills: int
    inputs: int
    state_hash: str
    left_out: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the day as plain values, exact amounts as text."""
        return {
            "date": self.date.isoformat(),
            "pnl_units": str(self.pnl),
            "pnl_units_by_strategy": {name: str(units) for name, units in self.by_strategy.items()},
            "fills": self.fills,
            "inputs": self.inputs,
            "state_hash": self.state_hash,
            "left_out": list(self.left_out),
        }


def on_day(desk: Desk, date: dt.date) -> Desk:
    """Return the desk with its power markets on `date`; futures trade in ranges, not in days."""
    markets = tuple(dataclasses.replace(market, day=date) for market in desk.market)
    names = {market.name for market in markets}
    strategies = tuple(one for one in desk.strategy if one.market in names)
    return dataclasses.replace(desk, market=markets, futures=(), strategy=strategies)


def backtest_days(
    desk: Desk, first: dt.date, last: dt.date, *, data: Path | None, seed: int, stop: Stop
) -> Iterator[BacktestDay]:
    """Yield each day from `first` to `last` as it is done; a day without any market is left out.

    Parameters
    ----------
    desk : Desk
        What to trade; the days of its markets are replaced.
    first, last : datetime.date
        Local days, both included.
    data : Path or None
        The folder of recorded data.
    seed : int
        Of generated prices and of each simulation.
    stop : Stop
        Asks the backtest to end after the inputs in hand.

    Raises
    ------
    DeskError
        If the desk has no power market.
    """
    if not desk.market:
        message = f"{desk.path}: a backtest trades [[market]] days; add one"
        raise DeskError(message)
    loaded: dict[str, tuple[tuple[Series, DataReport], ...]] = {}
    date = first
    while date <= last and not stop.asked:
        try:
            planned = plan(on_day(desk, date), data, seed, loaded)
        except SourceError:
            date += dt.timedelta(days=1)
            continue
        made = simulation(planned, seed)
        made.open(keeps_market=True, measures_latency=False)
        tables, inputs, _, is_done = simulate(made, stop, ignore)
        if is_done:
            whole = {name: whole_numbers(table) for name, table in tables.items()}
            ledger = Ledger(whole, names_of(planned))
            check_engine(made, ledger)
            yield BacktestDay(
                date=date,
                pnl=total_pnl(ledger).total,
                by_strategy={line.key: line.total for line in pnl_by_strategy(ledger)},
                fills=orders(ledger).fills,
                inputs=inputs,
                state_hash=made.state_hash(),
                left_out=tuple(entry.market for entry in planned.not_traded),
            )
        made.close()
        date += dt.timedelta(days=1)


def ignore(_progress: Progress, _chunk: dict[str, pl.DataFrame]) -> None:
    """Take no note of the progress within a day."""
