"""A dispatch interval of energy and ancillary services together, as the NEM does it.

Each unit offers energy and services in bands; a service's offer is a trapezium over the unit's
energy. One linear programme takes the cheapest bands, and a price is what one more MW of demand or
requirement costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.plants.nem_unit import (
    Bands,
    NemUnit,
    ServiceOffer,
    check,
    check_service,
)
from wattbook.assets.plants.solve import solved
from wattbook.assets.program import INFINITY, Label, Program
from wattbook.assets.reserves import FCAS, Joint, Trapezium

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Terms: TypeAlias = list[tuple[NDArray[np.int64], float]]
    """Columns, each with its weight."""

__all__ = [
    "Bands",
    "BindingTrapezium",
    "Interconnector",
    "NemDispatch",
    "NemUnit",
    "Requirement",
    "ServiceOffer",
    "dispatch_nem",
]

MINUTES = 5.0
HAIR = 1e-6


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


@dataclass(frozen=True)
class BindingTrapezium:
    """A side of a trapezium on which a unit stands while it gives the service.

    Parameters
    ----------
    unit, service : str
    side : str
        ``upper`` or ``lower``: next to the enablement maximum or minimum.
    price : float
        What a MW of room there would save, money an hour.
    """

    unit: str
    service: str
    side: str
    price: float


@dataclass(frozen=True, eq=False)
class NemDispatch:
    """A dispatch.

    Parameters
    ----------
    cost : float, money an hour
        Of all bands taken.
    energy : mapping of unit to MW
        Given less taken.
    services : mapping of unit and service to MW
    flows : mapping of interconnector to MW
    energy_prices : mapping of region to money a MWh
    service_prices : tuple of float
        One a requirement: what a MW more of it would cost.
    binding : tuple of BindingTrapezium
    stranded : tuple of (str, str)
        Unit and service that is offered, but not enabled from where the unit stands.
    """

    cost: float
    energy: dict[str, float]
    services: dict[tuple[str, str], float]
    flows: dict[str, float]
    energy_prices: dict[str, float]
    service_prices: tuple[float, ...]
    binding: tuple[BindingTrapezium, ...] = ()
    stranded: tuple[tuple[str, str], ...] = ()


@dataclass
class Model:
    """The programme that grows unit by unit: columns and the rows that are told."""

    program: Program = field(default_factory=Program)
    energy: dict[str, Terms] = field(default_factory=dict)
    services: dict[tuple[str, str], Terms] = field(default_factory=dict)
    sides: list[tuple[str, str, str, float, Terms, int]] = field(default_factory=list)
    stranded: list[tuple[str, str]] = field(default_factory=list)


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
    AEMO, FCAS Model in NEMDE: enablement, joint ramping, joint capacity, and energy and regulating
    constraints.
    """
    for unit in units:
        check(unit, demand)
    model = Model()
    for unit in units:
        add_unit(model, unit)
    program, energy, services = model.program, model.energy, model.services
    flows = [
        (program.columns(1, 0.0, max(one.flow_max, 0.0), 0.0),
         program.columns(1, 0.0, max(-one.flow_min, 0.0), 0.0))
        for one in interconnectors
    ]  # fmt: skip
    balances = {}
    for region, wanted in demand.items():
        terms = [term for unit in units if unit.region == region for term in energy[unit.name]]
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
            term
            for unit in units
            if unit.region in need.regions
            for term in services.get((unit.name, need.service), [])
        ]
        needs.append(program.height)
        label = Label(f"requirement of {need.service}", ", ".join(need.regions))
        add_row(program, label, need.volume, INFINITY, terms)
    found = solved(program, "the dispatch")
    cost, values, duals = found.cost, found.columns, found.duals
    return NemDispatch(
        cost,
        {name: amount(terms, values) for name, terms in energy.items()},
        {key: amount(terms, values) for key, terms in services.items()},
        {
            one.name: float(values[there[0]] - values[back[0]])
            for one, (there, back) in zip(interconnectors, flows, strict=True)
        },
        {region: float(duals[row]) + 0.0 for region, row in balances.items()},
        tuple(float(duals[row]) + 0.0 for row in needs),
        tuple(
            BindingTrapezium(unit, service, side, abs(float(duals[row])))
            for unit, service, side, bound, terms, row in model.sides
            if amount(services[unit, service], values) > HAIR
            and abs(amount(terms, values) - bound) < HAIR
        ),
        tuple(model.stranded),
    )


def amount(terms: Terms, values: NDArray[np.float64]) -> float:
    """Return what a sum of columns comes to."""
    return float(sum(weight * values[column[0]] for column, weight in terms))


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


def add_unit(model: Model, unit: NemUnit) -> None:
    """Add what a unit gives and takes, and the constraints that its services share with it."""
    program = model.program
    gives = offered(program, unit.energy, unit.available, f"energy of {unit.name}")
    net: Terms = [(gives, 1.0)]
    takes: Terms = []
    if unit.load is not None:
        column = offered(program, paid(unit.load), unit.load_available, f"load of {unit.name}")
        takes, net = [(column, 1.0)], [*net, (column, -1.0)]
    model.energy[unit.name] = net
    # Each offer with the energy that its trapezium is over, and where that stands before.
    offers = [
        (name, offer, net, unit.initial, unit.available) for name, offer in unit.services.items()
    ]
    offers += [
        (name, offer, takes, max(-unit.initial, 0.0), unit.load_available)
        for name, offer in unit.load_services.items()
    ]
    enabled = []
    for service, offer, over, initial, available in offers:
        shape = offer.trapezium
        if shape.max_available > 0.0 and not is_enabled(shape, initial, available):
            model.stranded.append((unit.name, service))
            continue
        column = offered(program, offer.bands, shape.max_available, f"{service} of {unit.name}")
        model.services.setdefault((unit.name, service), []).append((column, 1.0))
        if shape.max_available > 0.0:
            enabled.append((service, shape, over, column))
    raising = model.services.get((unit.name, "RAISEREG"), [])
    lowering = [(column, -1.0) for column, _ in model.services.get((unit.name, "LOWERREG"), [])]
    highest = unit.initial + unit.ramp_up * MINUTES
    lowest = unit.initial - unit.ramp_down * MINUTES
    program.rows(Label("ramp up", unit.name), -INFINITY, highest, [*net, *raising])
    program.rows(Label("ramp down", unit.name), lowest, INFINITY, [*net, *lowering])
    for service, shape, over, column in enabled:
        is_regulation = FCAS[service].joint is Joint.REGULATION
        above = [*over, (column, shape.upper_slope), *([] if is_regulation else raising)]
        below = [*over, (column, -shape.lower_slope), *([] if is_regulation else lowering)]
        label = Label(f"trapezium of {service}", unit.name)
        for side, low, high, terms in (
            ("upper", -INFINITY, shape.enablement_max, above),
            ("lower", shape.enablement_min, INFINITY, below),
        ):
            bound = high if side == "upper" else low
            model.sides.append((unit.name, service, side, bound, terms, program.height))
            program.rows(label, low, high, terms)


def paid(load: Bands) -> Bands:
    """Return the bands of a load as costs: what it takes it pays."""
    return Bands(tuple(-price for price in load.prices), load.volumes)


def is_enabled(shape: Trapezium, initial: float, available: float) -> bool:
    """Return whether a service can be enabled from where a unit stands.

    References
    ----------
    AEMO, FCAS Model in NEMDE: conditions of enablement.
    """
    low, high = shape.enablement_min, shape.enablement_max
    return low <= initial <= high and available >= low
