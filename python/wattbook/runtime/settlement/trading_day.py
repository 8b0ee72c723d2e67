"""The imbalance of a run's trading day, settled anew from its events, beside the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import polars as pl

from wattbook.domain.instants import local_time
from wattbook.portfolio.settlement import (
    ImbalanceMarket,
    ImbalanceRule,
    RunRule,
    Settlement,
    settle,
)
from wattbook.runtime.figures import Ledger, MarketName

__all__ = ["settle_trading_day"]

RUNS = ("initial", "final", "true_up")
"""The engine's settlement runs in order."""


def settle_trading_day(ledger: Ledger, market: MarketName) -> Settlement:
    """Settle a coupled market of a run anew: what was sold of each period against its meter.

    Parameters
    ----------
    ledger : Ledger
        The run's events.
    market : MarketName
        A coupled market, of quarter-hours at one imbalance price.

    Returns
    -------
    Settlement
        An account a strategy. What was sold in auctions and on the continuous market of a period is
        its schedule; an account without a meter delivered nothing, as a virtual bid does.
    """
    periods = {
        number: one
        for number, one in ledger.instruments.items()
        if one.venue in (market.venue, market.book_venue)
    }
    sold: dict[tuple[str, int], int] = {}
    for row in rows(ledger, "filled", periods):
        key = (ledger.names.strategy(row["strategy"]), periods[row["instrument"]].delivery_start)
        sign = 1 if row["side"] == "sell" else -1
        seconds = periods[row["instrument"]].delivery_seconds
        sold[key] = sold.get(key, 0) + sign * row["volume"] * seconds
    read: dict[tuple[str, int, str], tuple[int, int]] = {}
    for row in rows(ledger, "meter_read", periods):
        one = periods[row["instrument"]]
        place = (ledger.names.strategy(row["strategy"]), one.delivery_start, row["run"])
        at, energy = read.get(place, (0, 0))
        energy += row["volume"] * one.delivery_seconds
        read[place] = (max(at, row["ts_recv"]), energy)
    prices = {
        (periods[row["instrument"]].delivery_start, row["run"]): (row["ts_recv"], row["price"])
        for row in rows(ledger, "reference_price", periods)
        if row["kind"] == "imbalance"
    }
    for account, start in sold:
        if not any((account, start, run) in read for run in RUNS) and (start, "initial") in prices:
            read[account, start, "initial"] = (prices[start, "initial"][0], 0)
    days = [local_time(start, market.time_zone).date() for start, _ in prices]
    return settle(
        rules_of(market),
        table(
            ((*key, energy) for key, energy in sold.items()),
            {"account": pl.String, "start": pl.Int64, "scheduled": pl.Int64},
        ),
        table(
            ((*key, at, energy) for key, (at, energy) in read.items()),
            {"account": pl.String, "start": pl.Int64, "run": pl.String, "published": pl.Int64,
             "metered": pl.Int64},
        ),
        table(
            ((*key, at, price, price) for key, (at, price) in prices.items()),
            {"start": pl.Int64, "run": pl.String, "published": pl.Int64, "price_short": pl.Int64,
             "price_long": pl.Int64},
        ),
        first=min(days), after=max(days) + dt.timedelta(1),
    )  # fmt: skip


def rules_of(market: MarketName) -> ImbalanceMarket:
    """Return the rules by which the engine settles a coupled market."""
    source = "docs/engine.md, settlement of deliveries"
    return ImbalanceMarket(
        key=market.name,
        name=market.name,
        time_zone=market.time_zone,
        currency=market.currency,
        rules=(ImbalanceRule(dt.date(2000, 1, 1), 15, "single", source),),
        runs=tuple(RunRule(run, source) for run in RUNS),
    )


def rows(ledger: Ledger, name: str, periods: Collection[int]) -> list[dict[str, Any]]:
    """Return the rows of a table that belong to some instruments, in order."""
    found = ledger.table(name)
    if not found.height:
        return []
    return found.filter(pl.col("instrument").is_in(list(periods))).to_dicts()


def table(values: Iterable[tuple[Any, ...]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Return rows as a table."""
    return pl.DataFrame(list(values), schema=schema, orient="row")
