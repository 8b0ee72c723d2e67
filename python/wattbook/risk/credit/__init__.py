"""Credit: what counterparties may come to owe, what secures it, and what that risk costs.

`simulated_moves` draws paths of forward prices, `exposures` values deals on them under netting and
collateral, `profile_of` and `credit_valuation_adjustment` sum them up.
"""

from wattbook.risk.credit.adjustment import credit_valuation_adjustment
from wattbook.risk.credit.exposure import (
    CollateralTerms,
    DealLoadings,
    ExposureProfile,
    exposures,
    profile_of,
)
from wattbook.risk.credit.moves import ForwardMoves, SimulatedMoves, simulated_moves

__all__ = [
    "CollateralTerms",
    "DealLoadings",
    "ExposureProfile",
    "ForwardMoves",
    "SimulatedMoves",
    "credit_valuation_adjustment",
    "exposures",
    "profile_of",
    "simulated_moves",
]
