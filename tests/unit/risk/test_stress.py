"""Stress scenarios: which way prices move, and what reaches nothing."""

from pathlib import Path

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.risk.book import Book, Factors
from wattbook.risk.stress import (
    Event,
    LossNotReachedError,
    Scenario,
    StressResult,
    load_scenarios,
    stress,
)

FACTORS = Factors(("DEW1", "DEW2", "NG01"), np.array([-10.0, 0.0, 4.0]), np.ones(3, dtype=bool))
EVENT = Event("crash", "2020-04-20", "2020-04-21", {"CL01": (18.0, -37.0)})


def book() -> Book:
    rows = [
        {"factor": name, "kind": "future", "quantity": 100.0, "trader": "Ana"}
        for name in FACTORS.names
    ]
    return Book.from_rows(FACTORS, rows, ("trader",))


def moved(scenario: Scenario, events: dict[str, Event] | None = None) -> StressResult:
    return stress(book(), [scenario], events or {})[0]


def test_a_price_below_zero_moves_by_its_size() -> None:
    found = moved(Scenario("up", moves={"DEW": {"relative": 0.1}, "NG": {"relative": 0.1}}))
    assert found.forwards == pytest.approx([-9.0, 0.0, 4.4])
    assert found.by_size == ("DEW1",)
    # No share of nothing moves.
    assert found.unmoved == ("DEW2",)
    assert found.total_cents == 10_000 + 4_000
    # Down without end it loses: a price of -10 falls by its size at most, to -20.
    back = moved(Scenario("back", moves={"DEW": {"relative": -0.1}}, loss=500.0))
    assert back.total_cents == pytest.approx(-50_000, abs=1)


def test_what_reaches_nothing_is_told_or_refused() -> None:
    found = moved(Scenario("gas", moves={"NG": {"relative": 1.0}, "TTF": {"absolute": 9.0}}))
    assert found.unreached == ("TTF",)
    with pytest.raises(InputError, match="reach none of the factors"):
        moved(Scenario("other", moves={"TTF": {"absolute": 9.0}}))
    with pytest.raises(InputError, match="'crash' moved CL01, none of the factors"):
        moved(Scenario("dated", event="crash"), {"crash": EVENT})
    with pytest.raises(InputError, match="event 'unknown' is not among crash") as fault:
        moved(Scenario("dated", event="unknown", loss=1e6), {"crash": EVENT})
    assert not isinstance(fault.value, LossNotReachedError)


def test_a_loss_that_no_multiple_reaches_is_an_answer_of_its_own() -> None:
    with pytest.raises(LossNotReachedError, match="turn the direction round"):
        moved(Scenario("gain", moves={"NG": {"relative": 10.0}}, loss=1e9))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('draws = "10"', "draws is '10': give a whole number"),
        ("draws = 0", "nothing moves"),
        ("moves = {}", "nothing moves"),
        ("volatility = 0.0", "nothing moves"),
        ("draws = -1", "draws is -1: give a whole number"),
    ],
)
def test_a_scenario_that_does_nothing_is_refused(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "stress.toml"
    path.write_text(f'[[scenario]]\nname = "x"\n{line}\n', encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load_scenarios(path)
