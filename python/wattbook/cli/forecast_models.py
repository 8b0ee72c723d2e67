"""``wattbook forecast fit``, ``registry``, ``promote``, ``rollback`` and ``track``: kept models."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console, Table, print_json

if TYPE_CHECKING:
    import argparse

__all__ = ["add_model_acts", "model_acts"]


def add_model_acts(acts: Any) -> None:  # noqa: ANN401 - argparse keeps the type to itself
    """Add the arguments of the acts."""
    fit = acts.add_parser("fit", help="fit the model of a desk's market; keep it as a new version")
    fit.add_argument("name", metavar="NAME", help="as which model, such as vic1-hour")
    fit.add_argument("--desk", metavar="FILE", type=Path, help="default: the built-in desk")
    fit.add_argument("--market", metavar="NAME", help="of the desk; needed if it has several")
    fit.add_argument("--data", metavar="DIR", type=Path, help="folder of recorded data")
    fit.add_argument("--seed", metavar="N", type=int, help="in place of the desk file's seed")
    fit.add_argument("--promote", action="store_true", help="make it the champion at once")
    listed = acts.add_parser("registry", help="list versions, champions and how good they were")
    listed.add_argument("name", metavar="NAME", nargs="?", help="one model; default: all")
    promote = acts.add_parser("promote", help="make a version the champion")
    promote.add_argument("name", metavar="NAME")
    promote.add_argument("version", metavar="N", type=int)
    rollback = acts.add_parser("rollback", help="give the championship back to the one before")
    rollback.add_argument("name", metavar="NAME")
    track = acts.add_parser("track", help="copy versions and trainings into MLflow")
    track.add_argument("name", metavar="NAME", nargs="?", help="one model; default: all")
    track.add_argument(
        "--training",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="of `wattbook forecast train`; may be given more than once",
    )
    track.add_argument(
        "--mlflow",
        metavar="ADDRESS",
        help="sqlite:///FILE or http(s)://SERVER; default: MLFLOW_TRACKING_URI, or a file in the "
        "registry",
    )
    for act in (promote, rollback):
        act.add_argument("--reason", metavar="TEXT", default="by hand", help="kept in the log")
    for act in (fit, listed, promote, rollback, track):
        act.add_argument(
            "--registry",
            metavar="DIR",
            type=Path,
            default=Path("models"),
            help="default: %(default)s",
        )
        act.add_argument("--json", action="store_true", help="print JSON instead")
        act.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def now_text() -> str:
    """Return the present instant as text."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def execute_fit(chosen: argparse.Namespace) -> int:
    """Fit and register."""
    from wattbook.cli.run import data_folder, desk_of  # noqa: PLC0415 - keeps `--help` light
    from wattbook.forecast.registry import Registry  # noqa: PLC0415
    from wattbook.runtime.forecast_fit import fit_market  # noqa: PLC0415

    desk, _ = desk_of(chosen)
    registry = Registry(chosen.registry)
    made = fit_market(
        desk,
        chosen.market,
        registry,
        chosen.name,
        data=data_folder(chosen),
        seed=desk.desk.seed if chosen.seed is None else chosen.seed,
        made_at=now_text(),
    )
    if chosen.promote:
        registry.promote(made.name, made.number, at=now_text(), reason="when it was fitted")
    if chosen.json:
        print_json(asdict(made))
        return 0
    mae, persistence = made.metrics["mae"], made.metrics["persistence_mae"]
    champion = ", now the champion" if chosen.promote else ""
    Console(plain=chosen.plain or None).line(
        f"{made.identity}{champion}: mean absolute error {mae:.3f}, persistence {persistence:.3f}, "
        f"over {made.metrics['periods']:,.0f} periods; card in {chosen.registry / made.name}"
    )
    return 0


def execute_registry(chosen: argparse.Namespace) -> int:
    """List versions."""
    from wattbook.forecast.registry import Registry  # noqa: PLC0415

    registry = Registry(chosen.registry)
    names = registry.names() if chosen.name is None else [chosen.name]
    found = [
        (registry.version(name, number), number == (registry.champions(name) or [0])[-1])
        for name in names
        for number in registry.numbers(name)
    ]
    if chosen.json:
        document = [{**asdict(version), "champion": is_champion} for version, is_champion in found]
        print_json(document)
        return 0
    console = Console(plain=chosen.plain or None)
    if not found:
        console.line(f"{chosen.registry} holds no model; `wattbook forecast fit NAME` makes one")
        return 0
    columns = ("version<", "kind<", "horizon", "MAE", "persistence", "features<", "champion<")
    rows = [
        [
            version.identity,
            version.kind,
            str(version.horizon),
            f"{version.metrics.get('mae', float('nan')):.3f}",
            f"{version.metrics.get('persistence_mae', float('nan')):.3f}",
            version.features,
            "champion" if is_champion else "",
        ]
        for version, is_champion in found
    ]
    console.table(Table(f"Models in {chosen.registry}", columns, rows))
    return 0


def execute_promote(chosen: argparse.Namespace) -> int:
    """Make a version the champion."""
    from wattbook.forecast.registry import Registry  # noqa: PLC0415

    registry = Registry(chosen.registry)
    registry.promote(chosen.name, chosen.version, at=now_text(), reason=chosen.reason)
    return tell_champion(chosen, chosen.version)


def execute_rollback(chosen: argparse.Namespace) -> int:
    """Go back to the champion before."""
    from wattbook.forecast.registry import Registry  # noqa: PLC0415

    registry = Registry(chosen.registry)
    return tell_champion(
        chosen, registry.rollback(chosen.name, at=now_text(), reason=chosen.reason)
    )


def execute_track(chosen: argparse.Namespace) -> int:
    """Copy into MLflow what is not there yet."""
    from wattbook.forecast.registry import Registry  # noqa: PLC0415
    from wattbook.forecast.registry.tracking import Tracking, embedded  # noqa: PLC0415

    # Unless told otherwise MLflow asks a silent server for several minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    registry = Registry(chosen.registry)
    uri = chosen.mlflow or os.environ.get("MLFLOW_TRACKING_URI") or embedded(registry.folder)
    names = registry.names() if chosen.name is None else [chosen.name]
    tracking = Tracking(uri)
    found = tracking.copy(registry, names)
    found += [tracking.training(folder) for folder in chosen.training]
    if chosen.json:
        print_json([asdict(each) for each in found])
        return 0
    console = Console(plain=chosen.plain or None)
    if not found:
        console.line(f"{chosen.registry} holds no model; `wattbook forecast fit NAME` makes one")
        return 0
    rows = [
        [each.identity, each.run, "new" if each.is_new else "", "champion" * each.is_champion]
        for each in found
    ]
    console.table(Table("In MLflow", ("what<", "run<", "copied now<", "alias<"), rows))
    return 0


def tell_champion(chosen: argparse.Namespace, number: int) -> int:
    """Say who is the champion now."""
    if chosen.json:
        print_json({"name": chosen.name, "champion": number})
        return 0
    Console(plain=chosen.plain or None).line(f"{chosen.name}@{number} is the champion")
    return 0


model_acts = {
    "fit": execute_fit,
    "registry": execute_registry,
    "promote": execute_promote,
    "rollback": execute_rollback,
    "track": execute_track,
}
