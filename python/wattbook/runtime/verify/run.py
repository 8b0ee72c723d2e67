"""A run verified: its journal against its hash, its figures against its events."""

from pathlib import Path

import polars as pl

from wattbook.errors import JournalError
from wattbook.runtime.figures import Ledger, pnl_by_strategy
from wattbook.runtime.folder import names_from_json
from wattbook.runtime.outcome import figures
from wattbook.runtime.replay import replay_run, replayed_tables, run_of
from wattbook.runtime.verify.result import Checked, Tally
from wattbook.store import read_tables, whole_numbers

__all__ = ["verify_journal", "verify_run"]


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
        replayed = replay_run(folder)
    except JournalError as fault:
        tally.check("records", "every record sound", str(fault))
        return tally.checked("journal", str(path))
    # One for each record: its checksum held and its sequence followed.
    tally.passed += replayed.inputs
    tally.check("torn tail", None, replayed.torn_tail)
    tally.check("last input", replayed.expected_inputs, replayed.inputs)
    tally.check("state hash", replayed.expected_hash, replayed.state_hash)
    return tally.checked("journal", str(path))


def check_events(
    tally: Tally, held: dict[str, pl.DataFrame], replayed: dict[str, pl.DataFrame]
) -> None:
    """Hold the event files against the tables that the journal gives back."""
    for name in sorted({*held, *replayed}):
        one, two = held.get(name), replayed.get(name)
        if one is None or two is None:
            places = ["no file" if table is None else "a file" for table in (two, one)]
            tally.check(f"events/{name}", *places)
            continue
        tally.check(f"events/{name} rows", two.height, one.height)
        if one.height == two.height and not one.equals(two):
            columns = [column for column in two.columns if column in one.columns]
            row = next(at for at in range(two.height) if one.row(at) != two.row(at))
            where = f"events/{name} row {row}"
            for column in columns:
                tally.check(f"{where}.{column}", str(two[column][row]), str(one[column][row]))


def verify_run(path: Path) -> Checked:
    """Return the outcome of computing every figure of a run again.

    The figures come from the event files, and those are held against a replay of the journal, row
    by row; so is the P&L of each strategy against what the engine holds after it.

    Raises
    ------
    RunError
        If `path` holds no run.
    SourceError
        If its event files are missing.
    """
    folder = run_of(path)
    facts = folder.load()
    tables = {name: whole_numbers(table) for name, table in read_tables(folder.events).items()}
    ledger = Ledger(tables, names_from_json(facts["names"]))
    tally = Tally()
    stated = facts["figures"]
    for name, got in figures(ledger).items():
        expected = stated.get(name)
        if isinstance(got, dict):
            for key in sorted({*got, *(expected or {})}):
                tally.check(f"{name}.{key}", (expected or {}).get(key), got.get(key))
        else:
            tally.check(name, expected, got)
    check_events(tally, read_tables(folder.events), replayed_tables(folder))
    replayed = replay_run(folder)
    own = {ledger.names.strategy(number): units for number, units in replayed.pnl_units.items()}
    for line in pnl_by_strategy(ledger):
        tally.check(f"engine's P&L of {line.key}", str(own.get(line.key, 0)), str(line.total))
    return tally.checked("run", str(path))
