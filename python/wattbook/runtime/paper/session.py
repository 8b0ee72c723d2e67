"""A paper run from its folder to its report: begin or resume, follow, tell what came of it."""

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

import wattbook
from wattbook._core import replay
from wattbook.errors import RunError
from wattbook.execution import Simulation
from wattbook.ingest import RowFault
from wattbook.runtime.contributions import append_contributions, contribution_lines
from wattbook.runtime.desk import Desk
from wattbook.runtime.figures import Ledger, Names, Step, steps
from wattbook.runtime.flow import Flow
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.jobs import job
from wattbook.runtime.models import versions_asked, with_versions
from wattbook.runtime.names import names_of
from wattbook.runtime.paper.clock import Clock
from wattbook.runtime.paper.edge import Edge
from wattbook.runtime.paper.feed import Feed
from wattbook.runtime.paper.line import LineFault
from wattbook.runtime.paper.model_watch import ModelWatch
from wattbook.runtime.paper.pace import Positions, Status, Steps, follow
from wattbook.runtime.paper.plan import PaperPlan, one_market, plan_paper
from wattbook.runtime.paper.venues import Opened, Venues
from wattbook.runtime.plan import Plan
from wattbook.runtime.refusals import refusal_words
from wattbook.runtime.report import RunFacts
from wattbook.runtime.run import (
    FOREVER,
    LATENCY,
    RunResult,
    Stop,
    check_engine,
    keep_run,
)
from wattbook.store import frames, whole_numbers

__all__ = ["OpenFeed", "PaperRequest", "PaperTeller", "Status", "paper_desk"]

HOUR_NS = 3_600_000_000_000
QUARANTINE = "feed_quarantine.jsonl"
OpenFeed = Callable[[PaperPlan, int, set[tuple[int, bool]]], tuple[Clock, Feed]]
"""Makes the clock and the feed from the plan, the instant at which the run goes on, and the
delivery periods (with whether day-ahead) whose price an earlier life of the run has."""


@dataclass(frozen=True, slots=True)
class PaperRequest:
    """What a paper run is asked to do.

    Parameters
    ----------
    desk : Desk
        What to trade.
    desk_text : str
        Its file, kept beside the run.
    market : str or None
        Which market of the desk.
    data : Path or None
        The folder of recorded data, for the history.
    seed : int
        Of everything random in the simulated venues.
    start : int or None
        When the run begins, ns UTC; None plays the desk's day again.
    date : datetime.date or None
        Which trading day; the one that holds `start` if None.
    resume : bool
        Whether to go on with the journal in the folder; it then begins when the first life began.
    """

    desk: Desk
    desk_text: str
    market: str | None
    data: Path | None
    seed: int
    start: int | None
    date: dt.date | None
    resume: bool


@dataclass(frozen=True, slots=True)
class PaperTeller:
    """Who is told of what while a paper run goes on.

    Parameters
    ----------
    on_plan : callable
        What will be traded.
    on_resume : callable
        How many inputs the journal held, and the instant of the last one (ns UTC).
    on_happening : callable
        Market and step of the flow, when it first happens in an hour.
    on_fault : callable
        A line that was set aside.
    on_status : callable
        Where the run stands.
    on_step : callable
        What each step did in the whole run.
    on_chunk : callable
        Every record since the last one, tables by name.
    on_model : callable
        Refits, contest and drift of the model, each hour.
    """

    on_plan: Callable[[Plan, Names], None]
    on_resume: Callable[[int, int], None]
    on_happening: Callable[[str, Step], None]
    on_fault: Callable[[LineFault], None]
    on_status: Callable[[Status], None]
    on_step: Callable[[Step], None]
    on_chunk: Callable[[Mapping[str, pl.DataFrame]], None] = lambda _: None
    on_model: Callable[[dict[str, Any]], None] = lambda _: None


def begin(
    request: PaperRequest, folder: RunFolder, venues: Venues
) -> tuple[dict[str, object], PaperPlan]:
    """Make or check the folder; return what it was asked and the plan.

    Raises
    ------
    WattbookError
        If the folder holds another run, or the plan cannot be made.
    """
    start, date = request.start, request.date
    held: dict[str, Any] = {}
    if request.resume:
        held = folder.load()["asked"]
        mode = held.get("mode", "run")
        if mode != venues.mode:
            message = (
                f"{folder.path} holds no {venues.mode} run; resume it with "
                f"`wattbook {mode} --resume`"
            )
            raise RunError(message)
        if (held["start"] is None) is not (start is None):
            kind = "a day played again" if held["start"] is None else "a live run"
            message = f"{folder.path} holds {kind}; resume it with the same kind of feed"
            raise RunError(message)
        start = held["start"]
        date = dt.date.fromisoformat(held["date"]) if held["date"] else None
    desk = with_versions(request.desk, held or None)
    asked: dict[str, object] = {
        "mode": venues.mode,
        "title": request.desk.desk.name,
        "currency": request.desk.desk.currency,
        "market": one_market(request.desk, request.market).name,
        "seed": request.seed,
        "data": str(request.data.resolve()) if request.data is not None else None,
        "start": start,
        "date": date.isoformat() if date else None,
        "version": wattbook.__version__,
        **venues.asked(held),
        **versions_asked(desk),
    }
    folder.check(asked, request.desk_text, resume=request.resume)
    planned = plan_paper(
        desk,
        request.market,
        request.data,
        request.seed,
        start=start,
        date=date,
        without=venues.without,
    )
    if not request.resume:
        folder.begin(asked, request.desk_text)
    return asked, planned


def meet(made: Simulation, edge: Edge, known: int) -> int:
    """Repeat what the journal holds, input by input; return the instant of the last one (ns UTC).

    Raises
    ------
    RunError
        If the run does not repeat its journal.
    """
    edge.remember(made.core.remembered_prices())
    progress = made.run_until(FOREVER, max_inputs=known)
    if progress.inputs != known:
        message = (
            f"the journal holds {known} inputs, {progress.inputs} were met; resume with the desk, "
            "data and version that wrote it"
        )
        raise RunError(message)
    return progress.now


def refusals_of(
    past: Mapping[str, pl.DataFrame], limits: Sequence[str]
) -> dict[tuple[int, int], str]:
    """Return why the engine refused commands, by order and instant (ns UTC)."""
    if "refused" not in past:
        return {}
    rows = whole_numbers(past["refused"]).select("order_id", "ts_recv", "refusal").rows()
    return {(int(number), int(at)): refusal_words(refusal, limits) for number, at, refusal in rows}


def latency_of(made: Simulation) -> dict[str, int]:
    """Return the time within which the engine took its inputs, by share, ns."""
    latency = made.latency()
    return dict(zip(LATENCY, astuple(latency)[1:], strict=True)) if latency else {}


def finish(
    made: Simulation,
    edge: Edge,
    asked: dict[str, object],
    paper: PaperPlan,
    names: Names,
    folder: RunFolder,
    counts: tuple[int, int, bool],
    on_step: Callable[[Step], None],
) -> RunResult:
    """Read the journal back, and write events, figures and report from it.

    Raises
    ------
    RunError
        If the journal does not give the state that the run has.
    """
    inputs, events, is_done = counts
    latency_ns, state_hash = latency_of(made), made.state_hash()
    currency = paper.plan.desk.desk.currency
    _, replayed, _, _, read = replay(
        folder.journal, desk_currency=currency, keeps_events=True, keeps_market=True
    )
    if replayed != state_hash:
        message = (
            f"{folder.journal} replays to state {replayed}, the run holds {state_hash}; keep the "
            "folder and report this"
        )
        raise RunError(message)
    tables = frames(read)
    ledger = Ledger({name: whole_numbers(table) for name, table in tables.items()}, names)
    check_engine(made, ledger)
    made.close()
    flow = steps(ledger)
    for step in flow:
        on_step(step)
    reports = (*paper.plan.reports, edge.report())
    facts = RunFacts(
        version=wattbook.__version__,
        state_hash=state_hash,
        sequence=inputs,
        events=events,
        seed=int(str(asked["seed"])),
        latency_ns=latency_ns,
        reports=reports,
        not_traded=[(entry.market, entry.reason) for entry in paper.plan.not_traded],
        complete=is_done,
    )
    closes = keep_run(folder, asked, tables, ledger, facts, edge.models)
    return RunResult(folder, ledger, facts, flow, closes)


def faults_of(folder: RunFolder) -> list[LineFault]:
    """Return the lines that earlier lives of a run set aside; a line cut by a kill is left out."""
    path = folder.path / QUARANTINE
    if not path.is_file():
        return []
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    entries = [json.loads(line) for line in whole.splitlines()]
    return [LineFault(one["line"], RowFault(one["reason"]), one["text"]) for one in entries]


def tellers(folder: RunFolder, names: Names, teller: PaperTeller) -> Steps:
    """Return what the pacing loop calls: each hour's flow, and a file of lines set aside."""
    flow, hour = Flow(names), 0

    def on_chunk(now: int, chunk: dict[str, pl.DataFrame]) -> None:
        nonlocal hour
        if now // HOUR_NS != hour:
            hour = now // HOUR_NS
            flow.seen.clear()
        for _, market, step in flow.see(chunk):
            teller.on_happening(market, step)
        teller.on_chunk(chunk)

    def on_fault(at: int, fault: LineFault) -> None:
        entry = {"at": at, "line": fault.line, "reason": fault.fault.value, "text": fault.text}
        with (folder.path / QUARANTINE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        teller.on_fault(fault)

    return Steps(on_chunk, on_fault, teller.on_status)


def paper_desk(
    request: PaperRequest,
    folder: RunFolder,
    open_feed: OpenFeed,
    teller: PaperTeller,
    venues: Venues,
    stop: Stop,
) -> RunResult:
    """Trade a market as time passes; leave journal, events, figures and report.

    Parameters
    ----------
    request : PaperRequest
        What to do.
    folder : RunFolder
        Where to.
    open_feed : callable
        Makes clock and feed.
    teller : PaperTeller
        Told of what happens.
    venues : Venues
        Where the orders go.
    stop : Stop
        Asks the run to end.

    Raises
    ------
    WattbookError
        If the run cannot be started or resumed, its journal cannot be written, or its venue cannot
        be reached when it begins.
    """
    asked, paper = begin(request, folder, venues)
    names = names_of(paper.plan)
    teller.on_plan(paper.plan, names)
    made = venues.simulation(paper, request.seed)
    known = made.core.open(
        journal=folder.journal,
        keeps_market=True,
        receives_prices=True,
        trades_outside=venues.are_outside,
    )
    positions = Positions(names)
    steps_of_loop = tellers(folder, names, teller)
    edge = Edge(paper, made.core, "the feed")
    spec = one_market(request.desk, request.market).forecast
    edge.around_refit = lambda name: job(folder.path, "refit", name)
    market = paper.part.spec.name
    edge.on_forecast = lambda made: append_contributions(
        folder.path, contribution_lines(market, made)
    )
    if not known:
        edge.on_forecast(paper.part.day_ahead)
    watch = ModelWatch(edge, spec, folder, teller.on_model)

    def on_status(status: Status) -> None:
        watch.look(status)
        teller.on_status(replace(status, latency_ns=latency_of(made)))

    steps_of_loop = replace(steps_of_loop, on_status=on_status)
    goes_on = paper.start
    refused: dict[tuple[int, int], str] = {}
    if known:
        edge.recall(faults_of(folder))
        goes_on = meet(made, edge, known)
        past = frames(made.drain())
        positions.see(past)
        refused = refusals_of(past, names.limits)
        teller.on_chunk(past)
        teller.on_resume(known, goes_on)
    has = {(start, True) for start in edge.day_ahead} | {(start, False) for start in edge.received}
    clock, feed = open_feed(paper, goes_on, has)
    edge.source = feed.name
    outside = venues.open(
        Opened(made, paper, folder, asked, refused), clock, stop, resumes=bool(known)
    )
    try:
        if known:
            now = clock.now()
            outside.resume(now)
            edge.complete(now)
        counts = follow(made, edge, feed, clock, positions, steps_of_loop, outside, stop)
        inputs, events = outside.close(clock) or counts[:2]
    finally:
        outside.stop()
    watch.close(clock.now())
    is_done = counts[2]
    return finish(
        made, edge, asked, paper, names, folder, (inputs, events, is_done), teller.on_step
    )
