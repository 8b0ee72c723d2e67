"""What tells whether a model is still good: drift, errors, and a challenger's contest."""

from wattbook.forecast.monitor.contest import Contest, Verdict
from wattbook.forecast.monitor.drift import Drift, drift, population_stability
from wattbook.forecast.monitor.sequential import Betting, losses_compared

__all__ = [
    "Betting",
    "Contest",
    "Drift",
    "Verdict",
    "drift",
    "losses_compared",
    "population_stability",
]
