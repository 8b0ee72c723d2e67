"""What counterparties owe at a close, and may come to owe: by netting set and counterparty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattbook.portfolio.book import CloseInputs
from wattbook.risk.credit import ExposureProfile, credit_valuation_adjustment, profile_of
from wattbook.runtime.book.ahead import Group, ahead_of, groups_of
from wattbook.runtime.book.credit_terms import Counterparty
from wattbook.runtime.book.index_paths import standing_indices
from wattbook.runtime.book.reference import BookReference

__all__ = ["BookCredit", "CounterpartyCredit", "NettingSet", "book_credit", "credit_figures"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


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
        Places whose prices do not move in the simulation, because no ``[[moves]]`` names them, and
        indices because no volatility of them is told.
    """

    sets: tuple[NettingSet, ...]
    counterparties: tuple[CounterpartyCredit, ...]
    still: tuple[str, ...]


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
    still = tuple(place for place in ahead.places if place not in terms.moves)
    return BookCredit(tuple(sets), made, (*still, *standing_indices(now)))


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
