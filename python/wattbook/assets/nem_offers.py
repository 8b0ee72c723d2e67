"""Ten-band offers of a NEM unit: their rules and volume-only rebids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.linear import Floats
from wattbook.assets.nem_columns import broken_columns
from wattbook.errors import InputError

__all__ = [
    "BANDS",
    "CLOCK",
    "DAY_START",
    "INTERVAL",
    "PERIODS",
    "PRICE_CAP",
    "PRICE_FLOOR",
    "BrokenRule",
    "DayOffer",
    "PeriodOffers",
    "broken_pairs",
    "broken_rules",
    "rebid",
    "rebid_to",
    "stamps",
]

BANDS = 10
PERIODS = 288
CLOCK = "%Y/%m/%d %H:%M:%S"
INTERVAL = dt.timedelta(minutes=5)
DAY_START = dt.timedelta(hours=4)
PRICE_FLOOR, PRICE_CAP = -1_000.0, 20_300.0
"""Market price limits of the financial year 2025-26, AUD/MWh; bands lie within them."""


@dataclass(frozen=True, slots=True)
class PeriodOffers:
    """What is offered in each interval of a trading day, 04:00 to 04:00 of the market's clock.

    Parameters
    ----------
    band_mw : ndarray of shape (288, 10)
        Volume in each price band.
    max_avail_mw : ndarray of shape (288,)
        Most that may be dispatched or enabled.
    trapezium_mw : ndarray of shape (288, 4), or None
        Enablement minimum, low and high breakpoint, enablement maximum; of FCAS only.
    other : dict of str to tuple of str
        Further columns of AEMO as they were read, one text an interval.
    """

    band_mw: Floats
    max_avail_mw: Floats
    trapezium_mw: Floats | None = None
    other: dict[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class DayOffer:
    """An offer of one unit for one service on one trading day.

    Parameters
    ----------
    duid : str
        The unit.
    bid_type : str
        ``ENERGY`` or a service, as ``RAISE6SEC``.
    direction : str
        ``GEN`` or ``LOAD``: the side of a bidirectional unit; ``BIDIRECTIONAL`` for a service that
        it gives from charge to discharge.
    day : date
        Trading day.
    offered : datetime
        When, by the market's clock.
    version : int
        Rises with each rebid.
    prices : tuple of float
        Of the ten bands, AUD/MWh; fixed for the day once it is offered.
    periods : PeriodOffers
        Volumes.
    participant, explanation, entry : str, optional
        Who offers, why it was rebid, and ``DAILY`` or ``REBID``.
    other : dict of str to str, optional
        Further columns of AEMO as they were read.
    """

    duid: str
    bid_type: str
    direction: str
    day: dt.date
    offered: dt.datetime
    version: int
    prices: tuple[float, ...]
    periods: PeriodOffers
    participant: str = ""
    explanation: str = ""
    entry: str = "DAILY"
    other: dict[str, str] | None = None

    @property
    def key(self) -> tuple[str, str, str, dt.date, int]:
        """What tells it from every other offer."""
        return (self.duid, self.bid_type, self.direction, self.day, self.version)


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that an offer breaks.

    Parameters
    ----------
    period : int or None
        Number of the interval, from 1; none where the rule is of the day's row.
    rule : str
        What was found and what the rule asks for.
    """

    period: int | None
    rule: str

    @property
    def place(self) -> str:
        """``day`` or ``period 17``."""
        return "day" if self.period is None else f"period {self.period}"


def broken_rules(offer: DayOffer) -> Iterator[BrokenRule]:
    """Yield every rule of AEMO's bid validation that an offer breaks, row by row."""
    prices, periods = offer.prices, offer.periods
    if len(prices) != BANDS:
        yield BrokenRule(None, f"{len(prices)} price bands; give {BANDS}")
    if not all(a < b for a, b in pairwise(prices)):
        yield BrokenRule(None, f"price bands {prices} do not rise from band to band")
    least = PRICE_FLOOR if offer.bid_type == "ENERGY" else 0.0
    # A comparison with no number is false, so each rule asks for what is right.
    for band, price in enumerate(prices, start=1):
        if not least <= price <= PRICE_CAP:
            rule = f"price band {band} is {price}; give {least:,.0f} to {PRICE_CAP:,.0f} AUD/MWh"
            yield BrokenRule(None, rule)
    if offer.entry == "REBID" and not offer.explanation.strip():
        yield BrokenRule(None, "a rebid without a reason; say what changed and when")
    if periods.band_mw.shape != (PERIODS, BANDS):
        shape = periods.band_mw.shape
        yield BrokenRule(None, f"volumes of shape {shape}; give ({PERIODS}, {BANDS})")
        return
    yield from broken_volumes(offer)
    for period, rule in broken_columns(offer.bid_type, offer.version, periods.other or {}):
        yield BrokenRule(period, rule)


def broken_volumes(offer: DayOffer) -> Iterator[BrokenRule]:
    """Yield the rules that volumes break, interval by interval."""
    periods = offer.periods
    for number in range(PERIODS):
        place = number + 1
        volumes, most = periods.band_mw[number], periods.max_avail_mw[number]
        for band in np.flatnonzero(~is_whole(volumes)):
            rule = f"band {band + 1} holds {volumes[band]} MW; give a whole number, zero or more"
            yield BrokenRule(place, rule)
        if not is_whole(most):
            yield BrokenRule(place, f"{most} MW available; give a whole number, zero or more")
        if not volumes.sum() >= most:
            rule = f"bands hold {volumes.sum():g} MW, {most:g} MW are available; offer all of it"
            yield BrokenRule(place, rule)
        if periods.trapezium_mw is not None:
            corners = periods.trapezium_mw[number]
            if not (np.isfinite(corners).all() and (np.diff(corners) >= 0).all()):
                rule = f"corners of the trapezium are {corners.tolist()} MW; give rising numbers"
                yield BrokenRule(place, rule)
        elif offer.bid_type != "ENERGY":
            yield BrokenRule(place, f"{offer.bid_type} without a trapezium; give its four corners")


def is_whole(mw: Floats) -> NDArray[np.bool_]:
    """Return which volumes are whole numbers, zero or more."""
    found: NDArray[np.bool_] = np.isfinite(mw) & (mw >= 0) & (mw == np.round(mw))
    return found


def broken_pairs(offers: Sequence[DayOffer]) -> Iterator[tuple[DayOffer, BrokenRule]]:
    """Yield each interval in which a battery would buy at a price at which it also sells.

    A bidirectional unit offers energy on two sides. Bands with volume, as far as `max_avail_mw`
    reaches, must all be cheaper on the load side than on the generation side (National Electricity
    Rules, clause 3.8.6(h)(2); AEMO's validation of bid convexity, here at loss factors of one).

    Yields
    ------
    tuple of DayOffer and BrokenRule
        The generation side and the interval.
    """
    sides = {
        (one.duid, one.day, one.version, one.direction): one
        for one in offers
        if one.bid_type == "ENERGY"
    }
    for (duid, day, version, direction), load in sides.items():
        gen = sides.get((duid, day, version, "GEN"))
        if direction != "LOAD" or gen is None:
            continue
        buys, sells = dearest(load), cheapest(gen)
        for place in np.flatnonzero(~(buys < sells)).tolist():
            rule = (
                f"energy is bought at {buys[place]:g} AUD/MWh and sold at {sells[place]:g}; offer "
                "load bands that are cheaper than those of generation, or make one side available"
            )
            yield gen, BrokenRule(place + 1, rule)


def dearest(offer: DayOffer) -> Floats:
    """Return the dearest price with volume in each interval; below all prices where none is.

    A load gives way in its dear bands last, so its availability is counted from the dearest.
    """
    volumes = offer.periods.band_mw
    above = np.cumsum(volumes[:, ::-1], axis=1)[:, ::-1] - volumes
    held = (volumes > 0) & (above < offer.periods.max_avail_mw[:, None])
    found: Floats = np.where(held, np.array(offer.prices), -np.inf).max(axis=1)
    return found


def cheapest(offer: DayOffer) -> Floats:
    """Return the cheapest price with volume in each interval; above all prices where none is."""
    volumes = offer.periods.band_mw
    below = np.cumsum(volumes, axis=1) - volumes
    held = (volumes > 0) & (below < offer.periods.max_avail_mw[:, None])
    found: Floats = np.where(held, np.array(offer.prices), np.inf).min(axis=1)
    return found


def rebid(
    offer: DayOffer,
    band_mw: Floats,
    max_avail_mw: Floats,
    *,
    at: dt.datetime,
    reason: str,
    trapezium_mw: Floats | None = None,
) -> DayOffer:
    """Return the next version with other volumes and the same price bands.

    Prices of bands stand once the day is offered; a rebid moves volume between bands and changes
    what is available, and says why (National Electricity Rules, clause 3.8.22). The trapezium of a
    service stays where none is given.

    Raises
    ------
    InputError
        If it comes before the offer, changes an interval that has begun, or breaks a rule.
    """
    if at <= offer.offered:
        raise InputError(f"rebid at {at}, but version {offer.version} is of {offer.offered}")
    begun = begun_at(offer.day, at)
    corners = offer.periods.trapezium_mw if trapezium_mw is None else trapezium_mw
    volumes = np.asarray(band_mw, np.float64)
    available = np.asarray(max_avail_mw, np.float64)
    if volumes.shape == offer.periods.band_mw.shape:
        changed = (volumes != offer.periods.band_mw).any(axis=1)
        changed |= available != offer.periods.max_avail_mw
        if changed[:begun].any():
            number = int(np.argmax(changed[:begun])) + 1
            raise InputError(f"period {number} had begun at {at}; leave its volumes as they are")
    made = replace(offer, offered=at, version=offer.version + 1, explanation=reason, entry="REBID")
    # Intervals that had begun keep the stamps of the offer that was in force for them.
    before, after, kept = stamps(offer), stamps(made), offer.periods.other or {}
    other = dict(kept)
    for name, text in after.items():
        texts = kept.get(name, (before[name],) * PERIODS)
        other[name] = (*texts[:begun], *(text,) * (PERIODS - begun))
    named = {name: text for name, text in (offer.other or {}).items() if name not in after}
    periods = PeriodOffers(volumes, available, corners, other)
    made = replace(made, periods=periods, other=named)
    for broken in broken_rules(made):
        raise InputError(f"{broken.place}: {broken.rule}")
    return made


def begun_at(day: dt.date, at: dt.datetime) -> int:
    """Return how many intervals of a trading day have begun at an instant."""
    opening = dt.datetime.combine(day, dt.time()) + DAY_START
    return min(int((at - opening) / INTERVAL) + 1, PERIODS) if at >= opening else 0


def rebid_to(offer: DayOffer, wanted: DayOffer, *, at: dt.datetime, reason: str) -> DayOffer:
    """Return the next version of `offer` with what `wanted` offers in intervals to come.

    Raises
    ------
    InputError
        If `wanted` has other price bands, names the band; if the day is over; and as of `rebid`.
    """
    what = f"{offer.duid} {offer.bid_type} {offer.direction} of {offer.day}"
    pairs = zip(offer.prices, wanted.prices, strict=True)
    for band, (stands, asked) in enumerate(pairs, start=1):
        if stands != asked:
            raise InputError(
                f"{what}: price band {band} is {asked:g} AUD/MWh, offered at {stands:g}; prices of "
                "a day stand, move volume between the bands"
            )
    begun = begun_at(offer.day, at)
    kept, asked_for = offer.periods, wanted.periods
    if begun >= len(kept.band_mw):
        raise InputError(
            f"{what}: its last interval had begun by {at}; a rebid changes no interval"
        )
    volumes, available = asked_for.band_mw.copy(), asked_for.max_avail_mw.copy()
    volumes[:begun], available[:begun] = kept.band_mw[:begun], kept.max_avail_mw[:begun]
    corners = asked_for.trapezium_mw
    if corners is not None and kept.trapezium_mw is not None:
        corners = corners.copy()
        corners[:begun] = kept.trapezium_mw[:begun]
    try:
        return rebid(offer, volumes, available, at=at, reason=reason, trapezium_mw=corners)
    except InputError as fault:
        raise InputError(f"{what}: {fault}") from fault


def stamps(offer: DayOffer) -> dict[str, str]:
    """Return the columns that say when an offer was made and which one it is."""
    offered = offer.offered.strftime(CLOCK)
    return {
        "BIDSETTLEMENTDATE": dt.datetime.combine(offer.day, dt.time()).strftime(CLOCK),
        "OFFERDATE": offered,
        "VERSIONNO": str(offer.version),
        "LASTCHANGED": offered,
    }
