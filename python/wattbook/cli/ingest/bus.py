"""The options of commands below ``wattbook ingest`` that publish what they store."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.runtime.ingest.outbox import Outbox
    from wattbook.runtime.ingest.pipeline import Pipeline

__all__ = ["TOPIC", "Publishing", "add_bus", "publishing", "publishing_to"]

TOPIC = "observations"
PAYLOADS_BETWEEN = 32


def add_bus(parser: argparse.ArgumentParser) -> None:
    """Add ``--bus`` and what belongs to it."""
    parser.add_argument(
        "--bus",
        default="",
        metavar="BUS",
        help="publish what is stored, by instrument: ring, or kafka://127.0.0.1:9092",
    )
    parser.add_argument(
        "--topic", default=TOPIC, help="topic of --bus, made if it is not there (%(default)s)"
    )
    parser.add_argument(
        "--partitions", type=int, default=4, metavar="N", help="of that topic (%(default)d)"
    )
    parser.add_argument(
        "--registry",
        default="",
        metavar="FILE|URL",
        help="registry of schemas (default: schemas.sqlite in the store)",
    )
    parser.add_argument(
        "--land", type=Path, metavar="DIR", help="land the topic into these stores as well"
    )


class Publishing:
    """Publishes now and then what a command has stored; does nothing without a bus."""

    def __init__(self, outbox: "Outbox | None") -> None:
        self.outbox = outbox
        self.waiting = 0

    def stored(self) -> None:
        """Count a payload; publish if there are many."""
        self.waiting += 1
        if self.waiting >= PAYLOADS_BETWEEN:
            self.catch_up()

    def catch_up(self) -> None:
        """Publish everything that is stored and was not published."""
        self.waiting = 0
        if self.outbox is not None:
            self.outbox.catch_up()

    def said(self) -> str:
        """Return what was published in one line; empty without a bus."""
        if self.outbox is None:
            return ""
        text = f"published {self.outbox.published:,} messages"
        landing = self.outbox.landing
        return f"{text}, landed {landing.lander.landed.messages:,}" if landing else text


@contextmanager
def publishing(pipeline: "Pipeline", chosen: argparse.Namespace) -> Iterator[Publishing]:
    """Lend what publishes as was chosen; see `publishing_to`."""
    told = chosen.bus, chosen.topic, chosen.partitions, chosen.land
    with publishing_to(pipeline, *told) as publisher:
        yield publisher


@contextmanager
def publishing_to(
    pipeline: "Pipeline", bus: str, topic: str, partitions: int, land: Path | None
) -> Iterator[Publishing]:
    """Lend what publishes from a pipeline, caught up with what was stored before.

    Raises
    ------
    InputError
        If there is no such bus, or options do not belong together.
    SchemaError
        If the registry refuses the rows.
    """
    if not bus:
        if land is not None:
            message = "--land DIR lands what a bus carries; give --bus as well"
            raise InputError(message)
        yield Publishing(None)
        return
    if partitions < 1:
        message = f"--partitions {partitions}: a topic has one at least"
        raise InputError(message)
    from wattbook.runtime.ingest.outbox import Outbox, bus_at  # noqa: PLC0415 - `--help` is light

    with Outbox(pipeline, bus_at(bus), bus, topic, partitions, land) as outbox:
        outbox.catch_up()
        yield Publishing(outbox)
