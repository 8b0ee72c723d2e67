"""Settlement periods of local days, and when the runs of a day are published as a rule."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from wattbook.domain.instants import nanoseconds
from wattbook.portfolio.settlement.rules import ImbalanceMarket, RunRule

__all__ = ["nominal_publication", "period_starts", "publications"]

PUBLISHED_AT = dt.time(12)


def period_starts(market: ImbalanceMarket, first: dt.date, after: dt.date) -> pl.DataFrame:
    """Return the settlement periods of the local days from `first` to the one before `after`.

    Returns
    -------
    polars.DataFrame
        ``start`` (ns UTC), ``seconds``, ``day`` (local) and ``number`` within the day from 1. A day
        on which the clock changes has 92 or 100 quarter-hours.

    Examples
    --------
    >>> from wattbook.portfolio.settlement import imbalance_market
    >>> day = dt.date(2026, 3, 29)
    >>> period_starts(imbalance_market("DE"), day, day + dt.timedelta(1)).height
    92
    """
    zone, parts = ZoneInfo(market.time_zone), []
    for ahead in range((after - first).days):
        day = first + dt.timedelta(ahead)
        seconds = market.rule(day).period_minutes * 60
        begin, end = (
            nanoseconds(dt.datetime.combine(one, dt.time(), zone))
            for one in (day, day + dt.timedelta(1))
        )
        starts = np.arange(begin, end, seconds * 1_000_000_000)
        parts.append(
            pl.DataFrame(
                {
                    "start": starts,
                    "seconds": np.full(starts.size, seconds),
                    "day": pl.repeat(day, starts.size, dtype=pl.Date, eager=True),
                    "number": np.arange(1, starts.size + 1),
                }
            )
        )
    if parts:
        return pl.concat(parts)
    schema = {"start": pl.Int64, "seconds": pl.Int64, "day": pl.Date, "number": pl.Int64}
    return pl.DataFrame(schema=schema)


def nominal_publication(market: ImbalanceMarket, run: RunRule, day: dt.date) -> dt.date | None:
    """Return the local day on which a run for deliveries of `day` is published as a rule.

    Examples
    --------
    >>> from wattbook.portfolio.settlement import imbalance_market
    >>> market = imbalance_market("GB")
    >>> nominal_publication(market, market.runs[0], dt.date(2026, 3, 31))  # over Easter
    datetime.date(2026, 4, 9)
    """
    if run.after is None:
        return None
    base = month_end(day) if run.from_month_end else day
    if run.unit == "days":
        return base + dt.timedelta(run.after)
    if run.unit == "months":
        month = base.year * 12 + base.month - 1 + run.after
        return month_end(dt.date(month // 12, month % 12 + 1, 1))
    found, left = base, run.after
    while left:
        found += dt.timedelta(1)
        left -= is_working_day(found, market.holidays, market.subdivision)
    return found


def publications(market: ImbalanceMarket, first: dt.date, after: dt.date) -> pl.DataFrame:
    """Return each run of each local day with its nominal instant, noon of the market's clock.

    Returns
    -------
    polars.DataFrame
        ``day``, ``run``, ``published`` (ns UTC); without runs that are made only when asked for.
    """
    zone, rows = ZoneInfo(market.time_zone), []
    for ahead in range((after - first).days):
        day = first + dt.timedelta(ahead)
        for run in market.runs:
            on = nominal_publication(market, run, day)
            if on is not None:
                at = nanoseconds(dt.datetime.combine(on, PUBLISHED_AT, zone))
                rows.append((day, run.name, at))
    schema = {"day": pl.Date, "run": pl.String, "published": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def month_end(day: dt.date) -> dt.date:
    """Return the last day of a day's month."""
    return (day.replace(day=28) + dt.timedelta(4)).replace(day=1) - dt.timedelta(1)


@cache
def free_days(country: str, subdivision: str, year: int) -> frozenset[dt.date]:
    """Return the holidays of a year."""
    import holidays  # noqa: PLC0415 - slow to load

    found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    return frozenset(found)


def is_working_day(day: dt.date, country: str, subdivision: str) -> bool:
    """Tell whether a day is neither a weekend nor a holiday."""
    if day.weekday() >= 5:
        return False
    return not country or day not in free_days(country, subdivision, day.year)
