"""A dispatch interval of energy and ancillary services together, as the NEM does it.

Each unit offers energy and services in bands; a service's offer is a trapezium over the unit's
energy. One linear programme takes the cheapest bands, and a price is what one more MW of demand or
requirement costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wattbook.assets.plants.solve import solved
from wattbook.assets.program import INFINITY, Label, Program
from wattbook.assets.reserves import FCAS, Joint, Trapezium
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "Bands",
    "Interconnector",
    "NemDispatch",
    "NemUnit",
    "Requirement",
    "ServiceOffer",
    "dispatch_nem",
]

BANDS = 10
MINUTES = 5.0


@dataclass(frozen=True)
class Bands:
    """Prices that rise and the volume offered at each, MW; ten at most."""

    prices: tuple[float, ...]
    volumes: tuple[float, ...]


@dataclass(frozen=True)
class ServiceOffer:
    """An offer of a service.

    Parameters
    ----------
    bands : Bands
    trapezium : Trapezium
        Over the unit's energy; its `max_available` is the most that is enabled.
    """

    bands: Bands
    trapezium: Trapezium


@dataclass(frozen=True)
class NemUnit:
    """A unit's offer for an interval.

    Parameters
    ----------
    name, region : str
    energy : Bands
    available : float, MW
        Most energy.
    initial : float, MW
        At the beginning of the interval.
    ramp_up, ramp_down : float, MW a minute
    services : mapping of str to ServiceOffer, optional
        By service, by AEMO's names: those of `wattbook.assets.reserves.FCAS`.
    """

    name: str
    region: str
    energy: Bands
    available: float
    initial: float = 0.0
    ramp_up: float = INFINITY
    ramp_down: float = INFINITY
    services: Mapping[str, ServiceOffer] = field(default_factory=dict)


@dataclass(frozen=True)
class Interconnector:
    """A link of two regions: most flow each way, and the share of it that is lost."""

    name: str
    start: str
    end: str
    flow_min: float
    flow_max: float
    loss: float = 0.0


@dataclass(frozen=True)
class Requirement:
    """Volume of a service that units of some regions give together, MW."""

    service: str
    regions: tuple[str, ...]
    volume: float


@dataclass(frozen=True, eq=False)
class NemDispatch:
    """A dispatch.

    Parameters
    ----------
    cost : float, money an hour
        Of all bands taken.
    energy : mapping of unit to MW
    services : mapping of unit and service to MW
    flows : mapping of interconnector to MW
    energy_prices : mapping of region to money a MWh
    service_prices : tuple of float
        One a requirement: what a MW more of it would cost.
    """

    cost: float
    energy: dict[str, float]
    services: dict[tuple[str, str], float]
    flows: dict[str, float]
    energy_prices: dict[str, float]
    service_prices: tuple[float, ...]


def dispatch_nem(
    units: Sequence[NemUnit],
    demand: Mapping[str, float],
    requirements: Sequence[Requirement] = (),
    interconnectors: Sequence[Interconnector] = (),
) -> NemDispatch:
    """Return the cheapest dispatch of an interval of five minutes.

    Raises
    ------
    InputError
        If an offer breaks a rule of bands or trapezia, or demand and requirements cannot be met;
        names the unit, or the rules in conflict.

    References
    ----------
    AEMO, FCAS Model in NEMDE: joint ramping, joint capacity, and energy and regulating constraints.
    """
    for unit in units:
        check(unit, demand)
    program = Program()
    energy: dict[str, NDArray[np.int64]] = {}
    services: dict[tuple[str, str], NDArray[np.int64]] = {}
    for unit in units:
        energy[unit.name] = offered(program, unit.energy, unit.available, f"energy of {unit.name}")
        for service, offer in unit.services.items():
            place = f"{service} of {unit.name}"
            column = offered(program, offer.bands, offer.trapezium.max_available, place)
            services[unit.name, service] = column
        limit(program, unit, energy[unit.name], services)
    flows = [
        (program.columns(1, 0.0, max(one.flow_max, 0.0), 0.0),
         program.columns(1, 0.0, max(-one.flow_min, 0.0), 0.0))
        for one in interconnectors
    ]  # fmt: skip
    balances = {}
    for region, wanted in demand.items():
        terms = [(energy[unit.name], 1.0) for unit in units if unit.region == region]
        for one, (there, back) in zip(interconnectors, flows, strict=True):
            if one.start == region:
                terms += [(there, -1.0), (back, 1.0 - one.loss)]
            if one.end == region:
                terms += [(there, 1.0 - one.loss), (back, -1.0)]
        balances[region] = program.height
        add_row(program, Label("demand", region), wanted, wanted, terms)
    needs = []
    for need in requirements:
        check_service(need.service, "a requirement")
        terms = [
            (services[unit.name, need.service], 1.0)
            for unit in units
            if unit.region in need.regions and need.service in unit.services
        ]
        needs.append(program.height)
        label = Label(f"requirement of {need.service}", ", ".join(need.regions))
        add_row(program, label, need.volume, INFINITY, terms)
    found = solved(program, "the dispatch")
    cost, values, duals = found.cost, found.columns, found.duals
    return NemDispatch(
        cost,
        {name: float(values[column[0]]) for name, column in energy.items()},
        {key: float(values[column[0]]) for key, column in services.items()},
        {
            one.name: float(values[there[0]] - values[back[0]])
            for one, (there, back) in zip(interconnectors, flows, strict=True)
        },
        {region: float(duals[row]) for region, row in balances.items()},
        tuple(float(duals[row]) for row in needs),
    )


def add_row(
    program: Program,
    label: Label,
    low: float,
    high: float,
    terms: Sequence[tuple[NDArray[np.int64], float]],
) -> None:
    """Add one row; without terms it is about nothing and holds only if zero is within."""
    program.rows(label, low, high, terms or [(np.array([-1]), 0.0)])


def offered(program: Program, bands: Bands, most: float, place: str) -> NDArray[np.int64]:
    """Add what is taken of `bands`, `most` at most, and return its column."""
    total = program.columns(1, 0.0, most, 0.0)
    taken = program.columns(len(bands.prices), 0.0, np.array(bands.volumes), np.array(bands.prices))
    terms = [(total, -1.0), *((taken[at : at + 1], 1.0) for at in range(len(taken)))]
    program.rows(Label("bands", place), 0.0, 0.0, terms)
    return total


def limit(
    program: Program,
    unit: NemUnit,
    energy: NDArray[np.int64],
    services: Mapping[tuple[str, str], NDArray[np.int64]],
) -> None:
    """Add a unit's ramps and the constraints that its services share with its energy."""
    up, down = (services.get((unit.name, service)) for service in ("RAISEREG", "LOWERREG"))
    raising = [] if up is None else [(up, 1.0)]
    lowering = [] if down is None else [(down, -1.0)]
    highest = unit.initial + unit.ramp_up * MINUTES
    lowest = unit.initial - unit.ramp_down * MINUTES
    program.rows(Label("ramp up", unit.name), -INFINITY, highest, [(energy, 1.0), *raising])
    program.rows(Label("ramp down", unit.name), lowest, INFINITY, [(energy, 1.0), *lowering])
    for service, offer in unit.services.items():
        shape = offer.trapezium
        own = services[unit.name, service]
        is_regulation = FCAS[service].joint is Joint.REGULATION
        above = [(energy, 1.0), (own, shape.upper_slope), *([] if is_regulation else raising)]
        below = [(energy, 1.0), (own, -shape.lower_slope), *([] if is_regulation else lowering)]
        label = Label(f"trapezium of {service}", unit.name)
        program.rows(label, -INFINITY, shape.enablement_max, above)
        program.rows(label, shape.enablement_min, INFINITY, below)


def check(unit: NemUnit, demand: Mapping[str, float]) -> None:
    """Refuse an offer that breaks a rule of the market."""
    if unit.region not in demand:
        raise InputError(f"unit {unit.name}: region {unit.region!r} has no demand; give it one")
    offers = [("energy", unit.energy), *((name, one.bands) for name, one in unit.services.items())]
    for name, bands in offers:
        place = f"unit {unit.name}, {name}"
        if len(bands.prices) != len(bands.volumes) or not 1 <= len(bands.prices) <= BANDS:
            raise InputError(
                f"{place}: {len(bands.prices)} prices and {len(bands.volumes)} volumes; "
                f"give one to {BANDS} of both"
            )
        if list(bands.prices) != sorted(bands.prices):
            raise InputError(f"{place}: prices {bands.prices} fall; give them rising")
        if min(bands.volumes) < 0.0:
            raise InputError(f"{place}: a volume of {min(bands.volumes)} MW; give MW from zero")
    for name in unit.services:
        check_service(name, f"unit {unit.name}")


def check_service(name: str, place: str) -> None:
    """Refuse a service that the market does not have."""
    if name not in FCAS:
        known = ", ".join(sorted(FCAS))
        raise InputError(f"{place}: no service is called {name!r}; use {known}")
