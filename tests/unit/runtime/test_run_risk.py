"""A run within limits of scopes: what the gate refuses, and what the folder tells afterwards."""

import numpy as np
import pytest

from wattbook.errors import DeskError
from wattbook.risk.house_margin import scenario_margin
from wattbook.risk.measures import Quantile, Shortfall, expected_shortfall, value_at_risk
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.figures.risk import tails_of

HEAD = """
[desk]
name = "test"
currency = "EUR"

[[book]]
name = "intraday"
order_volume = 20
order_value = 50_000
position_volume = 40
loss = 25_000
price_collar = 400

[[market]]
name = "day"
source = "generated"

[market.synthetic_book]
tick = 0.01
lot = 0.1
half_spread = 0.40
level_volume = 6.0

[[strategy]]
name = "momentum"
kind = "momentum"
market = "day"
book = "intraday"
trader = "Ana"
volume = 5
"""
LIMIT = '\n[[limit]]\nname = "one"\nmeasure = "volume"\nsoft = 3\nhard = 4\n'
RAISED = """
[limit.raised]
hard = 9
until = 2026-07-01T12:00:00Z
asked_by = "Ana"
approved_by = "Ben"
reason = "outage of a unit"
"""


def test_a_desk_file_sets_limits_of_scopes() -> None:
    desk = parse_desk(HEAD + LIMIT + 'trader = "Ana"\nowner = "Cleo"\n' + RAISED)
    (limit,) = desk.limit
    assert (limit.measure, limit.trader, limit.owner) == ("volume", "Ana", "Cleo")
    assert limit.raised is not None
    assert limit.raised.approved_by == "Ben"
    assert desk.traders == {"Ana": 1}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (LIMIT + 'trader = "Anna"\n', "limit[0].trader"),
        (LIMIT + 'book = "assets"\n', "limit[0].book"),
        (LIMIT.replace("hard = 4", "hard = 2"), "limit[0].soft"),
        (LIMIT.replace("volume", "volumes"), "limit[0].measure"),
        (LIMIT + "delivery_start = 2026-07-02\ndelivery_end = 2026-07-01\n", "delivery_end"),
        (LIMIT + 'currency = "EUR"\n', "limit[0].currency"),
        (LIMIT.replace("volume", "spot_trading") + 'currency = "euro"\n', "limit[0].currency"),
        (LIMIT.replace("volume", "spot_trading") + "payment_days = 400\n", "payment_days"),
        (LIMIT + RAISED.replace("Ben", "Ana"), "limit[0].raised.approved_by"),
        (LIMIT + RAISED.replace("00Z", "00"), "limit[0].raised.until"),
        (LIMIT + RAISED.replace("hard = 9", "hard = 3"), "limit[0].raised.hard"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_at_its_place(text: str, place: str) -> None:
    with pytest.raises(DeskError, match="line") as found:
        parse_desk(HEAD + text)
    assert place in str(found.value)


def test_tails_of_rows_are_those_of_single_ones() -> None:
    rows = np.random.default_rng(5).normal(3.0, 40.0, (7, 41))
    found = tails_of(rows)
    for place, row in enumerate(rows):
        assert found[0, place] == value_at_risk(row, 0.99, Quantile.INVERTED_CDF)
        shortfall = expected_shortfall(row, 0.99, Shortfall.EXACT_TAIL)
        assert found[1, place] == pytest.approx(shortfall, rel=1e-12)
        assert found[2, place] == pytest.approx(scenario_margin(row), rel=1e-12)
