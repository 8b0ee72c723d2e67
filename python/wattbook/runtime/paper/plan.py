"""What a paper run trades: one market's day, its history, and no price of what is to come."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import DeskError, RunError, SourceError
from wattbook.ingest import NANOS_PER_SECOND, DataReport, Series, normalize
from wattbook.market import TradingDay, trading_day
from wattbook.runtime.desk.spec import Desk, MarketSpec, StrategySpec, VirtualSpec
from wattbook.runtime.paper.ahead import day_ahead_rows, no_forecast
from wattbook.runtime.paper.line import PriceLine, format_line
from wattbook.runtime.plan import NotTraded, Plan, PowerPlan, SyntheticChain
from wattbook.runtime.plan.instrument import Numbers, VenuePlan
from wattbook.runtime.plan.periods import (
    Periods,
    day_ahead_gates,
    define_periods,
    pool_periods,
    two_settlement_periods,
)
from wattbook.runtime.plan.power import chosen_day, define_books
from wattbook.runtime.synthetic import session_of
from wattbook.sources import SOURCES, Source
from wattbook.sources.recorded.generated import read_days

__all__ = ["VIRTUALS", "LeftOut", "PaperPlan", "plan_paper", "read"]

LeftOut = tuple[tuple[type[StrategySpec], str], ...]
"""Kinds of strategies that a run leaves out, and why."""
VIRTUALS: LeftOut = ((VirtualSpec, "virtual bids do not trade on paper yet"),)

HOUR_NS = 3_600 * NANOS_PER_SECOND
DAY_NS = 24 * HOUR_NS
# The seasonal model looks back eight weeks; two more fill its lags.
HISTORY_NS = 70 * DAY_NS
LEAD_NS = 60 * NANOS_PER_SECOND


@dataclass(frozen=True, slots=True)
class PaperPlan:
    """A day of one market, to be traded as it comes.

    Parameters
    ----------
    plan : Plan
        The desk with that one market; its periods and contracts have no prices.
    part : PowerPlan
        The market.
    start : int
        First instant of the run, ns UTC.
    history : Series
        Prices that settle delivery, known at `start`.
    lines : tuple of (int, str)
        When the day is played again: what the feed will bring, each line with its instant.
    """

    plan: Plan
    part: PowerPlan
    start: int
    history: Series
    lines: tuple[tuple[int, str], ...]


def one_market(desk: Desk, name: str | None) -> MarketSpec:
    """Return the market to trade.

    Raises
    ------
    DeskError
        If the desk has none of that name, or several and none was named.
    """
    # What others bid into an auction comes by no feed, so coupled markets are not paper traded.
    power = [spec for spec in desk.market if SOURCES[spec.source].market_model != "auction"]
    names = ", ".join(repr(spec.name) for spec in power) or "none"
    if name is not None and name in {spec.name for spec in desk.market if spec not in power}:
        message = (
            f"{name!r} is a coupled market, which paper does not trade: no feed brings the orders "
            f"of the others; use `wattbook run`, or one of the power markets: {names}"
        )
        raise DeskError(message)
    if name is not None and any(spec.name == name for spec in desk.futures):
        message = (
            f"{name!r} is daily futures, which paper does not trade: they settle once a day; use "
            f"`wattbook run`, or one of the power markets: {names}"
        )
        raise DeskError(message)
    chosen = [spec for spec in power if name is None or spec.name == name]
    if len(chosen) != 1:
        asked = "no market was named" if name is None else f"there is no market {name!r}"
        message = (
            f"{desk.path}: {asked}, and paper trades one power market; name one with --market: "
            f"{names}"
        )
        raise DeskError(message)
    return chosen[0]


def only(desk: Desk, spec: MarketSpec, without: LeftOut) -> tuple[Desk, tuple[NotTraded, ...]]:
    """Return the desk with one market and the strategies that trade it, and those left out.

    Raises
    ------
    DeskError
        If no strategy does.
    """
    named = [strategy for strategy in desk.strategy if strategy.market == spec.name]
    kinds = tuple(kind for kind, _ in without)
    strategies = tuple(one for one in named if not isinstance(one, kinds))
    left_out = tuple(
        NotTraded(f"{spec.name}, {one.name}", reason)
        for one in named
        for kind, reason in without
        if isinstance(one, kind)
    )
    if not strategies:
        message = f"{desk.path}: no strategy trades {spec.name!r}; add one or name another market"
        raise DeskError(message)
    return replace(desk, market=(spec,), futures=(), strategy=strategies), left_out


def empty_grid(series: Series, day: TradingDay) -> Series:
    """Return the delivery periods of the day, without their prices."""
    step = series.interval_seconds * NANOS_PER_SECOND
    start = np.arange(day.start, day.end, step, dtype=np.int64)
    return replace(series, delivery_start=start, price=np.zeros(start.size), covariates={})


def without_prices(periods: Periods) -> Periods:
    """Return periods whose prices nobody knows yet."""
    none = np.empty(0, dtype=np.int64)
    has_day_ahead = periods.day_ahead_price is not None
    return replace(periods, real_time_price=none, day_ahead_price=none if has_day_ahead else None)


def chain_from(spec: MarketSpec, chain: SyntheticChain | None, start: int) -> SyntheticChain | None:
    """Return the contracts that can still trade at `start`, the one in front first."""
    if chain is None or spec.synthetic_book is None:
        return None
    # A contract that should be open already calls its opening auction when the run begins.
    earliest = start + session_of(spec.synthetic_book).opening_call_ns
    first = int(np.searchsorted([at for at, _ in chain.rolls], start, side="right"))
    return SyntheticChain(
        venue=chain.venue,
        instruments=chain.instruments[first:],
        opens=tuple(max(at, earliest) for at in chain.opens[first:]),
        ends=chain.ends[first:],
        settlement=chain.settlement[first:],
        rolls=chain.rolls[first:],
    )


def until(series: Series, instant: int) -> Series:
    """Return the newest part of a series that is known at `instant`.

    A real-time price is known when its period ends. A day-ahead price is known half a day before
    its day; those of the day before the one traded are known at every instant a run can begin.
    """
    step = series.interval_seconds * NANOS_PER_SECOND
    end = instant if series.kind.value == "day_ahead" else instant - step + 1
    return series.between(instant - HISTORY_NS, end)


def check_reaches(series: Series, instant: int) -> None:
    """Refuse a history that ends long before the run begins.

    Raises
    ------
    SourceError
        If it does.
    """
    if not series.delivery_start.size or int(series.delivery_end[-1]) < instant - HOUR_NS:
        last = (
            str(np.datetime64(int(series.delivery_end[-1]), "ns").astype("datetime64[m]")) + "Z"
            if series.delivery_start.size
            else "nowhere near it"
        )
        begins = np.datetime64(instant, "ns").astype("datetime64[m]")
        message = (
            f"the history of {series.name} ends {last}, but the run begins {begins}Z and its "
            "forecasts need the prices before it; bring the data up to date, or play a day that "
            "they hold with --replay-speed"
        )
        raise SourceError(message)


def published(series: Series, day: TradingDay) -> NDArray[np.int64]:
    """Return when each price becomes known: a day-ahead price 11.5 h before its day, as planned."""
    if series.kind.value == "day_ahead":
        return np.full(series.delivery_start.size, day.start - 23 * HOUR_NS // 2, dtype=np.int64)
    return np.asarray(series.delivery_end, dtype=np.int64)


def lines_of(
    name: str, loaded: tuple[Series, ...], day: TradingDay, start: int
) -> tuple[tuple[int, str], ...]:
    """Return the lines that a feed of the recorded prices brings after `start`, in order."""
    found: list[tuple[int, int, str]] = []
    for place, series in enumerate(reversed(loaded)):
        is_day_ahead = series.kind.value == "day_ahead"
        part = series.between(day.start if is_day_ahead else start - HOUR_NS, day.end)
        for at, first, price in zip(
            published(part, day).tolist(),
            part.delivery_start.tolist(),
            part.price.tolist(),
            strict=True,
        ):
            if at > start:
                found.append((at, place, format_line(PriceLine(name, first, price, is_day_ahead))))
    return tuple((at, text) for at, _, text in sorted(found, key=lambda entry: entry[:2]))


def read(
    source: Source, data: Path | None, seed: int, start: int | None
) -> tuple[tuple[Series, DataReport], ...]:
    """Return the source's series; days are made up to `start` where the source makes them."""
    if source.name == "generated" and start is not None:
        last = np.datetime64(start, "ns").astype("datetime64[D]")
        raws = read_days(seed, last - HISTORY_NS // DAY_NS, last + 1)
    else:
        raws = source.read(data, seed)
    return tuple(normalize(raw) for raw in raws)


def live_day(source: Source, date: dt.date | None, start: int) -> TradingDay:
    """Return the day to trade: `date`, or the trading day that holds `start`.

    Raises
    ------
    RunError
        If it has ended, or begins more than a day from now.
    """
    if date is None:
        shifted = start // NANOS_PER_SECOND - 3_600 * source.day_start_hour
        date = dt.datetime.fromtimestamp(shifted, ZoneInfo(source.time_zone)).date()
    day = trading_day(date, source.time_zone, source.day_start_hour)
    if not day.start - DAY_NS <= start < day.end:
        now = np.datetime64(start, "ns").astype("datetime64[m]")
        message = (
            f"it is {now}Z; the trading day {date} can be traded from 24 h before it until its "
            "end; give another --day, or another --from"
        )
        raise RunError(message)
    return day


def replay_start(source: Source, day: TradingDay) -> int:
    """Return when a day that is played again begins: before its first forecast and offer."""
    before = 50 * 60 * NANOS_PER_SECOND
    gate = day.start
    if source.market_model != "pool":
        gate = int(day_ahead_gates(source, day, np.array([day.start])).min())
    return gate - before - LEAD_NS


def plan_paper(
    desk: Desk,
    market: str | None,
    data: Path | None,
    seed: int,
    *,
    start: int | None,
    date: dt.date | None = None,
    without: LeftOut = VIRTUALS,
) -> PaperPlan:
    """Return the plan of a paper run.

    Parameters
    ----------
    desk : Desk
        The desk file.
    market : str or None
        Which of its power markets; may be left out when it has one.
    data : Path or None
        The data folder, for the history.
    seed : int
        For generated days.
    start : int or None
        When the run begins, ns UTC; None plays the market's day of the desk file again.
    date : datetime.date, optional
        Which trading day; the one that holds `start` if left out.
    without : tuple of (type, str), optional
        Kinds of strategies that do not trade, and why.

    Raises
    ------
    WattbookError
        If the market, the day or the history cannot be used.
    """
    spec = one_market(desk, market)
    desk, left_out = only(desk, spec, without)
    source = SOURCES[spec.source]
    loaded = read(source, data, seed, start)
    settles, planned = loaded[0][0], loaded[-1][0]
    if start is None:
        day = chosen_day(spec, source, settles)
        begins = replay_start(source, day)
        lines = lines_of(spec.name, tuple(series for series, _ in loaded), day, begins)
    else:
        day, begins, lines = live_day(source, date, start), start, ()
    history = until(settles, begins)
    check_reaches(history, begins)
    numbers = Numbers()
    venue = numbers.next_venue()
    name = f"{source.venue}, {spec.name}"
    numbers.venues.append(
        VenuePlan(venue, name, source.market_model, source.time_zone, is_synthetic=False)
    )
    if source.market_model == "pool":
        periods = pool_periods(numbers, source, empty_grid(settles, day))
        known = history
    else:
        hours = empty_grid(planned, day)
        periods = two_settlement_periods(numbers, source, empty_grid(settles, day), hours, day)
        known = until(planned, day.start)
        check_reaches(known, day.start)
    define_periods(numbers, source, venue, periods)
    nothing = settles.between(0, 0)
    chain = chain_from(spec, define_books(numbers, spec, source, day, nothing), begins)
    ahead, rows = day_ahead_rows(spec, known, day, periods, begins)
    # Until the first price comes, the made-up book stands around the last one known.
    last = replace(
        history,
        delivery_start=np.array([begins], dtype=np.int64),
        price=history.price[-1:],
        covariates={},
    )
    part = PowerPlan(
        spec=spec,
        source=source,
        day=day,
        series=last,
        history=history,
        reports=tuple(report for _, report in loaded),
        venue=venue,
        periods=without_prices(periods),
        chain=chain,
        day_ahead=ahead,
        intraday=no_forecast(),
        forecasts=rows,
        virtuals=None,
    )
    whole = Plan(desk, tuple(numbers.venues), tuple(numbers.instruments), (part,), (), left_out)
    return PaperPlan(whole, part, begins, history, lines)
