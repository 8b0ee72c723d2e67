"""A run's journal, read back into a new engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from wattbook._core import replay as replay_journal
from wattbook.errors import InputError, RunError
from wattbook.runtime.figures import Ledger
from wattbook.runtime.folder import RunFolder, names_from_json
from wattbook.store import frames, whole_numbers

__all__ = [
    "Replayed",
    "ledger_of",
    "replay_run",
    "replay_tables",
    "resume_command",
    "run_of",
]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay gave.

    Parameters
    ----------
    expected_hash, state_hash : str
        As the run noted it (empty if it was killed before), and after the replay.
    expected_inputs, inputs : int
        Likewise the number of the last input.
    pnl_units : dict of int to int
        P&L by strategy number, in units of 1 / 3.6e15 of the desk's currency.
    torn_tail : str or None
        What stands after the last whole record, if anything.
    """

    expected_hash: str
    state_hash: str
    expected_inputs: int
    inputs: int
    pnl_units: dict[int, int]
    torn_tail: str | None

    @property
    def is_same(self) -> bool:
        """Whether the replay gave the state that the run noted."""
        return self.state_hash == self.expected_hash and self.inputs == self.expected_inputs


def run_of(path: Path) -> RunFolder:
    """Return the run that `path` is, or whose journal it is.

    Raises
    ------
    RunError
        If it is neither.
    """
    for folder in (RunFolder(path), RunFolder(path.parent)):
        if folder.facts.is_file() and folder.journal.is_dir():
            return folder
    message = f"{path} holds no run (run.json and journal/); give the folder that a run left"
    raise RunError(message)


def resume_command(folder: RunFolder) -> str:
    """Return the command that goes on with a run."""
    mode = folder.load()["asked"].get("mode", "run")
    return f"wattbook {mode} DESK --resume --out {folder.path}"


def currency_of(facts: dict[str, Any]) -> str:
    """Return the currency of the desk that a run's facts name."""
    return str(facts.get("names", {}).get("currency") or facts["asked"]["currency"])


def replay_run(folder: RunFolder) -> Replayed:
    """Replay the journal of a run into a new engine, keeping nothing but the state.

    Raises
    ------
    RunError
        If the folder holds no run.
    JournalError
        If a record is corrupt; the text names file and offset.
    """
    return replayed(folder, keeps=False)[0]


def replay_tables(folder: RunFolder) -> tuple[Replayed, dict[str, pl.DataFrame]]:
    """Replay the journal of a run and return every input and event as the event files hold them.

    Raises
    ------
    RunError
        If the folder holds no run.
    JournalError
        If a record is corrupt; the text names file and offset.
    """
    return replayed(folder, keeps=True)


def ledger_of(folder: RunFolder) -> Ledger:
    """Return the events of a run, replayed from its journal.

    Raises
    ------
    RunError
        If the replay does not give the state that the run noted.
    JournalError
        If a record is corrupt; the text names file and offset.
    """
    found, tables = replay_tables(folder)
    if not found.is_same:
        message = (
            f"{folder.path} does not replay to the state that it noted; `wattbook verify run` it"
        )
        raise RunError(message)
    names = names_from_json(folder.load()["names"])
    return Ledger({name: whole_numbers(table) for name, table in tables.items()}, names)


def replayed(folder: RunFolder, *, keeps: bool) -> tuple[Replayed, dict[str, pl.DataFrame]]:
    """Return what a replay gave, and the tables if they are to be kept."""
    facts = folder.load()
    currency = currency_of(facts)
    try:
        inputs, state_hash, pnl, torn_tail, tables = replay_journal(
            folder.journal, desk_currency=currency, keeps_events=keeps, keeps_market=keeps
        )
    except InputError as fault:
        message = f"{folder.facts} is damaged ({fault}); put back a copy of it"
        raise RunError(message) from fault
    found = Replayed(
        expected_hash=facts.get("state_hash", ""),
        state_hash=state_hash,
        expected_inputs=facts.get("inputs", 0),
        inputs=inputs,
        pnl_units={
            strategy: realised + unrealised - fees for strategy, realised, unrealised, fees in pnl
        },
        torn_tail=torn_tail,
    )
    return found, frames(tables)
