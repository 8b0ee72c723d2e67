"""What counterparties owe at a close, and may come to owe: by netting set and counterparty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.portfolio.book import CloseInputs, places_of
from wattbook.portfolio.book.valuation import MILLION
from wattbook.risk.credit import (
    CollateralTerms,
    DealLoadings,
    ExposureProfile,
    ForwardMoves,
    SimulatedMoves,
    credit_valuation_adjustment,
    exposures,
    profile_of,
    simulated_moves,
)
from wattbook.runtime.book.credit_terms import PAYMENT_DAY, Agreement, Counterparty
from wattbook.runtime.book.loadings import Payment, deal_loadings, last_payment_days
from wattbook.runtime.book.reference import BookReference
from wattbook.runtime.book.structured import flow_bases, owed_until

__all__ = ["BookCredit", "CounterpartyCredit", "NettingSet", "book_credit", "credit_figures"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
TOGETHER = 4_096
"""Deals that are valued at once where none is netted: bounds the memory."""


@dataclass(frozen=True, eq=False)
class NettingSet:
    """Deals that are set off against each other, or those with a counterparty that are not.

    Parameters
    ----------
    counterparty : str
    agreement : str
        Empty for deals under none: each counts by itself if it is owed.
    deals : int
    value : float, money of the desk
        Of all deals, owed to us above zero, with deliveries that are not paid.
    held : float
        Collateral, posted below zero.
    exposure : float
        What a default would leave unpaid now.
    profile : ExposureProfile
    """

    counterparty: str
    agreement: str
    deals: int
    value: float
    held: float
    exposure: float
    profile: ExposureProfile


@dataclass(frozen=True, eq=False)
class CounterpartyCredit:
    """All netting sets of a counterparty, path by path.

    Parameters
    ----------
    counterparty : Counterparty
    value, exposure : float, money of the desk
    profile : ExposureProfile
    adjustment : float or None
        Credit valuation adjustment; none without a spread.
    """

    counterparty: Counterparty
    value: float
    exposure: float
    profile: ExposureProfile
    adjustment: float | None


@dataclass(frozen=True, eq=False)
class BookCredit:
    """Credit of a close.

    Parameters
    ----------
    sets : tuple of NettingSet
    counterparties : tuple of CounterpartyCredit
    still : tuple of str
        Places whose prices do not move in the simulation, because no ``[[moves]]`` names them.
    """

    sets: tuple[NettingSet, ...]
    counterparties: tuple[CounterpartyCredit, ...]
    still: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Group:
    """Deals of a counterparty under one agreement, or under none.

    Parameters
    ----------
    counterparty : str
    agreement : Agreement or None
    deals : polars.DataFrame
        As `deal_loadings` takes them.
    flows : polars.DataFrame
        Of structured deals.
    count : int
        Of both.
    """

    counterparty: str
    agreement: Agreement | None
    deals: pl.DataFrame
    flows: pl.DataFrame
    count: int

    @property
    def payment(self) -> Payment:
        """When its deliveries are paid."""
        one = self.agreement
        return Payment(PAYMENT_DAY) if one is None else Payment(one.payment_day, one.is_cleared)

    @property
    def collateral(self) -> CollateralTerms | None:
        """What secures it."""
        return None if self.agreement is None else self.agreement.collateral


@dataclass(frozen=True, eq=False)
class Ahead:
    """Simulated times to come.

    Parameters
    ----------
    now : CloseInputs
    places : tuple of str
    moves : dict of str to ForwardMoves
    days, times : ndarray of int64
        Of exposure, and all that are simulated, from the close.
    simulated : SimulatedMoves
    """

    now: CloseInputs
    places: tuple[str, ...]
    moves: dict[str, ForwardMoves]
    days: Numbers
    times: Numbers
    simulated: SimulatedMoves

    def loadings(self, group: Group, withheld_days: int = 0) -> Iterator[DealLoadings]:
        """Yield the deals of a group, some at once."""
        for deals in group.deals.iter_slices(TOGETHER):
            yield deal_loadings(
                self.now, deals, self.places, self.moves, group.payment, self.times, withheld_days
            )
        if group.flows.height:
            base = flow_bases(self.now, group.flows, group.payment, self.times, withheld_days)
            # Indices stand still.
            still = np.zeros((len(base), 2), np.int64)
            yield DealLoadings(base, still, np.zeros((len(base), 2, len(self.times))))

    def summed(self, group: Group, withheld_days: int = 0) -> DealLoadings:
        """Return the deals of a netting set as one."""
        count, times = 2 * len(self.places), len(self.times)
        base, loading = np.zeros(times), np.zeros((count, times))
        for part in self.loadings(group, withheld_days):
            np.add.at(loading, part.factor.ravel(), part.loading.reshape(-1, times))
            base += part.base.sum(axis=0)
        return DealLoadings(base[None], np.arange(count)[None], loading[None])

    def exposed(self, group: Group) -> tuple[float, Floats]:
        """Return value now, and exposure by date and path.

        What is due within the margin period is not paid by either side: who closes out stops.
        """
        years = self.days / 365.0
        if group.agreement is None:
            worth, found = 0.0, np.zeros((len(years), self.simulated.factors.shape[2]))
            for part in self.loadings(group):
                worth += float(part.base[:, 0].sum())
                found += exposures(part, self.simulated, years, is_netted=False)
            return worth, found
        deals, collateral = self.summed(group), group.collateral
        worth = float(deals.base[0, 0])
        if collateral is None:
            return worth, exposures(deals, self.simulated, years, is_netted=True)
        found = exposures(
            self.summed(group, collateral.margin_days),
            self.simulated,
            years,
            is_netted=True,
            collateral=collateral,
            at_calls=deals,
        )
        return worth, found


def ahead_of(
    now: CloseInputs,
    reference: BookReference,
    groups: tuple[Group, ...],
    wanted: Numbers | None = None,
) -> Ahead:
    """Return the times to come of a close, simulated: `wanted` days, or until the last payment."""
    terms, settings = reference.credit, reference.credit.settings
    # Structured deals load on the factors of no place, and need one to name.
    places = tuple(sorted(places_of(now.deals))) or ("",)
    if wanted is None:
        horizon = max((last_day(now, one) for one in groups), default=1)
        days = np.unique(np.linspace(0, horizon, settings.dates).round().astype(np.int64))
        backs = {one.collateral.margin_days for one in groups if one.collateral is not None}
        times = np.unique(np.concatenate([days, *(days - back for back in sorted(backs))]))
        times = times[times >= 0]
    else:
        days = times = wanted
    # Prices of a place whose moves are not told stand still.
    simulated = simulated_moves(
        [terms.moves.get(place, ForwardMoves(0.0, 0.0, 0.0)) for place in places],
        times / 365.0,
        settings.paths if any(place in terms.moves for place in places) else 2,
        correlation=float(settings.correlation),
        seed=settings.seed,
    )
    return Ahead(now, places, terms.moves, days, times, simulated)


def last_day(now: CloseInputs, group: Group) -> int:
    """Return after how many days the last of a group is delivered and paid, at least 1."""
    last = last_payment_days(now, group.deals, group.payment)
    if group.flows.height:
        until = owed_until(group.flows, group.payment).max()
        last = max(last, int((until - np.datetime64(now.day)).astype(np.int64)) - 1)
    return last


def book_credit(now: CloseInputs, reference: BookReference) -> BookCredit:
    """Return what counterparties owe and may come to owe, at the prices of a close.

    Raises
    ------
    CurveError
        If a deal has no price.
    InputError
        If a rate of exchange is missing.
    """
    terms, settings = reference.credit, reference.credit.settings
    groups = tuple(groups_of(now, reference))
    ahead = ahead_of(now, reference, groups)
    confidence = float(settings.confidence)
    sets: list[NettingSet] = []
    together: dict[str, Floats] = {}
    for group in groups:
        worth, found = ahead.exposed(group)
        sets.append(told(group, worth, found, ahead.days, confidence))
        sums = together.setdefault(group.counterparty, np.zeros_like(found))
        sums += found
    made = tuple(
        counterparty_credit(
            terms.counterparties.get(name, Counterparty(name=name)),
            [one for one in sets if one.counterparty == name],
            profile_of(found, ahead.days / 365.0, confidence),
            float(settings.rate),
        )
        for name, found in together.items()
    )
    still = tuple(place for place in ahead.places if place and place not in terms.moves)
    return BookCredit(tuple(sets), made, still)


def groups_of(now: CloseInputs, reference: BookReference) -> Iterator[Group]:
    """Yield netting sets and, last of each counterparty, its deals under no agreement."""
    power = pl.col("power") / MILLION
    live = now.deals.filter(pl.col("power") != 0).with_columns(
        power_mw=power, owed=power * pl.col("price") / MILLION
    )
    flows = now.structured.flows
    pairs = pl.concat([one.select("counterparty", "book") for one in (live, flows)]).unique()
    names = {
        (counterparty, book): reference.credit.agreement_of(counterparty, book)
        for counterparty, book in pairs.iter_rows()
    }
    live, flows = (with_agreement(one, names) for one in (live, flows))
    by_name = {one.name: one for one in reference.credit.agreements}
    keys = pl.concat([one.select("counterparty", "agreement") for one in (live, flows)]).unique()
    # Deals under no agreement come last.
    order = sorted(keys.rows(), key=lambda key: (key[0], not key[1], key[1]))
    for counterparty, agreement in order:
        own, structured = (
            one.filter(
                (pl.col("counterparty") == counterparty) & (pl.col("agreement") == agreement)
            )
            for one in (live, flows)
        )
        yield Group(
            counterparty,
            by_name.get(agreement),
            own if not agreement else merged(own),
            structured,
            own.height + structured["deal"].n_unique(),
        )


def with_agreement(
    deals: pl.DataFrame, names: Mapping[tuple[str, str], Agreement | None]
) -> pl.DataFrame:
    """Return deals with the name of the agreement that each falls under, empty for none."""
    told = ["" if (one := names[pair]) is None else one.name
            for pair in deals.select("counterparty", "book").iter_rows()]  # fmt: skip
    return deals.with_columns(agreement=pl.Series(told, dtype=pl.String))


def merged(deals: pl.DataFrame) -> pl.DataFrame:
    """Return deals that are netted as one a product and currency: together worth the same."""
    return deals.group_by("product", "currency", maintain_order=True).agg(
        pl.col("deal").first(), pl.col("power_mw", "owed").sum()
    )


def told(group: Group, worth: float, found: Floats, days: Numbers, confidence: float) -> NettingSet:
    """Return a netting set with its figures; all paths start at what is exposed now."""
    return NettingSet(
        group.counterparty,
        "" if group.agreement is None else group.agreement.name,
        group.count,
        worth,
        0.0 if group.collateral is None else group.collateral.held,
        float(found[0, 0]),
        profile_of(found, days / 365.0, confidence),
    )


def counterparty_credit(
    counterparty: Counterparty,
    sets: list[NettingSet],
    profile: ExposureProfile,
    rate: float,
) -> CounterpartyCredit:
    """Return the figures of a counterparty."""
    spread = counterparty.spread
    adjustment = None if spread is None else credit_valuation_adjustment(
        profile, float(spread), float(counterparty.recovery), rate=rate
    )  # fmt: skip
    return CounterpartyCredit(
        counterparty,
        sum(one.value for one in sets),
        sum(one.exposure for one in sets),
        profile,
        adjustment,
    )


def credit_figures(found: BookCredit) -> dict[str, Any]:
    """Return credit as JSON can say it."""
    return {
        "sets": [
            {
                "counterparty": one.counterparty,
                "agreement": one.agreement,
                "deals": one.deals,
                "value": one.value,
                "held": one.held,
                "exposure": one.exposure,
                "expected_positive": one.profile.expected_positive,
                "peak": one.profile.peak,
            }
            for one in found.sets
        ],
        "counterparties": [
            {
                "counterparty": one.counterparty.name,
                "value": one.value,
                "exposure": one.exposure,
                "expected_positive": one.profile.expected_positive,
                "peak": one.profile.peak,
                "adjustment": one.adjustment,
            }
            for one in found.counterparties
        ],
        "still": list(found.still),
    }
