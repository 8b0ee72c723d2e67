"""The interface of strategies written in Python.

A strategy is any object with some of the callbacks of `Strategy`; it acts through the
`StrategyContext` that it is given. Momentum, mean reversion, the EMA cross and the battery run in
Rust: `wattbook.execution.Simulation` adds them.

Orders of every type go through ``context.submit``: what a plain order leaves out stands in a
`wattbook.domain.Conditions`, given as ``conditions``. A value that is no `Conditions` is a
`TypeError`, a text that names no order type, peg or mode an error that names the choices, both at
the call; terms that contradict each other, or prices off the tick, are refused by the risk gate and
come back as a `wattbook.domain.Refused` that names the field and the fix.

Examples
--------
>>> from wattbook.domain import Conditions
>>> class Careful:
...     def on_start(self, context):
...         self.context = context
...
...     def on_quote(self, ts, bid, ask, bid_volume, ask_volume):
...         submit = self.context.submit
...         submit(0, "sell", ask, 10, conditions=Conditions(display_volume=2))
...         stop = Conditions(trigger=bid - 5)
...         submit(0, "sell", bid - 6, 1, order_type="stop_limit", conditions=stop)
...         pair = Conditions(linked=1, linked_orders=2)
...         submit(0, "sell", bid, 1, time_in_force="fill_or_kill", conditions=pair)
...         submit(1, "buy", ask, 1, time_in_force="fill_or_kill", conditions=pair)
"""

from wattbook._core import StrategyContext
from wattbook.strategy.interface import Strategy

__all__ = ["Strategy", "StrategyContext"]
