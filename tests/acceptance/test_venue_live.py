"""A venue and the command that follows it, two processes and a socket between them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from wattbook.cli import main
from wattbook.errors import StoreError
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.store.quarantine import Entry, State

PATIENCE_SECONDS = 120.0
PASSWORD = "5ecret-0f-the-desk"  # noqa: S105 - of a simulated venue

CONFIG = """
store = "store"

[[venue]]
name = "practice"
file = "venue.toml"
store_seconds = 0.2
"""


@contextmanager
def running(folder: Path, arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    secrets = {"WATTBOOK_VENUE_USER": "trader", "WATTBOOK_VENUE_PASSWORD": PASSWORD}
    process = subprocess.Popen(
        [sys.executable, "-m", "wattbook", "ingest", *arguments, "--plain"],
        cwd=folder,
        env=os.environ | secrets,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def stopped(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C; return what was printed."""
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    return said


def until(what: str, is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, f"not {what}"
        time.sleep(0.05)


def set_aside(store: Path, state: State | None = None) -> list[Entry]:
    with Pipeline(store) as pipeline:
        return pipeline.quarantine.entries(state)


def rows(store: Path, kind: str) -> pl.DataFrame:
    try:
        with Pipeline(store) as pipeline:
            return pipeline.observations.table(kind, "practice")
    except StoreError:
        # Made by the other process in this moment.
        return pl.DataFrame()


@pytest.mark.parametrize("kind", ["generic", "nordpool"])
def test_a_venue_is_followed_over_losses_into_the_store(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "live.toml").write_text(CONFIG)
    store = tmp_path / "store"
    options = ["--kind", kind, "--rate", "200", "--hours", "2"]
    faults = ["--fault", "publish:0.2", "--fault", "disconnect:1"]
    with running(tmp_path, ["simulate", "venue.toml", *options, *faults]) as venue:
        until("written", (tmp_path / "venue.toml").exists)
        until("whole", lambda: "url" in (tmp_path / "venue.toml").read_text())
        with running(tmp_path, ["live", "live.toml"]) as live:
            until("stored", lambda: rows(store, "venue_trade").height > 5)
            until("set aside", lambda: bool(set_aside(store)))

            def comes_back() -> bool:
                states = rows(store, "venue_state")["state"].to_list()
                return "lost" in states and states.count("live") == 2

            until("back", comes_back)
            until("stored on", lambda: rows(store, "venue_trade").height > 20)
            said = stopped(live)
        stopped(venue)

    assert "practice: lost: " in said
    assert "practice: 1 set aside" in said
    assert "practice: stopped" in said
    changes = rows(store, "venue_book_change")
    assert changes["sequence"].is_sorted()
    assert changes["sequence"].is_unique().all()
    instruments = rows(store, "venue_instrument")
    assert set(changes["instrument"]) == set(instruments["instrument"])
    assert instruments["instrument"].n_unique() == 4
    assert set(rows(store, "venue_trade")["aggressor"]) <= {"buy", "sell"}
    (entry,) = set_aside(store, State.HELD)
    assert (entry.part.raw, entry.part.offset) == (b'{"torn":', 8)
    assert entry.part.reason.startswith("byte 8: ")

    assert main(["ingest", "quality", "--store", str(store), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    counts = {table["kind"]: table["rows"] for table in told["tables"]}
    assert counts["venue_book_change"] == changes.height
    assert [row[:3] + row[4:] for row in told["quarantine"]] == [["practice", "venue", "held", 1]]

    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if PASSWORD.encode() in path.read_bytes()] == []
    assert PASSWORD not in said


def test_a_simulated_venue_overwrites_no_file_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WATTBOOK_VENUE_USER", "trader")
    monkeypatch.setenv("WATTBOOK_VENUE_PASSWORD", PASSWORD)
    own, other = tmp_path / "own.toml", tmp_path / "other.toml"
    other.write_text("kind = 'm7'\n")
    command = ["ingest", "simulate", "--plain", "--for", "0.1"]
    assert main([*command, str(own)]) == main([*command, str(own)]) == 0
    assert main([*command, str(other)]) == 2
    assert "was not written by this command" in capsys.readouterr().err
    assert other.read_text() == "kind = 'm7'\n"
    assert main([*command, str(own), "--fault", "sleep:1"]) == 2
    monkeypatch.delenv("WATTBOOK_VENUE_PASSWORD")
    assert main([*command, str(own)]) == 2
    assert "set WATTBOOK_VENUE_USER and WATTBOOK_VENUE_PASSWORD" in capsys.readouterr().err
