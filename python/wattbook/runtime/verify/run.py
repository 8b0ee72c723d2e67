"""A run verified: every file of its folder held against a replay of its journal."""

from pathlib import Path
from typing import Any

import polars as pl

from wattbook.errors import JournalError, RunError
from wattbook.runtime.evidence import digests, facts_of
from wattbook.runtime.figures import Ledger, pnl_by_strategy
from wattbook.runtime.figures.closes import closes_text, day_closes
from wattbook.runtime.folder import RunFolder, names_from_json
from wattbook.runtime.outcome import figures
from wattbook.runtime.replay import (
    Replayed,
    replay_run,
    replay_tables,
    resume_command,
    run_of,
)
from wattbook.runtime.report import report_page
from wattbook.runtime.verify.dispatch import check_dispatches
from wattbook.runtime.verify.result import Checked, Tally
from wattbook.store import whole_numbers

__all__ = ["verify_journal", "verify_run"]

ROWS_SHOWN = 3
AROUND = 30


def check_replay(tally: Tally, replayed: Replayed) -> None:
    """Hold the state that a replay gave against the one that the run noted."""
    # One for each record: its checksum held and its sequence followed.
    tally.passed += replayed.inputs
    tally.check("torn tail", None, replayed.torn_tail)
    tally.check("last input", replayed.expected_inputs, replayed.inputs)
    tally.check("state hash", replayed.expected_hash, replayed.state_hash)


def verify_journal(path: Path) -> Checked:
    """Return the outcome of reading every record of a run's journal and replaying it.

    Raises
    ------
    RunError
        If `path` holds no run.
    """
    folder = run_of(path)
    tally = Tally()
    try:
        check_replay(tally, replay_run(folder))
    except JournalError as fault:
        tally.check("records", "every record sound", str(fault))
    return tally.checked("journal", str(path))


def check_table(tally: Tally, path: Path, regenerated: pl.DataFrame) -> None:
    """Hold one event file against the table that the journal gives, row for row.

    A row that agrees counts as passed; of those that do not, the first few are kept value by value.
    """
    place = f"events/{path.name}"
    try:
        held = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as fault:
        tally.check(place, "a Parquet file", str(fault) if path.exists() else "no such file")
        return
    columns = {name: str(kind) for name, kind in regenerated.schema.items()}
    kinds = {name: str(kind) for name, kind in held.schema.items()}
    tally.check(f"{place} columns", str(columns), str(kinds))
    tally.check(f"{place} rows", regenerated.height, held.height)
    if columns != kinds:
        return
    rows = min(regenerated.height, held.height)
    one, two = regenerated.head(rows), held.head(rows)
    is_other = pl.DataFrame([one[name].ne_missing(two[name]) for name in columns]).select(
        pl.any_horizontal(pl.all()).alias("is_other")
    )["is_other"]
    others = is_other.arg_true().to_list()
    tally.passed += rows - len(others)
    for row in others[:ROWS_SHOWN]:
        # A row of plain values: one of a list column is a list.
        for name, expected, got in zip(columns, one.row(row), two.row(row), strict=True):
            if expected != got:
                tally.check(f"{place} row {row} {name}", str(expected), str(got))
    if len(others) > ROWS_SHOWN:
        tally.check(f"{place} other rows", 0, len(others) - ROWS_SHOWN)


def check_events(
    tally: Tally, folder: RunFolder, tables: dict[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Hold every event file against the journal; return the regenerated tables in whole numbers.

    One table after the other is read, compared and let go, so that no more is held at a time than
    the run itself held.
    """
    expected = {f"{name}.parquet" for name in tables}
    there = {path.name for path in folder.events.iterdir()} if folder.events.is_dir() else set()
    for name in sorted(there - expected):
        tally.check(f"events/{name}", "no such file: the journal has no such record", "a file")
    whole = {}
    for name in sorted(tables):
        table = tables.pop(name)
        check_table(tally, folder.events / f"{name}.parquet", table)
        whole[name] = whole_numbers(table)
    return whole


def check_figures(tally: Tally, stated: dict[str, Any], ledger: Ledger) -> None:
    """Hold the figures of ``run.json`` against those of the regenerated tables."""
    found = figures(ledger)
    for name in sorted({*stated, *found}):
        expected, got = found.get(name), stated.get(name)
        if isinstance(expected, dict) and isinstance(got, dict):
            for key in sorted({*expected, *got}):
                tally.check(f"run.json {name}.{key}", expected.get(key), got.get(key))
        else:
            tally.check(f"run.json {name}", str(expected), str(got))


def check_text(tally: Tally, place: str, expected: str, got: str) -> None:
    """Hold two texts against each other; a difference is shown from where it begins."""
    if expected == got:
        tally.passed += 1
        return
    least = min(len(expected), len(got))
    at = next((at for at in range(least) if expected[at] != got[at]), least)
    line = got.count("\n", 0, at) + 1
    start = max(0, at - AROUND)
    tally.check(
        f"{place} line {line}",
        expected[start : at + AROUND],
        got[start : at + AROUND] or "the end of the file",
    )


def check_report(tally: Tally, folder: RunFolder, facts: dict[str, Any], ledger: Ledger) -> None:
    """Hold the report, its figures, its hash and the data of its plots against one drawn anew."""
    if not folder.report.is_file():
        tally.check("report.html", "a file", "no such file")
        return
    try:
        anew = report_page(ledger, facts_of(facts, folder.quarantine))
    except RunError as fault:
        tally.check("report.html", "can be drawn anew", str(fault))
        return
    held = folder.report.read_bytes().decode("utf-8", errors="replace")
    check_text(tally, "report.html", anew, held)


def check_closes(tally: Tally, folder: RunFolder, ledger: Ledger) -> None:
    """Hold the closes of a run against those made again, to the byte."""
    if not folder.closes.is_file():
        tally.check(folder.closes.name, "a file", "no such file")
        return
    held = folder.closes.read_bytes().decode("utf-8", errors="replace")
    check_text(tally, folder.closes.name, closes_text(day_closes(ledger)), held)


def verify_run(path: Path) -> Checked:
    """Return the outcome of making every file of a run again from its journal.

    The journal is replayed. Each event file is held against the regenerated records row for row,
    ``run.json``, the closes and the whole report against what the regenerated records say, the P&L
    of each strategy against the engine's own; ``desk.toml``, ``quarantine.parquet`` and
    ``contributions.jsonl`` against the digests that ``run.json`` keeps; the steps of dispatched
    batteries against the rules of their loop, and their reserves worked out again.

    Raises
    ------
    RunError
        If `path` holds no run, or one that was killed before its figures were noted.
    """
    folder = run_of(path)
    facts = folder.load()
    if facts.get("state") not in ("complete", "stopped"):
        message = (
            f"{path} goes on, or was killed before its figures were noted; "
            f"`{resume_command(folder)}` goes on"
        )
        raise RunError(message)
    for key in ("names", "figures", "state_hash", "inputs", "events", "sha256"):
        if key not in facts:
            message = (
                f"{folder.facts} has no {key!r}; put back a copy of it, or trade the desk again "
                "into another folder"
            )
            raise RunError(message)
    tally = Tally()
    try:
        replayed, tables = replay_tables(folder)
    except JournalError as fault:
        tally.check("journal", "every record sound", str(fault))
        return tally.checked("run", str(path))
    check_replay(tally, replayed)
    stated, found = dict(facts["sha256"]), digests(folder, facts["asked"], facts["names"])
    for name in dict.fromkeys([*found, *stated]):
        tally.check(f"{name} SHA-256", stated.get(name), found.get(name, "missing"))
    is_named = not any(entry.place.startswith("run.json names") for entry in tally.differences)
    whole = check_events(tally, folder, tables)
    if not is_named:
        # Figures of strategies and markets that are not the run's own would mean nothing.
        return tally.checked("run", str(path))
    ledger = Ledger(whole, names_from_json(facts["names"]))
    check_figures(tally, facts["figures"], ledger)
    own = {ledger.names.strategy(number): units for number, units in replayed.pnl_units.items()}
    for line in pnl_by_strategy(ledger):
        tally.check(f"engine's P&L of {line.key}", str(own.get(line.key, 0)), str(line.total))
    check_report(tally, folder, facts, ledger)
    check_closes(tally, folder, ledger)
    check_dispatches(tally, folder, ledger)
    return tally.checked("run", str(path))
