"""Keeps a bid and an offer in the market: orders that rest, follow the price and are filled.

`wattbook live examples/live_desk.toml` runs it against an exchange, `wattbook paper` on paper.
"""

from __future__ import annotations

from typing import Any

MINUTE_NS = 60_000_000_000
ENDED = {"filled", "cancelled", "rejected", "expired"}


class QuoteMarket:
    """Quotes `volume` on both sides, one tick behind the best prices; leans against its position.

    Parameters
    ----------
    instrument : int
        Number of the first contract.
    rolls : tuple of (int, int)
        From which instant on (ns UTC) which contract replaces it.
    volume : float
        Of each order, MW; four times as much is the largest position.
    """

    def __init__(
        self, *, instrument: int, rolls: tuple[tuple[int, int], ...], volume: float
    ) -> None:
        self.front = instrument
        self.rolls = list(rolls)
        self.volume = volume
        self.open: dict[str, tuple[int, float]] = {}
        self.waits: set[int] = set()
        self.seen = 0
        self.context: Any = None

    def on_start(self, context: Any) -> None:
        """Keep the context: it knows prices and positions, and takes orders."""
        self.context = context

    def on_time(self, now: int) -> None:
        """Take the orders back when the contract ends, and go to the next one."""
        while self.rolls and self.rolls[0][0] <= now:
            self.context.cancel_all()
            _, self.front = self.rolls.pop(0)

    def on_event(self, event: Any) -> None:
        """Follow the orders, and quote again when the best prices have changed."""
        kind = type(event).__name__
        if kind == "OrderStateChanged":
            self.waits.discard(event.order_id)
            if str(event.state) in ENDED:
                self.open = {
                    side: order for side, order in self.open.items() if order[0] != event.order_id
                }
        elif kind == "Refused":
            self.open = {
                side: order for side, order in self.open.items() if order[0] != event.order_id
            }
        elif kind == "Quote" and event.instrument == self.front:
            self.quote()

    def quote(self) -> None:
        """Place, move or take back the bid and the offer."""
        bid, ask = self.context.best_bid(self.front), self.context.best_ask(self.front)
        if bid is None or ask is None:
            return
        held = self.context.position(self.front)
        self.seen += 1
        for side, level, room in (
            ("buy", bid[0] - 0.01, 4 * self.volume - held),
            ("sell", ask[0] + 0.01, 4 * self.volume + held),
        ):
            self.place(side, round(level, 2), room)

    def place(self, side: str, level: float, room: float) -> None:
        """Bring the order of one side to `level`; without room it is taken back."""
        found = self.open.get(side)
        if found is None:
            if room >= self.volume:
                # Every fifth order takes what is there instead of waiting.
                takes = self.seen % 5 == 0
                price = round(level + (0.5 if side == "buy" else -0.5), 2) if takes else level
                signal = self.context.record_signal(
                    self.front,
                    "rise" if side == "buy" else "fall",
                    0.95,
                    price,
                    2**62,
                )
                order = self.context.submit(
                    self.front,
                    side,
                    price,
                    self.volume,
                    time_in_force="immediate_or_cancel" if takes else "good_for_session",
                    signal=signal,
                )
                self.open[side] = (order, price)
                self.waits.add(order)
            return
        order, price = found
        if order in self.waits:
            return
        if room < self.volume:
            self.waits.add(order)
            self.context.cancel(order)
        elif abs(price - level) >= 0.02:
            self.waits.add(order)
            self.open[side] = (order, level)
            self.context.amend(order, level, self.volume)
