"""Rows of a spreadsheet or of CSV, as text, with their places.

Workbooks (XLSX) are unpacked within bounds and read by the bounded XML reader: cells with their
values as stored. Numbers keep the digits of the file; dates are day counts, which `day` reads.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from wattbook.sources import xml
from wattbook.sources.packed import Bounds, is_packed, unpack
from wattbook.sources.payload import RAW_BYTES_MAX, Payload, Quarantined, aside

__all__ = ["Line", "day", "rows"]

BOUNDS = Bounds(bytes_max=128 << 20, members_max=500, depth_max=1)
CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
COLUMNS_MAX = 1_024


class Line(NamedTuple):
    """A row: its number from 0, its first byte (in CSV; 0 in a workbook), its bytes, its cells."""

    place: int
    offset: int
    raw: bytes
    cells: list[str]


def rows(payload: Payload) -> Iterator[Line | Quarantined]:
    """Yield the rows of a workbook's first sheet, or of CSV with comma, semicolon or tab."""
    if is_packed(payload.content):
        yield from _workbook(payload)
        return
    head = payload.content[:65_536]
    separator = max((";", "\t", ","), key=lambda sign: head.count(sign.encode()))
    at = 0
    place = 0
    for line in payload.content.splitlines(keepends=True):
        if line.strip():
            raw = line[:RAW_BYTES_MAX]
            try:
                decoded = io.StringIO(line.decode("utf-8-sig"))
                cells = next(csv.reader(decoded, delimiter=separator, strict=True))
                yield Line(place, at, raw, [cell.strip() for cell in cells])
            except (UnicodeDecodeError, csv.Error, StopIteration) as fault:
                yield Quarantined(f"line {place + 1}", at, str(fault) or "an empty line", raw)
            place += 1
        at += len(line)


def _workbook(payload: Payload) -> Iterator[Line | Quarantined]:
    members, damaged = unpack(payload, BOUNDS)
    yield from damaged
    by_name = {member.name.split("xl/", 1)[-1]: member.content for member in members}
    sheets = sorted(name for name in by_name if re.fullmatch(r"worksheets/sheet\d+\.xml", name))
    if not sheets:
        reason = "an archive without a worksheet"
        yield aside(payload.content, reason)
        return
    strings: list[str] = []
    if "sharedStrings.xml" in by_name:
        shared = xml.rows(by_name["sharedStrings.xml"], "si", {"text": "."})
        strings = [text or "" for text in shared.frame["text"]]
        if shared.fault is not None:
            yield shared.fault
    fields = {"at": "@r", "kind": "@t", "value": "v", "inline": "is"}
    found = xml.rows(by_name[sheets[0]], "row/c", fields)
    lines: dict[int, dict[int, str]] = {}
    counted = _counted(by_name[sheets[0]], found.frame["offset"])
    for order, cell in zip(counted, found.frame.iter_rows(named=True), strict=True):
        row, column = order if cell["at"] is None else _placed(cell["at"])
        if column >= COLUMNS_MAX:
            yield Quarantined(f"cell {cell['at']}", cell["offset"], "no place of a cell")
            continue
        lines.setdefault(row, {})[column] = _cell(cell, strings)
    if found.fault is not None:
        yield found.fault
    for number, cells in sorted(lines.items()):
        texts = [cells.get(column, "") for column in range(max(cells) + 1)]
        yield Line(number - 1, 0, "\t".join(texts).encode()[:RAW_BYTES_MAX], texts)


def _counted(sheet: bytes, cells: pl.Series) -> Iterator[tuple[int, int]]:
    """Yield row (from 1) and column (from 0) of cells at these bytes, where they have no places."""
    starts = xml.rows(sheet, "sheetData/row", {}).frame["offset"]
    before, column = 0, 0
    for row in starts.search_sorted(cells, side="right"):
        column = column + 1 if row == before else 0
        before = row
        yield row, column


def _placed(at: str) -> tuple[int, int]:
    """Return row (from 1) and column (from 0) of a place; one that is none lies outside."""
    where = CELL.fullmatch(at)
    return (int(where[2]), _column(where[1])) if where else (0, COLUMNS_MAX)


def _column(letters: str) -> int:
    """Return the number of a column from 0: A is 0, AA is 26.

    Examples
    --------
    >>> _column("A"), _column("AB")
    (0, 27)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _cell(cell: dict[str, str | None], strings: list[str]) -> str:
    value = (cell["inline"] if cell["kind"] == "inlineStr" else cell["value"]) or ""
    if cell["kind"] != "s":
        return value.strip()
    index = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else -1
    return strings[index].strip() if 0 <= index < len(strings) else ""


def day(text: str) -> dt.datetime:
    """Return the day and time that `text` shows, as a clock without zone.

    Accepts the day count of a workbook (1900 dates), ``2024-03-31``, ``31.03.2024`` and
    ``31/03/2024``, with a time behind a space or not.

    Raises
    ------
    ValueError
        If it shows none.

    Examples
    --------
    >>> day("45382.5"), day("31.03.2024")
    (datetime.datetime(2024, 3, 31, 12, 0), datetime.datetime(2024, 3, 31, 0, 0))
    """
    if re.fullmatch(r"\d{1,6}(\.\d{1,12})?", text):
        return dt.datetime(1899, 12, 30) + dt.timedelta(days=float(text))  # noqa: DTZ001 - no zone
    found = re.fullmatch(
        r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?:[ T](\d{1,2}):(\d\d)(?::\d\d)?)?", text
    )
    if found:
        date, month, year, hour, minute = (int(part or 0) for part in found.groups())
        return dt.datetime(year, month, date, hour, minute)  # noqa: DTZ001 - no zone
    return dt.datetime.fromisoformat(text)
