"""Deltas merge, and a reader that was away has what one that stayed has."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from wattbook.api.delta import NEWEST, Delta, History, Topics, apply, merged
from wattbook.api.stream import Reader, StreamCounts

TOPICS = st.dictionaries(
    st.sampled_from(["quotes", "orders", "trades"]),
    st.dictionaries(st.integers(0, 5), st.integers(), max_size=4),
    max_size=3,
)


@st.composite
def histories(draw: st.DrawFn) -> list[Delta]:
    history = History(kept=8)
    parts = draw(st.lists(st.tuples(TOPICS, st.booleans()), min_size=1, max_size=12))
    return [history.push(topics, is_snapshot=is_snapshot) for topics, is_snapshot in parts]


@given(histories(), st.data())
def test_merged_deltas_leave_the_state_of_single_ones(
    deltas: list[Delta], data: st.DataObject
) -> None:
    one_by_one: Topics = {}
    conflated: Topics = {}
    pending: Delta | None = None
    for delta in deltas:
        one_by_one = apply(one_by_one, delta)
        pending = delta if pending is None else merged(pending, delta)
        if data.draw(st.booleans()):
            conflated, pending = apply(conflated, pending), None
    if pending is not None:
        assert pending.last == deltas[-1].last
        conflated = apply(conflated, pending)
    assert conflated == one_by_one


@given(histories(), st.integers(0, 14))
def test_a_reader_that_was_away_gets_what_it_lacks(deltas: list[Delta], after: int) -> None:
    history = History(kept=4)
    held: Topics = {}
    for delta in deltas:
        history.push(delta.topics, is_snapshot=delta.is_snapshot)
        if delta.last <= after:
            held = apply(held, delta)
    missing = history.since(after)
    if missing is None:
        assert after == history.last
    else:
        assert missing.is_snapshot or missing.first == after + 1
        held = apply(held, missing)
    assert held == history.state


def test_only_the_newest_trades_are_kept() -> None:
    history = History()
    most = NEWEST["trades"]
    for number in range(most + 10):
        history.push({"trades": {number: number}})
    assert list(history.state["trades"]) == list(range(10, most + 10))


def test_a_reader_that_is_behind_gets_one_delta() -> None:
    counts, history = StreamCounts(), History()

    async def read() -> Delta:
        reader = Reader(counts)
        for number in range(1_000):
            reader.tell(history.push({"quotes": {number % 7: number}}))
        return await reader.next()

    found = asyncio.run(read())
    assert (found.first, found.last) == (1, 1_000)
    assert len(found.topics["quotes"]) == 7
    assert counts.conflated == 999
