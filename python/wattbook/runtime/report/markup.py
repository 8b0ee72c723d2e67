"""Small pieces of HTML."""

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from zoneinfo import ZoneInfo

from wattbook.errors import RunError
from wattbook.runtime.figures.money import money_text

__all__ = ["amount", "asset", "card", "cell_time", "label", "table"]


def asset(name: str) -> str:
    """Return the built script or style of the page.

    Raises
    ------
    RunError
        If the package was not built.
    """
    place = files("wattbook.runtime.report") / "assets" / name
    if not place.is_file():
        message = f"the report's {name} is not built; run `make build`"
        raise RunError(message)
    return place.read_text(encoding="utf-8")


def card(value: str, caption: str) -> str:
    """Return one large figure; `value` is HTML already."""
    return f'<div class="card"><b>{value}</b><span>{escape(caption)}</span></div>'


def label(text: str) -> str:
    """Return a label that stands out without its colour."""
    return f'<span class="label">{escape(text)}</span>'


def amount(units: int, decimals: int = 2) -> str:
    """Return an amount with its sign, coloured as well."""
    text = money_text(units, decimals).replace("-", "−")
    if units == 0:
        return text
    return (
        f'<span class="{"plus" if units > 0 else "minus"}">{"+" if units > 0 else ""}{text}</span>'
    )


def cell_time(instant: int, zone: str, pattern: str = "%d %b %H:%M") -> str:
    """Return an instant (ns UTC) on the clock of `zone`."""
    return dt.datetime.fromtimestamp(instant // 1_000_000_000, ZoneInfo(zone)).strftime(pattern)


def table(
    caption: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    text: int = 1,
    total: bool = False,
    tall: bool = False,
) -> str:
    """Return a table; cells are HTML already.

    Parameters
    ----------
    caption : str
        What it shows, plain text.
    headings : sequence of str
        Plain text.
    rows : iterable of sequence of str
        Cells.
    text : int, optional
        How many columns from the left hold text.
    total : bool, optional
        Whether the last row sums up the others.
    tall : bool, optional
        Whether it scrolls within a fixed height.
    """
    body = [list(row) for row in rows]
    kind = [' class="text"' if place < text else "" for place in range(len(headings))]
    head = "".join(
        f'<th scope="col"{css}>{escape(name)}</th>'
        for css, name in zip(kind, headings, strict=True)
    )
    made = []
    for place, row in enumerate(body):
        css = ' class="total"' if total and place == len(body) - 1 else ""
        cells = "".join(f"<td{of}>{cell}</td>" for of, cell in zip(kind, row, strict=True))
        made.append(f"<tr{css}>{cells}</tr>")
    scroll = "scroll tall" if tall else "scroll"
    return (
        f'<div class="{scroll}"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(made)}</tbody></table></div>"
    )
