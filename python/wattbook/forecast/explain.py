"""What each input added to a forecast: Shapley values, exact for trees and for linear models.

A coalition's inputs come from the row, the others from a row of a background; the values of all
background rows are averaged. For one background row the Shapley value of a tree needs each leaf
once: a leaf that both rows can reach together asks some inputs of the row and some of the
background, and shares its value among them (Lundberg et al., 2020, From local explanations to
global understanding with explainable AI for trees; interventional form).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING

import numpy as np

from wattbook.errors import ForecastError
from wattbook.forecast.saved_trees import saved_trees

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.forecast.saved_trees import Node

__all__ = ["Explanation", "explain_linear", "explain_trees"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A forecast as a sum.

    Parameters
    ----------
    base : float
        Mean forecast of the background.
    parts : ndarray of float64, shape (n_inputs,)
        What each input added; `base` and all parts add up to the forecast.
    """

    base: float
    parts: NDArray[np.float64]

    @property
    def forecast(self) -> float:
        """Return the sum."""
        return self.base + float(self.parts.sum())


def explain_linear(
    slopes: NDArray[np.float64],
    intercept: float,
    row: NDArray[np.float64],
    background: NDArray[np.float64],
) -> Explanation:
    """Return what each input of a linear model added.

    Parameters
    ----------
    slopes : ndarray of float64, shape (n_inputs,)
        Of the model.
    intercept : float
        What it says of zeros.
    row : ndarray of float64, shape (n_inputs,)
        The forecast's inputs.
    background : ndarray of float64, shape (n_rows, n_inputs)
        To compare with.

    Examples
    --------
    >>> explain_linear(np.array([2.0, -1.0]), 3.0, np.array([1.0, 1.0]), np.zeros((1, 2))).parts
    array([ 2., -1.])
    """
    mean = background.mean(axis=0)
    return Explanation(float(intercept + mean @ slopes), slopes * (row - mean))


def explain_trees(
    data: bytes, row: NDArray[np.float64], background: NDArray[np.float64]
) -> Explanation:
    """Return what each input of boosted trees added; inputs may be missing (NaN).

    Parameters
    ----------
    data : bytes
        As `BoostedTrees.save` wrote them.
    row : ndarray of float64, shape (n_inputs,)
        The forecast's inputs.
    background : ndarray of float64, shape (n_rows, n_inputs)
        To compare with; tens of rows are enough, and time grows with them.

    Raises
    ------
    ForecastError
        If the widths differ or there is no background.
    """
    found = saved_trees(data)
    if not (row.shape == background.shape[1:] == (found.columns,)) or not background.shape[0]:
        message = f"a row of {row.shape} and a background of {background.shape}; the trees take "
        raise ForecastError(message + f"{found.columns} inputs")
    parts = np.zeros(found.columns)
    base = found.base
    for nodes in found.trees:
        goes = row_goes_left(nodes, row)
        for other in background:
            base += add_leaves(nodes, goes, row_goes_left(nodes, other), parts) / len(background)
    return Explanation(base, parts / len(background))


def row_goes_left(nodes: tuple[Node, ...], row: NDArray[np.float64]) -> list[bool]:
    """Return which way a row goes at each node."""
    values = row.tolist()
    # A missing value is not above the threshold, so it goes left.
    return [not values[node.column] > node.threshold for node in nodes]


def add_leaves(
    nodes: tuple[Node, ...], goes: list[bool], other_goes: list[bool], parts: NDArray[np.float64]
) -> float:
    """Add the shares of all leaves to `parts`; return the leaf of the other row."""
    none: frozenset[int] = frozenset()
    waiting = [(0, none, none)]
    other_leaf = 0.0
    while waiting:
        place, own, theirs = waiting.pop()
        node = nodes[place]
        if node.column < 0:
            share(node.value, own, theirs, parts)
            if not own:
                other_leaf = node.value
            continue
        mine, another = (node.left + (not each[place]) for each in (goes, other_goes))
        if node.column in own or mine == another:
            waiting.append((mine, own, theirs))
        elif node.column in theirs:
            waiting.append((another, own, theirs))
        else:
            waiting.append((mine, own | {node.column}, theirs))
            waiting.append((another, own, theirs | {node.column}))
    return other_leaf


def share(
    value: float, own: frozenset[int], theirs: frozenset[int], parts: NDArray[np.float64]
) -> None:
    """Share the value of a leaf that needs `own` inputs of the row and not `theirs`."""
    count, less = len(own), len(theirs)
    total = factorial(count + less)
    for column in own:
        parts[column] += value * factorial(count - 1) * factorial(less) / total
    for column in theirs:
        parts[column] -= value * factorial(count) * factorial(less - 1) / total
