"""A worker: ``python -m wattbook.forecast.deep FOLDER``, alone or under PyTorch's launcher."""

import os
import sys
from pathlib import Path

from wattbook.forecast.deep.settings import read_settings
from wattbook.forecast.deep.table import day_table


def main() -> None:
    """Train what the folder asks for."""
    from wattbook.forecast.deep.trainer import train  # noqa: PLC0415 - PyTorch takes seconds
    from wattbook.forecast.deep.workers import joined  # noqa: PLC0415

    folder = Path(sys.argv[1])
    settings = read_settings(folder)
    table = day_table(Path(settings.data), settings.market, settings.judged_days)
    with joined() as workers:
        # Whoever watches over a training, or tries to break it, finds the process here.
        (folder / f"worker-{workers.rank}.pid").write_text(str(os.getpid()), encoding="utf-8")
        train(settings, table, folder, workers)


main()
