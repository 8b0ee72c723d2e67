"""How good a series was as time went on, as a strip of a report."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from wattbook.ingest.report import DataReport, Stretch

__all__ = ["quality_strip"]

HEIGHT: Final = 16
WIDTH: Final = 3
KINDS: Final = (("missing", 4), ("set_aside", 8), ("late", 12), ("good", 16))
"""What is told of a stretch, the worst first, with its height: colour is never alone."""


def instant(ts: int) -> str:
    """Return an instant (ns UTC), to the last digit that it has."""
    return str(np.datetime64(ts, "ns")).rstrip("0").rstrip(".") + "Z"


def quality_strip(report: DataReport) -> str:
    """Return a bar for each stretch of a series, as high and coloured as its worst row."""
    bars = "".join(bar(place, one) for place, one in enumerate(report.timeline))
    if not bars:
        return "–"
    width = WIDTH * len(report.timeline)
    name = escape(f"{report.name} over time", quote=True)
    return (
        f'<svg role="img" aria-label="{name}" width="{width}" height="{HEIGHT}" '
        f'viewBox="0 0 {width} {HEIGHT}">{bars}</svg>'
    )


def bar(place: int, one: Stretch) -> str:
    """Return the bar of a stretch."""
    kind, height = next(
        ((kind, height) for kind, height in KINDS if getattr(one, kind)), ("missing", KINDS[0][1])
    )
    counts = ", ".join(
        f"{getattr(one, kind):,} {kind.replace('_', ' ')}" for kind, _ in KINDS[::-1]
    )
    return (
        f'<rect class="quality-{kind}" x="{place * WIDTH}" y="{HEIGHT - height}" '
        f'width="{WIDTH - 1}" height="{height}">'
        f"<title>{instant(one.start)} to {instant(one.end)}: {counts}</title></rect>"
    )
