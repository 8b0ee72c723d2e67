"""Known answers of curves of power futures."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from wattbook.market.curves.bootstrap import (
    AverageQuote,
    Between,
    bootstrap_curve,
    nerc_peak_days,
)

__all__ = ["power_curve"]


def _quotes(lines: Iterable[str]) -> dict[str, dict[dt.date, float]]:
    """Prices by contract and date: ``DAY KIND/PRICE/CONTRACT/CURRENCY/DATE PRICE`` a line."""
    found: dict[str, dict[dt.date, float]] = {}
    for line in lines:
        _, name, price = line.split()
        _, _, contract, _, date = name.split("/")
        found.setdefault(contract, {})[dt.date.fromisoformat(date)] = float(price)
    return found


def _month_before(expiry: dt.date) -> tuple[dt.date, ...]:
    last = expiry.replace(day=1) - dt.timedelta(days=1)
    return nerc_peak_days(last.replace(day=1), last)


def _fixings(lines: Iterable[str]) -> dict[dt.date, float]:
    """Prices by day: ``DAY NAME PRICE`` a line."""
    return {
        dt.date.fromisoformat(day): float(price)
        for day, _, price in (line.split() for line in lines)
    }


def power_curve(case: Mapping[str, Any]) -> dict[str, Any]:
    """Prices of a curve of peak hours on its days: daily quotes, then monthly averages.

    The contract with quotes of consecutive days is the daily one; the others expire in the month
    after the one they average. The curve's name says what lies between nodes and which quotes
    come first.
    """
    name = case["curve"]
    if "off_peak" in name or "offpeak" in name:
        message = f"{name}: only peak days are averaged"
        raise ValueError(message)
    daily: dict[dt.date, float] = {}
    averages: list[AverageQuote] = []
    for quotes in _quotes(case["market"]).values():
        if len({(day.year, day.month) for day in quotes}) < len(quotes):
            daily |= quotes
        else:
            averages += [
                AverageQuote(_month_before(day), price) for day, price in sorted(quotes.items())
            ]
    curve = bootstrap_curve(
        dt.date.fromisoformat(case["as_of"]),
        daily,
        averages,
        between=Between.LINEAR if "linear" in name else Between.BACKWARD_FLAT,
        fixings=_fixings(case.get("fixings", ())),
        averages_first="switch_priority" in name,
    )
    first = dt.date.fromisoformat(case["as_of"])
    days = [first + dt.timedelta(days=number) for number in range(366)]
    return dict(zip(map(dt.date.isoformat, days), curve.price(days).tolist(), strict=True))
