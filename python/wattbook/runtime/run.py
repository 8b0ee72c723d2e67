"""A run from plan to report: simulate, print the flow, keep every event."""

import json
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl

import wattbook
from wattbook.errors import RunError
from wattbook.execution import Simulation
from wattbook.forecast.facts import ModelFacts
from wattbook.runtime.contributions import append_contributions, contribution_lines
from wattbook.runtime.coupled.clearing import CoupledAuctions
from wattbook.runtime.desk import Desk
from wattbook.runtime.dispatch.keep import closing_all, keep_dispatches
from wattbook.runtime.dispatch.trader import DispatchedBattery
from wattbook.runtime.evidence import digests, quarantine_table, reports_to_json
from wattbook.runtime.figures import Ledger, Names, Step, pnl_by_strategy, steps
from wattbook.runtime.figures.closes import DayClose, closes_text, day_closes
from wattbook.runtime.flow import Flow
from wattbook.runtime.folder import RunFolder, names_to_json
from wattbook.runtime.jobs import job
from wattbook.runtime.models import (
    signal_table,
    versions_asked,
    with_versions,
)
from wattbook.runtime.names import names_of
from wattbook.runtime.outcome import figures
from wattbook.runtime.plan import Plan, plan
from wattbook.runtime.report import RunFacts, report_page
from wattbook.runtime.report.auction_periods import keep_auction_periods
from wattbook.runtime.report.coupled import auction_fragment
from wattbook.runtime.report.dispatch import dispatch_fragment
from wattbook.runtime.report.portfolio import asset_fragments
from wattbook.runtime.risk.limits import RiskNow, breach_sentences, limit_peaks, risk_now
from wattbook.runtime.simulate import simulation
from wattbook.store import frames, whole_numbers, write_tables

__all__ = ["Progress", "RunResult", "Stop", "run_desk", "stop_on_interrupt"]

CHUNK = 10_000
LATENCY = ("50 %", "90 %", "99 %", "99.9 %", "most")
FOREVER = 2**63 - 1


@dataclass(slots=True)
class Stop:
    """Whether the run was asked to stop after the inputs in hand."""

    asked: bool = False


@contextmanager
def stop_on_interrupt() -> Iterator[Stop]:
    """Turn the first Ctrl-C into a clean stop; a second one interrupts at once."""
    stop = Stop()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    now : int
        Simulated time, ns UTC.
    inputs, events : int
        So far.
    is_replaying : bool
        Whether a resumed run still repeats what was journaled.
    seconds : float
        Time taken so far.
    risk : RiskNow or None
        What may be lost now, and how much of the limits is used.
    breaches : tuple of str
        Limits that were passed since the last time, a sentence each.
    """

    now: int
    inputs: int
    events: int
    is_replaying: bool
    seconds: float
    risk: RiskNow | None = None
    breaches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of a run.

    Parameters
    ----------
    folder : RunFolder
        Where it stands.
    ledger : Ledger
        Its events.
    facts : RunFacts
        What it knows besides.
    flow : tuple of Step
        The eight steps.
    closes : tuple of DayClose
        The closes of its days.
    """

    folder: RunFolder
    ledger: Ledger
    facts: RunFacts
    flow: tuple[Step, ...]
    closes: tuple[DayClose, ...]


def keep_run(
    folder: RunFolder,
    asked: dict[str, Any],
    tables: dict[str, pl.DataFrame],
    ledger: Ledger,
    facts: RunFacts,
    models: Iterable[ModelFacts],
) -> tuple[DayClose, ...]:
    """Write events, signals with their models, rows set aside, report, closes and ``run.json``.

    Returns
    -------
    tuple of DayClose
        The closes of its days.
    """
    write_tables(folder.events, tables)
    signal_table(tables, models).write_parquet(folder.signals)
    quarantine_table(facts.reports).write_parquet(folder.quarantine)
    if facts.auctions:
        text = json.dumps([list(entry) for entry in facts.auctions], ensure_ascii=False)
        folder.auctions.write_text(text, encoding="utf-8")
    folder.report.write_text(report_page(ledger, facts), encoding="utf-8")
    closes = day_closes(ledger)
    folder.closes.write_text(closes_text(closes), encoding="utf-8")
    names = names_to_json(ledger.names)
    folder.save(
        {
            "format": 1,
            "asked": asked,
            "state": "complete" if facts.complete else "stopped",
            "names": names,
            "state_hash": facts.state_hash,
            "inputs": facts.sequence,
            "events": facts.events,
            "figures": figures(ledger),
            "latency_ns": facts.latency_ns,
            "limits": [astuple(limit) for limit in facts.limits],
            "not_traded": [list(entry) for entry in facts.not_traded],
            "data": reports_to_json(facts.reports),
            "sha256": digests(folder, asked, names),
        }
    )
    return closes


def simulate(
    made: Simulation,
    stop: Stop,
    on_chunk: Callable[[Progress, dict[str, pl.DataFrame]], None] | None = None,
    *,
    until: int = FOREVER,
) -> tuple[dict[str, pl.DataFrame], int, int, bool]:
    """Run until `until` (ns UTC) or asked to stop; return tables, inputs, events, whether done.

    The tables hold what happened since the last call, inputs and events are counted from the start.
    """
    began = time.monotonic()
    parts: dict[str, list[pl.DataFrame]] = {}
    while True:
        reached = made.run_until(until, max_inputs=CHUNK)
        chunk = frames(made.drain())
        for name, table in chunk.items():
            parts.setdefault(name, []).append(table)
        if on_chunk is not None:
            seconds = time.monotonic() - began
            on_chunk(
                Progress(
                    reached.now, reached.inputs, reached.events, reached.is_replaying, seconds
                ),
                chunk,
            )
        if reached.is_done or stop.asked:
            break
    tables = {name: pl.concat(frames) for name, frames in sorted(parts.items())}
    return tables, reached.inputs, reached.events, reached.is_done


def check_engine(made: Simulation, ledger: Ledger) -> None:
    """Hold the P&L computed from events against the engine's own.

    Raises
    ------
    RunError
        If they differ: a figure of the report would be wrong.
    """
    own = {
        ledger.names.strategy(number): realised + unrealised - fees
        for number, realised, unrealised, fees in made.pnl_by_strategy()
    }
    for entry in pnl_by_strategy(ledger):
        if own.get(entry.key, 0) != entry.total:
            message = (
                f"P&L of {entry.key!r} from the events is {entry.total} units, the engine holds "
                f"{own.get(entry.key, 0)}; keep the run's folder and report this"
            )
            raise RunError(message)


def run_desk(
    desk: Desk,
    desk_text: str,
    folder: RunFolder,
    *,
    data: Path | None,
    seed: int,
    resume: bool,
    on_plan: Callable[[Plan, Names], None],
    on_happening: Callable[[str, Step], None],
    on_step: Callable[[Step], None],
    on_progress: Callable[[Progress], None],
    stop: Stop,
) -> RunResult:
    """Trade a desk and leave its journal, events, figures and report in `folder`.

    Parameters
    ----------
    desk : Desk
        What to trade.
    desk_text : str
        Its file, kept beside the run.
    folder : RunFolder
        Where to.
    data : Path or None
        The folder of recorded data.
    seed : int
        Of everything random.
    resume : bool
        Whether to go on with the journal in `folder`.
    on_plan, on_happening, on_step, on_progress : callable
        Told of what will be traded, of each step of the flow when it first happens in a market, of
        what each step did in the whole run, and of how far the run is.
    stop : Stop
        Asks the run to end early.

    Returns
    -------
    RunResult
        What came of it; `RunResult.facts` says whether it is complete.

    Raises
    ------
    WattbookError
        If the run cannot be started or resumed, or its journal cannot be written.
    """
    asked: dict[str, Any] = {
        "title": desk.desk.name,
        "currency": desk.desk.currency,
        "seed": seed,
        "data": str(data.resolve()) if data is not None else None,
        "version": wattbook.__version__,
    }
    desk = with_versions(desk, folder.load()["asked"] if resume else None)
    asked |= versions_asked(desk)
    folder.check(asked, desk_text, resume=resume)
    planned = plan(desk, data, seed)
    names = names_of(planned)
    cleared: dict[str, CoupledAuctions] = {}
    dispatched: list[DispatchedBattery] = []
    made = simulation(planned, seed, cleared, dispatched)
    # Only what can be traded leaves a folder behind, and what is told of can be resumed.
    if not resume:
        folder.begin(asked, desk_text)
        for part in planned.power:
            for forecast in (part.day_ahead, part.intraday):
                append_contributions(folder.path, contribution_lines(part.spec.name, forecast))
    on_plan(planned, names)
    made.open(journal=folder.journal, keeps_market=True)
    flow_as_it_happens = Flow(names)

    def on_chunk(progress: Progress, chunk: dict[str, pl.DataFrame]) -> None:
        for _, market, step in flow_as_it_happens.see(chunk):
            on_happening(market, step)
        work.advance(note=f"{progress.inputs:,} inputs")
        risk = risk_now(made, desk)
        on_progress(replace(progress, risk=risk, breaches=breach_sentences(desk, chunk)))

    with job(folder.path, "run", desk.desk.name) as work, closing_all(dispatched):
        tables, inputs, events, is_done = simulate(made, stop, on_chunk)
    ledger = Ledger({name: whole_numbers(table) for name, table in tables.items()}, names)
    check_engine(made, ledger)
    flow = steps(ledger)
    for step in flow:
        on_step(step)
    latency = made.latency()
    currencies = {market.name: market.currency for market in names.markets}
    facts = RunFacts(
        version=wattbook.__version__,
        state_hash=made.state_hash(),
        sequence=inputs,
        events=events,
        seed=seed,
        latency_ns=dict(zip(LATENCY, astuple(latency)[1:], strict=True)) if latency else {},
        reports=planned.reports,
        not_traded=[(entry.market, entry.reason) for entry in planned.not_traded],
        limits=limit_peaks(made, desk),
        complete=is_done,
        auctions=[
            (market, auction.name, auction_fragment(auction, currencies[market]))
            for market, auctions in cleared.items()
            for auction in auctions.cleared
        ],
        dispatches=[
            (one.record.market, one.record.strategy, dispatch_fragment(one.record, ledger))
            for one in dispatched
        ]
        + list(asset_fragments(planned, ledger)),
    )
    made.close()
    keep_dispatches(folder, [one.record for one in dispatched], facts.dispatches)
    keep_auction_periods(
        folder.auction_periods,
        {market: auctions.cleared for market, auctions in cleared.items()},
        currencies,
    )
    models = [each for part in planned.power for each in part.forecasts.models]
    closes = keep_run(folder, asked, tables, ledger, facts, models)
    return RunResult(folder, ledger, facts, flow, closes)
