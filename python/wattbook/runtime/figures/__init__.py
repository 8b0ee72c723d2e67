"""Every figure of a run, computed from its journaled events and nothing else."""

from wattbook.runtime.figures.ledger import (
    AuctionName,
    ClearingName,
    Ledger,
    MarketName,
    Names,
    StrategyName,
)
from wattbook.runtime.figures.orders import Orders, orders
from wattbook.runtime.figures.pnl import PnlLine, pnl_by_delivery, pnl_by_strategy, total_pnl
from wattbook.runtime.figures.steps import Step, steps
from wattbook.runtime.figures.timeline import Timeline, timeline

__all__ = [
    "AuctionName",
    "ClearingName",
    "Ledger",
    "MarketName",
    "Names",
    "Orders",
    "PnlLine",
    "Step",
    "StrategyName",
    "Timeline",
    "orders",
    "pnl_by_delivery",
    "pnl_by_strategy",
    "steps",
    "timeline",
    "total_pnl",
]
