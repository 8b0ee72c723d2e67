"""A run from plan to report: simulate, print the flow, keep every event."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from types import FrameType

import polars as pl

import wattbook
from wattbook._core import Table
from wattbook.errors import RunError
from wattbook.execution import Simulation
from wattbook.ingest import DataReport
from wattbook.runtime.desk import Desk
from wattbook.runtime.figures import Ledger, Names, Step, pnl_by_strategy, steps
from wattbook.runtime.flow import Flow
from wattbook.runtime.folder import RunFolder, names_to_json
from wattbook.runtime.names import names_of
from wattbook.runtime.outcome import figures
from wattbook.runtime.plan import Plan, plan
from wattbook.runtime.report import RunFacts, report_page
from wattbook.runtime.simulate import simulation
from wattbook.store import whole_numbers, write_tables

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
    """

    now: int
    inputs: int
    events: int
    is_replaying: bool
    seconds: float


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
    """

    folder: RunFolder
    ledger: Ledger
    facts: RunFacts
    flow: tuple[Step, ...]


def drain(made: Simulation) -> dict[str, pl.DataFrame]:
    """Return what happened since the last call, tables by record name; names of choices as text."""
    return frames(made.drain())


def frames(tables: Mapping[str, Table]) -> dict[str, pl.DataFrame]:
    """Return tables of records as frames by file name; names of choices as text."""
    chunk = {}
    for name, table in tables.items():
        frame = pl.DataFrame(table)
        texts = [pl.col(one).cast(pl.String) for one, kind in frame.schema.items() if is_text(kind)]
        chunk[snake(name)] = frame.with_columns(texts)
    return chunk


def is_text(kind: pl.DataType) -> bool:
    """Return whether a column holds names of a choice."""
    return isinstance(kind, pl.Categorical | pl.Enum)


def snake(name: str) -> str:
    """Return a record's name as a file name.

    Examples
    --------
    >>> snake("PositionChanged")
    'position_changed'
    """
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip(
        "_"
    )


def simulate(
    made: Simulation,
    stop: Stop,
    on_chunk: Callable[[Progress, dict[str, pl.DataFrame]], None],
) -> tuple[dict[str, pl.DataFrame], int, int, bool]:
    """Run to the end or until asked to stop; return tables, inputs, events, whether it is done."""
    began = time.monotonic()
    parts: dict[str, list[pl.DataFrame]] = {}
    while True:
        reached = made.run_until(FOREVER, max_inputs=CHUNK)
        chunk = drain(made)
        for name, table in chunk.items():
            parts.setdefault(name, []).append(table)
        seconds = time.monotonic() - began
        on_chunk(
            Progress(reached.now, reached.inputs, reached.events, reached.is_replaying, seconds),
            chunk,
        )
        if reached.is_done or stop.asked:
            break
    tables = {name: pl.concat(frames) for name, frames in sorted(parts.items())}
    return tables, reached.inputs, reached.events, reached.is_done


def quarantine_table(reports: tuple[DataReport, ...]) -> pl.DataFrame:
    """Return every row that was set aside, with its place and reason."""
    rows = [row for report in reports for row in report.quarantine]
    return pl.DataFrame(
        {
            "source": [row.source for row in rows],
            "row": [row.row for row in rows],
            "time": [row.time for row in rows],
            "price": [row.price for row in rows],
            "reason": [row.fault.value for row in rows],
        },
        schema={
            "source": pl.String,
            "row": pl.Int64,
            "time": pl.String,
            "price": pl.Float64,
            "reason": pl.String,
        },
    )


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
    asked = {
        "title": desk.desk.name,
        "currency": desk.desk.currency,
        "seed": seed,
        "data": str(data.resolve()) if data is not None else None,
        "version": wattbook.__version__,
    }
    folder.begin(asked, desk_text, resume=resume)
    planned = plan(desk, data, seed)
    names = names_of(planned)
    on_plan(planned, names)
    made = simulation(planned, seed)
    made.open(journal=folder.journal, keeps_market=True)
    flow_as_it_happens = Flow(names)

    def on_chunk(progress: Progress, chunk: dict[str, pl.DataFrame]) -> None:
        for _, market, step in flow_as_it_happens.see(chunk):
            on_happening(market, step)
        on_progress(progress)

    tables, inputs, events, is_done = simulate(made, stop, on_chunk)
    ledger = Ledger({name: whole_numbers(table) for name, table in tables.items()}, names)
    check_engine(made, ledger)
    flow = steps(ledger)
    for step in flow:
        on_step(step)
    latency = made.latency()
    facts = RunFacts(
        version=wattbook.__version__,
        state_hash=made.state_hash(),
        sequence=inputs,
        events=events,
        seed=seed,
        latency_ns=dict(zip(LATENCY, astuple(latency)[1:], strict=True)) if latency else {},
        reports=planned.reports,
        not_traded=[(entry.market, entry.reason) for entry in planned.not_traded],
        complete=is_done,
    )
    made.close()
    write_tables(folder.events, tables)
    quarantine_table(planned.reports).write_parquet(folder.path / "quarantine.parquet")
    folder.report.write_text(report_page(ledger, facts), encoding="utf-8")
    folder.save(
        {
            "format": 1,
            "asked": asked,
            "state": "complete" if is_done else "stopped",
            "names": names_to_json(names),
            "state_hash": facts.state_hash,
            "inputs": inputs,
            "events": events,
            "figures": figures(ledger),
            "latency_ns": facts.latency_ns,
            "not_traded": [list(entry) for entry in facts.not_traded],
        }
    )
    return RunResult(folder, ledger, facts, flow)
