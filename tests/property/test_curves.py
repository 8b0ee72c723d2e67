"""A curve averages to whatever consistent quotes it was made of, and names those that are not."""

from __future__ import annotations

import datetime as dt
import functools

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import ContradictionError, InputError
from wattbook.market.auction.highs import quiet_solver
from wattbook.market.curves import (
    TENORS,
    Conflict,
    ForwardCurve,
    ForwardQuote,
    Shape,
    ShapeKind,
    build_curve,
    curve_grid,
    fit_shape,
    flat_shape,
)
from wattbook.market.curves.cells import cells_of
from wattbook.market.curves.conflicts import program_conflicts

AS_OF = dt.date(2026, 9, 30)
FIRST, AFTER = dt.date(2026, 10, 1), dt.date(2029, 1, 1)
SPANS = [
    "2026-10-24", "2026-10-25", "2026-10-26", "2026-10-25 H03A", "2026-10-25 H03B",
    "2026-10-26 H09-H12", "2027-03-28 QH13", "Wk44-26", "WkEnd43-26",
    "Oct-26", "Nov-26", "Dec-26", "Mar-27", "Q4-26", "Q1-27", "Q2-27", "Q3-27", "Q4-27",
    "Cal-27", "Cal-28",
]  # fmt: skip
GAS_SPANS = [
    "2026-10-24", "2026-10-25", "WkEnd43-26", "Wk44-26", "Oct-26", "Nov-26", "Mar-27", "Q4-26",
    "Q1-27", "Win-26", "Sum-27", "Win-27", "Cal-27", "Cal-28",
]  # fmt: skip


def products(place: str, spans: list[str], loads: tuple[str, ...]) -> list[DeliveryProduct]:
    """Return all products that exist."""
    made = []
    for span in spans:
        for load in loads:
            try:
                made.append(DeliveryProduct(f"{place} {span}{load}"))
            except InputError:
                continue
    return made


POWER = products("DE-LU", SPANS, ("", " Peak", " OffPeak"))
GAS = products("TTF", GAS_SPANS, ("",))


@functools.cache
def hourly_shape(kind: ShapeKind) -> Shape:
    grid = curve_grid("DE-LU", dt.date(2024, 1, 1), dt.date(2026, 1, 1), "hour")
    noise = np.random.default_rng(7).normal(0.0, 20.0, len(grid))
    season = np.cos(2 * np.pi * grid.start[:-1] / 31_556_952e9)
    price = 70 + 20 * season + 15 * np.sin(grid.slot / 24 * 4 * np.pi) + noise
    return fit_shape("DE-LU", grid.start[:-1], price, "hour", kind)


def shapes(kind: ShapeKind) -> list[Shape]:
    return [flat_shape(kind), hourly_shape(kind)]


def walk(seed: int, count: int, level: float) -> np.ndarray:
    """Return prices that no smooth curve resembles."""
    random = np.random.default_rng(seed)
    return level + np.cumsum(random.normal(0.0, 1.0, count)) + random.normal(0.0, 10.0, count)


def quotes_on(
    place: str, step: str, chosen: list[DeliveryProduct], price: np.ndarray
) -> list[ForwardQuote]:
    """Return what the products cost if each period costs `price`: quotes that cannot conflict."""
    grid = curve_grid(place, FIRST, AFTER, step)
    made = []
    for product in chosen:
        low, high, delivers = grid.delivers(product)
        hours = grid.hours[low:high][delivers]
        mean = float(price[low:high][delivers] @ hours / hours.sum())
        made.append(ForwardQuote.at(product, mean))
    return made


def some(of: list[DeliveryProduct]) -> st.SearchStrategy[list[DeliveryProduct]]:
    return st.lists(st.sampled_from(of), min_size=1, max_size=14, unique=True)


def outside(curve: ForwardCurve) -> float:
    """Return how far the worst average lies outside its band."""
    return float(curve.fits()["outside"].to_numpy().max())


LEVELS = st.sampled_from([-40.0, 0.0, 80.0, 900.0])


@settings(max_examples=60)
@given(some(POWER), st.integers(0, 2**32), LEVELS, st.sampled_from(shapes(ShapeKind.ADDITIVE)))
def test_power_averages_back_to_every_overlapping_quote(
    chosen: list[DeliveryProduct], seed: int, level: float, shape: Shape
) -> None:
    price = walk(seed, len(curve_grid("DE-LU", FIRST, AFTER, "quarter_hour")), level)
    quotes = quotes_on("DE-LU", "quarter_hour", chosen, price)
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, first=FIRST, after=AFTER, shape=shape)
    # Asked of the curve itself, by the calendar's own hours.
    errors = [abs(curve.average(quote.product) - quote.mid) for quote in quotes]
    assert max(errors) <= 1e-10
    assert np.isfinite(curve.price).all()


@settings(max_examples=40)
@given(some(GAS), st.integers(0, 2**32), st.sampled_from([5.0, 30.0, 300.0]))
def test_gas_days_of_23_to_25_hours_average_back(
    chosen: list[DeliveryProduct], seed: int, level: float
) -> None:
    price = walk(seed, len(curve_grid("TTF", FIRST, AFTER, "day")), level)
    quotes = quotes_on("TTF", "day", chosen, price)
    curve = build_curve("TTF", quotes, as_of=AS_OF, first=FIRST, after=AFTER)
    assert max(abs(curve.average(quote.product) - quote.mid) for quote in quotes) <= 1e-10


@settings(max_examples=25)
@given(some(POWER), st.integers(0, 2**32))
def test_factors_average_back_as_well(chosen: list[DeliveryProduct], seed: int) -> None:
    # Factors need a level above zero, so no stretch is left to the level of others.
    ladder = ["Oct-26", "Nov-26", "Dec-26", "Q1-27", "Q2-27", "Q3-27", "Q4-27", "Cal-28"]
    chosen = list(dict.fromkeys([*chosen, *products("DE-LU", ladder, ("",))]))
    noise = walk(seed, len(curve_grid("DE-LU", FIRST, AFTER, "quarter_hour")), 0.0)
    quotes = quotes_on("DE-LU", "quarter_hour", chosen, 80.0 * np.exp(noise / 2_000))
    shape = hourly_shape(ShapeKind.MULTIPLICATIVE)
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, first=FIRST, after=AFTER, shape=shape)
    assert max(abs(curve.average(quote.product) - quote.mid) for quote in quotes) <= 1e-10


@settings(max_examples=30)
@given(
    some(POWER),
    st.integers(0, 2**32),
    st.floats(0.01, 20.0),
    st.floats(-200.0, 200.0),
    st.floats(0.0, 3.0),
)
def test_scaled_and_shifted_quotes_scale_and_shift_a_flat_shape(
    chosen: list[DeliveryProduct], seed: int, factor: float, shift: float, width: float
) -> None:
    price = walk(seed, len(curve_grid("DE-LU", FIRST, AFTER, "quarter_hour")), 80.0)
    quotes = quotes_on("DE-LU", "quarter_hour", chosen, price)
    plain = [ForwardQuote(one.product, one.bid - width, one.ask + width) for one in quotes]
    moved = [
        ForwardQuote(one.product, factor * one.bid + shift, factor * one.ask + shift)
        for one in plain
    ]
    curves = [
        build_curve("DE-LU", own, as_of=AS_OF, first=FIRST, after=AFTER) for own in (plain, moved)
    ]
    scale = np.abs(curves[0].price).max() * factor + abs(shift)
    assert np.abs(factor * curves[0].price + shift - curves[1].price).max() <= 1e-5 * scale


@settings(max_examples=30)
@given(some(POWER), st.integers(0, 2**32), st.floats(0.01, 5.0))
def test_averages_lie_within_bands_of_any_place(
    chosen: list[DeliveryProduct], seed: int, width: float
) -> None:
    price = walk(seed, len(curve_grid("DE-LU", FIRST, AFTER, "quarter_hour")), 80.0)
    random = np.random.default_rng(seed)
    quotes = []
    for one in quotes_on("DE-LU", "quarter_hour", chosen, price):
        below, above = random.uniform(0.0, width, 2)
        sides = [
            (one.bid - below, one.ask + above),
            (one.bid, one.ask),
            (one.bid - below, np.inf),
            (-np.inf, one.ask + above),
        ]
        quotes.append(ForwardQuote(one.product, *sides[random.integers(4)]))
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, first=FIRST, after=AFTER)
    for quote in quotes:
        average = curve.average(quote.product)
        assert quote.bid - 1e-9 <= average <= quote.ask + 1e-9
    assert outside(curve) <= 1e-9


MONTHS = [TENORS["month"](dt.date(2027, month, 1)) for month in range(1, 13)]


@settings(max_examples=40)
@given(
    st.sets(st.sampled_from(MONTHS), min_size=2, max_size=8),
    st.integers(0, 2**32),
    st.floats(0.0, 6.0),
)
def test_no_other_daily_curve_within_the_bands_is_smoother(
    months: set[str], seed: int, width: float
) -> None:
    """A second implementation: a program over every day, with the second derivative's integral.

    The integral over a cubic spline with a knot a day, natural in front and level at the end, is
    ``b' K^-1 b`` for the kernel K of the integrated Wiener process and b the distance to the end.
    """
    random = np.random.default_rng(seed)
    quotes = [
        ForwardQuote(DeliveryProduct(f"TTF {month}"), middle - width, middle + width)
        for month in sorted(months)
        for middle in [30.0 + random.normal(0.0, 5.0)]
    ]
    curve = build_curve("TTF", quotes, as_of=AS_OF)
    rows = cells_of(curve.grid, curve.quotes).share
    bid = np.array([quote.bid for quote in curve.quotes])
    ask = np.array([quote.ask for quote in curve.quotes])
    days = len(curve.price)
    # Knots 0.. at whole days: second derivatives m solve a tridiagonal system in the values.
    apart = np.zeros((days, days))
    inner = np.zeros((days, days))
    for day in range(1, days - 1):
        apart[day, day - 1 : day + 2] = [1.0, -2.0, 1.0]
        inner[day, day - 1 : day + 2] = [1 / 6, 2 / 3, 1 / 6]
    inner[0, 0] = 1.0  # natural in front
    apart[-1, -2:] = [1.0, -1.0]  # level at the end
    inner[-1, -2:] = [1 / 6, 1 / 3]
    bend = np.linalg.solve(inner, apart)
    mass = np.zeros((days, days))
    for day in range(days - 1):
        mass[day : day + 2, day : day + 2] += [[1 / 3, 1 / 6], [1 / 6, 1 / 3]]
    cost = bend.T @ mass @ bend

    # Any feasible direction from ours must not go down: the best step is a linear program.
    slope = 2.0 * cost @ curve.price
    solver = quiet_solver()
    none = (0, np.empty(0, np.int32), np.empty(0))
    for value in slope:
        solver.addCol(float(value), -1.0, 1.0, *none)
    at = rows @ curve.price
    columns = np.arange(days, dtype=np.int32)
    for row, low, high in zip(rows, bid - at, ask - at, strict=True):
        # Rounding of the averages must not close the feasible set.
        solver.addRow(min(low, 0.0), max(high, 0.0), days, columns, row)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    gain = -float(solver.getInfo().objective_function_value)
    assert gain <= 1e-6


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(POWER), min_size=3, max_size=9, unique=True),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_contradictions_are_irreducible_and_their_band_is_the_least(
    chosen: list[DeliveryProduct], seed: int, is_banded: bool
) -> None:
    random = np.random.default_rng(seed)
    # Prices at random: they conflict as soon as deliveries make each other up.
    quotes = []
    for product in chosen:
        middle, half = random.normal(80.0, 10.0), random.uniform(0.0, 2.0) if is_banded else 0.0
        quotes.append(ForwardQuote(product, middle - half, middle + half))
    conflicts = contradictions(quotes)
    for conflict in conflicts:
        named = list(conflict.quotes)
        for left_out in named:
            assert not contradictions([quote for quote in named if quote is not left_out])
        assert not contradictions(grown(named, conflict.band * (1 + 1e-6) + 1e-9))
        assert contradictions(grown(named, conflict.band * (1 - 1e-3)))


def contradictions(quotes: list[ForwardQuote]) -> tuple[Conflict, ...]:
    """Return the conflicts that quotes are refused with; none if their curve is good."""
    try:
        curve = build_curve("DE-LU", quotes, as_of=AS_OF, first=FIRST, after=AFTER)
    except ContradictionError as fault:
        refused = fault
    else:
        assert outside(curve) <= 1e-9
        return ()
    assert refused.conflicts
    for conflict in refused.conflicts:
        assert all(str(quote.product) in str(refused) for quote in conflict.quotes)
    return refused.conflicts


def grown(quotes: list[ForwardQuote], by: float) -> list[ForwardQuote]:
    return [ForwardQuote(quote.product, quote.bid - by, quote.ask + by) for quote in quotes]


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_the_program_and_the_algebra_find_the_same_band(seed: int) -> None:
    random = np.random.default_rng(seed)
    names = ["Cal-27", "Q1-27", "Q2-27", "Q3-27", "Q4-27"]
    quotes = [ForwardQuote.at(f"DE-LU {name}", random.normal(80.0, 10.0)) for name in names]
    with pytest.raises(ContradictionError) as caught:
        build_curve("DE-LU", quotes, as_of=AS_OF)
    (algebra,) = caught.value.conflicts
    grid = curve_grid("DE-LU", dt.date(2027, 1, 1), dt.date(2028, 1, 1), "quarter_hour")
    (program,) = program_conflicts(cells_of(grid, quotes).atoms, quotes)
    assert {one.product for one in program.quotes} == {one.product for one in algebra.quotes}
    assert program.band == pytest.approx(algebra.band, rel=1e-6)
