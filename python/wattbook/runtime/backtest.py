"""A desk over a range of days: each day of a power market a run of its own, futures one run.

A day of a power market ends with its deliveries; a position in futures goes on from day to day. So
the futures of the desk are one simulation over the whole range, which is run on day by day beside
the power markets. Both are journaled in memory.
"""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import DeskError, InputError
from wattbook.execution import Simulation
from wattbook.ingest import DataReport
from wattbook.runtime.desk import Desk
from wattbook.runtime.figures import Ledger, Names, orders, pnl_by_strategy
from wattbook.runtime.figures.exposure import (
    Exposure,
    by_period,
    largest_held,
    largest_positions,
    slippage_by_strategy,
    turnover_by_strategy,
)
from wattbook.runtime.names import names_of
from wattbook.runtime.plan import Loaded, NotTraded, Plan, plan_markets
from wattbook.runtime.run import Stop, check_engine, simulate
from wattbook.runtime.simulate import simulation
from wattbook.store import whole_numbers
from wattbook.workers import Workers, in_order, mapped, unchanged

__all__ = ["BacktestDay", "backtest_days", "read_backtest"]

REFERENCES = ("define_instrument", "define_venue", "set_fx_rate")
"""What is told before the first day, and exposure and turnover of each day are reckoned with."""
FUTURES_ZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class BacktestDay:
    """What came of one day; amounts in units of 1 / 3.6e15 of the desk's currency.

    Parameters
    ----------
    date : datetime.date
        Local day.
    pnl_by_strategy : dict of str to int
        Of each strategy whose market traded, after fees; of futures the change over the day.
    fees_by_strategy, turnover_by_strategy, slippage_by_strategy : dict of str to int
        Fees paid; price times volume of the fills without sign; what the fills cost against the
        prices when their orders arrived, part of the P&L. A strategy that had none may be left out.
    exposure : tuple of (int, int, float, str)
        Start, end (ns UTC), largest position and volume unit of each delivery period, strategies
        and instruments of a unit added up without sign; of futures so far, where it has grown.
    fills, inputs : int
        Trades and awards; inputs of the engine.
    state_hash : str
        Of the power markets' run after its last input; empty without one.
    futures_state_hash : str
        Of the futures' run at the end of the day; empty without one.
    left_out : tuple of NotTraded
        Markets that the data lack on this day, with the reason.
    reports : tuple of DataReport
        What was wrong with the data of the day's markets.
    is_traded : bool
        Whether a power market or a futures exchange published a price on this day.
    """

    date: dt.date
    pnl_by_strategy: dict[str, int]
    fees_by_strategy: dict[str, int]
    turnover_by_strategy: dict[str, int]
    slippage_by_strategy: dict[str, int]
    exposure: tuple[Exposure, ...]
    fills: int
    inputs: int
    state_hash: str
    futures_state_hash: str
    left_out: tuple[NotTraded, ...]
    reports: tuple[DataReport, ...]
    is_traded: bool

    @property
    def pnl(self) -> int:
        """P&L of all strategies, after fees."""
        return sum(self.pnl_by_strategy.values())

    @property
    def fees(self) -> int:
        """Fees that all strategies paid."""
        return sum(self.fees_by_strategy.values())

    @property
    def turnover(self) -> int:
        """Turnover of all strategies."""
        return sum(self.turnover_by_strategy.values())

    @property
    def slippage(self) -> int:
        """What all fills cost against the prices when their orders arrived."""
        return sum(self.slippage_by_strategy.values())

    def to_json(self) -> dict[str, Any]:
        """Return the day as plain values, exact amounts as text."""
        return {
            "date": self.date.isoformat(),
            "pnl_units": str(self.pnl),
            "pnl_units_by_strategy": as_text(self.pnl_by_strategy),
            "fees_units": str(self.fees),
            "fees_units_by_strategy": as_text(self.fees_by_strategy),
            "turnover_units": str(self.turnover),
            "turnover_units_by_strategy": as_text(self.turnover_by_strategy),
            "slippage_units": str(self.slippage),
            "slippage_units_by_strategy": as_text(self.slippage_by_strategy),
            "exposure": [list(one) for one in self.exposure],
            "fills": self.fills,
            "inputs": self.inputs,
            "state_hash": self.state_hash,
            "futures_state_hash": self.futures_state_hash,
            "left_out": [[entry.market, entry.reason] for entry in self.left_out],
        }


def as_text(units: dict[str, int]) -> dict[str, str]:
    """Return exact amounts as text: they go beyond what a number of JSON holds."""
    return {name: str(amount) for name, amount in units.items()}


@dataclass(frozen=True, slots=True)
class Part:
    """What one run adds to a day."""

    pnl_by_strategy: dict[str, int] = field(default_factory=dict)
    fees_by_strategy: dict[str, int] = field(default_factory=dict)
    turnover_by_strategy: dict[str, int] = field(default_factory=dict)
    slippage_by_strategy: dict[str, int] = field(default_factory=dict)
    exposure: tuple[Exposure, ...] = ()
    fills: int = 0
    inputs: int = 0
    state_hash: str = ""
    left_out: tuple[NotTraded, ...] = ()
    reports: tuple[DataReport, ...] = ()
    is_traded: bool = False
    is_done: bool = True


def restricted(desk: Desk, **parts: Any) -> Desk:  # noqa: ANN401
    """Return the desk with other markets and only the strategies of those."""
    changed = dataclasses.replace(desk, **parts)
    names = {market.name for market in changed.market}
    names |= {product.name for product in changed.futures}
    own = tuple(one for one in desk.strategy if one.market in names)
    return dataclasses.replace(changed, strategy=own)


def ledger_of(tables: dict[str, pl.DataFrame], names: Names) -> Ledger:
    """Return the ledger of tables as they were drained."""
    return Ledger({name: whole_numbers(table) for name, table in tables.items()}, names)


def trade_day(
    desk: Desk, date: dt.date, data: Path | None, seed: int, loaded: Loaded, stop: Stop
) -> Part:
    """Trade the power markets of one day from start to end."""
    markets = tuple(dataclasses.replace(market, day=date) for market in desk.market)
    own = restricted(desk, market=markets, futures=())
    if not own.strategy:
        return Part()
    planned = plan_markets(own, data, seed, loaded)
    if not planned.power and not planned.coupled:
        return Part(left_out=planned.not_traded)
    made = simulation(planned, seed)
    made.open(keeps_market=True, measures_latency=False)
    tables, inputs, _, is_done = simulate(made, stop)
    if not is_done:
        made.close()
        return Part(is_done=False)
    ledger = ledger_of(tables, names_of(planned))
    check_engine(made, ledger)
    state_hash = made.state_hash()
    made.close()
    traded = {part.spec.name for part in planned.power}
    traded |= {part.spec.name for part in planned.coupled}
    lines = [line for line in pnl_by_strategy(ledger) if line.market in traded]
    fills = ledger.table("filled")
    return Part(
        pnl_by_strategy={line.key: line.total for line in lines},
        fees_by_strategy={line.key: line.fees for line in lines},
        turnover_by_strategy=turnover_by_strategy(fills, ledger),
        slippage_by_strategy=slippage_by_strategy(fills, ledger),
        exposure=largest_positions(ledger),
        fills=orders(ledger).fills,
        inputs=inputs,
        state_hash=state_hash,
        left_out=planned.not_traded,
        reports=planned.reports,
        is_traded=True,
    )


class FuturesRun:
    """The futures of a desk over the whole range, run on to the end of one day after another.

    Parameters
    ----------
    planned : Plan
        Of the futures alone.
    seed : int
        Of the simulation.
    """

    def __init__(self, planned: Plan, seed: int) -> None:
        self.planned = planned
        self.names = names_of(planned)
        self.made: Simulation = simulation(planned, seed)
        self.made.open(keeps_market=True, measures_latency=False)
        self.parts: dict[str, list[pl.DataFrame]] = {}
        self.references: Ledger | None = None
        self.largest: dict[tuple[int, int], int] = {}
        self.pnl: dict[str, int] = {}
        self.fees: dict[str, int] = {}
        self.inputs = 0

    def warm_up(self, first: dt.date, stop: Stop) -> None:
        """Fill the windows of the strategies from what was settled before `first`."""
        self.advance(first - dt.timedelta(days=1), stop)

    def advance(self, date: dt.date, stop: Stop) -> Part:
        """Trade until the end of `date` and return what the day added."""
        midnight = dt.datetime.combine(
            date + dt.timedelta(days=1), dt.time(), ZoneInfo(FUTURES_ZONE)
        )
        tables, inputs, _, is_done = simulate(
            self.made, stop, until=round(midnight.timestamp()) * 1_000_000_000 - 1
        )
        for name, table in tables.items():
            self.parts.setdefault(name, []).append(table)
        lines = self.made.pnl_by_strategy()
        pnl = {
            self.names.strategy(number): realised + unrealised - fees
            for number, realised, unrealised, fees in lines
        }
        paid = {self.names.strategy(number): fees for number, *_, fees in lines}
        fees_before, self.fees = self.fees, paid
        if self.references is None:
            told = {name: tables[name] for name in REFERENCES if name in tables}
            self.references = ledger_of(told, self.names)
        fills = whole_numbers(tables["filled"]) if "filled" in tables else pl.DataFrame()
        before, self.pnl = self.pnl, pnl
        done, self.inputs = inputs - self.inputs, inputs
        return Part(
            pnl_by_strategy={
                entry.name: pnl.get(entry.name, 0) - before.get(entry.name, 0)
                for entry in self.names.strategies
            },
            fees_by_strategy={
                name: units - fees_before.get(name, 0) for name, units in paid.items()
            },
            turnover_by_strategy=turnover_by_strategy(fills, self.references),
            slippage_by_strategy=slippage_by_strategy(fills, self.references),
            exposure=self.grown(tables, self.references),
            fills=fills.height,
            inputs=done,
            state_hash=self.made.state_hash(),
            left_out=self.planned.not_traded,
            reports=self.planned.reports,
            is_traded="reference_price" in tables,
            is_done=is_done,
        )

    def grown(self, tables: dict[str, pl.DataFrame], references: Ledger) -> tuple[Exposure, ...]:
        """Return the delivery periods whose largest position has grown, and what it is by now."""
        changes = tables.get("position_changed")
        if changes is None:
            return ()
        periods = set()
        for key, volume in largest_held(whole_numbers(changes)).items():
            if volume > self.largest.get(key, 0):
                self.largest[key] = volume
                periods.add(references.instruments[key[0]].delivery_start)
        touched = {
            key: volume
            for key, volume in self.largest.items()
            if references.instruments[key[0]].delivery_start in periods
        }
        return by_period(touched, references)

    def close(self) -> None:
        """Hold the P&L against that of the events and end.

        Raises
        ------
        RunError
            If they differ.
        """
        whole = {name: pl.concat(frames) for name, frames in sorted(self.parts.items())}
        check_engine(self.made, ledger_of(whole, self.names))
        self.made.close()


def futures_run(
    desk: Desk, first: dt.date, last: dt.date, data: Path | None, seed: int, stop: Stop
) -> tuple[FuturesRun | None, tuple[NotTraded, ...]]:
    """Return the run of the desk's futures over the range, if they trade, and what is left out."""
    futures = tuple(
        dataclasses.replace(product, first_day=first, last_day=last) for product in desk.futures
    )
    own = restricted(desk, market=(), futures=futures)
    if not own.strategy:
        return None, ()
    planned = plan_markets(own, data, seed)
    if not planned.futures:
        return None, planned.not_traded
    made = FuturesRun(planned, seed)
    made.warm_up(first, stop)
    return made, planned.not_traded


@dataclass(slots=True)
class PowerDays:
    """Trades the power markets of one day after another; keeps what it has read.

    Parameters
    ----------
    desk, data, seed
        As of `backtest_days`.
    stop : Stop
        Ends the day in hand early.
    """

    desk: Desk
    data: Path | None
    seed: int
    stop: Stop
    loaded: Loaded = field(default_factory=dict)

    def trade(self, date: dt.date) -> Part:
        """Trade one day."""
        return trade_day(self.desk, date, self.data, self.seed, self.loaded, self.stop)


def joined(date: dt.date, power: Part, other: Part) -> BacktestDay:
    """Return a day of its power markets and its futures."""
    return BacktestDay(
        date=date,
        pnl_by_strategy=power.pnl_by_strategy | other.pnl_by_strategy,
        fees_by_strategy=power.fees_by_strategy | other.fees_by_strategy,
        turnover_by_strategy=power.turnover_by_strategy | other.turnover_by_strategy,
        slippage_by_strategy=power.slippage_by_strategy | other.slippage_by_strategy,
        exposure=power.exposure + other.exposure,
        fills=power.fills + other.fills,
        inputs=power.inputs + other.inputs,
        state_hash=power.state_hash,
        futures_state_hash=other.state_hash,
        left_out=power.left_out + other.left_out,
        reports=power.reports + other.reports,
        is_traded=power.is_traded or other.is_traded,
    )


def backtest_days(
    desk: Desk,
    first: dt.date,
    last: dt.date,
    *,
    data: Path | None,
    seed: int,
    stop: Stop,
    workers: Workers | None = None,
) -> Iterator[BacktestDay]:
    """Yield each day from `first` to `last` as it is done, also those on which nothing trades.

    Parameters
    ----------
    desk : Desk
        What to trade; the days of its markets and futures are replaced.
    first, last : datetime.date
        Local days, both included.
    data : Path or None
        The folder of recorded data.
    seed : int
        Of generated prices and of each simulation.
    stop : Stop
        Asks the backtest to end after the inputs in hand; workers in other processes end after the
        day in hand.
    workers : Workers, optional
        Share the days of power markets; futures are one run, in this process. Workers on other
        machines need the data at the same path.

    Raises
    ------
    DeskError
        If the desk has nothing to trade.
    RunError
        If the P&L computed from the events is not the engine's.
    WorkersError
        If workers cannot be had or died.
    """
    if not desk.market and not desk.futures:
        message = f"{desk.path}: a backtest trades [[market]] days and [[futures]]; add one"
        raise DeskError(message)
    futures, never = futures_run(desk, first, last, data, seed, stop)
    dates = [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]
    power_days = PowerDays(desk, data, seed, stop)
    mine = mapped(workers or Workers(), unchanged, power_days, PowerDays.trade, dates)
    with closing(in_order(mine)) as parts:
        for date in dates:
            if stop.asked:
                break
            power = next(parts)
            other = futures.advance(date, stop) if futures is not None else Part(left_out=never)
            if not (power.is_done and other.is_done):
                break
            yield joined(date, power, other)
    if futures is not None:
        futures.close()


def read_backtest(path: Path) -> tuple[list[str], list[str], NDArray[np.float64]]:
    """Return days, strategies and P&L (days, strategies) in currency of a ``backtest.json``.

    A strategy that did not trade on a day has earned nothing on it.

    Raises
    ------
    InputError
        If the file cannot be read or is none.
    """
    try:
        days = json.loads(path.read_text(encoding="utf-8"))
        earned = [(str(day["date"]), dict(day["pnl_units_by_strategy"])) for day in days]
        names = list(dict.fromkeys(name for _, own in earned for name in own))
        units = [[int(own.get(name, 0)) for name in names] for _, own in earned]
    except OSError as fault:
        message = f"{path} cannot be read ({fault.strerror}); give the --out of wattbook backtest"
        raise InputError(message) from fault
    except (ValueError, TypeError, KeyError) as fault:
        message = f"{path} is no backtest.json ({fault}); make it anew by wattbook backtest --out"
        raise InputError(message) from fault
    return [date for date, _ in earned], names, np.array(units, np.float64) / 3.6e15
