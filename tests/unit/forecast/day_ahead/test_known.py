"""A history never answers with what became known later, and refuses records that contradict."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead import History, Versions

records = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 9), st.floats(-1e3, 1e3)),
    min_size=1,
    max_size=30,
    unique_by=lambda record: record[:2],
)


@given(records=records, as_of=st.integers(-1, 10), later=st.floats(1.0, 9.0))
def test_what_is_known_by_an_instant_ignores_all_that_comes_later(
    records: list[tuple[int, int, float]], as_of: int, later: float
) -> None:
    def answers(values: list[tuple[int, int, float]]) -> np.ndarray:
        start, known, value = (np.array(column) for column in zip(*values, strict=True))
        made = Versions.of("x", start.astype(np.int64), known.astype(np.int64), value, 1)
        return History({"x": made}).at("x", np.arange(6), np.array(as_of))

    changed = [(s, k, v if k <= as_of else v + later) for s, k, v in records]
    found = answers(records)
    np.testing.assert_array_equal(found, answers(changed))
    for period in range(6):
        known = [(k, v) for s, k, v in records if s == period and k <= as_of]
        expected = max(known)[1] if known else float("nan")
        np.testing.assert_equal(found[period], expected)


@pytest.mark.parametrize(
    ("start", "known", "value", "reason"),
    [
        ([0, 3], [0, 0], [1.0, 2.0], "off the grid"),
        ([0, 2], [0, 0], [1.0, float("inf")], "record 1 is infinite"),
        ([0, 0], [5, 5], [1.0, 2.0], "two versions known at once"),
        ([], [], [], "give one delivery period"),
    ],
)
def test_records_that_contradict_are_refused(
    start: list[int], known: list[int], value: list[float], reason: str
) -> None:
    with pytest.raises(ForecastError, match=reason):
        Versions.of(
            "price", np.array(start, np.int64), np.array(known, np.int64), np.array(value), 2
        )


def test_a_quantity_that_nobody_knows_is_named() -> None:
    with pytest.raises(ForecastError, match="no quantity 'wind'"):
        History({}).versions("wind")
