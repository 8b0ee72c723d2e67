"""The model of a filtered historical margin, of recorded curves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.risk.checked import above, finite_number, from_zero, share
from wattbook.risk.house_margin import MarginModel
from wattbook.risk.rolls import same_contract_moves
from wattbook.risk.volatility import ewma_volatility
from wattbook.runtime.risk.recorded import read_futures

__all__ = ["FilteredPosition", "curve_model"]

SHARES = (
    "confidence",
    "stressed_share",
    "floor_share",
    "participation",
    "concentration_share",
    "concentration_rate",
)
WINDOW = 500
WARM_UP = 60


@dataclass(frozen=True, slots=True)
class FilteredPosition:
    """Futures held at a place of a recorded curve."""

    factor: str
    """Commodity and place: ``"NG01"``."""
    lots: float
    """Short below 0."""
    units: float
    """Units of price in a lot."""
    daily_volume: float
    """Lots that trade in a day."""
    half_spread: float = 0.0
    """Cost of closing, in units of price."""

    def __post_init__(self) -> None:
        """Refuse a number that is missing.

        Raises
        ------
        InputError
            Naming the field.
        """
        finite_number("lots", self.lots)
        above("units", self.units)
        above("daily_volume", self.daily_volume)
        from_zero("half_spread", self.half_spread)
        if not (self.factor[:-2] and self.factor[-2:].isdecimal() and int(self.factor[-2:])):
            message = f"factor is {self.factor!r}: give commodity and place, such as NG01"
            raise InputError(message)


def curve_model(
    data: Path, positions: Sequence[FilteredPosition], terms: Mapping[str, object]
) -> tuple[NDArray[np.float64], MarginModel]:
    """Return the lots held and the model of their margin.

    Same-contract moves of the whole history are those that the floor is taken of; those from
    ``stressed_from`` to ``stressed_to`` (dates of `terms`) are the stressed ones; the last 500,
    each over its volatility and times tomorrow's, are the filtered ones. `terms` has the parameters
    of `MarginModel` and ``decay`` (0.95) besides.

    Raises
    ------
    InputError
        For no positions, an unknown or missing term, and curves that are not recorded.
    """
    if not positions:
        message = "[filtered] holds nothing: add [[filtered.position]]"
        raise InputError(message)
    known = (*SHARES, "decay", "stressed_from", "stressed_to")
    unknown = [name for name in terms if name not in known]
    if unknown:
        message = f"[filtered]: {unknown[0]} is not known: choose among {', '.join(known)}"
        raise InputError(message)
    first, last = (date_of(terms, name) for name in ("stressed_from", "stressed_to"))
    decay = share("decay", finite_number("decay", terms.get("decay", 0.95)))
    recorded = read_futures(data)
    moves: dict[str, tuple[NDArray[np.datetime64], NDArray[np.float64]]] = {}
    for one in positions:
        commodity, place = one.factor[:-2], int(one.factor[-2:])
        dates, curve = recorded.curve(commodity, range(place, place + 2))
        good = np.is_busday(dates) & np.isfinite(curve).all(axis=1) & (curve != 0.0).all(axis=1)
        trades = recorded.last_trades(commodity)
        found = same_contract_moves(dates[good], curve[good], trades)
        moves[one.factor] = (found.dates, found.moves)
    days = next(iter(moves.values()))[0]
    for own, _ in moves.values():
        days = np.intersect1d(days, own)
    stressed = (days >= first) & (days <= last)
    if days.size < WINDOW + WARM_UP or not stressed.any():
        message = (
            f"{data}: {days.size} days have all prices, {stressed.sum()} of them from {first} to "
            f"{last}: {WINDOW + WARM_UP} days and one that is stressed are needed"
        )
        raise InputError(message)
    rows = []
    for one in positions:
        own, values = moves[one.factor]
        common = values[np.isin(own, days)] * one.units
        start = float(np.mean(common[:WARM_UP] ** 2))
        volatility = ewma_volatility(common, decay, start)
        rows.append((common, (common / volatility[:-1] * volatility[-1])[-WINDOW:]))
    whole, filtered = (np.array([row[kind] for row in rows]) for kind in (0, 1))
    shares = {name: finite_number(name, terms[name]) for name in SHARES if name in terms}
    model = MarginModel(
        filtered=filtered,
        stressed=np.ascontiguousarray(whole[:, stressed]),
        long_run=whole,
        half_spread=np.array([one.half_spread * one.units for one in positions]),
        daily_volume=np.array([one.daily_volume for one in positions]),
        **shares,
    )
    return np.array([one.lots for one in positions]), model


def date_of(terms: Mapping[str, object], name: str) -> np.datetime64:
    """Return a date of the terms."""
    found = terms.get(name)
    if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
        message = f"[filtered]: {name} is {found!r}: give a date such as 2008-09-01, no quotes"
        raise InputError(message)
    return np.datetime64(found)
