"""What a unit offers in a dispatch interval of the NEM, and the rules that an offer must keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wattbook.assets.program import INFINITY
from wattbook.assets.reserves import FCAS, Joint, Trapezium
from wattbook.errors import InputError

__all__ = ["Bands", "NemUnit", "ServiceOffer", "check", "check_service"]

BANDS = 10


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
        By service, by AEMO's names: those of `wattbook.assets.reserves.FCAS`. Their trapezia
        are over what the unit gives less what it takes.
    load : Bands, optional
        What it takes at a price or below: the load side of a bidirectional unit.
    load_available : float, optional, MW
        Most that it takes.
    load_services : mapping of str to ServiceOffer, optional
        Regulation on the load side, its trapezia over what the unit takes.
    """

    name: str
    region: str
    energy: Bands
    available: float
    initial: float = 0.0
    ramp_up: float = INFINITY
    ramp_down: float = INFINITY
    services: Mapping[str, ServiceOffer] = field(default_factory=dict)
    load: Bands | None = None
    load_available: float = 0.0
    load_services: Mapping[str, ServiceOffer] = field(default_factory=dict)


def check(unit: NemUnit, demand: Mapping[str, float]) -> None:
    """Refuse an offer that breaks a rule of the market."""
    if unit.region not in demand:
        raise InputError(f"unit {unit.name}: region {unit.region!r} has no demand; give it one")
    offers = [("energy", unit.energy), *((name, one.bands) for name, one in unit.services.items())]
    if unit.load is not None:
        offers.append(("load", unit.load))
        check_sides(unit, unit.load)
    elif unit.load_services:
        raise InputError(f"unit {unit.name}: services of a load side that is not offered; offer it")
    for name, one in unit.load_services.items():
        offers.append((f"{name} of the load side", one.bands))
        check_service(name, f"unit {unit.name}")
        if FCAS[name].joint is not Joint.REGULATION:
            raise InputError(
                f"unit {unit.name}: {name} of the load side alone; only regulation has sides"
            )
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


def check_sides(unit: NemUnit, load: Bands) -> None:
    """Refuse a unit that would take and give at once, which burns energy in its losses."""
    buys = [price for price, volume in zip(load.prices, load.volumes, strict=False) if volume > 0.0]
    sells = [
        price
        for price, volume in zip(unit.energy.prices, unit.energy.volumes, strict=False)
        if volume > 0.0
    ]
    is_both = unit.load_available > 0.0 and unit.available > 0.0
    if is_both and buys and sells and max(buys) >= min(sells):
        raise InputError(
            f"unit {unit.name}: energy is bought at {max(buys):g} and sold at {min(sells):g}; "
            "offer load bands that are cheaper than those of generation"
        )


def check_service(name: str, place: str) -> None:
    """Refuse a service that the market does not have."""
    if name not in FCAS:
        known = ", ".join(sorted(FCAS))
        raise InputError(f"{place}: no service is called {name!r}; use {known}")
