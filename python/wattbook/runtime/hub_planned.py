"""Day-ahead bids and reserves from a tree of past days, with site and wear, on recorded days."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wattbook.assets.battery_model import ReserveOffer, Site
from wattbook.assets.battery_plan import Plan, Stage, Wear, plan_battery
from wattbook.assets.foresight import StoreLimits
from wattbook.assets.stochastic_plan import stochastic_plan
from wattbook.runtime.hub_battery import HubDays
from wattbook.runtime.hub_stochastic import past_tree

if TYPE_CHECKING:
    import datetime as dt

    from wattbook.assets.foresight import Floats

__all__ = ["PlannedBattery", "PlannedEarnings", "planned_earnings"]

STEP_MW = 1e-4
"""Reserves are sold in whole steps of this, rounded down, so that they can be held for certain."""


@dataclass(frozen=True, slots=True)
class PlannedBattery:
    """A battery that sells reserves, beside a site, and wears.

    Parameters
    ----------
    limits : StoreLimits
    reserves : tuple of ReserveOffer, optional
        With a price for each of 24 hours.
    site : Site, optional
        With wind or solar of each of 24 hours.
    wear : Wear, optional
    """

    limits: StoreLimits
    reserves: tuple[ReserveOffer, ...] = ()
    site: Site = field(default_factory=Site)
    wear: Wear = field(default_factory=Wear)


@dataclass(frozen=True, slots=True)
class PlannedEarnings:
    """What each day earned, by part.

    Parameters
    ----------
    days : tuple of date
    parts : dict of str to ndarray of shape (n_days,)
        Keys: ``awards`` (at the day-ahead price, bought back in real time), ``reserves``,
        ``energy`` (what ran at the grid, at real-time prices), ``fee`` (for what was taken from the
        grid) and ``wear``, neither above zero.
    expected : ndarray of shape (n_days,)
        What the trees said that the days would earn in the mean.
    alone : ndarray of shape (n_days,)
        What wind or solar and the auxiliary load would have come to without the battery.
    bound : ndarray of shape (n_days,)
        Foresight of both prices, with reserves, site and wear.
    sold_mwh : dict of str to float
        Capacity of each reserve, MW and hours, in all.
    """

    days: tuple[dt.date, ...]
    parts: dict[str, Floats]
    expected: Floats
    alone: Floats
    bound: Floats
    sold_mwh: dict[str, float]

    @property
    def together(self) -> float:
        """Return what all parts earned."""
        return float(sum(values.sum() for values in self.parts.values()))


def planned_earnings(
    hub: HubDays, battery: PlannedBattery, *, last: int | None = None
) -> PlannedEarnings:
    """Return what bids and reserves of each day earn, from empty cells.

    Both are made before any price of the day, on the tree of the days before (`stochastic_plan`).
    Reserves are paid their price and not called. When the day-ahead prices are there, what runs is
    planned anew on them, with the reserves that were sold held; it settles in real time.

    Parameters
    ----------
    last : int, optional
        Only so many days, the last ones; all that have a past if left out.

    Raises
    ------
    InputError
        If no plan meets all limits; names those in conflict.
    """
    first = 1 if last is None else max(1, len(hub.days) - last)
    names = ("awards", "reserves", "energy", "fee", "wear")
    parts: dict[str, list[float]] = {name: [] for name in names}
    expected, alone, bound = [], [], []
    sold_mwh = dict.fromkeys((offer.product.name for offer in battery.reserves), 0.0)
    for day in range(first, len(hub.days)):
        plan = stochastic_plan(
            battery.limits, past_tree(hub, day), reserves=battery.reserves, site=battery.site,
            wear=battery.wear,
        )  # fmt: skip
        day_ahead = hub.day_ahead[day]
        real_time = hub.real_time[day].reshape(24, -1).mean(axis=1)
        sold = {name: whole_steps(volume) for name, volume in plan.reserves_mw.items()}
        run = run_day(battery, day_ahead, sold)
        curves = zip(plan.curves, day_ahead, strict=True)
        award = np.array([curve.awarded(price) for curve, price in curves])
        net = run.export_mw - run.import_mw
        paid = sum(sold[one.product.name] @ np.asarray(one.prices) for one in battery.reserves)
        fee = -battery.site.import_fee * run.import_mw.sum()
        earned = {
            "awards": award @ (day_ahead - real_time),
            "reserves": paid,
            "energy": net @ real_time,
            "fee": fee,
            # The plan's own cash is at day-ahead prices; what its value is short of that is wear.
            "wear": run.value - (net @ day_ahead + paid + fee),
        }
        for name, value in earned.items():
            parts[name].append(float(value))
        for name, volume in sold.items():
            sold_mwh[name] += float(volume.sum())
        expected.append(plan.value)
        alone.append(earned_alone(battery.site, real_time))
        bound.append(foreseen(battery, day_ahead, real_time))
    made = {name: np.array(values) for name, values in parts.items()}
    each = (np.array(expected), np.array(alone), np.array(bound))
    return PlannedEarnings(hub.days[first:], made, *each, sold_mwh)


def whole_steps(volume: Floats) -> Floats:
    """Return volumes rounded down to steps that can be held."""
    return np.floor(np.maximum(volume, 0.0) / STEP_MW + 1e-6) * STEP_MW


def run_day(battery: PlannedBattery, day_ahead: Floats, sold: dict[str, Floats]) -> Plan:
    """Return what runs when only day-ahead prices are known and reserves are held."""
    return plan_battery(
        battery.limits, day_ahead, hours=1.0, reserves=battery.reserves, site=battery.site,
        wear=battery.wear, sold_reserves_mw=sold,
    )  # fmt: skip


def foreseen(battery: PlannedBattery, day_ahead: Floats, real_time: Floats) -> float:
    """Return what the day would have earned, both prices known."""
    return plan_battery(
        battery.limits, real_time, hours=1.0, reserves=battery.reserves, site=battery.site,
        wear=battery.wear, stages=(Stage("day-ahead", day_ahead),),
    ).value  # fmt: skip


def earned_alone(site: Site, real_time: Floats) -> float:
    """Return what the site without its battery comes to, less generation taken where that pays."""
    made = np.zeros(24) if site.generation_mw is None else np.asarray(site.generation_mw)
    load = site.auxiliary_mw
    ways = [
        net * real_time - site.import_fee * np.maximum(-net, 0.0)
        for net in (np.minimum(made - load, site.export_mw), np.minimum(made - load, 0.0), -load)
    ]
    return float(np.max(np.broadcast_arrays(*ways), axis=0).sum())
