"""The record of each strategy of a backtest: what it earned, cost, turned over and fell by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wattbook.runtime.research.statistics import deflated_sharpe, sharpe

__all__ = ["StrategyRecord", "strategy_records"]


@dataclass(frozen=True, slots=True)
class StrategyRecord:
    """What a strategy did over the days that its market traded.

    Parameters
    ----------
    name : str
        Of the strategy.
    days, days_moved : int
        Days on which its market traded; those of them on which its P&L moved.
    pnl, best_day, worst_day : int
        After fees, in the units that came in.
    deepest_fall : int
        From the highest P&L so far, at the end of a day; zero or below.
    sharpe : float or None
        Mean over deviation of the P&L of a day, not annualised; None of fewer than two days or
        where nothing moved.
    deflated_sharpe : float or None
        How likely its true ratio is above the best that as many strategies without skill would
        show; with one strategy, above zero.
    """

    name: str
    days: int
    days_moved: int
    pnl: int
    best_day: int
    worst_day: int
    deepest_fall: int
    sharpe: float | None
    deflated_sharpe: float | None


def deepest_fall(pnl: Sequence[int]) -> int:
    """Return the deepest fall of the P&L so far below its highest, which begins at zero.

    Examples
    --------
    >>> deepest_fall([5, -3, -4, 10])
    -7
    """
    so_far = highest = deepest = 0
    for amount in pnl:
        so_far += amount
        highest = max(highest, so_far)
        deepest = min(deepest, so_far - highest)
    return deepest


def strategy_records(pnl: Mapping[str, Sequence[int]]) -> list[StrategyRecord]:
    """Return the record of each strategy that traded, in their order.

    Parameters
    ----------
    pnl : mapping of str to sequence of int
        Of each strategy by day, after fees. The strategies of one desk are what was tried: each
        ratio is deflated by how many there are and how far their ratios lie apart.

    References
    ----------
    Bailey and López de Prado (2014), as in `deflated_sharpe`.

    Examples
    --------
    >>> record = strategy_records({"a": [3, 1], "b": [0, 0]})[0]
    >>> record.pnl, record.deepest_fall, record.days_moved
    (4, 0, 2)
    """
    found = {name: np.array(days, np.float64) for name, days in pnl.items() if len(days)}
    moved = {name: days for name, days in found.items() if days.size > 1 and np.ptp(days) > 0}
    ratios = {name: sharpe(days) for name, days in moved.items()}
    return [
        StrategyRecord(
            name=name,
            days=len(pnl[name]),
            days_moved=int(np.count_nonzero(days)),
            pnl=sum(pnl[name]),
            best_day=max(pnl[name]),
            worst_day=min(pnl[name]),
            deepest_fall=deepest_fall(pnl[name]),
            sharpe=ratios.get(name),
            deflated_sharpe=(
                deflated_sharpe(days, list(ratios.values())).probability if name in moved else None
            ),
        )
        for name, days in found.items()
    ]
