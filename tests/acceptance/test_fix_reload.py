"""An acceptor whose file changes while it serves, and the logs of its sessions."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wattbook.errors import InputError
from wattbook.execution.fix_log import find_entries, read_log

COMMAND = [sys.executable, "-m", "wattbook"]
PATIENCE = 60.0
FRAME = re.compile(rb"8=FIX.*?\x0110=\d{3}\x01", re.DOTALL)


def session(target: str, more: str = "") -> str:
    return (
        f'[[session]]\nversion = "FIX.4.4"\nsender = "VENUE"\ntarget = "{target}"\n'
        f"resets_on_logon = false\n{more}\n"
    )


class Desk:
    """One counterparty, which numbers what it sends."""

    def __init__(self, port: int, name: str, number: int = 1) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.name, self.number, self.unread = name, number, b""
        self.send("A", "98=0|108=30|")

    def send(self, msg_type: str, body: str = "") -> None:
        now = datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S")
        text = f"35={msg_type}|34={self.number}|49={self.name}|52={now}|56=VENUE|{body}"
        self.number += 1
        part = text.replace("|", "\x01").encode()
        head = b"8=FIX.4.4\x019=%d\x01" % len(part)
        self.socket.sendall(head + part + b"10=%03d\x01" % (sum(head + part) % 256))

    def hear(self) -> dict[str, str]:
        """Return the fields of the next message."""
        while not (found := FRAME.search(self.unread)):
            more = self.socket.recv(65_536)
            assert more, "closed where a message was expected"
            self.unread += more
        self.unread = self.unread[found.end() :]
        parts = found[0].decode().strip("\x01").split("\x01")
        return {part.split("=", 1)[0]: part.split("=", 1)[1] for part in parts}

    def close(self) -> None:
        self.socket.close()


class Acceptor:
    """`wattbook fix acceptor` over a file that a test writes."""

    def __init__(self, folder: Path, text: str) -> None:
        self.file = folder / "acceptor.toml"
        self.write(text)
        command = ["fix", "acceptor", "--config", str(self.file), "--log", str(folder / "logs")]
        self.process = subprocess.Popen(
            [*COMMAND, *command], stdout=subprocess.PIPE, text=True, cwd=folder
        )
        self.port = int(self.until(r"listening on 127\.0\.0\.1:(\d+)")[-1][1])

    def write(self, text: str) -> None:
        self.file.write_text(f"port = 0\n{text}", encoding="utf-8")

    def until(self, pattern: str) -> list[re.Match[str]]:
        """Return the lines read, up to the one that holds `pattern`."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if found := re.search(pattern, line):
                matched = [re.match(r"(?s)(.*)", one) for one in lines[:-1]]
                return [one for one in matched if one] + [found]
        raise AssertionError((pattern, lines))

    def reload(self, text: str) -> str:
        """Write the file, let it be read again, return what was told."""
        self.write(text)
        self.process.send_signal(signal.SIGHUP)
        return "".join(found[0] for found in self.until("read again"))


@pytest.fixture
def acceptor(tmp_path: Path) -> Iterator[Acceptor]:
    made = Acceptor(tmp_path, session("STAYS") + session("GOES"))
    yield made
    made.process.terminate()
    made.process.wait(PATIENCE)
    assert made.process.stdout is not None
    made.process.stdout.close()


def test_sessions_come_go_and_change_while_the_others_go_on(acceptor: Acceptor) -> None:
    stays, goes = Desk(acceptor.port, "STAYS"), Desk(acceptor.port, "GOES")
    assert stays.hear()["35"] == goes.hear()["35"] == "A"
    told = acceptor.reload(session("STAYS") + session("NEW"))
    assert "FIX.4.4 VENUE GOES was taken away" in told
    assert "FIX.4.4 VENUE NEW was added" in told
    assert "STAYS" not in told
    assert goes.hear()["35"] == "5"
    goes.close()
    # The one that stays has missed nothing, and its line was never cut.
    stays.send("1", "112=still here|")
    answer = stays.hear()
    assert (answer["35"], answer["112"], answer["34"]) == ("0", "still here", "2")
    new = Desk(acceptor.port, "NEW")
    assert new.hear()["35"] == "A"
    gone = Desk(acceptor.port, "GOES")
    assert gone.socket.recv(65_536) == b""
    gone.close()

    limit = "taken = { messages = 1, seconds = 3600 }"
    told = acceptor.reload(session("STAYS", limit) + session("NEW"))
    assert told.count("was changed") == 1
    assert stays.hear()["35"] == "5"
    stays.close()
    # Its logout was not answered. It logs on with the numbers that it had, and to the new limit.
    again = Desk(acceptor.port, "STAYS", stays.number)
    answer = again.hear()
    assert (answer["35"], answer["34"]) == ("A", "4")
    for number in (1, 2):
        again.send("D", f"11=order-{number}|40=1|54=1|55=DE|60=20260101-00:00:00|")
    first, second = again.hear(), again.hear()
    assert (first["35"], first["11"]) == ("D", "order-1")
    assert (second["35"], second["58"]) == ("j", "Throttle limit exceeded")
    new.send("1", "112=untouched|")
    assert new.hear()["112"] == "untouched"

    told = acceptor.reload("[[session]]\nversion = 'FIX.9'\n")
    assert "nothing changed: " in told
    assert "'FIX.9' is none of" in told
    again.send("1", "112=goes on|")
    assert again.hear()["112"] == "goes on"
    for desk in (again, new):
        desk.close()


def wattbook(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE
    )


def test_messages_are_found_by_their_fields(acceptor: Acceptor, tmp_path: Path) -> None:
    desk = Desk(acceptor.port, "STAYS")
    assert desk.hear()["35"] == "A"
    for number in (1, 2, 3):
        desk.send("D", f"11=order-{number}|40=1|54=1|55=DE|60=20260101-00:00:00|")
        assert desk.hear()["11"] == f"order-{number}"
    desk.close()
    logs = str(tmp_path / "logs")

    def found(*arguments: str) -> list[dict[str, Any]]:
        done = wattbook("fix", "log", logs, "--json", *arguments)
        assert done.returncode == (0 if done.stdout else 1), done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    both = found("--where", "11=order-2", "--type", "D")
    assert [row["way"] for row in both] == ["received", "sent"]
    assert ["11", "order-2"] in both[0]["fields"]
    assert len(found("--type", "D", "--sent")) == len(found("--type", "D", "--received")) == 3
    assert found("--where", "11=order-2", "--where", "34=999") == []
    assert found("--until", "2020-01-01T00:00:00+00:00") == []
    assert len(found("--since", "2020-01-01T00:00:00+00:00", "--type", "A")) == 2
    plain = wattbook("fix", "log", logs, "--where", "11=order-3")
    assert re.search(r"^\S+Z < 8=FIX\.4\.4\|.*\|11=order-3\|", plain.stdout, re.MULTILINE)
    refused = wattbook("fix", "log", logs, "--where", "order-3")
    assert refused.returncode != 0
    assert "is no TAG=VALUE" in refused.stderr


def test_a_log_that_is_cut_or_damaged_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    message = b"8=FIX.4.4\x0135=0\x0134=1\x0110=000\x01"
    path.write_bytes(b"5 > %d\n%s\n7 < 4\nrub" % (len(message), message))
    first, cut = read_log(path)
    assert (first.at, first.is_out, first.values("34")) == (5, True, ["1"])
    assert (cut.at, cut.text, cut.fields) == (7, b"rub", ())
    path.write_bytes(b"5 > 3\nabc\nnonsense\n")
    with pytest.raises(InputError, match=r"a\.log, byte 10: no line of a log"):
        list(find_entries([path]))
