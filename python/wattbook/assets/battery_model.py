"""The limits of a battery as rows of a linear programme: cells, power, reserves, connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from wattbook.assets.foresight import StoreLimits, column
from wattbook.assets.linear import Floats, LinearProgramme, Numbers, Term
from wattbook.assets.reserves import Direction, Joint, ReserveProduct, Trapezium
from wattbook.errors import InputError

__all__ = ["Model", "ReserveOffer", "Site", "keep_limits"]


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
    called_share : array_like of shape (n_intervals,) or one for all, optional
        Share of the volume that is called as energy in each interval, in expectation.
    called_prices : array_like of shape (n_intervals,), optional, currency per MWh
        What called energy earns (up) or costs (down); the energy price if left out.
    bid : float, optional, currency per MWh
        What the energy is bid at: it is called in intervals that pay so much (up) or ask no more
        (down), and earns their price, as every called bid does (PICASSO).
    """

    product: ReserveProduct
    prices: ArrayLike
    max_mw: float
    trapezium: Trapezium | None = None
    called_share: ArrayLike = 0.0
    called_prices: ArrayLike | None = None
    bid: float | None = None

    def check(self) -> None:
        """Refuse an offer of less than nothing, or of energy both ways at one price.

        Raises
        ------
        InputError
            Naming the product.
        """
        self.product.check()
        share = np.asarray(self.called_share, np.float64)
        if not (self.max_mw >= 0 and ((share >= 0) & (share <= 1)).all()):
            raise InputError(
                f"{self.product.name}: {self.max_mw} MW at most, {self.called_share} of it "
                "called; give MW from zero, and shares from 0 to 1"
            )
        if self.bid is not None and self.product.direction is Direction.BOTH:
            raise InputError(f"{self.product.name} is called both ways; leave its bid out")

    def energy_prices(self, prices: Floats) -> Floats:
        """Return what called energy earns or costs, `prices` being those of energy."""
        if self.called_prices is None:
            return prices
        made = column(self.called_prices, f"called prices of {self.product.name}")
        if len(made) != len(prices):
            raise InputError(
                f"{len(made)} called prices of {self.product.name} for {len(prices)} intervals; "
                "give one each"
            )
        return made

    def shares(self, prices: Floats) -> Floats:
        """Return the share that is called in each interval, `prices` being those of energy."""
        share = np.asarray(self.called_share, np.float64)
        if share.ndim and len(share) != len(prices):
            raise InputError(
                f"{len(share)} called shares of {self.product.name} for {len(prices)} intervals; "
                "give one each"
            )
        made = np.broadcast_to(share, len(prices))
        if self.bid is None:
            return made
        paid = self.energy_prices(prices)
        clears = paid >= self.bid if self.product.direction is Direction.UP else paid <= self.bid
        return np.where(clears, made, 0.0)


@dataclass(frozen=True, slots=True)
class Site:
    """What stands between the battery and the market.

    Parameters
    ----------
    import_mw, export_mw : float, or ndarray of shape (n_intervals,), optional
        Limits of the grid connection.
    import_fee : float, optional, currency per MWh
        Paid for energy taken from the grid, on top of its price.
    auxiliary_mw : float, optional
        Constant load of cooling and control.
    generation_mw : array_like of shape (n_intervals,), optional
        Wind or solar that may run behind the same connection; less of it may be taken.
    """

    import_mw: Floats | float = np.inf
    export_mw: Floats | float = np.inf
    import_fee: float = 0.0
    auxiliary_mw: float = 0.0
    generation_mw: ArrayLike | None = None

    def check(self) -> None:
        """Refuse limits below zero.

        Raises
        ------
        InputError
            Naming the limit.
        """
        for name in ("import_mw", "export_mw", "import_fee", "auxiliary_mw"):
            if not (np.asarray(getattr(self, name)) >= 0).all():
                raise InputError(f"{name} of the site is {getattr(self, name)}; give it from zero")


@dataclass
class Model:
    """A battery that runs, or that a position asks to run: its columns by what they are.

    Parameters
    ----------
    limits : StoreLimits
    prices : ndarray of shape (n_intervals,), currency per MWh
        Of energy at the grid.
    hours : float
        Length of an interval.
    offers : tuple of ReserveOffer
    available : ndarray of shape (n_intervals,)
        Share of the power that may run.
    site : Site
    grid_prices : ndarray of shape (n_intervals,), currency per MWh
        What the grid pays for what is given and takes for what is taken.
    import_fee : float, currency per MWh
    clock : ndarray of shape (n_intervals,), optional, h
        Local time of each interval's start, days going on; blocks of reserves follow it.
    programme : LinearProgramme, optional
        The one to grow.
    reserves : list of ndarray, optional
        Columns of the offers, where another model of the programme has them.
    prefix : str, optional
        Of its rows' names.
    """

    limits: StoreLimits
    prices: Floats
    hours: float
    offers: tuple[ReserveOffer, ...]
    available: Floats
    site: Site
    grid_prices: Floats
    import_fee: float
    clock: Floats | None = None
    programme: LinearProgramme = field(default_factory=LinearProgramme)
    reserves: list[Numbers] | None = None
    prefix: str = ""

    def __post_init__(self) -> None:
        count, limits, programme = len(self.prices), self.limits, self.programme
        if not min(limits.charge_mw, limits.discharge_mw) > 0:
            raise InputError(f"{limits}: a power is not above zero; give MW above zero")
        if not (0 < limits.charge_efficiency <= 1 and 0 < limits.discharge_efficiency <= 1):
            raise InputError(f"{limits}: an efficiency is not above 0 up to 1; give a share")
        self.charge = programme.columns(count, upper=limits.charge_mw)
        self.discharge = programme.columns(count, upper=limits.discharge_mw)
        self.energy = programme.columns(count, lower=limits.floor_mwh, upper=limits.ceiling_mwh)
        made = self.site.generation_mw
        available = 0.0 if made is None else np.asarray(made, np.float64)
        if not (np.isfinite(available) & (np.asarray(available) >= 0)).all():
            raise InputError("generation is below zero or no number; give MW from zero")
        if np.ndim(available) and len(np.atleast_1d(available)) != count:
            raise InputError(f"generation is not given for {count} intervals; give one value each")
        self.generation = programme.columns(count, upper=available)
        paid = -(self.grid_prices + self.import_fee) * self.hours
        self.imports = programme.columns(count, value=paid)
        self.exports = programme.columns(count, value=self.grid_prices * self.hours)
        if self.reserves is None:
            self.reserves = [self.reserve_columns(offer) for offer in self.offers]

    def rows(
        self,
        name: str,
        terms: Sequence[Term],
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
    ) -> None:
        """Add rows under the model's own name."""
        self.programme.rows(f"{self.prefix}{name}", terms, lower=lower, upper=upper)

    def each_reserve(self) -> list[tuple[ReserveOffer, Numbers]]:
        """Return each offer with its column of each interval."""
        return list(zip(self.offers, self.reserves or [], strict=True))

    def reserve_columns(self, offer: ReserveOffer) -> Numbers:
        """Add a column a block; return the column of each interval."""
        offer.check()
        count = len(self.prices)
        prices = column(offer.prices, f"prices of {offer.product.name}")
        if len(prices) != count:
            raise InputError(
                f"{len(prices)} prices of {offer.product.name} for {count} intervals; give one each"
            )
        most = offer.max_mw
        if offer.trapezium is not None:
            most = min(most, offer.trapezium.max_available)
        blocks = self.blocks(offer.product.block_hours)
        value = np.bincount(blocks, prices) * self.hours
        return self.programme.columns(len(value), upper=most, value=value)[blocks]

    def blocks(self, block_hours: float | None) -> Numbers:
        """Return the number of each interval's block, from 0.

        Raises
        ------
        InputError
            If a block is no whole number of intervals.
        """
        places = np.arange(len(self.prices))
        if block_hours is None:
            return places
        count = round(block_hours / self.hours)
        if abs(count * self.hours - block_hours) > 1e-9:
            raise InputError(
                f"blocks of {block_hours} h are no whole number of intervals of {self.hours} h; "
                "use intervals that divide them"
            )
        if self.clock is None:
            return places // count
        by_clock = np.floor(self.clock / block_hours + 1e-9).astype(np.int64)
        _, numbers = np.unique(by_clock, return_inverse=True)
        return np.asarray(numbers, np.int64)

    def given(self, direction: Direction, *kinds: Joint) -> list[tuple[ReserveOffer, Numbers]]:
        """Return the offers that move the meter in a direction, of some kinds."""
        ways = {direction, Direction.BOTH}
        return [
            pair
            for pair in self.each_reserve()
            if pair[0].product.direction in ways and pair[0].product.joint in kinds
        ]


def keep_limits(model: Model, start: float, ramp_mw: float) -> None:
    """Let a model run only what the battery can: cells, power, reserves, ramp, grid connection.

    Parameters
    ----------
    model : Model
    start : float, MWh
        In the cells.
    ramp_mw : float
        Most that the power at the meter changes from one interval to the next.
    """
    balance(model, start)
    share_power(model)
    hold_energy(model, start)
    ramp(model, ramp_mw)
    meter(model)


def balance(model: Model, start: float) -> None:
    """Let the cells follow what runs and what is called."""
    limits, hours = model.limits, model.hours
    into, out = limits.charge_efficiency * hours, hours / limits.discharge_efficiency
    every = np.ones(len(model.energy))
    flows: list[tuple[Numbers, Floats]] = [
        (model.charge, -into * every),
        (model.discharge, out * every),
    ]
    for offer, columns in model.each_reserve():
        share = offer.shares(model.prices)
        if not share.any():
            continue
        up = offer.product.direction is not Direction.DOWN
        down = offer.product.direction is not Direction.UP
        flows.append((columns, share * (out * up - into * down)))
    energy = model.energy
    first: list[Term] = [(columns[:1], coefficients[:1]) for columns, coefficients in flows]
    model.rows("energy at the start", [(energy[:1], 1.0), *first], lower=start, upper=start)
    rest: list[Term] = [(columns[1:], coefficients[1:]) for columns, coefficients in flows]
    if len(energy) > 1:
        terms = [(energy[1:], 1.0), (energy[:-1], -1.0), *rest]
        model.rows("energy in the cells", terms, lower=0.0, upper=0.0)


def share_power(model: Model) -> None:
    """Keep energy and reserves within the power of the battery that may run."""
    limits = model.limits
    shares = [(model.charge, 1 / limits.charge_mw), (model.discharge, 1 / limits.discharge_mw)]
    model.rows("one inverter", shares, upper=model.available)
    sides = ((Direction.UP, 1.0, limits.discharge_mw), (Direction.DOWN, -1.0, limits.charge_mw))
    for direction, sign, most in sides:
        net: list[Term] = [(model.discharge, sign), (model.charge, -sign)]
        keep_room(model, "power", direction, net, most * model.available)
    for offer, columns in model.each_reserve():
        if offer.trapezium is not None:
            stay_inside(model, offer, offer.trapezium, columns)


def keep_room(
    model: Model, what: str, direction: Direction, net: list[Term], most: ArrayLike
) -> None:
    """Keep power and the reserves that move it further in a direction up to a bound."""
    held: list[Term] = [
        (columns, 1.0 + offer.product.power_margin)
        for offer, columns in model.given(direction, Joint.SUM, Joint.REGULATION)
    ]
    if held:
        model.rows(f"{what} {direction.value}", [*net, *held], upper=most)
    regulation = model.given(direction, Joint.REGULATION)
    for offer, columns in model.given(direction, Joint.CONTINGENCY):
        terms = [*net, (columns, 1.0), *((others, 1.0) for _, others in regulation)]
        model.rows(f"{what} with {offer.product.name}", terms, upper=most)


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
    model.rows(f"upper side of {name}", above, upper=trapezium.enablement_max)
    model.rows(f"lower side of {name}", below, lower=trapezium.enablement_min)


def hold_energy(model: Model, start: float) -> None:
    """Keep energy for reserves up and room for reserves down, before and after each interval."""
    limits, energy = model.limits, model.energy
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
        model.rows(f"{name}, after", [(energy, sign), *held], lower=bound)
        first = [(columns[:1], coefficient) for columns, coefficient in held]
        model.rows(f"{name}, at the start", first, lower=bound - sign * start)
        later = [(columns[1:], coefficient) for columns, coefficient in held]
        if len(energy) > 1:
            model.rows(f"{name}, before", [(energy[:-1], sign), *later], lower=bound)


def ramp(model: Model, ramp_mw: float) -> None:
    """Limit the change of power from one interval to the next."""
    if np.isfinite(ramp_mw) and len(model.prices) > 1:
        terms = [
            (model.discharge[1:], 1.0),
            (model.charge[1:], -1.0),
            (model.discharge[:-1], -1.0),
            (model.charge[:-1], 1.0),
        ]
        model.rows("ramp", terms, lower=-ramp_mw, upper=ramp_mw)


def meter(model: Model) -> None:
    """Let what the battery, its site and the grid give and take add up, within the connection.

    A reserve moves the meter, so that the connection holds with all of it called.
    """
    site = model.site
    for direction, sign, most in (
        (Direction.UP, 1.0, site.export_mw),
        (Direction.DOWN, -1.0, site.import_mw),
    ):
        if np.isfinite(most).any():
            net: list[Term] = [(model.exports, sign), (model.imports, -sign)]
            keep_room(model, "grid connection", direction, net, most)
    model.rows("grid import", [(model.imports, 1.0)], upper=site.import_mw)
    model.rows("grid export", [(model.exports, 1.0)], upper=site.export_mw)
    terms: list[Term] = [
        (model.exports, 1.0),
        (model.imports, -1.0),
        (model.generation, -1.0),
        (model.discharge, -1.0),
        (model.charge, 1.0),
    ]
    name = "meter with the auxiliary load" if site.auxiliary_mw else "meter"
    model.rows(name, terms, lower=-site.auxiliary_mw, upper=-site.auxiliary_mw)
