"""Energies rounded to the resolution of a document: energy is kept and the account balances.

Each energy becomes the multiple of the step just below or just above it, or stays as it is. Of the
many ways to choose, one is taken in which every period balances (the rounded series sum to the
rounded net) and every series' total lies within one step of its exact total: a flow problem, whose
answer is whole. Among these the one nearest to the exact energies is found (HiGHS).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import highspy
import numpy as np
from numpy.typing import NDArray

from wattbook.errors import NominationError

__all__ = ["rounded"]

Ints = NDArray[np.int64]


def rounded(energies: Mapping[str, Sequence[int]], step: int) -> dict[str, list[int]]:
    """Return energies as whole steps.

    Parameters
    ----------
    energies : mapping of str to sequence of int
        By series, the energy of each period, 1e-6 MW s, of any sign.
    step : int
        1e-6 MW s: 3,600,000 for a kWh, 900,000,000 for a MW over a quarter-hour.

    Returns
    -------
    dict of str to list of int
        Whole steps. Each is the exact one rounded down or up; the sum of a period over all series
        and the total of a series are theirs rounded down or up, so equal where these are whole.

    Raises
    ------
    NominationError
        If the step is not above zero or series differ in length.

    Examples
    --------
    >>> rounded({"bought": [1_800_000, 1_800_000], "sold": [-1_800_000, -1_800_000]}, 3_600_000)
    {'bought': [0, 1], 'sold': [0, -1]}
    """
    if step <= 0:
        message = f"step {step}; give one above zero"
        raise NominationError(message)
    lengths = {name: len(values) for name, values in energies.items()}
    if len(set(lengths.values())) > 1:
        message = f"series of different lengths: {lengths}; give each an energy a period"
        raise NominationError(message)
    if not energies or not next(iter(lengths.values())):
        return {name: [] for name in energies}
    exact = np.array(list(energies.values()), dtype=np.int64)
    down, rest = np.divmod(exact, step)
    up = chosen(rest, step)
    made = down + up
    return {name: made[place].tolist() for place, name in enumerate(energies)}


def chosen(rest: Ints, step: int) -> Ints:
    """Return which rests (from 0 to below a step) are rounded up: 1, else 0."""
    series, periods = rest.shape
    free = np.argwhere(rest > 0)
    if not len(free):
        return np.zeros_like(rest)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(free), series + periods
    # Cheapest where the rest is large; ties go to the later period, by less than any rest counts.
    costs = 1.0 - 2.0 * rest[free[:, 0], free[:, 1]] / step
    model.col_cost_ = costs - 1e-9 * free[:, 1]
    model.col_lower_, model.col_upper_ = np.zeros(len(free)), np.ones(len(free))
    sums = np.concatenate([rest.sum(axis=1), rest.sum(axis=0)])
    model.row_lower_ = (sums // step).astype(float)
    model.row_upper_ = (-(-sums // step)).astype(float)
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.start_ = np.arange(0, 2 * len(free) + 1, 2)
    matrix.index_ = np.column_stack([free[:, 0], series + free[:, 1]]).ravel()
    matrix.value_ = np.ones(2 * len(free))
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - its one form
    # The simplex method ends in a corner, and corners of a flow are whole.
    solver.setOptionValue("solver", "simplex")
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        message = f"rounding found no answer ({solver.getModelStatus()}); report this as a fault"
        raise NominationError(message)
    found = np.rint(np.asarray(solver.getSolution().col_value)).astype(np.int64)
    up = np.zeros_like(rest)
    up[free[:, 0], free[:, 1]] = found
    return up
