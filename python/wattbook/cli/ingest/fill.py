"""``wattbook ingest fill DATASET``: values for what nobody observed, kept apart."""

import argparse

from wattbook.cli.console import Console
from wattbook.cli.ingest.common import add_store, stored_pipeline
from wattbook.cli.ingest.series import add_span, span_of

__all__ = ["add_arguments", "execute"]

EPILOG = """\
Filled values lie in a store of their own, flagged and with their method; nothing is settled or
matched on them. Once a value is observed, the filled one no longer shows. `wattbook ingest series
DATASET --filled` prints both.

exit status: 0 filled; 2 the input is wrong.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    add_span(parser)
    parser.add_argument(
        "--method",
        required=True,
        choices=["linear", "last_known", "day_before", "week_before", "shape"],
        help="how a missing value is made up; docs/normalization.md says what each means",
    )
    parser.add_argument(
        "--interval", type=int, required=True, metavar="S", help="length of the periods, seconds"
    )
    parser.add_argument(
        "--longest", type=int, default=4, metavar="N", help="longest gap that is filled, periods"
    )
    add_store(parser)


def execute(chosen: argparse.Namespace) -> int:
    """Fill and say how much."""
    from wattbook.errors import InputError  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.ingest.series import Filling, fill_gaps  # noqa: PLC0415

    if chosen.interval < 1 or chosen.longest < 1:
        message = f"--interval {chosen.interval} --longest {chosen.longest}: give both above 0"
        raise InputError(message)
    filling = Filling(chosen.method, chosen.interval, chosen.longest)
    with stored_pipeline(chosen) as pipeline:
        made = fill_gaps(pipeline, span_of(chosen), filling)
    console = Console(plain=True if chosen.plain else None)
    console.line(f"{made:,} values are new, filled by {chosen.method}")
    return 0
