"""Meters of each settlement run, and what stands in where one is missing.

A run that brings no new reading keeps the one before (``carried``). Where no run up to it has one,
the energy is estimated, in this order: the mean of the readings of the same clock time on the same
weekday of up to four weeks before (``profile``); else the schedule, so that the imbalance is zero
(``schedule``). Both are told in the column ``quality``; a later reading replaces them.
"""

from __future__ import annotations

import polars as pl

from wattbook.portfolio.money import MONEY, half_even_column
from wattbook.portfolio.settlement.rules import ImbalanceMarket

__all__ = ["ESTIMATED", "WEEKS", "with_meters"]

WEEKS = 4
"""How many weeks back an estimate looks."""
ESTIMATED = ("profile", "schedule")
"""Qualities that are estimates."""
KEYS = ["account", "start"]


def with_meters(market: ImbalanceMarket, grid: pl.DataFrame, meters: pl.DataFrame) -> pl.DataFrame:
    """Add ``metered`` (1e-6 MW s) and ``quality`` to each account, period and run.

    Parameters
    ----------
    market : ImbalanceMarket
        Whose clock decides which periods are alike.
    grid : polars.DataFrame
        ``account``, ``start``, ``run``, ``order``, ``scheduled``; sorted by account, start, order.
    meters : polars.DataFrame
        Readings of runs.
    """
    own = grid.join(
        meters.select("account", "start", "run", "metered"), on=["account", "start", "run"],
        how="left",
    ).sort("account", "start", "order")  # fmt: skip
    filled = (
        own.with_columns(
            reading=pl.col("metered").forward_fill().over(KEYS),
        )
        .drop("metered")
        .with_columns(is_own=own["metered"].is_not_null())
    )
    guessed = filled.join(profile(market, filled), on=["account", "start", "order"], how="left")
    quality = (
        pl.when("is_own").then(pl.lit("metered"))
        .when(pl.col("reading").is_not_null()).then(pl.lit("carried"))
        .when(pl.col("profile").is_not_null()).then(pl.lit("profile"))
        .otherwise(pl.lit("schedule"))
    )  # fmt: skip
    return guessed.with_columns(
        metered=pl.coalesce("reading", "profile", "scheduled"), quality=quality
    ).drop("reading", "profile", "is_own")


def profile(market: ImbalanceMarket, filled: pl.DataFrame) -> pl.DataFrame:
    """Return the estimate of each missing reading that has readings in the weeks before."""
    at = (
        pl.from_epoch("start", time_unit="ns")
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(market.time_zone)
        .dt.replace_time_zone(None)
    )
    missing = filled.filter(pl.col("reading").is_null()).select(
        "account", "start", "order", clock=at
    )
    # An hour that occurs twice counts once: its first.
    known = (
        filled.filter(pl.col("reading").is_not_null())
        .sort("start")
        .select("account", "order", "reading", clock=at)
        .unique(["account", "order", "clock"], keep="first", maintain_order=True)
    )
    looks = [
        missing.with_columns(before=pl.col("clock").dt.offset_by(f"-{week}w"))
        for week in range(1, WEEKS + 1)
    ]
    found = pl.concat(looks).join(
        known, left_on=["account", "before", "order"], right_on=["account", "clock", "order"]
    )
    summed = found.group_by("account", "start", "order").agg(
        total=pl.col("reading").cast(MONEY).sum(), count=pl.len()
    )
    parts = [
        part.with_columns(profile=half_even_column(pl.col("total"), int(count)).cast(pl.Int64))
        for (count,), part in summed.group_by("count")
        if isinstance(count, int)
    ]
    empty = {"account": pl.String, "start": pl.Int64, "order": pl.Int64, "profile": pl.Int64}
    if not parts:
        return pl.DataFrame(schema=empty)
    return pl.concat(parts).select(list(empty))
