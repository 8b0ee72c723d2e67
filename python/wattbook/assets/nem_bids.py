"""Ten-band offers of a battery in the NEM, out of its plan and what its stored energy is worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from wattbook.assets.battery_plan import Plan
from wattbook.assets.foresight import StoreLimits
from wattbook.assets.linear import Floats
from wattbook.assets.nem_offers import (
    BANDS,
    PERIODS,
    PRICE_CAP,
    PRICE_FLOOR,
    DayOffer,
    PeriodOffers,
    broken_pairs,
)
from wattbook.assets.offer_plan import OfferPlan, OfferStep
from wattbook.assets.reserves import FCAS, Direction, Joint
from wattbook.errors import InputError

__all__ = ["BidUnit", "Curve", "band_volumes", "battery_offers", "price_bands"]

HOURS = 1 / 12
HAIR = 1e-9
LEVEL = 0.0
"""Prices are as forecast: no interval has been out yet when the day is offered."""

Key = tuple[str, str]
"""Bid type and direction of an offer."""


@dataclass(frozen=True, slots=True)
class BidUnit:
    """A battery as it is registered, and what it expects of a trading day.

    Parameters
    ----------
    duid, participant : str
    limits : StoreLimits
        Whole MW of power.
    service_mw : mapping of str to float
        Most of each service, by AEMO's names.
    day : date
        Trading day, from 04:00 to 04:00.
    offered : datetime
        When it is offered, by the market's clock.
    energy_prices : ndarray of shape (288,), AUD/MWh
        Forecast.
    service_prices : mapping of str to ndarray of shape (288,), AUD per MW and hour
    initial_mwh : float
        In the cells when the day begins.
    """

    duid: str
    participant: str
    limits: StoreLimits
    service_mw: Mapping[str, float]
    day: dt.date
    offered: dt.datetime
    energy_prices: Floats
    service_prices: Mapping[str, Floats]
    initial_mwh: float


@dataclass(frozen=True, slots=True)
class Curve:
    """What is offered in each interval, as steps of price and volume.

    Parameters
    ----------
    bid_type, direction : str
    prices, volumes : ndarray of shape (288, n_steps)
        AUD/MWh (of services, per MW and hour) and MW. Where the side buys, a step is taken at its
        price or below, else at its price or above.
    available : ndarray of shape (288,), MW
        Most of it; what steps leave is offered at the price limit.
    trapezium_mw : ndarray of shape (288, 4), optional
        Of a service.
    """

    bid_type: str
    direction: str
    prices: Floats
    volumes: Floats
    available: Floats
    trapezium_mw: Floats | None = None

    @property
    def key(self) -> Key:
        """What tells it from the other curves of the unit."""
        return self.bid_type, self.direction

    @property
    def buys(self) -> bool:
        """Whether it is energy that is bought."""
        return self.key == ("ENERGY", "LOAD")


def battery_offers(
    unit: BidUnit, plan: Plan, bands: Mapping[Key, Sequence[float]] | None = None
) -> tuple[DayOffer, ...]:
    """Return the offers of a trading day: energy on both sides, and each service.

    Energy is offered by what stored energy is worth: a step of discharge asks for the worth of the
    energy that it takes after losses, a step of charge pays no more than what it adds is worth
    (`OfferPlan`, at the energy that the plan has in the cells). A service's planned volume, which
    the cells bear, is offered at zero, since the market's joint dispatch pays for the power that
    it takes from energy. What the cells could bear on top asks for the forecast price at which
    the plan left it out. The rest also asks for the worth of the energy or room that it would
    have to hold through the interval. Regulation is offered on the side that the plan runs on,
    contingency services over both.

    Parameters
    ----------
    unit : BidUnit
    plan : Plan
        Of the same prices and services, `plan_battery`.
    bands : mapping of (str, str) to sequence of float, optional
        Price bands by bid type and direction that stand; made of the curves where left out.

    Raises
    ------
    InputError
        If powers are no whole MW, or bands lack a side that is offered.
    """
    limits = unit.limits
    for name, power in (("charge", limits.charge_mw), ("discharge", limits.discharge_mw)):
        if power != round(power):
            raise InputError(f"{name} of {power:g} MW; offers are whole MW, give a whole number")
    if len(plan.charge_mw) != PERIODS:
        raise InputError(f"a plan of {len(plan.charge_mw)} intervals; give the {PERIODS} of a day")
    steps = energy_steps(unit, plan)
    worth = stored_worth(limits, steps)
    curves = [*energy_curves(limits, steps), *service_curves(unit, plan, worth)]
    made = []
    for curve in curves:
        if bands is None:
            least = PRICE_FLOOR if curve.bid_type == "ENERGY" else 0.0
            prices = price_bands(curve.prices[curve.volumes > HAIR], least, PRICE_CAP)
        elif curve.key in bands:
            prices = tuple(bands[curve.key])
        else:
            raise InputError(f"no price bands of {' '.join(curve.key)} are given; give ten")
        made.append(offer_of(unit, curve, prices))
    return one_side(tuple(made), plan)


def energy_before(unit: BidUnit, plan: Plan) -> Floats:
    """Return what is in the cells before each interval, within their limits, MWh."""
    limits = unit.limits
    before = np.concatenate([[unit.initial_mwh], plan.energy_mwh[:-1]])
    found: Floats = np.clip(before, limits.floor_mwh, limits.ceiling_mwh)
    return found


def energy_steps(unit: BidUnit, plan: Plan) -> list[tuple[OfferStep, ...]]:
    """Return the steps of charge and discharge in each interval, from the plan's energy on."""
    none = np.empty((0, PERIODS))
    worth = OfferPlan(unit.limits, none, none, unit.energy_prices, hours=HOURS)
    return [
        worth.offer(number, level=LEVEL, energy_mwh=energy)
        for number, energy in enumerate(energy_before(unit, plan).tolist())
    ]


def energy_curves(limits: StoreLimits, steps: Sequence[tuple[OfferStep, ...]]) -> Iterator[Curve]:
    """Yield what charge and discharge are offered at."""
    for direction, sign, most in (
        ("GEN", 1.0, limits.discharge_mw),
        ("LOAD", -1.0, limits.charge_mw),
    ):
        sides = [[one for one in found if sign * one.power_mw > HAIR] for found in steps]
        width = max(1, *map(len, sides))
        prices, volumes = np.zeros((PERIODS, width)), np.zeros((PERIODS, width))
        for number, side in enumerate(sides):
            for place, step in enumerate(side):
                prices[number, place] = step.price
                volumes[number, place] = abs(step.power_mw)
        yield Curve("ENERGY", direction, prices, volumes, np.full(PERIODS, most))


def service_curves(unit: BidUnit, plan: Plan, worth: Floats) -> Iterator[Curve]:
    """Yield what each service is offered at."""
    limits = unit.limits
    before, after = energy_before(unit, plan), plan.energy_mwh
    charges = plan.charge_mw > plan.discharge_mw
    for direction in (Direction.UP, Direction.DOWN):
        names = [name for name in unit.service_mw if FCAS[name].direction is direction]
        is_up = direction is Direction.UP
        held = 1 / limits.discharge_efficiency if is_up else limits.charge_efficiency
        room = (
            np.minimum(before, after) - limits.floor_mwh
            if is_up
            else limits.ceiling_mwh - np.maximum(before, after)
        )
        hold = {name: FCAS[name].sustain_hours * held for name in names}
        planned = {name: np.floor(plan.reserves_mw[name] + HAIR) for name in names}
        rest = {name: unit.service_mw[name] - planned[name] for name in names}
        free = room - sum(hold[name] * planned[name] for name in names)
        asked = sum(hold[name] * rest[name] for name in names)
        # Services hold their energy beside each other, so they share what the plan leaves.
        share = np.clip(free / np.maximum(asked, HAIR), 0.0, 1.0)
        for name in names:
            borne = np.floor(share * rest[name] + HAIR)
            price = np.maximum(unit.service_prices[name], 0.0)
            holding = np.abs(worth) * hold[name] / HOURS
            prices = np.stack([np.zeros(PERIODS), price, price + holding], axis=1)
            volumes = np.stack([planned[name], borne, rest[name] - borne], axis=1)
            if FCAS[name].joint is not Joint.REGULATION:
                corners = over_both(limits, unit.service_mw[name], is_up=is_up)
                most = np.full(PERIODS, np.floor(unit.service_mw[name]))
                yield Curve(name, "BIDIRECTIONAL", prices, volumes, most, corners)
                continue
            for side in ("GEN", "LOAD"):
                is_side = charges == (side == "LOAD")
                power = limits.charge_mw if side == "LOAD" else limits.discharge_mw
                most = np.where(is_side, min(np.floor(unit.service_mw[name]), power), 0.0)
                raises_side = is_up == (side == "GEN")
                corners = over_side(power, min(unit.service_mw[name], power), rises=raises_side)
                yield Curve(name, side, prices, volumes * is_side[:, None], most, corners)


def stored_worth(limits: StoreLimits, steps: Sequence[tuple[OfferStep, ...]]) -> Floats:
    """Return what one more MWh in the cells is worth in each interval, by the offers made of it.

    The first step of discharge asks for that worth after losses; empty cells have none, there the
    first step of charge pays it.
    """
    worth = np.zeros(PERIODS)
    for number, found in enumerate(steps):
        sold = [one.price for one in found if one.power_mw > HAIR]
        bought = [one.price for one in found if one.power_mw < -HAIR]
        if sold:
            worth[number] = min(sold) * limits.discharge_efficiency
        elif bought:
            worth[number] = max(bought) / limits.charge_efficiency
    return worth


def over_both(limits: StoreLimits, most: float, *, is_up: bool) -> Floats:
    """Return the corners of a contingency service from full charge to full discharge."""
    low, high = -limits.charge_mw, limits.discharge_mw
    corners = (low, low, high - most, high) if is_up else (low, low + most, high, high)
    return np.tile(corners, (PERIODS, 1))


def over_side(power: float, most: float, *, rises: bool) -> Floats:
    """Return the corners of regulation over one side: it needs room above, or power below."""
    corners = (0.0, 0.0, power - most, power) if rises else (0.0, most, power, power)
    return np.tile(corners, (PERIODS, 1))


def price_bands(prices: ArrayLike, least: float, most: float) -> tuple[float, ...]:
    """Return ten bands, rising, from `least` to `most`, in cents.

    Eight stand where the curves of the day have their prices: at even shares of the sorted prices,
    as many as differ. The rest split the widest gaps.

    Parameters
    ----------
    prices : array_like
        Of all steps of the day.
    least, most : float, AUD/MWh
        The first and the last band.
    """
    cents = np.sort(
        np.clip(np.round(np.asarray(prices, np.float64) * 100), least * 100, most * 100)
    )
    found = {round(least * 100), round(most * 100)}
    cents = cents[(cents > min(found)) & (cents < max(found))]
    distinct = np.unique(cents)
    if len(distinct) > BANDS - 2:
        places = np.linspace(0, len(cents) - 1, BANDS - 2).round().astype(int)
        distinct = cents[places]
    found |= {round(cent) for cent in distinct.tolist()}
    while len(found) < BANDS:
        rising = sorted(found)
        gap = max(range(len(rising) - 1), key=lambda place: rising[place + 1] - rising[place])
        found.add((rising[gap] + rising[gap + 1]) // 2)
    return tuple(cent / 100 for cent in sorted(found))


def band_volumes(curve: Curve, prices: Sequence[float]) -> Floats:
    """Return whole MW by band: no step stands at a better price for the market than its own.

    A step that sells goes into the first band at its price or above, one that buys into the last at
    its price or below. Fractions of a MW wait for the next dearer step (cheaper, for one that
    buys). What steps leave of `available` goes into the last band (first).

    Returns
    -------
    ndarray of shape (288, 10), MW
    """
    bands = np.asarray(prices, np.float64)
    volumes = np.zeros((PERIODS, BANDS))
    for number in range(PERIODS):
        order = np.argsort(curve.prices[number], kind="stable")
        if curve.buys:
            order = order[::-1]
        steps, sizes = curve.prices[number, order], curve.volumes[number, order]
        most = float(np.floor(curve.available[number] + HAIR))
        whole = np.minimum(np.floor(np.cumsum(sizes) + HAIR), most)
        taken = np.diff(whole, prepend=0.0)
        if curve.buys:
            places = np.searchsorted(bands, steps + HAIR, side="right") - 1
            rest = 0
        else:
            places = np.searchsorted(bands, steps - HAIR, side="left")
            rest = BANDS - 1
        np.add.at(volumes[number], np.clip(places, 0, BANDS - 1), taken)
        volumes[number, rest] += most - whole[-1]
    return volumes


def offer_of(unit: BidUnit, curve: Curve, prices: tuple[float, ...]) -> DayOffer:
    """Return the offer of a curve."""
    whole = np.floor(curve.available + HAIR)
    other: dict[str, tuple[str, ...]] = {}
    if curve.bid_type == "ENERGY":
        power = str(round(float(curve.available.max())))
        # A battery ramps through its whole power in a minute.
        columns = {"FIXEDLOAD": "0", "ROCUP": power, "ROCDOWN": power, "PASAAVAILABILITY": power}
        other = {name: (text,) * PERIODS for name, text in columns.items()}
    return DayOffer(
        duid=unit.duid,
        bid_type=curve.bid_type,
        direction=curve.direction,
        day=unit.day,
        offered=unit.offered,
        version=1,
        prices=prices,
        periods=PeriodOffers(band_volumes(curve, prices), whole, curve.trapezium_mw, other),
        participant=unit.participant,
    )


def one_side(offers: tuple[DayOffer, ...], plan: Plan) -> tuple[DayOffer, ...]:
    """Return the offers with one side of energy where both would run at once.

    Bands that bought at a price at which others sell would burn energy in the losses, which the
    rules forbid; then the side that the plan does not run is not available.
    """
    periods = [broken.period for _, broken in broken_pairs(offers)]
    if not periods:
        return offers
    places = np.array([number - 1 for number in periods if number is not None])
    charges = plan.charge_mw[places] > plan.discharge_mw[places]
    made = []
    for offer in offers:
        if offer.bid_type == "ENERGY":
            idle = places[charges if offer.direction == "GEN" else ~charges]
            available = offer.periods.max_avail_mw.copy()
            available[idle] = 0.0
            offer = replace(offer, periods=replace(offer.periods, max_avail_mw=available))  # noqa: PLW2901
        made.append(offer)
    return tuple(made)
