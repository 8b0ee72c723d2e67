"""Runs of the command line, and what they left in their folders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl

from wattbook.runtime.figures import Ledger
from wattbook.runtime.folder import names_from_json
from wattbook.store import whole_numbers

__all__ = ["COMMAND", "EXAMPLES", "facts", "ledger_of", "traded_in", "wattbook"]

COMMAND = [sys.executable, "-m", "wattbook"]
EXAMPLES = Path(__file__).parents[2] / "examples"


def wattbook(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Return what a command said, however it ended."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def traded_in(folder: Path, desk: Path) -> Path:
    """Return the folder of a run of a desk, which must succeed."""
    done = wattbook("run", desk, "--out", folder / "run", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "run"


def facts(folder: Path) -> dict[str, Any]:
    """Return ``run.json`` of a run."""
    document: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return document


def ledger_of(folder: Path) -> Ledger:
    """Return the events of a run."""
    tables = {
        path.stem: whole_numbers(pl.read_parquet(path))
        for path in (folder / "events").glob("*.parquet")
    }
    return Ledger(tables, names_from_json(facts(folder)["names"]))
