"""Let QuickFIX and us talk to each other, in both roles.

Usage: ``python tools/fix_interop/run.py [--quickfix PREFIX] [--orders N]``. It compiles `peer.cpp`
against the headers and library of QuickFIX (Debian: ``libquickfix-dev``) and prints one line of
JSON for each conversation; the status is 0 when all of them went as they should. PREFIX is where
``include/quickfix`` and ``lib`` lie when they are not the system's. QuickFIX as an acceptor listens
on every address of the machine for as long as a conversation lasts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
WATTBOOK = [sys.executable, "-m", "wattbook"]
PATIENCE = 60.0
# How many answers end the live conversation, and the status of a run that was asked to end.
REPORTS = 12
STOPPED = 130
VERSIONS = {
    "FIX.4.2": ("FIX.4.2", "TW42"),
    "FIX.4.4": ("FIX.4.4", "TW44"),
    "FIX.5.0SP2": ("FIXT.1.1", "TW50SP2"),
}


# --- dictionaries in QuickFIX's XML form, from the text form of schema/fix ---

SECTIONS = ("header", "trailer", "messages", "components", "fields")


def add_members(parent: ET.Element, members: Iterator[str], names: dict[str, str]) -> None:
    """Add what a line says of fields, components and groups, to the end of its group."""
    for member in members:
        if member == ")":
            return
        opens = member.endswith("(")
        name = member.rstrip("(").rstrip("!")
        needed = "Y" if "!" in member else "N"
        kind = "component" if name.startswith("@") else "group" if opens else "field"
        known = name[1:] if kind == "component" else names[name]
        child = ET.SubElement(parent, kind, name=known, required=needed)
        if opens:
            add_members(child, members, names)


def add_field(parent: ET.Element, words: list[str]) -> None:
    """Add tag, name, type and values of a field."""
    number, name, kind, *values = words
    field = ET.SubElement(parent, "field", number=number, name=name, type=kind)
    for value in values:
        enum, _, description = value.partition("=")
        ET.SubElement(field, "value", enum=enum, description=description)


def write_dictionary(source: Path, target: Path) -> None:
    """Write the dictionary of the text `source` as XML to `target`."""
    lines: dict[str, list[list[str]]] = {name: [] for name in SECTIONS}
    section = lines["header"]
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.strip("[]") in lines:
            section = lines[line.strip("[]")]
        elif line and not line.startswith("#"):
            section.append(line.split())
    names = {words[0]: words[1] for words in lines["fields"]}
    version = source.stem.removeprefix("FIXT").removeprefix("FIX")
    kind = "FIXT" if source.stem.startswith("FIXT") else "FIX"
    root = ET.Element("fix", type=kind, major=version[0], minor=version[1])
    root.set("servicepack", version[4:] or "0")
    for part in ("header", "trailer"):
        element = ET.SubElement(root, part)
        for words in lines[part]:
            add_members(element, iter(words), names)
    messages = ET.SubElement(root, "messages")
    for msg_type, name, category, *members in lines["messages"]:
        message = ET.SubElement(messages, "message", name=name, msgtype=msg_type, msgcat=category)
        add_members(message, iter(members), names)
    components = ET.SubElement(root, "components")
    for name, *members in lines["components"]:
        add_members(ET.SubElement(components, "component", name=name), iter(members), names)
    fields = ET.SubElement(root, "fields")
    for words in lines["fields"]:
        add_field(fields, words)
    ET.ElementTree(root).write(target, encoding="utf-8", xml_declaration=True)


# --- conversations ---


def compiled(folder: Path, prefix: Path | None) -> tuple[Path, dict[str, str]]:
    """Compile the peer; return it and the environment that it runs in."""
    peer = folder / "peer"
    where: list[str] = []
    environment = dict(os.environ)
    if prefix is not None:
        libraries = sorted({str(path.parent) for path in prefix.rglob("libquickfix.so*")})
        where = [f"-I{prefix / 'include'}", *(f"-L{library}" for library in libraries)]
        environment["LD_LIBRARY_PATH"] = ":".join(libraries)
    # Its headers say what a method may throw, which C++17 no longer knows.
    flags = ["-std=c++14", "-w", "-O1", *where, str(HERE / "peer.cpp"), "-o", str(peer)]
    subprocess.run(["g++", *flags, "-lquickfix", "-lpthread"], check=True)
    return peer, environment


def settings(version: str, dictionaries: Path, *lines: str, ours: str, theirs: str) -> str:
    """Return a settings file of one session for QuickFIX."""
    begin = VERSIONS[version][0]
    name = version.replace("FIX.", "FIX").replace(".", "")
    if version == "FIX.5.0SP2":
        words = [
            "DefaultApplVerID=FIX.5.0SP2",
            f"TransportDataDictionary={dictionaries / 'FIXT11.xml'}",
            f"AppDataDictionary={dictionaries / 'FIX50SP2.xml'}",
        ]
    else:
        words = [f"DataDictionary={dictionaries / f'{name}.xml'}"]
    always = ["StartTime=00:00:00", "EndTime=00:00:00", "HeartBtInt=30"]
    session = [f"BeginString={begin}", f"SenderCompID={ours}", f"TargetCompID={theirs}", *words]
    return "\n".join(["[DEFAULT]", *always, *lines, "[SESSION]", *session, ""])


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@dataclass(slots=True)
class Running:
    """A process, what it has said, and what it goes on to say."""

    process: subprocess.Popen[str]
    output: IO[str]
    lines: list[str]


@contextmanager
def running(command: list[str], ready: str) -> Iterator[Running]:
    """Run a process from the line that holds `ready` until the block ends."""
    process = subprocess.Popen(
        command,
        # Prices would come over it; its end would end a run.
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = process.stdout
    if output is None:
        sys.exit("a process without output")
    made = Running(process, output, [])
    try:
        for line in output:
            made.lines.append(line)
            if re.search(ready, line):
                break
        else:
            sys.exit(f"{command} ended: {''.join(made.lines)}")
        yield made
    finally:
        process.terminate()
        process.wait(PATIENCE)


def quickfix_initiates(
    peer: Path, environment: dict[str, str], dictionaries: Path, version: str, orders: int
) -> dict[str, object]:
    """Let QuickFIX send orders to our acceptor, which sends them back."""
    example = ROOT / "examples" / "fix-acceptance.toml"
    command = [*WATTBOOK, "fix", "acceptor", "--config", str(example), "--port", "0"]
    with running(command, "listening on") as acceptor:
        port = acceptor.lines[-1].split(":")[1].split(";")[0]
        lines = ("ConnectionType=initiator", "SocketConnectHost=127.0.0.1", "ResetOnLogon=Y")
        text = settings(
            version,
            dictionaries,
            *lines,
            f"SocketConnectPort={port}",
            ours=VERSIONS[version][1],
            theirs="ISLD",
        )
        file = dictionaries / "initiator.cfg"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [str(peer), "initiator", str(file), str(orders)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    told = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {"error": done.stderr}
    return {"initiator": "QuickFIX", "version": version, "good": done.returncode == 0, **told}


def we_initiate(peer: Path, environment: dict[str, str], dictionaries: Path) -> dict[str, object]:
    """Let a desk trade live with an exchange of QuickFIX, and end in order."""
    port = free_port()
    lines = ("ConnectionType=acceptor", f"SocketAcceptPort={port}", "SocketReuseAddress=Y")
    file = dictionaries / "exchange.cfg"
    text = settings("FIX.4.4", dictionaries, *lines, ours="EXCHANGE", theirs="DESK")
    file.write_text(text, encoding="utf-8")
    out = dictionaries / "run"
    desk = str(ROOT / "examples" / "live_desk.toml")
    more = ["--from", "2026-06-30T12:00:30Z", "--plain", "--status-seconds", "0.2"]
    command = [*WATTBOOK, "live", desk, "--exchange", f"127.0.0.1:{port}", "--out", str(out), *more]
    exchange = running(["env", *paths(environment), str(peer), "exchange", str(file)], "listening")
    with exchange as venue, running(command, "logged on") as live:
        last, reports = time.monotonic() + PATIENCE, 0
        while reports < REPORTS and time.monotonic() < last:
            found = re.search(r"([\d,]+) reports", live.output.readline())
            reports = int(found[1].replace(",", "")) if found else reports
        live.process.send_signal(signal.SIGINT)
        live.lines += live.output.readlines()
        status = live.process.wait(PATIENCE)
        told, _ = venue.process.communicate(timeout=PATIENCE)
    verified = subprocess.run(
        [*WATTBOOK, "verify", "run", str(out)], capture_output=True, check=False
    )
    counts = json.loads(told.splitlines()[-1])
    good = status == STOPPED and verified.returncode == 0 and counts["open"] == 0
    good = good and reports >= REPORTS
    return {"initiator": "wattbook", "version": "FIX.4.4", "good": good, **counts}


def paths(environment: dict[str, str]) -> list[str]:
    """Return what `env` sets so that the library is found."""
    return [f"{name}={environment[name]}" for name in ("LD_LIBRARY_PATH",) if name in environment]


def main() -> int:
    """Run every conversation; return 0 if all were good."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quickfix", type=Path, help="where QuickFIX is installed")
    parser.add_argument("--orders", type=int, default=1_000, help="in each conversation")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in (ROOT / "schema" / "fix").glob("FIX*.txt"):
            write_dictionary(source, folder / f"{source.stem}.xml")
        peer, environment = compiled(folder, chosen.quickfix)
        told = []
        for version in VERSIONS:
            told.append(quickfix_initiates(peer, environment, folder, version, chosen.orders))
            print(json.dumps(told[-1]), flush=True)
        told.append(we_initiate(peer, environment, folder))
        print(json.dumps(told[-1]), flush=True)
    return 0 if all(row["good"] for row in told) else 1


if __name__ == "__main__":
    sys.exit(main())
