"""Orders of a person enter once, in order, and are known again when the run resumes."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from wattbook.domain import AmendOrder, CancelAll, CancelOrder, Owner, SubmitOrder
from wattbook.errors import InputError
from wattbook.runtime.order_entry import Command, Entered, OrderEntry

FIRST = (1_000 << 48) + 1


class Core:
    """The run's part that is asked: it refuses volumes above 20."""

    def __init__(self, next_number: int = FIRST) -> None:
        self.number = next_number
        self.asked: list[Any] = []
        self.batches = 0

    def next_by_hand(self) -> int:
        return self.number

    def ask(self, now: int, commands: list[Any]) -> list[list[tuple[str, str, str]]]:
        self.batches += 1
        self.asked += commands
        said: list[list[tuple[str, str, str]]] = []
        for command in commands:
            self.number += not isinstance(command, CancelAll)
            is_large = isinstance(command, SubmitOrder) and float(command.order.volume) > 20
            said.append([("refused", "", "volume 21 above 20")] if is_large else [])
        return said


def begun(folder: Path) -> OrderEntry:
    entry = OrderEntry(folder)
    entry.begin(Owner(trading_book=1, strategy=3))
    return entry


def order(volume: str = "1.5", key: str | None = None) -> Command:
    return Command(
        kind="submit", by="ada", instrument=7, side="buy", price="50", volume=volume, key=key
    )


def test_all_that_wait_are_taken_in_order_at_one_look(tmp_path: Path) -> None:
    entry, core = begun(tmp_path), Core()
    first = entry.enter(order())
    cancel = entry.enter(Command(kind="cancel", by="ada", order_id=FIRST))
    entry.enter(Command(kind="cancel_all", by="ada"))
    third = entry.enter(order())
    larger = entry.enter(
        Command(kind="amend", by="ada", order_id=FIRST, price="51", volume="2", key="a")
    )
    assert not first.done()
    entry.look(core, 5)
    assert [type(one) for one in core.asked] == [
        SubmitOrder, CancelOrder, CancelAll, SubmitOrder, AmendOrder,
    ]  # fmt: skip
    assert str(core.asked[4].volume) == "2"
    assert larger.result(0) == Entered(FIRST)
    assert core.batches == 1
    assert core.asked[0].order.owner.strategy == core.asked[2].scope.strategy == 3
    assert [one.order_id for one in (core.asked[0], core.asked[3])] == [FIRST, FIRST + 2]
    assert first.result(0) == cancel.result(0) == Entered(FIRST)
    assert third.result(0) == Entered(FIRST + 2)


def test_who_asks_is_told_what_the_gate_refused(tmp_path: Path) -> None:
    entry, core = begun(tmp_path), Core()
    large, good = entry.enter(order("21")), entry.enter(order())
    entry.look(core, 5)
    assert large.result(0) == Entered(FIRST, "volume 21 above 20")
    assert good.result(0) == Entered(FIRST + 1)


def test_an_arrival_rings_and_a_key_stands_for_one_order(tmp_path: Path) -> None:
    entry, core = begun(tmp_path), Core()
    rung: list[None] = []
    entry.requests.on_arrival(lambda: rung.append(None))
    results: list[Any] = []
    clicks = [Thread(target=lambda: results.append(entry.enter(order(key="k")))) for _ in range(8)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    entry.look(core, 5)
    assert {one.result(0).order_id for one in results} == {FIRST}
    assert len(core.asked) == len(rung) == 1
    assert entry.enter(order(key="k")).result(0) == Entered(FIRST)
    with pytest.raises(InputError, match="'k' is that of another request"):
        entry.enter(order("2", key="k"))


def test_an_order_that_cannot_be_read_is_refused_alone(tmp_path: Path) -> None:
    entry, core = begun(tmp_path), Core()
    bad, good = entry.enter(order("1.2345678")), entry.enter(order())
    entry.look(core, 5)
    with pytest.raises(InputError, match="decimals"):
        bad.result(0)
    assert good.result(0) == Entered(FIRST)
    assert len(core.asked) == 1


def test_a_change_that_comes_again_after_a_restart_changes_nothing(tmp_path: Path) -> None:
    def change(volume: str, key: str) -> Command:
        return Command(kind="amend", by="ada", order_id=FIRST, price="50", volume=volume, key=key)

    entry, core = begun(tmp_path), Core()
    back, all_back = (
        Command(kind="cancel", by="ada", order_id=FIRST, key="back"),
        Command(kind="cancel_all", by="ada", key="all"),
    )
    asked = [order("1", "k"), change("2", "a"), all_back, change("3", "b"), back]
    for at, command in enumerate(asked):
        entry.enter(command)
        entry.look(core, at)
    again, resumed = begun(tmp_path), Core(FIRST + 4)
    again.resume(resumed, {(FIRST, 3): "new volume 3 is not above the filled 3"})
    answers = [again.enter(command).result(0) for command in asked]
    assert [one.order_id for one in answers] == [FIRST, FIRST, 0, FIRST, FIRST]
    # A change that was refused is no refusal of the order itself.
    assert [one.refused is None for one in answers] == [True, True, True, False, True]
    again.look(resumed, 9)
    assert not resumed.asked
    with pytest.raises(InputError, match="another request"):
        again.enter(change("4", "a"))


def test_a_limit_that_refuses_is_told_by_its_name(tmp_path: Path) -> None:
    class Limited(Core):
        def ask(self, now: int, commands: list[Any]) -> list[list[tuple[str, str, str]]]:
            super().ask(now, commands)
            why = "exposure of limit 2 would be 7, the hard level is 5; reduce it"
            return [[("refused", "", why)] for _ in commands]

    entry = OrderEntry(tmp_path)
    entry.begin(Owner(trading_book=1, strategy=3), ["desk", "intraday"])
    result = entry.enter(order())
    entry.look(Limited(), 5)
    assert "exposure of limit 'intraday' would be 7" in str(result.result(0).refused)


def test_without_a_trader_no_order_is_taken(tmp_path: Path) -> None:
    entry = OrderEntry(tmp_path)
    result = entry.enter(order())
    entry.look(Core(), 5)
    with pytest.raises(InputError, match="no strategy of kind trader"):
        result.result(0)


def test_a_resumed_run_knows_what_was_entered_and_what_never_reached_the_journal(
    tmp_path: Path,
) -> None:
    entry, core = begun(tmp_path), Core()
    for key, volume in (("k", "1"), ("large", "21"), ("lost", "2")):
        entry.enter(order(volume, key))
        entry.look(core, 5)
    # A kill cut the last line: what it says was never acted upon.
    path = tmp_path / "order_entry.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + '{"at": 1, "kin', encoding="utf-8")
    again = begun(tmp_path)
    # The journal holds the first two only.
    resumed = Core(FIRST + 2)
    again.resume(resumed, {(FIRST + 1, 5): "volume 21 above 20"})
    assert again.enter(order("1", "k")).result(0) == Entered(FIRST)
    assert again.enter(order("21", "large")).result(0).refused == "volume 21 above 20"
    lost = again.enter(order("2", "lost"))
    assert not lost.done()
    again.look(resumed, 6)
    assert lost.result(0) == Entered(FIRST + 2)
