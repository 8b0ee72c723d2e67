"""``wattbook dispatch simulate MAP.toml``: a battery on this machine to try the loop on."""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console
from wattbook.cli.ingest.common import finite, stop_event
from wattbook.cli.ingest.simulate import write_file
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.assets.dispatch import Fault, SimulatedBattery
    from wattbook.assets.dispatch.mqtt import MqttServer

__all__ = ["add_arguments", "execute", "fault_plan"]

EPILOG = """\
Writes the battery's map, answers at 127.0.0.1 (Modbus/TCP) or at a broker (MQTT), and lives in real
time until Ctrl-C. Name the map as `device` in the file of `wattbook dispatch run`.

exit status: 0 ended by Ctrl-C or --for; 2 the input is wrong, the port taken or the broker gone.
"""
MARK = "# Written by `wattbook dispatch simulate`; overwritten when it runs again.\n"
TURN_SECONDS = 0.05
PUBLISH_SECONDS = 0.5
STATUS_SECONDS = 10.0
NANOS = 1_000_000_000
NUMBERS = (
    ("power", 20.0, "MW each way"),
    ("energy", 40.0, "MWh of the cells"),
    ("initial", 20.0, "MWh at the start"),
    ("ramp", 60.0, "MW a minute"),
    ("efficiency", 0.86, "of the round trip"),
    ("watchdog", 30.0, "seconds without a heartbeat"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("file", metavar="MAP.toml", type=Path, help="the battery's map, written")
    parser.add_argument(
        "--protocol", choices=["modbus", "mqtt"], default="modbus", help="default %(default)s"
    )
    parser.add_argument("--port", type=int, default=0, help="of Modbus/TCP (default: a free one)")
    parser.add_argument(
        "--broker",
        default="127.0.0.1:1883",
        metavar="ADDRESS:PORT",
        help="the MQTT broker, running (default %(default)s)",
    )
    parser.add_argument("--inverters", type=int, default=2, metavar="N", help="default 2")
    for name, default, text in NUMBERS:
        parser.add_argument(
            f"--{name}",
            type=finite,
            default=default,
            metavar="N",
            help=f"{text} (default {default:g})",
        )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND:S:FOR",
        help="fail S seconds after the start for FOR seconds: trip, stale, refuse, alter, silent; "
        "repeat for more",
    )
    parser.add_argument(
        "--for", dest="seconds", type=finite, default=0.0, metavar="S", help="end after S seconds"
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, no colours")


def fault_plan(texts: Sequence[str], now: int) -> "list[Fault]":
    """Return what goes wrong when.

    Raises
    ------
    InputError
        If one is not of the form, or there is no such fault.

    Examples
    --------
    >>> [(fault.kind, fault.start, fault.end) for fault in fault_plan(["trip:2:1.5"], 0)]
    [('trip', 2000000000, 3500000000)]
    """
    from wattbook.assets.dispatch import Fault  # noqa: PLC0415 - keeps `--help` light

    plan = []
    for text in texts:
        kind, *times = text.split(":")
        try:
            start, length = (round(float(seconds) * NANOS) for seconds in times)
        except (ValueError, OverflowError) as fault:
            message = f"fault {text!r}; write KIND:SECONDS:SECONDS, as trip:10:30"
            raise InputError(message) from fault
        plan.append(Fault(kind, now + start, now + start + length))  # type: ignore[arg-type]
    return plan


def serve(
    chosen: argparse.Namespace, battery: "SimulatedBattery", stack: ExitStack
) -> "tuple[str, MqttServer | None]":
    """Put the battery behind its protocol and write its map; return where it answers.

    Raises
    ------
    InputError
        If the port is taken, the map cannot be written, or a library is missing.
    DeviceError
        If the broker is not reached.
    """
    from dataclasses import replace  # noqa: PLC0415 - keeps `--help` light

    from wattbook.assets.dispatch.registers import example_map, load_registers  # noqa: PLC0415
    from wattbook.assets.dispatch.topics import example_topics, load_topics  # noqa: PLC0415
    from wattbook.runtime.address import port_of  # noqa: PLC0415

    if chosen.protocol == "modbus":
        from wattbook.assets.dispatch.modbus import ModbusServer  # noqa: PLC0415 - an extra

        write_file(chosen.file, example_map(chosen.port), MARK)
        registers = load_registers(chosen.file)
        server = stack.enter_context(ModbusServer(battery, registers, chosen.port))
        write_file(chosen.file, example_map(server.port), MARK)
        return f"Modbus/TCP 127.0.0.1:{server.port}", None
    from wattbook.assets.dispatch.mqtt import MqttServer  # noqa: PLC0415 - an extra

    host, _, text = chosen.broker.rpartition(":")
    port = port_of(text)
    if not host or not port:
        raise InputError(f"broker {chosen.broker!r} is no address; give one as 127.0.0.1:1883")
    write_file(chosen.file, example_topics(port).replace('"127.0.0.1"', f'"{host}"'), MARK)
    topics = load_topics(chosen.file)
    found = stack.enter_context(MqttServer(battery, replace(topics, timeout_seconds=5.0)))
    return f"MQTT {chosen.broker}", found


def execute(chosen: argparse.Namespace) -> int:
    """Be the battery until stopped."""
    from wattbook.assets.dispatch import SimulatedBattery  # noqa: PLC0415 - `--help` is light

    console = Console(plain=True if chosen.plain else None)
    now = time.time_ns()
    if not 0 < chosen.efficiency <= 1:
        raise InputError(f"efficiency {chosen.efficiency}; give a share above 0, at most 1")
    battery = SimulatedBattery(
        power_mw=chosen.power,
        capacity_mwh=chosen.energy,
        energy_mwh=chosen.initial,
        now=now,
        inverters=chosen.inverters,
        charge_efficiency=chosen.efficiency**0.5,
        discharge_efficiency=chosen.efficiency**0.5,
        ramp_mw_minute=chosen.ramp,
        watchdog_seconds=chosen.watchdog,
        faults=fault_plan(chosen.fault, now),
    )
    with stop_event() as stop, ExitStack() as stack:
        place, server = serve(chosen, battery, stack)
        console.line(f"battery at {place}; its map is {chosen.file}")
        began = published = shown = time.monotonic()
        until = began + chosen.seconds if chosen.seconds else float("inf")
        while not stop.wait(TURN_SECONDS) and (here := time.monotonic()) < until:
            battery.advance(time.time_ns())
            if server is not None and here - published >= PUBLISH_SECONDS:
                server.publish()
                published = here
            if here - shown >= STATUS_SECONDS:
                shown = here
                console.line(
                    f"set {battery.setpoint:+.3f} MW, runs {battery.power:+.3f} MW, "
                    f"{battery.energy_mwh:.3f} MWh in the cells"
                )
    console.line("stopped")
    return 0
