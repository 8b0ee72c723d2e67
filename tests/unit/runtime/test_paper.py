"""The edge of a paper run, with a clock that is passed in: lines in, the backtest's inputs out."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from wattbook.errors import DeskError, RunError, SourceError
from wattbook.ingest import RowFault
from wattbook.runtime.desk import Desk, builtin_desk, parse_desk
from wattbook.runtime.figures import Names
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.names import names_of
from wattbook.runtime.paper import (
    Edge,
    PaperPlan,
    PriceLine,
    ReplayFeed,
    StampedLine,
    lines_left,
    paper_simulation,
    parse_line,
    plan_paper,
)
from wattbook.runtime.paper.line import format_line
from wattbook.runtime.paper.pace import Positions, Status, Steps, advance, follow
from wattbook.runtime.paper.venues import Opened, SimulatedHere
from wattbook.runtime.plan import plan
from wattbook.runtime.run import Stop, simulate
from wattbook.runtime.simulate import simulation
from wattbook.store import frames

if TYPE_CHECKING:
    from wattbook.execution import Simulation

MINUTE = 60 * 10**9
HOUR = 60 * MINUTE
NAME = "generated day"
# Ends with the closing call, a minute before the gate.
TO_THE_GATE = """
[[strategy]]
name = "to the gate"
kind = "execute"
market = "generated day"
book = "intraday"
side = "buy"
volume = 3
algorithm = "twap"
contract = 3
after_minutes = 60
minutes = 30
"""


@pytest.fixture(scope="module")
def desk() -> Desk:
    return builtin_desk("generated")


@pytest.fixture(scope="module")
def paper(desk: Desk) -> PaperPlan:
    return plan_paper(desk, None, None, 7, start=None)


def venues_of(paper: PaperPlan, made: Simulation) -> SimulatedHere:
    """Return the simulated venues of a run without a folder."""
    return SimulatedHere(Opened(made, paper, RunFolder(Path("nowhere")), {}))


def opened(paper: PaperPlan) -> Simulation:
    made = paper_simulation(paper, 7)
    made.core.open(journal=None, keeps_market=True, receives_prices=True)
    return made


@dataclasses.dataclass
class OddClock:
    """A clock that goes on by another step each time it is looked at."""

    at: int
    steps: tuple[int, ...]
    looks: int = 0
    speed: float = 1.0

    def now(self) -> int:
        self.looks += 1
        self.at += self.steps[self.looks % len(self.steps)]
        return self.at


class Given(ReplayFeed):
    """A feed that does not wait."""

    def wait(self, seconds: float) -> None:
        pass


def followed(paper: PaperPlan, lines: tuple[tuple[int, str], ...], *steps: int) -> Simulation:
    """Return a run that met `lines` as the clock went on by `steps`."""
    made = opened(paper)
    edge = Edge(paper, made.core, "test")
    clock = OddClock(paper.start, steps)
    names: Names = names_of(paper.plan)
    told = Steps(lambda _at, _chunk: None, lambda _at, _fault: None, lambda _status: None)
    *_, is_complete = follow(
        made,
        edge,
        Given("test", lines, clock),
        clock,
        Positions(names),
        told,
        venues_of(paper, made),
        Stop(),
    )
    assert is_complete
    return made


@pytest.mark.long
def test_a_strategy_file_trades_the_same_on_paper_as_in_a_backtest() -> None:
    file = Path("examples/market_making.toml")
    text = file.read_text(encoding="utf-8")
    assert "half_spread = 0.40\n" in text

    def desk_of(known: str) -> Desk:
        book = f'half_spread = 0.40\nprice_known = "{known}"\n'
        return parse_desk(text.replace("half_spread = 0.40\n", book) + TO_THE_GATE, str(file))

    paper = plan_paper(desk_of("end"), None, None, 7, start=None)
    # Eight hours: contracts open, roll and close, their gates in between.
    last = paper.part.day.start + 8 * HOUR
    on_paper = opened(paper)
    edge = Edge(paper, on_paper.core, "test")
    for number, (at, line) in enumerate(paper.lines, start=1):
        assert edge.line(StampedLine(at, number, line)) is None
    advance(on_paper, last)
    traded = frames(on_paper.drain())
    assert traded["filled"].height > 50

    def backtest(known: str) -> dict[str, pl.DataFrame]:
        made = simulation(plan(desk_of(known), None, 7), 7)
        made.open(keeps_market=True)
        tables, *_ = simulate(made, Stop(), until=last)
        return tables

    tables = backtest("end")
    assert (tables["order_routed"]["strategy"] == 2).any()
    # The marks of a feed are inputs too, so numbers of inputs differ, and what is measured by them.
    marked = ("sequence", "arrival_price")
    for name in ("order_routed", "cancel_routed", "filled", "trade", "quote"):
        rows, expected = (found[name].drop(marked, strict=False) for found in (tables, traded))
        assert_frame_equal(rows, expected)
    # By default those who trade in a backtest know each price as its period starts.
    assert not backtest("start")["trade"].equals(tables["trade"])


@pytest.mark.long
def test_paper_and_a_backtest_of_the_same_arrivals_give_the_same_state(paper: PaperPlan) -> None:
    made = opened(paper)
    edge = Edge(paper, made.core, "test")
    for number, (at, text) in enumerate(paper.lines, start=1):
        assert edge.line(StampedLine(at, number, text)) is None
    # All arrivals are known before the first of them happens: a backtest.
    inputs, events = advance(made, paper.part.day.end + 10 * 10**9)
    tables = frames(made.drain())
    assert tables["filled"].height > 20
    assert tables["offer_routed"].height > 0
    for steps in ((7 * MINUTE + 1,), (3 * 10**9, 11 * MINUTE, 49 * 10**9, 2 * HOUR)):
        live = followed(paper, paper.lines, *steps)
        assert live.state_hash() == made.state_hash()
        assert advance(live, paper.part.day.end + 10 * 10**9) == (inputs, events)


def test_a_feed_that_falls_silent_is_called_stale_after_two_periods(paper: PaperPlan) -> None:
    made = opened(paper)
    edge = Edge(paper, made.core, "test")
    clock = OddClock(paper.start, (2 * MINUTE,))
    told: list[Status] = []
    steps = Steps(lambda _at, _chunk: None, lambda _at, _fault: None, told.append)
    first = paper.lines[:1]
    *_, is_complete = follow(
        made, edge, Given("test", first, clock), clock, Positions(names_of(paper.plan)), steps,
        venues_of(paper, made), Stop(),
    )  # fmt: skip
    # The feed has ended, and with it the run; what it had is followed until then.
    assert not is_complete
    ages = [(status.price_age_ns > 10 * MINUTE, status.is_stale) for status in told]
    assert all(old == stale for old, stale in ages)
    silent = Given("silent", ((paper.part.day.end, "never"),), clock)
    stop = Stop()
    told.clear()

    def status(now: Status) -> None:
        told.append(now)
        stop.asked = len(told) == 8

    steps = dataclasses.replace(steps, on_status=status)
    positions = Positions(names_of(paper.plan))
    follow(made, edge, silent, clock, positions, steps, venues_of(paper, made), stop)
    stale = [now.is_stale for now in told]
    assert stale == sorted(stale)
    assert (stale[0], stale[-1]) == (False, True)


def test_what_comes_later_changes_nothing_before_it(paper: PaperPlan) -> None:
    noon = paper.part.day.start + 12 * HOUR
    other = tuple(
        (at, text if at < noon else format_line(changed(text))) for at, text in paper.lines
    )
    assert other != paper.lines
    runs = []
    for lines in (paper.lines, other):
        made = opened(paper)
        edge = Edge(paper, made.core, "test")
        for number, (at, text) in enumerate(lines, start=1):
            edge.line(StampedLine(at, number, text))
        advance(made, noon - 1)
        before = made.state_hash()
        advance(made, noon + 3 * HOUR)
        runs.append((before, made.state_hash()))
    assert runs[0][0] == runs[1][0]
    assert runs[0][1] != runs[1][1]


def changed(text: str) -> PriceLine:
    line = parse_line(text)
    assert isinstance(line, PriceLine)
    return dataclasses.replace(line, price=line.price + 25.0)


def line(start: int, price: float = 50.0, *, market: str = NAME, day_ahead: bool = False) -> str:
    return format_line(PriceLine(market, start, price, day_ahead))


def test_a_bad_line_is_set_aside_with_its_number_and_reason(paper: PaperPlan) -> None:
    day = paper.part.day
    gate = int(paper.part.periods.gate[0])
    now = day.start + HOUR
    good = line(day.start + 30 * MINUTE)
    told = [
        (good, None),
        ("", RowFault.MALFORMED),
        ("[1, 2]", RowFault.MALFORMED),
        ('{"market": "generated day", "price": 5}', RowFault.MALFORMED),
        (good.replace("}", ', "volume": 3}'), RowFault.MALFORMED),
        (good.replace("50.0", '"50"'), RowFault.NO_PRICE),
        (good.replace("50.0", "NaN"), RowFault.NO_PRICE),
        (good.replace("50.0", "1" + "0" * 400), RowFault.NO_PRICE),
        (good.replace("Z", ""), RowFault.NO_TIME),
        (line(day.start, market="elsewhere"), RowFault.UNKNOWN_MARKET),
        (line(day.start + 35 * MINUTE, 4_000.01), RowFault.OUT_OF_LIMITS),
        (line(day.start + 35 * MINUTE + 10**9), RowFault.OFF_GRID),
        (line(day.start + 30 * MINUTE), RowFault.REPEATED),
        (line(day.start + 30 * MINUTE, 51.0), RowFault.CONTRADICTED),
        (line(day.start + 25 * MINUTE), RowFault.OUT_OF_ORDER),
        (line(now + 5 * MINUTE), RowFault.TOO_EARLY),
        (line(day.end), RowFault.OUTSIDE_THE_DAY),
        (line(day.start - HOUR, day_ahead=True), RowFault.OUTSIDE_THE_DAY),
        (line(day.start + HOUR, day_ahead=True), RowFault.TOO_LATE),
        (line(day.start + 2 * HOUR, day_ahead=True), None),
        (line(day.start + 2 * HOUR, day_ahead=True), RowFault.REPEATED),
        (line(day.start + 35 * MINUTE, -499.0), None),
    ]
    edge = Edge(paper, opened(paper).core, "test")
    early = edge.line(StampedLine(gate, 1, line(day.start + 3 * HOUR, day_ahead=True)))
    assert early is not None
    assert early.fault is RowFault.TOO_EARLY
    for number, (text, expected) in enumerate(told, start=2):
        aside = edge.line(StampedLine(now, number, text))
        found = None if aside is None else (aside.line, aside.fault)
        assert found == (None if expected is None else (number, expected)), text
    report = edge.report()
    assert (report.rows_read, report.rows_kept, report.out_of_order) == (len(told) + 1, 3, 1)
    assert sum(report.faults().values()) == len(told) + 1 - 3


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", errors="replace")))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert isinstance(parse_line(text), PriceLine | RowFault)


@given(
    st.text(max_size=20),
    st.integers(0, 4_000_000_000),
    st.floats(-1e6, 1e6),
    st.booleans(),
)
def test_a_price_survives_its_own_line(
    market: str, seconds: int, price: float, day_ahead: bool
) -> None:
    line = PriceLine(market, seconds * 10**9, price, day_ahead)
    assert parse_line(format_line(line)) == line


def test_lines_that_an_earlier_life_took_are_not_played_again(paper: PaperPlan) -> None:
    first = json.loads(paper.lines[0][1])
    taken = parse_line(paper.lines[0][1])
    assert isinstance(taken, PriceLine)
    left = lines_left(paper.lines, {(taken.delivery_start, False)})
    assert len(left) == len(paper.lines) - 1
    assert all(json.loads(text)["delivery_start"] != first["delivery_start"] for _, text in left)


def test_a_run_that_begins_in_the_day_trades_what_is_left_of_it(desk: Desk) -> None:
    start = plan_paper(desk, None, None, 7, start=None).part.day.start + 10 * HOUR + 59 * MINUTE
    late = plan_paper(desk, None, None, 7, start=start)
    chain = late.part.chain
    assert chain is not None
    # The next hour's contract is in front a minute before its hour; the gate of the day has passed.
    assert len(chain.instruments) == 13
    # It has an opening call of a minute, which begins with the run.
    assert min(chain.opens) == start + MINUTE
    assert late.part.forecasts.published.size == 0
    assert int(late.history.delivery_end[-1]) == start - 4 * MINUTE


def test_what_paper_cannot_trade_is_refused_by_name(desk: Desk, paper: PaperPlan) -> None:
    recorded = builtin_desk("recorded")
    with pytest.raises(DeskError, match="daily futures, which paper does not trade"):
        plan_paper(recorded, "WTI, spring 2020", None, 7, start=None)
    with pytest.raises(DeskError, match="name one with --market: 'Victoria, calm day'"):
        plan_paper(recorded, None, None, 7, start=None)
    with pytest.raises(DeskError, match="there is no market 'nowhere'"):
        plan_paper(desk, "nowhere", None, 7, start=None)
    with pytest.raises(RunError, match="can be traded from 24 h before it"):
        plan_paper(desk, None, None, 7, start=paper.start, date=paper.part.day.date.replace(day=2))
    idle = dataclasses.replace(desk, strategy=())
    with pytest.raises(DeskError, match="no strategy trades"):
        plan_paper(idle, None, None, 7, start=None)


def test_a_history_that_ends_before_the_run_is_refused(recorded_data: Path) -> None:
    recorded = builtin_desk("recorded")
    with pytest.raises(SourceError, match="the history of nem-vic1 ends"):
        plan_paper(recorded, "Victoria, calm day", recorded_data, 7, start=1_900_000_000 * 10**9)
