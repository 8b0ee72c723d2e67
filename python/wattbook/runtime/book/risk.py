"""Value at risk of a close's positions over the closes before it, and limits that are broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.portfolio.book import Close, CloseInputs, PlacePrices, running_power
from wattbook.portfolio.book.valuation import positions, rate_of
from wattbook.risk import Quantile
from wattbook.risk import value_at_risk as quantile_of
from wattbook.risk.liquidity import LiquidityAdjusted, MarketDepth, liquidity_adjusted_risk
from wattbook.runtime.book.credit import BookCredit
from wattbook.runtime.book.reference import BookReference, Limit

__all__ = [
    "CONFIDENCE",
    "SCENARIOS_MIN",
    "Breach",
    "ValueAtRisk",
    "breaches",
    "credit_breaches",
    "scenario_pnl",
    "untested",
    "value_at_risk",
]

Floats = NDArray[np.float64]
CONFIDENCE = 0.95
SCENARIOS_MIN = 20
"""Fewer changes than that say nothing of the worst of twenty days."""


@dataclass(frozen=True)
class ValueAtRisk:
    """Of one day, 95 %, by historical simulation.

    Parameters
    ----------
    amount : float or None
        Loss above zero, money of the desk; none with too little history.
    scenarios : int
        Changes from close to close.
    adjusted : LiquidityAdjusted or None
        With what closing out adds; none without history, or where a place's depth is not told.
    """

    amount: float | None
    scenarios: int
    adjusted: LiquidityAdjusted | None = None


@dataclass(frozen=True)
class Breach:
    """A limit that is broken."""

    limit: str
    scope: str
    """The book, the counterparty, or both."""
    found: float
    most: float


def change_of(now: PlacePrices, old: PlacePrices, new: PlacePrices) -> Floats:
    """Return what the price of each period of `now` changed by between two closes.

    A period counts if it was open in both of them, with the same length; others changed by nothing.
    """
    made = np.zeros(len(now.hours))
    starts = now.start[:-1]
    lengths = np.diff(now.start)
    found = []
    for one in (old, new):
        place = np.searchsorted(one.start[:-1], starts)
        inside = np.minimum(place, len(one.hours) - 1)
        is_there = (
            (place < len(one.hours))
            & (one.start[inside] == starts)
            & (one.start[inside + 1] - one.start[inside] == lengths)
            & (starts >= one.open_from)
        )
        found.append((inside, is_there))
    (before, was), (after, is_open) = found
    both = was & is_open
    made[both] = new.price[after[both]] - old.price[before[both]]
    return made


def scenario_pnl(
    now: CloseInputs,
    history: Sequence[Mapping[str, PlacePrices]],
    held: Mapping[str, Floats],
) -> Floats:
    """Return what powers earn in each change from close to close, in the desk's currency.

    Parameters
    ----------
    now : CloseInputs
        Of the close.
    history : sequence of mapping of str to PlacePrices
        Prices of each close, oldest first, the last that of the close.
    held : mapping of str to ndarray, MW
        By place, a value each period of its prices in `now`.
    """
    made = np.zeros(max(len(history) - 1, 0))
    for place, power in held.items():
        there = now.prices[place]
        rate = rate_of(now.fx, there.currency, f"the curve of {place}")
        energy = np.where(there.start[:-1] >= there.open_from, power * there.hours * rate, 0.0)
        if not energy.any():
            continue
        for at, (old, new) in enumerate(pairwise(history)):
            if place in old and place in new:
                made[at] += float(energy @ change_of(there, old[place], new[place]))
    return made


def value_at_risk(
    now: CloseInputs,
    history: Sequence[Mapping[str, PlacePrices]],
    depths: Mapping[str, MarketDepth] | None = None,
    of_indices: Mapping[str, Floats] | None = None,
) -> dict[str, ValueAtRisk]:
    """Return the value at risk of each book, from absolute changes of each period's price.

    Parameters
    ----------
    now, history
        As for `scenario_pnl`.
    depths : mapping of str to MarketDepth, optional
        By place, for what closing out adds.
    of_indices : mapping of str to ndarray, optional
        By book, what its structured trades earn in each change.
    """
    more = of_indices or {}
    count = max(len(history) - 1, 0)
    held: dict[str, dict[str, Floats]] = {}
    for (book, place), power in running_power(now.deals, now.prices).items():
        held.setdefault(book, {})[place] = power
    books = sorted({*held, *more, *now.structured.flows["book"]})
    if count < SCENARIOS_MIN:
        return {book: ValueAtRisk(None, count) for book in books}
    made = {}
    for book in books:
        own = held.get(book, {})
        pnl = np.zeros((count, len(own)))
        for at, (place, power) in enumerate(own.items()):
            pnl[:, at] = scenario_pnl(now, history, {place: power})
        together = pnl.sum(axis=1) + more.get(book, 0.0)
        loss = float(quantile_of(together, CONFIDENCE, Quantile.INVERTED_CDF))
        # How well an index sells is not told.
        extra = None if book in more else adjusted(now, own, pnl, depths or {})
        made[book] = ValueAtRisk(loss, count, extra)
    return made


def adjusted(
    now: CloseInputs,
    held: Mapping[str, Floats],
    pnl: Floats,
    depths: Mapping[str, MarketDepth],
) -> LiquidityAdjusted | None:
    """Return value at risk with what closing out adds, if the depth of each place is told.

    Open energy counts period by period, whichever way: what is bought in one period closes out
    nothing that is sold in another.
    """
    if not held or any(place not in depths for place in held):
        return None
    energy = [
        float(
            np.abs(power * now.prices[place].hours)[
                now.prices[place].start[:-1] >= now.prices[place].open_from
            ].sum()
        )
        for place, power in held.items()
    ]
    return liquidity_adjusted_risk(energy, pnl, tuple(depths[place] for place in held), CONFIDENCE)


def breaches(
    reference: BookReference, now: CloseInputs, close: Close, risk: Mapping[str, ValueAtRisk]
) -> tuple[Breach, ...]:
    """Return the limits that a close breaks."""
    found = []
    for one in reference.limits:
        if one.kind in ("month_mwh", "notional"):
            held = positions_in(now, close, one)
            if one.kind == "month_mwh":
                level = float(held["energy_mwh"].abs().max() or 0.0)  # type: ignore[arg-type]
            else:
                level = float(held["market_value"].abs().sum())
        elif one.kind == "loss":
            level = -float(close.pnl.filter(pl.col("book") == one.book)["amount"].sum())
        else:
            told = None if one.book is None else risk.get(one.book)
            level = 0.0 if told is None or told.amount is None else told.amount
        if level > float(one.most):
            found.append(Breach(one.name, one.scope, level, float(one.most)))
    return tuple(found)


def positions_in(now: CloseInputs, close: Close, limit: Limit) -> pl.DataFrame:
    """Return what is open in the scope of a limit, net by place and month, as `positions` does."""
    if limit.counterparty is None:
        return close.positions.filter(pl.col("book") == limit.book)
    deals = now.deals.filter(pl.col("counterparty") == limit.counterparty)
    if limit.book is not None:
        deals = deals.filter(pl.col("book") == limit.book)
    # All books that deal with the counterparty are one.
    return positions(deals.with_columns(book=pl.lit("")), now.prices, now.fx)


def credit_breaches(credit: BookCredit) -> tuple[Breach, ...]:
    """Return the counterparties that owe, or may come to owe, more than their limits."""
    found = []
    for one in credit.counterparties:
        of = one.counterparty
        for limit, most, level in (
            ("credit limit", of.credit_limit, one.exposure),
            ("potential limit", of.potential_limit, one.profile.peak),
        ):
            if most is not None and level > float(most):
                found.append(Breach(limit, of.name, level, float(most)))
    return tuple(found)


def untested(reference: BookReference, risk: Mapping[str, ValueAtRisk]) -> tuple[str, ...]:
    """Return the limits of value at risk whose book has none yet."""
    without = {book for book, one in risk.items() if one.amount is None}
    return tuple(one.name for one in reference.limits if one.kind == "var" and one.book in without)
