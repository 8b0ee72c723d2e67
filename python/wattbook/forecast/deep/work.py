"""What each worker of a training does, whoever started it."""

from __future__ import annotations

import os
from pathlib import Path

from wattbook.forecast.deep.settings import read_settings
from wattbook.forecast.deep.table import day_table

__all__ = ["work"]


def work(folder: Path) -> None:
    """Train what the folder asks for, with the other workers."""
    from wattbook.forecast.deep.trainer import train  # noqa: PLC0415 - PyTorch takes seconds
    from wattbook.forecast.deep.worker import joined  # noqa: PLC0415

    settings = read_settings(folder)
    table = day_table(Path(settings.data), settings.market, settings.judged_days)
    with joined() as worker:
        # Whoever watches over a training, or tries to break it, finds the process here.
        (folder / f"worker-{worker.rank}.pid").write_text(str(os.getpid()), encoding="utf-8")
        train(settings, table, folder, worker)
