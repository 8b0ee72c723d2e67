"""Payloads to Kafka and from there into another store, whoever is killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import kafka_broker
from wattbook.ingest.transport import KafkaBus
from wattbook.store.observations import ObservationStore

pytestmark = pytest.mark.stack

ISLAND = Path(__file__).parents[2] / "examples" / "own_source.py"
PATIENCE_S = 240.0
PAYLOADS = 40
METERS = ("north", "south", "east")
Arguments = list[str | Path]


def inbox(folder: Path) -> Path:
    folder.mkdir()
    for number in range(PAYLOADS):
        lines = [f"{meter},2025-03-{number % 28 + 1:02}T{h:02}:00Z,{number}\n"
                 for meter in METERS for h in range(24)]  # fmt: skip
        path = folder / f"{number:03}.csv"
        path.write_text("meter,start,kwh\n" + "".join(lines))
        os.utime(path, ns=(10**18 + number, 10**18 + number))
    return folder


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "wattbook", "ingest", *map(str, arguments), "--plain"]


def run(*arguments: str | Path) -> str:
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def kill_when(process: subprocess.Popen[bytes], is_time: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_time():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()


def arrived(store: Path) -> int:
    if not (store / "observations" / "catalogue.sqlite").exists():
        return 0
    return ObservationStore(store / "observations").catalogue.arrival_count("own")


def test_rows_that_went_by_kafka_are_there_once_and_all_of_them(
    kafka: kafka_broker.Cluster, topic: str, tmp_path: Path
) -> None:
    folder, store, landed = inbox(tmp_path / "inbox"), tmp_path / "store", tmp_path / "landed"
    bus = f"kafka://{kafka.address}"
    replay: Arguments = [
        "replay", folder, "--store", store, "--island", ISLAND, "--bus", bus, "--topic", topic,
    ]  # fmt: skip
    # Killed after some were published, so that the next start publishes the rest.
    with subprocess.Popen(command(*replay), stderr=subprocess.DEVNULL) as process:
        kill_when(process, lambda: arrived(store) >= 36)
    registry = store / "schemas.sqlite"
    land: Arguments = ["land", bus, "--topic", topic, "--group", f"{topic}-g", "--store", landed]
    land += ["--registry", registry]
    # Two workers share the topic out and land into one store; one of them dies with rows in hand.
    with (
        subprocess.Popen(command(*land), stderr=subprocess.DEVNULL) as doomed,
        subprocess.Popen(command(*land, "--idle", "20"), stderr=subprocess.DEVNULL) as other,
    ):
        kill_when(doomed, lambda: arrived(landed) >= 1)
        run(*replay)
        # Whatever was published a second time is landed once.
        for path in (store / "outbox").iterdir():
            path.unlink()
        run(*replay)
        assert other.wait(PATIENCE_S) == 0
    said = run(*land, "--idle", "15", "--metrics", tmp_path / "lag.prom")
    assert "0 set aside, 0 behind" in said
    assert f'topic="{topic}"' in (tmp_path / "lag.prom").read_text()
    one, two = (ObservationStore(root / "observations") for root in (store, landed))
    rows = one.versions().collect()
    names = rows.columns
    assert rows.height == PAYLOADS * len(METERS) * 24
    assert two.versions().collect().select(names).sort(names).equals(rows.sort(names))
    assert sum(KafkaBus(kafka.address).lag(topic, f"{topic}-g").values()) == 0
    # What the landing store is asked is what the first one is asked.
    told: Arguments = ["series", "metered_energy", "--location", "SERIES:north", "--json"]
    assert run(*told, "--store", landed) == run(*told, "--store", store)
