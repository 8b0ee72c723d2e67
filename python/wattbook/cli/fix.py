"""``wattbook fix``: FIX sessions from the command line."""

import argparse
import sys
import threading
import time
from pathlib import Path

from wattbook.cli.options import seed

__all__ = ["add_arguments", "execute"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    acceptor = acts.add_parser(
        "acceptor",
        help="listen on loopback and send back what is sent, to test a counterparty against",
        epilog="Ctrl-C logs every session out and stops.",
    )
    acceptor.add_argument("--config", type=Path, required=True, help="TOML file of its sessions")
    acceptor.add_argument("--port", type=int, help="instead of the file's; 0 for any free one")
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
    """Run until Ctrl-C."""
    return serve_exchange(chosen) if chosen.act == "exchange" else serve_acceptor(chosen)


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
    acceptor = config.start()
    for session in config.sessions:
        sys.stdout.write(f"{session.version} {session.sender} waits for {session.target}\n")
    sys.stdout.write(f"listening on 127.0.0.1:{acceptor.port}; Ctrl-C stops\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    finally:
        acceptor.stop()
    return 0
