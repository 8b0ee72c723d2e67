"""The file of a FIX acceptor, and the hours of its sessions."""

import datetime as dt
import socket
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wattbook.errors import InputError
from wattbook.execution.fix import (
    FixAcceptorConfig,
    FixHours,
    FixRate,
    FixSessionConfig,
    FixTls,
    load_acceptor,
)

SESSION = """
port = 0
[[session]]
version = "FIX.4.4"
sender = "VENUE"
target = "DESK"
resets_on_logon = true
"""


def load(folder: Path, text: str) -> FixAcceptorConfig:
    path = folder / "acceptor.toml"
    path.write_text(text, encoding="utf-8")
    return load_acceptor(path)


def test_hours_are_read(tmp_path: Path) -> None:
    assert load(tmp_path, SESSION).sessions[0].hours is None
    day = 'hours = { zone = "Europe/Berlin", start = "08:00", end = "17:30" }'
    assert load(tmp_path, SESSION + day).sessions[0].hours == FixHours(
        "Europe/Berlin", "08:00", "17:30"
    )
    week = day.replace("}", ', first_day = "sunday", last_day = "friday" }').replace(" ,", ",")
    hours = load(tmp_path, SESSION + week).sessions[0].hours
    assert hours == FixHours("Europe/Berlin", "08:00", "17:30", "sunday", "friday")


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ('{ zone = "UTC", start = "08:00" }', "session 1: hours has no 'end'"),
        ('{ zone = "UTC", start = "08:00", end = 17 }', "hours: end is 17; give a str"),
        (
            '{ zone = "UTC", start = "08:00", end = "09:00", first_day = "monday" }',
            "hours has no 'last_day'",
        ),
        (
            '{ zone = "UTC", start = "08:00", end = "09:00", pause = 1 }',
            "hours has the unknown key 'pause'",
        ),
    ],
)
def test_hours_that_cannot_be_read_are_refused(tmp_path: Path, hours: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load(tmp_path, SESSION + f"hours = {hours}")


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (FixHours("Europe/Berlim", "08:00", "17:00"), "'?\"?Europe/Berlim\"?'? is no time zone"),
        (FixHours("UTC", "8 am", "17:00"), '"8 am" is no time of day; give one such as 08:00'),
        (FixHours("UTC", "08:00", "17:00", "sun", "friday"), '"sun" is no day of the week'),
    ],
)
def test_hours_that_are_none_are_refused(hours: FixHours, told: str) -> None:
    config = FixSessionConfig("FIX.4.4", "VENUE", "DESK", hours=hours)
    with pytest.raises(InputError, match=told):
        FixAcceptorConfig(0, (config,)).start()


@pytest.mark.parametrize("is_open", [True, False])
def test_a_logon_is_answered_in_the_hours_only(*, is_open: bool) -> None:
    now = dt.datetime.now(ZoneInfo("UTC"))
    # Twelve hours around now, or twelve hours from now: far from either end.
    start = now + dt.timedelta(hours=-6 if is_open else 6)
    end = start + dt.timedelta(hours=12)
    hours = FixHours("UTC", f"{start:%H:%M}", f"{end:%H:%M}")
    acceptor = FixAcceptorConfig(0, (FixSessionConfig("FIX.4.4", "V", "D", hours=hours),)).start()
    body = b"35=A\x0134=1\x0149=D\x0152=%s\x0156=V\x0198=0\x01108=30\x01"
    body %= f"{now:%Y%m%d-%H:%M:%S}".encode()
    head = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    with socket.create_connection(("127.0.0.1", acceptor.port), timeout=20) as line:
        line.sendall(head + b"10=%03d\x01" % (sum(head) % 256))
        answer = line.recv(4096)
    acceptor.stop()
    assert (b"\x0135=A\x01" in answer) == is_open
    assert bool(answer) == is_open


def test_limits_and_files_for_tls_are_read(tmp_path: Path) -> None:
    loaded = load(tmp_path, SESSION)
    assert (loaded.sessions[0].taken, loaded.tls) == (None, None)
    limit = 'taken = { messages = 100, seconds = 1, excess = "log_out" }'
    files = '\n[tls]\ncertificate = "venue.pem"\nkey = "keys/venue.key"\n'
    loaded = load(tmp_path, SESSION + limit + files)
    assert loaded.sessions[0].taken == FixRate(100, 1.0, "log_out")
    assert loaded.tls == FixTls(tmp_path / "venue.pem", tmp_path / "keys" / "venue.key")
    with pytest.raises(InputError, match=r"tls\.key: .*venue\.key cannot be used"):
        loaded.start()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("taken = { messages = 0, seconds = 1 }", "taken: give at least 1 message"),
        ("taken = { messages = 1, seconds = 0 }", "taken: give at least 1 message"),
        ('taken = { messages = 1, seconds = 1, excess = "drop" }', "none of decline, log_out"),
        ("taken = { seconds = 1 }", "taken has no 'messages'"),
        ('[tls]\ncertificate = "venue.pem"', "tls has no 'key'"),
        ('[tls]\ncertificate = "a"\nkey = "b"\npassword = "c"', "unknown key 'password'"),
    ],
)
def test_limits_and_tls_that_cannot_be_read_are_refused(
    tmp_path: Path, more: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        load(tmp_path, SESSION + more)
