"""``wattbook forecast train`` and ``tune``: networks on many machines, settings by search."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.options import add_workers, whole, workers_of
from wattbook.cli.progress import Progress
from wattbook.errors import InputError

if TYPE_CHECKING:
    import argparse

__all__ = ["add_train_acts", "execute_train", "execute_tune"]


def add_train_acts(acts: Any) -> None:  # noqa: ANN401 - argparse keeps the type to itself
    """Add the arguments of the acts."""
    train = acts.add_parser("train", help="train a deep network on the days before the test")
    train.add_argument("--net", choices=["dense", "lstm", "transformer"], default="transformer")
    train.add_argument("--out", metavar="DIR", type=Path, required=True, help="of checkpoints")
    counts = (("steps", 2_000), ("batch", 64), ("width", 64), ("layers", 2), ("seed", 1))
    for name, default in counts:
        train.add_argument(
            f"--{name}", metavar="N", type=lambda text: whole(text, 1, 10**7), default=default,
            help="default: %(default)s",
        )  # fmt: skip
    train.add_argument("--mixed", action="store_true", help="products of 16 bits (bfloat16)")
    tune = acts.add_parser("tune", help="search settings of a member before the test; resumes")
    tune.add_argument("--member", choices=["lear", "network", "trees"], default="trees")
    tune.add_argument(
        "--trials", metavar="N", type=lambda text: whole(text, 1, 10_000), default=30,
        help="all together, those of earlier runs counted; default: %(default)s",
    )  # fmt: skip
    tune.add_argument(
        "--out", metavar="FILE", type=Path, default=Path("tuning.db"),
        help="SQLite file of the trials; default: %(default)s",
    )  # fmt: skip
    add_workers(train, 1, "1; one a GPU where there are")
    add_workers(tune, None, "1; with --ray one for each core, so many trials at once")
    for act in (train, tune):
        act.add_argument("--market", metavar="NAME", required=True, help="such as NP, PJM, DE")
        act.add_argument(
            "--data", metavar="DIR", type=Path, required=True, help="folder of the benchmark"
        )
        act.add_argument("--json", action="store_true", help="print one JSON object instead")
        act.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute_train(chosen: argparse.Namespace) -> int:
    """Train, or go on with a training."""
    from wattbook.forecast.deep import TrainSettings, launch  # noqa: PLC0415 - light `--help`

    settings = TrainSettings(
        data=str(chosen.data.resolve()), market=chosen.market, net=chosen.net, width=chosen.width,
        layers=chosen.layers, steps=chosen.steps, batch=chosen.batch, mixed=chosen.mixed,
        seed=chosen.seed,
    )  # fmt: skip
    found = launch(settings, chosen.out, workers_of(chosen))
    if chosen.json:
        print_json(found)
        return 0
    console = Console(plain=chosen.plain or None)
    console.line(
        f"{chosen.market}, {chosen.net} of {found['parameters']:,} parameters on "
        f"{found['workers']} {found['device']} workers: {found['steps_now']:,} of "
        f"{found['steps']:,} steps in {found['seconds_now']:,.1f} s, "
        f"{found['samples_parameters_per_second']:.3g} samples·parameters/s"
    )
    console.line(
        f"  mean absolute error {found['mae']:.3f} on the {settings.judged_days} days before the "
        f"test, {found['weekly_naive_mae']:.3f} by the week before; "
        f"{100 * found['inside_90']:.1f} % inside the 90 % interval"
    )
    return 0


def execute_tune(chosen: argparse.Namespace) -> int:
    """Search, or go on with a search."""
    from wattbook.forecast.tuning import Tuning, tune  # noqa: PLC0415 - keeps `--help` light

    if chosen.processes is not None and chosen.ray is None:
        message = "--processes of a search are those of --ray; start the command several times"
        raise InputError(message)
    search = Tuning(chosen.data, chosen.market, chosen.member, chosen.out)
    with Progress("trials", plain=chosen.plain or None) as progress:
        progress.total = chosen.trials

        def tell(done: int, _best: float) -> None:
            progress.advance(done - progress.done)

        found = tune(search, chosen.trials, tell, workers_of(chosen))
    if chosen.json:
        print_json(asdict(found))
        return 0
    console = Console(plain=chosen.plain or None)
    rows = [[name, f"{value:.4g}"] for name, value in found.settings.items()]
    title = (
        f"{chosen.market}, {chosen.member}: {found.error:.4f} by the best of {found.trials} "
        f"trials, {found.default_error:.4f} as it stands"
    )
    console.table(Table(title, ("setting<", "best"), rows))
    return 0
