"""Price scenarios of a day as a tree: what is known when, and which few paths stand for many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["PriceTree", "forward_selection", "price_tree"]

Floats: TypeAlias = "NDArray[np.float64]"
Numbers: TypeAlias = "NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class PriceTree:
    """Scenarios whose prices are the same as long as nobody can tell them apart.

    Parameters
    ----------
    probability : ndarray of shape (n_scenarios,)
        Above zero, one together.
    day_ahead : ndarray of shape (n_scenarios, n_hours), currency per MWh
        Known at stage 0.
    intraday : ndarray of shape (n_scenarios, n_hours) or None, currency per MWh
        Known at stage 1, if there is one.
    real_time : ndarray of shape (n_scenarios, n_intervals), currency per MWh
        Parts of it are known at each later stage, as equal as whole intervals let them be.
    nodes : ndarray of shape (n_stages, n_scenarios), int
        Node that a scenario passes at each stage: numbered from 0, each within one of the stage
        before. The last stage tells all apart.

    Raises
    ------
    InputError
        If shapes do not fit, or scenarios of one node have different prices.
    """

    probability: Floats
    day_ahead: Floats
    intraday: Floats | None
    real_time: Floats
    nodes: Numbers

    def __post_init__(self) -> None:
        scenarios, hours = self.day_ahead.shape
        if not (self.probability > 0).all() or abs(self.probability.sum() - 1) > 1e-9:
            raise InputError("probabilities of scenarios are not above zero with sum 1; scale them")
        intervals = self.real_time.shape[1]
        if intervals % hours or not 1 <= self.real_time_stages <= intervals:
            raise InputError(
                f"{intervals} real-time prices do not divide into {hours} hours and "
                f"{self.real_time_stages} stages; give whole hours, and no more stages than prices"
            )
        for stage, prices in enumerate(self.by_stage()):
            nodes = self.nodes[stage]
            first = np.unique(nodes, return_index=True)[1]
            if (np.diff(nodes[first]) != 1).any() or nodes.min() != 0:
                raise InputError(f"nodes of stage {stage} are not numbered from 0; number them so")
            if not np.array_equal(prices, prices[first[nodes]]):
                raise InputError(f"scenarios of one node of stage {stage} differ in their prices")
            if stage and (self.nodes[stage - 1] != self.nodes[stage - 1][first[nodes]]).any():
                raise InputError(f"a node of stage {stage} has two before it; give it one")
        if len(np.unique(self.nodes[-1])) != scenarios:
            raise InputError("the last stage leaves scenarios together; merge them into one")

    @property
    def real_time_stages(self) -> int:
        """How many stages real-time prices become known in."""
        return len(self.nodes) - 1 - int(self.intraday is not None)

    @property
    def parts(self) -> int:
        """How many real-time intervals an hour of day-ahead prices has."""
        return int(self.real_time.shape[1] // self.day_ahead.shape[1])

    def stage(self, interval: int) -> int:
        """Return the stage at which the real-time price of `interval` is known."""
        begins = stage_begins(int(self.real_time.shape[1]), self.real_time_stages)
        at = int(np.searchsorted(begins, interval, side="right")) - 1
        return 1 + int(self.intraday is not None) + at

    def by_stage(self) -> list[Floats]:
        """Return what becomes known at each stage, one row a scenario."""
        begins = stage_begins(self.real_time.shape[1], self.real_time_stages)
        blocks = np.split(self.real_time, begins[1:], axis=1)
        return [self.day_ahead, *([] if self.intraday is None else [self.intraday]), *blocks]

    def only(self, scenario: int) -> PriceTree:
        """Return the tree of one scenario: all is known."""
        chosen = slice(scenario, scenario + 1)
        return self._certain(
            self.day_ahead[chosen],
            None if self.intraday is None else self.intraday[chosen],
            self.real_time[chosen],
        )

    def mean(self) -> PriceTree:
        """Return the tree of one scenario, the mean of all."""
        weights = self.probability[None, :]
        return self._certain(
            weights @ self.day_ahead,
            None if self.intraday is None else weights @ self.intraday,
            weights @ self.real_time,
        )

    def _certain(self, day_ahead: Floats, intraday: Floats | None, real_time: Floats) -> PriceTree:
        nodes = np.zeros((len(self.nodes), 1), np.int64)
        return PriceTree(np.ones(1), day_ahead, intraday, real_time, nodes)


def stage_begins(intervals: int, stages: int) -> Numbers:
    """Return the first interval of each stage: a day of 23 or 25 hours has no equal ones."""
    return (np.arange(stages) * intervals + stages // 2) // stages


def forward_selection(
    paths: ArrayLike, probability: ArrayLike, count: int
) -> tuple[Numbers, Numbers]:
    """Return the scenarios that stand best for all, and which of them each scenario goes to.

    Each step adds the scenario that leaves the least distance of all to the nearest chosen one,
    by probability.

    Parameters
    ----------
    paths : array_like of shape (n_scenarios, n_values)
    probability : array_like of shape (n_scenarios,)
    count : int
        How many to keep; all, if there are no more.

    References
    ----------
    Heitsch and Roemisch (2003), Scenario reduction algorithms in stochastic programming: fast
    forward selection.

    Examples
    --------
    >>> forward_selection([[0.0], [1.0], [9.0]], [0.4, 0.4, 0.2], 2)
    (array([1, 2]), array([1, 1, 2]))
    """
    points = np.asarray(paths, np.float64)
    weights = np.asarray(probability, np.float64)
    if count < 1:
        raise InputError(f"{count} scenarios to keep; give one or more")
    apart = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    nearest = np.full(len(points), np.inf)
    chosen: list[int] = []
    for _ in range(min(count, len(points))):
        left = weights @ np.minimum(nearest[:, None], apart)
        left[chosen] = np.inf
        chosen.append(int(np.argmin(left)))
        nearest = np.minimum(nearest, apart[:, chosen[-1]])
        if not nearest.any():
            # Equal paths would share what stands for them.
            break
    kept = np.array(sorted(chosen), np.int64)
    return kept, kept[np.argmin(apart[:, kept], axis=1)]


def price_tree(
    day_ahead: ArrayLike,
    real_time: ArrayLike,
    *,
    branches: Sequence[int],
    intraday: ArrayLike | None = None,
    probability: ArrayLike | None = None,
) -> PriceTree:
    """Return a tree that stands for many paths of prices.

    Stage by stage, the paths of one node are reduced to a few by `forward_selection` on what
    becomes known then; each path takes the prices of the one it goes to.

    Parameters
    ----------
    day_ahead : array_like of shape (n_paths, n_hours)
    real_time : array_like of shape (n_paths, n_intervals)
    branches : sequence of int
        Most branches of a node at each stage: day-ahead, intraday if given, then real time.
    intraday : array_like of shape (n_paths, n_hours), optional
    probability : array_like of shape (n_paths,), optional
        By default all are alike.

    References
    ----------
    Heitsch and Roemisch (2009), Scenario tree modeling for multistage stochastic programs: forward
    tree construction.
    """
    first, last = np.array(day_ahead, np.float64), np.array(real_time, np.float64)
    between = None if intraday is None else np.array(intraday, np.float64)
    later = len(branches) - 1 - int(between is not None)
    if not 1 <= later <= last.shape[1]:
        raise InputError(
            f"branches {tuple(branches)} leave {later} stages for {last.shape[1]} real-time "
            "prices; give one number a stage, and no more stages than prices"
        )
    known = [("day-ahead", first), ("intraday", between), ("real-time", last)]
    for name, prices in known:
        if prices is not None and not np.isfinite(prices).all():
            raise InputError(f"{name} prices are not all numbers; leave such paths out")
    weights = np.ones(len(first)) if probability is None else np.asarray(probability, np.float64)
    weights = weights / weights.sum()
    parts = np.split(last, stage_begins(last.shape[1], later)[1:], axis=1)
    blocks = [first, *([] if between is None else [between]), *parts]
    nodes = np.zeros((len(blocks), len(first)), np.int64)
    for stage, (block, count) in enumerate(zip(blocks, branches, strict=True)):
        before = nodes[stage - 1] if stage else np.zeros(len(first), np.int64)
        number = 0
        for node in range(int(before.max()) + 1):
            here = np.flatnonzero(before == node)
            kept, target = forward_selection(block[here], weights[here], count)
            block[here] = block[here[target]]
            nodes[stage, here] = number + np.searchsorted(kept, target)
            number += len(kept)
    leaves = np.unique(nodes[-1], return_index=True)[1]
    return PriceTree(
        np.bincount(nodes[-1], weights).astype(np.float64),
        first[leaves],
        None if between is None else between[leaves],
        np.hstack([block[leaves] for block in blocks[-later:]]),
        nodes[:, leaves],
    )
