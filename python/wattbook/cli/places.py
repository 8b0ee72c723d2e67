"""Makes the places of what a command leaves behind before its work, not after hours of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

__all__ = ["make_file", "make_folder"]


def make_folder(path: Path) -> None:
    """Make the folder that ``--out`` names.

    Raises
    ------
    RunError
        If it cannot be made or written into.
    """
    from wattbook.runtime.folder import writable  # noqa: PLC0415 - keeps `--help` light

    with writable(path):
        path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()


def make_file(path: Path, option: str = "--report") -> None:
    """Make the file that an option names, and its folder; what is there is kept.

    Raises
    ------
    RunError
        If it cannot be made or written.
    """
    from wattbook.runtime.folder import writable  # noqa: PLC0415 - as above

    fix = f"name another file with {option}"
    with writable(path.parent, fix):
        path.parent.mkdir(parents=True, exist_ok=True)
    with writable(path, fix):
        path.open("ab").close()
