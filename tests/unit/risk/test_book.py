"""A book's risk, its parts, held vectors and stress."""

import threading
from pathlib import Path

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.risk import Quantile, Shortfall, expected_shortfall, value_at_risk
from wattbook.risk.book import Book, Factors, revalued, scenario_pnl
from wattbook.risk.held import HeldBook
from wattbook.risk.ladder import greeks_ladder
from wattbook.risk.portfolio import book_risk, correlated_normals, repaired_correlation
from wattbook.risk.stress import Event, Scenario, load_scenarios, stress

FACTORS = Factors(
    ("CL01", "CL02", "NG01"), np.array([60.0, 61.0, 3.0]), np.array([True, True, False])
)


def book() -> Book:
    option = {
        "model": "black",
        "strike": 58.0,
        "time": 0.25,
        "volatility": 0.4,
        "rate": 0.03,
    }
    rows = [
        {"factor": "CL01", "kind": "future", "quantity": 1_000.0, "trader": "Adams"},
        {"factor": "CL02", "kind": "put", "quantity": -500.0, "trader": "Bauer", **option},
        {"factor": "NG01", "kind": "call", "quantity": 9_000.0, "trader": "Adams",
         **option, "strike": 3.1},
    ]  # fmt: skip
    return Book.from_rows(FACTORS, rows, ("trader",))


def moves(count: int = 400) -> np.ndarray:
    correlation = [[1.0, 0.95, 0.2], [0.95, 1.0, 0.2], [0.2, 0.2, 1.0]]
    return correlated_normals(correlation, [1.5, 1.4, 0.03], count, seed=9)


def test_components_sum_to_the_whole_and_the_tail_is_that_of_the_pnl() -> None:
    found = book_risk(book(), moves(), 0.975, ("trader",))
    parts = found.parts["trader"]
    assert sum(part.component for part in parts) == pytest.approx(found.value_at_risk, rel=1e-12)
    shortfall = sum(part.shortfall_component for part in parts)
    assert shortfall == pytest.approx(found.expected_shortfall, rel=1e-12)
    assert found.value_at_risk == value_at_risk(found.pnl, 0.975, Quantile.INVERTED_CDF)
    assert found.expected_shortfall == expected_shortfall(found.pnl, 0.975, Shortfall.EXACT_TAIL)
    assert found.value_at_risk > 0.0


def test_a_ladder_is_the_slope_of_the_book_and_any_split_of_it_sums_exactly() -> None:
    split, whole = greeks_ladder(book(), ("trader",)), greeks_ladder(book(), ())
    for name in ("delta", "gamma", "vega", "theta"):
        field = f"{name}_millionths"
        assert sum(getattr(rung, field) for rung in split.rungs) == getattr(whole.total, field)
    assert [rung.labels for rung in split.rungs] == [("Adams",), ("Bauer",)]
    up, _ = revalued(book(), FACTORS.forwards + 1e-4)
    down, _ = revalued(book(), FACTORS.forwards - 1e-4)
    assert split.total.greek("delta") == pytest.approx((up - down).sum() / 2e-4, rel=1e-6)
    more, _ = revalued(book(), FACTORS.forwards, 1e-4)
    less, _ = revalued(book(), FACTORS.forwards, -1e-4)
    assert split.total.greek("vega") == pytest.approx((more - less).sum() / 2e-2, rel=1e-5)
    with pytest.raises(InputError, match="level 'desk': the book is split by trader"):
        greeks_ladder(book(), ("desk",))


def test_scenarios_have_the_same_bits_for_any_number_of_threads() -> None:
    one = scenario_pnl(book(), moves(1_000))
    for threads in (2, 3, 8):
        assert np.array_equal(one, scenario_pnl(book(), moves(1_000), threads))


def test_two_dates_at_once_give_the_right_values() -> None:
    later = Factors(FACTORS.names, FACTORS.forwards * 1.1, FACTORS.are_absolute)
    rows = [{"factor": "CL01", "kind": "future", "quantity": 1.0}]
    books = [book(), Book.from_rows(later, rows, ())]
    right = [scenario_pnl(one, moves(600)) for one in books]
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(30):
            found = scenario_pnl(books[number], moves(600))
            wrong.extend([number] * (not np.array_equal(found, right[number])))

    workers = [threading.Thread(target=work, args=(number % 2,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []


def test_a_held_book_gives_what_a_new_computation_gives() -> None:
    random = np.random.default_rng(2)
    shocks = random.standard_normal((30, 250)).astype(np.float32)
    quantities = random.integers(-50, 51, 30).astype(float)
    held = HeldBook(quantities, shocks, 0.99)
    for _ in range(2_000):
        instrument, quantity = int(random.integers(30)), float(random.integers(-9, 10))
        trial = held.what_if(instrument, quantity)
        quantities[instrument] += quantity
        assert held.trade(instrument, quantity) == pytest.approx(trial, rel=1e-9, abs=1e-9)
    pnl = quantities @ shocks.astype(np.float64)
    expected = (
        value_at_risk(pnl, 0.99, Quantile.INVERTED_CDF),
        expected_shortfall(pnl, 0.99, Shortfall.EXACT_TAIL),
    )
    assert held.tail() == pytest.approx(expected, rel=1e-9)
    with pytest.raises(InputError, match="instrument 30 of 30"):
        held.trade(30, 1.0)


def test_what_is_missing_is_named_and_never_zero() -> None:
    with pytest.raises(InputError, match="CL01: its price is nan"):
        Factors(("CL01",), np.array([np.nan]), np.array([True]))
    with pytest.raises(InputError, match="move it by absolute"):
        Factors(("CL01",), np.array([-37.63]), np.array([False]))
    with pytest.raises(InputError, match="volatility is None"):
        Book.from_rows(
            FACTORS,
            [{"factor": "CL01", "kind": "put", "model": "black", "quantity": 1, "strike": 1.0,
              "time": 1.0, "volatility": None, "rate": 0.0}],
            (),
        )  # fmt: skip
    with pytest.raises(InputError, match="row 0: model is 'blck': choose black or bachelier"):
        Book.from_rows(FACTORS, [{"factor": "CL01", "kind": "put", "model": "blck"}], ())
    with pytest.raises(InputError, match="the book is empty"):
        book_risk(book().rows(np.zeros(3, dtype=np.bool_)), moves(), 0.99)
    with pytest.raises(InputError, match="zero or below"):
        scenario_pnl(book(), np.array([[0.0], [-98.0], [0.0]]))
    with pytest.raises(InputError, match="moves"):
        scenario_pnl(book(), np.full((3, 2), np.nan))


def test_a_correlation_without_a_law_is_refused_or_repaired() -> None:
    wrong = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    with pytest.raises(InputError, match="repair it"):
        correlated_normals(wrong, [1.0, 1.0, 1.0], 10, 1)
    repaired, was_changed = repaired_correlation(wrong)
    assert was_changed
    assert np.allclose(np.diag(repaired), 1.0)
    assert np.linalg.eigvalsh(repaired)[0] >= 0.0
    with pytest.raises(InputError, match="without gaps"):
        repaired_correlation([[1.0, np.nan], [np.nan, 1.0]])
    singular = np.ones((2, 2))
    assert repaired_correlation(singular)[1]


def test_below_zero_an_option_is_valued_by_the_other_model_and_marked() -> None:
    gains, marked = revalued(book(), [-37.63, -20.0, 3.0])
    assert marked.tolist() == [False, True, False]
    assert np.all(np.isfinite(gains))
    # A short put far in the money loses about what the price fell below the strike.
    assert -500.0 * 78.0 < gains[1] < -500.0 * 70.0


EVENT = Event("fall", "2020-04-17", "2020-04-20", {"CL01": (18.27, -37.63), "NG01": (2.0, 1.0)})


def test_splits_sum_exactly_and_dated_moves_turn_absolute_below_zero() -> None:
    scenarios = [
        Scenario("dated", event="fall"),
        Scenario("made up", moves={"CL": {"absolute": -5.0}, "NG01": {"relative": 1.0}}),
        Scenario("drawn", draws=500, days=10.0),
    ]
    found = stress(book(), scenarios, {"fall": EVENT}, np.cov(moves()))
    for one in found:
        assert sum(one.by(book(), "trader").values()) == one.total_cents
    assert found[0].forwards[0] == pytest.approx(60.0 - 55.9)
    # The event names the first month alone: the second takes its move.
    assert found[0].forwards[1] == pytest.approx(61.0 - 55.9)
    assert found[0].forwards[2] == pytest.approx(1.5)
    assert found[1].forwards.tolist() == [55.0, 56.0, 6.0]
    assert found[2].total_cents < 0


def test_a_loss_is_found_backwards_or_refused() -> None:
    down = {"CL": {"relative": -0.1}}
    (found,) = stress(book(), [Scenario("back", moves=down, loss=40_000.0)], {})
    assert found.total_cents == pytest.approx(-4_000_000, rel=1e-6)
    up = {"NG": {"relative": 0.1}}
    with pytest.raises(InputError, match="turn the direction round"):
        stress(book(), [Scenario("never", moves=up, loss=1e9)], {})
    with pytest.raises(InputError, match="is not among"):
        stress(book(), [Scenario("lost", event="1929")], {"fall": EVENT})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "give \\[\\[scenario\\]\\]"),
        ("[[scenario]]\nmoves = {}", "give it a name"),
        ('[[scenario]]\nname = "a"', "give event, moves"),
        ('[[scenario]]\nname = "a"\nspeed = 1', "speed is not known"),
        ('[[scenario]]\nname = "a"\nmoves = { NG = { relative = -1.0 } }', "with absolute"),
        ('[[scenario]]\nname = "a"\nmoves = { NG = 3 }', "give relative or absolute"),
        ("[[scenario", "file.toml"),
    ],
)
def test_a_wrong_scenario_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "file.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load_scenarios(path)
