"""What several commands read from their arguments; a refusal names the value and the fix."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wattbook.workers import Workers

__all__ = [
    "add_workers",
    "instant",
    "local_day",
    "not_negative",
    "port",
    "positive",
    "rounds",
    "seconds",
    "seed",
    "whole",
    "workers_of",
]

SEED_MAX = 2**64 - 1


def whole(text: str, least: int, most: int) -> int:
    """Return `text` as a whole number from `least` to `most`.

    Raises
    ------
    argparse.ArgumentTypeError
        Otherwise.
    """
    fix = f"give a whole number from {least:,} to {most:,}"
    try:
        number = int(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number; {fix}") from fault
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text} is out of range; {fix}")
    return number


def seed(text: str) -> int:
    """Return a seed, 64 bits without a sign.

    Examples
    --------
    >>> seed("7")
    7
    >>> seed("-1")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: -1 is out of range; give a whole number from 0 to 18,446,744,...
    """
    return whole(text, 0, SEED_MAX)


def rounds(text: str) -> int:
    """Return how often a side is measured, at least once."""
    return whole(text, 1, 1_000)


def local_day(text: str) -> dt.date:
    """Return a local day of the market.

    Examples
    --------
    >>> local_day("2024-02-30")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: '2024-02-30' is no day of the calendar; write it as 2024-06-30
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError as fault:
        message = f"{text!r} is no day of the calendar; write it as 2024-06-30"
        raise argparse.ArgumentTypeError(message) from fault


def port(text: str) -> int:
    """Return a port of this machine; 0 stands for any that is free."""
    return whole(text, 0, 65_535)


def instant(text: str) -> int:
    """Return an ISO 8601 instant with its offset in ns UTC.

    Examples
    --------
    >>> instant("2026-06-30T12:00:00+02:00")
    1782813600000000000
    >>> instant("2026-06-30")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: '2026-06-30' is no instant; write one like 2026-06-30T10:00:00Z
    """
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        message = f"{text!r} is no instant; write one like 2026-06-30T10:00:00Z"
        raise argparse.ArgumentTypeError(message)
    return round(at.timestamp()) * 1_000_000_000


def seconds(text: str) -> float:
    """Return a time to spend, above zero.

    Examples
    --------
    >>> seconds("0.5")
    0.5
    >>> seconds("nan")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: 'nan' is no time; give seconds above 0, like 60
    """
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no time; give seconds above 0, like 60")
    return value


def finite(text: str) -> float | None:
    """Return a finite number; None where `text` is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def not_negative(text: str) -> float:
    """Return a number from 0.

    Examples
    --------
    >>> not_negative("-1")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: '-1' is no number from 0; write it like 0.01
    """
    value = finite(text)
    if value is None or value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0; write it like 0.01")
    return value


def positive(text: str) -> float:
    """Return a finite number above 0.

    Examples
    --------
    >>> positive("nan")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: 'nan' is no number above 0; write it like 2.5
    """
    value = finite(text)
    if value is None or value <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0; write it like 2.5")
    return value


def add_workers(parser: Any, processes: int | None, default: str) -> None:  # noqa: ANN401
    """Add the arguments that say who carries tasks out; `default` tells what `processes` means."""
    parser.add_argument(
        "--processes",
        metavar="N",
        type=lambda text: whole(text, 1, 256),
        default=processes,
        help=f"workers on this machine; default: {default}",
    )
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="carry the work out on Ray: HOST:PORT of a cluster's head, or local for one of "
        "--processes workers on this machine; needs wattbook[ray]",
    )


def workers_of(chosen: argparse.Namespace) -> Workers:
    """Return who carries tasks out; Ray on this machine has a worker for each core by default."""
    from wattbook.workers import Workers, cores  # noqa: PLC0415 - keeps `--help` light

    return Workers(chosen.processes or (cores() if chosen.ray else 1), chosen.ray)
