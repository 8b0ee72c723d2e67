"""Liquidity horizons by instrument."""

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.risk import Shortfall, expected_shortfall, horizon_shortfall, mixed_moves
from wattbook.risk.book import Book, Factors, scenario_pnl

MOVES = np.random.default_rng(3).normal(0.0, 1.0, (3, 500))


def book() -> Book:
    return Book.from_rows(
        Factors(("CL01", "NG01", "NG02"), np.array([70.0, 3.0, 3.2]), np.ones(3, dtype=np.bool_)),
        [
            {"factor": name, "kind": "future", "quantity": quantity}
            for name, quantity in (("CL01", 2.0), ("NG01", -5.0), ("NG02", 4.0))
        ],
        (),
    )


def shortfall(lots: np.ndarray) -> float:
    return expected_shortfall(lots @ MOVES, 0.975, Shortfall.EXACT_TAIL)


def test_one_horizon_scales_by_its_root() -> None:
    one = horizon_shortfall(book(), MOVES, [1.0, 1.0, 1.0], 0.975)
    ten = horizon_shortfall(book(), MOVES, [10.0, 10.0, 10.0], 0.975)
    assert one.total == pytest.approx(shortfall(np.array([2.0, -5.0, 4.0])))
    assert ten.total == pytest.approx(one.total * 10.0**0.5)


def test_the_cascade_is_the_sum_of_what_is_left() -> None:
    found = horizon_shortfall(book(), MOVES, [10.0, 20.0, 60.0], 0.975)
    parts = (
        shortfall(np.array([2.0, -5.0, 4.0])) ** 2 * 10.0
        + shortfall(np.array([0.0, -5.0, 4.0])) ** 2 * 10.0
        + shortfall(np.array([0.0, 0.0, 4.0])) ** 2 * 40.0
    )
    assert found.total == pytest.approx(parts**0.5)
    assert [step.holdings for step in found.steps] == [3, 2, 1]
    assert [(step.from_days, step.to_days) for step in found.steps] == [(0, 10), (10, 20), (20, 60)]


def test_mixed_horizons_revalue_each_factor_at_its_own() -> None:
    pnl = scenario_pnl(book(), mixed_moves(MOVES, [1.0, 4.0, 9.0]))
    assert pnl == pytest.approx(np.array([2.0, -10.0, 12.0]) @ MOVES)


@pytest.mark.parametrize("days", [[1.0, 1.0], [1.0, 0.0, 1.0], [1.0, np.nan, 1.0]])
def test_a_horizon_that_is_none_is_refused(days: list[float]) -> None:
    with pytest.raises(InputError, match="horizons"):
        horizon_shortfall(book(), MOVES, days, 0.975)
