"""Captures from the command line: packets over loopback, kept, and replayed to the same events."""

from __future__ import annotations

import json
import re
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wattbook.cli import main
from wattbook.cli.ingest.capture import feed_line
from wattbook.ingest.feed import FeedLine

SECONDS = 60.0


def packet(sequence: int) -> bytes:
    """Return a packet of MoldUDP64 with one order entered, as a record of DBN (mbo)."""
    head = bytes([14, 0xA0, 1, 0]) + struct.pack("<IQQqI", 7, 99, sequence, -sequence * 10**9, 3)
    order = head + bytes([0x80, 0]) + b"AB" + bytes(16)
    return b"0123456789" + struct.pack(">QHH", sequence, 1, len(order)) + order


def captured(folder: Path, lost: set[int], *arguments: str, lines: int = 1) -> tuple[int, Any]:
    """Send packets 1 to 100 over each line to a capture that runs; return status and its object."""
    command = [sys.executable, "-m", "wattbook", "ingest", "capture", str(folder), "--plain"]
    command += [*arguments, "--json", *(["--line", "127.0.0.1:0"] * lines)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        found = [re.search(r":(\d+)$", process.stderr.readline()) for _ in range(lines)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for match in found:
                assert match, "it says where it listens"
                for sequence in sorted(set(range(1, 101)) - lost):
                    sender.sendto(packet(sequence), ("127.0.0.1", int(match[1])))
        if "--packets" not in arguments:
            process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=SECONDS)
        return process.returncode, json.loads(out) if out else said


def replayed(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> Any:
    assert main(["ingest", "replay", str(folder), "--json", "--plain", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_capture_replays_to_the_same_events_at_any_speed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "feed"
    status, made = captured(folder, {7}, "--packets", "198", "--zstd", "1", lines=2)
    assert (status, made["kept"], made["dropped"], made["entries"]) == (0, 198, 0, 198)
    assert made["bytes"] == 198 * len(packet(1))
    full = replayed(capsys, folder)
    assert full["kinds"] == {"add": 99, "lost": 1}
    assert (full["units_lost"], full["is_trusted"], full["quarantined"]) == (1, False, 0)
    assert [line["packets"] for line in full["lines"][:2]] == [99, 99]
    assert replayed(capsys, folder, "--speed", "1000")["hash"] == full["hash"]


def test_a_capture_that_is_stopped_is_whole_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The kernel may still hold packets when the stop comes; what was kept can be read.
    status, first = captured(tmp_path, set())
    assert status == 0
    assert first["entries"] == first["kept"] <= 100
    status, second = captured(tmp_path, set(), "--packets", "100")
    assert (status, second["kept"]) == (0, 100)
    assert second["entries"] == first["kept"] + 100
    found = replayed(capsys, tmp_path)
    assert (found["messages"], found["units_lost"]) == (100, 0)


def test_a_replay_tells_what_it_found_and_a_wrong_decoder_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    captured(tmp_path, set(), "--packets", "100")
    assert main(["ingest", "replay", str(tmp_path), "--plain"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"add +100", said)
    assert "0 gaps, 0 units lost, 0 anomalies; 1 instruments; trusted" in said
    assert main(["ingest", "replay", str(tmp_path), "--plain", "--decoder", "fix-levels"]) == 0
    said = capsys.readouterr().out
    assert "nothing could be decoded as fix-levels; give another --decoder" in said
    assert "100 parts set aside" in said


def test_a_journal_that_holds_no_capture_or_is_damaged_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "segment-00000000000000000001").write_bytes(b"")
    assert main(["ingest", "replay", str(tmp_path / "run")]) == 2
    assert "holds no capture" in capsys.readouterr().err
    captured(tmp_path / "feed", set(), "--packets", "100")
    (segment,) = (tmp_path / "feed").glob("segment-*")
    damaged = bytearray(segment.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    segment.write_bytes(damaged)
    assert main(["ingest", "replay", str(tmp_path / "feed")]) == 2
    assert "corrupt at byte" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["capture", "feed"], "give --line"),
        (["capture", "feed", "--line", "26400"], "has no port"),
        (["capture", "feed", "--line", "127.0.0.1:70000"], "no port; write a number up to 65535"),
        (["capture", "feed", "--line", "localhost:1"], "'localhost' is no IPv4 address"),
        (["capture", "feed", "--line", "127.0.0.1:1@127.0.0.1"], "no multicast group; leave"),
        (["replay", "feed", "--speed", "-1"], "goes back in time"),
        (["replay", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_captured_or_replayed_is_refused_with_the_fix(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["ingest", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_schema_belongs_to_its_decoder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    captured(tmp_path, set(), "--packets", "100")
    for arguments in (["--decoder", "sbe"], ["--schema", "venue.xml"]):
        assert main(["ingest", "replay", str(tmp_path), *arguments]) == 2
        assert "belong together" in capsys.readouterr().err
    assert main(["ingest", "replay", str(tmp_path), "--decoder", "sbe", "--schema", "no.xml"]) == 2
    assert "give the venue's XML" in capsys.readouterr().err


def test_a_line_is_an_address_or_a_group_on_an_interface() -> None:
    assert feed_line("127.0.0.1:26400") == FeedLine("127.0.0.1", 26_400)
    group = feed_line("239.1.2.3:26400@192.0.2.5")
    assert (group.group, group.interface, group.port) == ("239.1.2.3", "192.0.2.5", 26_400)
