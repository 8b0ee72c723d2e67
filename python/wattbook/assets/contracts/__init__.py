"""Energy contracts: power purchase agreements, their settlement, value and risk."""

from wattbook.assets.contracts.capture import (
    Cannibalization,
    Capture,
    added_capacity,
    cannibalization,
    capture,
    merit_order_slope,
    monthly_capture,
)
from wattbook.assets.contracts.negative_prices import NegativePriceClause
from wattbook.assets.contracts.periods import discount_factors
from wattbook.assets.contracts.ppa import Ppa, PpaLines, lines
from wattbook.assets.contracts.ppa_price import (
    Collar,
    EscalatingPrice,
    FixedPrice,
    IndexedPrice,
    MarketPrice,
)
from wattbook.assets.contracts.ppa_risk import PpaRisk, ppa_risk, scenario_values
from wattbook.assets.contracts.ppa_settlement import PpaSettlement, settle_ppa
from wattbook.assets.contracts.ppa_value import PpaValue, buyer_cash, fair_level, value_ppa
from wattbook.assets.contracts.ppa_volume import Baseload, PayAsProduced, Shaped, YearBounds
from wattbook.assets.contracts.production import (
    History,
    Scenarios,
    expected_production,
    joint_scenarios,
    production_profile,
)

__all__ = [
    "Baseload",
    "Cannibalization",
    "Capture",
    "Collar",
    "EscalatingPrice",
    "FixedPrice",
    "History",
    "IndexedPrice",
    "MarketPrice",
    "NegativePriceClause",
    "PayAsProduced",
    "Ppa",
    "PpaLines",
    "PpaRisk",
    "PpaSettlement",
    "PpaValue",
    "Scenarios",
    "Shaped",
    "YearBounds",
    "added_capacity",
    "buyer_cash",
    "cannibalization",
    "capture",
    "discount_factors",
    "expected_production",
    "fair_level",
    "joint_scenarios",
    "lines",
    "merit_order_slope",
    "monthly_capture",
    "ppa_risk",
    "production_profile",
    "scenario_values",
    "settle_ppa",
    "value_ppa",
]
