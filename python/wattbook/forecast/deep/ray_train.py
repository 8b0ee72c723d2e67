"""Ray Train as the engine of a training (wattbook[ray]): it starts the workers, also anew.

Ray Train brings the workers together (``torch.distributed``); what they do, and the checkpoint that
they go on from, are those of any other training.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.errors import ForecastError
from wattbook.forecast.deep.work import work
from wattbook.workers import ray_session

if TYPE_CHECKING:
    from wattbook.workers import Workers

__all__ = ["launch_on_ray"]


def launch_on_ray(folder: Path, workers: Workers, restarts: int) -> None:
    """Train what the folder asks for in workers of a Ray cluster, one a GPU where there are enough.

    Raises
    ------
    ForecastError
        If the training fails, or goes on failing after so many restarts.
    WorkersError
        If Ray cannot be had.
    """
    own = folder.resolve() / ".ray-train"
    with ray_session(workers.ray or "", workers.processes) as ray:
        from ray.train import FailureConfig, RunConfig, ScalingConfig  # noqa: PLC0415 - an extra
        from ray.train.torch import TorchTrainer  # noqa: PLC0415

        has_gpus = ray.cluster_resources().get("GPU", 0) >= workers.processes
        trainer = TorchTrainer(
            work_in,
            train_loop_config={"folder": str(folder.resolve())},
            scaling_config=ScalingConfig(num_workers=workers.processes, use_gpu=has_gpus),
            run_config=RunConfig(
                name="training",
                storage_path=str(own),
                failure_config=FailureConfig(max_failures=restarts),
            ),
        )
        try:
            trainer.fit()
        except ray.train.TrainingFailedError as fault:
            message = f"training in {folder} failed: {str(fault).strip()[-1_500:]}"
            raise ForecastError(message) from fault
        finally:
            shutil.rmtree(own, ignore_errors=True)


def work_in(asked: dict[str, str]) -> None:
    """Train in this worker of Ray."""
    work(Path(asked["folder"]))
