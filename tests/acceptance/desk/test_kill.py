"""The kill switch of a paper run stops, takes orders back, and holds over a resumption."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest

from wattbook.runtime import paper
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.kill_switch import KillSwitch, StopAct, StopAsked, StopScope, in_force
from wattbook.runtime.order_entry import Command, Entered, OrderEntry
from wattbook.runtime.paper.session import PaperTeller
from wattbook.runtime.run import Stop
from wattbook.runtime.watch import Picture, Tape

MINUTE = 60 * 10**9


class Person:
    """Enters an order, stops everything once it rests, and enters one more."""

    def __init__(self, folder: Path) -> None:
        self.entry, self.kill, self.stop = OrderEntry(folder), KillSwitch(folder), Stop()
        self.waits = 0
        self.first: Future[Entered] | None = None
        self.stopped: Future[StopAct] | None = None
        self.second: Future[Entered] | None = None

    def order(self, instrument: int, key: str) -> Future[Entered]:
        return self.entry.enter(
            Command(
                kind="submit", by="ada", instrument=instrument, side="buy", price="-200",
                volume="1", key=key,
            )
        )  # fmt: skip

    def act(self, status: paper.Status, instrument: int) -> None:
        if self.first is None:
            self.first, self.waits = self.order(instrument, "first"), status.now + MINUTE
        elif self.stopped is None and self.first.done() and status.now > self.waits:
            self.stopped = self.kill.enter(StopAsked(by="ben", scope=StopScope(), allowed=False))
        elif self.second is None and self.stopped is not None and self.stopped.done():
            self.second, self.waits = self.order(instrument, "second"), status.now + MINUTE
        elif self.second is not None and self.second.done() and status.now > self.waits:
            self.stop.asked = True


def go_on(folder: RunFolder, person: Person, instrument: int) -> Tape:
    text = (folder.path / "desk.toml").read_text(encoding="utf-8")
    request = paper.PaperRequest(
        desk=parse_desk(text), desk_text=text, market="generated day", data=None, seed=7,
        start=None, date=None, resume=True,
    )  # fmt: skip

    def open_feed(
        planned: paper.PaperPlan, goes_on: int, has: set[tuple[int, bool]]
    ) -> tuple[paper.Clock, paper.Feed]:
        clock = paper.ScaledClock(goes_on, 600.0)
        return clock, paper.ReplayFeed("test", paper.lines_left(planned.lines, has), clock)

    teller = PaperTeller(
        on_plan=lambda _plan, _names: None,
        on_resume=lambda _inputs, _at: None,
        on_happening=lambda _market, _step: None,
        on_fault=lambda _fault: None,
        on_status=lambda status: person.act(status, instrument),
        on_step=lambda _step: None,
    )
    venues = paper.SimulatedVenues(person.entry, person.kill)
    paper.paper_desk(request, folder, open_feed, teller, venues, person.stop)
    return Tape.load(folder)


def test_a_stop_takes_orders_back_and_holds_over_a_resumption(paper_folder: RunFolder) -> None:
    before = Tape.load(paper_folder)
    # The last gate is far enough away for a machine that is busy.
    instrument = max(before.tables["quote"]["instrument"].to_list())
    person = Person(paper_folder.path)
    tape = go_on(paper_folder, person, instrument)
    assert person.first is not None
    assert person.stopped is not None
    assert person.second is not None
    act = person.stopped.result(0)
    assert person.first.result(0).order_id in act.orders
    picture = Picture(tape)
    picture.advance(tape.end)
    assert {picture.orders[number]["state"] for number in act.orders} == {"cancelled"}
    # An order after the stop is refused, who asks is told so, and it never was one.
    second = person.second.result(0)
    assert second.refused is not None
    assert "stop" in second.refused
    assert second.order_id not in picture.orders
    assert any("stop" in row["text"] for row in picture.refusals.values())
    # The journal holds the stop; who asked stands beside it, so both hold after a resumption.
    again = Person(paper_folder.path)
    assert [(one.by, one.allowed) for one in in_force(again.kill.acts)] == [("ben", False)]
    again.stop.asked = True
    go_on(paper_folder, again, instrument)
    # So do the answers, each to its own key.
    assert again.order(instrument, "first").result(0) == person.first.result(0)
    assert again.order(instrument, "second").result(0) == second


@pytest.mark.parametrize(
    ("acts", "left"),
    [
        ([({}, False)], 1),
        ([({}, False), ({"venue": 1}, True)], 2),
        ([({"venue": 1}, False), ({}, True)], 0),
        ([({"venue": 1, "strategy": 2}, False), ({"venue": 1}, False)], 1),
        ([({"venue": 1}, False), ({"venue": 2}, True)], 2),
    ],
)
def test_what_is_in_force_is_what_the_gate_keeps(
    acts: list[tuple[dict[str, int], bool]], left: int
) -> None:
    made = [
        StopAct(at=at, by="ada", scope=StopScope(**scope), allowed=allowed)
        for at, (scope, allowed) in enumerate(acts)
    ]
    assert len(in_force(made)) == left
