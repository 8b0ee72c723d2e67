"""A level-3 book from Python holds what a plain dictionary of its orders holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.market import L3Book

ADD, MODIFY, DELETE = 1, 2, 3
MESSAGES = st.lists(
    st.tuples(
        st.sampled_from([ADD, MODIFY, DELETE]),
        st.integers(1, 12),
        st.sampled_from([1, 2]),
        st.integers(-20, 20),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=60,
)


@given(MESSAGES, st.integers(1, 7))
def test_a_book_holds_the_orders_of_its_messages(
    messages: list[tuple[int, int, int, int, int]], levels: int
) -> None:
    book, orders, unfit = L3Book(), dict[int, tuple[int, int, int]](), 0
    for action, order, side, price, volume in messages:
        # Buys below zero and sells above it, so that the book never crosses.
        ticks = -abs(price) - 1 if side == 1 else abs(price) + 1
        known = order in orders
        sent = side
        if action == ADD and not known:
            orders[order] = (side, ticks, volume)
        elif action == MODIFY and known:
            sent = orders[order][0]
            ticks = -abs(price) - 1 if sent == 1 else abs(price) + 1
            orders[order] = (sent, ticks, volume)
        elif action == DELETE and known:
            del orders[order]
        else:
            unfit += 1
        book.apply(np.array([[action, order, sent, ticks, volume]]))
    assert len(book) == len(orders)
    assert book.anomalies().total == unfit
    for side, name in ((1, "buy"), (2, "sell")):
        volumes: dict[int, int] = {}
        for own_side, ticks, volume in orders.values():
            if own_side == side:
                volumes[ticks] = volumes.get(ticks, 0) + volume
        best_first = sorted(volumes.items(), reverse=side == 1)
        assert [(level.price, level.volume) for level in book.depth(name, 99)] == best_first
        assert book.depth(name, levels) == book.depth(name, 99)[:levels]


def test_one_batch_is_as_many_messages() -> None:
    rows = np.array([[1, n, 1 + n % 2, (n % 2) * 100 - n % 30, 1 + n % 9] for n in range(1, 500)])
    whole, single = L3Book(), L3Book()
    assert whole.apply(rows).total == 0
    for row in rows:
        single.apply(row.reshape(1, 5))
    assert whole.top() == single.top()
    assert whole.depth("sell", 50) == single.depth("sell", 50)
    assert [whole.volume_ahead(n) for n in range(500)] == [
        single.volume_ahead(n) for n in range(500)
    ]


@pytest.mark.parametrize(
    "rows", [np.zeros((2, 4), np.int64), np.zeros((5, 2), np.int64).T, np.zeros((2, 5))]
)
def test_an_array_of_another_shape_or_type_is_refused(rows: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"5: action|np\.ascontiguousarray"):
        L3Book().apply(rows)
