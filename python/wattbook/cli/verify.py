"""``wattbook verify KIND PATH``: known answers and recorded runs, recomputed."""

import argparse
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from wattbook.cli.console import print_json

__all__ = ["add_arguments", "execute"]

SHOWN = 10
KINDS = """\
kinds:
  fix      FIX messages (NAME.fix with NAME.json), session scripts (NAME.def), dictionaries (.xml)
  journal  a run folder or its journal: checksums, sequence without gaps, state hash after replay
  run      a run folder: every event file, figure and its report, made again from its journal
  stress   stress/historical_scenarios.json in a data folder, against the price files beside it
  dbn      a DBN file or a folder of them: every field, against expected/NAME.jsonl or NAME.json
  fast     a file of cases, NAME.dat with NAME_templates.xml, or a folder: every field
  sbe      a schema, NAME.sbe or NAME.bin with a schema beside it, or a folder: every field
  risk     a file of cases {"families": {NAME: [{"inputs", "expected", "tol"}]}}, or a folder
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = KINDS + "\nexit status: 0 all passed; 1 something failed; 2 the input is wrong."
    parser.add_argument("kind", metavar="KIND", help="what it is; see below")
    parser.add_argument("path", metavar="PATH", type=Path, help="the file or folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


def execute(chosen: argparse.Namespace) -> int:
    """Verify, print passed, failed and the first differences; return 1 if anything failed."""
    from wattbook.runtime.verify import verify  # noqa: PLC0415 - keeps `--help` light

    with noted(chosen.kind, chosen.path):
        checked = verify(chosen.kind, chosen.path)
    if chosen.json:
        entries = [
            {"place": entry.place, "expected": entry.expected, "got": entry.got}
            for entry in checked.differences[:SHOWN]
        ]
        document = {
            "kind": checked.kind,
            "path": checked.path,
            "passed": checked.passed,
            "failed": checked.failed,
            "differences": entries,
        }
        print_json(document)
    else:
        sys.stdout.write(f"{checked.kind}: {checked.passed} passed, {checked.failed} failed\n")
        for entry in checked.differences[:SHOWN]:
            sys.stdout.write(f"  {entry.sentence()}\n")
        if checked.failed > SHOWN:
            sys.stdout.write(f"  and {checked.failed - SHOWN} more\n")
    return 0 if checked.is_good else 1


def noted(kind: str, path: Path) -> AbstractContextManager[object]:
    """Note the verification of a run in its folder; of anything else nothing is noted."""
    from wattbook.errors import RunError  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.jobs import job  # noqa: PLC0415
    from wattbook.runtime.replay import run_of  # noqa: PLC0415

    try:
        return job(run_of(path).path, "verification", kind)
    except RunError:
        return nullcontext()
