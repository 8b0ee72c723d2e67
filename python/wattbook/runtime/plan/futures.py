"""Daily futures of one product: its contracts, their settlements, the days of the roll."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError, SourceError
from wattbook.ingest import NANOS_PER_SECOND, DataReport, normalize_daily
from wattbook.market import Rolled, roll_adjusted
from wattbook.market.trading_calendar import exchange_days
from wattbook.risk.rolls import curve_moves
from wattbook.runtime.desk.spec import FuturesSpec
from wattbook.runtime.plan.instrument import InstrumentPlan, Numbers, VenuePlan, millionths
from wattbook.sources.recorded.futures import CURVES, PRODUCTS, Contract, contracts, settlements

__all__ = ["MOVES", "FuturesPlan", "MonthMoves", "plan_futures"]

ZONE = "America/New_York"
# NYMEX settles its energy futures on trades up to 14:30 in New York.
SETTLEMENT = dt.time(14, 30)
MOVES = 250
"""Days before the first whose moves are scenarios of what may be lost."""
Curve = list[tuple[NDArray[np.datetime64], NDArray[np.float64]]]


@dataclass(frozen=True, slots=True)
class MonthMoves:
    """What the places of a product's curve did from day to day, before the run and in it.

    Parameters
    ----------
    by_place : ndarray of shape (n_places, n_days), per price unit
        Moves of the same contract; NaN where a price is not known.
    known_at : ndarray of shape (n_days,)
        When the later price of each was published, ns UTC.
    front : ndarray of shape (n_days,)
        Which of the plan's contracts is in front after that day; below 0 for one before them.
    """

    by_place: NDArray[np.float64]
    known_at: NDArray[np.int64]
    front: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FuturesPlan:
    """A product's months, ready to trade. Times in ns UTC, prices in 1e-6.

    Parameters
    ----------
    spec : FuturesSpec
        What the desk file says.
    venue : int
        Number of the exchange.
    reports : tuple of DataReport
        What was wrong with the data.
    contracts : tuple of Contract
        Months in order of expiry; `first_instrument` is the number of the first.
    first_instrument : int
        Instrument number of the first contract; the others follow.
    published : ndarray of int64
        When each settlement was published.
    instrument : ndarray of uint32
        Which contract it settles.
    price : ndarray of int64
        The settlement.
    rolls : tuple of (int, int)
        From which instant on which instrument is in front, after the first contract.
    start : int
        First instant at which a strategy may trade.
    end : int
        Instant after the last settlement.
    continuous : Rolled
        The joined series of the days traded, for the plot.
    moves : MonthMoves
        Of the days before and of the days traded.
    """

    spec: FuturesSpec
    venue: int
    reports: tuple[DataReport, ...]
    contracts: tuple[Contract, ...]
    first_instrument: int
    published: NDArray[np.int64]
    instrument: NDArray[np.uint32]
    price: NDArray[np.int64]
    rolls: tuple[tuple[int, int], ...]
    start: int
    end: int
    continuous: Rolled
    moves: MonthMoves


def instants(day: NDArray[np.datetime64], time: dt.time) -> NDArray[np.int64]:
    """Return `time` in New York on each day, ns UTC."""
    zone = ZoneInfo(ZONE)
    return np.array(
        [
            round(dt.datetime.combine(each, time, zone).timestamp()) * NANOS_PER_SECOND
            for each in day.astype("datetime64[D]").astype(dt.date).tolist()
        ],
        dtype=np.int64,
    )


def settlement_days(day: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Return the days on which NYMEX settled from the first to the last of `day`."""
    first, last = day.min().astype(dt.date), day.max().astype(dt.date)
    days = exchange_days("NYMEX", first, last + dt.timedelta(days=1))
    return np.array(days, dtype="datetime64[D]")


def generics(data: Path | None, prefix: str, places: range) -> tuple[Curve, tuple[DataReport, ...]]:
    """Return generic contracts at some places of a curve, and their reports."""
    read = []
    for place in places:
        name = f"{prefix}{place:02}"
        day, value = settlements(data, name)
        known = settlement_days(day[~np.isnat(day)])
        read.append(normalize_daily(name, CURVES, day, value, known))
    return [series for series, _ in read], tuple(report for _, report in read)


def recorded(data: Path | None, prefix: str, places: range) -> tuple[Curve, tuple[DataReport, ...]]:
    """Return as `generics`, but up to the first place that is not recorded."""
    read: Curve = []
    reports: tuple[DataReport, ...] = ()
    for place in places:
        try:
            series, more = generics(data, prefix, range(place, place + 1))
        except SourceError:
            break
        read, reports = [*read, *series], (*reports, *more)
    return read, reports


def common(series: Curve) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Return the days that all series have, and a column of prices for each."""
    days = series[0][0]
    for day, _ in series[1:]:
        days = np.intersect1d(days, day)
    return days, np.column_stack([value[np.isin(day, days)] for day, value in series])


def on_days(series: Curve, days: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return a column of prices for each series on some days; NaN where it has none."""
    found = np.full((days.size, len(series)), np.nan)
    for column, (day, value) in enumerate(series):
        _, at, own = np.intersect1d(days, day, return_indices=True)
        found[at, column] = value[own]
    return found


def define(numbers: Numbers, venue: int, prefix: str, months: tuple[Contract, ...]) -> None:
    """Give each contract month an instrument number."""
    product = PRODUCTS[prefix]
    close = instants(np.array([month.last_trade for month in months]), SETTLEMENT)
    for month, gate in zip(months, close.tolist(), strict=True):
        start = instants(np.array([month.first_delivery]), dt.time(0))
        end = instants(np.array([month.last_delivery]) + 1, dt.time(0))
        numbers.instruments.append(
            InstrumentPlan(
                instrument=numbers.next_instrument(),
                venue=venue,
                symbol=month.symbol,
                location=product.name,
                form="future",
                tenor="month",
                commodity="gas" if prefix == "NG" else "oil",
                delivery_kind="physical",
                delivery_start=int(start[0]),
                delivery_end=int(end[0]),
                gate_closure=gate + NANOS_PER_SECOND,
                delivery_seconds=3_600,
                currency="USD",
                price_unit=product.price_unit,
                volume_unit=product.price_unit,
                # Settlement plus cost need not lie on the exchange's tick.
                tick=1,
                lot=millionths(product.contract_size),
                min_price=-1_000_000_000,
                max_price=10_000_000_000,
            )
        )


def month_moves(
    day: NDArray[np.datetime64],
    prices: NDArray[np.float64],
    expiries: NDArray[np.datetime64],
    base: int,
) -> MonthMoves:
    """Return the moves of a curve by place; none where its days cannot tell them.

    `base` is the place among `expiries` of the plan's first contract.
    """
    front = np.searchsorted(expiries, day[1:], side="right") - base
    try:
        found = curve_moves(day, prices, expiries)
    except InputError:
        found = np.full((prices.shape[1] - 1, max(day.size - 1, 0)), np.nan)
    return MonthMoves(found, instants(day[1:], SETTLEMENT), front)


def plan_futures(
    numbers: Numbers, spec: FuturesSpec, data: Path | None, window: int
) -> FuturesPlan:
    """Return the plan of one product; its venue and instruments join `numbers`.

    Parameters
    ----------
    numbers : Numbers
        Of the run.
    spec : FuturesSpec
        What the desk file says.
    data : Path or None
        The data folder.
    window : int
        Settlements that its strategies look back on.

    Raises
    ------
    SourceError
        If the data do not hold the days.
    """
    nearest, reports = generics(data, spec.product, range(1, 4))
    day, near = common(nearest)
    first = int(np.searchsorted(day, np.datetime64(spec.first_day)))
    last = int(np.searchsorted(day, np.datetime64(spec.last_day), side="right"))
    if day[0] <= np.datetime64(spec.first_day) and last == first and last < len(day):
        message = (
            f"{spec.product} was not settled from {spec.first_day} to {spec.last_day}; "
            "take a range with a trading day in it"
        )
        raise SourceError(message)
    if first < window or last <= first:
        message = (
            f"{CURVES} holds {day[0]} to {day[-1]}, not {spec.first_day} to {spec.last_day} with "
            f"{window} trading days before; choose other days or a shorter window"
        )
        raise SourceError(message)
    listed = contracts(data, PRODUCTS[spec.product])
    expiries = np.array([month.last_trade for month in listed])
    taken = slice(first - window, last)
    past = slice(max(first - window - MOVES - 1, 0), last)
    past_day, past_near = day[past], near[past]
    day, prices = day[taken], near[taken, :2]
    place = np.searchsorted(expiries, day)
    months = listed[int(place[0]) : int(place[-1]) + 2]
    # One more than there are months: on the day after an expiry each comes from the place behind.
    depth = min(PRODUCTS[spec.product].months, len(months) + 1)
    later, later_reports = recorded(data, spec.product, range(4, depth + 1))
    moves = month_moves(
        past_day,
        np.column_stack([past_near, on_days(later, past_day)]),
        expiries,
        int(place[0]),
    )
    place = place - place[0]
    venue = numbers.next_venue()
    numbers.venues.append(
        VenuePlan(venue, f"NYMEX, {spec.name}", "continuous_book", ZONE, is_synthetic=False)
    )
    base = numbers.next_instrument()
    define(numbers, venue, spec.product, months)
    published = instants(day, SETTLEMENT)
    rolls = tuple(
        # In front from just after the last settlement but one, so that the roll trades at the last.
        (
            int(published[at - 2]) + NANOS_PER_SECOND if at >= 2 else int(published[0]),
            base + int(place[at]),
        )
        for at in (np.flatnonzero(np.diff(place) > 0) + 1).tolist()
    )
    return FuturesPlan(
        spec=spec,
        venue=venue,
        reports=reports + later_reports,
        contracts=months,
        first_instrument=base,
        published=np.repeat(published, 2),
        instrument=(base + np.column_stack([place, place + 1])).ravel().astype(np.uint32),
        price=np.rint(prices.ravel() * 1e6).astype(np.int64),
        rolls=rolls,
        start=int(published[0]) - NANOS_PER_SECOND,
        end=int(published[-1]) + NANOS_PER_SECOND,
        moves=moves,
        continuous=roll_adjusted(day, prices[:, 0], prices[:, 1], expiries),
    )
