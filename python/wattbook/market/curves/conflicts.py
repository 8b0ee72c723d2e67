"""Quotes that contradict each other: which, and by how much.

References
----------
Gleeson and Ryan (1990), Identifying minimally infeasible subsystems of inequalities, ORSA Journal
on Computing 2(1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ContradictionError
from wattbook.market.auction.highs import quiet_solver
from wattbook.market.curves.quotes import ForwardQuote

__all__ = ["Conflict", "contradiction", "dependent_conflicts", "independent", "program_conflicts"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

TOLERANCE = 1e-10
"""Averages are met to within this, in the unit of the price."""
DEPENDENT = 1e-8
"""A row is a combination of others when they leave so little of its square; a quarter-hour beside
its year leaves 3e-5."""
NAMED = 20


@dataclass(frozen=True, slots=True)
class Conflict:
    """Quotes of which every one is needed for the contradiction.

    Parameters
    ----------
    quotes : tuple of ForwardQuote
        Without any one of them, the others can be met.
    band : float
        Half-width by which each would have to be widened at least, so that all can be met.
    """

    quotes: tuple[ForwardQuote, ...]
    band: float

    def __str__(self) -> str:
        shown = "; ".join(quote.band_text() for quote in self.quotes[:NAMED])
        rest = len(self.quotes) - NAMED
        more = f"; and {rest} more" if rest > 0 else ""
        # Rounded up: with what is printed they can be met.
        digits = 2 - math.floor(math.log10(self.band))
        band = math.ceil(self.band * 10.0**digits * (1 - 1e-9)) / 10.0**digits
        return f"{shown}{more} (±{band:.10g} on each would reconcile them)"


def contradiction(conflicts: Sequence[Conflict]) -> ContradictionError:
    """Return the error that names the conflicts, the widest first."""
    ranked = sorted(conflicts, key=lambda conflict: -conflict.band)
    named = " | ".join(str(conflict) for conflict in ranked)
    return ContradictionError(
        f"no curve averages to all quotes: {named}; widen or leave out one of each", ranked
    )


def tolerance(quotes: Sequence[ForwardQuote]) -> float:
    """Return how far apart prices may be and still count as equal."""
    finite = [abs(quote.mid) for quote in quotes]
    return max(TOLERANCE, 1e-13 * max(finite, default=0.0))


def independent(overlap: Floats, order: Sequence[int]) -> tuple[list[int], dict[int, Floats]]:
    """Return rows that no others make up, and of the rest how the others make them up.

    Parameters
    ----------
    overlap : ndarray of float64, shape (m, m)
        `Cells.overlap`.
    order : sequence of int
        Rows, those to be kept first.

    Returns
    -------
    list of int
        Rows kept.
    dict of int to ndarray of float64
        Of each other row the weights of the rows kept before it; of the later ones 0.
    """
    size = np.sqrt(np.diag(overlap))
    unit = overlap / np.outer(size, size)
    kept: list[int] = []
    factor = np.zeros((len(order), len(overlap)))
    left = np.ones(len(overlap))
    combined: dict[int, Floats] = {}
    for row in order:
        n = len(kept)
        if left[row] > DEPENDENT:
            column = (unit[row] - factor[:n, row] @ factor[:n]) / np.sqrt(left[row])
            factor[n] = column
            left = left - column**2
            kept.append(row)
            continue
        chosen = np.array(kept)
        weights = np.linalg.solve(unit[np.ix_(chosen, chosen)], unit[chosen, row])
        weights[np.abs(weights) < DEPENDENT] = 0.0
        combined[row] = weights * size[row] / size[chosen]
    return kept, {
        row: np.pad(weights, (0, len(kept) - len(weights))) for row, weights in combined.items()
    }


def dependent_conflicts(
    quotes: Sequence[ForwardQuote], kept: Sequence[int], combined: dict[int, Floats]
) -> list[Conflict]:
    """Return the contradictions among prices: each is a price and those that make its average up.

    Parameters
    ----------
    quotes : sequence of ForwardQuote
        All.
    kept, combined
        From `independent`, of rows that are prices.
    """
    price = np.array([quotes[row].bid for row in kept])
    allowed = tolerance(quotes)
    found = []
    for row, weights in combined.items():
        gap = abs(quotes[row].bid - float(weights @ price))
        if gap > allowed:
            others = [quotes[kept[place]] for place in np.flatnonzero(weights).tolist()]
            band = gap / (1.0 + float(np.abs(weights).sum()))
            found.append(Conflict((quotes[row], *others), band))
    return found


def program_conflicts(atoms: Floats, quotes: Sequence[ForwardQuote]) -> list[Conflict]:
    """Return contradictions among bands, found one after the other.

    The least band for all is a linear program; the quotes with a price in its dual are a smallest
    set that contradicts itself, because such sets are the corners of the dual (Gleeson and Ryan).
    Then the longest of them is left out and the rest asked again.

    Parameters
    ----------
    atoms : ndarray of float64, shape (m, a)
        `Cells.atoms`.
    quotes : sequence of ForwardQuote
        All.
    """
    left = list(range(len(quotes)))
    found: list[Conflict] = []
    while left:
        band, rows = least_band(atoms[left], [quotes[row] for row in left])
        if band <= tolerance(quotes) or not rows:
            break
        members = [left[row] for row in rows]
        members.sort(key=lambda row: -quotes[row].product.delivery_seconds)
        found.append(Conflict(tuple(quotes[row] for row in members), band))
        left.remove(members[0])
    return found


def least_band(atoms: Floats, quotes: Sequence[ForwardQuote]) -> tuple[float, list[int]]:
    """Return the least half-width that reconciles quotes, and the rows that need it."""
    solver = quiet_solver()
    solver.setOptionValue("primal_feasibility_tolerance", 1e-10)
    solver.setOptionValue("dual_feasibility_tolerance", 1e-10)
    count = atoms.shape[1]
    infinity = highspy.kHighsInf
    none = (0, np.empty(0, np.int32), np.empty(0))
    for _ in range(count):
        solver.addCol(0.0, -infinity, infinity, *none)
    solver.addCol(1.0, 0.0, infinity, *none)
    sides: list[int] = []
    for row, (shares, quote) in enumerate(zip(atoms, quotes, strict=True)):
        places = np.flatnonzero(shares)
        columns = np.append(places, count).astype(np.int32)
        for bound, sign in ((quote.bid, 1.0), (quote.ask, -1.0)):
            if np.isfinite(bound):
                low, high = (bound, infinity) if sign > 0 else (-infinity, bound)
                solver.addRow(low, high, len(columns), columns, np.append(shares[places], sign))
                sides.append(row)
    solver.run()
    band = float(solver.getInfo().objective_function_value)
    duals = np.array(solver.getSolution().row_dual)
    return band, sorted({sides[place] for place in np.flatnonzero(np.abs(duals) > 1e-9).tolist()})
