"""``wattbook walk DESK``: parameters of a strategy, walked forward over days in the engine."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console, Table
from wattbook.cli.options import add_workers, local_day, seed, whole, workers_of
from wattbook.cli.progress import Progress
from wattbook.cli.run import data_folder, desk_of
from wattbook.errors import DeskError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.runtime.research.walk import WalkedChoice
    from wattbook.runtime.walk import SetsPnl

__all__ = ["add_arguments", "execute"]

EPILOG = """\
The strategy trades alone, each set of parameters over all days in the engine, with every cost that
`wattbook backtest` has. On the first --train days the set that earned most is chosen; it is judged
on the next --test days; then the choice is made anew, --test days later. Days on which its market
does not trade are not counted. Of futures a change of sets is taken to cost nothing.

KEY is a key of the strategy in the desk file (parameters.follow: a key of a table of it).
VALUES are a list (0,0.5,1) or FIRST:LAST:STEP, both included.

example:
  wattbook walk examples/coupled.toml --strategy "wind farm" --set update_share=0,0.5,1 \\
    --baseline update_share=0 --from 2026-05-01 --to 2026-05-28 --train 14 --test 7

exit status: 0 good; 2 the input is wrong; 130 stopped by Ctrl-C
"""
SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("desk", metavar="DESK", nargs="?", type=Path, help="desk file (TOML)")
    parser.add_argument(
        "--strategy", metavar="NAME", help="of the desk file; needed if it has several"
    )
    parser.add_argument(
        "--set",
        metavar="KEY=VALUES",
        action="append",
        required=True,
        help="values of a key of the strategy",
    )
    parser.add_argument(
        "--from", dest="first", metavar="DATE", type=local_day, required=True, help="first day"
    )
    parser.add_argument(
        "--to", dest="last", metavar="DATE", type=local_day, required=True, help="last day"
    )
    for name, default, what in (
        ("--train", 20, "days that a choice looks back on"),
        ("--test", 5, "days that it holds"),
    ):
        parser.add_argument(
            name,
            metavar="DAYS",
            type=lambda text: whole(text, 1, 100_000),
            default=default,
            help=f"{what}; default: %(default)s",
        )
    parser.add_argument(
        "--baseline",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="the set that the chosen ones are compared with",
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="folder of recorded data; default: WATTBOOK_DATA"
    )
    parser.add_argument("--seed", metavar="N", type=seed, help="in place of the desk file's seed")
    add_workers(parser, None, "1; with --ray one for each core")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def baseline_of(sets: Sequence[dict[str, object]], texts: Sequence[str]) -> int | None:
    """Return the place of the set that ``--baseline`` names.

    Raises
    ------
    InputError
        If it names none or several.
    """
    from wattbook.runtime.walk import set_text, sets_of  # noqa: PLC0415 - keeps `--help` light

    if not texts:
        return None
    asked = sets_of(texts)
    fits = [
        place
        for place, values in enumerate(sets)
        if all(values.items() >= one.items() for one in asked)
    ]
    if len(asked) != 1 or len(fits) != 1:
        named = ", ".join(set_text(values) for values in sets[:3])
        message = f"--baseline {' '.join(texts)} is {len(fits)} of the sets; name one, like {named}"
        raise InputError(message)
    return fits[0]


def execute(chosen: argparse.Namespace) -> int:
    """Run every set, choose and judge; return the exit status."""
    from wattbook.runtime.research.walk import walk_choice  # noqa: PLC0415 - light `--help`
    from wattbook.runtime.run import stop_on_interrupt  # noqa: PLC0415
    from wattbook.runtime.walk import sets_of, sets_pnl  # noqa: PLC0415

    if chosen.last < chosen.first:
        message = f"--to {chosen.last} is before --from {chosen.first}; swap them"
        raise DeskError(message)
    days = (chosen.last - chosen.first).days + 1
    if chosen.train + chosen.test > days:
        message = (
            f"--from {chosen.first} --to {chosen.last} are {days} days, fewer than --train "
            f"{chosen.train} and --test {chosen.test}; give fewer, or more days"
        )
        raise InputError(message)
    desk, text = desk_of(chosen)
    names = [spec.name for spec in desk.strategy]
    if chosen.strategy is None and len(names) > 1:
        message = f"{desk.path} has {len(names)} strategies; give --strategy, one of: "
        raise InputError(message + ", ".join(names))
    strategy = chosen.strategy or names[0]
    sets = sets_of(chosen.set)
    baseline = baseline_of(sets, chosen.baseline)
    console = Console(plain=chosen.plain or None)
    with (
        stop_on_interrupt() as stop,
        Progress("days", len(sets) * days, plain=chosen.plain or None) as progress,
    ):
        found = sets_pnl(
            text,
            desk.path,
            strategy,
            sets,
            chosen.first,
            chosen.last,
            data=data_folder(chosen),
            seed=chosen.seed,
            stop=stop,
            workers=workers_of(chosen),
            tell=lambda line: print(line, file=sys.stderr),
            done=progress.advance,
        )
    if found is None:
        console.line("Stopped early")
        return 130
    walked = walk_choice(found.pnl, train=chosen.train, test=chosen.test, baseline=baseline)
    if chosen.json:
        told = document(strategy, desk.desk.currency, sets, found, walked)
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        show(console, strategy, desk.desk.currency, sets, found, walked, baseline)
    return 0


def document(
    strategy: str,
    currency: str,
    sets: Sequence[dict[str, object]],
    found: SetsPnl,
    walked: WalkedChoice,
) -> dict[str, Any]:
    """Return the judgement as plain values; amounts in currency, after costs."""
    from wattbook.runtime.walk import set_text  # noqa: PLC0415 - keeps `--help` light

    pnl = found.pnl.sum(axis=1).tolist()
    judged = found.pnl[:, walked.days].sum(axis=1).tolist()
    return {
        "strategy": strategy,
        "currency": currency,
        "days": len(found.dates),
        "sets": [
            {"set": set_text(values), "pnl": whole_range, "judged": later}
            for values, whole_range, later in zip(sets, pnl, judged, strict=True)
        ],
        "folds": [
            {
                "from": found.dates[fold.first].isoformat(),
                "to": found.dates[fold.last].isoformat(),
                "set": set_text(sets[fold.row]),
                "trained": fold.trained,
                "judged": fold.judged,
            }
            for fold in walked.folds
        ],
        "judged_days": len(walked.days),
        "pnl": float(walked.pnl.sum()),
        "pnl_interval": list(walked.interval),
        "above_baseline": walked.above,
        "above_baseline_interval": walked.above_interval and list(walked.above_interval),
        "best_in_hindsight": set_text(sets[walked.best]),
        "deflated_sharpe": walked.deflated.probability,
        "overfit": walked.overfit,
        "cross_validated_pnl_a_day": walked.cross,
    }


def show(
    console: Console,
    strategy: str,
    currency: str,
    sets: Sequence[dict[str, object]],
    found: SetsPnl,
    walked: WalkedChoice,
    baseline: int | None,
) -> None:
    """Write the judgement as tables and sentences."""
    from wattbook.runtime.walk import set_text  # noqa: PLC0415 - keeps `--help` light

    told = document(strategy, currency, sets, found, walked)
    order = sorted(told["sets"], key=lambda one: -one["pnl"])[:SHOWN]
    title = f"{strategy}: sets over {told['days']} days, {currency} after costs"
    more = f", the best {SHOWN} of {len(sets)}" if len(sets) > SHOWN else ""
    table = Table(title + more, ["set<", "all days", "judged days"])
    table.rows.extend([one["set"], f"{one['pnl']:,.2f}", f"{one['judged']:,.2f}"] for one in order)
    console.table(table)
    console.line()
    table = Table("Chosen on the days before", ["from<", "to<", "set<", "chosen on", "judged"])
    table.rows.extend(
        [one["from"], one["to"], one["set"], f"{one['trained']:,.2f}", f"{one['judged']:,.2f}"]
        for one in told["folds"]
    )
    console.table(table)
    low, high = walked.interval
    console.line()
    console.line(
        f"Walk-forward: {told['judged_days']} days, none seen by its choice: P&L "
        f"{told['pnl']:,.2f} {currency} (95 % interval {low:,.2f} to {high:,.2f})"
    )
    if walked.above_interval is not None and baseline is not None:
        low, high = walked.above_interval
        console.line(
            f"  above {set_text(sets[baseline])}: {walked.above:,.2f} (95 % interval {low:,.2f} to "
            f"{high:,.2f})"
        )
    left = told["days"] - int(walked.days[-1]) - 1
    if left:
        console.line(f"  the last {left} days fill no --test and are not judged")
    console.line(
        f"  best in hindsight {told['best_in_hindsight']}: deflated Sharpe "
        f"{walked.deflated.probability:.0%}"
    )
    if walked.overfit is not None:
        console.line(f"  probability of overfitting {walked.overfit:.0%}")
    if walked.cross is not None:
        console.line(
            f"  cross-validated, purged: P&L of a day out of sample {walked.cross:,.2f} {currency}"
        )
