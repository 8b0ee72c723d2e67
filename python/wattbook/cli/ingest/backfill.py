"""``wattbook ingest backfill SOURCE DATASET``: a long span, fetched in windows."""

import argparse

from wattbook.cli.console import Console
from wattbook.cli.ingest.bus import add_bus, publishing
from wattbook.cli.ingest.common import (
    Totals,
    add_store,
    instant,
    pipeline_of,
    stop_event,
    when,
)
from wattbook.cli.progress import Progress
from wattbook.errors import InputError

__all__ = ["add_arguments", "execute", "origins", "pairs"]

EPILOG = """\
A checkpoint is written after each window: the same command goes on where it was stopped or killed.
Keys come from the environment variable that the dataset names; they are never written down.

exit status: 0 every window is in the stores; 1 a reader raised, or the source refused a window;
2 the input is wrong or the source cannot be reached; 130 stopped by Ctrl-C.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("source", metavar="SOURCE", help="the source: entsoe")
    parser.add_argument("dataset", metavar="DATASET", help="its dataset: publication")
    parser.add_argument(
        "--from", dest="first", type=instant, required=True, metavar="T", help="first instant, UTC"
    )
    parser.add_argument(
        "--to", dest="last", type=instant, required=True, metavar="T", help="end, exclusive, UTC"
    )
    parser.add_argument("--location", default="", help="in the source's own code")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what else the dataset asks for; repeat for more",
    )
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="FROM=TO",
        help="ask a mirror: https://api.example.org=http://127.0.0.1:8080",
    )
    add_store(parser)
    add_bus(parser)


def pairs(texts: list[str]) -> dict[str, str]:
    """Return ``NAME=VALUE`` texts as a mapping.

    Raises
    ------
    InputError
        If a text has no ``=``.

    Examples
    --------
    >>> pairs(["process=A01", "note=a=b"])
    {'process': 'A01', 'note': 'a=b'}
    """
    made = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            message = f"{text!r} is no option; write NAME=VALUE"
            raise InputError(message)
        made[name] = value
    return made


def origins(texts: list[str]) -> dict[str, str]:
    """Return ``FROM=TO`` texts as a mapping of origins."""
    return pairs(texts)


def execute(chosen: argparse.Namespace) -> int:
    """Fetch window by window, show progress; return 1 if anything was refused."""
    from wattbook.sources.fetch import (  # noqa: PLC0415 - keeps `--help` light
        Backfill,
        Fetcher,
        Received,
        Stopped,
    )
    from wattbook.sources.fetch.world import real_world  # noqa: PLC0415
    from wattbook.sources.payload import Query  # noqa: PLC0415

    plain = True if chosen.plain else None
    console = Console(plain=plain)
    query = Query(chosen.first, chosen.last, chosen.location, pairs(chosen.option))
    totals, is_stopped = Totals(), False
    with (
        pipeline_of(chosen) as pipeline,
        publishing(pipeline, chosen) as publisher,
        stop_event() as stop,
        Fetcher(pipeline.cache, real_world(stop), origins=origins(chosen.origin)) as fetcher,
    ):
        dataset = pipeline.dataset(chosen.source, chosen.dataset)

        def take(received: Received) -> None:
            totals.add(pipeline.take(received))
            publisher.stored()

        backfill = Backfill(fetcher, dataset, query, chosen.store / "backfill")
        left = len(backfill.parts) - backfill.state["done"]
        if left < len(backfill.parts):
            console.line(f"going on: {len(backfill.parts) - left:,} windows are behind")
        with Progress("windows", left, plain=plain) as progress:
            try:
                for step in backfill.run(take):
                    if step.refusal is not None:
                        console.line(f"refused: {step.refusal}", "yellow")
                    elif step.received is None:
                        progress.advance(note=f"to {when(step.window.end)}")
                    if stop.is_set():
                        is_stopped = True
                        break
            except Stopped:
                is_stopped = True
        publisher.catch_up()
        pipeline.observations.compact()
    console.table(totals.table())
    console.line(totals.throughput())
    if said := publisher.said():
        console.line(said)
    for name, raised in totals.raised.items():
        console.line(f"{name}: {raised}", "red")
    if is_stopped:
        console.line("stopped; the same command goes on")
        return 130
    refused = len(backfill.refused)
    if refused:
        console.line(f"{refused:,} requests were refused for good; {backfill.path} lists them")
    return 1 if refused or totals.raised else 0
