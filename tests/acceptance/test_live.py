"""Live trading over loopback: a simulated exchange and a desk, each a process of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import pytest

from wattbook._core import replay

COMMAND = [sys.executable, "-m", "wattbook"]
DESK = Path(__file__).parents[2] / "examples" / "live_desk.toml"
# Noon of a day whose front contract trades for another hour.
NOON = ["--from", "2026-06-30T12:00:30Z"]
FILLS = r"account DESK: .* bought ([\d.]+) MW, sold ([\d.]+) MW, (\d+) fills"


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "WATTBOOK_DATA"}


class Process:
    """A process whose output is read as it comes."""

    started: ClassVar[list[Process]] = []

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self.started.append(self)
        self.lines: list[str] = []
        self.came = threading.Condition()
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=cwd,
            env=environment() | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.came:
                self.lines.append(line)
                self.came.notify_all()
        with self.came:
            self.lines.append("(ended)")
            self.came.notify_all()

    def seen(self, pattern: str, start: int = 0) -> list[re.Match[str]]:
        return [found for line in self.lines[start:] if (found := re.search(pattern, line))]

    def until(self, pattern: str, start: int = 0) -> re.Match[str]:
        """Wait for a line behind the first `start` that holds `pattern`."""

        def is_there() -> bool:
            return bool(self.seen(pattern, start)) or self.lines[-1:] == ["(ended)"]

        with self.came:
            self.came.wait_for(is_there, timeout=90.0)
            found = self.seen(pattern, start)
        assert found, (pattern, "".join(self.lines[-60:]))
        return found[0]

    def end(self, number: signal.Signals) -> int:
        """End the process and wait until everything that it said was read."""
        self.process.send_signal(number)
        with self.came:
            assert self.came.wait_for(lambda: self.lines[-1:] == ["(ended)"], timeout=90.0)
        return self.process.wait(timeout=90.0)

    def clear(self) -> None:
        """End the process if a test has not, and give back what it held."""
        self.process.kill()
        self.process.wait(timeout=90.0)
        self.reader.join(timeout=90.0)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()


class Exchange(Process):
    """`wattbook fix exchange` on a free port."""

    def __init__(self, cwd: Path, file: Path = DESK) -> None:
        super().__init__("fix", "exchange", str(file), "--port", "0", *NOON, cwd=cwd)
        self.port = int(self.until(r"listening on 127\.0\.0\.1:(\d+)")[1])

    def fills(self) -> int:
        told = self.seen(FILLS)
        return int(told[-1][3]) if told else 0

    def until_fills(self, count: int) -> None:
        """Wait until the desk has as many fills at the exchange."""
        with self.came:
            reached = self.came.wait_for(lambda: self.fills() >= count, timeout=90.0)
        assert reached, "".join(self.lines)

    def close(self) -> tuple[int, dict[str, tuple[float, int]]]:
        """Close; return orders placed, and position and fills of each contract."""
        assert self.end(signal.SIGINT) == 0
        last = self.lines.index("closed\n")
        orders = int(self.seen(r"account DESK: (\d+) orders", last)[0][1])
        accounts = {}
        for line in self.lines[last:]:
            found = re.search(r"DESK: (.+): bought ([\d.]+) MW, sold ([\d.]+) MW, (\d+)", line)
            if found:
                accounts[found[1]] = (float(found[2]) - float(found[3]), int(found[4]))
        return orders, accounts


class Cable:
    """A line between desk and exchange that can be cut and mended."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.is_cut = False
        self.open: list[socket.socket] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                desk, _ = self.server.accept()
            except OSError:
                return
            if self.is_cut:
                desk.close()
                continue
            exchange = socket.create_connection(("127.0.0.1", self.target))
            self.open = [desk, exchange]
            threading.Thread(target=self.carry, args=(desk, exchange), daemon=True).start()

    def carry(self, desk: socket.socket, exchange: socket.socket) -> None:
        with selectors.DefaultSelector() as both, desk, exchange:
            both.register(desk, selectors.EVENT_READ, exchange)
            both.register(exchange, selectors.EVENT_READ, desk)
            while True:
                for ready, _ in both.select():
                    try:
                        sent = ready.fileobj.recv(65_536)  # type: ignore[union-attr]
                        if not sent:
                            return
                        ready.data.sendall(sent)
                    except OSError:
                        return

    def cut(self) -> None:
        self.is_cut = True
        for one in self.open:
            # The thread that carries closes both once one is shut.
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.server.close()

    def mend(self) -> None:
        self.is_cut = False


@pytest.fixture(autouse=True)
def clean_up() -> Iterator[None]:
    """End what a test has started."""
    yield
    while Process.started:
        Process.started.pop().clear()


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return Exchange(tmp_path)


def live(out: Path, port: int, *more: str, file: Path = DESK) -> Process:
    """Start a live run of a desk file that writes to `out`."""
    address = f"127.0.0.1:{port}"
    arguments = ["--exchange", address, "--out", str(out), "--plain", "--status-seconds", "0.2"]
    return Process("live", str(file), *NOON, *arguments, *more, cwd=out.parent)


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


def facts(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return document


def events(folder: Path, name: str) -> pl.DataFrame:
    path = folder / "events" / f"{name}.parquet"
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame()


def until_journaled(out: Path, name: str, **fields: int | str) -> None:
    """Wait until the journal of a run that goes on holds an input or event with such fields."""
    last = time.monotonic() + 90.0
    while time.monotonic() < last:
        *_, tables = replay(out / "journal", desk_currency="EUR", keeps_events=True)
        if name in tables and pl.DataFrame(tables[name]).filter(**fields).height:
            return
        time.sleep(0.2)
    raise AssertionError((name, fields))


def check_books_agree(out: Path, closed: tuple[int, dict[str, tuple[float, int]]]) -> None:
    """Hold the run's result against the exchange's account, and its journal against both."""
    orders, accounts = closed
    symbols = dict(events(out, "define_instrument").select("instrument", "symbol").rows())
    fills = events(out, "order_filled")
    assert fills.select("order_id", "trade").is_duplicated().sum() == 0
    assert events(out, "report_quarantined").height == 0
    booked = events(out, "filled")
    assert booked.height == fills.height == facts(out)["figures"]["fills"]
    # A position is a strategy's; the exchange knows the desk's.
    positions = events(out, "position_changed").group_by("instrument", "strategy")
    last = positions.last().group_by("instrument").agg(pl.col("volume").sum())
    held = {
        symbols[number]: (float(volume), booked.filter(pl.col("instrument") == number).height)
        for number, volume in last.select("instrument", "volume").rows()
    }
    assert {name: (round(volume, 6), count) for name, (volume, count) in accounts.items()} == held
    # Every order that passed the gate is at the exchange once, unless it was refused unsent.
    rejected = events(out, "order_rejected")
    unsent = rejected.filter(pl.col("reason") == "not_trading").height if rejected.height else 0
    assert orders == events(out, "order_routed").height - unsent
    for kind in ("journal", "run"):
        done = wattbook("verify", kind, out, cwd=out.parent)
        assert done.returncode == 0, done.stdout + done.stderr
    replayed = wattbook("replay", out, cwd=out.parent)
    assert (replayed.returncode, facts(out)["state_hash"] in replayed.stdout) == (0, True)


def test_orders_go_out_fills_come_back_and_both_books_agree(
    exchange: Exchange, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    desk = live(out, exchange.port)
    desk.until(
        rf"connecting to 127\.0\.0\.1:{exchange.port} \(this machine, not encrypted\) as DESK"
    )
    desk.until("exchange: logged on")
    price = {"market": "generated day", "delivery_start": "2026-06-30T12:00:00Z", "price": -60.0}
    desk.write(json.dumps(price) + "\n")
    desk.until(r"price -60\.00.* holds quotes [-\d.]+ of GEN 2026-06-30T12:00Z")
    exchange.until_fills(12)
    until_journaled(out, "OrderAmended")
    assert desk.end(signal.SIGINT) == 130
    desk.until("exchange: logged out")
    assert facts(out)["asked"]["mode"] == "live"
    # What was open was taken back before the logout, and the exchange said so.
    assert events(out, "cancel_all").height == 1
    assert not desk.seen("may still be open")
    check_books_agree(out, exchange.close())


ENCRYPTED = """
[live.tls]
ca = "ca.pem"
certificate = "desk.pem"
key = "desk.key"

[live.exchange_tls]
ca = "ca.pem"
certificate = "exchange.pem"
key = "exchange.key"

[live.rate]
messages = 2
seconds = 0.5
"""


def encrypted_desk(folder: Path, tables: str) -> Path:
    """Return a desk file beside the certificates in `folder`, with `tables` added to [live]."""
    shutil.copy(DESK.parent / "quote_market.py", folder)
    text = DESK.read_text(encoding="utf-8")
    assert "port = 9880\n" in text
    file = folder / "desk.toml"
    file.write_text(text.replace("port = 9880\n", f"port = 9880\n{tables}"), encoding="utf-8")
    return file


def test_a_desk_trades_over_tls_at_the_rate_that_the_exchange_takes(certificates: Path) -> None:
    file = encrypted_desk(certificates, ENCRYPTED)
    exchange = Exchange(certificates, file)
    out = certificates / "run"
    desk = live(out, exchange.port, file=file)
    desk.until(r"\(this machine, TLS 1\.3\) as DESK")
    desk.until("exchange: logged on")
    exchange.until_fills(3)
    # A desk without TLS hears nothing: there is no way round it.
    plain = live(certificates / "plain", exchange.port)
    plain.until(r"no logon at the exchange")
    plain.end(signal.SIGINT)
    assert desk.end(signal.SIGINT) == 130
    desk.until("exchange: logged out")
    check_books_agree(out, exchange.close())
    # Never more than two messages of the desk in any half second, however many it routed.
    sent = sending_times(out / "fix.store")
    assert len(sent) > 4
    for first, third in zip(sent, sent[2:], strict=False):
        assert third - first >= dt.timedelta(seconds=0.499)


def sending_times(store: Path) -> list[dt.datetime]:
    """Return when each order, amendment and cancel in a session's file was sent."""
    pattern = rb"\x0135=[DFG]\x01[^|]*?\x0152=(\d{8}-\d\d:\d\d:\d\d\.\d{3})\x01"
    found = re.findall(pattern, store.read_bytes())
    return [dt.datetime.strptime(at.decode() + "+0000", "%Y%m%d-%H:%M:%S.%f%z") for at in found]


def test_after_kill_9_every_fill_is_there_once(exchange: Exchange, tmp_path: Path) -> None:
    out = tmp_path / "run"
    for life in range(3):
        desk = live(out, exchange.port, *(["--resume"] if life else []))
        if life:
            desk.until(r"resumed: [\d,]+ inputs of the journal met")
        desk.until("exchange: logged on")
        before = exchange.fills()
        exchange.until_fills(before + 6)
        desk.until(r"holds quotes|holds nothing", len(desk.lines))
        if life == 2:
            break
        assert desk.end(signal.SIGKILL) == -signal.SIGKILL
        # What rests at the exchange goes on to trade while nobody listens.
        exchange.until_fills(exchange.fills() + 1)
    assert desk.end(signal.SIGINT) == 130
    assert events(out, "cancel_all").height >= 3
    check_books_agree(out, exchange.close())


def test_a_cut_line_is_mended_and_nothing_is_missed(
    exchange: Exchange, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    out = tmp_path / "run"
    cable = Cable(exchange.port)
    request.addfinalizer(cable.close)
    desk = live(out, cable.port)
    desk.until("exchange: logged on")
    exchange.until_fills(6)
    cable.cut()
    desk.until("exchange: connection lost")
    desk.until("exchange: NOT CONNECTED")
    exchange.until_fills(exchange.fills() + 1)
    said = len(desk.lines)
    cable.mend()
    desk.until("exchange: logged on", said)
    exchange.until_fills(exchange.fills() + 6)
    assert desk.end(signal.SIGINT) == 130
    check_books_agree(out, exchange.close())


def test_another_machine_is_refused_unless_the_desk_allows_it(tmp_path: Path) -> None:
    refused = wattbook("live", DESK, "--exchange", "192.0.2.1:9880", cwd=tmp_path)
    assert (refused.returncode, "allow_remote = true" in refused.stderr) == (2, True)
    none = wattbook("live", "--exchange", "127.0.0.1:1", cwd=tmp_path)
    assert (none.returncode, "add [live]" in none.stderr) == (2, True)
    assert not (tmp_path / "runs").exists()


def test_a_drop_copy_agrees_with_every_fill(tmp_path: Path) -> None:
    file = encrypted_desk(
        tmp_path, '\n[live.drop_copy]\nsender = "DESK-COPY"\npatience_seconds = 1\n'
    )
    exchange = Exchange(tmp_path, file)
    out = tmp_path / "run"
    desk = live(out, exchange.port, file=file)
    desk.until("exchange: logged on")
    exchange.until_fills(6)
    desk.until(r"drop copy: [1-9][\d,]* reports")
    assert desk.end(signal.SIGKILL) == -signal.SIGKILL
    exchange.until_fills(exchange.fills() + 1)
    # The next life is sent the copies of the whole day again.
    again = live(out, exchange.port, "--resume", file=file)
    again.until("exchange: logged on")
    again.until(r"drop copy: [1-9][\d,]* reports$")
    exchange.until_fills(exchange.fills() + 2)
    assert again.end(signal.SIGINT) == 130
    assert not again.seen("is frozen")
    assert events(out, "instrument_frozen").height == 0
    check_books_agree(out, exchange.close())
