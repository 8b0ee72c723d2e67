"""``wattbook forecast explain``: what each input added to a five-minute forecast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.options import whole

if TYPE_CHECKING:
    import argparse

__all__ = ["add_explain_act", "execute_explain"]

BACKGROUND = 24


def add_explain_act(acts: Any) -> None:  # noqa: ANN401 - argparse keeps the type to itself
    """Add the arguments of the act."""
    explain = acts.add_parser("explain", help="what each input added to a five-minute forecast")
    explain.add_argument("--market", metavar="NAME", required=True, help="VIC1, N.Y.C. or LONGIL")
    explain.add_argument("--data", metavar="DIR", type=Path, required=True)
    explain.add_argument(
        "--before",
        metavar="N",
        type=lambda text: whole(text, 0, 287),
        default=0,
        help="how many intervals before the last one of the file; default: %(default)s",
    )
    explain.add_argument("--top", metavar="N", type=lambda text: whole(text, 1, 100), default=10)
    explain.add_argument("--json", action="store_true", help="print JSON instead")
    explain.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute_explain(chosen: argparse.Namespace) -> int:
    """Fit up to the last day, forecast one interval and take the forecast apart."""
    import numpy as np  # noqa: PLC0415 - keeps `--help` light

    from wattbook.forecast.explain import explain_trees  # noqa: PLC0415
    from wattbook.forecast.five_minute import (  # noqa: PLC0415
        FiveMinuteBacktest,
        inputs,
        load_five_minute,
    )
    from wattbook.forecast.five_minute.market import SLOTS  # noqa: PLC0415
    from wattbook.forecast.five_minute.names import input_names  # noqa: PLC0415

    market = load_five_minute(chosen.data, chosen.market)
    table = inputs(market)
    how = FiveMinuteBacktest(window_days=90, trees=100)
    day = market.price.size - SLOTS
    past = slice(day - how.window_days * SLOTS, day)
    move = market.price - table[:, 0]
    width = max(1.4826 * float(np.nanmedian(np.abs(move[past]))), 1e-3)
    trees = how.fit(table[past], np.arcsinh(move[past] / width), 0.5)
    row = table[market.price.size - 1 - chosen.before]
    # Rows of the day before, evenly spread: what an ordinary interval looks like.
    background = table[np.linspace(day - SLOTS, day - 1, BACKGROUND).astype(np.int64)]
    found = explain_trees(trees.save(), row, background)
    order = np.argsort(-np.abs(found.parts))[: chosen.top]
    names = input_names(market.ahead_slots)
    entries = [
        {"input": names[place], "value": float(row[place]), "part": float(found.parts[place])}
        for place in order.tolist()
    ]
    price = float(row[0] + width * np.sinh(found.forecast))
    document = {
        "market": chosen.market, "newest_price": float(row[0]), "forecast": price,
        "base": found.base, "tame_move": found.forecast, "parts": entries,
        "others": float(found.parts.sum() - found.parts[order].sum()),
    }  # fmt: skip
    if chosen.json:
        print_json(document)
        return 0
    rows = [[e["input"], f"{e['value']:.2f}", f"{e['part']:+.4f}"] for e in entries]
    rows.append(["all others", "", f"{document['others']:+.4f}"])
    title = f"{chosen.market}: newest price {row[0]:.2f}, forecast {price:.2f}"
    console = Console(plain=chosen.plain or None)
    console.table(Table(title, ("input<", "value", "added"), rows))
    console.line(
        f"On the tame scale an ordinary interval moves by {found.base:+.4f}, this one by "
        f"{found.forecast:+.4f}; exact Shapley values against {BACKGROUND} intervals of the day "
        "before"
    )
    return 0
