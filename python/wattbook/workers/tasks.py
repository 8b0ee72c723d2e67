"""Independent tasks over workers, with the same results whoever carries them out."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import secrets
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Generic, TypeVar

from wattbook.errors import InputError, WorkersError
from wattbook.workers.session import checked_address, ray_session

__all__ = ["Workers", "cores", "in_order", "mapped", "shares", "unchanged"]

About = TypeVar("About")
State = TypeVar("State")
Item = TypeVar("Item")
Result = TypeVar("Result")

RETRIES: Final = 3
"""How often a task is begun anew after the worker under it died."""
LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Workers:
    """Who carries tasks out.

    Parameters
    ----------
    processes : int, optional
        How many at once; with 1, and no Ray, this process itself.
    ray : str or None, optional
        ``HOST:PORT`` of a Ray cluster, whose size counts instead of `processes`; ``local`` for one
        of `processes` workers on this machine; None for plain processes.
    """

    processes: int = 1
    ray: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no count or address.

        Raises
        ------
        InputError
            For a count below 1, or an address that is none.
        """
        if self.processes < 1:
            message = f"processes is {self.processes}: give 1 or more"
            raise InputError(message)
        if self.ray is not None:
            checked_address(self.ray)

    @property
    def is_alone(self) -> bool:
        """Whether this process does it all."""
        return self.ray is None and self.processes == 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep one session of Ray, if Ray it is, over all that is mapped meanwhile."""
        if self.ray is None:
            yield
            return
        with ray_session(self.ray, self.processes):
            yield


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Job(Generic[About, State, Item, Result]):
    """What a worker needs once: how to prepare itself, from what, and the task."""

    make: Callable[[About], State]
    about: About
    task: Callable[[State, Item], Result]


PREPARED: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {}
"""Of this process as a worker: the task and what it prepared, of the newest job alone."""


def mapped(
    workers: Workers,
    make: Callable[[About], State],
    about: About,
    task: Callable[[State, Item], Result],
    items: Iterable[Item],
) -> Iterator[tuple[int, Result]]:
    """Yield place and result of each item as they are done, in any order.

    Parameters
    ----------
    workers : Workers
        Who.
    make : callable
        Prepares a worker from `about`, once in each; a function or class of a module.
    about : object
        What `make` needs. Arrays lie once in the memory that workers of Ray share; they are not to
        be written to.
    task : callable
        From what was prepared and an item to the result; a function of a module.
    items : iterable
        One a task. The result must depend on `about` and the item alone.

    Raises
    ------
    WorkersError
        If Ray cannot be had, or a worker died: of plain processes any, of Ray's one that took the
        same task with it four times.
    """
    todo, job = list(items), Job(make, about, task)
    if workers.ray is not None:
        yield from over_ray(workers, job, todo)
    elif workers.processes > 1 and len(todo) > 1:
        yield from over_processes(workers, job, todo)
    elif todo:
        state = make(about)
        for place, item in enumerate(todo):
            yield place, task(state, item)


def unchanged(about: About) -> About:
    """Return `about`: what a worker is prepared with, when nothing is to be done."""
    return about


def in_order(results: Iterator[tuple[int, Result]]) -> Generator[Result]:
    """Yield the results of `mapped` in the order of their items.

    Examples
    --------
    >>> list(in_order(iter([(1, "b"), (0, "a"), (2, "c")])))
    ['a', 'b', 'c']
    """
    early: dict[int, Result] = {}
    wanted = 0
    for place, result in results:
        early[place] = result
        while wanted in early:
            yield early.pop(wanted)
            wanted += 1


def shares(count: int, parts: int) -> list[slice]:
    """Return `count` places as so many stretches of nearly one length, none of them empty.

    Examples
    --------
    >>> shares(5, 2), shares(1, 4)
    ([slice(0, 2, None), slice(2, 5, None)], [slice(0, 1, None)])
    """
    parts = min(parts, count)
    borders = [count * part // parts for part in range(parts + 1)] if parts else []
    return [slice(*ends) for ends in pairwise(borders)]


def over_processes(
    workers: Workers, job: Job[About, State, Item, Result], items: Sequence[Item]
) -> Iterator[tuple[int, Result]]:
    """Map over processes of this machine, which end with the generator."""
    context = multiprocessing.get_context("spawn")
    count = min(workers.processes, len(items))
    with concurrent.futures.ProcessPoolExecutor(count, context, prepare, (job,)) as pool:
        places = {pool.submit(carry_out, item): place for place, item in enumerate(items)}
        try:
            for future in concurrent.futures.as_completed(places):
                yield places[future], future.result()
        except BrokenProcessPool as fault:
            message = "a worker process was killed, perhaps for want of memory; run again"
            raise WorkersError(message) from fault
        finally:
            pool.shutdown(cancel_futures=True)


def prepare(job: Job[Any, Any, Any, Any]) -> None:
    """Make this process a worker."""
    # Ctrl-C reaches the whole group; whoever waits for the results decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    PREPARED[""] = (job.task, job.make(job.about))


def carry_out(item: Any) -> Any:  # noqa: ANN401 - of any job
    """Carry a task out in this process."""
    task, state = PREPARED[""]
    return task(state, item)


def over_ray(
    workers: Workers, job: Job[About, State, Item, Result], items: Sequence[Item]
) -> Iterator[tuple[int, Result]]:
    """Map over a cluster; it begins a task anew whose worker died."""
    with ray_session(workers.ray or "", workers.processes) as ray:
        remote = ray.remote(num_cpus=1, max_retries=RETRIES)(carry_out_on_ray)
        name, held = secrets.token_hex(8), ray.put(job)
        places = {remote.remote(name, held, item): place for place, item in enumerate(items)}
        waiting = list(places)
        try:
            while waiting:
                done, waiting = ray.wait(waiting, timeout=LOOK_SECONDS)
                for reference in done:
                    yield places.pop(reference), value_of(ray, reference)
        finally:
            for reference in waiting:
                ray.cancel(reference, force=True)


def carry_out_on_ray(name: str, job: Job[Any, Any, Any, Any], item: Any) -> Any:  # noqa: ANN401
    """Carry a task out in a worker of Ray, which prepares itself at the first of a job."""
    if name not in PREPARED:
        PREPARED.clear()
        PREPARED[name] = (job.task, job.make(job.about))
    task, state = PREPARED[name]
    return task(state, item)


def value_of(ray: Any, reference: Any) -> Any:  # noqa: ANN401 - whatever the task gave
    """Return a result; raise what the task raised as if it had been raised here."""
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as fault:
        cause = fault.cause
    except ray.exceptions.RayError as fault:
        first = str(fault).strip().partition("\n")[0]
        message = f"Ray lost a task in spite of {RETRIES} retries: {first}"
        raise WorkersError(message) from fault
    raise cause
