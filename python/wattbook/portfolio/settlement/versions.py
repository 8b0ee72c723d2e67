"""Which amount was known when: versions by settlement run, and what re-runs changed."""

from __future__ import annotations

import polars as pl

from wattbook.portfolio.money import MONEY
from wattbook.portfolio.settlement.meters import ESTIMATED

__all__ = ["changes", "known_at", "run_totals"]

KEYS = ["account", "start"]


def known_at(amounts: pl.DataFrame, instant: int) -> pl.DataFrame:
    """Return the amounts as they were known at an instant: the latest run published by then.

    Parameters
    ----------
    amounts : polars.DataFrame
        Of a `Settlement`.
    instant : int
        ns UTC; a run published at that very instant counts.

    Returns
    -------
    polars.DataFrame
        At most one row an account and period. A run that came out before an earlier one is not
        replaced by it: the order of runs decides, not the time.
    """
    return (
        amounts.filter(pl.col("published") <= instant)
        .sort("account", "start", "order")
        .unique(KEYS, keep="last", maintain_order=True)
    )


def changes(amounts: pl.DataFrame) -> pl.DataFrame:
    """Return what each run changed: the first is the imbalance, later ones are re-settlement.

    Returns
    -------
    polars.DataFrame
        The amounts with ``line`` (``imbalance`` or ``re-settlement``), ``change`` and
        ``fee_change`` (1 / 3.6e15 currency) against the run before. Changes of an account and
        period sum to its last amount.
    """
    ordered = amounts.sort("account", "start", "order")
    is_first = pl.int_range(pl.len()).over(KEYS) == 0

    def moved(name: str) -> pl.Expr:
        before = pl.col(name).shift(1).over(KEYS).fill_null(pl.lit(0, MONEY))
        return pl.col(name) - before

    return ordered.with_columns(
        line=pl.when(is_first).then(pl.lit("imbalance")).otherwise(pl.lit("re-settlement")),
        change=moved("amount"),
        fee_change=moved("fee"),
    )


def run_totals(amounts: pl.DataFrame) -> pl.DataFrame:
    """Return what an account's total was after each run, and what the run changed.

    Returns
    -------
    polars.DataFrame
        ``account``, ``run``, ``order``, ``periods`` (that the run settled), ``estimated`` (of
        these), ``change``, ``total`` (1 / 3.6e15 currency): the total counts, for each period, the
        last run up to this one.
    """
    estimated = pl.col("quality").is_in(ESTIMATED)
    return (
        changes(amounts)
        .group_by("account", "run", "order")
        .agg(periods=pl.len(), estimated=estimated.sum(), change=pl.col("change").sum())
        .sort("account", "order")
        .with_columns(total=pl.col("change").cum_sum().over("account"))
    )
