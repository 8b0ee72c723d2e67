"""What a training is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from wattbook.errors import ForecastError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SETTINGS", "TrainSettings", "read_settings"]

SETTINGS: Final = "settings.json"


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
