"""Cash that a book's collateral agreements may ask for within days, at a close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattbook.portfolio.book import CloseInputs
from wattbook.risk.liquidity import LiquidityAtRisk, liquidity_at_risk
from wattbook.runtime.book.ahead import Ahead, Group, ahead_of, groups_of
from wattbook.runtime.book.reference import BookReference

__all__ = ["BookCash", "book_cash", "cash_figures"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BookCash:
    """Cash at a close, in cents.

    Parameters
    ----------
    sets : tuple of str
        Counterparty and agreement of each netting set that is secured.
    called_cents : ndarray of int64, shape (n_sets,)
        What each asks for now, above what is posted; returned below zero.
    at_risk : LiquidityAtRisk
        Over the horizon; by set, summing exactly.
    available_cents : int
        Cash and credit lines.
    """

    sets: tuple[str, ...]
    called_cents: NDArray[np.int64]
    at_risk: LiquidityAtRisk
    available_cents: int

    @property
    def is_short(self) -> bool:
        """Whether the tail is beyond what there is."""
        return self.at_risk.peak_cents > self.available_cents


def book_cash(now: CloseInputs, reference: BookReference) -> BookCash | None:
    """Return what collateral may ask for; none without a ``[liquidity]`` section or secured set.

    On each simulated day of the horizon each agreement asks for what its value requires; what is
    posted or held now is not asked for again. Initial margin of a clearer is not in it.

    Raises
    ------
    CurveError, InputError
        As `book_credit`.
    """
    terms = reference.liquidity
    groups = tuple(one for one in groups_of(now, reference) if one.collateral is not None)
    if terms is None or not groups:
        return None
    days = np.arange(terms.horizon_days + 1)
    ahead = ahead_of(now, reference, groups, days)
    needs = np.stack([needs_of(ahead, one) for one in groups])
    names = tuple(
        f"{one.counterparty}, {one.agreement.name}" for one in groups if one.agreement is not None
    )
    return BookCash(
        names,
        needs[:, 0, 0],
        liquidity_at_risk(needs, float(terms.confidence)),
        round(100 * (terms.cash + terms.credit_lines)),
    )


def needs_of(ahead: Ahead, group: Group) -> NDArray[np.int64]:
    """Return what an agreement asks for beyond what is posted now: paths, days; cents."""
    deals, terms = ahead.summed(group), group.collateral
    assert terms is not None  # noqa: S101 - only secured sets are asked
    value: Floats = deals.base[0][:, None] + np.einsum(
        "ft,ftp->tp", deals.loading[0], ahead.simulated.factors
    )
    value += ahead.structured(group)
    held = np.full(value.shape[1], terms.held)
    made = np.empty(value.shape)
    for day, now in enumerate(value):
        required = (
            np.maximum(now - terms.threshold, 0.0)
            + np.minimum(now + terms.threshold_own, 0.0)
            + terms.independent
        )
        held = np.where(np.abs(required - held) < terms.minimum_transfer, held, required)
        # Held falls by what is posted.
        made[day] = terms.held - held
    return np.rint(100.0 * made).astype(np.int64).T


def cash_figures(found: BookCash | None) -> dict[str, Any] | None:
    """Return cash as JSON can say it."""
    if found is None:
        return None
    by = found.at_risk.by_account_cents.tolist()
    return {
        "available_cents": found.available_cents,
        "called_cents": dict(zip(found.sets, found.called_cents.tolist(), strict=True)),
        "peak_cents": found.at_risk.peak_cents,
        "by_set_cents": dict(zip(found.sets, by, strict=True)),
        "is_short": found.is_short,
    }
