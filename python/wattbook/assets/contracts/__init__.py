"""Energy contracts: what they deliver and pay in each period, what they are worth, at what risk."""

from wattbook.assets.contracts.capture import (
    Cannibalization,
    Capture,
    added_capacity,
    cannibalization,
    capture,
    merit_order_slope,
    monthly_capture,
)
from wattbook.assets.contracts.exchange_option import kirk, normal_spread_option
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
from wattbook.assets.contracts.spreads import (
    API2_COAL,
    FUELS,
    GAS_MMBTU,
    GAS_MWH,
    GAS_THERM,
    LIGNITE_MWH,
    Conversion,
    Fuel,
    on_periods,
    spread_table,
)
from wattbook.assets.contracts.tolling import Tolling, TollingValue, value_tolling
from wattbook.assets.contracts.transport import (
    RightValue,
    TransportRight,
    right_intrinsic,
    right_value,
    settle_right,
)

__all__ = [
    "API2_COAL",
    "FUELS",
    "GAS_MMBTU",
    "GAS_MWH",
    "GAS_THERM",
    "LIGNITE_MWH",
    "Baseload",
    "Cannibalization",
    "Capture",
    "Collar",
    "Conversion",
    "EscalatingPrice",
    "FixedPrice",
    "Fuel",
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
    "RightValue",
    "Scenarios",
    "Shaped",
    "Tolling",
    "TollingValue",
    "TransportRight",
    "YearBounds",
    "added_capacity",
    "buyer_cash",
    "cannibalization",
    "capture",
    "discount_factors",
    "expected_production",
    "fair_level",
    "joint_scenarios",
    "kirk",
    "lines",
    "merit_order_slope",
    "monthly_capture",
    "normal_spread_option",
    "on_periods",
    "ppa_risk",
    "production_profile",
    "right_intrinsic",
    "right_value",
    "scenario_values",
    "settle_ppa",
    "settle_right",
    "spread_table",
    "value_ppa",
    "value_tolling",
]
