"""``wattbook ingest capture FOLDER``: the packets of a feed, kept as they come."""

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, print_json
from wattbook.cli.ingest.common import finite, stop_event
from wattbook.cli.progress import Progress
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.ingest.feed import FeedLine

__all__ = ["add_arguments", "execute", "feed_line"]

EPILOG = """\
Packets are kept unread, with the time of reception that the card or the kernel gave them; a folder
that exists is continued. `wattbook ingest replay FOLDER` reads it.

exit status: 0 ended by Ctrl-C, --for or --packets; 1 the kernel dropped packets; 2 the input is
wrong, an address is taken or the folder cannot be written.
"""
MULTICAST = range(224, 240)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("path", metavar="FOLDER", type=Path, help="of the capture")
    parser.add_argument(
        "--line",
        action="append",
        default=[],
        metavar="ADDRESS:PORT[@INTERFACE]",
        help="where packets arrive: 127.0.0.1:26400, or a group, 239.1.2.3:26400@192.0.2.5; "
        "repeat for line B",
    )
    parser.add_argument(
        "--format",
        choices=["moldudp64", "sequenced"],
        default="moldudp64",
        help="layout of the packets, written down for the replay (default %(default)s)",
    )
    parser.add_argument("--zstd", type=int, metavar="LEVEL", help="compress, 1 (fast) to 19")
    parser.add_argument(
        "--packet-bytes", type=int, default=1_500, metavar="N", help="longest packet kept whole"
    )
    parser.add_argument(
        "--for", dest="seconds", type=finite, default=0.0, metavar="S", help="end after S seconds"
    )
    parser.add_argument("--packets", type=int, default=0, metavar="N", help="end after N packets")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, no colours")


def feed_line(text: str) -> "FeedLine":
    """Return a line as it is written on the command line.

    Raises
    ------
    InputError
        If it is not of the form; names the fix.

    Examples
    --------
    >>> feed_line("239.1.2.3:26400@192.0.2.5").group
    '239.1.2.3'
    >>> feed_line("26400")
    Traceback (most recent call last):
    wattbook.errors.InputError: line '26400' has no port; write ADDRESS:PORT, as 127.0.0.1:26400
    """
    from ipaddress import AddressValueError, IPv4Address  # noqa: PLC0415 - keeps `--help` light

    from wattbook.ingest.feed import FeedLine  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.address import PORT_MAX, port_of  # noqa: PLC0415

    place, _, interface = text.partition("@")
    address, colon, port = place.rpartition(":")
    if not colon:
        message = f"line {text!r} has no port; write ADDRESS:PORT, as 127.0.0.1:26400"
        raise InputError(message)
    if port_of(port) is None:
        message = f"line {text!r}: {port!r} is no port; write a number up to {PORT_MAX}"
        raise InputError(message)
    for one in (address, interface or address):
        try:
            IPv4Address(one)
        except AddressValueError as fault:
            message = f"line {text!r}: {one!r} is no IPv4 address; write numbers, as 127.0.0.1"
            raise InputError(message) from fault
    if int(address.split(".")[0]) in MULTICAST:
        anywhere = "0.0.0.0"  # noqa: S104 - a group is joined on an interface, not bound to one
        return FeedLine(anywhere, int(port), address, interface or anywhere)
    if interface:
        message = f"line {text!r}: {address} is no multicast group; leave @{interface} out"
        raise InputError(message)
    return FeedLine(address, int(port))


def execute(chosen: argparse.Namespace) -> int:
    """Capture until stopped; return 1 if the kernel dropped packets."""
    from wattbook.ingest.feed import capture, capture_summary  # noqa: PLC0415

    if not chosen.line:
        message = "no line to capture; give --line ADDRESS:PORT"
        raise InputError(message)
    lines = tuple(feed_line(text) for text in chosen.line)
    plain = True if chosen.plain else None
    began = time.monotonic()

    def listening(ports: tuple[int, ...]) -> None:
        for one, port in zip(lines, ports, strict=True):
            sys.stderr.write(f"listening on {one.group or one.address}:{port}\n")
        sys.stderr.flush()

    with stop_event() as stop, Progress("packets", chosen.packets, plain=plain) as progress:

        def is_over(count: int) -> bool:
            progress.advance(count - progress.done)
            is_late = 0 < chosen.seconds <= time.monotonic() - began
            return stop.is_set() or is_late or 0 < chosen.packets <= count

        kept, dropped = capture(
            chosen.path,
            lines,
            chosen.format,
            zstd_level=chosen.zstd,
            packet_bytes_max=chosen.packet_bytes,
            is_over=is_over,
            began=listening,
        )
    seconds = max(time.monotonic() - began, 1e-9)
    whole = capture_summary(chosen.path)
    if chosen.json:
        made = {"kept": kept, "dropped": dropped, "seconds": seconds} | asdict(whole)
        print_json(made)
        return 1 if dropped else 0
    said = Console(plain=plain).line
    said(f"kept {kept:,} packets in {seconds:,.1f} s: {kept / seconds:,.0f} packets/s")
    said(f"{chosen.path} now holds {whole.entries:,} entries, {whole.bytes / 1e6:,.1f} MB")
    if dropped:
        said(f"the kernel dropped {dropped:,} packets; raise net.core.rmem_max and capture again")
    return 1 if dropped else 0
