"""``wattbook walk`` on a file of recorded books: a market maker, walked forward over blocks."""

from __future__ import annotations

import json
import sys
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console
from wattbook.cli.progress import Progress
from wattbook.cli.run import recorded_folder
from wattbook.cli.walk_shown import baseline_of, document, show
from wattbook.errors import InputError, SourceError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

__all__ = ["execute_recorded", "recorded_top"]

UNIT = "blocks"


def recorded_top(path: Path | None) -> tuple[dict[str, Any], str] | None:
    """Return what a file of recorded books says, and its text; None for another file."""
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8")
        top = tomllib.loads(text, parse_float=Decimal)
    except (OSError, ValueError):
        # The reader of desk files says what is wrong with it.
        return None
    return (top, text) if "recorded_book" in top else None


def execute_recorded(chosen: argparse.Namespace, top: dict[str, Any], text: str) -> int:
    """Play every set over the blocks, choose and judge; return the exit status.

    Raises
    ------
    InputError
        For days, a seed or workers, which recorded books have none of.
    SourceError
        Without a folder of recorded data.
    """
    from wattbook.runtime.research.recorded_maker import blocks_pnl  # noqa: PLC0415 - light `--help`
    from wattbook.runtime.research.walk import walk_choice  # noqa: PLC0415
    from wattbook.runtime.run import stop_on_interrupt  # noqa: PLC0415
    from wattbook.runtime.walk import SetsPnl, sets_of  # noqa: PLC0415

    if any((chosen.first, chosen.last, chosen.seed is not None, chosen.processes, chosen.ray)):
        message = (
            "recorded books have no days, seed or workers; leave --from, --to, --seed, "
            "--processes and --ray out"
        )
        raise InputError(message)
    data = recorded_folder(chosen.data)
    if data is None:
        message = "recorded books need recorded data; give --data or set WATTBOOK_DATA"
        raise SourceError(message)
    sets = sets_of(chosen.set)
    baseline = baseline_of(sets, chosen.baseline)
    console = Console(plain=chosen.plain or None)
    with (
        stop_on_interrupt() as stop,
        Progress("sets", len(sets), plain=chosen.plain or None) as progress,
    ):
        found = blocks_pnl(
            top, text, str(chosen.desk), chosen.strategy, sets, data=data,
            is_stopped=lambda: stop.asked,
            done=progress.advance,
        )  # fmt: skip
    if found is None:
        console.line("Stopped early")
        return 130
    book, blocks = found
    table = SetsPnl(blocks.starts, blocks.pnl)
    walked = walk_choice(blocks.pnl, train=chosen.train, test=chosen.test, baseline=baseline)
    fills, left = blocks.fills.tolist(), int((abs(blocks.left) > 1e-9).sum())
    if chosen.json:
        told = document(book.name, book.currency, sets, table, walked, baseline, UNIT)
        told |= {"is_energy": False, "fills": fills, "blocks_left_open": left}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return 0
    console.line(
        f"{book.name}: a recorded book, NOT ENERGY, whose orders do not react to ours; fees are "
        f"assumed: {book.maker_fee} and {book.taker_fee} {book.currency} a unit"
    )
    show(console, book.name, book.currency, sets, table, walked, baseline, UNIT)
    console.line(
        f"  {fills[walked.best]} fills of the best in hindsight; {left} of {blocks.left.size} "
        "blocks ended with a position"
    )
    return 0
