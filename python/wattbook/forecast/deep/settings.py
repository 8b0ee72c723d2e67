"""What a training is asked for, and how its workers are started."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from wattbook.errors import ForecastError

__all__ = ["SETTINGS", "TrainSettings", "launch", "read_settings"]

SETTINGS: Final = "settings.json"
RESTARTS: Final = 3


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """A training, whatever it runs on.

    Parameters
    ----------
    data : str
        Folder of the open benchmark.
    market : str
        Such as ``NP``.
    net : {"dense", "lstm", "transformer"}, optional
        Which network.
    width, layers : int, optional
        Of the network.
    steps : int, optional
        Batches of all workers together.
    batch : int, optional
        Days a step, shared by the workers.
    rate : float, optional
        Of Adam, falling to zero over the steps.
    decay : float, optional
        Of weights.
    mixed : bool, optional
        Whether products are of 16 bits (bfloat16); weights stay of 32.
    checkpoint_steps : int, optional
        From one checkpoint to the next.
    judged_days : int, optional
        Newest days before the benchmark's test that are not learnt from but judged.
    seed : int, optional
        Of weights and the order of days.
    """

    data: str
    market: str
    net: Literal["dense", "lstm", "transformer"] = "transformer"
    width: int = 64
    layers: int = 2
    steps: int = 2_000
    batch: int = 64
    rate: float = 1e-3
    decay: float = 1e-4
    mixed: bool = False
    checkpoint_steps: int = 100
    judged_days: int = 168
    seed: int = 1

    def check(self, workers: int) -> None:
        """Check that the settings can be trained by so many workers.

        Raises
        ------
        ForecastError
            If a batch cannot be shared evenly, or a number is not above zero.
        """
        for name in ("width", "layers", "steps", "batch", "checkpoint_steps", "judged_days"):
            if getattr(self, name) < 1:
                message = f"{name} {getattr(self, name)} is not above zero"
                raise ForecastError(message)
        if self.batch % workers:
            message = (
                f"a batch of {self.batch} days cannot be shared by {workers} workers; give a "
                f"multiple of {workers}"
            )
            raise ForecastError(message)


def read_settings(folder: Path) -> TrainSettings:
    """Return the settings of a training's folder.

    Raises
    ------
    ForecastError
        If the file cannot be read or names another setting.
    """
    path = folder / SETTINGS
    try:
        return TrainSettings(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as fault:
        message = f"{path} holds no training ({fault}); begin it with `wattbook forecast train`"
        raise ForecastError(message) from fault


def launch(settings: TrainSettings, folder: Path, processes: int) -> dict[str, Any]:
    """Train in `processes` workers on this machine; return what came of it.

    PyTorch's own launcher starts the workers. When one dies it stops the others and starts all
    anew, up to three times; they go on from the newest checkpoint.

    Raises
    ------
    ForecastError
        If the folder holds another training, PyTorch is missing, or the training fails.
    """
    settings.check(processes)
    if importlib.util.find_spec("torch") is None:
        message = "training needs PyTorch; install `wattbook[deep]`"
        raise ForecastError(message)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SETTINGS
    if path.exists() and read_settings(folder) != settings:
        message = f"{folder} holds a training of other settings; give another folder"
        raise ForecastError(message)
    path.write_text(json.dumps(asdict(settings), indent=1) + "\n", encoding="utf-8")
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
    found: dict[str, Any] = json.loads((folder / "trained.json").read_text(encoding="utf-8"))
    return found
