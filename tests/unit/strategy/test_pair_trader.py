"""Pairs of daily futures: rolls, and what is known when a trade is decided."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.strategy.pair_trader import PairLeg, PairTrader

DAY = 86_400 * 10**9


@dataclass
class Book:
    """Stands in for the engine: what is submitted fills at the next settlement of its contract."""

    now: int = 0
    held: dict[int, float] = field(default_factory=dict)
    waiting: dict[int, float] = field(default_factory=dict)
    cash: float = 0.0
    sent: list[tuple[int, int, float]] = field(default_factory=list)

    def is_sure(self, confidence: float) -> bool:
        return confidence > 0.79

    def position(self, instrument: int) -> float:
        return self.held.get(instrument, 0.0)

    def working(self, instrument: int) -> float:
        return self.waiting.get(instrument, 0.0)

    def record_signal(self, *_: object) -> int:
        return 1

    def submit(
        self, instrument: int, side: str, _price: float, volume: float, **terms: object
    ) -> int:
        assert terms["time_in_force"] == "at_close"
        signed = volume if side == "buy" else -volume
        self.waiting[instrument] = self.waiting.get(instrument, 0.0) + signed
        self.sent.append((self.now, instrument, signed))
        return len(self.sent)

    def settle(self, instrument: int, price: float) -> None:
        filled = self.waiting.pop(instrument, 0.0)
        self.held[instrument] = self.held.get(instrument, 0.0) + filled
        self.cash -= filled * price


def trade(first: np.ndarray, second: np.ndarray, gap: float = 0.0) -> Book:
    """Trade both series; contract 1 replaces 0 after half of the days, `gap` dearer."""
    book = Book()
    middle = len(first) // 2
    trader = PairTrader(
        first=PairLeg(front=0, rolls=((middle * DAY - 1, 1),), lot=1.0),
        second=PairLeg(front=2, rolls=(), lot=1.0),
        contracts=10,
        window=20,
    )
    trader.on_start(book)  # type: ignore[arg-type]
    for day, (one, other) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        if day == middle:
            trader.on_time(middle * DAY - 1)
        book.now = day * DAY
        for number, price in ((0, one), (1, one + gap), (2, other)):
            if number == 0 and day > middle:
                continue
            book.settle(number, price)
            trader.on_reference_price(number, "settlement", price)
    last = {0: float(first[middle]), 1: float(first[-1]) + gap, 2: float(second[-1])}
    book.cash += sum(volume * last[number] for number, volume in book.held.items())
    return book


def walk(seed: int, days: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """Return a random walk and one that returns to it."""
    random = np.random.default_rng(seed)
    second = 50 + np.cumsum(random.normal(0, 0.5, days))
    away = np.zeros(days)
    for day in range(1, days):
        away[day] = 0.7 * away[day - 1] + random.normal(0, 1.0)
    return second + away, second


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), gap=st.floats(-30, 30))
def test_a_change_of_contract_is_no_change_of_price(seed: int, gap: float) -> None:
    first, second = walk(seed)
    plain, rolled = trade(first, second), trade(first, second, gap)
    assert [sent[0] for sent in plain.sent] == [sent[0] for sent in rolled.sent]
    assert rolled.cash == pytest.approx(plain.cash, abs=1e-6)
    # Nothing is left in the contract that was rolled out of.
    assert rolled.held.get(0, 0.0) == 0.0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), day=st.integers(90, 150))
def test_what_is_decided_knows_no_later_price(seed: int, day: int) -> None:
    first, second = walk(seed)
    changed = first.copy()
    changed[day:] += 25.0
    before = [sent for sent in trade(first, second).sent if sent[0] < day * DAY]
    assert before == [sent for sent in trade(changed, second).sent if sent[0] < day * DAY]


def test_a_spread_that_returns_pays() -> None:
    results = [trade(*walk(seed, 600)).cash for seed in range(8)]
    assert min(results) > 0, results


@pytest.mark.parametrize(
    "wrong", [{"entry": 0.5, "leave": 0.5}, {"contracts": 0}, {"window": 1}, {"leave": -1.0}]
)
def test_a_pair_that_cannot_be_traded_is_refused(wrong: dict[str, float]) -> None:
    leg = PairLeg(front=0, rolls=(), lot=1.0)
    terms = {"contracts": 1} | wrong
    with pytest.raises(InputError, match="pair: entry"):
        PairTrader(first=leg, second=leg, **terms)  # type: ignore[arg-type]
