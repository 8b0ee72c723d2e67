"""A dispatch interval of the NEM from its file: offers out of bid tables, demand, requirements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path

from wattbook.assets.nem_interval import IntervalOffer, interval_offers
from wattbook.assets.plants.nem import (
    Bands,
    Interconnector,
    NemDispatch,
    NemUnit,
    Requirement,
    ServiceOffer,
    dispatch_nem,
)
from wattbook.errors import InputError
from wattbook.runtime.contract.reading import fitted
from wattbook.runtime.desk.reader import Reader, text_of, toml_of
from wattbook.runtime.desk.spec.bounds import NotNegative, Share
from wattbook.runtime.nem_bids import clock, read_reports

__all__ = ["DispatchFile", "dispatched", "load_dispatch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalSpec:
    """``[interval]``: which one, and where its offers are.

    Parameters
    ----------
    end : str
        By the market's clock (UTC+10), like ``2026-04-29 14:10``.
    offers : str
        File with BIDDAYOFFER_D and BIDPEROFFER_D, relative to this one.
    """

    end: str
    offers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSpec:
    """``[[region]]`` and its demand."""

    name: str
    demand_mw: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSpec:
    """``[[unit]]``: where a unit stands, by its DUID; below zero it takes energy."""

    name: str
    region: str
    initial_mw: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementSpec:
    """``[[requirement]]``: how much of a service some regions need, all of them if left out."""

    service: str
    volume_mw: NotNegative
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterconnectorSpec:
    """``[[interconnector]]``: how much may flow from one region to another, and what is lost."""

    name: str
    start: str
    end: str
    flow_min_mw: Decimal
    flow_max_mw: Decimal
    loss: Share = field(default=Decimal(0))


@dataclass(frozen=True, slots=True)
class DispatchFile:
    """A dispatch interval: units with their offers, and what they must meet.

    Parameters
    ----------
    end : datetime
        Of the interval, by the market's clock.
    units : tuple of NemUnit
    demand : dict of str to float, MW
        By region.
    requirements : tuple of Requirement
    interconnectors : tuple of Interconnector
    """

    end: dt.datetime
    units: tuple[NemUnit, ...]
    demand: dict[str, float]
    requirements: tuple[Requirement, ...]
    interconnectors: tuple[Interconnector, ...]


SECTIONS = ("interval", "region", "unit", "requirement", "interconnector")


def load_dispatch(path: Path) -> DispatchFile:
    """Return the dispatch interval of a file.

    Raises
    ------
    DeskError
        If anything in it does not fit; names line, key, value and fix.
    InputError
        If a row of its offers is bad; names file, row and rule.
    """
    top, reader = toml_of(text_of(path, "a dispatch file"), path)
    for name in top:
        reader.choice((name,), name, SECTIONS, "section of a dispatch file")
    if not isinstance(top.get("interval"), dict):
        raise reader.refuse((), "section [interval] is missing; add it with end and offers")
    head: IntervalSpec = reader.table(("interval",), top["interval"], IntervalSpec)
    try:
        end = clock(head.end)
    except ValueError as fault:
        fix = f"{head.end!r} is no time of the market; write it like 2026-04-29 14:10"
        raise reader.refuse(("interval", "end"), fix) from fault
    regions: tuple[RegionSpec, ...] = reader.tables("region", top, RegionSpec)
    demand = {one.name: float(one.demand_mw) for one in regions}
    specs: tuple[UnitSpec, ...] = reader.tables("unit", top, UnitSpec)
    for number, spec in enumerate(specs):
        reader.choice(("unit", number, "region"), spec.region, demand, "region with a demand")
    offers, bad = fitted(
        reader,
        ("interval", "offers"),
        lambda: interval_offers(read_reports([path.parent / head.offers]), end),
    )
    for row in bad:
        raise InputError(f"{row.file}, line {row.line}: {row.rule}")
    known = {spec.name for spec in specs}
    for offer in offers:
        if offer.duid not in known:
            message = f"{offer.duid} has offers in {head.offers}, but no [[unit]]; add one"
            raise reader.refuse(("unit",), message)
    units = tuple(
        fitted(reader, ("unit", number), partial(unit_of, spec, offers))
        for number, spec in enumerate(specs)
    )
    needs: tuple[RequirementSpec, ...] = reader.value(
        ("requirement",), top.get("requirement", []), tuple[RequirementSpec, ...]
    )
    return DispatchFile(
        end,
        units,
        demand,
        requirements(reader, needs, tuple(demand)),
        links(reader, reader.tables("interconnector", top, InterconnectorSpec), demand),
    )


def unit_of(spec: UnitSpec, offers: Sequence[IntervalOffer]) -> NemUnit:
    """Return a unit with its offers.

    Raises
    ------
    InputError
        If it offers no energy, or something twice.
    """
    mine: dict[tuple[str, str], IntervalOffer] = {}
    for offer in offers:
        if offer.duid != spec.name:
            continue
        if (offer.bid_type, offer.direction) in mine:
            what = f"{offer.bid_type} {offer.direction}"
            raise InputError(f"{spec.name} offers {what} twice; give it once")
        mine[offer.bid_type, offer.direction] = offer
    gen, load = mine.get(("ENERGY", "GEN")), mine.get(("ENERGY", "LOAD"))
    if gen is None and load is None:
        raise InputError(f"{spec.name} offers no energy in this interval; add its rows")
    services: dict[str, ServiceOffer] = {}
    load_services: dict[str, ServiceOffer] = {}
    for (kind, direction), offer in mine.items():
        if isinstance(offer.offer, ServiceOffer):
            (load_services if direction == "LOAD" else services)[kind] = offer.offer
    ramps = [one for one in (gen, load) if one is not None]
    return NemUnit(
        spec.name,
        spec.region,
        bands(gen) or Bands((0.0,), (0.0,)),
        0.0 if gen is None else gen.available,
        float(spec.initial_mw),
        ramp_up=max(one.ramp_up for one in ramps),
        ramp_down=max(one.ramp_down for one in ramps),
        services=services,
        load=bands(load),
        load_available=0.0 if load is None else load.available,
        load_services=load_services,
    )


def bands(offer: IntervalOffer | None) -> Bands | None:
    """Return the bands of an offer of energy, if there is one."""
    return offer.offer if offer is not None and isinstance(offer.offer, Bands) else None


def requirements(
    reader: Reader, specs: Sequence[RequirementSpec], regions: tuple[str, ...]
) -> tuple[Requirement, ...]:
    """Return what is required of each service."""
    made = []
    for number, spec in enumerate(specs):
        where = regions
        if spec.region is not None:
            key = ("requirement", number, "region")
            where = (reader.choice(key, spec.region, regions, "region with a demand"),)
        made.append(Requirement(spec.service, where, float(spec.volume_mw)))
    return tuple(made)


def links(
    reader: Reader, specs: Sequence[InterconnectorSpec], demand: dict[str, float]
) -> tuple[Interconnector, ...]:
    """Return the interconnectors."""
    made = []
    for number, spec in enumerate(specs):
        for side in ("start", "end"):
            key = ("interconnector", number, side)
            reader.choice(key, getattr(spec, side), demand, "region with a demand")
        flows = (float(spec.flow_min_mw), float(spec.flow_max_mw))
        made.append(Interconnector(spec.name, spec.start, spec.end, *flows, float(spec.loss)))
    return tuple(made)


def dispatched(file: DispatchFile) -> NemDispatch:
    """Return the cheapest dispatch of a file's interval."""
    return dispatch_nem(file.units, file.demand, file.requirements, file.interconnectors)
