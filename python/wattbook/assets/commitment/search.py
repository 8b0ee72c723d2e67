"""Finds a commitment and a bound that says how good it is.

Two solvers work side by side. One proves: it raises the bound of the whole programme. The other
searches: from the relaxation it takes prices, lets each unit schedule itself at them exactly,
keeps what both agree on and solves the rest; then it frees parts of the best commitment, one after
another, and solves those. Where the relaxation itself would take minutes, prices and bound come
from the units' own schedules alone (`lagrange`).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import highspy
import numpy as np

from wattbook.assets.commitment.conflict import explain
from wattbook.assets.commitment.dispatch import Dispatch, dispatch
from wattbook.assets.commitment.formulation import Formulation
from wattbook.assets.commitment.lagrange import Priced, ample, priced
from wattbook.assets.commitment.result import Commitment
from wattbook.errors import AssetError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.assets.commitment.fleet import Fleet

__all__ = ["commit"]

Floats: TypeAlias = "NDArray[np.float64]"
WHOLE = 1e-5
NEARLY_WHOLE = 1e-2
"""The same for means of schedules."""
LARGE = 200_000
"""Columns from which the relaxation is left to the units' own schedules."""
LIFTS = (0.005, 0.02, 0.1, 0.3)
"""Shares of the power price on top at which a large fleet's units are asked what they would do."""
HIGHER = (1.0, 5.0, 50.0)
"""Further such shares, where any commitment will do."""
ROUNDS = 20
"""In which units then schedule themselves at better prices."""
PRICING_SHARE = 0.35
"""Of the time, which a large fleet's prices may take."""
SEED = 20_260_101
STATUS = highspy.HighsModelStatus


def commit(fleet: Fleet, *, seconds: float = 60.0, gap: float = 1e-3) -> Commitment:
    """Return a commitment of `fleet` within `gap` of the least cost, or the best in `seconds`.

    Parameters
    ----------
    fleet : Fleet
    seconds : float, optional
        How long to search at most. When they are over, the best that was found comes back with its
        gap and is marked as not complete; if there was none yet, one that units find by scheduling
        themselves, which takes somewhat longer.
    gap : float, optional
        Share of the cost above the bound at which to stop.

    Raises
    ------
    InputError
        If no commitment keeps all rules; names rules that contradict each other, none of which can
        be left out where they are few.
    AssetError
        If none was found.
    """
    if not seconds > 0.0 or not gap >= 0.0:
        raise InputError(
            f"{seconds} seconds to a gap of {gap}; give seconds above and a gap from zero"
        )
    begin = time.perf_counter()
    search = Search(Formulation(fleet), begin + seconds, gap)
    search.relax()
    prover = threading.Thread(target=search.prove, daemon=True)
    prover.start()
    try:
        search.improve()
    finally:
        search.is_over.set()
        prover.join()
    if search.fault is not None:
        raise search.fault
    if search.is_infeasible:
        explain(fleet)
        raise InputError(f"{fleet.name}: no commitment keeps all rules")
    if search.best is None:
        search.find_any()
    found = search.best
    if found is None:
        raise AssetError(
            f"{fleet.name}: no commitment found in {seconds:g} seconds; allow more seconds"
        )
    return Commitment(
        fleet,
        found.is_on,
        found.power,
        found.reserve,
        found.renewable,
        found.prices,
        found.cost,
        min(search.bound, found.cost),
        time.perf_counter() - begin,
        search.gap() <= gap,
    )


@dataclass(eq=False)
class Search:
    """What both solvers share; each writes its own side."""

    formulation: Formulation
    until: float
    wanted: float
    bound: float = -np.inf
    best: Dispatch | None = None
    counts: Floats | None = None
    """Units on, by group and period, of the best."""
    states: Floats | None = None
    """Units on, by group and period, of the relaxation."""
    prices: tuple[Floats, Floats] | None = None
    """Of power and reserve, by period, of the relaxation."""
    is_infeasible: bool = False
    is_over: threading.Event = field(default_factory=threading.Event)
    fault: Exception | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def gap(self) -> float:
        """Return the share of the cost that is above the bound."""
        if self.best is None:
            return np.inf
        return float((self.best.cost - self.bound) / max(abs(self.best.cost), 1e-9))

    def left(self) -> float:
        """Return the seconds that are left; none when all is done."""
        if self.is_over.is_set() or self.is_infeasible or self.gap() <= self.wanted:
            return 0.0
        return max(self.until - time.perf_counter(), 0.0)

    def relax(self) -> None:
        """Solve the relaxation: a first bound, prices, and how near each state is to whole.

        Raises
        ------
        InputError
            If even that is infeasible; names the rules in conflict.
        """
        if not self.left():
            return
        if self.is_large:
            self._price()
            return
        solver = self.formulation.program.solver(is_relaxed=True)
        solver.setOptionValue("time_limit", self.left())
        solver.run()
        if solver.getModelStatus() in {STATUS.kInfeasible, STATUS.kUnboundedOrInfeasible}:
            explain(self.formulation.fleet)
        if solver.getModelStatus() != STATUS.kOptimal:
            return
        self.bound = float(solver.getInfo().objective_function_value)
        solution = solver.getSolution()
        values, duals = np.array(solution.col_value), np.array(solution.row_dual)
        formulation = self.formulation
        self.states = np.array([values[group.on] for group in formulation.groups])
        first, second = (
            duals[row : row + formulation.fleet.periods]
            for row in (formulation.balance, formulation.holding)
        )
        self.prices = first, second

    @property
    def is_large(self) -> bool:
        """Whether the relaxation would take too long."""
        return self.formulation.program.width > LARGE

    def _price(self) -> None:
        """Take bound, prices and states from units that schedule themselves, and a commitment."""
        end = time.perf_counter() + PRICING_SHARE * self.left()

        def goes_on(found: Priced) -> bool:
            self.bound = max(self.bound, found.bound)
            return time.perf_counter() < end

        found = priced(self.formulation.fleet, self.formulation.groups, goes_on)
        self.bound = max(self.bound, found.bound)
        self.states, self.prices = found.share, (found.power, found.reserve)
        formulation = self.formulation
        for lift in LIFTS:
            if self.best is not None or not self.left():
                return
            self.offer(ample(formulation.fleet, formulation.groups, found, lift))

    def find_any(self) -> None:
        """Take the commitment of units that schedule themselves, though time is over."""
        rounds = iter(range(ROUNDS))
        fleet, groups = self.formulation.fleet, self.formulation.groups
        found = priced(fleet, groups, lambda _: next(rounds, None) is not None)
        self.bound = max(self.bound, found.bound)
        for lift in (*LIFTS, *HIGHER):
            if self.offer(ample(fleet, groups, found, lift)):
                return

    def prove(self) -> None:
        """Raise the bound until nothing is left to do."""
        if not self.left() or self.is_large:
            return
        try:
            solver = self.formulation.program.solver()
            solver.setOptionValue("mip_rel_gap", self.wanted / 2)
            solver.setOptionValue("time_limit", max(self.left(), 0.1))
            solver.cbMipInterrupt.subscribe(self._told)
            solver.cbMipImprovingSolution.subscribe(self._improved)
            solver.run()
            state = solver.getModelStatus()
            if state in {STATUS.kInfeasible, STATUS.kUnboundedOrInfeasible}:
                self.is_infeasible = True
                return
            info = solver.getInfo()
            if np.isfinite(info.mip_dual_bound):
                self.bound = max(self.bound, float(info.mip_dual_bound))
            if state == STATUS.kOptimal:
                self.offer(self.formulation.states(np.array(solver.getSolution().col_value)))
                self.is_over.set()
        except Exception as fault:  # noqa: BLE001 - a thread's fault is raised where it was started
            self.fault = fault
            self.is_over.set()

    def _told(self, event: highspy.highs.HighsCallbackEvent) -> None:
        bound = float(event.data_out.mip_dual_bound)
        if np.isfinite(bound):
            self.bound = max(self.bound, bound)
        if not self.left():
            event.interrupt()

    def _improved(self, event: highspy.highs.HighsCallbackEvent) -> None:
        cost = float(event.data_out.objective_function_value)
        if self.best is None or cost < self.best.cost * (1 - 1e-9):
            self.offer(self.formulation.states(np.array(event.data_out.mip_solution)))

    def offer(self, is_on: NDArray[np.bool_]) -> bool:
        """Take states, with the best powers, if they cost less than the best."""
        found = dispatch(self.formulation.fleet, is_on)
        if found is None:
            return False
        with self.lock:
            if self.best is not None and found.cost >= self.best.cost - 1e-9:
                return False
            self.best = found
            self.counts = self.formulation.counts(is_on)
        return True

    def improve(self) -> None:
        """Search from the relaxation, then around the best."""
        if self.states is not None:
            self.dive(self.states)
        chance = np.random.default_rng(SEED)
        rounds = 0
        while self.left():
            if self.best is None:
                self.is_over.wait(0.05)
                continue
            self.around(self.freed(chance, rounds))
            rounds += 1

    def dive(self, states: Floats) -> None:
        """Keep what the relaxation and each unit's own schedule agree on, and solve the rest."""
        counts = np.array([[group.count] for group in self.formulation.groups])
        is_near = np.abs(states - np.rint(states)) < (NEARLY_WHOLE if self.is_large else WHOLE)
        whole = np.rint(states)
        agrees = is_near if self.is_large else is_near & (whole == self.scheduled(whole))
        # Units that are on or off all along are the last to be decided anew.
        always = (is_near & ((whole == 0) | (whole == counts))).all(axis=1, keepdims=True)
        for is_kept in (agrees, agrees & always, np.zeros_like(is_near)):
            if not self.left() or self.best is not None:
                return
            self.solve(whole, is_kept, self.left())

    def scheduled(self, whole: Floats) -> Floats:
        """Return the units on, by group and period, if each schedules itself at relaxed prices."""
        found = whole.copy()
        if self.prices is None:
            return found
        power, reserve = (np.ascontiguousarray(prices) for prices in self.prices)
        for number, group in enumerate(self.formulation.groups):
            try:
                _, _, is_on = group.unit.core().best_schedule(power, np.ones(len(power)), reserve)
            except InputError:
                # Ramps without a common step: the relaxation alone decides.
                continue
            found[number] = group.count * is_on
        return found

    def freed(self, chance: np.random.Generator, rounds: int) -> NDArray[np.bool_]:
        """Return which states, by group and period, to decide anew."""
        groups = self.formulation.groups
        periods = self.formulation.fleet.periods
        free = np.zeros((len(groups), periods), bool)
        kind = rounds % 3
        if kind == 2 and self.states is not None and self.counts is not None:
            # Around every state that the relaxation leaves open or would have otherwise.
            radius = 2 + rounds
            is_open = np.abs(self.states - self.counts) > WHOLE
            for number, period in zip(*np.nonzero(is_open), strict=True):
                free[number, max(period - radius, 0) : period + radius + 1] = True
        elif kind == 0:
            length = max(periods // 4, 6)
            start = int(chance.integers(0, max(periods - length, 0) + 1))
            free[:, start : start + length] = True
        else:
            share = chance.choice(len(groups), size=max(len(groups) // 4, 1), replace=False)
            free[share] = True
        return free

    def around(self, free: NDArray[np.bool_]) -> None:
        """Solve the states that are free, the others as in the best."""
        if self.counts is not None:
            self.solve(self.counts, ~free, min(self.left(), max(self.left() / 4, 2.0)))

    def solve(self, states: Floats, is_kept: NDArray[np.bool_], seconds: float) -> None:
        """Solve the programme with some states kept."""
        solver = self.formulation.program.solver()
        kept = np.concatenate(
            [group.on[keep] for group, keep in zip(self.formulation.groups, is_kept, strict=True)]
        )
        values = states[is_kept]
        solver.changeColsBounds(len(kept), kept.astype(np.int32), values, values)
        solver.setOptionValue("time_limit", max(seconds, 0.1))
        solver.setOptionValue("mip_rel_gap", self.wanted / 4)
        if self.best is not None:
            solver.setOptionValue("objective_bound", self.best.cost)
            self._start(solver)
        solver.cbMipInterrupt.subscribe(self._wanted_still)
        solver.run()
        if (
            solver.getInfo().primal_solution_status
            == highspy.SolutionStatus.kSolutionStatusFeasible
        ):
            self.offer(self.formulation.states(np.array(solver.getSolution().col_value)))

    def _wanted_still(self, event: highspy.highs.HighsCallbackEvent) -> None:
        if not self.left():
            event.interrupt()

    def _start(self, solver: highspy.Highs) -> None:
        """Begin with the best."""
        if self.counts is None:
            return
        columns = np.concatenate([group.on for group in self.formulation.groups])
        solver.setSolution(len(columns), columns.astype(np.int32), self.counts.ravel())
