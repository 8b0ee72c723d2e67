"""Clears recorded auctions and compares the result with what was published."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wattbook.market.auction import Clearing, Status, clear
from wattbook.market.auction.day import AuctionDay
from wattbook.market.auction.iberian import published_energy
from wattbook.market.auction.network import Floats
from wattbook.market.auction.recorded import Borders, RecordedDay

__all__ = [
    "ClearedDay",
    "Difference",
    "IberianCheck",
    "PublishedCheck",
    "clear_day",
    "compare",
    "compare_iberian",
    "energy_missed",
]

STATUSES = {
    "ACC": Status.ACCEPTED,
    "REJ": Status.REJECTED,
    "PREJ": Status.PARADOXICALLY_REJECTED,
}
PRICE_DECIMALS = 5
"""Prices are published to so many: a border's price may be the middle of two zones'."""


@dataclass(frozen=True, slots=True)
class ClearedDay:
    """A recorded day, cleared in the three ways that its published result answers.

    Parameters
    ----------
    recorded : RecordedDay
        Orders and published result.
    convex : Clearing
        Published block decisions built in, borders at their prices: prices.
    scheduled : Clearing
        The same with borders at their schedules: flows.
    whole : Clearing
        Blocks decided, borders at their prices: accepted and rejected blocks.
    whole_scheduled : Clearing
        Blocks decided, borders at their schedules: also paradoxically rejected blocks, since
        borders that take everything at one price let no block move a price.
    """

    recorded: RecordedDay
    convex: Clearing
    scheduled: Clearing
    whole: Clearing
    whole_scheduled: Clearing


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that came out differently from what was published."""

    what: str
    published: str
    cleared: str


@dataclass(frozen=True, slots=True)
class PublishedCheck:
    """How a cleared day compares with the published one.

    Parameters
    ----------
    day : datetime.date
        Local delivery day.
    prices, prices_equal : int
        Zone-hours, and how many have the published price to its last decimal.
    flow_error_mwh_mean, flow_error_mwh_max : float
        Distance of flows between zones from the published ones.
    blocks, blocks_equal : int
        Blocks accepted or rejected, and how many were decided the same, borders at prices.
    paradoxical, paradoxical_found : int
        Blocks paradoxically rejected, and how many of them so with borders at schedules.
    scheduled_equal : int
        Blocks of any status decided the same with borders at schedules.
    differences : tuple of Difference
        Prices first, then blocks.
    gap : float, EUR
        What the searches may have missed at most; 0 where all were proved.
    """

    day: dt.date
    prices: int
    prices_equal: int
    flow_error_mwh_mean: float
    flow_error_mwh_max: float
    blocks: int
    blocks_equal: int
    paradoxical: int
    paradoxical_found: int
    scheduled_equal: int
    differences: tuple[Difference, ...]
    gap: float

    @property
    def is_good(self) -> bool:
        """Whether every price, and every acceptance and rejection, is the published one."""
        return self.prices == self.prices_equal and self.blocks == self.blocks_equal


def clear_day(recorded: RecordedDay, seconds_max: float = 600.0) -> ClearedDay:
    """Clear a recorded day in every way that its published result answers.

    Parameters
    ----------
    recorded : RecordedDay
        The day.
    seconds_max : float
        How long each search for blocks may take.
    """
    auctions = (
        recorded.convex(Borders.PRICED),
        recorded.convex(Borders.SCHEDULED),
        recorded.whole(Borders.PRICED),
        recorded.whole(Borders.NEARLY_SCHEDULED),
    )
    return ClearedDay(recorded, *(clear(one, seconds_max=seconds_max) for one in auctions))


def compare(cleared: ClearedDay) -> PublishedCheck:
    """Compare a cleared day with its published result."""
    recorded = cleared.recorded
    published = recorded.published_prices()
    prices = cleared.convex.prices[:, : len(recorded.zones)]
    is_equal = np.round(prices, PRICE_DECIMALS) == np.round(published, PRICE_DECIMALS)
    differences = [
        Difference(
            f"price of {recorded.zones[zone]}, period {period + 1}, EUR/MWh",
            f"{published[period, zone]}",
            f"{prices[period, zone]:.{PRICE_DECIMALS}f}",
        )
        for period, zone in np.argwhere(~is_equal)
    ]
    flows = cleared.scheduled.flows[:, : len(recorded.links)]
    flow_error = np.abs(flows - recorded.published_flows())
    statuses = [STATUSES[status] for status in recorded.published_statuses()]
    names = recorded.tables["block-orders"]["block"].unique(maintain_order=True)
    counts: Counter[str] = Counter()
    for name, status, priced, scheduled in zip(
        names, statuses, cleared.whole.statuses, cleared.whole_scheduled.statuses, strict=True
    ):
        counts["scheduled"] += status is scheduled
        if status is Status.PARADOXICALLY_REJECTED:
            counts["paradoxical"] += 1
            counts["found"] += status is scheduled
            continue
        counts["blocks"] += 1
        counts["equal"] += status is priced
        if status is not priced:
            differences.append(Difference(f"block {name}", status.value, priced.value))
    return PublishedCheck(
        day=recorded.day,
        prices=published.size,
        prices_equal=int(is_equal.sum()),
        flow_error_mwh_mean=float(np.nanmean(flow_error)),
        flow_error_mwh_max=float(np.nanmax(flow_error)),
        blocks=counts["blocks"],
        blocks_equal=counts["equal"],
        paradoxical=counts["paradoxical"],
        paradoxical_found=counts["found"],
        scheduled_equal=counts["scheduled"],
        differences=tuple(differences),
        gap=max(cleared.whole.gap, cleared.whole_scheduled.gap),
    )


ENERGY_DECIMALS = 1
"""Energy is published to so many."""


@dataclass(frozen=True, slots=True)
class IberianCheck:
    """How an Iberian day, cleared on its own, compares with the published one.

    Parameters
    ----------
    title : str
        Of the day.
    prices, prices_equal : int
        Published prices of zones and periods, and how many were met to the cent.
    error_eur_mwh_mean, error_eur_mwh_max : float
        Distance from the published prices.
    periods, energy_equal : int
        Periods, and in how many the bids to buy at the published price make the published energy,
        to the last decimal or within what stands just at the price.
    energy_error_mwh_max : float
        How far they are from it at most.
    gap : float, EUR
        What the search may have missed.
    """

    title: str
    prices: int
    prices_equal: int
    error_eur_mwh_mean: float
    error_eur_mwh_max: float
    periods: int
    energy_equal: int
    energy_error_mwh_max: float
    gap: float


def compare_iberian(day: AuctionDay, folder: Path, seconds_max: float) -> IberianCheck:
    """Clear an Iberian day and compare it with the published prices and energy."""
    clearing = clear(day.auction, seconds_max=seconds_max)
    known = ~np.isnan(day.published)
    error = np.abs(clearing.prices - day.published)[known]
    missed = energy_missed(day, published_energy(folder, day.periods))
    has_energy = ~np.isnan(missed)
    return IberianCheck(
        title=day.title,
        prices=int(known.sum()),
        prices_equal=int((np.round(error, 2) == 0).sum()),
        error_eur_mwh_mean=float(error.mean()) if error.size else 0.0,
        error_eur_mwh_max=float(error.max(initial=0.0)),
        periods=int(has_energy.sum()),
        energy_equal=int((np.round(missed[has_energy], ENERGY_DECIMALS) == 0).sum()),
        energy_error_mwh_max=float(missed[has_energy].max(initial=0.0)),
        gap=clearing.gap,
    )


def energy_missed(day: AuctionDay, energy: Floats) -> Floats:
    """Return how far the bids to buy at the published prices are from the energy, MWh."""
    hourly, hours = day.auction.hourly, day.auction.network.hours
    price = day.published[hourly.period, hourly.zone]
    least, most = (
        np.bincount(
            hourly.period[taken],
            (hourly.volume * hours[hourly.period])[taken],
            minlength=len(energy),
        )
        for taken in (
            hourly.is_demand & (hourly.price_start > price),
            hourly.is_demand & (hourly.price_start >= price),
        )
    )
    missed: Floats = np.maximum(np.maximum(least - energy, energy - most), 0.0)
    return np.where(np.isnan(energy), np.nan, missed)
