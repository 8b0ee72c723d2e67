"""Starts the workers of a training: PyTorch's own launcher on this machine, or Ray Train."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from wattbook.errors import ForecastError
from wattbook.forecast.deep.settings import SETTINGS, TrainSettings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from wattbook.workers import Workers

__all__ = ["launch"]

RESTARTS: Final = 3


def launch(settings: TrainSettings, folder: Path, workers: Workers) -> dict[str, Any]:
    """Train in so many workers; return what came of it.

    PyTorch's own launcher starts the workers on this machine, or Ray Train on a cluster, whose
    machines need data and folder at the same path. When one dies, the others are stopped and all
    started anew, up to three times; they go on from the newest checkpoint.

    Raises
    ------
    ForecastError
        If the folder holds another training, PyTorch is missing, or the training fails.
    WorkersError
        If Ray is asked for and cannot be had.
    """
    settings.check(workers.processes)
    if importlib.util.find_spec("torch") is None:
        message = "training needs PyTorch; install `wattbook[deep]`"
        raise ForecastError(message)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SETTINGS
    if path.exists() and read_settings(folder) != settings:
        message = f"{folder} holds a training of other settings; give another folder"
        raise ForecastError(message)
    path.write_text(json.dumps(asdict(settings), indent=1) + "\n", encoding="utf-8")
    if workers.ray is None:
        launch_here(folder, workers.processes)
    else:
        from wattbook.forecast.deep.ray_train import launch_on_ray  # noqa: PLC0415 - an extra

        launch_on_ray(folder, workers, RESTARTS)
    found: dict[str, Any] = json.loads((folder / "trained.json").read_text(encoding="utf-8"))
    return found


def launch_here(folder: Path, processes: int) -> None:
    """Train what the folder asks for by PyTorch's launcher."""
    module = ["-m", "wattbook.forecast.deep", str(folder)]
    run = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [sys.executable, *run, "--max-restarts", str(RESTARTS), *module]
    if processes == 1:
        command = [sys.executable, *module]
    done = subprocess.run(  # noqa: S603 - our own module
        command, capture_output=True, text=True, check=False, env={**os.environ, "USE_LIBUV": "0"}
    )
    if done.returncode:
        message = f"training in {folder} failed: {done.stderr.strip()[-1_500:]}"
        raise ForecastError(message)
