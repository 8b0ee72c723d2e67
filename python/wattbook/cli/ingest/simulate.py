"""``wattbook ingest simulate VENUE.toml``: a venue on this machine to try a session on."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from wattbook.cli.console import Console
from wattbook.cli.ingest.common import finite, stop_event
from wattbook.cli.progress import Progress
from wattbook.errors import InputError

__all__ = ["add_arguments", "execute"]

EPILOG = """\
Writes the venue's file, listens on 127.0.0.1 and makes changes until Ctrl-C. User and password are
those of WATTBOOK_VENUE_USER and WATTBOOK_VENUE_PASSWORD, whatever you set; a session with the same
two is let in. Name the file in a [[venue]] of `wattbook ingest live`, or open it by
`wattbook.ingest.venue.VenueSession`.

exit status: 0 ended by Ctrl-C or --for; 2 the input is wrong or the port is taken.
"""
MARK = "# Written by `wattbook ingest simulate`; overwritten when it runs again.\n"
TURN_SECONDS = 0.02


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("file", metavar="VENUE.toml", type=Path, help="the venue's file, written")
    parser.add_argument(
        "--kind",
        choices=["generic", "nordpool", "m7"],
        default="generic",
        help="how it talks: REST and WebSocket, STOMP, or AMQP through a broker "
        "(default %(default)s)",
    )
    parser.add_argument("--port", type=int, default=0, help="to listen on (default: a free one)")
    parser.add_argument(
        "--broker",
        default="127.0.0.1:5672",
        metavar="ADDRESS:PORT",
        help="the AMQP broker of m7, running (default %(default)s)",
    )
    parser.add_argument("--hours", type=int, default=24, metavar="N", help="contracts in each area")
    parser.add_argument(
        "--area", action="append", default=[], metavar="EIC", help="delivery area; repeat for more"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the market (default %(default)s)")
    parser.add_argument(
        "--rate", type=finite, default=50.0, metavar="N", help="changes a second (default 50)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME:S",
        help="do something wrong S seconds after the first snapshot: lose, publish, disconnect, "
        "silence, speak, cut_snapshot, spoil_snapshot, expire_tokens; repeat for more",
    )
    parser.add_argument(
        "--for", dest="seconds", type=finite, default=0.0, metavar="S", help="end after S seconds"
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, no colours")


def fault_plan(texts: Sequence[str]) -> list[tuple[float, str]]:
    """Return when which fault happens, soonest first.

    Raises
    ------
    InputError
        If one is not of the form, or there is no such fault.

    Examples
    --------
    >>> fault_plan(["disconnect:10", "lose:2.5"])
    [(2.5, 'lose'), (10.0, 'disconnect')]
    """
    from wattbook.ingest.venue import FAULTS  # noqa: PLC0415 - keeps `--help` light

    plan = []
    for text in texts:
        name, _, seconds = text.partition(":")
        if name not in FAULTS:
            message = f"a venue cannot fail by {name!r}; there are {', '.join(FAULTS)}"
            raise InputError(message)
        try:
            plan.append((float(seconds), name))
        except ValueError as fault:
            message = f"fault {text!r} has no time; write NAME:SECONDS, as {name}:10"
            raise InputError(message) from fault
    return sorted(plan)


def write_file(path: Path, text: str, mark: str = MARK) -> None:
    """Write a file, in place of one that began with `mark` as well and of no other.

    Raises
    ------
    InputError
        If another file is there, or it cannot be written.
    """
    try:
        if path.exists() and not path.read_text(encoding="utf-8").startswith(mark):
            message = f"{path} is there and was not written by this command; give another name"
            raise InputError(message)
        path.write_text(mark + text, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        message = f"{path} cannot be written ({fault}); give another name"
        raise InputError(message) from fault


def execute(chosen: argparse.Namespace) -> int:
    """Run the venue until stopped."""
    from wattbook.ingest.venue import SimulatedVenue, environment_secrets  # noqa: PLC0415
    from wattbook.ingest.venue.secrets import PASSWORD, USER  # noqa: PLC0415
    from wattbook.ingest.venue.simulator import AREAS  # noqa: PLC0415

    secrets = environment_secrets()
    if not all(secrets()):
        message = f"set {USER} and {PASSWORD} to what a session is to log in with, anything will do"
        raise InputError(message)
    plan = fault_plan(chosen.fault)
    plain = True if chosen.plain else None
    console = Console(plain=plain)
    venue = SimulatedVenue(
        chosen.kind,
        seed=chosen.seed,
        hours=chosen.hours,
        areas=chosen.area or AREAS,
        port=chosen.port,
        broker=chosen.broker,
        secrets=secrets,
    )
    with venue, stop_event() as stop:
        write_file(chosen.file, venue.file)
        place = f"127.0.0.1:{venue.port}" if venue.port else f"the broker {chosen.broker}"
        console.line(f"{chosen.kind} venue at {place}; its file is {chosen.file}")
        with Progress("changes", plain=plain, every_seconds=10.0) as progress:
            until = time.monotonic() + chosen.seconds if chosen.seconds else float("inf")
            made, began, plan_began = 0, time.monotonic(), 0.0
            while not stop.wait(TURN_SECONDS) and (now := time.monotonic()) < until:
                due = int((now - began) * chosen.rate) - made
                venue.step(due)
                made += due
                progress.advance(due, f"{venue.logins} logins")
                plan_began = plan_began or (now if venue.snapshots else 0.0)
                while plan and plan_began and now - plan_began >= plan[0][0]:
                    console.line(f"does wrong: {plan[0][1]}")
                    venue.fail(plan.pop(0)[1])
    console.line(f"stopped after {made:,} changes")
    return 0
