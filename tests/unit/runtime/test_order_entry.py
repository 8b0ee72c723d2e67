"""Orders of a person enter once, in order, and again when the run resumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from wattbook.errors import InputError
from wattbook.runtime.order_entry import STEP_NS, Command, OrderEntry


class Context:
    """What an entry asks of the run, written down."""

    def __init__(self) -> None:
        self.now = 0
        self.asked: list[tuple[Any, ...]] = []
        self.woken: list[int] = []

    def wake_at(self, ts: int) -> None:
        self.woken.append(ts)

    def submit(self, *terms: Any, time_in_force: str) -> int:
        if terms[3] == "0":
            raise InputError("a volume above zero")
        self.asked.append((*terms, time_in_force))
        return len(self.asked)

    def cancel(self, order_id: int) -> None:
        self.asked.append(("cancel", order_id))

    def cancel_all(self) -> None:
        self.asked.append(("cancel all",))


def started(folder: Path) -> tuple[OrderEntry, Context]:
    entry, context = OrderEntry(folder), Context()
    entry.on_start(cast(Any, context))
    return entry, context


def order(volume: str = "1.5", key: str | None = None) -> Command:
    return Command(
        kind="submit", by="ada", instrument=7, side="buy", price="50", volume=volume, key=key
    )


def test_commands_are_taken_in_order_at_the_next_look(tmp_path: Path) -> None:
    entry, context = started(tmp_path)
    assert context.woken == [STEP_NS]
    first = entry.enter(order())
    entry.enter(Command(kind="cancel", by="ada", order_id=1))
    entry.enter(Command(kind="cancel_all", by="ada"))
    assert not first.done()
    entry.on_time(STEP_NS)
    assert first.result(0) == 1
    assert context.asked == [
        (7, "buy", "50", "1.5", "good_for_session"), ("cancel", 1), ("cancel all",),
    ]  # fmt: skip
    assert context.woken == [STEP_NS, 2 * STEP_NS]


def test_a_key_stands_for_one_order(tmp_path: Path) -> None:
    entry, context = started(tmp_path)
    first, again = entry.enter(order(key="k")), entry.enter(order(key="k"))
    entry.on_time(STEP_NS)
    assert first.result(0) == again.result(0) == entry.enter(order(key="k")).result(0) == 1
    assert len(context.asked) == 1
    with pytest.raises(InputError, match="'k' is that of another command"):
        entry.enter(order("2", key="k"))


def test_an_order_that_cannot_be_read_is_refused_alone(tmp_path: Path) -> None:
    entry, context = started(tmp_path)
    bad, good = entry.enter(order("0")), entry.enter(order())
    entry.on_time(STEP_NS)
    with pytest.raises(InputError, match="above zero"):
        bad.result(0)
    assert good.result(0) == 1
    assert len(context.asked) == 1


def test_a_resumed_run_repeats_what_was_entered_when_it_was(tmp_path: Path) -> None:
    entry, context = started(tmp_path)
    entry.on_time(STEP_NS)
    entry.enter(order(key="k"))
    entry.on_time(2 * STEP_NS)
    entry.enter(order("2"))
    entry.on_time(3 * STEP_NS)
    # A kill cut the last line: what it says was never acted upon.
    path = tmp_path / "order_entry.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + '{"at": 1, "kin', encoding="utf-8")
    again, repeated = started(tmp_path)
    asked = []
    for look in (1, 2, 3):
        again.on_time(look * STEP_NS)
        asked.append(len(repeated.asked))
    assert asked == [0, 1, 2]
    assert repeated.asked == context.asked
    assert again.enter(order(key="k")).result(0) == 1
    assert len(repeated.asked) == 2
