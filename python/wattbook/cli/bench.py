"""``wattbook bench NAME``: our figures beside those of other engines, in one alternating run."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from wattbook.cli.bench_plan import Bench, Target, plan, repository
from wattbook.cli.bench_side import NotMeasured, Workshop
from wattbook.cli.options import rounds as positive_rounds
from wattbook.errors import InputError

__all__ = ["add_arguments", "execute"]

ROUNDS = 5
EPILOG = """\
Sides run in turn, round by round, each as a process of its own; medians count. A rate is per second
of processor time, so that a busy machine changes little. Before they are compared, all sides must
report the same work. A peer that is not installed is `not measured`.

exit status: 0 measured; 1 a side of ours failed or sides did different work; 2 the input is wrong.
"""

Lines = dict[str, list[dict[str, Any]]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("name", metavar="NAME", help="a benchmark, `all`, or `list`")
    parser.add_argument(
        "--json", action="store_true", help="one JSON line a side; the table on standard error"
    )
    parser.add_argument(
        "--rounds",
        metavar="N",
        type=positive_rounds,
        default=ROUNDS,
        help=f"how often each side runs (default {ROUNDS})",
    )
    parser.add_argument(
        "--quick", action="store_true", help="build faster and run one round: for work in progress"
    )


def execute(chosen: argparse.Namespace) -> int:
    """Measure, print, and return 1 if a figure of ours could not be had."""
    root = repository()
    benches = plan(root)
    if chosen.name == "list":
        for bench in benches.values():
            sides = [side.name for side in bench.sides]
            entry = {"name": bench.name, "work": bench.work, "sides": sides}
            line = json.dumps(entry, ensure_ascii=False) if chosen.json else ""
            sys.stdout.write((line or f"{bench.name:14} {bench.work}") + "\n")
        return 0
    if chosen.name != "all" and chosen.name not in benches:
        raise InputError(f"there is no benchmark {chosen.name!r}; use all, {', '.join(benches)}")
    names = list(benches) if chosen.name == "all" else [chosen.name]
    workshop = Workshop(root, "quick" if chosen.quick else "release")
    rounds = 1 if chosen.quick else chosen.rounds
    good = [_run(workshop, benches[name], rounds, as_json=chosen.json) for name in names]
    return 0 if all(good) else 1


def _run(workshop: Workshop, bench: Bench, rounds: int, *, as_json: bool) -> bool:
    """Measure one benchmark and print it; return whether our sides did their work."""
    lines, missing = _measure(workshop, bench, rounds)
    results = {name: _medians(runs) for name, runs in lines.items()}
    if as_json:
        for side in bench.sides:
            head = {"name": bench.name, "side": side.name}
            if side.name in missing:
                document = {**head, "status": "not measured", "reason": missing[side.name]}
            else:
                document = {**head, "status": "measured", **results[side.name]}
            sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    differences = _different_work(results)
    out = sys.stderr if as_json else sys.stdout
    out.write("\n".join(_table(bench, lines, results, missing, differences)) + "\n\n")
    out.flush()
    ours = {side.name for side in bench.sides if side.runner in {"rust", "python"}}
    return not differences and ours.isdisjoint(missing)


def _measure(workshop: Workshop, bench: Bench, rounds: int) -> tuple[Lines, dict[str, str]]:
    """Return the lines of each side, round by round, and why a side has none."""
    lines: Lines = {}
    missing: dict[str, str] = {}
    for turn in range(rounds):
        for side in bench.sides:
            if side.name in missing or turn >= (side.rounds or rounds):
                continue
            sys.stderr.write(f"{bench.name}: {side.name}, round {turn + 1} of {rounds}\n")
            try:
                lines.setdefault(side.name, []).append(workshop.run(bench, side))
            except NotMeasured as reason:
                missing[side.name] = str(reason)
                lines.pop(side.name, None)
    return lines, missing


def _medians(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the median of each number over `runs`, which have the same keys."""
    merged: dict[str, Any] = {}
    for key, first in runs[0].items():
        values = [run[key] for run in runs]
        if isinstance(first, dict):
            merged[key] = _medians(values)
        elif isinstance(first, int | float):
            middle = median(values)
            merged[key] = int(middle) if isinstance(first, int) else middle
        else:
            merged[key] = first
    merged["runs"] = len(runs)
    for key in ("work", "latency_ns"):
        if isinstance(merged.get(key), dict):
            merged[key].pop("runs", None)
    return merged


def _different_work(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return one sentence for each piece of work in which two sides differ."""
    seen: dict[str, tuple[str, int]] = {}
    found = []
    for side, result in results.items():
        for key, value in result.get("work", {}).items():
            other, expected = seen.setdefault(key, (side, value))
            if value != expected:
                found.append(f"{key}: {side} did {value}, {other} did {expected}")
    return found


def _figure(result: Mapping[str, Any], field: str) -> float:
    value: Any = result
    for part in field.split("."):
        value = value[part]
    return float(value)


def _reached(target: Target, lines: Lines) -> float | None:
    """Return the target's figure: a median, or the median of each round's ratio."""
    mine = [_figure(line, target.field) for line in lines.get(target.side, ())]
    if not mine:
        return None
    if target.over is None:
        return median(mine)
    theirs = [_figure(line, target.field) for line in lines.get(target.over, ())]
    if not theirs:
        return None
    if len(mine) != len(theirs):
        return median(mine) / median(theirs)
    return median(a / b for a, b in zip(mine, theirs, strict=True))


def _verdict(target: Target, value: float | None) -> str:
    if value is None:
        return "not measured"
    if target.at_least is not None and value < target.at_least:
        return f"{value:,.4g}: short by {1 - value / target.at_least:.0%}"
    if target.at_most is not None and value > target.at_most:
        return f"{value:,.4g}: over by {value / target.at_most - 1:.0%}"
    return f"{value:,.4g}: met"


def _table(
    bench: Bench,
    lines: Lines,
    results: Mapping[str, Mapping[str, Any]],
    missing: Mapping[str, str],
    differences: Sequence[str],
) -> list[str]:
    """Return the benchmark as lines of text."""
    text = [f"{bench.name}: {bench.work}"]
    width = max(len(side.name) for side in bench.sides)
    for side in bench.sides:
        if side.name in missing:
            text.append(f"  {side.name:{width}}  not measured: {missing[side.name]}")
            continue
        result = results[side.name]
        cells = [f"{result['rate']:>14,.0f} {result['unit']}"]
        if "latency_ns" in result:
            latency = result["latency_ns"]
            timer = f" (timer {latency['timer']})" if "timer" in latency else ""
            cells.append(f"p50 {latency['p50']} ns, p99 {latency['p99']} ns{timer}")
        cells.append(f"{result['rss_bytes'] / 1e6:,.0f} MB")
        text.append(f"  {side.name:{width}}  " + "  ".join(cells))
    text += [f"  {t.sentence()}: {_verdict(t, _reached(t, lines))}" for t in bench.targets]
    text += [f"  DIFFERENT WORK: {sentence}" for sentence in differences]
    return text
