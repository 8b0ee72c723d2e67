"""Whoever reads the stream, however seldom, has what one has that reads everything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.api.packed import unpack
from wattbook.api.stream import TRADES_KEPT, Stream, Topics
from wattbook.errors import InputError
from wattbook.runtime.watch import QUOTE_COLUMNS

State = dict[str, dict[int, Any]]
KEYS = {"orders": "order", "trades": "sequence", "alerts": "alert"}


def quote(price: int) -> tuple[float | None, ...]:
    return (None if price == 0 else price / 2, price + 1.0, 1.0, 2.0, price, price + 5)


def rows(topic: str) -> st.SearchStrategy[dict[int, Any]]:
    if topic == "quotes":
        return st.dictionaries(st.integers(0, 5), st.integers(0, 9).map(quote), max_size=4)
    numbers = st.dictionaries(st.integers(0, 5), st.integers(0, 9), max_size=4)
    return numbers.map(
        lambda found: {key: {KEYS[topic]: key, "value": value} for key, value in found.items()}
    )


PUSHES = st.lists(
    st.tuples(
        st.fixed_dictionaries({}, optional={topic: rows(topic) for topic in ("quotes", *KEYS)}),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


class Held:
    """What a reader makes of the messages that it gets."""

    def __init__(self) -> None:
        self.state: State = {}
        self.last: int | None = None

    def read(self, stream: Stream) -> None:
        message = stream.message(self.last)
        if message is None:
            assert stream.last in (self.last, 0)
            return
        header, columns = unpack(message)
        if header["kind"] == "snapshot":
            self.state = {}
        else:
            assert self.last is not None
            assert header["first"] == self.last + 1
        self.last = header["last"]
        for topic, key in KEYS.items():
            told = {row[key]: row for row in header.get(topic, [])}
            self.state.setdefault(topic, {}).update(told)
        names = columns.pop("instrument").tolist()
        values = zip(*(columns[name].tolist() for name in QUOTE_COLUMNS), strict=True)
        known = {
            name: tuple(None if one != one else one for one in row)  # noqa: PLR0124 - NaN
            for name, row in zip(names, values, strict=True)
        }
        self.state.setdefault("quotes", {}).update(known)


def applied(state: State, topics: Topics, *, is_snapshot: bool) -> State:
    before = {} if is_snapshot else state
    return {
        topic: {**before.get(topic, {}), **topics.get(topic, {})} for topic in ("quotes", *KEYS)
    }


@given(PUSHES, st.data())
def test_a_reader_has_what_there_is_whenever_it_reads(
    pushes: list[tuple[Topics, bool]], data: st.DataObject
) -> None:
    stream, seldom, always = Stream("run"), Held(), Held()
    state: State = {}
    for number, (topics, is_snapshot) in enumerate(pushes, start=1):
        assert stream.push(topics, is_snapshot=is_snapshot) == number
        state = applied(state, topics, is_snapshot=is_snapshot)
        always.read(stream)
        assert always.state == state
        if data.draw(st.booleans()):
            seldom.read(stream)
            assert seldom.state == state
    seldom.read(stream)
    assert seldom.state == state
    # A number that was never given gets everything.
    stranger = Held()
    stranger.last = data.draw(st.integers(len(pushes) + 1, 2**63))
    stranger.read(stream)
    assert stranger.state == state


def test_only_the_newest_trades_are_kept() -> None:
    stream = Stream("run")
    for number in range(TRADES_KEPT + 10):
        stream.push({"trades": {number: {"sequence": number}}})
    message = stream.message(None)
    assert message is not None
    told = [row["sequence"] for row in unpack(message)[0]["trades"]]
    assert told == list(range(10, TRADES_KEPT + 10))


def test_rows_stand_in_the_order_in_which_they_came_first() -> None:
    stream = Stream("run")
    for order in (7, 3, 9, 7):
        stream.push({"orders": {order: {"order": order}}})
    message = stream.message(None)
    assert message is not None
    assert [row["order"] for row in unpack(message)[0]["orders"]] == [7, 3, 9]


def test_a_topic_that_is_none_changes_nothing() -> None:
    stream = Stream("run")
    stream.push({"orders": {1: {"order": 1}}})
    with pytest.raises(InputError, match='no topic "weather'):
        stream.push({"orders": {2: {"order": 2}}, "weather": {1: {}}})
    message = stream.message(None)
    assert stream.last == 1
    assert message is not None
    assert unpack(message)[0]["orders"] == [{"order": 1}]
