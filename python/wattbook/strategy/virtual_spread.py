"""Virtual bids on a spread that a Kalman filter finds away from zero: two settlements, two places.

A bid buys day-ahead and pays back at real time, or the other way round. On one place it trades the
real-time price less the day-ahead price; with a second place the difference of theirs, which is
what a path from the second to the first earns by congestion and losses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook._core import StrategyContext
from wattbook.errors import InputError

__all__ = ["SpreadHour", "SpreadLevel", "SpreadView", "VirtualSpreadTrader", "hour_views"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
BID_LIMIT = 1_000.0
"""Bids and offers of a path take any day-ahead price up to this: both legs or a risk of its own."""


@dataclass(slots=True)
class SpreadLevel:
    """The level of a spread as a random walk that is seen through noise, one hour of the day.

    Parameters
    ----------
    memory : float, days
        Over how many days the level is an average in the long run: the gain is one by it.

    References
    ----------
    Kalman (1960); the local level model of Harvey (1989), Forecasting, structural time series
    models and the Kalman filter, section 2.3.

    Examples
    --------
    >>> found = SpreadLevel(memory=20.0)
    >>> for spread in (3.0, 5.0) * 40:
    ...     found.update(spread)
    >>> round(found.level, 1), found.score > 4.0
    (4.0, True)
    """

    memory: float
    level: float = 0.0
    variance: float = 0.0
    noise: float = 0.0
    days: int = 0

    def update(self, spread: float) -> None:
        """Take the spread of a day in, currency per MWh."""
        self.days += 1
        if self.days == 1:
            self.level, self.variance = spread, 1.0
            return
        # Variances are multiples of the noise, which is measured apart; the drift makes the gain
        # end at 1 / memory.
        gain = 1.0 / self.memory
        before = self.variance + gain * gain / (1.0 - gain)
        surprise = spread - self.level
        weight = 1.0 / min(self.days - 1, self.memory)
        self.noise = (1.0 - weight) * self.noise + weight * surprise**2 / (before + 1.0)
        self.level += before / (before + 1.0) * surprise
        self.variance = before / (before + 1.0)

    @property
    def score(self) -> float:
        """Deviations by which the level is away from zero; zero before two days are known."""
        deviation = math.sqrt(self.variance * self.noise)
        if self.days < 2 or deviation <= 0.0:
            return 0.0
        return self.level / deviation


@dataclass(frozen=True, slots=True)
class SpreadView:
    """What is thought of an hour's spread: its level, per MWh, and its deviations from zero."""

    level: float
    score: float


def hour_views(
    hour: Numbers, spread: Floats, wanted: Sequence[int], memory: float
) -> list[SpreadView]:
    """Return the view of each wanted hour of the clock, from its own past.

    Parameters
    ----------
    hour : ndarray of shape (n_past,)
        Hour of the local clock of each past spread, in order of time.
    spread : ndarray of shape (n_past,), currency per MWh
        As it was known at the gate.
    wanted : sequence of int
        Hours of the clock.
    memory : float, days
        Two or more.

    Raises
    ------
    InputError
        For a memory below two.
    """
    if not 2.0 <= memory < math.inf:
        message = f"virtual spread: memory is {memory}; give 2 days or more"
        raise InputError(message)
    levels = {one: SpreadLevel(memory) for one in set(wanted)}
    for at, value in zip(hour.tolist(), spread.tolist(), strict=True):
        if at in levels and math.isfinite(value):
            levels[at].update(value)
    return [SpreadView(levels[one].level, levels[one].score) for one in wanted]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadHour:
    """An hour that may be bid for.

    Parameters
    ----------
    instrument, against : int
        Virtual instruments; `against` is None of one place.
    offer_at, valid_until : int
        When to bid, and the gate; ns UTC.
    view : SpreadView
        Of its spread.
    """

    instrument: int
    against: int | None
    offer_at: int
    valid_until: int
    view: SpreadView


@dataclass(slots=True, kw_only=True)
class VirtualSpreadTrader:
    """Bids day-ahead for the hours whose spread lies far from zero and pays for its charges.

    Parameters
    ----------
    hours : sequence of SpreadHour
        In order of `offer_at`.
    volume : float, MW
        Of each leg.
    entry : float, deviations
        How far from zero the level must be.
    charges : float, currency per MWh
        Of the awards of all legs of an hour.
    """

    hours: Sequence[SpreadHour]
    volume: float
    entry: float
    charges: float
    context: StrategyContext = field(init=False, repr=False)
    _next: int = field(init=False, default=0)

    @property
    def alarms(self) -> Numbers:
        """When it wants to be told the time, ns UTC."""
        return np.array(sorted({hour.offer_at for hour in self.hours}), np.int64)

    def on_start(self, context: StrategyContext) -> None:
        """Keep the context."""
        self.context = context

    def on_time(self, ts: int) -> None:
        """Bid for the hours that are due."""
        while self._next < len(self.hours) and self.hours[self._next].offer_at <= ts:
            self.bid(self.hours[self._next])
            self._next += 1

    def bid(self, hour: SpreadHour) -> None:
        """Bid for one hour, both legs of it, where its spread is far enough from zero."""
        view = hour.view
        if abs(view.score) < self.entry or abs(view.level) <= self.charges:
            return
        confidence = 1.0 - 1.0 / (1.0 + view.score * view.score)
        if not self.context.is_sure(confidence):
            return
        # Dearer in real time than day-ahead: bought day-ahead, paid back at real time.
        ways = ("buy", "sell") if view.level > 0 else ("sell", "buy")
        self.offer(hour, hour.instrument, ways[0], confidence)
        if hour.against is not None:
            self.offer(hour, hour.against, ways[1], confidence)

    def offer(self, hour: SpreadHour, instrument: int, side: str, confidence: float) -> None:
        """Send one leg at a limit that takes any usual price."""
        way, limit = ("rise", BID_LIMIT) if side == "buy" else ("fall", -BID_LIMIT)
        signal = self.context.record_signal(instrument, way, confidence, limit, hour.valid_until)
        self.context.submit_offer(instrument, side, limit, self.volume, signal=signal)
