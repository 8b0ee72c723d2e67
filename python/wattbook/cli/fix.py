"""``wattbook fix``: FIX sessions from the command line."""

import argparse
import datetime as dt
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import print_json
from wattbook.cli.options import seed
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.execution.fix import FixAcceptorConfig, FixEchoAcceptor

__all__ = ["add_arguments", "execute"]

LOOK_SECONDS = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    acceptor = acts.add_parser(
        "acceptor",
        help="listen on loopback and send back what is sent, to test a counterparty against",
        epilog="Ctrl-C logs every session out and stops. SIGHUP reads the file again: sessions are "
        "added, taken away and changed, the others go on.",
    )
    acceptor.add_argument("--config", type=Path, required=True, help="TOML file of its sessions")
    acceptor.add_argument("--port", type=int, help="instead of the file's; 0 for any free one")
    acceptor.add_argument(
        "--log", metavar="DIR", type=Path, help="keep a file of each session's messages there"
    )
    exchange = acts.add_parser(
        "exchange",
        help="a simulated exchange on loopback, to trade with by `wattbook live`",
        epilog="It lists the contracts of the desk's market, traded by simulated participants. "
        "Ctrl-C logs its member out, prints what was traded and stops.",
    )
    exchange.add_argument("desk", metavar="DESK", type=Path, help="desk file (TOML) with [live]")
    exchange.add_argument("--market", metavar="NAME", help="which of the desk's power markets")
    exchange.add_argument(
        "--data", metavar="DIR", type=Path, help="folder of recorded data; default: WATTBOOK_DATA"
    )
    exchange.add_argument("--seed", metavar="N", type=seed, help="in place of the desk file's seed")
    exchange.add_argument("--port", type=int, help="instead of the file's; 0 for any free one")
    release = acts.add_parser(
        "release",
        help="let orders pass again in a contract that a drop copy has frozen",
        epilog="The run prints what it has released; the journal holds it.",
    )
    release.add_argument("folder", metavar="RUN_DIR", type=Path, help="folder of the live run")
    release.add_argument(
        "symbols", metavar="SYMBOL", nargs="+", help="contracts, as the desk names them"
    )
    log = acts.add_parser(
        "log",
        help="find messages in the log of a session",
        epilog="A run of `wattbook live` keeps fix.log in its folder; `fix acceptor --log` keeps a "
        "file for each session. < came, > went.",
    )
    log.add_argument("path", metavar="PATH", type=Path, help="a log, or a folder of logs")
    log.add_argument(
        "--where", metavar="TAG=VALUE", action="append", default=[], help="all of these fields"
    )
    log.add_argument(
        "--type", metavar="TYPE", action="append", default=[], help="MsgType (35), any of these"
    )
    log.add_argument("--since", metavar="INSTANT", help="from this instant on (ISO 8601)")
    log.add_argument("--until", metavar="INSTANT", help="before this instant (ISO 8601)")
    ways = log.add_mutually_exclusive_group()
    ways.add_argument("--sent", action="store_true", help="only what we sent")
    ways.add_argument("--received", action="store_true", help="only what came")
    log.add_argument("--json", action="store_true", help="one JSON object a line")
    begins = exchange.add_mutually_exclusive_group()
    begins.add_argument(
        "--from",
        dest="begins",
        metavar="INSTANT",
        help="let the clock begin at this instant (ISO 8601 with offset) instead of now: a drill",
    )
    begins.add_argument(
        "--replay-speed",
        metavar="N",
        type=float,
        help="play the desk's day again, N times as fast; give `wattbook live` the same",
    )


def execute(chosen: argparse.Namespace) -> int:
    """Serve until Ctrl-C, or print what was found."""
    acts = {
        "exchange": serve_exchange,
        "acceptor": serve_acceptor,
        "log": print_log,
        "release": ask_release,
    }
    return acts[chosen.act](chosen)


def ask_release(chosen: argparse.Namespace) -> int:
    """Ask a live run to release contracts; return 0.

    Raises
    ------
    InputError
        If the folder holds no live run, or has not taken an earlier request yet.
    """
    from wattbook.runtime.live import request_release  # noqa: PLC0415 - keeps `--help` light

    request_release(chosen.folder, chosen.symbols)
    sys.stdout.write(f"asked to release {', '.join(chosen.symbols)}; the run says when it has\n")
    return 0


def print_log(chosen: argparse.Namespace) -> int:
    """Print the messages that fit; return 0 if there are some, else 1.

    Raises
    ------
    InputError
        If there is no log, one is damaged, or an argument cannot be read.
    """
    from wattbook.cli.paper import instant  # noqa: PLC0415 - keeps `--help` light
    from wattbook.execution.fix_log import find_entries, log_files  # noqa: PLC0415

    where = [tuple(text.split("=", 1)) for text in chosen.where]
    for text, pair in zip(chosen.where, where, strict=True):
        if len(pair) != 2 or not pair[0].isdecimal():
            message = f"--where {text!r} is no TAG=VALUE; write one like 11=order-1"
            raise InputError(message)
    found = find_entries(
        log_files(chosen.path),
        where=[(pair[0], pair[1]) for pair in where],
        types=chosen.type,
        since=None if chosen.since is None else instant(chosen.since),
        until=None if chosen.until is None else instant(chosen.until),
        is_out=True if chosen.sent else False if chosen.received else None,
    )
    count = 0
    for count, entry in enumerate(found, start=1):  # noqa: B007 - the last number is how many
        seconds, nanos = divmod(entry.at, 1_000_000_000)
        moment = dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        moment = f"{moment}.{nanos:09d}Z"
        way = "sent" if entry.is_out else "received"
        if chosen.json:
            row = {"at": moment, "way": way, "file": str(entry.file), "fields": entry.fields}
            print_json(row | {"message": entry.shown()})
        else:
            sys.stdout.write(f"{moment} {'>' if entry.is_out else '<'} {entry.shown()}\n")
    return 0 if count else 1


def serve_exchange(chosen: argparse.Namespace) -> int:
    """Run a simulated exchange until Ctrl-C."""
    from wattbook.cli.paper import instant  # noqa: PLC0415 - keeps `--help` light
    from wattbook.cli.run import data_folder, desk_of  # noqa: PLC0415
    from wattbook.runtime.live import open_exchange  # noqa: PLC0415
    from wattbook.runtime.paper import WallClock  # noqa: PLC0415
    from wattbook.runtime.run import stop_on_interrupt  # noqa: PLC0415

    desk, _ = desk_of(chosen)
    is_replay = chosen.replay_speed is not None
    begins = WallClock().now() if chosen.begins is None else instant(chosen.begins)
    opened = open_exchange(
        desk,
        chosen.market,
        data_folder(chosen),
        desk.desk.seed if chosen.seed is None else chosen.seed,
        start=None if is_replay else begins,
        speed=chosen.replay_speed if is_replay else 1.0,
        port=chosen.port,
    )
    part = opened.paper.part
    listed = 0 if part.chain is None else len(part.chain.instruments)
    sys.stdout.write(f"exchange of {part.spec.name}, {part.day.date}: {listed} contracts\n")
    sys.stdout.write(f"listening on 127.0.0.1:{opened.exchange.port}; Ctrl-C stops\n")
    sys.stdout.flush()
    with stop_on_interrupt() as stop:
        told: set[str] = set()
        while not stop.asked:
            time.sleep(0.1)
            # Trading goes on, whether somebody is connected or not.
            opened.exchange.advance()
            told = tell_new(opened.accounts(), told)
    opened.exchange.stop()
    sys.stdout.write("closed\n")
    tell_new(opened.accounts(), set())
    return 0


def tell_new(sentences: list[str], told: set[str]) -> set[str]:
    """Print the sentences that were not told; return all of them."""
    for sentence in sentences:
        if sentence not in told:
            sys.stdout.write(sentence + "\n")
    sys.stdout.flush()
    return set(sentences)


def serve_acceptor(chosen: argparse.Namespace) -> int:
    """Run an acceptor until Ctrl-C."""
    from dataclasses import replace  # noqa: PLC0415 - keeps `--help` light

    from wattbook.execution.fix import load_acceptor  # noqa: PLC0415

    config = load_acceptor(chosen.config)
    if chosen.port is not None:
        config = replace(config, port=chosen.port)
    again = threading.Event()
    # From before it listens: the signal must not end a process that serves.
    signal.signal(signal.SIGHUP, lambda _number, _frame: again.set())
    acceptor = config.start(chosen.log)
    for session in config.sessions:
        sys.stdout.write(f"{session.version} {session.sender} waits for {session.target}\n")
    sys.stdout.write(f"listening on 127.0.0.1:{acceptor.port}; Ctrl-C stops\n")
    sys.stdout.flush()
    try:
        while True:
            # A wait without end would not let Python handle signals on every system.
            if again.wait(LOOK_SECONDS):
                again.clear()
                config = reload(acceptor, config, chosen.config)
    finally:
        acceptor.stop()


def reload(
    acceptor: "FixEchoAcceptor", config: "FixAcceptorConfig", path: Path
) -> "FixAcceptorConfig":
    """Read the file again and follow it; one that cannot be read changes nothing."""
    from wattbook.execution.fix import follow, load_acceptor  # noqa: PLC0415 - keeps `--help` light

    try:
        wanted = load_acceptor(path)
        for sentence in follow(acceptor, config, wanted):
            sys.stdout.write(sentence + "\n")
    except InputError as fault:
        sys.stdout.write(f"nothing changed: {fault}\n")
        wanted = config
    sys.stdout.write("read again\n")
    sys.stdout.flush()
    return wanted
