"""What is set aside stays findable, and every decision about it has a name and a reason."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError, StoreError
from wattbook.store.quarantine import Part, QuarantineStore, State, part_identity


def part(
    place: str = "line 7", *, is_row: bool = True, payload: str = "ab", raw: bytes = b"x"
) -> Part:
    return Part(
        "eia", "hourly", payload, "a.json", "https://example.org/a", 5, place, 40,
        "value 'x' is no number", raw, "{}" if is_row else "",
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> QuarantineStore:
    return QuarantineStore(tmp_path / "below" / "quarantine.sqlite")


def test_a_part_is_kept_with_everything_and_once(store: QuarantineStore) -> None:
    assert store.hold([part(), part("line 8")], at=10) == 2
    assert store.hold([part(), part("line 9")], at=20) == 1
    first, *_ = store.entries()
    assert first.part == part()
    assert first.state is State.HELD
    assert [entry.number for entry in QuarantineStore(store.database.path).entries()] == [1, 2, 3]
    assert [(step.at, step.who) for step in store.history(1)] == [(10, "ingest")]


def test_measurements_of_one_line_are_parts_of_their_own(store: QuarantineStore) -> None:
    # A line of SPP holds a price and its three components, refused for one reason.
    line = [part(raw=b"LMP"), part(raw=b"MCC"), part(raw=b"MLC"), part(raw=b"MEC")]
    assert store.hold(line, at=1) == 4
    store.decide(2, State.RELEASED, 2, "ada", "the congestion was real")
    assert [entry.part.raw for entry in store.entries(State.RELEASED)] == [b"MCC"]
    assert store.hold(line, at=3) == 0


def test_the_bytes_kept_are_bounded(store: QuarantineStore) -> None:
    store.hold([part(raw=b"y" * 100_000)], at=1)
    assert store.entry(1).part.raw == b"y" * 65_536


def test_parts_that_differ_in_their_bytes_alone_are_all_kept(store: QuarantineStore) -> None:
    long = b"y" * 65_536
    parts = [part(raw=raw) for raw in (b"x", b"z", b"", long, long + b"cut off")]
    assert store.hold(parts, at=1) == 4
    assert [entry.part.raw for entry in store.entries()] == [b"x", b"z", b"", long]
    assert [entry.identity for entry in store.entries()] == [part_identity(p) for p in parts[:4]]
    mended = store.settle("eia", "ab", {part_identity(part(raw=b"z"))}, 2, "reader mended")
    assert [entry.part.raw for entry in mended] == [b"x", b"", long]
    assert store.hold([entry.part for entry in mended], at=3) == 0


def test_a_release_has_a_name_and_a_reason(store: QuarantineStore) -> None:
    store.hold([part(), part("payload", is_row=False)], at=1)
    with pytest.raises(InputError, match="say why part 1 is to be released"):
        store.decide(1, State.RELEASED, 2, "ada", " ")
    store.decide(1, State.RELEASED, 2, "ada", "the spike was real")
    assert [(c.state.value, c.who, c.why) for c in store.history(1)][1:] == [
        ("released", "ada", "the spike was real")
    ]
    with pytest.raises(InputError, match="part 1 is released already"):
        store.decide(1, State.DROPPED, 3, "ada", "no")
    with pytest.raises(InputError, match=r"never read as a row.*drop it, or reprocess"):
        store.decide(2, State.RELEASED, 3, "ada", "why not")
    with pytest.raises(InputError, match="number 99"):
        store.entry(99)


def test_a_payload_read_again_settles_what_is_no_longer_refused(store: QuarantineStore) -> None:
    parts = [part("line 1"), part("line 2"), part("line 1", payload="other")]
    store.hold([*parts, Part("", "", "ab", "a", "a", 5, "payload", 0, "unknown")], at=1)
    still = part_identity(part("line 2"))
    mended = store.settle("eia", "ab", {still}, 9, "reader mended")
    assert [(entry.part.place, entry.part.payload) for entry in mended] == [
        ("line 1", "ab"),
        ("payload", "ab"),
    ]
    assert [entry.state.value for entry in store.entries()] == [
        "corrected", "held", "held", "corrected",
    ]  # fmt: skip
    store.hold([part("line 1")], at=11)
    assert [step.state.value for step in store.history(1)] == ["held", "corrected", "held"]


def test_counts_go_by_source_state_and_reason(store: QuarantineStore) -> None:
    store.hold([part(f"line {number}") for number in range(3)], at=1)
    store.decide(2, State.DROPPED, 2, "ada", "a test row")
    assert store.counts() == [
        ("eia", "hourly", "held", "value 'x' is no number", 2),
        ("eia", "hourly", "dropped", "value 'x' is no number", 1),
    ]


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "q.sqlite").write_bytes(b"this is a text and not a database" * 20)
    with pytest.raises(StoreError, match=r"q\.sqlite cannot be used"):
        QuarantineStore(tmp_path / "q.sqlite")


@settings(max_examples=25)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["hold", "release", "drop", "settle"]), st.integers(0, 3),
            st.sets(st.integers(0, 3)),
        ),
        max_size=10,
    )
)  # fmt: skip
def test_states_follow_a_model(steps: Any) -> None:
    states: dict[int, str] = {}
    numbers: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = QuarantineStore(Path(folder) / "q.sqlite")
        for at, (act, one, some) in enumerate(steps):
            if act == "hold":
                store.hold([part(f"line {one}")], at)
                numbers.setdefault(one, len(numbers) + 1)
                if states.get(one) in (None, "corrected"):
                    states[one] = "held"
            elif act == "settle":
                refused = {part_identity(part(f"line {line}")) for line in some}
                store.settle("eia", "ab", refused, at, "again")
                states |= {
                    line: "corrected"
                    for line, state in states.items()
                    if state == "held" and line not in some
                }
            elif states.get(one) == "held":
                state = State.RELEASED if act == "release" else State.DROPPED
                store.decide(numbers[one], state, at, "ada", "because")
                states[one] = state.value
        found = {int(entry.part.place.split()[1]): entry.state.value for entry in store.entries()}
    assert found == states
