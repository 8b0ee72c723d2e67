"""Ways to run a thermal plant: what each costs, and the blocks by which an auction chooses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.linear import LinearProgramme
from wattbook.assets.unit import PointCurve, Startup, Unit, best_schedule
from wattbook.strategy.bidder import Block
from wattbook.strategy.programmes import HAIR, limit_for, whole

__all__ = ["Plant", "better", "blocks_of", "changes", "stretches"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A thermal plant that starts and stops at its least power.

    Parameters
    ----------
    power_min, power_max : float, MW
        Of a plant that is on.
    marginal_cost : float, EUR/MWh
        Of each megawatt-hour.
    no_load_cost : float, EUR/h
        Of each hour on, on top.
    start_cost : float, EUR
        Of each start.
    ramp : float, MW
        Most that the power changes from one period to the next.
    up_min, down_min : int
        Least periods on and off.
    periods_off : int
        Off before the first period.
    hours : float
        Length of a period.
    """

    power_min: float
    power_max: float
    marginal_cost: float
    no_load_cost: float
    start_cost: float
    ramp: float
    up_min: int
    down_min: int
    periods_off: int
    hours: float

    def running_cost(self, power: float) -> float:
        """Return what a period at `power` costs without starts, EUR."""
        return (self.no_load_cost + self.marginal_cost * power) * self.hours if power > 0 else 0.0

    def starts(self, programme: Floats, *, was_on: bool = False) -> int:
        """Return how often a programme starts the plant."""
        is_on = np.concatenate([[was_on], programme > 0])
        return int((is_on[1:] & ~is_on[:-1]).sum())

    def cost(self, programme: Floats, *, was_on: bool = False) -> float:
        """Return what a programme costs with its starts, EUR."""
        running = sum(self.running_cost(power) for power in programme.tolist())
        return running + self.start_cost * self.starts(programme, was_on=was_on)

    def unit(self, before: Floats) -> Unit:
        """Return the plant as unit commitment knows it, after the periods of `before`."""
        is_on = bool(before.size and before[-1] > 0)
        alike = 0
        for power in before[::-1].tolist():
            if (power > 0) != is_on:
                break
            alike += 1
        if not is_on and alike == before.size:
            alike += self.periods_off
        low, high = self.power_min, self.power_max
        edge = low + self.ramp
        return Unit(
            "plant",
            PointCurve(((low, self.running_cost(low)), (high, self.running_cost(high)))),
            (Startup(1, self.start_cost),),
            ramp_up=self.ramp,
            ramp_down=self.ramp,
            startup_limit=edge,
            shutdown_limit=edge,
            up_min=max(self.up_min, 1),
            down_min=max(self.down_min, 1),
            periods_on=alike if is_on else -alike,
            power=float(before[-1]) if is_on else 0.0,
        )

    def best(self, prices: Floats, before: Floats) -> Floats:
        """Return the programme that earns most at some prices after `before`, MW in whole lots."""
        found = best_schedule(self.unit(before), prices, hours=self.hours)
        return np.round(found.power, 6) + 0.0

    def broken(self, programme: Floats) -> list[str]:
        """Return what a programme of a whole day breaks; nothing where it can be run."""
        found = []
        is_on = programme > HAIR
        inside = (programme >= self.power_min - HAIR) & (programme <= self.power_max + HAIR)
        if (is_on & ~inside).any():
            found.append("power outside of least and most")
        # It starts and stops at its least power, so off counts as that.
        level = np.concatenate([[self.power_min], np.where(is_on, programme, self.power_min)])
        both = np.append(level, self.power_min)
        ends = both[1:-1] - both[2:]
        ends[-1] = 0.0 if is_on[-1] else ends[-1]
        if (np.diff(level) > self.ramp + HAIR).any() or (ends > self.ramp + HAIR).any():
            found.append("a change beyond the ramp")
        for first, last in stretches(is_on):
            if last - first < self.up_min and last < is_on.size:
                found.append("a run that is too short")
        for first, last in stretches(~is_on):
            known = last - first + (self.periods_off if first == 0 else 0)
            if known < self.down_min and last < is_on.size:
                found.append("a pause that is too short")
        return found


def stretches(flags: Flags) -> Iterator[tuple[int, int]]:
    """Return where stretches of true begin and end, half-open.

    Examples
    --------
    >>> list(stretches(np.array([True, True, False, True])))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int64)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def blocks_of(plant: Plant, ways: Sequence[Floats], limits: tuple[float, float]) -> list[Block]:
    """Return ways to run a day as families: the least power of its runs, and what is above it.

    A parent is the plant's least power wherever it is on, at the mean cost of that with its
    starts; parents exclude each other. Its children are what runs above, stretch by stretch, each
    at marginal cost: each begins and ends at the least power, so any of them can be left out.

    Parameters
    ----------
    plant : Plant
        The plant.
    ways : sequence of ndarray of shape (n_periods,), EUR/MWh
        How prices may come out: each gives the schedule that earns most.
    limits : pair of float
        Lowest and highest limit of a block, EUR/MWh.
    """
    found: list[Block] = []
    seen: set[bytes] = set()
    for prices in ways:
        programme = plant.best(prices, np.zeros(0))
        is_on = programme > 0
        if not is_on.any() or is_on.tobytes() in seen:
            continue
        seen.add(is_on.tobytes())
        least = np.where(is_on, plant.power_min, 0.0)
        limit = limit_for(plant.cost(least), float(least.sum()) * plant.hours, limits)
        if limit is None:
            continue
        parent = len(found)
        found.append(Block(legs_of(least), limit))
        above = whole(programme - least)
        for first, last in stretches(above > HAIR):
            part = np.zeros(above.size)
            part[first:last] = above[first:last]
            child = Block(legs_of(part), plant.marginal_cost, parent, is_exclusive=False)
            found.append(child)
    return found


def legs_of(power: Floats) -> tuple[tuple[int, float], ...]:
    """Return the periods that have power, with it."""
    return tuple((int(at), float(power[at])) for at in np.flatnonzero(np.abs(power) > HAIR))


def changes(
    plant: Plant, sold: Floats, ways: Sequence[Floats], is_open: Flags, limits: tuple[float, float]
) -> list[Block]:
    """Return the best programmes of some forecasts as changes of the position, none twice.

    Each is the whole rest of the day from the first open period on, from the state in which the
    position leaves the plant there; its limit asks for the cost that it adds. Without a stretch
    of open periods until the end of the day there are none.
    """
    open_at = np.flatnonzero(is_open)
    if not open_at.size or not is_open[open_at[0] :].all():
        return []
    first = int(open_at[0])
    before, was_on = sold[:first], bool(first and sold[first - 1] > 0)
    if plant.broken(sold):
        return []
    found: list[Block] = []
    seen: set[tuple[tuple[int, float], ...]] = set()
    old = plant.cost(sold[first:], was_on=was_on)
    for prices in ways:
        programme = np.concatenate([before, plant.best(prices[first:], before)])
        trade = whole(programme - sold)
        legs = legs_of(trade)
        gain = plant.cost(programme[first:], was_on=was_on) - old
        limit = limit_for(gain, float(trade.sum()) * plant.hours, limits)
        if legs and legs not in seen and limit is not None and not plant.broken(sold + trade):
            seen.add(legs)
            found.append(Block(legs, limit))
    return found


def better(
    plant: Plant, sold: Floats, bid: Floats, ask: Floats, room: Floats, cost: float
) -> Floats:
    """Return what to trade of a programme whose runs stay as they are, MW in whole lots.

    Power above the least is bought back where that is cheaper than to produce it, and sold where it
    pays: one linear programme within power, ramps and what the quotes hold.

    Parameters
    ----------
    plant : Plant
        The plant.
    sold : ndarray of shape (n_periods,), MW
        A programme that can be run.
    bid, ask : ndarray of shape (n_periods,), EUR/MWh
        At what more is sold and bought.
    room : ndarray of shape (2, n_periods), MW
        How much of each; nothing where nothing trades.
    cost : float, EUR/MWh
        What a trade must earn at least.
    """
    is_on, count = sold > HAIR, sold.size
    programme = LinearProgramme()
    free = np.where(is_on, 1.0, 0.0)
    up, down = (
        np.minimum(plant.power_max - sold, room[0]),
        np.minimum(sold - plant.power_min, room[1]),
    )
    more = programme.columns(
        count,
        upper=np.maximum(up, 0.0) * free,
        value=(bid - plant.marginal_cost - cost) * plant.hours,
    )
    less = programme.columns(
        count,
        upper=np.maximum(down, 0.0) * free,
        value=(plant.marginal_cost - ask - cost) * plant.hours,
    )
    level = np.where(is_on, sold, plant.power_min)
    inner = np.flatnonzero(is_on[:-1] | is_on[1:])
    if inner.size:
        step = (level[1:] - level[:-1])[inner]
        terms = [
            (more[inner + 1], 1.0), (less[inner + 1], -1.0), (more[inner], -1.0), (less[inner], 1.0)
        ]  # fmt: skip
        programme.rows("ramp", terms, lower=-plant.ramp - step, upper=plant.ramp - step)
    edges = np.array([at for at in (0,) if is_on[at]], np.int64)
    if edges.size:
        programme.rows(
            "start", [(more[edges], 1.0), (less[edges], -1.0)],
            upper=plant.power_min + plant.ramp - sold[edges],
        )  # fmt: skip
    _, found = programme.maximum()
    return whole(found[more] - found[less])
