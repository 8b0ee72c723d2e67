"""Venues of ``wattbook ingest live``: what they say while they are followed, and in the end."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.cli.ingest.common import when
from wattbook.cli.progress import Progress

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from wattbook.runtime.ingest.venue_intake import VenueIntake, VenueIntakes, VenueWord

__all__ = ["VenueTeller", "venue_table", "wait"]

PROGRESS_EVERY_SECONDS = 10.0
TURN_SECONDS = 0.25


class VenueTeller:
    """Says what venues said: news as lines, events as progress on standard error."""

    def __init__(self, console: Console, *, plain: bool | None) -> None:
        self.console = console
        self.progress = Progress("events", plain=plain, every_seconds=PROGRESS_EVERY_SECONDS)

    def __call__(self, word: "VenueWord") -> None:
        """Show a word."""
        if word.events:
            self.progress.advance(word.events, word.name)
        if word.text:
            style = "yellow" if word.is_fault else ""
            self.console.line(f"{when(word.at)} {word.name}: {word.text}", style)


def wait(
    venues: "VenueIntakes",
    stop: "threading.Event",
    seconds: float | None,
    meanwhile: "Callable[[], None]",
) -> None:
    """Wait until a stop is asked for, `seconds` are over, or no venue is followed any more."""
    until = float("inf") if seconds is None else time.monotonic() + seconds
    while time.monotonic() < until and len(venues.faults) < len(venues.intakes):
        if stop.wait(min(TURN_SECONDS, max(until - time.monotonic(), 0.0))):
            return
        meanwhile()


def venue_table(intakes: "Sequence[VenueIntake]") -> Table:
    """Return what each venue said."""
    heads = ["venue<", "state<", "instruments", "book changes", "trades", "set aside"]
    table = Table("Venues", [*heads, "gaps", "losses", "stored"])
    for intake in intakes:
        found = intake.statistics
        counts = (
            found.instruments,
            found.book_changes,
            found.trades,
            found.set_aside,
            found.gaps,
            found.losses,
            intake.stored,
        )
        name = intake.line.name
        table.rows.append([name, found.state, *(f"{count:,}" for count in counts)])
    return table
