"""What a market looked like over its time: prices, positions, charge, P&L, drawdown."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.runtime.figures.ledger import Ledger, MarketName, StrategyName
from wattbook.runtime.figures.money import UNITS

__all__ = ["Lines", "Timeline", "timeline"]

Floats = NDArray[np.float64]
Lines = dict[str, Floats]
NANOS = 1_000_000_000
FOREVER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Timeline:
    """One market on one grid of instants; what is not known is NaN.

    Parameters
    ----------
    market : MarketName
        Which one.
    at : ndarray of int64
        Instants, ns UTC.
    prices : dict of str to ndarray
        By name, currency per price unit.
    positions : dict of str to ndarray
        By strategy, in volume units; a battery's is the power at its meter, delivered above zero,
        that of virtual bids what was sold day-ahead.
    charges : dict of str to ndarray
        Stored energy of each battery, MWh.
    pnl : dict of str to ndarray
        By strategy, after fees, in the market's currency; a day-ahead award counts from when its
        delivery has settled.
    """

    market: MarketName
    at: NDArray[np.int64]
    prices: Lines
    positions: Lines
    charges: Lines
    pnl: Lines

    @property
    def total(self) -> Floats:
        """P&L of all strategies of the market."""
        return np.sum(list(self.pnl.values()), axis=0) if self.pnl else np.zeros(self.at.size)

    @property
    def drawdown(self) -> Floats:
        """P&L below its highest value so far, zero or below."""
        total = self.total
        return total - np.maximum.accumulate(np.maximum(total, 0.0))


def as_of(at: NDArray[np.int64], times: NDArray[np.int64], values: Floats, before: float) -> Floats:
    """Return the last of `values` known at each instant, `before` where there is none."""
    place = np.searchsorted(times, at, side="right")
    return np.append(before, values)[place]


def grid(ledger: Ledger, market: MarketName) -> NDArray[np.int64]:
    """Return the instants of the market's plots."""
    if market.interval_seconds:
        step = market.interval_seconds * NANOS
        return np.arange(market.start, market.end + 1, step, dtype=np.int64)
    table = ledger.table("reference_price")
    own = [number for number, entry in ledger.instruments.items() if entry.venue == market.venue]
    times = table.filter(pl.col("instrument").is_in(own))["ts_event"].unique().sort()
    return times.to_numpy()


def money(table: pl.DataFrame, name: str) -> Floats:
    """Return a column of exact amounts as floats of whole currency."""
    return table[name].cast(pl.Float64).to_numpy() / UNITS


def unsettled_awards(ledger: Ledger, strategy: StrategyName, at: NDArray[np.int64]) -> Floats:
    """Return what day-ahead awards have booked whose delivery has not settled at each instant.

    The engine books an award when it is published, a day before its other half, the settlement at
    the real-time price. A plot of one without the other shows a profit that nobody made.
    """
    pending = np.zeros(at.size)
    table = ledger.table("settled")
    if not table.height:
        return pending
    own = table.filter(pl.col("strategy") == strategy.strategy)
    last = {
        row["instrument"]: row["ts_recv"]
        for row in own.filter(pl.col("kind") == "real_time").iter_rows(named=True)
    }
    booked = own.filter(pl.col("kind") == "day_ahead")
    amounts = money(booked, "amount").tolist()
    for row, amount in zip(booked.iter_rows(named=True), amounts, strict=True):
        until = last.get(row["instrument"], FOREVER)
        pending[(at >= row["ts_recv"]) & (at < until)] += amount
    return pending


def strategy_pnl(
    ledger: Ledger, market: MarketName, strategy: StrategyName, at: NDArray[np.int64]
) -> Floats:
    """Return a strategy's P&L at each instant, in the market's currency; awards once settled."""
    table = ledger.table("position_changed")
    total = np.zeros(at.size)
    if not table.height:
        return total
    own = table.filter(pl.col("strategy") == strategy.strategy).sort("sequence")
    for key, rows in own.partition_by("instrument", as_dict=True).items():
        number = int(key[0])
        instrument = ledger.instruments[number]
        if instrument.venue not in (market.venue, market.book_venue):
            continue
        times = rows["ts_recv"].to_numpy()
        cash = money(rows, "realised") - money(rows, "fees") - money(rows, "cost")
        volume = rows["volume"].to_numpy() / 1e6
        held = as_of(at, times, volume, 0.0)
        total += as_of(at, times, cash, 0.0)
        if held.any() and number not in ledger.marks:
            # An award of which no price is known yet is worth what it cost, as in the figures.
            total += as_of(at, times, money(rows, "cost"), 0.0)
        elif held.any():
            mark_times, marks = ledger.marks[number]
            mark = as_of(at, mark_times, marks / 1e6, 0.0)
            total += np.where(held != 0.0, held * mark, 0.0) * instrument.delivery_seconds / 3_600
    return total - unsettled_awards(ledger, strategy, at)


def traded_position(
    ledger: Ledger, market: MarketName, strategy: StrategyName, at: NDArray[np.int64]
) -> Floats:
    """Return a strategy's net position over the market's contracts at each instant."""
    table = ledger.table("position_changed")
    net = np.zeros(at.size)
    if not table.height:
        return net
    own = table.filter(pl.col("strategy") == strategy.strategy).sort("sequence")
    for key, rows in own.partition_by("instrument", as_dict=True).items():
        if ledger.instruments[int(key[0])].venue in (market.venue, market.book_venue):
            volume = rows["volume"].to_numpy() / 1e6
            net += as_of(at, rows["ts_recv"].to_numpy(), volume, 0.0)
    return net


def metered(ledger: Ledger, strategy: StrategyName, at: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return a battery's power (MW, delivered above zero) and stored energy (MWh) at each instant.

    Charging stores the metered energy times the one-way efficiency; delivering takes the metered
    energy divided by it.
    """
    battery = strategy.battery or {}
    stored = np.full(at.size, battery.get("initial_mwh", 0.0))
    power = np.zeros(at.size)
    table = ledger.table("meter_read")
    if not table.height:
        return power, stored
    own = table.filter(pl.col("strategy") == strategy.strategy)
    for row in own.iter_rows(named=True):
        instrument = ledger.instruments[row["instrument"]]
        megawatt = row["volume"] / 1e6
        hours = instrument.delivery_seconds / 3_600
        one_way = (
            battery["charge_efficiency"] if megawatt < 0 else 1 / battery["discharge_efficiency"]
        )
        share = (at - instrument.delivery_start) / (
            instrument.delivery_end - instrument.delivery_start
        )
        stored -= megawatt * hours * one_way * np.clip(share, 0.0, 1.0)
        power[(at >= instrument.delivery_start) & (at < instrument.delivery_end)] += megawatt
    return power, stored


def sold_day_ahead(ledger: Ledger, strategy: StrategyName, at: NDArray[np.int64]) -> Floats:
    """Return what a strategy was awarded day-ahead in each hour (MW, sold above zero)."""
    power = np.zeros(at.size)
    table = ledger.table("settled")
    if not table.height:
        return power
    own = table.filter((pl.col("strategy") == strategy.strategy) & (pl.col("kind") == "day_ahead"))
    # A later award of the same hour replaces the sum before it.
    for row in own.unique("instrument", keep="last", maintain_order=True).iter_rows(named=True):
        instrument = ledger.instruments[row["instrument"]]
        first, last = np.searchsorted(at, [instrument.delivery_start, instrument.delivery_end])
        power[first:last] += row["volume"] / 1e6
    return power


def recorded_prices(ledger: Ledger, market: MarketName, at: NDArray[np.int64]) -> Lines:
    """Return the market's prices of record by kind at each instant.

    A price belongs to its delivery period, so it is shown from the period's start to its end; a
    settlement from when it was published.
    """
    lines: Lines = {}
    table = ledger.table("reference_price")
    if not table.height:
        return lines
    names = {"day_ahead": "day-ahead price", "real_time": "real-time price"}
    hourly = {"day_ahead": "day-ahead price", "real_time": "real-time price, hourly mean"}
    for row in table.iter_rows(named=True):
        instrument = ledger.instruments[row["instrument"]]
        if instrument.venue != market.venue:
            continue
        if row["kind"] == "settlement":
            continue
        is_hourly = instrument.delivery_seconds == 3_600
        name = (hourly if is_hourly else names).get(row["kind"], row["kind"])
        if market.auctions:
            name = market.auction_of(row["instrument"])
            name = "imbalance" if row["kind"] in ("imbalance", "real_time") else name
            name = f"{name} price"
        line = lines.setdefault(name, np.full(at.size, np.nan))
        first, last = np.searchsorted(at, [instrument.delivery_start, instrument.delivery_end])
        line[first:last] = row["price"] / 1e6
    return lines


def front_settlement(ledger: Ledger, market: MarketName, at: NDArray[np.int64]) -> Lines:
    """Return the settlement of the nearest contract that still trades at each instant."""
    table = ledger.table("reference_price")
    own = [number for number, entry in ledger.instruments.items() if entry.venue == market.venue]
    rows = table.filter(pl.col("instrument").is_in(own) & (pl.col("kind") == "settlement")).sort(
        "sequence"
    )
    # The lowest number is the nearest month: contracts are numbered by expiry.
    front = rows.group_by("ts_event").agg(pl.col("price").sort_by("instrument").first())
    front = front.sort("ts_event")
    values = front["price"].to_numpy() / 1e6
    return {
        "settlement of the front contract": as_of(at, front["ts_event"].to_numpy(), values, np.nan)
    }


def book_middle(ledger: Ledger, market: MarketName, at: NDArray[np.int64]) -> Floats:
    """Return the middle of the synthetic contract that delivers at each instant."""
    line = np.full(at.size, np.nan)
    for number, instrument in ledger.instruments.items():
        if instrument.venue == market.book_venue and number in ledger.marks:
            first, last = np.searchsorted(at, [instrument.delivery_start, instrument.delivery_end])
            times, marks = ledger.marks[number]
            line[first:last] = as_of(at[first:last], times, marks / 1e6, np.nan)
    return line


def timeline(ledger: Ledger, market: MarketName) -> Timeline:
    """Return a market's prices, positions, charge and P&L over its time."""
    at = grid(ledger, market)
    if market.interval_seconds:
        prices = recorded_prices(ledger, market, at)
    else:
        prices = front_settlement(ledger, market, at)
    if market.book_venue is not None:
        prices["middle of the synthetic book"] = book_middle(ledger, market, at)
    positions, charges, pnl = {}, {}, {}
    for strategy in ledger.names.strategies:
        if strategy.market != market.name:
            continue
        pnl[strategy.name] = strategy_pnl(ledger, market, strategy, at)
        if strategy.kind in ("virtual", "virtual_spread") and not market.auctions:
            positions[f"{strategy.name}, sold day-ahead"] = sold_day_ahead(ledger, strategy, at)
        elif strategy.battery is None:
            positions[strategy.name] = traded_position(ledger, market, strategy, at)
        else:
            power, stored = metered(ledger, strategy, at)
            positions[f"{strategy.name}, delivered"] = power
            charges[strategy.name] = stored
    return Timeline(market, at, prices, positions, charges, pnl)
