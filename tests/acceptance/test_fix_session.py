"""The acceptor of `wattbook fix` against the public session scripts, over real sockets."""

import contextlib
import datetime as dt
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wattbook.execution.fix import FixAcceptorConfig, FixSessionConfig, FixTls

ROOT = Path(__file__).parents[2]
SOH = b"\x01"
WAIT_SECONDS = 12.0
TIME = re.compile(rb"<TIME([+-]\d+)?>")
FRAME = re.compile(rb"8=FIX.*?\x0110=\d{3}\x01", re.DOTALL)


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
        server.terminate()


def framed(step: bytes) -> bytes:
    """Return the message of a step with times, length and checksum filled in where it has none."""

    def moment(found: re.Match[bytes]) -> bytes:
        then = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=int(found[1] or 0))
        return then.strftime("%Y%m%d-%H:%M:%S").encode()

    step = TIME.sub(moment, step)
    begin, _, rest = step.partition(SOH)
    body, has_sum, _ = rest.partition(SOH + b"10=")
    body = body + SOH if has_sum else rest
    length = b"" if SOH + b"9=" in step else b"9=%d\x01" % len(body)
    head = begin + SOH + length + body
    if has_sum:
        return begin + SOH + length + rest
    return head + b"10=%03d\x01" % (sum(head) % 256)


class Line:
    """One connection to the acceptor."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
        self.unread = b""

    def message(self) -> bytes:
        """Return the next message."""
        while not (found := FRAME.search(self.unread)):
            more = self.socket.recv(65_536)
            assert more, "closed where a message was expected"
            self.unread += more
        self.unread = self.unread[found.end() :]
        return found[0]

    def expect_close(self) -> None:
        """Wait until the acceptor closes, without another message."""
        try:
            while more := self.socket.recv(65_536):
                self.unread += more
        except ConnectionResetError:
            pass
        assert not FRAME.search(self.unread), self.unread
        self.socket.close()


def fields(message: bytes) -> list[tuple[bytes, bytes]]:
    """Return tag and value of each field."""
    parts = (part.partition(b"=") for part in message.strip(SOH).split(SOH))
    return [(tag, value) for tag, _, value in parts]


def play(script: bytes, patterns: dict[bytes, re.Pattern[bytes]], port: int) -> int:
    """Play a script; return how many messages were compared."""
    lines: dict[bytes, Line] = {}
    compared = 0
    for step in script.splitlines():
        found = re.match(rb"([iIeER])(?:(\d),)?(.*)", step)
        if not found:
            assert not step or step.startswith(b"#"), step
            continue
        act, which, rest = found[1], found[2] or b"1", found[3]
        if rest == b"CONNECT":
            lines[which] = Line(port)
        elif act == b"i":
            lines[which].socket.close()
        elif act == b"e":
            lines[which].expect_close()
        elif act == b"R":
            lines[which].socket.sendall(rest)
        elif act == b"I":
            lines[which].socket.sendall(framed(rest))
        else:
            expected, got = fields(framed(rest)), fields(lines[which].message())
            assert [tag for tag, _ in got] == [tag for tag, _ in expected]
            for (tag, wanted), (_, value) in zip(expected, got, strict=True):
                pattern = patterns.get(tag)
                assert pattern.match(value) if pattern else value == wanted, (tag, got)
            compared += 1
    for line in lines.values():
        line.socket.close()
    return compared


@pytest.mark.data
def test_the_acceptor_follows_every_public_script(port: int, recorded_data: Path) -> None:
    folder = recorded_data / "fix-acceptance"
    table = (line.split(b"=", 1) for line in (folder / "fields.fmt").read_bytes().splitlines())
    patterns = {tag: re.compile(pattern) for tag, pattern in table}
    scripts = sorted(folder.glob("fix*/*.def"))
    assert len(scripts) >= 20
    compared = {script.name: play(script.read_bytes(), patterns, port) for script in scripts}
    assert sum(compared.values()) > 80, compared


OWN = ROOT / "tests" / "acceptance" / "fix"
BEGINS = {"FIX.4.2": "FIX.4.2", "FIX.4.4": "FIX.4.4", "FIX.5.0SP2": "FIXT.1.1"}
DESKS = {"FIX.4.2": "TW42", "FIX.4.4": "TW44", "FIX.5.0SP2": "TW50SP2"}
ORDER = "11=ID|21=3|40=1|54=1|55=INTC|60=<TIME>|"
MOMENT = {"52": "00000000-00:00:00.000", "60": "00000000-00:00:00", "122": "00000000-00:00:00.000"}
ANY_MOMENT = re.compile(rb"\d{8}-\d\d:\d\d:\d\d(\.\d{3})?$")
PATTERNS = {b"10": re.compile(rb"\d{3}$"), b"52": ANY_MOMENT, b"60": ANY_MOMENT}
PATTERNS |= {b"122": ANY_MOMENT, b"9": re.compile(rb"\d+$")}


def sections(text: str, version: str) -> Iterator[tuple[str, str]]:
    """Yield title and steps of the sections that `version` has."""
    for part in text.split("\n== ")[1:]:
        title, _, steps = part.partition("\n")
        name, _, versions = title.partition(" @ ")
        if not versions or version in versions.split():
            yield name, steps


def written_out(steps: str, version: str) -> bytes:
    """Return the steps of a section as a public script has them."""
    begin, desk = BEGINS[version], DESKS[version]
    lines = []
    for line in steps.splitlines():
        found = re.match(r"LOGON (\d+)$", line)
        body = f"35=A|34=1|98=0|108={found[1]}|{{logon}}" if found else ""
        short = [f"> {body}", f"< {body}"] if found else [line]
        for step in short:
            act = re.match(r"([<>]) (\d,)?(35=[^|]*\|34=[^|]*\|(?:43=Y\|)?)(.*)", step)
            if act is None:
                lines.append(step)
                continue
            kind, (sender, moment, target) = {
                ">": ("I", (desk, "<TIME>", "ISLD")),
                "<": ("E", ("ISLD", MOMENT["52"], desk)),
            }[act[1]]
            lines.append(
                f"{kind}{act[2] or ''}8={{begin}}|{act[3]}"
                f"49={sender}|52={moment}|56={target}|{act[4]}"
            )
    text = "\n".join(lines)
    text = text.replace("{begin}", begin).replace("{desk}", desk).replace("{order}", ORDER)
    text = text.replace("{logon}", "1137=9|" if version == "FIX.5.0SP2" else "")
    if version == "FIX.4.2":
        # It has no reasons beyond 11, so its answers name none.
        text = re.sub(r"(?m)^(E.*\|)373=1[2-9]\|", r"\1", text)
    for tag, moment in MOMENT.items():
        text = text.replace(f"{tag}=<T>|", f"{tag}={moment}|")
    return text.replace("|", "\x01").encode()


@pytest.mark.parametrize("version", BEGINS)
@pytest.mark.parametrize("script", sorted(path.stem for path in OWN.glob("*.def")))
def test_the_acceptor_follows_our_own_scripts(port: int, script: str, version: str) -> None:
    found = list(sections((OWN / f"{script}.def").read_text(encoding="utf-8"), version))
    assert found
    for title, steps in found:
        try:
            play(written_out(steps, version), PATTERNS, port)
        except (AssertionError, OSError) as error:
            raise AssertionError(f"{title}: {error}") from error


def test_an_acceptor_speaks_tls_1_3_and_nothing_else(certificates: Path) -> None:
    own = FixTls(certificates / "exchange.pem", certificates / "exchange.key")
    session = FixSessionConfig("FIX.4.4", "ISLD", "TW44", resets_on_logon=True)
    acceptor = FixAcceptorConfig(0, (session,), own).start()
    logon = framed(written_out("> 35=A|34=1|98=0|108=30|", "FIX.4.4")[1:])
    try:
        trusting = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
        with (
            socket.create_connection(("127.0.0.1", acceptor.port), WAIT_SECONDS) as bare,
            trusting.wrap_socket(bare, server_hostname="127.0.0.1") as line,
        ):
            assert line.version() == "TLSv1.3"
            line.sendall(logon)
            assert b"\x0135=A\x01" in line.recv(65_536)
        trusting.maximum_version = ssl.TLSVersion.TLSv1_2
        with (
            socket.create_connection(("127.0.0.1", acceptor.port), WAIT_SECONDS) as bare,
            pytest.raises(ssl.SSLError),
        ):
            trusting.wrap_socket(bare, server_hostname="127.0.0.1")
        with socket.create_connection(("127.0.0.1", acceptor.port), WAIT_SECONDS) as bare:
            bare.sendall(logon)
            with contextlib.suppress(ConnectionResetError):
                assert b"8=FIX" not in bare.recv(65_536)
    finally:
        acceptor.stop()
