"""Who trains together: one process, or several that a launcher told of each other."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Worker", "joined"]

PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Worker:
    """One of those that train.

    Parameters
    ----------
    rank, count : int
        Which of how many.
    device : torch.device
        A GPU of its own where there is one, else the CPU.
    """

    rank: int
    count: int
    device: torch.device

    def add_up(self, parameters: list[torch.nn.Parameter]) -> None:
        """Replace the slopes of `parameters` by their sums over all workers.

        They travel as one tensor whose layout never changes, so that sums are added in the same
        order in every life of a training: a resumed one gives the same weights.
        """
        if self.count == 1:
            return
        slopes = [each.grad for each in parameters if each.grad is not None]
        flat = torch.cat([slope.flatten() for slope in slopes])
        dist.all_reduce(flat)
        for slope, part in zip(slopes, flat.split([s.numel() for s in slopes]), strict=True):
            slope.copy_(part.view_as(slope))


@contextmanager
def joined() -> Iterator[Worker]:
    """Meet the other workers; NCCL between GPUs, Gloo between processors."""
    rank, count = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    has_gpu = torch.cuda.is_available()
    device = torch.device("cpu")
    if has_gpu:
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    # Ray Train has brought them together before.
    meets = count > 1 and not dist.is_initialized()
    if meets:
        dist.init_process_group(
            "nccl" if has_gpu else "gloo",
            store=meeting_place(rank, count),
            rank=rank,
            world_size=count,
            timeout=PATIENCE,
        )
    try:
        yield Worker(rank, count, device)
    finally:
        if meets:
            dist.destroy_process_group()


def meeting_place(rank: int, count: int) -> dist.Store:
    """Return where the workers of this life of a training leave their addresses.

    Each life has names of its own: who is started anew after a death must not find an address that
    the dead has left, at which both would wait for the other to call.
    """
    host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    is_held_by_launcher = os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    held = dist.TCPStore(
        host, port, count, is_master=rank == 0 and not is_held_by_launcher, timeout=PATIENCE
    )
    life = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    return dist.PrefixStore(f"life {life}", held)
