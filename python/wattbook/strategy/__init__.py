"""The interface of strategies written in Python.

A strategy is any object with some of the callbacks of `Strategy`; it acts through the
`StrategyContext` that it is given. Momentum, mean reversion, the EMA cross and the battery run in
Rust: `wattbook.execution.Simulation` adds them.
"""

from wattbook._core import StrategyContext
from wattbook.strategy.interface import Strategy

__all__ = ["Strategy", "StrategyContext"]
