"""Scenarios of a run: what prices did before each of its days, for every instrument it trades."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.ingest import NANOS_PER_SECOND, Series
from wattbook.risk.rolls import later_months
from wattbook.runtime.plan import CoupledPlan, FuturesPlan, Plan, PowerPlan
from wattbook.runtime.plan.futures import MOVES

__all__ = ["ScenarioSet", "newest", "scenario_sets", "unknown_markets"]

DAY_NS = 86_400 * NANOS_PER_SECOND
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """Scenarios that count from an instant on.

    Parameters
    ----------
    at : int
        When the newest price behind them is known, ns UTC.
    moves : dict of int to ndarray
        By instrument what its price does in each scenario, oldest first, currency per price unit.
    """

    at: int
    moves: dict[int, Array]


def day_levels(history: Series, start: int, end: int, backs: range) -> Array:
    """Return the mean price of the same hours so many days before; NaN where one is missing."""
    levels = np.full(len(backs), np.nan)
    for place, back in enumerate(backs):
        first, last = np.searchsorted(
            history.delivery_start, [start - back * DAY_NS, end - back * DAY_NS]
        )
        if last > first:
            levels[place] = history.price[first:last].mean()
    return levels


def power_moves(plan: Plan, part: PowerPlan, at: int) -> dict[int, Array]:
    """Return moves of the same hours from day to day, oldest first, by instrument of a market.

    Only days all of whose prices are known at the instant `at` count.
    """
    venues = {part.venue} if part.chain is None else {part.venue, part.chain.venue}
    traded = [one for one in plan.instruments if one.venue in venues]
    newest = max((-(-(one.delivery_end - at) // DAY_NS) for one in traded), default=1)
    backs = range(max(newest, 1), part.spec.history_days + 1)
    moves: dict[tuple[int, int], Array] = {}
    found = {}
    for one in traded:
        period = one.delivery_start, one.delivery_end
        if period not in moves:
            levels = day_levels(part.history, *period, backs)
            moves[period] = (levels[:-1] - levels[1:])[::-1]
        found[one.instrument] = moves[period]
    whole = ~np.isnan(np.array(list(moves.values()))).any(axis=0) if moves else np.empty(0)
    return {number: column[whole.astype(np.bool_)] for number, column in found.items()}


def power_sets(plan: Plan, part: PowerPlan, start: int) -> Iterator[ScenarioSet]:
    """Give the scenarios of a power market at the start, and again once the day before is over.

    A market that opens later than the run begins with what is known when it opens.
    """
    # Prices that are piped in come without forecasts and auctions.
    asked = np.concatenate([part.forecasts.published, part.periods.offer_at])
    opens = max(start, int(asked.min(initial=part.day.start)))
    yield ScenarioSet(start, power_moves(plan, part, opens))
    if opens < part.day.start:
        yield ScenarioSet(part.day.start, power_moves(plan, part, part.day.start))


def month_moves(part: FuturesPlan, days: int) -> dict[int, Array]:
    """Return for each month that still trades what its place of the curve did until some day.

    A place behind the recorded ones, or one of which a price is missing, moves by the model of
    `later_months`. Nothing where the first two places are not known.
    """
    window = part.moves.by_place[:, max(days - MOVES, 0) : days]
    if not window.size:
        return {}
    known = np.isfinite(window).all(axis=1)
    places = int(known.argmin()) if not known.all() else known.size
    front = int(part.moves.front[days - 1])
    try:
        rows = later_months(window[:places], len(part.contracts) - front)
    except InputError:
        return {}
    return {
        part.first_instrument + month: rows[month - front]
        for month in range(max(front, 0), len(part.contracts))
    }


def futures_sets(part: FuturesPlan, start: int) -> Iterator[ScenarioSet]:
    """Give the scenarios of a product at the start and a second after each settlement."""
    before = int(np.searchsorted(part.moves.known_at, max(start, part.start)))
    yield ScenarioSet(start, month_moves(part, before))
    for days in range(before + 1, part.moves.known_at.size + 1):
        at = int(part.moves.known_at[days - 1]) + NANOS_PER_SECOND
        yield ScenarioSet(at, month_moves(part, days))


def coupled_moves(plan: Plan, part: CoupledPlan) -> dict[int, Array]:
    """Return by instrument what its price does if the day before came turned by some periods.

    A coupled market has one day of prices before the run, so its scenarios are that day's shape.
    """
    if not is_known(part):
        return {}
    venues = {part.venue} if part.books is None else {part.venue, part.books.venue}
    count = part.expected.size
    turned = np.array([np.roll(part.expected, back) for back in range(1, count)])
    moved = turned - part.expected
    found = {}
    for one in plan.instruments:
        if one.venue in venues:
            first, last = np.searchsorted(part.starts, [one.delivery_start, one.delivery_end])
            if last > first:
                found[one.instrument] = moved[:, first:last].mean(axis=1)
    return found


def is_known(part: CoupledPlan) -> bool:
    """Return whether the day before a coupled day has every price."""
    return part.expected.size > 1 and bool(np.isfinite(part.expected).all())


def unknown_markets(plan: Plan, known: ScenarioSet) -> tuple[str, ...]:
    """Return the markets of a plan that have no scenarios at the start of the run."""
    coupled = [part.spec.name for part in plan.coupled if not is_known(part)]
    return tuple(
        coupled
        + [part.spec.name for part in plan.futures if part.first_instrument not in known.moves]
    )


def scenario_sets(plan: Plan, start: int) -> tuple[ScenarioSet, ...]:
    """Return the scenarios of a run, the first of all instruments, later ones of what changed.

    Spot: the move of the same hours from one day to the next, over the market's days of history, a
    scenario a day. Coupled: the shape of the day before. Futures: daily moves of the same contract
    at each month's place of the curve, over the 250 days before. As many as the market with the
    fewest has, the newest of each; always the same number, so that gains of several markets add up.
    What stood still in all of them is stale and has no scenarios: it would risk nothing.

    Parameters
    ----------
    plan : Plan
        What the run will meet.
    start : int
        Its first instant, ns UTC.
    """
    sets = [made for part in plan.power for made in power_sets(plan, part, start)]
    sets += [made for product in plan.futures for made in futures_sets(product, start)]
    sets += [ScenarioSet(start, coupled_moves(plan, day)) for day in plan.coupled]
    first: dict[int, Array] = {}
    for made in sets:
        if made.at == start:
            first |= made.moves
    # A market without scenarios at the start has none later: nothing else would hold its limits.
    later = [
        ScenarioSet(made.at, {one: moves for one, moves in made.moves.items() if one in first})
        for made in sorted(sets, key=lambda made: made.at)
        if made.at > start
    ]
    every = [ScenarioSet(start, first), *later]
    sizes = (column.size for made in every for column in made.moves.values())
    count = min(sizes, default=0)
    return tuple(newest(made, count) for made in every)


def newest(made: ScenarioSet, count: int) -> ScenarioSet:
    """Return the newest scenarios, `count` for each instrument that moves in one of them."""
    columns = {one: column[column.size - count :] for one, column in made.moves.items()}
    return ScenarioSet(made.at, {one: column for one, column in columns.items() if column.any()})
