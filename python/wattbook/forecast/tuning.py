"""Settings of day-ahead members, searched on days before the benchmark's test alone.

Optuna proposes (tree-structured Parzen estimator, Bergstra et al., 2011) and keeps every trial in
one SQLite file, so that a search goes on where it was stopped; several processes may share it, and
Ray Tune may carry its trials out.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.inputs import design, features_hash, lear_inputs
from wattbook.forecast.day_ahead.market import DAY_NS, Market, load_market
from wattbook.forecast.day_ahead.members import LearMember
from wattbook.forecast.day_ahead.network import NetworkMember
from wattbook.forecast.day_ahead.trees import TreesMember

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wattbook.forecast.day_ahead.members import Member
    from wattbook.workers import Workers

__all__ = ["SPACES", "Found", "Tuning", "member_of", "tune"]

Kind = Literal["lear", "network", "trees"]
Range = tuple[float, float, bool]
"""Least, most, and whether the logarithm is searched evenly."""

SPACES: Final[dict[Kind, dict[str, Range]]] = {
    "lear": {"window_days": (56, 1_456, True)},
    "network": {
        "window_days": (364, 1_456, False),
        "penalty": (2.0, 200.0, True),
        "half_life_days": (200.0, 3_000.0, True),
        "drop": (0.0, 0.4, False),
        "decay": (0.03, 3.0, True),
        "learning_rate": (5e-4, 1e-2, True),
    },
    "trees": {
        "window_days": (364, 1_456, False),
        "penalty": (2.0, 200.0, True),
        "trees": (80, 600, True),
        "depth": (3, 8, False),
        "leaf_rows": (20, 400, True),
        "learning_rate": (0.02, 0.2, True),
        "share": (0.3, 1.0, False),
    },
}
"""What is searched, by kind of member."""
KINDS: Final[dict[Kind, Any]] = {
    "lear": LearMember,
    "network": NetworkMember,
    "trees": TreesMember,
}
WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Tuning:
    """A search.

    Parameters
    ----------
    data : Path
        Folder of the open benchmark.
    market : str
        Such as ``NP``.
    kind : {"lear", "network", "trees"}
        Of the member.
    path : Path
        SQLite file of the trials; made when it does not exist.
    judged_days : int, optional
        Days right before the test on which members are judged.
    every : int, optional
        Of their weeks, each so-manieth is forecast; 1 for all.
    seed : int, optional
        Of the proposals.
    """

    data: Path
    market: str
    kind: Kind
    path: Path
    judged_days: int = 168
    every: int = 3
    seed: int = 1

    @property
    def name(self) -> str:
        """What the search is called in its file."""
        return f"{self.market} {self.kind}"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found.

    Parameters
    ----------
    trials : int
        All there are, those of earlier runs among them.
    error : float
        Mean absolute error of the best.
    default_error : float
        That of the member as it stands.
    settings : dict of str to float
        Of the best.
    """

    trials: int
    error: float
    default_error: float
    settings: dict[str, float]


def member_of(kind: Kind, settings: Mapping[str, float]) -> Member:
    """Return a member with these settings; whole ones are rounded.

    Examples
    --------
    >>> member_of("lear", {"window_days": 84.2})
    LearMember(window_days=84, penalty='published')
    """
    wholes = {each.name for each in dataclasses.fields(KINDS[kind]) if each.type == "int"}
    made: Member = KINDS[kind](
        **{name: round(value) if name in wholes else value for name, value in settings.items()}
    )
    return made


def judged_weeks(market: Market, judged_days: int, every: int) -> list[np.ndarray[Any, Any]]:
    """Return the weeks that members are judged on, all of them before the test.

    Raises
    ------
    ForecastError
        If the market has no year of days before them.
    """
    first = market.test_start - judged_days // WEEK * WEEK
    if first - market.first_day < 364:
        message = (
            f"{market.name} has {first - market.first_day} days before those that are judged; "
            "364 are needed"
        )
        raise ForecastError(message)
    starts = range(first, market.test_start, WEEK * every)
    return [np.arange(start, start + WEEK, dtype=np.int64) for start in starts]


def error_of(market: Market, member: Member, weeks: list[np.ndarray[Any, Any]]) -> float:
    """Return a member's mean absolute error over weeks; NaN prices are left out."""
    table = design(market, lear_inputs(market), market.first_day + WEEK, market.test_start)
    errors = []
    for week in weeks:
        made = np.stack([each.price for each in member.forecast(market, table, week)])
        errors.append(np.abs(made - market.prices(week)))
    return float(np.nanmean(np.concatenate(errors)))


def without_test(market: Market) -> Market:
    """Return the market with no price or forecast of its test: a search cannot look there."""
    hours = {}
    for name, versions in market.history.quantities.items():
        value = versions.value.copy()
        place = (market.test_start * DAY_NS - versions.first) // versions.interval
        value[:, max(place, 0) :] = np.nan
        hours[name] = dataclasses.replace(versions, value=value)
    return dataclasses.replace(
        market, history=dataclasses.replace(market.history, quantities=hours)
    )


class Judge:
    """Says how good settings are on the weeks of a search, which it reads once."""

    def __init__(self, search: Tuning) -> None:
        self.kind = search.kind
        self.market = without_test(load_market(search.data, search.market))
        self.weeks = judged_weeks(self.market, search.judged_days, search.every)

    def error(self, settings: Mapping[str, float]) -> float:
        """Return the mean absolute error of a member with these settings."""
        return error_of(self.market, member_of(self.kind, settings), self.weeks)


@functools.cache
def judge_of(search: Tuning) -> Judge:
    """Return the judge of this process, which reads the market once."""
    return Judge(search)


def judged_in_worker(search: Tuning, settings: dict[str, float]) -> float:
    """Return the error of a member with these settings, in a worker of many trials."""
    return judge_of(search).error(settings)


def tune(
    search: Tuning,
    trials: int,
    tell: Callable[[int, float], None] | None = None,
    workers: Workers | None = None,
) -> Found:
    """Search until so many trials are there; return the best.

    Parameters
    ----------
    search : Tuning
        What and where.
    trials : int
        All together, those of earlier runs counted.
    tell : callable, optional
        Told how many trials are there, and the best error.
    workers : Workers, optional
        With Ray, so many trials at once by Ray Tune; machines of a cluster need the data at the
        same path. Otherwise one trial after another, in this process.

    Raises
    ------
    ForecastError
        If Optuna is missing, the market is too short, or the file holds a search on other data.
    WorkersError
        If Ray is asked for and cannot be had.
    """
    try:
        import optuna  # noqa: PLC0415 - an extra, and half a second
    except ImportError as fault:
        message = "a search needs Optuna; install `wattbook[tune]`"
        raise ForecastError(message) from fault
    judge = Judge(search)
    content = (search.data / f"{search.market}.parquet").read_bytes()
    about = {
        "data": hashlib.sha256(content).hexdigest()[:16],
        "features": features_hash(lear_inputs(judge.market)),
        "weeks": f"{search.judged_days} days, each {search.every}",
    }
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    search.path.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{search.path.resolve()}",
        study_name=search.name,
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=search.seed),
    )
    if study.user_attrs and study.user_attrs.get("about") != about:
        message = f"{search.path} holds a search on other data or weeks; give another file"
        raise ForecastError(message)
    study.set_user_attr("about", about)
    default = {
        each.name: float(each.default)
        for each in dataclasses.fields(KINDS[search.kind])
        if each.name in SPACES[search.kind] and each.default is not dataclasses.MISSING
    }
    default.setdefault("window_days", 1_456.0 if search.kind != "lear" else 84.0)

    space = {
        name: optuna.distributions.FloatDistribution(least, most, log=is_log)
        for name, (least, most, is_log) in SPACES[search.kind].items()
    }
    complete = (optuna.trial.TrialState.COMPLETE,)

    def done() -> int:
        return len(study.get_trials(deepcopy=False, states=complete))

    def standing() -> list[float]:
        every = study.get_trials(deepcopy=False, states=complete)
        return [float(trial.value or 0.0) for trial in every if trial.params == default]

    # A search that was stopped may have begun with the member as it stands, and not ended.
    if not standing():
        study.enqueue_trial(default)

    def told() -> None:
        if tell is not None:
            tell(done(), study.best_value)

    if workers is not None and workers.ray is not None:
        from wattbook.forecast.ray_tune import search_on_ray  # noqa: PLC0415 - an extra

        judged = functools.partial(judged_in_worker, search)
        search_on_ray(study, space, judged, trials - done(), workers, told)
    while done() < trials or not standing():
        trial = study.ask(space)
        study.tell(trial, judge.error(trial.params))
        told()
    return Found(done(), float(study.best_value), standing()[0], dict(study.best_params))
