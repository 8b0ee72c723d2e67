"""A book's Greeks by delivery period and commodity, in sums that are exact."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.pricing import Model, european
from wattbook.risk.book import Book

__all__ = ["DAYS_PER_YEAR", "GREEKS", "GreeksLadder", "Rung", "greeks_ladder"]

GREEKS = ("delta", "gamma", "vega", "theta")
DAYS_PER_YEAR = 365.0
_PARTS = 1e6
_MOST = 1e15


@dataclass(frozen=True, slots=True)
class Rung:
    """One delivery period of one commodity (or of other parts of a book), or the whole book."""

    labels: tuple[str, ...]
    """As the levels were asked for; empty for the whole book."""
    holdings: int
    delta_millionths: int
    """What the rung gains for a price up by 1, in millionths of money."""
    gamma_millionths: int
    """What delta changes for a price up by 1."""
    vega_millionths: int
    """What the rung gains for a volatility up by one point: 0.01, of a normal model 0.01 times the
    size of the price."""
    theta_millionths: int
    """What the rung gains when a day passes and nothing moves."""

    def greek(self, name: str) -> float:
        """Return ``delta``, ``gamma``, ``vega`` or ``theta`` in money."""
        return float(getattr(self, f"{name}_millionths")) / _PARTS


@dataclass(frozen=True, slots=True)
class GreeksLadder:
    """Rungs in the order of their labels; of each Greek they sum to `total` to the last digit."""

    levels: tuple[str, ...]
    rungs: tuple[Rung, ...]
    total: Rung


def greeks_ladder(book: Book, levels: tuple[str, ...]) -> GreeksLadder:
    """Return delta, gamma, vega and theta of `book`, split by `levels`.

    Greeks are analytic (F. Black, 1976; L. Bachelier, 1900), each holding's rounded to a millionth
    of money before it is added: integers, so any split sums to the same total.

    Parameters
    ----------
    book : Book
        What is held; prices in money per unit of quantity.
    levels : tuple of str
        Of the book's labels, such as ``("delivery", "commodity")``.

    Raises
    ------
    InputError
        Naming a level that the book has not, and the holding that its model cannot price or whose
        Greeks do not fit a millionth of money.

    Examples
    --------
    >>> from wattbook.risk.book import Factors
    >>> factors = Factors(("CL01",), np.array([60.0]), np.array([True]))
    >>> rows = [{"factor": "CL01", "kind": "future", "quantity": 1_000.0, "delivery": "2026-07"}]
    >>> ladder = greeks_ladder(Book.from_rows(factors, rows, ("delivery",)), ("delivery",))
    >>> ladder.rungs[0].labels, ladder.rungs[0].greek("delta")
    (('2026-07',), 1000.0)
    """
    for level in levels:
        if level not in book.labels:
            message = f"level {level!r}: the book is split by {', '.join(book.labels) or 'nothing'}"
            raise InputError(message)
    values = _greeks(book)
    place, column = _unfit(values)
    if place is not None:
        message = f"row {place}: its {GREEKS[column]} is {values[column, place]}: split the holding"
        raise InputError(message)
    parts = np.rint(_PARTS * values).astype(np.int64)
    words = [
        np.array(book.labels[level][1], dtype=object)[book.labels[level][0]] for level in levels
    ]
    places: dict[tuple[str, ...], list[int]] = {}
    for row in range(len(book)):
        places.setdefault(tuple(str(word[row]) for word in words), []).append(row)
    rungs = tuple(_rung(labels, parts, rows) for labels, rows in sorted(places.items()))
    return GreeksLadder(levels, rungs, _rung((), parts, list(range(len(book)))))


def _rung(labels: tuple[str, ...], parts: NDArray[np.int64], rows: list[int]) -> Rung:
    # Python's integers: a book's sum may leave 64 bits.
    sums = [sum(column[rows].tolist()) for column in parts]
    return Rung(labels, len(rows), *sums)


def _unfit(values: NDArray[np.float64]) -> tuple[int | None, int]:
    wrong = ~(np.abs(_PARTS * values) < _MOST)
    if not wrong.any():
        return None, 0
    column, place = np.argwhere(wrong)[0].tolist()
    return int(place), int(column)


def _greeks(book: Book) -> NDArray[np.float64]:
    """Of each holding: an array of shape (4, holdings), money."""
    values = np.zeros((len(GREEKS), len(book)))
    values[0] = 1.0
    forwards = book.factors.forwards[book.factor]
    is_option = book.sign != 0.0
    for rows, model in (
        (is_option & ~book.is_normal, Model.BLACK),
        (is_option & book.is_normal, Model.BACHELIER),
    ):
        if not rows.any():
            continue
        found = european(
            model,
            book.sign[rows] > 0.0,
            forward=forwards[rows],
            strike=book.strike[rows],
            time=book.time[rows],
            volatility=book.volatility[rows],
            rate=book.rate[rows],
        )
        point = 0.01 * (np.abs(forwards[rows]) if model is Model.BACHELIER else 1.0)
        values[:, rows] = (
            found.delta,
            found.gamma,
            point * found.vega,
            found.theta / DAYS_PER_YEAR,
        )
    return book.quantity * values
