"""Unit commitment as a mixed-integer programme that is tight: its relaxation is near the answer.

Three kinds of whole columns a unit and period: on, start, stop (Garver 1962). Where the
rows come from:

- least times: Rajan and Takriti (2005);
- limits of units that start and stop: Morales-España, Latorre and Ramos (2013), Gentile,
  Morales-España and Ramos (2017), Pan and Guan (2016); ramps: Damcı-Kurt et al. (2016);
- pieces of the cost curve: Knueven, Ostrowski and Watson (2020), "On mixed-integer programming
  formulations for the unit commitment problem";
- starts matched to stops: the same (2020), "A novel matching formulation for startup costs";
- equal units without binding ramps are one that is on several times: the same (2018), "Exploiting
  identical generators in unit commitment".
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.program import INFINITY, Label, Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.assets.commitment.fleet import Fleet
    from wattbook.assets.unit import Unit

__all__ = ["Formulation", "Group", "earlier", "groups_of"]

Floats: TypeAlias = "NDArray[np.float64]"
Columns: TypeAlias = "NDArray[np.int64]"
TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Group:
    """Equal units, and their columns by period."""

    unit: Unit
    members: tuple[int, ...]
    on: Columns
    start: Columns
    stop: Columns
    above: Columns
    reserve: Columns

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.members)


def groups_of(fleet: Fleet, *, merges: bool) -> list[tuple[int, ...]]:
    """Return the units of `fleet` by what they are; those with binding ramps stand alone."""
    alike: dict[object, list[int]] = defaultdict(list)
    for number, unit in enumerate(fleet.units):
        is_alone = not merges or unit.is_ramped
        alike[number if is_alone else replace(unit, name="")].append(number)
    return [tuple(members) for members in alike.values()]


def earlier(columns: Columns, periods: int) -> Columns:
    """Return the columns of so many periods before, or after if below zero; -1 beyond the ends."""
    moved = np.full(len(columns), -1)
    if abs(periods) >= len(columns):
        return moved
    if periods > 0:
        moved[periods:] = columns[:-periods]
    elif periods < 0:
        moved[:periods] = columns[-periods:]
    else:
        moved[:] = columns
    return moved


class Formulation:
    """The programme of a fleet.

    Parameters
    ----------
    fleet : Fleet
    merges : bool, optional
        Whether equal units are decided together.
    pieces : int, optional
        Pieces of a quadratic curve.
    implied : bool, optional
        Whether rows that follow from others are there: they help the solver alone.
    """

    def __init__(
        self, fleet: Fleet, *, merges: bool = True, pieces: int = 24, implied: bool = True
    ) -> None:
        self.fleet = fleet
        self.pieces = pieces
        self.program = Program()
        self.groups = [self._group(members) for members in groups_of(fleet, merges=merges)]
        self._system(implied=implied)

    def _system(self, *, implied: bool) -> None:
        fleet, program = self.fleet, self.program
        self.renewable = program.columns(
            fleet.periods, fleet.renewable_min, fleet.renewable_max, 0.0
        )
        self.balance = program.height
        for period in range(fleet.periods):
            above = [group.above[period] for group in self.groups if len(group.above)]
            on = [group.on[period] for group in self.groups]
            low = [group.unit.power_min for group in self.groups]
            program.sum_row(
                Label("demand", f"period {period}"),
                fleet.demand[period],
                fleet.demand[period],
                np.array([*above, *on, self.renewable[period]]),
                np.array([*np.ones(len(above)), *low, 1.0]),
            )
        self.holding = program.height
        for period in range(fleet.periods):
            columns = np.array([group.reserve[period] for group in self.groups], np.int64)
            label = Label("reserve", f"period {period}")
            program.sum_row(label, fleet.reserve[period], INFINITY, columns, 1.0)

        if implied:
            self._capacity()

    def _capacity(self) -> None:
        """Add that enough power is on, which the rest implies: cuts are made of such rows."""
        fleet, program = self.fleet, self.program
        needed = fleet.demand + fleet.reserve - fleet.renewable_max
        terms: list[tuple[Columns, float]] = []
        for group in self.groups:
            unit = group.unit
            first, last = unit.edge[0], unit.stop_top
            starting, stopping = unit.power_max - first, unit.power_max - last
            if unit.up_min == 1:
                # A unit that starts and stops at once would count twice.
                starting, stopping = (
                    starting * (starting >= stopping),
                    stopping * (starting < stopping),
                )
            terms += [
                (group.on, unit.power_max),
                (group.start, -starting),
                (earlier(group.stop, -1), -stopping),
            ]
        program.rows(Label("power that is on", "all units"), needed, INFINITY, terms)

    def _group(self, members: tuple[int, ...]) -> Group:
        program, periods = self.program, self.fleet.periods
        unit, count = self.fleet.units[members[0]], len(members)
        points = unit.curve.below(self.pieces)
        least = points[0][1] + unit.operation_cost * unit.power_min
        width = unit.power_max - unit.power_min
        on = program.columns(periods, 0, count, least, whole=True)
        start = program.columns(periods, 0, count, unit.startups[-1].cost, whole=True)
        stop = program.columns(periods, 0, count, 0.0, whole=True)
        above = program.columns(periods if width > TINY else 0, 0, count * width, 0.0)
        reserve = program.columns(periods, 0, count * width, 0.0)
        group = Group(unit, members, on, start, stop, above, reserve)
        self._times(group)
        self._starts(group)
        if width > TINY:
            self._limits(group)
            self._ramps(group)
            self._pieces(group)
        return group

    def _times(self, group: Group) -> None:
        """Add what starts and stops do to the state, and least times."""
        program, periods, unit = self.program, self.fleet.periods, group.unit
        place, count, age = unit.name, group.count, unit.periods_on or 0
        before = np.zeros(periods)
        before[0] = count if age > 0 else 0
        program.rows(
            Label("starts and stops", place),
            before,
            before,
            [(group.on, 1.0), (earlier(group.on, 1), -1.0), (group.start, -1.0), (group.stop, 1.0)],
        )
        up = [(earlier(group.start, back), 1.0) for back in range(min(unit.up_min, periods))]
        down = [(earlier(group.stop, back), 1.0) for back in range(min(unit.down_min, periods))]
        program.rows(Label("least time on", place), -INFINITY, 0.0, [*up, (group.on, -1.0)])
        program.rows(
            Label("least time off", place), -INFINITY, float(count), [*down, (group.on, 1.0)]
        )
        held = min(unit.up_min - age if age > 0 else unit.down_min + age, periods)
        if held > 0:
            value = float(count if age > 0 else 0)
            rule = (
                "least time on before the first period"
                if age > 0
                else ("least time off before the first period")
            )
            program.rows(Label(rule, place), value, value, [(group.on[:held], 1.0)])
        if unit.must_run:
            program.rows(Label("must-run", place), float(count), INFINITY, [(group.on, 1.0)])
        if age > 0 and unit.power > unit.edge[1] + TINY:
            label = Label("most power in the last period on", place)
            program.rows(label, -INFINITY, 0.0, [(group.stop[:1], 1.0)])

    def _starts(self, group: Group) -> None:
        """Match starts to stops that are so near that a start costs less than a cold one."""
        program, periods, unit = self.program, self.fleet.periods, group.unit
        age = unit.periods_on or 0
        cold = unit.startups[-1]
        pairs: list[tuple[int, int, float]] = []
        for off in range(unit.down_min, cold.lag):
            less = unit.startup(off).cost - cold.cost
            pairs += [(stop, stop + off, less) for stop in range(periods - off)]
            if age < 0 and 0 <= off + age < periods:
                pairs.append((-1, off + age, less))
        if not pairs:
            return
        saved = np.array([pair[2] for pair in pairs])
        matched = program.columns(len(pairs), 0, group.count, saved)
        label = Label("category of a start", unit.name)
        for side, bounded in ((1, group.start), (0, group.stop)):
            number = np.array([pair[side] for pair in pairs])
            for period in np.unique(number):
                columns = matched[number == period]
                if period < 0:
                    program.sum_row(label, -INFINITY, float(group.count), columns, 1.0)
                    continue
                program.sum_row(
                    label,
                    -INFINITY,
                    0.0,
                    np.append(columns, bounded[period]),
                    np.append(np.ones(len(columns)), -1.0),
                )

    def _limits(self, group: Group) -> None:
        """Bound power and reserve of units that are on, starting and stopping."""
        program, unit = self.program, group.unit
        high, width = unit.power_max, unit.power_max - unit.power_min
        # A ramp down bounds power before a stop, but not what is held back above it.
        first, last, ramped_last = unit.edge[0], unit.stop_top, unit.edge[1]
        label = Label("most power", unit.name)
        both = [(group.above, 1.0), (group.reserve, 1.0), (group.on, -width)]
        stop = earlier(group.stop, -1)
        if unit.up_min == 1:
            for starting, stopping in (
                (high - first, max(first - last, 0.0)),
                (max(last - first, 0.0), high - last),
            ):
                terms = [*both, (group.start, starting), (stop, stopping)]
                program.rows(label, -INFINITY, 0.0, terms)
            return
        climbing = []
        for back in range(unit.up_min - 1):
            short = high - first - back * unit.ramp_up if back else high - first
            if short <= TINY:
                break
            climbing.append((earlier(group.start, back), short))
        program.rows(label, -INFINITY, 0.0, [*both, *climbing, (stop, high - last)])
        falling = []
        for ahead in range(unit.up_min - 1):
            short = high - ramped_last - ahead * unit.ramp_down if ahead else high - ramped_last
            if short <= TINY:
                break
            falling.append((earlier(group.stop, -1 - ahead), short))
        if len(falling) > 1:
            climbing = climbing[: max(unit.up_min - len(falling), 0)]
            terms = [(group.above, 1.0), (group.on, -width), *climbing, *falling]
            program.rows(label, -INFINITY, 0.0, terms)

    def _ramps(self, group: Group) -> None:
        """Bound changes of power, where a ramp is short of the range."""
        program, unit = self.program, group.unit
        low, width = unit.power_min, unit.power_max - unit.power_min
        first, last = (edge - low for edge in unit.edge)
        was_on = (unit.periods_on or 0) > 0
        power = max(unit.power - low, 0.0) if was_on else 0.0
        at_first = np.zeros(self.fleet.periods)
        at_first[0] = 1.0
        above, yesterday = group.above, earlier(group.above, 1)
        if unit.ramp_up < width - TINY:
            terms: list[tuple[Columns, float]] = [
                (above, 1.0),
                (group.reserve, 1.0),
                (yesterday, -1.0),
                (group.on, -unit.ramp_up),
                (group.start, unit.ramp_up - first),
            ]
            program.rows(Label("ramp up", unit.name), -INFINITY, power * at_first, terms)
        if unit.ramp_down < width - TINY:
            terms = [
                (yesterday, 1.0),
                (above, -1.0),
                (earlier(group.on, 1), -unit.ramp_down),
                (group.stop, unit.ramp_down - last),
            ]
            most = (unit.ramp_down * was_on - power) * at_first
            program.rows(Label("ramp down", unit.name), -INFINITY, most, terms)

    def _pieces(self, group: Group) -> None:
        """Add the pieces of the cost curve, each bounded by what a start or a stop leaves of it."""
        program, periods, unit = self.program, self.fleet.periods, group.unit
        points = unit.curve.below(self.pieces)
        first, last = unit.edge
        stop = earlier(group.stop, -1)
        label = Label("cost curve", unit.name)
        pieces = []
        for (start, least), (end, most) in itertools.pairwise(points):
            slope = (most - least) / (end - start) + unit.operation_cost
            piece = program.columns(periods, 0, group.count * (end - start), slope)
            pieces.append((piece, -1.0))
            starting = min(max(end - first, 0.0), end - start)
            stopping = min(max(end - last, 0.0), end - start)
            whole = [(piece, 1.0), (group.on, start - end)]
            if unit.up_min > 1:
                bounds = [(starting, stopping)]
            else:
                bounds = [
                    (starting, max(stopping - starting, 0.0)),
                    (max(starting - stopping, 0.0), stopping),
                ]
            for rise, fall in dict.fromkeys(bounds):
                terms = [*whole, (group.start, rise), (stop, fall)]
                program.rows(label, -INFINITY, 0.0, terms)
        program.rows(label, 0.0, 0.0, [(group.above, 1.0), *pieces])

    def states(self, values: Floats) -> NDArray[np.bool_]:
        """Return which unit is on when, of shape (units, periods), from a solution's columns."""
        is_on = np.zeros((len(self.fleet.units), self.fleet.periods), bool)
        for group in self.groups:
            numbers = np.rint(values[group.on]).astype(int)
            is_on[list(group.members)] = shared(group, numbers)
        return is_on

    def counts(self, is_on: NDArray[np.bool_]) -> Floats:
        """Return the number of units on, group by group, of shape (groups, periods)."""
        return np.array([is_on[list(group.members)].sum(axis=0) for group in self.groups], float)


def shared(group: Group, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which member is on when, so that `numbers` of them are.

    The unit longest on stops first, unless its least time is one period: then the unit started last
    does, so that as few as can be both start and stop in a period. The unit shortest off, of those
    that may, starts first: what a start costs rises with the time off, and the rest grow no warmer.
    """
    unit = group.unit
    ages = np.full(group.count, unit.periods_on or 0)
    is_on = np.zeros((group.count, len(numbers)), bool)
    for period, number in enumerate(numbers):
        running = ages > 0
        missing = int(number - running.sum())
        if missing > 0:
            ready = np.flatnonzero(~running & (-ages >= unit.down_min))
            chosen = ready[np.argsort(-ages[ready], kind="stable")][:missing]
            running[chosen] = True
        elif missing < 0:
            ready = np.flatnonzero(running & (ages >= unit.up_min))
            order = ages[ready] if unit.up_min == 1 else -ages[ready]
            running[ready[np.argsort(order, kind="stable")][:-missing]] = False
        ages = np.where(running, np.where(ages > 0, ages + 1, 1), np.where(ages < 0, ages - 1, -1))
        is_on[:, period] = running
    return is_on
