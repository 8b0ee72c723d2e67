"""The whole path of payloads, as commands that are killed and started again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loopback_server import LoopbackServer, Seen, answer
from wattbook.sources.fetch import Cache
from wattbook.store.observations import ObservationStore
from wattbook.store.quarantine import QuarantineStore

Arguments = list[str | Path]

ISLAND = '''
"""Half-hourly readings, some of which bring their reader down."""
import time
from collections.abc import Iterator
from wattbook.sources.payload import Dataset, Parsed, Quarantined, Request
from wattbook.sources.tabular import observations

DAY_NS = 86_400 * 10**9


def parse(payload):
    word = payload.content.split(b"\\n", 2)[1]
    if word == b"crash":
        import os
        os.abort()
    if word == b"hang":
        time.sleep(3_600)
    if word == b"eat":
        kept = [bytearray(1 << 24) for _ in range(1 << 16)]
    rows, offset = [], 0
    for number, line in enumerate(payload.content.splitlines(keepends=True)):
        if number:
            day, hour, value = line.split(b",")
            at = int(day) * DAY_NS + int(hour) * 3_600 * 10**9
            rows.append((at, float(value), number, offset))
        offset += len(line)
    start, value, place, offsets = zip(*rows, strict=True)
    columns = {
        "dataset": "load", "location": "meter", "delivery_start": start,
        "delivery_end": [at + 3_600 * 10**9 for at in start], "value": value, "unit": "MW",
        "place": place, "offset": offsets,
    }
    return Parsed(observations(columns, len(rows)))


def recognises(payload):
    return payload.content.startswith(b"readings\\n")


def requests(query) -> Iterator[Request]:
    yield Request(f"https://readings.example.org/{query.start // DAY_NS}")


DATASETS = (
    Dataset("plant", "readings", "made for tests", recognises, parse, requests, 86_400, 60_000.0),
)
'''
RULES = """
version = "strict"

[[dataset]]
name = "load"
unit = "MW"

[[rule]]
name = "stands still"
kind = "unchanged"
action = "flag"
times = 3
origin = "a test"

[[rule]]
name = "more than the plant takes"
kind = "range"
action = "quarantine"
max = 100.0
origin = "a test"
"""
KILO = """
[[rule]]
name = "told in kW"
kind = "scale"
action = "correct"
min = 1000.0
max = 100000.0
factor = 0.001
origin = "a test"
"""


def text_of(day: int) -> str:
    """Return the readings of a day; the values depend on it, and some repeat."""
    lines = [f"{day},{hour},{(day + hour) // 7}" for hour in range(24)]
    if day % 3 == 0:
        lines[5] = f"{day},5,5000"
    return "readings\n" + "\n".join(lines) + "\n"


@pytest.fixture
def island(tmp_path: Path) -> Path:
    path = tmp_path / "plant.py"
    path.write_text(ISLAND)
    (tmp_path / "rules.toml").write_text(RULES)
    return path


def inbox(tmp_path: Path, days: int) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    for day in range(days):
        path = folder / f"{day:03}.txt"
        path.write_text(text_of(day))
        os.utime(path, ns=(10**18 + day, 10**18 + day))
    return folder


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "wattbook", "ingest", *map(str, arguments), "--plain"]


def run(*arguments: str | Path, status: int = 0) -> str:
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == status, done.stderr
    return done.stdout


def killed(arguments: list[str], is_time: Callable[[], bool]) -> bool:
    """Run a command and end it by kill -9 when it is time; return whether it was still running."""
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        limit = time.monotonic() + 300
        while process.poll() is None and not is_time():
            assert time.monotonic() < limit
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL


def state(store: Path, *left_out: str) -> tuple[Any, ...]:
    """Return everything that a store says, in an order of its own."""
    rows = ObservationStore(store / "observations").versions().collect()
    tables = ObservationStore(store / "observations").table("correction")
    parts = [
        (entry.part.place, entry.part.offset, entry.part.reason, entry.part.raw, entry.state)
        for entry in QuarantineStore(store / "quarantine.sqlite").entries()
    ]
    names = sorted(set(rows.columns) - set(left_out))
    return (
        rows.select(names).sort(names).rows(),
        sorted(tables.drop(left_out, strict=False).rows()),
        parts,
    )


def arrived(store: Path) -> int:
    """Return how many payloads a store has; none while it is being made."""
    if not (store / "observations" / "catalogue.sqlite").exists():
        return 0
    return ObservationStore(store / "observations").catalogue.arrival_count("plant")


@pytest.mark.slow
def test_a_replay_that_is_killed_again_and_again_ends_as_one_that_was_not(
    tmp_path: Path, island: Path
) -> None:
    folder = inbox(tmp_path, 24)
    told: Arguments = ["--island", island, "--rules", tmp_path / "rules.toml"]
    run("replay", folder, "--store", tmp_path / "whole", *told)
    whole = state(tmp_path / "whole")
    assert len(whole[0]) == 24 * 24 - 8
    assert len(whole[2]) == 8
    assert any(row for row in whole[0] if 128 in row), "no flag depends on what came before"
    store = tmp_path / "killed"
    arguments = command("replay", folder, "--store", store, *told)
    kills, luck = 0, random.Random(7)  # noqa: S311 - it only has to be the same each time
    for wanted in range(1, 24, 4):
        # Somewhere between two payloads, or within the writes of one.
        wait = luck.random() * 0.05

        def is_time(wanted: int = wanted, wait: float = wait) -> bool:
            if arrived(store) < wanted:
                return False
            time.sleep(wait)
            return True

        kills += killed(arguments, is_time)
    assert kills >= 3
    run("replay", folder, "--store", store, *told)
    assert state(store) == whole
    again = run("replay", folder, "--store", store, *told)
    assert next(line.split() for line in again.splitlines() if " all " in line)[1:4] == [
        "24", "0", "0",
    ]  # fmt: skip
    assert state(store) == whole


@pytest.mark.slow
def test_a_backfill_that_is_killed_again_and_again_ends_as_one_that_was_not(
    tmp_path: Path, island: Path
) -> None:
    def script(seen: Seen) -> bytes:
        return answer(body=text_of(int(seen.path.rsplit("/", 1)[-1])).encode())

    span = ["--from", "1970-01-01", "--to", "1970-01-25"]
    told: Arguments = ["--island", island, "--rules", tmp_path / "rules.toml"]
    store = tmp_path / "killed"
    with LoopbackServer(script) as server:
        told += ["--origin", f"https://readings.example.org={server.origin}"]
        backfill: Arguments = ["backfill", "plant", "readings", *span, *told, "--store"]
        run(*backfill, tmp_path / "whole")
        kills = 0
        for wanted in range(2, 24, 5):

            def is_time(wanted: int = wanted) -> bool:
                return arrived(store) >= wanted

            kills += killed(command(*backfill, store), is_time)
        assert kills >= 3
        run(*backfill, store)
        asked = len(server.seen)
        run(*backfill, store)
        assert len(server.seen) == asked
    clocks = ("ts_recv", "ts_known")
    assert state(store, *clocks) == state(tmp_path / "whole", *clocks)


def test_a_reader_that_crashes_hangs_or_eats_memory_costs_its_payload_alone(
    tmp_path: Path, island: Path
) -> None:
    folder = inbox(tmp_path, 3)
    for word in ("crash", "hang", "eat"):
        (folder / f"{word}.txt").write_text(f"readings\n{word}\n")
    store = tmp_path / "store"
    told: Arguments = ["--store", store, "--island", island, "--seconds", "4", "--memory", "300"]
    out = json.loads(run("replay", folder, *told, "--json", status=1))
    assert (out["payloads"], out["rows"], len(out["raised"])) == (6, 72, 3)
    reasons = {
        entry.part.name: (entry.part.reason, entry.part.source, entry.part.dataset)
        for entry in QuarantineStore(store / "quarantine.sqlite").entries()
    }
    own = ("plant", "readings")
    assert reasons == {
        "crash.txt": (
            "its reader ended the process (exit code -6; it may use 300 MiB)", *own,
        ),
        "hang.txt": ("its reader took longer than 4 s", *own),
        "eat.txt": ("its reader needs more memory than it may use", *own),
    }  # fmt: skip
    # The bytes are kept, for when the reader is mended.
    cache = Cache(store / "payloads")
    kept = {entry.name: cache.content(entry.sha256) for entry in cache.receptions()}
    assert kept["hang.txt"] == b"readings\nhang\n"


def test_rules_and_releases_reach_back_and_one_correction_adds_one_version(
    tmp_path: Path, island: Path
) -> None:
    folder = inbox(tmp_path, 4)
    store: Arguments = ["--store", tmp_path / "store", "--island", island]
    run("replay", folder, *store, "--rules", tmp_path / "rules.toml")
    held = QuarantineStore(tmp_path / "store" / "quarantine.sqlite").entries()
    assert [(e.part.name, e.part.offset, e.part.raw) for e in held] == [
        (f"{day:03}.txt", text_of(day).index(f"{day},5,"), f"{day},5,5000\n".encode())
        for day in (0, 3)
    ]
    run("quarantine", "release", "1", "--why", "the plant was new", "--who", "ada", *store)
    before = state(tmp_path / "store")
    # Reading it all again by the same rules changes nothing.
    out = run("quarantine", "reprocess", "--all", *store)
    assert "4 payloads read again: 0 changed, 0 rows stored anew" in out
    assert state(tmp_path / "store") == before
    kilo = tmp_path / "kilo.toml"
    kilo.write_text(RULES.replace('"strict"', '"kilo"').replace("[[rule]]", KILO + "[[rule]]", 1))
    out = run("quarantine", "reprocess", "--rules", kilo, "--why", "told in kW", *store)
    assert "1 payloads read again: 1 changed, 25 rows stored anew, 1 parts corrected" in out
    observations = ObservationStore(tmp_path / "store" / "observations")
    last = observations.as_known().filter(observations.as_known()["value"] > 4.5)["value"].to_list()
    assert last == [5000.0, 5.0]
    (correction,) = observations.table("correction").rows(named=True)
    told = (correction["rule"], correction["rule_version"], correction["before"])
    assert (*told, correction["after"]) == ("told in kW", "kilo", 5000.0, 5.0)
    # As it was known before, it is what it was, and the corrected payload has one more version.
    assert observations.as_known(10**18 + 10).height == 4 * 24 - 2
    versions = observations.scan("observations").collect()
    assert versions.height == observations.as_known().height
    # The rules are kept with the store: the next command goes by them.
    assert "0 changed" in run("quarantine", "reprocess", "--all", "--source", "none", *store)
    bad = tmp_path / "bad.toml"
    bad.write_text(RULES + "[[rule]]\nname = 'x'\nkind = 'range'\ncolour = 'red'\n")
    done = subprocess.run(
        command("replay", folder, *store, "--rules", bad),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "bad.toml" in done.stderr
    assert "colour" in done.stderr


def test_rows_reach_another_store_over_a_ring_and_a_killed_run_doubles_none(
    tmp_path: Path, island: Path
) -> None:
    folder = inbox(tmp_path, 40)
    store, landed = tmp_path / "store", tmp_path / "landed"
    told: Arguments = ["--island", island, "--rules", tmp_path / "rules.toml", "--bus", "ring"]
    arguments: Arguments = ["replay", folder, "--store", store, *told, "--land", landed]
    assert killed(command(*arguments), lambda: arrived(landed) >= 10)
    out = run(*arguments)
    assert "landed" in out
    one, other = (ObservationStore(root / "observations") for root in (store, landed))
    rows = one.versions().collect()
    names = rows.columns
    assert rows.height == 40 * 24 - 14
    assert other.versions().collect().select(names).sort(names).equals(rows.sort(names))


@pytest.mark.data
def test_recorded_payloads_go_the_whole_way_and_again(recorded_data: Path, tmp_path: Path) -> None:
    store: Arguments = ["--store", tmp_path / "store"]
    folder = recorded_data / "sources"
    for part in ("entsoe", "nordpool", "omie", "eia", "entsoe-documents"):
        run("replay", folder / part, *store)
    before = state(tmp_path / "store")
    for part in ("omie", "entsoe", "entsoe-documents"):
        out = json.loads(run("replay", folder / part, *store, "--json"))
        assert (out["new"], out["rows"]) == (0, 0)
    assert state(tmp_path / "store") == before
    # Every row that a rule refused names the byte of the record that told it.
    refused = [
        entry.part
        for entry in QuarantineStore(tmp_path / "store" / "quarantine.sqlite").entries()
        if entry.part.row
    ]
    assert refused
    cache = Cache(tmp_path / "store" / "payloads")
    for row in refused:
        content = cache.content(row.payload)
        assert row.offset > 0
        assert content[row.offset : row.offset + len(row.raw)] == row.raw
    series = ["day_ahead_price", "--location", "FR"]
    prices = json.loads(run("series", *series, *store, "--record", "day_ahead"))
    assert len(prices) == 48
    found = json.loads(run("quality", *store, "--json"))
    assert {entry["source"] for entry in found["datasets"]} >= {"entsoe", "nordpool", "omie", "eia"}
    assert sum(part[4] for part in found["quarantine"]) == len(before[2])
