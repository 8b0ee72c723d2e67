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
from wattbook.assets.contracts.certificates import (
    Books,
    Disposal,
    Lot,
    book,
    guarantee_deadlines,
)
from wattbook.assets.contracts.compliance import (
    CompliancePosition,
    compliance_positions,
    fuel_emissions_t,
    surrender_deadline,
)
from wattbook.assets.contracts.exchange_option import kirk, normal_spread_option
from wattbook.assets.contracts.futures import (
    CascadedPosition,
    FuturesPosition,
    cascade,
    delivery_table,
    energy_mwh,
    final_settlement,
    fully_cascaded,
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
from wattbook.assets.contracts.ppa_volume import (
    AvailabilityGuarantee,
    Baseload,
    PayAsProduced,
    Shaped,
    YearBounds,
)
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
from wattbook.assets.contracts.take_or_pay import (
    ContractYear,
    TakeOrPay,
    TakeOrPayValue,
    take_or_pay_value,
)
from wattbook.assets.contracts.take_or_pay_paths import TakeOrPayPaths, simulated_take_or_pay
from wattbook.assets.contracts.tolling import Tolling, TollingValue, value_tolling
from wattbook.assets.contracts.tolling_paths import TollingPaths, simulated_tolling
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
    "AvailabilityGuarantee",
    "Baseload",
    "Books",
    "Cannibalization",
    "Capture",
    "CascadedPosition",
    "Collar",
    "CompliancePosition",
    "ContractYear",
    "Conversion",
    "Disposal",
    "EscalatingPrice",
    "FixedPrice",
    "Fuel",
    "FuturesPosition",
    "History",
    "IndexedPrice",
    "Lot",
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
    "TakeOrPay",
    "TakeOrPayPaths",
    "TakeOrPayValue",
    "Tolling",
    "TollingPaths",
    "TollingValue",
    "TransportRight",
    "YearBounds",
    "added_capacity",
    "book",
    "buyer_cash",
    "cannibalization",
    "capture",
    "cascade",
    "compliance_positions",
    "delivery_table",
    "discount_factors",
    "energy_mwh",
    "expected_production",
    "fair_level",
    "final_settlement",
    "fuel_emissions_t",
    "fully_cascaded",
    "guarantee_deadlines",
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
    "simulated_take_or_pay",
    "simulated_tolling",
    "spread_table",
    "surrender_deadline",
    "take_or_pay_value",
    "value_ppa",
    "value_tolling",
]
