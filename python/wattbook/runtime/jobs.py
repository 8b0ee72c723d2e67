"""Long work on a folder: what is under way, how far it is, and how it ended.

Whoever works on the folder of a run or of a book appends lines to its ``jobs.jsonl``; a desk reads
them. A line is one write, so programs that work beside each other do not mix theirs.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Job", "JobState", "Work", "job", "jobs"]

FILE: Final = "jobs.jsonl"
TOLD_EVERY_S: Final = 1.0
ERROR_CHARACTERS: Final = 500
JobState = Literal["running", "done", "failed", "lost"]


@dataclass(slots=True)
class Job:
    """Long work.

    Parameters
    ----------
    job : str
        Its number.
    kind : str
        What is done: ``run``, ``refit``, ``close``, ``check of a close``, ``verification``.
    subject : str
        What it is done to.
    state : str
        ``lost`` where its program ended without a word.
    started, ended : int
        Unix time, ns; `ended` is None before.
    share : float or None
        Done so far; None if nobody knows.
    note : str
        Where it stands.
    error : str or None
        Why it failed.
    """

    job: str
    kind: str
    subject: str
    state: JobState
    started: int
    ended: int | None = None
    share: float | None = None
    note: str = ""
    error: str | None = None


class Work:
    """Tells how far a job is, once a second at most.

    Parameters
    ----------
    path : Path
        Of the file of jobs.
    job : str
        Its number.
    """

    def __init__(self, path: Path, job: str) -> None:
        self._path, self._job = path, job
        self._told = time.monotonic()

    def advance(self, share: float | None = None, note: str = "") -> None:
        """Tell that a share of it is done, and where it stands."""
        if time.monotonic() - self._told >= TOLD_EVERY_S:
            self._told = time.monotonic()
            self.tell(share=share, note=note)

    def tell(self, **said: object) -> None:
        """Write a line."""
        line = json.dumps({"job": self._job, "at": time.time_ns(), **said}) + "\n"
        # Who may read a folder and not write to it does the work all the same.
        with suppress(OSError), self._path.open("ab", buffering=0) as file:
            file.write(line.encode())


@contextmanager
def job(folder: Path, kind: str, subject: str) -> Iterator[Work]:
    """Note that work on a folder begins, and how it ends.

    Parameters
    ----------
    folder : Path
        Of a run or a book.
    kind, subject : str
        What is done, to what.
    """
    work = Work(folder / FILE, secrets.token_hex(8))
    work.tell(kind=kind, subject=subject, process=_process(os.getpid()))
    try:
        yield work
    except BaseException as fault:
        said = f"{type(fault).__name__}: {fault}"[:ERROR_CHARACTERS]
        work.tell(state="failed", error=said)
        raise
    work.tell(state="done")


def jobs(folder: Path) -> list[Job]:
    """Return the jobs of a folder, oldest first."""
    path = folder / FILE
    if not path.is_file():
        return []
    found: dict[str, Job] = {}
    by: dict[str, str | None] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        entry = _entry(line)
        if entry is None:
            continue
        number, at = entry["job"], int(entry["at"])
        if "kind" in entry:
            found[number] = Job(number, entry["kind"], entry["subject"], "running", at)
            by[number] = entry["process"]
        elif number in found:
            one = found[number]
            one.share, one.note = entry.get("share", one.share), entry.get("note", one.note)
            if "state" in entry:
                one.state, one.ended, one.error = entry["state"], at, entry.get("error")
                one.share = 1.0 if one.state == "done" else one.share
    for number, one in found.items():
        if one.state == "running" and by[number] != _process(_number(by[number])):
            one.state = "lost"
    return list(found.values())


def _entry(line: str) -> dict[str, Any] | None:
    """Return a line's fields; None where a full disk or a kill has cut it."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and {"job", "at"} <= entry.keys() else None


def _number(process: str | None) -> int:
    return 0 if process is None else int(process.partition("-")[0])


def _process(number: int) -> str | None:
    """Return a process by number and start, so that a number given out again is another one.

    None if there is no such process, or the system does not tell.
    """
    try:
        fields = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return f"{number}-{fields[19]}"
