"""A spread is bid for where its own past is far from zero, both legs of a path or none."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import DeskError, InputError
from wattbook.runtime.desk import parse_desk
from wattbook.strategy.virtual_spread import (
    SpreadHour,
    SpreadLevel,
    SpreadView,
    VirtualSpreadTrader,
    hour_views,
)


@dataclass
class Context:
    """Keeps what is offered; sure of what is above a threshold."""

    threshold: float = 0.0
    offers: list[tuple[int, str, float, float]] = field(default_factory=list)

    def is_sure(self, confidence: float) -> bool:
        return confidence > self.threshold

    def record_signal(self, *_arguments: object) -> int:
        return 1

    def submit_offer(
        self, instrument: int, side: str, price: float, volume: float, **_terms: object
    ) -> int:
        self.offers.append((instrument, side, price, volume))
        return len(self.offers)


def offers(view: SpreadView, against: int | None, **given_: Any) -> list[tuple[int, str]]:
    """Return instrument and side of what is offered for one hour."""
    context: Any = Context(given_.pop("threshold", 0.0))
    hour = SpreadHour(instrument=1, against=against, offer_at=10, valid_until=20, view=view)
    terms = {"volume": 2.0, "entry": 2.0, "charges": 0.5} | given_
    made = VirtualSpreadTrader(hours=[hour], **terms)
    made.on_start(context)
    made.on_time(9)
    assert not context.offers
    made.on_time(10)
    made.on_time(11)
    assert all(volume == terms["volume"] for *_, volume in context.offers)
    return [(instrument, side) for instrument, side, _, _ in context.offers]


def test_it_buys_day_ahead_what_is_dearer_in_real_time_and_sells_the_other_leg() -> None:
    assert offers(SpreadView(5.0, 3.0), None) == [(1, "buy")]
    assert offers(SpreadView(-5.0, -3.0), None) == [(1, "sell")]
    assert offers(SpreadView(5.0, 3.0), 7) == [(1, "buy"), (7, "sell")]
    assert offers(SpreadView(-5.0, -3.0), 7) == [(1, "sell"), (7, "buy")]


def test_what_is_near_zero_or_below_its_charges_or_not_sure_is_left_alone() -> None:
    assert offers(SpreadView(5.0, 1.9), 7) == []
    assert offers(SpreadView(0.5, 9.0), 7) == []
    assert offers(SpreadView(5.0, 2.0), 7, threshold=0.8) == []


@given(
    spread=st.lists(st.floats(-200.0, 200.0), min_size=3, max_size=60),
    memory=st.floats(2.0, 100.0),
    later=st.lists(st.floats(-200.0, 200.0), max_size=5),
)
def test_each_hour_is_judged_by_its_own_past(
    spread: list[float], memory: float, later: list[float]
) -> None:
    hour = np.zeros(len(spread), np.int64)
    (alone,) = hour_views(hour, np.array(spread), [0], memory)
    assert min(spread) - 1e-6 <= alone.level <= max(spread) + 1e-6
    assert math.isfinite(alone.score)
    assert alone.level * alone.score >= 0.0
    # Prices of another hour say nothing of this one.
    both = np.append(hour, np.ones(len(later), np.int64))
    first, _ = hour_views(both, np.array([*spread, *later]), [0, 1], memory)
    assert first == alone


def test_the_gain_ends_at_one_by_the_memory() -> None:
    level = SpreadLevel(memory=10.0)
    for _ in range(400):
        level.update(1.0)
    before = level.level
    level.update(11.0)
    assert level.level - before == pytest.approx(1.0, rel=1e-3)


def test_a_memory_below_two_and_gaps_are_told() -> None:
    with pytest.raises(InputError, match="memory is 1"):
        hour_views(np.array([0]), np.array([1.0]), [0], 1.0)
    (view,) = hour_views(np.zeros(3, np.int64), np.array([1.0, np.nan, 3.0]), [0], 5.0)
    assert 1.0 < view.level < 3.0


DESK = """\
[desk]
name = "d"
currency = "USD"

[[book]]
name = "b"
order_volume = 5
order_value = 20_000
position_volume = 10
loss = 100_000
price_collar = 10_000

[[market]]
name = "city"
source = "nyiso-nyc"

[[market]]
name = "hub"
source = "ercot-hubavg"

[[market]]
name = "pool"
source = "nem-vic1"
{charge}

[[strategy]]
name = "s"
kind = "virtual_spread"
market = "city"
against = "{against}"
book = "b"
volume = 1

[fx]
AUD = 0.6
"""


@pytest.mark.parametrize(
    ("against", "charge", "said"),
    [
        ("city", "", "leave it out for one place"),
        ("hub", "", "no place of the same market"),
        ("pool", "", "virtual bids need"),
        ("cit", "", "did you mean 'city'"),
        ("city", "virtual_charge = 1", "does not settle twice"),
    ],
)
def test_a_path_that_is_none_is_refused(against: str, charge: str, said: str) -> None:
    with pytest.raises(DeskError, match=said):
        parse_desk(DESK.format(against=against, charge=charge))
