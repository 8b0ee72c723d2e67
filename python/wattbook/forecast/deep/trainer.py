"""One trainer for a CPU, a GPU, or many of either; killed, it goes on where it was.

Which days a step learns from follows from seed and step alone, each worker takes its share, and
slopes are added up over all. A checkpoint holds weights, Adam's moments and the step, so a training
that was cut gives the same weights as one that was not, by the same number of workers.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from wattbook.errors import ForecastError
from wattbook.forecast.deep.nets import QUANTILES, network, pinball

if TYPE_CHECKING:
    from wattbook.forecast.deep.settings import TrainSettings
    from wattbook.forecast.deep.table import DayTable
    from wattbook.forecast.deep.worker import Worker

__all__ = ["CHECKPOINT", "days_of_step", "train"]

CHECKPOINT = "checkpoint.pt"
TRAINED = "trained.json"


def days_of_step(seed: int, step: int, learnt: int, batch: int) -> np.ndarray[Any, Any]:
    """Return the days of a step: a new order each time that all were seen.

    Examples
    --------
    >>> days = [day for step in range(5) for day in days_of_step(1, step, 10, 2)]
    >>> sorted(int(day) for day in days)
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    place = step * batch + np.arange(batch)
    rounds = np.unique(place // learnt)
    orders = {int(r): np.random.default_rng([seed, r]).permutation(learnt) for r in rounds}
    return np.array([orders[int(one // learnt)][one % learnt] for one in place])


def train(settings: TrainSettings, table: DayTable, folder: Path, worker: Worker) -> dict[str, Any]:
    """Train to the last step from the newest checkpoint, if there is one.

    Returns
    -------
    dict
        Steps, parameters, error on the judged days with that of the week before, workers, and of
        this life: steps, seconds, samples·parameters a second. Rank 0 keeps it as ``trained.json``.

    Raises
    ------
    ForecastError
        If the checkpoint is of other settings, or the loss is no longer finite.
    """
    settings.check(worker.count)
    torch.manual_seed(settings.seed)
    if worker.device.type == "cpu":
        # A worker is a core: more of them train faster than threads that wait for each other.
        torch.set_num_threads(1)
    channels = table.inputs.shape[2]
    net = network(settings.net, channels, settings.width, settings.layers).to(worker.device)
    parameters = list(net.parameters())
    size = sum(each.numel() for each in parameters)
    adam = torch.optim.AdamW(parameters, lr=settings.rate, weight_decay=settings.decay)
    first = load(folder / CHECKPOINT, settings, net, adam, worker)
    inputs = torch.from_numpy(table.inputs).to(worker.device)
    targets = torch.from_numpy(table.targets).to(worker.device)
    began = time.perf_counter()
    for step in range(first, settings.steps):
        days = days_of_step(settings.seed, step, table.judged.start, settings.batch)
        mine = torch.from_numpy(days[worker.rank :: worker.count]).to(worker.device)
        for group in adam.param_groups:
            group["lr"] = settings.rate * (1.0 - step / settings.steps)
        adam.zero_grad()
        with torch.autocast(worker.device.type, torch.bfloat16, enabled=settings.mixed):
            made = net(inputs[mine])
        loss = pinball(made.float(), targets[mine]) / settings.batch
        if not torch.isfinite(loss):
            message = f"step {step}: the loss is {loss.item()}; give a smaller rate"
            raise ForecastError(message)
        loss.backward()
        worker.add_up(parameters)
        adam.step()
        is_last = step + 1 == settings.steps
        if worker.rank == 0 and (is_last or (step + 1) % settings.checkpoint_steps == 0):
            save(folder / CHECKPOINT, settings, net, adam, step + 1)
    if worker.device.type == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - began
    done = settings.steps - first
    found = {
        "steps": settings.steps,
        "parameters": size,
        "workers": worker.count,
        "device": worker.device.type,
        "steps_now": done,
        "seconds_now": round(seconds, 3),
        "samples_parameters_per_second": done * settings.batch * size / seconds if done else 0.0,
        **judged(net, table, inputs),
    }
    if worker.rank == 0:
        (folder / TRAINED).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def judged(net: torch.nn.Module, table: DayTable, inputs: torch.Tensor) -> dict[str, float]:
    """Return how good the median and the interval are on the days that were not learnt from."""
    with torch.no_grad():
        made = net(inputs[table.judged]).float().cpu().numpy()
    low, middle, high = (table.goal.back(made[:, :, place]) for place in range(len(QUANTILES)))
    seen = np.isfinite(table.naive)
    inside = (table.prices >= np.minimum(low, middle)) & (table.prices <= np.maximum(high, middle))
    return {
        "mae": float(np.abs(middle - table.prices).mean()),
        "weekly_naive_mae": float(np.abs(table.naive - table.prices)[seen].mean()),
        "inside_90": float(inside.mean()),
    }


def save(
    path: Path,
    settings: TrainSettings,
    net: torch.nn.Module,
    adam: torch.optim.Optimizer,
    step: int,
) -> None:
    """Keep a checkpoint, whole or not at all."""
    held = {
        "settings": repr(settings),
        "step": step,
        "net": net.state_dict(),
        "adam": adam.state_dict(),
    }
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        torch.save(held, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load(
    path: Path,
    settings: TrainSettings,
    net: torch.nn.Module,
    adam: torch.optim.Optimizer,
    worker: Worker,
) -> int:
    """Go back to a checkpoint; return the step that it has reached, 0 without one.

    Raises
    ------
    ForecastError
        If it is of other settings.
    """
    if not path.is_file():
        return 0
    held = torch.load(path, map_location=worker.device, weights_only=True)
    if held["settings"] != repr(settings):
        message = f"{path} is of other settings ({held['settings']}); give another folder"
        raise ForecastError(message)
    net.load_state_dict(held["net"])
    adam.load_state_dict(held["adam"])
    step: int = held["step"]
    return step
