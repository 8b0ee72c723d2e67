"""P&L by Greeks against revaluation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.risk.attribution import GREEK_LINES, explain_by_greeks
from wattbook.risk.book import Book, Factors, revalued

ROWS = [
    {"factor": "A", "kind": "future", "quantity": 5.0, "desk": "one"},
    {"factor": "A", "kind": "call", "quantity": 10.0, "strike": 52.0, "time": 0.5,
     "volatility": 0.4, "rate": 0.03, "model": "black", "desk": "one"},
    {"factor": "A", "kind": "put", "quantity": -7.0, "strike": 45.0, "time": 0.25,
     "volatility": 0.5, "rate": 0.03, "model": "black", "desk": "two"},
    {"factor": "B", "kind": "call", "quantity": 3.0, "strike": 1.0, "time": 1.0,
     "volatility": 12.0, "rate": 0.01, "model": "bachelier", "desk": "two"},
]  # fmt: skip


def book(first: float = 50.0, second: float = -2.0) -> Book:
    factors = Factors(("A", "B"), np.array([first, second]), np.array([True, True]))
    return Book.from_rows(factors, ROWS, ["desk"])


def moved(size: float) -> Book:
    """Return the book after a day on which everything moved by so much."""
    other = book(50.0 + 2.0 * size, -2.0 - 3.0 * size)
    is_option = other.sign != 0.0
    return replace(
        other,
        time=other.time - is_option * 0.01 * size,
        volatility=other.volatility * (1.0 + is_option * 0.05 * size),
        rate=other.rate + is_option * 0.001 * size,
    )


def test_lines_sum_to_the_change_and_futures_have_delta_alone() -> None:
    found = explain_by_greeks(book(), moved(1.0))
    np.testing.assert_allclose(sum(found.lines.values()), found.change, rtol=1e-12)
    assert found.lines["delta"][0] == 10.0
    assert all(found.lines[name][0] == 0.0 for name in GREEK_LINES[1:])
    summed = found.by(book(), "desk")
    assert list(summed) == ["one", "two"]
    assert sum(one["change"] for one in summed.values()) == pytest.approx(found.change.sum())


def test_a_move_of_forwards_alone_is_what_revaluation_gives() -> None:
    found = explain_by_greeks(book(), book(53.0, -1.0))
    gains, _ = revalued(book(), np.array([53.0, -1.0]))
    np.testing.assert_allclose(found.change, gains, rtol=1e-12)
    for name in ("vega", "vanna", "volga", "theta", "rho"):
        assert not found.lines[name].any()


@pytest.mark.parametrize("kept", ["forward and volatility", "all"])
def test_what_is_unexplained_is_of_higher_order(kept: str) -> None:
    rest = []
    for size in (0.2, 0.1):
        after = moved(size)
        if kept != "all":
            after = replace(after, time=book().time, rate=book().rate)
        rest.append(np.abs(explain_by_greeks(book(), after).lines["unexplained"][1:]))
    # Third order where time and rate stand still, else second: they are taken to first order.
    order = 8.0 if kept != "all" else 4.0
    assert np.all(rest[0] > 0.75 * order * rest[1])


@given(st.floats(1.0, 500.0), st.floats(1.0, 500.0))
def test_every_line_is_finite(first: float, last: float) -> None:
    found = explain_by_greeks(book(first), book(last))
    assert all(np.isfinite(values).all() for values in found.lines.values())


def test_other_holdings_and_levels_are_refused() -> None:
    other = replace(book(), quantity=book().quantity * 2.0)
    with pytest.raises(InputError, match="quantity of the holdings"):
        explain_by_greeks(book(), other)
    with pytest.raises(InputError, match="choose one of desk"):
        explain_by_greeks(book(), book()).by(book(), "trader")
