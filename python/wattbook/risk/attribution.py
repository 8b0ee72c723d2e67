"""Why the value of options and futures moved between two instants, by their Greeks.

The change of an option's value is expanded around the first instant (Taylor, to second order in
forward and volatility, to first in time and rate):

    ΔV = delta ΔF + gamma ΔF² / 2 + vega Δσ + vanna ΔF Δσ + volga Δσ² / 2 + theta Δt + rho Δr

What it leaves is told as unexplained. Vanna and volga follow from vega: for Black's model
(J. Hull, Options, Futures, and Other Derivatives, 19) vanna = vega / F · (1 - d1 / (σ √T)) and
volga = vega d1 d2 / σ; for Bachelier's, with d = (F - K) / (σ √T), vanna = -vega d / (σ √T) and
volga = vega d² / σ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.pricing import Model, european
from wattbook.risk.book import Book

__all__ = ["GREEK_LINES", "GreeksExplained", "explain_by_greeks"]

Array = NDArray[np.float64]
GREEK_LINES = ("delta", "gamma", "vega", "vanna", "volga", "theta", "rho", "unexplained")
SAME = ("factor", "quantity", "sign", "is_normal", "strike")


@dataclass(frozen=True, slots=True)
class GreeksExplained:
    """Why each holding's value moved.

    Parameters
    ----------
    lines : dict of str to ndarray, shape (holdings,)
        By `GREEK_LINES`, money.
    change : ndarray, shape (holdings,)
        By what its value moved; the lines sum to it.
    """

    lines: dict[str, Array]
    change: Array

    def by(self, book: Book, level: str) -> dict[str, dict[str, float]]:
        """Return the lines summed by the words of a level, and their ``change``.

        Raises
        ------
        InputError
            If the book has no such level.
        """
        if level not in book.labels:
            message = f"level {level!r} is unknown: choose one of {', '.join(sorted(book.labels))}"
            raise InputError(message)
        codes, words = book.labels[level]
        columns: Mapping[str, Array] = {**self.lines, "change": self.change}
        summed = {
            name: np.bincount(codes, weights=values, minlength=len(words))
            for name, values in columns.items()
        }
        return {
            word: {name: float(values[place]) for name, values in summed.items()}
            for place, word in enumerate(words)
        }


def explain_by_greeks(before: Book, after: Book) -> GreeksExplained:
    """Explain the change of each holding's value by its Greeks at the first instant.

    Parameters
    ----------
    before, after : Book
        The same holdings at two instants: forwards, times, volatilities and rates may differ. Time
        that has passed is what the options' times to expiry have become less.

    Raises
    ------
    InputError
        If the holdings are not the same, or one cannot be priced, with its row.
    """
    for name in SAME:
        one, two = getattr(before, name), getattr(after, name)
        if one.shape != two.shape or not np.array_equal(one, two):
            message = f"{name} of the holdings is not the same at both instants: pass equal rows"
            raise InputError(message)
    lines = {name: np.zeros(len(before)) for name in GREEK_LINES}
    first, last = before.factors.forwards[before.factor], after.factors.forwards[after.factor]
    change = last - first
    lines["delta"][:] = last - first
    is_option = before.sign != 0.0
    for is_normal in (False, True):
        rows = is_option & (before.is_normal == is_normal)
        if rows.any():
            expand(before, after, rows, lines, change)
    scaled = {name: before.quantity * values for name, values in lines.items()}
    return GreeksExplained(scaled, before.quantity * change)


def expand(
    before: Book, after: Book, rows: NDArray[np.bool_], lines: dict[str, Array], change: Array
) -> None:
    """Fill lines and change of the options of one model, for one unit of each."""
    model = Model.BACHELIER if before.is_normal[rows][0] else Model.BLACK
    first, last = before.factors.forwards[before.factor], after.factors.forwards[after.factor]
    old, new = (
        european(
            model,
            book.sign[rows] > 0.0,
            forward=forward[rows],
            strike=book.strike[rows],
            time=book.time[rows],
            volatility=book.volatility[rows],
            rate=book.rate[rows],
        )
        for book, forward in ((before, first), (after, last))
    )
    moved = (last - first)[rows]
    more = (after.volatility - before.volatility)[rows]
    vanna, volga = cross_greeks(model, before, rows, first[rows], old.vega)
    lines["delta"][rows] = old.delta * moved
    lines["gamma"][rows] = old.gamma * moved**2 / 2.0
    lines["vega"][rows] = old.vega * more
    lines["vanna"][rows] = vanna * moved * more
    lines["volga"][rows] = volga * more**2 / 2.0
    lines["theta"][rows] = old.theta * (before.time - after.time)[rows]
    lines["rho"][rows] = old.rho * (after.rate - before.rate)[rows]
    change[rows] = new.price - old.price
    told = sum(lines[name][rows] for name in GREEK_LINES[:-1])
    lines["unexplained"][rows] = change[rows] - told


def cross_greeks(
    model: Model, book: Book, rows: NDArray[np.bool_], forward: Array, vega: Array
) -> tuple[Array, Array]:
    """Return vanna and volga; zero for an option that is certain, whose vega is."""
    volatility, strike = book.volatility[rows], book.strike[rows]
    width = volatility * np.sqrt(book.time[rows])
    alive = (width > 0.0) & (vega != 0.0)
    vanna, volga = np.zeros(vega.size), np.zeros(vega.size)
    width, slope, sigma = width[alive], vega[alive], volatility[alive]
    if model is Model.BACHELIER:
        distance = (forward[alive] - strike[alive]) / width
        vanna[alive] = -slope * distance / width
        volga[alive] = slope * distance**2 / sigma
    else:
        upper = np.log(forward[alive] / strike[alive]) / width + width / 2.0
        vanna[alive] = slope / forward[alive] * (1.0 - upper / width)
        volga[alive] = slope * upper * (upper - width) / sigma
    return vanna, volga
