"""Two daily futures traded against each other while their spread is far from where it was."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

from wattbook._core import StrategyContext
from wattbook.errors import InputError
from wattbook.strategy.kalman_pair import KalmanPair

__all__ = ["PairLeg", "PairTrader"]

CERTAIN = 1.0
DAY_NS = 86_400 * 10**9
HORIZON_NS = 4 * DAY_NS
"""A signal outlives a weekend: it is traded at the next settlement."""


@dataclass(slots=True, kw_only=True)
class PairLeg:
    """One side of a pair: the contract in front and its roll-adjusted settlement.

    Parameters
    ----------
    front : int
        Number of the first contract.
    rolls : tuple of (int, int)
        From which instant on (ns UTC) which contract replaces it.
    lot : float, volume units
        Of one contract.
    """

    front: int
    rolls: tuple[tuple[int, int], ...]
    lot: float
    left: int | None = field(init=False, default=None)
    """The contract that was rolled out of, until a day on which both were settled."""
    offset: float = field(init=False, default=0.0)

    def roll(self, ts: int) -> int | None:
        """Move to the contract in front at `ts`; return the one before when it changes."""
        due = [number for at, number in self.rolls if at <= ts]
        if not due or due[-1] == self.front:
            return None
        before, self.front = self.front, due[-1]
        if self.left is None:
            self.left = before
        return before

    def price(self, settled: dict[int, float]) -> float | None:
        """Return the settlement of one day, roll-adjusted by difference; none where one lacks.

        Parameters
        ----------
        settled : dict of int to float
            What was settled on the day, by instrument.
        """
        needed = [self.front] if self.left is None else [self.front, self.left]
        if any(number not in settled for number in needed):
            return None
        if self.left is not None:
            # The change of contract is no change of price; prices cross zero, so no ratio.
            self.offset += settled[self.left] - settled[self.front]
            self.left = None
        return settled[self.front] + self.offset


def learnt_pair(prices: list[tuple[float, float]]) -> KalmanPair:
    """Return the filter after some days; their moves against each other are its first noise.

    Parameters
    ----------
    prices : list of (float, float)
        Of both legs by day; two days or more.

    Examples
    --------
    >>> pair = learnt_pair([(10.0, 4.0), (10.5, 4.0), (10.0, 4.0)])
    >>> round(pair.noise, 2)
    0.25
    """
    apart = [first - second for first, second in prices]
    moves = [(after - before) ** 2 for before, after in pairwise(apart)]
    pair = KalmanPair(noise=max(sum(moves) / len(moves), 1e-12))
    for first, second in prices:
        pair.update(first, second)
    return pair


@dataclass(slots=True, kw_only=True)
class PairTrader:
    """Sells the first leg against the second where it is dear, buys it where it is cheap.

    Each day's settlements of both are judged by a `KalmanPair` that knows the days before. What is
    decided after a settlement trades at the next one: nobody trades at the price that decided.

    Parameters
    ----------
    first, second : PairLeg
        What is traded.
    contracts : int
        Of the first leg; of the second as many as the ratio at the beginning of the position asks
        for, in whole contracts.
    entry, leave : float, deviations, optional
        Where a position begins and ends.
    window : int, days, optional
        In which only the filter learns.
    """

    first: PairLeg
    second: PairLeg
    contracts: int
    entry: float = 2.0
    leave: float = 0.5
    window: int = 60
    context: StrategyContext = field(init=False, repr=False)
    pair: KalmanPair | None = field(init=False, default=None)
    """Nothing before the window is full."""
    held: int = field(init=False, default=0)
    """Contracts of the first leg that are wanted, sold below zero."""
    hedge: int = field(init=False, default=0)
    _learnt: list[tuple[float, float]] = field(init=False, default_factory=list)
    _settled: dict[int, float] = field(init=False, default_factory=dict)
    _day: int = field(init=False, default=0)
    _judged: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Refuse what cannot be traded."""
        if not 0 <= self.leave < self.entry or self.contracts < 1 or self.window < 2:
            message = (
                f"pair: entry {self.entry}, leave {self.leave}, contracts {self.contracts}, window "
                f"{self.window}; let 0 <= leave < entry, trade a contract or more and learn from "
                "two days or more"
            )
            raise InputError(message)

    def on_start(self, context: StrategyContext) -> None:
        """Keep the context."""
        self.context = context

    def on_time(self, ts: int) -> None:
        """Leave a contract before its last settlement."""
        self.roll(ts)

    def on_reference_price(self, instrument: int, _kind: object, price: float) -> None:
        """Take a settlement in; judge the pair once the day has both."""
        now = self.context.now
        if now != self._day:
            self._day, self._settled = now, {}
        self._settled[instrument] = price
        self.roll(now)
        if self._judged == now or instrument not in (self.first.front, self.second.front):
            return
        first, second = self.first.price(self._settled), self.second.price(self._settled)
        if first is not None and second is not None:
            self._judged = now
            self.judge(first, second)

    def roll(self, ts: int) -> None:
        """Close what is held in contracts that are left and open it in the next."""
        for leg, wanted in ((self.first, self.held), (self.second, self.hedge)):
            before = leg.roll(ts)
            if before is not None and wanted:
                self.trade(before, 0.0, "flat", CERTAIN)
                self.trade(leg.front, wanted * leg.lot, "flat", CERTAIN)

    def judge(self, first: float, second: float) -> None:
        """Judge a day's prices and trade where the view has changed."""
        # Both in what a contract of the second is quoted for, so that one ratio fits all products.
        first *= self.first.lot / self.second.lot
        if self.pair is None:
            self._learnt.append((first, second))
            if len(self._learnt) == self.window:
                self.pair = learnt_pair(self._learnt)
            return
        _, score = self.pair.update(first, second)
        confidence = 1.0 - 1.0 / (1.0 + score * score)
        sign = int(math.copysign(1, -score))
        side = (self.held > 0) - (self.held < 0)
        if abs(score) >= self.entry and sign != side:
            if not self.context.is_sure(confidence):
                return
            self.held = sign * self.contracts
            self.hedge = -round(self.held * float(self.pair.state[1]))
        elif side and score * -side <= self.leave:
            self.held = self.hedge = 0
            confidence = CERTAIN
        else:
            return
        for leg, wanted in ((self.first, self.held), (self.second, self.hedge)):
            direction = "rise" if wanted > 0 else "fall" if wanted < 0 else "flat"
            self.trade(leg.front, wanted * leg.lot, direction, confidence)

    def trade(self, instrument: int, target: float, direction: str, confidence: float) -> None:
        """Send what is missing to `target`, orders that wait included, to the next settlement."""
        there = self.context.position(instrument) + self.context.working(instrument)
        missing = round(target - there, 6)
        if not missing:
            return
        price = self._settled.get(instrument, 0.0)
        signal = self.context.record_signal(
            instrument, direction, confidence, round(price, 6), self.context.now + HORIZON_NS
        )
        self.context.submit(
            instrument,
            "buy" if missing > 0 else "sell",
            0,
            abs(missing),
            order_type="market",
            time_in_force="at_close",
            signal=signal,
        )
