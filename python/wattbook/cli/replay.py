"""``wattbook replay``: the same journal gives the same state."""

import argparse
import json
import sys
from pathlib import Path

__all__ = ["add_arguments", "execute"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = "exit status: 0 the same state; 1 another state; 2 the input is wrong."
    parser.add_argument("run", metavar="RUN_DIR", type=Path, help="folder that a run left")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


def execute(chosen: argparse.Namespace) -> int:
    """Replay in this process and compare; return 1 if the state is another."""
    from wattbook.runtime.jobs import job  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.replay import replay_run, run_of  # noqa: PLC0415

    run = run_of(chosen.run)
    with job(run.path, "replay", "journal"):
        replayed = replay_run(run)
    write = sys.stdout.write
    if chosen.json:
        document = {
            "path": str(chosen.run),
            "inputs": replayed.inputs,
            "expected_inputs": replayed.expected_inputs,
            "state_hash": replayed.state_hash,
            "expected_state_hash": replayed.expected_hash or None,
            "torn_tail": replayed.torn_tail,
            "is_same": replayed.is_same,
        }
        write(json.dumps(document, ensure_ascii=False) + "\n")
        return 0 if replayed.is_same else 1
    write(f"replayed {replayed.inputs:,} inputs\n")
    if replayed.torn_tail is not None:
        write(f"the journal ends in a torn record: {replayed.torn_tail}\n")
    write(f"state hash {replayed.state_hash}\n")
    if not replayed.expected_hash:
        write("the run was killed before it noted its hash; `wattbook run --resume` goes on\n")
        return 1
    if replayed.is_same:
        write("the run noted the same\n")
        return 0
    write(f"the run noted {replayed.expected_hash} after {replayed.expected_inputs:,} inputs\n")
    return 1
