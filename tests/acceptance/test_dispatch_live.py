"""``wattbook dispatch``: a device run by a position file in real time, as its user sees it."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import mqtt_broker
from wattbook.cli.main import main

COMMAND = [sys.executable, "-m", "wattbook", "dispatch"]
PATIENCE_SECONDS = 120.0
CONFIG = """
name = "north"
device = "battery.toml"
position = "position.csv"
step_seconds = 0.2
stale_seconds = 2
hold_seconds = 10

[limits]
charge_mw = 20
discharge_mw = 20
floor_mwh = 0
ceiling_mwh = 40
charge_efficiency = 0.927
discharge_efficiency = 0.927
ramp_mw_minute = 600
"""


def position(sold_mw: float, rows: int = 8, prices: str = "50,51") -> str:
    """Return a position of two hours each, the present ones half over: none ends in a test."""
    start = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    lines = ["delivery_start,delivery_end,sold_mw,bid,ask"]
    for place in range(rows):
        begin = start + dt.timedelta(hours=2 * place)
        end = begin + dt.timedelta(hours=2)
        lines.append(f"{begin.isoformat()},{end.isoformat()},{sold_mw},{prices}")
    return "\n".join(lines) + "\n"


def wait_for(what: Callable[[], object], why: str) -> Any:
    """Return what a condition gives once it holds."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(why)


@contextmanager
def started(folder: Path, *arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Lend a command that runs, and the file that it writes its lines to."""
    out = folder / f"{arguments[0]}-{time.monotonic_ns()}.txt"
    with out.open("w") as file:
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments), "--plain"],
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield process, out
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_SECONDS)


@pytest.fixture(params=["modbus", "mqtt"])
def behind(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Return what makes the simulated battery speak a protocol."""
    if request.param == "modbus":
        yield ["--protocol", "modbus"]
        return
    if reason := mqtt_broker.missing():
        pytest.skip(reason)
    with mqtt_broker.MqttBroker() as broker:
        yield ["--protocol", "mqtt", "--broker", broker.address]


def test_a_device_is_run_a_trip_is_proposed_for_and_a_restart_goes_on(
    tmp_path: Path, behind: list[str]
) -> None:
    (tmp_path / "dispatch.toml").write_text(CONFIG)
    (tmp_path / "position.csv").write_text(position(16.0))
    proposals = tmp_path / "dispatch-proposals.jsonl"
    simulated = ("simulate", "battery.toml", *behind, "--initial", "36", "--ramp", "600",
                 "--fault", "trip:8:600")  # fmt: skip
    with started(tmp_path, *simulated) as (_, said):
        wait_for(lambda: "its map is" in said.read_text(), "no battery")
        with started(tmp_path, "run", "dispatch.toml") as (process, out):
            wait_for(lambda: " availability_lost: north" in out.read_text(), "no trip was seen")
            wait_for(proposals.exists, "nothing was proposed")
            state_file = tmp_path / "dispatch-state.json"
            wait_for(lambda: json.loads(state_file.read_text())["setpoint_mw"] == 10.0, "no ramp")
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_SECONDS) == 0, out.read_text()
        first = json.loads(proposals.read_text().splitlines()[-1])
        assert first["battery"] == "north"
        # 16 MW are sold of each period and 10 MW run: 6 MW are bought back, or more.
        sides = {trade["side"] for trade in first["trades"]}
        assert "buy" in sides
        assert min(one["volume_mw"] for one in first["trades"] if one["side"] == "buy") >= 6.0
        assert first["solve_seconds"] < 1.0
        state = json.loads(state_file.read_text())
        again = subprocess.run(
            [*COMMAND, "run", "dispatch.toml", "--once", "--plain"],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert again.returncode == 0, again.stdout + again.stderr
        assert "set +10.000 MW" in again.stdout
        after = json.loads((tmp_path / "dispatch-state.json").read_text())
        assert after["net_at_start"] == state["net_at_start"]
        assert after["period_start"] == state["period_start"]


def test_a_damaged_position_is_told_and_the_one_before_stays(tmp_path: Path) -> None:
    (tmp_path / "dispatch.toml").write_text(CONFIG)
    path = tmp_path / "position.csv"
    path.write_text(position(4.0))
    with started(tmp_path, "simulate", "battery.toml", "--ramp", "600") as (_, said):
        wait_for(lambda: "its map is" in said.read_text(), "no battery")
        with started(tmp_path, "run", "dispatch.toml") as (process, out):
            wait_for(lambda: "MWh in the cells" in out.read_text(), "nothing is run")
            path.write_text(position(4.0).replace(",4.0,", ",much,", 1))
            wait_for(lambda: "sold_mw 'much' is no number; the position" in out.read_text(),
                     "no fault was told")  # fmt: skip
            path.write_text(position(-6.0))
            state = tmp_path / "dispatch-state.json"
            wait_for(lambda: json.loads(state.read_text())["setpoint_mw"] < 0, "not read anew")
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_SECONDS) == 0, out.read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("step_seconds = 0.2", "step_seconds = 0", "step_seconds = 0.0; give more than 0"),
        ("step_seconds = 0.2", "steps = 1", "there is no key 'steps'"),
        ('name = "north"', "name = 7", "name = 7 is not text"),
        ("ceiling_mwh = 40", "ceiling_mwh = -1", "leave no room"),
        ("charge_mw = 20\n", "", "charge_mw"),
        ("[limits]", "[limit]", "has no [limits]"),
        ('device = "battery.toml"', 'device = "none.toml"', "none.toml cannot be read"),
        ('position = "position.csv"', 'position = "none.csv"', "none.csv cannot be read"),
    ],
)
def test_a_config_that_does_not_fit_is_refused_and_names_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    assert old in CONFIG
    (tmp_path / "dispatch.toml").write_text(CONFIG.replace(old, new, 1))
    (tmp_path / "position.csv").write_text(position(1.0))
    assert main(["dispatch", "run", str(tmp_path / "dispatch.toml")]) == 2
    assert said in capsys.readouterr().err


def test_a_damaged_state_is_refused_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dispatch.toml").write_text(CONFIG)
    (tmp_path / "position.csv").write_text(position(1.0))
    (tmp_path / "dispatch-state.json").write_text("{}")
    assert main(["dispatch", "run", str(tmp_path / "dispatch.toml")]) == 2
    said = capsys.readouterr().err
    assert "dispatch-state.json is damaged" in said
    assert "remove it" in said
