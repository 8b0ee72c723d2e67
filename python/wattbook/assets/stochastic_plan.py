"""A battery under uncertain prices with reserves, site and wear: a multi-stage programme.

Each scenario has the rows that `wattbook.assets.battery_plan` gives a battery at known prices.
Reserves are sold before any price is known, so that all scenarios share them; day-ahead bids depend
on the price of their hour alone; what runs depends on what is known by then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattbook.assets.battery_model import Model, ReserveOffer, Site, keep_limits
from wattbook.assets.battery_plan import Wear, wears
from wattbook.assets.linear import LinearProgramme
from wattbook.assets.positions import Stage, trade_stages
from wattbook.assets.stochastic_bids import BidCurve, curve
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.assets.foresight import StoreLimits
    from wattbook.assets.linear import Floats, Numbers
    from wattbook.assets.scenario_tree import PriceTree

__all__ = ["StochasticPlan", "stochastic_plan"]

DAY_AHEAD = "day-ahead"


@dataclass(frozen=True, slots=True)
class StochasticPlan:
    """Bids, reserves, and what then runs.

    Parameters
    ----------
    value : float
        Mean of all cash, less wear, and the priced energy at the end.
    curves : tuple of BidCurve
        Day-ahead, hour by hour; at the grid.
    reserves_mw : dict of str to ndarray of shape (n_intervals,)
        Volume of each product, the same in all scenarios.
    award_mw : ndarray of shape (n_scenarios, n_hours)
        Day-ahead, sold above zero.
    net_mw, energy_mwh, generation_mw : ndarray of shape (n_scenarios, n_intervals)
        What runs at the grid, sold above zero; in the cells after each interval; of wind or solar.
    """

    value: float
    curves: tuple[BidCurve, ...]
    reserves_mw: dict[str, Floats]
    award_mw: Floats
    net_mw: Floats
    energy_mwh: Floats
    generation_mw: Floats


def stochastic_plan(
    limits: StoreLimits,
    tree: PriceTree,
    *,
    hours: float = 1.0,
    reserves: tuple[ReserveOffer, ...] = (),
    site: Site | None = None,
    wear: Wear | None = None,
    ramp_mw: float = np.inf,
    initial_mwh: float | None = None,
    terminal_price: float = 0.0,
    steps: int = 10,
) -> StochasticPlan:
    """Return the bids and reserves that earn most in the mean over a tree of prices.

    Parameters
    ----------
    limits : StoreLimits
        Of the battery.
    tree : PriceTree
        Prices and when they are known; without an intraday market.
    hours : float, optional
        Length of a day-ahead period.
    reserves, site, wear, ramp_mw, initial_mwh, terminal_price : optional
        As for `plan_battery`, by real-time interval. Reserves are held and not called.
    steps : int, optional
        Most powers of a day-ahead curve.

    Raises
    ------
    InputError
        If a number does not fit, the tree has an intraday market, a reserve is called, or no plan
        meets all limits; names what does not fit, or the limits in conflict.
    """
    site, wear = site or Site(), wear or Wear()
    site.check()
    wear.check()
    if tree.intraday is not None or steps < 1 or not ramp_mw >= 0:
        raise InputError(
            f"{steps} steps, a ramp of {ramp_mw} MW, or a tree with an intraday market; give one "
            "step at least, a ramp from zero, and day-ahead and real-time prices alone"
        )
    for offer in reserves:
        if offer.bid is not None or np.asarray(offer.called_share).any():
            raise InputError(
                f"{offer.product.name} is called as energy; under uncertain prices reserves are "
                "held: leave its bid and called share out"
            )
    start = limits.floor_mwh if initial_mwh is None else initial_mwh
    if not limits.floor_mwh <= start <= limits.ceiling_mwh:
        raise InputError(f"{start} MWh at the start are outside the limits; give floor to ceiling")
    programme = LinearProgramme()
    models: list[Model] = []
    awards: list[Numbers] = []
    length = hours / tree.parts
    for scenario, chance in enumerate(tree.probability.tolist()):
        real_time = tree.real_time[scenario]
        model = Model(
            limits, real_time, length, reserves, np.ones(len(real_time)), site,
            chance * real_time, chance * site.import_fee, programme=programme,
            reserves=models[0].reserves if models else None,
        )  # fmt: skip
        keep_limits(model, start, ramp_mw)
        programme.reward(model.energy[-1:], chance * terminal_price)
        costs = tuple(chance * cost for cost in wear.depth_costs)
        scaled = replace(wear, throughput_cost=chance * wear.throughput_cost, depth_costs=costs)
        wears(model, scaled, np.zeros(len(real_time), np.int64))
        stage = Stage(DAY_AHEAD, chance * tree.day_ahead[scenario])
        awards.append(trade_stages(model, (stage,), start, ramp_mw)[DAY_AHEAD][:: tree.parts])
        models.append(model)
    follow_curves(programme, tree, np.array(awards), steps)
    know_nothing_early(programme, tree, models)
    value, found = programme.maximum()
    awarded = found[np.array(awards)]
    return StochasticPlan(
        value - terminal_price * limits.floor_mwh,
        tuple(curve(tree.day_ahead[:, hour], awarded[:, hour]) for hour in range(len(awards[0]))),
        {offer.product.name: found[columns] for offer, columns in models[0].each_reserve()},
        awarded,
        np.array([found[one.exports] - found[one.imports] for one in models]),
        np.array([found[one.energy] for one in models]),
        np.array([found[one.generation] for one in models]),
    )


def follow_curves(programme: LinearProgramme, tree: PriceTree, awards: Numbers, steps: int) -> None:
    """Let the awards of an hour rise with its price, and be the same within a step."""
    for hour in range(awards.shape[1]):
        prices, ranks = np.unique(tree.day_ahead[:, hour], return_inverse=True)
        groups = ranks * min(steps, len(prices)) // len(prices)
        order = np.argsort(groups, kind="stable")
        if len(order) < 2:
            continue
        lower, upper = awards[order[:-1], hour], awards[order[1:], hour]
        is_same = groups[order[:-1]] == groups[order[1:]]
        most = np.where(is_same, 0.0, np.inf)
        terms = [(upper, 1.0), (lower, -1.0)]
        programme.rows(f"rising bids of hour {hour}", terms, lower=0.0, upper=most)


def know_nothing_early(programme: LinearProgramme, tree: PriceTree, models: list[Model]) -> None:
    """Let scenarios run alike in each interval whose price does not yet tell them apart."""
    count = tree.real_time.shape[1]
    nodes = np.array([tree.nodes[tree.stage(at)] for at in range(count)]).T
    first = np.array(
        [[np.argmax(nodes[:, at] == node) for at, node in enumerate(row)] for row in nodes]
    )
    scenario, interval = np.nonzero(first != np.arange(len(models))[:, None])
    if not len(scenario):
        return
    for name in ("charge", "discharge", "generation"):
        columns = np.array([getattr(model, name) for model in models])
        own, other = columns[scenario, interval], columns[first[scenario, interval], interval]
        programme.rows(f"{name} by what is known", [(own, 1.0), (other, -1.0)], lower=0, upper=0)
