"""What a strategy written in Python may do."""

from typing import Protocol

from wattbook._core import StrategyContext

__all__ = ["Strategy"]


class Strategy(Protocol):
    """The start of a strategy; a class adds the callbacks that it wants.

    ``on_quote(ts, bid, ask, bid_volume, ask_volume)``
        Best prices changed: ns UTC as ``int``, prices and volumes as ``float``. With an attribute
        ``instrument``, only of that one.
    ``on_event(event)``
        A record of `wattbook.domain`: market data (quotes only without ``on_quote``) and what the
        engine decided or booked about this strategy, such as `wattbook.domain.Filled`.
    ``on_forecast(instrument, price, confidence, valid_until)``
        A model published a price; confidence in [0, 1], ns UTC.
    ``on_reference_price(instrument, kind, price)``
        A price of record was published, such as that of an auction: its `wattbook.domain.PriceKind`
        and the price as ``float``. Without it, ``on_event`` gets the record.
    ``on_time(ts)``
        Time went on; ns UTC.

    Callbacks act through the context that ``on_start`` gets; between callbacks it knows nothing.
    Its calls are collected and enter the engine after the callback, at the same instant, in order.

    Examples
    --------
    >>> class BuyOnce:
    ...     instrument = 0
    ...
    ...     def on_start(self, context):
    ...         self.context = context
    ...
    ...     def on_quote(self, ts, bid, ask, bid_volume, ask_volume):
    ...         if not self.context.position(0) and not self.context.working(0):
    ...             self.context.submit(0, "buy", ask, 1)
    """

    def on_start(self, context: StrategyContext) -> None:
        """Keep `context`; called once, before everything else."""
