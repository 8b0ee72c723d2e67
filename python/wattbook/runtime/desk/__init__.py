"""The desk file: what to trade, with which strategies, within which limits."""

from wattbook.runtime.desk.builtin import builtin_desk
from wattbook.runtime.desk.execute import AlgorithmSpec, ExecuteSpec
from wattbook.runtime.desk.parse import load_desk, parse_desk
from wattbook.runtime.desk.spec import (
    BatterySpec,
    BookSpec,
    Desk,
    DeskHead,
    EmaCrossSpec,
    ForecastSpec,
    FuturesSpec,
    MarketSpec,
    MeanReversionSpec,
    MomentumSpec,
    PythonSpec,
    StrategySpec,
    SyntheticBookSpec,
    TraderSpec,
    VirtualSpec,
)

__all__ = [
    "AlgorithmSpec",
    "BatterySpec",
    "BookSpec",
    "Desk",
    "DeskHead",
    "EmaCrossSpec",
    "ExecuteSpec",
    "ForecastSpec",
    "FuturesSpec",
    "MarketSpec",
    "MeanReversionSpec",
    "MomentumSpec",
    "PythonSpec",
    "StrategySpec",
    "SyntheticBookSpec",
    "TraderSpec",
    "VirtualSpec",
    "builtin_desk",
    "load_desk",
    "parse_desk",
]
