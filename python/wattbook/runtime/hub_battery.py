"""A battery at a hub over recorded days: bounds, causal policies, and the share they earn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from wattbook.assets.foresight import Floats, StoreLimits, foresight, two_settlement_foresight
from wattbook.assets.offer_plan import OfferPlan, run_offers
from wattbook.errors import SourceError
from wattbook.sources.recorded import SOURCES
from wattbook.sources.recorded.raw import PriceKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattbook.sources.recorded.raw import RawSeries

__all__ = ["POLICIES", "HubDays", "HubEarnings", "earnings", "hub_days", "leader", "offer_power"]

PAST_DAYS = 120
"""How many past days the offers learn from."""

LED_DAYS = 90
"""Over how many past days offers and schedule are compared."""

POLICIES = {
    "real_time_apart": "real-time foresight, charge and discharge limited apart",
    "real_time": "real-time foresight, one inverter",
    "day_ahead": "day-ahead foresight, settled there alone",
    "two_settlement": "two-settlement foresight: award at day-ahead, rest at real-time prices",
    "leader": "offers or day-ahead schedule, as either led over the last 90 days",
    "offers": "offers from a stochastic programme",
    "fixed_power": "the same, a price late: fixed power instead of offers",
    "day_ahead_schedule": "schedule optimized on day-ahead prices",
    "yesterday": "yesterday's optimum",
}
"""What each policy is, bounds first."""


@dataclass(frozen=True, slots=True)
class HubDays:
    """Prices of complete local days at a hub: each of 24 hours, so none that turns the clock.

    Parameters
    ----------
    days : tuple of date
        Local days.
    day_ahead : ndarray of shape (n_days, 24), currency per MWh
        Hour by hour.
    real_time : ndarray of shape (n_days, n_intervals), currency per MWh
        Interval by interval.
    """

    days: tuple[dt.date, ...]
    day_ahead: Floats
    real_time: Floats

    @property
    def hours(self) -> float:
        """Length of a real-time interval."""
        return 24.0 / int(self.real_time.shape[1])

    @property
    def day_ahead_by_interval(self) -> Floats:
        """Day-ahead prices, one for each real-time interval."""
        return np.repeat(self.day_ahead, self.real_time.shape[1] // 24, axis=1)


@dataclass(frozen=True, slots=True)
class HubEarnings:
    """What each policy earned on each day.

    Parameters
    ----------
    days : tuple of date
        Local days.
    by_policy : dict of str to ndarray of shape (n_days,)
        Keys as in `POLICIES`.
    """

    days: tuple[dt.date, ...]
    by_policy: dict[str, Floats]

    def total(self, policy: str) -> float:
        """Return what a policy earned over all days."""
        return float(self.by_policy[policy].sum())

    def share(self, policy: str, chosen: NDArray[np.bool_] | None = None) -> float:
        """Return what a policy earned over what real-time foresight (apart) did, on chosen days."""
        mine, best = self.by_policy[policy], self.by_policy["real_time_apart"]
        if chosen is not None:
            mine, best = mine[chosen], best[chosen]
        return float(mine.sum() / best.sum())

    def months(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Yield each month and which days are in it."""
        names = np.array([f"{day:%Y-%m}" for day in self.days])
        for name in sorted(set(names)):
            yield str(name), names == name

    def without_best(self, count: int) -> NDArray[np.bool_]:
        """Return all days but the `count` on which foresight earned most."""
        order = np.argsort(-self.by_policy["real_time_apart"])
        chosen = np.ones(len(self.days), dtype=bool)
        chosen[order[:count]] = False
        return chosen


def hub_days(data: Path, source: str = "ercot-hubavg") -> HubDays:
    """Return the complete local days of a recorded two-settlement market.

    Raises
    ------
    SourceError
        If the prices are not there, or no day is complete.
    """
    market = SOURCES[source]
    series = {one.kind: one for one in market.read(data, 0)}
    real_time = by_day(series[PriceKind.REAL_TIME], market.time_zone)
    day_ahead = by_day(series[PriceKind.DAY_AHEAD], market.time_zone)
    intervals = 86_400 // series[PriceKind.REAL_TIME].interval_seconds
    days = tuple(
        day
        for day in sorted(real_time)
        if len(real_time[day]) == intervals and len(day_ahead.get(day, ())) == 24
    )
    if not days:
        raise SourceError(f"{source} under {data} has no complete day; give whole local days")
    return HubDays(
        days,
        np.array([day_ahead[day] for day in days]),
        np.array([real_time[day] for day in days]),
    )


def by_day(series: RawSeries, time_zone: str) -> dict[dt.date, Floats]:
    """Return the prices of each local day, in the order of their times; none twice or missing."""
    order = np.argsort(series.time)
    times, prices = series.time[order].astype("datetime64[s]"), series.price[order]
    steps = np.diff(times).astype(int)
    if (steps != series.interval_seconds).any():
        at = times[int(np.argmax(steps != series.interval_seconds))]
        raise SourceError(f"{series.path}: after {at}Z a time is missing or there twice; mend it")
    zone = ZoneInfo(time_zone)
    utc = (dt.datetime.fromtimestamp(int(second), dt.UTC) for second in times.astype(int))
    days: dict[dt.date, list[float]] = {}
    for instant, price in zip(utc, prices.tolist(), strict=True):
        days.setdefault(instant.astimezone(zone).date(), []).append(price)
    return {day: np.array(values) for day, values in days.items()}


def offer_power(hub: HubDays, limits: StoreLimits, day: int, *, reacts_late: bool) -> Floats:
    """Return what the offers of day number `day` run, in MW, from what is known at each instant."""
    first = max(0, day - PAST_DAYS)
    day_ahead = hub.day_ahead_by_interval
    plan = OfferPlan(
        limits,
        day_ahead[first:day],
        hub.real_time[first:day],
        day_ahead[day],
        hours=hub.hours,
    )
    run = run_offers(plan, limits, hub.real_time[day], hours=hub.hours, reacts_late=reacts_late)
    return run.power_mw


def earnings(hub: HubDays, limits: StoreLimits) -> HubEarnings:
    """Return what every policy earns on each day, from empty cells, without costs.

    A schedule that was made on other prices than those that came runs as it was made: it is
    feasible, since the cells begin empty each day.
    """
    by_policy: dict[str, list[float]] = {policy: [] for policy in POLICIES if policy != "leader"}
    yesterday = np.zeros(hub.real_time.shape[1])
    day_ahead_by_interval = hub.day_ahead_by_interval
    for number in range(len(hub.days)):
        day_ahead, prices = hub.day_ahead[number], hub.real_time[number]
        best = foresight(limits, prices, hours=hub.hours)
        apart = foresight(limits, prices, hours=hub.hours, is_shared=False)
        both = two_settlement_foresight(limits, day_ahead, prices, hours=hub.hours)
        planned = foresight(limits, day_ahead_by_interval[number], hours=hub.hours)
        offers = offer_power(hub, limits, number, reacts_late=False)
        fixed = offer_power(hub, limits, number, reacts_late=True)
        earned = {
            "real_time_apart": apart.value,
            "real_time": best.value,
            "day_ahead": foresight(limits, day_ahead, hours=1.0).value,
            "two_settlement": both.value,
            "offers": float(offers @ prices) * hub.hours,
            "fixed_power": float(fixed @ prices) * hub.hours,
            "day_ahead_schedule": float(planned.net_mwh @ prices),
            "yesterday": float(yesterday @ prices),
        }
        for policy, value in earned.items():
            by_policy[policy].append(value)
        yesterday = best.net_mwh
    found = {name: np.array(values) for name, values in by_policy.items()}
    found["leader"] = leader(found["offers"], found["day_ahead_schedule"])
    return HubEarnings(hub.days, {policy: found[policy] for policy in POLICIES})


def leader(one: Floats, other: Floats) -> Floats:
    """Return each day's earnings of that policy which earned more over the days before it.

    Which one runs is known when the day begins; equal ones, as on the first day, run the first.
    """
    led = np.concatenate([[0.0], np.cumsum(one - other)])
    days = np.arange(len(one))
    return np.where(led[days] >= led[np.maximum(days - LED_DAYS, 0)], one, other)
