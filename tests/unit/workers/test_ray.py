"""Sweeps and backtests over Ray: no bit is other than without, nothing leaves the machine."""

import dataclasses
import datetime as dt
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from wattbook.errors import InputError
from wattbook.runtime.backtest import backtest_days
from wattbook.runtime.desk.builtin import builtin_desk
from wattbook.runtime.research import study
from wattbook.runtime.research.quotes import made_up_quotes
from wattbook.runtime.run import Stop
from wattbook.strategy.sweep import grid
from wattbook.workers import Workers, mapped, unchanged

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_here")]
RAY = Workers(2, "local")


def test_it_listens_on_loopback_alone_and_reports_nothing(ray_here: Any) -> None:
    us = psutil.Process()
    listening = [
        socket.laddr.ip
        for process in (us, *us.children(recursive=True))
        for socket in process.net_connections("inet")
        if socket.status == psutil.CONN_LISTEN
    ]
    assert len(listening) > 3
    assert {one.removeprefix("::ffff:") for one in listening} == {"127.0.0.1"}
    assert not ray_here._common.usage.usage_lib.usage_stats_enabled()
    assert ray_here.cluster_resources()["object_store_memory"] <= 256 * 2**20
    assert not (Path.home() / ".ray" / "auth_token").exists()


def dies_once(folder: str, item: int) -> tuple[int, int]:
    """The first life of the task with item 1 ends with its worker."""
    mark = Path(folder) / str(item)
    lives = int(mark.read_text()) + 1 if mark.exists() else 1
    mark.write_text(str(lives))
    if item == 1 and lives == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return item, lives


def test_a_task_whose_worker_is_killed_is_begun_anew(tmp_path: Path) -> None:
    found = dict(mapped(RAY, unchanged, str(tmp_path), dies_once, [0, 1, 2]))
    assert found == {0: (0, 1), 1: (1, 2), 2: (2, 1)}


def refuses(_about: None, item: int) -> int:
    message = f"item {item} is odd; give an even one"
    raise InputError(message)


def test_an_error_of_a_task_arrives_as_it_was_raised() -> None:
    with pytest.raises(InputError, match=r"^item 3 is odd; give an even one$") as caught:
        list(mapped(RAY, unchanged, None, refuses, [3]))
    assert type(caught.value) is InputError


def test_a_study_is_the_same_bit_for_bit() -> None:
    quotes = made_up_quotes(20_000, 3)
    sets = grid("ema_cross", {"fast": list(range(3, 53)), "slow": [60, 90]})
    told: list[int] = []
    alone = study(quotes.bid, quotes.ask, "ema_cross", sets, fee=0.01, paths=60)
    spread = study(
        quotes.bid, quotes.ask, "ema_cross", sets, fee=0.01, paths=60,
        workers=RAY, tell=lambda done, _: told.append(done),
    )  # fmt: skip
    assert len(told) == 4
    assert told[-1] == len(sets)
    for part in dataclasses.fields(alone.found):
        one, other = getattr(alone.found, part.name), getattr(spread.found, part.name)
        assert np.array_equal(one, other), part.name
    for name in ("walk_pnl", "cross", "paths"):
        assert np.array_equal(getattr(alone, name), getattr(spread, name)), name
    assert (alone.best, alone.walk, alone.deflated) == (spread.best, spread.walk, spread.deflated)


def test_days_are_the_same_whoever_trades_them() -> None:
    desk = builtin_desk("generated")
    first, last = dt.date(2026, 3, 28), dt.date(2026, 3, 29)
    alone, here, on_ray = (
        [
            day.to_json()
            for day in backtest_days(
                desk, first, last, data=None, seed=7, stop=Stop(), workers=workers
            )
        ]
        for workers in (None, Workers(2), RAY)
    )
    assert len({day["state_hash"] for day in alone}) == 2
    assert alone == here == on_ray


def test_the_command_uses_a_cluster_that_runs(ray_here: Any) -> None:
    address = ray_here.get_runtime_context().gcs_address
    command = [sys.executable, "-m", "wattbook", "sweep", "--made-up", "20000", "--json"]
    command += ["--set", "fast=3:40:1", "--set", "slow=60,90"]
    alone, on_ray = (
        subprocess.run([*command, *more], capture_output=True, text=True, check=True)
        for more in ([], ["--ray", address])
    )
    assert json.loads(alone.stdout) == json.loads(on_ray.stdout)
    # It left the cluster as it was.
    assert ray_here.get(ray_here.put(1)) == 1
