"""Imbalance of each account, delivery period and settlement run, and what it is settled at.

Signs: metered and scheduled energy are above zero when they are delivered into the grid, below zero
when they are taken out of it. Imbalance = metered − scheduled: above zero an account is long and is
paid the price, below zero it is short and pays it. An amount above zero was received. That is the
rule of the engine's deliveries (`crates/portfolio/src/settle.rs`), in the same units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from wattbook.errors import SettlementError
from wattbook.portfolio.money import MONEY, half_even_column, millionths_column
from wattbook.portfolio.settlement.meters import with_meters
from wattbook.portfolio.settlement.periods import period_starts
from wattbook.portfolio.settlement.rules import ImbalanceMarket, ImbalanceRule
from wattbook.portfolio.settlement.schedules import in_doubt
from wattbook.portfolio.tables import ASIDE, checked, set_aside

__all__ = [
    "METERS",
    "PRICES",
    "SCHEDULES",
    "Settlement",
    "imbalance_amount",
    "prices_from",
    "settle",
]

SCHEDULES: Mapping[str, Any] = {"account": pl.String, "start": pl.Int64, "scheduled": pl.Int64}
"""Columns of final schedules: account, start (ns UTC), energy (1e-6 MW s)."""
METERS: Mapping[str, Any] = {
    "account": pl.String, "start": pl.Int64, "run": pl.String, "published": pl.Int64,
    "metered": pl.Int64,
}  # fmt: skip
"""Columns of meters: account, start, run, when it became known (ns UTC), energy (1e-6 MW s)."""
PRICES: Mapping[str, Any] = {
    "start": pl.Int64, "run": pl.String, "published": pl.Int64,
    "price_short": pl.Int64, "price_long": pl.Int64,
}  # fmt: skip
"""Columns of prices: start, run, published, what a short pays and a long gets (1e-6 per MWh)."""
KEYS = ["account", "start"]


@dataclass(frozen=True, slots=True)
class Settlement:
    """Imbalances of a market as each settlement run has them.

    Parameters
    ----------
    market : ImbalanceMarket
        Whose rules held.
    amounts : polars.DataFrame
        One row an account, period and run, sorted by these: ``account``, ``start``, ``seconds``,
        ``day``, ``run``, ``order``, ``published``, ``scheduled``, ``metered``, ``quality``,
        ``imbalance`` (1e-6 MW s), ``price`` (1e-6 per MWh), ``amount`` and ``fee`` (1 / 3.6e15
        currency). `quality` is ``metered`` in this run, ``carried`` from an earlier one, or
        estimated: ``profile``, ``schedule``.
    unpriced : polars.DataFrame
        Account, period and run that have an imbalance and no price yet; run and imbalance are null
        where a schedule has neither price nor meter.
    unscheduled : polars.DataFrame
        Account, period and run that are left unsettled, because the row with their schedule was set
        aside (`wattbook.portfolio.settlement.schedules.in_doubt`).
    quarantined : polars.DataFrame
        Rows of the input that were set aside, with table, row and reason.
    """

    market: ImbalanceMarket
    amounts: pl.DataFrame
    unpriced: pl.DataFrame
    unscheduled: pl.DataFrame
    quarantined: pl.DataFrame


def settle(
    market: ImbalanceMarket,
    schedules: pl.DataFrame,
    meters: pl.DataFrame,
    prices: pl.DataFrame,
    *,
    first: dt.date,
    after: dt.date,
) -> Settlement:
    """Settle the imbalances of local days, in every run that has published something.

    A run takes the latest meter and the latest price up to it. An account that delivers or has
    scheduled has an imbalance in every period; where no meter is known, its energy is estimated and
    says so (`wattbook.portfolio.settlement.meters`).

    Parameters
    ----------
    market : ImbalanceMarket
        Its rules and runs.
    schedules, meters, prices : polars.DataFrame
        As `SCHEDULES`, `METERS` and `PRICES`; prices may have ``price_reference`` for a rule with
        a tolerance. One price for both signs is written twice.
    first, after : date
        Local days of delivery, from the first to the one before `after`.

    Returns
    -------
    Settlement
        Bad rows are set aside, none is dropped unseen.

    Raises
    ------
    SettlementError
        If a table lacks a column, the days are none, or no rule holds.
    """
    if after <= first:
        message = f"no day from {first} to before {after}; give a later end"
        raise SettlementError(message)
    periods = period_starts(market, first, after)
    known, aside = clean(market, periods, schedules, meters, prices)
    grid = versions(market, periods, known)
    settled = with_meters(market, grid, known["meters"])
    doubt = known["in_doubt"]
    unscheduled = settled.join(doubt, on=KEYS, how="semi").select(*KEYS, "run")
    settled = settled.join(doubt, on=KEYS, how="anti")
    priced = with_prices(market, settled, known["prices"])
    columns = [
        "account", "start", "seconds", "day", "run", "order", "published", "scheduled", "metered",
        "quality", "imbalance", "price", "amount", "fee",
    ]  # fmt: skip
    is_priced = pl.col("price").is_not_null()
    open_ones = priced.filter(~is_priced).select("account", "start", "run", "imbalance", "quality")
    # A schedule of which no run has said anything: neither a price nor a meter.
    unheard = known["schedules"].join(grid, on=KEYS, how="anti").select(KEYS)
    return Settlement(
        market=market,
        amounts=priced.filter(is_priced).select(columns).sort("account", "start", "order"),
        unpriced=pl.concat([open_ones, unheard], how="diagonal").sort("account", "start", "run"),
        unscheduled=unscheduled.sort(*KEYS, "run"),
        quarantined=aside,
    )


def imbalance_amount(imbalance: pl.Expr, price: pl.Expr) -> pl.Expr:
    """Return what an imbalance (1e-6 MW s) is settled at (1e-6 per MWh), exactly: their product.

    Examples
    --------
    >>> row = pl.select(imbalance_amount(pl.lit(2_000_000 * 900), pl.lit(80_000_000)))
    >>> row.item() / 3.6e15  # 2 MW over a quarter-hour at 80.00
    40.0
    """
    return imbalance.cast(MONEY) * price.cast(MONEY)


def clean(
    market: ImbalanceMarket,
    periods: pl.DataFrame,
    schedules: pl.DataFrame,
    meters: pl.DataFrame,
    prices: pl.DataFrame,
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Return the good rows of each table with the periods in doubt, and the rows set aside."""
    starts, runs = periods["start"].implode(), list(market.order)
    off = pl.when(~pl.col("start").is_in(starts)).then(
        pl.lit("no settlement period of these days begins there")
    )
    run = pl.when(~pl.col("run").is_in(runs)).then(
        pl.format("run {} is none of " + ", ".join(runs), "run")
    )
    single = pl.col("start").is_in(single_starts(market, periods).implode())
    two = pl.when(single & (pl.col("price_short") != pl.col("price_long"))).then(
        pl.lit("two prices where the rule has one")
    )
    optional = {"price_reference": pl.Int64} if "price_reference" in prices.columns else {}
    found, aside = {}, [pl.DataFrame(schema=ASIDE)]
    for name, table, schema, key, more in (
        ("schedules", schedules, SCHEDULES, KEYS, []),
        ("meters", meters, METERS, [*KEYS, "run"], [run]),
        ("prices", prices, {**PRICES, **optional}, ["start", "run"], [run, two]),
    ):
        frame = checked(table, name, schema).with_row_index("row")
        empty = [
            pl.when(pl.col(column).is_null()).then(pl.lit(f"no {column}"))
            for column in schema
            if column != "price_reference"
        ]
        twice = pl.when(pl.struct(key).is_duplicated() & ~pl.struct(key).is_first_distinct()).then(
            pl.lit("stands twice; the first is kept")
        )
        good, bad = set_aside(frame, name, pl.coalesce(*empty, off, *more))
        kept, again = set_aside(good, name, twice)
        if name == "schedules":
            found["in_doubt"] = in_doubt(frame, kept, periods)
        found[name] = kept.drop("row")
        aside += [bad, again]
    return found, pl.concat(aside)


def single_starts(market: ImbalanceMarket, periods: pl.DataFrame) -> pl.Series:
    """Return the starts of periods that have one price."""
    days = [day for day in periods["day"].unique() if market.rule(day).pricing == "single"]
    return periods.filter(pl.col("day").is_in(days))["start"]


def versions(
    market: ImbalanceMarket, periods: pl.DataFrame, known: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Return each account, period and run in which a price or a meter was published."""
    accounts = pl.concat([known["schedules"]["account"], known["meters"]["account"]]).unique()
    priced = known["prices"].select("start", "run", priced="published")
    metered = known["meters"].select("account", "start", "run", metered="published")
    events = pl.concat([priced.join(accounts.to_frame(), how="cross"), metered], how="diagonal")
    order = pl.col("run").replace_strict(market.order, return_dtype=pl.Int64)
    return (
        events.group_by("account", "start", "run")
        .agg(pl.col("priced").max(), pl.col("metered").max())
        .with_columns(order=order)
        .sort("account", "start", "order")
        # A run is known when both its parts are, those that it takes from earlier runs included.
        .with_columns(pl.col("priced", "metered").forward_fill().over(KEYS))
        .with_columns(published=pl.max_horizontal("priced", "metered"))
        .drop("priced", "metered")
        .join(periods, on="start", how="inner")
        .join(known["schedules"], on=KEYS, how="left")
        .with_columns(pl.col("scheduled").fill_null(0))
        .sort("account", "start", "order")
    )


def with_prices(
    market: ImbalanceMarket, settled: pl.DataFrame, prices: pl.DataFrame
) -> pl.DataFrame:
    """Add imbalance, its price, amount and fee."""
    columns = [name for name in prices.columns if name.startswith("price")]
    latest = settled.join(prices.drop("published"), on=["start", "run"], how="left").sort(
        "account", "start", "order"
    )
    latest = latest.with_columns(pl.col(columns).forward_fill().over(KEYS))
    if "price_reference" not in columns:
        latest = latest.with_columns(price_reference=pl.lit(None, pl.Int64))
    made = latest.with_columns(imbalance=pl.col("metered") - pl.col("scheduled")).with_columns(
        price=pl.when(pl.col("imbalance") < 0).then("price_short").otherwise("price_long")
    )
    parts = [
        amounts_of(made.filter(pl.col("day") == day), market.rule(day))
        for day in made["day"].unique(maintain_order=True)
    ]
    return (
        pl.concat(parts)
        if parts
        else made.with_columns(amount=pl.lit(0, MONEY), fee=pl.lit(0, MONEY))
    )


def amounts_of(part: pl.DataFrame, rule: ImbalanceRule) -> pl.DataFrame:
    """Add amount and fee of periods under one rule."""
    imbalance, price = pl.col("imbalance"), pl.col("price")
    amount = imbalance_amount(imbalance, price)
    if rule.tolerance is not None:
        bad = part.filter(pl.col("price").is_not_null() & pl.col("price_reference").is_null())
        if bad.height:
            row = bad.row(0, named=True)
            message = (
                f"prices: no price_reference at start {row['start']}, run {row['run']}, and the "
                f"rule from {rule.start} settles its tolerance at it; add the column"
            )
            raise SettlementError(message)
        share = round(rule.tolerance.share * 1_000_000)
        least = round(rule.tolerance.mwh * 1_000_000) * 3600
        of_schedule = half_even_column(pl.col("scheduled").abs().cast(MONEY) * share, 1_000_000)
        band = pl.max_horizontal(of_schedule, pl.lit(least, MONEY)).cast(pl.Int64)
        within = imbalance.clip(0 - band, band)
        amount = imbalance_amount(imbalance - within, price) + imbalance_amount(
            within, pl.col("price_reference")
        )
    return part.with_columns(amount=amount, fee=imbalance_amount(imbalance.abs(), pl.lit(rule.fee)))


def prices_from(starts: pl.DataFrame, column: str = "price") -> pl.DataFrame:
    """Return a table of `PRICES` from one price a period, in currency per MWh."""
    price = millionths_column(pl.col(column))
    return starts.with_columns(price_short=price, price_long=price).drop(column)
