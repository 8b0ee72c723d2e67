"""Netting sets of a close at simulated times to come: what each is worth and leaves exposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.portfolio.book import CloseInputs, places_of
from wattbook.portfolio.book.valuation import MILLION
from wattbook.risk.credit import (
    CollateralTerms,
    DealLoadings,
    ForwardMoves,
    SimulatedMoves,
    exposures,
    simulated_moves,
)
from wattbook.runtime.book.credit_terms import PAYMENT_DAY, Agreement
from wattbook.runtime.book.index_paths import FlowPaths, index_moves, owed_until
from wattbook.runtime.book.loadings import Payment, deal_loadings, last_payment_days
from wattbook.runtime.book.reference import BookReference

__all__ = ["Ahead", "Group", "ahead_of", "groups_of"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
TOGETHER = 4_096
"""Deals that are valued at once where none is netted: bounds the memory."""


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
    indices : FlowPaths
    """

    now: CloseInputs
    places: tuple[str, ...]
    moves: dict[str, ForwardMoves]
    days: Numbers
    times: Numbers
    simulated: SimulatedMoves
    indices: FlowPaths

    @property
    def paths(self) -> int:
        """How many are simulated."""
        return int(self.simulated.factors.shape[2])

    def loadings(self, group: Group, withheld_days: int = 0) -> Iterator[DealLoadings]:
        """Yield the deals of a group that are not structured, some at once."""
        for deals in group.deals.iter_slices(TOGETHER):
            yield deal_loadings(
                self.now, deals, self.places, self.moves, group.payment, self.times, withheld_days
            )

    def structured(self, group: Group, withheld_days: int = 0) -> Floats:
        """Return the structured deals of a netting set on each path: (n_times, n_paths)."""
        if not group.flows.height:
            return np.zeros((len(self.times), self.paths))
        found = self.indices.values(group.flows, group.payment, withheld_days)
        return np.array([one.sum(axis=0) for one in found])

    def summed(self, group: Group, withheld_days: int = 0) -> DealLoadings:
        """Return the deals of a netting set as one that are not structured."""
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
            worth, found = 0.0, np.zeros((len(years), self.paths))
            for part in self.loadings(group):
                worth += float(part.base[:, 0].sum())
                found += exposures(part, self.simulated, years, is_netted=False)
            if group.flows.height:
                owed = self.indices.values(group.flows, group.payment)
                wanted = np.searchsorted(self.times, self.days)
                paths = [(one[:, 0].sum(), np.maximum(one, 0.0).sum(axis=0)) for one in owed]
                worth += float(paths[0][0])
                found += np.array([one for _, one in paths])[wanted]
            return worth, found
        deals, collateral = self.summed(group), group.collateral
        withheld = 0 if collateral is None else collateral.margin_days
        traded = self.structured(group)
        held_back = self.structured(group, withheld) if withheld else traded
        # Structured deals are a factor of their own, as their values are no sum of price moves.
        simulated = SimulatedMoves(
            self.simulated.years, np.concatenate([self.simulated.factors, [traded, held_back]])
        )
        worth = float(deals.base[0, 0] + traded[0, 0])
        deals = with_factors(deals, (1.0, 0.0))
        if collateral is None:
            return worth, exposures(deals, simulated, years, is_netted=True)
        found = exposures(
            with_factors(self.summed(group, withheld), (0.0, 1.0)),
            simulated,
            years,
            is_netted=True,
            collateral=collateral,
            at_calls=deals,
        )
        return worth, found


def with_factors(deals: DealLoadings, loadings: tuple[float, ...]) -> DealLoadings:
    """Return deals that are one with more factors, of which it is worth a share each."""
    count, times = deals.loading.shape[1], deals.loading.shape[2]
    more = np.broadcast_to(np.array(loadings)[None, :, None], (1, len(loadings), times))
    return DealLoadings(
        deals.base,
        np.arange(count + len(loadings))[None],
        np.concatenate([deals.loading, more], axis=1),
    )


def ahead_of(
    now: CloseInputs,
    reference: BookReference,
    groups: tuple[Group, ...],
    wanted: Numbers | None = None,
) -> Ahead:
    """Return the times to come of a close, simulated: `wanted` days, or until the last payment."""
    terms, settings = reference.credit, reference.credit.settings
    places = tuple(sorted(places_of(now.deals)))
    indices = index_moves(now)
    if wanted is None:
        horizon = max((last_day(now, one) for one in groups), default=1)
        days = np.unique(np.linspace(0, horizon, settings.dates).round().astype(np.int64))
        backs = {one.collateral.margin_days for one in groups if one.collateral is not None}
        times = np.unique(np.concatenate([days, *(days - back for back in sorted(backs))]))
        times = times[times >= 0]
    else:
        days = times = wanted
    # Prices of a place whose moves are not told stand still.
    moves = [terms.moves.get(place, ForwardMoves(0.0, 0.0, 0.0)) for place in places]
    is_moving = bool(indices) or any(place in terms.moves for place in places)
    simulated = simulated_moves(
        [*moves, *indices.values()],
        times / 365.0,
        settings.paths if is_moving else 2,
        correlation=float(settings.correlation),
        seed=settings.seed,
    )
    # Of an index the level counts, which follows the near factor.
    levels = {
        name: simulated.factors[2 * (len(places) + at) + 1] for at, name in enumerate(indices)
    }
    of_places = SimulatedMoves(simulated.years, simulated.factors[: 2 * len(places)])
    return Ahead(
        now,
        places,
        terms.moves,
        days,
        times,
        of_places,
        FlowPaths(now, times, levels, simulated.factors.shape[2]),
    )


def last_day(now: CloseInputs, group: Group) -> int:
    """Return after how many days the last of a group is delivered and paid, at least 1."""
    last = last_payment_days(now, group.deals, group.payment)
    if group.flows.height:
        until = owed_until(group.flows, group.payment).max()
        last = max(last, int((until - np.datetime64(now.day)).astype(np.int64)) - 1)
    return last


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
