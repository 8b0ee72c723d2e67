"""A test that may be looked at after every forecast, and stopped at any of them.

Wealth is bet on one model being better than the other. If it is not, wealth cannot be expected to
grow, so that it ever passes 1/alpha has a chance of alpha at most (Ville's inequality), however
often one looks. Stakes follow Waudby-Smith and Ramdas (2024), Estimating means of bounded random
variables by betting; comparing forecasters so is due to Choe and Ramdas (2024), Comparing
sequential forecasters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError

__all__ = ["Betting", "losses_compared"]

STAKE_MAX = 0.5
"""Half of what the worst outcome would take: wealth stays above zero."""


def losses_compared(of_old: float, of_new: float) -> float:
    """Return how much better the new loss is, in [-1, 1]: the difference by the sum.

    Relative differences are bounded whatever the prices do, so a single spike cannot decide.

    Raises
    ------
    ForecastError
        If a loss is negative or not finite.

    Examples
    --------
    >>> losses_compared(3.0, 1.0), losses_compared(0.0, 0.0)
    (0.5, 0.0)
    """
    if not (np.isfinite([of_old, of_new]).all() and of_old >= 0.0 and of_new >= 0.0):
        message = f"losses {of_old} and {of_new} cannot be compared; give absolute errors"
        raise ForecastError(message)
    total = of_old + of_new
    return (of_old - of_new) / total if total > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class Betting:
    """A bet that outcomes in [-1, 1] have a mean above zero.

    Parameters
    ----------
    wealth : float
        What one has become; the evidence.
    count : int
        Outcomes so far.
    total, squares : float
        Their sum, and that of their squares.

    Examples
    --------
    >>> bet = Betting()
    >>> for _ in range(40):
    ...     bet = bet.with_outcome(0.4)
    >>> bet.is_won(alpha=0.01)
    True
    """

    wealth: float = 1.0
    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def stake(self) -> float:
        """Return the share of wealth that is bet on the next outcome, from those before alone."""
        mean = self.total / (self.count + 1)
        # One imagined outcome of 1/4 keeps the first stakes from resting on almost nothing.
        spread = (self.squares + 0.25) / (self.count + 1) - mean * mean
        return float(np.clip(mean / (spread + mean * mean), 0.0, STAKE_MAX))

    def with_outcome(self, outcome: float) -> Betting:
        """Return the bet after one more outcome.

        Raises
        ------
        ForecastError
            If it lies outside of [-1, 1]: the test would not hold.
        """
        if not -1.0 <= outcome <= 1.0:
            message = f"outcome {outcome} lies outside of -1 to 1; compare with `losses_compared`"
            raise ForecastError(message)
        return replace(
            self,
            wealth=self.wealth * (1.0 + self.stake * outcome),
            count=self.count + 1,
            total=self.total + outcome,
            squares=self.squares + outcome * outcome,
        )

    def after(self, outcomes: NDArray[np.float64]) -> Betting:
        """Return the bet after several outcomes."""
        bet = self
        for outcome in outcomes.tolist():
            bet = bet.with_outcome(outcome)
        return bet

    def is_won(self, alpha: float) -> bool:
        """Return whether the mean is above zero, with a chance of at most `alpha` to be wrong."""
        return self.wealth >= 1.0 / alpha
