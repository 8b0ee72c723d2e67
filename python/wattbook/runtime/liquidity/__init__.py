"""Liquidity at risk from a file: margin of a hedge, replayed and under every dated scenario."""

from wattbook.runtime.liquidity.cash_flows import CashFlows, read_cash_flows
from wattbook.runtime.liquidity.desk import LiquidityDesk, load_liquidity
from wattbook.runtime.liquidity.margin import MarginRisk, Replayed, margin_risk

__all__ = [
    "CashFlows",
    "LiquidityDesk",
    "MarginRisk",
    "Replayed",
    "load_liquidity",
    "margin_risk",
    "read_cash_flows",
]
