"""Plots as SVG in a page: they need no script, and every line has a dash pattern of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

__all__ = ["Frame", "Line", "Point", "plot"]

Floats = NDArray[np.float64]
WIDTH, HEIGHT = 560, 260
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 12, 40
INKS = 6
DASHES = ("", "6 3", "2 3", "10 3 2 3", "1 2", "8 4 2 4 2 4")
SHAPES = {
    "circle": '<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{ink}"/>',
    "cross": '<path d="M{x:.1f} {y:.1f}m-4-4l8 8m0-8l-8 8" stroke="{ink}" stroke-width="1.5"/>',
    "triangle": '<path d="M{x:.1f} {y:.1f}m0-5l5 9h-10z" fill="none" stroke="{ink}"/>',
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot.

    Parameters
    ----------
    name : str
        For the legend; empty for none.
    x, y : ndarray of shape (n,)
        Its points; a NaN breaks it.
    ink : int
        Which colour and dash pattern.
    """

    name: str
    x: Floats
    y: Floats
    ink: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a plot, with what a reader sees when pointing at it."""

    x: float
    y: float
    shape: str
    title: str
    ink: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a plot: its title for those who cannot see it, its axes.

    Parameters
    ----------
    title : str
        What is shown, one sentence.
    x_name, y_name : str
        With units.
    ticks : sequence of pair of float and str, optional
        Marks of the x axis; even ones, if left out.
    """

    title: str
    x_name: str
    y_name: str
    ticks: Sequence[tuple[float, str]] = ()


def nice(low: float, high: float, count: int = 5) -> Floats:
    """Return round numbers between two, about so many."""
    span = max(high - low, 1e-9)
    step = 10.0 ** np.floor(np.log10(span / count))
    step *= next(one for one in (1, 2, 5, 10) if span / (step * one) <= count)
    # A zero is added so that none is written as -0.
    found: Floats = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step + 0.0
    return found


def bounds(values: Sequence[Floats]) -> tuple[float, float]:
    """Return the least and greatest of all, a little apart."""
    found = np.concatenate([one[np.isfinite(one)] for one in values]) if values else np.zeros(1)
    low, high = (float(found.min()), float(found.max())) if len(found) else (0.0, 1.0)
    room = 0.04 * (high - low) or 1.0
    return low - room, high + room


def plot(frame: Frame, lines: Sequence[Line], points: Sequence[Point] = ()) -> str:
    """Return a plot as SVG with its legend."""
    across = bounds([one.x for one in lines] + [np.array([one.x for one in points])])
    upward = bounds([one.y for one in lines] + [np.array([one.y for one in points])])

    def x_of(value: float) -> float:
        return LEFT + (value - across[0]) / (across[1] - across[0]) * (WIDTH - LEFT - RIGHT)

    def y_of(value: float) -> float:
        share = (value - upward[0]) / (upward[1] - upward[0])
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    marks = []
    for value in nice(*upward):
        y = y_of(float(value))
        marks.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="var(--grid)"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,g}</text>'
        )
    for value, text in frame.ticks or [(float(one), f"{one:,g}") for one in nice(*across, 6)]:
        marks.append(
            f'<text x="{x_of(value):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">'
            f"{escape(text)}</text>"
        )
    drawn = [
        f'<path d="{path(one, x_of, y_of)}" fill="none" stroke="{colour(one.ink)}" '
        f'stroke-width="1.6" stroke-dasharray="{dash(one.ink)}"/>'
        for one in lines
    ]
    shown = [
        f"<g>{SHAPES[one.shape].format(x=x_of(one.x), y=y_of(one.y), ink=colour(one.ink))}"
        f"<title>{escape(one.title)}</title></g>"
        for one in points
    ]
    names = (
        f'<text x="{(WIDTH + LEFT) // 2}" y="{HEIGHT - 6}" text-anchor="middle">'
        f"{escape(frame.x_name)}</text>"
        f'<text transform="translate(12 {(HEIGHT - BOTTOM) // 2}) rotate(-90)" '
        f'text-anchor="middle">{escape(frame.y_name)}</text>'
    )
    return (
        f'<figure class="plot"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(frame.title)}">{"".join(marks)}{"".join(drawn)}{"".join(shown)}'
        f"{names}</svg>{legend(lines)}</figure>"
    )


def bars(frame: Frame, values: Sequence[tuple[str, float]]) -> str:
    """Return a bar from 0 for each name and value, in their order, as SVG."""
    lines = [
        Line(
            name,
            np.array([place - 0.3, place - 0.3, place + 0.3, place + 0.3]),
            np.array([0.0, value, value, 0.0]),
            place,
        )
        for place, (name, value) in enumerate(values, start=1)
    ]
    return plot(frame, lines)


def path(line: Line, x_of: object, y_of: object) -> str:
    """Return the points of a line as a path."""
    made, is_up = [], True
    for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True):
        if not (np.isfinite(x) and np.isfinite(y)):
            is_up = True
            continue
        made.append(f"{'M' if is_up else 'L'}{x_of(x):.1f} {y_of(y):.1f}")  # type: ignore[operator]
        is_up = False
    return "".join(made)


def colour(ink: int) -> str:
    """Return the colour of an ink, which the page's style defines for light and dark."""
    return f"var(--line-{ink % INKS})"


def dash(ink: int) -> str:
    """Return the dash pattern of an ink; the seventh has the first one's colour, another dash."""
    return DASHES[(ink + ink // INKS) % len(DASHES)]


def legend(lines: Sequence[Line]) -> str:
    """Return which line is what."""
    named = [one for one in lines if one.name]
    if not named:
        return ""
    entries = "".join(
        f'<span><svg viewBox="0 0 28 8" width="28" height="8" aria-hidden="true">'
        f'<path d="M0 4H28" stroke="{colour(one.ink)}" stroke-width="2" '
        f'stroke-dasharray="{dash(one.ink)}"/></svg> {escape(one.name)}</span>'
        for one in named
    )
    return f'<figcaption class="legend">{entries}</figcaption>'
