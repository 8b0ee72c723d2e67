"""A month of schedules, meters, prices and deals made from a seed, or on recorded prices.

Each account is a plant that sells its forecast a day ahead and delivers something else. The first
run lacks some readings; later runs bring them, read some anew and correct a few prices.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.portfolio.money import energy_from_mw
from wattbook.portfolio.settlement import ImbalanceMarket, period_starts, publications

__all__ = ["GeneratedMonth", "generated_month"]

Floats = NDArray[np.float64]
CAPACITY_MW = 50.0
SPREAD = 25.0
REREAD = 0.06
"""Share of readings that a later run brings anew."""
CORRECTED = 0.01
"""Share of prices that a later run corrects."""
NANOS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class GeneratedMonth:
    """Tables as `wattbook.portfolio.settlement.settle` and `attribute` take them."""

    schedules: pl.DataFrame
    meters: pl.DataFrame
    prices: pl.DataFrame
    deals: pl.DataFrame
    marks: pl.DataFrame


def generated_month(
    market: ImbalanceMarket,
    first: dt.date,
    after: dt.date,
    *,
    seed: int,
    accounts: tuple[str, ...] = ("wind", "solar"),
    missing: float = 0.01,
    recorded: pl.DataFrame | None = None,
) -> GeneratedMonth:
    """Return the tables of some local days.

    Parameters
    ----------
    market : ImbalanceMarket
        Whose periods and runs.
    first, after : date
        From the first to the one before `after`.
    seed : int
        What all that is made up follows from.
    accounts : tuple of str
        Their names; each second one is solar.
    missing : float
        Share of readings that the first run lacks, a whole day of the first account beside.
    recorded : polars.DataFrame, optional
        ``start`` (ns UTC) and ``price`` (currency per MWh) of imbalances, instead of made-up ones.
    """
    rng = np.random.default_rng(seed)
    periods = period_starts(market, first, after)
    runs = publications(market, first, after).join(
        pl.DataFrame({"run": [run.name for run in market.runs]}).with_row_index("order"), on="run"
    )
    day_ahead, imbalance = prices_of(periods, rng, recorded)
    plants = {
        name: plant(periods, rng, solar=bool(place % 2)) for place, name in enumerate(accounts)
    }
    return GeneratedMonth(
        schedules=pl.concat(
            energies(periods, name, forecast, "scheduled") for name, (forecast, _) in plants.items()
        ),
        meters=pl.concat(
            readings(periods, name, made, runs, rng, missing, whole_day=place == 0)
            for place, (name, (_, made)) in enumerate(plants.items())
        ),
        prices=corrected(periods, imbalance, runs, rng, market),
        deals=deals(market, periods, plants, day_ahead),
        marks=marks(market, periods, day_ahead),
    )


def prices_of(
    periods: pl.DataFrame, rng: np.random.Generator, recorded: pl.DataFrame | None
) -> tuple[Floats, Floats]:
    """Return day-ahead and imbalance prices by period."""
    count = periods.height
    hour = np.asarray(periods["number"] - 1) * np.asarray(periods["seconds"]) / 3600
    shape = (
        70.0 + 20.0 * np.cos((hour - 19) / 24 * 2 * np.pi) - 25.0 * np.exp(-((hour - 13) ** 2) / 8)
    )
    day_ahead = shape + wander(count, 0.995, 1.2, rng)
    if recorded is None:
        return day_ahead, day_ahead + wander(count, 0.8, SPREAD, rng)
    joined = periods.select("start").join(recorded, on="start", how="left")
    found = joined["price"].to_numpy()
    # The mean of the hour, a day ahead, stands for what was expected.
    per_hour = max(1, round(3600 / int(periods["seconds"][0])))
    smooth = np.convolve(
        np.nan_to_num(found, nan=float(np.nanmean(found))), np.ones(per_hour) / per_hour, "same"
    )
    return smooth + wander(count, 0.99, 1.0, rng), found


def wander(count: int, keep: float, size: float, rng: np.random.Generator) -> Floats:
    """Return a series that keeps a share of itself, with steps of a size."""
    steps, found = rng.normal(0.0, size, count), np.empty(count)
    last = 0.0
    for place, step in enumerate(steps.tolist()):
        last = keep * last + step
        found[place] = last
    return found


def plant(periods: pl.DataFrame, rng: np.random.Generator, *, solar: bool) -> tuple[Floats, Floats]:
    """Return forecast and delivered power of a plant, MW."""
    count = periods.height
    hour = np.asarray(periods["number"] - 1) * np.asarray(periods["seconds"]) / 3600
    cloud = 1 / (1 + np.exp(-wander(count, 0.995, 0.12, rng)))
    sun = np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None) if solar else np.ones(count)
    forecast = CAPACITY_MW * cloud * sun
    off = wander(count, 0.95, 0.05, rng)
    delivered = np.minimum(np.maximum(forecast * (1 + off), 0), CAPACITY_MW)
    return np.round(forecast, 1).astype(np.float64), np.round(delivered, 3).astype(np.float64)


def energies(periods: pl.DataFrame, account: str, power: Floats, column: str) -> pl.DataFrame:
    """Return power as energy of an account."""
    return periods.select(
        account=pl.lit(account), start=pl.col("start"),
        **{column: energy_from_mw(pl.lit(pl.Series(power)), pl.col("seconds"))},
    )  # fmt: skip


def readings(
    periods: pl.DataFrame,
    account: str,
    power: Floats,
    runs: pl.DataFrame,
    rng: np.random.Generator,
    missing: float,
    *,
    whole_day: bool,
) -> pl.DataFrame:
    """Return the readings of each run: nearly all in the first, in later ones what is new."""
    count = periods.height
    is_lost = rng.random(count) < missing
    if whole_day:
        days = periods["day"].unique(maintain_order=True)
        is_lost |= np.asarray(periods["day"] == days[days.len() * 2 // 3])
    parts = []
    for order in runs["order"].unique().sort():
        if order == 0:
            chosen, read = ~is_lost, power * (1 + rng.normal(0, 0.01, count))
        else:
            again = rng.random(count) < REREAD
            chosen, read = again | is_lost, power
            is_lost = np.zeros(count, dtype=bool)
        part = periods.with_columns(
            metered=energy_from_mw(pl.lit(pl.Series(np.round(read, 3))), pl.col("seconds"))
        ).filter(pl.lit(pl.Series(chosen)))
        parts.append(part.join(runs.filter(pl.col("order") == order), on="day"))
    return pl.concat(parts).select(
        pl.lit(account).alias("account"), "start", "run", "published", "metered"
    )


def corrected(
    periods: pl.DataFrame,
    price: Floats,
    runs: pl.DataFrame,
    rng: np.random.Generator,
    market: ImbalanceMarket,
) -> pl.DataFrame:
    """Return the prices of each run: all in the first, in later ones the corrected."""
    count, parts = periods.height, []
    two = np.array([market.rule(day).pricing == "dual" for day in periods["day"]])
    for order in runs["order"].unique().sort():
        chosen = np.isfinite(price) if order == 0 else rng.random(count) < CORRECTED
        now = price if order == 0 else price + np.where(chosen, rng.normal(0, 5, count), 0)
        short = np.round(np.nan_to_num(now) + np.where(two, 0.5 * SPREAD, 0), 2)
        long = np.round(np.nan_to_num(now) - np.where(two, 0.5 * SPREAD, 0), 2)
        part = periods.with_columns(
            price_short=pl.Series(np.rint(short * 1e6).astype(np.int64)),
            price_long=pl.Series(np.rint(long * 1e6).astype(np.int64)),
        ).filter(pl.lit(pl.Series(chosen & np.isfinite(price))))
        parts.append(part.join(runs.filter(pl.col("order") == order), on="day"))
    return pl.concat(parts).select("start", "run", "published", "price_short", "price_long")


def before_delivery(market: ImbalanceMarket, hours: int) -> pl.Expr:
    """Return noon of the day before delivery, `hours` later, ns UTC."""
    noon = pl.col("day").cast(pl.Datetime("ns")).dt.offset_by("-12h").dt.offset_by(f"{hours}h")
    return noon.dt.replace_time_zone(market.time_zone).dt.convert_time_zone("UTC").dt.epoch("ns")


def deals(
    market: ImbalanceMarket,
    periods: pl.DataFrame,
    plants: dict[str, tuple[Floats, Floats]],
    day_ahead: Floats,
) -> pl.DataFrame:
    """Return the plants' expected output as deals at no price, and its sale a day ahead."""
    price = pl.lit(pl.Series(np.rint(np.round(day_ahead, 2) * 1e6).astype(np.int64)))
    parts = []
    for name, (forecast, _) in plants.items():
        base = periods.with_columns(
            day_text=pl.col("day").cast(pl.String), book=pl.lit(name), area=pl.lit(market.key),
            energy=energy_from_mw(pl.lit(pl.Series(forecast)), pl.col("seconds")),
            currency=pl.lit(market.currency),
        )  # fmt: skip
        early = energy_from_mw(pl.lit(pl.Series(np.round(0.9 * forecast, 1))), pl.col("seconds"))
        own = base.with_columns(deal=pl.format("{} output {}", "book", "day_text"), price=pl.lit(0))
        sale = base.with_columns(
            deal=pl.format("{} sale {}", "book", "day_text"), price=price,
            energy=0 - pl.col("energy"),
        )  # fmt: skip
        begin = periods["start"].min()
        parts += [
            own.with_columns(
                version=pl.lit(1), known=pl.lit(begin) - 5 * 86_400 * NANOS, energy=early
            ),
            own.with_columns(version=pl.lit(2), known=before_delivery(market, -2)),
            sale.with_columns(version=pl.lit(1), known=before_delivery(market, 1)),
        ]
    # A tenth of a unit of currency for each MWh sold, as an exchange takes it.
    fee = pl.when(pl.col("energy") < 0).then((0 - pl.col("energy")) // 36_000).otherwise(0)
    return pl.concat(
        part.select(
            "deal", pl.col("version").cast(pl.Int64), pl.col("known").cast(pl.Int64), "book",
            "area", "start", "energy", pl.col("price").cast(pl.Int64), "currency",
            fee=fee.cast(pl.Int64),
        )
        for part in parts
    )  # fmt: skip


def marks(market: ImbalanceMarket, periods: pl.DataFrame, day_ahead: Floats) -> pl.DataFrame:
    """Return a flat forward price from before the month, and day-ahead prices when they come."""
    price = np.rint(np.round(day_ahead, 2) * 1e6).astype(np.int64)
    flat = int(np.rint(np.round(day_ahead.mean(), 2) * 1e6))
    base = periods.with_columns(area=pl.lit(market.key), currency=pl.lit(market.currency))
    begin = periods["start"].min()
    parts = (
        base.with_columns(known=pl.lit(begin) - 6 * 86_400 * NANOS, price=pl.lit(flat)),
        base.with_columns(known=before_delivery(market, 1), price=pl.Series(price)),
    )
    return pl.concat(
        part.select(
            pl.col("known").cast(pl.Int64), "area", "start", pl.col("price").cast(pl.Int64),
            "currency",
        )
        for part in parts
    )  # fmt: skip
