"""Writes to a terminal with colour and tables, to anything else in plain lines."""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Console", "Table", "print_json"]


def print_json(document: object) -> None:
    """Write one JSON object in one line.

    What is not finite is written as null (RFC 8259, section 6, knows no other way), and what JSON
    does not know, such as a date, as text.
    """
    text = json.dumps(finite(document), ensure_ascii=False, default=str, allow_nan=False)
    sys.stdout.write(text + "\n")


def finite(value: object) -> object:
    """Return a document with None in place of each number that is not finite."""
    match value:
        case dict():
            return {name: finite(each) for name, each in value.items()}
        case list() | tuple():
            return [finite(each) for each in value]
        case float() if not math.isfinite(value):
            return None
    return value


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text.

    Parameters
    ----------
    title : str
        What it shows.
    columns : sequence of str
        Headings; one that ends in ``<`` is aligned to the left.
    rows : list of list of str
        Cells.
    total : bool
        Whether the last row sums up the others.
    """

    title: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    total: bool = False


class Console:
    """One place to write to.

    Parameters
    ----------
    plain : bool or None, optional
        Plain lines; by default whenever standard output is no terminal.
    """

    def __init__(self, *, plain: bool | None = None) -> None:
        self.plain = not sys.stdout.isatty() if plain is None else plain

    def line(self, text: str = "", style: str = "") -> None:
        """Write one line."""
        if self.plain:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
            return
        from rich.console import Console as Rich  # noqa: PLC0415 - only for a terminal

        Rich(highlight=False).print(text, style=style or None, markup=False)

    def table(self, table: Table) -> None:
        """Write a table."""
        left = [column.endswith("<") for column in table.columns]
        names = [column.removesuffix("<") for column in table.columns]
        if self.plain:
            self.plain_table(table, names, left)
            return
        from rich import box  # noqa: PLC0415 - only for a terminal
        from rich.console import Console as Rich  # noqa: PLC0415
        from rich.table import Table as RichTable  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        made = RichTable(title=table.title, title_justify="left", box=box.SIMPLE_HEAD)
        for name, is_left in zip(names, left, strict=True):
            made.add_column(Text(name), justify="left" if is_left else "right")
        for place, row in enumerate(table.rows):
            last = table.total and place == len(table.rows) - 1
            made.add_row(*(Text(cell) for cell in row), style="bold" if last else None)
        Rich(highlight=False).print(made)

    def plain_table(self, table: Table, names: Sequence[str], left: Sequence[bool]) -> None:
        """Write a table in columns of spaces."""
        lines = [list(names), *(list(row) for row in table.rows)]
        widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
        self.line(table.title)
        for line in lines:
            cells = (
                cell.ljust(width) if is_left else cell.rjust(width)
                for cell, width, is_left in zip(line, widths, left, strict=True)
            )
            self.line("  " + "  ".join(cells).rstrip())
