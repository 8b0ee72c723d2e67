"""Which rules of a fleet contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.commitment.formulation import Formulation
from wattbook.assets.program import is_feasible, smallest
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattbook.assets.commitment.fleet import Fleet
    from wattbook.assets.program import Label, Program

__all__ = ["conflict", "explain"]

Numbers: TypeAlias = "NDArray[np.int64]"
SHOWN = 12
WHOLE_MAX = 2_000
"""Whole columns up to which a conflict that the relaxation does not see is looked for."""


def explain(fleet: Fleet) -> None:
    """Raise what contradicts, if something does.

    Raises
    ------
    InputError
        Naming the rules in conflict.
    """
    labels = conflict(fleet)
    if not labels:
        return
    shown = "; ".join(str(label) for label in labels[:SHOWN])
    more = f"; and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    raise InputError(
        f"{fleet.name}: no commitment keeps these rules together: {shown}{more}; relax one of them"
    )


def conflict(fleet: Fleet) -> list[Label]:
    """Return rules that contradict each other, none of which can be left out; none if all agree.

    Rules are a demand or reserve of a period, a least time, ramp or must-run of a unit, and the
    like. A conflict that only whole units have is looked for in small fleets alone.
    """
    program = Formulation(fleet, merges=False, implied=False).program
    labels = list(dict.fromkeys(label for label, _, _ in program.labels))
    if not is_feasible(program, labels, is_relaxed=True):
        return smallest(program, suspects(program, labels), is_relaxed=True)
    units, periods = len(fleet.units), fleet.periods
    if 3 * units * periods <= WHOLE_MAX and not is_feasible(program, labels, is_relaxed=False):
        return smallest(program, labels, is_relaxed=False)
    return []


def suspects(program: Program, labels: Sequence[Label]) -> list[Label]:
    """Return the labels of rows that a proof of infeasibility uses; all if there is no proof."""
    solver = program.solver(is_relaxed=True)
    solver.setOptionValue("presolve", "off")
    solver.run()
    # The stubs of HiGHS do not know this call.
    _, has_ray, ray = solver.getDualRay()  # type: ignore[attr-defined]
    if not has_ray:
        return list(labels)
    used = np.abs(np.asarray(ray)) > 1e-9
    named = [label for label, start, end in program.labels if used[start:end].any()]
    found = list(dict.fromkeys(named))
    return list(labels) if is_feasible(program, found, is_relaxed=True) else found
