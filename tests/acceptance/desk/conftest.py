"""The generated day, traded once for every test of the desk."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.acceptance.desk.served import ORIGIN

from wattbook.api.app import desk_app
from wattbook.api.desk import Desk
from wattbook.cli import main
from wattbook.runtime import paper
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.book import import_deals, make_book
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.desk.builtin import builtin_text
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.runtime.kill_switch import KillSwitch
from wattbook.runtime.order_entry import OrderEntry
from wattbook.runtime.paper.session import PaperTeller
from wattbook.runtime.run import Stop, run_desk
from wattbook.runtime.watch import Player, Tape

EXAMPLES = Path(__file__).parents[3] / "examples"


def ran(text: str, made: RunFolder) -> RunFolder:
    """Return the folder of a run of a desk file."""
    run_desk(
        parse_desk(text),
        text,
        made,
        data=None,
        seed=7,
        resume=False,
        on_plan=lambda _plan, _names: None,
        on_happening=lambda _market, _step: None,
        on_step=lambda _step: None,
        on_progress=lambda _progress: None,
        stop=Stop(),
    )
    return made


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return ran(builtin_text("generated"), RunFolder(tmp_path_factory.mktemp("desk") / "run"))


WORKED = """
[[strategy]]
name = "even"
kind = "execute"
market = "exchange A"
book = "intraday"
side = "buy"
volume = 20
algorithm = "twap"
contract = 13
"""


@pytest.fixture(scope="session")
def worked_folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Return a run in which one order is routed over two exchanges and one is worked evenly."""
    text = (EXAMPLES / "route.toml").read_text(encoding="utf-8")
    return ran(text + WORKED, RunFolder(tmp_path_factory.mktemp("worked") / "run"))


@pytest.fixture(scope="session")
def tape(folder: RunFolder) -> Tape:
    return Tape.load(folder)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "desk.sqlite"


@pytest.fixture
def client(tape: Tape, store: Path) -> Iterator[TestClient]:
    """Return a trader's client of the desk at noon, paused, without a server."""
    noon = tape.delivery_start + 12 * 3_600 * 10**9
    player = Player(tape.first, tape.end, at=noon, speed=60.0, wall=time.monotonic)
    alerts = Alerts(load_rules(), store.with_name("alerts.sqlite"))
    with TestClient(desk_app(Desk(tape, player, alerts), store, ORIGIN), base_url=ORIGIN) as made:
        made.post("/v1/session", json={"role": "trader"})
        yield made


ISLAND = str(EXAMPLES / "own_source.py")
READINGS = """\
meter,start,kwh
north,2025-03-30T00:00Z,1.5
north,2025-03-30T00:30Z,5000
north,2025-03-30T01:00Z,what
"""
RULES = """
version = "of the test"

[[dataset]]
name = "metered_energy"
unit = "MWh"

[[rule]]
name = "more than the line carries"
kind = "range"
action = "quarantine"
datasets = ["metered_energy"]
max = 1.0
origin = "a test"
"""


@pytest.fixture(scope="session")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a book of deals, two days of a curve, a store with a refused row and a torn line.

    Whoever changes them copies the folder first.
    """
    root = tmp_path_factory.mktemp("shelves")
    book, reference = make_book(root / "book", EXAMPLES / "book" / "reference.toml", person="ana")
    import_deals(book, reference, EXAMPLES / "book" / "deals.csv", person="ana")
    for day in ("2027-01-04", "2027-01-05"):
        quotes = str(EXAMPLES / "book" / f"quotes_{day}.csv")
        span = ["--from", "2027-01-01", "--until", "2027-12-31", "--step", "hour"]
        kept = ["--zone", "DE-LU", "--as-of", day, "--keep", str(root / "curves")]
        assert main(["curve", quotes, *span, *kept]) == 0
    # A limit of the example is passed, which the close tells.
    closed = ["close", str(root / "book"), "2027-01-04", "--curves", str(root / "curves")]
    assert main(closed) in {0, 1}
    (root / "readings.csv").write_text(READINGS)
    (root / "rules.toml").write_text(RULES)
    with Pipeline(root / "ingest", [ISLAND]) as pipeline:
        pipeline.rules.adopt(root / "rules.toml")
        assert pipeline.take_file(root / "readings.csv").quarantined == 2
    return root


TRADER = """
[[strategy]]
name = "trader"
kind = "trader"
market = "generated day"
book = "intraday"

[[limit]]
name = "volume of the desk"
measure = "volume"
soft = 900
hard = 1_000
"""


@pytest.fixture
def paper_folder(tmp_path: Path) -> RunFolder:
    """Return a paper run of the generated day with a trader, stopped when its first book trades."""
    text = builtin_text("generated").partition("# --- Four coupled zones")[0] + TRADER
    made, stop = RunFolder(tmp_path / "paper"), Stop()
    trades_at = int(dt.datetime(2026, 6, 30, 0, 5, tzinfo=dt.UTC).timestamp()) * 10**9

    def on_status(status: paper.Status) -> None:
        stop.asked = status.now >= trades_at

    def open_feed(
        planned: paper.PaperPlan, goes_on: int, has: set[tuple[int, bool]]
    ) -> tuple[paper.Clock, paper.Feed]:
        clock = paper.ScaledClock(goes_on, 10_000.0)
        return clock, paper.ReplayFeed("test", paper.lines_left(planned.lines, has), clock)

    request = paper.PaperRequest(
        desk=parse_desk(text), desk_text=text, market="generated day", data=None, seed=7,
        start=None, date=None, resume=False,
    )  # fmt: skip
    teller = PaperTeller(
        on_plan=lambda _plan, _names: None,
        on_resume=lambda _inputs, _at: None,
        on_happening=lambda _market, _step: None,
        on_fault=lambda _fault: None,
        on_status=on_status,
        on_step=lambda _step: None,
    )
    venues = paper.SimulatedVenues(OrderEntry(made.path), KillSwitch(made.path))
    paper.paper_desk(request, made, open_feed, teller, venues, stop)
    return made
