"""Allocation: how much to hold of each product, by return, risk and what the desk may do.

`mean_variance` and `cvar_allocation` are optimal under `AllocationLimits` with costs of trading;
`risk_parity` and `hierarchical_parity` spread risk without an estimate of returns, and `nearest`
brings what they want under the same limits; `black_litterman` joins views to an equilibrium.
`walk_allocation` gives strategies their sizes by these, and judges them on the days after.
"""

from wattbook.strategy.allocation.limits import Allocation, AllocationLimits
from wattbook.strategy.allocation.optimal import cvar_allocation, mean_variance, nearest
from wattbook.strategy.allocation.parity import hierarchical_parity, risk_parity
from wattbook.strategy.allocation.views import BlackLitterman, black_litterman
from wattbook.strategy.allocation.walk import METHODS, WalkedAllocation, walk_allocation

__all__ = [
    "METHODS",
    "Allocation",
    "AllocationLimits",
    "BlackLitterman",
    "WalkedAllocation",
    "black_litterman",
    "cvar_allocation",
    "hierarchical_parity",
    "mean_variance",
    "nearest",
    "risk_parity",
    "walk_allocation",
]
