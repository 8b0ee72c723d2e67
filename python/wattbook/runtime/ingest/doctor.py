"""Every file below a folder: which source knows it, what it holds, what was set aside and why."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from wattbook.errors import SourceError
from wattbook.runtime.ingest.examine import Examined, Outcome, examined
from wattbook.runtime.ingest.reading import Task
from wattbook.runtime.ingest.worker import Limits, Worker

__all__ = ["document", "examine_folder", "payload_files", "totals"]

DOCUMENTATION = re.compile(
    r"(?i)^(readme|licen[cs]e|notice|changelog|copying|contributing)(\.|$)|\.(md|rst|adoc)$"
)


def payload_files(path: Path) -> list[Path]:
    """Return every file at or below `path`, in order of name; hidden ones are left out.

    Raises
    ------
    SourceError
        If `path` is neither file nor folder.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        message = f"{path} is not there; give a file or a folder of payloads"
        raise SourceError(message)
    return sorted(
        found
        for found in path.rglob("*")
        if found.is_file()
        and not any(part.startswith(".") for part in found.relative_to(path).parts)
    )


def examine_folder(
    path: Path,
    files: Sequence[Path],
    islands: Sequence[str] = (),
    limits: Limits | None = None,
) -> Iterator[Examined]:
    """Yield what each file holds, in order; a payload that crashes its reader stops no other.

    Parameters
    ----------
    path : Path
        Names are relative to it.
    files : sequence of Path
        As `payload_files` gives them.
    islands : sequence of str, optional
        Further modules with a ``DATASETS``, asked first.
    limits : Limits, optional
        What one payload may take.
    """
    with Worker(islands, limits) as worker:
        for file in files:
            name = str(file.relative_to(path)) if file != path else file.name
            if DOCUMENTATION.search(file.name):
                yield Examined(name, Outcome.DOCUMENTATION, reason="a text about the data")
                continue
            stamp = file.stat().st_mtime_ns if file.exists() else 0
            yield examined(name, worker.read(Task(file, file.name, str(file), stamp)))


def totals(found: Sequence[Examined]) -> dict[str, int]:
    """Return how many files had each outcome, and the rows and parts of all."""
    counts = Counter(entry.outcome for entry in found)
    made = {outcome.value: counts[outcome] for outcome in Outcome}
    made["files"] = len(found)
    made["rows"] = sum(entry.row_count for entry in found)
    made["parts_quarantined"] = sum(entry.quarantined for entry in found)
    return made


def document(path: Path, found: Sequence[Examined]) -> dict[str, Any]:
    """Return everything found, ready for JSON."""
    files = [
        {
            "file": entry.name,
            "outcome": entry.outcome.value,
            "source": entry.source,
            "dataset": entry.dataset,
            "rows": entry.rows or {},
            "quarantined": entry.quarantined,
            "faults": [
                {"place": fault.place, "offset": fault.offset, "reason": fault.reason}
                for fault in entry.faults
            ],
            "reason": entry.reason,
            "trace": entry.trace,
        }
        for entry in found
    ]
    return {
        "path": str(path),
        "is_good": all(entry.is_good for entry in found),
        "totals": totals(found),
        "files": files,
    }
