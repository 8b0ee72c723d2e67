"""A backfill can be killed at any moment, and goes on without a window lost or fetched again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopback_server import LoopbackServer, Seen, answer
from wattbook.errors import FetchError, InputError, StoreError
from wattbook.sources.fetch import Backfill, Cache, Fetcher, Received, Retry, World, windows
from wattbook.sources.payload import Dataset, Query, Request

HOUR = 3_600_000_000_000
WORLD = World(lambda: 0.0, lambda: 10**18, lambda _: None, lambda: 0.0)


def asking(origin: str, requests_a_window: int = 2) -> Dataset:
    def requests(query: Query) -> Iterator[Request]:
        for part in range(requests_a_window):
            yield Request(f"{origin}/{query.start // HOUR}", {"part": str(part)})

    never = lambda _: False  # noqa: E731
    return Dataset("made", "hours", "", never, never, requests, 3_600, 6e9)  # type: ignore[arg-type]


@given(
    start=st.integers(0, 10**18), length=st.integers(1, 10**15), seconds=st.integers(1_000, 10**6)
)
def test_windows_cover_a_span_without_gap_or_overlap(start: int, length: int, seconds: int) -> None:
    parts = list(windows(Query(start, start + length, "FR", {"a": "b"}), seconds))
    assert (parts[0].start, parts[-1].end) == (start, start + length)
    assert all(one.end == two.start for one, two in pairwise(parts))
    assert all(0 < part.end - part.start <= seconds * 10**9 for part in parts)
    assert {(part.location, part.options["a"]) for part in parts} == {("FR", "b")}


def backfill(folder: Path, dataset: Dataset, hours: int, attempts: int = 1) -> Backfill:
    fetcher = Fetcher(Cache(folder / "cache"), WORLD, retry=Retry(attempts=attempts))
    return Backfill(fetcher, dataset, Query(0, hours * HOUR), folder / "state")


def test_what_a_source_refuses_for_good_is_noted_and_passed(tmp_path: Path) -> None:
    def script(seen: Seen) -> bytes:
        return answer(404 if seen.path == "/1" else 200, b"x")

    taken: list[Received] = []
    with LoopbackServer(script) as server:
        under_test = backfill(tmp_path, asking(server.origin, 1), 3)
        steps = list(under_test.run(taken.append))
    assert [step.done for step in steps if not step.received and not step.refusal] == [1, 2, 3]
    assert len(taken) == 2
    (refused,) = under_test.refused
    assert refused["status"] == 404
    assert "/1" in refused["said"]
    assert under_test.is_complete


def test_a_source_that_is_down_ends_it_and_it_goes_on_later(tmp_path: Path) -> None:
    is_up = False

    def script(seen: Seen) -> bytes:
        return answer(200 if is_up or seen.path == "/0" else 503, b"x")

    taken: list[Received] = []
    with LoopbackServer(script) as server:
        dataset = asking(server.origin)
        with pytest.raises(FetchError, match="HTTP 503"):
            list(backfill(tmp_path, dataset, 3).run(taken.append))
        assert len(taken) == 2
        is_up = True
        again = backfill(tmp_path, dataset, 3)
        assert again.state["done"] == 1
        list(again.run(taken.append))
        paths = [(seen.path, seen.query["part"]) for seen in server.seen]
    assert len(taken) == 6
    assert sorted(set(paths)) == sorted((f"/{hour}", part) for hour in range(3) for part in "01")


def test_a_file_that_spans_windows_is_taken_once(tmp_path: Path) -> None:
    def requests(query: Query) -> Iterator[Request]:
        yield Request(f"{server.origin}/month-{query.start // HOUR // 4}")

    with LoopbackServer(lambda _: answer(body=b"x")) as server:
        never = lambda _: False  # noqa: E731
        dataset = Dataset("made", "months", "", never, never, requests, 3_600, 6e9)  # type: ignore[arg-type]
        taken: list[Received] = []
        list(backfill(tmp_path, dataset, 8).run(taken.append))
        assert [received.name for received in taken] == ["month-0", "month-1"]
        assert len(server.seen) == 2


def test_what_cannot_be_asked_for_is_refused_with_the_way_out(tmp_path: Path) -> None:
    never = lambda _: False  # noqa: E731
    files_only = Dataset("made", "files", "", never, never)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="wattbook ingest replay"):
        backfill(tmp_path, files_only, 1)
    with pytest.raises(InputError, match="swap them"):
        backfill(tmp_path, asking("http://127.0.0.1:1"), 0)
    under_test = backfill(tmp_path, asking("http://127.0.0.1:1"), 1)
    under_test.path.parent.mkdir()
    under_test.path.write_text("{")
    with pytest.raises(StoreError, match="delete it to begin anew"):
        backfill(tmp_path, asking("http://127.0.0.1:1"), 1)


PROGRAM = """
import os, signal, sys
from pathlib import Path
from wattbook.sources.fetch import Backfill, Cache, Fetcher, Retry, World
from wattbook.sources.payload import Dataset, Query, Request

folder, origin, fatal = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
HOUR = 3_600_000_000_000
WORLD = World(lambda: 0.0, lambda: 10**18, lambda _: None, lambda: 0.0)
events = 0

def requests(query):
    for part in range(2):
        yield Request(f"{origin}/{query.start // HOUR}", {"part": str(part)})

def event():
    global events
    events += 1
    if events == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

def take(received):
    event()
    (folder / "taken").mkdir(exist_ok=True)
    name = received.address.rsplit("/", 1)[-1].replace("?", "-")
    (folder / "taken" / name).write_text(received.sha256)
    event()

never = lambda _: False
dataset = Dataset("made", "hours", "", never, never, requests, 3_600, 6e9)
fetcher = Fetcher(Cache(folder / "cache"), WORLD, retry=Retry(attempts=1))
for step in Backfill(fetcher, dataset, Query(0, 3 * HOUR), folder / "state").run(take):
    event()
"""


def run_program(folder: Path, origin: str, fatal: int) -> int:
    arguments = [str(folder), origin, str(fatal)]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], check=False)
    return done.returncode


def echo() -> Callable[[Seen], bytes]:
    return lambda seen: answer(body=json.dumps([seen.path, seen.query]).encode())


@pytest.mark.long
def test_killed_at_each_moment_it_loses_no_window_and_fetches_none_again(tmp_path: Path) -> None:
    with LoopbackServer(echo()) as server:
        # Three events an answer and one a window, whose seventh comes after its checkpoint.
        for fatal in (1, 2, 5, 7):
            assert run_program(tmp_path, server.origin, fatal) == -signal.SIGKILL
        before = len(server.seen)
        assert run_program(tmp_path, server.origin, 10**6) == 0
        asked = [(seen.path, seen.query["part"]) for seen in server.seen]
    wanted = [(f"/{hour}", part) for hour in range(3) for part in "01"]
    assert before == 2
    assert asked == wanted
    names = sorted(path.name for path in (tmp_path / "taken").iterdir())
    assert names == sorted(f"{path[1:]}-part={part}" for path, part in wanted)
