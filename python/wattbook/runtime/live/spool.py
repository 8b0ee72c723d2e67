"""Requests of persons to a live run: files that one side leaves and the other takes, each once.

A request is a file ``ID.json`` in the folder ``requests`` of the run. The run renames it to
``ID.taken`` before it does anything, so that a process that dies then never carries it out twice,
and leaves ``ID.answer``. Who may write in the folder may ask; whose request it is, its file's
owner says.
"""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wattbook.errors import InputError

__all__ = ["Answer", "Asked", "Spool", "ask"]

FOLDER = "requests"
BYTES_MAX = 65_536
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was taken.

    Parameters
    ----------
    id : str
        Its name.
    fields : dict
        What it says.
    user : int
        Number of the system's user who owns its file.
    """

    id: str
    fields: dict[str, object]
    user: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    Parameters
    ----------
    good : bool
        Whether it was carried out.
    lines : tuple of str
        In sentences.
    """

    good: bool
    lines: tuple[str, ...]


def write(path: Path, document: dict[str, object]) -> None:
    """Write a file that is there whole or not at all."""
    draft = path.with_suffix(f".draft{os.getpid()}")
    draft.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


@dataclass(frozen=True, slots=True)
class Spool:
    """The run's side.

    Parameters
    ----------
    path : Path
        Folder of the requests.
    """

    path: Path

    @classmethod
    def open(cls, run: Path) -> "Spool":
        """Return the spool of a run; what an earlier life took and did not answer is answered.

        What became of that only the journal says: it is never carried out again.
        """
        path = run / FOLDER
        path.mkdir(mode=0o770, exist_ok=True)
        spool = cls(path)
        for left in sorted(path.glob("*.taken")):
            line = "the run ended while it did this; look what became of it before you ask again"
            spool.answer(left.stem, Answer(good=False, lines=(line,)))
        return spool

    def take(self) -> Iterator[Asked | tuple[str, str]]:
        """Yield the requests that wait, in their order; one that cannot be read as (id, why)."""
        for file in sorted(self.path.glob("*.json")):
            taken = file.with_suffix(".taken")
            try:
                file.rename(taken)
            except FileNotFoundError:
                # Whoever asked has taken it back.
                continue
            found = read(taken)
            yield (file.stem, found) if isinstance(found, str) else found

    def answer(self, asked: str, answer: Answer) -> None:
        """Answer a request that was taken."""
        document: dict[str, object] = {"good": answer.good, "lines": list(answer.lines)}
        write(self.path / f"{asked}.answer", document)
        (self.path / f"{asked}.taken").unlink(missing_ok=True)


def read(taken: Path) -> Asked | str:
    """Return a request, or why it is none."""
    try:
        about = taken.stat()
        if about.st_size > BYTES_MAX:
            return f"it has {about.st_size:,} bytes; a request has at most {BYTES_MAX:,}"
        fields = json.loads(taken.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as fault:
        return f"it cannot be read ({fault})"
    if not isinstance(fields, dict):
        return "it is no JSON object"
    return Asked(taken.stem, fields, about.st_uid)


def ask(run: Path, fields: dict[str, object], wait_seconds: float) -> Answer:
    """Ask a live run, and wait for its answer.

    Parameters
    ----------
    run : Path
        Folder of the run.
    fields : dict
        What is asked.
    wait_seconds : float
        How long; a request that was not taken by then is taken back.

    Raises
    ------
    InputError
        If the folder holds no live run, or the run does not answer.
    """
    folder = run / FOLDER
    if not folder.is_dir():
        message = f"{run} holds no live run ({FOLDER} is missing); name the folder of one"
        raise InputError(message)
    asked = f"{time.time_ns():020d}-{os.getpid()}"
    file, answer = folder / f"{asked}.json", folder / f"{asked}.answer"
    write(file, fields)
    last = time.monotonic() + wait_seconds
    while True:
        if answer.is_file():
            found = json.loads(answer.read_text(encoding="utf-8"))
            answer.unlink()
            return Answer(good=bool(found["good"]), lines=tuple(found["lines"]))
        if time.monotonic() > last:
            try:
                file.unlink()
            except FileNotFoundError:
                message = (
                    f"taken, but not answered within {wait_seconds:g} s; see what the run says"
                )
                raise InputError(message) from None
            message = f"the run does not answer within {wait_seconds:g} s, and nothing was done"
            raise InputError(message)
        time.sleep(LOOK_SECONDS)
