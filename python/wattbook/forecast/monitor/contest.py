"""Champion against challenger: both forecast, one trades, a sequential test decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from wattbook.forecast.monitor.sequential import Betting, losses_compared

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Contest", "Verdict"]


class Verdict(StrEnum):
    """What comes of a contest."""

    GOES_ON = "goes on"
    PROMOTE = "promote"
    DROP = "drop"


@dataclass(slots=True)
class Contest:
    """A contest that is not decided by being looked at often.

    A challenger is promoted when the bet that it is better is won, and dropped when the bet that it
    is worse is won. After a promotion the champion before is the next challenger: if the new one
    disappoints, winning that contest is the rollback.

    Parameters
    ----------
    champion, challenger : str
        Versions.
    alpha : float, optional
        Chance, at most, of promoting a challenger that is no better; and of dropping one that is no
        worse.
    least : int, optional
        Forecasts before anything is decided.

    Examples
    --------
    >>> contest = Contest("day@1", "day@2", least=10)
    >>> contest.told(zip([2.0] * 60, [1.0] * 60))
    <Verdict.PROMOTE: 'promote'>
    """

    champion: str
    challenger: str
    alpha: float = 0.01
    least: int = 96
    better: Betting = field(default_factory=Betting)
    worse: Betting = field(default_factory=Betting)

    def told(self, losses: Iterable[tuple[float, float]]) -> Verdict:
        """Take in absolute errors of champion and challenger; return what follows.

        Forecasts of both must have been made from what was known before the price.

        Raises
        ------
        ForecastError
            If a loss is negative or not finite.
        """
        for of_champion, of_challenger in losses:
            outcome = losses_compared(of_champion, of_challenger)
            self.better = self.better.with_outcome(outcome)
            self.worse = self.worse.with_outcome(-outcome)
            if self.better.count < self.least:
                continue
            if self.better.is_won(self.alpha):
                return Verdict.PROMOTE
            if self.worse.is_won(self.alpha):
                return Verdict.DROP
        return Verdict.GOES_ON
