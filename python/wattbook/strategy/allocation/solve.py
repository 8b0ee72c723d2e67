"""Programmes with squares, and with squares of whole columns, which HiGHS has no solver for."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import highspy
import numpy as np

from wattbook.assets.program import INFINITY, Program, is_feasible, smallest
from wattbook.errors import InputError, RunError
from wattbook.strategy.allocation.limits import Floats

__all__ = ["solved"]

SECONDS = 20.0
"""For which the best position in whole lots is looked for."""
NOTHING_FOUND = (
    f"no position in whole lots found in {SECONDS:g} seconds; give fewer products, or none in lots"
)
GAP, GAP_WITHOUT_LOTS = 1e-6, 1e-8
GAVE_UP = (highspy.HighsModelStatus.kNotset, highspy.HighsModelStatus.kSolveError)
"""How HiGHS ends one in a hundred programmes with squares that have an answer."""


def solved(program: Program, hessian: Floats | None = None) -> tuple[Floats, float]:
    """Return the columns of a programme that cost least, ``x' hessian x / 2`` added for the first.

    The second is what a better answer could save at most, as a share of gains and risk of the best
    without whole columns: 0 without such, and with them where none is better, to a millionth;
    above, time ran out.

    Raises
    ------
    InputError
        If limits conflict, naming them, or gains have no bound.
    RunError
        If HiGHS ends in any other way.
    """
    whole = program.whole()
    if hessian is None:
        return without_squares(program)
    if not whole.size:
        return relaxed(program, hessian), 0.0
    found, gap = by_tangents(program, hessian, relaxed(program, hessian), is_relaxed=False)
    lots = np.round(found[whole])
    return relaxed(program, hessian, dict(zip(whole.tolist(), lots.tolist(), strict=True))), gap


def without_squares(program: Program) -> tuple[Floats, float]:
    """Return the columns of least cost of a programme without squares, and their gap."""
    solver = program.solver()
    if not program.whole().size:
        solver.run()
        return answer(program, solver), 0.0
    solver.setOptionValue("mip_rel_gap", GAP)
    solver.setOptionValue("mip_abs_gap", 0.0)
    solver.setOptionValue("time_limit", SECONDS)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kTimeLimit:
        return answer(program, solver), 0.0
    info = solver.getInfo()
    if not np.isfinite(info.objective_function_value):
        raise RunError(NOTHING_FOUND)
    least, bound = float(info.objective_function_value), float(info.mip_dual_bound)
    return np.array(solver.getSolution().col_value), (least - bound) / max(abs(least), 1e-9)


def relaxed(program: Program, hessian: Floats, held: Mapping[int, float] | None = None) -> Floats:
    """Return the columns of least cost with some held, whole ones taken as any number."""
    solver = with_squares(program, hessian)
    for column, value in (held or {}).items():
        solver.changeColBounds(column, value, value)
    solver.run()
    if solver.getModelStatus() not in GAVE_UP:
        return answer(program, solver)
    found, gap = by_tangents(program, hessian, None, is_relaxed=True, held=held)
    if gap > 0.0:
        raise RunError("HiGHS found no best position; leave out products that move almost in step")
    return found


def scale_of(program: Program, hessian: Floats) -> float:
    """Return what costs and squares are divided by, as HiGHS has tolerances for numbers near 1."""
    largest = max(float(np.abs(program.costs()).max()), float(np.abs(hessian).max(initial=0.0)))
    return largest if largest > 0.0 else 1.0


def scaled_solver(program: Program, scale: float, *, is_relaxed: bool) -> highspy.Highs:
    """Return a solver of a programme with its costs divided by a scale."""
    solver = program.solver(is_relaxed=is_relaxed)
    columns = np.arange(program.width, dtype=np.int32)
    solver.changeColsCost(program.width, columns, program.costs() / scale)
    return solver


def with_squares(program: Program, hessian: Floats) -> highspy.Highs:
    """Return a solver of a programme with squares, its whole columns taken as any number."""
    scale = scale_of(program, hessian)
    solver = scaled_solver(program, scale, is_relaxed=True)
    passed = highspy.HighsHessian()
    rows, columns = np.tril_indices(len(hessian))
    order = np.lexsort((rows, columns))
    passed.dim_ = program.width
    passed.format_ = highspy.HessianFormat.kTriangular
    start = np.searchsorted(columns[order], np.arange(program.width + 1))
    passed.start_ = start.astype(np.int32)
    passed.index_ = rows[order].astype(np.int32)
    passed.value_ = hessian[rows[order], columns[order]] / scale
    # HiGHS adds this much to the diagonal otherwise, which moves the optimum.
    solver.setOptionValue("qp_regularization_value", 0.0)
    solver.passHessian(passed)
    return solver


def by_tangents(
    program: Program,
    hessian: Floats,
    near: Floats | None,
    *,
    is_relaxed: bool,
    held: Mapping[int, float] | None = None,
) -> tuple[Floats, float]:
    """Return the columns of least cost with some held, and their gap, by tangents to squares.

    The squares are those of the factors ``y`` of the hessian: half the square of each lies above
    its tangents. The linear programme with some of them has a bound; its answer has a cost, and
    its tangents are added until the two meet.

    References
    ----------
    Hijazi, Bonami and Ouorou (2014), An outer-inner approximation for separable mixed-integer
    nonlinear programs.
    """
    scale = scale_of(program, hessian)
    values, vectors = np.linalg.eigh(hessian / scale)
    factors = (vectors * np.sqrt(np.maximum(values, 0.0))).T
    solver = scaled_solver(program, scale, is_relaxed=is_relaxed)
    costs, first = program.costs() / scale, program.width
    add_factors(solver, factors, first)
    for column, value in (held or {}).items():
        solver.changeColBounds(column, value, value)
    most = GAP_WITHOUT_LOTS if is_relaxed else GAP
    solver.setOptionValue("mip_rel_gap", most / 10)
    solver.setOptionValue("mip_abs_gap", 0.0)
    for name in ("primal", "dual", "mip"):
        solver.setOptionValue(f"{name}_feasibility_tolerance", 1e-10)
    size = 0.0
    if near is None:
        # Wide apart, so that squares bound what gains do not.
        step = float(np.abs(costs).max()) / math.sqrt(max(float(values[-1]), 1e-300))
        for scale in (-1e6, -1e3, -1.0, 0.0, 1.0, 1e3, 1e6):
            add_tangents(solver, np.full(len(factors), scale * step), first)
    else:
        squares = factors @ near[: len(hessian)]
        # An objective may be near zero because gains and risk cancel.
        size = float(np.abs(costs) @ np.abs(near)) + 0.5 * float(squares @ squares)
        add_tangents(solver, squares, first)
    best, least, gap, until = np.zeros(first), np.inf, np.inf, time.monotonic() + SECONDS
    while gap > most and time.monotonic() < until:
        solver.setOptionValue("time_limit", solver.getRunTime() + until - time.monotonic())
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kTimeLimit:
            answer(program, solver)
        elif not np.isfinite(solver.getInfo().objective_function_value):
            break
        found = np.array(solver.getSolution().col_value)
        factor = factors @ found[: len(hessian)]
        cost = float(costs @ found[:first]) + 0.5 * float(factor @ factor)
        if cost < least:
            best, least = found[:first], cost
        info = solver.getInfo()
        bound = float(info.objective_function_value if is_relaxed else info.mip_dual_bound)
        gap = max(least - bound, 0.0) / max(abs(least), size, 1e-9)
        add_tangents(solver, factor, first)
    if not np.isfinite(least):
        raise RunError(NOTHING_FOUND)
    return best, gap if gap > most else 0.0


def add_factors(solver: highspy.Highs, factors: Floats, first: int) -> None:
    """Add columns for factors and then for half their squares, from number `first` on."""
    for cost, low in ((0.0, -INFINITY), (1.0, 0.0)):
        for _ in factors:
            solver.addCol(cost, low, INFINITY, 0, [], [])
    for at, row in enumerate(factors):
        columns = np.append(np.arange(len(row)), first + at).astype(np.int32)
        solver.addRow(0.0, 0.0, len(columns), columns, np.append(row, -1.0))


def add_tangents(solver: highspy.Highs, points: Floats, first: int) -> None:
    """Add the tangent of half the square of each factor at a point."""
    count = len(points)
    for at, point in enumerate(points):
        pair = np.array([first + at, first + count + at], np.int32)
        solver.addRow(-0.5 * point * point, INFINITY, 2, pair, np.array([-point, 1.0]))


def answer(program: Program, solver: highspy.Highs) -> Floats:
    """Return the columns that a solver found, or say why there are none."""
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal:
        return np.array(solver.getSolution().col_value)
    if status in (
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    ):
        labels = list(dict.fromkeys(label for label, _, _ in program.labels))
        is_relaxed = not program.whole().size
        if not is_feasible(program, labels, is_relaxed=is_relaxed):
            found = "; ".join(map(str, smallest(program, labels, is_relaxed=is_relaxed)))
            raise InputError(f"no position keeps all limits; in conflict: {found}")
        status = highspy.HighsModelStatus.kUnbounded
    if status == highspy.HighsModelStatus.kUnbounded:
        raise InputError("gains have no bound; give finite bounds or an aversion above 0")
    raise RunError(f"HiGHS ended {solver.modelStatusToString(status)!r}; check the input")
