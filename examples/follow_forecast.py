"""A strategy of your own: trades the way a sure forecast points, and lets go at the roll.

`wattbook run examples/own_strategy.toml` runs it. The desk hands the class the first contract, the
contracts that follow it and a volume; the callbacks that it has are called.
"""

from __future__ import annotations

from typing import Any

MINUTE_NS = 60_000_000_000


class FollowForecast:
    """Holds `volume` in the direction of the last forecast above the desk's threshold.

    Parameters
    ----------
    instrument : int
        Number of the first contract.
    rolls : tuple of (int, int)
        From which instant on (ns UTC) which contract replaces it.
    volume : float
        Position of a sure forecast, MW.
    """

    def __init__(
        self, *, instrument: int, rolls: tuple[tuple[int, int], ...], volume: float
    ) -> None:
        self.front = instrument
        self.rolls = list(rolls)
        self.volume = volume
        self.context: Any = None

    def on_start(self, context: Any) -> None:
        """Keep the context: it knows prices and positions, and takes orders."""
        self.context = context

    def on_time(self, now: int) -> None:
        """Close what is held in a contract that ends, and look at the next one."""
        while self.rolls and self.rolls[0][0] <= now:
            self.trade_to(0.0, 1.0, now + MINUTE_NS)
            _, self.front = self.rolls.pop(0)

    def on_forecast(self, instrument: int, price: float, confidence: float, until: int) -> None:
        """Trade to the side of a forecast that is sure enough."""
        best = self.context.best_bid(self.front), self.context.best_ask(self.front)
        if instrument != self.front or None in best or not self.context.is_sure(confidence):
            return
        (bid, _), (ask, _) = best
        target = self.volume if price > ask else -self.volume if price < bid else None
        if target is not None:
            self.trade_to(target, confidence, until, price)

    def trade_to(
        self, target: float, confidence: float, until: int, price: float | None = None
    ) -> None:
        """Send what is missing to `target`, at the best opposite price."""
        held = self.context.position(self.front) + self.context.working(self.front)
        missing = round(target - held, 1)
        if not missing:
            return
        side = "buy" if missing > 0 else "sell"
        best = self.context.best_ask if missing > 0 else self.context.best_bid
        level = best(self.front)
        if level is None:
            return
        direction = "rise" if target > 0 else "fall" if target < 0 else "flat"
        signal = self.context.record_signal(
            self.front, direction, confidence, price if price is not None else level[0], until
        )
        self.context.submit(
            self.front,
            side,
            level[0],
            abs(missing),
            time_in_force="immediate_or_cancel",
            signal=signal,
        )
