"""A frozen contract of a live run, released by an operator."""

import os
from collections.abc import Sequence
from pathlib import Path

from wattbook.errors import InputError

__all__ = ["request_release"]

# Beside the session's store; the run takes it, and takes it away.
RELEASE = "release"
STORE = "fix.store"


def request_release(folder: Path, symbols: Sequence[str]) -> None:
    """Ask the live run in `folder` to let orders in contracts pass again that it has frozen.

    Parameters
    ----------
    folder : Path
        Of the run, which goes on or is resumed later.
    symbols : sequence of str
        Contracts, as the desk names them.

    Raises
    ------
    InputError
        If the folder holds no live run, or an earlier request that was not taken yet.
    """
    if not (folder / STORE).is_file():
        message = f"{folder} holds no live run ({STORE} is missing); name the folder of one"
        raise InputError(message)
    file, draft = folder / RELEASE, folder / f"{RELEASE}.{os.getpid()}"
    draft.write_text("".join(f"{symbol}\n" for symbol in symbols), encoding="utf-8")
    try:
        # Whole or not at all, and never over a request that waits.
        os.link(draft, file)
    except FileExistsError as fault:
        message = f"{file} waits to be taken by the run; start it with --resume, or wait"
        raise InputError(message) from fault
    finally:
        draft.unlink()
