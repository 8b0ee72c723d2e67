"""Market making on a continuous book, with an inventory for each delivery period."""

from __future__ import annotations

import math
from dataclasses import InitVar, dataclass, field

from wattbook._core import StrategyContext
from wattbook.domain import Filled, OrderStateChanged
from wattbook.errors import InputError

__all__ = ["MarketMaker", "Quoting", "half_spreads"]

SECOND_NS = 10**9
MINUTE_NS = 60 * SECOND_NS
ENDED = frozenset({"filled", "cancelled", "expired", "rejected"})
CERTAIN = 1.0
"""It has no view on the price: its signals state that the market is where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoting:
    """How a market maker quotes.

    Parameters
    ----------
    risk_aversion : float, 1 / currency, optional
        γ: above zero; larger quotes wider and leans more against the inventory.
    decay : float, 1 / price, optional
        k: by how much the chance of a fill falls as a quote moves away, exp(-k distance).
    arrivals : float, 1 / s, optional
        A: fills a second of a quote at the middle.
    volatility : float, price for the square root of a second, optional
        Before it has been measured.
    tick : float, price, optional
        Grid of its prices.
    most : float, volume units, optional
        Inventory of a delivery period beyond which only the other side is quoted.
    widen_seconds, widen : float, optional
        In the last so many seconds before the gate the quotes widen evenly to `widen` times.
    stop_seconds : float, optional
        So long before the gate it stops quoting and takes its inventory off.
    takes_to_imbalance : bool, optional
        Whether what is left then stays, to be settled as imbalance, instead of being taken off.
    messages : int, optional
        Orders and cancels a minute, at most; a fifth is kept for cancels.
    order_to_trade : float, optional
        Orders and cancels for each fill, at most, as venues limit and price them; by default any.
        What is over rests until the next fill, but for cancels.
    free_messages : int, optional
        Orders and cancels that count for nothing there.
    requote : float, price, optional
        A quote stays while it is no farther from where it should be.
    lean : float, price, optional
        Added to the middle.
    follow : float, optional
        Share, from 0 to 1, of the way from the middle to the newest forecast of the contract's
        price by which the quotes lean, times the forecast's confidence: own wind or imbalance
        forecasts say where the price is expected to go.
    """

    risk_aversion: float = 0.05
    decay: float = 1.5
    arrivals: float = 0.05
    volatility: float = 0.05
    tick: float = 0.01
    most: float = 10.0
    widen_seconds: float = 900.0
    widen: float = 2.0
    stop_seconds: float = 300.0
    takes_to_imbalance: bool = False
    messages: int = 60
    order_to_trade: float = math.inf
    free_messages: int = 100
    requote: float = 0.05
    lean: float = 0.0
    follow: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be quoted with."""
        above = ("risk_aversion", "decay", "arrivals", "volatility", "tick", "most", "messages")
        for name in above:
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                message = f"market maker: {name} is {value}; give a number above 0"
                raise InputError(message)
        if not (0.0 <= self.follow <= 1.0 and math.isfinite(self.lean)):
            message = (
                f"market maker: lean {self.lean}, follow {self.follow}; let lean be a price and "
                "follow a share from 0 to 1"
            )
            raise InputError(message)
        if not (self.order_to_trade >= 1 and self.free_messages >= 0):
            message = (
                f"market maker: order_to_trade {self.order_to_trade}, free_messages "
                f"{self.free_messages}; let them be 1 or more and 0 or more"
            )
            raise InputError(message)
        if not self.widen >= 1 or not self.widen_seconds >= self.stop_seconds >= 0:
            message = (
                f"market maker: widen {self.widen} in {self.widen_seconds} s, stop at "
                f"{self.stop_seconds} s; let widen be 1 or more and begin before the stop"
            )
            raise InputError(message)


def half_spreads(quoting: Quoting, inventory: float, volatility: float) -> tuple[float, float]:
    """Return how far below and above the middle to bid and ask, in price.

    Parameters
    ----------
    quoting : Quoting
        γ, k and A of it.
    inventory : float
        In multiples of the volume quoted; above zero when long.
    volatility : float
        Price for the square root of a second.

    References
    ----------
    Guéant, Lehalle and Fernandez-Tapia (2013), Dealing with the inventory risk, Mathematics and
    Financial Economics 7(4): the closed-form approximation of section 4, the stationary limit of
    Avellaneda and Stoikov (2008).

    Examples
    --------
    Flat it quotes evenly; long it bids farther away and asks nearer.

    >>> bid, ask = half_spreads(Quoting(), 0, 0.05)
    >>> round(bid - ask, 12)
    0.0
    >>> bid, ask = half_spreads(Quoting(), 3, 0.05)
    >>> bid > ask
    True
    """
    gamma, decay = quoting.risk_aversion, quoting.decay
    base = math.log1p(gamma / decay) / gamma
    power = (1.0 + gamma / decay) ** (1.0 + decay / gamma)
    slope = math.sqrt(volatility**2 * gamma * power / (2.0 * decay * quoting.arrivals))
    return base + (2 * inventory + 1) / 2 * slope, base + (1 - 2 * inventory) / 2 * slope


@dataclass(slots=True)
class Resting:
    """A quote of ours: its number, its price and what is left of it."""

    order: int
    price: float
    left: float
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """A forecast of a contract's price, how sure it is (0 to 1), and its end, ns UTC."""

    price: float
    confidence: float
    until: int


@dataclass(slots=True)
class Volatility:
    """A mean of squared moves of the middle for each second, over the last minutes."""

    value: float
    memory_seconds: float = 300.0
    _last: tuple[int, float] | None = None

    def update(self, ts: int, mid: float) -> float:
        """Take a middle in and return price for the square root of a second."""
        if self._last is None:
            self._last = ts, mid
        gone = (ts - self._last[0]) / SECOND_NS
        if gone >= 1.0:
            weight = 1.0 - math.exp(-gone / self.memory_seconds)
            squared = (mid - self._last[1]) ** 2 / gone
            self.value = math.sqrt((1.0 - weight) * self.value**2 + weight * squared)
            self._last = ts, mid
        return self.value


@dataclass(slots=True, kw_only=True)
class MarketMaker:
    """Quotes both sides of the contract in front until its gate, then goes on with the next.

    The class is a strategy file's: the desk hands it the first contract, the contracts that follow
    and a volume. Subclass it in a file of your own to set `quoting`.

    Parameters
    ----------
    instrument : int
        Number of the first contract.
    rolls : tuple of (int, int)
        From which instant on (ns UTC) which contract replaces it: the gate of the one before.
    volume : float
        Of each quote, in volume units.
    quoting : Quoting, optional
        How.
    """

    instrument: InitVar[int]
    rolls: tuple[tuple[int, int], ...]
    volume: float
    quoting: Quoting = field(default_factory=Quoting)
    front: int = field(init=False)
    _first: int = field(init=False)
    context: StrategyContext = field(init=False, repr=False)
    inventory: dict[int, float] = field(init=False, default_factory=dict)
    forecasts: dict[int, Expected] = field(init=False, default_factory=dict)
    sent: int = field(init=False, default=0)
    fills: int = field(init=False, default=0)
    _resting: dict[str, Resting | None] = field(init=False)
    _volatility: Volatility = field(init=False)
    _budget: float = field(init=False)
    _filled_at: int | None = field(init=False, default=None)

    def __post_init__(self, instrument: int) -> None:
        """Begin in the first contract with a full budget."""
        # No attribute `instrument`: it would bind the quotes to the first contract.
        self.front = self._first = instrument
        self._resting = {"buy": None, "sell": None}
        self._volatility = Volatility(self.quoting.volatility)
        self._budget = float(self.quoting.messages)

    def on_start(self, context: StrategyContext) -> None:
        """Keep the context."""
        self.context = context

    def on_quote(
        self, ts: int, _bid: float, _ask: float, _bid_volume: float, _ask_volume: float
    ) -> None:
        """Look at the book of the contract in front."""
        self.look(ts)

    def on_time(self, ts: int) -> None:
        """Look though nothing was quoted: gates come by the clock."""
        self.look(ts)

    def on_forecast(self, instrument: int, price: float, confidence: float, until: int) -> None:
        """Keep the newest forecast of each contract."""
        self.forecasts[instrument] = Expected(price, confidence, until)

    def on_event(self, event: object) -> None:
        """Follow own orders and fills."""
        if isinstance(event, Filled):
            self.fills += 1
            sign = 1.0 if str(event.side) == "buy" else -1.0
            held = self.inventory.get(event.instrument, 0.0)
            self.inventory[event.instrument] = round(held + sign * float(event.volume), 6)
        elif isinstance(event, OrderStateChanged):
            for side, quote in self._resting.items():
                if quote is not None and quote.order == event.order_id:
                    quote.left = float(event.open)
                    if str(event.state) in ENDED or quote.left <= 0:
                        self._resting[side] = None

    def look(self, ts: int) -> None:
        """Move to the contract in front at `ts`, and quote, stop or flatten."""
        self._refill(ts)
        rolls = [roll for roll in self.rolls if roll[0] <= ts]
        front = rolls[-1][1] if rolls else self._first
        if front != self.front:
            # Orders in a contract end with its gate.
            self.front, self._resting = front, {"buy": None, "sell": None}
            self._volatility = Volatility(self.quoting.volatility)
        best_bid, best_ask = self.context.best_bid(front), self.context.best_ask(front)
        left = self.seconds_left(ts)
        if left is not None and left <= self.quoting.stop_seconds:
            self.withdraw()
            if not self.quoting.takes_to_imbalance and all(
                quote is None for quote in self._resting.values()
            ):
                self.flatten(ts, best_bid, best_ask)
            return
        if best_bid is None or best_ask is None or best_bid[0] >= best_ask[0]:
            return
        mid = (best_bid[0] + best_ask[0]) / 2
        volatility = self._volatility.update(ts, mid)
        for side, price in self.wanted(ts, mid, volatility).items():
            self.keep(ts, side, price)

    def seconds_left(self, ts: int) -> float | None:
        """Return the seconds to the gate of the contract in front; nothing for the last one."""
        ahead = [at for at, _ in self.rolls if at > ts]
        return (min(ahead) - ts) / SECOND_NS if ahead else None

    def wanted(self, ts: int, mid: float, volatility: float) -> dict[str, float | None]:
        """Return where to bid and ask, on the tick; nothing for a side that is full."""
        quoting = self.quoting
        held = self.context.position(self.front)
        below, above = half_spreads(quoting, held / self.volume, volatility)
        left = self.seconds_left(ts)
        if left is not None and left < quoting.widen_seconds:
            gone = 1.0 - left / quoting.widen_seconds
            factor = 1.0 + gone * (quoting.widen - 1.0)
            below, above = below * factor, above * factor
        middle, tick = mid + self.lean_at(ts, mid), quoting.tick
        # Never across the middle: a quote makes, it does not take.
        bid = math.floor(min(middle - below, mid - tick) / tick + 1e-9) * tick
        ask = math.ceil(max(middle + above, mid + tick) / tick - 1e-9) * tick
        return {
            "buy": round(bid, 6) if held + self.volume <= quoting.most + 1e-9 else None,
            "sell": round(ask, 6) if held - self.volume >= -quoting.most - 1e-9 else None,
        }

    def lean_at(self, ts: int, mid: float) -> float:
        """Return by how much the quotes lean, in price; a forecast counts until its end."""
        seen = self.forecasts.get(self.front)
        if seen is None or seen.until < ts:
            return self.quoting.lean
        return self.quoting.lean + self.quoting.follow * seen.confidence * (seen.price - mid)

    def keep(self, ts: int, side: str, price: float | None) -> None:
        """Leave a quote that is near enough, else move it: a cancel now, the new one after it."""
        quote = self._resting[side]
        if quote is None:
            if price is not None and self._spend(is_cancel=False):
                self.send(ts, side, price)
        elif price is None or abs(price - quote.price) > self.quoting.requote + 1e-9:
            self.take_back(quote)

    def send(self, ts: int, side: str, price: float) -> None:
        """Rest an order of the quoted volume."""
        signal = self.context.record_signal(self.front, "flat", CERTAIN, price, ts + MINUTE_NS)
        order = self.context.submit(
            self.front, side, price, self.volume, time_in_force="good_for_session", signal=signal
        )
        self._resting[side] = Resting(order, price, self.volume)

    def take_back(self, quote: Resting) -> None:
        """Ask once for the cancel of a quote."""
        if not quote.is_cancelled and self._spend(is_cancel=True):
            quote.is_cancelled = True
            self.context.cancel(quote.order)

    def withdraw(self) -> None:
        """Take both quotes back."""
        for quote in self._resting.values():
            if quote is not None:
                self.take_back(quote)

    def flatten(
        self, ts: int, bid: tuple[float, float] | None, ask: tuple[float, float] | None
    ) -> None:
        """Take the inventory off at the best opposite price, as much as it shows."""
        held = self.context.position(self.front)
        best = bid if held > 0 else ask
        if abs(held) < 1e-9 or abs(self.context.working(self.front)) > 1e-9 or best is None:
            return
        volume = round(min(abs(held), best[1]), 6)
        if volume <= 0 or not self._spend(is_cancel=False):
            return
        side = "sell" if held > 0 else "buy"
        signal = self.context.record_signal(self.front, "flat", CERTAIN, best[0], ts + MINUTE_NS)
        self.context.submit(
            self.front, side, best[0], volume, time_in_force="immediate_or_cancel", signal=signal
        )

    def _refill(self, ts: int) -> None:
        """Let the budget grow with time, up to a minute's worth."""
        if self._filled_at is not None:
            gone = (ts - self._filled_at) / MINUTE_NS
            most = float(self.quoting.messages)
            self._budget = min(self._budget + gone * most, most)
        self._filled_at = ts

    def _spend(self, *, is_cancel: bool) -> bool:
        """Return whether a message may leave; a fifth of the budget is kept for cancels."""
        quoting = self.quoting
        kept = 0.0 if is_cancel else 0.2 * quoting.messages
        if self._budget - 1.0 < kept:
            return False
        # One of two is the cancel that an order may need later.
        counted = self.sent + 2 - quoting.free_messages
        if not is_cancel and counted > quoting.order_to_trade * self.fills:
            return False
        self._budget -= 1.0
        self.sent += 1
        return True
