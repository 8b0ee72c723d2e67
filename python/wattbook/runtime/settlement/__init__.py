"""A month of imbalance settlement from one file: its tables, its runs, its P&L by cause."""

from wattbook.runtime.settlement.config import SettlementPlan, load_plan
from wattbook.runtime.settlement.generate import GeneratedMonth, generated_month
from wattbook.runtime.settlement.run import SettledMonth, settle_month
from wattbook.runtime.settlement.trading_day import settle_trading_day

__all__ = [
    "GeneratedMonth",
    "SettledMonth",
    "SettlementPlan",
    "generated_month",
    "load_plan",
    "settle_month",
    "settle_trading_day",
]
