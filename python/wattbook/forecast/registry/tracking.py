"""Copies versions and trainings into MLflow as runs, and makes champions aliases there.

The folder stays the truth and trades without MLflow; what is there already is not copied again.
"""

from __future__ import annotations

import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wattbook.errors import ForecastError
from wattbook.forecast.registry.store import CARD, METRICS, MODEL, read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlflow import MlflowClient

    from wattbook.forecast.registry.store import Registry
    from wattbook.forecast.registry.version import Version

__all__ = ["Tracked", "Tracking", "embedded"]

CHAMPION: Final = "champion"
SQLITE: Final = "sqlite:///"
IDENTITY: Final = "wattbook.identity"
"""Tag of a run and of a model version: ``NAME@3``, or the folder of a training."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """What is in MLflow now.

    Parameters
    ----------
    identity : str
        ``NAME@3``, or the folder of a training.
    run : str
        Id of its run.
    is_new : bool
        Whether it was copied just now.
    is_champion : bool
        Whether its name's alias ``champion`` points to it.
    """

    identity: str
    run: str
    is_new: bool
    is_champion: bool


def embedded(folder: Path) -> str:
    """Return the address of the store inside a registry's folder: one SQLite file.

    Examples
    --------
    >>> embedded(Path("/desk/models"))
    'sqlite:////desk/models/.mlflow/mlflow.db'
    """
    return f"{SQLITE}{folder.resolve() / '.mlflow' / 'mlflow.db'}"


def client_of(uri: str) -> MlflowClient:
    """Return a client of a store.

    Raises
    ------
    ForecastError
        If MLflow is not installed, or the address is none.
    """
    # MLflow would tell its makers of its use, and Git's library look for a program.
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    # A server's client would print the address of each run among what the command prints.
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    try:
        from mlflow import MlflowClient  # noqa: PLC0415 - an extra, and slow to import
        from mlflow.exceptions import MlflowException  # noqa: PLC0415
    except ImportError as fault:
        message = "MLflow is not installed; pip install 'wattbook[mlflow]'"
        raise ForecastError(message) from fault
    for chatty in ("mlflow", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        return MlflowClient(tracking_uri=uri, registry_uri=uri)
    except MlflowException as fault:
        message = f"MLflow refuses its address ({fault}); give sqlite:///FILE or http(s)://SERVER"
        raise ForecastError(message) from fault


class Tracking:
    """A store of MLflow.

    Parameters
    ----------
    uri : str
        ``sqlite:///FILE`` for an embedded one, which keeps its files beside that one, or the
        address of a server, which says itself where it keeps them. Its user and password are those
        of MLflow's environment variables.

    Raises
    ------
    ForecastError
        If MLflow is not installed, the address is none, or a folder cannot be made.
    """

    def __init__(self, uri: str) -> None:
        self.artifacts: Path | None = None
        if uri.startswith(SQLITE):
            self.artifacts = Path(uri.removeprefix(SQLITE)).resolve().parent / "artifacts"
            try:
                self.artifacts.mkdir(parents=True, exist_ok=True)
            except OSError as fault:
                message = f"MLflow cannot keep files in {self.artifacts} ({fault.strerror})"
                raise ForecastError(message) from fault
        self.client = client_of(uri)

    def copy(self, registry: Registry, names: Iterable[str]) -> list[Tracked]:
        """Copy every version of the names, then let each alias follow its champion.

        Raises
        ------
        ForecastError
            If the registry cannot be read or the store cannot be reached.
        """
        return [each for name in names for each in self.reached(self._copy_name, registry, name)]

    def training(self, folder: Path) -> Tracked:
        """Copy a training that `wattbook forecast train` has ended.

        Raises
        ------
        ForecastError
            If the folder holds none, or the store cannot be reached.
        """
        identity = folder.resolve().name
        settings = read_json(folder / "settings.json", "training")
        found = read_json(folder / "trained.json", "ended training")
        numbers = {key: value for key, value in found.items() if is_number(value)}
        words = {key: value for key, value in found.items() if not is_number(value)}
        wanted = Draft("wattbook training", identity, {**settings, **words}, numbers, ())
        run, is_new = self.reached(self._run, wanted)
        return Tracked(identity, run, is_new, is_champion=False)

    def reached(self, act: Any, *given: Any) -> Any:  # noqa: ANN401 - any act on the store
        """Return what an act on the store gives.

        Raises
        ------
        ForecastError
            If the store refuses it or cannot be reached.
        """
        from mlflow.exceptions import MlflowException  # noqa: PLC0415

        try:
            return act(*given)
        except MlflowException as fault:
            message = f"MLflow cannot keep it ({str(fault).splitlines()[0]}); see --mlflow"
            raise ForecastError(message) from fault

    def _copy_name(self, registry: Registry, name: str) -> list[Tracked]:
        champions = registry.champions(name)
        versions = [registry.version(name, number) for number in registry.numbers(name)]
        runs = {version.number: self._run(draft_of(registry, version)) for version in versions}
        known = self._model_versions(name)
        made = []
        for version in versions:
            run, is_new = runs[version.number]
            if version.identity not in known:
                registered = self.client.create_model_version(
                    name,
                    source=self.client.get_run(run).info.artifact_uri,
                    run_id=run,
                    tags={IDENTITY: version.identity, "wattbook.sha256": version.sha256},
                )
                known[version.identity] = registered.version
            is_champion = bool(champions) and champions[-1] == version.number
            if is_champion:
                self.client.set_registered_model_alias(name, CHAMPION, known[version.identity])
            made.append(Tracked(version.identity, run, is_new, is_champion))
        return made

    def _model_versions(self, name: str) -> dict[str, str]:
        """Return MLflow's number of each version of ours; the model is made if there is none."""
        if not self.client.search_registered_models(f"name = '{name}'"):
            self.client.create_registered_model(name, description="Kept by Wattbook's registry.")
        found = self.client.search_model_versions(f"name = '{name}'")
        return {each.tags[IDENTITY]: each.version for each in found if IDENTITY in each.tags}

    def _run(self, draft: Draft) -> tuple[str, bool]:
        """Return the run of a draft, made if there is none, and whether it was made now."""
        place = self._experiment(draft.experiment)
        found = self.client.search_runs([place], f"tags.`{IDENTITY}` = '{draft.identity}'")
        # A run that was cut off in the middle is taken away and made again.
        for run in found:
            if run.info.status == "FINISHED":
                return run.info.run_id, False
            self.client.delete_run(run.info.run_id)
        run_id = self.client.create_run(place, run_name=draft.identity).info.run_id
        self.client.set_tag(run_id, IDENTITY, draft.identity)
        for key, value in draft.params.items():
            self.client.log_param(run_id, key, value)
        for key, number in draft.metrics.items():
            self.client.log_metric(run_id, key, number)
        for path in draft.files:
            self.client.log_artifact(run_id, str(path))
        self.client.set_terminated(run_id)
        return run_id, True

    def _experiment(self, name: str) -> str:
        found = self.client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        place = None if self.artifacts is None else self.artifacts.as_uri()
        return str(self.client.create_experiment(name, artifact_location=place))


@dataclass(frozen=True, slots=True)
class Draft:
    """What a run is to hold."""

    experiment: str
    identity: str
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    files: tuple[Path, ...]


def draft_of(registry: Registry, version: Version) -> Draft:
    """Return the run of a version: its settings, span and hashes, metrics and files."""
    facts = asdict(version)
    metrics = facts.pop("metrics")
    folder = registry.folder / version.name / str(version.number)
    settings = read_json(folder / MODEL, version.identity).get("settings", {})
    params = {**{f"setting.{key}": value for key, value in settings.items()}, **facts}
    files = tuple(folder / name for name in (MODEL, METRICS, CARD))
    return Draft(f"wattbook {version.name}", version.identity, params, metrics, files)


def is_number(value: object) -> bool:
    """Return whether a value is a number and no truth value.

    Examples
    --------
    >>> [is_number(value) for value in (1, 2.5, True, "cpu")]
    [True, True, False, False]
    """
    return isinstance(value, int | float) and not isinstance(value, bool)
