"""What the gate of a run would say to the order of ``wattbook risk what-if``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.cli.risk_limits import HEADINGS, limit_cells

if TYPE_CHECKING:
    import argparse

    from wattbook.runtime.figures import Ledger
    from wattbook.runtime.watch import GateAnswer

__all__ = ["add_arguments", "answer_of", "refuses", "show"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whose order it would be, and its price."""
    parser.add_argument(
        "--strategy",
        metavar="NAME",
        help="of a run: whose order the gate is asked for; default: the contract's first",
    )
    parser.add_argument(
        "--price", type=float, help="of a run: limit of the order; default: the last price"
    )


def answer_of(chosen: argparse.Namespace, ledger: Ledger | None, ts: int) -> GateAnswer | None:
    """Ask the gate of the run that the book is of."""
    from wattbook.runtime.watch.order_trial import order_trial  # noqa: PLC0415 - light `--help`

    if ledger is None:
        return None
    return order_trial(
        chosen.run,
        ledger,
        ts,
        chosen.factor,
        chosen.lots,
        strategy=chosen.strategy,
        price=chosen.price,
    )


def refuses(answer: GateAnswer | None) -> bool:
    """Return whether the gate would refuse the order."""
    return answer is not None and answer.refused is not None


def sentence(answer: GateAnswer) -> str:
    """Say what the gate would do."""
    if answer.refused is not None:
        return f"the gate would refuse the order: {answer.refused}"
    held = "; it would wait for a second person" if answer.is_held else ""
    return f"the gate would take the order{held}"


def title(answer: GateAnswer) -> str:
    """Return the heading of the limits of scopes."""
    return f"Limits of scopes {'with' if answer.is_counted else 'without'} it"


def show(console: Console, answer: GateAnswer) -> None:
    """Say what the gate would do, with the limits of scopes that the order would use."""
    console.line(sentence(answer))
    if answer.limits:
        words = ("limit", "of", "measure", "owner")
        columns = [f"{name}<" if name in words else name for name in HEADINGS]
        console.table(Table(title(answer), columns, limit_cells(answer.limits)))
