"""Settle a month and explain its P&L over the time in which its runs came out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.domain.instants import nanoseconds
from wattbook.portfolio.attribution import Book, attribute, value_at
from wattbook.portfolio.money import MONEY
from wattbook.portfolio.settlement import Settlement, run_totals, settle, settle_reserves
from wattbook.runtime.settlement.config import SettlementPlan
from wattbook.runtime.settlement.generate import GeneratedMonth, generated_month
from wattbook.runtime.settlement.load import ercot_prices, load_tables

__all__ = ["SettledMonth", "settle_month"]

RESERVE_AMOUNTS = {
    "account": pl.String, "product": pl.String, "start": pl.Int64, "line": pl.String,
    "amount": MONEY,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SettledMonth:
    """What came of a settlement.

    Parameters
    ----------
    plan : SettlementPlan
        What was asked.
    tables : GeneratedMonth
        What it was settled from.
    settlement : Settlement
        Amounts by account, period and run.
    totals : polars.DataFrame
        By account and run.
    instants : tuple of (str, int)
        Between which P&L is explained, each with its name; empty without deals.
    lines : polars.DataFrame
        ``begin``, ``end`` (names), ``book``, ``area``, ``start``, ``line``, ``amount``.
    values : polars.DataFrame
        What each book's period was worth at the last instant.
    reserves : polars.DataFrame
        What reserves come to, by account, product, period and line; empty without any.
    """

    plan: SettlementPlan
    tables: GeneratedMonth
    settlement: Settlement
    totals: pl.DataFrame
    instants: tuple[tuple[str, int], ...]
    lines: pl.DataFrame
    values: pl.DataFrame
    reserves: pl.DataFrame

    def write(self, folder: Path) -> list[Path]:
        """Write every table as Parquet and return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        frames = {
            "amounts": self.settlement.amounts,
            "unpriced": self.settlement.unpriced,
            "unscheduled": self.settlement.unscheduled,
            "quarantined": self.settlement.quarantined,
            "totals": self.totals,
            "attribution": self.lines,
            "values": self.values,
            "reserves": self.reserves,
        }
        written = []
        for name, frame in frames.items():
            path = folder / f"{name}.parquet"
            frame.write_parquet(path)
            written.append(path)
        return written


def settle_month(plan: SettlementPlan, data: Path | None = None) -> SettledMonth:
    """Return a settled month.

    Parameters
    ----------
    plan : SettlementPlan
        What to settle.
    data : Path, optional
        Folder of recorded data, for a plan that takes its prices.

    Raises
    ------
    SettlementError
        If a table does not fit, or the recorded data are asked for and not there.
    """
    more: dict[str, pl.DataFrame] = {}
    if plan.tables:
        tables, more = load_tables(plan)
    else:
        recorded = ercot_prices(data or Path("shared/data")) if plan.recorded else None
        tables = generated_month(
            plan.market, plan.first, plan.after, seed=plan.seed, accounts=plan.accounts,
            missing=plan.missing, recorded=recorded,
        )  # fmt: skip
    settlement = settle(
        plan.market, tables.schedules, tables.meters, tables.prices,
        first=plan.first, after=plan.after,
    )  # fmt: skip
    if "late" in more:
        aside = pl.concat([more["late"], settlement.quarantined])
        settlement = replace(settlement, quarantined=aside)
    book = book_of(plan, tables, settlement, more)
    instants = instants_of(plan, settlement) if tables.deals.height else ()
    parts = [
        attribute(book, begin, end).with_columns(begin=pl.lit(name), end=pl.lit(after))
        for (name, begin), (after, end) in pairwise(instants)
    ]
    empty = {
        "begin": pl.String, "end": pl.String, "book": pl.String, "area": pl.String,
        "start": pl.Int64, "line": pl.String, "amount": MONEY,
    }  # fmt: skip
    lines = pl.concat(parts).select(list(empty)) if parts else pl.DataFrame(schema=empty)
    return SettledMonth(
        plan=plan,
        tables=tables,
        settlement=settlement,
        totals=run_totals(settlement.amounts),
        instants=instants,
        lines=lines,
        values=value_at(book, instants[-1][1]) if instants else pl.DataFrame(),
        reserves=settle_reserves(more["reserves"], plan.reserves)
        if plan.reserves
        else pl.DataFrame(schema=RESERVE_AMOUNTS),
    )


def book_of(
    plan: SettlementPlan,
    tables: GeneratedMonth,
    settlement: Settlement,
    more: dict[str, pl.DataFrame],
) -> Book:
    """Return what is known of the portfolio, with its settled imbalances."""
    settled = settlement.amounts.with_columns(
        area=pl.lit(plan.market.key), currency=pl.lit(plan.market.currency)
    )
    return Book(
        plan.desk_currency, tables.deals, tables.marks, more.get("fx"), more.get("rates"), settled
    )


def instants_of(plan: SettlementPlan, settlement: Settlement) -> tuple[tuple[str, int], ...]:
    """Return the instants between which P&L is explained.

    The beginning and the end of the days that are settled, and the last publication of each run.
    """
    zone = ZoneInfo(plan.market.time_zone)
    found = [
        (name, nanoseconds(dt.datetime.combine(day, dt.time(), zone)))
        for name, day in (("begin", plan.first), ("end of delivery", plan.after))
    ]
    runs = settlement.amounts.group_by("run", "order").agg(pl.col("published").max()).sort("order")
    found += [(f"after {run}", at) for run, _, at in runs.iter_rows()]
    return tuple(sorted(found, key=lambda one: one[1]))
