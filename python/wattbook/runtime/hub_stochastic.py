"""Day-ahead bids from a tree of past days, settled at the prices that came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattbook.assets.scenario_tree import PriceTree, price_tree
from wattbook.assets.stochastic_bids import (
    StochasticValues,
    stochastic_bids,
    stochastic_values,
)
from wattbook.errors import InputError
from wattbook.runtime.hub_battery import HubDays, earnings

if TYPE_CHECKING:
    import datetime as dt

    from wattbook.assets.foresight import Floats, StoreLimits

__all__ = ["BRANCHES", "StochasticEarnings", "past_tree", "stochastic_earnings"]

PAST_DAYS = 60
"""How many past days the tree is made of."""

FADING = 0.97
"""What a day weighs of the day after it."""

BRANCHES = (8, 2, 2)
"""Most branches of a node: day-ahead prices, then the real-time prices of each half of the day."""


@dataclass(frozen=True, slots=True)
class StochasticEarnings:
    """What bids earned on each day, beside what runs in real time in any case.

    Parameters
    ----------
    days : tuple of date
        The first day that has a past, and all after it.
    awards : ndarray of shape (n_days,)
        Awards at the day-ahead price, bought back at the real-time price.
    plain_awards : ndarray of shape (n_days,)
        The same of awards that are best at the tree's mean prices, whatever the price.
    on_tree : tuple of StochasticValues
        What the tree of each day says that bids, plain awards and foresight earn.
    real_time : ndarray of shape (n_days,)
        What runs by the causal policy `leader`, at real-time prices.
    real_time_bound, two_settlement_bound : ndarray of shape (n_days,)
        Foresight of real-time prices, and of both prices.
    """

    days: tuple[dt.date, ...]
    awards: Floats
    plain_awards: Floats
    on_tree: tuple[StochasticValues, ...]
    real_time: Floats
    real_time_bound: Floats
    two_settlement_bound: Floats


def past_tree(hub: HubDays, day: int) -> PriceTree:
    """Return the tree of the days before day number `day`: nothing of the day itself.

    Raises
    ------
    InputError
        If there is no day before.
    """
    if day < 1:
        raise InputError("the first day has no past; begin with the second")
    first = max(0, day - PAST_DAYS)
    past = hub.real_time[first:day]
    hourly = past.reshape(len(past), 24, -1).mean(axis=2)
    weights = FADING ** np.arange(day - first)[::-1]
    return price_tree(hub.day_ahead[first:day], hourly, branches=BRANCHES, probability=weights)


def stochastic_earnings(
    hub: HubDays, limits: StoreLimits, *, risk_weight: float = 0.0
) -> StochasticEarnings:
    """Return what day-ahead bids on a tree of past days earn, from empty cells each day.

    Bids for a day are made before any of its prices. An award binds in cash only: what runs is
    decided in real time, by the policy that runs without awards as well, since the award is bought
    back at the same price whatever runs.
    """
    awards, plain, on_tree = [], [], []
    for day in range(1, len(hub.days)):
        tree, prices = past_tree(hub, day), hub.day_ahead[day]
        bids = stochastic_bids(limits, tree, risk_weight=risk_weight)
        power = [curve.awarded(price) for curve, price in zip(bids.curves, prices, strict=True)]
        spread = prices - hub.real_time[day].reshape(24, -1).mean(axis=1)
        awards.append(float(np.array(power) @ spread))
        plain.append(float(stochastic_bids(limits, tree.mean()).award_mw[0] @ spread))
        on_tree.append(stochastic_values(limits, tree))
    without = earnings(hub, limits).by_policy
    return StochasticEarnings(
        hub.days[1:],
        np.array(awards),
        np.array(plain),
        tuple(on_tree),
        without["leader"][1:],
        without["real_time"][1:],
        without["two_settlement"][1:],
    )
