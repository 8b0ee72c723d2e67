"""Value at risk of a book and what each part of it adds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.book import Book, scenario_pnl
from wattbook.risk.checked import finite_array, numbers, share, whole
from wattbook.risk.measures import Quantile, Shortfall, expected_shortfall, value_at_risk

__all__ = ["BookRisk", "PartRisk", "book_risk", "correlated_normals", "repaired_correlation"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PartRisk:
    """One part of a book, such as a trader's."""

    name: str
    holdings: int
    alone: float
    """Value at risk of the part alone."""
    component: float
    """Its loss in the scenario of the book's value at risk: components sum to that."""
    shortfall_component: float
    """Its mean loss in the book's tail: these sum to the expected shortfall."""
    incremental: float
    """What the book's value at risk falls by without it."""

    @property
    def marginal(self) -> float:
        """What the book's value at risk rises by for each per cent that the part grows."""
        return self.component / 100.0


@dataclass(frozen=True, slots=True)
class BookRisk:
    """A book's value at risk and expected shortfall, positive for a loss."""

    confidence: float
    value_at_risk: float
    expected_shortfall: float
    pnl: Array
    parts: dict[str, tuple[PartRisk, ...]]
    """By level."""


def book_risk(
    book: Book,
    moves: ArrayLike,
    confidence: float,
    levels: tuple[str, ...] = (),
    threads: int = 1,
) -> BookRisk:
    """Risk of a book in scenarios, each holding revalued in full.

    The value at risk is an observation (`Quantile.INVERTED_CDF`), the shortfall exactly the tail
    (`Shortfall.EXACT_TAIL`); their components are Euler's (D. Tasche, 1999), which sum to them.

    Parameters
    ----------
    book, moves, threads
        As for `scenario_pnl`.
    confidence : float
        Such as 0.99.
    levels : tuple of str, optional
        Which labels to split by.

    Raises
    ------
    InputError
        If the book is empty or a level is not held; else as `scenario_pnl`.
    """
    share("confidence", confidence)
    if not len(book):
        message = "the book is empty: there is nothing at risk, which is no value at risk of 0"
        raise InputError(message)
    for level in levels:
        if level not in book.labels:
            message = f"level {level!r} is not held: choose among {sorted(book.labels)}"
            raise InputError(message)
    total = scenario_pnl(book, moves, threads)
    order = np.argsort(total, kind="stable")
    whole = value_at_risk(total, confidence, Quantile.INVERTED_CDF)
    place = order[int(np.searchsorted(total[order], -whole))]
    tail = round((1.0 - confidence) * total.size, 9)
    weights = np.zeros(total.size)
    weights[order] = np.clip(tail - np.arange(total.size), 0.0, 1.0) / tail
    parts: dict[str, tuple[PartRisk, ...]] = {}
    for level in levels:
        codes, words = book.labels[level]
        found = []
        for code, word in enumerate(words):
            mask = codes == code
            if not mask.any():
                continue
            pnl = scenario_pnl(book.rows(mask), moves, threads)
            found.append(
                PartRisk(
                    name=word,
                    holdings=int(mask.sum()),
                    alone=value_at_risk(pnl, confidence, Quantile.INVERTED_CDF),
                    component=-float(pnl[place]),
                    shortfall_component=-float(pnl @ weights),
                    incremental=whole
                    - value_at_risk(total - pnl, confidence, Quantile.INVERTED_CDF),
                )
            )
        parts[level] = tuple(sorted(found, key=lambda part: -abs(part.component)))
    return BookRisk(
        confidence=confidence,
        value_at_risk=whole,
        expected_shortfall=expected_shortfall(total, confidence, Shortfall.EXACT_TAIL),
        pnl=total,
        parts=parts,
    )


def repaired_correlation(correlation: ArrayLike, least: float = 1e-8) -> tuple[Array, bool]:
    """Return the correlation, repaired if no joint law has it, and whether it was changed.

    Eigenvalues are clipped (R. Rebonato and P. Jaeckel, Journal of Risk 2, 1999).

    Raises
    ------
    InputError
        If it is not square and symmetric with 1 on its diagonal and finite shares off it.
    """
    matrix = numbers("correlation", correlation)
    size = matrix.shape[0] if matrix.ndim == 2 else 0
    square = matrix.shape == (size, size) and size > 0
    if not square or not np.all(np.isfinite(matrix)) or not np.allclose(matrix, matrix.T):
        message = "give a square, symmetric correlation without gaps"
        raise InputError(message)
    if not np.allclose(np.diag(matrix), 1.0) or np.any(np.abs(matrix) > 1.0 + 1e-9):
        message = "a correlation has 1 on its diagonal and shares within 1 off it"
        raise InputError(message)
    values, vectors = np.linalg.eigh(matrix)
    if values[0] >= least:
        return matrix, False
    clipped = vectors * np.sqrt(np.maximum(values, least))
    clipped /= np.sqrt((clipped**2).sum(axis=1, keepdims=True))
    return clipped @ clipped.T, True


def correlated_normals(
    correlation: ArrayLike, deviations: ArrayLike, scenarios: int, seed: int
) -> Array:
    """Return normal moves with a correlation, shape (factors, scenarios), by seed.

    Raises
    ------
    InputError
        For a correlation that no joint law has (repair it with `repaired_correlation`), deviations
        below 0, no scenarios, or a seed below 0.
    """
    matrix, repaired = repaired_correlation(correlation, 1e-12)
    if repaired:
        message = "no joint law has this correlation: repair it with repaired_correlation"
        raise InputError(message)
    spread = finite_array("deviations", deviations)
    if spread.size != matrix.shape[0] or not np.all(spread >= 0.0):
        message = f"give {matrix.shape[0]} deviations from 0"
        raise InputError(message)
    random = np.random.Generator(np.random.Philox(whole("seed", seed)))
    drawn = random.standard_normal((matrix.shape[0], whole("scenarios", scenarios, 1)))
    moves: Array = spread[:, None] * (np.linalg.cholesky(matrix) @ drawn)
    return moves
