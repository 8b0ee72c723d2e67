"""The acceptor of `wattbook fix` against connections that do it harm, in each version."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.fix_peer import SOH, framed, now
from tests.acceptance.test_fix_session import BEGINS, DESKS, Line, fields

from wattbook.execution.fix import FixAcceptorConfig, FixHours, FixSessionConfig

ROOT = Path(__file__).parents[2]
ORDER = "11={id}|21=3|38=1|40=1|54=1|55=INTC|60={now}|"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Run the acceptor of the example on a free port."""
    config = ROOT / "examples" / "fix-acceptance.toml"
    command = [sys.executable, "-m", "wattbook", "fix", "acceptor", "--config", str(config)]
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(4)]
        found = re.search(r"127\.0\.0\.1:(\d+)", lines[-1])
        assert found, lines
        yield int(found[1])
        assert server.poll() is None, "it has ended"
        server.terminate()


OPENED: list[socket.socket] = []


@pytest.fixture(autouse=True)
def close_all() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    while OPENED:
        OPENED.pop().close()


def idle(port: int, count: int) -> list[socket.socket]:
    """Return connections that say nothing."""
    made = [socket.create_connection(("127.0.0.1", port), 10.0) for _ in range(count)]
    OPENED.extend(made)
    return made


class Client:
    """The other side of one session."""

    def __init__(self, version: str, port: int, desk: str = "") -> None:
        self.version, self.line, self.sequence = version, Line(port), 1
        self.desk = desk or DESKS[version]
        OPENED.append(self.line.socket)

    def message(
        self, kind: str, body: str, sequence: int | None = None, header: str = "", sent: str = ""
    ) -> bytes:
        """Return a message with the next number, unless another is given."""
        number = self.sequence if sequence is None else sequence
        self.sequence += sequence is None
        head = f"35={kind}|34={number}|49={self.desk}|52={sent or now()}|56=ISLD|{header}"
        return framed((head + body).replace("|", "\x01").encode(), BEGINS[self.version].encode())

    def logon(self, more: str = "", sent: str = "") -> bytes:
        default = "1137=9|" if self.version == "FIX.5.0SP2" else ""
        return self.message("A", f"98=0|108=30|{more}{default}", sent=sent)

    def order(self, name: str) -> bytes:
        return self.message("D", ORDER.format(id=name, now=now()[:17]))

    def raw(self, sent: bytes) -> Client:
        self.line.socket.sendall(sent)
        return self

    def until(self, kind: str) -> dict[bytes, bytes]:
        """Return the next message of a type."""
        while True:
            message = dict(fields(self.line.message()))
            if message[b"35"] == kind.encode():
                return message

    def log_on(self) -> Client:
        self.raw(self.logon()).until("A")
        return self

    def is_alive(self, word: str) -> bool:
        self.raw(self.message("1", f"112={word}|"))
        return self.until("0").get(b"112") == word.encode()

    def close(self) -> None:
        self.line.socket.close()


def until_logged_on(version: str, port: int) -> Client:
    """Log on as soon as the acceptor has noticed that the line before is gone."""
    last = time.monotonic() + 20.0
    while True:
        client = Client(version, port)
        with contextlib.suppress(AssertionError, ConnectionResetError, BrokenPipeError):
            return client.log_on()
        client.close()
        assert time.monotonic() < last


@pytest.mark.parametrize("version", BEGINS)
def test_a_line_that_breaks_at_any_byte_leaves_a_session_that_can_be_had(
    version: str, port: int
) -> None:
    length = len(Client(version, port).logon())
    for cut in range(0, length, 7):
        client = Client(version, port)
        client.raw(client.logon()[:cut]).close()
    client = until_logged_on(version, port)
    length = len(client.order("whole"))
    client.close()
    for cut in range(1, length, 17):
        client = until_logged_on(version, port)
        client.raw(client.order(f"cut-{cut}")[:cut]).close()
    client = until_logged_on(version, port)
    assert client.raw(client.order("last")).until("D")[b"11"] == b"last"
    client.close()


@pytest.mark.parametrize("version", BEGINS)
def test_a_storm_is_answered_in_its_order(version: str, port: int) -> None:
    client = until_logged_on(version, port)
    # Many in one packet, and one in very many.
    client.raw(b"".join(client.message("1", f"112=S{number}|") for number in range(2_000)))
    for number in range(2_000):
        assert client.until("0")[b"112"] == b"S%d" % number
    for byte in client.message("1", "112=bytes|"):
        client.raw(bytes([byte]))
    assert client.until("0")[b"112"] == b"bytes"
    # All again, again and again; what is sent before stays in its order.
    client.raw(b"".join(client.order(f"o{number}") for number in range(50)))
    for _ in range(50):
        client.until("D")
    asked = [(0, 0), (1, 999_999_999), (5, 3), (4_000_000_000, 0), (1, 0), (1, 0)]
    client.raw(b"".join(client.message("2", f"7={first}|16={last}|") for first, last in asked))
    for _ in range(4):
        names = [client.until("D") for _ in range(50)]
        assert [name[b"11"] for name in names] == [b"o%d" % number for number in range(50)]
        assert {name[b"43"] for name in names} == {b"Y"}
    assert client.is_alive("end")
    client.close()


def junk(client: Client) -> Iterator[bytes]:
    """Bytes that are no message, none of which takes a number."""
    sound = client.message("0", "112=x|", sequence=9_999)
    begin = BEGINS[client.version].encode()
    yield sound[:-4] + b"000\x01"
    yield sound[: len(sound) // 2] + b"\x0110=000\x01"
    yield b"8=" + begin + b"\x019=99999999\x0135=0\x01"
    yield b"8=" + begin + b"\x019=1048000\x0110=000\x01"
    yield b"8=" + begin + b"\x019=-1\x0135=0\x0110=000\x01"
    yield bytes(range(256)) * 64
    yield SOH * 5_000
    yield b"8=FIX" * 2_000


@pytest.mark.parametrize("version", BEGINS)
def test_bytes_that_are_no_message_are_passed_over(version: str, port: int) -> None:
    client = until_logged_on(version, port)
    for number, part in enumerate(junk(client)):
        assert client.raw(part).is_alive(f"after-{number}"), part[:40]
    # A separator within data, a wrong length of data, and very many fields.
    assert client.raw(client.message("1", "112=data|", header="90=7|91=a|10=00|")).until("0")
    wrong = client.raw(client.message("1", "112=data|", header="90=5|91=abc|")).until("3")
    assert wrong[b"45"] == b"%d" % (client.sequence - 1)
    many = client.raw(client.message("0", "9999=1|" * 140_000)).until("3")
    assert many[b"371"] == b"9999"
    assert client.is_alive("end")
    client.close()


def test_many_that_say_nothing_keep_nobody_out(port: int) -> None:
    silent = idle(port, 300)
    slow = [Client("FIX.4.4", port) for _ in range(20)]
    for client in slow:
        client.raw(client.logon()[:25])
    for version in BEGINS:
        client = until_logged_on(version, port)
        assert client.is_alive("beside")
        client.close()
    # Who says nothing is left within the time that a logon has.
    began = time.monotonic()
    for one in [*silent, *(client.line.socket for client in slow)]:
        one.settimeout(20.0)
        with contextlib.suppress(ConnectionResetError):
            assert one.recv(1) == b""
        one.close()
    assert time.monotonic() - began < 20.0


def test_more_connections_than_there_is_room_for_are_closed_at_once(port: int) -> None:
    silent = idle(port, 560)
    began, closed = time.monotonic(), 0
    for one in reversed(silent):
        one.settimeout(0.5)
        try:
            closed += one.recv(1) == b""
        except TimeoutError:
            break
        except ConnectionResetError:
            closed += 1
    assert closed >= 40
    assert time.monotonic() - began < 9.0
    for one in silent:
        one.close()
    until_logged_on("FIX.4.4", port).close()


@pytest.mark.parametrize("version", BEGINS)
def test_a_logon_that_may_not_be_leaves_the_numbers_as_they_are(version: str) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    end = later + dt.timedelta(hours=1)
    hours = FixHours("UTC", later.strftime("%H:%M"), end.strftime("%H:%M"))
    sessions = (
        FixSessionConfig(version, "ISLD", DESKS[version], hours=hours),
        FixSessionConfig(version, "ISLD", "OPEN"),
    )
    acceptor = FixAcceptorConfig(0, sessions).start()
    try:
        outside = Client(version, acceptor.port)
        outside.raw(outside.logon()).line.expect_close()
        client = Client(version, acceptor.port, "OPEN").log_on()
        assert client.is_alive("first")
        client.close()
        # It asks to begin at 1, and is of long ago.
        old = Client(version, acceptor.port, "OPEN")
        old.raw(old.logon("141=Y|", "20010101-00:00:00")).line.expect_close()
        client = Client(version, acceptor.port, "OPEN")
        client.sequence = 3
        assert client.raw(client.logon()).until("A")[b"34"] == b"3"
        client.close()
    finally:
        acceptor.stop()
