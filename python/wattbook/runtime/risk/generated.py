"""A made-up book of futures and options on recorded curves, and scenarios of their moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.risk.book import Book, Factors
from wattbook.risk.rolls import same_contract_moves
from wattbook.risk.volatility import ewma_volatility
from wattbook.runtime.risk.backtest import WINDOW
from wattbook.runtime.risk.recorded import RecordedFutures, read_futures

__all__ = [
    "PLACES",
    "GeneratedBook",
    "Market",
    "day_after",
    "generated_book",
    "recorded_market",
]

DAYS_IN_YEAR = 365.0
COMMODITIES = ("CL", "NG", "HO", "RB")
PLACES = 12
"""Months of each curve."""
STALE_DAYS = 5
"""How far the last days of two commodities may lie apart, and how long a curve may stand still."""
TRADERS = ("Adams", "Bauer", "Cohen", "Duarte", "Eriksen", "Fischer", "Garcia", "Haas")
UNITS = {"CL": 1_000.0, "NG": 10_000.0, "HO": 42_000.0, "RB": 42_000.0}
"""Units of price in a contract."""


@dataclass(frozen=True, slots=True)
class Market:
    """Factors as of a day, and their filtered moves."""

    as_of: str
    factors: Factors
    moves: NDArray[np.float64]
    """Shape (factors, scenarios): absolute moves of the last days at tomorrow's volatility."""
    volatility: NDArray[np.float64]
    """Of each factor's price, per year, as a share of it."""
    last_moves: NDArray[np.float64]
    """What each contract's price moved by on the day itself."""


@dataclass(frozen=True, slots=True)
class GeneratedBook:
    """A made-up book."""

    market: Market
    book: Book


def known_curve(
    recorded: RecordedFutures, commodity: str, back: int
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Return the latest days with all prices of a commodity's curve, and the curve of each.

    Raises
    ------
    InputError
        If no day has all prices, or the last days repeat each other: the curve is stale.
    """
    dates, curve = recorded.curve(commodity, range(1, PLACES + 2), last=2 * WINDOW + 60 + back)
    good = np.is_busday(dates) & np.isfinite(curve).all(axis=1) & (curve != 0.0).all(axis=1)
    if not good.any():
        message = (
            f"no day has prices of {commodity} at all of its first {PLACES + 1} places: "
            "complete its curve"
        )
        raise InputError(message)
    latest = curve[good][-STALE_DAYS - 1 :]
    if latest.shape[0] > STALE_DAYS and np.all(latest == latest[-1]):
        message = (
            f"prices of {commodity} have all stood still for {STALE_DAYS} days up to "
            f"{dates[good][-1]}: the curve is stale, bring it up to date"
        )
        raise InputError(message)
    return dates[good], curve[good]


def common_days(
    data: Path, known: Mapping[str, NDArray[np.datetime64]], back: int
) -> NDArray[np.datetime64]:
    """Return the days that all commodities know, without the last `back` of them.

    Raises
    ------
    InputError
        If a commodity ends days before another, so that its price would be stale, or fewer than
        two days are left.
    """
    ends = {commodity: dates[-1] for commodity, dates in known.items()}
    oldest, newest = min(ends, key=ends.__getitem__), max(ends, key=ends.__getitem__)
    if ends[newest] - ends[oldest] > np.timedelta64(STALE_DAYS, "D"):
        message = (
            f"{data}: prices of {oldest} end at {ends[oldest]}, those of {newest} at "
            f"{ends[newest]}: bring {oldest} up to date"
        )
        raise InputError(message)
    days = reduce(np.intersect1d, known.values())
    if days.size < back + 2:
        message = (
            f"{data}: {days.size} days have prices of {', '.join(known)}: give at least {back + 2}"
        )
        raise InputError(message)
    return days[: days.size - back]


def recorded_market(data: Path, decay: float = 0.95, back: int = 0) -> Market:
    """Curves of the last recorded day, 48 factors, with 500 same-contract moves of each.

    Parameters
    ----------
    data : Path
        Folder of recorded data.
    decay : float, optional
        Of volatility.
    back : int, optional
        How many trading days before the last one to stand.

    Raises
    ------
    InputError
        If the data are missing.
    """
    recorded = read_futures(data)
    curves = {commodity: known_curve(recorded, commodity, back) for commodity in COMMODITIES}
    days = common_days(data, {commodity: dates for commodity, (dates, _) in curves.items()}, back)
    names, forwards, columns, shares, lasts = [], [], [], [], []
    as_of = str(days[-1])
    for commodity, (dates, whole) in curves.items():
        series = [f"{commodity}{place:02}" for place in range(1, PLACES + 2)]
        curve = whole[np.isin(dates, days)]
        last_trades = recorded.last_trades(commodity)
        for place in range(1, PLACES + 1):
            found = same_contract_moves(days, curve, last_trades, place)
            moves = found.moves
            volatility = ewma_volatility(moves, decay, float(np.mean(moves[:60] ** 2)))
            filtered = moves / volatility[:-1] * volatility[-1]
            names.append(series[place - 1])
            forwards.append(curve[-1, place - 1])
            columns.append(filtered[-WINDOW:])
            lasts.append(moves[-1])
            shares.append(volatility[-1] * np.sqrt(252.0) / curve[-1, place - 1])
    factors = Factors(tuple(names), np.array(forwards), np.ones(len(names), dtype=np.bool_))
    return Market(as_of, factors, np.array(columns), np.array(shares), np.array(lasts))


def generated_book(data: Path, holdings: int, seed: int = 1, back: int = 0) -> GeneratedBook:
    """Make a book of `holdings` futures and options of eight traders on the recorded curves.

    The same number and seed give the same book. Options are Bachelier's: crude oil has traded
    below zero. It stands on the last recorded day, or `back` trading days before.

    Raises
    ------
    InputError
        If there are no holdings or no data.
    """
    if holdings < 1:
        message = f"{holdings} holdings: give at least 1"
        raise InputError(message)
    market = recorded_market(data, back=back)
    random = np.random.default_rng(seed)
    count = len(market.factors.names)
    factor = random.integers(0, count, holdings)
    sign = random.choice([0.0, 1.0, -1.0], holdings, p=[0.6, 0.2, 0.2])
    forward = market.factors.forwards[factor]
    units = np.array([UNITS[name[:2]] for name in market.factors.names])[factor]
    # No holding is of nothing.
    lots = random.integers(1, 21, holdings) * random.choice([-1, 1], holdings)
    time = (factor % PLACES + 1) / 12.0
    spread = market.volatility[factor] * forward
    strike = forward + spread * np.sqrt(time) * random.normal(0.0, 0.7, holdings)
    traders = random.integers(0, len(TRADERS), holdings)
    place = factor % PLACES
    book = Book(
        factors=market.factors,
        factor=factor.astype(np.intp),
        quantity=lots * units,
        sign=sign,
        is_normal=sign != 0.0,
        strike=np.where(sign == 0.0, 0.0, strike),
        time=np.where(sign == 0.0, 0.0, time),
        volatility=np.where(sign == 0.0, 0.0, spread),
        rate=np.full(holdings, 0.05),
        labels={
            "trader": (traders.astype(np.intp), TRADERS),
            "commodity": ((factor // PLACES).astype(np.intp), COMMODITIES),
            "delivery": (place.astype(np.intp), tuple(f"month {n + 1}" for n in range(PLACES))),
        },
    )
    return GeneratedBook(market, book)


def day_after(made: GeneratedBook, later: Market) -> Book:
    """Return a made-up book on the next recorded day, its contracts the same.

    Where places of a curve roll on that day, `Market.last_moves` are still those of contracts.
    """
    book, before = made.book, made.market
    forwards = before.factors.forwards + later.last_moves
    days = np.datetime64(later.as_of) - np.datetime64(before.as_of)
    is_option = book.sign != 0.0
    spread = (later.volatility * later.factors.forwards)[book.factor]
    return replace(
        book,
        factors=replace(before.factors, forwards=forwards),
        time=np.maximum(book.time - is_option * (days.astype(float) / DAYS_IN_YEAR), 0.0),
        volatility=np.where(is_option, spread, 0.0),
    )
