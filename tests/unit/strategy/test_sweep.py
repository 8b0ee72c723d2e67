"""Sweeps through the compiled loop."""

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.strategy.sweep import fill_paths, grid, sweep


def walk(count: int = 2_000, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    bid = 50 + 0.01 * np.cumsum(draw.integers(-2, 3, count))
    return bid, bid + 0.01 * draw.integers(1, 4, count)


def slow_cross(bid: np.ndarray, ask: np.ndarray, fast: int, slow: int, fee: float) -> float:
    """The EMA cross, written down once more."""
    quick = lazy = (bid[0] + ask[0]) / 2
    cash = position = 0.0
    for seen, (low, high) in enumerate(zip(bid, ask, strict=True), start=1):
        mid = (low + high) / 2
        quick += 2 / (fast + 1) * (mid - quick)
        lazy += 2 / (slow + 1) * (mid - lazy)
        wanted = 0.0 if seen <= slow else 1.0 if quick > lazy else -1.0
        change = wanted - position
        cash -= change * (high if change > 0 else low) + abs(change) * fee
        position = wanted
    return float(cash + position * (bid[-1] + ask[-1]) / 2)


def test_a_sweep_is_the_rule_written_down_once_more() -> None:
    bid, ask = walk()
    sets = grid("ema_cross", {"fast": [3, 10], "slow": [9, 40]})
    found = sweep(bid, ask, "ema_cross", sets, fee=0.002, parts=8, threads=3)
    expected = [slow_cross(bid, ask, int(fast), int(slow), 0.002) for fast, slow in sets]
    np.testing.assert_allclose(found.pnl, expected, atol=1e-9)
    np.testing.assert_allclose(found.by_part.sum(axis=1), found.pnl, atol=1e-9)
    assert found.text(0) == "fast=3, slow=9"


def test_luck_is_drawn_from_seeds_and_costs() -> None:
    bid, ask = walk()
    sure = sweep(bid, ask, "momentum", [[5, 0.02]]).pnl[0]
    luck = fill_paths(bid, ask, "momentum", [5, 0.02], probability=1.0, worse=0.05, paths=20)
    again = fill_paths(bid, ask, "momentum", [5, 0.02], probability=1.0, worse=0.05, paths=20)
    assert (luck[:, 0] < sure).all()
    assert len(set(luck[:, 0].tolist())) == 20
    np.testing.assert_array_equal(luck, again)


@pytest.mark.parametrize(
    ("rule", "sets", "words"),
    [
        ("ema_cross", [[9, 3]], "fast is 9"),
        ("mean_reversion", [[1, 2, 0]], "window is 1"),
        ("mean_reversion", [[5, 2]], "one row a set of window, entry, exit"),
        ("guess", [[1, 2]], "'guess' is not known"),
    ],
)
def test_what_does_not_fit_is_named(rule: str, sets: list[list[float]], words: str) -> None:
    bid, ask = walk(50)
    with pytest.raises(InputError, match=words):
        sweep(bid, ask, rule, sets)


def test_a_crossed_quote_is_named_by_its_row() -> None:
    bid, ask = walk(50)
    bid[17] = ask[17] + 1
    with pytest.raises(InputError, match="quote is 17"):
        sweep(bid, ask, "ema_cross", [[2, 5]])
    with pytest.raises(InputError, match="no set of ema_cross is left"):
        grid("ema_cross", {"fast": [5], "slow": [5]})
    with pytest.raises(InputError, match="ema_cross takes fast, slow, not fast"):
        grid("ema_cross", {"fast": [5]})
