"""Cash flow at risk and earnings at risk, from scenarios of what assets and contracts bring in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.checked import share

__all__ = ["CashFlowAtRisk", "EarningsAtRisk", "cash_flow_at_risk", "earnings_at_risk"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CashFlowAtRisk:
    """Cash by period: what is expected and how far below it may come; money.

    Parameters
    ----------
    expected, at_risk : ndarray of shape (n_periods,)
        Of each period by itself.
    expected_so_far, at_risk_so_far : ndarray of shape (n_periods,)
        Of all periods up to it.
    lowest : float
        What the lowest balance of a scenario undercuts with one minus the confidence, from 0: cash
        to hold at the start.
    """

    expected: Floats
    at_risk: Floats
    expected_so_far: Floats
    at_risk_so_far: Floats
    lowest: float


@dataclass(frozen=True, slots=True, eq=False)
class EarningsAtRisk:
    """Earnings of all periods together; money.

    Parameters
    ----------
    expected : float
    low : float
        What scenarios undercut with one minus the confidence.
    at_risk : float
        Distance of the two.
    shortfall : float
        Distance from the expected to the mean of what lies below, with the part of the last one.
    by_source : ndarray of shape (n_sources,)
        What each source adds to the shortfall; they sum to it.
    """

    expected: float
    low: float
    at_risk: float
    shortfall: float
    by_source: Floats


def low_place(count: int, confidence: float) -> int:
    """Return the place of the scenario, from the lowest, that one minus the confidence undercut."""
    return max(math.ceil(round((1.0 - confidence) * count, 9)) - 1, 0)


def flows_of(flows: ArrayLike, confidence: float) -> Floats:
    """Return flows as an array.

    Raises
    ------
    InputError
        If they are no (sources, scenarios, periods) of numbers, or the confidence is no share.
    """
    share("confidence", confidence)
    made = np.asarray(flows, np.float64)
    if made.ndim != 3 or not made.size:
        raise InputError(f"flows have shape {made.shape}; give (sources, scenarios, periods)")
    wrong = np.argwhere(~np.isfinite(made))
    if len(wrong):
        source, scenario, period = wrong[0].tolist()
        raise InputError(
            f"source {source}, scenario {scenario}, period {period}: {made[tuple(wrong[0])]} is no "
            "number; fill it or leave the scenario out"
        )
    return made


def cash_flow_at_risk(flows: ArrayLike, confidence: float) -> CashFlowAtRisk:
    """Return how far cash may stay behind what is expected, by period and so far.

    Parameters
    ----------
    flows : array_like of shape (n_sources, n_scenarios, n_periods), money
        Received, paid below zero.
    confidence : float

    Raises
    ------
    InputError
        If the shape does not fit or a value is no number; names its place.

    References
    ----------
    RiskMetrics Group (1999), CorporateMetrics technical document.

    Examples
    --------
    >>> found = cash_flow_at_risk([[[1.0, 1.0], [-3.0, 1.0], [2.0, 4.0], [4.0, 2.0]]], 0.75)
    >>> found.at_risk.tolist(), found.at_risk_so_far.tolist(), found.lowest
    ([4.0, 1.0], [4.0, 5.0], 3.0)
    """
    total = flows_of(flows, confidence).sum(axis=0)
    so_far = np.cumsum(total, axis=1)
    place = low_place(len(total), confidence)
    low, low_so_far = (np.partition(one, place, axis=0)[place] for one in (total, so_far))
    balance = np.partition(np.minimum(so_far.min(axis=1), 0.0), place)[place]
    expected, expected_so_far = total.mean(axis=0), so_far.mean(axis=0)
    return CashFlowAtRisk(
        expected, expected - low, expected_so_far, expected_so_far - low_so_far, -float(balance)
    )


def earnings_at_risk(flows: ArrayLike, confidence: float) -> EarningsAtRisk:
    """Return how far earnings may stay behind what is expected, and which source is to blame.

    Parameters
    ----------
    flows, confidence
        As for `cash_flow_at_risk`.

    Raises
    ------
    InputError
        As `cash_flow_at_risk`.

    Examples
    --------
    >>> plant, hedge = [[4.0], [-8.0], [2.0], [2.0]], [[0.0], [4.0], [0.0], [0.0]]
    >>> found = earnings_at_risk([plant, hedge], 0.75)
    >>> found.expected, found.low, found.shortfall, found.by_source.tolist()
    (1.0, -4.0, 5.0, [8.0, -3.0])
    """
    own = flows_of(flows, confidence).sum(axis=2)
    total = own.sum(axis=0)
    count = len(total)
    order = np.argsort(total, kind="stable")
    low = float(total[order[low_place(count, confidence)]])
    tail = round((1.0 - confidence) * count, 9)
    whole = math.floor(tail)
    weights = np.zeros(count)
    weights[order[:whole]] = 1.0 / tail
    if tail > whole:
        weights[order[whole]] = (tail - whole) / tail
    by_source = own.mean(axis=1) - own @ weights
    expected = float(total.mean())
    return EarningsAtRisk(expected, low, expected - low, float(by_source.sum()), by_source)
