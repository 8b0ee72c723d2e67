"""Final schedules: of all that was submitted, what counted when the gate closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from wattbook.errors import SettlementError
from wattbook.portfolio.tables import checked

__all__ = ["SUBMISSIONS", "final_schedules", "in_doubt"]

SUBMISSIONS: Mapping[str, Any] = {
    "account": pl.String, "start": pl.Int64, "submitted": pl.Int64, "scheduled": pl.Int64,
}  # fmt: skip
"""Columns of submissions: account, start and when it came in (ns UTC), energy (1e-6 MW s)."""
MINUTE = 60 * 1_000_000_000


def final_schedules(
    submissions: pl.DataFrame, gate_minutes: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the last submission of each account and period before its gate, and those too late.

    Parameters
    ----------
    submissions : polars.DataFrame
        As `SUBMISSIONS`. Of two at one instant the one further down counts.
    gate_minutes : int
        How long before the start of a period its gate closes; below zero for one that closes after
        it, as where schedules are taken on the day after. A submission at the gate counts.

    Returns
    -------
    tuple of polars.DataFrame
        Final schedules (``account``, ``start``, ``scheduled``), sorted; and the submissions that
        came after the gate, as they came.

    Raises
    ------
    SettlementError
        If a column is missing, or a value is.

    Examples
    --------
    >>> rows = [("A", 3_600 * 10**9, at * 10**9, at) for at in (0, 2_700, 2_701)]
    >>> table = pl.DataFrame(rows, schema=list(SUBMISSIONS), orient="row")
    >>> [frame["scheduled"].to_list() for frame in final_schedules(table, gate_minutes=15)]
    [[2700], [2701]]
    """
    frame = checked(submissions, "schedules", SUBMISSIONS)
    for column in SUBMISSIONS:
        if frame[column].null_count():
            message = f"schedules, row {frame[column].is_null().arg_max()}: no {column}; give one"
            raise SettlementError(message)
    is_early = pl.col("submitted") <= pl.col("start") - gate_minutes * MINUTE
    final = (
        frame.filter(is_early)
        .sort("account", "start", "submitted", maintain_order=True)
        .unique(["account", "start"], keep="last", maintain_order=True)
    )
    return final.select("account", "start", "scheduled"), frame.filter(~is_early)


def in_doubt(given: pl.DataFrame, kept: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Return account and start of periods whose schedule stands in a row that was set aside.

    A row with an account and the start of a period puts that period in doubt. Of one whose start is
    none of a period, though it lies within the days, nobody knows which was meant: every period of
    its account without a schedule is in doubt, and of every account where it names none.

    Parameters
    ----------
    given, kept : polars.DataFrame
        ``account``, ``start`` and ``row``: what came in, and what was not set aside.
    periods : polars.DataFrame
        ``start`` and ``seconds`` of the days.
    """
    keys, starts = ["account", "start"], periods.select("start")
    lost = given.join(kept.select("row"), on="row", how="anti").select(keys)
    named = lost.drop_nulls().join(starts, on="start", how="semi")
    last = (periods["start"] + periods["seconds"] * 1_000_000_000).max()
    is_near = pl.col("start").is_between(periods["start"].min(), last, closed="left")
    vague = lost.filter(pl.col("start").is_null() | is_near).join(named, on=keys, how="anti")
    accounts = vague.select("account")
    if accounts["account"].null_count():
        accounts = given.select("account")
    spread = accounts.drop_nulls().unique().join(starts, how="cross")
    return pl.concat([named, spread]).unique().join(kept, on=keys, how="anti").sort(keys)
