"""What is missing or means nothing is refused by name: it is never a margin or a risk of 0."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattbook.domain import LimitMeasure
from wattbook.errors import InputError
from wattbook.pricing import Model, european
from wattbook.risk import (
    Shortfall,
    christoffersen,
    cornish_fisher_risk,
    expected_shortfall,
    filtered_historical_simulation,
)
from wattbook.risk.book import Book, Factors
from wattbook.risk.held import HeldBook
from wattbook.risk.house_margin import (
    Collateral,
    MarginModel,
    collateral_value,
    margin_call,
    scenario_margin,
)
from wattbook.risk.limits import Limit, Raise, check_limits, load_limits
from wattbook.risk.simm import Sensitivities
from wattbook.risk.span import (
    InterCommodityCredit,
    MonthSpread,
    ScanPosition,
    ScanRange,
    span_margin,
)
from wattbook.risk.stress import Scenario, load_scenarios, stress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FUTURE = ScanPosition("future", 1.0, 1_000.0, 75.0)
RANGE = ScanRange(5.0, 0.06)
RETURNS = [0.01, -0.02, 0.015, -0.005] * 10
ROW = {
    "product": "RatesFX",
    "risk_type": "Risk_IRCurve",
    "qualifier": "USD",
    "bucket": "1",
    "label1": "1y",
    "label2": "OIS",
    "amount_usd": 1e6,
}


def margin_model(**changed: float) -> MarginModel:
    shocks = np.array([[1.0, -2.0]])
    one = np.ones(1)
    spread = changed.pop("half_spread", 0.1) * one
    return MarginModel(shocks, shocks, shocks, spread, one, **changed)


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "quantity": (lambda: ScanPosition("future", math.nan, 1_000.0, 75.0), "quantity is nan"),
    "multiplier": (lambda: ScanPosition("future", 1.0, math.nan, 75.0), "multiplier is nan"),
    "price": (lambda: ScanPosition("future", 1.0, 1.0, math.nan), "futures_price is nan"),
    "option": (lambda: ScanPosition("call", 1.0, 1.0, 75.0, strike=75.0), "time is nan"),
    "kind": (lambda: ScanPosition("swap", 1.0, 1.0, 75.0), "kind is 'swap'"),
    "range": (lambda: ScanRange(0.0, 0.06), "price range is 0"),
    "cover": (lambda: ScanRange(5.0, 0.06, extreme_cover=math.nan), "extreme_cover is nan"),
    "charge": (lambda: MonthSpread(math.nan, ("A", "B")), "charge is nan"),
    "ratio": (lambda: MonthSpread(1.0, ("A", "B"), (0.0, 1.0)), "ratio is 0"),
    "credit": (lambda: InterCommodityCredit(("A", "B"), (1.0, 1.0), 2.0), "credit of"),
    "commodity credit": (
        lambda: span_margin([FUTURE], RANGE, commodity_credit=math.nan),
        "commodity_credit is nan",
    ),
    "short charge": (
        lambda: span_margin([FUTURE], RANGE, short_option_charge=math.nan),
        "short_option_charge is nan",
    ),
    "delta": (
        lambda: span_margin([FUTURE], RANGE, month_deltas={"JAN": math.nan}),
        "delta of JAN is nan",
    ),
    "horizon": (
        lambda: filtered_historical_simulation(
            RETURNS, decay=0.94, confidence=0.9, horizon_days=0.0
        ),
        "horizon_days is 0",
    ),
    "warm-up": (
        lambda: filtered_historical_simulation(RETURNS, decay=0.94, confidence=0.9, warm_up=0),
        "warm_up is 0",
    ),
    "stressed share": (
        lambda: scenario_margin([-1.0, 1.0], 0.5, stressed_share=5.0),
        "stressed_share is 5",
    ),
    "half spread": (lambda: margin_model(half_spread=-1.0), "half spreads from 0"),
    "concentration": (lambda: margin_model(concentration_rate=-1.0), "concentration_rate is -1"),
    "floor": (lambda: margin_model(floor_share=math.nan), "floor_share is nan"),
    "cap": (lambda: collateral_value([Collateral("bond", 1.0, cap=-1.0)]), "cap of bond is -1"),
    "transfer": (
        lambda: margin_call(1.0, 0.0, minimum_transfer=-1.0),
        "minimum_transfer is -1",
    ),
    "rounding": (lambda: margin_call(1e300, 0.0, rounding=1e-300), "rounding 1e-300 is nothing"),
    "masked": (
        lambda: european(
            Model.BLACK,
            "call",
            forward=np.ma.masked_array([60.0, 61.0], mask=[False, True]),
            strike=60.0,
            time=1.0,
            volatility=0.2,
        ),
        "row 1: forward is masked",
    ),
    "masked gain": (
        lambda: expected_shortfall(
            np.ma.masked_array([1.0, 2.0], mask=[False, True]), 0.5, Shortfall.EXACT_TAIL
        ),
        "row 1: nan is no number",
    ),
    "no tail": (
        lambda: expected_shortfall([1.0, 2.0], 1.0 - 1e-13, Shortfall.EXACT_TAIL),
        "leaves no tail",
    ),
    "deviation": (lambda: cornish_fisher_risk(0.0, -1.0, 0.0, 0.0, 0.99), "deviation is -1"),
    "hits": (lambda: christoffersen([math.nan, 0.0], 0.05), "give booleans"),
    "currency": (
        lambda: Sensitivities.from_rows([{**ROW, "qualifier": "usd"}]),
        "row 0: qualifier is 'usd'",
    ),
    "empty book": (lambda: HeldBook([], np.zeros((0, 5)), 0.5), "quantities has shape"),
    "shocks": (lambda: HeldBook([1.0], np.zeros(5), 0.5), "shocks have shape"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_means_nothing_is_refused_by_name(name: str) -> None:
    act, reason = BAD[name]
    with pytest.raises(InputError, match=reason):
        act()


def test_a_gain_breaks_no_limit_of_losses_and_a_turn_is_active() -> None:
    now = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)

    def found(measure: LimitMeasure, before: float, after: float) -> list[bool]:
        limit = Limit("", "", measure, soft=50.0, hard=100.0)
        told = [{("", ""): {measure: value}} for value in (before, after)]
        return [one.refuses for one in check_limits([limit], told[0], told[1], now)]

    for measure in (LimitMeasure.STOP_LOSS, LimitMeasure.DRAWDOWN, LimitMeasure.VALUE_AT_RISK):
        assert found(measure, 0.0, -150.0) == []
        assert found(measure, 0.0, 150.0) == [True]
    assert found(LimitMeasure.DELTA, 200.0, 190.0) == [False]
    # Less than before, but on the other side.
    assert found(LimitMeasure.DELTA, 200.0, -190.0) == [True]
    assert found(LimitMeasure.DELTA, 0.0, -150.0) == [True]


RAISED = (
    'raised = { hard = %s, until = 2026-08-01T00:00:00Z, asked_by = "ana", approved_by = "%s", '
    'reason = "%s" }'
)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("raised = 5", "raised is 5: give a table"),
        (RAISED % ('"x"', "ben", "r"), "raised to 'x'"),
        (RAISED % ("5", "ben", "r"), "give a number above the limit's 10"),
        (RAISED % ("nan", "ben", "r"), "raised to nan"),
        (RAISED % ("20", " Ana", "r"), "approved by another person"),
        (RAISED % ("20", "ben", " "), "raised lacks reason"),
    ],
)
def test_a_raise_that_holds_nothing_is_refused(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "limits.toml"
    text = f'[[limit]]\nmeasure = "delta"\nsoft = 5\nhard = 10\n{line}\n'
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        load_limits(path)
    good = text.replace(line, RAISED % ("20", "ben", "r"))
    path.write_text(good, encoding="utf-8")
    (limit,) = load_limits(path)
    assert isinstance(limit.raised, Raise)


def long_future() -> Book:
    factors = Factors(("CL01",), np.array([70.0]), np.array([True]))
    rows = [{"factor": "CL01", "kind": "future", "quantity": 1_000.0}]
    return Book.from_rows(factors, rows, ())


@pytest.mark.parametrize("amount", [1e20, 1e308])
def test_a_move_beyond_what_cents_hold_is_refused(amount: float) -> None:
    with pytest.raises(InputError, match="up: holding 0 gains"):
        stress(long_future(), [Scenario("up", moves={"CL": {"absolute": amount}})], {})


def test_moves_that_reach_no_factor_are_refused() -> None:
    with pytest.raises(InputError, match="moves of ZZ reach none of the factors CL01"):
        stress(long_future(), [Scenario("up", moves={"ZZ": {"absolute": 1.0}})], {})


def test_a_loss_that_comes_and_goes_is_found_backwards() -> None:
    factors = Factors(("CL01",), np.array([70.0]), np.array([True]))
    option = {"factor": "CL01", "kind": "call", "model": "bachelier", "time": 0.01,
              "volatility": 0.5, "rate": 0.0}  # fmt: skip
    rows = [
        {**option, "strike": strike, "quantity": quantity}
        for strike, quantity in ((74.0, -1_000.0), (75.0, 2_000.0), (76.0, -1_000.0))
    ]
    # Short a butterfly: it loses near 75 alone.
    book = Book.from_rows(factors, rows, ())
    scenario = Scenario("back", moves={"CL": {"absolute": 1.0}}, loss=500.0)
    (found,) = stress(book, [scenario], {})
    assert found.scale == pytest.approx(4.5, abs=0.01)
    assert found.total_cents == pytest.approx(-50_000, abs=1)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("draws = 1000\nmoves = { CL = { absolute = 1.0 } }", "draws move every factor"),
        ("draws = 1000\nloss = 5.0", "leave loss to another"),
        ('draws = 1000\nevent = "x"', "leave event to another"),
        ("draws = 1.5", "draws is 1.5: give a whole number"),
        ("draws = true", "draws is True"),
        ("draws = 100_000_000_000", "give a whole number from 0 to 1000000"),
        ("draws = 10\nseed = -1", "seed is -1"),
        ('event = ["a"]', "event is a name"),
        ("moves = [1]", "moves a table of factors"),
    ],
)
def test_a_scenario_that_says_two_things_is_refused(
    tmp_path: Path, lines: str, reason: str
) -> None:
    path = tmp_path / "stress.toml"
    path.write_text(f'[[scenario]]\nname = "one"\n{lines}\n', encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        load_scenarios(path)


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "stress.toml"
    one = '[[scenario]]\nname = "one"\nvolatility = 0.1\n'
    path.write_text(one + one, encoding="utf-8")
    with pytest.raises(InputError, match="'one' names two scenarios"):
        load_scenarios(path)
