"""A battery in energy and reserves, with its site and its wear, as one linear programme."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from wattbook.assets.foresight import StoreLimits, column
from wattbook.assets.linear import Floats, LinearProgramme, Numbers, Term
from wattbook.assets.reserves import Direction, Joint, ReserveProduct, Trapezium
from wattbook.errors import InputError

__all__ = ["Committed", "Plan", "ReserveOffer", "Site", "Wear", "plan_battery"]


@dataclass(frozen=True, slots=True)
class ReserveOffer:
    """A reserve that a battery may give.

    Parameters
    ----------
    product : ReserveProduct
        What it asks for.
    prices : array_like of shape (n_intervals,), currency per MW and hour
        For the capacity.
    max_mw : float
        Most that may be given.
    trapezium : Trapezium, optional
        Bid to AEMO; its energy limits hold in every interval.
    called_share : float, optional
        Share of the volume that is called as energy in each interval, in expectation.
    called_prices : array_like of shape (n_intervals,), optional, currency per MWh
        What called energy earns (up) or costs (down); the energy price if left out.
    """

    product: ReserveProduct
    prices: ArrayLike
    max_mw: float
    trapezium: Trapezium | None = None
    called_share: float = 0.0
    called_prices: ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """What stands between the battery and the market.

    Parameters
    ----------
    import_mw, export_mw : float, optional
        Limits of the grid connection.
    import_fee : float, optional, currency per MWh
        Paid for energy taken from the grid, on top of its price.
    auxiliary_mw : float, optional
        Constant load of cooling and control.
    generation_mw : array_like of shape (n_intervals,), optional
        Wind or solar that may run behind the same connection; less of it may be taken.
    """

    import_mw: float = np.inf
    export_mw: float = np.inf
    import_fee: float = 0.0
    auxiliary_mw: float = 0.0
    generation_mw: ArrayLike | None = None


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


@dataclass(frozen=True, slots=True)
class Committed:
    """What is sold already, and at what the difference to it can be traded.

    Parameters
    ----------
    sold_mw : array_like of shape (n_intervals,)
        Sold less bought at the grid.
    sell_prices, buy_prices : array_like of shape (n_intervals,), currency per MWh
        Of what more is sold and of what is bought back: best bid and ask, or what an imbalance
        costs where nothing trades any more. No bid above its ask.
    """

    sold_mw: ArrayLike
    sell_prices: ArrayLike
    buy_prices: ArrayLike


@dataclass(frozen=True, slots=True)
class Plan:
    """What a battery runs and gives, and what it earns.

    Parameters
    ----------
    value : float
        All cash, less wear, and the priced energy at the end.
    charge_mw, discharge_mw : ndarray of shape (n_intervals,)
        At the meter of the battery.
    energy_mwh : ndarray of shape (n_intervals,)
        In the cells after each interval.
    reserves_mw : dict of str to ndarray of shape (n_intervals,)
        Volume of each product.
    import_mw, export_mw, generation_mw : ndarray of shape (n_intervals,)
        At the grid, and of the wind or solar beside it.
    """

    value: float
    charge_mw: Floats
    discharge_mw: Floats
    energy_mwh: Floats
    reserves_mw: dict[str, Floats]
    import_mw: Floats
    export_mw: Floats
    generation_mw: Floats


@dataclass
class Model:
    """The programme as it grows: columns by what they are."""

    limits: StoreLimits
    prices: Floats
    hours: float
    offers: tuple[ReserveOffer, ...]
    available: Floats
    programme: LinearProgramme = field(default_factory=LinearProgramme)

    def __post_init__(self) -> None:
        count, limits, programme = len(self.prices), self.limits, self.programme
        self.charge = programme.columns(count, upper=limits.charge_mw)
        self.discharge = programme.columns(count, upper=limits.discharge_mw)
        self.energy = programme.columns(count, lower=limits.floor_mwh, upper=limits.ceiling_mwh)
        self.reserves = [self.reserve_columns(offer) for offer in self.offers]

    def reserve_columns(self, offer: ReserveOffer) -> Numbers:
        """Add a column a block; return the column of each interval."""
        offer.product.check()
        count = len(self.prices)
        prices = column(offer.prices, f"prices of {offer.product.name}")
        if len(prices) != count:
            raise InputError(
                f"{len(prices)} prices of {offer.product.name} for {count} intervals; give one each"
            )
        most = offer.max_mw
        if offer.trapezium is not None:
            most = min(most, offer.trapezium.max_available)
        block = 1
        if offer.product.block_hours is not None:
            block = round(offer.product.block_hours / self.hours)
            if abs(block * self.hours - offer.product.block_hours) > 1e-9:
                raise InputError(
                    f"blocks of {offer.product.block_hours} h are no whole number of intervals of "
                    f"{self.hours} h; use intervals that divide them"
                )
        blocks = np.arange(count) // block
        value = np.bincount(blocks, prices) * self.hours
        return self.programme.columns(len(value), upper=most, value=value)[blocks]

    def given(self, direction: Direction, *kinds: Joint) -> list[tuple[ReserveOffer, Numbers]]:
        """Return the offers that move the meter in a direction, of some kinds."""
        ways = {direction, Direction.BOTH}
        pairs = zip(self.offers, self.reserves, strict=True)
        return [
            pair
            for pair in pairs
            if pair[0].product.direction in ways and pair[0].product.joint in kinds
        ]


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
) -> Plan:
    """Return the plan that earns most at known prices.

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

    Raises
    ------
    InputError
        If prices and intervals do not fit, or no plan meets all limits; names those in conflict.

    Examples
    --------
    >>> battery = StoreLimits.symmetric(1.0, 2.0, round_trip=0.81)
    >>> plan = plan_battery(battery, [10.0, 100.0], hours=1.0)
    >>> round(plan.value, 6)
    71.0
    """
    site, wear = site or Site(), wear or Wear()
    known = column(prices, "prices")
    share = np.broadcast_to(np.asarray(available, np.float64), len(known))
    if not ((share >= 0) & (share <= 1)).all():
        raise InputError(f"availability {share.min():g} to {share.max():g}; give shares 0 to 1")
    model = Model(limits, known, hours, tuple(reserves), share)
    start = limits.floor_mwh if initial_mwh is None else initial_mwh
    if not limits.floor_mwh <= start <= limits.ceiling_mwh:
        raise InputError(f"{start} MWh at the start are outside the limits; give floor to ceiling")
    numbers = np.zeros(len(model.prices), int) if day is None else np.asarray(day)
    balance(model, start, terminal_price)
    share_power(model)
    hold_energy(model, start)
    ramp(model, ramp_mw)
    wears(model, wear, numbers)
    imports, exports, generation = connect(model, site, committed)
    value, found = model.programme.maximum()
    return Plan(
        value - terminal_price * limits.floor_mwh,
        found[model.charge],
        found[model.discharge],
        found[model.energy],
        {
            offer.product.name: found[columns]
            for offer, columns in zip(model.offers, model.reserves, strict=True)
        },
        found[imports],
        found[exports],
        found[generation],
    )


def balance(model: Model, start: float, terminal_price: float) -> None:
    """Let the cells follow what runs and what is called, and price what they hold in the end."""
    limits, hours, programme = model.limits, model.hours, model.programme
    into, out = limits.charge_efficiency * hours, hours / limits.discharge_efficiency
    flows: list[Term] = [(model.charge, -into), (model.discharge, out)]
    for offer, columns in zip(model.offers, model.reserves, strict=True):
        if not offer.called_share:
            continue
        up = offer.product.direction is not Direction.DOWN
        down = offer.product.direction is not Direction.UP
        flows.append((columns, offer.called_share * (out * up - into * down)))
    energy = model.energy
    first = [(columns[:1], coefficient) for columns, coefficient in flows]
    programme.rows("energy at the start", [(energy[:1], 1.0), *first], lower=start, upper=start)
    rest = [(columns[1:], coefficient) for columns, coefficient in flows]
    if len(energy) > 1:
        terms = [(energy[1:], 1.0), (energy[:-1], -1.0), *rest]
        programme.rows("energy in the cells", terms, lower=0.0, upper=0.0)
    end = programme.columns(1, lower=-np.inf, value=terminal_price)
    programme.rows("energy at the end", [(end, 1.0), (energy[-1:], -1.0)], lower=0.0, upper=0.0)


def share_power(model: Model) -> None:
    """Keep energy and reserves within the power of the battery."""
    limits, programme = model.limits, model.programme
    shares = [(model.charge, 1 / limits.charge_mw), (model.discharge, 1 / limits.discharge_mw)]
    programme.rows("one inverter", shares, upper=model.available)
    sides = ((Direction.UP, 1.0, limits.discharge_mw), (Direction.DOWN, -1.0, limits.charge_mw))
    for direction, sign, most in sides:
        net: list[Term] = [(model.discharge, sign), (model.charge, -sign)]
        held: list[Term] = [
            (columns, 1.0 + offer.product.power_margin)
            for offer, columns in model.given(direction, Joint.SUM, Joint.REGULATION)
        ]
        if held:
            programme.rows(f"power {direction.value}", [*net, *held], upper=most)
        regulation = model.given(direction, Joint.REGULATION)
        for offer, columns in model.given(direction, Joint.CONTINGENCY):
            terms = [*net, (columns, 1.0), *((others, 1.0) for _, others in regulation)]
            programme.rows(f"power with {offer.product.name}", terms, upper=most)
    for offer, columns in zip(model.offers, model.reserves, strict=True):
        if offer.trapezium is not None:
            stay_inside(model, offer, offer.trapezium, columns)


def stay_inside(model: Model, offer: ReserveOffer, trapezium: Trapezium, columns: Numbers) -> None:
    """Keep energy and a service inside its trapezium (AEMO, FCAS model in NEMDE)."""
    name = offer.product.name
    up: list[Term] = []
    down: list[Term] = []
    if offer.product.joint is Joint.CONTINGENCY:
        up = [(other, 1.0) for _, other in model.given(Direction.UP, Joint.REGULATION)]
        down = [(other, -1.0) for _, other in model.given(Direction.DOWN, Joint.REGULATION)]
    net: list[Term] = [(model.discharge, 1.0), (model.charge, -1.0)]
    above = [*net, (columns, trapezium.upper_slope), *up]
    below = [*net, (columns, -trapezium.lower_slope), *down]
    model.programme.rows(f"upper side of {name}", above, upper=trapezium.enablement_max)
    model.programme.rows(f"lower side of {name}", below, lower=trapezium.enablement_min)


def hold_energy(model: Model, start: float) -> None:
    """Keep energy for reserves up and room for reserves down, before and after each interval."""
    limits, programme, energy = model.limits, model.programme, model.energy
    for direction, sign, bound, name in (
        (Direction.UP, 1.0, limits.floor_mwh, "energy held up"),
        (Direction.DOWN, -1.0, -limits.ceiling_mwh, "room held down"),
    ):
        efficiency = 1 / limits.discharge_efficiency if sign > 0 else limits.charge_efficiency
        held: list[Term] = [
            (columns, -offer.product.sustain_hours * efficiency)
            for offer, columns in model.given(direction, *Joint)
            if offer.product.sustain_hours > 0
        ]
        if not held:
            continue
        programme.rows(f"{name}, after", [(energy, sign), *held], lower=bound)
        first = [(columns[:1], coefficient) for columns, coefficient in held]
        programme.rows(f"{name}, at the start", first, lower=bound - sign * start)
        later = [(columns[1:], coefficient) for columns, coefficient in held]
        if len(energy) > 1:
            programme.rows(f"{name}, before", [(energy[:-1], sign), *later], lower=bound)


def ramp(model: Model, ramp_mw: float) -> None:
    """Limit the change of power from one interval to the next."""
    if np.isfinite(ramp_mw) and len(model.prices) > 1:
        terms = [
            (model.discharge[1:], 1.0),
            (model.charge[1:], -1.0),
            (model.discharge[:-1], -1.0),
            (model.charge[:-1], 1.0),
        ]
        model.programme.rows("ramp", terms, lower=-ramp_mw, upper=ramp_mw)


def wears(model: Model, wear: Wear, day: Numbers) -> None:
    """Charge for use and limit it."""
    limits, programme = model.limits, model.programme
    out = model.hours / limits.discharge_efficiency
    capacity = limits.ceiling_mwh - limits.floor_mwh
    count = len(model.prices)
    left = programme.columns(count, value=-wear.throughput_cost)
    programme.rows("use", [(left, 1.0), (model.discharge, -out)], lower=0.0, upper=0.0)
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
    fill = [(columns, 1.0) for columns in entered]
    programme.rows("into slices", [*fill, (model.charge, -into)], lower=0.0, upper=0.0)
    drain = [(columns, 1.0) for columns in left]
    programme.rows("out of slices", [*drain, (model.discharge, -out)], lower=0.0, upper=0.0)
    total = [(columns[1:], 1.0) for columns in held]
    terms = [*total, (model.energy, -1.0)]
    floor = -limits.floor_mwh
    programme.rows("energy in slices", terms, lower=floor, upper=floor)


def connect(
    model: Model, site: Site, committed: Committed | None
) -> tuple[Numbers, Numbers, Numbers]:
    """Trade what the site takes and gives; return the columns of import, export and generation."""
    programme, hours, count = model.programme, model.hours, len(model.prices)
    available = 0.0 if site.generation_mw is None else np.asarray(site.generation_mw, np.float64)
    if np.ndim(available) and len(np.atleast_1d(available)) != count:
        raise InputError(f"generation is not given for {count} intervals; give one value each")
    generation = programme.columns(count, upper=available)
    prices = model.prices if committed is None else np.zeros(count)
    imports = programme.columns(count, value=-(prices + site.import_fee) * hours)
    exports = programme.columns(count, value=prices * hours)
    if committed is not None:
        trade_difference(model, committed, imports, exports)
    programme.rows("grid import", [(imports, 1.0)], upper=site.import_mw)
    programme.rows("grid export", [(exports, 1.0)], upper=site.export_mw)
    terms: list[Term] = [
        (exports, 1.0),
        (imports, -1.0),
        (generation, -1.0),
        (model.discharge, -1.0),
        (model.charge, 1.0),
    ]
    programme.rows("meter", terms, lower=-site.auxiliary_mw, upper=-site.auxiliary_mw)
    for offer, columns in zip(model.offers, model.reserves, strict=True):
        if offer.called_share:
            pay_called(model, offer, columns)
    return imports, exports, generation


def trade_difference(
    model: Model, committed: Committed, imports: Numbers, exports: Numbers
) -> None:
    """Sell what runs beyond what is sold, buy back what does not.

    Raises
    ------
    InputError
        If a bid is above its ask: buying and selling would earn without end.
    """
    count, programme = len(model.prices), model.programme
    sold = column(committed.sold_mw, "sold power")
    bid = column(committed.sell_prices, "prices to sell at")
    ask = column(committed.buy_prices, "prices to buy at")
    for name, given in (("sold power", sold), ("bids", bid), ("asks", ask)):
        if len(given) != count:
            raise InputError(f"{len(given)} {name} for {count} intervals; give one each")
    if (bid > ask).any():
        at = int(np.argmax(bid > ask))
        raise InputError(
            f"interval {at} sells at {bid[at]:g} and buys at {ask[at]:g}; give no bid above its ask"
        )
    sales = programme.columns(count, value=bid * model.hours)
    purchases = programme.columns(count, value=-ask * model.hours)
    terms: list[Term] = [(exports, 1.0), (imports, -1.0), (sales, -1.0), (purchases, 1.0)]
    programme.rows("position", terms, lower=sold, upper=sold)


def pay_called(model: Model, offer: ReserveOffer, columns: Numbers) -> None:
    """Pay for the energy that a reserve is called for."""
    prices = model.prices
    if offer.called_prices is not None:
        prices = column(offer.called_prices, f"called prices of {offer.product.name}")
    up = offer.product.direction is not Direction.DOWN
    down = offer.product.direction is not Direction.UP
    called = offer.called_share * model.hours * (int(up) - int(down))
    energy = model.programme.columns(len(prices), lower=-np.inf, value=prices)
    model.programme.rows(
        f"called {offer.product.name}", [(energy, 1.0), (columns, -called)], lower=0.0, upper=0.0
    )
