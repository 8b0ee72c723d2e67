"""What made the forecasts of a run, a forecast a line of ``contributions.jsonl`` of its folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wattbook.forecast import Forecast

__all__ = ["FILE", "append_contributions", "contribution_lines", "kept_contributions"]

FILE: Final = "contributions.jsonl"
DECIMALS: Final = 6


def contribution_lines(market: str, forecast: Forecast | None) -> Iterator[str]:
    """Yield the lines of forecasts whose model tells what made them."""
    found = None if forecast is None else forecast.contributions
    if forecast is None or found is None:
        return
    for place in np.flatnonzero(np.isfinite(forecast.price)).tolist():
        parts = found.parts[place].round(DECIMALS).tolist()
        row = {
            "market": market,
            "model": forecast.model,
            "known_at": int(forecast.known_at[place]),
            "delivery_start": int(forecast.delivery_start[place]),
            "forecast": round(float(forecast.price[place]), DECIMALS),
            "base": round(found.base, DECIMALS),
            "parts": dict(zip(found.inputs, parts, strict=True)),
        }
        yield json.dumps(row) + "\n"


def append_contributions(folder: Path, lines: Iterable[str]) -> None:
    """Add lines to those of a run."""
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.writelines(lines)


def kept_contributions(folder: Path, market: str, now: int) -> list[dict[str, Any]]:
    """Return what made the forecasts of a market that were made by `now` (ns UTC), newest first.

    A run that was resumed makes its forecasts again: the last line of each counts, and one that a
    kill has cut, with what was written behind it, is left out.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        if row["market"] == market and row["known_at"] <= now:
            rows[row["known_at"], row["delivery_start"]] = row
    return [rows[key] for key in sorted(rows, reverse=True)]
