"""Scenarios of a run: what prices did before it, for every instrument that it trades."""

import numpy as np
from numpy.typing import NDArray

from wattbook.ingest import NANOS_PER_SECOND, Series
from wattbook.runtime.plan import CoupledPlan, FuturesPlan, Plan, PowerPlan

__all__ = ["scenario_moves", "unknown_markets"]

DAY_NS = 86_400 * NANOS_PER_SECOND
Array = NDArray[np.float64]


def day_levels(history: Series, start: int, end: int, days: int) -> Array:
    """Return the mean price of the same hours 1, 2, … days before; NaN where one is missing."""
    levels = np.full(days, np.nan)
    for back in range(1, days + 1):
        first, last = np.searchsorted(
            history.delivery_start, [start - back * DAY_NS, end - back * DAY_NS]
        )
        if last > first:
            levels[back - 1] = history.price[first:last].mean()
    return levels


def power_moves(plan: Plan, part: PowerPlan) -> dict[int, Array]:
    """Return moves of the same hours from day to day, oldest first, by instrument of a market."""
    venues = {part.venue} if part.chain is None else {part.venue, part.chain.venue}
    days = part.spec.history_days - 1
    moves: dict[tuple[int, int], Array] = {}
    found = {}
    for one in plan.instruments:
        if one.venue in venues:
            period = one.delivery_start, one.delivery_end
            if period not in moves:
                levels = day_levels(part.history, *period, days)
                moves[period] = (levels[:-1] - levels[1:])[::-1]
            found[one.instrument] = moves[period]
    whole = ~np.isnan(np.array(list(moves.values()))).any(axis=0) if moves else np.empty(0)
    return {number: column[whole.astype(np.bool_)] for number, column in found.items()}


def futures_moves(part: FuturesPlan) -> dict[int, Array]:
    """Return moves of the first and of the second contract in turn, for each month of a product.

    A month comes to the front as time passes, and its moves are set once. So neighbours, of which
    one is in front and one behind it, never move as one: their spread has a risk.
    """
    first, second = part.moves
    months = range(part.first_instrument, part.first_instrument + len(part.contracts))
    return {month: second if at % 2 else first for at, month in enumerate(months)}


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


def unknown_markets(plan: Plan) -> tuple[str, ...]:
    """Return the markets of a plan whose prices before the run are not known."""
    coupled = [part.spec.name for part in plan.coupled if not is_known(part)]
    return tuple(coupled + [part.spec.name for part in plan.futures if not part.moves.size])


def scenario_moves(plan: Plan) -> dict[int, Array]:
    """Return by instrument what its price does in each scenario, currency per price unit.

    Spot: the move of the same hours from one day to the next, over the market's days of history, a
    scenario a day. Coupled: the shape of the day before. Futures: daily moves of the first two
    contracts over the 250 days before. The newest scenarios of several markets are taken together,
    as many as the shortest has.
    """
    found: dict[int, Array] = {}
    for part in plan.power:
        found |= power_moves(plan, part)
    for product in plan.futures:
        if product.moves.size:
            found |= futures_moves(product)
    for day in plan.coupled:
        found |= coupled_moves(plan, day)
    count = min((column.size for column in found.values()), default=0)
    return {number: column[column.size - count :] for number, column in found.items()}
