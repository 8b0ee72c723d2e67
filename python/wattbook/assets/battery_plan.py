"""A battery in energy and reserves, with its site and its wear, as one linear programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from wattbook.assets.battery_model import Model, ReserveOffer, Site, keep_limits
from wattbook.assets.foresight import StoreLimits, column
from wattbook.assets.linear import Floats, Numbers, Term
from wattbook.assets.positions import Committed, Stage, trade_difference, trade_stages
from wattbook.assets.reserves import Direction
from wattbook.errors import InputError

__all__ = [
    "Committed",
    "Misses",
    "Plan",
    "ReserveOffer",
    "Site",
    "Stage",
    "Wear",
    "plan_battery",
    "worst_case",
]


@dataclass(frozen=True, slots=True)
class Wear:
    """What use costs the cells, and how much of it is allowed.

    Parameters
    ----------
    throughput_cost : float, optional, currency per MWh
        For each MWh that leaves the cells.
    depth_costs : tuple of float, optional, currency per MWh
        For each MWh that leaves a slice of the cells: equal slices, the first for shallow cycles,
        rising (Xu, Zhao, Zheng, Litvinov and Kirschen, 2018).
    cycles_per_day, cycles : float, optional
        Most capacities that leave the cells in a day and in all: a warranty.
    """

    throughput_cost: float = 0.0
    depth_costs: tuple[float, ...] = ()
    cycles_per_day: float = np.inf
    cycles: float = np.inf

    def check(self) -> None:
        """Refuse what would pay for use, or allow less than none.

        Raises
        ------
        InputError
            Naming the cost or limit.
        """
        for name in ("throughput_cost", "cycles_per_day", "cycles"):
            if not getattr(self, name) >= 0:
                raise InputError(f"{name} is {getattr(self, name)}; give it from zero")
        if self.depth_costs and not min(self.depth_costs) >= 0:
            raise InputError(f"costs by depth are {self.depth_costs}; give them from zero")


@dataclass(frozen=True, slots=True)
class Misses:
    """How far prices may turn out from their forecast, and how many of them.

    Each may miss by its deviation, and the misses together, each as a share of its deviation, by no
    more than the budget.

    Parameters
    ----------
    deviations : array_like of shape (n_intervals,), currency per MWh
        Most that each may miss, zero or more.
    budget : float
        How many prices may miss in full: 0 trusts the forecast, `n_intervals` fears them all.
    """

    deviations: ArrayLike
    budget: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What a battery runs and gives, and what it earns.

    Parameters
    ----------
    value : float
        All cash, less wear, and the priced energy at the end, at the prices given.
    worst : float
        The same when prices turn against the plan as far as they may; `value` if they may not.
    charge_mw, discharge_mw : ndarray of shape (n_intervals,)
        At the meter of the battery.
    energy_mwh : ndarray of shape (n_intervals,)
        In the cells after each interval.
    reserves_mw : dict of str to ndarray of shape (n_intervals,)
        Volume of each product.
    import_mw, export_mw, generation_mw : ndarray of shape (n_intervals,)
        At the grid, and of the wind or solar beside it.
    traded_mw : dict of str to ndarray of shape (n_intervals,)
        Sold less bought in each stage; what runs beyond their sum is traded in real time.
    """

    value: float
    worst: float
    charge_mw: Floats
    discharge_mw: Floats
    energy_mwh: Floats
    reserves_mw: dict[str, Floats]
    import_mw: Floats
    export_mw: Floats
    generation_mw: Floats
    traded_mw: dict[str, Floats]


def plan_battery(
    limits: StoreLimits,
    prices: ArrayLike,
    *,
    hours: float,
    reserves: tuple[ReserveOffer, ...] = (),
    site: Site | None = None,
    wear: Wear | None = None,
    ramp_mw: float = np.inf,
    initial_mwh: float | None = None,
    terminal_price: float = 0.0,
    day: ArrayLike | None = None,
    available: ArrayLike = 1.0,
    committed: Committed | None = None,
    stages: tuple[Stage, ...] = (),
    clock_hours: ArrayLike | None = None,
    misses: Misses | None = None,
    sold_reserves_mw: Mapping[str, ArrayLike] | None = None,
) -> Plan:
    """Return the plan that earns most at known prices, or most in the worst case of missed ones.

    One inverter: a part of an interval may charge and the rest discharge. Reserves keep power
    beside the plan, and energy and room in the cells for as long as their product asks, at the
    beginning and at the end of each interval.

    Parameters
    ----------
    limits : StoreLimits
        Of the battery.
    prices : array_like of shape (n_intervals,), currency per MWh
        Of energy at the grid, of one interval after the other; any number of days.
    hours : float
        Length of an interval.
    reserves : tuple of ReserveOffer, optional
        What else may be given.
    site : Site, optional
        Grid limits, fees, auxiliary load, wind or solar beside it.
    wear : Wear, optional
        Costs and limits of use.
    ramp_mw : float, optional
        Most that the power at the meter changes from one interval to the next.
    initial_mwh : float, optional
        Energy in the cells at the start; the floor if left out.
    terminal_price : float, optional
        What a MWh above the floor is worth in the end.
    day : array_like of int, shape (n_intervals,), optional
        Local day of each interval, for the cycles of a day; all one day if left out.
    available : array_like of float in [0, 1], shape (n_intervals,) or one for all, optional
        Share of the power that may run.
    committed : Committed, optional
        What is sold already; then cash is what the difference to it earns, and not `prices`.
    stages : tuple of Stage, optional
        Markets that close before, in their order; `prices` are then those of real time. Reserves
        are sold before the first, so that each position leaves them their power and energy.
    clock_hours : array_like of shape (n_intervals,), optional, h
        Local time of each interval's start, for reserves in blocks: those begin at whole multiples
        of their length by the clock, so that one may have an hour more or less. Without it blocks
        count from the first interval.
    misses : Misses, optional
        How far real-time prices may be off; then the plan earns most in the worst case.
    sold_reserves_mw : mapping of str to array_like of shape (n_intervals,), optional
        By name of the product, what of `reserves` is sold already: held as it is.

    Raises
    ------
    InputError
        If a number does not fit, or no plan meets all limits; names those in conflict.

    Examples
    --------
    >>> battery = StoreLimits.symmetric(1.0, 2.0, round_trip=0.81)
    >>> plan = plan_battery(battery, [10.0, 100.0], hours=1.0)
    >>> round(plan.value, 6)
    71.0

    Nothing is bought for a price that may fall below what it costs:

    >>> misses = Misses([5.0, 95.0], budget=1.0)
    >>> bool(plan_battery(battery, [10.0, 100.0], hours=1.0, misses=misses).charge_mw.any())
    False

    References
    ----------
    Bertsimas and Sim (2004), The price of robustness, theorem 1: the dual of the worst case.
    """
    site, wear = site or Site(), wear or Wear()
    known = column(prices, "prices")
    if not len(known) or not (np.isfinite(hours) and hours > 0):
        raise InputError(
            f"{len(known)} prices of {hours} h; give one at least, and a length above 0"
        )
    if not ramp_mw >= 0:
        raise InputError(f"a ramp of {ramp_mw} MW; give it from zero")
    site.check()
    wear.check()
    share = np.broadcast_to(np.asarray(available, np.float64), len(known))
    if not ((share >= 0) & (share <= 1)).all():
        raise InputError(f"availability {share.min():g} to {share.max():g}; give shares 0 to 1")
    if committed is not None and stages:
        raise InputError("both a committed position and stages to sell in; give one of them")
    if committed is not None and misses is not None:
        raise InputError("both a committed position and prices that may miss; give one of them")
    start = limits.floor_mwh if initial_mwh is None else initial_mwh
    if not limits.floor_mwh <= start <= limits.ceiling_mwh:
        raise InputError(f"{start} MWh at the start are outside the limits; give floor to ceiling")
    grid_prices = known if committed is None else np.zeros(len(known))
    offers = tuple(reserves)
    numbers = np.zeros(len(known), int) if day is None else np.asarray(day)
    clock = None if clock_hours is None else column(clock_hours, "clock hours") + 24.0 * numbers
    model = Model(
        limits, known, hours, offers, share, site, grid_prices, site.import_fee, clock=clock
    )
    keep_limits(model, start, ramp_mw)
    hold_sold(model, sold_reserves_mw or {})
    programme = model.programme
    end = programme.columns(1, lower=-np.inf, value=terminal_price)
    terms = [(end, 1.0), (model.energy[-1:], -1.0)]
    programme.rows("energy at the end", terms, lower=0.0, upper=0.0)
    wears(model, wear, numbers)
    if committed is not None:
        trade_difference(model, committed)
    for offer, columns in model.each_reserve():
        if offer.shares(known).any():
            pay_called(model, offer, columns)
    traded = trade_stages(model, stages, start, ramp_mw)
    feared = None if misses is None else fear(model, misses, traded)
    value, found = programme.maximum()
    worst = value - terminal_price * limits.floor_mwh
    return Plan(
        worst + (0.0 if feared is None else float(feared[1] @ found[feared[0]])),
        worst,
        found[model.charge],
        found[model.discharge],
        found[model.energy],
        {offer.product.name: found[columns] for offer, columns in model.each_reserve()},
        found[model.imports],
        found[model.exports],
        found[model.generation],
        {name: found[columns] for name, columns in traded.items()},
    )


def hold_sold(model: Model, sold_mw: Mapping[str, ArrayLike]) -> None:
    """Hold what is sold of reserves, no more and no less.

    Raises
    ------
    InputError
        If what is sold is no reserve of the plan, or not given for each interval.
    """
    offers = {offer.product.name: columns for offer, columns in model.each_reserve()}
    for name, given in sold_mw.items():
        sold = column(given, f"sold {name}")
        if name not in offers or len(sold) != len(model.prices):
            raise InputError(
                f"{len(sold)} values of {name} are sold; give {len(model.prices)} values of one of "
                f"the reserves {', '.join(offers) or '(none)'}"
            )
        model.rows(f"sold {name}", [(offers[name], 1.0)], lower=sold, upper=sold)


def fear(model: Model, misses: Misses, traded: dict[str, Numbers]) -> tuple[Numbers, Floats]:
    """Charge what prices that miss may cost at most; return the columns that do, and their costs.

    What all misses cost at most is, by duality, the least of budget times a level plus excesses.
    """
    missed = column(misses.deviations, "deviations")
    count = len(model.prices)
    if len(missed) != count or (missed < 0).any() or not misses.budget >= 0:
        raise InputError(
            f"{len(missed)} deviations of {count} prices and a budget of {misses.budget}; give a "
            "deviation of zero or more for each price, and a budget of zero or more"
        )
    level = model.programme.columns(1, value=-misses.budget)
    excess = model.programme.columns(count, value=-1.0)
    net: list[tuple[Numbers, float]] = [(model.exports, 1.0), (model.imports, -1.0)]
    net += [(columns, -1.0) for columns in traded.values()]
    for sign in (1.0, -1.0):
        lost = sign * missed * model.hours
        terms: list[Term] = [(level, 1.0), (excess, 1.0)]
        terms += [(columns, -lost * way) for columns, way in net]
        model.programme.rows("worst prices", terms, lower=0.0)
    costs = np.concatenate([[misses.budget], np.ones(count)])
    return np.concatenate([level, excess]), costs


def worst_case(value: float, net_mwh: ArrayLike, misses: Misses) -> float:
    """Return what a schedule that earns `value` at the forecast earns in its worst case.

    Examples
    --------
    >>> worst_case(40.0, [-1.0, 1.0], Misses([5.0, 20.0], 1.5))
    17.5
    """
    moved = np.abs(column(net_mwh, "energy"))
    losses = np.sort(moved * column(misses.deviations, "deviations"))[::-1]
    shares = np.clip(misses.budget - np.arange(len(losses)), 0.0, 1.0)
    return value - float(losses @ shares)


def wears(model: Model, wear: Wear, day: Numbers) -> None:
    """Charge for use and limit it."""
    limits, programme = model.limits, model.programme
    out = model.hours / limits.discharge_efficiency
    capacity = limits.ceiling_mwh - limits.floor_mwh
    count = len(model.prices)
    left = programme.columns(count, value=-wear.throughput_cost)
    called: list[Term] = [
        (columns, -share * out) for columns, share in called_shares(model, Direction.UP)
    ]
    terms: list[Term] = [(left, 1.0), (model.discharge, -out), *called]
    programme.rows("use", terms, lower=0.0, upper=0.0)
    if np.isfinite(wear.cycles_per_day):
        for number in np.unique(day):
            chosen = left[day == number]
            terms = [(chosen[place : place + 1], 1.0) for place in range(len(chosen))]
            programme.rows(f"cycles of day {number}", terms, upper=wear.cycles_per_day * capacity)
    if np.isfinite(wear.cycles):
        terms = [(left[place : place + 1], 1.0) for place in range(count)]
        programme.rows("cycles in all", terms, upper=wear.cycles * capacity)
    if wear.depth_costs:
        slices(model, wear)


def called_shares(model: Model, direction: Direction) -> list[tuple[Numbers, Floats]]:
    """Return the reserves that are called as energy in a direction, with the shares of each."""
    return [
        (columns, share)
        for offer, columns in model.each_reserve()
        if (share := offer.shares(model.prices)).any()
        and offer.product.direction in (direction, Direction.BOTH)
    ]


def slices(model: Model, wear: Wear) -> None:
    """Split the cells into slices that cost more the deeper they are."""
    costs = wear.depth_costs
    if list(costs) != sorted(costs):
        raise InputError(f"costs by depth fall: {costs}; give them rising")
    limits, programme, count = model.limits, model.programme, len(model.prices)
    width = (limits.ceiling_mwh - limits.floor_mwh) / len(costs)
    entered, left, held = [], [], []
    for number, cost in enumerate(costs):
        entered.append(programme.columns(count))
        left.append(programme.columns(count, value=-cost))
        held.append(programme.columns(count + 1, upper=width))
        terms = [
            (held[-1][1:], 1.0),
            (held[-1][:-1], -1.0),
            (entered[-1], -1.0),
            (left[-1], 1.0),
        ]
        programme.rows(f"slice {number}", terms, lower=0.0, upper=0.0)
    into, out = limits.charge_efficiency * model.hours, model.hours / limits.discharge_efficiency
    ways = (
        ("into slices", entered, model.charge, into, Direction.DOWN),
        ("out of slices", left, model.discharge, out, Direction.UP),
    )
    for name, parts, power, energy, direction in ways:
        moved: list[Term] = [(columns, 1.0) for columns in parts]
        moved.append((power, -energy))
        moved += [(columns, -share * energy) for columns, share in called_shares(model, direction)]
        programme.rows(name, moved, lower=0.0, upper=0.0)
    total = [(columns[1:], 1.0) for columns in held]
    terms = [*total, (model.energy, -1.0)]
    floor = -limits.floor_mwh
    programme.rows("energy in slices", terms, lower=floor, upper=floor)


def pay_called(model: Model, offer: ReserveOffer, columns: Numbers) -> None:
    """Pay for the energy that a reserve is called for."""
    prices = offer.energy_prices(model.prices)
    up = offer.product.direction is not Direction.DOWN
    down = offer.product.direction is not Direction.UP
    called = offer.shares(model.prices) * model.hours * (int(up) - int(down))
    energy = model.programme.columns(len(prices), lower=-np.inf, value=prices)
    model.programme.rows(
        f"called {offer.product.name}", [(energy, 1.0), (columns, -called)], lower=0.0, upper=0.0
    )
