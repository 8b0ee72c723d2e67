"""Day-ahead bids of a battery under uncertain prices: a multi-stage programme over a tree.

Before prices are known, the battery bids a curve for each hour of the day-ahead auction. What it
was awarded settles there. Then, if there is such a market, it trades intraday, and last it runs:
each decision may depend on what is known by then and on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, Unpack

import numpy as np

from wattbook.assets.foresight import two_settlement_foresight
from wattbook.assets.linear import Floats, LinearProgramme, Numbers, Term
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.assets.foresight import StoreLimits
    from wattbook.assets.scenario_tree import PriceTree

__all__ = ["BidCurve", "StochasticBids", "StochasticValues", "stochastic_bids", "stochastic_values"]


@dataclass(frozen=True, slots=True)
class BidCurve:
    """Steps of one hour: what is wanted from each price on.

    Parameters
    ----------
    prices : ndarray of shape (n_steps,), currency per MWh
        Rising.
    powers : ndarray of shape (n_steps + 1,), MW
        Never falling; sold above zero, bought below. The first holds below the first price, the
        next from the first price on.
    """

    prices: Floats
    powers: Floats

    def awarded(self, price: float) -> float:
        """Return the power that the curve is awarded at an auction price, MW.

        Examples
        --------
        >>> BidCurve(np.array([20.0, 60.0]), np.array([-1.0, 0.0, 1.0])).awarded(60.0)
        1.0
        """
        return float(self.powers[np.searchsorted(self.prices, price, side="right")])


@dataclass(frozen=True, slots=True)
class StochasticBids:
    """Bids and what they earn.

    Parameters
    ----------
    value : float
        What was maximized: the mean of profits, or mixed with their mean in the worst cases.
    curves : tuple of BidCurve
        Hour by hour.
    profit : ndarray of shape (n_scenarios,)
        Of each scenario.
    award_mw : ndarray of shape (n_scenarios, n_hours)
        Day-ahead, sold above zero.
    net_mw : ndarray of shape (n_scenarios, n_intervals)
        What runs, sold above zero.
    """

    value: float
    curves: tuple[BidCurve, ...]
    profit: Floats
    award_mw: Floats
    net_mw: Floats


@dataclass(frozen=True, slots=True)
class StochasticValues:
    """What it is worth to know, and to know that one does not.

    Parameters
    ----------
    stochastic : float
        Mean profit of bids that are best on the tree (the recourse problem).
    expected : float
        Mean profit when the day-ahead award is that of the mean prices, and all later decisions are
        the best for it (the expected result of the expected value solution).
    foresight : float
        Mean profit when each scenario is known beforehand (wait and see).

    References
    ----------
    Birge (1982), The value of the stochastic solution in stochastic linear programs with fixed
    recourse, Mathematical Programming 24, 314-325. Avriel and Williams (1970), The value of
    information and stochastic programming, Operations Research 18, 947-954.
    """

    stochastic: float
    expected: float
    foresight: float

    @property
    def of_stochastic_solution(self) -> float:
        """What bids on the tree earn more than those on mean prices (VSS of Birge 1982)."""
        return self.stochastic - self.expected

    @property
    def of_perfect_information(self) -> float:
        """What knowing the scenario would earn more (EVPI of Avriel and Williams 1970)."""
        return self.foresight - self.stochastic


def stochastic_bids(
    limits: StoreLimits,
    tree: PriceTree,
    *,
    steps: int = 10,
    hours: float = 1.0,
    initial_mwh: float | None = None,
    terminal_price: float = 0.0,
    discharge_cost: float = 0.0,
    risk_weight: float = 0.0,
    confidence: float = 0.9,
    intraday_mw: float = 0.0,
    award_mw: Floats | None = None,
) -> StochasticBids:
    """Return the day-ahead bids that earn most over a tree of prices.

    Day-ahead awards never fall as the price of their hour rises, and depend on nothing else. In
    each scenario the award is a schedule that the battery could run. What runs keeps the limits on
    one inverter, and is decided when its price is known.

    Parameters
    ----------
    limits : StoreLimits
        Of the battery.
    tree : PriceTree
        Prices and when they are known.
    steps : int, optional
        Most powers of a curve, as the auction allows; neighbouring prices share one beyond it.
    hours : float, optional
        Length of a day-ahead period.
    initial_mwh : float, optional
        Energy in the cells at the start; the floor if left out.
    terminal_price, discharge_cost : float, optional
        Worth of a MWh left above the floor in the end; wear of each MWh discharged.
    risk_weight : float in [0, 1], optional
        Weight of the mean profit in the worst cases; the mean of all has the rest.
    confidence : float in [0, 1), optional
        0.9 looks at the worst tenth.
    intraday_mw : float, optional
        Most that may be traded intraday in an hour, each way.
    award_mw : ndarray of shape (n_hours,), optional
        An award to be kept whatever the prices.

    Raises
    ------
    InputError
        If a parameter is out of its range, or the award cannot be met; names it.

    References
    ----------
    Rockafellar and Uryasev (2000), Optimization of conditional value-at-risk.
    """
    if steps < 1 or not 0 <= risk_weight <= 1 or not 0 <= confidence < 1:
        raise InputError(
            f"steps {steps}, risk weight {risk_weight}, confidence {confidence}; "
            "give one or more, 0 to 1, and 0 to below 1"
        )
    start = limits.floor_mwh if initial_mwh is None else initial_mwh
    model = Model(limits, tree, hours, start)
    awards = model.awards(steps, award_mw)
    intraday = model.intraday(intraday_mw)
    charge, discharge, end = model.runs()
    profit = model.programme.columns(len(tree.probability), lower=-np.inf)
    model.settle(profit, awards, intraday, (charge, discharge, end), terminal_price, discharge_cost)
    model.weigh(profit, risk_weight, confidence)
    value, found = model.programme.maximum()
    curves = [curve(tree.day_ahead[:, hour], found[awards[hour]]) for hour in range(model.periods)]
    return StochasticBids(
        value - terminal_price * limits.floor_mwh,
        tuple(curves),
        found[profit] - terminal_price * limits.floor_mwh,
        found[np.array(awards)].T,
        (found[np.array(discharge)] - found[np.array(charge)]).T,
    )


class Setting(TypedDict, total=False):
    """What `stochastic_values` keeps the same for all that it compares."""

    hours: float
    initial_mwh: float | None
    terminal_price: float
    discharge_cost: float
    intraday_mw: float


def stochastic_values(
    limits: StoreLimits, tree: PriceTree, **setting: Unpack[Setting]
) -> StochasticValues:
    """Return what the tree's bids, those of mean prices, and foresight earn in the mean.

    Parameters
    ----------
    limits, tree
        As for `stochastic_bids`.
    **setting : float, optional
        Its `hours`, `initial_mwh`, `terminal_price`, `discharge_cost` or `intraday_mw`.
    """
    bids = stochastic_bids(limits, tree, steps=len(tree.probability), **setting)
    mean = stochastic_bids(limits, tree.mean(), **setting)
    fixed = stochastic_bids(limits, tree, award_mw=mean.award_mw[0], **setting)
    known = [known_value(limits, tree, scenario, setting) for scenario in range(len(bids.profit))]
    return StochasticValues(bids.value, fixed.value, float(tree.probability @ np.array(known)))


def known_value(limits: StoreLimits, tree: PriceTree, scenario: int, setting: Setting) -> float:
    """Return what a scenario earns if it is known."""
    if tree.intraday is not None or setting.get("discharge_cost"):
        return stochastic_bids(limits, tree.only(scenario), **setting).value
    # Two markets without a cost are two batteries at known prices, which needs no programme.
    return two_settlement_foresight(
        limits,
        tree.day_ahead[scenario],
        tree.real_time[scenario],
        hours=setting.get("hours", 1.0) / tree.parts,
        initial_mwh=setting.get("initial_mwh"),
        terminal_price=setting.get("terminal_price", 0.0),
    ).value


def curve(prices: Floats, powers: Floats) -> BidCurve:
    """Return the curve through the awards of all scenarios; a step begins at its first price."""
    order = np.argsort(prices, kind="stable")
    prices, powers = prices[order], powers[order]
    rises = np.flatnonzero(np.diff(powers) > 1e-9) + 1
    return BidCurve(prices[rises], powers[np.concatenate([[0], rises])])


class Model:
    """The programme as it grows: columns by node, seen from each scenario."""

    def __init__(
        self, limits: StoreLimits, tree: PriceTree, hours: float, initial_mwh: float
    ) -> None:
        self.programme = LinearProgramme()
        self.limits, self.tree, self.hours, self.initial_mwh = limits, tree, hours, initial_mwh
        self.periods = tree.day_ahead.shape[1]

    def store(self, name: str, stages: list[int], hours: float) -> tuple[list[Numbers], ...]:
        """Add charge and discharge of intervals known at `stages`, and the energy between them.

        Each list has, for every interval, the column of each scenario.
        """
        charges, discharges = [], []
        before: Numbers | None = None
        limits, programme = self.limits, self.programme
        into, out = limits.charge_efficiency * hours, hours / limits.discharge_efficiency
        for interval, stage in enumerate(stages):
            nodes = self.tree.nodes[stage]
            first = np.unique(nodes, return_index=True)[1]
            count = len(first)
            charge = programme.columns(count, upper=limits.charge_mw)
            discharge = programme.columns(count, upper=limits.discharge_mw)
            energy = programme.columns(count, lower=limits.floor_mwh, upper=limits.ceiling_mwh)
            # One inverter: a part of the interval may charge and the rest discharge.
            shares = [
                (columns, 1.0 / power)
                for columns, power in ((charge, limits.charge_mw), (discharge, limits.discharge_mw))
                if power > 0
            ]
            if len(shares) == 2:
                programme.rows(f"{name} inverter {interval}", shares, upper=1.0)
            terms: list[Term] = [(energy, 1.0), (charge, -into), (discharge, out)]
            held = self.initial_mwh
            if before is not None:
                terms.append((before[first], -1.0))
                held = 0.0
            programme.rows(f"{name} energy {interval}", terms, lower=held, upper=held)
            charges.append(charge[nodes])
            discharges.append(discharge[nodes])
            before = energy[nodes]
        ends = [] if before is None else [before]
        return charges, discharges, ends

    def awards(self, steps: int, fixed: Floats | None) -> list[Numbers]:
        """Add a curve for each hour, and a schedule of the battery behind the awards."""
        low, high = -self.limits.charge_mw, self.limits.discharge_mw
        if fixed is not None and len(fixed) != self.periods:
            raise InputError(f"an award of {len(fixed)} hours; give one for {self.periods}")
        charge, discharge, _ = self.store("award", [0] * self.periods, self.hours)
        found = []
        for hour in range(self.periods):
            prices, ranks = np.unique(self.tree.day_ahead[:, hour], return_inverse=True)
            groups = ranks * min(steps, len(prices)) // len(prices)
            count = int(groups.max()) + 1
            least, most = (low, high) if fixed is None else (fixed[hour], fixed[hour])
            powers = self.programme.columns(count, lower=least, upper=most)
            if count > 1:
                terms = [(powers[1:], 1.0), (powers[:-1], -1.0)]
                self.programme.rows(f"rising bids of hour {hour}", terms, lower=0.0)
            awarded = powers[groups]
            terms = [(awarded, 1.0), (discharge[hour], -1.0), (charge[hour], 1.0)]
            self.programme.rows(f"award of hour {hour}", terms, lower=0.0, upper=0.0)
            found.append(awarded)
        return found

    def intraday(self, most_mw: float) -> list[Numbers]:
        """Add what is sold intraday in each hour, known at stage 1."""
        if self.tree.intraday is None:
            return []
        nodes = self.tree.nodes[1]
        count = int(nodes.max()) + 1
        return [
            self.programme.columns(count, lower=-most_mw, upper=most_mw)[nodes]
            for _ in range(self.periods)
        ]

    def runs(self) -> tuple[list[Numbers], ...]:
        """Add what runs in each real-time interval."""
        stages = [self.tree.stage(at) for at in range(self.tree.real_time.shape[1])]
        return self.store("real-time", stages, self.hours / self.tree.parts)

    def settle(
        self,
        profit: Numbers,
        awards: list[Numbers],
        intraday: list[Numbers],
        runs: tuple[list[Numbers], ...],
        terminal_price: float,
        discharge_cost: float,
    ) -> None:
        """Say what each scenario earns: each market at its price, what is not run at real time."""
        tree, length = self.tree, self.hours / self.tree.parts
        hourly = tree.real_time.reshape(len(profit), self.periods, -1).mean(axis=2)
        terms: list[Term] = [(profit, 1.0)]
        for hour, columns in enumerate(awards):
            terms.append((columns, -self.hours * (tree.day_ahead[:, hour] - hourly[:, hour])))
        if tree.intraday is not None:
            spread = tree.intraday - hourly
            for hour, columns in enumerate(intraday):
                terms.append((columns, -self.hours * spread[:, hour]))
        charge, discharge, ends = runs
        for at, (bought, sold) in enumerate(zip(charge, discharge, strict=True)):
            price = tree.real_time[:, at]
            terms.append((bought, length * price))
            terms.append((sold, -length * (price - discharge_cost)))
        terms += [(columns, -terminal_price) for columns in ends]
        self.programme.rows("profit", terms, lower=0.0, upper=0.0)

    def weigh(self, profit: Numbers, risk_weight: float, confidence: float) -> None:
        """Maximize the mean of profits, mixed with their mean in the worst cases."""
        probability, programme = self.tree.probability, self.programme
        programme.reward(profit, (1 - risk_weight) * probability)
        if risk_weight == 0.0:
            return
        level = programme.columns(1, lower=-np.inf, value=risk_weight)
        tail = -risk_weight / (1 - confidence) * probability
        short = programme.columns(len(profit), value=tail)
        programme.rows("worst cases", [(short, 1.0), (level, -1.0), (profit, 1.0)], lower=0.0)
