"""The registry on disk.

``FOLDER/NAME/3/`` holds version 3: ``model.json``, ``metrics.json`` and ``card.md``;
``FOLDER/NAME/log.jsonl`` every promotion and rollback.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.errors import ForecastError
from wattbook.forecast.facts import features_hash
from wattbook.forecast.registry.card import card_of
from wattbook.forecast.registry.champion import Champion
from wattbook.forecast.registry.saved import fitted_of, saved
from wattbook.forecast.registry.version import NAME, Version, parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattbook.forecast.registry.saved import Fitted

__all__ = ["Registry"]

MODEL, METRICS, CARD, LOG = "model.json", "metrics.json", "card.md", "log.jsonl"


@dataclass(frozen=True, slots=True)
class Registry:
    """Models by name.

    Parameters
    ----------
    folder : Path
        Where they are kept; made when the first one is registered.
    """

    folder: Path

    def names(self) -> list[str]:
        """Return the names of all models."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if NAME.fullmatch(path.name))

    def numbers(self, name: str) -> list[int]:
        """Return the numbers of a model's versions, rising; none if there is no such model."""
        place = self.folder / parse_version(name)[0]
        if not place.is_dir():
            return []
        return sorted(int(path.name) for path in place.iterdir() if path.name.isdecimal())

    def register(
        self,
        name: str,
        fitted: Fitted,
        *,
        trained: tuple[int, int],
        metrics: Mapping[str, float],
        made_at: str,
    ) -> Version:
        """Keep a fitted model as the next version of `name`; it is no champion yet.

        Parameters
        ----------
        name : str
            Of the model.
        fitted : FittedSeasonal or FittedPersistence
            The model.
        trained : tuple of int
            Span of the prices it learnt from, ns UTC.
        metrics : mapping of str to float
            How good it was on prices that it was not fitted on.
        made_at : str
            When, for the card.

        Raises
        ------
        ForecastError
            If the name cannot be one or the folder cannot be written.
        """
        if parse_version(name)[1] is not None:
            message = f"{name!r}: versions are numbered by the registry; give the name alone"
            raise ForecastError(message)
        place = self.folder / name
        try:
            place.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=place))
        except OSError as fault:
            message = f"{place} cannot be written ({fault.strerror}); give another --registry"
            raise ForecastError(message) from fault
        try:
            text = json.dumps(saved(fitted), indent=1)
            facts: dict[str, Any] = {
                "kind": fitted.model.name,
                "horizon": fitted.model.horizon,
                "features": features_hash(fitted.model),
                "trained_from": int(trained[0]),
                "trained_until": int(trained[1]),
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "metrics": {key: float(value) for key, value in metrics.items()},
            }
            (draft / MODEL).write_text(text, encoding="utf-8")
            (draft / METRICS).write_text(json.dumps(facts, indent=1), encoding="utf-8")
            while True:
                number = max(self.numbers(name), default=0) + 1
                version = Version(name, number, **facts)
                card = card_of(version, fitted, made_at)
                (draft / CARD).write_text(card, encoding="utf-8")
                try:
                    # A folder that is there is not replaced: someone else took the number.
                    draft.rename(place / str(number))
                except OSError:
                    if (place / str(number)).exists():
                        continue
                    raise
                return version
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def version(self, name: str, number: int) -> Version:
        """Return what is known of a version.

        Raises
        ------
        ForecastError
            If there is none, or its files cannot be read.
        """
        path = self.folder / name / str(number) / METRICS
        return Version(name, number, **read_json(path, f"{name}@{number}"))

    def load(self, name: str, number: int) -> tuple[Version, Fitted]:
        """Return a version and its model.

        Raises
        ------
        ForecastError
            If there is none, its model file was changed after it was registered, or is of another
            schema version.
        """
        version = self.version(name, number)
        path = self.folder / name / str(number) / MODEL
        document = read_json(path, version.identity)
        fitted = fitted_of(document, str(path))
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != version.sha256:
            message = f"{path} was changed after it was registered; restore it or fit it anew"
            raise ForecastError(message)
        return version, fitted

    def log(self, name: str) -> list[dict[str, Any]]:
        """Return the promotions and rollbacks of a model, oldest first.

        Raises
        ------
        ForecastError
            If a line cannot be read.
        """
        path = self.folder / parse_version(name)[0] / LOG
        if not path.is_file():
            return []
        found = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                entry = json.loads(line)
                found.append({**entry, "version": int(entry["version"])})
            except (ValueError, KeyError, TypeError) as fault:
                message = f"{path}, line {number} is no entry ({fault}); remove it"
                raise ForecastError(message) from fault
        return found

    def champions(self, name: str) -> list[int]:
        """Return the numbers of the champions that a rollback can reach, the present one last."""
        stack: list[int] = []
        for entry in self.log(name):
            if entry["act"] == "promote":
                stack.append(entry["version"])
            elif entry["act"] == "rollback" and stack:
                stack.pop()
        return stack

    def champion(self, name: str) -> int:
        """Return the number of the present champion.

        Raises
        ------
        ForecastError
            If none was promoted.
        """
        stack = self.champions(name)
        if not stack:
            message = (
                f"{self.folder}: {name} has no champion; run `wattbook forecast promote {name} 1`"
            )
            raise ForecastError(message)
        return stack[-1]

    def promote(self, name: str, number: int, *, at: str, reason: str, reference: str = "") -> None:
        """Make a version the champion; `reference` names what decided it, where a machine did.

        Raises
        ------
        ForecastError
            If there is no such version, or it cannot be loaded.
        """
        self.load(name, number)
        self.note(name, entry_of("promote", number, at, reason, reference))

    def rollback(self, name: str, *, at: str, reason: str, reference: str = "") -> int:
        """Give the championship back to the one before; return its number.

        Raises
        ------
        ForecastError
            If there was none before.
        """
        stack = self.champions(name)
        if len(stack) < 2:
            message = f"{name} has no earlier champion to go back to"
            raise ForecastError(message)
        self.note(name, entry_of("rollback", stack[-2], at, reason, reference))
        return stack[-2]

    def watched(self, name: str, *, at: str, seen: Mapping[str, Any]) -> None:
        """Keep what a day saw of the champion: its contest, refits, errors and drift."""
        reason = "; ".join(seen["told"]) or "no drift"
        entry = entry_of("watch", self.champion(name), at, reason, "")
        self.note(name, {**entry, "seen": dict(seen)})

    def note(self, name: str, entry: dict[str, Any]) -> None:
        """Add an entry to the log, on disk before this returns."""
        with (self.folder / name / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def model(self, wanted: str, horizon: int) -> Champion:
        """Return ``NAME@3``, or the champion of ``NAME``, as a model for `horizon`.

        Raises
        ------
        ForecastError
            If there is none, or it cannot be loaded.
        """
        name, number = parse_version(wanted)
        version, fitted = self.load(name, number or self.champion(name))
        return Champion(version.identity, fitted, version.trained_until, horizon)


def entry_of(act: str, number: int, at: str, reason: str, reference: str) -> dict[str, Any]:
    """Return an entry of the log; without a reference if none is given."""
    entry = {"act": act, "version": number, "at": at, "reason": reason}
    return {**entry, "reference": reference} if reference else entry


def read_json(path: Path, what: str) -> dict[str, Any]:
    """Return a JSON object.

    Raises
    ------
    ForecastError
        If it cannot be read.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as fault:
        message = f"{path}: there is no {what}; `wattbook forecast registry` lists what there is"
        raise ForecastError(message) from fault
    except (OSError, ValueError) as fault:
        message = f"{path} cannot be read ({fault}); restore it or fit the model anew"
        raise ForecastError(message) from fault
    if not isinstance(found, dict):
        message = f"{path} holds no object; restore it or fit the model anew"
        raise ForecastError(message)
    return found
