"""``wattbook dispatch run CONFIG.toml``: a device run by a position file, as time passes."""

import argparse
import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console
from wattbook.cli.ingest.common import finite, stop_event

if TYPE_CHECKING:
    from wattbook.runtime.dispatch.live import Turn

__all__ = ["add_arguments", "execute"]

EPILOG = """\
Each step reads the device, sets it for what the period still needs, reads the setpoint back and
writes the heartbeat. Ctrl-C leaves the device at its setpoint: its own watchdog stops it. The same
command goes on from there without a jump. docs/dispatch.md explains the files.

exit status: 0 ended by Ctrl-C, --once or --for, and the last step was good; 1 telemetry had stopped
or the last write had failed; 2 the input is wrong.
"""
STATUS_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("config", metavar="CONFIG.toml", type=Path, help="what is run, and how")
    parser.add_argument("--once", action="store_true", help="make one step and end")
    parser.add_argument(
        "--for", dest="seconds", type=finite, default=0.0, metavar="S", help="end after S seconds"
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, no colours")


def clock(at: int) -> str:
    """Return an instant (ns UTC) as the lines name it."""
    return dt.datetime.fromtimestamp(at // 10**9, dt.UTC).strftime("%H:%M:%SZ")


def status_line(turn: "Turn") -> str:
    """Return one step in one line."""
    step, known = turn.step, turn.step.telemetry
    if known is None:
        return f"{clock(step.at)} nothing read yet; nothing set"
    text = (
        f"{clock(step.at)} set {step.setpoint.power_mw:+.3f} MW, runs {known.power:+.3f} MW, "
        f"{known.energy:.3f} MWh in the cells, {step.delivered_mwh:+.4f} MWh in the period"
    )
    if step.is_unconfirmed:
        text += f", {step.in_force.low:g} to {step.in_force.high:g} MW may be in force"
    return text + (", held" if step.is_held else "")


def show(console: Console, turn: "Turn", *, with_status: bool) -> None:
    """Write alarms, faults and proposals as they come, and now and then the status."""
    for alarm in turn.step.alarms:
        severe = alarm.severity == "critical"
        text = f"{alarm.kind}{', critical' if severe else ''}: {alarm.text}"
        console.line(f"{clock(alarm.at)} {text}", "red" if severe else "yellow")
    for fault in turn.faults:
        console.line(f"{clock(turn.step.at)} {fault}", "red")
    if turn.proposal is not None:
        trades = turn.proposal["trades"]
        volume = sum(one["volume_mw"] for one in trades)
        console.line(
            f"{clock(turn.step.at)} proposed: {len(trades)} trades, {volume:g} MW in all, by "
            f"{turn.proposal['plan']}",
            "bold",
        )
    if with_status:
        console.line(status_line(turn))


def execute(chosen: argparse.Namespace) -> int:
    """Run the device until stopped."""
    from wattbook.runtime.dispatch.config import load_config  # noqa: PLC0415 - `--help` is light
    from wattbook.runtime.dispatch.live import LiveDispatch  # noqa: PLC0415

    console = Console(plain=True if chosen.plain else None)
    config = load_config(chosen.config)
    live = LiveDispatch(config)
    is_good, shown = True, float("-inf")
    try:
        with stop_event() as stop:
            began = time.monotonic()
            until = began + chosen.seconds if chosen.seconds else float("inf")
            due = began
            while not stop.is_set() and (now := time.monotonic()) < until:
                turn = live.turn(time.time_ns())
                step = turn.step
                is_good = not (step.telemetry is None or step.is_held or step.is_unconfirmed)
                with_status = now - shown >= STATUS_SECONDS or chosen.once
                shown = now if with_status else shown
                show(console, turn, with_status=with_status)
                if chosen.once:
                    break
                # A step that was late is not made up for by a burst.
                due = max(due + config.step_seconds, time.monotonic())
                stop.wait(max(min(due, until) - time.monotonic(), 0.0))
    finally:
        live.close()
    return 0 if is_good else 1
