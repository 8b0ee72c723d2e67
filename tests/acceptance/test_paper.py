"""Paper trading as its user sees it: prices piped in, stopped, killed, resumed, verified."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from wattbook._core import replay
from wattbook.runtime.contributions import kept_contributions
from wattbook.runtime.desk.builtin import builtin_text

COMMAND = [sys.executable, "-m", "wattbook"]
# Noon of the built-in generated day, whose market is two-settlement with five-minute prices.
NOON = ["--from", "2026-06-30T12:00:30Z"]


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "WATTBOOK_DATA"}


def wattbook(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def started(out: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "paper", "--out", str(out), "--plain", "--status-seconds", "0.1", *arguments],
        env=environment(),
        cwd=out.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """Read the output up to a line that holds `pattern`; a process that never says it is ended."""
    assert process.stdout is not None
    read = []
    watchdog = threading.Timer(60.0, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            read.append(line)
            found = re.search(pattern, line)
            if found:
                return found
    finally:
        watchdog.cancel()
    raise AssertionError("".join(read))


def facts(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return document


def price_line(clock: str, price: float, **more: object) -> str:
    entry = {"market": "generated day", "delivery_start": f"2026-06-30T{clock}:00Z", "price": price}
    return json.dumps(entry | more) + "\n"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder and output of the generated day, played at full speed."""
    folder = tmp_path_factory.mktemp("played")
    done = wattbook("paper", "--replay-speed", "200000", "--out", folder / "run", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "run", done.stdout


def test_a_played_day_prints_the_flow_and_ends_with_tables_and_report(
    played: tuple[Path, str],
) -> None:
    folder, output = played
    happened, totals = output.split("The whole run:")
    for number, title in enumerate(("Market data", "Signals", "Risk validation"), start=1):
        assert f"{number}. {title}: " in happened
        assert f"{number}. {title}: " in totals
    assert "491 rows read, 491 kept" in totals
    assert "P&L by strategy" in totals
    strategies = facts(folder)["figures"]["pnl_units_by_strategy"]
    assert {"momentum", "mean reversion", "battery"} == set(strategies)
    assert all(int(units) != 0 for units in strategies.values())
    assert facts(folder)["state"] == "complete"
    assert "synthetic book" in (folder / "report.html").read_text(encoding="utf-8")
    prices = pl.read_parquet(folder / "events" / "reference_price.parquet")
    assert (prices["ts_recv"] == prices["ts_recv"].sort()).all()


def test_the_same_day_at_another_speed_is_the_same_run(
    played: tuple[Path, str], tmp_path: Path
) -> None:
    slower = wattbook("paper", "--replay-speed", "60000", "--out", tmp_path / "run", cwd=tmp_path)
    assert slower.returncode == 0, slower.stderr
    assert facts(tmp_path / "run")["state_hash"] == facts(played[0])["state_hash"]


def test_the_journal_replays_and_verifies(played: tuple[Path, str]) -> None:
    folder, _ = played
    done = wattbook("replay", folder, cwd=folder)
    assert (done.returncode, facts(folder)["state_hash"] in done.stdout) == (0, True)
    for kind in ("journal", "run"):
        assert wattbook("verify", kind, folder, cwd=folder).returncode == 0


def test_a_day_that_is_traded_again_is_the_same_and_every_difference_is_told(
    played: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = played
    run, desk, other = tmp_path / "run", tmp_path / "desk.toml", tmp_path / "other.toml"
    shutil.copytree(folder, run)
    text = builtin_text("generated")
    desk.write_text(text, encoding="utf-8")
    assert "\nvolume = 5\n" in text
    other.write_text(text.replace("\nvolume = 5\n", "\nvolume = 7\n", 1), encoding="utf-8")
    same = wattbook("replay", run, "--strategies", desk, cwd=tmp_path)
    assert (same.returncode, same.stdout.count("no difference")) == (0, 2), same.stdout
    # Another version of the strategy: its first order is the first difference.
    kept = tmp_path / "differences.parquet"
    done = wattbook("replay", run, "--strategies", other, "--out", kept, "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert (done.returncode, told["is_same"], told["events"]["differences"]) == (1, False, 0)
    first = told["strategies"]["shown"][0]
    assert (first["table"], first["field"], first["was"], first["now"]) == (
        ("order_routed", "volume", "5", "7")
    )
    assert pl.read_parquet(kept).height == told["strategies"]["differences"]
    # One price of the recorded fills.
    path = run / "events" / "filled.parquet"
    fills = pl.read_parquet(path)
    price = pl.when(pl.int_range(pl.len()) == 5).then(pl.col("price") + 1).otherwise("price")
    fills.with_columns(price.cast(fills.schema["price"]).alias("price")).write_parquet(path)
    planted = wattbook("replay", run, cwd=tmp_path)
    assert planted.returncode == 1
    assert re.search(r"33 tables, 1 difference\n  filled: 1\n  filled, input .*: price was ",
                     planted.stdout)  # fmt: skip
    # Without what the run notes at its end, the command that goes on with it is named.
    begun = facts(run)
    (run / "run.json").write_text(
        json.dumps({key: begun[key] for key in ("format", "asked")}), encoding="utf-8"
    )
    killed = wattbook("replay", run, "--strategies", desk, cwd=tmp_path)
    assert f"`wattbook paper DESK --resume --out {run}` goes on" in killed.stdout
    assert "traded again: " in killed.stdout
    assert "no difference" in killed.stdout


def test_lines_are_piped_in_bad_ones_set_aside_and_ctrl_c_ends_cleanly(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with started(out, *NOON) as process:
        assert process.stdin is not None
        process.stdin.write(
            price_line("11:55", -20.0) + "what is this\n" + price_line("12:00", 1.0)
        )
        process.stdin.write(price_line("12:05", -20.0) + price_line("12:00", 9.0, day_ahead=True))
        process.stdin.flush()
        until(process, r"line 2 set aside: (.*): what is this")
        status = until(process, r"price 1\.00.*journal: ([\d,]+) inputs on disk.*5 lines, 4 set")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert process.returncode == 130
    assert facts(out)["state"] == "stopped"
    assert facts(out)["inputs"] >= int(status[1].replace(",", ""))
    entries = (out / "feed_quarantine.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(entry)["line"] for entry in entries] == [1, 2, 4, 5]
    for kind in ("journal", "run"):
        assert wattbook("verify", kind, out, cwd=tmp_path).returncode == 0


def test_the_end_of_the_input_ends_the_run(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with started(out, *NOON) as process:
        output, _ = process.communicate(price_line("12:00", 33.0), timeout=120)
    assert process.returncode == 0, output
    assert "1 rows read, 1 kept" in output
    assert "Stopped before the day was over" in output


def test_a_loopback_socket_takes_lines_of_several_connections(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with started(out, *NOON, "--listen", "0") as process:
        port = int(until(process, r"port (\d+)")[1])
        for number, sent in enumerate((price_line("12:00", 10.0), "?\n"), start=1):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(sent.encode())
            until(process, rf"price 10\.00.* {number} lines, {number - 1} set aside")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)
    prices = pl.read_parquet(out / "events" / "reference_price.parquet")
    marks = prices.filter(pl.col("kind") == "mark")
    assert marks["price"].cast(pl.Float64).to_list() == [10.0]


def records(folder: Path, upto: int) -> dict[str, pl.DataFrame]:
    """Return the tables of a journal, inputs and events, up to a sequence."""
    *_, tables = replay(folder, desk_currency="EUR", keeps_events=True, keeps_market=True)
    frames = {name: pl.DataFrame(table) for name, table in tables.items()}
    kept = {name: frame.filter(pl.col("sequence") <= upto) for name, frame in frames.items()}
    return {name: frame for name, frame in kept.items() if frame.height}


def test_kill_9_loses_nothing_acknowledged_and_resume_goes_on(
    played: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    lives: list[tuple[int, int]] = []
    # The first hours lie before the day; each life is killed some hours of the day later.
    for hour in (4, 9, 13):
        # A busy machine may be late: one of the next hours will do.
        hours = "|".join(f"{later:02}" for later in range(hour, hour + 4))
        more = ["--resume"] if lives else []
        with started(out, "--replay-speed", "10000", *more) as process:
            if lives:
                resumed = until(process, r"resumed: ([\d,]+) inputs of the journal met")
                assert int(resumed[1].replace(",", "")) >= lives[-1][1]
            status = until(process, rf"30 Jun 2026 (?:{hours}):.* journal: ([\d,]+) inputs on disk")
            process.kill()
            process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL
        acknowledged = int(status[1].replace(",", ""))
        held, *_ = replay(out / "journal", desk_currency="EUR")
        assert held >= acknowledged
        before = records(out / "journal", acknowledged)
        lives.append((held, acknowledged))
        if len(lives) == 1:
            first = before
    done = wattbook("paper", "--replay-speed", "200000", "--out", out, "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert facts(out)["state"] == "complete"
    # What the first life acknowledged is there as it was.
    after = records(out / "journal", lives[0][1])
    assert after.keys() == first.keys()
    assert all(after[name].equals(first[name]) for name in first)
    # What made each forecast is told once, as in a run that nobody killed.
    whole, pieces = (kept_contributions(one, "generated day", 2**62) for one in (played[0], out))
    assert len(pieces) > 200
    assert pieces == whole
    sessions = pl.read_parquet(out / "events" / "cancel_all.parquet")
    assert sessions["sequence"].to_list() == [held + 1 for held, _ in lives]
    for kind in ("journal", "run"):
        assert wattbook("verify", kind, out, cwd=tmp_path).returncode == 0
    assert wattbook("replay", out, cwd=tmp_path).returncode == 0


def test_a_live_run_is_killed_and_resumed_on_the_same_journal(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with started(out, *NOON) as process:
        assert process.stdin is not None
        process.stdin.write("what is this\n" + price_line("12:00", -5.0))
        process.stdin.flush()
        until(process, r"price -5\.00")
        process.kill()
        process.communicate(timeout=120)
    with started(out, *NOON, "--resume") as process:
        until(process, r"resumed: ")
        assert process.stdin is not None
        # A price that the journal holds is known; the next one is new.
        process.stdin.write(price_line("12:00", -5.0))
        process.stdin.flush()
        until(process, r"line 1 set aside: the delivery period was there before, with the same")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert process.returncode == 130
    # The lines of both lives are counted: two that were set aside and one that was kept.
    (_, *_, live) = facts(out)["data"]
    assert (live["rows_read"], live["rows_kept"], live["set_aside"]) == (3, 1, 2)
    assert wattbook("verify", "run", out, cwd=tmp_path).returncode == 0


def test_another_kind_of_run_is_not_resumed(played: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = played
    live = wattbook("paper", "--out", folder, "--resume", *NOON, cwd=tmp_path)
    assert (live.returncode, "a day played again" in live.stderr) == (2, True)
    fresh = wattbook("paper", "--replay-speed", "9", "--out", folder, cwd=tmp_path)
    assert (fresh.returncode, "not empty" in fresh.stderr) == (2, True)
