"""Liquidity: what margin may ask for in cash, what closing out costs, how cash flows may fall.

`margin_needs` follows calls along paths of prices, `liquidity_at_risk` takes their tail,
`first_shortfall` says when money runs out; `closing_cost` and `closing_days` adjust a value at risk
for what is hard to sell, `cash_flow_at_risk` and `earnings_at_risk` take scenarios of cash flows.
"""

from wattbook.risk.liquidity.at_risk import (
    LiquidityAtRisk,
    Shortfall,
    first_shortfall,
    horizon_paths,
    liquidity_at_risk,
)
from wattbook.risk.liquidity.calls import MarginTerms, margin_needs
from wattbook.risk.liquidity.flows import (
    CashFlowAtRisk,
    EarningsAtRisk,
    cash_flow_at_risk,
    earnings_at_risk,
)
from wattbook.risk.liquidity.unwinding import (
    LiquidityAdjusted,
    MarketDepth,
    closing_cost,
    closing_days,
    liquidity_adjusted_risk,
)

__all__ = [
    "CashFlowAtRisk",
    "EarningsAtRisk",
    "LiquidityAdjusted",
    "LiquidityAtRisk",
    "MarginTerms",
    "MarketDepth",
    "Shortfall",
    "cash_flow_at_risk",
    "closing_cost",
    "closing_days",
    "earnings_at_risk",
    "first_shortfall",
    "horizon_paths",
    "liquidity_adjusted_risk",
    "liquidity_at_risk",
    "margin_needs",
]
