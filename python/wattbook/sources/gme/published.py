"""Files as GME publishes them."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import NamedTuple

import polars as pl

from wattbook.sources import xml
from wattbook.sources.delimited import separated
from wattbook.sources.localday import period
from wattbook.sources.packed import unpack
from wattbook.sources.payload import Parsed, Payload, Quarantined
from wattbook.sources.tabular import observations

__all__ = ["parse_blocks", "parse_pun"]

ZONE = "Europe/Rome"
CELL = re.compile(r"([A-Z]{1,3})(\d+)")
CELLS_MAX = 1_000_000


def parse_blocks(payload: Payload) -> Parsed:
    """Return block offers as table ``offer``: ``period``, ``price_eur_mwh``, ``volume_kwh``.

    The file tells the period of the day but not the day, and no unit. Volumes above zero sell,
    below zero buy; they are taken for kWh, because one offer of 367,500 MWh in an hour would be
    ten times the load of Italy.
    """
    found = separated(payload.content, {"Intervallo": "whole", "p": "number", "q": "number"})
    frame = found.frame.rename({"Intervallo": "period", "p": "price_eur_mwh", "q": "volume_kwh"})
    is_period = frame["period"].is_between(1, 100)
    quarantined = list(found.quarantined)
    for row in frame.filter(~is_period).iter_rows(named=True):
        reason = f"period {row['period']} is none of a day"
        quarantined.append(Quarantined(f"line {row['line']}", 0, reason))
    return Parsed(observations({}, 0), {"offer": frame.filter(is_period)}, tuple(quarantined))


class Cell(NamedTuple):
    """A cell of a sheet: its row and column from 0, its text, and where its element begins."""

    row: int
    column: int
    text: str
    offset: int


def parse_pun(payload: Payload) -> Parsed:
    """Return the prices of a workbook with the columns ``Date``, ``Hour`` and ``€/MWh``.

    Numbers may have a decimal comma. The 25th hour is that of the day that has it.
    """
    files = unpack(payload)
    quarantined = list(files.quarantined)
    contents = {
        member.name.removeprefix(f"{payload.name}/"): member.content for member in files.members
    }
    sheet = contents.get("xl/worksheets/sheet1.xml")
    if sheet is None:
        if not quarantined:
            reason = "no workbook: xl/worksheets/sheet1.xml is missing"
            quarantined.append(Quarantined("payload", 0, reason, payload.content[: 64 * 1024]))
        return Parsed(observations({}, 0), {}, tuple(quarantined))
    cells, faults = read_cells(sheet, contents.get("xl/sharedStrings.xml", b""))
    quarantined += faults
    by_row: dict[int, dict[int, Cell]] = {}
    for cell in cells:
        by_row.setdefault(cell.row, {})[cell.column] = cell
    heads = {cell.text: column for column, cell in by_row.pop(0, {}).items()}
    rows: list[tuple[object, ...]] = []
    for number, record in sorted(by_row.items()):
        try:
            rows.append(price(record, heads, number))
        except (KeyError, ValueError) as fault:
            offset = min(cell.offset for cell in record.values())
            reason = f"no row of date, hour and price: {fault}"
            raw = sheet[offset : offset + 256]
            quarantined.append(Quarantined(f"row {number + 1} of sheet1.xml", offset, reason, raw))
    names = ("delivery_start", "delivery_end", "value", "place")
    columns = dict(zip(names, zip(*rows, strict=True), strict=False))
    constants = {"dataset": "day_ahead_price", "location": "PUN", "unit": "EUR/MWh"}
    return Parsed(observations({**columns, **constants}, len(rows)), {}, tuple(quarantined))


def price(record: dict[int, Cell], heads: dict[str, int], number: int) -> tuple[object, ...]:
    """Return begin, end, price and place of a row.

    Raises
    ------
    KeyError, ValueError
        If a cell is missing, or is not what it should be.
    """
    date, hour, value = (record[heads[name]].text for name in ("Date", "Hour", "€/MWh"))
    day = dt.datetime.strptime(date, "%d/%m/%Y").replace(tzinfo=dt.UTC).date()
    found = float(value.replace(",", "."))
    if not math.isfinite(found):
        message = f"{value!r} is not finite"
        raise ValueError(message)
    return (*period(day, int(hour), ZONE), found, number - 1)


def read_cells(sheet: bytes, shared: bytes) -> tuple[list[Cell], list[Quarantined]]:
    """Return the cells of a sheet that have a text, by the bounded XML reader."""
    fields = {"type": "@t", "place": "@r", "value": "v", "inline": "is/t"}
    # The row has no number of its own where its cells have no places.
    found = xml.rows(sheet, "row/c", fields, values_max=CELLS_MAX)
    starts = xml.rows(sheet, "sheetData/row", {}, values_max=CELLS_MAX)
    faults = [found.fault] if found.fault is not None else []
    texts: list[str] = []
    if shared:
        strings = xml.rows(shared, "sst/si", {"text": "."}, values_max=CELLS_MAX)
        texts = strings.frame["text"].fill_null("").to_list()
        faults += [strings.fault] if strings.fault is not None else []
    rows = pl.Series(starts.frame["offset"]).search_sorted(found.frame["offset"], side="right") - 1
    cells = []
    column, before = -1, -1
    for row, record in zip(rows, found.frame.iter_rows(named=True), strict=True):
        column = column + 1 if row == before else 0
        before = row
        placed = CELL.fullmatch(record["place"] or "")
        at = letters(placed[1]) if placed else column
        text = record["inline"] if record["inline"] is not None else record["value"]
        if record["type"] == "s" and text is not None:
            text = texts[int(text)] if text.isdecimal() and int(text) < len(texts) else None
        if text is not None:
            cells.append(Cell(row, at, text, record["offset"]))
    return cells, faults


def letters(name: str) -> int:
    """Return the number of a column from 0.

    Examples
    --------
    >>> letters("A"), letters("AB")
    (0, 27)
    """
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
