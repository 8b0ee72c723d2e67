"""A strategy of a desk file run with many sets of parameters, for a walk-forward choice."""

import datetime as dt
import itertools
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import DeskError, InputError
from wattbook.runtime.backtest import backtest_days
from wattbook.runtime.desk.vary import varied
from wattbook.runtime.run import Stop
from wattbook.workers import Workers

__all__ = ["SetsPnl", "set_text", "sets_of", "sets_pnl", "values_of"]

SETS_MOST = 10_000
UNIT = 3.6e15
Values = dict[str, object]


@dataclass(frozen=True, slots=True)
class SetsPnl:
    """What each set of parameters earned by day.

    Parameters
    ----------
    dates : tuple of datetime.date
        Days on which the strategy's market traded.
    pnl : ndarray of shape (n_sets, n_days)
        After costs, in the desk's currency.
    """

    dates: tuple[dt.date, ...]
    pnl: NDArray[np.float64]


def value_of(text: str) -> object:
    """Return a value as a desk file would have it; what is no TOML is a text.

    Examples
    --------
    >>> value_of("0.5"), value_of("rolling"), value_of("true")
    (Decimal('0.5'), 'rolling', True)
    """
    try:
        found = tomllib.loads(f"value = {text}", parse_float=Decimal)
    except tomllib.TOMLDecodeError:
        return text.strip()
    return found["value"]


def values_of(text: str) -> tuple[str, list[object]]:
    """Return key and values of ``KEY=VALUES``: a list, or ``FIRST:LAST:STEP``, both included.

    Raises
    ------
    InputError
        If it is neither.

    Examples
    --------
    >>> values_of("window=20:60:20"), values_of("continuous=programmes,rolling")
    (('window', [20, 40, 60]), ('continuous', ['programmes', 'rolling']))
    """
    name, equals, given = (part.strip() for part in text.partition("="))
    parts = [part for part in given.split(":" if ":" in given else ",") if part.strip()]
    if not (name and equals and parts):
        parts = []
    values: list[object] = [value_of(part) for part in parts]
    if ":" in given:
        values = stepped(parts)
    if not values:
        message = f"--set {text!r}: give KEY=1,2,3 or KEY=FIRST:LAST:STEP"
        raise InputError(message)
    return name, values


def stepped(parts: Sequence[str]) -> list[object]:
    """Return the numbers of ``FIRST:LAST:STEP``; none where they are none or would not end."""
    try:
        first, last, step = (Decimal(part) for part in parts)
        if not step or (last - first) / step < 0 or (last - first) / step >= SETS_MOST:
            return []
    except (ValueError, InvalidOperation):
        return []
    count = int((last - first) / step) + 1
    # A whole number stays one: keys that count refuse decimals.
    return [value_of(str(first + step * at)) for at in range(count)]


def sets_of(texts: Iterable[str]) -> list[Values]:
    """Return every combination of the values of several ``KEY=VALUES``.

    Raises
    ------
    InputError
        For none, a key twice, or more than 10,000 combinations.

    Examples
    --------
    >>> sets_of(["a=1,2", "b=3"])
    [{'a': 1, 'b': 3}, {'a': 2, 'b': 3}]
    """
    found = [values_of(text) for text in texts]
    names = [name for name, _ in found]
    if not found or len(set(names)) < len(names):
        message = f"--set names {', '.join(names) or 'no key'}; name each key once"
        raise InputError(message)
    count = 1
    for _, values in found:
        count *= len(values)
    if count > SETS_MOST:
        message = f"--set makes {count:,} sets; give {SETS_MOST:,} at most"
        raise InputError(message)
    every = itertools.product(*(values for _, values in found))
    return [dict(zip(names, values, strict=True)) for values in every]


def set_text(values: Mapping[str, object]) -> str:
    """Return a set for a row of a table.

    Examples
    --------
    >>> set_text({"entry": 2, "window": 60})
    'entry=2 window=60'
    """
    return " ".join(f"{name}={value}" for name, value in values.items())


def sets_pnl(
    text: str,
    path: str,
    strategy: str,
    sets: Sequence[Values],
    first: dt.date,
    last: dt.date,
    *,
    data: Path | None,
    seed: int | None,
    stop: Stop,
    workers: Workers | None = None,
    tell: Callable[[str], None] | None = None,
    done: Callable[[], None] | None = None,
) -> SetsPnl | None:
    """Run `strategy` alone from `first` to `last` with each of `sets`.

    Parameters
    ----------
    text, path : str
        The desk file and its name.
    strategy : str
        One of its strategies.
    sets : sequence of dict
        Values of its keys.
    first, last : datetime.date
        Local days, both included.
    data : Path or None
        The folder of recorded data.
    seed : int or None
        In place of the desk file's.
    stop : Stop
        Ends it early.
    workers : Workers, optional
        Who trades the days of power markets.
    tell : callable, optional
        Is told once, of the first set, why a market was not traded on a day.
    done : callable, optional
        Is called after each day.

    Returns
    -------
    SetsPnl or None
        None if it was stopped.

    Raises
    ------
    DeskError
        If a set does not fit the desk file, or nothing could be traded.
    """
    # Every set is checked before the first one trades.
    desks = [varied(text, path, strategy, values) for values in sets]
    rows, dates, told = [], [], set[str]()
    for number, desk in enumerate(desks):
        own: list[float] = []
        drawn = desk.desk.seed if seed is None else seed
        for day in backtest_days(
            desk, first, last, data=data, seed=drawn, stop=stop, workers=workers
        ):
            for entry in () if number else day.left_out:
                if tell is not None and entry.reason not in told:
                    told.add(entry.reason)
                    tell(f"not traded: {entry.market}: {entry.reason}")
            if day.is_traded:
                own.append(day.pnl / UNIT)
                if not number:
                    dates.append(day.date)
            if done is not None:
                done()
        if stop.asked:
            return None
        rows.append(own)
    if not dates:
        message = f"{path}: {strategy!r} traded on no day from {first} to {last}; choose other days"
        raise DeskError(message)
    return SetsPnl(tuple(dates), np.array(rows))
