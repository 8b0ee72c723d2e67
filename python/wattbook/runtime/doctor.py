"""What commonly is wrong with an installation, a folder of runs or a desk, and how to mend it."""

from __future__ import annotations

import datetime as dt
import os
import resource
import shutil
import smtplib
import socket
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wattbook.errors import WattbookError
from wattbook.runtime.alerts import Mail, Webhook, load_rules
from wattbook.runtime.alerts.mail import MailError, mail_server
from wattbook.runtime.alerts.store import AlertStore
from wattbook.runtime.desk import load_desk
from wattbook.runtime.evidence import digests
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.jobs import jobs
from wattbook.runtime.replay import replay_tables

__all__ = ["Diagnosis", "diagnoses"]

SPACE_BYTES: Final = 2 * 10**9
REACH_SECONDS: Final = 3.0
SOCKET_PATH_MAX: Final = 107
"""Of a socket's address on Linux, unix(7), without its end."""
SOCKET_NAME: Final = len("/wattbook-12345678/desk")
FILES_OPEN_LEAST: Final = 1_024
"""500 readers of the stream and as many connections behind."""
ASSETS: Final = {
    "wattbook.runtime.report": ("report.js", "report.css"),
    "wattbook.api": ("desk.js", "desk.css", "index.html"),
}
EXTRAS: Final = {
    "fastapi": ("api", "the desk in a browser"),
    "confluent_kafka": ("kafka", "a Kafka bus"),
    "pymodbus": ("dispatch", "batteries over Modbus"),
    "eccodes": ("weather", "GRIB weather"),
}
ZONES: Final = ("Europe/Berlin", "Australia/Brisbane", "America/New_York", "America/Chicago")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at.

    Parameters
    ----------
    state : str
        ``good``; ``note`` of what is not there and may not be needed; ``bad`` needs mending.
    text : str
        What was found and, unless it is good, what to do.
    """

    state: Literal["good", "note", "bad"]
    text: str


def _assets() -> Iterator[Diagnosis]:
    for package, names in ASSETS.items():
        folder = files(package) / "assets"
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            yield Diagnosis("bad", f"{package} lacks {', '.join(missing)}; run `make build`")
        else:
            yield Diagnosis("good", f"{package}: pages are built")


def _extras() -> Iterator[Diagnosis]:
    for module, (extra, what) in EXTRAS.items():
        if find_spec(module) is None:
            yield Diagnosis("note", f"{what} needs `pip install 'wattbook[{extra}]'`")


def _zones() -> Iterator[Diagnosis]:
    for zone in ZONES:
        try:
            ZoneInfo(zone)
        except ZoneInfoNotFoundError:
            yield Diagnosis("bad", f"the time zone {zone} is unknown; install tzdata")
            return
    yield Diagnosis("good", "time zones of the markets are known")


def _data() -> Iterator[Diagnosis]:
    around = os.environ.get("WATTBOOK_DATA")
    if around is None:
        yield Diagnosis("note", "WATTBOOK_DATA is not set; recorded days need --data")
    elif not Path(around).is_dir():
        yield Diagnosis("bad", f"WATTBOOK_DATA {around} is no folder; set it to recorded data")
    else:
        yield Diagnosis("good", f"recorded data in {around}")


def _space(runs: Path) -> Iterator[Diagnosis]:
    above = runs.resolve()
    while not above.exists():
        above = above.parent
    free = shutil.disk_usage(above).free
    if not os.access(above, os.W_OK):
        yield Diagnosis("bad", f"{above} cannot be written; give another folder with --out")
    elif free < SPACE_BYTES:
        yield Diagnosis("bad", f"{above} has {free / 1e9:.1f} GB left; a day may need 2 GB")
    else:
        yield Diagnosis("good", f"{above} has {free / 1e9:,.0f} GB left")


def _machine() -> Iterator[Diagnosis]:
    """Look at what the desk's server asks of the machine."""
    place = tempfile.gettempdir()
    if not os.access(place, os.W_OK):
        yield Diagnosis("bad", f"{place}, where the desk listens, cannot be written; set TMPDIR")
    elif len(place) + SOCKET_NAME > SOCKET_PATH_MAX:
        yield Diagnosis(
            "bad", f"{place} is too long for a socket of the desk; set a shorter TMPDIR"
        )
    files_open = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files_open not in (-1, resource.RLIM_INFINITY) and files_open < FILES_OPEN_LEAST:
        text = f"a process may open {files_open} files; for many readers run ulimit -n 4096 first"
        yield Diagnosis("note", text)


def _stores(folder: RunFolder) -> Iterator[Diagnosis]:
    """Look whether SQLite finds each database of a run whole."""
    for path in sorted(folder.path.glob("*.sqlite")):
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
                [said] = base.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as fault:
            said = str(fault)
        if said != "ok":
            yield Diagnosis("bad", f"{path} is damaged ({said}); put back a copy of it")


def _lost(folder: RunFolder) -> Iterator[Diagnosis]:
    """Look for work on a run whose program died."""
    # What was done again since is whole.
    newest = {(job.kind, job.subject): job for job in jobs(folder.path)}
    for job in newest.values():
        if job.state == "lost":
            text = f"{folder.path}: {job.kind} {job.subject} was cut off; do it again or --resume"
            yield Diagnosis("note", text)


def _runs(runs: Path) -> Iterator[Diagnosis]:
    folders = [one for one in sorted(runs.iterdir()) if one.is_dir()] if runs.is_dir() else []
    if runs.is_dir() and (runs / "run.json").is_file():
        folders = [runs]
    whole = 0
    for path in folders:
        folder = RunFolder(path)
        if not folder.facts.is_file():
            continue
        now = dt.datetime.now(dt.UTC)
        damaged = list(_stores(folder))
        # What cannot be opened is told once.
        found = damaged or [*_run(folder), *_certificate(folder, now), *_secrets(folder)]
        whole += not found
        yield from found
        yield from _lost(folder)
    if not any(RunFolder(path).facts.is_file() for path in folders):
        yield Diagnosis(
            "note", f"{runs} holds no run; make one with `wattbook run`, or give --runs"
        )
    if whole:
        yield Diagnosis("good", f"{whole} runs in {runs} are whole")


def _run(folder: RunFolder) -> Iterator[Diagnosis]:
    try:
        facts = folder.load()
    except WattbookError as fault:
        yield Diagnosis("bad", str(fault))
        return
    if "state_hash" not in facts:
        text = f"{folder.path} has not ended; if it does not run now, go on with --resume"
        yield Diagnosis("note", text)
    elif not any(folder.events.glob("*.parquet")):
        text = f"{folder.path} lacks its event files; --resume writes them from the journal"
        yield Diagnosis("bad", text)
    else:
        yield from _evidence(folder, facts)
    alerts = folder.path / "alerts.sqlite"
    if alerts.is_file():
        try:
            left = [row for row in AlertStore(alerts).deliveries() if row["done"] is None]
        except WattbookError as fault:
            yield Diagnosis("bad", str(fault))
            return
        if left:
            row = left[0]
            yield Diagnosis(
                "bad",
                f"{folder.path}: {len(left)} alerts have not arrived, the last at {row['target']} "
                f"({row['fault'] or 'not tried yet'}); open its desk, which tries again",
            )


def _evidence(folder: RunFolder, facts: Mapping[str, Any]) -> Iterator[Diagnosis]:
    """Replay a run that has ended, and look for the files that it left."""
    copy = "put back a copy of it"
    if not folder.journal.is_dir():
        yield Diagnosis("bad", f"{folder.path} lacks its journal; {copy}")
        return
    try:
        replayed, tables = replay_tables(folder)
    except WattbookError as fault:
        yield Diagnosis("bad", f"{folder.journal}: {fault}")
        return
    if not replayed.is_same:
        text = (
            f"{folder.path} does not replay to the state that it noted; see `wattbook verify run`"
        )
        yield Diagnosis("bad", text)
    missing = [name for name in tables if not (folder.events / f"{name}.parquet").is_file()]
    if missing:
        names = ", ".join(sorted(missing))
        text = f"{folder.events} lacks {names}; --resume writes them from the journal"
        yield Diagnosis("bad", text)
    noted = facts.get("sha256", {})
    for name, found in digests(folder, facts["asked"], facts.get("names", {})).items():
        if name in noted and found != noted[name]:
            what = "is missing" if found == "missing" else "is not what the run left"
            yield Diagnosis("bad", f"{folder.path}: {name} {what}; {copy}")


def _secrets(folder: RunFolder) -> Iterator[Diagnosis]:
    """Look who may read what only the desk's owner should."""
    for name in ("oauth-key.pem", "desk-certificate-key.pem"):
        key = folder.path / name
        if key.is_file() and key.stat().st_mode & 0o077:
            yield Diagnosis("bad", f"{key} can be read by others; run chmod 600 {key}")


def _certificate(folder: RunFolder, now: dt.datetime) -> Iterator[Diagnosis]:
    made = folder.path / "desk-certificate.pem"
    if not made.is_file() or find_spec("cryptography") is None:
        return
    from cryptography import x509  # noqa: PLC0415 - comes with an extra

    try:
        certificate = x509.load_pem_x509_certificate(made.read_bytes())
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except ValueError as fault:
        yield Diagnosis("bad", f"{made} is no certificate ({fault}); remove it, one is made anew")
        return
    if ends <= now:
        yield Diagnosis("bad", f"{made} ended on {ends:%d %b %Y}; open the desk, which makes one")
    elif begins > now:
        text = f"{made} holds from {begins:%d %b %Y %H:%M} UTC on; set the clock of this machine"
        yield Diagnosis("bad", text)


def _mail(mail: Mail) -> Diagnosis:
    place = f"mail {mail.name!r}: {mail.host} port {mail.port}"
    try:
        with mail_server(mail, REACH_SECONDS) as server:
            server.ehlo_or_helo_if_needed()
    except MailError as fault:
        return Diagnosis("bad", f"{place}: {fault}")
    except smtplib.SMTPNotSupportedError as fault:
        lacks = "has no login" if "AUTH" in str(fault) else "does not encrypt"
        return Diagnosis("bad", f"{place} {lacks}; take its port for STARTTLS, often 587")
    except (OSError, smtplib.SMTPException) as fault:
        return Diagnosis("bad", f"{place} does not take mails ({fault}); mend host or port")
    return Diagnosis("good", f"{place} takes mails")


def _webhook(hook: Webhook) -> Diagnosis:
    parts = urlsplit(hook.url)
    place = f"webhook {hook.name!r}: {parts.hostname}"
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((str(parts.hostname), port), REACH_SECONDS).close()
    except OSError as fault:
        return Diagnosis("bad", f"{place} is not reached ({fault}); mend its url")
    return Diagnosis("good", f"{place} is reached")


def _port(port: int) -> Iterator[Diagnosis]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            yield Diagnosis("note", f"port {port} is taken; a second desk needs another --port")
        else:
            yield Diagnosis("good", f"port {port} is free for the desk")


def _files(desks: Sequence[Path], alerts: Path | None) -> Iterator[Diagnosis]:
    for path in desks:
        try:
            desk = load_desk(path)
        except WattbookError as fault:
            yield Diagnosis("bad", str(fault))
        else:
            text = f"{path}: {len(desk.strategy)} strategies in {len(desk.market)} markets"
            yield Diagnosis("good", text)
    if alerts is not None:
        try:
            found = load_rules(alerts)
        except WattbookError as fault:
            yield Diagnosis("bad", str(fault))
            return
        if not found.targets:
            yield Diagnosis("note", f"{alerts} names nobody to tell; alerts show in the desk only")
        yield Diagnosis("good", f"{alerts}: {len(found.rules)} rules")
        for target in found.targets:
            yield _mail(target) if isinstance(target, Mail) else _webhook(target)


def diagnoses(
    runs: Path, desks: Sequence[Path] = (), *, alerts: Path | None = None, port: int = 8765
) -> Iterator[Diagnosis]:
    """Yield what was looked at, in a fixed order; nothing is changed.

    Parameters
    ----------
    runs : Path
        A folder of runs, or of one.
    desks : sequence of Path
        Desk files to read.
    alerts : Path, optional
        A file of alerts to read.
    port : int
        Of the desk.
    """
    yield from _assets()
    yield from _extras()
    yield from _zones()
    yield from _data()
    yield from _space(runs)
    yield from _port(port)
    yield from _machine()
    yield from _runs(runs)
    yield from _files(desks, alerts)
