"""A run verified: its journal against its hash, its figures against its events."""

from pathlib import Path

from wattbook.errors import JournalError
from wattbook.runtime.figures import Ledger, pnl_by_strategy
from wattbook.runtime.folder import names_from_json
from wattbook.runtime.outcome import figures
from wattbook.runtime.replay import replay_run, run_of
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


def verify_run(path: Path) -> Checked:
    """Return the outcome of computing every figure of a run again.

    The figures come from the event files; the P&L of each strategy is also held against what the
    engine holds after a replay of the journal.

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
    replayed = replay_run(folder)
    own = {ledger.names.strategy(number): units for number, units in replayed.pnl_units.items()}
    for line in pnl_by_strategy(ledger):
        tally.check(f"engine's P&L of {line.key}", str(own.get(line.key, 0)), str(line.total))
    return tally.checked("run", str(path))
