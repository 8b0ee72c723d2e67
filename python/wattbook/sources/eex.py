"""EEX: primary auctions of emission allowances, from the exchange's report (XLSX or CSV).

The report has a heading of several lines, then a line of column names, then a row an auction. Names
and order of columns changed over the years, so columns are found by their names. Times are of the
exchange, Leipzig.
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from wattbook.sources import sheets
from wattbook.sources.clock import at_wall
from wattbook.sources.json import BAD_RECORD, number
from wattbook.sources.packed import is_packed
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, aside
from wattbook.sources.tabular import Measure, measured, table

__all__ = ["AUCTION_COLUMNS", "DATASETS"]

ZONE = "Europe/Berlin"

AUCTION_COLUMNS = {
    "auction": "String",
    "contract": "String",
    "status": "String",
    "ts_event": "Int64",
    "price": "Float64",
    "bid_min": "Float64",
    "bid_max": "Float64",
    "bid_mean": "Float64",
    "bid_median": "Float64",
    "volume": "Float64",
    "bid_volume": "Float64",
    "bids": "Float64",
    "bids_successful": "Float64",
    "bidders": "Float64",
    "bidders_successful": "Float64",
    "revenue": "Float64",
    "place": "Int64",
}
"""Columns of the table ``auction``: prices EUR/tCO2, volumes tCO2, revenue EUR, time ns UTC."""

NAMES = {
    "date": "date",
    "time": "time",
    "auction": "auction name",
    "contract": "contract",
    "status": "status",
    "price": "auction price",
    "bid_min": "minimum bid",
    "bid_max": "maximum bid",
    "bid_mean": "mean",
    "bid_median": "median",
    "volume": "auction volume",
    "bid_volume": "total amount of bids",
    "bids": "number of bids submitted",
    "bids_successful": "number of successful bids",
    "bidders": "total number of bidders",
    "bidders_successful": "number of successful bidders",
    "revenue": "total revenue",
}
"""How the name of a column begins, units and brackets left out."""

WORDS = ("auction", "contract", "status")
NUMBERS = [name for name in AUCTION_COLUMNS if name not in {*WORDS, "ts_event", "place"}]
MEASURES = {
    "price": Measure("allowance_auction_price", "", "EUR/tCO2"),
    "bid_min": Measure("allowance_auction_bid_minimum", "", "EUR/tCO2"),
    "bid_max": Measure("allowance_auction_bid_maximum", "", "EUR/tCO2"),
    "volume": Measure("allowance_auction_volume", "", "tCO2"),
    "bid_volume": Measure("allowance_auction_bid_volume", "", "tCO2"),
}


def _parse(payload: Payload) -> Parsed:
    columns: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    quarantined: list[Quarantined] = []
    for line in sheets.rows(payload):
        if isinstance(line, Quarantined):
            quarantined.append(line)
            continue
        if not columns:
            columns = _header(line.cells)
            continue
        if not any(line.cells):
            continue
        try:
            rows.append({**_auction(line.cells, columns), "place": line.place})
        except BAD_RECORD as fault:
            row = f"row {line.place + 1}"
            quarantined.append(Quarantined(row, line.offset, str(fault), line.raw))
    if not columns:
        reason = "no line with the columns Date, Auction Name and Auction Price"
        quarantined.append(aside(payload.content, reason))
    auctions = table(AUCTION_COLUMNS, rows)
    return Parsed(_observed(auctions), {"auction": auctions}, tuple(quarantined))


def _plain(name: str) -> str:
    """Return a column's name without case, unit and spaces around."""
    return re.sub(r"\s+", " ", re.split(r"[(\[€]", name, maxsplit=1)[0]).strip().lower()


def _header(cells: list[str]) -> dict[str, int]:
    """Return where each column stands, or nothing if this line does not name them."""
    plain = [_plain(cell) for cell in cells]
    found = {}
    for column, name in NAMES.items():
        place = next((k for k, cell in enumerate(plain) if cell == name), None)
        if place is None:
            place = next((k for k, cell in enumerate(plain) if cell.startswith(f"{name} ")), None)
        if place is not None:
            found[column] = place
    return found if {"date", "auction", "price"} <= found.keys() else {}


def _auction(cells: list[str], columns: dict[str, int]) -> dict[str, Any]:
    def cell(name: str) -> str:
        place = columns.get(name, len(cells))
        return cells[place] if place < len(cells) else ""

    return {
        **{name: cell(name) or None for name in WORDS},
        **{name: number(_digits(cell(name))) for name in NUMBERS},
        "ts_event": _instant(cell("date"), cell("time")),
    }


def _digits(text: str) -> str:
    """Return a number without the signs that group its digits by three.

    Examples
    --------
    >>> _digits("1,234,500.5"), _digits("89.96"), _digits("2 409 000")
    ('1234500.5', '89.96', '2409000')
    """
    plain = text.replace("\u00a0", "").replace(" ", "").replace("€", "")
    return plain.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain) else plain


def _instant(date: str, time: str) -> int:
    """Return the moment of an auction, ns UTC; midnight where the report has no time."""
    moment = sheets.day(date)
    if time:
        if re.fullmatch(r"0?\.\d+", time):  # A workbook keeps a time as a share of a day.
            seconds = round(float(time) * 86_400)
            hour, minute = seconds // 3_600, seconds // 60 % 60
        else:
            hour, minute = (int(part) for part in time.split(":")[:2])
        moment = moment.replace(hour=hour, minute=minute)
    return at_wall(moment, ZONE)


def _observed(auctions: pl.DataFrame) -> pl.DataFrame:
    shared = {
        "location": auctions["auction"],
        "item": auctions["contract"],
        "delivery_start": auctions["ts_event"],
        "delivery_end": auctions["ts_event"],
        "ts_event": auctions["ts_event"],
        "place": auctions["place"],
    }
    found = measured(auctions, MEASURES, shared)
    return found.filter(pl.col("value").is_not_null()).sort("place", maintain_order=True)


def _recognises(payload: Payload) -> bool:
    name = payload.name.lower()
    if is_packed(payload.content):
        return name.endswith(".xlsx") and ("auction" in name or "eua" in name)
    head = payload.content[:8_192].lower()
    return b"auction name" in head and b"auction price" in head


DATASETS = (
    Dataset(
        source="eex",
        name="auction",
        description="primary auctions of emission allowances, from the yearly report",
        recognises=_recognises,
        parse=_parse,
        is_recorded=False,
    ),
)
