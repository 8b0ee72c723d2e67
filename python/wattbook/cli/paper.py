"""``wattbook paper``: trade a market of a desk file on paper, as time passes."""

import argparse
import datetime as dt
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console
from wattbook.cli.desk import add_address, address_asked
from wattbook.cli.options import seed
from wattbook.cli.run import data_folder, desk_of, show_plan, show_tables
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from wattbook.api.live import LiveDesk
    from wattbook.runtime.desk import Desk
    from wattbook.runtime.figures import Names, Step
    from wattbook.runtime.paper import Clock, Feed, PaperPlan, Status
    from wattbook.runtime.paper.line import LineFault
    from wattbook.runtime.paper.venues import Venues
    from wattbook.runtime.plan import Plan

__all__ = ["add_arguments", "add_run_arguments", "check", "execute", "instant", "trade"]

NANOS = 1_000_000_000
EPILOG = """\
Prices arrive as JSON lines on standard input, or by --listen on a TCP port of this machine:

  {"market": "NAME", "delivery_start": "2026-06-30T12:00:00Z", "price": -12.5}
  {"market": "NAME", "delivery_start": "2026-07-01T12:00:00Z", "price": 48, "day_ahead": true}

--replay-speed N plays the day of the desk file through the same interface, N times as fast as it
was. The venues are simulated: nothing leaves this machine. Ctrl-C ends the run cleanly; after that
or after a crash, --resume goes on from the journal.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    add_run_arguments(parser)


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a run that goes with a clock."""
    parser.add_argument("desk", metavar="DESK", nargs="?", type=Path, help="desk file (TOML)")
    parser.add_argument("--market", metavar="NAME", help="which of the desk's power markets")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="folder of recorded data; default: WATTBOOK_DATA"
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="folder of the run; default: a new one in runs/"
    )
    parser.add_argument("--seed", metavar="N", type=seed, help="in place of the desk file's seed")
    feed = parser.add_mutually_exclusive_group()
    feed.add_argument(
        "--listen", metavar="PORT", type=int, help="read lines from this loopback port; 0 for any"
    )
    feed.add_argument(
        "--replay-speed", metavar="N", type=float, help="play the desk's day again, N times as fast"
    )
    parser.add_argument("--day", metavar="DATE", help="trading day; default: the one it is")
    parser.add_argument(
        "--from",
        dest="begins",
        metavar="INSTANT",
        help="let the clock begin at this instant (ISO 8601 with offset) instead of now: a drill",
    )
    parser.add_argument(
        "--status-seconds",
        metavar="S",
        type=float,
        default=5.0,
        help="seconds between two status lines",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run that stands in --out"
    )
    parser.add_argument(
        "--serve",
        action="store_true",
        help="open the desk of the run while it goes on; it takes the orders of a strategy of kind "
        "trader",
    )
    add_address(parser)
    parser.add_argument(
        "--alerts", metavar="FILE", type=Path, help="rules of alerts and whom to tell (TOML)"
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def instant(text: str) -> int:
    """Return an ISO 8601 instant with its offset in ns UTC.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        at = dt.datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return round(at.timestamp()) * NANOS
    except ValueError:
        pass
    message = f"--from {text!r} is no instant; write one like 2026-06-30T10:00:00Z"
    raise InputError(message)


def date_of(text: str | None) -> dt.date | None:
    """Return the date that was asked for.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError as fault:
        message = f"--day {text!r} is no date; write one like 2026-06-30"
        raise InputError(message) from fault


def check(chosen: argparse.Namespace) -> None:
    """Refuse arguments that do not go together.

    Raises
    ------
    InputError
        If they do not.
    """
    speed = chosen.replay_speed
    if speed is not None and not 0.0 < speed <= 1e6:
        message = f"--replay-speed {speed} is no speed; give one above 0 and up to 1,000,000"
        raise InputError(message)
    if speed is not None and (chosen.begins is not None or chosen.day is not None):
        message = "--replay-speed plays the day of the desk file; leave out --from and --day"
        raise InputError(message)
    if not chosen.status_seconds > 0.0:
        message = f"--status-seconds {chosen.status_seconds} is no time; give one above 0"
        raise InputError(message)


class Teller:
    """Prints what happens, with one status line that says where the run stands."""

    def __init__(self, console: Console, seconds: float, currency: str) -> None:
        self.console = console
        self.seconds = seconds
        self.currency = currency
        self.shown = -1e9
        self.was_stale = False

    def resume(self, inputs: int, at: int) -> None:
        """Print what a resumed run found."""
        self.console.line(
            f"  resumed: {inputs:,} inputs of the journal met, the last at {clock_text(at)}; "
            "open orders of the lost session are taken back",
            "bold",
        )

    def happening(self, market: str, step: "Step") -> None:
        """Print a step of the flow."""
        self.console.line(f"  {step.number}. {step.title}: {market}: {step.facts}")

    def fault(self, fault: "LineFault") -> None:
        """Print a line that was set aside."""
        self.console.line(f"  {fault.sentence()}", "yellow")

    def step(self, step: "Step") -> None:
        """Print what a step did in the whole run."""
        if step.number == 1:
            self.console.line()
            self.console.line("The whole run:", "bold")
        self.console.line(f"  {step.number}. {step.title}: {step.facts}")

    def status(self, status: "Status") -> None:
        """Print where the run stands, every so often and when prices stop or come again."""
        import time  # noqa: PLC0415 - the console's own time, no part of the run

        now = time.monotonic()
        if now - self.shown < self.seconds and status.is_stale == self.was_stale:
            return
        self.shown, self.was_stale = now, status.is_stale
        self.console.line(
            status_text(status, self.currency), "yellow" if status.is_stale else "dim"
        )


def clock_text(at: int) -> str:
    """Return an instant for the console."""
    return f"{dt.datetime.fromtimestamp(at // NANOS, dt.UTC):%d %b %Y %H:%M:%S}Z"


def status_text(status: "Status", currency: str) -> str:
    """Return the status line."""
    from wattbook.runtime.figures.money import decimal_text, money_text  # noqa: PLC0415

    age = f"{status.price_age_ns // NANOS} s"
    price = "no price yet" if status.price is None else f"price {status.price:.2f}, {age} old"
    held = ", ".join(
        f"{strategy} {decimal_text(volume)} of {contract}"
        for strategy, contract, volume in status.positions[:4]
    )
    more = len(status.positions) - 4
    held = (held or "nothing") + (f" and {more} more" if more > 0 else "")
    stale = f" STALE: nothing came for {age}," if status.is_stale else ""
    return (
        f"  {clock_text(status.now)} {price};{stale} holds {held}; "
        f"P&L {money_text(status.pnl_units)} {currency}; "
        f"journal: {status.inputs:,} inputs on disk, {status.journal_ms:.1f} ms behind; "
        f"{status.lines:,} lines, {status.set_aside:,} set aside"
        + (f"; {status.outside}" if status.outside else "")
    )


def execute(chosen: argparse.Namespace) -> int:
    """Trade on paper, print what happens; return the exit status."""
    check(chosen)
    from wattbook.runtime.kill_switch import KillSwitch  # noqa: PLC0415 - `--help` stays light
    from wattbook.runtime.order_entry import OrderEntry  # noqa: PLC0415
    from wattbook.runtime.paper import SimulatedVenues  # noqa: PLC0415

    console = Console(plain=True if chosen.plain else None)
    desk, text = desk_of(chosen)

    def venues(folder: Path) -> SimulatedVenues:
        # Also without a desk: a resumed run repeats the orders that were entered.
        return SimulatedVenues(OrderEntry(folder), KillSwitch(folder))

    return trade(chosen, console, desk, text, "paper", venues)


def beside(
    chosen: argparse.Namespace, console: Console, folder: Path, venues: "Venues"
) -> "AbstractContextManager[LiveDesk | None]":
    """Return the desk that is open while the run in `folder` goes on, if one was asked for."""
    if not chosen.serve:
        return nullcontext()
    from wattbook.api.live import LiveDesk  # noqa: PLC0415 - the server takes long to load
    from wattbook.runtime.alerts import load_rules  # noqa: PLC0415
    from wattbook.runtime.folder import RunFolder  # noqa: PLC0415
    from wattbook.runtime.paper import SimulatedVenues  # noqa: PLC0415

    return LiveDesk(
        RunFolder(folder),
        chosen.port,
        address_asked(chosen),
        1.0 if chosen.replay_speed is None else chosen.replay_speed,
        load_rules(chosen.alerts),
        venues.entry if isinstance(venues, SimulatedVenues) else None,
        venues.kill,
        lambda address: console.line(f"Desk {address}", "bold"),
    )


def trade(
    chosen: argparse.Namespace,
    console: Console,
    desk: "Desk",
    text: str,
    mode: str,
    venues_of: "Callable[[Path], Venues]",
) -> int:
    """Trade a desk whose file is `text` as time passes; return the exit status."""
    from wattbook.runtime import paper  # noqa: PLC0415
    from wattbook.runtime.folder import RunFolder, fresh_folder, newest_folder  # noqa: PLC0415
    from wattbook.runtime.paper.session import PaperTeller  # noqa: PLC0415
    from wattbook.runtime.run import stop_on_interrupt  # noqa: PLC0415

    title = f"{desk.desk.name} {'on paper' if mode == 'paper' else mode}"
    find = newest_folder if chosen.resume else fresh_folder
    out = chosen.out or find(Path("runs"), title)
    is_replay = chosen.replay_speed is not None
    begins = None if chosen.begins is None else instant(chosen.begins)
    start = None if is_replay else (begins or paper.WallClock().now())
    teller = Teller(console, chosen.status_seconds, desk.desk.currency)
    venues = venues_of(out)

    def open_feed(
        planned: "PaperPlan", goes_on: int, has: set[tuple[int, bool]]
    ) -> "tuple[Clock, Feed]":
        if is_replay:
            clock = paper.ScaledClock(goes_on, chosen.replay_speed)
            name = f"{planned.part.spec.name}, played {chosen.replay_speed:g} times as fast"
            return clock, paper.ReplayFeed(name, paper.lines_left(planned.lines, has), clock)
        live = paper.WallClock() if begins is None else paper.ScaledClock(goes_on, 1.0)
        if chosen.listen is None:
            console.line("  reading prices from standard input; its end ends the run", "bold")
            # A reader of its own: Python cannot end while a thread reads the one it closes then.
            lines = open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115 - the feed's
            return live, paper.read_input(lines, live)
        feed, port = paper.listen(chosen.listen, live)
        console.line(f"  listening on 127.0.0.1 port {port}", "bold")
        return live, feed

    def on_plan(planned: "Plan", names: "Names") -> None:
        show_plan(console, planned, names)
        if shown is not None:
            shown.plan(names)

    def on_status(status: "Status") -> None:
        teller.status(status)
        if shown is not None:
            shown.status(status.now, is_price_stale=status.is_stale)

    with stop_on_interrupt() as stop, beside(chosen, console, out, venues) as shown:
        result = paper.paper_desk(
            paper.PaperRequest(
                desk=desk,
                desk_text=text,
                market=chosen.market,
                data=data_folder(chosen),
                seed=desk.desk.seed if chosen.seed is None else chosen.seed,
                start=start,
                date=date_of(chosen.day),
                resume=chosen.resume,
            ),
            RunFolder(out),
            open_feed,
            PaperTeller(
                on_plan=on_plan,
                on_resume=teller.resume,
                on_happening=teller.happening,
                on_fault=teller.fault,
                on_status=on_status,
                on_step=teller.step,
                on_chunk=(lambda _: None) if shown is None else shown.chunk,
            ),
            venues,
            stop,
        )
    for reason, count in result.facts.reports[-1].faults().items():
        console.line(f"  feed: {count:,} set aside: {reason}", "yellow")
    console.line(f"  feed: {result.facts.reports[-1].sentence()}")
    show_tables(console, result)
    if not result.facts.complete:
        console.line(f"Stopped before the day was over; go on with --resume --out {out}", "bold")
        return 130 if stop.asked else 0
    return 0
