"""Live ingestion polls on time, waits longer after a failure, and leaves no gap after a pause."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from direct_reader import DirectReader
from loopback_server import LoopbackServer, Seen, answer
from wattbook.cli import main
from wattbook.errors import InputError
from wattbook.runtime.ingest.endpoint import MetricsEndpoint
from wattbook.runtime.ingest.live import Live
from wattbook.runtime.ingest.live_config import load_config
from wattbook.runtime.ingest.normalizers import AsRead
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.sources.fetch import Fetcher, Retry, Stopped, World
from wattbook.sources.payload import Query
from wattbook.store.observations import ObservationStore

EXAMPLES = Path(__file__).parents[3] / "examples"
NOON = int(dt.datetime(2025, 3, 30, 12, tzinfo=dt.UTC).timestamp()) * 10**9
HEAD = "meter,start,kwh\n"


@dataclass
class Made:
    """A world whose clock moves by sleeping, and that stops after some sleeps."""

    sleeps_max: int = 10**9
    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        if len(self.slept) == self.sleeps_max:
            raise Stopped
        self.slept.append(seconds)
        self.seconds += seconds

    @property
    def world(self) -> World:
        now = lambda: NOON + round(self.seconds * 1e9)  # noqa: E731
        return World(lambda: self.seconds, now, self.sleep, lambda: 0.0)


def written(folder: Path, text: str) -> Path:
    path = folder / "live.toml"
    path.write_text(text)
    return path


def config_text(extra: str = "", every: int | str = 600, look_back: int = 3_600) -> str:
    return f"""
islands = [{str(EXAMPLES / "own_source.py")!r}]
{extra}
[[poll]]
name = "meters"
source = "own"
dataset = "readings"
every_seconds = {every}
look_back_seconds = {look_back}
"""


def days(seen: list[Seen]) -> list[str]:
    return [request.path.rsplit("/", 1)[-1].removesuffix(".csv") for request in seen]


def live(folder: Path, server: LoopbackServer, made: Made, text: str = "") -> Live:
    config = load_config(written(folder, text or config_text()))
    islands = config.island_names()
    reader = DirectReader(islands)
    pipeline = Pipeline(folder / "store", islands, AsRead, made.world.now, reader)
    fetcher = Fetcher(
        pipeline.cache,
        made.world,
        retry=Retry(attempts=1),
        origins={"https://meters.example.org": server.origin},
    )
    return Live(config, pipeline, fetcher, made.world)


def reading(value: Callable[[], float]) -> Callable[[Seen], bytes]:
    return lambda seen: answer(body=f"{HEAD}north,{seen.path[-14:-4]}T00:00Z,{value()}\n".encode())


def test_it_polls_on_schedule_and_takes_only_what_changed(tmp_path: Path) -> None:
    made, value = Made(), 1.0
    with LoopbackServer(reading(lambda: value)) as server:
        under_test = live(tmp_path, server, made)
        ticks = under_test.run(for_seconds=1_300)
        first, second = next(ticks), next(ticks)
        value = 2.0
        third = next(ticks)
        assert list(ticks) == []
    assert [tick.at - NOON for tick in (first, second, third)] == [0, 600 * 10**9, 1_200 * 10**9]
    assert [len(tick.ingested) for tick in (first, second, third)] == [1, 0, 1]
    assert second.unchanged == 1
    store = under_test.pipeline.observations
    assert store.as_known(NOON + 10**9)["value"].to_list() == [1.0]
    assert store.as_known()["value"].to_list() == [2.0]


def test_a_pause_leaves_no_gap(tmp_path: Path) -> None:
    made = Made()
    with LoopbackServer(reading(lambda: 1.0)) as server:
        list(live(tmp_path, server, made).run(once=True))
        made.seconds += 3 * 86_400
        list(live(tmp_path, server, made).run(once=True))
        asked = days(server.seen)
    assert asked == ["2025-03-30", "2025-03-30", "2025-03-31", "2025-04-01", "2025-04-02"]


def test_it_waits_longer_after_each_failure_and_others_go_on(tmp_path: Path) -> None:
    made = Made()
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    text = config_text() + '[[inbox]]\nname = "dropped"\npath = "inbox"\nevery_seconds = 2000\n'
    with LoopbackServer(lambda _: answer(500)) as server:
        found = live(tmp_path, server, made, text).run(for_seconds=5_000)
        ticks = [(tick.name, (tick.at - NOON) // 10**9, bool(tick.fault)) for tick in found]
    assert ticks == [
        ("meters", 0, True),
        ("dropped", 0, False),
        ("meters", 1_200, True),
        ("dropped", 2_000, False),
        ("meters", 3_600, True),
        ("dropped", 4_000, False),
    ]


def test_a_stop_ends_a_wait(tmp_path: Path) -> None:
    with LoopbackServer(reading(lambda: 1.0)) as server:
        ticks = live(tmp_path, server, Made(sleeps_max=1)).run()
        assert [next(ticks).name, next(ticks).name] == ["meters", "meters"]
        with pytest.raises(Stopped):
            next(ticks)


def test_what_is_not_published_yet_is_no_failure(tmp_path: Path) -> None:
    with LoopbackServer(lambda _: answer(404)) as server:
        (tick,) = live(tmp_path, server, Made()).run(once=True)
    assert (tick.fault, len(tick.refused)) == ("", 1)


def test_an_answer_that_was_fetched_but_not_taken_is_taken(tmp_path: Path) -> None:
    with LoopbackServer(reading(lambda: 1.0)) as server:
        under_test = live(tmp_path, server, Made())
        own = under_test.pipeline.dataset("own", "readings")
        assert own.requests is not None
        for request in own.requests(Query(NOON, NOON + 1)):
            under_test.fetcher.fetch(own, request)
        # Killed here; the next poll gets the same bytes.
        (tick,) = live(tmp_path, server, Made()).run(once=True)
    assert [entry.rows for entry in tick.ingested] == [1]


def test_an_inbox_takes_settled_files_once_and_leaves_them(tmp_path: Path) -> None:
    made = Made()
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name, age in (("old.csv", 100), ("young.csv", 1)):
        (inbox / name).write_text(f"{HEAD}{name},2025-03-30T00:00Z,1\n")
        stamp = NOON - age * 10**9
        os.utime(inbox / name, ns=(stamp, stamp))
    (inbox / "README.md").write_text("about")
    text = (
        f'islands = ["{EXAMPLES / "own_source.py"}"]\n'
        '[[inbox]]\nname = "dropped"\npath = "inbox"\nsettle_seconds = 5\n'
    )
    with LoopbackServer(lambda _: None) as server:
        ticks = list(live(tmp_path, server, made, text).run(for_seconds=25))
    assert [[entry.name for entry in tick.ingested] for tick in ticks] == [
        ["old.csv"],
        ["young.csv"],
        [],
    ]
    assert sorted(path.name for path in inbox.iterdir()) == ["README.md", "old.csv", "young.csv"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = ", "cannot be read as TOML"),
        ("", r"no \[\[poll\]\], \[\[inbox\]\] or \[\[venue\]\]"),
        ('colour = "red"', "there is no key 'colour'; there are store"),
        ('[[poll]]\nname = "a"', r"\[\[poll\]\] 1: missing 3 required"),
        ('[[inbox]]\nname = "a"\npath = 7', "path = 7 is no str"),
        ('[[inbox]]\nname = "a"\npath = "x"\nevery_seconds = 0', "give seconds above 0"),
        ('[[inbox]]\nname = "a b"\npath = "x"', "use letters, digits"),
        ('[[inbox]]\nname = "a"\npath = "x"\n' * 2, "'a' twice"),
        ("poll = 3", "poll = 3 is no list"),
        (config_text("as_read = 1"), "as_read = 1 is no bool"),
        (config_text("payload_seconds = 0"), "payload_seconds = 0; give seconds above 0"),
        (config_text("payload_memory_mb = -1"), "payload_memory_mb = -1; give MiB above 0"),
        (config_text(every="nan"), "every_seconds = nan; give seconds above 0"),
        (config_text(every="inf"), "every_seconds = inf; give seconds above 0"),
        (config_text("payload_memory_mb = nan"), "payload_memory_mb = nan; give MiB above 0"),
        (config_text("allow_remote = 1"), "allow_remote = 1 is no bool"),
        (config_text('partitions = "4"'), "partitions = '4' is no int"),
        (config_text("partitions = 0"), "partitions = 0; give 1 or more"),
        (config_text("bus = 1"), "bus = 1 is no str"),
        (config_text().replace('"readings"', '"gone"'), "no source has the dataset own gone"),
    ],
)
def test_a_config_that_cannot_run_is_refused_with_place_and_fix(
    text: str, said: str, tmp_path: Path
) -> None:
    with LoopbackServer(lambda _: None) as server:
        made = Made()
        with pytest.raises(InputError, match=said):
            live(tmp_path, server, made, text or "# empty")


@pytest.mark.long
def test_the_example_runs_as_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    for name in ("live.toml", "own_source.py"):
        shutil.copy(EXAMPLES / name, folder)
    with LoopbackServer(reading(lambda: 1.0)) as server:
        arguments = ["--origin", f"https://meters.example.org={server.origin}"]
        command = ["ingest", "live", str(folder / "live.toml"), "--once", "--plain", *arguments]
        assert main(command) == 1
        out = capsys.readouterr().out
        assert "meters: 3 new, 0 unchanged, 3 rows, 0 set aside" in out
        # Nobody has made the example's inbox yet; the poll goes on all the same.
        assert "inbox is not there; make the folder" in out
        (tmp_path / "runs" / "inbox").mkdir()
        assert main(command) == 0
    assert "meters: 0 new, 3 unchanged" in capsys.readouterr().out
    assert "wattbook_ingest_payloads" in (tmp_path / "runs" / "ingest.prom").read_text()
    assert (tmp_path / "runs" / "ingest" / "observations").is_dir()


def test_what_is_polled_goes_over_the_bus_into_another_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('version = "own"\n[[dataset]]\nname = "metered_energy"\nunit = "MWh"\n')
    # By the real clock, and no further back, so that it is one day's file also after midnight.
    text = config_text('bus = "ring"\nland = "landed"\nrules = "rules.toml"', look_back=1)
    config = written(tmp_path, text)
    with LoopbackServer(reading(lambda: 1.0)) as server:
        arguments = ["--origin", f"https://meters.example.org={server.origin}", "--plain"]
        assert main(["ingest", "live", str(config), "--once", *arguments]) == 0
    assert "1 rows" in capsys.readouterr().out
    for name in ("wattbook-store", "landed"):
        rows = ObservationStore(tmp_path / name / "observations").as_known()
        assert rows.select("location", "value", "unit").rows() == [("SERIES:north", 0.001, "MWh")]
    written(tmp_path, config_text('bus = "ring"'))
    assert main(["ingest", "live", str(config), "--once"]) == 2
    assert "say where its rows land" in capsys.readouterr().err
    written(tmp_path, config_text('bus = "bus"\nland = "landed"'))
    assert main(["ingest", "live", str(config), "--once"]) == 2
    assert "'bus' is no bus; write ring, or kafka://" in capsys.readouterr().err


@contextmanager
def running(config: Path, server: LoopbackServer) -> Iterator[subprocess.Popen[str]]:
    """Run the command in a process of its own; ended whatever happens."""
    origin = f"https://meters.example.org={server.origin}"
    arguments = ["ingest", "live", str(config), "--plain", "--origin", origin]
    command = [sys.executable, "-m", "wattbook", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.long
def test_ctrl_c_ends_it_cleanly_and_the_next_start_goes_on(tmp_path: Path) -> None:
    config = written(tmp_path, config_text())
    with LoopbackServer(reading(lambda: 1.0)) as server, running(config, server) as process:
        assert "meters:" in line(process)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stopped; the same command goes on" in out
    assert (tmp_path / "wattbook-store" / "live" / "meters.json").exists()


@pytest.mark.long
def test_metrics_can_be_scraped_while_it_runs(tmp_path: Path) -> None:
    config = written(tmp_path, config_text('listen = "127.0.0.1:0"', look_back=1))
    with LoopbackServer(reading(lambda: 1.0)) as server, running(config, server) as process:
        address = line(process).removeprefix("metrics at ").strip()
        assert "meters:" in line(process)
        # Measured after the poll that was just told.
        for _ in range(600):
            answered = httpx.get(address)
            if answered.text:
                break
            time.sleep(0.05)
        missing = httpx.get(address.replace("metrics", "other"))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert 'wattbook_ingest_payloads{source="own"} 1' in answered.text
    assert answered.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert missing.status_code == 404
    assert process.returncode == 0


NO_PORTS = ("", "²", "١", "-1", "+1", " 1", "9" * 5_000)
"""The second and third are digits that are none of ours, and the last is too long for `int`."""


@pytest.mark.parametrize(
    "listen",
    ["9477", "127.0.0.1:x", "127.0.0.1:70000", ":1", *(f"127.0.0.1:{x}" for x in NO_PORTS)],
)
def test_an_address_that_is_none_is_refused(listen: str) -> None:
    with pytest.raises(InputError, match="write host:port"):
        MetricsEndpoint(listen)


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1", "desk.example", "127.1"])  # noqa: S104
def test_other_machines_read_the_metrics_only_with_permission(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, config_text(f'listen = "{host}:0"'))
    assert main(["ingest", "live", str(config), "--once"]) == 2
    said = capsys.readouterr().err
    assert f"listen = '{host}:0' lets other machines read the metrics; give 127.0.0.1:0" in said
    assert "allow_remote = true" in said


def test_permission_lets_it_listen_at_any_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A name to whoever checks addresses, and this machine to the resolver: nothing is opened.
    config = written(tmp_path, config_text('listen = "127.1:0"\nallow_remote = true'))
    with LoopbackServer(reading(lambda: 1.0)) as server:
        arguments = ["--origin", f"https://meters.example.org={server.origin}", "--plain"]
        assert main(["ingest", "live", str(config), "--once", *arguments]) == 0
    assert "metrics at http://127.0.0.1:" in capsys.readouterr().out


def has_ipv6() -> bool:
    """Return whether this machine can listen on its IPv6 loopback address."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        pytest.param(
            "[::1]", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")
        ),
    ],
)
def test_this_machine_needs_no_permission_to_read_the_metrics(host: str) -> None:
    with MetricsEndpoint(f"{host}:0") as endpoint:
        endpoint.show("rows 1\n")
        assert host == "localhost" or endpoint.address.startswith(f"http://{host}:")
        assert httpx.get(endpoint.address).text == "rows 1\n"
