"""Payloads reach the stores once, and a mended reader or a person's word reaches back."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from direct_reader import DirectReader
from loopback_server import LoopbackServer, Seen, answer
from wattbook.cli import main
from wattbook.errors import InputError, SourceError
from wattbook.runtime.ingest import memory as memory_module
from wattbook.runtime.ingest import reading as reading_module
from wattbook.runtime.ingest.examine import examined
from wattbook.runtime.ingest.normalizers import AsRead, ByRules, Normalized, Refused
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.runtime.ingest.reading import NO_ROW, Task, cut_task, read, read_task
from wattbook.runtime.ingest.replay import recordings, replay
from wattbook.runtime.ingest.reprocess import candidates
from wattbook.sources import catalogue
from wattbook.sources.fetch import Stopped, World
from wattbook.sources.payload import Parsed, Payload
from wattbook.sources.tabular import observations
from wattbook.store.observations import Span
from wattbook.store.quarantine import Part, State

ISLAND = str(Path(__file__).parents[3] / "examples" / "own_source.py")
HEAD = "meter,start,kwh\n"
SOUND = "north,2025-03-30T00:00Z,1.5\nnorth,2025-03-30T00:30Z,-2\n"
TORN = "north,2025-03-30T01:00Z,what\n"
RECEIVED = 1_743_300_000_000_000_000


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, text: str, seconds: int = 0) -> Path:
    path = folder / name
    path.write_text(text)
    stamp = RECEIVED + seconds * 10**9
    os.utime(path, ns=(stamp, stamp))
    return path


def pipeline(tmp_path: Path, normalizer: Any = AsRead, now: int = RECEIVED + 10**15) -> Pipeline:
    return Pipeline(tmp_path / "store", [ISLAND], normalizer, lambda: now, DirectReader([ISLAND]))


def test_a_payload_is_stored_and_its_bad_lines_set_aside(tmp_path: Path, inbox: Path) -> None:
    under_test = pipeline(tmp_path)
    found = under_test.take_file(put(inbox, "day.csv", HEAD + SOUND + TORN))
    assert (found.source, found.dataset, found.rows, found.quarantined) == ("own", "readings", 2, 1)
    rows = under_test.observations.as_known()
    assert rows["value"].to_list() == [1.5, -2.0]
    assert set(rows["ts_known"]) == {RECEIVED}
    (entry,) = under_test.quarantine.entries()
    assert (entry.part.place, entry.part.offset) == ("line 4", len(HEAD + SOUND))
    assert entry.part.raw.decode() == TORN.rstrip()
    kept = under_test.cache.content(entry.part.payload)
    assert kept[entry.part.offset :] == entry.part.raw + b"\n"


def test_the_same_bytes_again_change_nothing(tmp_path: Path, inbox: Path) -> None:
    under_test = pipeline(tmp_path)
    under_test.take_file(put(inbox, "a.csv", HEAD + SOUND + TORN))
    again = under_test.take_file(put(inbox, "copy.csv", HEAD + SOUND + TORN, seconds=60))
    assert (again.is_new, again.rows) == (False, 0)
    assert under_test.observations.versions().collect().height == 2
    assert len(under_test.quarantine.entries()) == 1


def test_a_reader_that_raises_costs_its_payload_and_no_other(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own,) = catalogue.datasets(ISLAND)

    def broken(_: Payload) -> Parsed:
        raise KeyError("boom")

    put(inbox, "a.csv", HEAD + SOUND)
    under_test = pipeline(tmp_path)
    with monkeypatch.context() as patch:
        fragile = replace(own, parse=broken)
        patch.setattr(catalogue, "datasets", lambda _="": (fragile,))
        found = under_test.take_file(inbox / "a.csv")
    assert found.raised == "its reader raised KeyError: 'boom'"
    assert under_test.observations.as_known().is_empty()
    (entry,) = under_test.quarantine.entries()
    # The reader is mended; the payload was kept.
    ingested, mended = under_test.take_again(under_test.reception(entry), "reader mended")
    assert ingested.rows == 2
    assert [part.number for part in mended] == [entry.number]
    assert under_test.observations.as_known(RECEIVED + 10**14).is_empty()
    assert under_test.observations.as_known()["value"].to_list() == [1.5, -2.0]
    steps = under_test.quarantine.history(entry.number)
    assert [(step.state, step.why) for step in steps[1:]] == [(State.CORRECTED, "reader mended")]


def test_what_no_source_knew_is_read_once_one_does(tmp_path: Path, inbox: Path) -> None:
    path = put(inbox, "a.csv", HEAD + SOUND)
    blind = Pipeline(tmp_path / "store", [], None, lambda: RECEIVED, DirectReader())
    assert blind.take_file(path).source == ""
    (entry,) = blind.quarantine.entries()
    assert entry.part.reason == "no source recognises it"
    under_test = pipeline(tmp_path)
    ingested, mended = under_test.take_again(under_test.reception(entry), "new source")
    assert (ingested.source, ingested.rows, len(mended)) == ("own", 2, 1)


class NoNegatives(AsRead):
    """A rule that refuses what is ordinary, for a person to overrule."""

    def apply(self, rows: pl.DataFrame, *, source: str, ts_recv: int) -> Normalized:
        is_bad = pl.col("value") < 0
        bad = rows.filter(is_bad)
        places = [f"row {place}" for place in bad["place"]]
        refused = [Refused(bad[at], place, "below 0") for at, place in enumerate(places)]
        return Normalized(rows.filter(~is_bad).drop("offset"), refused)

    def vouched(self, row: pl.DataFrame, *, source: str, ts_recv: int) -> Normalized:
        return Normalized(row.drop("offset"))


def test_a_row_that_a_person_vouches_for_counts_from_then_on(tmp_path: Path, inbox: Path) -> None:
    under_test = pipeline(tmp_path, NoNegatives)
    under_test.take_file(put(inbox, "a.csv", HEAD + SOUND + TORN))
    assert under_test.observations.as_known()["value"].to_list() == [1.5]
    torn, negative = under_test.quarantine.entries()
    assert (torn.part.is_row, negative.part.is_row) == (False, True)
    assert json.loads(negative.part.row)["value"] == -2.0
    with pytest.raises(InputError, match="never read as a row"):
        under_test.release(torn.number, "ada", "please")
    under_test.release(negative.number, "ada", "the meter runs backwards when we feed in")
    assert under_test.observations.as_known()["value"].to_list() == [1.5, -2.0]
    assert under_test.observations.as_known(RECEIVED)["value"].to_list() == [1.5]
    # Reading it again honours the release.
    under_test.take_again(under_test.reception(negative), "again")
    assert under_test.observations.as_known()["value"].to_list() == [1.5, -2.0]
    assert under_test.quarantine.entry(negative.number).state is State.RELEASED


def test_a_rule_that_changes_reaches_back_to_what_was_kept(tmp_path: Path, inbox: Path) -> None:
    strict = pipeline(tmp_path, NoNegatives)
    strict.take_file(put(inbox, "a.csv", HEAD + SOUND))
    (entry,) = strict.quarantine.entries()
    lax = pipeline(tmp_path, AsRead)
    _, mended = lax.take_again(lax.reception(entry), "negative prices are ordinary")
    assert [part.number for part in mended] == [entry.number]
    assert lax.observations.as_known()["value"].to_list() == [1.5, -2.0]
    assert lax.observations.as_known(RECEIVED)["value"].to_list() == [1.5]


# --- where a refused row stands, and what a normalizer remembers ----------------------------------

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

[[rule]]
name = "stands still"
kind = "unchanged"
action = "flag"
times = 2
origin = "a test"
"""
UNCHANGED = 128


def ruled(tmp_path: Path, name: str = "store") -> tuple[Pipeline, DirectReader]:
    reader = DirectReader([ISLAND])
    made = Pipeline(tmp_path / name, [ISLAND], None, lambda: RECEIVED + 10**15, reader)
    (tmp_path / "rules.toml").write_text(RULES)
    made.rules.adopt(tmp_path / "rules.toml")
    made.memory.seen.clear()
    return made, reader


def test_a_refused_row_stands_at_its_byte_and_can_be_released(tmp_path: Path, inbox: Path) -> None:
    high = "north,2025-03-30T01:00Z,5000\n"
    under_test, _ = ruled(tmp_path)
    under_test.take_file(put(inbox, "a.csv", HEAD + SOUND + high + TORN))
    torn, refused = under_test.quarantine.entries()
    assert torn.part.offset == len(HEAD + SOUND + high)
    assert (refused.part.place, refused.part.offset) == ("row 2, line 4", len(HEAD + SOUND))
    assert refused.part.raw.decode() == high
    assert refused.part.reason.startswith("more than the line carries")
    under_test.release(refused.number, "ada", "the meter counts ten times")
    assert under_test.observations.as_known()["value"].to_list() == [0.0015, -0.002, 5.0]


def stored(under_test: Pipeline) -> list[tuple[Any, ...]]:
    return sorted(under_test.observations.versions().collect().rows(), key=repr)


def test_records_are_cut_from_text_archives_and_anything_else(tmp_path: Path) -> None:
    text = b"zone,price\nNORD,1\nSUD,2\n"
    elements = b"<d><!-- 1 -->\n<p n='1'><v>5</v></p>\n<p n='2'/></d>"
    values = b'{"data": [{"mw": 1},\n {"mw": [2, {"a": 3}]}, 4]}'

    def cut(content: bytes, *offsets: int) -> list[tuple[int, bytes]]:
        (tmp_path / "payload").write_bytes(content)
        task = Task(tmp_path / "payload", "payload", "", 0)
        return [(found.line, found.raw) for found in cut_task(task, offsets)]

    assert cut(text, 11, 18) == [(2, b"NORD,1\n"), (3, b"SUD,2\n")]
    assert cut(gzip.compress(text), 18) == [(3, b"SUD,2\n")]
    at = elements.index(b"<p n='2'"), elements.index(b"<p n='1'")
    assert cut(elements, at[1], at[0]) == [(2, b"<p n='1'><v>5</v></p>"), (3, b"<p n='2'/>")]
    assert cut(values, 10, 22) == [(1, b'{"mw": 1}'), (2, b'{"mw": [2, {"a": 3}]}')]
    assert cut(b"GRIB\0\1\2", 4) == [(0, b"\0\1\2")]
    assert cut(b"\n" * 3 + b"x" * 100_000, 3) == [(4, b"x" * 65_536)]
    assert cut(b"short", 99) == [(1, b"")]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("a", "b"):
            file.writestr(name, text)
    (tmp_path / "payload").write_bytes(archive.getvalue())
    task = Task(tmp_path / "payload", "both.zip", "", 0)
    assert cut_task(task, [18, len(text) + 11]) == [
        (3, b"SUD,2\n", 18, "both.zip/a"),
        (2, b"NORD,1\n", 11, "both.zip/b"),
    ]
    # Nothing is left of a damaged one.
    assert cut(archive.getvalue()[:40], 11) == [(0, b"")]


def test_a_new_process_remembers_what_the_one_before_stored(tmp_path: Path, inbox: Path) -> None:
    told = [f"{HEAD}north,2025-03-30T0{hour}:00Z,1\n" for hour in range(4)]
    told.append(f"{HEAD}north,2025-03-30T04:00Z,5000\nnorth,2025-03-30T05:00Z,1\n")
    paths = [put(inbox, f"{n}.csv", text, seconds=n) for n, text in enumerate(told)]
    whole, _ = ruled(tmp_path, "whole")
    for path in paths:
        last = whole.take_file(path)
    assert whole.observations.as_known()["flags"].to_list()[-1] & UNCHANGED
    for stop in range(1, len(paths)):
        name = f"stopped-{stop}"
        before, _ = ruled(tmp_path, name)
        for path in paths[:stop]:
            before.take_file(path)
        after, reader = ruled(tmp_path, name)
        found = [after.take_file(path) for path in paths]
        assert found[-1] == last
        assert stored(after) == stored(whole)
        assert [e.part for e in after.quarantine.entries()] == [
            e.part for e in whole.quarantine.entries()
        ]
        # What was there is read again once, for what it says about the rows behind it.
        names = [f"{n}.csv" for n in range(len(paths))]
        assert reader.read_names == [names[stop], *names[:stop], *names[stop + 1 :]]


def test_a_payload_that_failed_its_reader_is_not_read_again_at_each_start(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own,) = catalogue.datasets(ISLAND)

    def fragile(payload: Payload) -> Parsed:
        if payload.name == "b.csv":
            raise KeyError("boom")
        return own.parse(payload)

    monkeypatch.setattr(catalogue, "datasets", lambda _="": (replace(own, parse=fragile),))
    names = ["a.csv", "b.csv", "c.csv"]
    paths = [put(inbox, name, f"{HEAD}{name},2025-03-30T00:00Z,1\n") for name in names]
    before, _ = ruled(tmp_path)
    for path in paths[:2]:
        before.take_file(path)
    after, reader = ruled(tmp_path)
    after.take_file(paths[2])
    assert reader.read_names == ["c.csv", "a.csv"]


@pytest.mark.long
def test_memory_begins_anew_now_and_then_and_depends_on_the_store_alone(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_module, "EPOCH", 4)
    monkeypatch.setattr(memory_module, "RECALLED", 2)
    paths = [
        put(inbox, f"{n}.csv", f"{HEAD}north,2025-03-30T{n:02}:00Z,{n // 3}\n", seconds=n)
        for n in range(14)
    ]
    whole, reader = ruled(tmp_path, "whole")
    for path in paths:
        whole.take_file(path)
    # The first epoch is remembered in full, each later one reads two payloads again.
    assert len(reader.read_names) == len(paths) + 3 * 2
    for stop in range(1, len(paths)):
        before, _ = ruled(tmp_path, f"stopped-{stop}")
        for path in paths[:stop]:
            before.take_file(path)
        after, reader = ruled(tmp_path, f"stopped-{stop}")
        after.take_file(paths[stop])
        assert len(reader.read_names) <= 1 + 4 + 2
        for path in paths:
            after.take_file(path)
        assert stored(after) == stored(whole)


def test_a_replay_goes_in_order_of_reception_at_its_pace(tmp_path: Path, inbox: Path) -> None:
    for number in (2, 0, 1):
        put(inbox, f"{number}.csv", f"{HEAD}n{number},2025-03-30T00:00Z,1\n", seconds=60 * number)
    slept: list[float] = []
    seconds = 0.0

    def sleep(for_seconds: float) -> None:
        nonlocal seconds
        slept.append(for_seconds)
        seconds += for_seconds

    world = World(lambda: seconds, lambda: 0, sleep, lambda: 0.0)
    found = list(replay(pipeline(tmp_path), recordings(inbox), world, speed=2.0))
    assert [entry.name for entry in found] == ["0.csv", "1.csv", "2.csv"]
    assert slept == [30.0, 30.0]


def test_a_replay_waits_no_longer_once_it_is_stopped(tmp_path: Path, inbox: Path) -> None:
    for number in range(2):
        put(inbox, f"{number}.csv", f"{HEAD}n{number},2025-03-30T00:00Z,1\n", seconds=60 * number)

    def sleep(_: float) -> None:
        raise Stopped

    world = World(lambda: 0.0, lambda: 0, sleep, lambda: 0.0)
    steps: Iterator[object] = replay(pipeline(tmp_path), recordings(inbox), world, speed=1.0)
    next(steps)
    with pytest.raises(Stopped):
        next(steps)


def test_a_store_can_be_replayed_into_another(tmp_path: Path, inbox: Path) -> None:
    one = pipeline(tmp_path)
    one.take_file(put(inbox, "a.csv", HEAD + SOUND + TORN))
    other = Pipeline(tmp_path / "other", [ISLAND], AsRead, reader=DirectReader([ISLAND]))
    world = World(lambda: 0.0, lambda: 0, lambda _: None, lambda: 0.0)
    list(replay(other, recordings(tmp_path / "store"), world))
    assert (
        other.observations.as_known()
        .drop("commit")
        .equals(one.observations.as_known().drop("commit"))
    )


PROGRAM = """
import os, signal, sys
from pathlib import Path
from direct_reader import DirectReader
from wattbook.runtime.ingest.normalizers import AsRead
from wattbook.runtime.ingest.pipeline import Pipeline

folder, island, inbox, fatal = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
steps, armed = 0, False

def step(name):
    global steps
    if not armed or name not in ("os.rename", "sqlite3.connect", "open"):
        return
    steps += 1
    if steps == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

pipeline = Pipeline(folder, [island], AsRead, reader=DirectReader([island]))
sys.addaudithook(lambda name, _: step(name))
armed = True
for path in sorted(inbox.iterdir()):
    pipeline.take_file(path)
armed = False
print(steps)
"""


@pytest.mark.long
def test_killed_at_any_write_and_started_again_it_loses_and_doubles_nothing(
    tmp_path: Path, inbox: Path
) -> None:
    for number in range(2):
        put(inbox, f"{number}.csv", f"{HEAD}m{number},2025-03-30T00:00Z,1\n{TORN}", seconds=number)

    def ingest(folder: Path, fatal: int) -> subprocess.CompletedProcess[str]:
        tools = Path(__file__).parents[3] / "tools"
        environment = os.environ | {"PYTHONPATH": str(tools)}
        command = [sys.executable, "-c", PROGRAM, str(folder), ISLAND, str(inbox), str(fatal)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    def state(folder: Path) -> tuple[Any, ...]:
        found = Pipeline(folder, [ISLAND], AsRead, reader=DirectReader([ISLAND]))
        parts = [(entry.part, entry.state) for entry in found.quarantine.entries()]
        receptions = sorted(entry.address for entry in found.cache.receptions())
        return found.observations.as_known().rows(), parts, receptions

    sound = ingest(tmp_path / "sound", -1)
    assert sound.returncode == 0, sound.stderr
    steps = int(sound.stdout)
    for fatal in range(3, steps, steps // 4):
        folder = tmp_path / f"killed-{fatal}"
        assert ingest(folder, fatal).returncode == -signal.SIGKILL
        assert ingest(folder, -1).returncode == 0
        assert state(folder) == state(tmp_path / "sound")


def test_a_release_that_no_table_can_store_is_refused(tmp_path: Path) -> None:
    under_test = pipeline(tmp_path, ByRules)
    told = {
        "dataset": "day_ahead_price", "location": "nowhere", "delivery_start": 0,
        "delivery_end": 3_600_000_000_000, "value": 1.0, "unit": "EUR/MWh", "place": 0,
    }  # fmt: skip
    row = observations(told, 1).write_ndjson()
    part = Part("entsoe", "x", "ab", "a", "a", 1, "row 0", 0, "unknown", b"", row)
    under_test.quarantine.hold([part], at=1)
    with pytest.raises(InputError, match="cannot be stored, whoever vouches"):
        under_test.release(1, "ada", "I know better")
    assert under_test.quarantine.entry(1).state is State.HELD


# --- the commands ---------------------------------------------------------------------------------


def run(*arguments: str) -> int:
    return main(["ingest", *arguments])


@pytest.mark.long
def test_the_commands_lead_from_a_folder_to_a_decision(
    tmp_path: Path, inbox: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(inbox, "a.csv", HEAD + SOUND + TORN)
    store = ["--store", str(tmp_path / "store"), "--island", ISLAND, "--plain"]
    assert run("replay", str(inbox), *store) == 0
    out = capsys.readouterr().out
    assert "1 payloads" in out
    assert "2 rows in" in out
    assert run("quarantine", "list", *store) == 0
    out = capsys.readouterr().out
    assert "line 4" in out
    assert 'kwh is "what", not a number' in out
    assert "1 held" in out
    assert run("quarantine", "show", "1", *store) == 0
    out = capsys.readouterr().out
    assert "b'north,2025-03-30T01:00Z,what'" in out
    assert run("quarantine", "release", "1", "--why", "x", *store) == 2
    assert "never read as a row" in capsys.readouterr().err
    assert run("quarantine", "drop", "1", "--why", "a test line", "--who", "ada", *store) == 0
    assert run("quarantine", "list", "--state", "any", "--json", *store) == 0
    listed = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    assert [entry["state"] for entry in listed] == ["dropped"]
    assert run("quarantine", "reprocess", "--all", *store) == 0
    assert "1 payloads read again: 0 changed" in capsys.readouterr().out


@pytest.mark.long
def test_a_backfill_fills_the_store_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def script(seen: Seen) -> bytes:
        day = seen.path.rsplit("/", 1)[-1].removesuffix(".csv")
        if day == "2025-03-31":
            return answer(404)
        return answer(body=f"{HEAD}north,{day}T00:00Z,1\n".encode())

    with LoopbackServer(script) as server:
        arguments = [
            "backfill", "own", "readings", "--from", "2025-03-30", "--to", "2025-04-02",
            "--origin", f"https://meters.example.org={server.origin}", "--plain",
            "--store", str(tmp_path / "store"), "--island", ISLAND,
        ]  # fmt: skip
        assert run(*arguments) == 1
        assert "1 requests were refused for good" in capsys.readouterr().out
        assert len(server.seen) == 3
        assert run(*arguments) == 1
        assert "3 windows are behind" in capsys.readouterr().out
        assert len(server.seen) == 3
    found = pipeline(tmp_path).observations.as_known(span=Span(source="own"))
    assert found["payload"].n_unique() == 2


DAY = ["--from", "2025-01-01", "--to", "2025-01-02"]
NONE = ["--from", "2025-01-02", "--to", "2025-01-01"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["backfill", "own", "gone", *DAY], "own readings"),
        (["backfill", "own", "readings", *NONE], "swap"),
        (["backfill", "own", "readings", *DAY, "--option", "x"], "write NAME=VALUE"),
        (["replay", "nowhere"], "nowhere is not there"),
        (["quarantine", "show", "7"], "no part in quarantine has the number 7"),
    ],
)
def test_a_mistake_is_answered_with_the_fix(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pipeline(tmp_path).observations.as_known().is_empty()
    store = ["--store", str(tmp_path / "store"), "--island", ISLAND]
    assert run(*arguments, *store) == 2
    assert said in capsys.readouterr().err


def test_an_island_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.py").touch()
    for name, said in [
        ("no.such.island", "name a module"),
        (str(tmp_path / "gone.py"), "is not there"),
        (str(tmp_path / "empty.py"), "has no DATASETS"),
    ]:
        with pytest.raises(SourceError, match=said):
            catalogue.datasets(name)


def test_datasets_are_listed_with_how_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("datasets", "own", "--island", ISLAND, "--plain") == 0
    out = capsys.readouterr().out
    assert "own     readings  fetch     1 d       600  half-hourly meter readings" in out
    assert run("datasets", "nobody", "--plain") == 2
    assert "no source is called 'nobody'" in capsys.readouterr().err


def test_tables_without_rows_do_not_hide_that_a_payload_holds_nothing(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own,) = catalogue.datasets(ISLAND)

    def hollow(_: Payload) -> Parsed:
        return Parsed(observations({}, 0), {"offer": pl.DataFrame(schema={"price": pl.Float64})})

    path = put(inbox, "a.csv", HEAD + SOUND)
    fragile = replace(own, parse=hollow)
    monkeypatch.setattr(catalogue, "datasets", lambda _="": (fragile,))
    under_test = pipeline(tmp_path)
    found = under_test.take_file(path)
    assert (found.rows, found.quarantined, found.is_new) == (0, 1, True)
    (entry,) = under_test.quarantine.entries()
    doctored = examined("a.csv", read(Payload("a.csv", path.read_bytes()), lambda _: fragile))
    assert [entry.part.reason] == [fault.reason for fault in doctored.faults] == [NO_ROW]


def test_a_file_that_is_too_large_is_set_aside_and_not_read(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEAD + SOUND
    path = put(inbox, "a.csv", text)
    under_test = pipeline(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(reading_module, "PAYLOAD_BYTES_MAX", len(text) - 1)
        patch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))
        found = under_test.take_file(path)
        again = under_test.take_file(path)
        doctored = examined("a.csv", read_task(Task(path, "a.csv", "", 0), [ISLAND]))
    assert (found.rows, found.quarantined, found.is_new, again.is_new) == (0, 1, True, False)
    (entry,) = under_test.quarantine.entries()
    assert entry.part.reason == f"{len(text)} bytes are more than {len(text) - 1}"
    assert [fault.reason for fault in doctored.faults] == [entry.part.reason]
    assert entry.part.payload == hashlib.sha256(text.encode()).hexdigest()
    assert candidates(under_test) == []
    # Under the bound that ships it is read and kept, and reading it again settles its part.
    assert under_test.take_file(path).rows == 2
    (received,) = candidates(under_test)
    assert [part.number for part in under_test.take_again(received, "more room")[1]] == [1]
