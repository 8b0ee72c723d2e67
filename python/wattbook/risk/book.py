"""A book of futures and options on risk factors, as columns, and its P&L in scenarios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.errors import InputError
from wattbook.pricing import Model, european
from wattbook.risk.checked import finite_number, numbers, whole

__all__ = ["Book", "Factors", "moved_forwards", "revalued", "scenario_pnl"]

Array = NDArray[np.float64]

_MODELS = ("black", "bachelier")
_NAMED = {"future": 0.0, "call": 1.0, "put": -1.0}


@dataclass(frozen=True, slots=True)
class Factors:
    """Forwards that a book depends on."""

    names: tuple[str, ...]
    forwards: Array
    """Price of each now."""
    are_absolute: NDArray[np.bool_]
    """Whether scenarios add a difference of prices; else one of logarithms."""

    def __post_init__(self) -> None:
        """Refuse what does not fit, and a price that is missing or stale.

        Raises
        ------
        InputError
            Naming the factor.
        """
        object.__setattr__(self, "forwards", numbers("forwards", self.forwards))
        object.__setattr__(self, "are_absolute", np.asarray(self.are_absolute))
        if self.are_absolute.dtype != np.bool_:
            message = f"are_absolute holds {self.are_absolute.dtype}: give booleans, one a factor"
            raise InputError(message)
        count = len(self.names)
        if self.forwards.shape != (count,) or self.are_absolute.shape != (count,):
            message = f"{count} factors need as many forwards and kinds of move"
            raise InputError(message)
        for name, forward, absolute in zip(
            self.names, self.forwards, self.are_absolute, strict=True
        ):
            if not np.isfinite(forward):
                message = f"{name}: its price is {forward}: give one, or close the positions on it"
                raise InputError(message)
            if forward <= 0.0 and not absolute:
                message = f"{name}: its price is {forward}: move it by absolute differences"
                raise InputError(message)


@dataclass(frozen=True, slots=True)
class Book:
    """Holdings, a row each."""

    factors: Factors
    factor: NDArray[np.intp]
    quantity: Array
    """Units of price times this are money; short below 0."""
    sign: Array
    """0 for a future, 1 for a call, -1 for a put."""
    is_normal: NDArray[np.bool_]
    """Whether the option's model is Bachelier's; else Black's."""
    strike: Array
    time: Array
    volatility: Array
    rate: Array
    labels: Mapping[str, tuple[NDArray[np.intp], tuple[str, ...]]]
    """By name of a level (trader, commodity, …): the code of each row, and what codes stand for."""

    def __len__(self) -> int:
        """Count the holdings."""
        return int(self.quantity.size)

    def rows(self, mask: NDArray[np.bool_]) -> "Book":
        """Return the holdings where `mask` is true."""
        columns = (
            "factor",
            "quantity",
            "sign",
            "is_normal",
            "strike",
            "time",
            "volatility",
            "rate",
        )
        labels = {name: (codes[mask], words) for name, (codes, words) in self.labels.items()}
        return replace(self, labels=labels, **{name: getattr(self, name)[mask] for name in columns})

    @classmethod
    def from_rows(
        cls, factors: Factors, rows: Sequence[Mapping[str, object]], levels: Sequence[str]
    ) -> "Book":
        """Make a book of rows with ``factor, kind, quantity`` and labels named by `levels`.

        Options have ``strike, time, volatility, rate`` and ``model`` (black or bachelier) besides.

        Raises
        ------
        InputError
            With row, field and remedy.
        """
        places = {name: place for place, name in enumerate(factors.names)}
        columns = np.zeros((5, len(rows)))
        factor, normal = np.zeros(len(rows), dtype=np.intp), np.zeros(len(rows), dtype=np.bool_)
        sign = np.zeros(len(rows))
        for row, given in enumerate(rows):
            name, kind = str(given.get("factor")), str(given.get("kind"))
            if name not in places:
                message = f"row {row}: factor {name!r} has no price: give one of {sorted(places)}"
                raise InputError(message)
            if kind not in _NAMED:
                message = f"row {row}: kind is {kind!r}: choose future, call or put"
                raise InputError(message)
            factor[row], sign[row] = places[name], _NAMED[kind]
            model = given.get("model")
            if kind != "future" and model not in _MODELS:
                message = f"row {row}: model is {model!r}: choose {' or '.join(_MODELS)}"
                raise InputError(message)
            normal[row] = model == "bachelier"
            fields = ("quantity",) if kind == "future" else (
                "quantity", "strike", "time", "volatility", "rate"
            )  # fmt: skip
            for place, field in enumerate(fields):
                columns[place, row] = finite_number(f"row {row}: {field}", given.get(field))
        labels = {}
        for level in levels:
            words: dict[str, int] = {}
            codes = [words.setdefault(str(given.get(level, "-")), len(words)) for given in rows]
            labels[level] = (np.array(codes, dtype=np.intp), tuple(words))
        quantity, strike, time, volatility, rate = columns
        return cls(factors, factor, quantity, sign, normal, strike, time, volatility, rate, labels)


def scenario_pnl(book: Book, moves: ArrayLike, threads: int = 1) -> Array:
    """Profit or loss of the whole book in each scenario, every holding revalued.

    Parameters
    ----------
    book : Book
        What is held.
    moves : array, shape (factors, scenarios)
        Difference of price, or of its logarithm, of each factor.
    threads : int, optional
        The result has the same bits for any number.

    Raises
    ------
    InputError
        Naming the holding, for one that its model cannot price, and for a scenario that drives a
        lognormal price to zero or below.
    """
    values = np.ascontiguousarray(numbers("moves", moves))
    if values.ndim != 2 or values.shape[0] != len(book.factors.names):
        message = f"moves have shape {values.shape}: give a row for each of the factors"
        raise InputError(message)
    pnl: Array = _core.revalued_pnl(
        np.ascontiguousarray(book.factors.forwards),
        book.factors.are_absolute.tolist(),
        values.ravel(),
        values.shape[1],
        book.factor.tolist(),
        book.is_normal.tolist(),
        np.zeros(len(book)),
        np.ascontiguousarray(book.quantity),
        np.ascontiguousarray(book.sign),
        np.ascontiguousarray(book.strike),
        np.ascontiguousarray(book.time),
        np.ascontiguousarray(book.volatility),
        np.ascontiguousarray(book.rate),
        whole("threads", threads),
    )
    return pnl


def moved_forwards(factors: Factors, moves: ArrayLike) -> Array:
    """Return forwards after one move of each factor."""
    move = np.asarray(moves, dtype=np.float64)
    relative = factors.forwards * np.exp(np.where(factors.are_absolute, 0.0, move))
    forwards: Array = np.where(factors.are_absolute, factors.forwards + move, relative)
    return forwards


def revalued(
    book: Book, forwards: ArrayLike, volatility_shift: float = 0.0
) -> tuple[Array, NDArray[np.bool_]]:
    """Gain of each holding against now at other forwards, and where a fallback was used.

    A lognormal option whose forward falls to zero or below is valued by Bachelier's model with the
    volatility that it had in units of price: those rows are marked.

    Raises
    ------
    InputError
        With the row, for a holding that cannot be priced now.
    """
    moved = np.asarray(forwards, dtype=np.float64)[book.factor]
    now = book.factors.forwards[book.factor]
    gains = moved - now
    lognormal = (book.sign != 0.0) & ~book.is_normal
    fallen = lognormal & (moved <= 1e-6)
    for rows, model in (
        (lognormal, Model.BLACK),
        ((book.sign != 0.0) & book.is_normal, Model.BACHELIER),
    ):
        if not rows.any():
            continue
        base = _prices(book, rows, model, now, book.volatility)
        shift = volatility_shift * (now if model is Model.BACHELIER else np.ones(now.size))
        raised = np.maximum(book.volatility + shift, 0.0)
        safe = np.where(fallen, now, moved)
        gains[rows] = _prices(book, rows, model, safe, raised) - base
        if model is Model.BLACK and fallen.any():
            base_fallen = _prices(book, fallen, model, now, book.volatility)
            after = _prices(book, fallen, Model.BACHELIER, moved, raised * np.abs(now))
            gains[fallen] = after - base_fallen
    return book.quantity * gains, fallen


def _prices(
    book: Book, rows: NDArray[np.bool_], model: Model, forwards: Array, volatility: Array
) -> Array:
    return european(
        model,
        book.sign[rows] > 0.0,
        forward=forwards[rows],
        strike=book.strike[rows],
        time=book.time[rows],
        volatility=volatility[rows],
        rate=book.rate[rows],
    ).price
