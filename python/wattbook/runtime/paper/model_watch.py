"""A day's model under watch: contests promote and take back in the registry, drift is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wattbook.forecast.refit import WARM, Decision, day_drift, unnamed
from wattbook.forecast.registry import Registry, parse_version
from wattbook.ingest import NANOS_PER_SECOND

if TYPE_CHECKING:
    from wattbook.forecast.registry.saved import Fitted
    from wattbook.runtime.desk.spec import ForecastSpec
    from wattbook.runtime.folder import RunFolder
    from wattbook.runtime.paper.edge import Edge
    from wattbook.runtime.paper.pace import Status

__all__ = ["ModelWatch"]

LOOK_NS = 3_600 * NANOS_PER_SECOND


@dataclass(slots=True)
class ModelWatch:
    """Looks at the model of a run once an hour and when a contest is decided.

    Parameters
    ----------
    edge : Edge
        Whose refits and errors.
    asked : ForecastSpec
        What the desk file says. Where it names a champion without a version, the registry's
        follows the contest; a version that was named stays, and so does a model without a name.
    folder : RunFolder
        Of the run: ``models.json`` there holds the newest look.
    tell : callable
        Told of each look.
    """

    edge: Edge
    asked: ForecastSpec
    folder: RunFolder
    tell: Callable[[dict[str, Any]], None]
    _next: int | None = None

    def __post_init__(self) -> None:
        """Follow the contest of the edge from now on."""
        self.edge.on_decision = self.decided

    @property
    def registry(self) -> tuple[Registry, str] | None:
        """Return the registry and the name that follow the contest, if any do."""
        if self.asked.champion is None:
            return None
        name, number = parse_version(self.asked.champion)
        return None if number is not None else (Registry(Path(self.asked.registry)), name)

    def decided(self, decision: Decision) -> None:
        """Promote the winner, or go back to the champion before; once, however often it is told.

        A run that is resumed decides the same again. Its folder and the instant name the decision,
        so that the registry takes it once.

        Raises
        ------
        ForecastError
            If the registry cannot be written.
        """
        follows = self.registry
        if follows is None or not decision.is_promotion:
            return
        registry, name = follows
        reference = f"{self.folder.path.resolve()} {decision.at}"
        if any(entry.get("reference") == reference for entry in registry.log(name)):
            return
        at = str(np.datetime64(decision.at, "ns").astype("datetime64[s]")) + "Z"
        reason = (
            f"the {decision.winner} line beat the {decision.loser} one after "
            f"{decision.intervals} intervals"
        )
        if decision.winner == WARM:
            model: Fitted = unnamed(decision.model)  # type: ignore[assignment]
            known = self.edge.series.delivery_start
            made = registry.register(
                name,
                model,
                trained=(int(known[0]), decision.at),
                metrics={"mae": self.error(), "intervals": float(decision.intervals)},
                made_at=at,
            )
            registry.promote(name, made.number, at=at, reason=reason, reference=reference)
        else:
            registry.rollback(name, at=at, reason=reason, reference=reference)

    def error(self) -> float:
        """Return the mean absolute error of the day so far; NaN before the first price."""
        refits = self.edge.refits
        errors = refits.figures.errors if refits is not None else []
        return float(np.mean(errors)) if errors else float("nan")

    def look(self, status: Status) -> None:
        """Look, if an hour has passed since the last time."""
        if self._next is None or status.now >= self._next:
            self._next = status.now + LOOK_NS
            self.now()

    def now(self) -> dict[str, Any] | None:
        """Return what there is to see, told and kept; None before the first forecast."""
        refits = self.edge.refits
        if refits is None:
            return None
        part, figures, contest = self.edge.part, refits.figures, refits.contest
        moved = day_drift(refits.base, self.edge.series, part.day.start, figures.errors)
        seen: dict[str, Any] = {
            "market": part.spec.name,
            "model": refits.name,
            "line": refits.champion,
            "forecasts": figures.made,
            "missed": figures.asked - figures.made,
            "refits": figures.refits,
            "refits_failed": figures.failed,
            "fit_seconds_most": max(figures.fit_seconds, default=0.0),
            "swap_seconds_most": max(figures.swap_seconds, default=0.0),
            "intervals": contest.better.count,
            "evidence": {
                "better": contest.better.wealth,
                "worse": contest.worse.wealth,
            },
            "stability": {} if moved is None else moved.stability,
            "error": None if moved is None else moved.error,
            "error_before": None if moved is None else moved.error_before,
            "told": [] if moved is None else moved.sentences(),
        }
        (self.folder.path / "models.json").write_text(json.dumps([seen], indent=1) + "\n")
        self.tell(seen)
        return seen

    def close(self, at: int) -> None:
        """Look for the last time, leave what was seen in the registry, and end the refits."""
        seen = self.now()
        follows = self.registry
        if seen is not None and follows is not None:
            registry, name = follows
            when = str(np.datetime64(at, "ns").astype("datetime64[s]")) + "Z"
            registry.watched(name, at=when, seen=seen)
        if self.edge.refits is not None:
            self.edge.refits.close()
