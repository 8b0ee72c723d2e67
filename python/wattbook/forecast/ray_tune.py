"""The trials of a search by Ray Tune (wattbook[ray]); Optuna proposes and its file keeps them."""

from __future__ import annotations

import logging
import tempfile
from typing import TYPE_CHECKING, Any, Final

from wattbook.workers import ray_session

if TYPE_CHECKING:
    from collections.abc import Callable

    import optuna

    from wattbook.workers import Workers

__all__ = ["search_on_ray"]

RETRIES: Final = 3
ERROR: Final = "error"


def search_on_ray(
    study: optuna.Study,
    space: dict[str, Any],
    judged: Callable[[dict[str, float]], float],
    trials: int,
    workers: Workers,
    told: Callable[[], None],
) -> None:
    """Add so many trials to the study, as many at once as there are workers.

    A trial whose worker died is begun anew, up to three times.

    Parameters
    ----------
    study : optuna.Study
        Proposes settings, and is told what came of them; its file may lie on this machine alone.
    space : dict of str to optuna distribution
        By setting.
    judged : callable
        From settings to their error, in a worker.
    trials : int
        Nothing is done for fewer than one.
    workers : Workers
        On Ray.
    told : callable
        Called after each trial.

    Raises
    ------
    WorkersError
        If Ray cannot be had.
    """
    if trials < 1:
        return
    with (
        ray_session(workers.ray or "", workers.processes),
        tempfile.TemporaryDirectory(prefix="wattbook-tune-") as folder,
    ):
        from ray import tune  # noqa: PLC0415 - an extra, and a second
        from ray.tune.search.optuna import OptunaSearch  # noqa: PLC0415

        # It warns of files of its own that nobody asked for, and of each slow step.
        logging.getLogger("ray.tune").setLevel(logging.ERROR)

        class Told(tune.Callback):  # type: ignore[misc]
            """Tells of each trial that is done."""

            def on_trial_complete(self, *_: object, **__: object) -> None:
                told()

        proposals = OptunaSearch(
            space,
            metric=ERROR,
            mode="min",
            sampler=study.sampler,
            study_name=study.study_name,
            storage=study._storage,  # noqa: SLF001 - so that there is one connection to the file
        )
        tune.Tuner(
            tune.with_resources(tune.with_parameters(error_of, judged=judged), {"cpu": 1}),
            tune_config=tune.TuneConfig(
                search_alg=proposals, num_samples=trials, max_concurrent_trials=workers.processes
            ),
            run_config=tune.RunConfig(
                name="search",
                storage_path=folder,
                failure_config=tune.FailureConfig(max_failures=RETRIES),
                callbacks=[Told()],
                verbose=0,
            ),
        ).fit()


def error_of(
    settings: dict[str, float], judged: Callable[[dict[str, float]], float]
) -> dict[str, float]:
    """Return the error of a trial's settings as Ray Tune wants it."""
    return {ERROR: judged(settings)}
